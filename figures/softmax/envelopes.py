"""The exact range of entropy and of squared norm, by spread, around 100,000 random heads.

Of all heads of n logits with spread exactly t none leaves the envelopes, and stated heads lie on
them. The closed bounds, ln n - D(t) below the entropy and cosh(t/2)^2 / n above the squared norm,
are the envelopes of all lengths at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.softmax import row_statistics
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, ORANGE, PAGE, VERMILION
from corollary.figures._table import Columns, Table, joined
from corollary.theory.softmax import (
    entropy_bounds,
    entropy_deficit,
    greatest_entropy_logits,
    least_entropy_logits,
    least_squared_norm_logits,
    squared_norm_bounds,
    squared_norm_ceiling,
    two_level,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

Floats = NDArray[np.float64]

_STATISTICS = ("entropy", "squared_norm")
_PATTERNS = ("uniform", "normal", "ends", "two-level", "near an extreme")
_ALLOWED = 1e-11  # rounding in a sum of n terms; entropy in nats, squared norm relative


def _unit_heads(
    pattern: str, random: np.random.Generator, spreads: Floats, parameters: Parameters
) -> Floats:
    """Return heads whose logits run from 0 to 1, one row per spread."""
    heads, n = len(spreads), parameters["n"]
    if pattern == "uniform":
        logits = random.random((heads, n))
    elif pattern == "normal":
        logits = random.standard_normal((heads, n))
    elif pattern == "ends":
        logits = random.beta(0.3, 0.3, (heads, n))
    elif pattern == "two-level":
        top = random.integers(1, n, (heads, 1))
        logits = (np.arange(n) < top) + 0.02 * random.random((heads, n))
    else:
        makers = (least_entropy_logits, greatest_entropy_logits, least_squared_norm_logits)
        logits = np.stack([
            makers[random.integers(3)](n, spread) / spread for spread in spreads
        ])  # fmt: skip
        logits += 0.02 * random.random((heads, 1)) * random.random((heads, n))
    logits -= logits.min(axis=1, keepdims=True)
    return logits / logits.max(axis=1, keepdims=True)


def _grid(parameters: Parameters) -> dict[str, Floats]:
    """Return the edges of the cells in which heads are counted; squared norms by log10."""
    n, cells = parameters["n"], parameters["cells"]
    return {
        "spread": np.linspace(0, parameters["widest"], cells + 1),
        "entropy": np.linspace(-0.02, np.log(n) + 0.02, cells + 1),
        "squared_norm": np.linspace(-np.log10(n) - 0.02, 0.02, cells + 1),
    }


def _counts(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Count random heads of all patterns by cells of (spread, statistic)."""
    blocks = [_counted(parameters, work, pattern) for pattern in _PATTERNS]
    cells = parameters["cells"]
    parts = []
    for name in _STATISTICS:
        counts = np.sum([block[name] for block in blocks], axis=0).reshape(cells, cells)
        spread, cell = np.nonzero(counts)
        parts.append({
            "statistic": np.full(len(spread), name),
            "spread_cell": spread,
            "cell": cell,
            "heads": counts[spread, cell],
        })  # fmt: skip
    return joined(parts)


