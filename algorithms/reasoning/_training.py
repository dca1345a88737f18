"""Learn the message of shortest paths from snapshots of runs, exactly or by gradient descent.

A snapshot is one synchronous round on one graph: the distances before and after it. A model sends
``f(d_u, w)`` along every edge whose sender is reached and takes the minimum with the own distance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms._kernel import kernel
from corollary.algorithms.reasoning._graph import Graph
from corollary.algorithms.reasoning._snapshots import Snapshots

Array = NDArray[Any]
Message = Callable[[Array, Array], Array]


@dataclass(frozen=True, eq=False)
class Fit:
    """The message ``a_d d_u + a_w w + a_0``, and how it was found.

    Attributes
    ----------
    coefficients : array (3,)
        ``(a_d, a_w, a_0)``; exact learning gives (1, 1, 0).
    iterations : int
        How many times the edges were assigned anew.
    converged : bool
        Whether the last assignment repeated the one before.
    """

    coefficients: Array
    iterations: int
    converged: bool

    def __call__(self, distances: ArrayLike, weights: ArrayLike) -> Array:
        """Return the messages for these senders and edges."""
        a = self.coefficients
        message: Array = a[0] * np.asarray(distances) + a[1] * np.asarray(weights) + a[2]
        return message


def fit_message(snapshots: Snapshots, *, seed: int = 0, limit: int = 50) -> Fit:
    """Return the affine message found by turns of assignment and least squares.

    Each node that changed is assigned the in-edge whose message is the least at present; then the
    new distances are regressed on (sender's distance, weight, 1) over the assigned edges; and so
    on until the assignment repeats. The start is normal noise.

    Parameters
    ----------
    snapshots : Snapshots
    seed : int
    limit : int >= 1
        The largest number of iterations.

    Raises
    ------
    ValueError
        If no snapshot holds a node that changed.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import random_snapshots
    >>> fit = fit_message(random_snapshots(64, seed=0), seed=0)
    >>> bool(np.abs(fit.coefficients - [1, 1, 0]).max() < 1e-13)
    True
    """
    changed = np.flatnonzero(snapshots.after < snapshots.before)
    useful = np.isin(snapshots.receivers, changed)
    if not useful.any():
        raise ValueError("snapshots must hold a node that changed")
    receivers = snapshots.receivers[useful]
    features = np.column_stack([snapshots.inputs[useful], np.ones(int(useful.sum()))])
    coefficients = np.random.default_rng(seed).normal(size=3)
    assigned = np.zeros(0, dtype=np.intp)
    for iteration in range(1, limit + 1):
        order = np.lexsort((features @ coefficients, receivers))
        first = np.unique(receivers[order], return_index=True)[1]
        chosen = np.sort(order[first])
        if np.array_equal(chosen, assigned):
            return Fit(coefficients, iteration - 1, True)
        assigned = chosen
        targets = snapshots.after[receivers[assigned]]
        coefficients = np.linalg.lstsq(features[assigned], targets, rcond=None)[0]
    return Fit(coefficients, limit, False)


@dataclass(frozen=True, eq=False)
class ScalarNetwork:
    """A message network of two inputs: affine without hidden units, a ReLU layer with them.

    Attributes
    ----------
    parameters : array (3,) or (4h + 1,)
        ``(a_d, a_w, a_0)``, or the rows (weight of d, weight of w, bias, output weight) of the h
        hidden units and then the output bias.
    hidden : int
    losses : array (steps,)
        The mean squared error of each batch in training.
    """

    parameters: Array
    hidden: int
    losses: Array

    def __call__(self, distances: ArrayLike, weights: ArrayLike) -> Array:
        """Return the messages for these senders and edges."""
        inputs = np.stack(np.broadcast_arrays(distances, weights), axis=-1).astype(np.float64)
        flat: Array = _messages(self.parameters, self.hidden, inputs.reshape(-1, 2))
        return flat.reshape(inputs.shape[:-1])


def train_network(
    snapshots: Snapshots,
    *,
    hidden: int = 0,
    steps: int = 4000,
    batch: int = 16,
    rate: float = 1e-2,
    seed: int = 0,
) -> ScalarNetwork:
    """Return the network trained by Adam on random batches of snapshots, with a cosine rate.

    The loss is the mean squared error of the new distances. Its gradient is derived by hand: the
    error of a node goes to the message that gave the minimum, split equally among ties, and to
    none where the own distance was smaller.

    Parameters
    ----------
    snapshots : Snapshots
    hidden : int >= 0
        Hidden ReLU units; 0 for an affine message.
    steps, batch : int >= 1
    rate : float > 0
        The first learning rate; it falls to 0 along a cosine.
    seed : int

    Raises
    ------
    ValueError
        For a parameter out of range.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import random_snapshots
    >>> network = train_network(random_snapshots(64, seed=0), steps=200)
    >>> bool(network.losses[-20:].mean() < network.losses[:20].mean())
    True
    """
    if hidden < 0 or steps < 1 or batch < 1 or not rate > 0:
        raise ValueError(
            "need hidden >= 0, steps >= 1, batch >= 1 and rate > 0, "
            f"got {hidden}, {steps}, {batch}, {rate}"
        )
    rng = np.random.default_rng(seed)
    parameters = rng.normal(size=3)
    if hidden:
        units = rng.normal(size=(hidden, 4)) * np.array([1.0, 1.0, 0.1, np.sqrt(2 / hidden)])
        parameters = np.append(units.ravel(), 0.0)
    first, second = np.zeros_like(parameters), np.zeros_like(parameters)
    losses = np.empty(steps)
    count = len(snapshots.node_starts) - 1
    for step in range(steps):
        chosen = rng.integers(count, size=batch)
        losses[step], gradient = loss_and_gradient(snapshots, parameters, hidden, chosen)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        now = rate * (1 + np.cos(np.pi * step / steps)) / 2
        scale = np.sqrt(second / (1 - 0.999 ** (step + 1))) + 1e-8
        parameters = parameters - now * first / (1 - 0.9 ** (step + 1)) / scale
    return ScalarNetwork(parameters, hidden, losses)


def loss_and_gradient(
    snapshots: Snapshots, parameters: ArrayLike, hidden: int, chosen: ArrayLike
) -> tuple[float, Array]:
    """Return the mean squared error on the chosen snapshots, and its gradient.

    Parameters
    ----------
    snapshots : Snapshots
    parameters : array (3,) or (4h + 1,)
        As in `ScalarNetwork`.
    hidden : int
    chosen : array (b,), int
        Which snapshots; repetitions count again.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import random_snapshots
    >>> loss, gradient = loss_and_gradient(random_snapshots(4), [1.0, 1.0, 0.0], 0, [0, 1])
    >>> loss, gradient.tolist()
    (0.0, [0.0, 0.0, 0.0])
    """
    theta = np.asarray(parameters, dtype=np.float64)
    loss, gradient = _loss_and_gradient(
        snapshots.inputs, snapshots.receivers, snapshots.before, snapshots.after,
        snapshots.edge_starts, snapshots.node_starts, theta, hidden,
        np.asarray(chosen, dtype=np.int64),
    )  # fmt: skip
    return float(loss), gradient


def execute_message(message: Message, graph: Graph, source: int = 0) -> tuple[Array, Array]:
    """Return (distances, parents) after as many rounds of the learnt message as there are nodes.

    Parameters
    ----------
    message : callable (distances, weights) -> messages
    graph : Graph
    source : int

    Examples
    --------
    >>> path = Graph.from_edges(3, [0, 1], [1, 2], [2.0, 1.0])
    >>> distances, parents = execute_message(lambda d, w: d + w, path)
    >>> distances.tolist(), parents.tolist()
    ([0.0, 2.0, 3.0], [-1, 0, 1])
    """
    distances = np.full(graph.nodes, np.inf)
    distances[source] = 0.0
    parents = np.full(graph.nodes, -1)
    sources, targets = graph.sources, graph.targets
    for _ in range(graph.nodes - 1):
        reached = np.isfinite(distances[sources])
        messages = message(distances[sources[reached]], graph.weights[reached])
        better = distances.copy()
        np.minimum.at(better, targets[reached], messages)
        improving = (messages == better[targets[reached]]) & (
            messages < distances[targets[reached]]
        )
        if not improving.any():
            break
        parents[targets[reached][improving]] = sources[reached][improving]
        distances = better
    return distances, parents


@kernel
def _messages(theta: Array, hidden: int, inputs: Array) -> Array:
    messages = np.empty(len(inputs))
    for e in range(len(inputs)):
        d, w = inputs[e, 0], inputs[e, 1]
        if hidden == 0:
            messages[e] = theta[0] * d + theta[1] * w + theta[2]
        else:
            total = theta[4 * hidden]
            for unit in range(hidden):
                a = theta[4 * unit : 4 * unit + 4]
                total += a[3] * max(a[0] * d + a[1] * w + a[2], 0.0)
            messages[e] = total
    return messages


@kernel
def _loss_and_gradient(
    inputs: Array,
    receivers: Array,
    before: Array,
    after: Array,
    edge_starts: Array,
    node_starts: Array,
    theta: Array,
    hidden: int,
    chosen: Array,
) -> tuple[float, Array]:
    gradient = np.zeros(theta.size)
    loss, nodes = 0.0, 0
    for s in chosen:
        nodes += node_starts[s + 1] - node_starts[s]
    for s in chosen:
        base = node_starts[s]
        edges = slice(edge_starts[s], edge_starts[s + 1])
        heads = receivers[edges] - base
        messages = _messages(theta, hidden, inputs[edges])
        least = before[base : node_starts[s + 1]].copy()
        for e in range(len(heads)):
            least[heads[e]] = min(least[heads[e]], messages[e])
        winners = np.zeros(len(least))
        for e in range(len(heads)):
            v = heads[e]
            if messages[e] == least[v] and messages[e] < before[base + v]:
                winners[v] += 1.0
        errors = least - after[base : node_starts[s + 1]]
        loss += np.sum(errors * errors) / nodes
        for e in range(len(heads)):
            v = heads[e]
            if messages[e] == least[v] and messages[e] < before[base + v]:
                slope = 2.0 * errors[v] / nodes / winners[v]
                _add_gradient(gradient, theta, hidden, inputs[edges][e], slope)
    return loss, gradient


@kernel
def _add_gradient(gradient: Array, theta: Array, hidden: int, x: Array, slope: float) -> None:
    """Add slope times the gradient of the message at the input x."""
    d, w = x[0], x[1]
    if hidden == 0:
        gradient[0] += slope * d
        gradient[1] += slope * w
        gradient[2] += slope
        return
    gradient[4 * hidden] += slope
    for unit in range(hidden):
        a = theta[4 * unit : 4 * unit + 4]
        active = a[0] * d + a[1] * w + a[2]
        if active > 0:
            gradient[4 * unit] += slope * a[3] * d
            gradient[4 * unit + 1] += slope * a[3] * w
            gradient[4 * unit + 2] += slope * a[3]
            gradient[4 * unit + 3] += slope * active
