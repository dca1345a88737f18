"""Checks of arguments shared by the closed forms; errors name the argument."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

_LARGEST = float(np.finfo(np.float64).max)


def reals(
    name: str, value: ArrayLike, *, at_least: float = -_LARGEST, at_most: float = _LARGEST
) -> Float:
    """Return `value` as float64, every element finite and inside the interval; NaN never is."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be real numbers, got {value!r} of dtype {array.dtype}")
    array = array.astype(np.float64, copy=False)
    fits = (array >= at_least) & (array <= at_most)
    if not fits.all():
        low = "" if at_least == -_LARGEST else f", at least {at_least:g}"
        high = "" if at_most == _LARGEST else f", at most {at_most:g}"
        raise ValueError(f"{name} must be finite{low}{high}, got {array[~fits].flat[0]!s}")
    return array


def positive(name: str, value: ArrayLike) -> Float:
    """Return positive, finite numbers as float64."""
    array = reals(name, value, at_least=0.0)
    if not (array > 0).all():
        raise ValueError(f"{name} must be above 0, got 0")
    return array


def whole(name: str, value: int, at_least: int = 1) -> int:
    """Return a Python integer that is at least `at_least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}")
    return int(value)


def signals(name: str, value: ArrayLike) -> Float:
    """Return signal levels in [0, 1) as float64: at 1 the signal-to-noise ratio is infinite."""
    array = reals(name, value, at_least=0.0, at_most=1.0)
    if not (array < 1).all():
        raise ValueError(f"{name} must be below 1, where the loss is infinite; got 1")
    return array


def signal_levels(value: ArrayLike) -> Float:
    """Return levels (..., T + 1) that increase strictly along the last axis inside [0, 1)."""
    levels = signals("signal_levels", value)
    if levels.ndim == 0 or levels.shape[-1] < 2:
        raise ValueError(
            f"signal_levels must hold at least 2 levels on the last axis, got shape {levels.shape}"
        )
    steps = np.diff(levels, axis=-1)
    if not (steps > 0).all():
        raise ValueError(
            f"signal_levels must increase strictly, got a step of {steps[~(steps > 0)].flat[0]:g}"
        )
    return levels


def one_schedule(value: ArrayLike) -> Float:
    """Return the levels (T + 1,) of a single schedule."""
    levels = signal_levels(value)
    if levels.ndim != 1:
        raise ValueError(f"signal_levels must have shape (T + 1,), got {levels.shape}")
    return levels


def pmf(name: str, value: ArrayLike) -> Float:
    """Return probabilities (..., m) whose last axis sums to 1."""
    array = reals(name, value, at_least=0.0, at_most=1.0)
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"{name} must have a last axis of classes, got shape {array.shape}")
    total = array.sum(axis=-1)
    if not (np.abs(total - 1) <= 1e-9).all():
        wrong = total[np.abs(total - 1) > 1e-9].flat[0]
        raise ValueError(f"{name} must sum to 1 over the last axis, got a sum of {wrong!s}")
    return array


def embedding_matrix(value: ArrayLike) -> Float:
    """Return class embeddings (m, d)."""
    array = reals("embeddings", value)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"embeddings must have shape (classes, d), got {array.shape}")
    return array


def matching(first: str, one: Float, second: str, other: Float, axis: int = -1) -> None:
    """Raise ValueError unless two arrays are equally long: `one` on `axis`, `other` on the last."""
    if one.shape[axis] != other.shape[-1]:
        raise ValueError(
            f"{second} must be as long as {first}: expected {one.shape[axis]} on its last axis, "
            f"got shape {other.shape}"
        )


def values_and_weights(values: ArrayLike, probabilities: ArrayLike) -> tuple[Float, Float]:
    """Return scalar class embeddings (m,) and their probabilities (m,)."""
    points, weights = reals("values", values), pmf("probabilities", probabilities)
    if points.ndim != 1:
        raise ValueError(f"values must have shape (classes,), got {points.shape}")
    if weights.ndim != 1:
        raise ValueError(f"probabilities must have shape (classes,), got {weights.shape}")
    matching("values", points, "probabilities", weights)
    return points, weights
