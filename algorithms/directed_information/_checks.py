"""Checks of arguments; every message names the argument, what came and what was expected."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

UNITS = {2.0: "bit", math.e: "nat", 10.0: "hartley"}

# How far a sum of probabilities may be from one, by the precision it came in.
_SUM_TOLERANCE = {"f4": 1e-5, "f8": 1e-9}


def base_of(base: float) -> tuple[float, str]:
    """Return the factor from bits to the unit of a logarithm's base, and the unit's name."""
    if isinstance(base, bool) or base not in UNITS:
        raise ValueError(f"base is {base!r}; it must be 2 (bits), e (nats) or 10 (hartleys)")
    return 1.0 / math.log2(base), UNITS[base]


def whole(name: str, value: Any, *, least: int) -> int:
    """Return `value` as an int that is at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}; it must be an integer") from None
    if isinstance(value, bool) or number < least:
        raise ValueError(f"{name} is {value!r}; it must be at least {least}")
    return number


def fraction(name: str, value: float, *, open_ends: bool = False) -> float:
    """Return `value` as a float between 0 and 1 (both excluded if `open_ends`)."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {value!r}; it must be a number") from None
    inside = 0.0 < number < 1.0 if open_ends else 0.0 <= number <= 1.0
    if not inside:
        ends = "strictly between" if open_ends else "between"
        raise ValueError(f"{name} is {value!r}; it must be {ends} 0 and 1")
    return number


def one_of(name: str, value: Any, choices: Sequence[str]) -> str:
    """Return `value` if it is one of `choices`."""
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, choices))}")
    return str(value)


def interval(name: str, value: Any, horizon: int) -> tuple[int, int]:
    """Return a 1-based inclusive interval inside 1..horizon; None stands for all of it."""
    if value is None:
        return 1, horizon
    try:
        first, last = (operator.index(end) for end in value)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} is {value!r}; it must be a pair of integers (first, last)"
        ) from None
    if not 1 <= first <= last <= horizon:
        raise ValueError(
            f"{name} is {value!r}; it must be 1-based, inclusive and not empty: "
            f"1 <= first <= last <= {horizon}"
        )
    return first, last


def floats(name: str, value: Any) -> Array:
    """Return `value` as a contiguous double array; complex and non-numeric input is refused."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {array.dtype}; it must hold real numbers")
    return np.ascontiguousarray(array, dtype=np.float64)


def probabilities(name: str, value: Any, axes: int) -> Array:
    """Return `value` as doubles, checked to be pmfs over its last `axes` axes."""
    array = floats(name, value)
    if array.ndim < axes or array.size == 0:
        raise ValueError(
            f"{name} has shape {array.shape}; it must have at least {axes} axes and no empty one"
        )
    least = float(array.min())
    if not least >= 0.0:
        raise ValueError(f"{name} holds {least}; probabilities must be numbers from 0 to 1")
    sums = array.sum(axis=tuple(range(-axes, 0)))
    tolerance = sum_tolerance(value)
    worst = sums.flat[int(np.argmax(np.abs(sums - 1.0)))] if sums.ndim else sums
    if not abs(worst - 1.0) <= tolerance:
        raise ValueError(f"{name} sums to {worst!s}; it must sum to 1 within {tolerance:g}")
    return array


def sum_tolerance(value: Any) -> float:
    """Return how far sums of the probabilities in `value` may be from one."""
    return _SUM_TOLERANCE["f4" if np.asarray(value).dtype.itemsize == 4 else "f8"]


def alphabet_size(name: str, count: int, horizon: int) -> int:
    """Return k with k**horizon = count."""
    size: int = round(count ** (1.0 / horizon))
    if size**horizon != count:
        raise ValueError(
            f"{name} is {count}; with horizon {horizon} it must be k**{horizon} "
            "for a whole number k of symbols"
        )
    return size
