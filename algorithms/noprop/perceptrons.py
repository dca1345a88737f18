"""Plain layered networks and three ways to find their updates: backpropagation and two relatives.

All three share the network ``h_k = f(h_{k-1} W_k + b_k)``, linear at the end, and its training;
they differ in the update alone. Sources: direct feedback alignment, arXiv 1906.04554 and
2210.14593; dual propagation, arXiv 2302.01228.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corollary.algorithms.noprop._checks import one_of, real, widths
from corollary.algorithms.noprop._objectives import softmax_rows
from corollary.algorithms.noprop._parts import Array, Parts, Progress
from corollary.algorithms.noprop._training import INITIAL, one_blas_thread, stream


class _Perceptron(Parts):
    """The layered network."""

    hidden: Sequence[int]
    activation: str = "relu"
    _structural: tuple[str, ...] = ("hidden", "activation", "dtype")

    def _sizes(self) -> list[int]:
        return [self.n_features_in_, *self.hidden, len(self.classes_)]

    def _check_parameters(self) -> None:
        super()._check_parameters()
        widths("hidden", self.hidden)
        one_of("activation", self.activation, ("relu", "tanh"))

    def _initial(self, random: Callable[[int], np.random.Generator]) -> list[Array]:
        sizes, generator = self._sizes(), random(0)
        gain = 2.0 if self.activation == "relu" else 1.0
        matrices = [
            np.sqrt(gain / rows) * generator.standard_normal(rows * columns)
            for rows, columns in itertools.pairwise(sizes)
        ]
        return [np.concatenate([*matrices, np.zeros(sum(sizes[1:]))])]

    def _decayed(self, part: int) -> int:
        sizes = self._sizes()
        return sum(rows * columns for rows, columns in itertools.pairwise(sizes))

    def _views(self, vector: Array) -> tuple[list[Array], list[Array]]:
        """Return the weight matrices and the biases inside a parameter vector."""
        sizes = self._sizes()
        pairs = list(itertools.pairwise(sizes))
        lengths = [rows * columns for rows, columns in pairs] + sizes[1:]
        parts = np.split(vector, np.cumsum(lengths)[:-1])
        matrices = [part.reshape(pair) for part, pair in zip(parts, pairs, strict=False)]
        return matrices, parts[len(pairs) :]

    def _activate(self, values: Array) -> Array:
        return np.maximum(values, 0) if self.activation == "relu" else np.tanh(values)

    def _slope(self, hidden: Array) -> Array:
        """Return the derivative of the activation, given its value."""
        return (hidden > 0).astype(hidden.dtype) if self.activation == "relu" else 1 - hidden**2

    def _run(self, vector: Array, x: Array) -> tuple[list[Array], Array]:
        """Return the hidden layers, the features first, and the output."""
        weights, biases = self._views(vector)
        layers = [x]
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            layers.append(self._activate(layers[-1] @ weight + bias))
        return layers, layers[-1] @ weights[-1] + biases[-1]

    def _descent(self, vector: Array, layers: list[Array], errors: list[Array]) -> list[Array]:
        """Return the gradient vector, given each layer's input and the error of its output."""
        gradient = np.empty_like(vector)
        weights, biases = self._views(gradient)
        for weight, bias, layer, error in zip(weights, biases, layers, errors, strict=True):
            weight[...], bias[...] = layer.T @ error, error.sum(axis=0)
        return [gradient]

    def _probabilities(self, x: Array) -> Array:
        with one_blas_thread():
            logits = self._run(self.parts_[0].theta, x)[1].astype(np.float64)
        softmax_rows(logits)
        return logits

    def _softmax_error(self, output: Array, labels: Array) -> tuple[float, Array]:
        """Return the mean cross-entropy and its gradient by the output."""
        p, rows = output.copy(), np.arange(len(labels))
        softmax_rows(p)
        loss = -np.log(np.maximum(p[rows, labels].astype(np.float64), 1e-300)).mean()
        p[rows, labels] -= 1
        return float(loss), p / len(labels)

    def _squared_error(self, output: Array, labels: Array) -> tuple[float, Array]:
        """Return half the mean squared distance to the one-hot label, and its gradient."""
        difference = output - np.eye(output.shape[1], dtype=output.dtype)[labels]
        loss = (difference.astype(np.float64) ** 2).sum(axis=1).mean() / 2
        return float(loss), difference / len(labels)


