"""Directed graphs in compressed rows, from SciPy, networkx or plain lists of edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms._kernel import kernel

_LARGEST = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class Graph:
    """A directed graph: the out-edges of node ``v`` are the slice ``indptr[v]:indptr[v + 1]``.

    Parameters
    ----------
    indptr : array (v + 1,), int64
        Where the out-edges of each node start; the last entry is the number of edges.
    targets : array (e,), int32
        The head of each edge.
    weights : array (e,) or (e, k)
        What each edge carries: one number, or a row of ``k`` numbers.

    Examples
    --------
    >>> graph = Graph.from_edges(3, [0, 0, 1], [1, 2, 2], [1.0, 5.0, 2.0])
    >>> graph.nodes, graph.edges, graph.targets.tolist()
    (3, 3, [1, 2, 2])
    """

    indptr: NDArray[np.int64]
    targets: NDArray[np.int32]
    weights: NDArray[Any]

    @property
    def nodes(self) -> int:
        """The number of nodes."""
        return len(self.indptr) - 1

    @property
    def edges(self) -> int:
        """The number of edges."""
        return len(self.targets)

    @property
    def sources(self) -> NDArray[np.int32]:
        """The tail of each edge, (e,) int32."""
        return np.repeat(np.arange(self.nodes, dtype=np.int32), np.diff(self.indptr))

    def reverse(self) -> Graph:
        """Return the graph with every edge turned round."""
        return _sorted_by_source(self.nodes, self.targets, self.sources, self.weights)

    def to_scipy(self) -> Any:
        """Return the graph as a `scipy.sparse.csr_array` that shares its arrays.

        Parallel edges are kept as repeated entries, which some functions of SciPy add up.
        """
        from scipy.sparse import csr_array

        shape = (self.nodes, self.nodes)
        return csr_array((self.weights, self.targets, self.indptr), shape=shape)

    @classmethod
    def from_edges(
        cls, nodes: int, sources: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None
    ) -> Graph:
        """Return the graph with these edges; edges with the same tail keep their order.

        Parameters
        ----------
        nodes : int
            The number of nodes; their ids are ``0 .. nodes - 1``.
        sources, targets : arrays (e,), int
            Tail and head of each edge. Self-loops and parallel edges are allowed.
        weights : array (e,) or (e, k), optional
            What each edge carries; all ones by default.

        Raises
        ------
        ValueError
            If an id is out of range, a weight is NaN, or the lengths differ.
        TypeError
            If ids are not integers or weights are not numbers.
        """
        nodes = _node_count(nodes)
        tails = _node_ids(sources, "sources", nodes)
        heads = _node_ids(targets, "targets", nodes)
        if len(tails) != len(heads):
            raise ValueError(
                f"sources and targets must have equal lengths, got {len(tails)} and {len(heads)}"
            )
        return _sorted_by_source(nodes, tails, heads, _edge_weights(weights, len(tails)))


def as_graph(graph: Any, weight: str = "weight") -> Graph:
    """Return `graph` as a `Graph`; nothing is copied that already has the right form.

    Parameters
    ----------
    graph : Graph, SciPy sparse array or matrix, or networkx graph
        In a SciPy array entry ``[u, v]`` is the weight of the edge ``u -> v``; every stored entry
        of a CSR array is an edge, zeros and repeated pairs too. An undirected networkx graph has
        each edge in both directions; its nodes are numbered in the order of ``list(graph)``.
    weight : str
        The networkx edge attribute that holds the weight; 1 where it is missing.

    Raises
    ------
    TypeError, ValueError
        If `graph` is something else, or not square, or holds a NaN or an id out of range.

    Examples
    --------
    >>> import networkx
    >>> as_graph(networkx.path_graph(3)).targets.tolist()
    [1, 0, 2, 1]
    """
    if isinstance(graph, Graph):
        return graph
    if hasattr(graph, "tocsr") and hasattr(graph, "shape"):
        return _from_scipy(graph)
    if _is_networkx(graph):
        return _from_networkx(graph, weight)
    raise TypeError(
        "graph must be a corollary Graph, a SciPy sparse array or a networkx graph, "
        f"got {type(graph).__name__}"
    )


def with_source(graph: Any, source: Any, weight: str = "weight") -> tuple[Graph, int]:
    """Return the graph, and the number of its node `source`: its position for networkx labels."""
    rows = as_graph(graph, weight)
    if _is_networkx(graph):
        if source not in graph:
            raise ValueError(f"source must be a node of the graph, got {source!r}")
        return rows, list(graph).index(source)
    if isinstance(source, bool) or not isinstance(source, int | np.integer):
        raise TypeError(f"source must be an integer node id, got {type(source).__name__}")
    if not 0 <= source < rows.nodes:
        raise ValueError(f"source must be in 0..{rows.nodes - 1}, got {source}")
    return rows, int(source)


def _is_networkx(graph: Any) -> bool:
    return hasattr(graph, "adj") and hasattr(graph, "is_directed")


def _from_scipy(matrix: Any) -> Graph:
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"graph must be a square array, got shape {matrix.shape}")
    rows = matrix.tocsr()
    nodes = _node_count(rows.shape[0])
    indptr = np.asarray(rows.indptr, dtype=np.int64)
    if len(indptr) != nodes + 1 or indptr[0] != 0 or np.any(np.diff(indptr) < 0):
        raise ValueError(
            "graph.indptr must rise from 0 and have one entry more than there are rows"
        )
    edges = int(indptr[-1])
    targets = _node_ids(rows.indices[:edges], "graph.indices", nodes)
    return Graph(indptr, targets, _edge_weights(rows.data[:edges], edges))


def _from_networkx(graph: Any, weight: str) -> Graph:
    number = {node: i for i, node in enumerate(graph)}
    tails, heads, weights = [], [], []
    for u, v, value in graph.edges(data=weight, default=1):
        tails.append(number[u])
        heads.append(number[v])
        weights.append(value)
        if not graph.is_directed() and u != v:
            tails.append(number[v])
            heads.append(number[u])
            weights.append(value)
    return Graph.from_edges(len(number), tails, heads, weights)


def _node_count(nodes: Any) -> int:
    if isinstance(nodes, bool) or not isinstance(nodes, int | np.integer):
        raise TypeError(f"nodes must be an integer, got {type(nodes).__name__}")
    if not 0 <= nodes <= _LARGEST:
        raise ValueError(f"nodes must be in 0..{_LARGEST}, got {nodes}")
    return int(nodes)


def _node_ids(ids: ArrayLike, name: str, nodes: int) -> NDArray[np.int32]:
    """Return `ids` as int32, every one of them a node of the graph."""
    array = np.asarray(ids)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one axis, got shape {array.shape}")
    if array.size == 0:
        return np.zeros(0, dtype=np.int32)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integer node ids, got dtype {array.dtype}")
    if array.min() < 0 or array.max() >= nodes:
        wrong = int(np.flatnonzero((array < 0) | (array >= nodes))[0])
        raise ValueError(
            f"{name} must be node ids in 0..{nodes - 1}, got {array[wrong]} at position {wrong}"
        )
    return np.ascontiguousarray(array, dtype=np.int32)


def _edge_weights(weights: ArrayLike | None, edges: int) -> NDArray[Any]:
    """Return `weights` as a contiguous array of float32, float64 or int64, free of NaN."""
    if weights is None:
        return np.ones(edges)
    array = np.asarray(weights)
    if array.dtype.kind in "iub":
        array = array.astype(np.int64)
    elif array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise TypeError(f"weights must be real numbers, got dtype {array.dtype}")
    elif array.dtype.itemsize < 4:
        array = array.astype(np.float32)
    if array.ndim not in (1, 2) or len(array) != edges:
        raise ValueError(
            f"weights must have shape ({edges},) or ({edges}, k), got shape {array.shape}"
        )
    if array.dtype.kind == "f" and np.isnan(array).any():
        wrong = int(np.argwhere(np.isnan(array))[0, 0])
        raise ValueError(f"weights must not be NaN, got NaN at edge {wrong}")
    return np.ascontiguousarray(array)


def _sorted_by_source(
    nodes: int, tails: NDArray[np.int32], heads: NDArray[np.int32], weights: NDArray[Any]
) -> Graph:
    indptr, order = _counting_sort(nodes, tails)
    return Graph(indptr, heads[order], weights[order])


@kernel
def _counting_sort(nodes: int, keys: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return row starts and the stable order that sorts `keys`."""
    indptr = np.zeros(nodes + 1, dtype=np.int64)
    for key in keys:
        indptr[key + 1] += 1
    for v in range(nodes):
        indptr[v + 1] += indptr[v]
    free = indptr[:-1].copy()
    order = np.empty(keys.size, dtype=np.int64)
    for e in range(keys.size):
        order[free[keys[e]]] = e
        free[keys[e]] += 1
    return indptr, order
