"""From what a caller passes to the rows a kernel wants, and from rows to threads."""

from __future__ import annotations

import itertools
import operator
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

# Rows are handed to threads in chunks of about this many elements, at least 50 microseconds of
# work. The machine code of a row is the same whoever runs it, so results never depend on threads.
CHUNK = 1 << 16


def as_floats(values: ArrayLike, name: str) -> Array:
    """Return a float32 or float64 array of real numbers; integers become float64."""
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array; pass plain numbers and mask= instead")
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be an array of numbers: {error}") from None
    if array.dtype.kind in "iu":
        return array.astype(np.float64)
    native = array.dtype.newbyteorder("=")
    if native not in (np.float32, np.float64):
        raise TypeError(f"{name} must be float32, float64 or integers, got dtype {array.dtype}")
    return array.astype(native, copy=False)


def as_rows(values: ArrayLike, axis: int, name: str = "logits") -> Array:
    """Return `values` as floats with `axis` moved to the end; the axis must hold an item."""
    array = as_floats(values, name)
    try:
        axis = operator.index(axis)
    except TypeError:
        raise TypeError(f"axis must be one integer, got {axis!r}") from None
    if array.ndim == 0:
        raise ValueError(f"{name} must have at least one axis, got a scalar")
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(f"axis must be in [-{array.ndim}, {array.ndim}), got {axis}")
    if array.shape[axis] == 0:
        raise ValueError(f"{name} must hold at least one item along axis {axis}, got {array.shape}")
    return np.moveaxis(array, axis, -1)


def keep_only(mask: ArrayLike | None, values: Array, axis: int) -> Array:
    """Return rows with minus infinity where the mask is False; no mask keeps all."""
    if mask is None:
        return values
    keep = np.asarray(mask)
    if keep.dtype != np.bool_:
        raise TypeError(f"mask must be boolean (True keeps an item), got dtype {keep.dtype}")
    shape = np.moveaxis(values, -1, axis).shape
    try:
        keep = np.broadcast_to(keep, shape)
    except ValueError:
        raise ValueError(
            f"mask of shape {keep.shape} does not fit logits of shape {shape}"
        ) from None
    return np.where(np.moveaxis(keep, axis, -1), values, values.dtype.type(-np.inf))


def per_row(
    value: ArrayLike, rows: Array, name: str, *, low: float = 0.0, high: float = np.inf
) -> Array:
    """Return a parameter in (low, high), broadcast over the batch axes, as one number a row."""
    with np.errstate(over="ignore", under="ignore"):  # the range test below sees both
        numbers = as_floats(value, name).astype(rows.dtype)
    if not np.all((numbers > low) & (numbers < high)):
        raise ValueError(
            f"{name} must lie strictly between {low} and {high} in {rows.dtype}, got {value!r}"
        )
    try:
        fitted = np.broadcast_to(numbers, rows.shape[:-1])
    except ValueError:
        raise ValueError(
            f"{name} of shape {numbers.shape} does not fit batch axes {rows.shape[:-1]}"
        ) from None
    return np.ascontiguousarray(fitted).reshape(-1)


def refusal(rows: Array, row: int, name: str = "logits") -> ValueError:
    """Return the error that says what is wrong with one row of a kernel's input."""
    values = rows.reshape(-1, rows.shape[-1])[row]
    batch = tuple(int(i) for i in np.unravel_index(row, rows.shape[:-1])) if rows.ndim > 1 else ()
    where = f"{name}, batch index {batch}," if batch else name
    bad = np.flatnonzero(np.isnan(values) | (values == np.inf))
    if bad.size:
        return ValueError(
            f"{where} holds {values[bad[0]]} at place {bad[0]} of the axis; "
            "items must be finite, or -inf when they are masked"
        )
    return ValueError(f"{where} has no item left: all are masked or -inf")


@cache
def _pool() -> ThreadPoolExecutor:
    helpers = max(1, numba.config.NUMBA_NUM_THREADS - 1)
    return ThreadPoolExecutor(helpers, thread_name_prefix="corollary-rows")


if hasattr(os, "register_at_fork"):  # the threads of the pool do not live on in a child
    os.register_at_fork(after_in_child=_pool.cache_clear)


def for_each_chunk(work: Callable[[slice], None], rows: int, length: int) -> None:
    """Call `work` on slices that cover all rows, on as many threads as Numba may use.

    Python threads around kernels without the GIL, not Numba's own: its pools abort the process
    when two threads enter at once or after a fork. The caller works too, so a busy pool only
    means less help, never a deadlock.
    """
    step = max(1, CHUNK // length)
    chunks = -(-rows // step)
    threads = min(chunks, numba.get_num_threads()) if chunks > 1 else 1
    counter = itertools.count()

    def take() -> None:
        while (chunk := next(counter)) < chunks:
            work(slice(chunk * step, (chunk + 1) * step))

    helpers = [_pool().submit(take) for _ in range(threads - 1)]
    try:
        take()
    finally:
        for helper in helpers:
            if not helper.cancel():
                helper.result()
