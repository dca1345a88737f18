"""The role `diffusion_learner`: a whole NoProp of anybody's, trained and asked for classes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from corollary.theory.noprop import cosine_levels
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.precision import Array
from corollary.verify.role import Role
from corollary.verify.roles.noprop._classifier import run_by
from corollary.verify.roles.noprop._denoiser import logits_of, softmax
from corollary.verify.roles.noprop._steps import SAMPLER_STEP, plain_coefficients

# ---- how a learner is called ----


def _adapt(implementation: Implementation) -> Callable[..., tuple[Any, Any]]:
    def learn(
        x: Array, labels: Any, embeddings: Array, blocks: int, seed: int, fresh: Array
    ) -> tuple[Any, Any]:
        with implementation.session():
            _, result = implementation.sent(x, labels, embeddings, blocks, seed, fresh)
            if not isinstance(result, (tuple, list)) or len(result) != 2:
                raise Fault("convention", f"returned {type(result).__name__}, expected two arrays")
            run, zero = (
                _classes(
                    implementation.numbers(part) if hasattr(part, "shape") else part,
                    len(fresh),
                    len(embeddings),
                )
                for part in result
            )
        return run, zero

    return learn


def _classes(result: Any, count: int, classes: int) -> Any:
    """Return classes as integers, if they are `count` of 0 to `classes` - 1."""
    found = np.asarray(result)
    if found.shape != (count,):
        raise Fault("convention", f"returned shape {found.shape}, expected {(count,)}")
    if found.dtype.kind not in "iuf" or not np.isin(found, np.arange(classes)).all():
        raise Fault("convention", f"returned something else than the classes 0 to {classes - 1}")
    return found.astype(np.int64)


def reference_learner(
    x: Any, labels: Any, embeddings: Any, blocks: int, seed: int, fresh: Any
) -> tuple[Any, Any]:
    """Return the classes of one run and of the run from zero of the library's NoProp-DT."""
    given = (x, labels, embeddings, fresh)
    packed = [(array.tobytes(), array.dtype.str, array.shape) for array in given]
    return _trained_once(blocks, seed, *packed)


@lru_cache(maxsize=8)
def _trained_once(blocks: int, seed: int, *packed: tuple[bytes, str, Any]) -> tuple[Any, Any]:
    """Train and ask: several claims, and the checks of each, come with the same data."""
    from corollary.algorithms.noprop import NoPropDT

    x, labels, embeddings, fresh = (
        np.frombuffer(data, kind).reshape(shape) for data, kind, shape in packed
    )
    model = NoPropDT(width=16, blocks=blocks, epochs=20, embedding=embeddings, runs=1, seed=seed)
    run = model.fit(x, labels).predict_runs(fresh)[0]
    return run, model.set_params(inference="zero-start").predict(fresh)


# ---- wrong learners ----


def posterior_of_gaussians(x: Any, labels: Any, fresh: Any, classes: int) -> Any:
    """Return p(k | x) of Gaussian classes with one covariance, fitted to the data."""
    means = np.array([x[labels == k].mean(axis=0) for k in range(classes)])
    rest = x - means[labels]
    apart = fresh[:, None] - means
    squares = np.einsum("nki,ij,nkj->nk", apart, np.linalg.inv(rest.T @ rest / len(x)), apart)
    return softmax(np.log(np.bincount(labels) / len(labels)) - squares / 2)


def _right(z: Any, u: Any, noise: Any, previous: float, following: float) -> Any:
    a, b, c = plain_coefficients(np.array([previous, following]))
    return a[0] * u + b[0] * z + np.sqrt(c[0]) * noise


def _weights(z: Any, p: Any, w: Any, a: Any) -> Any:
    return softmax(logits_of(z, p, w, a))


def learner(
    step: Callable[..., Any] = _right,
    weights: Callable[..., Any] = _weights,
    blocks: slice = slice(None),
    votes: int = 1,
    noise: float = 1.0,
    noise_from_zero: float = 0.0,
) -> Callable[..., Any]:
    """Return a learner that fits Gaussian classes and takes the ideal blocks of their posterior.

    Its inference may be exchanged: the step and the weights of all runs, the blocks that are run,
    how many runs vote on what is called one run, and the size of the noise in both kinds of runs.
    """

    def learn(x: Any, labels: Any, w: Any, count: int, seed: int, fresh: Any) -> Any:
        generator = np.random.default_rng(seed)
        p = posterior_of_gaussians(x, labels, fresh, len(w))
        known, shape = cosine_levels(count), (len(p), w.shape[1])
        run = run_by(step, weights, blocks)

        def decoded(start: float, size: float) -> Any:
            first, rest = (
                share * generator.standard_normal(part) if share else np.zeros(part)
                for share, part in ((start, shape), (size, (count, *shape)))
            )
            end = run(p, w, known, first, rest)
            return np.argmax(end @ w.T - 0.5 * (w * w).sum(axis=1), axis=1)

        chosen = np.array([decoded(1.0, noise) for _ in range(votes)])
        counts = (chosen[..., None] == np.arange(len(w))).sum(axis=0)
        return counts.argmax(axis=1), decoded(0.0, noise_from_zero)

    return learn


_STEPS = SAMPLER_STEP.mutants
DIFFUSION_LEARNER = Role(
    name="diffusion_learner",
    family="noprop",
    signature="features (n, f), labels (n,) of 0 to m - 1, embeddings (m, d), number of blocks or "
    "steps, seed, fresh features (k, f) -> classes (k,) decoded by one run from noise, classes "
    "(k,) decoded by a run without noise from zero",
    default="corollary.verify.roles.noprop._learner:reference_learner",
    adapt=_adapt,
    mutants={
        "run without noise called a single run": learner(noise=0.0),
        "vote of 11 runs called a single run": learner(votes=11),
        "noise 20 % low": learner(noise=0.8),
        "noise of the forward process": learner(_STEPS["noise of the forward process"]),
        "redrawn from the estimate": learner(_STEPS["redrawn from the estimate"]),
        "drift of the SDE without its noise": learner(_STEPS["drift of the SDE without its noise"]),
        "straight flow to the estimate": learner(_STEPS["straight flow to the estimate"]),
        "last block left out": learner(blocks=slice(None, -1)),
        "first block left out": learner(blocks=slice(1, None)),
        "most probable class in every step": learner(
            weights=lambda z, p, w, a: np.eye(len(w))[logits_of(z, p, w, a).argmax(axis=1)]),
        "features counted twice": learner(
            weights=lambda z, p, w, a: _weights(z, p**2 / (p**2).sum(axis=1, keepdims=True), w, a)),
        "softmax twice": learner(
            weights=lambda z, p, w, a: softmax(softmax(logits_of(z, p, w, a)))),
        "error made large (falling schedule)": learner(
            weights=lambda z, p, w, a: _weights(z, 1 / np.maximum(p, 1e-9), w, a)),
        "run from zero with some noise": learner(noise_from_zero=0.5),
    },
    trivial={"first class": lambda x, labels, w, blocks, seed, fresh: (
        np.zeros(len(fresh)), np.zeros(len(fresh)))},
)  # fmt: skip
