"""The role `diffusion_classifier`: a whole inference run, from a start to the last latent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Range, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.noprop._denoiser import logits_of, softmax
from corollary.verify.roles.noprop._drawn import levels, normals, pmfs
from corollary.verify.roles.noprop._interface import adapting
from corollary.verify.roles.noprop._steps import (
    SAMPLER_STEP,
    plain_coefficients,
)


@dataclass(frozen=True)
class Runs:
    """Starts of inference, and all that it takes to run to the end.

    Attributes
    ----------
    probabilities : ndarray (rows, m)
    embeddings : ndarray (m, d)
    levels : ndarray (T + 1,)
    start : ndarray (rows, d)
    noise : ndarray (T, rows, d)
        Standard normal, or zero for a run without noise.
    labels : ndarray (rows,) of int
        The class, where there is only one possible.
    """

    probabilities: Array
    embeddings: Array
    levels: Array
    start: Array
    noise: Array
    labels: Any

    @property
    def arguments(self) -> tuple[Array, ...]:
        return self.probabilities, self.embeddings, self.levels, self.start, self.noise

    def scores(self, end: Array) -> Array:
        """Return minus half the squared distances to the embeddings, up to a constant."""
        scores: Array = end @ self.embeddings.T - 0.5 * np.sum(self.embeddings**2, axis=1)
        return scores


def _runs(parameters: Parameters, precision: Precision) -> Runs:
    m, blocks, seed = int(parameters["m"]), int(parameters["blocks"]), parameters["seed"]
    known = levels(parameters["schedule"], blocks, float(parameters["first"]), 0.995)[0]
    skew = float(parameters["skew"])
    rows = (1 - skew) * (float(parameters["scale"]) * np.eye(m) - float(parameters["centred"]) / m)
    rows = rows + 3 * skew * normals(parameters["schedule"], (m, m), 5)[0]
    probabilities = pmfs(seed, m, 6)
    start = float(parameters["offset"]) * normals(seed, (m,), 7)
    noise = np.zeros((blocks, len(start), m))
    labels = np.argmax(probabilities, axis=1)
    if parameters["known"] > 0.5:
        probabilities = np.eye(m)[labels]
        noise = np.swapaxes(normals(seed, (blocks, m), 8), 0, 1)
    return Runs(
        precision.round(probabilities), precision.round(rows), precision.round(known),
        precision.round(start), precision.round(noise), labels,
    )  # fmt: skip


_SHAPE: dict[str, Range] = {
    "m": Integers(2, 5),
    "blocks": Integers(1, 20),
    "schedule": SEED,
    "first": Reals(-1.0, 0.2, (0.0,)),
    "scale": Reals(0.5, 3.0, (1.0,)),
    "centred": Reals(0.0, 1.0, (0.0, 1.0)),
    "skew": Reals(0.0, 0.0),
    "offset": Reals(0.0, 0.0),
    "known": Reals(0.0, 0.0),
}
ZERO_STARTS = Domain(
    name="runs from zero without noise",
    statement="embeddings $W = \\kappa I + \\lambda 1 1^\\top$, any class probabilities and rising "
    "signal levels, ideal blocks, $z_0 = 0$ and no noise",
    shape=_SHAPE,
    rows={"seed": SEED},
    build=_runs,
    constraints={
        "symmetric embeddings": Constraint(
            "All embeddings have one norm and one inner product.", "skew", Reals(0.5, 1.0)),
        "symmetric start": Constraint("$z_0$ prefers no class.", "offset", Reals(1.0, 2.0)),
    },
)  # fmt: skip
KNOWN_CLASSES = Domain(
    name="runs with a known class",
    statement="inputs at which one class $y$ alone is possible, any embeddings, signal levels, "
    "starts and noise",
    shape={**_SHAPE, "known": Reals(1.0, 1.0), "offset": Reals(1.0, 1.0), "skew": Reals(0.0, 1.0),
           "blocks": Integers(1, 5)},
    rows={"seed": SEED},
    build=_runs,
    constraints={
        "one possible class": Constraint("$p(y|x) = 1$.", "known", Reals(0.0, 0.0)),
    },
)  # fmt: skip


def runs_case(**given: Any) -> Parameters:
    """Return the parameters of a case of `ZERO_STARTS`."""
    usual = {"m": 3, "blocks": 4, "schedule": 0, "first": 0.0, "scale": 1.0, "centred": 0.0,
             "skew": 0.0, "offset": 0.0, "known": 0.0, "seed": 0}  # fmt: skip
    return {**usual, **given}


class _Given:
    """Stands where a generator of noise stands, and hands out the given noise in turn."""

    def __init__(self, noise: Any) -> None:
        self._noise = iter(noise)

    def standard_normal(self, shape: Any, dtype: Any = None) -> Any:
        return next(self._noise).astype(dtype)


def reference_run(probabilities: Any, embeddings: Any, known: Any, start: Any, noise: Any) -> Any:
    """Return the end of the library's stochastic inference with oracle blocks and given noise."""
    from corollary.algorithms.noprop import TableSchedule, sample_latents
    from corollary.algorithms.noprop._oracle import oracle_weights

    schedule = TableSchedule(tuple(known))

    def weights(z: Any, time: float) -> Any:
        return oracle_weights(z, probabilities, embeddings, float(schedule.alpha_bar(time)))

    generator: Any = _Given(noise)
    return sample_latents(
        weights, embeddings, schedule, start, steps=len(known) - 1, generator=generator
    )


