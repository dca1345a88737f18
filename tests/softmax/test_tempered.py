"""Adaptive temperature, entropy-pinned and scalable softmax."""

import numpy as np
import pytest

from corollary.algorithms.softmax import (
    PUBLISHED_QUARTIC,
    _definition,
    adaptive_temperature_softmax,
    entropy_pinned_softmax,
    scalable_softmax,
    softmax,
)


@pytest.fixture
def rng():
    return np.random.default_rng(21)


@pytest.mark.parametrize("n", [1, 2, 5, 40, 600])
@pytest.mark.parametrize("width", [0.2, 2.0, 20.0])
def test_adaptive_equals_its_definition(rng, n, width):
    rows = rng.normal(size=(4, n)) * width
    for coefficients, threshold in ((PUBLISHED_QUARTIC, 0.5), ((0.3, 1.0), 0.0)):
        got = adaptive_temperature_softmax(rows, coefficients=coefficients, threshold=threshold)
        for row, weights in zip(rows, got, strict=True):
            expected = _definition.adaptive_temperature_softmax(row, coefficients, threshold)
            np.testing.assert_allclose(weights, expected, rtol=1e-11)


def test_adaptive_sharpens_in_the_middle_and_is_softmax_bit_for_bit_outside(rng):
    middle = rng.normal(size=(50, 20))
    sharper = adaptive_temperature_softmax(middle)
    assert np.all(sharper.max(-1) > softmax(middle).max(-1) * 1.01)
    flat, peaked = rng.normal(size=(3, 2000)) * 0.1, rng.normal(size=(3, 20)) * 100
    for rows in (flat, peaked, flat.astype(np.float32)):
        np.testing.assert_array_equal(adaptive_temperature_softmax(rows), softmax(rows))
    np.testing.assert_array_equal(
        adaptive_temperature_softmax(middle, threshold=10.0), softmax(middle)
    )
    mixed = rng.normal(size=(40, 700)) * np.where(np.arange(40) % 3, 0.1, 3.0)[:, None]
    off = np.arange(40) % 3 > 0
    got = adaptive_temperature_softmax(mixed)
    np.testing.assert_array_equal(got[off], softmax(mixed[off]))
    assert not np.any(got[~off] == softmax(mixed[~off]))


def test_coefficients_are_read_highest_power_first(rng):
    rows = rng.normal(size=(3, 30))
    doubled = adaptive_temperature_softmax(rows, coefficients=(0.0, 2.0))
    np.testing.assert_array_equal(doubled, softmax(rows, temperature=0.5))


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1.0, 1e200])
@pytest.mark.parametrize("n", [2, 3, 50, 3000])
def test_pinned_rows_have_the_wanted_entropy(rng, n, scale):
    rows = rng.normal(size=(10, n)) * scale
    for share in (0.01, 0.3, 0.9, 1 - 1e-9):
        target = share * np.log(n)
        weights = entropy_pinned_softmax(rows, target)
        positive = np.where(weights > 0, weights, 1.0)
        np.testing.assert_allclose(-(weights * np.log(positive)).sum(-1), target, rtol=1e-12)


def test_pinned_equals_its_definition_with_masks_ties_and_targets_per_row(rng):
    rows = rng.normal(size=(3, 2, 12))
    rows[0, 0, 3:] = -np.inf
    rows[0, 1, :2] = rows[0, 1].max() + 1
    targets = np.array([[0.4, np.log(2) + 0.1], [1.0, 2.0], [0.05, 2.4]])
    got = entropy_pinned_softmax(rows, targets)
    for index in np.ndindex(3, 2):
        expected = _definition.entropy_pinned_softmax(rows[index], targets[index])
        np.testing.assert_allclose(got[index], expected, rtol=1e-9)
    columns = np.moveaxis(rows, -1, 0)
    np.testing.assert_array_equal(
        entropy_pinned_softmax(columns, targets, axis=0), np.moveaxis(got, -1, 0)
    )


