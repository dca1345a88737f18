"""The role `shortest_paths`: a graph and a source in, distances out; and how libraries take them.

The constant ``graph`` that is bound says in which form a function takes its graph: ``csr`` (a
SciPy array), ``networkx``, ``rustworkx`` or ``igraph``.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np

from corollary.verify.domain import Choice, Constraint, Domain, Integers, Parameters
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Preset, Role
from corollary.verify.roles.reasoning._arrays import FAMILY, Array, generator


@dataclass(frozen=True)
class Network:
    """A directed graph without parallel edges, and the node where the paths begin.

    Attributes
    ----------
    nodes : int
    sources, targets, weights : arrays (e,)
    source : int
    precision : Precision
        Of the weights, and of their sums.
    """

    nodes: int
    sources: Array
    targets: Array
    weights: Array
    source: int
    precision: Precision

    def sorted(self) -> Network:
        """Return the same graph with its edges in the order of their ends."""
        order = np.lexsort((self.targets, self.sources))
        return self.with_edges(self.sources[order], self.targets[order], self.weights[order])

    def with_edges(self, sources: Array, targets: Array, weights: Array) -> Network:
        """Return the graph with other edges."""
        return replace(self, sources=sources, targets=targets, weights=weights)

    def relabelled(self, names: Array) -> Network:
        """Return the graph in which node v is called ``names[v]``."""
        moved = self.with_edges(names[self.sources], names[self.targets], self.weights)
        return replace(moved, source=int(names[self.source])).sorted()

    def distances(self) -> Array:
        """Return the distances by the definition: rounds over all edges until nothing changes."""
        found = np.full(self.nodes, np.inf)
        found[self.source] = 0.0
        for _ in range(self.nodes - 1):
            before = found.copy()
            sums = self.precision.round(before[self.sources] + self.weights)
            np.minimum.at(found, self.targets, sums)
            if np.array_equal(before, found):
                break
        return found


def csr(network: Network) -> Any:
    """Return the graph as a SciPy array; edges of weight zero are stored entries."""
    from scipy.sparse import csr_array

    starts = np.zeros(network.nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(network.sources, minlength=network.nodes), out=starts[1:])
    order = np.argsort(network.sources, kind="stable")
    weights = network.weights[order].astype(network.precision.name)
    shape = (network.nodes, network.nodes)
    return csr_array((weights, network.targets[order].astype(np.int32), starts), shape=shape)


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


def _build(parameters: Parameters, precision: Precision) -> Network:
    nodes, degree = int(parameters["nodes"]), int(parameters["degree"])
    kind = str(parameters["weights"])
    if kind == "enumerated":
        return _enumerated(nodes, degree, int(parameters["source"]), precision)
    draw = generator("network", parameters["seed"], nodes, degree, kind)
    ends = np.unique(draw.integers(nodes, size=(nodes * degree, 2)), axis=0)
    count = len(ends)
    weights = _weights(kind, count, draw)
    if parameters.get("level"):
        weights = np.ones(count)
    source = int(parameters["source"]) % nodes
    network = Network(nodes, ends[:, 0], ends[:, 1], precision.round(weights), source, precision)
    if parameters.get("negative"):
        heights = draw.integers(0, 20, size=nodes)
        shifted: Array = network.weights + heights[network.targets] - heights[network.sources]
        network = network.with_edges(network.sources, network.targets, precision.round(shifted))
    if parameters["lossy"]:
        network = _with_negative_cycle(network)
    return network


def _weights(kind: str, count: int, draw: np.random.Generator) -> Array:
    if kind == "rounding":
        return np.pi * draw.random(count)
    low, high = (1, 10) if kind == "whole" else (0, 2)
    return draw.integers(low, high, size=count).astype(np.float64)


ENUMERATED_WEIGHTS = (math.inf, 0.0, 1.0, 3.0)


def _enumerated(nodes: int, code: int, source: int, precision: Precision) -> Network:
    """Return the graph number `code`: one digit to base 4 for each pair of nodes."""
    pairs = [(u, v) for u in range(nodes) for v in range(nodes) if u != v]
    chosen = [ENUMERATED_WEIGHTS[code >> 2 * place & 3] for place in range(len(pairs))]
    kept = [(u, v, w) for (u, v), w in zip(pairs, chosen, strict=True) if w < math.inf]
    columns = np.array(kept, dtype=np.float64).reshape(-1, 3)
    ends = columns[:, :2].astype(np.int64)
    return Network(nodes, ends[:, 0], ends[:, 1], columns[:, 2], source, precision)


def _with_negative_cycle(network: Network) -> Network:
    """Return the graph with the cycle from the source to its successor and back, of weight -1."""
    u, v = network.source, (network.source + 1) % network.nodes
    kept = ~np.isin(network.sources * network.nodes + network.targets,
                    [u * network.nodes + v, v * network.nodes + u])  # fmt: skip
    added = ([u, v], [v, u], [1.0, -2.0]) if u != v else ([u], [u], [-1.0])
    columns = (network.sources, network.targets, network.weights)
    sources, targets, weights = (
        np.concatenate([column[kept], np.array(more, dtype=column.dtype)])
        for column, more in zip(columns, added, strict=True)
    )
    return network.with_edges(sources, targets, weights).sorted()


NO_NEGATIVE_CYCLE = Constraint(
    "No cycle of negative weight can be reached from the source.", "lossy", Integers(1, 1)
)
KINDS = ("whole", "rounding", "ties")
NETWORKS = Domain(
    name="networks",
    statement="a digraph with at most 24 nodes, self-loops allowed, weights >= 0 that are whole, "
    "that round when added, or that are 0 or 1",
    shape={
        "nodes": Integers(1, 24), "degree": Integers(0, 4), "weights": Choice(KINDS),
        "seed": Integers(0, 2**31), "source": Integers(0, 23), "lossy": Integers(0, 0),
    },
    rows={},
    build=_build,
)  # fmt: skip
WITH_CYCLES = replace(NETWORKS, constraints={"no negative cycle": NO_NEGATIVE_CYCLE})
NEGATIVE_NETWORKS = replace(
    WITH_CYCLES,
    name="networks with negative weights",
    statement="a digraph with at most 24 nodes and whole weights, some of them negative",
    shape={**NETWORKS.shape, "weights": Choice(("whole", "ties")), "negative": Integers(1, 1)},
)
WHOLE_NETWORKS = NETWORKS.narrowed(weights=Choice(("whole", "ties")))


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


def _rounds(
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
    return _rounds(copy, source)


def _undirected(graph: Any, source: int) -> Array:
    return np.minimum(_rounds(graph, source), _rounds(graph.T.tocsr(), source))


def _cheapest_return(graph: Any, source: int) -> Array:
    found = _rounds(graph, source)
    tails = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    into = graph.indices == source
    back = found[tails[into]] + graph.data[into]
    found[source] = back.min(initial=np.inf) if into.any() else 0.0
    return found


MUTANTS: dict[str, Callable[..., Any]] = {
    "fewest edges": _fewest_edges,
    "lightest edge first": lambda g, s: _heap(g, s, lambda d, w: w),
    "first distance kept": lambda g, s: _heap(g, s, lambda d, w: d + w, early=True),
    "three rounds": lambda g, s: _rounds(g, s, rounds=3),
    "edges reversed": lambda g, s: _rounds(g.T.tocsr(), s),
    "edges both ways": _undirected,
    "pairs of nodes first": _floyd_warshall,
    "edges of weight zero lost": _without_zeros,
    "sums in float32": lambda g, s: _rounds(
        g, s, times=lambda d, w: (d.astype(np.float32) + w.astype(np.float32)).astype(np.float64)
    ),
    "a little better is not enough": lambda g, s: _rounds(
        g, s, accept=lambda new, old: new < old - 0.01 * min(old, 1.0)
    ),
    "a billionth more": lambda g, s: _rounds(g, s, times=lambda d, w: (d + w) * (1 + 1e-9)),
    "unreached as the largest": lambda g, s: (
        lambda d: np.where(np.isinf(d), d[np.isfinite(d)].max(), d)
    )(_rounds(g, s)),
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
    found = _rounds(graph, source)
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
    default="corollary.verify.roles.reasoning._paths:tree_by_keys",
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
