"""Closed forms of softmax's extremal coefficients and entropies against exact arithmetic."""

import itertools

import mpmath
import numpy as np
import pytest

from corollary.theory import softmax as theory

SPREADS = [0.0, 1e-300, 1e-12, 1e-8, 1e-3, 0.3, 1.0, 1.99, 2.01, 5.69, 36.0, 700.0, 800.0, 1e6]
SIZES = [1, 2, 3, 10, 10**6]
GRID = [(n, t) for n in SIZES for t in SPREADS]


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(360):  # 1 - exp(-700) is still told from 1
        yield


def weights(logits):
    """Softmax of mpmath numbers."""
    powers = [mpmath.exp(x - max(logits)) for x in logits]
    return [x / mpmath.fsum(powers) for x in powers]


def entropy(p):
    return -mpmath.fsum(x * mpmath.log(x) for x in p if x > 0)


def two_level_entropy(n, top, t):
    """Entropy of `top` logits at t and n - top at 0, from the definition."""
    z = top + (n - top) * mpmath.exp(-t)
    high, low = 1 / z, mpmath.exp(-t) / z
    return -top * high * mpmath.log(high) - ((n - top) * low * mpmath.log(low) if n > top else 0)


def assert_close(got, expected, relative=8e-16, absolute=0.0):
    """Compare a float with an mpmath number; below the normal range an absolute error is left."""
    error = abs(mpmath.mpf(float(got)) - expected)
    assert error <= relative * abs(expected) + absolute + 1e-307, (got, expected)


@pytest.mark.parametrize(("n", "t"), GRID)
def test_coefficient_bounds_are_the_witness_values(n, t):
    lower, upper = theory.coefficient_bounds(n, t)
    decay = mpmath.exp(-mpmath.mpf(t))
    assert_close(lower, 1 / (1 + (n - 1) * mpmath.exp(mpmath.mpf(t))))
    assert_close(upper, 1 / (1 + (n - 1) * decay))


@pytest.mark.parametrize(("n", "t"), GRID)
def test_maximum_bounds_are_the_witness_values(n, t):
    decay = mpmath.exp(-mpmath.mpf(t))
    assert_close(theory.maximum_bounds(n, t)[0], mpmath.mpf(1) / n)
    assert_close(theory.maximum_bounds(n, t)[1], 1 / (1 + (n - 1) * decay))
    assert_close(theory.maximum_from_gap(n, t), 1 / (1 + (n - 1) * decay))
    if n > 1:
        assert_close(theory.maximum_bounds(n, t, exact=True)[0], 1 / (n - 1 + decay))
        assert_close(theory.maximum_bounds(n, t, exact=True)[1], 1 / (1 + (n - 1) * decay))


@pytest.mark.parametrize(("n", "t"), [(n, t) for n in (1, 2, 3, 10, 101) for t in SPREADS])
def test_least_entropy_is_the_minimum_over_all_two_valued_vectors(n, t):
    candidates = [two_level_entropy(n, k, mpmath.mpf(t)) for k in range(1, max(n, 2))]
    least = min(candidates)
    assert_close(theory.entropy_bounds(n, t)[0], least, relative=2e-15)
    attained = candidates[int(theory.least_entropy_count(n, t)) - 1]
    assert attained - least <= 1e-15 * least + mpmath.mpf(10) ** -300


@pytest.mark.parametrize("t", SPREADS)
def test_least_entropy_at_a_million_logits(t):
    """The neighbours of the reported count are no better, and the value is that count's."""
    k = int(theory.least_entropy_count(10**6, t))
    around = {j: two_level_entropy(10**6, j, mpmath.mpf(t)) for j in (k - 1, k, k + 1) if j > 0}
    assert around[k] - min(around.values()) <= 1e-15 * around[k]
    assert_close(theory.entropy_bounds(10**6, t)[0], around[k], relative=2e-15)


@pytest.mark.parametrize("t", [1e-8, 5e-4, 9.99e-4, 1.01e-3, 0.1, 3.0])
def test_least_entropy_count_is_next_to_the_stationary_point(t):
    c = mpmath.exp(-mpmath.mpf(t))
    ideal = 10**6 * c * (mpmath.mpf(t) - 1 + c) / (1 - c) ** 2
    assert abs(int(theory.least_entropy_count(10**6, t)) - ideal) <= 1


def test_a_quotient_beyond_float64_is_the_limit():
    assert theory.entropy_bounds(5, 1e308, 1e-10)[0] == 0.0
    assert theory.coefficient_bounds([1, 5], 1e308, 1e-10)[0].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(("n", "t"), [(n, t) for n, t in GRID if n > 1])
