"""Logits that attain the bounds of this family."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.softmax._arguments import Float, common_shape, counts, reals, scaled_spread
from corollary.theory.softmax._entropy import least_entropy_count


def two_level(n: int, k: ArrayLike, spread: ArrayLike) -> Float:
    """Return n logits of which the first k are `spread` and the others 0.

    Attains the greatest top-k mass, and with the right k the least entropy
    (`least_entropy_logits`) and the extremal sums of powers.

    Parameters
    ----------
    n : int, at least 1
    k : array of int, from 0 to n
    spread : array of float, at least 0

    Returns
    -------
    float64 array, shape (..., n) over the broadcast shape of `k` and `spread`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Examples
    --------
    >>> two_level(3, 1, 2.0).tolist()
    [2.0, 0.0, 0.0]
    """
    size = _length(n)
    top, width = counts("k", k, at_least=0), reals("spread", spread, at_least=0.0)
    if (top > size).any():
        raise ValueError("k must be at most n")
    common_shape(k=top, spread=width)
    return np.where(np.arange(size) < top[..., None], width[..., None], 0.0)


def _length(n: int, at_least: int = 1) -> int:
    size = counts("n", n, at_least=at_least)
    if size.ndim:
        raise TypeError(f"n must be one number, the length of every vector, got shape {size.shape}")
    return int(size)


def one_high(n: int, spread: ArrayLike) -> Float:
    """Return n logits of which the first is `spread` and the others 0.

    Attains the greatest single coefficient, and the least maximum for a gap of `spread`; with
    sparse maps, the extremal maximum of `entmax_maximum`.

    Parameters
    ----------
    n : int, at least 1
    spread : array of float, at least 0

    Returns
    -------
    float64 array, shape (..., n) over the shape of `spread`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Examples
    --------
    >>> one_high(3, 2.0).tolist()
    [2.0, 0.0, 0.0]
    """
    return two_level(n, 1, spread)


def one_low(n: int, spread: ArrayLike) -> Float:
    """Return n logits of which the last is 0 and the others `spread`.

    Attains the least single coefficient, and the least maximum where the spread is attained.

    Parameters
    ----------
    n : int, at least 1
    spread : array of float, at least 0

    Returns
    -------
    float64 array, shape (..., n) over the shape of `spread`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Examples
    --------
    >>> one_low(3, 2.0).tolist()
    [2.0, 2.0, 0.0]
    """
    return two_level(n, _length(n) - 1, spread)


def least_entropy_logits(n: int, spread: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return n logits, the top ones `spread` and the others 0, of the least softmax entropy.

    Parameters
    ----------
    n : int, at least 1
    spread : array of float, at least 0
    temperature : array of float, above 0

    Returns
    -------
    float64 array, shape (..., n) over the broadcast shape of `spread` and `temperature`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Examples
    --------
    >>> least_entropy_logits(5, 1.0).tolist()
    [1.0, 1.0, 0.0, 0.0, 0.0]
    """
    return two_level(n, least_entropy_count(_length(n), spread, temperature), spread)


def greatest_entropy_logits(n: int, spread: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return n logits of spread exactly `spread` with the greatest softmax entropy.

    The first is `spread`, the last 0, all others spread - temperature * t / (1 + e^t) with
    t = spread / temperature.

    Parameters
    ----------
    n : int, at least 2
    spread : array of float, at least 0
    temperature : array of float, above 0

    Returns
    -------
    float64 array, shape (..., n) over the broadcast shape of `spread` and `temperature`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Examples
    --------
    >>> greatest_entropy_logits(4, 0.0).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    t = scaled_spread(spread, temperature)
    return _between(n, spread, temperature, t * np.exp(-t) / (1 + np.exp(-t)))


def least_squared_norm_logits(n: int, spread: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return n logits of spread exactly `spread` with the least sum of squared coefficients.

    The first is `spread`, the last 0, all others spread + temperature * ln((1+c^2) / (1+c))
    with c = exp(-spread / temperature).

    Parameters
    ----------
    n : int, at least 2
    spread : array of float, at least 0
    temperature : array of float, above 0

    Returns
    -------
    float64 array, shape (..., n) over the broadcast shape of `spread` and `temperature`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Examples
    --------
    >>> least_squared_norm_logits(2, 3.0).tolist()
    [3.0, 0.0]
    """
    c = np.exp(-scaled_spread(spread, temperature))
    return _between(n, spread, temperature, np.log1p(c) - np.log1p(np.square(c)))


def _between(n: int, spread: ArrayLike, temperature: ArrayLike, drop: Float) -> Float:
    """Return `spread`, then `spread` less a multiple of the temperature n - 2 times, then 0."""
    size = _length(n, at_least=2)
    width = np.broadcast_to(np.asarray(spread, dtype=np.float64), drop.shape)
    logits = np.empty((*drop.shape, size))
    logits[..., 1:-1] = (width - np.asarray(temperature) * drop)[..., None]
    logits[..., 0], logits[..., -1] = width, 0.0
    return np.clip(logits, 0.0, width[..., None])


def total_variation_pair(spread: ArrayLike) -> tuple[Float, Float]:
    """Return two pairs of logits whose softmaxes are as far apart as `total_variation_bound`.

    They are (s/2, 0) and (-s/2, 0): their difference has spread s, and the total variation of
    their softmaxes is exactly tanh(s/4).

    Parameters
    ----------
    spread : array of float, at least 0
        The spread s of the difference of the logits.

    Returns
    -------
    one, other : float64 arrays, shape (..., 2) over the shape of `spread`.

    Raises
    ------
    TypeError, ValueError
        If `spread` is not numeric, not finite or negative.

    Examples
    --------
    >>> [pair.tolist() for pair in total_variation_pair(2.0)]
    [[1.0, 0.0], [-1.0, 0.0]]
    """
    half = reals("spread", spread, at_least=0.0) / 2
    zero = np.zeros_like(half)
    return np.stack([half, zero], axis=-1), np.stack([-half, zero], axis=-1)
