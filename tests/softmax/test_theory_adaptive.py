"""Adaptive temperature: where it acts, its greatest factor, and what it cannot do."""

import numpy as np
import pytest
from flint import arb, ctx

from corollary.theory import softmax as theory


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def entropy(p):
    return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)


def exact_polynomial(x, derivative=False):
    """Enclosure of the published polynomial, of decimal coefficients, or of its derivative."""
    decimals = [arb(text) for text in ("-0.037", "0.481", "-2.3", "4.917", "-1.791")]
    if derivative:
        decimals = [(4 - i) * c for i, c in enumerate(decimals[:-1])]
    value = arb(0)
    for coefficient in decimals:
        value = value * x + coefficient
    return value


@pytest.fixture(autouse=True)
def precision():
    before, ctx.prec = ctx.prec, 200
    yield
    ctx.prec = before


def enclosure(left, width):
    """Enclosure of the polynomial over an interval: midpoint plus slope times radius."""
    middle, radius = left + width / 2, width / 2
    slope = exact_polynomial(arb(middle, radius), derivative=True)
    return exact_polynomial(arb(middle)) + slope * arb(0, radius)


def test_roots_and_peak_are_enclosed():
    """The sign changes between the neighbours 1e-14 away on either side of each number."""
    for root, rising in zip(theory.ADAPTIVE_ENTROPIES, (True, False), strict=True):
        below, above = (exact_polynomial(arb(root) + e) - 1 for e in (-1e-14, 1e-14))
        assert (below < 0 and above > 0) if rising else (below > 0 and above < 0)
    where, peak = theory.ADAPTIVE_PEAK
    assert (
        exact_polynomial(arb(where) - 1e-14, True) > 0 > exact_polynomial(arb(where) + 1e-14, True)
    )
    assert abs(exact_polynomial(arb(where)) - peak) < 1e-14


def test_there_is_no_other_root_and_no_higher_peak():
    """Ball arithmetic over a cover of [0, 20]; beyond it the polynomial falls."""
    first, last = theory.ADAPTIVE_ENTROPIES
    width = 2.0**-8
    for left in np.arange(0, 20, width):
        value = enclosure(left, width)
        assert value < theory.ADAPTIVE_PEAK[1] + 2e-3
        if left + width < first - 0.01 or left > last + 0.01:
            assert value < 1
        elif left > first + 0.01 and left + width < last - 0.01:
            assert value > 1
    assert exact_polynomial(arb(20), True) < 0
    assert theory.ADAPTIVE_COEFFICIENTS == (-0.037, 0.481, -2.3, 4.917, -1.791)


def test_the_test_for_an_entropy_above_one_half_is_inert():
    h = np.linspace(0, 20, 200001)
    published = np.where(h > 0.5, np.maximum(np.polyval(theory.ADAPTIVE_COEFFICIENTS, h), 1), 1)
    assert (theory.adaptive_inverse_temperature(h) == published).all()
    inside = (h > theory.ADAPTIVE_ENTROPIES[0]) & (h < theory.ADAPTIVE_ENTROPIES[1])
    assert (theory.adaptive_inverse_temperature(h)[inside] > 1).all()
    assert (theory.adaptive_inverse_temperature(h)[~inside] == 1).all()
    assert theory.adaptive_inverse_temperature(1e300) == 1.0


@pytest.mark.parametrize("t", [0.0, 1.0, 3.0, 5.69])
def test_off_switch_length_is_sharp(t):
    """From it on the least entropy is past the last root; a tenth below it, it is not."""
    n = int(np.ceil(theory.adaptive_off_switch_length(t)))
    assert theory.entropy_bounds(n, t)[0] >= theory.ADAPTIVE_ENTROPIES[1]
    assert theory.entropy_bounds(int(0.99 * n), t)[0] < theory.ADAPTIVE_ENTROPIES[1]
    logits = theory.least_entropy_logits(n, t)
    assert theory.adaptive_inverse_temperature(entropy(softmax(logits))) == 1.0
    earlier = theory.least_entropy_logits(int(0.99 * n), t)
    assert theory.adaptive_inverse_temperature(entropy(softmax(earlier))) > 1.0


def test_off_switch_length_overflows_to_infinity():
    assert theory.adaptive_off_switch_length([1e6, 1e308]).tolist() == [np.inf, np.inf]
    assert theory.adaptive_off_switch_length(2.0, 0.5) == theory.adaptive_off_switch_length(4.0)


@pytest.mark.parametrize("n", [2, 30, 2000])
def test_adaptive_softmax_stays_below_its_bound(n):
    random = np.random.default_rng(1)
    logits = random.choice([0.5, 2.0, 6.0], (300, 1)) * random.beta(0.3, 0.3, (300, n))
    logits[:100] = theory.one_high(n, np.linspace(0, 9, 100))
    factor = theory.adaptive_inverse_temperature(entropy(softmax(logits)))
    largest = softmax(logits * factor[:, None]).max(axis=-1)
    spread = np.ptp(logits, axis=-1)
    assert (largest <= theory.adaptive_maximum_bound(n, spread) * (1 + 1e-14)).all()
    crossing = theory.adaptive_critical_length(spread, largest)
    assert (n <= crossing * (1 + 1e-9)).all()


def test_adaptive_bounds_are_softmax_bounds_at_the_peak():
    peak = theory.ADAPTIVE_PEAK[1]
    bound = theory.adaptive_maximum_bound(100, 3.0, 1.5)
    assert bound == pytest.approx(1 / (1 + 99 * np.exp(-2 * peak)), rel=1e-14)
    length = theory.adaptive_critical_length([3.0, 1e308], 0.25, 1.5)
    assert length.tolist() == pytest.approx([1 + 3 * np.exp(2 * peak), np.inf], rel=1e-14)


@pytest.mark.parametrize("n", [2, 100, 10**9])
@pytest.mark.parametrize("share", [0.6, 0.99])
def test_required_inverse_temperature_keeps_the_coefficient(n, share):
    factor = theory.required_inverse_temperature(n, share, 0.4)
    assert theory.maximum_from_gap(n, 0.4, 1 / factor) == pytest.approx(share, rel=1e-13)


def test_the_optimum_the_rule_was_fitted_to():
    """For a non-maximal item above the mean the best weight over factors b is exp(-entropy)."""
    logits = np.random.default_rng(3).normal(size=9)
    order = np.argsort(logits)
    item = order[-2]
    factors = np.exp(np.linspace(-6, 4, 200001))
    p = softmax(factors[:, None] * logits)
    best = int(np.argmax(p[:, item]))
    assert 0 < best < len(factors) - 1
    assert p[best, item] == pytest.approx(np.exp(-entropy(p[best])), rel=1e-4)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: theory.adaptive_inverse_temperature(-0.1), "entropy"),
        (lambda: theory.adaptive_inverse_temperature([1.0, np.nan]), "entropy"),
        (lambda: theory.adaptive_off_switch_length(-1.0), "spread"),
        (lambda: theory.adaptive_maximum_bound(3, 1.0, 0.0), "temperature"),
        (lambda: theory.adaptive_critical_length(1.0, 2.0), "coefficient"),
        (lambda: theory.required_inverse_temperature(3, 0.5, 0.0), "gap"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match=rf"\b{named}\b"):
        call()
