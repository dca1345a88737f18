"""The same shortest paths at another cost: deliveries by schedule on the exponential family.

Every schedule ends in the same distances, bit by bit. Least first (Dijkstra) needs 3k + 1
deliveries, newest first 3 * 2^k - 2 if every node sends along its heavy edge last, and no more than
Dijkstra if first; the others grow like polynomials between them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.reasoning import MIN_PLUS, Graph, relaxation_system, start_run
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, ORANGE, PAGE, VERMILION
from corollary.figures._table import Table
from corollary.theory import reasoning as theory

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

# Schedule, where the heavy edge stands, closed form, colour, marker, what it is called.
_SCHEDULES: tuple[tuple[str, str, Callable[[int], int], str, str, str], ...] = (
    ("lifo", "last", theory.newest_first_deliveries, VERMILION, "s",
     "newest first, heavy edges last: $3\\cdot 2^k-2$"),
    ("fifo", "first", theory.oldest_first_deliveries, BLUE, "^",
     "oldest first, heavy edges first: $1+k(k^2+5)/2$"),
    ("bsp", "last", theory.synchronous_deliveries, GREEN, "o",
     "synchronous rounds: $1+3k(k+1)/2$"),
    ("lifo", "first", theory.least_first_deliveries, ORANGE, "D",
     "newest first, heavy edges first: $3k+1$"),
    ("priority", "last", theory.least_first_deliveries, BLACK, ".",
     "least first (Dijkstra): $3k+1$"),
)  # fmt: skip


def _compute(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Count the deliveries of every schedule, and compare the distances it ends in."""
    system = relaxation_system(MIN_PLUS)
    rows: list[tuple[str, str, int, int, int, int]] = []
    for k in range(1, parameters["largest"] + 1):
        work.progress("orders", k, parameters["largest"])
        for schedule, heavy, *_ in _SCHEDULES:
            nodes, *edges = theory.exponential_family(k, heavy)
            start = start_run(system, Graph.from_edges(nodes, *edges), [np.inf] * nodes, [(0, 0.0)])
            run = start.run(schedule, limit=10**7)
            alike = np.array_equal(run.states, start.run("priority").states)
            rows.append((schedule, heavy, k, run.deliveries, run.updates, int(alike)))
    names = ("schedule", "heavy", "k", "deliveries", "updates", "same_distances")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return where a count differs from its closed form, or distances from Dijkstra's."""
    table = tables["deliveries"]
    lines = []
    for schedule, heavy, closed, *_ in _SCHEDULES:
        rows = table.where(schedule=schedule, heavy=heavy)
        for k, count, same in zip(
            rows["k"], rows["deliveries"], rows["same_distances"], strict=True
        ):
            if count != closed(int(k)):
                lines.append(f"{schedule}, k {k}: {count} deliveries, not {closed(int(k))}")
            if not same:
                lines.append(f"{schedule}, k {k}: other distances")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    table = tables["deliveries"]
    picture = Picture(figsize=(PAGE, 3.0))
    left, right = picture.subplots(1, 2)
    for schedule, heavy, closed, colour, marker, label in _SCHEDULES:
        rows = table.where(schedule=schedule, heavy=heavy)
        k, edges = rows["k"], 3 * rows["k"]
        curve = np.array([closed(int(order)) for order in k])
        size = 5.5 if marker == "D" else 3.5  # seen around the points of another schedule
        for axes, unit in ((left, 1), (right, edges)):
            axes.plot(k, curve / unit, color=colour, linewidth=0.8)
            axes.plot(k, rows["deliveries"] / unit, marker, color=colour, markersize=size,
                      label=label)  # fmt: skip
    left.set(yscale="log", xlabel="order $k$ of the family ($3k$ edges)", ylabel="deliveries")
    right.set(yscale="log", xlabel="order $k$ of the family ($3k$ edges)",
              ylabel="deliveries per edge")  # fmt: skip
    left.set_title("Points: counted in runs; lines: closed forms")
    right.set_title("All runs end in the same distances, bit by bit")
    picture.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    for axes in (left, right):
        axes.set_xticks(range(0, table.header["parameters"]["largest"] + 1, 4))
    return picture


FIGURE = Figure(
    name="reasoning.schedule-cost",
    title="Deliveries by schedule on the exponential family: 3 * 2^k - 2 against 3k + 1",
    recipes=(
        Recipe(
            name="deliveries",
            parameters={"largest": 16},
            compute=_compute,
            units={"k": "order of the family", "deliveries": "messages", "updates": "states"},
        ),
    ),
    draw=_draw,
    violations=_violations,
)
