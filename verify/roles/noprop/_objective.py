"""The role `objective`: the loss of NoProp-DT, put together from what its blocks attain.

The cases are scalar, so that the likelihood itself is known by quadrature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Range, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.noprop._denoiser import softmax
from corollary.verify.roles.noprop._drawn import GRID, STEP, gaussian, levels, normals, pmfs
from corollary.verify.roles.noprop._interface import adapting

# Gaussians at least 0.15 wide on a grid of 0.1: the trapezoidal rule leaves below 1e-13 of a
# density, and the logarithm of a likelihood of at least e^-9 is good to 1e-9.
QUADRATURE_ULPS = 1e-9 * 2.0**53


@dataclass(frozen=True)
class Bound:
    """One model on scalar embeddings: what its blocks attain, and the likelihood of the label.

    Attributes
    ----------
    cross_entropy : ndarray (1,)
    squared_errors : ndarray (1, T)
    embedding : ndarray (1, 1)
    levels : ndarray (1, T + 1)
    eta : float
    log_likelihood : ndarray (1,)
        log p(y | x), by repeated quadrature of the model.
    evidence_bound : ndarray (1,)
        The ELBO, by quadrature of its logarithms.
    """

    cross_entropy: Array
    squared_errors: Array
    embedding: Array
    levels: Array
    eta: float
    log_likelihood: Array
    evidence_bound: Array

    @property
    def arguments(self) -> tuple[Any, ...]:
        return (self.cross_entropy, self.squared_errors, self.embedding, self.levels, self.eta)


def _bound(parameters: Parameters, precision: Precision) -> Bound:
    m, blocks, seed = int(parameters["m"]), int(parameters["blocks"]), parameters["seed"]
    alike = float(parameters["alike"])
    known = levels(seed, blocks, float(parameters["first"]), 0.9)[0]
    w = 1.2 * (1 - alike) * np.clip(normals(seed, (m,), 5)[0], -2, 2) + alike
    u = w[0]
    prior = pmfs(seed, m, 6)[0]
    slopes = (1 - alike) * normals(seed, (blocks + 1, 3, m), 7)[0]
    z = GRID[:, None]
    blocks_of = [softmax(a * np.sin(z) + b * z + c) @ w for a, b, c in slopes[:-1]]
    head = np.log(softmax(2 * slopes[-1, 0] * z + np.log(prior)))[:, 0]
    before, after = known[:-1], known[1:]
    kept = before / after
    c_t = (1 - after) * (1 - kept) / (1 - before)
    b_t = np.sqrt(kept) * (1 - after) / (1 - before)
    a_t = np.sqrt(after) * (1 - kept) / (1 - before)
    noisy = [gaussian(GRID, np.sqrt(level) * u, 1 - level) for level in known]
    density, bound = gaussian(GRID, 0.0, 1.0), _mean(noisy[0], -_log_ratio(noisy[0]))
    errors = []
    for t in range(blocks):
        means = a_t[t] * blocks_of[t] + b_t[t] * GRID
        density = STEP * (gaussian(z, means, c_t[t]) @ density)
        errors.append(_mean(noisy[t], (blocks_of[t] - u) ** 2))
        bound -= _mean(noisy[t], _divergence(a_t[t] * u + b_t[t] * GRID, means, c_t[t]))
    cross_entropy = -_mean(noisy[-1], head)
    return Bound(
        np.array([cross_entropy]), np.array([errors]), np.array([[u]]), known[None],
        float(parameters["eta"]), np.log([_mean(density, np.exp(head))]),
        np.array([bound - cross_entropy]),
    )  # fmt: skip


def _mean(density: Array, values: Array) -> float:
    return float(STEP * np.sum(density * values))


def _log_ratio(density: Array) -> Array:
    """Return the log of a Gaussian density relative to N(0, 1), where it is not negligible."""
    logarithm: Array = np.log(np.maximum(density, 1e-300)) - np.log(gaussian(GRID, 0.0, 1.0))
    return logarithm


def _divergence(mean: Array, other: Array, variance: float) -> Array:
    """Return KL(N(mean, variance) || N(other, variance)), by quadrature over the noise."""
    deviation = np.sqrt(variance)
    noise, weight = GRID[:, None], STEP * gaussian(GRID, 0.0, 1.0)[:, None]
    ratio = ((mean - other) / deviation + noise) ** 2 / 2 - noise**2 / 2
    divergence: Array = np.sum(weight * ratio, axis=0)
    return divergence


_SHAPE: dict[str, Range] = {
    "m": Integers(1, 4),
    "blocks": Integers(1, 3),
    "first": Reals(-1.0, 0.2, (0.0,)),
    "eta": Reals(1.0, 1.0),
    "alike": Reals(0.0, 0.0),
    "seed": SEED,
}
BOUNDS = Domain(
    name="scalar models",
    statement="scalar embeddings, $T \\le 3$ blocks of any form, any output head, rising signal "
    "levels, $\\eta \\ge 1$",
    shape={**_SHAPE, "eta": Reals(1.0, 2.0, (1.0,))},
    rows={},
    build=_bound,
    constraints={"eta at least 1": Constraint("$\\eta \\ge 1$.", "eta", Reals(0.05, 0.3))},
)
ELBOS = Domain(
    name="scalar models with eta 1",
    statement="scalar embeddings, $T \\le 3$ blocks of any form, any output head, rising signal "
    "levels, $\\eta = 1$",
    shape=_SHAPE,
    rows={},
    build=_bound,
    constraints={"eta is 1": Constraint("$\\eta = 1$.", "eta", Reals(0.05, 0.5))},
)
PRINTED_BOUNDS = Domain(
    name="scalar models with the eta of the paper's runs",
    statement="scalar embeddings, $T \\le 3$ blocks, $\\eta = 0.1$",
    shape={**_SHAPE, "eta": Reals(0.1, 0.1)},
    rows={},
    build=_bound,
)


def bound_case(**given: Any) -> Parameters:
    """Return the parameters of a case of `BOUNDS`."""
    return {"m": 2, "blocks": 2, "first": 0.0, "eta": 1.0, "alike": 0.0, "seed": 0, **given}


def prior_of(u: Any, level: Any) -> Any:
    """Return KL(N(sqrt(level) u, (1 - level) I) || N(0, I))."""
    d = u.shape[-1]
    return 0.5 * (level * ((u * u).sum(axis=-1) - d) - d * np.log(1 - level))


def _loss(
    weights: Callable[[Any], Any] = lambda s: np.diff(s / (1 - s), axis=-1),
    prior: Callable[[Any, Any], Any] = lambda u, s: prior_of(u, s[..., 0]),
    factor: Callable[[Any], float] = lambda s: 0.5,
    entropy: float = 1.0,
) -> Callable[..., Any]:
    def loss(ce: Any, errors: Any, u: Any, s: Any, eta: float) -> Any:
        total = (weights(s) * errors).sum(axis=-1)
        return entropy * ce + prior(u, s) + eta * factor(s) * total

    return loss


def _falling(s: Any) -> Any:
    """Difference the ratios of levels that fall with the block's number."""
    return np.diff((s / (1 - s))[..., ::-1], axis=-1)


