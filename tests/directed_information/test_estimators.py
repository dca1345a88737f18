"""Estimators from data: context trees, the four universal ones, counts, intervals and tests."""

import itertools
import math

import numpy as np
import pytest

from corollary.algorithms import directed_information as di
from corollary.algorithms.directed_information._universal import _universal_sums
from corollary.algorithms.directed_information._universal_definition import (
    context_tree_definition,
    universal_definition,
    weighted_probability_definition,
)
from corollary.theory.directed_information import closed_forms


def noisy_copy(rng, length, one=0.5, flip=0.1):
    """Y_i = X_{i-1} xor Bern(flip)."""
    x = (rng.random(length + 1) < one).astype(np.int64)
    return x[1:], x[:-1] ^ (rng.random(length) < flip)


def noisy_copy_rate(one, flip):
    around = closed_forms.binary_entropy(closed_forms.both_or_neither(one, flip))
    return around - closed_forms.binary_entropy(flip)


@pytest.mark.parametrize(("size", "depth"), [(2, 0), (2, 3), (3, 2), (4, 1), (1, 2)])
def test_context_tree_equals_its_definition(rng, size, depth):
    sequence = rng.integers(size, size=400)
    sequence[100:200] = 0  # a stretch that drives the odds far
    found = di.context_tree_predictions(sequence, depth, size=size)
    expected = np.array(context_tree_definition(sequence.tolist(), depth, size))
    np.testing.assert_allclose(found, expected, rtol=1e-11)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-13)


def test_odds_leave_the_range_of_doubles_and_come_back(rng):
    """Alternation makes the root's odds 2^-700; coins bring them back. Many symbols do 2^700."""
    falling = np.concatenate([np.arange(700) % 2, rng.integers(2, size=40_000)])
    rising = np.concatenate([rng.integers(30, size=2500), np.arange(2500) % 30])
    for sequence, size in ((falling, 2), (rising, 30)):
        found = di.context_tree_predictions(sequence, 1, size=size)
        expected = np.array(context_tree_definition(sequence.tolist(), 1, size))
        np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize(("size", "depth"), [(2, 3), (3, 1)])
def test_predictions_multiply_to_the_weighted_probability(rng, size, depth):
    sequence = rng.integers(size, size=16).tolist()
    pmfs = di.context_tree_predictions(sequence, depth, size=size)
    product = math.prod(pmfs[range(len(pmfs)), sequence[depth:]])
    assert product == pytest.approx(
        weighted_probability_definition(sequence, depth, size), rel=1e-12
    )


@pytest.mark.parametrize(("kx", "ky", "depth"), [(2, 2, 3), (3, 2, 1), (2, 3, 0)])
def test_universal_terms_equal_their_definition(rng, kx, ky, depth):
    x = rng.integers(kx, size=300)
    y = (np.roll(x, 1) + (rng.random(300) < 0.2)) % ky
    expected = np.array(universal_definition(x.tolist(), y.tolist(), kx, ky, depth))
    sums, pieces = _universal_sums(x, y, kx, ky, depth, 1)
    np.testing.assert_allclose(sums, expected.sum(axis=0), atol=1e-10)
    np.testing.assert_allclose(pieces, expected[:, 0], atol=1e-12)
    # Path by path, and so for every prefix, what goes forward and back is what is shared.
    for kind in (0, 1, 3):
        np.testing.assert_allclose(
            expected[:, kind, 0] + expected[:, kind, 1], expected[:, kind, 2], atol=1e-12
        )
    assert np.abs(expected[:, 2, 0] + expected[:, 2, 1] - expected[:, 2, 2]).max() > 1e-3
    for kind in (2, 3):
        assert expected[:, kind, :2].min() >= -1e-14


@pytest.mark.parametrize("one", [0.5, 0.2])
@pytest.mark.parametrize("estimator", [1, 2, 3, 4])
def test_universal_rates_find_the_truth(rng, one, estimator):
    """Unequal symbols tell predictive laws of x and of y apart; equal ones would not."""
    x, y = noisy_copy(rng, 100_000, one)
    found = di.universal_rate(x, y, depth=3, estimator=estimator)
    truth = noisy_copy_rate(one, 0.1)
    assert found.forward == pytest.approx(truth, abs=0.02)
    assert found.reverse == pytest.approx(0.0, abs=2e-3)
    low, high = found.interval()
    assert low <= found.forward <= high
    assert high - low == pytest.approx(0.02 if estimator > 1 else 0.014, rel=0.4)
    assert low - 0.005 <= truth <= high + 0.005
    if estimator != 3:
        assert found.forward + found.reverse == pytest.approx(found.mutual, abs=1e-12)


