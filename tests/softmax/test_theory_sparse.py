"""Guarantees of sparse maps, scalable softmax and stick-breaking against their definitions."""

import itertools

import mpmath
import numpy as np
import pytest

from corollary.theory import softmax as theory


def entmax(logits, alpha):
    """Alpha-entmax of a matrix of rows by bisection on the threshold, from the definition."""
    a = alpha - 1
    z = a * (logits - logits.max(axis=-1, keepdims=True))
    low, high = np.full((len(z), 1), -1.0), np.full((len(z), 1), 0.0)
    for _ in range(80):
        tau = (low + high) / 2
        total = (np.maximum(z - tau, 0) ** (1 / a)).sum(axis=-1, keepdims=True)
        low, high = np.where(total > 1, tau, low), np.where(total > 1, high, tau)
    p = np.maximum(z - low, 0) ** (1 / a)
    return p / p.sum(axis=-1, keepdims=True)


GAPS = np.array([0.0, 1e-12, 1e-3, 0.3, 0.9, 1.0, 1.5, 1.999, 2.0, 3.0, 1e6])
SIZES = np.array([1, 2, 3, 10, 1000, 10**6])[:, None]


@pytest.mark.parametrize("alpha", [1.05, 1.2, 1.5, 1.8, 2.0, 2.5, 4.0])
def test_entmax_maximum_is_the_weight_of_the_two_level_vector(alpha):
    gaps = np.array([0.0, 1e-3, 0.2, 0.9, 1.1, 1.9, 2.1, 6.0, 30.0])
    for n in (2, 3, 10, 500):
        attained = entmax(theory.one_high(n, gaps), alpha)[:, 0]
        precision = 1e-11 if alpha <= 2 else 1e-6  # the weights are roots of a rounded threshold
        assert theory.entmax_maximum(n, gaps, alpha) == pytest.approx(attained, rel=precision)


@pytest.mark.parametrize("alpha", [1.2, 1.5, 2.0, 2.5])
@pytest.mark.parametrize("n", [2, 3, 7])
def test_entmax_maximum_bounds_random_vectors_by_gap_and_by_spread(alpha, n):
    random = np.random.default_rng(1)
    logits = random.choice([0.3, 1.0, 3.0], (3000, 1)) * random.random((3000, n))
    ordered = np.sort(logits, axis=-1)
    largest = entmax(logits, alpha).max(axis=-1)
    lower = theory.entmax_maximum(n, ordered[:, -1] - ordered[:, -2], alpha)
    upper = theory.entmax_maximum(n, ordered[:, -1] - ordered[:, 0], alpha)
    assert (largest >= lower - 1e-12).all() and (largest <= upper + 1e-12).all()


def test_closed_forms_agree_with_the_root():
    sparse, half = theory.sparsemax_maximum(SIZES, GAPS), theory.entmax15_maximum(SIZES, GAPS)
    assert theory.entmax_maximum(SIZES, GAPS, 2.0) == pytest.approx(sparse, rel=4e-15)
    assert theory.entmax_maximum(SIZES, GAPS, 1.5) == pytest.approx(half, rel=4e-15)


@pytest.mark.parametrize("alpha", [1.0, 1 + 2.0**-52, 1 + 1e-13])
def test_entmax_tends_to_softmax(alpha):
    gaps = np.append(GAPS[:-1], 36.0)
    expected = theory.maximum_from_gap(SIZES, gaps)
    assert theory.entmax_maximum(SIZES, gaps, alpha) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("alpha", [1.1, 1.5, 1.9, 2.0, 3.0])
def test_one_hot_exactly_from_the_stated_gap(alpha):
    gap = theory.entmax_one_hot_gap(alpha)
    for maximum in (lambda g: theory.entmax_maximum(5, g, alpha), lambda g: one_hot_part(g, alpha)):
        assert maximum(gap * (1 + 1e-15)) == 1.0
        assert maximum(gap * 0.9) < 1.0


def one_hot_part(gap, alpha):
    return entmax(theory.one_high(5, np.array([gap])), alpha)[0, 0]


@pytest.mark.parametrize(
    ("alpha", "gap"), [(1.2, 3.0), (1.5, 1.2), (2.0, 0.6), (3.0, 0.4), (2.0, 2.0)]
)
def test_entmax_maximum_tends_to_a_positive_limit(alpha, gap):
    limit = theory.entmax_maximum_limit(gap, alpha)
    values = theory.entmax_maximum(10.0 ** np.array([3, 30, 300]), gap, alpha)
    assert (np.diff(np.abs(values - limit)) <= 0).all()
    assert values[-1] == pytest.approx(limit, rel=1e-12)
    dispersing = theory.entmax_maximum(1e300, gap, 1.0)
    assert theory.entmax_maximum_limit(gap, 1.0) == 0.0 and dispersing < 1e-290


