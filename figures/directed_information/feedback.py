"""Feedback capacity from both sides: the enclosure by iteration, and the increments by length.

A lower and an upper bound come with every step of the alternating maximisation. For two uses of
the trapdoor channel they enclose 3 log2(phi) - 1; and the increments, from one number of uses to
the next, tend to the capacity per use, log2(phi), much faster than the capacity divided by uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.directed_information import (
    channel_tables,
    feedback_capacity,
    ising_channel,
    trapdoor_channel,
)
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREY, ORANGE, PAGE, VERMILION
from corollary.figures._table import Columns, Table, joined
from corollary.theory.directed_information import closed_forms, golden

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_CHANNELS = {"trapdoor": trapdoor_channel, "Ising": ising_channel}
_LIMITS = {
    "trapdoor": closed_forms.trapdoor_feedback_capacity(),
    "Ising": closed_forms.ising_feedback_capacity()[0],
}
_GOLDEN = {"trapdoor": golden.TRAPDOOR_USES, "Ising": golden.ISING_USES}
_KNOWN_STATE = (1.0, 0.0)
_WIDTH = 1e-6  # bits; of an enclosure
_NEAR_LIMIT = 0.02  # bits; the increments of the Ising channel alternate around the limit
_PRINTED = 5e-11  # bits; half a unit of the last digit of the golden values


def _iterations(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Tabulate the enclosure of trapdoor capacities after 1, 2, 4, ... steps."""
    parts = []
    for uses in parameters["uses"]:
        tables = channel_tables(trapdoor_channel(), _KNOWN_STATE, uses)
        found = feedback_capacity(
            tables, uses, tolerance=1e-10, max_iterations=2 ** parameters["doublings"]
        )
        step = 2 ** np.arange(int(np.log2(found.iterations)) + 1)
        parts.append({
            "uses": np.full(len(step), uses),
            "iteration": step,
            "lower": found.lowers[step - 1],
            "upper": found.uppers[step - 1],
        })  # fmt: skip
    return joined(parts)


def _lengths(parameters: Parameters, work: Workspace) -> Columns:
    tasks = [(name, n) for name in _CHANNELS for n in range(1, parameters["longest"] + 1)]
    parts = []
    for i, (name, uses) in enumerate(tasks):
        work.progress(f"{name}, {uses} uses", i, len(tasks))
        parts.append(work.part(f"{name}-{uses}", partial(_enclosed, name, uses)))
    return joined(parts)


def _enclosed(name: str, uses: int) -> Columns:
    found = feedback_capacity(
        channel_tables(_CHANNELS[name](), _KNOWN_STATE, uses), uses, tolerance=_WIDTH
    )
    return {
        "channel": np.array([name]),
        "uses": np.array([uses]),
        "lower": np.array([found.lower]),
        "upper": np.array([found.upper]),
    }


def _violations(tables: Mapping[str, Table]) -> list[str]:
    lines = []
    for name in ("iterations", "lengths"):
        if not (tables[name]["lower"] <= tables[name]["upper"]).all():
            lines.append(f"{name}: a lower bound exceeds an upper one")
    two = tables["iterations"].where(uses=2)
    exact = closed_forms.trapdoor_two_uses()[0]
    if not ((two["lower"] <= exact) & (exact <= two["upper"])).all():
        lines.append(f"two uses: {exact} is outside an enclosure")
    for name, known in _GOLDEN.items():
        rows = tables["lengths"].where(channel=name)
        if not (rows["upper"] - rows["lower"] <= 1.001 * _WIDTH).all():
            lines.append(f"{name}: an enclosure is wider than {_WIDTH}")
        for uses, lower, upper in zip(rows["uses"], rows["lower"], rows["upper"], strict=True):
            low, high = known[uses - 1]
            if not (lower <= high + _PRINTED and low - _PRINTED <= upper):
                lines.append(f"{name}, {uses} uses: [{lower}, {upper}] excludes [{low}, {high}]")
        last = _increments(rows)[-1]
        if not abs(last - _LIMITS[name]) <= _NEAR_LIMIT:
            lines.append(f"{name}: the last increment is {last}, the limit {_LIMITS[name]}")
    return lines


