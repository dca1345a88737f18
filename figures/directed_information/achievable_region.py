"""Which empowerment goes with which plasticity: the bound of the theorem, and what is attained.

Over n binary steps, the agent moving first, E + P <= n and P <= n - 1. Two steps: the bound is
attained at P = 0 and P = 1 and, by all that a search finds, nowhere between. Three steps: the
sum 3 forces a bijection of words, and all bijections have only nine values of P.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.directed_information import (
    TWO_STEP_PAIRS,
    arrow_bound,
    information_table,
    two_step_frontier,
    two_step_joints,
)
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, GREY, ORANGE, PAGE, SKY, VERMILION
from corollary.figures._table import Columns, Table
from corollary.theory.directed_information import golden
from corollary.theory.directed_information.closed_forms import tension_bound

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

Array = NDArray[np.float64]

_ALLOWED = 1e-6  # bits; what the search leaves of its constraint, and golden values of their digits
_WINDOW = 3**7  # pairs looked at together: all settings of seven of the fifteen probabilities
_PART = 1 << 9  # windows that are kept together when a scan is interrupted
_DIGITS = 9  # of a value in bits; values this close are the same


def _scan(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Count the pairs with probabilities 0, 1/2 and 1, in every `stride`-th window, by E and P."""
    windows = range(0, TWO_STEP_PAIRS // _WINDOW, parameters["stride"])
    parts = range(0, len(windows), _PART)
    values, counts = [], []
    for i, start in enumerate(parts):
        work.progress("pairs", i + 1, len(parts))
        some = windows[start : start + _PART]
        part = work.part(f"scan-{i}", partial(_counted, some))
        values.append(np.stack([part["empowerment"], part["plasticity"]], axis=1))
        counts.append(part["pairs"])
    return _by_value(np.concatenate(values), np.concatenate(counts))


def _counted(windows: range) -> Columns:
    values = []
    for window in windows:
        joints = two_step_joints(window * _WINDOW, (window + 1) * _WINDOW)
        table = information_table(joints, 2)
        values.append(np.stack([table.directed_information().value, table.strict().value], axis=1))
    rows = np.round(np.concatenate(values), _DIGITS)
    return _by_value(rows, np.ones(len(rows), int))


def _by_value(rows: Array, counts: NDArray[np.int64]) -> Columns:
    """Return the distinct rows (E, P) and how many pairs have them."""
    distinct, where = np.unique(rows, axis=0, return_inverse=True)
    pairs = np.bincount(where, weights=counts).astype(np.int64)
    return {"empowerment": distinct[:, 0], "plasticity": distinct[:, 1], "pairs": pairs}


def _random(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Tabulate nearly sparse random joint pmfs; each of them is some agent in some environment."""
    random = np.random.default_rng(parameters["seed"])
    weights = random.gamma(parameters["concentration"], size=(parameters["joints"], 4, 4))
    table = information_table(
        weights / weights.sum(axis=(1, 2), keepdims=True), parameters["steps"]
    )
    return {"empowerment": table.directed_information().value, "plasticity": table.strict().value}


def _frontier(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    plasticity = np.array(parameters["plasticity"])
    found = []
    for i, value in enumerate(plasticity):
        work.progress("frontier", i, len(plasticity))
        found.append(two_step_frontier(float(value), restarts=parameters["restarts"])[0])
    return {"plasticity": plasticity, "empowerment": np.array(found)}


def _bijections(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Count the bijections between words of actions and of observations by their plasticity."""
    rows = []
    for steps in parameters["steps"]:
        words = 2**steps
        images = np.array(list(permutations(range(words))))
        plastic, total = np.empty(len(images)), np.empty(len(images))
        for start in range(0, len(images), _WINDOW):
            some = slice(start, start + _WINDOW)
            table = information_table(np.eye(words)[images[some]] / words, steps)
            plastic[some] = table.strict().value
            total[some] = table.directed_information().value + plastic[some]
        values, counts = np.unique(np.round(plastic, _DIGITS), return_counts=True)
        least = np.round(total.min(), _DIGITS)
        rows += [(steps, *row, least) for row in zip(values, counts, strict=True)]
    names = ("steps", "plasticity", "bijections", "least_sum")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _bounds(steps: int) -> tuple[float, float]:
    """Return the bounds on E + P and on P over all intervals of binary steps, in bits."""
    whole = (1, steps)
    return tension_bound(whole, whole, 2, 2), arrow_bound(whole, whole, 1.0, 1.0, strict=True)


def _violations(tables: Mapping[str, Table]) -> list[str]:
    scan, frontier, lines = tables["scan"], tables["frontier"], []
    largest, most_plastic = _bounds(2)
    some = (("pair", scan), ("random joint", tables["random"]), ("searched joint", frontier))
    for name, table in some:
        if not (table["empowerment"] + table["plasticity"] <= largest + _ALLOWED).all():
            lines.append(f"a {name} has E + P above {largest}")
        if not (table["plasticity"] <= most_plastic + _ALLOWED).all():
            lines.append(f"a {name} has P above {most_plastic}")
    stride = scan.header["parameters"]["stride"]
    examined = len(range(0, TWO_STEP_PAIRS // _WINDOW, stride)) * _WINDOW
    if scan["pairs"].sum() != examined:
        lines.append(f"{scan['pairs'].sum()} pairs are drawn, {examined} were examined")
    for plastic, power in golden.FRONTIER:
        here = frontier["empowerment"][np.argmin(np.abs(frontier["plasticity"] - plastic))]
        if not abs(here - power) <= _ALLOWED:
            lines.append(f"P = {plastic}: the best E found is {here}, not {power}")
    for steps, known in golden.BIJECTIONS.items():
        found = tables["bijections"].where(steps=steps)
        if not (np.abs(found["least_sum"] - _bounds(steps)[0]) <= _ALLOWED).all():
            lines.append(f"{steps} steps: a bijection is below the bound")
        rounded = zip(np.round(found["plasticity"], 6), found["bijections"], strict=True)
        if {float(value): int(count) for value, count in rounded} != known:
            lines.append(f"{steps} steps: the bijections have other plasticities")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 3.2))
    left, right = picture.subplots(1, 2)
    _draw_two_steps(left, tables)
    _draw_bijections(right, tables["bijections"])
    return picture


def _draw_two_steps(axes: Axes, tables: Mapping[str, Table]) -> None:
    scan, frontier = tables["scan"], tables["frontier"]
    matched = tables["bijections"].where(steps=2)
    largest, most_plastic = _bounds(2)
    axes.fill([0, 0, most_plastic, most_plastic], [0, largest, largest - most_plastic, 0],
              color=SKY, alpha=0.15, linewidth=0)  # fmt: skip
    axes.plot([0, largest], [largest, 0], color=BLACK, label="theorem: $E+P\\leq 2$")
    axes.axvline(most_plastic, color=VERMILION, linestyle="--", label="arrow bound: $P\\leq 1$")
    random = tables["random"]
    axes.scatter(random["plasticity"], random["empowerment"], s=1, color=GREY, linewidths=0,
                 label=f"{len(random):,} random joints", rasterized=True)  # fmt: skip
    axes.scatter(scan["plasticity"], scan["empowerment"], s=3, color=BLUE, linewidths=0,
                 label=f"{scan['pairs'].sum():,} pairs of kernels")  # fmt: skip
    axes.plot(frontier["plasticity"], frontier["empowerment"], "-^", color=GREEN,
              label="largest $E$ that a search finds")  # fmt: skip
    axes.plot(matched["plasticity"], largest - matched["plasticity"], "D", color=ORANGE,
              markeredgecolor=BLACK, markeredgewidth=0.4, markersize=5, clip_on=False, zorder=3,
              label="bijections of words")  # fmt: skip
    axes.set(xlim=(0, 1.2), ylim=(0, 2.05))
    axes.set(xlabel="plasticity $P$ over two steps (bits)", ylabel="empowerment $E$ (bits)")
    axes.legend(loc="lower left", bbox_to_anchor=(-0.16, 1), ncols=2, columnspacing=1.0)


def _draw_bijections(axes: Axes, table: Table) -> None:
    for steps, colour, marker in ((3, BLUE, "o"), (2, ORANGE, "D")):
        found = table.where(steps=steps)
        plastic, count = found["plasticity"], found["bijections"]
        axes.vlines(plastic, 1, count, color=colour, linewidth=1.0)
        axes.plot(plastic, count, marker, color=colour, zorder=3,
                  label=f"{steps} steps: all {count.sum():,} bijections")  # fmt: skip
        axes.axvline(_bounds(steps)[1], color=colour, linestyle="--", linewidth=0.8, zorder=1,
                     label=rf"{steps} steps, arrow bound: $P\leq {steps - 1}$")  # fmt: skip
    three = table.where(steps=3)
    places, counts = three["plasticity"], three["bijections"]
    crowded = (np.diff(places, append=np.inf) < 0.1) | np.isin(places, (1, 2))  # or on a bound
    for place, count, aside in zip(places, counts, crowded, strict=True):
        axes.text(place - 0.04 * aside, count * 1.6, f"{place:.4g}", rotation=90, fontsize=6,
                  horizontalalignment="center", verticalalignment="bottom")  # fmt: skip
    axes.set(yscale="log", ylim=(1, 3e5), xlim=(-0.1, 2.2))
    axes.set(xlabel="plasticity $P$ (bits)", ylabel="number of bijections")
    axes.legend(loc="lower left", bbox_to_anchor=(-0.16, 1), ncols=2, columnspacing=1.0)


def _recipes(stride: int, restarts: int) -> tuple[Recipe, ...]:
    return (
        Recipe(
            name="scan",
            parameters={"steps": 2, "stride": stride},
            compute=_scan,
            units={"empowerment": "bits", "plasticity": "bits"},
            tolerance={"empowerment": 2e-9, "plasticity": 2e-9},
        ),
        Recipe(
            name="random",
            parameters={"steps": 2, "joints": 3000, "concentration": 0.12, "seed": 0},
            compute=_random,
            units={"empowerment": "bits", "plasticity": "bits"},
            tolerance={"empowerment": 1e-10, "plasticity": 1e-10},
        ),
        Recipe(
            name="frontier",
            parameters={"plasticity": [k / 20 for k in range(1, 21)], "restarts": restarts},
            compute=_frontier,
            units={"empowerment": "bits", "plasticity": "bits"},
            tolerance={"empowerment": _ALLOWED},
        ),
        Recipe(
            name="bijections",
            parameters={"steps": [2, 3]},
            compute=_bijections,
            units={"plasticity": "bits", "least_sum": "bits"},
            tolerance={"plasticity": 2e-9, "least_sum": 2e-9},
        ),
    )


FIGURE = Figure(
    name="directed_information.achievable-region",
    title="Attained pairs of plasticity and empowerment against the bounds, two and three steps",
    recipes=_recipes(stride=73, restarts=8),
    draw=_draw,
    violations=_violations,
)
LONG = Figure(
    name="directed_information.achievable-region-long",
    title="The same with all 14,348,907 pairs of kernels with probabilities 0, 1/2 and 1",
    recipes=_recipes(stride=1, restarts=30),
    draw=_draw,
    violations=_violations,
)
