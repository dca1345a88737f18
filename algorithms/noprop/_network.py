"""The block: a network with one branch for the features, one for the latent, one for the time.

    features -> h, latent -> h/2, time -> 32;  joined -> h -> h/2 -> m logits, ReLU between.

All parameters of a block lie in one vector, weights first, so that the optimiser is one loop. The
gradients are derived by hand; matrix products go to BLAS, everything else is fused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms._kernel import kernel

Array = NDArray[Any]
Matrices = tuple[Array, ...]

TIME_FEATURES = 16
TIME_WIDTH = 32


@dataclass(frozen=True)
class Shape:
    """The sizes of a block.

    Attributes
    ----------
    features : int
        How many features the data have.
    latent : int
        The dimension d of the latent.
    classes : int
    width : int
        h; the latent branch has half of it.
    time : bool
        Whether there is a time branch.
    """

    features: int
    latent: int
    classes: int
    width: int
    time: bool

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """Return the (inputs, outputs) of the six layers; without time the third is empty."""
        half = max(1, self.width // 2)
        clock = (TIME_FEATURES, TIME_WIDTH) if self.time else (0, 0)
        joined = self.width + half + clock[1]
        return (
            (self.features, self.width),
            (self.latent, half),
            clock,
            (joined, self.width),
            (self.width, half),
            (half, self.classes),
        )

    @property
    def weights(self) -> int:
        """Return how many entries the weight matrices have together."""
        return sum(rows * columns for rows, columns in self.layers)

    @property
    def size(self) -> int:
        """Return how many parameters there are."""
        return self.weights + sum(columns for _, columns in self.layers)

    def views(self, vector: Array) -> tuple[Matrices, Matrices]:
        """Return the weight matrices and the biases inside a parameter vector."""
        matrices, biases, start = [], [], 0
        for rows, columns in self.layers:
            matrices.append(vector[start : start + rows * columns].reshape(rows, columns))
            start += rows * columns
        for _, columns in self.layers:
            biases.append(vector[start : start + columns])
            start += columns
        return tuple(matrices), tuple(biases)

    def initial(self, generator: np.random.Generator, dtype: Any) -> Array:
        """Return He-normal weights, the last layer halved, and zero biases."""
        vector = np.zeros(self.size, dtype)
        matrices, _ = self.views(vector)
        for matrix in matrices:
            scale = np.sqrt(2 / max(1, matrix.shape[0]))
            matrix[...] = scale * generator.standard_normal(matrix.shape)
        matrices[-1][...] *= 0.5
        return vector

    def workspace(self, batch: int, dtype: Any) -> Matrices:
        """Return the buffers that forward and backward need for batches of up to `batch` rows.

        They are: the three branches, the joined layer, two hidden layers, the logits; and the
        gradients of the joined layer, the three branches, the two hidden layers, the latent.
        """
        branches = [columns for _, columns in self.layers[:3]]
        joined, width = self.layers[3]
        half = self.layers[4][1]
        sizes = [*branches, joined, width, half, self.classes]
        sizes += [joined, *branches, width, half, self.latent]
        return tuple(np.zeros((batch, size), dtype) for size in sizes)


def time_features(time: Array, dtype: Any) -> Array:
    """Return the sine and cosine of ``pi 2**(j/2) t``, j = 0..7, for times (n,): shape (n, 16)."""
    angle = np.pi * 2 ** (np.arange(TIME_FEATURES // 2) / 2) * time[:, None]
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1).astype(dtype)


@kernel(cached=False)
def _rectify(values: Array, bias: Array) -> None:
    """Add the bias and replace what is negative by 0, in place."""
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            value = values[i, j] + bias[j]
            values[i, j] = value if value > 0 else values.dtype.type(0)


@kernel(cached=False)
def _join(branch: Array, bias: Array, joined: Array, offset: int) -> None:
    """Write the rectified branch into its columns of the joined layer."""
    for i in range(branch.shape[0]):
        for j in range(branch.shape[1]):
            value = branch[i, j] + bias[j]
            joined[i, offset + j] = value if value > 0 else joined.dtype.type(0)


@kernel(cached=False)
def _part(gradient: Array, joined: Array, offset: int, part: Array, bias: Array) -> None:
    """Take a branch's gradient from that of the joined layer; sum it into the bias's gradient."""
    for j in range(part.shape[1]):
        bias[j] = 0
    for i in range(part.shape[0]):
        for j in range(part.shape[1]):
            active = joined[i, offset + j] > 0
            part[i, j] = gradient[i, offset + j] if active else part.dtype.type(0)
            bias[j] += part[i, j]


@kernel(cached=False)
def _mask(gradient: Array, activation: Array, bias: Array) -> None:
    """Set the gradient to 0 where the unit is off, in place; sum it into the bias's gradient."""
    for j in range(gradient.shape[1]):
        bias[j] = 0
    for i in range(gradient.shape[0]):
        for j in range(gradient.shape[1]):
            if not activation[i, j] > 0:
                gradient[i, j] = 0
            bias[j] += gradient[i, j]


