"""What discrete time costs: the least NoProp-DT loss above the least NoProp-CT loss, by blocks.

A binary label u = 1 or -1 with p = (0.7, 0.3) and a log-linear ratio. At ten blocks the gap is
half of the label's whole entropy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLUE, COLUMN, GREY, ORANGE, VERMILION
from corollary.figures._table import Table
from corollary.theory.noprop import (
    cosine_levels,
    discrete_gap,
    discrete_gap_with_optimal_variance,
    entropy,
    log_linear_levels,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

_VALUES = [1.0, -1.0]


def _compute(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Tabulate the gap for two schedules between the same levels, and with the best variance."""
    p, rows = parameters["probabilities"], []
    first, last = parameters["levels"]
    for place, blocks in enumerate(parameters["blocks"]):
        work.progress("blocks", place + 1, len(parameters["blocks"]))
        linear = log_linear_levels(blocks, first, last)
        cosine = first + (last - first) * cosine_levels(blocks) / cosine_levels(blocks)[-1]
        rows.append((
            blocks,
            float(discrete_gap(linear, _VALUES, p)),
            float(discrete_gap_with_optimal_variance(linear, _VALUES, p)),
            float(discrete_gap(cosine, _VALUES, p)),
        ))  # fmt: skip
    names = ("blocks", "log_linear", "log_linear_best_variance", "cosine")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return where a gap is negative, grows with the blocks, or is not of first order."""
    table, found = tables["gap"], []
    for name in ("log_linear", "log_linear_best_variance", "cosine"):
        if not (table[name] > 0).all():
            found.append(f"{name}: a gap is negative")
        if not (np.diff(table[name]) < 0).all():
            found.append(f"{name}: more blocks, larger gap")
        slope = np.log(table[name][-1] / table[name][-2])
        slope /= np.log(table["blocks"][-1] / table["blocks"][-2])
        if not abs(slope + 1) < 0.02:
            found.append(f"{name}: order {-slope} instead of 1")
    if not (table["log_linear_best_variance"] <= table["log_linear"]).all():
        found.append("the best variance costs more")
    return found


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(1.2 * COLUMN, 2.7))
    axes, table = picture.subplots(), tables["gap"]
    whole = float(entropy(table.header["parameters"]["probabilities"]))
    axes.axhline(whole, color=GREY, linestyle="--", linewidth=0.8)
    axes.text(table["blocks"][-1], whole * 0.93, "entropy of the label", ha="right", va="top",
              fontsize=7)  # fmt: skip
    for name, colour, marker, label in (
        ("log_linear", BLUE, "o", "log-linear ratio"),
        ("cosine", VERMILION, "^", "cosine, same ends"),
        ("log_linear_best_variance", ORANGE, "s", "log-linear ratio, best variances"),
    ):
        axes.plot(table["blocks"], table[name], f"{marker}-", color=colour, label=label)
    axes.set(xscale="log", yscale="log", xlabel="blocks $T$", ylabel="gap (nats)")
    axes.legend(loc="lower left")
    return picture


FIGURE = Figure(
    name="noprop.gap-by-blocks",
    title="The least NoProp-DT loss above the least NoProp-CT loss, by the number of blocks",
    recipes=(
        Recipe(
            name="gap",
            parameters={
                "probabilities": [0.7, 0.3],
                "levels": [0.1, 0.95],
                "blocks": [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
            },
            compute=_compute,
            units={"log_linear": "nats", "log_linear_best_variance": "nats", "cosine": "nats"},
        ),
    ),
    draw=_draw,
    violations=_violations,
)
