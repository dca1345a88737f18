"""Training when something is shared: learned embeddings, the output head, a learned schedule.

Then blocks no longer train alone: every step of a block moves the embedding that all of them use.
The gradient by the embedding has five paths: the prediction, the target, the input of the block,
the input of the head, and the divergence of the prior. Source: arXiv 2503.24322, algorithm 1,
with two independent latents for the block and the head; the paths are derived.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.noprop._network import Matrices, Shape, backward, forward
from corollary.algorithms.noprop._objectives import adam, softmax_rows
from corollary.algorithms.noprop._training import Block

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Shared:
    """The embedding (m, d) and the head (d, m), (m,), inside one parameter vector."""

    classes: int
    latent: int

    @property
    def head_size(self) -> int:
        """Return how many entries the head's matrix has; they come first."""
        return self.classes * self.latent

    @property
    def size(self) -> int:
        """Return how many shared parameters there are."""
        return self.classes * (2 * self.latent + 1)

    def views(self, vector: Array) -> tuple[Array, Array, Array]:
        """Return the head's matrix, the embedding and the head's offsets; only the first decays."""
        count = self.head_size
        head = vector[:count].reshape(self.latent, self.classes)
        embedding = vector[count : 2 * count].reshape(self.classes, self.latent)
        return head, embedding, vector[2 * count :]

    def initial(self, embedding: Array) -> Array:
        """Return the parameters with this embedding, and a head that scores by inner products."""
        vector = np.zeros(self.size, embedding.dtype)
        head, rows, _ = self.views(vector)
        head[...], rows[...] = embedding.T, embedding
        return vector


@dataclass(frozen=True)
class Noised:
    """A batch at its noise levels.

    Attributes
    ----------
    x : array (n, features)
    labels : array (n,)
    time : array (n,)
    clock : array (n, time features or 0)
    signal, spread : arrays (n, 1)
        The latent is ``signal * embedding + spread * normal``; for a flow they are t and 1 - t.
    normal : array (n, d)
    weight : array (n, 1)
        Of the squared error.
    last_signal, last_spread : float
        Of the clean latent that the head sees.
    last_normal : array (n, d)
        For a flow: extra noise on the latent.
    first_level : float
        The signal level of the noisiest latent, for the divergence of the prior.
    """

    x: Array
    labels: Array
    time: Array
    clock: Array
    signal: Array
    spread: Array
    normal: Array
    weight: Array
    last_signal: float
    last_spread: float
    last_normal: Array
    first_level: float


@dataclass(frozen=True)
class Gradients:
    """The loss of a batch, its mean squared error, and the gradients.

    `error` (n,) is the squared error of each sample, `by_latent` (n, d) and `by_last` (n, d) are
    gradients of the whole loss by the latents of the block and of the head.
    """

    loss: float
    by_block: Array
    by_shared: Array
    error: Array
    by_latent: Array
    by_last: Array


def denoising_gradients(
    shape: Shape, theta: Array, shared: Shared, vector: Array, batch: Noised, work: Matrices
) -> Gradients:
    """Return loss and gradients of cross-entropy + prior divergence + weighted squared error."""
    head, embedding, offset = shared.views(vector)
    by_shared = np.zeros_like(vector)
    by_head, by_embedding, by_offset = shared.views(by_shared)
    n, labels = len(batch.x), batch.labels
    u = embedding[labels]

    latent = batch.signal * u + batch.spread * batch.normal
    p = _forward(shape, theta, batch, latent, work)
    softmax_rows(p)
    difference = p @ embedding - u
    error = (difference**2).sum(axis=1)
    residual = 2 * batch.weight / n * difference
    pulled = residual @ embedding.T
    p_gradient = p * (pulled - (p * pulled).sum(axis=1, keepdims=True))
    by_embedding += p.T @ residual
    by_block, by_latent = _backward(shape, theta, batch, latent, p_gradient, work)

    last = batch.last_signal * u + batch.last_spread * batch.last_normal
    cross_entropy, by_last = _head(last, head, offset, labels, by_head, by_offset)
    d = shared.latent
    level = batch.first_level
    divergence = (level * ((u * u).sum(axis=1).mean() - d) - d * np.log1p(-level)) / 2
    by_rows = batch.signal * by_latent - residual + batch.last_signal * by_last + level / n * u
    np.add.at(by_embedding, labels, by_rows)
    loss = cross_entropy + divergence + float((batch.weight[:, 0] * error).mean())
    return Gradients(float(loss), by_block, by_shared, error, by_latent, by_last)


