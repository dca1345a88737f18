"""The role `fused_classifier`, and small networks trained on data made from a seed to play f."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.noprop._classifier import run_by
from corollary.verify.roles.noprop._denoiser import logits_of, softmax
from corollary.verify.roles.noprop._drawn import levels, normals
from corollary.verify.roles.noprop._interface import adapting
from corollary.verify.roles.noprop._steps import plain_coefficients

_ROWS, _HIDDEN, _RATE = 120, 8, 0.5


def mixture(
    classes: int, radius: float, count: int, generator: np.random.Generator
) -> tuple[Array, Any, Array]:
    """Return inputs (count, 2), labels, and p(k | x), of unit Gaussians with means on a circle."""
    angle = 2 * np.pi * np.arange(classes) / classes
    means = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    labels = generator.integers(classes, size=count)
    x = means[labels] + generator.standard_normal((count, 2))
    return x, labels, softmax(x @ means.T)


@lru_cache(maxsize=512)
def trained_network(classes: int, epochs: int, seed: int) -> Callable[[Array], Array]:
    """Return the logits f of a network with 8 hidden units, trained for some epochs on a mixture.

    120 inputs of the mixture, all in every step of gradient descent on the cross-entropy.
    """
    generator = np.random.default_rng([seed, 1])
    x, labels, _ = mixture(classes, 1.5, _ROWS, generator)
    target = np.eye(classes)[labels]
    first, last = generator.standard_normal((3, _HIDDEN)), np.zeros((_HIDDEN + 1, classes))
    last[:-1] = generator.standard_normal((_HIDDEN, classes)) / _HIDDEN

    def hidden(inputs: Array) -> Array:
        return _with_one(np.tanh(_with_one(inputs) @ first))

    for _ in range(epochs):
        h = hidden(x)
        error = (softmax(h @ last) - target) / _ROWS
        back = (error @ last[:-1].T) * (1 - h[:, :-1] ** 2)
        last = last - _RATE * h.T @ error
        first = first - _RATE * _with_one(x).T @ back
    return lambda inputs: np.asarray(hidden(inputs) @ last)


def _with_one(x: Array) -> Array:
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


@dataclass(frozen=True)
class Fused:
    """A trained network's logits f(x) (n, m) at fresh inputs, embeddings (m, d), and levels."""

    logits: Array
    embeddings: Array
    levels: Array
    seed: int

    @property
    def ulps(self) -> float:
        """Roundings of f that a run from zero may not tell apart.

        The last step adds a_T times the difference of two of its weights, at least 1 - exp(-D) of
        1/m for logits D apart; each weight has a rounding for every unit of its logit, and each
        step adds one for every coordinate.
        """
        m, d = self.embeddings.shape
        size = float(np.abs(self.embeddings).max())
        share = float(plain_coefficients(self.levels)[0][-1]) * size
        ratio = self.levels[-2] / (1 - self.levels[-2])
        logit = 1 + float(np.abs(self.logits).max()) + ratio * size * (size + 1)
        return 64 * d * m * self.levels.size * logit * (1 + size) / share


def _fused(parameters: Parameters, precision: Precision) -> Fused:
    m, data = int(parameters["m"]), int(parameters["data"])
    network = trained_network(m, int(parameters["epochs"]), data)
    fresh = mixture(m, 1.5, 64, np.random.default_rng([data, 2]))[0]
    blocks, first = int(parameters["blocks"]), float(parameters["first"])
    known = levels(parameters["schedule"], blocks, first, 0.995)[0]
    skew = float(parameters["skew"])
    rows = (1 - skew) * (float(parameters["scale"]) * np.eye(m) - float(parameters["centred"]) / m)
    rows = rows + 3 * skew * normals(parameters["schedule"], (m, m), 5)[0]
    return Fused(
        precision.round(network(fresh)), precision.round(rows), precision.round(known), data
    )


FUSED = Domain(
    name="trained networks",
    statement="the logits $f(x)$ of a network trained for any number of epochs on a mixture of $m$ "
    "Gaussians, at fresh inputs, fused into blocks with embeddings $W = \\kappa I + "
    "\\lambda 1 1^\\top$ and any rising signal levels",
    shape={
        "m": Integers(2, 5),
        "blocks": Integers(1, 12),
        "epochs": Integers(0, 40),
        "data": Integers(0, 2**31),
        "schedule": SEED,
        "first": Reals(-1.0, 0.2, (0.0,)),
        "scale": Reals(0.5, 3.0, (1.0,)),
        "centred": Reals(0.0, 0.25, (0.0,)),
        "skew": Reals(0.0, 0.0),
    },
    rows={},
    build=_fused,
    constraints={
        "symmetric embeddings": Constraint(
            "All embeddings have one norm and one inner product.", "skew", Reals(0.5, 1.0)),
    },
)  # fmt: skip