def test_entmax_at_the_ends():
    assert theory.entmax_maximum(10, 1e300, 1e300) == 1.0
    assert theory.entmax_maximum_limit(1e300, [1.0, 1e300]).tolist() == [0.0, 1.0]
    assert theory.entmax_maximum_limit([0.0, 1e-300], 1 + 1e-9).tolist() == [0.0, 0.0]
    assert theory.entmax_one_hot_gap(1.0) == np.inf
    assert theory.sparsemax_maximum(1, [0.0, 5.0]).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_scalable_softmax_has_three_regimes(scale):
    gaps = np.array([0.0, 0.5, 0.9, 1.0, 1.1, 2.0]) / scale
    limit = theory.scalable_softmax_limit(gaps, scale)
    assert limit.tolist() == [0.0, 0.0, 0.0, 0.5, 1.0, 1.0]
    assert theory.scalable_softmax_maximum(1e300, gaps, scale) == pytest.approx(limit, abs=1e-12)
    for n, gap in itertools.product([1, 2, 10**6], gaps):
        power = mpmath.mpf(n) ** (-mpmath.mpf(scale) * mpmath.mpf(gap))
        expected = float(1 / (1 + (n - 1) * power))
        assert theory.scalable_softmax_maximum(n, gap, scale) == pytest.approx(expected, rel=1e-14)
    assert theory.scalable_softmax_maximum(10, 1e308, 1e308) == 1.0


def stick_breaking(logits):
    """Weights of the keys before the query, the nearest last, and the mass left over."""
    sigma = 1 / (1 + np.exp(-logits))
    weights, left = np.zeros_like(sigma), np.ones(len(sigma))
    for j in range(logits.shape[1] - 1, -1, -1):
        weights[:, j] = sigma[:, j] * left
        left = left * (1 - sigma[:, j])
    return weights, left


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (0.0, 0.0), (-5.0, -4.0)])
def test_stick_breaking_weights_stay_inside_and_reach_both_ends(low, high):
    random = np.random.default_rng(2)
    logits = np.where(random.random((20000, 5)) < 0.5, low, high)
    weights, left = stick_breaking(logits)
    assert weights.sum(axis=1) + left == pytest.approx(1.0, rel=1e-14)
    lower, upper = theory.stick_breaking_bounds(np.arange(5, 0, -1), low, high)
    assert weights.min(axis=0) == pytest.approx(lower, rel=1e-13)
    assert weights.max(axis=0) == pytest.approx(upper, rel=1e-13)
    inside = stick_breaking(low + (high - low) * random.random((5000, 5)))[0]
    assert (inside >= lower * (1 - 1e-13)).all() and (inside <= upper * (1 + 1e-13)).all()


def test_stick_breaking_at_the_ends():
    lower, upper = theory.stick_breaking_bounds([1, 2, 10**6], -800.0, 800.0)
    assert lower.tolist() == [0.0, 0.0, 0.0] and upper.tolist() == [1.0, 1.0, 1.0]
    assert theory.stick_breaking_bounds(1e300, 1e300, 1e300)[1] == 0.0


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: theory.entmax_maximum(3, 1.0, 0.9), ValueError, "alpha"),
        (lambda: theory.entmax_maximum(3, 1.0, np.nan), ValueError, "alpha"),
        (lambda: theory.entmax_maximum(3, -1.0, 2.0), ValueError, "gap"),
        (lambda: theory.entmax_maximum(0, 1.0, 2.0), ValueError, "n"),
        (lambda: theory.entmax_one_hot_gap("2"), TypeError, "alpha"),
        (lambda: theory.sparsemax_maximum(3, np.inf), ValueError, "gap"),
        (lambda: theory.entmax15_maximum(2.5, 1.0), ValueError, "n"),
        (lambda: theory.entmax_maximum_limit(-1.0, 2.0), ValueError, "gap"),
        (lambda: theory.scalable_softmax_maximum(3, 1.0, -1.0), ValueError, "scale"),
        (lambda: theory.stick_breaking_bounds(0, 0.0, 1.0), ValueError, "distance"),
        (lambda: theory.stick_breaking_bounds(1, 1.0, 0.0), ValueError, "low"),
    ],
)
def test_bad_input_is_named(call, error, named):
    with pytest.raises(error, match=rf"\b{named}\b"):
        call()