def run_by(
    step: Callable[..., Any],
    weights: Callable[..., Any] = lambda z, p, w, a: softmax(logits_of(z, p, w, a)),
    blocks: slice = slice(None),
) -> Callable[..., Any]:
    """Return an inference run made of a step and of class weights, over some of the blocks."""

    def run(p: Any, w: Any, known: Any, z: Any, noise: Any) -> Any:
        for t in range(len(known) - 1)[blocks]:
            z = step(z, weights(z, p, w, known[t]) @ w, noise[t], known[t], known[t + 1])
        return z

    return run


def _right(z: Any, u: Any, noise: Any, previous: float, following: float) -> Any:
    a, b, c = plain_coefficients(np.array([previous, following]))
    return a[0] * u + b[0] * z + np.sqrt(c[0]) * noise


_STEPS = SAMPLER_STEP.mutants
DIFFUSION_CLASSIFIER = Role(
    name="diffusion_classifier",
    family="noprop",
    signature="class probabilities p(k|x) (b, m), embeddings (m, d), signal levels (T + 1,), start "
    "(b, d), standard normal noise (T, b, d) or zero -> last latent (b, d)",
    default="corollary.verify.roles.noprop._classifier:reference_run",
    adapt=adapting(lambda probabilities, embeddings, known, start, noise: start.shape),
    mutants={
        **{name: run_by(_STEPS[name]) for name in (
            "noise of the forward process", "estimate 0.3 % low", "variance 0.3 % high",
            "state 0.3 % high", "signal level for its root", "drift of the SDE without its noise",
            "straight flow to the estimate", "the estimate itself")},
        "last block left out": run_by(_right, blocks=slice(None, -1)),
        "first block left out": run_by(_right, blocks=slice(1, None)),
        "noise left out": run_by(lambda z, u, noise, *ends: _right(z, u, 0 * noise, *ends)),
        "least probable class preferred": run_by(
            _right, lambda z, p, w, a: softmax(logits_of(z, 1 / np.maximum(p, 1e-9), w, a))),
        "noise 0.2 % low": run_by(lambda z, u, e, *ends: _right(z, u, 0.998 * e, *ends)),
        "embeddings 0.2 % short": lambda p, w, *rest: run_by(_right)(p, 0.998 * w, *rest),
        "0.2 % of the start left": lambda p, w, s, z, e: run_by(_right)(p, w, s, z, e) + 0.002 * z,
        "weights from the level after": run_by(
            _right, lambda z, p, w, a: softmax(logits_of(z, p, w, 0.5 + a / 2))),
    },
    trivial={"the start": lambda p, w, s, z, e: z, "zero": lambda p, w, s, z, e: 0 * z},
    typical=(KNOWN_CLASSES, runs_case(known=1.0, offset=1.0, blocks=10, schedule=3)),
)  # fmt: skip


# ---- classes drawn by a run ----


def reference_classes(
    probabilities: Any, embeddings: Any, known: Any, seed: int, rule: str = "class-sampling"
) -> Any:
    """Return the classes that the library's inference with oracle blocks draws."""
    from corollary.algorithms.noprop._oracle import oracle_inference

    end = oracle_inference(probabilities, embeddings, known, rule=rule, seed=seed)
    return np.argmax(end @ embeddings.T - 0.5 * np.sum(embeddings**2, axis=1), axis=1)


def _drawn(p: Any, w: Any, known: Any, seed: int) -> Any:
    uniform = np.random.default_rng(seed).random((len(p), 1))
    return np.minimum((np.cumsum(p, axis=1) <= uniform).sum(axis=1), p.shape[1] - 1)


CLASS_SAMPLER = Role(
    name="class_sampler",
    family="noprop",
    signature="class probabilities p(k|x) (b, m), embeddings (m, d), signal levels (T + 1,), seed "
    "-> classes (b,), each drawn with its probability",
    default="corollary.verify.roles.noprop._classifier:reference_classes",
    adapt=adapting(lambda probabilities, *_: probabilities.shape[:1]),
    mutants={
        "uniform classes": lambda p, w, s, seed: _drawn(0 * p + 1 / p.shape[1], w, s, seed),
        "smoothed probabilities": lambda p, w, s, seed: _drawn(
            0.99 * p + 0.01 / p.shape[1], w, s, seed),
        "classes one off": lambda p, w, s, seed: (_drawn(p, w, s, seed) + 1) % p.shape[1],
        "0.5 % of the classes one off": lambda p, w, s, seed: (
            _drawn(p, w, s, seed) + (np.random.default_rng(seed + 1).random(len(p)) < 0.005)
        ) % p.shape[1],
    },
    trivial={"first class": lambda p, w, s, seed: np.zeros(len(p))},
)  # fmt: skip
