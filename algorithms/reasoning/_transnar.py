"""A transformer that reads a graph reasoner: tokens attend to nodes, never the reverse.

The hybrid of arXiv 2406.09308 at small scale: causal self-attention on the tokens, one step of the
reasoner on the graph, and gated cross-attention from tokens to nodes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms.reasoning._layers import Layer, checked_features
from corollary.algorithms.reasoning._paths import shortest_path_tree

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Attention:
    """One attention head: maps to queries (d, p), keys (k, p) and values (k, d)."""

    query: Array
    key: Array
    value: Array

    def __call__(self, tokens: Array, others: Array, *, causal: bool = False) -> Array:
        """Return what `tokens` (t, d) read from `others` (n, k), shape (t, d)."""
        logits = (tokens @ self.query) @ (others @ self.key).T / np.sqrt(self.query.shape[1])
        if causal:
            later = np.arange(len(others)) > np.arange(len(tokens))[:, None]
            logits = np.where(later, -np.inf, logits)
        read: Array = _softmax(logits) @ (others @ self.value)
        return read


@dataclass(frozen=True, eq=False)
class TransNAR:
    """The hybrid: what it reads from the graph enters through a gate, tanh(gate).

    Parameters
    ----------
    self_attention, cross_attention : Attention
    feed_forward : arrays (d, w) and (w, d)
        The two layers of the tokens' MLP.
    reasoner : callable (features, edge_index, edge_features) -> features
        Frozen: it sees nothing of the tokens.

    Examples
    --------
    >>> hybrid = random_transnar(tokens=4, nodes=2, reasoner=lambda h, index, e: h, seed=0)
    >>> index, edges = np.zeros((2, 0), dtype=int), np.zeros((0, 1))
    >>> tokens, nodes = hybrid(np.ones((3, 4)), np.ones((5, 2)), index, edges, steps=1, gate=0.0)
    >>> tokens.shape, nodes.shape
    ((3, 4), (5, 2))
    """

    self_attention: Attention
    cross_attention: Attention
    feed_forward: tuple[Array, Array]
    reasoner: Layer

    def __call__(
        self,
        tokens: ArrayLike,
        features: ArrayLike,
        edge_index: ArrayLike,
        edges: ArrayLike,
        *,
        steps: int,
        gate: float,
    ) -> tuple[Array, Array]:
        """Return tokens (t, d) and node features (n, k) after `steps` layers of both streams.

        With ``gate = 0`` the tokens equal those of the language model alone, bit by bit.
        """
        t, h = checked_features(tokens, "tokens"), checked_features(features, "features")
        index, e = np.asarray(edge_index), checked_features(edges, "edge_features")
        if not (np.isfinite(t).all() and np.isfinite(h).all()):
            raise ValueError("tokens and features must be finite")
        opening = np.tanh(gate)
        first, second = self.feed_forward
        for _ in range(steps):
            t = t + self.self_attention(t, t, causal=True)
            t = t + np.maximum(t @ first, 0) @ second
            h = self.reasoner(h, index, e)
            t = t + opening * self.cross_attention(t, h)
        return t, h


def random_transnar(*, tokens: int, nodes: int, reasoner: Layer, seed: int) -> TransNAR:
    """Return a hybrid with normal weights for tokens and nodes of these widths.

    Examples
    --------
    >>> random_transnar(tokens=4, nodes=2, reasoner=lambda h, i, e: h, seed=0).feed_forward[0].shape
    (4, 8)
    """
    rng = np.random.default_rng(seed)

    def weights(inputs: int, outputs: int) -> Array:
        return rng.normal(size=(inputs, outputs)) / math.sqrt(inputs)

    own = Attention(weights(tokens, tokens), weights(tokens, tokens), weights(tokens, tokens))
    cross = Attention(weights(tokens, tokens), weights(nodes, tokens), weights(nodes, tokens))
    return TransNAR(
        own, cross, (weights(tokens, 2 * tokens), weights(2 * tokens, tokens)), reasoner
    )


def retrieve(queries: ArrayLike, keys: ArrayLike, values: ArrayLike, *, margin: float) -> Array:
    """Return the values (q, d) read by attention with logits ``margin`` times query . key.

    For one-hot queries and keys the logit of the right value exceeds all others by `margin`.

    Examples
    --------
    >>> retrieve(np.eye(2), np.eye(2), [[1.0], [5.0]], margin=50.0).ravel().tolist()
    [1.0, 5.0]
    """
    logits = margin * np.asarray(queries) @ np.asarray(keys).T
    read: Array = _softmax(logits) @ np.asarray(values)
    return read


def reasoner_states(graph: Any, source: int = 0) -> tuple[Array, Array]:
    """Return (keys, values) an exact reasoner offers: node one-hots (n, n); (distance, parent).

    Unreached nodes have distance -1, as have parents that do not exist.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import Graph
    >>> reasoner_states(Graph.from_edges(2, [0], [1], [3.0]))[1].tolist()
    [[0.0, -1.0], [3.0, 0.0]]
    """
    distances, _, parents = shortest_path_tree(graph, source)
    values = np.stack([np.where(np.isinf(distances), -1.0, distances), parents], axis=1)
    return np.eye(len(distances)), values


def _softmax(logits: Array) -> Array:
    weights: Array = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights
