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
from corollary.algorithms.softmax._reductions import add, maximum
from corollary.algorithms.softmax._rows import Array, Rows

# Elements that are worked on while they stay in the first-level cache: a longer row is cut into
# blocks, and the sums of the blocks are added in float64.
BLOCK = 1024
# Exponentials of a row up to this length are kept aside until they are divided; those of a longer
# one go straight to the output, so that fetching its memory overlaps with computing.
_SHORT = 256
_APART = 256


@kernel(cached=False)
def _exponentials(row: Any, peak: Any, _temperature: Any, out: Any) -> Any:
    """Write the exponentials of a row at temperature 1 and return their sum."""
    result = row.dtype.type(0)
    for j in range(row.size):
        out[j] = exp_nonpositive(row[j] - peak)
        result = add(result, out[j])
    return result


@kernel(cached=False)
def _tempered_exponentials(row: Any, peak: Any, temperature: Any, out: Any) -> Any:
    """Write the exponentials of a row and return their sum."""
    result = row.dtype.type(0)
    for j in range(row.size):
        out[j] = exp_nonpositive((row[j] - peak) / temperature)
        result = add(result, out[j])
    return result


@kernel(cached=False)
def _scratch(size: Any, out: Any) -> Any:
    """Return new memory that is more than a few vectors away from any row (see `_reductions`)."""
    return np.empty(_APART + size, out.dtype)[_APART:]


@kernel(cached=False)
def _divide(row: Any, divisor: Any, out: Any) -> None:
    for j in range(row.size):
        out[j] = row[j] / divisor


@kernel(cached=False)
def _divide_in_place(row: Any, divisor: Any) -> None:
    for j in range(row.size):  # two names for one array would keep this from vectorising
        row[j] /= divisor


def _rows_with(exponentials: Any) -> Any:
    """Return the kernel for all rows, given that for the exponentials of one block."""

    @kernel(cached=False)
    def short_rows(logits: Any, temperature: Any, out: Any) -> Any:
        scratch = _scratch(logits.shape[1], out)
        for i in range(len(logits)):
            normaliser = exponentials(logits[i], maximum(logits[i]), temperature[i], scratch)
            if np.isnan(normaliser):
                return False
            _divide(scratch, normaliser, out[i])
        return True

    @kernel(cached=False)
    def long_rows(logits: Any, temperature: Any, out: Any) -> Any:
        in_place = logits.ctypes.data == out.ctypes.data
        scratch = _scratch(BLOCK, out)
        for i in range(len(logits)):
            peak = maximum(logits[i])
            normaliser = np.float64(0.0)
            for a in range(0, logits.shape[1], BLOCK):
                block = logits[i, a : a + BLOCK]
                room = scratch[: block.size] if in_place else out[i, a : a + BLOCK]
                normaliser += exponentials(block, peak, temperature[i], room)
                if in_place:
                    for j in range(block.size):
                        out[i, a + j] = room[j]
            if np.isnan(normaliser):
                return False
            _divide_in_place(out[i], out.dtype.type(normaliser))
        return True

    @kernel(cached=False)
    def rows(logits: Any, temperature: Any, out: Any) -> Any:
        if logits.shape[1] <= _SHORT:
            return short_rows(logits, temperature, out)
        return long_rows(logits, temperature, out)

    return rows


_unit_rows = _rows_with(_exponentials)
_tempered_rows = _rows_with(_tempered_exponentials)


@kernel
def softmax_rows(logits: Any, temperature: Any, out: Any) -> Any:
    """Write the softmax of each row; return whether all rows have one.

    The output may be the logits themselves. Rows at temperature 1 skip a division; the choice is
    made row by row, so that no row depends on its neighbours, and goes by stretches of rows.
    """
    start = 0
    while start < len(logits):
        unit = temperature[start] == 1
        stop = start + 1
        while stop < len(logits) and (temperature[stop] == 1) == unit:
            stop += 1
        rows, tempers, room = logits[start:stop], temperature[start:stop], out[start:stop]
        sound = _unit_rows(rows, tempers, room) if unit else _tempered_rows(rows, tempers, room)
        if not sound:
            return False
        start = stop
    return True


@kernel(cached=False)
def _shift(row: Any, peak: Any, temperature: Any, out: Any) -> None:
    """Write (row - peak) / temperature into `out`, which may be the row itself."""
    if temperature == 1.0:
        for j in range(row.size):
            out[j] = row[j] - peak
    else:
        for j in range(row.size):
            out[j] = (row[j] - peak) / temperature


@kernel(cached=False)
def _split_total(shifted: Any) -> Any:
    """Return how many of the exponentials are one, and the sum of the others.

    The logarithm of the sum keeps its relative accuracy this way when one item outweighs the rest.
    """
    ones = 0
    others = shifted.dtype.type(0)
    for j in range(shifted.size):
        e = exp_nonpositive(shifted[j])
        ones += e == 1
        others = add(others, e if e != 1 else shifted.dtype.type(0))
    return ones, others


@kernel(cached=False)
def _log_total(ones: Any, others: Any) -> Any:
    """Return ln(ones + others) in float64, for one or more ones."""
    if ones == 1:
        return log1p(others)
    return log_positive(ones + others)


@kernel
def log_softmax_rows(logits: Any, temperature: Any, out: Any) -> Any:
    """Write the log-softmax of each row; return whether all rows have one."""
    count, n = logits.shape
    for i in range(count):
        _shift(logits[i], maximum(logits[i]), temperature[i], out[i])
        ones, others = 0, np.float64(0.0)
        for a in range(0, n, BLOCK):
            more_ones, more_others = _split_total(out[i, a : a + BLOCK])
            ones += more_ones
            others += more_others
        if np.isnan(others):
            return False
        normaliser = out.dtype.type(_log_total(ones, others))
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
        error of the sum: at most min(n, 1024) + n/1024 roundings in any order of summation, an
        eighth of that or less where the compiler has vectors.

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
