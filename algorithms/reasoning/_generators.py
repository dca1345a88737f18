"""Random graphs of four kinds, for tests and measurements; weights are such that sums round."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.reasoning._graph import Graph

Array = NDArray[Any]


def random_graph(nodes: int, edges: int, *, seed: int = 0) -> Graph:
    """Return a digraph of uniform random edges, without parallel ones, weights up to pi.

    Parameters
    ----------
    nodes, edges : int
        Edges drawn twice are kept once, so there may be a few less.
    seed : int

    Examples
    --------
    >>> random_graph(100, 400).nodes
    100
    """
    rng = np.random.default_rng(seed)
    ends = rng.integers(nodes, size=(2, edges))
    return _simple(nodes, ends[0], ends[1], _weights(rng, edges))


def grid_graph(side: int, *, seed: int = 0) -> Graph:
    """Return the square grid with random weights, the same in both directions.

    Examples
    --------
    >>> grid_graph(3).edges
    24
    """
    rng = np.random.default_rng(seed)
    ids = np.arange(side * side).reshape(side, side)
    a = np.concatenate([ids[:, :-1].ravel(), ids[:-1].ravel()])
    b = np.concatenate([ids[:, 1:].ravel(), ids[1:].ravel()])
    return _both_ways(side * side, a, b, _weights(rng, len(a)))


def road_graph(nodes: int, *, kept: float = 0.6, seed: int = 0) -> Graph:
    """Return a road-like graph: a planar triangulation of random points, thinned, with lengths.

    Parameters
    ----------
    nodes : int >= 4
    kept : float in (0, 1]
        The share of the edges that is kept.
    seed : int

    Examples
    --------
    >>> road = road_graph(50)
    >>> road.nodes, bool(road.weights.max() < 2)
    (50, True)
    """
    from scipy.spatial import Delaunay

    rng = np.random.default_rng(seed)
    points = rng.random((nodes, 2))
    corners = Delaunay(points).simplices
    ends = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    ends = np.unique(np.sort(ends, axis=1), axis=0)
    ends = ends[rng.random(len(ends)) < kept]
    lengths = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
    return _both_ways(nodes, ends[:, 0], ends[:, 1], lengths)


def power_law_graph(nodes: int, edges: int, *, exponent: float = 0.6, seed: int = 0) -> Graph:
    """Return a digraph whose ends are drawn with probability ``rank ** -exponent``.

    Parameters
    ----------
    nodes, edges : int
        Edges drawn twice are kept once.
    exponent : float
    seed : int

    Examples
    --------
    >>> hubs = power_law_graph(100, 1000)
    >>> bool(np.diff(hubs.indptr).max() > 20)
    True
    """
    rng = np.random.default_rng(seed)
    share = np.cumsum((np.arange(nodes) + 1.0) ** -exponent)
    ends = np.searchsorted(share / share[-1], rng.random((2, edges))).clip(0, nodes - 1)
    ends = rng.permutation(nodes)[ends]
    return _simple(nodes, ends[0], ends[1], _weights(rng, edges))


def _weights(rng: np.random.Generator, edges: int) -> Array:
    return np.pi * rng.random(edges) + 1e-3


def _both_ways(nodes: int, a: Array, b: Array, weights: Array) -> Graph:
    return _simple(nodes, np.r_[a, b], np.r_[b, a], np.r_[weights, weights])


def _simple(nodes: int, a: Array, b: Array, weights: Array) -> Graph:
    """Return the graph with the first of parallel edges, heads ascending in each row."""
    _, first = np.unique(a.astype(np.int64) * nodes + b, return_index=True)
    return Graph.from_edges(nodes, a[first], b[first], weights[first])
