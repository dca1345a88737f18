"""How functions of several arrays are called and what they may not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from corollary.verify.implementation import Fault, Implementation
from corollary.verify.libraries import decode, encode, session
from corollary.verify.precision import Array

Shape = tuple[int, ...]


def called(implementation: Implementation, shape: Shape, *arguments: Any) -> Array:
    """Return the function's result, which must have `shape`, as float64.

    Arrays are rounded to the implementation's precision and handed over in its library; other
    arguments are passed as they are.

    Raises
    ------
    Fault
        If the function raises, changes an array, or returns something else.
    """
    (value,) = several(implementation, (shape,), *arguments)
    return value


def several(
    implementation: Implementation, shapes: tuple[Shape, ...], *arguments: Any
) -> list[Array]:
    """Return the results of a function of several results, each of its shape, as float64."""
    library, precision = implementation.library, implementation.precision
    rounded = [precision.round(item) if isinstance(item, np.ndarray) else item
               for item in arguments]  # fmt: skip
    with session(library, precision.name):
        sent = [encode(item, library, precision.name) if isinstance(item, np.ndarray) else item
                for item in rounded]  # fmt: skip
        result = implementation.plain(*sent)
        for before, after in zip(rounded, sent, strict=True):
            if isinstance(before, np.ndarray) and not np.array_equal(
                decode(after, library), before, equal_nan=True
            ):
                raise Fault("wrong", "changed its input")
        parts = [result] if len(shapes) == 1 else list(_parts(result, len(shapes)))
        return [_numbers(part, shape, library) for part, shape in zip(parts, shapes, strict=True)]


def _parts(result: Any, count: int) -> Any:
    if not isinstance(result, (tuple, list)) or len(result) != count:
        raise Fault("convention", f"returned {type(result).__name__}, expected {count} arrays")
    return result


def _numbers(result: Any, shape: Shape, library: str) -> Array:
    try:
        values = np.asarray(decode(result, library), dtype=np.float64)
    except (TypeError, ValueError, AttributeError) as error:
        raise Fault("convention", f"returned {type(result).__name__}, expected numbers") from error
    if values.shape != shape:
        raise Fault("convention", f"returned shape {values.shape}, expected {shape}")
    return values


def adapting(shape: Callable[..., Shape]) -> Callable[[Implementation], Callable[..., Array]]:
    """Return the adapter of a role whose result has the shape that `shape` makes of arguments."""

    def adapt(implementation: Implementation) -> Callable[..., Array]:
        def call(*arguments: Any) -> Array:
            return called(implementation, shape(*arguments), *arguments)

        return call

    return adapt
