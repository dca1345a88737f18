"""Logit spreads that weights and tokens allow, and weights that a coefficient requires."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.softmax._arguments import Float, common_shape, reals, result
from corollary.theory.softmax._bounds import required_spread


class LogitSpreadBounds(NamedTuple):
    """Three bounds on the spread of one query's logits, each at most the next."""

    directed: Float
    product: Float
    printed: Float


def logit_spread_bounds(
    query_weight: ArrayLike, key_weight: ArrayLike, query: ArrayLike, tokens: ArrayLike
) -> LogitSpreadBounds:
    """Return bounds on the spread of the logits (Q y) . (K x_i) over the tokens x_i.

    directed = |K^T Q y| diam(x), product = sigma(K^T Q) |y| diam(x), and printed =
    2 sigma(Q) sigma(K) |y| max |x_i|; diam is the greatest distance of two tokens and sigma the
    spectral norm. The first two ignore an offset common to all tokens.

    Parameters
    ----------
    query_weight, key_weight : array of float, shapes (..., m, d) and (..., m, e)
        Q and K.
    query : array of float, shape (..., d)
        The vector y.
    tokens : array of float, shape (..., n, e)

    Returns
    -------
    LogitSpreadBounds of float64 arrays of the broadcast batch shape.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or of a shape that does not fit.

    Notes
    -----
    The last is Proposition 3.1 of arXiv 2410.01104; the first two are derived and sharper. All
    three are attained by Q = K = 1, y = u and tokens u, -u. Divide by the temperature, for
    example the root of the head size, for the scaled spread.

    Examples
    --------
    >>> bounds = logit_spread_bounds(np.eye(2), np.eye(2), [1.0, 0.0], [[1.0, 0.0], [-1.0, 0.0]])
    >>> [float(bound) for bound in bounds]
    [2.0, 2.0, 2.0]
    """
    q, k = matrix("query_weight", query_weight), matrix("key_weight", key_weight)
    y, x = reals("query", query), matrix("tokens", tokens)
    require_shape(q.shape[-2] == k.shape[-2], "key_weight", k, f"{q.shape[-2]} rows")
    require_shape(y.shape[-1:] == q.shape[-1:], "query", y, f"a last axis of {q.shape[-1]}")
    require_shape(x.shape[-1] == k.shape[-1], "tokens", x, f"a last axis of {k.shape[-1]}")
    _batch_shape(query_weight=q[..., 0, 0], key_weight=k[..., 0, 0], query=y[..., 0],
                 tokens=x[..., 0, 0])  # fmt: skip
    form = np.swapaxes(k, -1, -2) @ q
    direction = np.linalg.norm((form @ y[..., None])[..., 0], axis=-1)
    diameter, length = token_diameter(x), np.linalg.norm(y, axis=-1)
    norms = spectral_norm(q) * spectral_norm(k)
    return LogitSpreadBounds(
        np.asarray(direction * diameter),
        np.asarray(spectral_norm(form) * length * diameter),
        np.asarray(2 * norms * length * np.linalg.norm(x, axis=-1).max(axis=-1)),
    )


def _batch_shape(**arrays: Float) -> tuple[int, ...]:
    return common_shape(**{name: np.asarray(array) for name, array in arrays.items()})


def matrix(name: str, value: ArrayLike) -> Float:
    """Return `value` as float64 with at least two axes, the last two not empty."""
    array = reals(name, value)
    full = array.ndim >= 2 and 0 not in array.shape[-2:]
    require_shape(full, name, array, "rows and columns in its last two axes")
    return array


def require_shape(fits: bool, name: str, array: Float, wanted: str) -> None:
    """Raise, naming the argument, unless its shape fits."""
    if not fits:
        raise ValueError(f"{name} must have {wanted}, got shape {array.shape}")


def spectral_norm(array: Float) -> Float:
    """Return the largest singular value of each matrix in the last two axes."""
    norm: Float = np.linalg.norm(array, ord=2, axis=(-2, -1))
    return norm


def token_diameter(tokens: ArrayLike) -> Float:
    """Return the greatest Euclidean distance between two of the given tokens.

    Parameters
    ----------
    tokens : array of float, shape (..., n, d)

    Returns
    -------
    float64 array, shape (...); a scalar if there are no batch axes.

    Raises
    ------
    TypeError, ValueError
        If `tokens` is not numeric, not finite, empty or has fewer than two axes.

    Examples
    --------
    >>> float(token_diameter([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0]]))
    5.0
    """
    x = matrix("tokens", tokens)
    widest = np.zeros(x.shape[:-2])
    for token in range(x.shape[-2] - 1):  # n^2 distances, n at a time
        apart = np.linalg.norm(x[..., token + 1 :, :] - x[..., token : token + 1, :], axis=-1)
        widest = np.maximum(widest, apart.max(axis=-1))
    return result(np.asarray(widest), x.shape[:-2])


def required_weight_norms(
    n: ArrayLike,
    coefficient: ArrayLike,
    query_norm: ArrayLike,
    token_norm: ArrayLike,
    temperature: ArrayLike = 1.0,
) -> Float:
    """Return the least sigma(Q) sigma(K) with which a head can reach a coefficient.

    It is temperature * ln(s (n-1) / (1-s)) / (2 |y| max |x_i|), and 0 where s <= 1/n, with s =
    coefficient: `required_spread` through the printed bound of `logit_spread_bounds`.

    Parameters
    ----------
    n : array of float, at least 1
        Number of logits.
    coefficient : array of float, above 0 and at most 1
    query_norm, token_norm : array of float, above 0
        |y| and the greatest |x_i|.
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
    >>> round(float(required_weight_norms(101, 0.5, 1.0, 1.0)), 6)
    2.302585
    """
    query_size = reals("query_norm", query_norm, above=0.0)
    token_size = reals("token_norm", token_norm, above=0.0)
    spread = np.asarray(required_spread(n, coefficient, temperature))
    shape = common_shape(spread=spread, query_norm=query_size, token_norm=token_size)
    with np.errstate(over="ignore"):
        return result(np.asarray(spread / 2 / query_size / token_size), shape)
