"""The published table of latent-space variants on CLRS-30, with multiple-comparison control.

Test scores of a Triplet-GMPNN (30,000 steps, five seeds) with the softmax aggregator, a decayed
latent space, or both, against the baseline: the raw results behind arXiv 2307.08874. Each dot is a
difference of means with its Welch interval; none of the 90 is significant once their number is
allowed for (Holm).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREY, ORANGE, PAGE, VERMILION
from corollary.figures._table import Table
from corollary.theory import reasoning as theory

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

_COLOURS = {"softmax": (BLUE, "o"), "decay": (ORANGE, "s"), "softmax and decay": (VERMILION, "^")}
SEEDS = 5


def _compute(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Compare every variant with the baseline by Welch's test, algorithm by algorithm."""
    adjusted = {(c.algorithm, c.configuration): c for c in theory.welch_comparisons()}
    level = 1 - (1 - parameters["coverage"]) / 2
    rows = []
    for algorithm, scores in theory.LATENT_SPACE_SCORES.items():
        (mean, deviation), *others = scores
        for name, (other, spread) in zip(theory.CONFIGURATIONS[1:], others, strict=True):
            errors = np.array([deviation, spread]) ** 2 / SEEDS
            freedom = errors.sum() ** 2 / (errors**2 / (SEEDS - 1)).sum()
            half_width = float(stats.t.ppf(level, freedom) * np.sqrt(errors.sum()))
            found = adjusted[algorithm, name]
            rows.append((algorithm, name, mean, other, other - mean, half_width, found.p,
                         found.adjusted_p))  # fmt: skip
    names = ("algorithm", "variant", "baseline", "score", "difference", "half_width", "p",
             "adjusted_p")  # fmt: skip
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return what contradicts the reading printed in the figure."""
    table = tables["comparisons"]
    lines = [
        f"{table['algorithm'][i]}, {table['variant'][i]}: significant after Holm's correction"
        for i in np.flatnonzero(~(table["adjusted_p"] >= 0.05))
    ]
    clear = np.abs(table["difference"]) > table["half_width"]
    lines += [
        f"{table['algorithm'][i]}, {table['variant'][i]}: interval and p-value disagree"
        for i in np.flatnonzero(clear != (table["p"] < 0.05))
    ]
    if len(table) != 90:
        lines.append(f"{len(table)} comparisons, not 90")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    table = tables["comparisons"]
    algorithms = list(dict.fromkeys(table["algorithm"].tolist()))
    picture = Picture(figsize=(PAGE, 5.2))
    left, right = picture.subplots(1, 2, width_ratios=(1.7, 1))
    for place, (name, (colour, marker)) in enumerate(_COLOURS.items()):
        rows = table.where(variant=name)
        wins = int((rows["difference"] > 0).sum())
        height = np.arange(len(algorithms)) + 0.26 * (place - 1)
        left.errorbar(rows["difference"], height, xerr=rows["half_width"], fmt=marker, color=colour,
                      markersize=2.8, elinewidth=0.6,
                      label=f"{name}: better on {wins} of {len(algorithms)}")  # fmt: skip
    left.axvline(0, color=BLACK, linewidth=0.6)
    left.set_yticks(range(len(algorithms)), [name.replace("_", " ") for name in algorithms])
    left.tick_params(axis="y", labelsize=6, length=0)
    left.set(ylim=(len(algorithms) - 0.4, -0.6), xlim=(-66, 52), ylabel="algorithm of CLRS-30",
             xlabel="score minus baseline (percentage points, 95 % interval)")  # fmt: skip
    left.legend(loc="lower center", bbox_to_anchor=(0.42, 1), ncols=1)
    p = np.sort(table["p"])
    rank = np.arange(1, len(p) + 1)
    right.plot(rank, rank / (len(p) + 1), color=GREY, label="expected if nothing differs")
    right.plot(rank, 0.05 / (len(p) - rank + 1), color=VERMILION, label="Holm, 5 %")
    right.axhline(0.05, color=BLACK, linestyle=":", linewidth=0.8, label="5 % each")
    right.plot(rank, p, ".", color=BLUE, label="the 90 $p$-values")
    right.set(xscale="log", yscale="log", xlabel="rank of the comparison", ylabel="$p$ (Welch)")
    right.legend(loc="lower center", bbox_to_anchor=(0.4, 1), alignment="left", title_fontsize=7,
                 title=f"None of the {len(p)} is significant after Holm")  # fmt: skip
    return picture


FIGURE = Figure(
    name="reasoning.latent-space",
    title="The published latent-space table: differences to the baseline, and Holm's correction",
    recipes=(
        Recipe(
            name="comparisons",
            parameters={"coverage": 0.95},
            compute=_compute,
            units={
                "score": "percent", "baseline": "percent", "difference": "percentage points",
                "half_width": "percentage points",
            },
        ),
    ),
    draw=_draw,
    violations=_violations,
)  # fmt: skip
