"""Plain definitions of the block, the losses and the optimiser, used as oracles in tests.

They read like the formulas, work for complex parameters (so that a complex step gives exact
derivatives), and share nothing with the kernels but the order of the parameters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def split_parameters(theta: Array, layers: list[tuple[int, int]]) -> tuple[list[Array], Any]:
    """Return weight matrices and biases of the layers (inputs, outputs), weights first."""
    sizes = [rows * columns for rows, columns in layers] + [columns for _, columns in layers]
    parts = np.split(theta, np.cumsum(sizes)[:-1])
    count = len(layers)
    matrices = [part.reshape(layer) for part, layer in zip(parts[:count], layers, strict=True)]
    return matrices, parts[count:]


def block_logits(theta: Array, layers: list[tuple[int, int]], x: Any, z: Any, clock: Any) -> Array:
    """Return the logits (n, m) of a block: three rectified branches, joined, two hidden layers."""
    weights, biases = split_parameters(theta, layers)
    branches = [_rectify(values @ weights[k] + biases[k]) for k, values in enumerate((x, z, clock))]
    hidden = np.concatenate(branches, axis=1)
    hidden = _rectify(hidden @ weights[3] + biases[3])
    hidden = _rectify(hidden @ weights[4] + biases[4])
    return hidden @ weights[5] + biases[5]


def softmax(logits: Array) -> Array:
    """Return the softmax of each row, for complex logits too."""
    powers = np.exp(logits - logits.real.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def denoising_loss(logits: Array, embedding: Any, target: Any, weight: Any) -> Any:
    """Return the mean of ``weight * |softmax(logits) @ embedding - target|**2``."""
    return np.mean(weight * ((softmax(logits) @ embedding - target) ** 2).sum(axis=1))


def flow_loss(logits: Array, embedding: Any, target: Any, weight: Any) -> Any:
    """Return the mean of ``weight * |logits @ embedding - target|**2``."""
    return np.mean(weight * ((logits @ embedding - target) ** 2).sum(axis=1))


def cross_entropy_loss(logits: Array, labels: Any, weight: Any) -> Any:
    """Return the mean of ``-weight * log softmax(logits)[label]``."""
    chosen = softmax(logits)[np.arange(len(labels)), labels]
    return -np.mean(weight * np.log(chosen))


def adamw(
    theta: Array,
    gradient: Array,
    moments: tuple[Array, Array],
    step: int,
    rate: float,
    decay: float,
    decayed: int,
    epsilon: float = 1e-8,
) -> tuple[Array, tuple[Array, Array]]:
    """Return parameters and moments after one step of AdamW, counted from 1."""
    first = 0.9 * moments[0] + 0.1 * gradient
    second = 0.999 * moments[1] + 0.001 * gradient**2
    mean, square = first / (1 - 0.9**step), second / (1 - 0.999**step)
    kept = np.where(np.arange(theta.size) < decayed, 1 - rate * decay, 1.0)
    return kept * theta - rate * mean / (np.sqrt(square) + epsilon), (first, second)


def _rectify(values: Array) -> Array:
    return np.where(values.real > 0, values, 0)
