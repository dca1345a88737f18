"""Extremal sums of powers of softmax coefficients, among them the squared norm."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.softmax._arguments import (
    Float,
    common_shape,
    counts,
    flag,
    reals,
    result,
    scaled_spread,
)
from corollary.theory.softmax._bounds import require_spread_zero_for_one


def squared_norm_bounds(
    n: ArrayLike, spread: ArrayLike, temperature: ArrayLike = 1.0, exact: bool = False
) -> tuple[Float, Float]:
    """Return the least and the greatest sum of squared softmax coefficients.

    Over all n logits with max - min <= spread; 1 / sum p^2, the participation ratio, counts the
    attended logits. The least is 1/n; the greatest is attained by a whole number of logits at
    the top, next to n / (1 + e^t), and the rest at the bottom. With `exact`, over vectors whose
    spread is attained, the least is 1 / (n - 2 + (1+c)^2 / (1+c^2)) with c = e^-t.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    spread : array of float, at least 0
        Greatest difference between two logits; t = spread / temperature.
    temperature : array of float, above 0
        Divisor of the logits.
    exact : bool
        Whether max - min equals `spread` rather than being bounded by it.

    Returns
    -------
    minimum, maximum : float64 arrays of the broadcast shape; scalars if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range; also
        with `exact`, one logit and a positive spread.

    Notes
    -----
    Derived. For all n the greatest is at most `squared_norm_ceiling`.

    Examples
    --------
    >>> [round(float(bound), 4) for bound in squared_norm_bounds(10, 2.0)]
    [0.1, 0.2368]
    """
    size, t = counts("n", n), scaled_spread(spread, temperature)
    shape = common_shape(n=size, spread=t)
    c = np.exp(-t)
    least = 1 / size
    if flag("exact", exact):
        require_spread_zero_for_one(size, t)
        pair = np.square(1 + c) / (1 + np.square(c))
        least = np.where(size == 1, 1.0, 1 / (size - 2 + pair))
    below, above = _neighbours(size * c / (1 + c), size)
    high = np.maximum(_squared_norm(size, below, c), _squared_norm(size, above, c))
    return result(least, shape), result(np.maximum(least, high), shape)


def _neighbours(ideal: Float, size: Float) -> tuple[Float, Float]:
    """Return the whole counts at the top on either side of a stationary real count."""
    last = np.maximum(size - 1, 1)
    floor = np.floor(ideal)
    return np.clip(floor, 1, last), np.clip(floor + 1, 1, last)


def _squared_norm(size: Float, top: Float, c: Float) -> Float:
    odds = (size - top) / top
    once = 1 + odds * c
    return (1 + odds * c * c) / once / once / top


def squared_norm_ceiling(n: ArrayLike, spread: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return the closed bound min(1, cosh(t/2)^2 / n) on the sum of squared coefficients.

    Attained if and only if n / (1 + e^t) is a whole number above 0: that many logits at the
    top, the rest at the bottom (Kantorovich's inequality).

    Parameters
    ----------
    n, spread, temperature
        As in `squared_norm_bounds`.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        As in `squared_norm_bounds`.

    Notes
    -----
    Derived. So at least n / cosh(t/2)^2 logits are attended, by participation ratio.

    Examples
    --------
    >>> round(float(squared_norm_ceiling(3, 0.6931471805599453)), 12)
    0.375
    """
    size, t = counts("n", n), scaled_spread(spread, temperature)
    shape = common_shape(n=size, spread=t)
    half = np.minimum(t / 2, 360.0)  # cosh(360)^2 is above the largest float64 n
    with np.errstate(over="ignore"):
        return result(np.minimum(1.0, np.cosh(half) / size * np.cosh(half)), shape)


