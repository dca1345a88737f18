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


class Rows:
    """Logits as a C-contiguous matrix, one row per batch index, with the way back.

    Parameters
    ----------
    logits, axis, mask
        As passed to the public function; what is wrong with them is raised here, except for what
        only the kernel's single pass can see: NaN, infinity, and rows with no item left.
    """

    def __init__(self, logits: ArrayLike, axis: int, mask: ArrayLike | None = None) -> None:
        self._source = logits, axis, mask
        values = _moved(logits, axis, mask)
        self.axis = axis
        self.shape = values.shape
        flat = np.require(values, requirements=["C", "A"]).reshape(-1, values.shape[-1])
        self._copied = not np.may_share_memory(flat, np.asarray(logits))
        self.flat = flat if flat.flags.writeable else np.asarray(_Unlocked(flat))

    def per_row(self, value: ArrayLike, name: str, low: float = 0.0, high: float = np.inf) -> Array:
        """Return a parameter in (low, high), broadcast over the batch axes, as one number a row."""
        dtype = self.flat.dtype
        with np.errstate(over="ignore", under="ignore"):  # the range test below sees both
            numbers = as_floats(value, name).astype(dtype)
        if not np.all((numbers > low) & (numbers < high)):
            raise ValueError(
                f"{name} must lie strictly between {low} and {high} in {dtype}, got {value!r}"
            )
        try:
            fitted = np.broadcast_to(numbers, self.shape[:-1])
        except ValueError:
            raise ValueError(
                f"{name} of shape {numbers.shape} does not fit batch axes {self.shape[:-1]}"
            ) from None
        return np.array(fitted).reshape(-1)

    def output(self) -> Array:
        """Return room for the result: a copy made on the way here, or new memory."""
        return self.flat if self._copied else np.empty_like(self.flat)

    def restore(self, out: Array) -> Array:
        """Return a result matrix in the shape of the logits."""
        return np.moveaxis(out.reshape(self.shape), -1, self.axis)

    def each(self, kernel: Any, *arguments: Any) -> None:
        """Run ``kernel(rows, *arguments)`` on all rows; arrays among the arguments go by row.

        The kernel returns whether every row had a result; if not, the cause is raised.
        """

        def work(part: slice) -> None:
            sliced = (a[part] if isinstance(a, np.ndarray) else a for a in arguments)
            if not kernel(self.flat[part], *sliced):
                raise _refusal(_moved(*self._source))

        for_each_chunk(work, *self.flat.shape)


class _Unlocked:
    """A read-only array that claims to be writable.

    Numba compiles anew for read-only arrays, and another compilation may sum in another order.
    The kernels write to no array but their outputs, and this is never one.
    """

    def __init__(self, array: Array) -> None:
        self._array = array  # keeps the memory alive
        interface = array.__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}


def _moved(logits: ArrayLike, axis: int, mask: ArrayLike | None) -> Array:
    """Return the logits as floats, `axis` at the end, minus infinity where the mask is False."""
    array = as_floats(logits, "logits")
    try:
        axis = operator.index(axis)
    except TypeError:
        raise TypeError(f"axis must be one integer, got {axis!r}") from None
    if array.ndim == 0:
        raise ValueError("logits must have at least one axis, got a scalar")
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(f"axis must be in [-{array.ndim}, {array.ndim}), got {axis}")
    if array.shape[axis] == 0:
        raise ValueError(f"logits must hold at least one item along axis {axis}, got {array.shape}")
    if mask is not None:
        array = np.where(_fitting(mask, array.shape), array, array.dtype.type(-np.inf))
    return np.moveaxis(array, axis, -1)


def _fitting(mask: ArrayLike, shape: tuple[int, ...]) -> Array:
    keep = np.asarray(mask)
    if keep.dtype != np.bool_:
        raise TypeError(f"mask must be boolean (True keeps an item), got dtype {keep.dtype}")
    try:
        return np.broadcast_to(keep, shape)
    except ValueError:
        raise ValueError(
            f"mask of shape {keep.shape} does not fit logits of shape {shape}"
        ) from None


def _refusal(values: Array) -> ValueError:
    """Return the error that says what is wrong with the first row that has no result."""
    wrong = np.isnan(values) | (values == np.inf)
    empty = np.all(values == -np.inf, axis=-1)
    batch = tuple(int(i) for i in np.argwhere(wrong.any(axis=-1) | empty)[0])
    where = f"logits, batch index {batch}," if batch else "logits"
    if empty[batch]:
        return ValueError(f"{where} has no item left: all are masked or -inf")
    place = int(np.argmax(wrong[batch]))
    return ValueError(
        f"{where} holds {values[batch][place]} at place {place} of the axis; "
        "items must be finite, or -inf when they are masked"
    )


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
    if threads == 1:
        work(slice(0, rows))
        return
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
