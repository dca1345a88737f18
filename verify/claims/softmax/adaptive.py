"""AT1 to AT6: where adaptive temperature acts, what it keeps, and the most it can change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import brentq

from corollary.theory import softmax as theory
from corollary.verify import _random
from corollary.verify.claim import Source, formula, law
from corollary.verify.claims.softmax.entropy import entropy_rounding
from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.softmax import (
    ADAPTIVE,
    LONG_HEADS,
    SHARP,
    SOFTMAX,
    WARM_HEADS,
    WARM_MASKED_HEADS,
    WARM_SHIFTED_HEADS,
    Heads,
    case,
    closed_form,
    plain,
)
from corollary.verify.search.certified import Box
from corollary.verify.slack import Slack, at_least, at_most, between, bitwise, equal

ALGORITHM = Source(SHARP, "the algorithm of adaptive temperature")
QUARTIC = np.array(theory.ADAPTIVE_COEFFICIENTS)
MOST = theory.ADAPTIVE_PEAK[1]
STEEPEST = 2.53  # of the quartic where it exceeds 1: 1.962 at one end, 2.526 at the other


@dataclass(frozen=True)
class Entropies:
    """A batch of entropies in nats, shape (rows,)."""

    nats: Array


ENTROPIES = Domain(
    name="entropies",
    statement="an entropy $H \\ge 0$ in nats",
    shape={},
    rows={"nats": Reals(0.0, 20.0, (0.0, 0.5, 0.8485, 0.8487, 1.0, 2.0, 4.4124, 5.9445, 5.9446))},
    build=lambda parameters, _: Entropies(np.asarray(parameters["nats"], dtype=np.float64)),
)


def _rule(entropy: Array, coefficients: Any = QUARTIC, threshold: float = 0.5) -> Array:
    sharpened = np.maximum(np.polyval(coefficients, entropy), 1.0)
    return np.where(entropy > threshold, sharpened, 1.0)


SHARPNESS = closed_form(
    theory.adaptive_inverse_temperature,
    {
        "coefficients in reverse order": lambda h: _rule(h, QUARTIC[::-1]),
        "used as temperature": lambda h: 1 / np.clip(np.polyval(QUARTIC, h), 1e-3, 1.0),
        "threshold of 1 nat": lambda h: _rule(h, threshold=1.0),
        "not kept above 1": lambda h: np.polyval(QUARTIC, h),
        "peak held for flat rows": lambda h: _rule(np.minimum(h, 4.4124)),
        "leading coefficient 0.1 % off": lambda h: _rule(h, QUARTIC * [1.001, 1, 1, 1, 1]),
        "entropy in bits": lambda h: _rule(h / np.log(2)),
        "capped at 2.4": lambda h: np.minimum(_rule(h), 2.4),
    },
)


@formula(SHARPNESS, over=ENTROPIES, source=ALGORITHM, standing="sharpened", dossier="AT1",
         tight=({"nats": 1.0}, {"nats": 5.0}))  # fmt: skip
def adaptive_sharpness(
    adaptive_inverse_temperature: Callable[..., Array], entropies: Entropies
) -> tuple[Slack, ...]:
    r"""The inverse temperature $\max(\beta(H), 1)$, applied where $H > 1/2$, is the same function
    without that test; it is exactly 1 outside $[0.848582, 5.944521]$ and at most $2.421388$.
    """
    h = entropies.nats
    value = adaptive_inverse_temperature(h)
    # Horner's rule on a quartic: eight roundings of the sum of the absolute terms.
    terms = np.polyval(np.abs(QUARTIC), h)
    first, last = theory.ADAPTIVE_ENTROPIES
    outside = (h < first - 1e-9) | (h > last + 1e-9)
    return (
        equal(value, _rule(h), ulps=16, scale=terms),
        equal(value, _rule(h, threshold=0.0), ulps=16, scale=terms),
        bitwise(np.where(outside, value, 1.0), 1.0),
        between(np.ones_like(h), value, np.full_like(h, MOST), ulps=16, scale=terms),
    )


@adaptive_sharpness.enclosed(
    scope="the quartic on [0, 20]: below 1 left and right, above 1 between, never above the peak",
    allowance=1e-12,
)
def quartic_on_its_range() -> Iterator[Box]:
    import flint

    def quartic(h: Any) -> Any:
        value = flint.arb_series([0])
        for thousandths in (-37, 481, -2300, 4917, -1791):
            value = value * h + flint.arb(thousandths) / 1000
        return value

    yield Box("left of the range", 0.0, 0.848581, lambda h: 1 - quartic(h))
    yield Box("within the range", 0.848583, 5.944520, lambda h: quartic(h) - 1)
    yield Box("right of the range", 5.944522, 20.0, lambda h: 1 - quartic(h))
    yield Box("peak", 0.0, 20.0, lambda h: flint.arb(MOST) - quartic(h))


@adaptive_sharpness.proved(
    scope="all real roots of the quartic minus 1 and of its derivative, in balls of radius 1e-30"
)
def roots_of_the_quartic() -> Iterator[tuple[Fraction | int, Fraction | int]]:
    """Compare the stored numbers with the isolated roots, to two units of their last place."""
    import flint

    thousandths = [-1791, 4917, -2300, 481, -37]

    def real_roots(coefficients: list[int]) -> list[Any]:
        with flint.ctx.workprec(128):
            found: Any = flint.fmpz_poly(coefficients).complex_roots()
            return [root.real for root, _ in found if bool(root.imag == 0)]

    def near(stored: float, ball: Any) -> Iterator[tuple[Fraction, Fraction]]:
        room = 2 * Fraction(float(np.spacing(stored)))
        yield Fraction(stored) - room, _fraction(ball.lower())
        yield _fraction(ball.upper()), Fraction(stored) + room

    crossings = real_roots([thousandths[0] - 1000, *thousandths[1:]])
    summits = real_roots([k * c for k, c in enumerate(thousandths)][1:])
    for found, count in ((crossings, 2), (summits, 1)):
        yield count, len(found)
        yield len(found), count
    for stored, ball in zip(theory.ADAPTIVE_ENTROPIES, crossings, strict=True):
        yield from near(stored, ball)
    yield from near(theory.ADAPTIVE_PEAK[0], summits[0])
    with flint.ctx.workprec(128):
        highest = flint.fmpz_poly(thousandths)(summits[0]) / 1000
    yield from near(MOST, highest)
    # The published threshold lies where the rule is off already.
    yield Fraction(1, 2), _fraction(crossings[0].lower())


def _fraction(exact: Any) -> Fraction:
    mantissa, exponent = exact.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def adaptive_rounding(heads: Heads) -> Array:
    """Return the tolerance of one coefficient in units of roundoff.

    The softmax of the sharpened logits, and what an error of the entropy does through the
    sharpness: the quartic's slope times it, and the quartic's own sixteen roundings, both times
    the shifted logit.
    """
    terms = np.polyval(np.abs(QUARTIC), np.log(heads.n))
    error = STEEPEST * entropy_rounding(heads) + 16 * terms
    return theory.softmax_error_ulps(heads.n, MOST * heads.spread) + heads.spread * (4 + error)


@law(ADAPTIVE, over=WARM_MASKED_HEADS, source=ALGORITHM, standing="sharpened", dossier="AT1")
def adaptive_rule(adaptive: Callable[..., Array], heads: Heads) -> Slack:
    r"""Adaptive temperature is $\mathrm{softmax}(\max(\beta(H), 1)\,e)$ with
    $\beta(H) = -0.037 H^4 + 0.481 H^3 - 2.3 H^2 + 4.917 H - 1.791$, whatever its threshold up to
    $0.848$ nats.
    """
    kept = heads.kept_logits
    weights = plain.softmax(kept)
    sharpness = np.maximum(np.polyval(QUARTIC, plain.entropy(weights)), 1.0)
    expected = np.zeros_like(heads.logits)
    expected[:, : heads.kept] = plain.softmax(sharpness * (kept - kept.max(axis=-1, keepdims=True)))
    return equal(adaptive(heads.logits), expected, ulps=2 * adaptive_rounding(heads))


@law(ADAPTIVE, over=LONG_HEADS, standing="derived", source=Source(SHARP), dossier="AT2")
def adaptive_off_switch(adaptive: Any, heads: Heads) -> Slack:
    r"""With scaled spread at most $t$ and $n \ge \exp(5.944521 + D(t))$ items adaptive temperature
    is the plain softmax, bit for bit.
    """
    ulps = 0 if adaptive.can_be_switched_off else heads.rounding
    return equal(adaptive(heads.logits), adaptive.switched_off(heads.logits), ulps=ulps)


@law(ADAPTIVE, over=WARM_MASKED_HEADS, standing="derived", source=Source(SHARP), dossier="AT3",
     tight=(case(n=4, pattern="top_4"),))  # fmt: skip
def adaptive_lowers_entropy(adaptive: Callable[..., Array], heads: Heads) -> Slack:
    r"""The entropy of the result is at most that of the plain softmax."""
    before = plain.entropy(plain.softmax(heads.logits))
    tolerance = (adaptive_rounding(heads) + heads.n) * (1 + np.log(heads.n))
    return at_most(plain.entropy(adaptive(heads.logits)), before, ulps=tolerance, scale=1.0)


@law(ADAPTIVE, over=WARM_MASKED_HEADS, standing="derived", source=Source(SHARP), dossier="AT3",
     tight=(case(n=4, pattern="top_4"),))  # fmt: skip
def adaptive_keeps_order(adaptive: Callable[..., Array], heads: Heads) -> tuple[Slack, ...]:
    r"""A larger logit never gets a smaller coefficient, equal logits get equal ones, and a row of
    equal logits stays uniform.
    """
    order = np.argsort(heads.logits, axis=-1)
    logits = np.take_along_axis(heads.logits, order, axis=-1)
    weights = np.take_along_axis(adaptive(heads.logits), order, axis=-1)
    below, above = (weights[:, :-1], weights[:, 1:]) if heads.n > 1 else (weights, weights)
    ties = (logits[:, :-1] == logits[:, 1:]) if heads.n > 1 else np.full(weights.shape, True)
    constant = (heads.spread == 0) & np.isfinite(logits)
    return (
        at_least(above, below, ulps=4),
        equal(np.where(ties, above, 0.0), np.where(ties, below, 0.0), ulps=4),
        equal(np.where(constant, weights, 1 / heads.kept), 1 / heads.kept, ulps=heads.rounding),
    )


@law(ADAPTIVE, over=WARM_SHIFTED_HEADS, standing="derived", source=Source(SHARP), dossier="AT3")
def adaptive_shift_invariance(adaptive: Callable[..., Array], heads: Heads) -> Slack:
    r"""Adding one number to all logits changes no coefficient."""
    moved = adaptive(heads.logits + heads.other)
    return equal(moved, adaptive(heads.logits), ulps=2 * adaptive_rounding(heads))


@dataclass(frozen=True)
class Candidates:
    """A batch of rows of logits in [0, 1], each with an item that is not the largest, item 1."""

    levels: Array
    factor: Array


def _build_candidates(parameters: Parameters, precision: Precision) -> Candidates:
    """Put item 1 `height` of the way from the mean of the others up to the largest, item 0."""
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    levels = 0.9 * _random.uniforms(seed, int(parameters["n"]))
    levels[:, 0] = 1.0
    mean = np.delete(levels, 1, axis=1).mean(axis=1)
    levels[:, 1] = mean + np.asarray(parameters["height"]) * (1 - mean)
    return Candidates(precision.round(levels), np.asarray(parameters["factor"])[:, None])


CANDIDATES = Domain(
    name="candidates",
    statement="logits $e$, and an item $i$ with $e_i$ above their mean and below their maximum",
    shape={"n": Integers(3, 24)},
    rows={"height": Reals(0.02, 0.98), "factor": Reals(0.1, 4.0), "seed": SEED},
    build=_build_candidates,
    constraints={
        "above the mean": Constraint("$e_i$ exceeds the mean.", "height", Reals(-0.98, -0.02))
    },
)


def _best_sharpness(levels: Array) -> Array:
    """Return the root beta of e_1 = mean of e under softmax(beta e), by halving [0, 1e5]."""
    low, high = np.zeros((len(levels), 1)), np.full((len(levels), 1), 1e5)
    for _ in range(64):
        middle = (low + high) / 2
        mean = np.sum(plain.softmax(middle * levels) * levels, axis=-1, keepdims=True)
        below = mean < levels[:, 1:2]
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return high


@law(SOFTMAX, over=CANDIDATES, standing="derived", source=Source(SHARP), dossier="AT4")
def best_temperature_of_an_item(
    softmax: Callable[..., Array], candidates: Candidates
) -> tuple[Slack, ...]:
    r"""The coefficient of an item above the mean is greatest at the one $\beta^* > 0$ where the
    mean logit $\sum_j p_j e_j$ equals $e_i$, and there $p_i = e^{-H}$.
    """
    levels = candidates.levels
    n = levels.shape[-1]
    best = _best_sharpness(levels)
    weights = softmax(best * levels)
    chosen = weights[:, 1:2]
    # Rounding beta e and the root move ln p_i + H = beta (e_i - mean) by (n + 8) roundings of beta.
    rounding = theory.softmax_error_ulps(n, best) + best * (n + 8)
    other = softmax(candidates.factor * best * levels)[:, 1:2]
    other_rounding = theory.softmax_error_ulps(n, candidates.factor * best)
    return (
        equal(np.sum(weights * levels, axis=-1, keepdims=True), levels[:, 1:2],
              ulps=rounding + n, scale=1.0),
        equal(chosen, np.exp(-plain.entropy(weights)), ulps=2 * rounding * (1 + np.log(n))),
        at_most(other, chosen, ulps=rounding + 2 * other_rounding),
    )  # fmt: skip


def _spread_of_peak(n: int) -> float:
    """Return the spread at which one high item among n has the entropy of the greatest factor."""

    def excess(t: float) -> float:
        others = (n - 1) * np.exp(-t)
        return float(np.log1p(others) + t * others / (1 + others) - theory.ADAPTIVE_PEAK[0])

    return float(brentq(excess, 0.5, 5.0, xtol=1e-14))


@law(ADAPTIVE, over=WARM_HEADS, standing="derived", source=Source(SHARP), dossier="AT6",
     tight=(case(n=150, pattern="top_1", spread=_spread_of_peak(150)),))  # fmt: skip
def adaptive_maximum(adaptive: Callable[..., Array], heads: Heads) -> Slack:
    r"""Adaptive temperature disperses too: with scaled spread $t$ every coefficient is at most
    $1/(1+(n-1)e^{-2.42139\,t})$.
    """
    bound = theory.adaptive_maximum_bound(heads.n, heads.spread)
    largest = adaptive(heads.logits).max(axis=-1, keepdims=True)
    return at_most(largest, bound, ulps=2 * adaptive_rounding(heads))
