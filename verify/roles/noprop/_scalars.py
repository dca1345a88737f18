"""Scalar mixtures with a schedule, for claims about optima, and a plain quadrature over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import entr

from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Range, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.noprop._drawn import gaussian, levels, normals, pmfs

# On this grid a Gaussian of deviation 0.3 is summed to rounding, and one of 0.2 to 1e-10.
FINE = np.linspace(-10.0, 10.0, 601)
FINE_STEP = FINE[1] - FINE[0]


@dataclass(frozen=True)
class Scalar:
    """Scalar embeddings with class probabilities at two inputs, and a schedule.

    Attributes
    ----------
    values, probabilities, other : ndarray (m,)
        W, p(k | x) and p(k | x').
    levels : ndarray (T + 1,)
    eta : float
    """

    values: Array
    probabilities: Array
    other: Array
    levels: Array
    eta: float

    @property
    def ratios(self) -> Array:
        return self.levels / (1 - self.levels)

    @property
    def entropy(self) -> float:
        """H(Y | x) in nats."""
        return float(entr(self.probabilities).sum())


def _scalar(parameters: Parameters, precision: Precision) -> Scalar:
    m, seed = int(parameters["m"]), parameters["seed"]
    alike = float(parameters["alike"])
    values = np.arange(m) - (m - 1) / 2 + 0.25 * np.tanh(normals(seed, (m,), 5)[0])
    known = levels(seed, int(parameters["blocks"]), float(parameters["first"]), 0.9)[0]
    first, second = pmfs(seed, m, 6)[0], pmfs(seed, m, 7)[0]
    eta = float(parameters["eta"])
    return Scalar((1 - alike) * values + alike, first, second, known, eta)


_SHAPE: dict[str, Range] = {
    "m": Integers(2, 3),
    "blocks": Integers(1, 6),
    "first": Reals(-1.0, 0.3),
    "eta": Reals(1.0, 1.0),
    "alike": Reals(0.0, 0.0),
    "seed": SEED,
}
SCALARS = Domain(
    name="scalar mixtures",
    statement="scalar embeddings that differ, class probabilities $p(k|x)$, rising signal levels",
    shape={**_SHAPE, "first": Reals(0.02, 0.3)},
    rows={},
    build=_scalar,
)
OPTIMA = Domain(
    name="scalar mixtures with eta 1",
    statement="scalar embeddings, class probabilities $p(k|x)$, rising signal levels, $\\eta = 1$, "
    "blocks and output head of any form",
    shape={**_SHAPE, "first": Reals(0.02, 0.3)},
    rows={},
    build=_scalar,
    constraints={"eta is 1": Constraint("$\\eta = 1$.", "eta", Reals(0.1, 0.5))},
)
TWO_INPUTS = Domain(
    name="two inputs",
    statement="two equally likely inputs, scalar embeddings, an output head that sees $z_1$ alone",
    shape={**_SHAPE, "first": Reals(0.02, 0.3)},
    rows={},
    build=_scalar,
    constraints={
        "embeddings that differ": Constraint("$W_j \\ne W_k$.", "alike", Reals(1.0, 1.0)),
    },
)  # fmt: skip


def scalar_case(**given: object) -> Parameters:
    """Return the parameters of a case of `SCALARS`."""
    return {"m": 2, "blocks": 3, "first": 0.1, "eta": 1.0, "alike": 0.0, "seed": 0, **given}


def plain_mmse(ratio: float, values: Array, probabilities: Array) -> float:
    """Return the least squared error at a ratio up to 9, by summing over the noisy state."""
    joint = _joint(ratio, values, probabilities)
    total = joint.sum(axis=0)
    mean = values @ joint / np.maximum(total, 1e-300)
    return float(FINE_STEP * np.sum(joint * (values[:, None] - mean) ** 2))


def plain_entropy_left(ratio: float, values: Array, probabilities: Array) -> float:
    """Return H(Y | z, x) in nats at a ratio up to 9, by summing over the noisy state."""
    joint = _joint(ratio, values, probabilities)
    total = np.maximum(joint.sum(axis=0), 1e-300)
    return float(FINE_STEP * np.sum(total * entr(joint / total).sum(axis=0)))


def plain_mixture_divergence(level: float, values: Array, probabilities: Array) -> float:
    """Return KL(q(z_0|x) || N(0, 1)) in nats, by summing over the state."""
    means = np.sqrt(level) * values[:, None]
    density = probabilities @ gaussian(FINE, means, 1 - level)
    ratio = np.log(np.maximum(density, 1e-300)) - np.log(gaussian(FINE, 0.0, 1.0))
    return float(FINE_STEP * np.sum(density * ratio))


def _joint(ratio: float, values: Array, probabilities: Array) -> Array:
    """Return the joint density (m, states) of class and z, for z = sqrt(level) W + noise."""
    level = ratio / (1 + ratio)
    joint: Array = probabilities[:, None] * gaussian(
        FINE, np.sqrt(level) * values[:, None], 1 - level
    )
    return joint


def plain_integral(
    low: float, high: float, values: Array, probabilities: Array, nodes: int = 20
) -> float:
    """Return the integral of the least squared error over the ratios, by Gauss's rule."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    ends = np.log([low, high])
    at = ends[0] + (ends[1] - ends[0]) * (1 + places) / 2
    errors = [plain_mmse(ratio, values, probabilities) for ratio in np.exp(at)]
    return float((ends[1] - ends[0]) / 2 * np.sum(weights * np.exp(at) * errors))
