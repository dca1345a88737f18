"""Networks: directed graphs with weights and a source, by number, at random, or enumerated."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from corollary.verify.domain import Choice, Constraint, Domain, Integers, Parameters
from corollary.verify.precision import Precision
from corollary.verify.roles.reasoning._arrays import Array, generator


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
    precision: Precision = field(repr=False)

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
