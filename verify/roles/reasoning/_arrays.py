"""What is bound to a part, conclusions about sameness, and roles of single functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.verify import _random
from corollary.verify.implementation import Misuse
from corollary.verify.role import Role
from corollary.verify.slack import Slack, bitwise, equal

Array = NDArray[Any]
FAMILY = "reasoning"


def bound_channels(bind: Mapping[str, Any], usual: int) -> int:
    """Return how many channels a function takes that is bound like this."""
    given = bind.get("features", usual)
    if not isinstance(given, (int, np.integer)) or isinstance(given, bool) or given < 1:
        raise Misuse(f"bind 'features' must be a whole number of at least 1, got {given!r}")
    return int(given)


def bound_unit(bind: Mapping[str, Any], usual: float | None) -> float:
    """Return the unit that is bound to an aggregator, or the usual one where there is one."""
    given = bind.get("unit", usual)
    if not isinstance(given, (int, float, np.integer, np.floating)):
        raise Misuse(f"bind 'unit' must be the number that changes nothing, got {given!r}")
    return float(given)


def exactly(value: ArrayLike, expected: ArrayLike) -> Slack:
    """Return the conclusion that whole numbers, one row of them per case, are equal."""
    return equal(value, expected, ulps=1)


def is_true(flags: bool | Sequence[bool]) -> Slack:
    """Return the conclusion that every flag of one case is true."""
    return exactly(np.atleast_2d(np.array(flags, dtype=np.float64)), 1.0)


def one_case(value: ArrayLike, expected: ArrayLike) -> Slack:
    """Return the conclusion that two arrays of one case are the same numbers, exactly."""
    shape = np.broadcast_shapes(np.shape(value), np.shape(expected))
    row = (1, max(int(np.prod(shape)), 1))
    if not np.prod(shape):
        return bitwise(np.ones(row), np.ones(row))
    return bitwise(
        np.broadcast_to(value, shape).reshape(row), np.broadcast_to(expected, shape).reshape(row)
    )


def close_case(value: ArrayLike, expected: ArrayLike, *, ulps: float, scale: float) -> Slack:
    """Return the conclusion that two arrays of one case agree to so many roundings at `scale`."""
    found = np.asarray(value, dtype=np.float64).reshape(1, -1)
    return equal(found, np.asarray(expected).reshape(1, -1), ulps=ulps, scale=scale)


def generator(*parts: Any) -> np.random.Generator:
    """Return the generator of random numbers that these parts name."""
    return np.random.Generator(np.random.Philox(_random.key(*parts)))


def closed_form(
    function: Callable[..., Any],
    mutants: Mapping[str, Callable[..., Any]],
    *,
    module: str = "corollary.theory.reasoning",
    name: str = "",
) -> Role:
    """Return the role of one function as it is called, with wrong versions of it."""
    return Role(
        name=name or function.__name__,
        family=FAMILY,
        signature=f"{function.__qualname__}, as documented",
        default=f"{module}:{function.__qualname__}",
        adapt=lambda implementation: implementation.plain,
        mutants=mutants,
        trivial={"one": lambda *arguments, **keywords: 1},
    )