def test_greatest_entropy_with_attained_spread(n, t):
    t_exact = mpmath.mpf(t)
    shift = t_exact / (1 + mpmath.exp(t_exact))
    value = mpmath.log(n - 2 + mpmath.exp(shift) * (1 + mpmath.exp(-t_exact)))
    assert_close(theory.entropy_bounds(n, t, exact=True)[1], value, relative=2e-15)
    assert_close(theory.entropy_bounds(n, t)[1], mpmath.log(n))
    if n <= 10:
        witness = [shift, shift - t_exact, *[mpmath.mpf(0)] * (n - 2)]
        assert_close(theory.entropy_bounds(n, t, exact=True)[1], entropy(weights(witness)), 2e-15)


@pytest.mark.parametrize("t", [*SPREADS, 0.5, 3.0, 10.0])
def test_entropy_deficit_against_its_definition(t):
    with mpmath.workdps(360 if t > 1e-100 else 1300):
        u = mpmath.mpf(t) / mpmath.expm1(t) if t else mpmath.mpf(1)
        assert_close(theory.entropy_deficit(t), u - 1 - mpmath.log(u), relative=6e-16)


def test_entropy_deficit_golden_values():
    golden = {0.5: 0.031142, 1: 0.123302, 3: 1.007506, 5.69: 2.967200, 10: 6.697824}
    for t, value in golden.items():
        assert round(float(theory.entropy_deficit(t)), 6) == value


@pytest.mark.parametrize("t", [0.1, 1.0, 3.0, 8.0])
def test_entropy_stays_within_the_deficit_and_comes_close(t):
    n = np.array([2, 5, 50, 10**4, 10**9])
    missing = np.log(n) - theory.entropy_bounds(n, t)[0]
    deficit = theory.entropy_deficit(t)
    assert (missing <= deficit + 1e-15 * np.log(n)).all()  # each entropy is rounded at ln n
    assert missing[-1] >= deficit * (1 - 1e-6)


@pytest.mark.parametrize(
    ("n", "t"), list(itertools.product([1, 2, 3, 5, 11], [0.0, 0.2, 1.0, 4.0, 15.0]))
)
def test_random_vectors_stay_inside_and_the_extremes_are_approached(n, t):
    random = np.random.default_rng(7)
    kinds = [random.random((4000, n)), random.integers(0, 2, (4000, n)).astype(float)]
    kinds += [random.beta(0.3, 0.3, (4000, n)), 0.5 + random.random((4000, n)) * 1e-3]
    logits = t * np.concatenate(kinds)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    h = -np.sum(p * np.log(p), axis=1)
    least, greatest = theory.entropy_bounds(n, t)
    lower, upper = theory.coefficient_bounds(n, t)
    assert h.min() >= least - 1e-13 and h.max() <= greatest + 1e-13
    assert p.min() >= lower * (1 - 1e-14) and p.max() <= upper * (1 + 1e-14)
    assert p.max(axis=1).min() >= theory.maximum_bounds(n, t)[0] * (1 - 1e-14)
    exact = n == 1 or p.max() == pytest.approx(upper, rel=1e-12)  # the witness was drawn
    assert exact and p.min() == pytest.approx(lower, rel=1e-12)
    assert h.min() == pytest.approx(least, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("n", "t"), list(itertools.product([2, 3, 5, 11], [0.2, 1.0, 4.0, 15.0])))
def test_random_vectors_of_attained_spread_stay_inside(n, t):
    random = np.random.default_rng(8)
    logits = t * random.random((8000, n))
    logits[:, 0], logits[:, 1] = t, 0.0
    powers = np.exp(logits)
    p = powers / powers.sum(axis=1, keepdims=True)
    h = -np.sum(p * np.log(p), axis=1)
    least, greatest = theory.entropy_bounds(n, t, exact=True)
    assert (h >= least - 1e-13).all() and (h <= greatest + 1e-13).all()
    largest = p.max(axis=1)
    assert (largest >= theory.maximum_bounds(n, t, exact=True)[0] * (1 - 1e-14)).all()


@pytest.mark.parametrize("exponent", [1.0, 3.0, 8.0, 600.0])
@pytest.mark.parametrize("share", [1e-9, 0.1, 0.5, 0.9, 1 - 1e-9])
def test_critical_length_and_required_spread_are_inverse(exponent, share):
    for temperature in (0.25, 1.0, 3.0):
        length = theory.critical_length(exponent * temperature, share, temperature)
        back = theory.required_spread(length, share, temperature)
        rounded_length = 4e-16 * length / max(length - 1, 1e-300)  # n - 1 forgets this much
        assert back == pytest.approx(exponent * temperature, rel=1e-14 + rounded_length, abs=1e-15)