@kernel(cached=False)
def _add_row(values: Array, bias: Array) -> None:
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            values[i, j] += bias[j]


@kernel(cached=False)
def _sum_rows(values: Array, total: Array) -> None:
    for j in range(values.shape[1]):
        total[j] = 0
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            total[j] += values[i, j]


@kernel
def forward(
    weights: Matrices,
    biases: Matrices,
    x: Array,
    z: Array,
    clock: Array,
    work: Matrices,
    known: bool,
) -> None:
    """Fill the first seven buffers; the logits (n, m) are in the last of them, ``work[6]``.

    `x` (n, features), `z` (n, d) and `clock` (n, time features or 0) have as many rows as the
    buffers. With `known` the branch of `x` is taken from the call before.
    """
    joined, first = work[3], weights[0].shape[1]
    second = first + weights[1].shape[1]
    if not known:
        np.dot(x, weights[0], work[0])
        _join(work[0], biases[0], joined, 0)
    np.dot(z, weights[1], work[1])
    _join(work[1], biases[1], joined, first)
    if clock.shape[1] > 0:
        np.dot(clock, weights[2], work[2])
        _join(work[2], biases[2], joined, second)
    np.dot(joined, weights[3], work[4])
    _rectify(work[4], biases[3])
    np.dot(work[4], weights[4], work[5])
    _rectify(work[5], biases[4])
    np.dot(work[5], weights[5], work[6])
    _add_row(work[6], biases[5])


@kernel
def backward(
    weights: Matrices,
    x: Array,
    z: Array,
    clock: Array,
    work: Matrices,
    gradients: Matrices,
    bias_gradients: Matrices,
    latent: bool,
) -> None:
    """Fill the gradients of all parameters, given that of the logits in ``work[6]``.

    With `latent`, ``work[13]`` becomes the gradient of the latent z (n, d).
    """
    joined, g_joined = work[3], work[7]
    first = weights[0].shape[1]
    second = first + weights[1].shape[1]
    _sum_rows(work[6], bias_gradients[5])
    np.dot(work[5].T, work[6], gradients[5])
    np.dot(work[6], weights[5].T, work[12])
    _mask(work[12], work[5], bias_gradients[4])
    np.dot(work[4].T, work[12], gradients[4])
    np.dot(work[12], weights[4].T, work[11])
    _mask(work[11], work[4], bias_gradients[3])
    np.dot(joined.T, work[11], gradients[3])
    np.dot(work[11], weights[3].T, g_joined)
    _part(g_joined, joined, 0, work[8], bias_gradients[0])
    np.dot(x.T, work[8], gradients[0])
    _part(g_joined, joined, first, work[9], bias_gradients[1])
    np.dot(z.T, work[9], gradients[1])
    if clock.shape[1] > 0:
        _part(g_joined, joined, second, work[10], bias_gradients[2])
        np.dot(clock.T, work[10], gradients[2])
    if latent:
        np.dot(work[9], weights[1].T, work[13])
