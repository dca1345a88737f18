"""Extremal sums of powers of softmax coefficients, and the vectors that attain them."""

import itertools

import mpmath
import numpy as np
import pytest

from corollary.theory import softmax as theory

SPREADS = [0.0, 1e-300, 1e-12, 1e-8, 1e-3, 0.3, 1.0, 5.69, 36.0, 700.0, 800.0, 1e6]
POWERS = [1e-3, 0.5, 0.999, 1.0, 1 + 1e-9, 1.5, 2.0, 3.0, 4.7, 100.0]


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(50):
        yield


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def two_level_sum(n, top, t, q):
    """Sum of q-th powers of the softmax of `top` logits at t and n - top at 0."""
    c = mpmath.exp(-mpmath.mpf(t))
    z = top + (n - top) * c
    return top / z**q + (n - top) * (c / z) ** q


def assert_close(got, expected, relative):
    assert abs(mpmath.mpf(float(got)) - expected) <= relative * expected + 1e-307, (got, expected)


@pytest.mark.parametrize(("n", "t"), list(itertools.product([1, 2, 3, 10, 61], SPREADS)))
def test_power_sums_are_extremal_over_all_two_valued_vectors(n, t):
    for q in POWERS:
        sums = [two_level_sum(n, k, t, mpmath.mpf(q)) for k in range(1, max(n, 2))]
        equal = mpmath.mpf(n) ** (1 - mpmath.mpf(q))
        least, greatest = theory.power_sum_bounds(n, t, q)
        error = 4e-16 * (4 + q * np.log(n))
        assert_close(least, equal if q > 1 else min(sums), error)
        assert_close(greatest, max(sums) if q > 1 else equal, error)


@pytest.mark.parametrize(("n", "t"), list(itertools.product([1, 2, 3, 10, 61], SPREADS)))
def test_squared_norm_is_extremal_over_all_two_valued_vectors(n, t):
    sums = [two_level_sum(n, k, t, 2) for k in range(1, max(n, 2))]
    least, greatest = theory.squared_norm_bounds(n, t)
    assert_close(least, mpmath.mpf(1) / n, 4e-16)
    assert_close(greatest, max(sums), 1e-15)
    if n > 1:
        c = mpmath.exp(-mpmath.mpf(t))
        attained = 1 / (n - 2 + (1 + c) ** 2 / (1 + c**2))
        assert_close(theory.squared_norm_bounds(n, t, exact=True)[0], attained, 1e-15)


def test_squared_norm_at_a_million_logits():
    for t in SPREADS:
        k = int(10**6 / (1 + mpmath.exp(mpmath.mpf(t))))
        around = [two_level_sum(10**6, j, t, 2) for j in (k, k + 1) if j > 0]
        assert_close(theory.squared_norm_bounds(10**6, t)[1], max(around), 1e-15)


@pytest.mark.parametrize("t", [0.0, 1e-8, 0.7, 3.0, 12.0])
@pytest.mark.parametrize("n", [1, 2, 5, 100, 10**9])
def test_squared_norm_ceiling_is_the_closed_bound(n, t):
    ceiling = theory.squared_norm_ceiling(n, t)
    assert_close(ceiling, min(mpmath.cosh(mpmath.mpf(t) / 2) ** 2 / n, 1), 1e-15)
    assert theory.squared_norm_bounds(n, t)[1] <= ceiling * (1 + 1e-14)


