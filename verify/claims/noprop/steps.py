"""P1, P2, P4, P14: marginals, the coefficients and the cost of one step, and training noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.theory import noprop as theory
from corollary.verify.claim import Source, formula, law
from corollary.verify.domain import Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.noprop import (
    BLOCK_INPUTS,
    NOISE_SCHEDULE,
    NOPROP,
    SAMPLER_STEP,
    SHOWN,
    STEP_COEFFICIENTS,
    STEPS,
    TIMES,
    Shown,
    Steps,
    Times,
    closed_form,
    gaussian,
    plain_coefficients,
)
from corollary.verify.slack import Slack, at_least, bitwise, equal

LEMMA_1 = Source(NOPROP, "Lemma 1 and eqs. 2, 5, 6")
EQ_8 = Source(NOPROP, "eq. 8")
EQ_32 = Source(NOPROP, "eq. 32")
EQ_36 = Source(NOPROP, "eq. 36")

# ---- schedules ----


@law(NOISE_SCHEDULE, over=TIMES, source=EQ_8, standing="corrected", dossier="P2")
def signal_levels_rise(schedule: Callable[..., Array], times: Times) -> tuple[Slack, ...]:
    r"""The signal levels of the blocks rise strictly, from $\bar\alpha_0 \ge 0$ to
    $\bar\alpha_T < 1$, so that every weight of the loss is positive and finite. A cosine divided
    by its value at the clean end reaches 1, where the weight is infinite.
    """
    levels = schedule(times.times)
    room = 1 - levels[:, -1:]
    return (
        at_least(np.diff(levels, axis=1), np.finfo(np.float64).tiny, ulps=0),
        at_least(levels[:, :1], 0.0, ulps=0),
        at_least(room, 2.0**-20, ulps=0),
    )


# ---- coefficients ----


def _conditioned(before: Array, after: Array) -> tuple[Array, Array, Array]:
    """Return a, b, c by conditioning the Gaussian law of (z_{t-1}, z_t) given the label."""
    covariance = np.sqrt(before / after) * (1 - after)
    b = covariance / (1 - before)
    return np.sqrt(after) - b * np.sqrt(before), b, (1 - after) - b * covariance


@law(STEP_COEFFICIENTS, over=STEPS, source=LEMMA_1, standing="as printed", dossier="P1")
def posterior_coefficients(coefficients: Callable[[Array], Any], steps: Steps) -> tuple[Slack, ...]:
    r"""$q(z_t | z_{t-1}, y) = N(a_t u_y + b_t z_{t-1}, c_t)$ is what conditioning the Gaussian
    law of $(z_{t-1}, z_t)$ gives, so that $a_t + b_t\sqrt{\bar\alpha_{t-1}} =
    \sqrt{\bar\alpha_t}$ and $b_t^2(1-\bar\alpha_{t-1}) + c_t = 1-\bar\alpha_t$.
    """
    before, after = steps.before, steps.after
    a, b, c = coefficients(steps.levels)
    # Levels that differ by g are a divisor of size g / after in 1 - alpha; sizes are below 1.
    return (
        *(equal(own, expected, ulps=64, scale=1.0)
          for own, expected in zip((a, b, c), _conditioned(before, after), strict=True)),
        equal(a + b * np.sqrt(before), np.sqrt(after), ulps=64, scale=1.0),
        equal(b**2 * (1 - before) + c, 1 - after, ulps=64, scale=1.0),
        at_least(np.minimum(np.minimum(a, b), c), 0.0, ulps=0),
    )  # fmt: skip


@posterior_coefficients.proved(
    scope="all levels 0 < previous < following < 1: mean, variance, covariance, conditioning"
)
def marginal_identities() -> Iterator[Any]:
    import sympy

    before, after, kept, a, b, c = _symbols()
    yield a + b * sympy.sqrt(before) - sympy.sqrt(after)
    yield b**2 * (1 - before) + c - (1 - after)
    yield b * (1 - before) - sympy.sqrt(kept) * (1 - after)
    conditioned = (1 - after) - (sympy.sqrt(kept) * (1 - after)) ** 2 / (1 - before)
    yield conditioned - c


def _symbols() -> tuple[Any, ...]:
    """Return two levels, their ratio and the coefficients, in terms of the levels' roots."""
    import sympy

    first_root, second_root = sympy.symbols("p q", positive=True)
    first, second, root_kept = first_root**2, second_root**2, first_root / second_root
    kept = root_kept**2
    a = second_root * (1 - kept) / (1 - first)
    b = root_kept * (1 - second) / (1 - first)
    c = (1 - second) * (1 - kept) / (1 - first)
    return first, second, kept, a, b, c


