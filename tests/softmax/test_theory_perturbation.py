"""Total variation, swaps, the Jacobian, boxes of logits, and spreads allowed by weights."""

import mpmath
import numpy as np
import pytest

from corollary.theory import softmax as theory


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def total_variation(p, q):
    return np.abs(p - q).sum(axis=-1) / 2


@pytest.mark.parametrize("n", [2, 3, 8])
@pytest.mark.parametrize("size", [1e-6, 0.3, 2.0, 10.0])
def test_total_variation_of_random_pairs_stays_below(n, size):
    random = np.random.default_rng(1)
    logits, change = 3 * random.normal(size=(4000, n)), size * random.normal(size=(4000, n))
    p, q = softmax(logits), softmax(logits + change)
    spread = np.ptp(change, axis=-1)
    assert (total_variation(p, q) <= theory.total_variation_bound(spread) + 1e-15).all()
    assert (np.abs(np.log(p / q)).max(axis=-1) <= spread + 1e-13).all()


@pytest.mark.parametrize("spread", [0.0, 1e-9, 0.5, 3.0, 40.0])
def test_total_variation_is_attained_by_the_pair(spread):
    one, other = theory.total_variation_pair(spread)
    assert np.ptp(one - other) == spread
    attained = total_variation(softmax(one), softmax(other))
    assert attained == pytest.approx(theory.total_variation_bound(spread), rel=1e-12, abs=2e-16)
    halved = theory.total_variation_bound(spread, 2.0)
    assert halved == pytest.approx(np.tanh(spread / 8), rel=1e-15)


@pytest.mark.parametrize("shift", [-800.0, -3.0, -1e-9, 0.0, 1e-9, 0.1, 5.0, 800.0])
@pytest.mark.parametrize("mass", [0.0, 1e-12, 0.3, 0.5, 0.999, 1.0])
def test_total_variation_of_a_shift_is_exact(mass, shift):
    with mpmath.workdps(800):
        m, factor = mpmath.mpf(mass), mpmath.expm1(mpmath.mpf(shift))
        expected = abs(m * (1 - m) * factor / (1 + m * factor))
        got = theory.total_variation_of_shift(mass, shift)
        assert abs(got - expected) <= 1e-15 * expected
    assert got <= theory.total_variation_bound(abs(shift)) * (1 + 1e-15)


def test_total_variation_of_a_shift_of_real_vectors():
    logits = np.random.default_rng(2).normal(size=(500, 6))
    p, q = softmax(logits), softmax(logits + 1.7 * (np.arange(6) < 2))
    predicted = theory.total_variation_of_shift(p[:, :2].sum(axis=-1), 1.7)
    assert total_variation(p, q) == pytest.approx(predicted, rel=1e-13)


def test_swapping_one_item_moves_the_output_less_than_the_bound():
    random = np.random.default_rng(3)
    n, t = 5, 2.0
    logits = t * random.integers(0, 2, (20000, n))
    values = random.normal(size=(20000, n, 2))
    values /= np.linalg.norm(values, axis=-1, keepdims=True)  # diameter at most 2
    swapped, swapped_values = logits.copy(), values.copy()
    swapped[:, 0] = t * random.integers(0, 2, 20000)
    swapped_values[:, 0] = -values[:, 0]
    before = np.einsum("bi,bid->bd", softmax(logits), values)
    after = np.einsum("bi,bid->bd", softmax(swapped), swapped_values)
    moved = np.linalg.norm(before - after, axis=-1)
    bound = theory.swap_bound(n, t, 2.0)
    assert moved.max() <= bound * (1 + 1e-14)
    assert moved.max() == pytest.approx(bound, rel=1e-12)  # the extremal swap was drawn


