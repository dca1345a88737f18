"""Extremal entropies of softmax, in nats, and the constant they stay within of ln n."""

from __future__ import annotations

import math

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

# D(t) = sum over k of B_2k (2k+1) / (2k (2k)!) t^(2k), with Bernoulli numbers B_2k; |t| < 2 pi.
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798,
    -174611 / 330, 854513 / 138, -236364091 / 2730, 8553103 / 6, -23749461029 / 870,
    8615841276005 / 14322, -7709321041217 / 510, 2577687858367 / 6,
)  # fmt: skip
_SERIES = tuple(
    b * (2 * k + 1) / (2 * k * math.factorial(2 * k)) for k, b in enumerate(_BERNOULLI, start=1)
)
_SERIES_END = 2.0  # seventeen terms leave 1e-17 here, and t - ln t has not begun to cancel
_NEWTON_STEPS = 6  # reaches rounding error for every deficit


def entropy_deficit(t: ArrayLike) -> Float:
    """Return D(t), the greatest amount by which softmax entropy can stay below ln n, in nats.

    D(t) = u - 1 - ln u with u = t / (e^t - 1): every head with scaled spread t has
    H >= ln n - D(t), whatever its length; approached by two-valued logits as n grows.

    Parameters
    ----------
    t : array of float, at least 0
        Scaled spread, (max - min) / temperature.

    Returns
    -------
    float64 array of the shape of `t`; a scalar if `t` is.

    Raises
    ------
    TypeError, ValueError
        If `t` is not numeric, not finite or negative.

    Notes
    -----
    Derived; the quantitative form of Theorem 2.2 of arXiv 2410.01104.
    D(t) = t^2/8 - t^4/576 + ... near 0 and t - 1 - ln t + o(1) for large t.

    Examples
    --------
    >>> [round(float(d), 6) for d in entropy_deficit([0.0, 1.0, 10.0])]
    [0.0, 0.123302, 6.697824]
    """
    spread = reals("t", t, at_least=0.0)
    return result(_deficit(spread), spread.shape)


def _deficit(t: Float) -> Float:
    square = np.square(np.minimum(t, _SERIES_END))
    small = np.polynomial.polynomial.polyval(square, (0.0, *_SERIES))
    # u - 1 - ln u with u = t/2 coth(t/2) - t/2, free of the near-cancellation in ln u.
    wide = np.maximum(t, _SERIES_END)
    c = np.exp(-wide)
    large = wide * c / (1 - c) + np.log1p(-c) + (wide - np.log(wide) - 1)
    return np.where(t < _SERIES_END, small, large)


