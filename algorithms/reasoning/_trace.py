"""Bellman-Ford round by round, with distances and parents, and three faulty variants of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms._kernel import kernel
from corollary.algorithms.reasoning._graph import with_source

Array = NDArray[Any]
RULES = ("exact", "greedy", "decay", "noisy")


def bellman_ford_trace(
    graph: Any, source: Any = 0, *, rounds: int, rule: str = "exact", seed: int = 0
) -> tuple[Array, NDArray[np.int64]]:
    """Return (distances, parents), each ``(rounds + 1, v)``: the start and every round after it.

    A round goes through the senders in order of their ids, with the distances of the round before,
    and a node takes a new parent when the rule accepts the candidate ``d_u + w``. The variants are
    those with which arXiv 2307.08874 compares a trained network.

    Parameters
    ----------
    graph : Graph, SciPy sparse array, or networkx graph
        See `as_graph`.
    source : int, or a networkx node
    rounds : int >= 0
    rule : {"exact", "greedy", "decay", "noisy"}
        Accept if the candidate is below the present distance; if the edge is lighter than that
        from the present parent; if it is below 0.9 of the distance; if it is below the distance
        plus uniform noise in (-0.05, 0.05). A node without a distance accepts the first candidate.
    seed : int
        Of the noise.

    Raises
    ------
    ValueError
        For a negative number of rounds, an unknown rule, or weights that are not single numbers.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import Graph
    >>> triangle = Graph.from_edges(3, [0, 0, 1], [1, 2, 2], [1.0, 5.0, 2.0])
    >>> distances, parents = bellman_ford_trace(triangle, rounds=2)
    >>> distances.tolist()[1:], parents.tolist()[1:]
    ([[0.0, 1.0, 5.0], [0.0, 1.0, 3.0]], [[-1, 0, 0], [-1, 0, 1]])
    """
    rows, start = with_source(graph, source)
    if isinstance(rounds, bool) or not isinstance(rounds, int | np.integer) or rounds < 0:
        raise ValueError(f"rounds must be an integer >= 0, got {rounds!r}")
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, got {rule!r}")
    if rows.weights.ndim != 1:
        raise ValueError(f"weights must be one number per edge, got shape {rows.weights.shape}")
    distances = np.full((rounds + 1, rows.nodes), np.inf)
    parents = np.full((rounds + 1, rows.nodes), -1, dtype=np.int64)
    distances[0, start] = 0.0
    noise = np.random.default_rng(seed).uniform(-0.05, 0.05, size=(rounds, rows.edges))
    _trace(
        rows.indptr, rows.targets, rows.weights.astype(np.float64), distances, parents,
        RULES.index(rule), noise if rule == "noisy" else np.zeros((rounds, 0)),
    )  # fmt: skip
    return distances, parents


@kernel
def _trace(
    indptr: Array,
    targets: Array,
    weights: Array,
    distances: Array,
    parents: Array,
    rule: int,
    noise: Array,
) -> None:
    carried = np.full(distances.shape[1], np.inf)  # the weight of the edge from the parent
    for t in range(1, len(distances)):
        before, d, pi = distances[t - 1], distances[t], parents[t]
        d[:] = before
        pi[:] = parents[t - 1]
        for u in range(len(d)):
            if before[u] == np.inf:
                continue
            for e in range(indptr[u], indptr[u + 1]):
                v = targets[e]
                candidate = before[u] + weights[e]
                if d[v] == np.inf:
                    accept = candidate < np.inf
                elif rule == 1:
                    accept = pi[v] >= 0 and weights[e] < carried[v]
                elif rule == 2:
                    accept = candidate < 0.9 * d[v]
                elif rule == 3:
                    accept = pi[v] >= 0 and candidate < d[v] + noise[t - 1, e]
                else:
                    accept = candidate < d[v]
                if accept:
                    d[v], pi[v], carried[v] = candidate, u, weights[e]
