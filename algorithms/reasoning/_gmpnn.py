"""The forward pass of Triplet-GMPNN: gated max messages, and messages between pairs of nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Linear:
    """The map ``x W + b``; `weight` has shape (inputs, outputs)."""

    weight: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        """Return the outputs along the last axis."""
        return x @ self.weight + self.bias


@dataclass(frozen=True, eq=False)
class TripletGMPNN:
    """A processor step: ``(nodes, hidden, edges, graph, adjacency) -> (hidden, edge states)``.

    With ``z = [nodes, hidden]`` the message from i to j is an MLP of
    ``relu(receiver(z_j) + sender(z_i) + edge(e_ij) + graph(g))``; j takes the channelwise maximum
    over its in-neighbours, adds it to its own part, and is gated. Triplets take the maximum over i
    of a sum of seven linear terms at (i, j, k) and give a new state to the pair (j, k).

    Parameters
    ----------
    maps : dict of Linear
        `receiver`, `sender`, `edge`, `graph`, `mlp_1`, `mlp_2`, `own`, `received`; `gate_1`,
        `gate_2`, `gate_3`; `first`, `second`, `third`, `first_second`, `first_third`,
        `second_third`, `triplet_graph`, `pair`.
    normalise : bool
        Whether the new state is layer-normalised before the gate.

    Notes
    -----
    arXiv 2209.11142; the gate opens slowly because `gate_3` starts with bias -3.

    Examples
    --------
    >>> step = random_triplet_gmpnn(node_features=2, edge_features=1, hidden=8, seed=0)
    >>> hidden, pairs = step(np.ones((3, 2)), np.zeros((3, 8)), np.ones((3, 3, 1)), np.ones(1),
    ...                      np.eye(3, dtype=bool))
    >>> hidden.shape, pairs.shape
    ((3, 8), (3, 3, 8))
    """

    maps: dict[str, Linear] = field(repr=False)
    normalise: bool = True

    def __call__(
        self,
        nodes: ArrayLike,
        hidden: ArrayLike,
        edges: ArrayLike,
        graph: ArrayLike,
        adjacency: ArrayLike,
    ) -> tuple[Array, Array]:
        """Return the new hidden states (..., n, h) and the pair states (..., n, n, h).

        Parameters
        ----------
        nodes, hidden : arrays (..., n, f) and (..., n, h)
        edges : array (..., n, n, k)
        graph : array (..., g)
        adjacency : array (..., n, n), bool
            Entry ``[i, j]`` says whether i sends to j; every node needs an in-neighbour.

        Raises
        ------
        ValueError
            If the shapes do not fit or a node has no in-neighbour.
        """
        x, h = np.asarray(nodes), np.asarray(hidden)
        e, g, sends = np.asarray(edges), np.asarray(graph), np.asarray(adjacency, dtype=bool)
        _check_shapes(x, h, e, sends)
        z = np.concatenate([x, h], axis=-1)
        received = self._messages(z, e, g, sends)
        new = np.maximum(self.maps["own"](z) + self.maps["received"](received), 0)
        if self.normalise:
            new = _layer_norm(new)
        gate = np.maximum(self.maps["gate_1"](z) + self.maps["gate_2"](received), 0)
        keep = 1 / (1 + np.exp(-self.maps["gate_3"](gate)))
        return keep * new + (1 - keep) * h, self._pairs(z, e, g)

    def _messages(self, z: Array, e: Array, g: Array, sends: Array) -> Array:
        maps = self.maps
        total = maps["receiver"](z)[..., None, :, :] + maps["sender"](z)[..., :, None, :]
        total = total + maps["edge"](e) + maps["graph"](g)[..., None, None, :]
        hidden = np.maximum(maps["mlp_1"](np.maximum(total, 0)), 0)
        messages = np.where(sends[..., None], maps["mlp_2"](hidden), -np.inf)
        return messages.max(axis=-3)

    def _pairs(self, z: Array, e: Array, g: Array) -> Array:
        """Return the pair states; the maximum over i runs in a loop to save memory."""
        maps = self.maps
        first, second, third = (maps[name](z) for name in ("first", "second", "third"))
        e12, e13 = maps["first_second"](e), maps["first_third"](e)
        fixed = second[..., :, None, :] + third[..., None, :, :] + maps["second_third"](e)
        fixed = fixed + maps["triplet_graph"](g)[..., None, None, :]
        best = np.full(fixed.shape, -np.inf, dtype=fixed.dtype)
        for i in range(z.shape[-2]):
            term = first[..., i, None, None, :] + e12[..., i, :, None, :] + e13[..., i, None, :, :]
            np.maximum(best, term, out=best)
        return np.maximum(maps["pair"](best + fixed), 0)


def random_triplet_gmpnn(
    *, node_features: int, edge_features: int, hidden: int, seed: int, graph_features: int = 1
) -> TripletGMPNN:
    """Return a step with normal weights of variance 1 / inputs, 8 triplet channels, gate bias -3.

    Examples
    --------
    >>> step = random_triplet_gmpnn(node_features=2, edge_features=1, hidden=8, seed=0)
    >>> step.maps["pair"].weight.shape
    (8, 8)
    """
    rng = np.random.default_rng(seed)
    z, triplets = node_features + hidden, 8
    shapes = {
        "receiver": (z, hidden), "sender": (z, hidden), "edge": (edge_features, hidden),
        "graph": (graph_features, hidden), "mlp_1": (hidden, hidden), "mlp_2": (hidden, hidden),
        "own": (z, hidden), "received": (hidden, hidden),
        "gate_1": (z, hidden), "gate_2": (hidden, hidden), "gate_3": (hidden, hidden),
        "first": (z, triplets), "second": (z, triplets), "third": (z, triplets),
        "first_second": (edge_features, triplets), "first_third": (edge_features, triplets),
        "second_third": (edge_features, triplets), "triplet_graph": (graph_features, triplets),
        "pair": (triplets, hidden),
    }  # fmt: skip
    maps = {
        name: Linear(rng.normal(size=shape) / np.sqrt(shape[0]), np.zeros(shape[1]))
        for name, shape in shapes.items()
    }
    maps["gate_3"] = Linear(maps["gate_3"].weight, np.full(hidden, -3.0))
    return TripletGMPNN(maps)


def _layer_norm(x: Array) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)


def _check_shapes(x: Array, h: Array, e: Array, sends: Array) -> None:
    n = x.shape[-2] if x.ndim >= 2 else -1
    if h.shape[:-1] != x.shape[:-1] or n < 1:
        raise ValueError(
            "nodes and hidden must have shapes (..., n, f) and (..., n, h), "
            f"got {x.shape} and {h.shape}"
        )
    if e.shape[:-1] != (*x.shape[:-2], n, n):
        raise ValueError(f"edges must have shape (..., {n}, {n}, k), got {e.shape}")
    if sends.shape[-2:] != (n, n) or not sends.any(axis=-2).all():
        raise ValueError(
            f"adjacency must have shape (..., {n}, {n}) and an in-neighbour for every node, "
            f"got shape {sends.shape}"
        )