def _room(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Tabulate how near the heads of every pattern come to the nearer exact bound."""
    return joined([
        {
            "pattern": np.array([pattern]),
            "heads": np.array([_counted(parameters, work, pattern)["entropy"].sum()]),
            **{f"least_room_of_{name}": _counted(parameters, work, pattern)[f"room of {name}"][:1]
               for name in _STATISTICS},
        }
        for pattern in _PATTERNS
    ])  # fmt: skip


def _counted(parameters: Parameters, work: Workspace, pattern: str) -> Columns:
    """Return the counts of one pattern, cell by cell, and its least room."""
    block = _PATTERNS.index(pattern)
    work.progress("random heads", block + 1, len(_PATTERNS))
    return work.part(pattern, lambda: _block(parameters, block))


def _block(parameters: Parameters, block: int) -> Mapping[str, Any]:
    random = np.random.Generator(np.random.Philox(key=[parameters["seed"], block]))
    spreads = random.uniform(0.05, parameters["widest"], parameters["heads"] // len(_PATTERNS))
    logits = _unit_heads(_PATTERNS[block], random, spreads, parameters) * spreads[:, None]
    statistics = row_statistics(logits)
    measured = np.ptp(logits, axis=1)  # of the numbers as stored
    n, grid = parameters["n"], _grid(parameters)
    entropy, norm = statistics.entropy, statistics.squared_norm
    least, greatest = entropy_bounds(n, measured, exact=True)
    smallest, largest = squared_norm_bounds(n, measured, exact=True)
    room = {
        "entropy": np.minimum(entropy - least, greatest - entropy),
        "squared_norm": np.minimum(norm / smallest - 1, 1 - norm / largest),
    }
    columns: dict[str, Any] = {}
    for name, value in (("entropy", entropy), ("squared_norm", np.log10(norm))):
        counts, *_ = np.histogram2d(measured, value, bins=(grid["spread"], grid[name]))
        columns[name] = counts.ravel().astype(np.int64)
        columns[f"room of {name}"] = np.full(counts.size, room[name].min())
    return columns


def _envelopes(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Tabulate the envelopes, beside what the extremal heads attain."""
    n = parameters["n"]
    spread = np.linspace(0, parameters["widest"], parameters["points"] + 1)[1:]
    least, greatest = entropy_bounds(n, spread, exact=True)
    smallest, largest = squared_norm_bounds(n, spread, exact=True)
    # the greatest squared norm is attained at one of the two counts next to n / (1 + e^t)
    counts = np.clip(np.floor(n / (1 + np.exp(spread))) + np.array([[0], [1]]), 1, n - 1)
    both = [row_statistics(two_level_rows(n, count, spread)).squared_norm for count in counts]
    return {
        "spread": spread,
        "least_entropy": least,
        "greatest_entropy": greatest,
        "deficit_bound": np.log(n) - entropy_deficit(spread),
        "least_squared_norm": smallest,
        "greatest_squared_norm": largest,
        "squared_norm_ceiling": squared_norm_ceiling(n, spread),
        "least_entropy_attained": row_statistics(least_entropy_logits(n, spread)).entropy,
        "greatest_entropy_attained": row_statistics(greatest_entropy_logits(n, spread)).entropy,
        "least_squared_norm_attained": row_statistics(
            least_squared_norm_logits(n, spread)
        ).squared_norm,
        "greatest_squared_norm_attained": np.maximum(*both),
    }


def two_level_rows(n: int, counts: Floats, spread: Floats) -> Floats:
    """Return one two-level head per row."""
    return np.stack([two_level(n, int(k), t) for k, t in zip(counts, spread, strict=True)])


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return random heads outside the envelopes, and stated heads that are not on them."""
    room, envelopes = tables["room"], tables["envelopes"]
    lines = []
    for name in _STATISTICS:
        for pattern, least in zip(room["pattern"], room[f"least_room_of_{name}"], strict=True):
            if not least >= -_ALLOWED:
                lines.append(f"a {pattern} head leaves the range of {name} by {-least}")
    for name in (f"{side}_{of}" for side in ("least", "greatest") for of in _STATISTICS):
        off = np.abs(envelopes[f"{name}_attained"] - envelopes[name]).max()
        if not off <= _ALLOWED:
            lines.append(f"the heads said to attain {name} miss it by {off}")
    if (envelopes["deficit_bound"] > envelopes["least_entropy"] + _ALLOWED).any():
        lines.append("the closed entropy bound exceeds the exact one")
    if (envelopes["squared_norm_ceiling"] < envelopes["greatest_squared_norm"] - _ALLOWED).any():
        lines.append("the closed squared norm bound is below the exact one")
    for name in _STATISTICS:
        drawn = tables["counts"].where(statistic=name)["heads"].sum()
        if not drawn == room["heads"].sum() == room.header["parameters"]["heads"]:
            lines.append(f"{drawn} heads are drawn by {name}, {room['heads'].sum()} were examined")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    envelopes, heads = tables["envelopes"], tables["counts"]
    n = heads.header["parameters"]["n"]
    picture = Picture(figsize=(PAGE, 2.9))
    left, right = picture.subplots(1, 2)
    _density(left, heads, "entropy")
    shown = _density(right, heads, "squared_norm")
    picture.colorbar(shown, ax=right, label="random heads per cell", pad=0.02)
    log_norm = {
        name: np.log10(envelopes[name])
        for name in envelopes.columns
        if "squared_norm" in name
    }  # fmt: skip
    _envelope(left, envelopes["spread"], envelopes.columns, "entropy", "deficit_bound",
              r"closed: $\ln n - D(t)$")  # fmt: skip
    _envelope(right, envelopes["spread"], log_norm, "squared_norm", "squared_norm_ceiling",
              r"closed: $\cosh^2(t/2)/n$")  # fmt: skip
    left.set(ylabel="softmax entropy (nats)", ylim=(-0.1, np.log(n) + 0.15))
    right.set(ylabel=r"squared norm $\sum p_i^2$", ylim=(-np.log10(n) - 0.05, 0.05))
    ticks = [value for value in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if value >= 1 / n]
    right.set_yticks(np.log10(ticks), [f"{value:g}" for value in ticks])
    for axes in (left, right):
        axes.legend(loc="lower left", bbox_to_anchor=(-0.12, 1), ncols=3, borderpad=0,
                    columnspacing=1.0, handletextpad=0.4)  # fmt: skip
        axes.set(xlabel=f"spread of the logits $t$ ($n$ = {n})", xlim=(0, envelopes["spread"][-1]))
    return picture


def _density(axes: Axes, heads: Table, statistic: str) -> Any:
    from matplotlib.colors import LinearSegmentedColormap, LogNorm

    grid = _grid(heads.header["parameters"])
    greys = LinearSegmentedColormap.from_list("heads", ["#DDDDDD", "#222222"])
    counts = np.zeros((len(grid["spread"]) - 1, len(grid[statistic]) - 1))
    some = heads.where(statistic=statistic)
    np.add.at(counts, (some["spread_cell"], some["cell"]), some["heads"])
    return axes.pcolormesh(grid["spread"], grid[statistic], np.ma.masked_equal(counts.T, 0),
                           norm=LogNorm(1, 1000), cmap=greys, rasterized=True)  # fmt: skip


def _envelope(
    axes: Axes, spread: Floats, values: Mapping[str, Floats], of: str, closed: str, label: str
) -> None:
    for side, name in (("least", "exact range"), ("greatest", None)):
        axes.plot(spread, values[f"{side}_{of}"], color=BLUE, label=name)
        some = slice(None, None, 12)
        axes.plot(spread[some], values[f"{side}_{of}_attained"][some], "o", color=ORANGE,
                  markeredgecolor=BLACK, markeredgewidth=0.4,
                  label=name and "attained")  # fmt: skip
    axes.plot(spread, values[closed], "--", color=VERMILION, label=label)


_HEADS = {"n": 64, "widest": 12.0, "heads": 100_000, "cells": 64, "seed": 0}

FIGURE = Figure(
    name="softmax.envelopes",
    title="Exact ranges of entropy and squared norm by spread, around 100,000 random heads",
    recipes=(
        Recipe(
            name="envelopes",
            parameters={"n": 64, "widest": 12.0, "points": 240},
            compute=_envelopes,
            units={"entropy": "nats"},
        ),
        Recipe(name="counts", parameters=_HEADS, compute=_counts),
        Recipe(
            name="room",
            parameters=_HEADS,
            compute=_room,
            units={"least_room_of_entropy": "nats", "least_room_of_squared_norm": "relative"},
            tolerance={"least_room_of_entropy": 1e-12, "least_room_of_squared_norm": 1e-12},
        ),
    ),
    draw=_draw,
    violations=_violations,
)  # fmt: skip
