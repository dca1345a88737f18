"""Extremal coefficients of softmax, and the lengths and spreads at which they are reached."""

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


def coefficient_bounds(
    n: ArrayLike, spread: ArrayLike, temperature: ArrayLike = 1.0
) -> tuple[Float, Float]:
    """Return the least and the greatest value any one softmax coefficient can take.

    Over all n logits with max - min <= spread, with t = spread / temperature,
    1 / (1 + (n-1) e^t) <= p_k <= 1 / (1 + (n-1) e^-t). Both ends are attained: `one_low` and
    `one_high` in this module's family.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits; masked ones are not counted.
    spread : array of float, at least 0
        Greatest difference between two logits.
    temperature : array of float, above 0
        Divisor of the logits.

    Returns
    -------
    lower, upper : float64 arrays of the broadcast shape; scalars if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Sharpens Lemma 2.1 of arXiv 2410.01104, (1/n) e^-t <= p_k <= (1/n) e^t, which is never
    attained for n >= 2 and t > 0. Beyond t of about 745 the lower bound underflows to 0.

    Examples
    --------
    >>> lower, upper = coefficient_bounds(3, 0.0)
    >>> bool(abs(lower - 1 / 3) < 1e-15 and abs(upper - 1 / 3) < 1e-15)
    True
    """
    size, t = counts("n", n), scaled_spread(spread, temperature)
    shape = common_shape(n=size, spread=t)
    others, c = size - 1, np.exp(-t)
    alone = others == 0
    lower = np.where(alone, 1.0, c / (c + np.where(alone, 1.0, others)))
    return result(lower, shape), result(1 / (1 + others * c), shape)


def maximum_bounds(
    n: ArrayLike, spread: ArrayLike, temperature: ArrayLike = 1.0, exact: bool = False
) -> tuple[Float, Float]:
    """Return the least and the greatest value the largest softmax coefficient can take.

    Over all n logits with max - min <= spread the range is [1/n, 1/(1+(n-1)c)] with
    c = exp(-spread/temperature); with `exact`, over those whose spread is attained, the lower
    end rises to 1/(n-1+c) (one item low, all others at the top).

    Parameters
    ----------
    n, spread, temperature
        As in `coefficient_bounds`.
    exact : bool
        Whether max - min equals `spread` rather than being bounded by it.

    Returns
    -------
    lower, upper : float64 arrays of the broadcast shape; scalars if all arguments are.

    Raises
    ------
    TypeError, ValueError
        As in `coefficient_bounds`; also with `exact`, one logit and a positive spread.

    Notes
    -----
    Sharpens Lemma 2.1 of arXiv 2410.01104.

    Examples
    --------
    >>> [round(float(bound), 6) for bound in maximum_bounds(10, 3.0)]
    [0.1, 0.690568]
    """
    size, t = counts("n", n), scaled_spread(spread, temperature)
    shape = common_shape(n=size, spread=t)
    c = np.exp(-t)
    if flag("exact", exact):
        require_spread_zero_for_one(size, t)
        lower = 1 / (size - 1 + np.where(size == 1, 1.0, c))
    else:
        lower = 1 / size
    return result(lower, shape), result(1 / (1 + (size - 1) * c), shape)


def require_spread_zero_for_one(size: Float, t: Float) -> None:
    """Raise unless every single-logit row has spread 0."""
    impossible = (size == 1) & (t > 0)
    if impossible.any():
        raise ValueError("spread must be 0 where n is 1: one logit has no spread to attain")