def test_readout_critical_length_is_where_the_swap_bound_reaches_the_margin():
    length = theory.readout_critical_length(3.0, 2.0, 5.0, 0.1)
    assert length == pytest.approx(1 + np.exp(3.0) * 99)
    at = theory.swap_bound(np.floor(length), 3.0, 2.0) * 5.0
    beyond = theory.swap_bound(np.floor(length) + 1, 3.0, 2.0) * 5.0
    assert beyond < 0.1 <= at
    assert theory.readout_critical_length(800.0, 1.0, [0.5, 2.0], 1.0).tolist() == [0.0, np.inf]


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_jacobian_eigenvalues_interlace(temperature):
    random = np.random.default_rng(4)
    p = random.dirichlet(np.full(5, 0.4), size=2000)
    jacobian = (p[:, :, None] * np.eye(5) - p[:, :, None] * p[:, None, :]) / temperature
    eigenvalues = np.linalg.eigvalsh(jacobian)[:, ::-1]
    lower, upper = theory.jacobian_spectrum_bounds(p, temperature)
    assert (eigenvalues >= lower - 1e-14).all() and (eigenvalues <= upper + 1e-14).all()
    spread = np.ptp(np.log(p), axis=-1)
    norm = theory.jacobian_norm_bound(5, spread * temperature, temperature)
    assert (eigenvalues[:, 0] <= norm + 1e-14).all()