@pytest.mark.parametrize("n", [3, 6, 9, 300])
def test_squared_norm_ceiling_is_attained_where_the_count_is_whole(n):
    t = np.log(2.0)  # n / (1 + e^t) = n/3
    p = softmax(theory.two_level(n, n // 3, t))
    ceiling = theory.squared_norm_ceiling(n, t)
    assert np.sum(p**2) == pytest.approx(ceiling, rel=1e-14)
    assert ceiling == pytest.approx(9 / 8 / n, rel=1e-14)


def test_squared_norm_ceiling_does_not_overflow():
    assert theory.squared_norm_ceiling([10, 1e308], [1e308, 800.0]).tolist() == [1.0, 1.0]
    assert_close(theory.squared_norm_ceiling(1e300, 600.0), mpmath.cosh(300) ** 2 / 1e300, 1e-14)


@pytest.mark.parametrize(("n", "share"), list(itertools.product([2, 10, 10**6], [0.01, 0.5, 1.0])))
def test_spread_for_participation_inverts_the_ceiling(n, share):
    participation = max(1.0, n * share)
    spread = theory.required_spread_for_participation(n, participation, 0.5)
    reached = theory.squared_norm_ceiling(n, spread, 0.5)
    assert reached == pytest.approx(1 / participation, rel=1e-13)
    near = theory.required_spread_for_participation(10, 10 * (1 - 1e-12))
    expected = 2 * mpmath.acosh(mpmath.sqrt(10 / mpmath.mpf(10 * (1 - 1e-12))))
    assert_close(near, expected, 1e-15)


def test_no_spread_is_needed_to_attend_to_everything():
    assert theory.required_spread_for_participation(5, [5.0, 7.0]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("n", [2, 3, 5, 11])
@pytest.mark.parametrize("t", [0.2, 1.0, 4.0, 15.0])
def test_random_vectors_stay_inside_and_the_extremes_are_approached(n, t):
    random = np.random.default_rng(11)
    kinds = [
        random.random((3000, n)),
        random.integers(0, 2, (3000, n)),
        random.beta(0.3, 0.3, (3000, n)),
    ]
    p = softmax(t * np.concatenate(kinds))
    for q in (0.5, 1.5, 2.0, 3.0, 4.7):
        sums = np.sum(p**q, axis=1)
        least, greatest = theory.power_sum_bounds(n, t, q)
        assert sums.min() >= least * (1 - 1e-13) and sums.max() <= greatest * (1 + 1e-13)
        extreme = (sums.max(), greatest) if q > 1 else (sums.min(), least)
        assert extreme[0] == pytest.approx(extreme[1], rel=1e-12)  # the witness was drawn


@pytest.mark.parametrize("n", [2, 3, 8])
@pytest.mark.parametrize("t", [0.2, 1.0, 4.0, 15.0])
def test_random_vectors_of_attained_spread_stay_above_the_least_norm(n, t):
    logits = t * np.random.default_rng(12).random((5000, n))
    logits[:, 0], logits[:, 1] = t, 0.0
    norms = np.sum(softmax(logits) ** 2, axis=1)
    assert norms.min() >= theory.squared_norm_bounds(n, t, exact=True)[0] * (1 - 1e-14)


@pytest.mark.parametrize("spread", [0.0, 1e-8, 0.5, 3.0, 40.0, 800.0])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("n", [2, 3, 10])
def test_witnesses_have_the_spread_and_attain_the_bounds(n, spread, temperature):
    def weights(logits):
        assert logits.shape == (n,)
        assert logits.max() - logits.min() == spread
        return softmax(logits / temperature)

    arguments = (n, spread, temperature)
    close = {"rel": 1e-13, "abs": 1e-300}
    assert weights(theory.one_high(n, spread)).max() == pytest.approx(
        theory.coefficient_bounds(*arguments)[1], **close
    )
    low = weights(theory.one_low(n, spread))
    assert low.min() == pytest.approx(theory.coefficient_bounds(*arguments)[0], **close)
    assert low.max() == pytest.approx(theory.maximum_bounds(*arguments, exact=True)[0], **close)
    for k in range(1, n):
        mass = np.sort(weights(theory.two_level(n, k, spread)))[-k:].sum()
        assert mass == pytest.approx(
            theory.top_k_mass_bounds(n, k, spread, temperature)[1], **close
        )
    norm = np.sum(weights(theory.least_squared_norm_logits(*arguments)) ** 2)
    assert norm == pytest.approx(theory.squared_norm_bounds(*arguments, exact=True)[0], **close)


@pytest.mark.parametrize("spread", [0.0, 1e-3, 0.5, 3.0, 30.0])
@pytest.mark.parametrize("n", [2, 3, 10, 200])
def test_witnesses_of_the_entropy(n, spread):
    for temperature in (0.5, 1.0, 3.0):
        least, greatest = theory.entropy_bounds(n, spread, temperature, exact=True)
        for logits, bound in (
            (theory.least_entropy_logits(n, spread, temperature), least),
            (theory.greatest_entropy_logits(n, spread, temperature), greatest),
        ):
            assert logits.max() - logits.min() == spread
            p = softmax(logits / temperature)
            assert -np.sum(p * np.log(p)) == pytest.approx(bound, rel=1e-12, abs=1e-14)


def test_witnesses_take_a_batch_of_spreads():
    spreads = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
    for function in (theory.one_high, theory.one_low, theory.least_entropy_logits):
        assert np.ptp(function(4, spreads), axis=-1).tolist() == spreads.tolist()
    for function in (theory.greatest_entropy_logits, theory.least_squared_norm_logits):
        assert function(4, spreads, [1.0, 2.0, 3.0]).shape == (2, 3, 4)
    assert theory.two_level(4, [0, 1, 4], 1.0).sum(axis=-1).tolist() == [0.0, 1.0, 4.0]


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: theory.power_sum_bounds(3, 1.0, 0.0), ValueError, "power"),
        (lambda: theory.power_sum_bounds(3, 1.0, np.nan), ValueError, "power"),
        (lambda: theory.power_sum_bounds(3, 1.0, "2"), TypeError, "power"),
        (lambda: theory.squared_norm_bounds(1, 1.0, exact=True), ValueError, "spread"),
        (lambda: theory.squared_norm_bounds(0, 1.0), ValueError, "n"),
        (lambda: theory.required_spread_for_participation(3, 0.5), ValueError, "participation"),
        (lambda: theory.two_level(3, 4, 1.0), ValueError, "k"),
        (lambda: theory.two_level(3, -1, 1.0), ValueError, "k"),
        (lambda: theory.two_level([3, 4], 1, 1.0), TypeError, "n"),
        (lambda: theory.greatest_entropy_logits(1, 0.0), ValueError, "n"),
        (lambda: theory.total_variation_pair(-1.0), ValueError, "spread"),
    ],
)
def test_bad_input_is_named(call, error, named):
    with pytest.raises(error, match=rf"\b{named}\b"):
        call()
