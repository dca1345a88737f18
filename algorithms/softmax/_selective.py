"""Weightings that look at a fixed number of items: the k largest, or the largest alone."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from corollary.algorithms._kernel import kernel
from corollary.algorithms.softmax._reductions import maximum
from corollary.algorithms.softmax._rows import Array, Rows
from corollary.algorithms.softmax._softmax import softmax_rows

_SIGN = np.int64(63)
_LOWER = np.int64(0x7FFFFFFFFFFFFFFF)


@kernel(cached=False)
def _sound(row: Any) -> Any:
    """Return whether a row is free of NaN and infinity and has an item that is not masked."""
    wrong, items = False, 0
    for j in range(row.size):
        wrong |= not row[j] < np.inf
        items += row[j] > -np.inf
    return items > 0 and not wrong


@kernel(cached=False)
def _ordered_keys(row: Any, out: Any) -> None:
    """Write integers in the order of the floats, with one key for both zeros."""
    for j in range(row.size):
        bits = np.float64(row[j] + 0.0).view(np.int64)
        out[j] = bits ^ ((bits >> _SIGN) & _LOWER)


@kernel(cached=False)
def _count_at_least(keys: Any, bound: Any) -> Any:
    count = 0
    for j in range(keys.size):
        count += keys[j] >= bound
    return count


@kernel(cached=False)
def _kth_largest(keys: Any, k: Any) -> Any:
    """Return the k-th largest key by halving the range of integers: at most 64 passes."""
    low, high = keys.min(), keys.max() + 1
    while True:
        middle = (low & high) + ((low ^ high) >> np.int64(1))  # the mean, without overflow
        if middle == low:
            return low
        if _count_at_least(keys, middle) >= k:
            low = middle
        else:
            high = middle


@kernel
def top_k_rows(logits: Any, k: Any, out: Any) -> Any:
    """Write the softmax over the k largest items of each row; return whether all have one."""
    count, n = logits.shape
    keys = np.empty(n, np.int64)
    for i in range(count):
        if not _sound(logits[i]):
            return False
        _ordered_keys(logits[i], keys)
        bound = _kth_largest(keys, k)
        ties = k - _count_at_least(keys, bound + 1)
        for j in range(n):
            kept = keys[j] > bound or (keys[j] == bound and ties > 0)
            ties -= keys[j] == bound
            out[i, j] = logits[i, j] if kept else -np.inf
    return softmax_rows(out, np.ones(count, out.dtype), out)


def top_k_softmax(logits: ArrayLike, k: int, *, axis: int = -1) -> Array:
    """Return the softmax over the k largest items of a row, zero elsewhere.

    Exactly k items are kept: of items tied at the k-th place, those with the lowest indices. Of a
    row with fewer than k items that are not -inf, all are kept.

    Parameters
    ----------
    logits, axis
        As for `softmax`.
    k : int
        At least 1, at most the length of the axis.

    Returns
    -------
    ndarray
        Coefficients of the shape and dtype of the logits; the largest is at least 1/k.

    Raises
    ------
    TypeError, ValueError
        As `softmax`; for a k that is not an integer in range.

    Example
    -------
    >>> top_k_softmax([1.0, 0.0, 1.0, 1.0], 2)
    array([0.5, 0. , 0.5, 0. ])
    """
    rows = Rows(logits, axis)
    n = rows.shape[-1]
    try:
        k = operator.index(k)
    except TypeError:
        raise TypeError(f"k must be an integer, got {k!r}") from None
    if not 1 <= k <= n:
        raise ValueError(f"k must be in [1, {n}], the length of the axis, got {k}")
    out = rows.output()
    rows.each(top_k_rows, k, out)
    return rows.restore(out)


@kernel
def hardmax_rows(logits: Any, out: Any) -> Any:
    """Write the uniform weights on the largest items; return whether every row has one."""
    for i in range(len(logits)):
        if not _sound(logits[i]):
            return False
        peak = maximum(logits[i])
        ties = 0
        for j in range(logits.shape[1]):
            ties += logits[i, j] == peak
        for j in range(logits.shape[1]):
            out[i, j] = 1.0 / ties if logits[i, j] == peak else 0.0
    return True


def hardmax(logits: ArrayLike, *, axis: int = -1) -> Array:
    """Return equal weights on the items that share the largest logit, zero elsewhere.

    The limit of `softmax` as the temperature falls to 0. Parameters and errors are those of
    `softmax`.

    Example
    -------
    >>> hardmax([[3.0, 1.0, 3.0], [0.0, 1.0, 2.0]])
    array([[0.5, 0. , 0.5],
           [0. , 0. , 1. ]])
    """
    rows = Rows(logits, axis)
    out = rows.output()
    rows.each(hardmax_rows, out)
    return rows.restore(out)
