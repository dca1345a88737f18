"""Softmax and log-softmax against their plain definitions, exact arithmetic, and bad input."""

import numpy as np
import pytest
from flint import arb, ctx

from corollary.algorithms.softmax import _definition, log_softmax, softmax

LENGTHS = [1, 2, 3, 7, 8, 9, 33, 128, 1023, 1024, 1025, 5000]
DTYPES = [np.float64, np.float32]


def shifted(logits, temperature=1.0):
    """Return (z - max z) / temperature as the kernel computes it, rounding included."""
    return (logits - logits.max(axis=-1, keepdims=True)) / logits.dtype.type(temperature)


def exact(scaled_row):
    """Return softmax and log-softmax of one row of floats in ball arithmetic."""
    with ctx.workprec(160):
        values = [arb(float(s)) for s in scaled_row]
        exponentials = [v.exp() for v in values]
        normaliser = sum(exponentials, arb(0))
        return (
            np.array([float(e / normaliser) for e in exponentials]),
            np.array([float(v - normaliser.log()) for v in values]),
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_error_is_two_ulp_plus_the_sum(dtype, n, temperature):
    rng = np.random.default_rng(n)
    logits = (rng.normal(size=(3, n)) * [[1], [10], [80]]).astype(dtype)
    weights = softmax(logits, temperature=temperature)
    logs = log_softmax(logits, temperature=temperature)
    assert weights.dtype == logs.dtype == dtype
    unit = float(np.finfo(dtype).eps) / 2
    summation = min(n, 1024 / 8 + 3 + n / 1024) * unit
    for row, scaled in enumerate(shifted(logits, temperature)):
        truth, log_truth = exact(scaled)
        ulp = np.spacing(truth.astype(dtype)).astype(float)
        assert np.all(abs(weights[row] - truth) <= 2 * ulp + summation * truth)
        # The last subtraction rounds once, the normaliser carries the error of the sum.
        assert np.all(abs(logs[row] - log_truth) <= 3 * unit * abs(log_truth) + 2 * summation)


@pytest.mark.parametrize("temperature", [0.1, 1.0, 25.0])
def test_equals_the_plain_definition(temperature):
    rng = np.random.default_rng(5)
    logits = rng.normal(size=(20, 17)) * 4
    for row in logits:
        np.testing.assert_allclose(
            softmax(row, temperature=temperature),
            _definition.softmax(row, temperature),
            rtol=1e-14,
        )
        np.testing.assert_allclose(
            log_softmax(row, temperature=temperature),
            _definition.log_softmax(row, temperature),
            rtol=1e-14,
        )


def test_log_of_a_dominant_item_keeps_its_relative_accuracy():
    assert log_softmax([0.0, 50.0])[1] == pytest.approx(-np.exp(-50.0), rel=1e-15)
    assert log_softmax([0.0, 700.0])[1] == pytest.approx(-np.exp(-700.0), rel=1e-15)


def test_every_axis_temperatures_per_batch_and_masks_agree_with_rows_on_their_own():
    rng = np.random.default_rng(6)
    logits = rng.normal(size=(4, 5, 6))
    mask = rng.random(logits.shape) < 0.7
    mask[:, 0, 0] = mask[0] = True
    mask[0, :, 1] = mask[:, 1, :] = True
    for axis in (-1, 0, 1, 2, -3):
        batch = np.delete(np.array(logits.shape), axis)
        keep = mask | (mask.sum(axis=axis, keepdims=True) == 0)
        temperature = rng.uniform(0.5, 2, size=batch)
        for function, gone in ((softmax, 0.0), (log_softmax, -np.inf)):
            got = function(logits, axis=axis, temperature=temperature, mask=keep)
            assert got.shape == logits.shape
            rows = np.moveaxis(logits, axis, -1)
            for index in np.ndindex(*batch):
                kept = np.moveaxis(keep, axis, -1)[index]
                result = np.moveaxis(got, axis, -1)[index]
                alone = function(rows[index][kept], temperature=temperature[index])
                np.testing.assert_allclose(result[kept], alone, rtol=1e-14)
                assert np.all(result[~kept] == gone)


def test_what_a_mask_hides_has_no_influence_and_equals_minus_infinity():
    keep = np.array([True, False, True, False])
    hidden = np.array([1.0, np.nan, 2.0, np.inf])
    expected = softmax([1.0, -np.inf, 2.0, -np.inf])
    np.testing.assert_array_equal(softmax(hidden, mask=keep), expected)
    np.testing.assert_array_equal(expected[[1, 3]], [0.0, 0.0])
    np.testing.assert_array_equal(log_softmax(hidden, mask=keep)[[1, 3]], [-np.inf, -np.inf])


def test_extreme_logits_neither_overflow_nor_warn():
    high, low = np.finfo(np.float64).max, np.finfo(np.float64).min
    np.testing.assert_array_equal(softmax([high, low]), [1.0, 0.0])
    np.testing.assert_array_equal(softmax([high, high]), [0.5, 0.5])
    np.testing.assert_array_equal(softmax([high, low, 1.0], temperature=1e-300), [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(softmax([-1e300]), [1.0])
    np.testing.assert_array_equal(softmax([3.0, 3.0, 3.0], temperature=1e300), np.full(3, 1 / 3))


def test_integers_lists_views_other_byte_orders_and_read_only_input_are_accepted():
    expected = softmax([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(softmax(np.array([1, 2, 3], dtype=np.uint8)), expected)
    np.testing.assert_array_equal(softmax((1, 2, 3)), expected)
    np.testing.assert_array_equal(softmax(np.arange(9.0)[1:6:2] / 2 + 0.5), expected)
    np.testing.assert_array_equal(softmax(np.array([1, 2, 3], dtype=">f8")), expected)
    fixed = np.array([1.0, 2.0, 3.0])
    fixed.flags.writeable = False
    np.testing.assert_array_equal(softmax(fixed), expected)
    assert softmax(np.empty((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("function", [softmax, log_softmax])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_input_is_never_changed(function, axis):
    for logits in (np.arange(12.0).reshape(3, 4), np.arange(12).reshape(3, 4)):
        kept = logits.copy()
        function(logits, axis=axis, mask=np.ones((3, 4), bool))
        function(logits, axis=axis)
        np.testing.assert_array_equal(logits, kept)


@pytest.mark.parametrize("function", [softmax, log_softmax])
@pytest.mark.parametrize(
    ("error", "words", "arguments"),
    [
        (ValueError, r"logits.* holds nan at place 1", {"logits": [1.0, np.nan]}),
        (ValueError, r"batch index \(1,\), holds inf", {"logits": [[1.0, 2.0], [np.inf, 0.0]]}),
        (ValueError, "holds nan", {"logits": -np.array([1.0, np.nan])}),
        (ValueError, "holds nan", {"logits": -np.array([np.nan, np.inf])}),
        (ValueError, "no item left", {"logits": [-np.inf, -np.inf]}),
        (ValueError, "no item left", {"logits": [1.0, 2.0], "mask": [False, False]}),
        (ValueError, "at least one item along axis", {"logits": []}),
        (ValueError, "at least one axis", {"logits": 1.0}),
        (ValueError, "logits must be an array", {"logits": [[1.0], [1.0, 2.0]]}),
        (TypeError, "logits must be float32.* bool", {"logits": [True, False]}),
        (TypeError, "logits must be float32.* float16", {"logits": np.zeros(3, np.float16)}),
        (TypeError, "logits must be float32.* complex", {"logits": [1j]}),
        (TypeError, "logits must be float32", {"logits": ["a"]}),
        (TypeError, "logits must be float32.* object", {"logits": [None]}),
        (TypeError, "logits is a masked array", {"logits": np.ma.masked_less([1.0, 2.0], 1.5)}),
        (ValueError, "temperature must lie", {"logits": [1.0], "temperature": 0.0}),
        (ValueError, "temperature must lie", {"logits": [1.0], "temperature": -1.0}),
        (ValueError, "temperature must lie", {"logits": [1.0], "temperature": np.inf}),
        (ValueError, "temperature must lie", {"logits": [1.0], "temperature": np.nan}),
        (ValueError, "float32", {"logits": np.zeros(2, np.float32), "temperature": 1e-60}),
        (ValueError, "temperature of shape", {"logits": [1.0], "temperature": [1.0, 2.0]}),
        (TypeError, "temperature must be", {"logits": [1.0], "temperature": "hot"}),
        (ValueError, "axis must be in", {"logits": [1.0], "axis": 1}),
        (TypeError, "axis must be one integer", {"logits": [[1.0]], "axis": (0, 1)}),
        (TypeError, "mask must be boolean", {"logits": [1.0, 2.0], "mask": [1, 0]}),
        (ValueError, "mask of shape", {"logits": [1.0, 2.0], "mask": [True] * 3}),
    ],
)
def test_bad_input_is_refused_by_name(function, error, words, arguments):
    with pytest.raises(error, match=words):
        function(**arguments)
