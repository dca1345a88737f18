"""What message passing can tell apart: colour refinement, random networks, and sums on stars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.reasoning._graph import as_graph
from corollary.algorithms.reasoning._layers import aggregate

Array = NDArray[Any]


def refinement_classes(graphs: Iterable[Any], *, rounds: int) -> list[int]:
    """Return the class of each graph under colour refinement (1-WL); equal numbers, equal colours.

    All nodes start alike; in each round the new colour of a node is its old one with the multiset
    of its in-neighbours' colours. The names of the colours are shared by all graphs.

    Parameters
    ----------
    graphs : iterable of Graph, SciPy sparse arrays, or networkx graphs
    rounds : int >= 0
        As many as nodes is always enough.

    Examples
    --------
    >>> import networkx
    >>> six = networkx.cycle_graph(6)
    >>> two_threes = networkx.disjoint_union(networkx.cycle_graph(3), networkx.cycle_graph(3))
    >>> refinement_classes([six, two_threes, networkx.path_graph(6)], rounds=6)
    [0, 0, 1]
    """
    names: dict[Any, int] = {}
    classes: dict[tuple[int, ...], int] = {}
    found = []
    for graph in graphs:
        rows = as_graph(graph)
        senders: list[list[int]] = [[] for _ in range(rows.nodes)]
        for u, v in zip(rows.sources.tolist(), rows.targets.tolist(), strict=True):
            senders[v].append(u)
        colours = [0] * rows.nodes
        for _ in range(rounds):
            keys = [
                (colours[v], *sorted(colours[u] for u in senders[v])) for v in range(rows.nodes)
            ]
            colours = [names.setdefault(key, len(names) + 1) for key in keys]
        signature = tuple(sorted(colours))
        found.append(classes.setdefault(signature, len(classes)))
    return found


def as_edges(graph: Any) -> tuple[int, Array]:
    """Return (nodes, edge_index (2, e)) of a graph, for the layers.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import Graph
    >>> nodes, ends = as_edges(Graph.from_edges(2, [0], [1]))
    >>> nodes, ends.tolist()
    (2, [[0], [1]])
    """
    rows = as_graph(graph)
    return rows.nodes, np.stack([rows.sources, rows.targets])


def graph_outputs(
    graphs: Iterable[Any], aggregator: str, *, width: int = 16, layers: int = 7, seed: int = 0
) -> list[Array]:
    """Return for each graph the sorted node outputs of one random network, ``(v,)``.

    A layer is ``tanh(h W + m U + b)`` with normal weights, m the aggregate over the in-neighbours,
    0 without any; all features start at 1 and a random direction reads the last ones.

    Parameters
    ----------
    graphs : iterable of Graph, SciPy sparse arrays, or networkx graphs
    aggregator : str
        One of those of `aggregate`.
    width, layers : int >= 1
    seed : int

    Examples
    --------
    >>> import networkx
    >>> one, other = graph_outputs([networkx.path_graph(3), networkx.star_graph(2)], "sum")
    >>> bool(np.allclose(one, other))
    True
    """
    rng = np.random.default_rng(seed)
    scale = 1 / np.sqrt(width)
    weights = [
        (rng.normal(size=(width, width)) * scale, rng.normal(size=(width, width)) * scale,
         rng.normal(size=width))
        for _ in range(layers)
    ]  # fmt: skip
    readout = rng.normal(size=width)
    outputs = []
    for graph in graphs:
        nodes, ends = as_edges(graph)
        lonely = np.bincount(ends[1], minlength=nodes) == 0
        h = np.ones((nodes, width))
        for own, received, bias in weights:
            m = aggregate(h[ends[0]], ends[1], nodes, aggregator)
            m[lonely] = 0
            h = np.tanh(h @ own + m @ received + bias)
        outputs.append(np.sort(h @ readout))
    return outputs


def distinct_outputs(outputs: Sequence[Array], *, tolerance: float = 1e-9) -> list[int]:
    """Return the class of each output; outputs within `tolerance` of a class's first belong to it.

    Examples
    --------
    >>> distinct_outputs([np.array([0.0]), np.array([1.0]), np.array([1e-12])])
    [0, 1, 0]
    """
    firsts: dict[int, list[Array]] = {}
    numbers: dict[int, list[int]] = {}
    found, classes = [], 0
    for output in outputs:
        known = firsts.setdefault(len(output), [])
        same = numbers.setdefault(len(output), [])
        place = -1
        if known:
            distances = np.abs(np.array(known) - output).max(axis=1)
            place = int(np.argmin(distances))
            if distances[place] > tolerance:
                place = -1
        if place < 0:
            known.append(output)
            same.append(classes)
            classes += 1
        found.append(same[place])
    return found


@dataclass(frozen=True, eq=False)
class StarNetwork:
    """Integer weights of ReLU layers ``h' = ReLU(h W + m U + b)`` with sum aggregation."""

    own: tuple[Array, ...]
    received: tuple[Array, ...]
    bias: tuple[Array, ...]


def random_star_network(layers: int, *, width: int = 3, seed: int = 0) -> StarNetwork:
    """Return a network with integer weights between -2 and 2.

    Examples
    --------
    >>> len(random_star_network(4).own)
    4
    """
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> tuple[Array, ...]:
        return tuple(rng.integers(-2, 3, size=shape).astype(object) for _ in range(layers))

    return StarNetwork(draw(width, width), draw(width, width), draw(width))


def star_outputs(network: StarNetwork, leaves: int) -> list[int]:
    """Return the exact outputs, centre then leaf, on the star with that many equal leaves.

    Every node starts with features 1; the arithmetic is that of Python's integers.

    Examples
    --------
    >>> one = np.array([[1]], dtype=object)
    >>> star_outputs(StarNetwork((one,), (one,), (one[0],)), 5)
    [7, 3]
    """
    width = len(network.bias[0])
    centre = leaf = np.array([1] * width, dtype=object)
    for own, received, bias in zip(network.own, network.received, network.bias, strict=True):
        centre, leaf = (
            np.maximum(centre @ own + (leaves * leaf) @ received + bias, 0),
            np.maximum(leaf @ own + centre @ received + bias, 0),
        )
    return [*centre.tolist(), *leaf.tolist()]


def star_growth(network: StarNetwork, *, start: int = 10**6, degree: int = 12) -> int:
    """Return the degree in the number of leaves of the fastest-growing output, from `start` on.

    That is the number of finite differences until all outputs vanish.

    Raises
    ------
    ValueError
        If some output is no polynomial of at most `degree` there.

    Examples
    --------
    >>> one = np.array([[1]], dtype=object)
    >>> star_growth(StarNetwork((one,), (one,), (one[0],)))
    1
    """
    values = [np.array(star_outputs(network, start + i), dtype=object) for i in range(degree + 3)]
    for order in range(degree + 2):
        if all(not np.any(value) for value in values):
            return max(order - 1, 0)
        values = [b - a for a, b in pairwise(values)]
    raise ValueError(f"outputs must be polynomials of degree <= {degree} from {start} leaves on")
