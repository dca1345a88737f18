"""Checks of arguments shared by the closed forms: one pass over each array, errors name it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

_LARGEST = np.finfo(np.float64).max


def reals(
    name: str,
    value: ArrayLike,
    *,
    at_least: float = -_LARGEST,
    above: float | None = None,
    at_most: float = _LARGEST,
    below: float | None = None,
) -> Float:
    """Return `value` as float64, every element inside the stated interval; NaN never is."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be real numbers, got {value!r} of dtype {array.dtype}")
    array = array.astype(np.float64, copy=False)
    fits = (array >= at_least) if above is None else (array > above)
    fits = fits & ((array <= at_most) if below is None else (array < below))
    if not fits.all():
        wanted = _interval(at_least, above, at_most, below)
        raise ValueError(f"{name} must be {wanted}, got {array[~fits].flat[0]!s}")
    return array


def _interval(at_least: float, above: float | None, at_most: float, below: float | None) -> str:
    parts = ["finite"]
    if above is not None:
        parts.append(f"above {above:g}")
    elif at_least != -_LARGEST:
        parts.append(f"at least {at_least:g}")
    if below is not None:
        parts.append(f"below {below:g}")
    elif at_most != _LARGEST:
        parts.append(f"at most {at_most:g}")
    return " and ".join(parts)


def counts(name: str, value: ArrayLike, *, at_least: int = 1) -> Float:
    """Return whole numbers (integers, or floats without a fraction) as float64."""
    array = reals(name, value, at_least=at_least)
    if np.asarray(value).dtype.kind == "f" and not (array == np.floor(array)).all():
        broken = array[array != np.floor(array)].flat[0]
        raise ValueError(f"{name} must be whole numbers, got {broken!s}")
    return array


def scaled_spread(spread: ArrayLike, temperature: ArrayLike) -> Float:
    """Return t = spread / temperature, cut at the largest float64 so that t exp(-t) stays 0."""
    width = reals("spread", spread, at_least=0.0)
    heat = reals("temperature", temperature, above=0.0)
    common_shape(spread=width, temperature=heat)
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum(width / heat, _LARGEST))


def flag(name: str, value: bool) -> bool:
    """Return `value` if it is a boolean."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def common_shape(**arrays: Float) -> tuple[int, ...]:
    """Return the shape the named arrays broadcast to."""
    try:
        return np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"shapes do not broadcast together: {shapes}") from None


def result(array: Float, shape: tuple[int, ...]) -> Float:
    """Return `array` filled out to `shape`, as a float64 scalar where the shape is empty."""
    if array.shape != shape:
        array = np.broadcast_to(array, shape).copy()
    scalar_or_array: Float = array[()]
    return scalar_or_array
