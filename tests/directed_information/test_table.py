"""The table of all directed informations against definitions, identities and bad input."""

import math

import numpy as np
import pytest
from mpmath import mp

from corollary.algorithms._kernel import kernel
from corollary.algorithms.directed_information import _surface, arrow_bound, information_table
from corollary.algorithms.directed_information._definition import (
    conditional_information_definition,
    directed_information_definition,
    entropy_definition,
    strict_definition,
)
from corollary.algorithms.directed_information._logarithm import log2


@kernel(cached=False)
def logarithms(x, out):
    for k in range(x.size):
        out[k] = log2(x[k])


def test_logarithm_is_within_one_ulp(rng):
    x = np.concatenate(
        [
            rng.random(1000),
            1 + 1e-3 * rng.normal(size=1000),
            10 ** rng.uniform(-300, 300, 1000),
            np.nextafter(np.sqrt(0.5), [0.0, 1.0]),
        ]
    )
    found = np.empty_like(x)
    logarithms(x, found)
    with mp.workprec(120):
        for value, result in zip(x, found, strict=True):
            exact = mp.log(mp.mpf(float(value)), 2)
            assert abs(mp.mpf(float(result)) - exact) <= np.spacing(abs(float(exact)))


def test_logarithm_of_powers_of_two_is_exact():
    x = 2.0 ** -np.arange(1000)
    found = np.empty_like(x)
    logarithms(x, found)
    np.testing.assert_array_equal(found, -np.arange(1000.0))


@pytest.mark.parametrize(
    ("horizon", "kx", "ky"), [(1, 2, 3), (1, 1, 4), (2, 2, 2), (2, 3, 1), (2, 2, 3), (3, 2, 2)]
)
@pytest.mark.parametrize("concentration", [1.0, 0.1])
def test_table_equals_the_definitions(random_joint, intervals, horizon, kx, ky, concentration):
    joint = random_joint(horizon, kx, ky, concentration)
    table = information_table(joint, horizon)
    for j in range(horizon + 1):
        for i in range(horizon + 1):
            kept = {("x", t) for t in range(1, j + 1)} | {("y", t) for t in range(1, i + 1)}
            expected = entropy_definition(joint, horizon, kept)
            assert table.surface[j, i] == pytest.approx(expected, abs=1e-12)
    for x, y in intervals(horizon):
        assert table.directed_information(x, y).value == pytest.approx(
            directed_information_definition(joint, horizon, x, y), abs=1e-12
        )
        assert table.strict(y, x).value == pytest.approx(
            strict_definition(joint, horizon, y, x), abs=1e-12
        )
        assert table.conditional_mutual_information(x, y).value == pytest.approx(
            conditional_information_definition(
                joint,
                horizon,
                {("x", t) for t in range(x[0], x[1] + 1)},
                {("y", t) for t in range(y[0], y[1] + 1)},
                {("x", t) for t in range(1, x[0])} | {("y", t) for t in range(1, y[0])},
            ),
            abs=1e-12,
        )


def test_large_table_equals_marginal_entropies_in_numpy(random_joint):
    """Covers the parallel kernel, and more levels than one task has."""
    horizon = 9
    joint = random_joint(horizon, concentration=0.3)
    assert joint.size >= _surface._PARALLEL_CELLS
    surface = information_table(joint, horizon).surface
    for j in range(horizon + 1):
        for i in range(horizon + 1):
            marginal = joint.reshape(2**j, -1, 2**i, 2 ** (horizon - i)).sum(axis=(1, 3))
            inside = marginal[marginal > 0]
            assert surface[j, i] == pytest.approx(-(inside * np.log2(inside)).sum(), abs=1e-12)


def test_threads_and_batches_do_not_change_a_bit(random_joint, monkeypatch):
    joint = random_joint(9)
    parallel = information_table(joint, 9).surface
    monkeypatch.setattr(_surface, "_PARALLEL_CELLS", math.inf)
    np.testing.assert_array_equal(information_table(joint, 9).surface, parallel)
    for least in (1, math.inf):
        monkeypatch.setattr(_surface, "_PARALLEL_CELLS", least)
        batch = random_joint(3, 2, 3, batch=(4, 2))
        table = information_table(batch, 3)
        assert table.atoms.shape == (4, 2, 3, 3)
        assert table.directed_information((1, 2), (2, 3)).value.shape == (4, 2)
        for index in np.ndindex(4, 2):
            alone = information_table(batch[index], 3)
            np.testing.assert_array_equal(table.surface[index], alone.surface)


def test_cutting_into_blocks_changes_rounding_only(random_joint, monkeypatch):
    batch = random_joint(3, 3, 2, batch=(5,))
    whole = information_table(batch, 3).surface
    monkeypatch.setattr(_surface, "_SMALL_CELLS", 0)
    np.testing.assert_allclose(information_table(batch, 3).surface, whole, atol=1e-14)


