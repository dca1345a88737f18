"""What softmax cannot tell apart: the shortfall of the aggregator, and the error of a read-out.

Left, the softmax average of k messages lies below their maximum by at most W((k-1)/e), which grows
like ln k; random messages stay below, equal gaps attain it. Right, attention that reads one of N
values with a fixed margin fails as N grows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.reasoning import aggregate, retrieve
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, GREY, ORANGE, PAGE, PALE, VERMILION
from corollary.figures._table import Table
from corollary.theory import reasoning as theory

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

_MARGINS = {2.0: (BLUE, "o"), 5.0: (GREEN, "s"), 8.0: (VERMILION, "^")}


def _shortfalls(rows: Any) -> Any:
    """Return maximum minus softmax average of each row, by the aggregator of the layers."""
    receivers = np.repeat(np.arange(len(rows)), rows.shape[1])
    averages = aggregate(rows.reshape(-1, 1), receivers, len(rows), "softmax")[:, 0]
    return rows.max(axis=1) - averages


def _aggregator(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Measure the shortfall of random messages of several scales, and of the worst ones."""
    draw = np.random.default_rng(parameters["seed"])
    counts = np.unique(np.geomspace(2, parameters["largest"], parameters["sizes"]).astype(int))
    rows = []
    for place, k in enumerate(counts.tolist(), start=1):
        work.progress("neighbours", place, len(counts))
        scale = np.geomspace(0.2, 8, parameters["trials"])[:, None]
        random = _shortfalls(scale * draw.normal(size=(parameters["trials"], k)))
        worst = np.full((1, k), -float(theory.softmax_resolution_gap(k)))
        worst[0, 0] = 0.0
        bound = float(theory.softmax_resolution(k))
        rows.append((k, bound, float(_shortfalls(worst)[0]), float(random.max()),
                     float(np.median(random))))  # fmt: skip
    names = ("neighbours", "bound", "attained", "largest_random", "median_random")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _read_out(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Measure the error of a read-out whose wrong values lie a diameter away."""
    rows = []
    sizes = [2**power for power in range(1, parameters["last_exponent"] + 1)]
    for place, n in enumerate(sizes, start=1):
        work.progress("nodes", place, len(sizes))
        query, keys = np.eye(1, n), np.eye(n)
        values = np.ones((n, 1))
        values[0] = 0.0
        for margin in parameters["margins"]:
            read = float(retrieve(query, keys, values, margin=margin)[0, 0])
            bound = float(theory.retrieval_error(n, margin))
            rows.append((n, margin, read, bound))
    names = ("nodes", "margin", "error", "bound")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return where the bound is passed or not attained, by more than rounding."""
    table, reads = tables["aggregator"], tables["read-out"]
    lines = [
        f"k {table['neighbours'][i]}: equal gaps miss the bound"
        for i in np.flatnonzero(~(np.abs(table["attained"] / table["bound"] - 1) < 1e-10))
    ]
    lines += [
        f"k {table['neighbours'][i]}: random messages pass the bound"
        for i in np.flatnonzero(~(table["largest_random"] <= table["bound"] * (1 + 1e-10)))
    ]
    return lines + [
        f"N {reads['nodes'][i]}, margin {reads['margin'][i]}: the read-out misses its bound"
        for i in np.flatnonzero(~(np.abs(reads["error"] / reads["bound"] - 1) < 1e-10))
    ]


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    table, reads = tables["aggregator"], tables["read-out"]
    picture = Picture(figsize=(PAGE, 2.9))
    left, right = picture.subplots(1, 2)
    k = table["neighbours"]
    left.fill_between(k, 0, table["largest_random"], color=PALE, label="random messages: range")
    left.plot(k, table["median_random"], color=GREY, label="random messages: median")
    left.plot(k, np.log(k), ":", color=BLACK, label=r"$\ln k$")
    left.plot(k, table["bound"], color=VERMILION, label=r"bound $W((k-1)/e)$")
    left.plot(k[::3], table["attained"][::3], "o", color=ORANGE, markeredgecolor=BLACK,
              markeredgewidth=0.4, label="equal gaps $1+W$: measured")  # fmt: skip
    left.set(xscale="log", xlabel="number of messages $k$", ylim=(0, None),
             ylabel="maximum minus softmax average")  # fmt: skip
    left.set_title("The softmax aggregator falls short of max")
    left.legend(loc="upper left")
    for margin, (colour, marker) in _MARGINS.items():
        rows = reads.where(margin=margin)
        right.plot(rows["nodes"], rows["bound"], color=colour)
        right.plot(rows["nodes"], rows["error"], marker, color=colour, label=f"margin {margin:g}")
    right.axhline(0.01, color=GREY, linestyle=":", linewidth=0.8, label="one percent")
    right.set(xscale="log", yscale="log", xlabel="number of nodes $N$",
              ylabel="error of the read-out (diameters)")  # fmt: skip
    right.set_title(r"Read-out: points measured, lines $\frac{(N-1)e^{-D}}{1+(N-1)e^{-D}}$")
    right.legend(loc="lower right")
    return picture


FIGURE = Figure(
    name="reasoning.resolution",
    title="Resolution of the softmax aggregator by number of messages, and of a read-out by margin",
    recipes=(
        Recipe(
            name="aggregator",
            parameters={"largest": 10_000, "sizes": 40, "trials": 400, "seed": 0},
            compute=_aggregator,
            units={"neighbours": "messages", "bound": "inverse temperature 1"},
        ),
        Recipe(
            name="read-out",
            parameters={"last_exponent": 12, "margins": list(_MARGINS)},
            compute=_read_out,
            units={"error": "diameters of the values", "margin": "nats"},
        ),
    ),
    draw=_draw,
    violations=_violations,
)