@pytest.mark.parametrize("t", [0.0, 0.7, 3.0, 10.0])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9, 1.0])
def test_critical_length_is_where_the_upper_bound_crosses(t, share):
    length = float(theory.critical_length(t, share))
    last = int(np.floor(length * (1 + 1e-14)))
    assert theory.coefficient_bounds(max(last, 1), t)[1] >= share * (1 - 1e-12)
    assert theory.coefficient_bounds(last + 1, t)[1] < share
    spread = theory.required_spread(last + 1, min(share, 0.99))
    assert theory.coefficient_bounds(last + 1, spread)[1] >= min(share, 0.99) * (1 - 1e-12)


def test_critical_length_and_required_spread_at_the_ends():
    assert theory.critical_length(800.0, 0.5) == np.inf
    assert theory.critical_length([0.0, 800.0], 1.0).tolist() == [1.0, 1.0]
    assert theory.required_spread([1, 2], 1.0).tolist() == [0.0, np.inf]
    assert theory.required_spread(4, [0.2, 0.25]).tolist() == [0.0, 0.0]
    near = mpmath.log(mpmath.mpf(0.25 + 1e-9) * 3 / (1 - mpmath.mpf(0.25 + 1e-9)))
    assert_close(theory.required_spread(4, 0.25 + 1e-9), near, relative=1e-15, absolute=1e-16)
    almost = 1 - 2.0**-53
    far = mpmath.log((mpmath.mpf(1e300) - 1) * almost / (1 - mpmath.mpf(almost)))
    assert_close(theory.required_spread(1e300, almost), far)
    threshold = 1 + mpmath.exp(709.9) * (1 - mpmath.mpf(0.999)) / mpmath.mpf(0.999)
    assert_close(theory.critical_length(709.9, 0.999), threshold, relative=2e-15)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 1), (5, 2), (5, 5), (10**6, 3)])
@pytest.mark.parametrize("t", [0.0, 1e-8, 1.0, 36.0, 800.0])
def test_top_k_mass_is_attained_by_k_logits_at_the_top(n, k, t):
    lower, upper = theory.top_k_mass_bounds(n, k, t)
    assert_close(lower, mpmath.mpf(k) / n)
    assert_close(upper, k / (k + (n - k) * mpmath.exp(-mpmath.mpf(t))))