def required_spread_for_participation(
    n: ArrayLike, participation: ArrayLike, temperature: ArrayLike = 1.0
) -> Float:
    """Return a spread every head needs to attend to at most `participation` of n logits.

    It is 2 * temperature * arccosh(sqrt(n / N)) for a participation ratio 1 / sum p^2 of N:
    `squared_norm_ceiling` solved for the spread. Enough, too, where n / (1 + e^t) is a whole
    number above 0.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    participation : array of float, at least 1
        Participation ratio N; where it is n or more no spread is needed.
    temperature : array of float, above 0
        Divisor of the logits.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        As in `squared_norm_bounds`.

    Notes
    -----
    Derived.

    Examples
    --------
    >>> round(float(required_spread_for_participation(3, 1 / 0.375)), 12)
    0.69314718056
    """
    size = counts("n", n)
    attended = reals("participation", participation, at_least=1.0)
    heat = reals("temperature", temperature, above=0.0)
    shape = common_shape(n=size, participation=attended, temperature=heat)
    spare = np.maximum(size - attended, 0.0) / attended
    with np.errstate(over="ignore"):
        return result(np.asarray(heat * (2 * np.arcsinh(np.sqrt(spare)))), shape)


def power_sum_bounds(
    n: ArrayLike, spread: ArrayLike, power: ArrayLike, temperature: ArrayLike = 1.0
) -> tuple[Float, Float]:
    """Return the least and the greatest sum of q-th powers of softmax coefficients.

    Over all n logits with max - min <= spread. One end is n^(1-q), equal logits: the least for
    q > 1, the greatest for q < 1. The other is attained by a whole number of logits at the top
    and the rest at the bottom, next to a fraction
    [c (1-c^q) - q (1-c) c^q] / [(q-1) (1-c) (1-c^q)] with c = e^-t. For q = 1 both are 1.

    Parameters
    ----------
    n, spread, temperature
        As in `squared_norm_bounds`.
    power : array of float, above 0
        The exponent q.

    Returns
    -------
    minimum, maximum : float64 arrays of the broadcast shape; scalars if all arguments are.

    Raises
    ------
    TypeError, ValueError
        As in `squared_norm_bounds`.

    Notes
    -----
    Derived. The relative error is a few units of roundoff times 1 + q ln n.

    Examples
    --------
    >>> [round(float(bound), 4) for bound in power_sum_bounds(10, 2.0, [2.0, 0.5])[1]]
    [0.2368, 3.1623]
    """
    size, t = counts("n", n), scaled_spread(spread, temperature)
    q = reals("power", power, above=0.0)
    shape = common_shape(n=size, spread=t, power=q)
    below, above = _neighbours(size * _extremal_fraction(t, q), size)
    one, two = _power_sum(size, below, t, q), _power_sum(size, above, t, q)
    with np.errstate(over="ignore"):
        equal = np.exp((1 - q) * np.log(size))
    least = np.where(q > 1, equal, np.minimum(one, two))
    greatest = np.where(q > 1, np.maximum(one, two), equal)
    return result(np.minimum(least, greatest), shape), result(greatest, shape)


def _extremal_fraction(t: Float, q: Float) -> Float:
    """Return the stationary share at the top; at q = 1, where any will do, that of q = 2."""
    q = np.where(q == 1, 2.0, q)
    with np.errstate(over="ignore"):
        near = (t * (1 + q) < 1e-4) | (t * q < 1e-100)  # where half is as good, to 1e-17
        wide = np.where(near, 1.0, t)
        gone, power_gone = -np.expm1(-wide), -np.expm1(-q * wide)
        share = np.exp(-wide) * power_gone / gone - q * np.exp(-q * wide)
        share = np.clip(share / ((q - 1) * power_gone), 0, 1)  # at q = 1 + u it is all rounding
        return np.where(near, 0.5, share)


def _power_sum(size: Float, top: Float, t: Float, q: Float) -> Float:
    odds = (size - top) / top
    with np.errstate(over="ignore"):
        low = np.log1p(odds * np.exp(-q * t))
        return np.exp((1 - q) * np.log(top) + low - q * np.log1p(odds * np.exp(-t)))
