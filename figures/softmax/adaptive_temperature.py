"""Adaptive temperature: where the published rule acts, and from which length it never does.

Left: the inverse temperature by entropy, the published polynomial and what is left of it after
its clamp at one. Right: heads of all lengths and spreads; above the line n = exp(5.9445 + D(t))
every head has so much entropy that the rule is switched off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.softmax import adaptive_temperature_softmax, row_statistics, softmax
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREY, ORANGE, PAGE, PALE, VERMILION
from corollary.figures._table import Columns, Table, joined
from corollary.theory.softmax import (
    ADAPTIVE_COEFFICIENTS,
    ADAPTIVE_ENTROPIES,
    ADAPTIVE_PEAK,
    adaptive_inverse_temperature,
    adaptive_off_switch_length,
    least_entropy_logits,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

Floats = NDArray[np.float64]


def _random(parameters: Parameters, block: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[parameters["seed"], block]))


def _heads(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Run the rule on heads of random length and spread, half of them of the least entropy."""
    blocks = parameters["blocks"]

    def part(block: int) -> Columns:
        work.progress("heads", block + 1, blocks)
        return work.part(f"heads-{block}", lambda: _block_of_heads(parameters, block))

    return joined([part(block) for block in range(blocks)])


def _block_of_heads(parameters: Parameters, block: int) -> Mapping[str, Any]:
    random = _random(parameters, block)
    rows = [_head(random, parameters) for _ in range(parameters["heads_per_block"])]
    names = ("pattern", "n", "spread", "entropy", "inverse_temperature", "acts")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _head(
    random: np.random.Generator, parameters: Parameters
) -> tuple[str, int, float, float, float, int]:
    """Return the facts about one random head; `acts` is whether any weight differs from softmax."""
    n = int(np.exp(random.uniform(np.log(2), np.log(parameters["longest"]))))
    spread = random.uniform(0.1, parameters["widest"])
    pattern = ("least entropy", "uniform")[random.integers(2)]
    if pattern == "uniform":
        logits = random.random(n) * spread
        logits[0], logits[-1] = 0.0, spread
    else:
        logits = least_entropy_logits(n, spread)
    plain, adapted = softmax(logits), adaptive_temperature_softmax(logits)
    acts = bool((plain != adapted).any())
    # the two extreme weights tell the factor that the logits were multiplied by
    beta = np.log(adapted.max() / adapted.min()) / spread if acts else 1.0
    return pattern, n, spread, float(row_statistics(logits).entropy), float(beta), int(acts)


def _rule(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Tabulate the polynomial and the inverse temperature by entropy."""
    entropy = np.linspace(0, parameters["greatest_entropy"], parameters["points"])
    return {
        "entropy": entropy,
        "polynomial": np.polyval(ADAPTIVE_COEFFICIENTS, entropy),
        "inverse_temperature": adaptive_inverse_temperature(entropy),
    }


def _off_switch(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Tabulate the length from which the rule is off, by spread."""
    spread = np.linspace(0, parameters["widest"], parameters["points"])
    return {"spread": spread, "length": adaptive_off_switch_length(spread)}


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return heads that leave the curve, or on which the rule acts beyond the line."""
    heads = tables["heads"]
    law = adaptive_inverse_temperature(heads["entropy"])
    off_curve = np.abs(heads["inverse_temperature"] - law) > 1e-9
    beyond = heads["n"] >= adaptive_off_switch_length(heads["spread"]) * (1 + 1e-9)
    lines = [
        f"head {i}: inverse temperature {heads['inverse_temperature'][i]} instead of {law[i]}"
        for i in np.flatnonzero(off_curve)
    ]
    return lines + [
        f"head {i}: the rule acts beyond the line"
        for i in np.flatnonzero(beyond & (heads["acts"] > 0))
    ]


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 2.8))
    left, right = picture.subplots(1, 2)
    _draw_rule(left, tables["rule"], tables["heads"])
    _draw_plane(right, tables["off-switch"], tables["heads"])
    return picture


def _draw_rule(axes: Axes, rule: Table, heads: Table) -> None:
    first, last = ADAPTIVE_ENTROPIES
    axes.axvspan(first, last, color=PALE, alpha=0.5, linewidth=0)
    axes.plot(rule["entropy"], rule["polynomial"], "--", color=GREY, label="published polynomial")
    some = slice(None, None, 8)
    axes.plot(heads["entropy"][some], heads["inverse_temperature"][some], ".", color=ORANGE,
              markersize=3, label="measured on heads")  # fmt: skip
    axes.plot(rule["entropy"], rule["inverse_temperature"], color=BLUE, label="rule: clamped at 1")
    entropy, greatest = ADAPTIVE_PEAK
    axes.text(entropy - 0.2, greatest - 0.2, f"peak {greatest:.4f}\nat {entropy:.2f} nats",
              ha="center", va="top", fontsize=7)  # fmt: skip
    axes.text((first + last) / 2, 0.12, f"acts for $H$ in [{first:.4f}, {last:.4f}]",
              ha="center", fontsize=7)  # fmt: skip
    axes.set(xlim=(0, rule["entropy"].max()), ylim=(0, 3.1), xlabel="softmax entropy $H$ (nats)",
             ylabel=r"inverse temperature $\beta$")  # fmt: skip
    axes.legend(loc="upper left", ncols=1)


def _draw_plane(axes: Axes, off_switch: Table, heads: Table) -> None:
    n_limits = (1.8, heads["n"].max() * 1.3)
    for acts, colour, marker, label in ((0, GREY, "x", "off: softmax bit for bit"),
                                        (1, ORANGE, "o", "on")):  # fmt: skip
        some = heads.where(acts=acts)
        axes.plot(some["spread"], some["n"], marker, color=colour, markersize=1.8, alpha=0.7,
                  markeredgewidth=0.5, label=label)  # fmt: skip
    axes.fill_between(off_switch["spread"], off_switch["length"], n_limits[1], color=PALE,
                      alpha=0.5, linewidth=0)  # fmt: skip
    axes.plot(off_switch["spread"], off_switch["length"], color=VERMILION,
              label=r"$n = e^{5.9445 + D(\delta)}$")  # fmt: skip
    axes.text(0.5, n_limits[1] / 5, "off for every head", color=BLACK, fontsize=7,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})  # fmt: skip
    axes.set(yscale="log", ylim=n_limits, xlim=(0, off_switch["spread"].max()),
             xlabel=r"spread of the logits $\delta$", ylabel="number of logits $n$")  # fmt: skip
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, markerscale=2, borderpad=0,
                columnspacing=1.2, handletextpad=0.4)  # fmt: skip


FIGURE = Figure(
    name="softmax.adaptive-temperature",
    title="Adaptive temperature by entropy, and the length from which it is switched off",
    recipes=(
        Recipe(
            name="rule",
            parameters={"greatest_entropy": 8.0, "points": 401},
            compute=_rule,
            units={"entropy": "nats"},
        ),
        Recipe(name="off-switch", parameters={"widest": 12.0, "points": 241}, compute=_off_switch),
        Recipe(
            name="heads",
            parameters={
                "seed": 0,
                "blocks": 10,
                "heads_per_block": 200,
                "longest": 100_000,
                "widest": 12.0,
            },
            compute=_heads,
            units={"entropy": "nats"},
        ),
    ),
    draw=_draw,
    violations=_violations,
)
