"""SM4 and SM9: the entropy of bounded logits, and how it falls with the inverse temperature."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import brentq

from corollary.theory import softmax as theory
from corollary.verify.claim import Source, formula, law, table
from corollary.verify.domain import Parameters
from corollary.verify.precision import Array
from corollary.verify.roles.softmax import (
    COOLED_HEADS,
    HEADS,
    MASKED_HEADS,
    SHARP,
    SOFTMAX,
    SPREADS,
    Heads,
    Spreads,
    case,
    closed_form,
    plain,
)
from corollary.verify.search.certified import Box
from corollary.verify.slack import Slack, at_least, at_most, between, equal

TEMPERATURE = Source(SHARP, "Proposition 3.2")
Softmax = Callable[..., Array]
TWO_HIGH = case(n=8, pattern="top_2", spread=2.0)
INTERIOR = case(n=8, pattern="interior", spread=4.0)


def entropy_rounding(heads: Heads) -> Array:
    """Return the tolerance of an entropy, in units of roundoff at 1.

    A relative error r of every coefficient moves the entropy by at most r (1 + H), H <= ln n;
    the sum itself adds n roundings of terms that add up to H.
    """
    return (heads.rounding + heads.n) * (1 + np.log(heads.n))


def _least_count_is_one(n: int) -> float:
    """Return the scaled spread at which one item at the top is the exact minimiser."""

    def excess(t: float) -> float:
        c = np.exp(-t)
        return float(n * c * (t - 1 + c) / (1 - c) ** 2 - 1)

    return float(brentq(excess, 1.0, 50.0, xtol=1e-14))


LEAST_AT_ONE = case(n=8, pattern="top_1", spread=_least_count_is_one(8))


@law(SOFTMAX, over=HEADS, standing="derived", dossier="SM4",
     tight=(TWO_HIGH, INTERIOR))  # fmt: skip
def entropy_bounds(softmax: Softmax, heads: Heads) -> Slack:
    r"""The entropy of $n$ logits with scaled spread $t$ is least at a two-level vector with the
    integer number of high items next to $n\,c(t-1+c)/(1-c)^2$, $c = e^{-t}$, and at most
    $\ln(n-2+e^{a}(1+c))$, $a = t/(1+e^{t})$.
    """
    least, most = theory.entropy_bounds(heads.n, heads.spread, heads.temperature, exact=True)
    value = plain.entropy(softmax(heads.logits, heads.temperature))
    return between(least, value, most, ulps=entropy_rounding(heads), scale=1.0)


@entropy_bounds.exhaustive(scope="all two-level vectors, n <= 60, t in {0.25, 0.5, ..., 15}")
def every_two_level_vector() -> Iterator[Parameters]:
    spreads = np.arange(0.25, 15.25, 0.25)
    for n in range(2, 61):
        highs = 2 ** np.arange(1, n, dtype=np.uint64) - 1  # binary digits: the first items high
        yield case(n=n, pattern="digits_2", spread=np.tile(spreads, n - 1),
                   seed=np.repeat(highs, len(spreads)))  # fmt: skip


@law(SOFTMAX, over=HEADS, standing="derived", dossier="SM4",
     tight=(LEAST_AT_ONE,))  # fmt: skip
def entropy_deficit_bound(softmax: Softmax, heads: Heads) -> Slack:
    r"""Bounded logits keep the entropy within a constant of its maximum, for every $n$:
    $\ln n - H \le D(t) = u - 1 - \ln u$ with $u = t/(e^{t}-1)$.
    """
    deficit = np.log(heads.n) - plain.entropy(softmax(heads.logits, heads.temperature))
    bound = theory.entropy_deficit(heads.scaled_spread)
    return at_most(deficit, bound, ulps=entropy_rounding(heads), scale=1 + bound)


@entropy_deficit_bound.enclosed(
    scope="two-level vectors with k of n items high, n <= 8, t in [0, 50]", allowance=1e-9
)
def every_two_level_gap() -> Iterator[Box]:
    """Enclose H_k(t) - ln n + D(t); that two levels are least is the unimodality of H."""
    import flint

    def gap(t: Any, n: int, high: int) -> Any:
        c = (-t).exp()
        total = high + (n - high) * c
        inverse = _growth(t) if bool(t[0] <= 1) else (t.exp() - 1) / t
        u = 1 / inverse
        deficit = u - 1 - u.log()
        return total.log() + t * c * (n - high) / total - flint.arb(n).log() + deficit

    for n in range(2, 9):
        for high in range(1, n):
            yield Box(f"n = {n}, k = {high}", 0.0, 50.0, partial(gap, n=n, high=high))


def _growth(t: Any) -> Any:
    """Return a ball series of (e^t - 1)/t for t in [0, 1], where the quotient itself is 0/0.

    Thirty terms of its series; the rest and its first two Taylor coefficients are positive and
    below 1e-28 there.
    """
    import flint

    rest = flint.arb(0).union(flint.arb("1e-28"))
    total, power = flint.arb_series([rest, rest, rest]), flint.arb_series([1])
    for k in range(30):
        total = total + power / flint.arb(k + 1).fac()
        power = power * t
    return total


DEFICIT = closed_form(
    theory.entropy_deficit,
    {
        "sign of the logarithm": lambda t: _u(t) - 1 + np.log(_u(t)),
        "linear term 1 % off": lambda t: theory.entropy_deficit(t) * 1.01 + 1e-3 * t,
        "u without the minus one": lambda t: (lambda u: u - 1 - np.log(u))(
            np.where(t == 0, 1.0, t * np.exp(-t))
        ),
        "written without care": lambda t: _u(t) - 1 - np.log(_u(t)) + 1e-9 * (t < 1e-3),
    },
)


def _u(t: Any) -> Any:
    bounded = np.clip(np.asarray(t, dtype=np.float64), 1e-300, 700)
    return np.where(np.asarray(t) == 0, 1.0, bounded / np.expm1(bounded))


@formula(DEFICIT, over=SPREADS, standing="derived", dossier="SM4", tight=({"t": 1e-6},))
def entropy_deficit_is_at_most_quadratic(entropy_deficit: Callable[..., Array],
                                         spreads: Spreads) -> tuple[Slack, Slack]:  # fmt: skip
    r"""$\max(0, t - 1 - \ln\max(t, 1)) \le D(t) \le t^2/8$ for every $t \ge 0$."""
    t, value = spreads.t, entropy_deficit(spreads.t)
    floor = np.maximum(0, t - 1 - np.log(np.maximum(t, 1)))
    return (
        at_most(value, t**2 / 8, ulps=16, scale=t**2 / 8),
        at_least(value, floor, ulps=16, scale=t),
    )


@table(
    DEFICIT,
    rows=((0.5, 0.031142), (1, 0.123302), (3, 1.007506), (5.69, 2.967200), (10, 6.697824)),
    digits=6,
    standing="derived",
    dossier="SM4",
)
def entropy_deficit_values(entropy_deficit: Callable[..., Array], t: float) -> float:
    r"""$D(t)$ at $t = 0.5, 1, 3, 5.69, 10$."""
    return float(entropy_deficit(np.array(float(t))))


@law(SOFTMAX, over=MASKED_HEADS, source=TEMPERATURE, standing="as printed", dossier="SM9")
def entropy_derivative(softmax: Softmax, heads: Heads) -> Slack:
    r"""$dH/d\beta = -\beta\,\mathrm{Var}_{p(\beta)}(e)$, in its integrated form
    $H(\beta') - H(\beta) = -\int_\beta^{\beta'} b\,\mathrm{Var}_{p(b)}(e)\,db$.
    """
    scaled = np.where(np.isinf(heads.logits), 0.0, heads.logits / heads.temperature)
    step = 1 / (1 + heads.scaled_spread)

    def weights_at(inverse_temperature: Array) -> Array:
        return softmax(np.where(np.isinf(heads.logits), -np.inf, inverse_temperature * scaled))

    def integrand(b: Array) -> Array:
        weights = weights_at(b)
        mean = np.sum(weights * scaled, axis=-1, keepdims=True)
        variance: Array = np.sum(weights * (scaled - mean) ** 2, axis=-1, keepdims=True)
        return b * variance

    # Eight Gauss nodes: the integrand is analytic within 2 pi half-steps, so the error is 1e-17.
    nodes, shares = np.polynomial.legendre.leggauss(8)
    one = np.ones_like(step)
    integral = sum(
        0.5 * share * step * integrand(one + 0.5 * step * (1 + node))
        for node, share in zip(nodes, shares, strict=True)
    )
    change = plain.entropy(weights_at(one + step)) - plain.entropy(weights_at(one))
    roundings = (1 + heads.rounding) * (1 + np.log(heads.n) + 3 * heads.scaled_spread) * 4
    return equal(change, -integral, ulps=roundings, scale=1.0)


@entropy_derivative.proved(scope="n = 2 and n = 3, all real logits and all beta")
def derivative_of_the_entropy() -> Iterator[Any]:
    import sympy

    beta = sympy.symbols("beta", real=True)
    for n in (2, 3):
        logits = sympy.symbols(f"e1:{n + 1}", real=True)
        terms = [sympy.exp(beta * e) for e in logits]
        total = sum(terms)
        weights = [term / total for term in terms]
        mean = sum(w * e for w, e in zip(weights, logits, strict=True))
        variance = sum(w * e**2 for w, e in zip(weights, logits, strict=True)) - mean**2
        # H = -sum p ln p with ln p = beta e - ln Z
        surprise = [sympy.log(total) - beta * e for e in logits]
        value = sum(w * s for w, s in zip(weights, surprise, strict=True))
        yield sympy.diff(value, beta) + beta * variance


@law(SOFTMAX, over=COOLED_HEADS, source=TEMPERATURE, standing="as printed", dossier="SM9",
     tight=(case(n=4, pattern="top_4", spread=1.0, other=2.0),))  # fmt: skip
def entropy_falls_as_it_cools(softmax: Softmax, heads: Heads) -> Slack:
    r"""$H(\beta') \le H(\beta)$ whenever $\beta' \ge \beta \ge 0$."""
    warm = plain.entropy(softmax(heads.logits, heads.temperature))
    scaled = np.where(np.isinf(heads.logits), 0.0, heads.logits / heads.temperature)
    colder = np.where(np.isinf(heads.logits), -np.inf, heads.other * scaled)
    tolerance = 2 * (1 + heads.other) * entropy_rounding(heads)
    return at_most(plain.entropy(softmax(colder)), warm, ulps=tolerance, scale=1.0)


@law(SOFTMAX, over=MASKED_HEADS, source=TEMPERATURE, standing="corrected", dossier="SM9")
def entropy_limits(softmax: Softmax, heads: Heads) -> tuple[Slack, Slack]:
    r"""$H \to \ln n$ as $\beta \to 0$ and $H \to \ln\#\mathrm{argmax}$ as $\beta \to \infty$:
    ties keep their entropy.
    """
    kept = heads.kept_logits
    below = np.where(kept == kept.max(axis=-1, keepdims=True), -np.inf, kept)
    gap = kept.max(axis=-1, keepdims=True) - below.max(axis=-1, keepdims=True)
    ties = np.sum(np.isinf(below), axis=-1, keepdims=True)
    unit = np.where(np.isfinite(gap), gap, 1.0)
    shifted = heads.logits - kept.max(axis=-1, keepdims=True)
    hot = np.where(np.isinf(shifted), -np.inf, shifted * 1e-18)
    # At beta = 60 / gap the other weights are below e^-60, and so is what they add to H.
    cold = shifted / unit * 60
    roundings = 4 * heads.n * (1 + np.log(heads.n))
    return (
        equal(plain.entropy(softmax(hot)), np.log(heads.kept), ulps=roundings, scale=1.0),
        equal(plain.entropy(softmax(cold)), np.log(ties), ulps=roundings, scale=1.0),
    )
