"""Message-passing layers at three levels of asynchrony, as plain NumPy.

Level 1: the aggregation is a commutative monoid. Level 2: the update is an action of it. Level 3:
what a node emits is a cocycle and every edge a multimorphism. Each layer is a callable
``(features (v, f), edge_index (2, e), edge_features (e, k)) -> (v, f)``; an edge runs from
``edge_index[0]`` to ``edge_index[1]``. The levels follow arXiv 2306.15632.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Layer = Callable[[Array, Array, Array], Array]
AGGREGATORS = ("sum", "mean", "max", "min", "log-sum-exp", "softmax")


def aggregate(messages: ArrayLike, receivers: ArrayLike, nodes: int, aggregator: str) -> Array:
    """Return what each node gets from its messages, ``(nodes, f)``, channel by channel.

    Parameters
    ----------
    messages : array (e, f), float
    receivers : array (e,), int
        The node each message goes to.
    nodes : int
    aggregator : {"sum", "mean", "max", "min", "log-sum-exp", "softmax"}
        "softmax" is the average of the messages with their own softmax as weights
        (arXiv 2307.08874). A node without messages gets 0 from "sum", "mean" and "softmax",
        infinity from "min" and minus infinity from "max" and "log-sum-exp".

    Raises
    ------
    TypeError, ValueError
        For a wrong shape or dtype, a receiver out of range, or an unknown aggregator.

    Examples
    --------
    >>> aggregate([[1.0], [2.0], [5.0]], [0, 0, 2], 3, "max").tolist()
    [[2.0], [-inf], [5.0]]
    """
    values = checked_features(messages, "messages")
    heads = _checked_ids(receivers, nodes, "receivers")
    if heads.shape != values.shape[:1]:
        raise ValueError(f"receivers must have shape {values.shape[:1]}, got {heads.shape}")
    if aggregator not in AGGREGATORS:
        raise ValueError(f"aggregator must be one of {', '.join(AGGREGATORS)}, got {aggregator!r}")
    shape, dtype = (nodes, values.shape[1]), values.dtype
    if aggregator in ("max", "min"):
        extreme = np.full(shape, -np.inf if aggregator == "max" else np.inf, dtype=dtype)
        (np.maximum if aggregator == "max" else np.minimum).at(extreme, heads, values)
        return extreme
    sums: Array = np.zeros(shape, dtype=dtype)
    if aggregator in ("sum", "mean"):
        np.add.at(sums, heads, values)
        if aggregator == "mean":
            counts = np.bincount(heads, minlength=nodes).astype(dtype)
            sums /= np.maximum(counts, 1)[:, None]
        return sums
    if aggregator == "softmax" and not np.isfinite(values).all():
        raise ValueError("messages must be finite for the aggregator 'softmax'")
    high = aggregate(values, heads, nodes, "max")
    shift = np.where(np.isfinite(high), high, 0)
    weights = np.exp(values - shift[heads])
    np.add.at(sums, heads, weights)
    if aggregator == "log-sum-exp":
        return np.where(sums > 0, shift + np.log(np.where(sums > 0, sums, 1)), high)
    averages: Array = np.zeros(shape, dtype=dtype)
    np.add.at(averages, heads, weights / sums[heads] * values)
    return averages


def max_plus(states: ArrayLike, matrix: ArrayLike) -> Array:
    """Return the tropical linear map, ``out[..., j] = max_i (states[..., i] + matrix[i, j])``.

    It commutes exactly with the maximum of states, in floating point too.

    Examples
    --------
    >>> max_plus([0.0, 3.0], [[1.0, 0.0], [-5.0, 1.0]]).tolist()
    [1.0, 4.0]
    """
    x, w = np.asarray(states), np.asarray(matrix)
    return (x[..., :, None] + w).max(axis=-2)


@dataclass(frozen=True, eq=False)
class AffineMessage:
    """Messages affine in the receiver, the sender and the edge.

    Parameters
    ----------
    receiver, sender : arrays (f, d)
    edge : array (k, d)
    bias : array (d,)
    """

    receiver: Array
    sender: Array
    edge: Array
    bias: Array

    def __call__(self, receivers: Array, senders: Array, edges: Array) -> Array:
        """Return the messages, (e, d); features must be finite, as infinities would cancel."""
        if not (np.isfinite(receivers).all() and np.isfinite(senders).all()):
            raise ValueError("features must be finite for affine messages")
        total: Array = receivers @ self.receiver + senders @ self.sender + edges @ self.edge
        return total + self.bias


@dataclass(frozen=True, eq=False)
class TropicalMessage:
    """Messages max-plus linear in the sender and in the receiver, affine in the edge.

    Parameters
    ----------
    sender : array (f, d)
    receiver : array (f, d), or None for messages of the sender alone
    edge : array (k, d)
    bias : array (d,)
    """

    sender: Array
    receiver: Array | None
    edge: Array
    bias: Array

    def __call__(self, receivers: Array, senders: Array, edges: Array) -> Array:
        """Return the messages, (e, d)."""
        total: Array = max_plus(senders, self.sender) + (edges @ self.edge + self.bias)
        return total if self.receiver is None else total + max_plus(receivers, self.receiver)


@dataclass(frozen=True, eq=False)
class AggregationLayer:
    """Level 1: affine messages, sum or max, and the update ``ReLU(h W + m U)``.

    Nodes without messages take ``m = 0``.

    Parameters
    ----------
    message : AffineMessage
    own : array (f, f)
    received : array (d, f)
    aggregator : str
        One of those of `aggregate`.
    """

    message: AffineMessage
    own: Array
    received: Array
    aggregator: str = "max"

    def __call__(self, features: ArrayLike, edge_index: ArrayLike, edges: ArrayLike) -> Array:
        """Return the new features, (v, f)."""
        h, ends, e = checked_layer_input(features, edge_index, edges)
        m = aggregate(self.message(h[ends[1]], h[ends[0]], e), ends[1], len(h), self.aggregator)
        m[np.bincount(ends[1], minlength=len(h)) == 0] = 0
        return np.maximum(h @ self.own + m @ self.received, 0)


@dataclass(frozen=True, eq=False)
class MaximumLayer:
    """Levels 2 and 3: aggregation by max and the update ``max(h, m)``, an action.

    With `AffineMessage` this is level 2. With `TropicalMessage` every edge is a multimorphism too:
    level 3. With a tropical message of the sender alone it is a path network: it emulates
    relaxation, and any schedule gives the same fixed point, bit by bit.

    Parameters
    ----------
    message : AffineMessage or TropicalMessage
    """

    message: AffineMessage | TropicalMessage

    def __call__(self, features: ArrayLike, edge_index: ArrayLike, edges: ArrayLike) -> Array:
        """Return the new features, (v, f)."""
        h, ends, e = checked_layer_input(features, edge_index, edges)
        m = aggregate(self.message(h[ends[1]], h[ends[0]], e), ends[1], len(h), "max")
        return np.maximum(h, m)


def random_layer(level: int, features: int, edge_features: int, seed: int) -> Layer:
    """Return a layer of level 1, 2 or 3 with normal weights of mean 0 and variance 1/f.

    Examples
    --------
    >>> layer = random_layer(2, features=4, edge_features=1, seed=0)
    >>> layer(np.zeros((3, 4)), np.array([[0, 1], [1, 2]]), np.ones((2, 1))).shape
    (3, 4)
    """
    if level not in (1, 2, 3):
        raise ValueError(f"level must be 1, 2 or 3, got {level!r}")
    rng = np.random.default_rng(seed)

    def weights(*shape: int) -> Array:
        return rng.normal(size=shape) / math.sqrt(features)

    square = (features, features)
    edge, bias = weights(edge_features, features), weights(features)
    if level == 3:
        return MaximumLayer(TropicalMessage(weights(*square), weights(*square), edge, bias))
    message = AffineMessage(weights(*square), weights(*square), edge, bias)
    if level == 2:
        return MaximumLayer(message)
    return AggregationLayer(message, weights(*square), weights(*square))


def path_layer(dtype: Any = np.float64) -> MaximumLayer:
    """Return the path network with one channel that computes shortest paths in negated distances.

    Features are ``-distance``; edge features are ``-weight``.

    Examples
    --------
    >>> layer, edges = path_layer(), np.array([[0, 1], [1, 2]])
    >>> state = np.array([[0.0], [-np.inf], [-np.inf]])
    >>> unroll(layer, state, edges, np.array([[-2.0], [-1.5]]), steps=2).ravel().tolist()
    [0.0, -2.0, -3.5]
    """
    zero, one = np.zeros((1, 1), dtype=dtype), np.ones((1, 1), dtype=dtype)
    return MaximumLayer(TropicalMessage(zero, None, one, np.zeros(1, dtype=dtype)))


def unroll(
    layer: Layer,
    features: ArrayLike,
    edge_index: ArrayLike,
    edges: ArrayLike,
    *,
    steps: int,
    decay: float = 1.0,
) -> Array:
    """Return the features after `steps` calls of `layer`, each on the features times `decay`.

    A decay of 0.9 keeps latent states near the range seen in training (arXiv 2307.08874).

    Parameters
    ----------
    layer : callable (features, edge_index, edge_features) -> features
    features : array (v, f)
    edge_index : array (2, e), int
    edges : array (e, k)
    steps : int >= 0
    decay : float in (0, 1]

    Examples
    --------
    >>> halves = unroll(lambda h, index, e: h, [[8.0]], [[0], [0]], [[0.0]], steps=3, decay=0.5)
    >>> halves.tolist()
    [[1.0]]
    """
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 0:
        raise ValueError(f"steps must be an integer >= 0, got {steps!r}")
    if not 0 < decay <= 1:
        raise ValueError(f"decay must lie in (0, 1], got {decay!r}")
    h, ends, e = checked_layer_input(features, edge_index, edges)
    factor = h.dtype.type(decay)
    for _ in range(steps):
        h = layer(h if decay == 1 else factor * h, ends, e)
    return h


def checked_layer_input(
    features: ArrayLike, edge_index: ArrayLike, edges: ArrayLike
) -> tuple[Array, Array, Array]:
    """Return the arrays a layer takes, or raise an error that names the wrong one."""
    h, e = checked_features(features, "features"), checked_features(edges, "edge_features")
    ends = np.asarray(edge_index)
    if ends.ndim != 2 or len(ends) != 2 or ends.shape[1] != len(e):
        raise ValueError(f"edge_index must have shape (2, {len(e)}), got {ends.shape}")
    return h, _checked_ids(ends, len(h), "edge_index"), e


def checked_features(array: ArrayLike, name: str) -> Array:
    """Return `array` as a float matrix free of NaN; infinities are allowed."""
    values = np.asarray(array)
    if values.dtype.kind in "iub":
        values = values.astype(np.float64)
    if values.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name} must be float32 or float64, got dtype {values.dtype}")
    if values.ndim != 2:
        raise ValueError(f"{name} must have two axes, got shape {values.shape}")
    if np.isnan(values).any():
        raise ValueError(f"{name} must not be NaN")
    return values


def _checked_ids(ids: ArrayLike, nodes: int, name: str) -> Array:
    array = np.asarray(ids)
    if array.size == 0:
        return array.astype(np.intp)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integer, got dtype {array.dtype}")
    if array.min() < 0 or array.max() >= nodes:
        wrong = array.min() if array.min() < 0 else array.max()
        raise ValueError(f"{name} must hold node ids in 0..{nodes - 1}, got {wrong}")
    return array


def changed_state(states: ArrayLike, messages: ArrayLike) -> Array:
    """Return what nodes whose update is the maximum emit: the new state if it changed, else -inf.

    A normalised cocycle, channel by channel: the emissions along any batching of the messages
    have the same maximum (arXiv 2306.15632).

    Parameters
    ----------
    states, messages : arrays of one shape

    Examples
    --------
    >>> changed_state([0.0, 3.0], [2.0, 1.0]).tolist()
    [2.0, -inf]
    """
    s, m = np.asarray(states), np.asarray(messages)
    joined = np.maximum(s, m)
    return np.where(joined == s, -np.inf, joined).astype(joined.dtype)


def relaxation_layer(features: ArrayLike, edge_index: ArrayLike, edges: ArrayLike) -> Array:
    """Return one synchronous round of max-plus relaxation: ``max(h_v, max_u (h_u + e_uv))``.

    It is the path network with any number of channels: with features ``-distance`` and edges
    ``-weight`` its fixed point is the shortest paths, bit by bit, under every schedule.

    Parameters
    ----------
    features : array (v, f)
    edge_index : array (2, e), int
    edges : array (e, f) or (e, 1)

    Examples
    --------
    >>> start = [[0.0], [-np.inf]]
    >>> relaxation_layer(start, [[0], [1]], [[-2.0]]).ravel().tolist()
    [0.0, -2.0]
    """
    h, ends, e = checked_layer_input(features, edge_index, edges)
    if e.shape[1] not in (1, h.shape[1]):
        raise ValueError(f"edge_features must have 1 or {h.shape[1]} columns, got {e.shape[1]}")
    return np.maximum(h, aggregate(h[ends[0]] + e, ends[1], len(h), "max"))
