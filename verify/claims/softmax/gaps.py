"""SM14: what is left of the largest coefficient when the gaps between keys shrink."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import exp1

from corollary.theory import softmax as theory
from corollary.verify.claim import Source, formula, table
from corollary.verify.domain import Domain, Reals
from corollary.verify.precision import Array
from corollary.verify.roles.softmax import SHARP, closed_form, plain
from corollary.verify.search.certified import Measurement
from corollary.verify.slack import Slack, between, equal

RETRIEVAL = Source(SHARP, "the max-retrieval task")
# Gauss's rule on [0, 1], [1, 2], [2, 4], ..., [64, 128]: beyond, the integrand is below e^-40.
_NODES, _SHARES = np.polynomial.legendre.leggauss(24)
_ENDS = np.array([0, 1, 2, 4, 8, 16, 32, 64, 128])[:, None]
_POINTS = (_ENDS[:-1] + (_ENDS[1:] - _ENDS[:-1]) * (1 + _NODES) / 2).ravel()
_WEIGHTS = ((_ENDS[1:] - _ENDS[:-1]) * _SHARES / 2).ravel()


@dataclass(frozen=True)
class Slopes:
    """A batch of slopes per key, shape (rows,)."""

    kappa: Array


SLOPES = Domain(
    name="slopes",
    statement="$n \\to \\infty$ independent keys with density $f > 0$ at their upper end, logits "
    "of slope $\\kappa n f$",
    shape={},
    rows={"kappa": Reals(0.05, 50.0, (0.1, 0.5, 1.0, 2.0, 5.0, 20.0))},
    build=lambda parameters, _: Slopes(np.asarray(parameters["kappa"], dtype=np.float64)),
)


def _integral(kappa: Array, entire: Callable[[Array], Array]) -> Array:
    """Return the integral over s > 0 of exp(-s - E(s) / kappa), by Gauss's rule in s / scale."""
    scale = (kappa / (1 + kappa))[:, None]
    s = scale * _POINTS
    return np.sum(scale * _WEIGHTS * np.exp(-s - entire(s) / kappa[:, None]), axis=-1)


def _ein(s: Array) -> Array:
    """Return Ein(s), the integral of (1 - e^-u)/u up to s."""
    return exp1(s) + np.log(s) + np.euler_gamma


GAP_LAW = closed_form(
    theory.gap_law,
    {
        "without Euler's constant": lambda k: _integral(
            np.atleast_1d(k), lambda s: _ein(s) - np.euler_gamma
        ),
        "only the nearest key": lambda k: k / (1 + k),
        "exponential integral alone": lambda k: _integral(np.atleast_1d(k), exp1),
        "slope and its inverse confused": lambda k: theory.gap_law(1 / k),
        "1 % too steep": lambda k: theory.gap_law(1.01 * k),
        "one minus exponential": lambda k: 1 - np.exp(-k),
    },
)


@formula(GAP_LAW, over=SLOPES, source=RETRIEVAL, standing="derived", dossier="SM14",
         tight=({"kappa": 1.0},))  # fmt: skip
def gap_law(computed: Callable[..., Array], slopes: Slopes) -> tuple[Slack, Slack]:
    r"""With shrinking gaps the expected largest coefficient tends to
    $\Phi(\kappa) = \int_0^\infty \exp(-s - \mathrm{Ein}(s)/\kappa)\,ds$, between
    $\kappa/(1+\kappa)$ and $1$.
    """
    kappa = slopes.kappa
    value = computed(kappa)
    # Ein loses 4 units near 0, which the division by kappa magnifies.
    return (
        equal(value, _integral(kappa, _ein), ulps=256 + 16 / kappa),
        between(kappa / (1 + kappa), value, np.ones_like(kappa), ulps=16),
    )


@gap_law.statistical(scope="2000 heads of 2000 uniform keys, slope 2000")
def largest_coefficient_of_uniform_keys(computed: Callable[..., Array], seed: int) -> Measurement:
    r"""With $n$ uniform keys and logits of slope $n$ the largest coefficient averages
    $\Phi(1)$; at $n = 2000$ the bias is below $10^{-3}$, a quarter of the standard error.
    """
    n, draws, part = 2000, 2000, 200
    generator = np.random.default_rng(np.random.Philox(seed))
    largest = np.concatenate(
        [plain.softmax(n * generator.random((part, n))).max(axis=-1) for _ in range(draws // part)]
    )
    error = largest.std(ddof=1) / np.sqrt(draws)
    predicted = float(np.asarray(computed(np.array([1.0]))).ravel()[0])
    return Measurement(predicted, float(largest.mean()), float(error), draws)


@table(
    GAP_LAW,
    rows=(
        (0.1, 0.0949),
        (0.5, 0.3738),
        (1.0, 0.5615),
        (2.0, 0.7295),
        (5.0, 0.8751),
        (20.0, 0.9663),
    ),
    digits=4,
    standing="derived",
    dossier="SM14",
)
def gap_law_values(computed: Callable[..., Array], kappa: float) -> float:
    r"""$\Phi(\kappa)$ at $\kappa = 0.1, 0.5, 1, 2, 5, 20$."""
    return float(np.asarray(computed(np.array([kappa]))).ravel()[0])
