"""Snapshots of shortest-path computations on random digraphs: what a reasoner learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.reasoning._graph import Graph
from corollary.algorithms.reasoning._rounds import semiring_rounds
from corollary.algorithms.reasoning._semirings import MIN_PLUS

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Rounds on many graphs, edge by edge and node by node.

    Attributes
    ----------
    inputs : array (e, 2)
        Distance of the sender and weight, for every edge whose sender is reached.
    receivers : array (e,), int
        The node each edge leads to.
    before, after : arrays (v,)
        The distances of all nodes that are reached after the round.
    edge_starts, node_starts : arrays (s + 1,), int
        Where the edges and nodes of each snapshot begin.
    """

    inputs: Array
    receivers: Array
    before: Array
    after: Array
    edge_starts: Array
    node_starts: Array


def random_digraph(nodes: int, density: float, rng: np.random.Generator) -> Graph:
    """Return an Erdos-Renyi digraph without self-loops, weights uniform on (0, 1).

    Examples
    --------
    >>> random_digraph(4, 1.0, np.random.default_rng(0)).edges
    12
    """
    sources, targets = np.nonzero(
        (rng.random((nodes, nodes)) < density) & ~np.eye(nodes, dtype=bool)
    )
    return Graph.from_edges(nodes, sources, targets, rng.random(len(sources)))


def random_snapshots(
    count: int = 64, *, smallest: int = 4, largest: int = 16, density: float = 0.25, seed: int = 0
) -> Snapshots:
    """Return random rounds, in each of which some distance changes, on random digraphs.

    Parameters
    ----------
    count : int >= 1
    smallest, largest : int >= 2
        The range of the numbers of nodes.
    density : float in (0, 1]
        The probability of an edge.
    seed : int

    Raises
    ------
    ValueError
        For a parameter out of range.

    Examples
    --------
    >>> snapshots = random_snapshots(3, seed=1)
    >>> len(snapshots.node_starts), bool(np.all(snapshots.after <= snapshots.before))
    (4, True)
    """
    if count < 1 or not 2 <= smallest <= largest or not 0 < density <= 1:
        raise ValueError(
            "need count >= 1, 2 <= smallest <= largest and 0 < density <= 1, "
            f"got {count}, {smallest}, {largest}, {density}"
        )
    rng = np.random.default_rng(seed)
    parts: list[tuple[Array, Array, Array, Array]] = []
    nodes_so_far = 0
    while len(parts) < count:
        graph = random_digraph(int(rng.integers(smallest, largest + 1)), density, rng)
        start = np.full(graph.nodes, np.inf)
        start[0] = 0.0
        _, rounds = semiring_rounds(graph, start, MIN_PLUS)
        if rounds == 0:
            continue
        before, _ = semiring_rounds(graph, start, MIN_PLUS, rounds=int(rng.integers(rounds)))
        after = _one_round(graph, before)
        part = _snapshot(graph, before, after, nodes_so_far)
        nodes_so_far += len(part[2])
        parts.append(part)
    inputs, receivers, before, after = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    edge_starts = np.cumsum([0, *(len(part[0]) for part in parts)])
    node_starts = np.cumsum([0, *(len(part[2]) for part in parts)])
    return Snapshots(inputs, receivers, before, after, edge_starts, node_starts)


def _one_round(graph: Graph, before: Array) -> Array:
    after = before.copy()
    np.minimum.at(after, graph.targets, before[graph.sources] + graph.weights)
    return after


def _snapshot(
    graph: Graph, before: Array, after: Array, first_node: int
) -> tuple[Array, Array, Array, Array]:
    kept = np.flatnonzero(np.isfinite(after))
    number = np.full(graph.nodes, -1)
    number[kept] = first_node + np.arange(len(kept))
    live = np.isfinite(before[graph.sources])
    inputs = np.column_stack([before[graph.sources][live], graph.weights[live]])
    return inputs, number[graph.targets[live]], before[kept], after[kept]
