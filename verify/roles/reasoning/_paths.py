"""The role `shortest_paths`: a graph and a source in, distances out; and how libraries take them.

The constant ``graph`` that is bound says in which form a function takes its graph: ``csr`` (a
SciPy array), ``networkx``, ``rustworkx`` or ``igraph``.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from corollary.verify.implementation import Fault, Implementation
from corollary.verify.role import Preset, Role
from corollary.verify.roles.reasoning._arrays import FAMILY, Array
from corollary.verify.roles.reasoning._networks import Network, csr


def _triples(network: Network) -> list[tuple[int, int, float]]:
    parts = (network.sources.tolist(), network.targets.tolist(), network.weights.tolist())
    return list(zip(*parts, strict=True))


def _networkx(network: Network) -> Any:
    import networkx

    graph = networkx.DiGraph()
    graph.add_nodes_from(range(network.nodes))
    graph.add_weighted_edges_from(_triples(network))
    return graph


def _rustworkx(network: Network) -> Any:
    graph = import_module("rustworkx").PyDiGraph()
    graph.add_nodes_from(range(network.nodes))
    graph.add_edges_from(_triples(network))
    return graph


def _igraph(network: Network) -> Any:
    ends = list(zip(network.sources.tolist(), network.targets.tolist(), strict=True))
    return import_module("igraph").Graph(
        network.nodes, ends, directed=True, edge_attrs={"weight": network.weights.tolist()}
    )


FORMS: dict[str, Callable[[Network], Any]] = {
    "csr": csr, "networkx": _networkx, "rustworkx": _rustworkx, "igraph": _igraph,
}  # fmt: skip
ShortestPaths = Callable[[Network], Array]


def adapt(implementation: Implementation) -> ShortestPaths:
    """Return ``shortest_paths(network)`` on float64 arrays, infinite where there is no path."""
    form = implementation.bind.get("graph", "csr")
    if form not in FORMS:
        raise Fault("convention", f"graph must be bound to one of {', '.join(FORMS)}, got {form!r}")
    own = {name: value for name, value in implementation.bind.items() if name != "graph"}
    bound = replace(implementation, bind=own)

    def shortest_paths(network: Network) -> Array:
        graph = FORMS[form](network)
        if bound.takes("source"):
            found = bound.plain(graph, source=network.source)
        else:
            found = bound.plain(graph, network.source)
        return as_distances(found, network)

    return shortest_paths


def as_distances(found: Any, network: Network) -> Array:
    """Return what a library's function returned as an array (nodes,) of distances.

    A mapping lacks the nodes without a path, and in rustworkx the source too.
    """
    if isinstance(found, Mapping) or (hasattr(found, "items") and hasattr(found, "keys")):
        distances = np.full(network.nodes, np.inf)
        distances[network.source] = 0.0
        for node, distance in found.items():
            distances[node] = distance
        return distances
    try:
        array = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise Fault("convention", f"returned {type(found).__name__}, no distances") from error
    if array.shape not in ((network.nodes,), (1, network.nodes)):
        raise Fault("convention", f"returned shape {array.shape}, expected ({network.nodes},)")
    return array.reshape(network.nodes)


def _heap(
    graph: Any, source: int, key: Callable[[float, float], float], early: bool = False
) -> Array:
    """Grow from the source, the least `key` first; `early` keeps the first distance found."""
    found = np.full(graph.shape[0], np.inf)
    done = set()
    pending = [(0.0, source, 0.0)]
    found[source] = 0.0
    while pending:
        _, u, distance = heapq.heappop(pending)
        if u in done:
            continue
        done.add(u)
        found[u] = distance
        for e in range(graph.indptr[u], graph.indptr[u + 1]):
            v, total = int(graph.indices[e]), distance + float(graph.data[e])
            if v not in done and not (early and found[v] < np.inf):
                found[v] = min(found[v], total)
                heapq.heappush(pending, (key(distance, float(graph.data[e])), v, total))
    return found


def in_rounds(
    graph: Any,
    source: int,
    *,
    rounds: int | None = None,
    times: Callable[[Array, Array], Array] = lambda d, w: d + w,
    accept: Callable[[float, float], bool] = lambda new, old: new < old,
) -> Array:
    n = graph.shape[0]
    tails = np.repeat(np.arange(n), np.diff(graph.indptr))
    found = np.full(n, np.inf)
    found[source] = 0.0
    for _ in range(n - 1 if rounds is None else max(rounds, 0)):
        candidates = times(found[tails], graph.data.astype(np.float64))
        before = found.copy()
        for v, candidate in zip(graph.indices.tolist(), candidates.tolist(), strict=True):
            if accept(candidate, found[v]):
                found[v] = candidate
        if np.array_equal(before, found):
            break
    return found


def _floyd_warshall(graph: Any, source: int) -> Array:
    n = graph.shape[0]
    table = np.full((n, n), np.inf)
    tails = np.repeat(np.arange(n), np.diff(graph.indptr))
    table[tails, graph.indices] = graph.data
    np.fill_diagonal(table, 0.0)
    for k in range(n):
        table = np.minimum(table, table[:, k, None] + table[k])
    return table[source]


def _fewest_edges(graph: Any, source: int) -> Array:
    found = np.full(graph.shape[0], np.inf)
    found[source] = 0.0
    line = deque([source])
    while line:
        u = line.popleft()
        for e in range(graph.indptr[u], graph.indptr[u + 1]):
            v = int(graph.indices[e])
            if found[v] == np.inf:
                found[v] = found[u] + graph.data[e]
                line.append(v)
    return found


def _without_zeros(graph: Any, source: int) -> Array:
    copy = graph.copy()
    copy.data = np.where(copy.data == 0, np.inf, copy.data)
    return in_rounds(copy, source)


def _undirected(graph: Any, source: int) -> Array:
    return np.minimum(in_rounds(graph, source), in_rounds(graph.T.tocsr(), source))


def _cheapest_return(graph: Any, source: int) -> Array:
    found = in_rounds(graph, source)
    tails = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    into = graph.indices == source
    back = found[tails[into]] + graph.data[into]
    found[source] = back.min(initial=np.inf) if into.any() else 0.0
    return found


MUTANTS: dict[str, Callable[..., Any]] = {
    "fewest edges": _fewest_edges,
    "lightest edge first": lambda g, s: _heap(g, s, lambda d, w: w),
    "first distance kept": lambda g, s: _heap(g, s, lambda d, w: d + w, early=True),
    "three rounds": lambda g, s: in_rounds(g, s, rounds=3),
    "edges reversed": lambda g, s: in_rounds(g.T.tocsr(), s),
    "edges both ways": _undirected,
    "pairs of nodes first": _floyd_warshall,
    "edges of weight zero lost": _without_zeros,
    "sums in float32": lambda g, s: in_rounds(
        g, s, times=lambda d, w: (d.astype(np.float32) + w.astype(np.float32)).astype(np.float64)
    ),
    "a little better is not enough": lambda g, s: in_rounds(
        g, s, accept=lambda new, old: new < old - 0.01 * min(old, 1.0)
    ),
    "a billionth more": lambda g, s: in_rounds(g, s, times=lambda d, w: (d + w) * (1 + 1e-9)),
    "unreached as the largest": lambda g, s: (
        lambda d: np.where(np.isinf(d), d[np.isfinite(d)].max(), d)
    )(in_rounds(g, s)),
    "back to the source": _cheapest_return,
    "smooth minimum": lambda g, s: -_smooth(g, s),
}


def _smooth(graph: Any, source: int) -> Array:
    """Return rounds with log-sum-exp at temperature 1/64 in place of the maximum of -distance."""
    n = graph.shape[0]
    tails = np.repeat(np.arange(n), np.diff(graph.indptr))
    found = np.full(n, -np.inf)
    found[source] = 0.0
    for _ in range(n - 1):
        after = np.full(n, -np.inf)
        after[source] = 0.0
        np.logaddexp.at(after, graph.indices, 64 * (found[tails] - graph.data))
        found = np.where(np.isinf(after), after, after / 64)
    return found


_SCIPY = Preset({"graph": "csr", "indices": "@source"})
_NX = Preset({"graph": "networkx"})
_RX: dict[str, Any] = {"graph": "rustworkx", "edge_cost_fn": float}
SHORTEST_PATHS = Role(
    name="shortest_paths",
    family=FAMILY,
    signature="shortest_paths(graph (v, v), source int) -> distances (v,), infinite without a path;"
    " bind graph=csr|networkx|rustworkx|igraph",
    default="corollary.algorithms.reasoning:shortest_paths",
    adapt=adapt,
    mutants=MUTANTS,
    trivial={
        "zero": lambda graph, source: np.zeros(graph.shape[0]),
        "one": lambda graph, source: np.ones(graph.shape[0]),
        "only the source": lambda graph, source: np.where(
            np.arange(graph.shape[0]) == source, 0.0, np.inf
        ),
    },
    presets={
        "scipy.sparse.csgraph:dijkstra": _SCIPY,
        "scipy.sparse.csgraph:bellman_ford": _SCIPY,
        "scipy.sparse.csgraph:johnson": _SCIPY,
        "scipy.sparse.csgraph:shortest_path": _SCIPY,
        "networkx:single_source_dijkstra_path_length": _NX,
        "networkx:single_source_bellman_ford_path_length": _NX,
        "rustworkx:dijkstra_shortest_path_lengths": Preset(_RX),
        "rustworkx:bellman_ford_shortest_path_lengths": Preset(_RX),
        "rustworkx:digraph_dijkstra_shortest_path_lengths": Preset(_RX),
        "igraph:Graph.distances": Preset(
            {"graph": "igraph", "source": "@source", "weights": "weight"}
        ),
    },
)
