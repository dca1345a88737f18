"""Forward-forward: every layer learns to tell right labels from wrong ones, on its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from corollary.algorithms.noprop._checks import one_of, real, widths
from corollary.algorithms.noprop._objectives import softmax_rows
from corollary.algorithms.noprop._parts import Array, Parts, Progress
from corollary.algorithms.noprop._training import one_blas_thread

_ROWS = 2048


class ForwardForward(Parts):
    """Layers whose goodness is high for features with their label and low for a wrong one.

    The label is part of the input. The goodness of a layer is its mean square; each layer raises
    it above `threshold` for right labels and lowers it for wrong ones, and passes on its direction
    alone. The predicted class is the label with the largest sum of goodness over the layers.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the layers.
    threshold : float
        The goodness between right and wrong.
    negatives : str
        ``random`` wrong labels, or ``hard`` ones, drawn from the network's own scores.
    collaborative : bool
        Let each layer see the summed goodness of the others (as a constant).
    epochs, batch_size, learning_rate, weight_decay, dtype, seed, progress
        As for `NoPropDT`.

    Notes
    -----
    Sources: arXiv 2212.13345; for the collaboration of layers arXiv 2305.12393.

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.9], [1.0]] * 8)
    >>> model = ForwardForward(hidden=(16, 16), epochs=300).fit(X, [0, 0, 1, 1] * 8)
    >>> model.predict([[0.05], [0.95]]).tolist()
    [0, 1]
    """

    _structural = ("hidden", "dtype")

    def __init__(
        self,
        *,
        hidden: Sequence[int] = (256, 256),
        threshold: float = 4.0,
        negatives: str = "random",
        collaborative: bool = False,
        epochs: int = 150,
        batch_size: int | None = None,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-3,
        dtype: str = "float32",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> None:
        self.hidden = hidden
        self.threshold = threshold
        self.negatives = negatives
        self.collaborative = collaborative
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dtype = dtype
        self.seed = seed
        self.progress = progress

    def _check_parameters(self) -> None:
        super()._check_parameters()
        real("threshold", self.threshold, above=0)
        one_of("negatives", self.negatives, ("random", "hard"))
        widths("hidden", self.hidden)

    def _sizes(self) -> list[int]:
        return [self.n_features_in_ + len(self.classes_), *self.hidden]

    def _initial(self, random: Callable[[int], np.random.Generator]) -> list[Array]:
        sizes = self._sizes()
        return [
            np.append(np.sqrt(2 / rows) * random(k).standard_normal(rows * n), np.zeros(n))
            for k, (rows, n) in enumerate(itertools.pairwise(sizes))
        ]

    def _decayed(self, part: int) -> int:
        sizes = self._sizes()
        return sizes[part] * sizes[part + 1]

    def _labelled(self, x: Array, labels: Array) -> Array:
        """Return the features with the label beside them."""
        return np.hstack([x, np.eye(len(self.classes_), dtype=x.dtype)[labels]])

    def _layers(self, parts: list[Array], x: Array) -> tuple[list[Array], list[Array]]:
        """Return the normalised input and the activation of each layer."""
        inputs, hidden = [], []
        for k, part in enumerate(parts):
            inputs.append(normalised(x))
            count = self._decayed(k)
            weight = part[:count].reshape(inputs[-1].shape[1], -1)
            x = np.maximum(inputs[-1] @ weight + part[count:], 0)
            hidden.append(x)
        return inputs, hidden

    def _goodness(self, parts: list[Array], x: Array) -> Array:
        """Return the summed goodness (n, m) of each label."""
        scores = np.empty((len(x), len(self.classes_)))
        for label in range(len(self.classes_)):
            given = self._labelled(x, np.full(len(x), label))
            layers = self._layers(parts, given)[1]
            scores[:, label] = sum((h.astype(np.float64) ** 2).mean(axis=1) for h in layers)
        return scores

    def _wrong(
        self, parts: list[Array], x: Array, labels: Array, random: np.random.Generator
    ) -> Array:
        """Return a wrong label for each row."""
        m = len(self.classes_)
        if self.negatives == "random":
            return (labels + random.integers(1, m, len(labels))) % m
        p = self._goodness(parts, x)
        p[np.arange(len(labels)), labels] = -np.inf
        softmax_rows(p)
        drawn = random.random(len(labels))[:, None] >= np.cumsum(p, axis=1)
        found: Array = np.minimum(drawn.sum(axis=1), m - 1)
        return np.where(found == labels, (labels + 1) % m, found)

    def _gradients(
        self, parts: list[Array], x: Array, labels: Array, random: np.random.Generator
    ) -> tuple[float, list[Array]]:
        wrong = self._wrong(parts, x, labels, random)
        both = np.vstack([self._labelled(x, labels), self._labelled(x, wrong)])
        sign = np.repeat([-1.0, 1.0], len(x))
        inputs, hidden = self._layers(parts, both)
        goodness = [(h.astype(np.float64) ** 2).mean(axis=1) for h in hidden]
        loss, gradients = 0.0, []
        for k, (given, h) in enumerate(zip(inputs, hidden, strict=True)):
            seen = sum(goodness) if self.collaborative else goodness[k]
            margin = sign * (seen - self.threshold)
            loss += np.logaddexp(0, margin).sum() / len(x)
            by_goodness = sign / (1 + np.exp(-margin)) / len(x)
            by_hidden = (2 * by_goodness / h.shape[1]).astype(x.dtype)[:, None] * h
            gradients.append(np.append((given.T @ by_hidden).ravel(), by_hidden.sum(axis=0)))
        return float(loss), gradients

    def _probabilities(self, x: Array) -> Array:
        parts = [part.theta for part in self.parts_]
        with one_blas_thread():
            pieces = [self._goodness(parts, x[k : k + _ROWS]) for k in range(0, len(x), _ROWS)]
        scores = np.concatenate(pieces)
        softmax_rows(scores)
        return scores


def normalised(x: Array) -> Array:
    """Return each row divided by its root mean square, so that only its direction is left.

    Examples
    --------
    >>> normalised(np.array([[3.0, 4.0]])).round(3).tolist()
    [[0.849, 1.131]]
    """
    size = np.sqrt((x * x).mean(axis=1, keepdims=True))
    return np.divide(x, size, out=np.zeros_like(x), where=size > 0)