def flow_gradients(
    shape: Shape, theta: Array, shared: Shared, vector: Array, batch: Noised, work: Matrices
) -> Gradients:
    """Return loss and gradients of the flow's squared error + cross-entropy of its end point."""
    head, embedding, offset = shared.views(vector)
    by_shared = np.zeros_like(vector)
    by_head, by_embedding, by_offset = shared.views(by_shared)
    n, labels = len(batch.x), batch.labels
    u = embedding[labels]

    latent = batch.signal * u + batch.spread * batch.normal + batch.last_normal
    logits = _forward(shape, theta, batch, latent, work)
    velocity = logits @ embedding
    difference = velocity - (u - batch.normal)
    error = (difference**2).sum(axis=1)
    residual = 2 * batch.weight / n * difference
    end = latent + batch.spread * velocity
    cross_entropy, by_end = _head(end, head, offset, labels, by_head, by_offset)
    by_velocity = residual + batch.spread * by_end
    by_embedding += logits.T @ by_velocity
    by_logits = by_velocity @ embedding.T
    by_block, by_latent = _backward(shape, theta, batch, latent, by_logits, work)
    by_latent = by_latent + by_end
    np.add.at(by_embedding, labels, batch.signal * by_latent - residual)
    loss = cross_entropy + float((batch.weight[:, 0] * error).mean())
    return Gradients(float(loss), by_block, by_shared, error, by_latent, by_end)


def _forward(shape: Shape, theta: Array, batch: Noised, latent: Array, work: Matrices) -> Array:
    """Return a copy of the block's logits."""
    weights, biases = shape.views(theta)
    rows = tuple(buffer[: len(latent)] for buffer in work)
    forward(weights, biases, batch.x, latent, batch.clock, rows, False)
    return rows[6].copy()


def _backward(
    shape: Shape, theta: Array, batch: Noised, latent: Array, by_logits: Array, work: Matrices
) -> tuple[Array, Array]:
    """Return the gradients by the block's parameters and by its latent."""
    gradient = np.empty(shape.size, theta.dtype)
    rows = tuple(buffer[: len(latent)] for buffer in work)
    rows[6][...] = by_logits
    matrices, offsets = shape.views(gradient)
    backward(shape.views(theta)[0], batch.x, latent, batch.clock, rows, matrices, offsets, True)
    return gradient, rows[13].copy()


def _head(
    latent: Array, head: Array, offset: Array, labels: Array, by_head: Array, by_offset: Array
) -> tuple[float, Array]:
    """Return the mean cross-entropy and its gradient by the latent; add those by the head."""
    p = latent @ head + offset
    softmax_rows(p)
    index = np.arange(len(labels))
    loss = -np.log(np.maximum(p[index, labels].astype(np.float64), 1e-300)).mean()
    p[index, labels] -= 1
    p /= len(labels)
    by_head += latent.T @ p
    by_offset += p.sum(axis=0)
    return float(loss), p @ head.T


def stepped(block: Block, gradient: Array, rate: float, decay: float, decayed: int) -> None:
    """Take one step of AdamW on the block, in place."""
    block.steps += 1
    adam(block.theta, gradient, block.first, block.second, block.steps, rate, decay, 1e-8, decayed)


def copied(block: Block) -> Block:
    """Return a block whose arrays can be changed without changing those of the given one."""
    return replace(
        block,
        theta=block.theta.copy(),
        first=block.first.copy(),
        second=block.second.copy(),
        losses=list(block.losses),
    )


def orthogonal_embedding(classes: int, dimension: int, random: np.random.Generator) -> Array:
    """Return rows (classes, dimension) of length 1, orthogonal if the dimension suffices."""
    normal = random.standard_normal((max(classes, dimension), dimension))
    if dimension >= classes:
        return np.linalg.qr(normal)[0].T[:classes]
    rows = normal[:classes]
    scaled: Array = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled


def prototypes(x: Array, labels: Array, classes: int) -> Array:
    """Return for each class its sample with the smallest median distance to the others of it.

    Classes of more than 2000 samples are represented by their first 2000.
    """
    chosen = []
    for label in range(classes):
        members = x[labels == label][:2000].astype(np.float64)
        if len(members) == 0:
            raise ValueError(f"y holds no sample of class {label}; a prototype needs one")
        squares = (members**2).sum(axis=1)
        apart = squares[:, None] - 2 * members @ members.T + squares
        medians = np.median(np.sqrt(np.maximum(apart, 0)), axis=1)
        chosen.append(members[np.argmin(medians)])
    return np.stack(chosen)
