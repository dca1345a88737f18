"""What arguments must be; every refusal names the argument, what came, and what was expected."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def number(name: str, value: Any, *, least: int = 0) -> int:
    """Return `value` as an int of at least `least`."""
    try:
        found = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}; it must be an integer") from None
    if found < least:
        raise ValueError(f"{name} is {found}; it must be at least {least}")
    return found


def real(name: str, value: Any, *, above: float | None = None, least: float | None = None) -> float:
    """Return `value` as a finite float, above or at least a bound."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {value!r}; it must be a number") from None
    if not np.isfinite(found):
        raise ValueError(f"{name} is {found}; it must be finite")
    if above is not None and not found > above:
        raise ValueError(f"{name} is {found}; it must be above {above}")
    if least is not None and not found >= least:
        raise ValueError(f"{name} is {found}; it must be at least {least}")
    return found


def one_of(name: str, value: Any, choices: Sequence[str]) -> str:
    """Return `value` if it is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, choices))}")
    return value


def widths(name: str, value: Any) -> None:
    """Refuse what is no sequence of layer widths."""
    if isinstance(value, (str, int)) or len(value) == 0:
        raise ValueError(f"{name} is {value!r}; it must be a sequence of layer widths")
    for width in value:
        number(name, width, least=1)


def times(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Return times in [0, 1] as float64."""
    found = np.asarray(value)
    if found.dtype.kind not in "fiu":
        raise TypeError(f"{name} has dtype {found.dtype}; it must hold real numbers")
    found = found.astype(np.float64)
    if not ((found >= 0) & (found <= 1)).all():
        raise ValueError(
            f"{name} reaches from {found.min()} to {found.max()}; it must be in [0, 1]"
        )
    return found


def matrix(name: str, value: ArrayLike, *, rows: int | None = None) -> NDArray[Any]:
    """Return a matrix (rows, anything) of finite floats; integers become float64."""
    found = np.asarray(value)
    if found.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {found.dtype}; it must hold real numbers")
    if found.dtype not in (np.float32, np.float64):
        found = found.astype(np.float64)
    if found.ndim != 2 or 0 in found.shape or (rows is not None and len(found) != rows):
        wanted = "(rows, columns), not empty" if rows is None else f"({rows}, columns)"
        raise ValueError(f"{name} has shape {found.shape}; it must be {wanted}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} contains NaN or infinity; it must be finite")
    return found
