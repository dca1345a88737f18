"""Write the tables of `reasoning.md`: shortest paths of four libraries on real and large graphs.

Run ``python docs/reasoning_table.py`` where rustworkx and igraph are installed; it takes a few
minutes, most of them for building graphs of a million edges. A test compares the small rows.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import networkx
import numpy as np

from corollary.algorithms import reasoning
from corollary.verify.precision import FLOAT64
from corollary.verify.roles.reasoning import SHORTEST_PATHS, Network

PAGE = Path(__file__).parent / "reasoning.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->"

# Package, function, and the largest number of nodes it is asked to do.
FUNCTIONS = {
    "corollary": ("corollary", "corollary.algorithms.reasoning:shortest_paths", 10**7),
    "SciPy, Dijkstra": ("scipy", "scipy.sparse.csgraph:dijkstra", 10**7),
    "SciPy, Bellman-Ford": ("scipy", "scipy.sparse.csgraph:bellman_ford", 10**3),
    "networkx, Dijkstra": ("networkx", "networkx:single_source_dijkstra_path_length", 10**7),
    "rustworkx, Dijkstra": ("rustworkx", "rustworkx:dijkstra_shortest_path_lengths", 10**7),
    "rustworkx, Bellman-Ford": (
        "rustworkx", "rustworkx:bellman_ford_shortest_path_lengths", 10**7,
    ),
    "igraph": ("igraph", "igraph:Graph.distances", 10**7),
}  # fmt: skip
SMALL: dict[str, Callable[[], Any]] = {
    "Zachary's karate club": networkx.karate_club_graph,
    "Les Misérables": networkx.les_miserables_graph,
    "Davis's southern women": networkx.davis_southern_women_graph,
    "Florentine families": networkx.florentine_families_graph,
}
LARGE: dict[str, Callable[[], reasoning.Graph]] = {
    "random": partial(reasoning.random_graph, 100_000, 1_000_000),
    "power law": partial(reasoning.power_law_graph, 100_000, 1_000_000),
    "road-like": partial(reasoning.road_graph, 150_000),
    "grid": partial(reasoning.grid_graph, 320),
}


def network_of(graph: Any, drawn: bool = False) -> Network:
    """Return a graph as a case of the role; `drawn` puts random weights whose sums round."""
    rows = reasoning.as_graph(graph)
    weights = rows.weights.astype(np.float64)
    if drawn:
        weights = np.pi * np.random.default_rng(0).random(rows.edges)
    ends = rows.sources.astype(np.int64), rows.targets.astype(np.int64)
    return Network(rows.nodes, *ends, weights, 0, FLOAT64)


def compared(name: str, network: Network, sources: range) -> str:
    """Return how many distances of a function are those of plain rounds, bit by bit."""
    package, function, largest = FUNCTIONS[name]
    if network.nodes > largest:
        return "not run"
    try:
        version(package)
    except PackageNotFoundError:
        return "not installed"
    run = SHORTEST_PATHS.adapt(SHORTEST_PATHS.implementation(function))
    different = 0
    for source in sources:
        case = replace(network, source=source)
        different += int((run(case) != case.distances()).sum())
    return "equal" if not different else f"{different} differ"


def row(name: str, weights: str, network: Network, sources: range) -> str:
    """Return one row of the table."""
    cells = [compared(function, network, sources) for function in FUNCTIONS]
    sizes = [f"{network.nodes:,}", f"{len(network.weights):,}"]
    distances = f"{len(sources) * network.nodes:,}"
    return "| " + " | ".join([name, weights, *sizes, distances, *cells]) + " |"


def small_rows() -> list[str]:
    """Return the rows of the real graphs, from every source, with given and drawn weights."""
    rows = []
    for name, make in SMALL.items():
        for weights, drawn in (("given", False), ("drawn", True)):
            network = network_of(make(), drawn)
            rows.append(row(name, weights, network, range(network.nodes)))
    return rows


def large_rows() -> list[str]:
    """Return the rows of the generated graphs, from one source."""
    return [
        row(name, "lengths" if name == "road-like" else "drawn", network_of(make()), range(1))
        for name, make in LARGE.items()
    ]


def table() -> str:
    """Return the table in Markdown."""
    head = ["graph", "weights", "nodes", "edges", "distances", *FUNCTIONS]
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join(["---"] * len(head)) + " |"]
    packages = [f"{name} {version(name)}" for name in ("numpy", "scipy", "networkx")]
    for name in ("rustworkx", "igraph"):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            packages.append(f"{name} not installed")
    said = f"\nPython {sys.version.split()[0]}, {', '.join(packages)}.\n"
    return "\n".join([*lines, *small_rows(), *large_rows()]) + "\n" + said


def updated(page: str) -> str:
    """Return the page with the table between its marks."""
    pattern = re.escape(BEGIN) + ".*" + re.escape(END)
    return re.sub(pattern, lambda _: BEGIN + table() + END, page, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
