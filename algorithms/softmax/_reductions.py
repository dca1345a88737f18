"""Maximum and sum of one row, in a form that LLVM turns into vector code.

The maximum of floats does not vectorise without a licence to ignore NaN; the maximum of integers
does. A float's bits, with the lower ones flipped when the sign is set, are an integer of the same
order. NaN comes out above infinity or below minus infinity, so the caller must look for it: any
NaN, and a maximum of either infinity, turn the shifted row, and then its sum, into NaN.

A loop that sums should not store: LLVM guards such a loop against overlapping arrays, and takes
another order of summation when two of them lie within a few vectors of each other in memory. Where
speed asks for it all the same, the arrays are kept well apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corollary.algorithms._kernel import kernel
from corollary.algorithms.softmax._elementary import by_dtype

_SIGN64 = np.int64(63)
_LOWER64 = np.int64(0x7FFFFFFFFFFFFFFF)
_SIGN32 = np.int32(31)
_LOWER32 = np.int32(0x7FFFFFFF)


@kernel(cached=False)
def _maximum64(row: Any) -> Any:
    best = ~_LOWER64
    for j in range(row.size):
        bits = np.float64(row[j]).view(np.int64)
        key = bits ^ ((bits >> _SIGN64) & _LOWER64)
        best = key if key > best else best
    return np.int64(best ^ ((best >> _SIGN64) & _LOWER64)).view(np.float64)


@kernel(cached=False)
def _maximum32(row: Any) -> Any:
    best = ~_LOWER32
    for j in range(row.size):
        bits = np.float32(row[j]).view(np.int32)
        key = np.int32(bits ^ ((bits >> _SIGN32) & _LOWER32))
        best = key if key > best else best
    return np.int32(best ^ ((best >> _SIGN32) & _LOWER32)).view(np.float32)


# The largest element of a row that is not empty.
maximum = by_dtype(_maximum32, _maximum64)


@kernel(cached=False, flags=frozenset({"reassoc", "nsz"}))
def add(a: Any, b: Any) -> Any:
    """Return a + b, in an order of summation that the compiler may choose."""
    return a + b


@kernel(cached=False)
def total(row: Any) -> Any:
    """Return the sum of a row, accumulated in its own precision."""
    result = row.dtype.type(0)
    for j in range(row.size):
        result = add(result, row[j])
    return result