def test_universal_rate_needs_no_numbers_and_knows_its_unit():
    rng = np.random.default_rng(4)
    x, y = noisy_copy(rng, 2000)
    letters = np.array(["no", "yes"])
    named = di.universal_rate(letters[x], letters[y], depth=1)
    assert named == di.universal_rate(x, y, depth=1, sizes=(2, 2))
    nats = di.universal_rate(x, y, depth=1, base=math.e)
    assert nats.forward == pytest.approx(named.forward * math.log(2), rel=1e-12)
    assert nats.interval()[0] == pytest.approx(named.interval()[0] * math.log(2), rel=1e-12)


def plug_in_definition(x, y, past_x, past_y, full):
    """Count tuples, and add up p log p."""
    start = max(past_x, past_y)
    cells = {}
    for i in range(start, len(x)):
        key = (tuple(x[i - past_x : i + full]), tuple(y[i - past_y : i]), y[i])
        cells[key] = cells.get(key, 0) + 1
    count = sum(cells.values())

    def h(parts):
        weights = {}
        for key, c in cells.items():
            kept = tuple(key[k] for k in parts)
            weights[kept] = weights.get(kept, 0) + c
        return -sum(c / count * math.log2(c / count) for c in weights.values()), len(weights)

    (xz, kxz), (yz, kyz), (xyz, kxyz), (z, kz) = h((0, 1)), h((1, 2)), h((0, 1, 2)), h((1,))
    return xz + yz - xyz - z, (kxyz + kz - kxz - kyz) / (2 * count * math.log(2))


@pytest.mark.parametrize(("past_x", "past_y"), [(1, 1), (2, 0), (1, 3)])
@pytest.mark.parametrize("arrow", ["strict", "full"])
def test_plug_in_counts(rng, past_x, past_y, arrow):
    x, y = rng.integers(3, size=200), rng.integers(2, size=200)
    found = di.plug_in_rate(x, y, source_memory=past_x, target_memory=past_y, arrow=arrow)
    value, bias = plug_in_definition(x.tolist(), y.tolist(), past_x, past_y, arrow == "full")
    assert found.plug_in == pytest.approx(value, abs=1e-12)
    assert found.bias == pytest.approx(bias, abs=1e-12)
    assert found.value == pytest.approx(value - bias, abs=1e-12)
    assert found.statistic == pytest.approx(2 * found.samples * value * math.log(2), abs=1e-9)
    assert found.samples == 200 - max(past_x, past_y)


def test_plug_in_test_has_its_size_and_power():
    rejected, corrected = 0, []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        x, y = rng.integers(2, size=400), np.cumsum(rng.random(400) < 0.3) % 2
        found = di.plug_in_rate(x, y)
        assert found.degrees == 2
        rejected += found.p_value < 0.05
        corrected.append(found.value)
    assert 5 <= rejected <= 40  # 20 expected
    assert np.mean(corrected) == pytest.approx(0.0, abs=6e-4)
    x, y = noisy_copy(np.random.default_rng(0), 400)
    assert di.plug_in_rate(x, y).p_value < 1e-10


def test_plug_in_finds_the_rate_with_an_interval(rng):
    x, y = noisy_copy(rng, 50_000, 0.2)
    found = di.plug_in_rate(x, y, arrow="full")
    low, high = found.interval()
    assert low <= noisy_copy_rate(0.2, 0.1) <= high
    assert high - low < 0.03


def test_long_memories_take_no_more_room_than_the_data(rng):
    x, y = rng.integers(40, size=2000), rng.integers(40, size=2000)
    found = di.plug_in_rate(x, y, source_memory=12, target_memory=12)
    assert math.isfinite(found.value)
    assert found.p_value == 1.0
    assert found.degrees == 0


def test_block_bootstrap_sees_dependence():
    rng = np.random.default_rng(2)
    steps = rng.normal(size=40_000)
    series = np.convolve(steps, np.ones(10) / 10, mode="valid")
    low, high = di.block_bootstrap(series, block=100)
    error = 1.0 / math.sqrt(series.size)  # of the mean, with all correlations
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.2)
    low, high = di.block_bootstrap(series, block=1)
    assert high - low < 2 * error
    weighted = di.block_bootstrap(series, block=100, weights=np.full(series.size, 2.0))
    assert weighted[1] - weighted[0] == pytest.approx(4 * 1.96 * error, rel=0.2)
    assert di.block_bootstrap(series, seed=1) == di.block_bootstrap(series, seed=1)


def test_permutation_test_is_exact_by_enumeration():
    """With 4 symbols all 24 orders of the source are equally likely under the hypothesis."""
    y = np.array([0, 1, 1, 0])

    def score(a, b):
        return float((a * b).sum())

    exact = np.mean([score(np.array(p), y) >= 2 for p in itertools.permutations([0, 1, 1, 0])])
    found = di.permutation_test([0, 1, 1, 0], y, score, permutations=4000)
    assert found.p_value == pytest.approx(exact, abs=0.03)
    assert found.statistic == 2.0