@law(STEP_COEFFICIENTS, over=STEPS, source=EQ_8, standing="as printed", dossier="P2")
def weight_of_a_step(coefficients: Callable[[Array], Any], steps: Steps) -> tuple[Slack, ...]:
    r"""$a_t^2/c_t = s_t - s_{t-1} > 0$, with the signal-to-noise ratio
    $s = \bar\alpha/(1-\bar\alpha)$.
    """
    before, after = steps.before, steps.after
    a, _, c = coefficients(steps.levels)
    weights = after / (1 - after) - before / (1 - before)
    ratio = a**2 / c
    # a and c may come by way of 1 - alpha, which loses after / (after - before).
    ulps = 32 * (1 + 2 * after / (after - before))
    return (
        equal(ratio, weights, ulps=ulps),
        at_least(ratio, np.finfo(np.float64).tiny, ulps=0),
    )


@weight_of_a_step.proved(scope="all levels 0 < previous < following < 1")
def weight_identity() -> Iterator[Any]:
    before, after, kept, a, _, c = _symbols()
    yield a**2 / c - (after / (1 - after) - before / (1 - before))
    yield a**2 / c - after * (1 - kept) / ((1 - after) * (1 - before))


# ---- the cost of a step ----


@dataclass(frozen=True)
class Costs:
    """Two levels, a squared error, and by what the step's variance differs from c, (rows,)."""

    levels: Array
    squared_error: Array
    factor: Array


def _costs(parameters: Parameters, precision: Precision) -> Costs:
    low, high = np.asarray(parameters["low"]), np.asarray(parameters["high"])
    known = np.stack([low, low + (0.97 - low) * high], axis=1)
    return Costs(known, np.asarray(parameters["error"]), np.asarray(parameters["factor"]))


COSTS = Domain(
    name="costs of a step",
    statement="two rising levels, a squared error, the variance $c_t$ of the posterior",
    shape={},
    rows={
        "low": Reals(0.0, 0.9, (0.0,)),
        "high": Reals(0.05, 1.0),
        "error": Reals(0.0, 9.0, (0.0, 1.0)),
        "factor": Reals(1.0, 1.0),
    },
    build=_costs,
    constraints={
        "the posterior's variance": Constraint(
            "The step's variance is $c_t$.", "factor", Reals(1.3, 3.0)),
    },
)  # fmt: skip
OTHER_VARIANCES = COSTS.narrowed(factor=Reals(0.3, 3.0, (1.0,)))

STEP_DIVERGENCE = closed_form(
    theory.step_divergence,
    {
        "half left out": lambda s, e, *rest: 2 * theory.step_divergence(s, e, *rest),
        "0.5 % low": lambda s, e, *rest: 0.995 * theory.step_divergence(s, e, *rest),
        "error not squared": lambda s, e, *rest: theory.step_divergence(s, np.sqrt(e), *rest),
        "difference of levels": lambda s, e, *rest: np.diff(s, axis=-1) * e / 2,
        "variance ignored": lambda s, e, *rest: theory.step_divergence(s, e),
        "error 0.4 % high": lambda s, e, *rest: theory.step_divergence(s, 1.004 * e, *rest),
    },
)
_NOISE = np.linspace(-9, 9, 181)
_DENSITY = gaussian(_NOISE, 0.0, 1.0) * (_NOISE[1] - _NOISE[0])


def _divergence(costs: Costs) -> Array:
    """Return the KL divergence of one step, by quadrature over the posterior's noise."""
    a, _, c = plain_coefficients(costs.levels.T)
    variance = c[0] * costs.factor
    apart = (a[0] * np.sqrt(costs.squared_error))[:, None]
    noise = np.sqrt(c[0])[:, None] * _NOISE
    log_ratio = (apart + noise) ** 2 / (2 * variance[:, None]) - _NOISE**2 / 2
    log_ratio += 0.5 * np.log(costs.factor)[:, None]
    return log_ratio @ _DENSITY


@formula(STEP_DIVERGENCE, over=COSTS, source=EQ_8, standing="as printed", dossier="P2")
def divergence_of_a_step(divergence: Callable[..., Array], costs: Costs) -> Slack:
    r"""$KL(q(z_t|z_{t-1},y) \| p(z_t|z_{t-1},x)) = \frac12(s_t-s_{t-1})\|\hat u_t-u_y\|^2$ for
    every $z_{t-1}$, if the step has the posterior's variance.
    """
    value = divergence(costs.levels, costs.squared_error[:, None])[:, 0]
    # The coefficients lose after / (after - before) < 25; the integral is a sum of 181 terms.
    return equal(value, _divergence(costs), ulps=2**14, scale=1 + _divergence(costs))


@formula(STEP_DIVERGENCE, over=OTHER_VARIANCES.without("the posterior's variance").narrowed(
    factor=Reals(0.3, 3.0)), standing="derived", dossier="P2")  # fmt: skip
