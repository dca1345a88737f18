"""Softmax and its logarithm over one axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from corollary.algorithms._kernel import kernel
from corollary.algorithms.softmax._elementary import (
    exp_nonpositive,
    log1p,
    log_positive,
)
from corollary.algorithms.softmax._reductions import add, maximum, total
from corollary.algorithms.softmax._rows import Array, Rows

# Elements that are worked on while they stay in the first-level cache. Longer rows are cut into
# blocks whose sums are added in float64; shorter rows are taken several at a time.
BLOCK = 1024


@kernel(cached=False)
def shift(row: Any, peak: Any, temperature: Any, out: Any) -> None:
    """Write (row - peak) / temperature into `out`, which may be the row itself."""
    if temperature == 1.0:
        for j in range(row.size):
            out[j] = row[j] - peak
    else:
        for j in range(row.size):
            out[j] = (row[j] - peak) / temperature


@kernel(cached=False)
def exponentiate(values: Any, out: Any) -> None:
    """Write the exponential of each value, none above zero, into `out`."""
    for j in range(values.size):
        out[j] = exp_nonpositive(values[j])


@kernel(cached=False)
def exponentiate_in_place(values: Any) -> None:
    """Replace each value, none above zero, by its exponential."""
    for j in range(values.size):  # two names for one array would keep this from vectorising
        values[j] = exp_nonpositive(values[j])


@kernel(cached=False)
def divide(row: Any, divisor: Any) -> None:
    """Divide a row by a scalar, in place."""
    for j in range(row.size):
        row[j] /= divisor


@kernel(cached=False)
def _weigh_short_rows(logits: Any, temperature: Any, out: Any) -> Any:
    count, n = logits.shape
    group = BLOCK // n
    for first in range(0, count, group):
        last = min(first + group, count)
        for i in range(first, last):
            shift(logits[i], maximum(logits[i]), temperature[i], out[i])
        exponentiate_in_place(out[first:last].reshape(-1))
        for i in range(first, last):
            normaliser = total(out[i])
            if np.isnan(normaliser):
                return False
            divide(out[i], normaliser)
    return True


@kernel(cached=False)
def _weigh_long_rows(logits: Any, temperature: Any, out: Any) -> Any:
    count, n = logits.shape
    for i in range(count):
        peak = maximum(logits[i])
        normaliser = np.float64(0.0)
        for a in range(0, n, BLOCK):
            block = out[i, a : a + BLOCK]
            shift(logits[i, a : a + BLOCK], peak, temperature[i], block)
            exponentiate_in_place(block)
            normaliser += total(block)
        if np.isnan(normaliser):
            return False
        divide(out[i], out.dtype.type(normaliser))
    return True


@kernel
def softmax_rows(logits: Any, temperature: Any, out: Any) -> Any:
    """Write the softmax of each row; return whether all rows have one."""
    if logits.shape[1] <= BLOCK:
        return _weigh_short_rows(logits, temperature, out)
    return _weigh_long_rows(logits, temperature, out)


@kernel(cached=False)
def split_total(exponentials: Any) -> Any:
    """Return how many of the exponentials are one, and the sum of the others.

    The logarithm of the sum keeps its relative accuracy this way when one item outweighs the rest.
    """
    ones = 0
    others = exponentials.dtype.type(0)
    for j in range(exponentials.size):
        is_one = exponentials[j] == 1
        ones += is_one
        others = add(others, exponentials.dtype.type(0) if is_one else exponentials[j])
    return ones, others


@kernel(cached=False)
def log_total(ones: Any, others: Any) -> Any:
    """Return ln(ones + others) in float64, for one or more ones."""
    if ones == 1:
        return log1p(others)
    return log_positive(ones + others)


@kernel
def log_softmax_rows(logits: Any, temperature: Any, out: Any) -> Any:
    """Write the log-softmax of each row; return whether all rows have one."""
    count, n = logits.shape
    scratch = np.empty(BLOCK, out.dtype)
    for i in range(count):
        shift(logits[i], maximum(logits[i]), temperature[i], out[i])
        ones, others = 0, np.float64(0.0)
        for a in range(0, n, BLOCK):
            block = out[i, a : a + BLOCK]
            exponentiate(block, scratch[: block.size])
            more_ones, more_others = split_total(scratch[: block.size])
            ones += more_ones
            others += more_others
        if np.isnan(others):
            return False
        normaliser = out.dtype.type(log_total(ones, others))
        for j in range(n):
            out[i, j] -= normaliser
    return True


def softmax(
    logits: ArrayLike,
    *,
    axis: int = -1,
    temperature: ArrayLike = 1.0,
    mask: ArrayLike | None = None,
) -> Array:
    r"""Return the softmax of the logits, :math:`p_i = e^{z_i/\theta} / \sum_j e^{z_j/\theta}`.

    Parameters
    ----------
    logits : array_like, shape (..., n, ...)
        Real numbers, float32 or float64 (integers become float64). An item of -inf is masked: its
        coefficient is exactly 0.
    axis : int
        The axis of the n items. Any other than the last costs one copy.
    temperature : array_like
        Positive and finite; one number, or an array that broadcasts to the batch axes (those
        of the logits without `axis`).
    mask : array_like of bool, optional
        Broadcasts to the shape of the logits. True keeps an item; where it is False the item is
        masked whatever its logit is, NaN included.

    Returns
    -------
    ndarray
        Coefficients of the shape and dtype of the logits. With scaled shifted logits
        :math:`s_i = (z_i - \max z)/\theta` as computed, each is within 2 ulp, plus the relative
        error of the sum: at most (1024/8 + 3 + n/1024) roundings, far fewer in practice.

    Raises
    ------
    TypeError
        For a dtype other than the above, or a mask that is not boolean.
    ValueError
        For an empty axis, NaN or +inf, a row with all items masked, a temperature that is not
        positive and finite, or shapes that do not fit.

    Notes
    -----
    The maximum is subtracted first, so nothing overflows. Time O(n), no memory beyond the output.

    Example
    -------
    >>> softmax([[0.0, 0.0], [5.0, float("-inf")]])
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    rows = Rows(logits, axis, mask)
    out = rows.output()
    rows.each(softmax_rows, rows.per_row(temperature, "temperature"), out)
    return rows.restore(out)


def log_softmax(
    logits: ArrayLike,
    *,
    axis: int = -1,
    temperature: ArrayLike = 1.0,
    mask: ArrayLike | None = None,
) -> Array:
    r"""Return the natural logarithm of the softmax, :math:`z_i/\theta - \ln\sum_j e^{z_j/\theta}`.

    Parameters, errors and masking are those of `softmax`; a masked item has -inf. The result for
    an item that outweighs all others keeps its relative accuracy however close to 0 it is.

    Returns
    -------
    ndarray
        Log-coefficients in nats, of the shape and dtype of the logits.

    Example
    -------
    >>> log_softmax([0.0, 50.0])
    array([-5.00000000e+01, -1.92874985e-22])
    """
    rows = Rows(logits, axis, mask)
    out = rows.output()
    rows.each(log_softmax_rows, rows.per_row(temperature, "temperature"), out)
    return rows.restore(out)
