"""The role `message_layer`: features, edges and edge features in, new features out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from corollary.verify.domain import Domain, Integers, Parameters
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.reasoning._arrays import FAMILY, Array, bound_channels, generator

Layer = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True)
class LayerInput:
    """Two states of a graph's nodes, its edges, and what laws vary.

    Attributes
    ----------
    features, other : arrays (v, f)
    edge_index : array (2, e), int
    edges : array (e, f), negative where a cycle could raise the states for ever
    seed : int
        Of orders and schedules.
    """

    features: Array
    other: Array
    edge_index: Array
    edges: Array
    seed: int

    @property
    def nodes(self) -> int:
        return len(self.features)


@dataclass(frozen=True)
class BoundLayer:
    """A layer as laws call it; `features` is the number of channels it takes."""

    implementation: Implementation
    features: int

    def __call__(self, features: Array, edge_index: Array, edges: Array) -> Array:
        """Return the new features, (v, f)."""
        return self.implementation.arrays(features, edge_index, edges)


def channels(bind: Mapping[str, Any]) -> int:
    """Return how many channels a layer takes that is bound like this."""
    return bound_channels(bind, usual=2)


def _adapt(implementation: Implementation) -> BoundLayer:
    own = {name: value for name, value in implementation.bind.items() if name != "features"}
    return BoundLayer(replace(implementation, bind=own), channels(implementation.bind))


@dataclass(frozen=True)
class LayerCase:
    """The graph of a layer's input; the number of channels is the layer's own."""

    nodes: int
    sources: Array
    targets: Array
    seed: int
    precision: Precision = field(repr=False)

    def input(self, layer: BoundLayer) -> LayerInput:
        """Return the input for a layer."""
        return self._input(layer.features)

    def shown(self, bind: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a reader needs to build the input: what the layer is called with."""
        drawn = self._input(channels(bind))
        return {
            "features": drawn.features,
            "edge_index": drawn.edge_index,
            "edge_features": drawn.edges,
            "other": drawn.other,
            "seed": self.seed,
        }

    def _input(self, channels: int) -> LayerInput:
        draw = generator("features", self.nodes, len(self.sources), self.seed)
        features, other = draw.normal(size=(2, self.nodes, channels)) * 3
        edges = -np.abs(draw.normal(size=(len(self.sources), channels))) - 0.125
        rounded = map(self.precision.round, (features, other, edges))
        first, second, along = rounded
        return LayerInput(first, second, np.stack([self.sources, self.targets]), along, self.seed)


def _build(parameters: Parameters, precision: Precision) -> LayerCase:
    nodes, degree, seed = (int(parameters[name]) for name in ("nodes", "degree", "seed"))
    draw = generator("layer", nodes, degree, seed)
    ends = draw.permutation(np.unique(draw.integers(nodes, size=(nodes * degree, 2)), axis=0))
    sources, targets = ends.T.astype(np.int64)
    return LayerCase(nodes, sources, targets, seed, precision)


LAYER_INPUTS = Domain(
    name="inputs of a layer",
    statement="a digraph with at most 8 nodes, normal features and negative edge features in every "
    "channel",
    shape={"nodes": Integers(1, 8), "degree": Integers(0, 4), "seed": Integers(0, 2**31)},
    rows={},
    build=_build,
)


def _gathered(
    reduce: Callable[[Array], Array],
    combine: Callable[[Array, Array], Array] = np.maximum,
    message: Callable[[Array, Array, Array], Array] = lambda sender, receiver, edge: sender + edge,
) -> Layer:
    """Return the layer that reduces the messages of every node, and combines."""

    def layer(h: Array, index: Array, e: Array) -> Array:
        new = h.copy()
        for v in range(len(h)):
            heard = np.flatnonzero(index[1] == v)
            if len(heard):
                messages = message(h[index[0][heard]], h[v], e[heard])
                with np.errstate(all="ignore"):
                    new[v] = combine(h[v], reduce(messages))
        return new

    return layer


def _maximum(messages: Array) -> Array:
    return messages.max(axis=0)


def _smooth(messages: Array) -> Array:
    return np.logaddexp.reduce(64 * messages, axis=0) / 64


def _softmax(messages: Array) -> Array:
    weights = np.exp(messages - messages.max(axis=0))
    return (weights * messages).sum(axis=0) / weights.sum(axis=0)


def _mixed(sender: Array, receiver: Array, edge: Array) -> Array:
    """Mix the channels of the sender by log-sum-exp, a step on the way to the maximum."""
    far = -30.0 * (1 - np.eye(sender.shape[-1]))
    return np.logaddexp.reduce(sender[..., :, None] + far, axis=-2) + edge


def _in_place(h: Array, index: Array, e: Array) -> Array:
    """Deliver edge after edge into the features that later edges read."""
    new = h.copy()
    for u, v, edge in zip(*index, e, strict=True):
        new[v] = np.maximum(new[v], new[u] + edge)
    return new


def _without_last_edge(h: Array, index: Array, e: Array) -> Array:
    return _gathered(_maximum)(h, index[:, :-1], e[:-1])


def _with_readout(h: Array, index: Array, e: Array) -> Array:
    new = _gathered(_maximum)(h, index, e)
    return np.asarray(new + 1e-6 * h.mean(axis=0))


def _numbered(h: Array, index: Array, e: Array) -> Array:
    new = _gathered(_maximum)(h, index, e)
    return np.asarray(new + 1e-6 * np.arange(len(h))[:, None])


MESSAGE_LAYER = Role(
    name="message_layer",
    family=FAMILY,
    signature="message_layer(features (v, f), edge_index (2, e) int, edge_features (e, f)) -> "
    "(v, f); an edge runs from edge_index[0] to edge_index[1]; bind features=...",
    default="corollary.algorithms.reasoning:relaxation_layer",
    adapt=_adapt,
    mutants={
        "sum": _gathered(lambda m: m.sum(axis=0)),
        "mean": _gathered(lambda m: m.mean(axis=0)),
        "softmax average": _gathered(_softmax),
        "log-sum-exp for the maximum": _gathered(_smooth),
        "channels mixed by log-sum-exp": _gathered(_maximum, message=_mixed),
        "ReLU after the update": _gathered(_maximum, lambda h, m: np.maximum(np.maximum(h, m), 0)),
        "the own state forgotten": _gathered(_maximum, lambda h, m: m),
        "an average with the own state": _gathered(
            _maximum, lambda h, m: np.where(m > h, 0.999 * m + 0.001 * h, h)
        ),
        "edges reversed": lambda h, index, e: _gathered(_maximum)(h, index[::-1], e),
        "edge after edge, in place": _in_place,
        "last edge left out": _without_last_edge,
        "readout of the whole graph": _with_readout,
        "position of the node": _numbered,
        "a wave of the sender": _gathered(
            _maximum, message=lambda s, r, e: s + 0.01 * np.sin(300 * s) + e
        ),
    },
    trivial={
        "copy": lambda h, index, e: h.copy(),
        "zero": lambda h, index, e: np.zeros_like(h),
    },
)