def divergence_with_another_variance(divergence: Callable[..., Array], costs: Costs) -> Slack:
    r"""With a step of variance $v$ it is
    $\frac{d}{2}(\ln\frac{v}{c}+\frac{c}{v}-1)+\frac{a^2}{2v}\|\hat u-u\|^2$.
    """
    variance = plain_coefficients(costs.levels.T)[2][0] * costs.factor
    value = divergence(costs.levels, costs.squared_error[:, None], variance[:, None], 1)[:, 0]
    return equal(value, _divergence(costs), ulps=2**14, scale=1 + _divergence(costs))


OPTIMAL_VARIANCE = closed_form(
    theory.optimal_step_variance,
    {
        "the posterior's variance": lambda s, e: theory.step_coefficients(s).variance,
        "error 0.5 % high": lambda s, e: theory.optimal_step_variance(s, 1.005 * e),
        "estimate not squared": lambda s, e: (
            theory.step_coefficients(s).variance + theory.step_coefficients(s).estimate * e),
        "error alone": lambda s, e: theory.step_coefficients(s).estimate ** 2 * e,
        "0.2 % high": lambda s, e: 1.002 * theory.optimal_step_variance(s, e),
    },
)  # fmt: skip


@formula(OPTIMAL_VARIANCE, over=COSTS.narrowed(error=Reals(0.01, 9.0)).without(
    "the posterior's variance").narrowed(factor=Reals(0.3, 3.0)), standing="derived",
    dossier="P11")  # fmt: skip
def best_variance_of_a_step(variance: Callable[..., Array], costs: Costs) -> tuple[Slack, ...]:
    r"""Among steps with the best mean, $v = c_t + a_t^2 e_t/d$ costs least:
    $\frac{d}{2}\ln(1+\Delta s\,e/d)$ instead of $\frac12\Delta s\,e$.
    """
    best = variance(costs.levels, costs.squared_error[:, None])[:, 0]
    c = plain_coefficients(costs.levels.T)[2][0]
    weighted = theory.snr_weights(costs.levels)[:, 0] * costs.squared_error
    least = _divergence(Costs(costs.levels, costs.squared_error, best / c))
    other = _divergence(costs)
    return (
        equal(least, 0.5 * np.log1p(weighted), ulps=2**14, scale=1 + weighted),
        at_least(other, least, ulps=2**14, scale=1 + other),
    )


# ---- one step of inference ----


@law(SAMPLER_STEP, over=STEPS, source=Source(NOPROP, "eq. 3"), standing="as printed", dossier="P1")
def step_keeps_the_marginal(step: Callable[..., Array], steps: Steps) -> tuple[Slack, ...]:
    r"""A step $z_t = a_t\hat u + b_t z_{t-1} + \sqrt{c_t}\,\varepsilon$ with $\hat u = u_y$ takes
    $q(z_{t-1}|y)$ to $q(z_t|y)$: $\sqrt{\bar\alpha_{t-1}}u$ goes to $\sqrt{\bar\alpha_t}u$, the
    variances of state and noise add up to $1-\bar\alpha_t$, and the state keeps its covariance.
    """
    previous, following = float(steps.levels[0]), float(steps.levels[1])
    ends = (previous, following)
    one, zero = np.ones_like(steps.state), np.zeros_like(steps.state)
    base = step(zero, zero, zero, *ends)
    b = step(one, zero, zero, *ends)
    spread = step(zero, zero, one, *ends)
    mean = step(np.sqrt(previous) * steps.estimate, steps.estimate, zero, *ends)
    a, b_plain, c = (part[0] for part in plain_coefficients(steps.levels[:2]))
    whole = a * steps.estimate + b_plain * steps.state + np.sqrt(c) * steps.noise
    size = 1 + np.abs(steps.estimate) + np.abs(steps.state) + np.abs(steps.noise)
    return (
        equal(base, 0.0, ulps=8, scale=1.0),
        equal(mean, np.sqrt(following) * steps.estimate, ulps=64, scale=size),
        equal(b**2 * (1 - previous) + spread**2, 1 - following, ulps=64, scale=1.0),
        equal(b * (1 - previous), np.sqrt(previous / following) * (1 - following), ulps=64,
              scale=1.0),
        equal(step(steps.state, steps.estimate, steps.noise, *ends), whole,
              ulps=64 * following / abs(following - previous), scale=size),
    )  # fmt: skip


# ---- what the blocks are shown ----


@law(BLOCK_INPUTS, over=SHOWN, source=Source(NOPROP, "Algorithm 1"), standing="corrected",
     dossier="P1")  # fmt: skip
