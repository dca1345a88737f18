"""The plain definitions, in Python without kernels; used as oracles only."""

from __future__ import annotations

import math
from typing import Any

from corollary.algorithms.reasoning._graph import Graph
from corollary.algorithms.reasoning._semirings import Semiring


def shortest_paths_definition(graph: Graph, source: int) -> list[float]:
    """Return the distances after `n - 1` synchronous rounds over all edges.

    Examples
    --------
    >>> shortest_paths_definition(Graph.from_edges(3, [0, 1], [1, 2], [2.0, 1.0]), 0)
    [0.0, 2.0, 3.0]
    """
    edges = list(
        zip(graph.sources.tolist(), graph.targets.tolist(), graph.weights.tolist(), strict=True)
    )
    distances = [math.inf] * graph.nodes
    distances[source] = 0.0
    for _ in range(graph.nodes - 1):
        before = list(distances)
        for u, v, weight in edges:
            distances[v] = min(distances[v], before[u] + weight)
    return distances


def semiring_rounds_definition(
    graph: Graph, start: list[Any], semiring: Semiring, rounds: int
) -> list[Any]:
    """Return the walk sums after `rounds` rounds, one edge after another.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import MAX_PLUS
    >>> path = Graph.from_edges(3, [0, 1], [1, 2], [2.0, 1.0])
    >>> semiring_rounds_definition(path, [0.0, -math.inf, -math.inf], MAX_PLUS, 2)
    [0.0, 2.0, 3.0]
    """
    plus, times = semiring.plus.combine, semiring.times
    states = list(start)
    for _ in range(rounds):
        before, states = states, list(start)
        for e, (u, v) in enumerate(zip(graph.sources, graph.targets, strict=True)):
            states[v] = plus(states[v], times(before[u], graph.weights[e]))
    return states
