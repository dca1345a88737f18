"""How functions of several arrays are called and what they may not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from corollary.verify.implementation import Fault, Implementation
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
    with implementation.session():
        _, result = implementation.sent(*arguments)
        parts = [result] if len(shapes) == 1 else list(_parts(result, len(shapes)))
        return [
            _numbers(part, shape, implementation) for part, shape in zip(parts, shapes, strict=True)
        ]


def _parts(result: Any, count: int) -> Any:
    if not isinstance(result, (tuple, list)) or len(result) != count:
        raise Fault("convention", f"returned {type(result).__name__}, expected {count} arrays")
    return result


def _numbers(result: Any, shape: Shape, implementation: Implementation) -> Array:
    values = implementation.numbers(result)
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