def blocks_see_noised_labels(inputs: Callable[..., Array], shown: Shown) -> Slack:
    r"""Block $t$ is trained on $z_{t-1} = \sqrt{\bar\alpha_{t-1}}\,u_y +
    \sqrt{1-\bar\alpha_{t-1}}\,\varepsilon_t$; as printed, Algorithm 1 draws $z_t$, which the loss
    does not use.
    """
    level = shown.levels[:-1, None, None]
    expected = np.sqrt(level) * shown.embedding + np.sqrt(1 - level) * shown.noise
    size = np.abs(shown.embedding) + np.abs(shown.noise)
    value = inputs(shown.embedding, shown.noise, shown.levels)
    return equal(np.swapaxes(value, 0, 1), np.swapaxes(expected, 0, 1), ulps=16,
                 scale=np.swapaxes(size, 0, 1) + 1e-300)  # fmt: skip


@law(BLOCK_INPUTS, over=SHOWN, source=Source(NOPROP, "Algorithm 1"),
     standing="refuted as printed", dossier="2.1")  # fmt: skip
def blocks_see_later_latents_as_printed(inputs: Callable[..., Array], shown: Shown) -> Slack:
    r"""As printed, Algorithm 1 draws $z_t$ alone: block $t$ is shown $\sqrt{\bar\alpha_t}\,u_y +
    \sqrt{1-\bar\alpha_t}\,\varepsilon_t$, the latent after its step.
    """
    level = shown.levels[1:, None, None]
    expected = np.sqrt(level) * shown.embedding + np.sqrt(1 - level) * shown.noise
    value = inputs(shown.embedding, shown.noise, shown.levels)
    return equal(np.swapaxes(value, 0, 1), np.swapaxes(expected, 0, 1), ulps=16, scale=1.0)


@law(BLOCK_INPUTS, over=SHOWN, source=Source(NOPROP, "Algorithm 1"), standing="as printed",
     dossier="P14")  # fmt: skip
def blocks_draw_noise_of_their_own(inputs: Callable[..., Array], shown: Shown) -> Slack:
    r"""What block $t$ sees does not change, bit for bit, with the noise of another block."""
    value = inputs(shown.embedding, shown.noise, shown.levels)
    blocks = len(shown.noise)
    chosen = blocks // 2
    other = -np.ones_like(shown.noise)
    other[chosen] = shown.noise[chosen]
    again = inputs(shown.embedding, other, shown.levels)
    return bitwise(again[chosen], value[chosen])


# ---- slips of the printed derivation ----


@law(BLOCK_INPUTS, over=SHOWN.narrowed(first=Reals(0.1, 0.3)), source=EQ_32,
     standing="corrected", dossier="2.1")  # fmt: skip
def forward_mean(inputs: Callable[..., Array], shown: Shown) -> Slack:
    r"""$q(z_t|z_s) = N(\sqrt{\bar\alpha_t/\bar\alpha_s}\,z_s, 1-\bar\alpha_t/\bar\alpha_s)$ for
    $t < s$: without noise, $z_t$ is $\sqrt{\bar\alpha_t/\bar\alpha_s}$ times $z_s$.
    """
    z = inputs(shown.embedding, np.zeros_like(shown.noise), shown.levels)
    expected = np.sqrt(shown.levels[0] / shown.levels[-2]) * z[-1]
    return equal(z[0], expected, ulps=16, scale=np.abs(shown.embedding))


@law(BLOCK_INPUTS, over=SHOWN.narrowed(first=Reals(0.1, 0.3)), source=EQ_32,
     standing="refuted as printed", dossier="2.1")  # fmt: skip
def forward_mean_as_printed(inputs: Callable[..., Array], shown: Shown) -> Slack:
    r"""As printed the mean of $q(z_t|z_s)$ is $\sqrt{\bar\alpha_t/\bar\alpha_s}$, whatever
    $z_s$ is.
    """
    z = inputs(shown.embedding, np.zeros_like(shown.noise), shown.levels)
    expected = np.full_like(z[0], np.sqrt(shown.levels[0] / shown.levels[-2]))
    return equal(z[0], expected, ulps=16, scale=np.abs(shown.embedding))


@law(BLOCK_INPUTS, over=SHOWN.narrowed(first=Reals(0.1, 0.3), blocks=Integers(2, 8)),
     source=EQ_36, standing="refuted as printed", dossier="2.1")  # fmt: skip
def backward_kernel_as_printed(inputs: Callable[..., Array], shown: Shown) -> Slack:
    r"""As printed $q(z_{t-1}|z_t)$ has the mean $\sqrt{\bar\alpha_{t-1}}\,z_t$, with the
    cumulative level for $\alpha_{t-1} = \bar\alpha_{t-1}/\bar\alpha_t$.
    """
    z = inputs(shown.embedding, np.zeros_like(shown.noise), shown.levels)
    expected = np.sqrt(shown.levels[-3]) * z[-1]
    return equal(z[-2], expected, ulps=16, scale=np.abs(shown.embedding))
