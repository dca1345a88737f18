"""How far rounding may move a softmax computed in floating point."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.softmax._arguments import Float, common_shape, counts, result, scaled_spread

_EXP_ERROR = 2.0  # relative error granted to exp, in units of the unit roundoff


def softmax_error_ulps(n: ArrayLike, spread: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return a first-order bound on the relative rounding error of softmax, in unit roundoffs.

    For the shifted two-pass algorithm: s = (logits - max) / temperature, exp with an error of
    at most two units, one sum in any order, one division per coefficient. Then
    |computed / exact - 1| <= bound * u + O(u^2) for every coefficient that does not underflow,
    u = 2^-53 in float64, 2^-24 in float32, 2^-8 in bfloat16.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    spread : array of float, at least 0
        Greatest difference between two logits.
    temperature : array of float, above 0
        Divisor of the logits; where it is 1 no division is charged.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived: a coefficient's error is |s_i| + sum_j p_j |s_j| for the shift (and as much again
    for the division by the temperature), twice 2 for exp, n - 1 for the sum, 1 for the
    division; |s_i| <= t, and sum_j p_j |s_j| = H(p) + ln max p <= min(t, ln n). Logits divided
    by the temperature before the shift are not covered: their error grows with the offset.

    Examples
    --------
    >>> float(softmax_error_ulps(1, 0.0))
    5.0
    """
    size, t = counts("n", n), scaled_spread(spread, temperature)
    shape = common_shape(n=size, spread=t)
    shift = t + np.minimum(t, np.log(size))
    roundings = np.where(np.asarray(temperature) == 1, 1.0, 2.0)
    with np.errstate(over="ignore"):
        return result(roundings * shift + 2 * _EXP_ERROR + (size - 1) + 1, shape)


def streaming_error_ulps(
    n: ArrayLike, spread: ArrayLike, updates: ArrayLike, temperature: ArrayLike = 1.0
) -> Float:
    """Return a first-order bound on the relative rounding error of a one-pass normaliser.

    For the recurrence that keeps the running maximum m and d = sum exp(x - m), rescaling d by
    exp(m - m') when the maximum grows to m'; the error of d, in units of the unit roundoff.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits x.
    spread : array of float, at least 0
        Greatest difference between two logits.
    updates : array of int, at least 0, below n
        How often the running maximum grows after the first logit: n - 1 in ascending order,
        1 + 1/2 + ... + 1/n - 1 on average over random orders.
    temperature : array of float, above 0
        Divisor of the logits; where it is 1 no division is charged.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived. A term passes one exp and as many more, each with a product, as updates follow it
    (errors 2 and 3); the shifts telescope to its distance from the maximum, on average at most
    min(t, ln n); the sum adds n - 1.

    Examples
    --------
    >>> float(streaming_error_ulps(1, 0.0, 0))
    2.0
    """
    size, t = counts("n", n), scaled_spread(spread, temperature)
    grown = counts("updates", updates, at_least=0)
    shape = common_shape(n=size, spread=t, updates=grown)
    if (grown >= size).any():
        raise ValueError("updates must be below n")
    roundings = np.where(np.asarray(temperature) == 1, 1.0, 2.0)
    shift = roundings * np.minimum(t, np.log(size))
    return result(shift + _EXP_ERROR + (_EXP_ERROR + 1) * grown + (size - 1), shape)