def test_input_is_left_alone_and_may_be_strided_or_single(random_joint):
    joint = random_joint(3)
    before = joint.copy()
    joint.setflags(write=False)
    expected = information_table(joint, 3).surface
    np.testing.assert_array_equal(joint, before)
    np.testing.assert_allclose(
        information_table(joint.T, 3).transposed().surface, expected, atol=1e-13
    )
    single = information_table(joint.astype(np.float32), 3).surface
    np.testing.assert_allclose(single, expected, atol=1e-5)


def test_conservation_additivity_and_order_in_time(random_joint, intervals):
    table = information_table(random_joint(4, 2, 3, 0.2), 4)
    for x, y in intervals(4):
        forward, backward = table.directed_information(x, y), table.strict(y, x)
        whole = table.conditional_mutual_information(x, y)
        assert forward.value + backward.value == pytest.approx(whole.value, abs=1e-12)
        assert forward.value >= 0.0
        assert backward.value >= 0.0
        assert math.copysign(1, forward.value) == math.copysign(1, backward.value) == 1
        assert forward.slack >= -1e-12
        assert backward.slack >= -1e-12
        assert whole.slack >= -1e-12
        if x[0] > y[1]:
            assert forward.value == 0.0
        if y[0] >= x[1]:
            assert backward.value == 0.0
        for k in range(y[0], y[1]):
            parts = [table.directed_information(x, part) for part in ((y[0], k), (k + 1, y[1]))]
            assert sum(map(float, parts)) == pytest.approx(forward.value, abs=1e-12)


def test_bound_is_reached_by_copying(intervals):
    """Y_t = X_t, all fair: the full arrow attains its bound on every pair of intervals."""
    joint = np.eye(8) / 8
    table = information_table(joint, 3)
    for x, y in intervals(3):
        if x == y:
            assert table.directed_information(x, y).slack == 0.0
    assert arrow_bound((1, 3), (1, 3), 1.0, 2.0, strict=True) == 2.0
    assert arrow_bound((1, 3), (1, 3), 5.0, 1.0, strict=True) == 2.0
    assert arrow_bound((2, 3), (1, 1), 1.0, 1.0, strict=False) == 0.0
    assert arrow_bound((3, 3), (1, 3), math.inf, math.inf, strict=True) == 0.0


def test_blocking_time_moves_information_from_the_strict_to_the_full_arrow(random_joint):
    table = information_table(random_joint(4, concentration=0.3), 4)
    whole = table.conditional_mutual_information().value
    forward = [table.blocked(block).directed_information().value for block in (1, 2, 4)]
    backward = [table.blocked(block).strict().value for block in (1, 2, 4)]
    assert forward[0] < forward[1] < forward[2] == pytest.approx(whole, abs=1e-12)
    assert backward[2] == 0.0
    np.testing.assert_allclose(np.add(forward, backward), whole, atol=1e-12)


def test_units():
    joint = np.eye(4) / 4
    bits, nats, hartleys = (information_table(joint, 2, base=base) for base in (2, math.e, 10))
    assert bits.directed_information().value == 2.0
    assert nats.directed_information().value == pytest.approx(2 * math.log(2), abs=1e-15)
    assert hartleys.directed_information().value == pytest.approx(2 * math.log10(2), abs=1e-15)
    assert [t.directed_information().unit for t in (bits, nats, hartleys)] == [
        "bit",
        "nat",
        "hartley",
    ]
    assert nats.directed_information().bound == pytest.approx(2 * math.log(2), abs=1e-15)


GOOD = np.full((4, 4), 1 / 16)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda p: p * 1.1, ValueError, "joint sums to 1.1"),
        (lambda p: p - np.eye(4) / 4 + 1 / 16, ValueError, "joint holds -0.125"),
        (lambda p: p * np.nan, ValueError, "joint holds nan"),
        (lambda p: p * np.inf, ValueError, "joint sums to inf"),
        (lambda p: p.astype(complex), TypeError, "joint has dtype complex128"),
        (lambda p: p[:3] * 4 / 3, ValueError, "rows of joint is 3"),
        (lambda p: p[:, :3] * 4 / 3, ValueError, "columns of joint is 3"),
        (lambda p: p[0], ValueError, r"joint has shape \(4,\)"),
        (lambda p: p[:0], ValueError, r"joint has shape \(0, 4\)"),
    ],
)
def test_bad_joints_are_refused(change, error, words):
    with pytest.raises(error, match=words):
        information_table(change(GOOD), 2)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="horizon is 0"):
        information_table(GOOD, 0)
    with pytest.raises(TypeError, match=r"horizon is 2\.0"):
        information_table(GOOD, 2.0)
    with pytest.raises(ValueError, match="base is 3"):
        information_table(GOOD, 2, base=3)
    table = information_table(GOOD, 2)
    for bad in [(0, 1), (2, 1), (1, 3)]:
        with pytest.raises(ValueError, match="target is"):
            table.directed_information((1, 2), bad)
        with pytest.raises(ValueError, match="source is"):
            table.strict(bad)
    for bad in [3, (1,), (1.0, 2.0), "ab"]:
        with pytest.raises(TypeError, match="source is"):
            table.conditional_mutual_information(bad)
    with pytest.raises(ValueError, match="block is 3"):
        information_table(np.full((16, 16), 1 / 256), 4).blocked(3)