def least_entropy_count(n: ArrayLike, spread: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return how many logits sit at the top in the vector of least softmax entropy.

    All other logits sit at the bottom, `spread` lower. Where two neighbouring counts tie, the
    smaller is returned; one logit counts as one at the top.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    spread : array of float, at least 0
        Greatest difference between two logits.
    temperature : array of float, above 0
        Divisor of the logits.

    Returns
    -------
    float64 array of whole numbers of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived. The count is next to n c (t - 1 + c) / (1 - c)^2 with c = e^-t: near n/2 for small
    t, near n t e^-t for large t, and not always 1.

    Examples
    --------
    >>> [int(k) for k in least_entropy_count([10, 1000], 3.0)]
    [1, 113]
    """
    size, t = counts("n", n), scaled_spread(spread, temperature)
    shape = common_shape(n=size, spread=t)
    return result(_least_entropy(size, t)[1], shape)


def entropy_bounds(
    n: ArrayLike, spread: ArrayLike, temperature: ArrayLike = 1.0, exact: bool = False
) -> tuple[Float, Float]:
    """Return the least and the greatest softmax entropy, in nats.

    Over all n logits with max - min <= spread. The least is exact for every n (a minimum over
    two-valued vectors with a whole number of logits at the top, see `least_entropy_count`); the
    greatest is ln n. With `exact`, over vectors whose spread is attained, the greatest is
    ln(n - 2 + e^a (1 + e^-t)) with a = t / (1 + e^t); the least is the same.

    Parameters
    ----------
    n, spread, temperature
        As in `least_entropy_count`.
    exact : bool
        Whether max - min equals `spread` rather than being bounded by it.

    Returns
    -------
    minimum, maximum : float64 arrays of the broadcast shape; scalars if all arguments are.

    Raises
    ------
    TypeError, ValueError
        As in `least_entropy_count`; also with `exact`, one logit and a positive spread.

    Notes
    -----
    Derived; sharpens Lemma 2.1 of arXiv 2410.01104. For all n, minimum >= ln n - D(t) with D
    from `entropy_deficit`.

    Examples
    --------
    >>> [round(float(bound), 6) for bound in entropy_bounds(100, 3.0)]
    [3.597836, 4.60517]
    """
    size, t = counts("n", n), scaled_spread(spread, temperature)
    shape = common_shape(n=size, spread=t)
    if flag("exact", exact):
        require_spread_zero_for_one(size, t)
        greatest = _greatest_entropy(size, t)
    else:
        greatest = np.log(size)
    least = np.minimum(_least_entropy(size, t)[0], greatest)  # near t = 0 they meet in rounding
    return result(least, shape), result(greatest, shape)


def _greatest_entropy(size: Float, t: Float) -> Float:
    c = np.exp(-t)
    a = t * c / (1 + c)
    others = np.maximum(size - 1, 1)
    greatest = np.log(others) + np.log1p((np.expm1(a) + np.exp(a) * c) / others)
    return np.where(size == 1, 0.0, np.minimum(greatest, np.log(size)))


def _least_entropy(size: Float, t: Float) -> tuple[Float, Float]:
    """Return the least entropy and the count at the top that attains it."""
    c = np.exp(-t)
    ideal = size * _least_entropy_fraction(t)
    below = np.clip(np.floor(ideal), 1, np.maximum(size - 1, 1))
    above = np.clip(np.floor(ideal) + 1, 1, np.maximum(size - 1, 1))
    low, high = (_two_level_entropy(size, k, t, c) for k in (below, above))
    return np.minimum(low, high), np.where(high < low, above, below)


def _least_entropy_fraction(t: Float) -> Float:
    """Return (u - c) / (1 - c), u = t / (e^t - 1): the share at the top, for real counts."""
    safe = np.maximum(t, 1e-3)
    gone = -np.expm1(-safe)  # 1 - c, and u = t c / (1 - c)
    return np.where(t < 1e-3, 0.5 - t / 6, np.exp(-safe) * (safe / gone - 1) / gone)


def _two_level_entropy(size: Float, top: Float, t: Float, c: Float) -> Float:
    """Entropy of `top` logits at t and the others at 0, precise also where it is near 0."""
    odds = (size - top) * c / top
    return np.log(top) + np.log1p(odds) + (size - top) * (t * c) / (top * (1 + odds))


def required_spread_for_deficit(deficit: ArrayLike) -> Float:
    """Return the scaled spread t at which D(t), the entropy deficit, is `deficit`.

    It is W_0(-w) - W_-1(-w) with w = exp(-1 - deficit) and the two real branches of Lambert's
    function; computed by Newton's method on D, which keeps every digit at both ends.

    Parameters
    ----------
    deficit : array of float, at least 0
        Nats below ln n.

    Returns
    -------
    float64 array of the shape of `deficit`; a scalar if it is.

    Raises
    ------
    TypeError, ValueError
        If `deficit` is not numeric, not finite or negative.

    Notes
    -----
    Derived; inverse to `entropy_deficit`.

    Examples
    --------
    >>> round(float(required_spread_for_deficit(entropy_deficit(3.0))), 12)
    3.0
    """
    d = reals("deficit", deficit, at_least=0.0)
    # sqrt(8 d) + d is never below the root, and D is convex: Newton's steps come from above.
    with np.errstate(over="ignore"):
        t = np.minimum(np.sqrt(d) * math.sqrt(8) + d, np.finfo(np.float64).max)
    for _ in range(_NEWTON_STEPS):
        slope = _deficit_slope(t)
        t = t - np.where(slope > 0, (_deficit(t) - d) / np.where(slope > 0, slope, 1.0), 0.0)
    return result(np.maximum(t, 0.0), d.shape)


def _deficit_slope(t: Float) -> Float:
    """Return D'(t) = (1 - u) (t + u - 1) / t, near t/4 for small t."""
    wide = np.maximum(t, 1e-3)
    u = wide * np.exp(-wide) / -np.expm1(-wide)
    return np.where(t < 1e-3, t / 4, (1 - u) * (wide + u - 1) / wide)


def required_spread_for_entropy(
    n: ArrayLike, entropy: ArrayLike, temperature: ArrayLike = 1.0
) -> Float:
    """Return a logit spread every head of n logits needs for an entropy of at most `entropy`.

    The spread at which ln n - D(t) equals it: needed for every n, and enough in the limit of
    large n at a fixed ln n - entropy. 0 where `entropy` is ln n or more.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    entropy : array of float, at least 0
        In nats.
    temperature : array of float, above 0
        Divisor of the logits.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived.

    Examples
    --------
    >>> round(float(required_spread_for_entropy(1000, 2.0)), 5)
    7.98264
    """
    size, h = counts("n", n), reals("entropy", entropy, at_least=0.0)
    heat = reals("temperature", temperature, above=0.0)
    shape = common_shape(n=size, entropy=h, temperature=heat)
    t = required_spread_for_deficit(np.maximum(np.log(size) - h, 0.0))
    with np.errstate(over="ignore"):
        return result(np.asarray(heat * t), shape)
