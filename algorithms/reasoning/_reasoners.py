"""Exact reasoners: one semiring, or one state machine, per question about a graph."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms._kernel import kernel
from corollary.algorithms.reasoning._graph import Graph, as_graph, with_source
from corollary.algorithms.reasoning._rounds import relax, semiring_rounds
from corollary.algorithms.reasoning._semirings import (
    BOOLEAN,
    MAX_MIN,
    MIN_PLUS,
    Semiring,
    k_smallest,
)

Array = NDArray[Any]


def bfs_levels(graph: Any, source: Any = 0) -> NDArray[np.int64]:
    """Return the least number of edges from `source` to each node, ``(v,)``; -1 if unreached.

    Parameters
    ----------
    graph : Graph, SciPy sparse array, or networkx graph
        See `as_graph`; the weights are not looked at.
    source : int, or a networkx node

    Examples
    --------
    >>> bfs_levels(Graph.from_edges(4, [0, 0, 1], [1, 2, 2])).tolist()
    [0, 1, 1, -1]
    """
    rows, start = with_source(graph, source)
    levels = _from_source(_unweighted(rows), start, MIN_PLUS)
    return np.where(np.isinf(levels), -1, levels).astype(np.int64)


def reachable(graph: Any, source: Any = 0) -> NDArray[np.bool_]:
    """Return whether each node can be reached from `source`, ``(v,)``; parameters as `bfs_levels`.

    Examples
    --------
    >>> reachable(Graph.from_edges(3, [0], [1])).tolist()
    [True, True, False]
    """
    rows, start = with_source(graph, source)
    return _from_source(_unweighted(rows), start, BOOLEAN)


def widest_paths(graph: Any, source: Any = 0, *, weight: str = "weight") -> Array:
    """Return the largest bottleneck of a path from `source` to each node, ``(v,)``.

    A bottleneck is the least weight on a path; the empty path has bottleneck infinity and an
    unreached node has minus infinity. Parameters are those of `shortest_paths`.

    Examples
    --------
    >>> widest_paths(Graph.from_edges(3, [0, 0, 1], [1, 2, 2], [5.0, 1.0, 3.0])).tolist()
    [inf, 5.0, 3.0]
    """
    return _from_source(*with_source(graph, source, weight), MAX_MIN)


def k_shortest_walks(graph: Any, k: int, source: Any = 0, *, weight: str = "weight") -> Array:
    """Return the `k` least weights of walks from `source` to each node, ``(v, k)``, ascending.

    Walks may repeat nodes and edges; the empty walk counts at the source. Missing walks have
    weight infinity. Parameters are those of `shortest_paths`.

    Raises
    ------
    ValueError
        If a negative cycle can be reached (the weights then never settle), or ``k < 1``.

    Examples
    --------
    >>> k_shortest_walks(Graph.from_edges(2, [0, 1], [1, 0], [1.0, 2.0]), k=2).tolist()
    [[0.0, 3.0], [1.0, 4.0]]
    """
    semiring = k_smallest(k)
    rows, node = with_source(graph, source, weight)
    start = np.full((rows.nodes, int(k)), math.inf)
    start[node, 0] = 0.0
    return semiring_rounds(rows, start, semiring)[0]


def prim(graph: Any, source: Any = 0, *, weight: str = "weight") -> tuple[Array, Array]:
    """Return (parents, weights), each ``(v,)``, of a minimum spanning tree of the part of `source`.

    The tree grows from `source` by the lightest edge that leaves it. The source and the nodes of
    other parts have parent -1 and weight 0.

    Parameters
    ----------
    graph : Graph, SciPy sparse array, or networkx graph
        Undirected: every edge has its twin of the same weight.
    source : int, or a networkx node
    weight : str
        The networkx edge attribute that holds the weight.

    Raises
    ------
    ValueError
        If an edge has no twin.

    Examples
    --------
    >>> import networkx
    >>> [part.tolist() for part in prim(networkx.path_graph(3))]
    [[-1, 0, 1], [0.0, 1.0, 1.0]]
    """
    rows, start = with_source(graph, source, weight)
    if rows.weights.ndim != 1:
        raise ValueError(f"weights must be one number per edge, got shape {rows.weights.shape}")
    _check_symmetric(rows)
    weights = rows.weights if rows.weights.dtype.kind == "f" else rows.weights.astype(np.float64)
    parents, lightest = _grow_tree(rows.indptr, rows.targets, weights, start)
    lightest[parents < 0] = 0.0
    return parents, lightest


def pagerank(graph: Any, damping: float = 0.85, *, tolerance: float = 1e-12) -> Array:
    """Return the PageRank of every node, ``(v,)``, summing to 1, by propagating differences.

    A node passes on only what it has received since it last sent: messages add up, so forwarding
    them is a cocycle. It waits while that is below a threshold, which bounds the sum of all
    absolute errors by `tolerance` and ends the run. Nodes without out-edges spread evenly.

    Parameters
    ----------
    graph : Graph, SciPy sparse array, or networkx graph
        A walker leaves a node along an edge with probability proportional to its weight >= 0.
    damping : float in [0, 0.999]
        A run takes about ``1 / (1 - damping)`` times as long as one sweep over the graph.
    tolerance : float >= 1e-15

    Raises
    ------
    ValueError
        For a negative or infinite weight, or a parameter out of range.

    Examples
    --------
    >>> pagerank(Graph.from_edges(2, [0, 1], [1, 0])).round(12).tolist()
    [0.5, 0.5]
    """
    rows = as_graph(graph)
    if not 0 <= damping <= 0.999:
        raise ValueError(f"damping must be in [0, 0.999], got {damping}")
    if not tolerance >= 1e-15:
        raise ValueError(f"tolerance must be at least 1e-15, got {tolerance}")
    if rows.weights.ndim != 1 or not np.all((rows.weights >= 0) & (rows.weights < np.inf)):
        raise ValueError("weights must be one finite number >= 0 per edge")
    if rows.nodes == 0:
        return np.zeros(0)
    out = np.bincount(rows.sources, rows.weights, minlength=rows.nodes)[rows.sources]
    shares = np.divide(rows.weights, out, out=np.zeros(rows.edges), where=out > 0)
    # What dangling nodes spread evenly comes back as a common factor, undone by the last division.
    ranks: Array = _propagate(
        rows.indptr, rows.targets, damping * shares, tolerance * (1 - damping) ** 2 / rows.nodes
    )
    ranks /= ranks.sum()
    return ranks


def sandpile(graph: Any, chips: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (chips, topplings), each ``(v,)``, of the stable sandpile that `chips` falls into.

    A node with at least as many chips as out-edges topples: it sends one chip along each. Nodes
    without out-edges are sinks. The result does not depend on the order of the topplings.

    Parameters
    ----------
    graph : Graph, SciPy sparse array, or networkx graph
        See `as_graph`; the weights are not looked at.
    chips : array (v,), int >= 0

    Raises
    ------
    ValueError
        If some chip can reach no sink (it might be passed on for ever), or `chips` has a wrong
        shape or a negative entry.

    Examples
    --------
    >>> path = Graph.from_edges(3, [1, 1], [0, 2])
    >>> [part.tolist() for part in sandpile(path, [0, 5, 0])]
    [[2, 1, 2], [0, 2, 0]]
    """
    rows = as_graph(graph)
    array = np.asarray(chips)
    if array.shape != (rows.nodes,) or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(
            f"chips must be {rows.nodes} integers, got shape {array.shape} and dtype {array.dtype}"
        )
    if array.size and array.min() < 0:
        raise ValueError(f"chips must be >= 0, got {array.min()}")
    degrees = np.diff(rows.indptr)
    drained = relax(_unweighted(rows.reverse()), degrees == 0, BOOLEAN)
    if not drained.all():
        raise ValueError(f"node {int(np.argmin(drained))} must have a path to a sink, but has none")
    return _topple(rows.indptr, rows.targets, array.astype(np.int64))


