"""The backward pass against the Jacobian entry by entry, finite differences, and bad input."""

import numpy as np
import pytest

from corollary.algorithms.softmax import _definition, softmax, softmax_gradient


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [1, 2, 9, 300])
def test_equals_the_plain_definition(dtype, n):
    rng = np.random.default_rng(n)
    logits, cotangent = (rng.normal(size=(4, n)).astype(dtype) for _ in range(2))
    found = softmax_gradient(logits, cotangent)
    assert found.dtype == dtype
    expected = [_definition.softmax_gradient(*rows) for rows in zip(logits, cotangent, strict=True)]
    np.testing.assert_allclose(found, expected, atol=20 * float(np.finfo(dtype).eps))


def test_is_the_derivative_of_softmax():
    rng = np.random.default_rng(0)
    logits, cotangent = rng.normal(size=(2, 6))
    steps = 1e-6 * np.eye(6)
    slopes = (softmax(logits + steps) - softmax(logits - steps)) @ cotangent / 2e-6
    np.testing.assert_allclose(softmax_gradient(logits, cotangent), slopes, atol=1e-9)


def test_any_axis_and_masked_items():
    logits = np.array([[1.0, -np.inf], [2.0, 0.0]])
    cotangent = np.array([[1.0, 5.0], [-1.0, 3.0]])
    found = softmax_gradient(logits, cotangent, axis=0)
    assert found[0, 1] == 0 == found[1, 1]
    np.testing.assert_array_equal(found.T, softmax_gradient(logits.T, cotangent.T))


def test_inputs_may_be_read_only_and_stay_unchanged():
    logits, cotangent = np.zeros(3), np.arange(3.0)
    for array in (logits, cotangent):
        array.flags.writeable = False
    np.testing.assert_allclose(softmax_gradient(logits, cotangent), [-1 / 3, 0, 1 / 3])


@pytest.mark.parametrize(
    "cotangent, error, message",
    [
        ([1.0], ValueError, r"cotangent must be float64 of shape \(2,\), got float64 of \(1,\)"),
        (np.ones(2, np.float32), ValueError, "got float32"),
        ([1.0, np.nan], ValueError, "cotangent must be finite"),
        (["a", "b"], TypeError, "cotangent must be float32, float64 or integers"),
    ],
)
def test_bad_input_is_named(cotangent, error, message):
    with pytest.raises(error, match=message):
        softmax_gradient([0.0, 1.0], cotangent)