def test_jacobian_bounds_are_attained():
    lower, upper = theory.jacobian_spectrum_bounds([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    assert lower[0].tolist() == [0.5, 0.0, 0.0] and upper[0, 0] == 0.5
    assert upper[1].tolist() == [0.0, 0.0, 0.0]
    assert theory.jacobian_norm_bound([1, 2, 100], [0.0, 0.0, 50.0], 2.0).tolist() == [
        0,
        0.25,
        0.25,
    ]
    assert theory.jacobian_spectrum_bounds([0.8, 0.2])[1] == pytest.approx([0.32, 0.0])
    assert theory.jacobian_norm_bound(100, 0.0) == pytest.approx(0.01)  # I/n - 1/n^2 has norm 1/n


@pytest.mark.parametrize("offset", [0.0, 700.0])
def test_box_bounds_contain_the_softmax_of_every_point_and_are_attained(offset):
    random = np.random.default_rng(5)
    low = offset + 3 * random.normal(size=(200, 6))
    high = low + random.random((200, 6)) * random.choice([0.0, 0.1, 5.0, 300.0], (200, 1))
    least, greatest = theory.softmax_box_bounds(low, high)
    for _ in range(20):
        p = softmax(low + (high - low) * random.random((200, 6)))
        assert (p >= least * (1 - 1e-14)).all() and (p <= greatest * (1 + 1e-14)).all()
    for i in range(6):
        corner = high.copy()
        corner[:, i] = low[:, i]
        assert least[:, i] == pytest.approx(softmax(corner)[:, i], rel=1e-12, abs=1e-300)
        corner = low.copy()
        corner[:, i] = high[:, i]
        assert greatest[:, i] == pytest.approx(softmax(corner)[:, i], rel=1e-12, abs=1e-300)


def test_box_bounds_where_one_end_towers_above_all_others():
    least, greatest = theory.softmax_box_bounds([0.0, 0.0], [1000.0, 0.0])
    assert least.tolist() == [0.5, 0.0] and greatest.tolist() == [1.0, 0.5]
    assert [x.tolist() for x in theory.softmax_box_bounds([1.0], [3.0])] == [[1.0], [1.0]]
    least, greatest = theory.softmax_box_bounds([-1e308, -1e308], [1e308, 1e308])
    assert least.tolist() == [0.0, 0.0] and greatest.tolist() == [1.0, 1.0]


def test_logit_spread_bounds_hold_and_nest():
    random = np.random.default_rng(6)
    q, k = random.normal(size=(300, 3, 4)), random.normal(size=(300, 3, 5))
    y, x = random.normal(size=(300, 4)), random.normal(size=(300, 7, 5)) + 2.0
    logits = np.einsum("bmd,bd,bme,bne->bn", q, y, k, x)
    directed, product, printed = theory.logit_spread_bounds(q, k, y, x)
    assert directed.shape == (300,)
    assert (np.ptp(logits, axis=-1) <= directed * (1 + 1e-13)).all()
    assert (directed <= product * (1 + 1e-13)).all() and (product <= printed * (1 + 1e-13)).all()
    single = theory.logit_spread_bounds(q[0], k[0], y[0], x[0])
    assert [float(b) for b in single] == pytest.approx([directed[0], product[0], printed[0]])


def test_logit_spread_bounds_are_attained_by_opposite_tokens():
    u = np.array([0.6, 0.8])
    bounds = theory.logit_spread_bounds(np.eye(2), np.eye(2), u, [u, -u, 0 * u])
    assert [float(bound) for bound in bounds] == pytest.approx([2.0, 2.0, 2.0], rel=1e-15)


def test_token_diameter_is_the_greatest_distance():
    x = np.random.default_rng(7).normal(size=(4, 9, 3)) + 1e6
    apart = np.linalg.norm(x[:, :, None] - x[:, None], axis=-1).max(axis=(1, 2))
    assert theory.token_diameter(x) == pytest.approx(apart, rel=1e-15)
    assert theory.token_diameter([[1.0, 2.0]]) == 0.0


def test_required_weight_norms_reach_the_coefficient():
    norms = theory.required_weight_norms(101, 0.9, 2.0, 3.0, 0.5)
    spread = 2 * norms * 2.0 * 3.0
    assert theory.coefficient_bounds(101, spread, 0.5)[1] == pytest.approx(0.9, rel=1e-13)
    assert theory.required_weight_norms(10, 0.1, 1.0, 1.0) == 0.0


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: theory.total_variation_bound(-1.0), ValueError, "spread"),
        (lambda: theory.total_variation_of_shift(1.5, 1.0), ValueError, "mass"),
        (lambda: theory.total_variation_of_shift(0.5, np.inf), ValueError, "shift"),
        (lambda: theory.swap_bound(3, 1.0, -1.0), ValueError, "diameter"),
        (lambda: theory.readout_critical_length(1.0, 1.0, 1.0, 0.0), ValueError, "margin"),
        (lambda: theory.readout_critical_length(1.0, 1.0, -1.0, 1.0), ValueError, "lipschitz"),
        (lambda: theory.jacobian_spectrum_bounds([0.5, 0.6]), ValueError, "weights"),
        (lambda: theory.jacobian_spectrum_bounds([1.5, -0.5]), ValueError, "weights"),
        (lambda: theory.jacobian_spectrum_bounds(1.0), ValueError, "weights"),
        (lambda: theory.jacobian_spectrum_bounds([]), ValueError, "weights"),
        (lambda: theory.jacobian_spectrum_bounds([0.5, 0.5], 0.0), ValueError, "temperature"),
        (lambda: theory.softmax_box_bounds([1.0], [0.0]), ValueError, "lower"),
        (lambda: theory.softmax_box_bounds([], []), ValueError, "lower"),
        (lambda: theory.softmax_box_bounds([0.0], [np.nan]), ValueError, "upper"),
        (lambda: theory.token_diameter([1.0]), ValueError, "tokens"),
        (lambda: theory.required_weight_norms(3, 0.5, 0.0, 1.0), ValueError, "query_norm"),
    ],
)
def test_bad_input_is_named(call, error, named):
    with pytest.raises(error, match=rf"\b{named}\b"):
        call()


@pytest.mark.parametrize(
    ("position", "value", "named"),
    [
        (0, np.ones(3), "query_weight"),
        (1, np.ones((2, 5)), "key_weight"),
        (2, np.ones(5), "query"),
        (3, np.ones((7, 4)), "tokens"),
        (3, np.ones((0, 5)), "tokens"),
        (1, np.full((3, 5), np.nan), "key_weight"),
    ],
)
def test_weights_that_do_not_fit_are_named(position, value, named):
    arguments = [np.ones((3, 4)), np.ones((3, 5)), np.ones(4), np.ones((7, 5))]
    arguments[position] = value
    with pytest.raises(ValueError, match=rf"^{named}\b"):
        theory.logit_spread_bounds(*arguments)