def _from_source(graph: Graph, source: int, semiring: Semiring) -> Array:
    start = np.full(graph.nodes, semiring.plus.unit)
    start[source] = semiring.one
    return relax(graph, start, semiring)


def _unweighted(graph: Graph) -> Graph:
    return Graph(graph.indptr, graph.targets, np.ones(graph.edges))


def _check_symmetric(graph: Graph) -> None:
    there = np.lexsort((graph.weights, graph.targets, graph.sources))
    back = np.lexsort((graph.weights, graph.sources, graph.targets))
    columns = ((graph.sources, graph.targets), (graph.targets, graph.sources))
    twins = graph.weights[there] == graph.weights[back]
    for one, other in columns:
        twins &= one[there] == other[back]
    if not twins.all():
        e = there[np.argmin(twins)]
        raise ValueError(
            "graph must be undirected: the edge "
            f"{graph.sources[e]} -> {graph.targets[e]} has no twin of equal weight"
        )


@kernel
def _grow_tree(indptr: Array, targets: Array, weights: Array, source: int) -> tuple[Array, Array]:
    """Grow the tree by the lightest waiting node; a binary heap with stale entries."""
    nodes = indptr.size - 1
    parents = np.full(nodes, -1, dtype=np.int64)
    lightest = np.full(nodes, np.inf, dtype=weights.dtype)
    inside = np.zeros(nodes, dtype=np.bool_)
    key = np.empty(targets.size + 1, dtype=weights.dtype)
    node = np.empty(targets.size + 1, dtype=np.int32)
    key[0], node[0], size = -np.inf, source, 1
    while size > 0:
        u = node[0]
        size -= 1
        place = 0
        while 2 * place + 1 < size:
            child = 2 * place + 1
            if child + 1 < size and key[child + 1] < key[child]:
                child += 1
            if key[size] <= key[child]:
                break
            key[place], node[place] = key[child], node[child]
            place = child
        key[place], node[place] = key[size], node[size]
        if inside[u]:
            continue
        inside[u] = True
        for e in range(indptr[u], indptr[u + 1]):
            v = targets[e]
            if inside[v] or weights[e] >= lightest[v]:
                continue
            lightest[v], parents[v] = weights[e], u
            place = size
            size += 1
            while place > 0 and key[(place - 1) >> 1] > weights[e]:
                up = (place - 1) >> 1
                key[place], node[place] = key[up], node[up]
                place = up
            key[place], node[place] = weights[e], v
    return parents, lightest


