"""Streaming statistics: equal to their definitions, and a commutative monoid under merge."""

import dataclasses
import functools

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from corollary.algorithms.softmax import RowStatistics, _definition, row_statistics, softmax

NAMES = ["maximum", "log_normaliser", "entropy", "variance", "squared_norm"]
FIELDS = [field.name for field in dataclasses.fields(RowStatistics)]


def statistic(statistics, name):
    return float(getattr(statistics, name))


def assert_same(left, right, rtol=1e-12):
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(left, name), getattr(right, name), rtol=rtol, atol=1e-300, err_msg=name
        )


@pytest.mark.parametrize("n", [1, 2, 7, 64, 1024, 1025, 4000])
@pytest.mark.parametrize("order", ["random", "ascending", "descending"])
@pytest.mark.parametrize("width", [0.1, 3.0, 700.0])
def test_equal_to_the_definitions(n, order, width):
    row = np.random.default_rng(n).uniform(-width, width, n)
    row = {"random": row, "ascending": np.sort(row), "descending": -np.sort(-row)}[order]
    statistics, expected = row_statistics(row), _definition.row_statistics(row)
    for name in NAMES:
        assert statistic(statistics, name) == pytest.approx(expected[name], rel=2e-12, abs=1e-300)


def test_float32_is_accurate_to_its_own_precision():
    rows = np.random.default_rng(8).normal(size=(5, 3000)).astype(np.float32) * 3
    statistics = row_statistics(rows)
    for i, row in enumerate(rows):
        expected = _definition.row_statistics(row.astype(np.float64))
        for name in NAMES:
            assert float(getattr(statistics, name)[i]) == pytest.approx(expected[name], rel=2e-5)


def test_entropy_of_a_peaked_row_keeps_its_relative_accuracy():
    for gap in (30.0, 60.0, 300.0):
        with ctx.workprec(1000):
            rest = 4 * (-arb(gap)).exp()
            truth = (1 + rest).log() + gap * rest / (1 + rest)
        statistics = row_statistics([0.0] + [-gap] * 4)
        assert statistic(statistics, "entropy") == pytest.approx(float(truth), rel=1e-14)


def test_variance_does_not_cancel_when_the_mass_is_far_below_the_maximum():
    """A million items at -5 outweigh the one at 0; the variance is a small remainder."""
    n = 10**6
    row = np.full(n, -5.0)
    row[n // 2] = 0.0
    share = 1 / (1 + (n - 1) * np.exp(-5.0))
    assert statistic(row_statistics(row), "variance") == pytest.approx(
        25 * share * (1 - share), rel=1e-12
    )


def test_squared_norm_and_entropy_are_those_of_softmax_along_every_axis():
    logits = np.random.default_rng(9).normal(size=(3, 4, 5))
    logits[0, :2, :2] = -np.inf
    for axis in (0, 1, 2, -1):
        weights = softmax(logits, axis=axis)
        statistics = row_statistics(logits, axis=axis)
        np.testing.assert_allclose(statistics.squared_norm, (weights**2).sum(axis), rtol=1e-14)
        logs = np.log(np.where(weights > 0, weights, 1))
        np.testing.assert_allclose(statistics.entropy, -(weights * logs).sum(axis), rtol=1e-13)


def test_masked_items_count_for_nothing_even_in_whole_blocks():
    rng = np.random.default_rng(10)
    row = rng.normal(size=5000)
    row[rng.random(5000) < 0.5] = -np.inf
    row[1024:3072] = -np.inf
    row[:1024] = -np.inf
    assert_same(row_statistics(row), row_statistics(row[row > -np.inf]))


rows = st.lists(
    st.one_of(st.floats(-700, 700), st.integers(-3, 3).map(float), st.just(-np.inf)),
    min_size=1,
    max_size=30,
).filter(lambda row: max(row) > -np.inf)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(row=rows, data=st.data())
def test_merging_any_split_in_any_order_gives_the_whole(row, data):
    part = data.draw(st.lists(st.integers(0, 3), min_size=len(row), max_size=len(row)))
    pieces = [[z for z, k in zip(row, part, strict=True) if k == piece] for piece in range(4)]
    parts = [
        row_statistics(piece) if piece and max(piece) > -np.inf else RowStatistics.empty()
        for piece in pieces
    ]
    whole = row_statistics(row)
    left = functools.reduce(RowStatistics.merge, parts)
    right = parts[0].merge(parts[1].merge(parts[2].merge(parts[3])))
    assert_same(left, whole)
    assert_same(right, whole)
    for name in FIELDS:
        swapped = parts[1].merge(parts[0]), parts[0].merge(parts[1])
        assert getattr(swapped[0], name) == getattr(swapped[1], name)
        for side in (whole.merge(RowStatistics.empty()), RowStatistics.empty().merge(whole)):
            assert getattr(side, name) == getattr(whole, name)


def test_merge_works_row_by_row_and_leaves_its_operands_alone():
    logits = np.random.default_rng(11).normal(size=(4, 3, 20)) * 10
    first, second = row_statistics(logits[..., :7]), row_statistics(logits[..., 7:])
    kept = first.maximum.copy()
    assert_same(first.merge(second), row_statistics(logits))
    np.testing.assert_array_equal(first.maximum, kept)
    nothing = RowStatistics.empty((4, 3))
    assert_same(nothing.merge(nothing), nothing)


def test_merge_of_maxima_at_the_ends_of_the_range():
    high, low = row_statistics([1.7e308]), row_statistics([-1.7e308])
    assert_same(high.merge(low), high)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([1.0, np.nan], "holds nan"),
        ([1.0, np.inf], "holds inf"),
        ([-np.inf], "no item left"),
        ([-np.inf] * 5000, "no item left"),
        ([0.0] * 1024 + [-np.inf] * 999 + [-np.nan], "holds nan at place 2023"),
        ([0.0] * 4999 + [np.inf], "holds inf at place 4999"),
        ([], "at least one item"),
    ],
)
def test_bad_rows_are_refused(row, words):
    with pytest.raises(ValueError, match=words):
        row_statistics(row)


def test_bad_merges_are_refused():
    with pytest.raises(TypeError, match="other must be RowStatistics, got int"):
        RowStatistics.empty().merge(0)
    with pytest.raises(ValueError, match=r"batch shape \(3,\), expected \(2,\)"):
        RowStatistics.empty((2,)).merge(RowStatistics.empty((3,)))
