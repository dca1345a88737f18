"""How functions of several arrays are called, and conclusions about sameness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.verify import _random
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.libraries import decode, dtype_name, encode, session
from corollary.verify.role import Role
from corollary.verify.slack import Slack, bitwise, equal

Array = NDArray[Any]
FAMILY = "reasoning"


def on_arrays(implementation: Implementation, *values: Array) -> Array:
    """Return the function's result on arrays as float64; it has the shape of the first of them.

    Real arrays are rounded to the precision of the implementation, integer ones stay as they are.

    Raises
    ------
    Fault
        If it raises, changes an input, or returns another shape, dtype or kind of object.
    """
    library, dtype = implementation.library, implementation.precision.name
    whole = "int32" if library == "jax" and dtype != "float64" else "int64"
    with session(library, dtype):
        given = [implementation.precision.round(v) if v.dtype.kind == "f" else v for v in values]
        encoded = [encode(v, library, dtype if v.dtype.kind == "f" else whole) for v in given]
        result = implementation.plain(*encoded)
        for before, after in zip(given, encoded, strict=True):
            if not np.array_equal(decode(after, library), before):
                raise Fault("wrong", "changed its input")
        if library == "numpy":
            result = np.asarray(result)
        if not isinstance(result, type(encoded[0])):
            expected = f"expected an array of {library}"
            raise Fault("convention", f"returned {type(result).__name__}, {expected}")
        if tuple(result.shape) != values[0].shape:
            shapes = f"{tuple(result.shape)}, expected {values[0].shape}"
            raise Fault("convention", f"returned shape {shapes}")
        if (found := dtype_name(result)) != dtype:
            raise Fault("convention", f"returned dtype {found}, expected {dtype}")
        output: Array = np.asarray(decode(result, library), dtype=np.float64)
    return output


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