def test_pinned_tiny_targets_are_met_relatively():
    """Entropy h of two items with log-odds x: e^-x (1 + x) to first order."""
    weights = entropy_pinned_softmax([0.0, -1.0], 1e-12)
    rest = weights[1]
    assert rest * (1 - np.log(rest)) == pytest.approx(1e-12, rel=1e-10)


@pytest.mark.parametrize("n", [1, 2, 10, 3000])
def test_scalable_equals_its_definition(rng, n):
    rows = rng.normal(size=(3, n))
    for row, weights in zip(rows, scalable_softmax(rows, 0.7), strict=True):
        np.testing.assert_allclose(weights, _definition.scalable_softmax(row, 0.7), rtol=1e-12)


def test_scalable_counts_only_items_that_are_not_masked(rng):
    row = rng.normal(size=9)
    padded = np.concatenate([row, np.full(20, -np.inf)])
    np.testing.assert_allclose(
        scalable_softmax(padded, 1.3)[:9], scalable_softmax(row, 1.3), rtol=1e-14
    )
    np.testing.assert_array_equal(scalable_softmax([-np.inf, 2.0], 1.0), [0.0, 1.0])
    each = scalable_softmax(np.stack([row, row]), [0.5, 2.0])
    np.testing.assert_array_equal(each[1], scalable_softmax(row, 2.0))


@pytest.mark.parametrize("gap_times_scale", [0.9, 1.0, 1.1])
def test_scalable_on_two_levels_has_its_closed_form(gap_times_scale):
    n = 10**5
    row = np.zeros(n)
    row[7] = 1.0
    expected = 1 / (1 + (n - 1) * float(n) ** -gap_times_scale)
    assert scalable_softmax(row, gap_times_scale)[7] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: adaptive_temperature_softmax([1.0], coefficients=()), ValueError, "coefficients"),
        (
            lambda: adaptive_temperature_softmax([1.0], coefficients=(np.nan,)),
            ValueError,
            "coefficients must be a list of finite",
        ),
        (
            lambda: adaptive_temperature_softmax([1.0], coefficients="x"),
            TypeError,
            "coefficients must be",
        ),
        (
            lambda: adaptive_temperature_softmax([1.0], threshold=np.inf),
            ValueError,
            "threshold must be one finite",
        ),
        (
            lambda: adaptive_temperature_softmax([1.0], threshold=[1.0]),
            ValueError,
            "threshold must be one",
        ),
        (lambda: adaptive_temperature_softmax([np.nan, 1.0]), ValueError, "logits holds nan"),
        (lambda: entropy_pinned_softmax([1.0, 2.0], 0.0), ValueError, "entropy must lie strictly"),
        (lambda: entropy_pinned_softmax([1.0, 2.0], np.log(2)), ValueError, "0.69"),
        (lambda: entropy_pinned_softmax([1.0, 2.0], np.nan), ValueError, "entropy must lie"),
        (lambda: entropy_pinned_softmax([1.0, 1.0, 0.0], np.log(2)), ValueError, "entropy"),
        (lambda: entropy_pinned_softmax([1.0, 1.0], 0.5), ValueError, "entropy must lie"),
        (lambda: entropy_pinned_softmax([1.0, -np.inf], 0.5), ValueError, "entropy must lie"),
        (lambda: entropy_pinned_softmax([-np.inf, -np.inf], 0.5), ValueError, "no item left"),
        (lambda: entropy_pinned_softmax([np.inf, 1.0], 0.5), ValueError, "logits holds inf"),
        (lambda: entropy_pinned_softmax([1.0, 2.0], [0.1, 0.2]), ValueError, "does not fit"),
        (lambda: scalable_softmax([1.0], 0.0), ValueError, "scale must lie strictly"),
        (lambda: scalable_softmax([1.0], np.inf), ValueError, "scale must lie strictly"),
        (lambda: scalable_softmax([1.0], [1.0, 2.0]), ValueError, "scale of shape"),
        (lambda: scalable_softmax([-np.inf], 1.0), ValueError, "no item left"),
        (lambda: scalable_softmax([], 1.0), ValueError, "at least one item"),
        (lambda: scalable_softmax([1.0], None), TypeError, "scale must be"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
