"""The same blocks trained end to end by backpropagation: the paper's baseline of equal size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from corollary.algorithms.noprop._checks import number, real
from corollary.algorithms.noprop._network import Shape, backward, forward
from corollary.algorithms.noprop._objectives import softmax_rows
from corollary.algorithms.noprop._parts import Array, Parts, Progress
from corollary.algorithms.noprop._training import INFERENCE, one_blas_thread, stream

_ROWS = 2048
_HEAD = 5.0  # the first head multiplies latents between 0 and 1 by this, to logits of some size


class EndToEnd(Parts):
    """The blocks of `NoPropDT` as one network, trained by backpropagation through all of them.

    ``z_t = (1 - a_t) z_{t-1} + a_t softmax(f_t(z_{t-1}, x)) W`` with learned ``a_t = tanh(w_t)``,
    standard normal z_0, and the cross-entropy of a linear head on z_T. Memory grows with the
    number of blocks.

    Parameters
    ----------
    width, blocks, epochs, batch_size, learning_rate, weight_decay, dtype, seed, progress
        As for `NoPropDT`.
    scale : float
        What the one-hot embeddings are multiplied with.
    runs : int
        How many starts z_0 the probabilities are averaged over.

    Notes
    -----
    Source: arXiv 2503.24322, equations 17-19; the paper does not say how w_t and the head
    start: here at 0.5, and at 5 times the identity.

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.9], [1.0]] * 8)
    >>> model = EndToEnd(width=16, blocks=4, epochs=100).fit(X, [0, 0, 1, 1] * 8)
    >>> model.predict([[0.05], [0.95]]).tolist()
    [0, 1]
    """

    _structural = ("width", "blocks", "scale", "dtype")

    def __init__(
        self,
        *,
        width: int = 128,
        blocks: int = 10,
        scale: float = 1.0,
        epochs: int = 60,
        batch_size: int | None = None,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-3,
        runs: int = 1,
        dtype: str = "float32",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> None:
        self.width = width
        self.blocks = blocks
        self.scale = scale
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.runs = runs
        self.dtype = dtype
        self.seed = seed
        self.progress = progress

    def _check_parameters(self) -> None:
        super()._check_parameters()
        number("width", self.width, least=2)
        number("blocks", self.blocks, least=1)
        number("runs", self.runs, least=1)
        real("scale", self.scale, above=0)

    def _shape(self) -> Shape:
        m = len(self.classes_)
        return Shape(self.n_features_in_, m, m, self.width, time=False)

    def _initial(self, random: Callable[[int], np.random.Generator]) -> list[Array]:
        m, shape = len(self.classes_), self._shape()
        rest = np.concatenate([_HEAD * np.eye(m).ravel(), np.zeros(m), np.full(self.blocks, 0.5)])
        return [*(shape.initial(random(t), np.float64) for t in range(self.blocks)), rest]

    def _decayed(self, part: int) -> int:
        m = len(self.classes_)
        return self._shape().weights if part < self.blocks else m * m

    def _head(self, rest: Array) -> tuple[Array, Array, Array]:
        """Return the head's matrix (m, m), its offsets (m,), and the numbers w_t."""
        m = len(self.classes_)
        return rest[: m * m].reshape(m, m), rest[m * m : m * m + m], rest[m * m + m :]

    def _forward(self, parts: list[Array], x: Array, z: Array, works: list[Any]) -> list[Array]:
        """Return z_0, ..., z_T; `works` are the buffers of each block, with p_t as logits."""
        shape, clock = self._shape(), np.zeros((len(x), 0), x.dtype)
        steps = np.tanh(self._head(parts[-1])[2])
        path = [z]
        for t in range(self.blocks):
            weights, biases = shape.views(parts[t])
            forward(weights, biases, x, path[-1], clock, works[t], False)
            softmax_rows(works[t][6])
            ahead = x.dtype.type(self.scale) * works[t][6]
            path.append((1 - steps[t]) * path[-1] + steps[t] * ahead)
        return path

    def _gradients(
        self, parts: list[Array], x: Array, labels: Array, random: np.random.Generator
    ) -> tuple[float, list[Array]]:
        shape, m, n = self._shape(), len(self.classes_), len(x)
        works = [shape.workspace(n, x.dtype) for _ in range(self.blocks)]
        path = self._forward(parts, x, random.standard_normal((n, m), x.dtype), works)
        head, offset, raw = self._head(parts[-1])
        p = path[-1] @ head + offset
        softmax_rows(p)
        loss = -np.log(np.maximum(p[np.arange(n), labels].astype(np.float64), 1e-300)).mean()
        p[np.arange(n), labels] -= 1
        p /= n
        rest = np.zeros_like(parts[-1])
        by_head, by_offset, by_raw = self._head(rest)
        by_head[...], by_offset[...] = path[-1].T @ p, p.sum(axis=0)
        gradients = [np.empty_like(part) for part in parts[:-1]]
        steps, scale = np.tanh(raw), x.dtype.type(self.scale)
        clock, by_latent = np.zeros((n, 0), x.dtype), p @ head.T
        for t in reversed(range(self.blocks)):
            q = works[t][6]
            by_raw[t] = (by_latent * (scale * q - path[t])).sum() * (1 - steps[t] ** 2)
            pulled = steps[t] * scale * by_latent
            q[...] = q * (pulled - (q * pulled).sum(axis=1, keepdims=True))
            matrices, biases = shape.views(gradients[t])
            weights = shape.views(parts[t])[0]
            backward(weights, x, path[t], clock, works[t], matrices, biases, True)
            by_latent = (1 - steps[t]) * by_latent + works[t][13]
        return float(loss), [*gradients, rest]

    def _probabilities(self, x: Array) -> Array:
        m, shape = len(self.classes_), self._shape()
        parts = [part.theta for part in self.parts_]
        head, offset, _ = self._head(parts[-1])
        total = np.zeros((len(x), m))
        with one_blas_thread():
            for piece, start in enumerate(range(0, len(x), _ROWS)):
                rows = x[start : start + _ROWS]
                works = [shape.workspace(len(rows), x.dtype)] * self.blocks
                random = stream(self.seed, INFERENCE, 0, piece)
                for _ in range(self.runs):
                    first = random.standard_normal((len(rows), m), x.dtype)
                    logits = self._forward(parts, rows, first, works)[-1] @ head + offset
                    p = logits.astype(np.float64)
                    softmax_rows(p)
                    total[start : start + _ROWS] += p / self.runs
        return total
