"""How well softmax weights tell messages apart, and what that costs as their number grows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import lambertw

Array = NDArray[Any]


def softmax_resolution(count: ArrayLike, inverse_temperature: ArrayLike = 1.0) -> Array:
    r"""Return the largest shortfall of the softmax average of `count` messages below their maximum.

    ``0 <= max_i x_i - sum_i softmax(b x)_i x_i <= W((k-1)/e) / b`` for k messages and inverse
    temperature b, with W the principal branch of Lambert's function. Equality holds when all other
    messages lie `softmax_resolution_gap` below the maximum: the stationary gap g solves
    ``(g-1) e^g = k-1``, and the shortfall there is ``(k-1) e^{-g} = g-1``.

    Parameters
    ----------
    count : int >= 1, any shape
    inverse_temperature : float > 0, any shape

    Examples
    --------
    >>> np.round(softmax_resolution([2, 3, 10, 1000]), 4).tolist()
    [0.2785, 0.4631, 1.101, 4.4205]
    """
    k = _counts(count)
    return _lambert((k - 1) / np.e) / _positive(inverse_temperature, "inverse_temperature")


def softmax_resolution_gap(count: ArrayLike, inverse_temperature: ArrayLike = 1.0) -> Array:
    """Return the distance to the maximum, (1 + W((k-1)/e)) / b, at which the bound is attained.

    Examples
    --------
    >>> round(float(softmax_resolution_gap(2)), 4)
    1.2785
    """
    k = _counts(count)
    return (1 + _lambert((k - 1) / np.e)) / _positive(inverse_temperature, "inverse_temperature")


def softmax_dispersion(count: ArrayLike, spread: ArrayLike) -> Array:
    """Return e^D / (n - 1 + e^D), the largest weight among n logits in an interval of length D.

    Attained when one logit is at the top and all others at the bottom.

    Examples
    --------
    >>> np.round(softmax_dispersion([4, 64, 1024], 3.0), 4).tolist()
    [0.87, 0.2417, 0.0193]
    """
    n, spreads = _counts(count), np.asarray(spread, dtype=np.float64)
    if not np.all(spreads >= 0):
        raise ValueError(f"spread must be >= 0, got {spread!r}")
    return 1 / (1 + (n - 1) * np.exp(-spreads))


def retrieval_error(count: ArrayLike, margin: ArrayLike, diameter: ArrayLike = 1.0) -> Array:
    """Return the largest distance of an attention read-out from the value it should retrieve.

    If the logit of the right one of N values exceeds all others by D, the read-out is off by at
    most ``(N-1) e^{-D} / (1 + (N-1) e^{-D})`` times the diameter of the values.

    Examples
    --------
    >>> round(float(retrieval_error(64, 3.0)), 4)
    0.7583
    """
    n = _counts(count)
    weight: Array = (n - 1) * np.exp(-np.asarray(margin, dtype=np.float64))
    error: Array = weight / (1 + weight) * np.asarray(diameter, dtype=np.float64)
    return error


def margin_needed(count: ArrayLike, error: ArrayLike) -> Array:
    """Return log((N-1)(1-eps)/eps), the margin that keeps the read-out within eps of a diameter.

    It grows like log N: a fixed margin fails on large graphs.

    Examples
    --------
    >>> round(float(margin_needed(64, 0.01)), 4)
    8.7383
    """
    n, allowed = _counts(count), np.asarray(error, dtype=np.float64)
    if not np.all((allowed > 0) & (allowed < 1)):
        raise ValueError(f"error must lie between 0 and 1, got {error!r}")
    with np.errstate(divide="ignore"):
        return np.log((n - 1) * (1 - allowed) / allowed)


def log_sum_exp_gap(vectors: int, dimension: int) -> float:
    """Return log min(k, d), the supremum of LSE(max_j x_j) - max_j LSE(x_j) for k vectors in R^d.

    That is how far a log-sum-exp map is from commuting with max; approached by vectors with one
    entry 0 each and the others very low.

    Examples
    --------
    >>> round(log_sum_exp_gap(8, 4), 4)
    1.3863
    """
    return float(np.log(min(_counts(vectors).item(), _counts(dimension).item())))


def _lambert(x: Array) -> Array:
    return np.asarray(lambertw(x)).real


def _counts(count: ArrayLike) -> Array:
    array = np.asarray(count)
    if array.dtype.kind not in "iu":
        raise TypeError(f"count must be integer, got dtype {array.dtype}")
    if np.any(array < 1):
        raise ValueError(f"count must be at least 1, got {count!r}")
    return array


def _positive(value: ArrayLike, name: str) -> Array:
    array = np.asarray(value, dtype=np.float64)
    if not np.all(array > 0):
        raise ValueError(f"{name} must be positive, got {value!r}")
    return array