def maximum_from_gap(n: ArrayLike, gap: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return the least value of the largest softmax coefficient for a given top-two gap.

    With g = gap / temperature it is 1 / (1 + (n-1) e^-g), attained when all logits but the
    largest are equal.

    Parameters
    ----------
    n, temperature
        As in `coefficient_bounds`.
    gap : array of float, at least 0
        Largest logit minus the second largest.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    The margin form of the bounds behind Lemma 2.1 of arXiv 2410.01104.

    Examples
    --------
    >>> float(maximum_from_gap(2, 0.0))
    0.5
    """
    size, width = counts("n", n), reals("gap", gap, at_least=0.0)
    t = scaled_spread(width, temperature)
    return result(1 / (1 + (size - 1) * np.exp(-t)), common_shape(n=size, gap=t))


def top_k_mass_bounds(
    n: ArrayLike, k: ArrayLike, spread: ArrayLike, temperature: ArrayLike = 1.0
) -> tuple[Float, Float]:
    """Return the least and the greatest total weight of the k largest softmax coefficients.

    k/n <= mass <= k / (k + (n-k) e^-t) with t = spread / temperature; attained by equal logits
    and by k logits at the top with the rest at the bottom.

    Parameters
    ----------
    n, spread, temperature
        As in `coefficient_bounds`.
    k : array of int, from 1 to n

    Returns
    -------
    lower, upper : float64 arrays of the broadcast shape; scalars if all arguments are.

    Raises
    ------
    TypeError, ValueError
        As in `coefficient_bounds`; also where k exceeds n.

    Notes
    -----
    Derived; k = 1 is the upper half of `maximum_bounds`.

    Examples
    --------
    >>> [float(bound) for bound in top_k_mass_bounds(8, 8, 5.0)]
    [1.0, 1.0]
    """
    size, top, t = counts("n", n), counts("k", k), scaled_spread(spread, temperature)
    shape = common_shape(n=size, k=top, spread=t)
    if (top > size).any():
        raise ValueError("k must be at most n")
    return result(top / size, shape), result(top / (top + (size - top) * np.exp(-t)), shape)


def critical_length(
    spread: ArrayLike, coefficient: ArrayLike, temperature: ArrayLike = 1.0
) -> Float:
    """Return the length beyond which no softmax coefficient can reach `coefficient`.

    The threshold is the real number 1 + e^t (1-s)/s with t = spread / temperature and
    s = coefficient: some head with this spread has a coefficient of at least s if and only if
    n <= threshold.

    Parameters
    ----------
    spread, temperature
        As in `coefficient_bounds`.
    coefficient : array of float, above 0 and at most 1

    Returns
    -------
    float64 array of the broadcast shape, not rounded to a whole number; inf where the
    threshold exceeds the largest float64 (about 1.8e308).

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or out of range.

    Notes
    -----
    The explicit form of Theorem 2.2 of arXiv 2410.01104. Inverse to `required_spread`.

    Examples
    --------
    The mean logit spreads reported there for Gemma 2B and 7B:

    >>> [round(float(n), 1) for n in critical_length([5.69, 5.82], 0.5)]
    [296.9, 338.0]
    """
    t, share = scaled_spread(spread, temperature), _coefficients(coefficient)
    shape = common_shape(spread=t, coefficient=share)
    # Two factors of exp(t/2), cut where the result overflows for every share below 1.
    half = np.exp(np.minimum(t, 1400.0) / 2)
    with np.errstate(over="ignore"):
        return result(1 + half * ((1 - share) / share) * half, shape)


def required_spread(n: ArrayLike, coefficient: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return the least logit spread that allows a softmax coefficient of `coefficient`.

    It is temperature * ln(s (n-1) / (1-s)) with s = coefficient, and 0 where s <= 1/n;
    attained by one logit at the top and all others at the bottom.

    Parameters
    ----------
    n : array of float, at least 1
        Number of logits; fractions are allowed, so that `critical_length` can be inverted.
    coefficient : array of float, above 0 and at most 1
    temperature : array of float, above 0

    Returns
    -------
    float64 array of the broadcast shape; inf where a coefficient of 1 is asked of n > 1.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or out of range.

    Notes
    -----
    The converse reading of Proposition 3.1 of arXiv 2410.01104.

    Examples
    --------
    >>> round(float(required_spread(critical_length(5.69, 0.5), 0.5)), 9)
    5.69
    """
    size, share = reals("n", n, at_least=1.0), _coefficients(coefficient)
    heat = reals("temperature", temperature, above=0.0)
    shape = common_shape(n=size, coefficient=share, temperature=heat)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        excess = (size * share - 1) / (1 - share)  # odds * (n-1) - 1, without cancellation
        near, far = np.log1p(excess), np.log(size - 1) + np.log(share) - np.log1p(-share)
        t = np.where(excess < 1, near, far)
        t = np.where(size * share <= 1, 0.0, t)
        return result(np.asarray(heat * t), shape)


def _coefficients(coefficient: ArrayLike) -> Float:
    return reals("coefficient", coefficient, above=0.0, at_most=1.0)
