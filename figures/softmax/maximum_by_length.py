"""The largest weight of (g, 0, ..., 0) as the length grows: who disperses, who does not.

For every map this vector is extremal: none with that gap has a smaller largest weight. Softmax
loses the item, sparsemax and entmax keep ((alpha - 1) g)^(1/(alpha - 1)) of it, and scalable
softmax has a threshold at scale * gap = 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.softmax import entmax, scalable_softmax, softmax
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, ORANGE, PAGE, PURPLE, SKY, VERMILION
from corollary.figures._table import Columns, Table, joined
from corollary.theory.softmax import (
    entmax_maximum,
    entmax_maximum_limit,
    maximum_from_gap,
    one_high,
    scalable_softmax_limit,
    scalable_softmax_maximum,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_FLOOR = 3e-7  # of the drawn range
_STYLES = {
    ("softmax", 1.0): (BLACK, "o"),
    ("scalable", 1.0): (SKY, "v"),
    ("scalable", 1.25): (PURPLE, "D"),
    ("scalable", 1.5): (ORANGE, "^"),
    ("entmax", 1.25): (VERMILION, "s"),
    ("entmax", 1.5): (GREEN, "P"),
    ("entmax", 2.0): (BLUE, "X"),
}


def _compute(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Measure the largest weight of every map on (gap, 0, ..., 0), beside its closed form."""
    exponents = range(1, parameters["last_exponent"] + 1)

    def part(exponent: int) -> Columns:
        work.progress("lengths", exponent, len(exponents))
        return work.part(f"length-{exponent}", lambda: _at_length(parameters, 2**exponent))

    return joined([part(exponent) for exponent in exponents])


def _at_length(parameters: Parameters, n: int) -> Mapping[str, Any]:
    gap = parameters["gap"]
    logits = one_high(n, gap)
    rows: list[tuple[str, float, int, float, float, float]] = [
        ("softmax", 1.0, n, softmax(logits).max(), float(maximum_from_gap(n, gap)), 0.0)
    ]
    for scale in parameters["scales"]:
        measured = scalable_softmax(logits, scale).max()
        law = float(scalable_softmax_maximum(n, gap, scale))
        limit = float(scalable_softmax_limit(gap, scale))
        rows.append(("scalable", scale, n, measured, law, limit))
    for alpha in parameters["alphas"]:
        measured = entmax(logits, alpha).max()
        law = float(entmax_maximum(n, gap, alpha))
        limit = float(entmax_maximum_limit(gap, alpha))
        rows.append(("entmax", alpha, n, measured, law, limit))
    names = ("map", "parameter", "n", "measured", "closed_form", "limit")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return where a measured weight leaves its closed form by more than a part in 10^10."""
    table = tables["weights"]
    off = np.abs(table["measured"] / table["closed_form"] - 1)
    return [
        f"{table['map'][i]} {table['parameter'][i]}, n {table['n'][i]}: off by a part {off[i]}"
        for i in np.flatnonzero(~(off <= 1e-10))
    ]


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    table = tables["weights"]
    gap = table.header["parameters"]["gap"]
    picture = Picture(figsize=(PAGE, 2.9))
    left, right = picture.subplots(1, 2, sharey=True)
    left.set_title(f"Softmax and scalable softmax, gap $g$ = {gap}")
    right.set_title(f"Sparsemax and entmax, gap $g$ = {gap}")
    for axes, family in ((left, "scalable"), (right, "entmax")):
        for name, parameter in _STYLES:
            if name in ("softmax", family):
                _curve(axes, table.where(map=name, parameter=parameter), name, parameter, gap)
        axes.set(xscale="log", yscale="log", ylim=(_FLOOR, 1.7), xlabel="number of logits $n$")
        title = "points: measured; lines: closed form;\ndotted: limit for $n\\to\\infty$"
        axes.legend(loc="lower left", title=title, title_fontsize=7, alignment="left")
    left.set_ylabel("largest weight")
    return picture


def _curve(axes: Axes, rows: Table, name: str, parameter: float, gap: float) -> None:
    colour, marker = _STYLES[name, parameter]
    labels = {
        "softmax": "softmax",
        "scalable": f"$s$ = {parameter:g}, $sg$ = {parameter * gap:g}",
        "entmax": f"α = {parameter:g}" + " (sparsemax)" * (parameter == 2),
    }
    label = f"{labels[name]} → {rows['limit'][0]:.2g}"
    axes.plot(rows["n"], rows["closed_form"], color=colour)
    axes.plot(rows["n"][1::2], rows["measured"][1::2], marker, color=colour, label=label)
    if rows["limit"][0] > 0:
        axes.axhline(rows["limit"][0], color=colour, linestyle=":", linewidth=0.8)


FIGURE = Figure(
    name="softmax.maximum-by-length",
    title="Largest weight at a fixed gap, by length: softmax, scalable softmax, entmax, sparsemax",
    recipes=(
        Recipe(
            name="weights",
            parameters={
                "gap": 0.8,
                "last_exponent": 20,
                "scales": [1.0, 1.25, 1.5],
                "alphas": [1.25, 1.5, 2.0],
            },
            compute=_compute,
            units={"n": "logits", "parameter": "scale s of scalable softmax, alpha of entmax"},
        ),
    ),
    draw=_draw,
    violations=_violations,
)
