"""P9, P10, P11, P18: what the objectives can reach, exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import entr

from corollary.theory import noprop as theory
from corollary.verify.claim import Source, formula, table
from corollary.verify.precision import Array
from corollary.verify.roles.noprop import (
    NOPROP,
    OPTIMA,
    SCALARS,
    TWO_INPUTS,
    Scalar,
    closed_form,
    plain_entropy_left,
    plain_integral,
    plain_mixture_divergence,
    plain_mmse,
)
from corollary.verify.slack import Slack, at_least, at_most, equal

EQ_8, EQ_9 = Source(NOPROP, "eq. 8"), Source(NOPROP, "eq. 9")
APPENDIX_B = Source(NOPROP, "Appendix B")
# The judge's own quadrature: Gauss's rule in the log ratio leaves 1e-9 of an error below 2.
ULPS = 2e-9 * 2.0**53

MMSE = closed_form(
    theory.mmse,
    {
        "prior variance": lambda s, w, p: 0 * s + np.sum(p * w**2) - np.sum(p * w) ** 2,
        "linear estimate": lambda s, w, p: 1 / (1 / (np.sum(p * w**2) - np.sum(p * w) ** 2) + s),
        "ratio for its root": lambda s, w, p: theory.mmse(np.sqrt(s), w, p),
        "1 % high": lambda s, w, p: 1.01 * theory.mmse(s, w, p),
        "ratio 0.5 % low": lambda s, w, p: theory.mmse(0.995 * s, w, p),
        "uniform prior": lambda s, w, p: theory.mmse(s, w, 0 * p + 1 / len(p)),
    },
)


@formula(MMSE, over=SCALARS, standing="derived", dossier="P9")
def information_is_the_integral_of_the_error(mmse: Callable[..., Array], case: Scalar) -> Slack:
    r"""$I(U; \sqrt{s_1}U+\varepsilon) - I(U; \sqrt{s_0}U+\varepsilon) =
    \frac12\int_{s_0}^{s_1} mmse(s)\,ds$ (Guo, Shamai and Verdu).
    """
    low, high = case.ratios[[0, -1]]
    told = (plain_entropy_left(low, case.values, case.probabilities)
            - plain_entropy_left(high, case.values, case.probabilities))  # fmt: skip
    nodes, weights = np.polynomial.legendre.leggauss(24)
    at = np.log(low) + np.log(high / low) * (1 + nodes) / 2
    errors = mmse(np.exp(at), case.values, case.probabilities)
    integral = np.log(high / low) / 4 * np.sum(weights * np.exp(at) * errors)
    return equal([integral], [told], ulps=ULPS, scale=1.0)


CONTINUOUS_OPTIMUM = closed_form(
    theory.continuous_optimum,
    {
        "entropy alone": lambda first, w, p: theory.entropy(p),
        "divergence of the components": lambda first, w, p: (
            theory.entropy(p) + np.sum(p * theory.prior_divergence(w[:, None], first))
        ),
        "0.5 % high": lambda first, w, p: 1.005 * theory.continuous_optimum(first, w, p),
        "level 1 % low": lambda first, w, p: theory.continuous_optimum(0.99 * first, w, p),
        "divergence of the mean": lambda first, w, p: (
            theory.entropy(p) + theory.prior_divergence([np.sum(p * w)], first)
        ),
        "divergence left out of one class": lambda first, w, p: (
            theory.entropy(p) + 0.98 * theory.mixture_divergence(first, w, p)
        ),
    },
)


def _attained(case: Scalar) -> float:
    """Return the CT loss of the best blocks and head, summed from its three terms."""
    low, high = case.ratios[[0, -1]]
    w, p = case.values, case.probabilities
    prior = np.sum(p * theory.prior_divergence(w[:, None], case.levels[0]))
    integral = plain_integral(low, high, w, p)
    return float(plain_entropy_left(high, w, p) + prior + case.eta / 2 * integral)


@formula(CONTINUOUS_OPTIMUM, over=OPTIMA, source=EQ_9, standing="derived", dossier="P9")
def optimum_of_the_continuous_objective(optimum: Callable[..., Any], case: Scalar) -> Slack:
    r"""$\min L_{CT} = H(Y|x) + KL(q(z_0|x)\|N(0,1))$: the best cross-entropy, prior term and
    diffusion term add up to it, whatever the clean end; $\eta = 1$.
    """
    value = optimum(case.levels[0], case.values, case.probabilities)
    return equal([value], [_attained(case)], ulps=ULPS, scale=1.0)


@table(CONTINUOUS_OPTIMUM, rows=(((1.0, -1.0), (0.7, 0.3), 0.1, 0.618971),), digits=6,
       standing="derived", dossier="P9")  # fmt: skip
def optimum_of_a_binary_label(optimum: Callable[..., Any], w: Any, p: Any, first: float) -> float:
    r"""$u = \pm 1$, $\pi = (0.7, 0.3)$, $\bar\alpha_0 = 0.1$: 0.618971 nats, of which 0.610864 are
    the entropy.
    """
    return float(optimum(first, np.array(w), np.array(p)))


MIXTURE_DIVERGENCE = closed_form(
    theory.mixture_divergence,
    {
        "of the components": lambda a, w, p: np.sum(p * theory.prior_divergence(w[:, None], a)),
        "0.5 % high": lambda a, w, p: 1.005 * theory.mixture_divergence(a, w, p),
        "level 0.5 % low": lambda a, w, p: theory.mixture_divergence(0.995 * a, w, p),
        "uniform prior": lambda a, w, p: theory.mixture_divergence(a, w, 0 * p + 1 / len(p)),
        "falling": lambda a, w, p: theory.mixture_divergence(0.4 * (1 - a), w, p),
    },
)


@formula(MIXTURE_DIVERGENCE, over=SCALARS, source=APPENDIX_B, standing="derived", dossier="P18")
def noisy_end_drifts_to_noise(divergence: Callable[..., Any], case: Scalar) -> tuple[Slack, ...]:
    r"""$KL(q(z_0|x)\|N(0,1))$ grows with $\bar\alpha_0$ (an Ornstein-Uhlenbeck process contracts
    it), so that a learned noisy end drifts to $SNR = 0$.
    """
    w, p = case.values, case.probabilities
    values = [float(divergence(level, w, p)) for level in case.levels]
    plain = [plain_mixture_divergence(level, w, p) for level in case.levels]
    return (
        equal([values], [plain], ulps=ULPS, scale=1.0),
        at_least([np.diff(values)], 0.0, ulps=2**16, scale=1.0),
    )


CLEAN_END_SLOPE = closed_form(
    theory.clean_end_slope,
    {
        "half left out": lambda s, w, p: 2 * theory.clean_end_slope(s, w, p),
        "inputs ignored": lambda s, w, p: -0.5 * theory.mmse(s, w, np.mean(p, axis=0)),
        "rising": lambda s, w, p: -theory.clean_end_slope(s, w, p),
        "0.5 % low": lambda s, w, p: 0.995 * theory.clean_end_slope(s, w, p),
        "ratio 1 % high": lambda s, w, p: theory.clean_end_slope(1.01 * s, w, p),
    },
)


@formula(CLEAN_END_SLOPE, over=SCALARS, source=APPENDIX_B, standing="derived", dossier="P18")
def clean_end_drifts_to_infinity(slope: Callable[..., Any], case: Scalar) -> tuple[Slack, ...]:
    r"""With an output head that does not see $x$, the least $L_{CT}$ falls with the clean end's
    ratio: $\partial L/\partial s_1 = -\frac12(mmse_{without\,x} - E\,mmse_{with\,x}) \le 0$.
    """
    s, w = float(case.ratios[-1]) / 2, case.values
    rows = np.stack([case.probabilities, case.other])
    mean = rows.mean(axis=0)
    value = float(slope(s, w, rows))
    step = 1e-3 * s

    def loss(end: float) -> float:
        parts = [plain_integral(s - 4 * step, end, w, row, 4) for row in rows]
        return plain_entropy_left(end, w, mean) + 0.5 * float(np.mean(parts))

    # Fourth-order differences: 1e-9 of quadrature is magnified by 1/step < 1e4.
    near = (loss(s + step) - loss(s - step)) * 8
    far = loss(s + 2 * step) - loss(s - 2 * step)
    numeric = (near - far) / (12 * step)
    return (
        equal([value], [numeric], ulps=1e-5 * 2.0**53, scale=0.1),
        at_most([value], 0.0, ulps=2**16, scale=1.0),
    )


INFORMATION = closed_form(
    theory.mutual_information,
    {
        "in bits": lambda s, w, p: theory.mutual_information(s, w, p) / np.log(2),
        "ratio for its root": lambda s, w, p: theory.mutual_information(np.sqrt(s), w, p),
        "0.5 % low": lambda s, w, p: 0.995 * theory.mutual_information(s, w, p),
        "of a Gaussian": lambda s, w, p: 0.5 * np.log1p(s * np.sum(p * w**2)),
        "uniform prior": lambda s, w, p: theory.mutual_information(s, w, 0 * p + 1 / len(p)),
    },
)
_CLEAN = 2500.0  # embeddings at least half apart are then told apart up to e^-78


@formula(INFORMATION, over=TWO_INPUTS, source=EQ_9, standing="derived", dossier="P9")
def blind_head_loses_nothing_in_the_limit(told: Callable[..., Any], case: Scalar) -> Slack:
    r"""An output head that does not see $x$ costs $I(X;Y|Z_1)$ more, which vanishes as
    $s_1 \to \infty$ if the embeddings differ; if all are equal it stays $H(Y) - H(Y|X)$.
    """
    rows = [case.probabilities, case.other]
    mean = np.mean(rows, axis=0)

    def left(p: Array) -> float:
        return float(entr(p).sum() - told(np.array(_CLEAN), case.values, p))

    lost = left(mean) - 0.5 * (left(rows[0]) + left(rows[1]))
    return equal([lost], [0.0], ulps=2**14, scale=1.0)


# ---- the gap of discrete time ----

DISCRETE_GAP = closed_form(
    theory.discrete_gap,
    {
        "right sum": lambda s, w, p: _sum(s, w, p, 1) - _told(s, w, p),
        "middle of both sums": lambda s, w, p: (
            (_sum(s, w, p, 0) + _sum(s, w, p, 1)) / 2 - _told(s, w, p)
        ),
        "half left out": lambda s, w, p: 2 * theory.discrete_gap(s, w, p),
        "0.5 % low": lambda s, w, p: 0.995 * theory.discrete_gap(s, w, p),
        "integral left out": lambda s, w, p: _sum(s, w, p, 0),
        "information 0.1 % low": lambda s, w, p: _sum(s, w, p, 0) - 0.999 * _told(s, w, p),
    },
)


def _sum(known: Array, w: Array, p: Array, side: int) -> Any:
    ratios = known / (1 - known)
    errors = theory.mmse(ratios, w, p)
    return 0.5 * np.sum(np.diff(ratios) * (errors[1:] if side else errors[:-1]))


def _told(known: Array, w: Array, p: Array) -> Any:
    first, last = theory.mutual_information(known[[0, -1]] / (1 - known[[0, -1]]), w, p)
    return last - first


@formula(DISCRETE_GAP, over=SCALARS, source=EQ_8, standing="derived", dossier="P10")
def gap_of_discrete_time(gap: Callable[..., Any], case: Scalar) -> tuple[Slack, ...]:
    r"""$\min L_{DT} - \min L_{CT} = \frac12\sum_t[(s_t-s_{t-1})mmse(s_{t-1}) -
    \int_{s_{t-1}}^{s_t}mmse] \ge 0$, at most $\frac12\max_t\Delta s_t\,(mmse(s_0)-mmse(s_T))$, and
    smaller still after a level is inserted.
    """
    w, p, known, ratios = case.values, case.probabilities, case.levels, case.ratios
    value = float(gap(known, w, p))
    errors = np.array([plain_mmse(ratio, w, p) for ratio in ratios])
    plain = 0.5 * np.sum(np.diff(ratios) * errors[:-1])
    plain -= 0.5 * plain_integral(ratios[0], ratios[-1], w, p)
    finer = np.sort(np.append(known, (known[0] + known[1]) / 2))
    ceiling = 0.5 * np.diff(ratios).max() * (errors[0] - errors[-1])
    return (
        equal([value], [plain], ulps=ULPS, scale=1.0),
        at_least([value], 0.0, ulps=2**16, scale=1.0),
        at_most([value], ceiling, ulps=ULPS, scale=1.0),
        at_least([value], gap(finer, w, p), ulps=2**16, scale=1.0),
    )


_BINARY = ((1.0, -1.0), (0.7, 0.3))


@table(DISCRETE_GAP, rows=((8, 0.245), (16, 0.109), (32, 0.052), (64, 0.025), (128, 0.012),
                           (512, 0.003)), digits=3, standing="derived", dossier="P10")  # fmt: skip
def gap_of_a_binary_label(gap: Callable[..., Any], blocks: int) -> float:
    r"""$u = \pm 1$, $\pi = (0.7, 0.3)$, log-linear ratio from $\bar\alpha = 0.1$ to $0.95$: the gap
    for $T = 8 \ldots 512$, about $1.57/T$.
    """
    known = theory.log_linear_levels(blocks, 0.1, 0.95)
    return float(gap(known, np.array(_BINARY[0]), np.array(_BINARY[1])))


OPTIMAL_GAP = closed_form(
    theory.discrete_gap_with_optimal_variance,
    {
        "the paper's variance": theory.discrete_gap,
        "half of the paper's": lambda s, w, p: 0.5 * theory.discrete_gap(s, w, p),
        "0.5 % high": lambda s, w, p: 1.005 * theory.discrete_gap_with_optimal_variance(s, w, p),
        "logarithm to second order": lambda s, w, p: _second_order(s, w, p) - _told(s, w, p),
    },
)


def _second_order(known: Array, w: Array, p: Array) -> Any:
    ratios = known / (1 - known)
    costs = np.diff(ratios) * theory.mmse(ratios[:-1], w, p)
    return 0.5 * np.sum(costs - costs**2 / 2)


@formula(OPTIMAL_GAP, over=SCALARS, standing="derived", dossier="P11")
def gap_with_the_best_variance(gap: Callable[..., Any], case: Scalar) -> tuple[Slack, ...]:
    r"""With the best variance of each step the gap is
    $\frac12\sum_t[\ln(1+\Delta s_t\,mmse(s_{t-1})) - \int mmse]$, no more than before.
    """
    w, p, ratios = case.values, case.probabilities, case.ratios
    value = float(gap(case.levels, w, p))
    errors = np.array([plain_mmse(ratio, w, p) for ratio in ratios[:-1]])
    costs, integral = np.diff(ratios) * errors, plain_integral(ratios[0], ratios[-1], w, p)
    return (
        equal([value], [0.5 * np.sum(np.log1p(costs)) - 0.5 * integral], ulps=ULPS, scale=1.0),
        at_most([value], 0.5 * np.sum(costs) - 0.5 * integral, ulps=ULPS, scale=1.0),
    )


@table(OPTIMAL_GAP, rows=((8, 0.152),), digits=3, standing="derived", dossier="P11")
def best_variance_of_a_binary_label(gap: Callable[..., Any], blocks: int) -> float:
    r"""The gap of the same label with the best variances: 0.152 instead of 0.245 nats for
    $T = 8$.
    """
    known = theory.log_linear_levels(blocks, 0.1, 0.95)
    return float(gap(known, np.array(_BINARY[0]), np.array(_BINARY[1])))
