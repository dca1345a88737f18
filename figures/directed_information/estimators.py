"""Estimates of a directed information rate from one sequence, by its length, with the truth.

The source is a biased coin and the target its noisy copy one step later, so that the rate is
h(p*q) - h(q) with p the bias and q the flip. Six sequences for every length; the error of a
single estimate falls like one over the square root of the length.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.directed_information import plug_in_rate, universal_rate
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, GREY, ORANGE, PAGE, PURPLE, VERMILION
from corollary.figures._table import Columns, Table, joined
from corollary.theory.directed_information import closed_forms

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_STYLES = {
    "counts": (BLACK, "o"),
    "tree 1": (BLUE, "s"),
    "tree 2": (ORANGE, "^"),
    "tree 3": (GREEN, "v"),
    "tree 4": (VERMILION, "D"),
}
_LABELS = {
    "counts": "counts, bias taken off",
    **{f"tree {k}": f"context trees, estimator {k}" for k in (1, 2, 3, 4)},
}
_WITH_INTERVALS = ("counts", "tree 1")


def _sequences(parameters: Parameters, seed: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a biased coin and its copy one step later, each symbol flipped with some chance."""
    random = np.random.default_rng(seed)
    x = (random.random(parameters["longest"]) < parameters["bias"]).astype(np.int64)
    flips = random.random(parameters["longest"]) < parameters["flip"]
    return x, np.roll(x, 1) ^ flips


def _rate(parameters: Parameters) -> float:
    p, q = parameters["bias"], parameters["flip"]
    both = closed_forms.binary_entropy(closed_forms.both_or_neither(p, q))
    return both - closed_forms.binary_entropy(q)


def _estimates(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    seeds = range(parameters["seeds"])
    parts = []
    for seed in seeds:
        work.progress("sequences", seed, len(seeds))
        parts.append(work.part(f"seed-{seed}", partial(_of_seed, parameters, seed)))
    return joined(parts)


def _of_seed(parameters: Parameters, seed: int) -> Columns:
    x, y = _sequences(parameters, seed)
    rows = []
    lengths = np.geomspace(parameters["shortest"], parameters["longest"], parameters["lengths"])
    for n in np.round(lengths).astype(int):
        counted = plug_in_rate(x[:n], y[:n])
        rows.append((seed, n, "counts", counted.value, *counted.interval(resamples=400)))
        for kind in (1, 2, 3, 4):
            found = universal_rate(x[:n], y[:n], depth=parameters["depth"], estimator=kind)
            ends = found.interval(resamples=400) if kind == 1 else (found.forward,) * 2
            rows.append((seed, n, f"tree {kind}", found.forward, *ends))
    names = ("seed", "samples", "estimator", "rate", "low", "high")
    return {name: np.array(c) for name, c in zip(names, zip(*rows, strict=True), strict=True)}


def _first_sequence(
    parameters: Parameters, stored: Table, work: Workspace
) -> tuple[Columns, Columns]:
    return stored.where(seed=0).columns, _of_seed(parameters, 0)


def _errors(table: Table, estimator: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the lengths, and the root mean square error over the sequences at each."""
    rows = table.where(estimator=estimator)
    lengths = np.unique(rows["samples"])
    off = rows["rate"] - _rate(table.header["parameters"])
    mean = [np.sqrt(np.mean(off[rows["samples"] == n] ** 2)) for n in lengths]
    return lengths, np.array(mean)


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return where an estimate at the greatest length is far from the truth."""
    table, lines = tables["estimates"], []
    parameters = table.header["parameters"]
    if not abs(_rate(parameters) - 0.35775) <= 1e-5:
        lines.append(f"the rate is {_rate(parameters)}")
    for estimator in _STYLES:
        lengths, error = _errors(table, estimator)
        if not error[-1] <= 8 / np.sqrt(lengths[-1]):
            lines.append(f"{estimator}: an error of {error[-1]} bits at {lengths[-1]} symbols")
        if not error[-1] < error[0] / 4:
            lines.append(f"{estimator}: the error does not fall with the length")
    for estimator in _WITH_INTERVALS:
        rows = table.where(estimator=estimator)
        inside = (rows["low"] <= _rate(parameters)) & (_rate(parameters) <= rows["high"])
        if not inside.mean() >= 0.75:
            lines.append(f"{estimator}: intervals of 95 % contain the rate in {inside.mean():.0%}")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 3.2))
    left, right = picture.subplots(1, 2)
    _draw_one_sequence(left, tables["estimates"].where(seed=0))
    _draw_errors(right, tables["estimates"])
    handles, labels = left.get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside upper center", ncols=3)
    return picture


def _draw_one_sequence(axes: Axes, table: Table) -> None:
    for place, (estimator, (colour, marker)) in enumerate(_STYLES.items()):
        rows = table.where(estimator=estimator)
        at = rows["samples"] * 1.06 ** (place - 2)  # beside each other
        axes.plot(at, rows["rate"], marker, color=colour, label=_LABELS[estimator])
        if estimator in _WITH_INTERVALS:
            axes.vlines(at, rows["low"], rows["high"], color=colour, linewidth=0.8)
    axes.axhline(_rate(table.header["parameters"]), color=PURPLE, zorder=1,
                 label="closed form $h(p*q)-h(q)$")  # fmt: skip
    axes.set(xscale="log", xlabel="symbols", ylabel="directed information (bits per symbol)")
    axes.set_title("One sequence, 95 % intervals")


def _draw_errors(axes: Axes, table: Table) -> None:
    for estimator, (colour, marker) in _STYLES.items():
        axes.plot(*_errors(table, estimator), f"-{marker}", color=colour, linewidth=0.8)
    lengths = np.unique(table["samples"])
    axes.plot(lengths, 1.2 / np.sqrt(lengths), "--", color=GREY)
    axes.text(lengths[-3], 1.35 / np.sqrt(lengths[-3]), r"$\propto 1/\sqrt{n}$", fontsize=7)
    seeds = table.header["parameters"]["seeds"]
    axes.set(xscale="log", yscale="log", xlabel="symbols $n$", ylabel="error (bits per symbol)")
    axes.set_title(f"Root mean square over {seeds} sequences")


FIGURE = Figure(
    name="directed_information.estimators",
    title="Estimates of a directed information rate by length, with intervals and the truth",
    recipes=(
        Recipe(
            name="estimates",
            parameters={
                "bias": 0.2, "flip": 0.1, "depth": 3, "seeds": 6, "shortest": 100,
                "longest": 100_000, "lengths": 7,
            },
            compute=_estimates,
            units=dict.fromkeys(("rate", "low", "high"), "bits per symbol"),
            tolerance=dict.fromkeys(("rate", "low", "high"), 1e-8),
            excerpt=_first_sequence,
            excerpt_is="the first sequence",
        ),
    ),
    draw=_draw,
    violations=_violations,
)  # fmt: skip
