"""The roles of shortest-path trees and of the trace of Bellman-Ford, round by round."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corollary.verify.domain import Constraint, Domain, Integers, Parameters
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Preset, Role
from corollary.verify.roles.reasoning._arrays import FAMILY, Array
from corollary.verify.roles.reasoning._networks import Network, csr
from corollary.verify.roles.reasoning._paths import in_rounds

Tree = tuple[Array, Array, Array]


def _tree(implementation: Implementation) -> Callable[[Network], Tree]:
    def tree(network: Network) -> Tree:
        found = implementation.plain(csr(network), network.source)
        distances, hops, parents = (np.asarray(part, dtype=np.float64) for part in found)
        return distances, hops, parents

    return tree


def tree_by_arrival(graph: Any, source: int) -> Tree:
    """Return distances, hops, parents where a parent is the first to improve a node."""
    n = graph.shape[0]
    found, parents, hops = np.full(n, np.inf), np.full(n, -1.0), np.full(n, -1.0)
    found[source], hops[source] = 0.0, 0.0
    line = deque([source])
    while line:
        u = line.popleft()
        for e in range(graph.indptr[u], graph.indptr[u + 1]):
            v, total = int(graph.indices[e]), found[u] + graph.data[e]
            if total < found[v]:
                found[v], parents[v], hops[v] = total, u, hops[u] + 1
                line.append(v)
    return found, hops, parents


def tree_by_keys(graph: Any, source: int) -> Tree:
    """Return the tree of the least keys (distance, parent): the smallest id of a tight edge."""
    found = in_rounds(graph, source)
    n = graph.shape[0]
    tails = np.repeat(np.arange(n), np.diff(graph.indptr))
    parents = np.full(n, math.inf)
    tight = found[tails] + graph.data == found[graph.indices]
    tight &= np.isfinite(found[tails]) & (graph.indices != source) & (graph.indices != tails)
    np.minimum.at(parents, graph.indices[tight], tails[tight])
    parents = np.where(np.isinf(parents), -1.0, parents)
    return found, np.where(np.isfinite(found), 0.0, -1.0), parents


def _largest_parent(graph: Any, source: int) -> Tree:
    from corollary.algorithms.reasoning import shortest_path_tree

    found, hops, parents = shortest_path_tree(graph, source)
    chosen = parents.astype(np.float64)
    for u in range(graph.shape[0]):
        for e in range(graph.indptr[u], graph.indptr[u + 1]):
            v = graph.indices[e]
            if v != source and found[u] + graph.data[e] == found[v] and hops[u] + 1 == hops[v]:
                chosen[v] = max(chosen[v], u)
    return found, hops, chosen


def _one_hop_too_few(graph: Any, source: int) -> Tree:
    from corollary.algorithms.reasoning import shortest_path_tree

    found, hops, parents = shortest_path_tree(graph, source)
    return found, np.maximum(hops - 1, np.minimum(hops, 0)), parents


SHORTEST_PATH_TREE = Role(
    name="shortest_path_tree",
    family=FAMILY,
    signature="shortest_path_tree(graph (v, v), source int) -> distances, hops, parents, each (v,)",
    default="corollary.algorithms.reasoning:shortest_path_tree",
    adapt=_tree,
    mutants={
        "parent chosen by arrival": tree_by_arrival,
        "keys without hops": tree_by_keys,
        "largest parent": _largest_parent,
        "one hop too few": _one_hop_too_few,
    },
    trivial={"nothing": lambda graph, source: np.full((3, graph.shape[0]), -1.0)},
)
KEY_TREE = replace(
    SHORTEST_PATH_TREE,
    name="tree_of_keys_without_hops",
    default="corollary.verify.roles.reasoning._trees:tree_by_keys",
    mutants={},
)

Trace = tuple[Array, Array]


def _trace(implementation: Implementation) -> Callable[[Network, int], Trace]:
    def trace(network: Network, rounds: int) -> Trace:
        distances, parents = implementation.plain(csr(network), network.source, rounds=rounds)
        return np.asarray(distances, dtype=np.float64), np.asarray(parents, dtype=np.float64)

    return trace


def _faulty(rule: str) -> Callable[..., Any]:
    def trace(graph: Any, source: int, rounds: int) -> Any:
        from corollary.algorithms.reasoning import bellman_ford_trace

        return bellman_ford_trace(graph, source, rounds=rounds, rule=rule)

    return trace


def _coarse(graph: Any, source: int, rounds: int) -> Any:
    """Return a trace in which a node changes only for a distance smaller by one half."""
    n = graph.shape[0]
    distances, parents = np.full((rounds + 1, n), np.inf), np.full((rounds + 1, n), -1.0)
    distances[0, source] = 0.0
    for t in range(1, rounds + 1):
        distances[t], parents[t] = distances[t - 1], parents[t - 1]
        for u in range(n):
            for e in range(graph.indptr[u], graph.indptr[u + 1]):
                v, total = graph.indices[e], distances[t - 1, u] + graph.data[e]
                if total < distances[t, v] - 0.5:
                    distances[t, v], parents[t, v] = total, u
    return distances, parents


TRACE = Role(
    name="bellman_ford_trace",
    family=FAMILY,
    signature="trace(graph (v, v), source int, rounds int) -> distances and parents, each "
    "(rounds + 1, v)",
    default="corollary.algorithms.reasoning:bellman_ford_trace",
    adapt=_trace,
    mutants={
        **{rule: _faulty(rule) for rule in ("greedy", "decay", "noisy")},
        "steps below one half refused": _coarse,
    },
    trivial={"nothing": lambda graph, source, rounds: np.zeros((2, rounds + 1, graph.shape[0]))},
    presets={
        "corollary.algorithms.reasoning:bellman_ford_trace": Preset({"rounds": "@rounds"}),
    },
)


def lengthen_keys(keys: Array, weights: Array) -> Array:
    """Return the keys (distance, hops), (b, 2), along edges of these weights, (b,)."""
    return keys + np.column_stack([weights, np.ones_like(weights)])


def least_keys(a: Array, b: Array) -> Array:
    """Return the smaller of two rows of keys, by distance and then by hops."""
    first = (a[:, 0] < b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] <= b[:, 1]))
    return np.where(first[:, None], a, b)


KEY_FUNCTION = Role(
    name="key_function",
    family=FAMILY,
    signature="key_function(keys (b, 2) of distance and hops, weights (b,)) -> keys (b, 2)",
    default="corollary.verify.roles.reasoning._trees:lengthen_keys",
    adapt=lambda implementation: implementation.plain,
    mutants={
        "hops negated": lambda keys, w: lengthen_keys(keys * [1, -1], w),
        "distances in tens": lambda keys, w: lengthen_keys(keys // [10, 1], w),
        "weight charged for every hop": lambda keys, w: lengthen_keys(keys, w * keys[:, 1]),
        "the farthest in one bin": lambda keys, w: lengthen_keys(np.minimum(keys, [60, 99]), w),
    },
    trivial={"copy": lambda keys, w: keys.copy()},
)


@dataclass(frozen=True)
class Keys:
    """Two rows of keys (distance, hops) and the weights of the edges they go along."""

    first: Array
    second: Array
    weights: Array


def _keys(parameters: Parameters, precision: Precision) -> Keys:
    columns = ("distance", "other", "hops", "other_hops", "weight")
    d, other, hops, other_hops, w = (
        np.asarray(parameters[name], dtype=np.float64) for name in columns
    )
    if parameters["close"]:  # so near that their sums with the weight round to one number
        other, w = np.nextafter(1 + d, np.inf), 256.0 * (1 + w)
        d = 1 + d
    return Keys(np.column_stack([d, hops]), np.column_stack([other, other_hops]), w)


KEYS = Domain(
    name="keys",
    statement="two keys of whole distances below 100 and hops below 10, and a whole weight",
    shape={"close": Integers(0, 0)},
    rows={
        "distance": Integers(0, 99), "other": Integers(0, 99), "hops": Integers(0, 9),
        "other_hops": Integers(0, 9), "weight": Integers(0, 99),
    },
    build=_keys,
    constraints={
        "exact sums": Constraint(
            "Different distances stay different when a weight is added: no sum is rounded.",
            "close", Integers(1, 1),
        )
    },
)  # fmt: skip
