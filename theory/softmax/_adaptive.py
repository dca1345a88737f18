"""Adaptive temperature: the published rule, where it acts, and the most it can change."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.softmax._arguments import Float, common_shape, reals, result, scaled_spread
from corollary.theory.softmax._bounds import critical_length, maximum_bounds, required_spread
from corollary.theory.softmax._entropy import entropy_deficit

ADAPTIVE_COEFFICIENTS = (-0.037, 0.481, -2.3, 4.917, -1.791)
"""Inverse temperature as a polynomial of the entropy in nats, highest power first."""

ADAPTIVE_ENTROPIES = (0.8485819960098693, 5.944520827905143)
"""The entropies between which the polynomial exceeds 1, so that the rule acts."""

ADAPTIVE_PEAK = (4.4124018659656706, 2.4213877066315243)
"""The entropy at which the inverse temperature is greatest, and its value there."""


def adaptive_inverse_temperature(entropy: ArrayLike) -> Float:
    """Return the inverse temperature that adaptive temperature applies at a given entropy.

    max(1, b(H)) with b of `ADAPTIVE_COEFFICIENTS`. The published rule also asks H > 0.5; that
    test changes nothing, since b(H) < 1 for all H up to 0.848.

    Parameters
    ----------
    entropy : array of float, at least 0
        Softmax entropy H, in nats.

    Returns
    -------
    float64 array of the shape of `entropy`; a scalar if it is. From 1 to 2.42139, and exactly 1
    outside `ADAPTIVE_ENTROPIES`: above a perplexity of 381.66 the rule is switched off.

    Raises
    ------
    TypeError, ValueError
        If `entropy` is not numeric, not finite or negative.

    Notes
    -----
    Algorithm of arXiv 2410.01104; the facts about it are derived.

    Examples
    --------
    >>> [round(float(b), 4) for b in adaptive_inverse_temperature([0.5, 2.0, 4.4124, 7.0])]
    [1.0, 2.099, 2.4214, 1.0]
    """
    h = reals("entropy", entropy, at_least=0.0)
    within = np.minimum(h, 10.0)  # beyond it the polynomial is far below 1; no overflow
    return result(np.maximum(1.0, np.polyval(ADAPTIVE_COEFFICIENTS, within)), h.shape)


def adaptive_off_switch_length(spread: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return the length from which adaptive temperature equals plain softmax.

    It is exp(5.944521 + D(t)) with t = spread / temperature and D from `entropy_deficit`: every
    head of at least that many logits has an entropy beyond the last at which the rule acts.

    Parameters
    ----------
    spread : array of float, at least 0
        Greatest difference between two logits.
    temperature : array of float, above 0
        Divisor of the logits before the rule is applied.

    Returns
    -------
    float64 array of the broadcast shape, not rounded to a whole number; inf where it exceeds
    the largest float64.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or out of range.

    Notes
    -----
    Derived, for the algorithm of arXiv 2410.01104.

    Examples
    --------
    >>> np.ceil(adaptive_off_switch_length([1.0, 3.0, 5.69])).tolist()
    [432.0, 1046.0, 7419.0]
    """
    t = scaled_spread(spread, temperature)
    with np.errstate(over="ignore"):
        return result(np.exp(ADAPTIVE_ENTROPIES[1] + entropy_deficit(t)), t.shape)


def adaptive_maximum_bound(n: ArrayLike, spread: ArrayLike, temperature: ArrayLike = 1.0) -> Float:
    """Return a bound on the largest coefficient that adaptive temperature can produce.

    It is 1 / (1 + (n-1) e^(-2.42139 t)), t = spread / temperature: the rule multiplies logits
    by at most the second number of `ADAPTIVE_PEAK`, so it disperses as softmax does.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    spread, temperature
        As in `adaptive_off_switch_length`.

    Returns
    -------
    float64 array of the broadcast shape; a scalar if all arguments are.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived, for the algorithm of arXiv 2410.01104.

    Examples
    --------
    >>> round(float(adaptive_maximum_bound(1000, 3.0)), 4)
    0.5884
    """
    return maximum_bounds(n, _sharpest(spread, temperature))[1]


def _sharpest(spread: ArrayLike, temperature: ArrayLike) -> Float:
    t = np.minimum(scaled_spread(spread, temperature), np.finfo(np.float64).max / 4)
    return np.asarray(t * ADAPTIVE_PEAK[1])


def adaptive_critical_length(
    spread: ArrayLike, coefficient: ArrayLike, temperature: ArrayLike = 1.0
) -> Float:
    """Return a length beyond which no coefficient under adaptive temperature reaches a value.

    `critical_length` at 2.42139 times the scaled spread: 1 + e^(2.42139 t) (1-s)/s.

    Parameters
    ----------
    spread, temperature
        As in `adaptive_off_switch_length`.
    coefficient : array of float, above 0 and at most 1
        The value s.

    Returns
    -------
    float64 array of the broadcast shape, not rounded to a whole number; inf where it exceeds
    the largest float64.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not finite or out of range.

    Notes
    -----
    Derived, for the algorithm of arXiv 2410.01104. An upper bound only: the rule reaches its
    greatest factor at one entropy, 4.41 nats, which the extremal logits need not have.

    Examples
    --------
    >>> round(float(adaptive_critical_length(2.0, 0.5)), 2)
    127.82
    """
    return critical_length(_sharpest(spread, temperature), coefficient)


def required_inverse_temperature(n: ArrayLike, coefficient: ArrayLike, gap: ArrayLike) -> Float:
    """Return the least inverse temperature that guarantees a coefficient at a given gap.

    ln(s (n-1) / (1-s)) / gap, and 0 where s <= 1/n, with s = coefficient: `maximum_from_gap`
    solved for the temperature. It grows with ln n, as no fixed temperature does.

    Parameters
    ----------
    n : array of int, at least 1
        Number of logits.
    coefficient : array of float, above 0 and at most 1
    gap : array of float, above 0
        Largest logit minus the second largest.

    Returns
    -------
    float64 array of the broadcast shape; inf where a coefficient of 1 is asked of n > 1.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not numeric, not whole, not finite or out of range.

    Notes
    -----
    Derived.

    Examples
    --------
    >>> round(float(required_inverse_temperature(101, 0.5, 2.0)), 6)
    2.302585
    """
    width = reals("gap", gap, above=0.0)
    spread = np.asarray(required_spread(n, coefficient))
    shape = common_shape(n_and_coefficient=spread, gap=width)
    with np.errstate(over="ignore"):
        return result(np.asarray(spread / width), shape)
