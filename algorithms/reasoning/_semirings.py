"""Monoids and semirings whose laws kernels inline.

An element is a number, or a row of numbers. Rounding leaves every law of the idempotent semirings
here exact, since it is monotone; log-sum-exp obeys them up to rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.algorithms.reasoning._laws import Law, law

_LARGEST_COUNT = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Monoid:
    """A commutative monoid: an operation on pairs of elements, and its unit.

    Parameters
    ----------
    combine : callable (element, element) -> element
        A Numba function, or any Python function.
    unit : element
        Its type fixes the type of all elements: ``0`` for int64, ``0.0`` for float64, a list or
        array for rows, any other object for interpreted laws.

    Examples
    --------
    >>> MINIMUM.combine(2.0, MINIMUM.unit)
    2.0
    """

    combine: Law
    unit: Any


@dataclass(frozen=True, eq=False)
class Semiring:
    """A semiring: `plus` gathers the walks that meet, `times` lengthens a walk by an edge.

    Parameters
    ----------
    plus : Monoid
        Its unit stands for "no walk"; nodes in that state send nothing.
    times : callable (element, edge weight) -> element
        Commutes with `plus` in its first argument.
    one : element
        The empty walk.
    idempotent : bool
        Whether ``plus(a, a) = a``; only then may a walk be counted twice.
    """

    plus: Monoid
    times: Law
    one: Any
    idempotent: bool


@law
def minimum(a: Any, b: Any) -> Any:
    """Return the smaller."""
    return min(a, b)


@law
def maximum(a: Any, b: Any) -> Any:
    """Return the larger."""
    return max(a, b)


@law
def add(a: Any, b: Any) -> Any:
    """Return the sum."""
    return a + b


@law
def multiply(a: Any, b: Any) -> Any:
    """Return the product."""
    return a * b


@law
def either(a: Any, b: Any) -> Any:
    """Return a or b."""
    return a or b


@law
def along_edge(a: Any, weight: Any) -> Any:
    """Return a if the edge is there, that is, if its weight is not zero."""
    return a and weight != 0


@law
def add_counts(a: Any, b: Any) -> Any:
    """Return a + b for counts >= 0; an overflow is an error."""
    if a > _LARGEST_COUNT - b:
        raise OverflowError("a count exceeds 2**63 - 1")
    return a + b


@law
def multiply_counts(a: Any, b: Any) -> Any:
    """Return a b for counts >= 0; an overflow is an error."""
    if b != 0 and a > _LARGEST_COUNT // b:
        raise OverflowError("a count exceeds 2**63 - 1")
    return a * b


@law
def log_add(a: Any, b: Any) -> Any:
    """Return log(e^a + e^b)."""
    high, low = max(a, b), min(a, b)
    if low == -math.inf or high == math.inf:
        return high
    return high + math.log1p(math.exp(low - high))


@law
def merge_smallest(a: Any, b: Any) -> Any:
    """Return the k smallest entries of two ascending rows of length k, ascending."""
    merged = np.empty_like(a)
    i, j = 0, 0
    for place in range(a.size):
        if a[i] <= b[j]:
            merged[place] = a[i]
            i += 1
        else:
            merged[place] = b[j]
            j += 1
    return merged


@law
def lengthen_all(row: Any, weight: Any) -> Any:
    """Return every entry of the row, longer by the weight."""
    return row + weight


MINIMUM = Monoid(minimum, math.inf)
MAXIMUM = Monoid(maximum, -math.inf)
SUM = Monoid(add, 0.0)
LOG_SUM_EXP = Monoid(log_add, -math.inf)

MIN_PLUS = Semiring(MINIMUM, add, 0.0, idempotent=True)
MAX_PLUS = Semiring(MAXIMUM, add, 0.0, idempotent=True)
MAX_MIN = Semiring(MAXIMUM, minimum, math.inf, idempotent=True)
MIN_MAX = Semiring(MINIMUM, maximum, -math.inf, idempotent=True)
MAX_TIMES = Semiring(Monoid(maximum, 0.0), multiply, 1.0, idempotent=True)
BOOLEAN = Semiring(Monoid(either, False), along_edge, True, idempotent=True)
COUNTING = Semiring(Monoid(add_counts, 0), multiply_counts, 1, idempotent=False)
LOG_PLUS = Semiring(LOG_SUM_EXP, add, 0.0, idempotent=False)


def k_smallest(k: int) -> Semiring:
    """Return the semiring of ascending rows of the `k` smallest walk weights.

    Walks of equal weight are kept apart, so it is not idempotent; `k = 1` is min-plus.

    Raises
    ------
    TypeError, ValueError
        If `k` is not a positive integer.

    Examples
    --------
    >>> import numpy as np
    >>> two = k_smallest(2)
    >>> two.plus.combine(np.array([1.0, 4.0]), np.array([2.0, 3.0])).tolist()
    [1.0, 2.0]
    """
    if isinstance(k, bool) or not isinstance(k, int | np.integer):
        raise TypeError(f"k must be an integer, got {type(k).__name__}")
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    none = np.full(k, math.inf)
    one = none.copy()
    one[0] = 0.0
    none.setflags(write=False)
    one.setflags(write=False)
    return Semiring(Monoid(merge_smallest, none), lengthen_all, one, idempotent=False)
