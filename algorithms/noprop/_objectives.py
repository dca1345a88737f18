"""The losses of a block and their gradients by the logits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms._kernel import kernel

Array = NDArray[Any]

DENOISING, CROSS_ENTROPY, FLOW = 0, 1, 2
"""Squared error of the mean embedding, cross-entropy of the logits, squared error of a velocity."""


@kernel
def softmax_rows(logits: Array) -> None:
    """Replace each row of logits by its softmax, in place."""
    for i in range(logits.shape[0]):
        largest = logits[i, 0]
        for j in range(1, logits.shape[1]):
            largest = max(largest, logits[i, j])
        total = logits.dtype.type(0)
        for j in range(logits.shape[1]):
            value = np.exp(logits[i, j] - largest)
            logits[i, j] = value
            total += value
        for j in range(logits.shape[1]):
            logits[i, j] /= total


@kernel
def loss_gradient(
    objective: int,
    logits: Array,
    embedding: Array,
    target: Array,
    labels: Array,
    weight: Array,
    residual: Array,
    pulled: Array,
) -> float:
    """Return the mean weighted loss; `logits` (n, m) becomes its gradient by the logits.

    The prediction is ``softmax(logits) @ embedding``, or for a flow ``logits @ embedding``; the
    loss is the weighted squared distance to `target` (n, d), or the cross-entropy of `labels`.
    `residual` (n, d) and `pulled` (n, m) are buffers; the first becomes the gradient by the
    prediction.
    """
    n, m = logits.shape
    if objective != FLOW:
        softmax_rows(logits)
    total = 0.0
    if objective == CROSS_ENTROPY:
        for i in range(n):
            total -= weight[i] * np.log(max(np.float64(logits[i, labels[i]]), 1e-300))
            logits[i, labels[i]] -= logits.dtype.type(1)
            share = logits.dtype.type(weight[i] / n)
            for j in range(m):
                logits[i, j] *= share
        return total / n
    np.dot(logits, embedding, residual)
    for i in range(n):
        square = 0.0
        share = residual.dtype.type(2 * weight[i] / n)
        for j in range(residual.shape[1]):
            difference = residual[i, j] - target[i, j]
            square += difference * difference
            residual[i, j] = difference * share
        total += weight[i] * square
    np.dot(residual, embedding.T, pulled)
    for i in range(n):
        if objective == FLOW:
            for j in range(m):
                logits[i, j] = pulled[i, j]
        else:
            mean = logits.dtype.type(0)
            for j in range(m):
                mean += logits[i, j] * pulled[i, j]
            for j in range(m):
                logits[i, j] *= pulled[i, j] - mean
    return total / n


@kernel
def adam(
    theta: Array,
    gradient: Array,
    first: Array,
    second: Array,
    step: int,
    rate: float,
    decay: float,
    epsilon: float,
    decayed: int,
) -> None:
    """Take one step of AdamW in place; weight decay acts on the first `decayed` parameters.

    `step` counts from 1. The constants are rounded to the parameters' type once, so that the
    loop has no conversions.
    """
    kind = theta.dtype.type
    beta1, beta2 = kind(0.9), kind(0.999)
    rest1, rest2 = kind(0.1), kind(0.001)
    scale1 = kind(rate / (1 - 0.9**step))
    scale2 = kind(1 / (1 - 0.999**step))
    kept, little = kind(1 - rate * decay), kind(epsilon)
    for i in range(decayed):
        theta[i] *= kept
    for i in range(theta.size):
        g = gradient[i]
        m = beta1 * first[i] + rest1 * g
        v = beta2 * second[i] + rest2 * g * g
        first[i] = m
        second[i] = v
        theta[i] -= scale1 * m / (np.sqrt(v * scale2) + little)
