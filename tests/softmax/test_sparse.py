"""Sparsemax, entmax, top-k, hardmax and stick-breaking: definitions, optimality, bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollary.algorithms.softmax import (
    _definition,
    entmax,
    entmax15,
    hardmax,
    softmax,
    sparsemax,
    stick_breaking,
    top_k_softmax,
)

ALPHAS = [1.0 + 1e-9, 1.05, 1.3, 1.5, 1.7, 2.0, 2.5, 4.0, 10.0]

rows = st.lists(
    st.one_of(st.floats(-40, 40), st.integers(-2, 2).map(float), st.floats(-1e-3, 1e-3)),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(row=rows)
def test_sparsemax_is_the_exact_projection(row):
    np.testing.assert_allclose(sparsemax(row), _definition.sparsemax(row), rtol=0, atol=4e-15)


@pytest.mark.parametrize("alpha", ALPHAS)
@settings(deadline=None, derandomize=True, max_examples=15)
@given(row=rows)
def test_entmax_equals_its_definition(alpha, row):
    expected = _definition.entmax(row, alpha)
    np.testing.assert_allclose(entmax(row, alpha), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("n", [1, 2, 30, 2000])
@pytest.mark.parametrize("width", [1e-6, 1e-2, 1.0, 30.0])
def test_entmax_is_optimal(alpha, n, width):
    """The optimality conditions: a point of the simplex, one multiplier on the support."""
    logits = np.random.default_rng(n).normal(size=(4, n)) * width
    for row, weights in zip(logits, entmax(logits, alpha), strict=True):
        assert weights.min() >= 0
        assert abs(weights.sum() - 1) <= 1e-14
        inside = weights > 0
        below = row - row.max()
        # (w ** (alpha - 1) - 1) / (alpha - 1), the generalised logarithm, stable near alpha = 1
        log_weights = np.expm1((alpha - 1) * np.log(weights[inside])) / (alpha - 1)
        multipliers = below[inside] - log_weights
        assert np.ptp(multipliers) <= 1e-12 * max(1.0, np.abs(below[inside]).max())
        assert np.all((alpha - 1) * (below[~inside] - multipliers.mean()) <= -1 + 1e-12)


@pytest.mark.parametrize("alpha", [1.2, 1.5, 1.8, 2.0, 3.0])
def test_one_hot_exactly_from_a_gap_of_one_over_alpha_minus_one(alpha):
    gap = 1 / (alpha - 1)
    assert entmax([gap * (1 + 1e-12), 0.0, 0.0], alpha)[0] == 1.0
    assert entmax([gap * (1 - 1e-3), 0.0, 0.0], alpha)[0] < 1.0
    assert entmax([gap * (1 - 1e-3), 0.0, 0.0], alpha)[1] > 0.0


@pytest.mark.parametrize("n", [2, 17, 10**6])
def test_two_levels_have_their_closed_forms(n):
    row = np.zeros(n)
    row[n // 2] = gap = 0.4
    top = (1 + (n - 1) * gap) / n
    got = sparsemax(row)
    assert got[n // 2] == pytest.approx(top, rel=1e-14)
    assert got[0] == pytest.approx((1 - top) / (n - 1), rel=1e-9)
    top15 = (((n - 1) * gap + np.sqrt(4 * n - (n - 1) * gap**2)) / (2 * n)) ** 2
    assert entmax15(row)[n // 2] == pytest.approx(top15, rel=1e-12)


def test_alpha_one_is_softmax_and_the_limit_is_continuous():
    row = np.random.default_rng(3).normal(size=300) * 4
    np.testing.assert_array_equal(entmax(row, 1), softmax(row))
    np.testing.assert_allclose(entmax(row, 1 + 1e-13), softmax(row), rtol=1e-10)


def test_rows_that_need_many_newton_steps_end():
    """Geometric logits empty the support item by item."""
    for base in (0.5, 0.9, 0.999):
        row = -1 + base ** np.arange(3000.0)
        for alpha in (1.01, 1.5, 2.0):
            assert abs(entmax(row, alpha).sum() - 1) <= 1e-14
        np.testing.assert_allclose(
            sparsemax(row[:400]), _definition.sparsemax(row[:400]), atol=1e-15
        )


@pytest.mark.parametrize(
    "function", [sparsemax, entmax15, lambda z, axis=-1: entmax(z, 3, axis=axis)]
)
def test_masks_axes_dtypes_and_the_input(function):
    logits = np.random.default_rng(4).normal(size=(5, 6, 7))
    kept = logits.copy()
    for axis in range(3):
        got = function(logits, axis=axis)
        np.testing.assert_array_equal(
            got, np.moveaxis(function(np.moveaxis(logits, axis, -1)), -1, axis)
        )
    np.testing.assert_array_equal(logits, kept)
    single = function(logits.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, function(logits.astype(np.float32).astype(float)), rtol=1e-7)
    padded = np.concatenate([logits, np.full((5, 6, 2), -np.inf)], axis=-1)
    np.testing.assert_array_equal(function(padded)[..., :7], function(logits))
    assert np.all(function(padded)[..., 7:] == 0)
    ends = function(np.array([1.7e308, -1.7e308, 0.0]))
    np.testing.assert_array_equal(ends, [1.0, 0.0, 0.0])


discrete = st.lists(
    st.one_of(st.integers(-2, 2).map(float), st.just(-0.0), st.just(-np.inf), st.floats(-9, 9)),
    min_size=1,
    max_size=12,
).filter(lambda row: max(row) > -np.inf)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(row=discrete, data=st.data())
def test_top_k_equals_its_definition_ties_by_index(row, data):
    k = data.draw(st.integers(1, len(row)))
    weights = top_k_softmax(row, k)
    np.testing.assert_allclose(weights, _definition.top_k_softmax(row, k), rtol=1e-14)
    assert np.count_nonzero(weights) == min(k, np.isfinite(row).sum())
    np.testing.assert_array_equal(top_k_softmax(row, len(row)), softmax(row))
    np.testing.assert_array_equal(hardmax(row), _definition.hardmax(row))


def test_top_k_of_long_rows_and_extreme_numbers():
    row = np.random.default_rng(5).permutation(5000) / 100
    weights = top_k_softmax(row, 3)
    np.testing.assert_array_equal(np.flatnonzero(weights), np.sort(np.argsort(row)[-3:]))
    high, low, tiny = 1.7e308, -1.7e308, 5e-324
    np.testing.assert_array_equal(top_k_softmax([low, tiny, -tiny], 2), [0.0, 0.5, 0.5])
    np.testing.assert_array_equal(top_k_softmax([low, high, high], 2), [0.0, 0.5, 0.5])
    assert top_k_softmax(np.float32([1, 2, 3]), 1).dtype == np.float32


@settings(deadline=None, derandomize=True, max_examples=60)
@given(row=st.lists(st.floats(-30, 30), min_size=1, max_size=12))
def test_stick_breaking_equals_its_definition_and_accounts_for_the_whole_stick(row):
    weights = stick_breaking(row)
    np.testing.assert_allclose(weights, _definition.stick_breaking(row), rtol=1e-12)
    left = np.prod(1 / (1 + np.exp(np.array(row))))
    assert weights.sum() + left == pytest.approx(1, abs=1e-14)


def test_stick_breaking_at_the_ends():
    np.testing.assert_array_equal(stick_breaking([-np.inf, 0.0, -np.inf]), [0.0, 0.5, 0.0])
    np.testing.assert_array_equal(stick_breaking([-np.inf]), [0.0])
    np.testing.assert_array_equal(stick_breaking([1e308, 1e308]), [0.0, 1.0])
    assert stick_breaking(np.zeros(2000))[0] == 0.0  # 2**-2000
    np.testing.assert_allclose(
        stick_breaking(np.float32([[0.3, -2.0]]).T, axis=0)[:, 0],
        _definition.stick_breaking([float(np.float32(0.3)), -2.0]),
        rtol=1e-7,
    )


@pytest.mark.parametrize(
    "function",
    [
        sparsemax,
        entmax15,
        hardmax,
        stick_breaking,
        lambda z: entmax(z, 3),
        lambda z: top_k_softmax(z, 1),
    ],
)
@pytest.mark.parametrize(
    ("logits", "words"),
    [
        ([1.0, np.nan], "logits holds nan at place 1"),
        (-np.array([1.0, np.nan]), "logits holds nan at place 1"),
        ([[0.0, 1.0], [np.inf, 1.0]], r"batch index \(1,\), holds inf"),
        ([], "at least one item"),
    ],
)
def test_bad_rows_are_refused(function, logits, words):
    with pytest.raises(ValueError, match=words):
        function(logits)


@pytest.mark.parametrize(
    "function",
    [sparsemax, entmax15, hardmax, lambda z: entmax(z, 3), lambda z: top_k_softmax(z, 1)],
)
def test_rows_without_items_are_refused(function):
    with pytest.raises(ValueError, match="no item left"):
        function([-np.inf, -np.inf])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: entmax([1.0], 0.99), ValueError, r"alpha must be one number in \[1, 10\]"),
        (lambda: entmax([1.0], 11), ValueError, "alpha must be one"),
        (lambda: entmax([1.0], np.nan), ValueError, "alpha must be one"),
        (lambda: entmax([1.0], [1.5, 2.0]), ValueError, "alpha must be one"),
        (lambda: entmax([1.0], "x"), TypeError, "alpha must be"),
        (lambda: top_k_softmax([1.0, 2.0], 0), ValueError, r"k must be in \[1, 2\].* got 0"),
        (lambda: top_k_softmax([1.0, 2.0], 3), ValueError, "k must be in"),
        (lambda: top_k_softmax([1.0, 2.0], 1.5), TypeError, "k must be an integer"),
    ],
)
def test_bad_parameters_are_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
