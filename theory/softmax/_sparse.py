"""What the alternatives to softmax guarantee: sparse maps, scalable softmax, stick-breaking."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.softmax._arguments import Float, common_shape, counts, reals, result

_HALVINGS = 64
_SMALLEST_SHAPE = 1e-100  # below it alpha-entmax is softmax to the last bit


def entmax_one_hot_gap(alpha: ArrayLike) -> Float:
    """Return the gap of the two largest logits from which alpha-entmax is one-hot: 1/(alpha-1).

    Below it the largest weight is less than 1. 1 for sparsemax (alpha = 2), 2 for 1.5-entmax,
    inf for softmax (alpha = 1).

    Parameters
    ----------
    alpha : array of float, at least 1

    Returns
    -------
    float64 array of the shape of `alpha`; a scalar if it is.

    Raises
    ------
    TypeError, ValueError
        If `alpha` is not numeric, not finite or below 1.

    Notes
    -----
    Derived, for the maps of arXiv 1602.02068 and 1905.05702.

    Examples
    --------
    >>> entmax_one_hot_gap([1.0, 1.5, 2.0]).tolist()
    [inf, 2.0, 1.0]
    """
    shape_number = _alpha(alpha) - 1
    with np.errstate(divide="ignore"):
        return result(1 / shape_number, shape_number.shape)


def _alpha(alpha: ArrayLike) -> Float:
    return reals("alpha", alpha, at_least=1.0)


def sparsemax_maximum(n: ArrayLike, gap: ArrayLike) -> Float:
    """Return the largest sparsemax weight of (gap, 0, ..., 0): min(1, (1 + (n-1) g) / n).

    The least over all n logits with this gap of the two largest, and the greatest over all with
    this spread.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    gap : array of float, at least 0

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived, for the map of arXiv 1602.02068.

    Examples
    --------
    >>> sparsemax_maximum(2, [0.0, 0.5, 1.0]).tolist()
    [0.5, 0.75, 1.0]
    """
    size, g = counts("n", n), reals("gap", gap, at_least=0.0)
    g = np.minimum(g, 1.0)
    return result(np.minimum(1.0, 1 / size + (size - 1) / size * g), common_shape(n=size, gap=g))


def entmax15_maximum(n: ArrayLike, gap: ArrayLike) -> Float:
    """Return the largest 1.5-entmax weight of (gap, 0, ..., 0).

    It is (((n-1) g + sqrt(4n - (n-1) g^2)) / (2n))^2 for g up to 2 and 1 beyond: the least over
    all n logits with this gap of the two largest, and the greatest over all with this spread.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    gap : array of float, at least 0

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived, for the map of arXiv 1905.05702.

    Examples
    --------
    >>> [round(float(p), 12) for p in entmax15_maximum(4, [0.0, 2.0])]
    [0.25, 1.0]
    """
    size, g = counts("n", n), reals("gap", gap, at_least=0.0)
    g = np.minimum(g, 2.0)
    others = (size - 1) / size
    root = others * g / 2 + np.sqrt((1 - others * np.square(g) / 4) / size)
    return result(np.minimum(1.0, np.square(root)), common_shape(n=size, gap=g))


def entmax_maximum(n: ArrayLike, gap: ArrayLike, alpha: ArrayLike) -> Float:
    """Return the largest alpha-entmax weight of (gap, 0, ..., 0), by bisection.

    The least over all n logits with this gap of the two largest, and the greatest over all with
    this spread. The weight P solves (P^a - ((1-P)/(n-1))^a) / a = gap with a = alpha - 1, read
    as a difference of logarithms at a = 0, softmax; it is 1 where the gap is 1/a or more.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    gap : array of float, at least 0
    alpha : array of float, at least 1

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived, for the family of arXiv 1905.05702. `sparsemax_maximum` and `entmax15_maximum` are
    its closed forms at 2 and 1.5.

    Examples
    --------
    >>> [round(float(p), 12) for p in entmax_maximum(2, 0.5, [2.0, 3.0])]
    [0.75, 1.0]
    """
    size, g, a = counts("n", n), reals("gap", gap, at_least=0.0), _alpha(alpha) - 1
    shape = common_shape(n=size, gap=g, alpha=a)
    others, curve = np.maximum(size - 1, 1), np.maximum(a, _SMALLEST_SHAPE)
    low, high = np.broadcast_to(-np.log(size), shape), np.zeros(shape)  # of ln P
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        with np.errstate(divide="ignore", over="ignore"):
            ratio = np.log(others) + middle - np.log(-np.expm1(middle))  # ln P (n-1)/(1-P)
            difference = np.exp(curve * middle) * -np.expm1(-curve * ratio)
            above = difference > curve * g
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return result(np.exp(low), shape)  # exactly 1 where no weight below 1 has this gap


def entmax_maximum_limit(gap: ArrayLike, alpha: ArrayLike) -> Float:
    """Return the limit of `entmax_maximum` for large n: min(1, ((alpha-1) g)^(1/(alpha-1))).

    Above 0 for every gap above 0 and alpha above 1: these maps do not disperse under a gap. 0
    for softmax. The entropy of (gap, 0, ..., 0) over ln n tends to 1 minus this limit.

    Parameters
    ----------
    gap : array of float, at least 0
    alpha : array of float, at least 1

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or out of range.

    Notes
    -----
    Derived, for the family of arXiv 1905.05702.

    Examples
    --------
    >>> round(float(entmax_maximum_limit(1.2, 1.5)), 12)
    0.36
    """
    g, a = reals("gap", gap, at_least=0.0), _alpha(alpha) - 1
    shape = common_shape(gap=g, alpha=a)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        base = np.minimum(a * g, 1.0)
        limit = np.where(base < 1, np.power(base, 1 / a), 1.0)
    return result(np.where(a == 0, 0.0, limit), shape)


def scalable_softmax_maximum(n: ArrayLike, gap: ArrayLike, scale: ArrayLike) -> Float:
    """Return the largest scalable-softmax weight of (gap, 0, ..., 0): 1/(1 + (n-1) n^(-s g)).

    Scalable softmax is softmax of s ln(n) times the logits. The least over all n logits with
    this gap of the two largest, and the greatest over all with this spread; it tends to
    `scalable_softmax_limit`.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    gap : array of float, at least 0
    scale : array of float, at least 0
        The factor s.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived, for the map of arXiv 2501.19399.

    Examples
    --------
    >>> [round(float(p), 4) for p in scalable_softmax_maximum(10**6, [0.9, 1.0, 1.1], 1.0)]
    [0.2008, 0.5, 0.7992]
    """
    size, product = counts("n", n), _scaled_gap(gap, scale)
    shape = common_shape(n=size, gap_and_scale=product)
    with np.errstate(over="ignore"):
        return result(1 / (1 + (size - 1) * np.exp(-product * np.log(size))), shape)


def _scaled_gap(gap: ArrayLike, scale: ArrayLike) -> Float:
    g, s = reals("gap", gap, at_least=0.0), reals("scale", scale, at_least=0.0)
    common_shape(gap=g, scale=s)
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum(g * s, np.finfo(np.float64).max))


def scalable_softmax_limit(gap: ArrayLike, scale: ArrayLike) -> Float:
    """Return the limit of `scalable_softmax_maximum`: 0, 1/2 or 1 as scale * gap is <, =, > 1.

    Parameters
    ----------
    gap, scale
        As in `scalable_softmax_maximum`. Their product is compared in floating point.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or out of range.

    Notes
    -----
    Derived, for the map of arXiv 2501.19399.

    Examples
    --------
    >>> scalable_softmax_limit([0.5, 1.0, 2.0], 1.0).tolist()
    [0.0, 0.5, 1.0]
    """
    product = _scaled_gap(gap, scale)
    return result(np.heaviside(product - 1, 0.5), product.shape)


def stick_breaking_bounds(
    distance: ArrayLike, low: ArrayLike, high: ArrayLike
) -> tuple[Float, Float]:
    """Return the least and the greatest stick-breaking weight of the key `distance` back.

    For logits between low and high it lies in
    [sigma(low) (1-sigma(high))^(d-1), sigma(high) (1-sigma(low))^(d-1)]; both ends attained, by
    the key's own logit at one end and all nearer ones at the other. The nearest key (d = 1)
    keeps at least sigma(low) for every length; far keys decay geometrically.

    Parameters
    ----------
    distance : array of int, at least 1
        1 for the key just before the query.
    low, high : array of float
        Ends of the range of the logits.

    Returns
    -------
    lower, upper : float64 arrays of the broadcast shape; scalars if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived, for the attention of arXiv 2410.17980.

    Examples
    --------
    >>> [round(float(bound), 12) for bound in stick_breaking_bounds(3, 0.0, 0.0)]
    [0.125, 0.125]
    """
    steps = counts("distance", distance) - 1
    m, top = reals("low", low), reals("high", high)
    shape = common_shape(distance=steps, low=m, high=top)
    if (m > top).any():
        raise ValueError("low must nowhere exceed high")
    return (
        result(_one_taken(_log_sigmoid(m), steps, _log_sigmoid(-top)), shape),
        result(_one_taken(_log_sigmoid(top), steps, _log_sigmoid(-m)), shape),
    )


def _log_sigmoid(x: Float) -> Float:
    return np.asarray(-np.logaddexp(0.0, -x))


def _one_taken(taken: Float, steps: Float, passed: Float) -> Float:
    """Return exp(taken + steps * passed) of logarithms, 0 where they exceed float64."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(taken + steps * passed))