def test_permutation_test_agrees_with_the_chi_square(rng):
    x, y = noisy_copy(rng, 300, flip=0.42)
    found = di.permutation_test(
        x, y, lambda a, b: di.plug_in_rate(a, b, sizes=(2, 2)).plug_in, permutations=199
    )
    assert found.p_value == pytest.approx(di.plug_in_rate(x, y).p_value, abs=0.1)
    kept = di.permutation_test(np.arange(12) // 4, np.arange(12), lambda a, b: a[3], block=4)
    assert set(kept.null) == {0.0, 1.0, 2.0}


def test_open_loop_test_has_its_size():
    """The p-value of an agent with memory of its own actions is uniform, up to ties."""
    small = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        coins, actions = rng.integers(2, size=(40, 3)), rng.integers(2, size=(40, 3))
        actions[:, 1] = actions[:, 0]
        test = di.open_loop_test(actions, coins, order="A", redraws=99, seed=seed + 999)
        small += test.p_value <= 0.1
    assert 6 <= small <= 38  # 20 expected at most


def test_open_loop_test_finds_reactions(rng):
    coins = rng.choice(3, p=[0.5, 0.3, 0.2], size=(150, 4))
    lagged = np.zeros((150, 4), dtype=np.int64)
    lagged[:, 3] = coins[:, 0] == 2
    law = [0.5, 0.3, 0.2]
    assert di.open_loop_test(lagged, coins, order="A", law=law).p_value == 0.001
    same_step = (coins == 1).astype(np.int64)
    assert di.open_loop_test(same_step, coins, order="O", law=law).p_value == 0.001
    assert di.open_loop_test(same_step, coins, order="A", law=law, seed=3).p_value > 0.01
    silent = np.zeros_like(coins)
    certain = di.open_loop_test(lagged, silent, order="A", law=[1.0, 0.0], redraws=20)
    assert certain.null.max() == 0.0
    assert certain.p_value == 1.0


SHORT = [0, 1, 0, 1, 1]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: di.universal_rate(SHORT, SHORT[:-1], depth=1), ValueError, "x has length 5 and"),
        (lambda: di.universal_rate([], [], depth=1), ValueError, r"x has shape \(0,\)"),
        (lambda: di.universal_rate(SHORT, SHORT, depth=5), ValueError, "above the depth, 5"),
        (lambda: di.universal_rate(SHORT, SHORT, depth=-1), ValueError, "depth is -1"),
        (lambda: di.universal_rate(SHORT, SHORT, depth=1, estimator=5), ValueError, "is 5"),
        (lambda: di.plug_in_rate(SHORT, [0, 1, np.nan, 0, 1]), ValueError, "position 2"),
        (
            lambda: di.plug_in_rate(SHORT, ["a", "", "b", "a", "a"]),
            ValueError,
            "missing",
        ),
        (lambda: di.plug_in_rate(SHORT, [0, None, 1, 1, 0]), ValueError, "missing"),
        (lambda: di.plug_in_rate(SHORT, np.array([0, "a", 1, "b", 2], object)), TypeError, "mixes"),
        (lambda: di.plug_in_rate(SHORT, SHORT, sizes=(2, 1)), ValueError, r"y holds 0\.\.1"),
        (lambda: di.plug_in_rate(SHORT, SHORT, sizes=2), TypeError, "sizes is 2"),
        (lambda: di.plug_in_rate([0.5] * 5, SHORT, sizes=(2, 2)), TypeError, "x has dtype float64"),
        (lambda: di.plug_in_rate(SHORT, SHORT, source_memory=0), ValueError, "source_memory is 0"),
        (lambda: di.plug_in_rate(SHORT, SHORT, source_memory=5), ValueError, "it must be above 5"),
        (lambda: di.context_tree_predictions([[0]], 0), ValueError, r"sequence has shape \(1, 1\)"),
        (lambda: di.block_bootstrap([1.0]), ValueError, "terms must be one series"),
        (lambda: di.block_bootstrap([1.0, 2.0], block=2), ValueError, "block is 2"),
        (lambda: di.block_bootstrap([1.0, 2.0], weights=[1.0]), ValueError, "weights has shape"),
        (lambda: di.permutation_test(SHORT, SHORT, max, block=3), ValueError, "block is 3"),
        (lambda: di.open_loop_test([[0.5]], [[1]], order="A"), TypeError, "actions has dtype"),
        (lambda: di.open_loop_test([[0]], [[2]], order="A"), ValueError, "observations 2"),
        (lambda: di.open_loop_test([[0]], [[1, 0]], order="A"), ValueError, "actions has shape"),
        (lambda: di.open_loop_test([[-1]], [[0]], order="A"), ValueError, "actions holds -1"),
        (
            lambda: di.open_loop_test([[0] * 15], [[0] * 15], order="A", actions_size=2),
            ValueError,
            "episodes have 15 steps",
        ),
    ],
)
def test_bad_data_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