def _increments(rows: Table) -> np.ndarray[Any, Any]:
    return np.diff((rows["lower"] + rows["upper"]) / 2, prepend=0.0)


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 2.9))
    left, right = picture.subplots(1, 2)
    _draw_iterations(left, tables["iterations"])
    _draw_lengths(right, tables["lengths"])
    return picture


def _draw_iterations(axes: Axes, table: Table) -> None:
    two = table.where(uses=2)
    exact = closed_forms.trapdoor_two_uses()[0]
    for values, marker, label in (
        (two["upper"] - exact, "v", "2 uses: upper bound $-$ closed form"),
        (exact - two["lower"], "^", "2 uses: closed form $-$ lower bound"),
    ):
        axes.plot(two["iteration"], values, f"-{marker}", color=BLUE, label=label)
    others = [int(uses) for uses in np.unique(table["uses"]) if uses != 2]
    for uses, colour, marker in zip(others, (ORANGE, VERMILION), "sD", strict=True):
        rows = table.where(uses=uses)
        axes.plot(rows["iteration"], rows["upper"] - rows["lower"], f"-{marker}", color=colour,
                  label=f"{uses} uses: upper $-$ lower bound")  # fmt: skip
    step = np.array([16.0, 8192.0])
    axes.plot(step, 8 / step**2, ":", color=GREY, label=r"$\propto$ 1 / iterations²")
    axes.set(xscale="log", yscale="log", ylim=(1e-11, 1e5))
    axes.set(xlabel="iterations", ylabel="trapdoor channel, accuracy (bits)")
    axes.set_yticks([1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1])
    axes.legend(loc="upper right")


def _draw_lengths(axes: Axes, table: Table) -> None:
    for name, colour, marker in (("trapdoor", BLUE, "o"), ("Ising", ORANGE, "s")):
        rows = table.where(channel=name)
        axes.plot(rows["uses"], _increments(rows), f"-{marker}", color=colour,
                  label=f"{name}: increment $nC_n-(n-1)C_{{n-1}}$")  # fmt: skip
        axes.plot(rows["uses"], rows["lower"] / rows["uses"], f":{marker}", color=colour,
                  markerfacecolor="white", label=f"{name}: per use, $C_n$")  # fmt: skip
        axes.axhline(_LIMITS[name], color=BLACK, linestyle="--", linewidth=0.8)
    limits = " and ".join(f"{limit:.6f}" for limit in _LIMITS.values())
    axes.plot([], [], "--", color=BLACK, linewidth=0.8, label=f"closed forms: {limits}")
    axes.set(xlabel="number of uses $n$", ylabel="feedback capacity (bits per use)")
    axes.set(ylim=(0.28, 0.8))
    axes.set_xticks(np.unique(table["uses"]))
    axes.legend(loc="lower right")


def _short(parameters: Parameters, stored: Table, work: Workspace) -> tuple[Columns, Columns]:
    rows = stored.columns["uses"] <= _CHECKED
    part = {name: column[rows] for name, column in stored.columns.items()}
    return part, _lengths({**parameters, "longest": _CHECKED}, work)


_CHECKED = 6

FIGURE = Figure(
    name="directed_information.feedback",
    title="Feedback capacity between two bounds, by iteration and by number of uses",
    recipes=(
        Recipe(
            name="iterations",
            parameters={"uses": [2, 3, 5], "doublings": 13},
            compute=_iterations,
            units={"lower": "bits", "upper": "bits"},
            tolerance={"lower": 1e-9, "upper": 1e-9},
        ),
        Recipe(
            name="lengths",
            parameters={"longest": 8, "width": _WIDTH},
            compute=_lengths,
            units={"lower": "bits", "upper": "bits"},
            tolerance={"lower": _WIDTH, "upper": _WIDTH},
            excerpt=_short,
            excerpt_is=f"up to {_CHECKED} uses",
        ),
    ),
    draw=_draw,
    violations=_violations,
)
