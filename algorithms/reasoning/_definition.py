"""The plain definitions, in Python without kernels; used as oracles only."""

from __future__ import annotations

import math

from corollary.algorithms.reasoning._graph import Graph


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