@kernel
def _propagate(indptr: Array, targets: Array, shares: Array, threshold: float) -> Array:
    """Return the sums of what reached each node; amounts below the threshold wait."""
    nodes = indptr.size - 1
    ranks: Array = np.zeros(nodes)
    waiting: Array = np.full(nodes, 1.0 / nodes)
    queue = np.arange(nodes)  # every node with enough waiting is in the ring once
    queued = np.ones(nodes, dtype=np.bool_)
    head, size = 0, nodes
    while size > 0:
        u = queue[head]
        head = (head + 1) % nodes
        size -= 1
        queued[u] = False
        amount = waiting[u]
        waiting[u] = 0.0
        ranks[u] += amount
        for e in range(indptr[u], indptr[u + 1]):
            v = targets[e]
            waiting[v] += amount * shares[e]
            if waiting[v] >= threshold and not queued[v]:
                queued[v] = True
                queue[(head + size) % nodes] = v
                size += 1
    ranks += waiting
    return ranks


@kernel
def _topple(indptr: Array, targets: Array, chips: Array) -> tuple[Array, Array]:
    """Topple in the order of a stack, as often at once as a node can."""
    nodes = indptr.size - 1
    topplings = np.zeros(nodes, dtype=np.int64)
    stack = np.empty(nodes, dtype=np.int32)
    stacked = np.zeros(nodes, dtype=np.bool_)
    size = 0
    for v in range(nodes):
        if 0 < indptr[v + 1] - indptr[v] <= chips[v]:
            stack[size], stacked[v] = v, True
            size += 1
    while size > 0:
        size -= 1
        u = stack[size]
        stacked[u] = False
        degree = indptr[u + 1] - indptr[u]
        times = chips[u] // degree
        chips[u] -= times * degree
        topplings[u] += times
        for e in range(indptr[u], indptr[u + 1]):
            v = targets[e]
            chips[v] += times
            if not stacked[v] and 0 < indptr[v + 1] - indptr[v] <= chips[v]:
                stack[size], stacked[v] = v, True
                size += 1
    return chips, topplings