def fused_case(**given: Any) -> Parameters:
    """Return the parameters of a case of `FUSED`."""
    usual = {"m": 3, "blocks": 4, "epochs": 40, "data": 0, "schedule": 0, "first": 0.0,
             "scale": 1.0, "centred": 0.0, "skew": 0.0}  # fmt: skip
    return {**usual, **given}


# ---- wrong ways of fusion ----


def _decoded(end: Any, w: Any) -> Any:
    return np.argmax(end @ w.T - 0.5 * (w * w).sum(axis=1), axis=1)


def fusing(
    weights: Callable[..., Any] = lambda z, f, w, a: softmax(_logits(z, f, w, a)),
    picked: Callable[..., Any] = lambda r, generator: one_hot(r, generator),
    start: float = 0.0,
    blocks: slice = slice(None),
) -> Callable[..., Any]:
    """Return plain inference with fused blocks, with some part of it exchanged.

    `picked` makes of the weights what a step moves to, where classes are drawn; `start` is the
    spread of the state from which the run without noise begins.
    """

    def classes(f: Any, w: Any, known: Any, drawn: bool, seed: int) -> Any:
        generator = np.random.default_rng(seed)
        shape = (len(f), w.shape[1])

        def step(z: Any, u: Any, noise: Any, *ends: Any) -> Any:
            a, b, c = plain_coefficients(np.array(ends))
            return a[0] * u + b[0] * z + np.sqrt(c[0]) * noise

        def shares(z: Any, p: Any, rows: Any, level: Any) -> Any:
            found = weights(z, p, rows, level)
            return picked(found, generator) if drawn else found

        z = (1.0 if drawn else start) * generator.standard_normal(shape)
        noise = [drawn * generator.standard_normal(shape) for _ in known[1:]]
        return _decoded(run_by(step, shares, blocks)(f, w, known, z, noise), w)

    return classes


def one_hot(weights: Any, generator: np.random.Generator) -> Any:
    """Return one class of each row, drawn with its weight, as a row of the identity."""
    below = np.cumsum(weights, axis=1) <= generator.random((len(weights), 1))
    drawn = np.minimum(below.sum(axis=1), weights.shape[1] - 1)
    return np.eye(weights.shape[1])[drawn]


def _logits(z: Any, f: Any, w: Any, level: Any, slope: float = 1.0, bend: float = 1.0) -> Any:
    """Return the fused logits, with the part of the latent and the norms' times a factor."""
    return f + logits_of(z, np.ones_like(f), w, level, slope, bend)


def _changed(change: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return fusion of changed logits."""
    return fusing(lambda z, f, w, a: softmax(_logits(z, change(f), w, a)))


FUSED_CLASSIFIER = Role(
    name="fused_classifier",
    family="noprop",
    signature="logits f(x) of a network (b, m), embeddings (m, d), signal levels (T + 1,), whether "
    "to start from noise and draw a class in every step (else from zero, without noise), seed -> "
    "decoded classes (b,)",
    default="corollary.algorithms.noprop._fusion:fused_classes",
    adapt=adapting(lambda logits, *_: logits.shape[:1]),
    mutants={
        "mean of the classes for a drawn one": fusing(picked=lambda r, generator: r),
        "best class for a drawn one": fusing(
            picked=lambda r, generator: np.eye(r.shape[1])[r.argmax(axis=1)]),
        "softmax twice": _changed(softmax),
        "logits twice": _changed(lambda f: 2 * f),
        "logits 5 % high": _changed(lambda f: 1.05 * f),
        "logits of another sign": _changed(lambda f: -f),
        "logits rounded to halves": _changed(lambda f: np.round(2 * f) / 2),
        "posterior smoothed by 4 %": _changed(
            lambda f: np.log(0.96 * softmax(f) + 0.04 / f.shape[1])),
        "norms left out": fusing(lambda z, f, w, a: softmax(_logits(z, f, w, a, bend=0.0))),
        "norms 6 % high": fusing(lambda z, f, w, a: softmax(_logits(z, f, w, a, bend=1.06))),
        "slope 6 % low": fusing(lambda z, f, w, a: softmax(_logits(z, f, w, a, slope=0.94))),
        "level for its root": fusing(
            lambda z, f, w, a: softmax(_logits(z, f, w, a, slope=np.sqrt(a)))),
        "last block left out": fusing(blocks=slice(None, -1)),
        "zero-start from a little noise": fusing(start=0.1),
    },
    trivial={"first class": lambda f, *_: np.zeros(len(f))},
)  # fmt: skip