def test_random_top_k_mass_stays_inside():
    random = np.random.default_rng(9)
    p = np.exp(3 * random.random((4000, 9)))
    p = -np.sort(-p / p.sum(axis=1, keepdims=True), axis=1)
    mass = p.cumsum(axis=1)
    lower, upper = theory.top_k_mass_bounds(9, np.arange(1, 10), 3.0)
    assert (mass >= lower * (1 - 1e-14)).all() and (mass <= upper * (1 + 1e-14)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_rounding_bound_covers_a_shifted_two_pass_softmax(dtype, temperature):
    random = np.random.default_rng(3)
    worst = 0.0
    for n in (1, 2, 17, 100):
        logits = (random.random((200, n)) * random.choice([0.1, 3.0, 8.0], (200, 1))).astype(dtype)
        heat = dtype(temperature)
        shifted = (logits - logits.max(axis=1, keepdims=True)) / heat
        powers = np.exp(shifted)
        total = np.add.accumulate(powers, axis=1, dtype=dtype)[:, -1:]
        exact = np.exp((logits.astype(float) - logits.max(axis=1, keepdims=True)) / float(heat))
        exact /= exact.sum(axis=1, keepdims=True)
        spread = np.ptp(logits.astype(float), axis=1)
        bound = theory.softmax_error_ulps(n, spread, float(heat)) * np.finfo(dtype).eps / 2
        error = np.max(abs(powers / total / exact - 1), axis=1)
        worst = max(worst, float(np.max(error / bound)))
    assert 0.05 < worst < 1.0


@pytest.mark.parametrize("order", ["random", "ascending", "descending"])
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_rounding_bound_covers_a_streaming_normaliser(order, temperature):
    random = np.random.default_rng(4)
    logits = (random.random((300, 60)) * random.choice([0.1, 3.0, 20.0], (300, 1))).astype("f4")
    if order != "random":
        logits = np.sort(logits, axis=1)[:, :: 1 if order == "ascending" else -1]
    heat = np.float32(temperature)
    largest, total, updates = logits[:, 0], np.ones(300, "f4"), np.zeros(300, int)
    for x in logits[:, 1:].T:
        grown = np.maximum(largest, x)
        total = total * np.exp((largest - grown) / heat) + np.exp((x - grown) / heat)
        updates, largest = updates + (grown > largest), grown
    exact = np.exp((logits.astype(float) - logits.max(axis=1, keepdims=True)) / float(heat))
    spread = np.ptp(logits.astype(float), axis=1)
    bound = theory.streaming_error_ulps(60, spread, updates, float(heat)) * 2.0**-24
    error = np.abs(total / exact.sum(axis=1) - 1)
    assert 1e-3 < np.max(error / bound) < 1.0
    assert updates.max() == {"ascending": 59, "descending": 0}.get(order, updates.max())


def test_rounding_bound_charges_each_division_by_the_temperature():
    once, twice = theory.softmax_error_ulps(50, [3.0, 1.5], [1.0, 0.5])
    assert once == pytest.approx(3 + 3 + 4 + 49 + 1)
    assert twice - once == pytest.approx(3 + 3)
    each = theory.streaming_error_ulps(50, [3.0, 3.0, 1.5], [0, 49, 49], [1.0, 1.0, 0.5])
    assert each == pytest.approx([3 + 2 + 49, 3 + 2 + 49 + 3 * 49, 6 + 2 + 49 + 3 * 49])
    assert theory.softmax_error_ulps(2, 3.0) == pytest.approx(3 + np.log(2) + 4 + 1 + 1)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: theory.coefficient_bounds(0, 1.0), "n "),
        (lambda: theory.coefficient_bounds(2.5, 1.0), "n "),
        (lambda: theory.coefficient_bounds(np.nan, 1.0), "n "),
        (lambda: theory.coefficient_bounds(3, -1e-9), "spread"),
        (lambda: theory.coefficient_bounds(3, np.nan), "spread"),
        (lambda: theory.coefficient_bounds(3, np.inf), "spread"),
        (lambda: theory.maximum_bounds(3, 1.0, 0.0), "temperature"),
        (lambda: theory.maximum_bounds(3, 1.0, [1.0, np.nan]), "temperature"),
        (lambda: theory.maximum_bounds([1, 2], 1.0, exact=True), "spread"),
        (lambda: theory.entropy_bounds(1, 1.0, exact=True), "spread"),
        (lambda: theory.entropy_bounds([1, 2], [1.0, 2.0, 3.0]), "n .*spread"),
        (lambda: theory.entropy_deficit(-1.0), "t "),
        (lambda: theory.maximum_from_gap(2, -1.0), "gap"),
        (lambda: theory.top_k_mass_bounds(2, 3, 1.0), "k "),
        (lambda: theory.critical_length(1.0, 0.0), "coefficient"),
        (lambda: theory.critical_length(1.0, 1.1), "coefficient"),
        (lambda: theory.required_spread(0.5, 0.5), "n "),
        (lambda: theory.softmax_error_ulps(3, [-1.0]), "spread"),
        (lambda: theory.streaming_error_ulps(3, 1.0, 3), "updates"),
        (lambda: theory.streaming_error_ulps(3, 1.0, -1), "updates"),
    ],
)
def test_values_out_of_range_are_named(call, named):
    with pytest.raises(ValueError, match=rf"\b{named}"):
        call()


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: theory.coefficient_bounds("3", 1.0), "n "),
        (lambda: theory.coefficient_bounds(True, 1.0), "n "),
        (lambda: theory.coefficient_bounds(3, None), "spread"),
        (lambda: theory.coefficient_bounds(3, 1j), "spread"),
        (lambda: theory.entropy_bounds(3, 1.0, exact=1), "exact"),
        (lambda: theory.maximum_bounds(3, 1.0, exact="yes"), "exact"),
    ],
)
def test_wrong_types_are_named(call, named):
    with pytest.raises(TypeError, match=rf"\b{named}"):
        call()


def test_arrays_broadcast_and_scalars_stay_scalar():
    lower, upper = theory.maximum_bounds(np.arange(1, 4)[:, None], np.zeros(5))
    assert lower.shape == upper.shape == (3, 5) and lower.flags.writeable
    assert theory.coefficient_bounds(np.zeros((0,)) + 1, 1.0)[0].shape == (0,)
    for value in (*theory.entropy_bounds(3, 1), theory.critical_length(1, 0.5)):
        assert isinstance(value, np.float64)