OBJECTIVE = Role(
    name="objective",
    family="noprop",
    signature="cross-entropy (b,), squared errors (b, T), embedding (b, d), signal levels "
    "(b, T + 1), eta -> loss (b,) in nats",
    default="corollary.theory.noprop:discrete_objective",
    adapt=adapting(lambda cross_entropy, *_: cross_entropy.shape),
    mutants={
        "prior term left out": _loss(prior=lambda u, s: 0.0),
        "half the squared norm as prior term": _loss(prior=lambda u, s: 0.5 * (u * u).sum(-1)),
        "prior term without its logarithm": _loss(
            prior=lambda u, s: 0.5 * s[..., 0] * ((u * u).sum(-1) - u.shape[-1])),
        "weights of a falling schedule": _loss(_falling),
        "mean over the blocks for their sum": _loss(factor=lambda s: 0.5 / (s.shape[-1] - 1)),
        "no weights": _loss(lambda s: 0 * np.diff(s, axis=-1) + 1),
        "differences of signal levels": _loss(lambda s: np.diff(s, axis=-1)),
        "the eta of the paper's runs": _loss(factor=lambda s: 0.05),
        "half the sum left out": _loss(factor=lambda s: 1.0),
        "weights 0.5 % low": _loss(factor=lambda s: 0.4975),
        "cross-entropy 0.2 % low": _loss(entropy=0.998),
        "prior term at the root of the level": _loss(
            prior=lambda u, s: prior_of(u, np.sqrt(s[..., 0]))),
        "prior term 1 % low": _loss(prior=lambda u, s: 0.99 * prior_of(u, s[..., 0])),
        "cross-entropy 0.3 % high": _loss(entropy=1.003),
        "sum 0.5 % high": _loss(factor=lambda s: 0.5025),
        "log 10 % off in the prior": _loss(
            prior=lambda u, s: prior_of(u, s[..., 0]) + 0.005 * s[..., 0]),
    },
    trivial={"the cross-entropy": lambda ce, *_: ce, "zero": lambda ce, *_: 0 * ce},
    typical=(ELBOS, bound_case(first=0.05, blocks=3, seed=1)),
)  # fmt: skip