class BackpropMLP(_Perceptron):
    """A layered network with rectified units, trained by backpropagation.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the hidden layers.
    loss : str
        ``cross-entropy`` or ``squared-error``.
    epochs, batch_size, learning_rate, weight_decay, dtype, seed, progress
        As for `NoPropDT`.

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.9], [1.0]] * 8)
    >>> model = BackpropMLP(hidden=(16,), epochs=200).fit(X, [0, 0, 1, 1] * 8)
    >>> model.predict([[0.05], [0.95]]).tolist()
    [0, 1]
    """

    def __init__(
        self,
        *,
        hidden: Sequence[int] = (128, 64),
        loss: str = "cross-entropy",
        epochs: int = 300,
        batch_size: int | None = None,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-3,
        dtype: str = "float32",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> None:
        self.hidden = hidden
        self.loss = loss
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dtype = dtype
        self.seed = seed
        self.progress = progress

    def _check_parameters(self) -> None:
        super()._check_parameters()
        one_of("loss", self.loss, ("cross-entropy", "squared-error"))

    def _gradients(
        self, parts: list[Array], x: Array, labels: Array, random: np.random.Generator
    ) -> tuple[float, list[Array]]:
        layers, output = self._run(parts[0], x)
        rule = self._softmax_error if self.loss == "cross-entropy" else self._squared_error
        loss, error = rule(output, labels)
        errors, weights = [error], self._views(parts[0])[0]
        for weight, layer in zip(weights[:0:-1], layers[:0:-1], strict=True):
            errors.append((errors[-1] @ weight.T) * self._slope(layer))
        return loss, self._descent(parts[0], layers, errors[::-1])


class DirectFeedbackAlignment(_Perceptron):
    """A layered network whose hidden layers get the output's error through fixed random matrices.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the hidden layers.
    activation : str
        ``tanh`` or ``relu``.
    epochs, batch_size, learning_rate, weight_decay, dtype, seed, progress
        As for `NoPropDT`.

    Notes
    -----
    The error of layer k is ``(e B_k) f'(z_k)``, e the output's error, B_k (m, n_k) normal with
    standard deviation ``1 / sqrt(n_k m)``; all B_k are slices of one matrix. The update of the
    last layer is that of backpropagation. Sources: arXiv 1906.04554, 2210.14593.

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.9], [1.0]] * 8)
    >>> model = DirectFeedbackAlignment(hidden=(16,), epochs=200).fit(X, [0, 0, 1, 1] * 8)
    >>> model.predict([[0.05], [0.95]]).tolist()
    [0, 1]
    """

    def __init__(
        self,
        *,
        hidden: Sequence[int] = (128, 64),
        activation: str = "tanh",
        epochs: int = 150,
        batch_size: int | None = None,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-3,
        dtype: str = "float32",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dtype = dtype
        self.seed = seed
        self.progress = progress

    _structural = (*_Perceptron._structural, "seed")

    def feedback_matrices(self) -> list[Array]:
        """Return the fixed matrices B_k (classes, n_k) of the fitted model's hidden layers."""
        self._check_fitted()
        m = len(self.classes_)
        shared = stream(self.seed, INITIAL, 1, 0).standard_normal((m, max(self.hidden)))
        return [(shared[:, :n] / np.sqrt(n * m)).astype(self.dtype) for n in self.hidden]

    def _gradients(
        self, parts: list[Array], x: Array, labels: Array, random: np.random.Generator
    ) -> tuple[float, list[Array]]:
        layers, output = self._run(parts[0], x)
        loss, error = self._softmax_error(output, labels)
        errors = [
            (error @ feedback) * self._slope(layer)
            for feedback, layer in zip(self.feedback_matrices(), layers[1:], strict=True)
        ]
        return loss, self._descent(parts[0], layers, [*errors, error])


class DualPropagation(_Perceptron):
    """A layered network in which each unit has two states, whose difference carries the error.

    One pass up sets both states of a unit to the same value; one sweep down moves them apart,
    ``z+- = f(p +- (d W) / 2)`` with d the difference of the states above; weights follow the
    product of differences and means. Only local differences are used.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the hidden layers.
    activation : str
        ``relu`` or ``tanh``.
    nudge : float in (0, 2)
        How far the output is drawn to the label. With rectified units the update is the gradient
        exactly, as long as no unit's two states lie on two sides of its kink; at 2 it has a pole.
    epochs, batch_size, learning_rate, weight_decay, dtype, seed, progress
        As for `NoPropDT`.

    Notes
    -----
    Source: arXiv 2302.01228, with the squared error at the output.

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.9], [1.0]] * 8)
    >>> model = DualPropagation(hidden=(16,), epochs=200).fit(X, [0, 0, 1, 1] * 8)
    >>> model.predict([[0.05], [0.95]]).tolist()
    [0, 1]
    """

    def __init__(
        self,
        *,
        hidden: Sequence[int] = (128, 64),
        activation: str = "relu",
        nudge: float = 0.5,
        epochs: int = 150,
        batch_size: int | None = None,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-3,
        dtype: str = "float32",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.nudge = nudge
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dtype = dtype
        self.seed = seed
        self.progress = progress

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if not real("nudge", self.nudge, above=0) < 2:
            raise ValueError(
                f"nudge is {self.nudge}; it must be below 2, where the output diverges"
            )

    def _gradients(
        self, parts: list[Array], x: Array, labels: Array, random: np.random.Generator
    ) -> tuple[float, list[Array]]:
        weights, biases = self._views(parts[0])
        layers, inputs = [x], []
        for weight, bias in zip(weights, biases, strict=True):
            inputs.append(layers[-1] @ weight + bias)
            layers.append(self._activate(inputs[-1]))
        loss, error = self._squared_error(inputs[-1], labels)
        # both output states solve (2 p +- nudge y)/(2 +- nudge); n and this scale undo each other
        scale = 4 * self.nudge / (4 - self.nudge**2)
        difference = -x.dtype.type(scale * len(x)) * error
        differences, means = [difference], []
        for weight, p in zip(weights[:0:-1], inputs[-2::-1], strict=True):
            half = (differences[-1] @ weight.T) / 2
            upper, lower = self._activate(p + half), self._activate(p - half)
            differences.append(upper - lower)
            means.append((upper + lower) / 2)
        errors = [-d / x.dtype.type(scale * len(x)) for d in differences]
        return loss, self._descent(parts[0], [x, *means[::-1]], errors[::-1])


def cosine(first: Any, second: Any) -> float:
    """Return the cosine of the angle between two updates, flattened.

    Examples
    --------
    >>> round(cosine([1.0, 0.0], [1.0, 1.0]) ** 2, 6)
    0.5
    """
    a, b = np.ravel(np.asarray(first, np.float64)), np.ravel(np.asarray(second, np.float64))
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))
