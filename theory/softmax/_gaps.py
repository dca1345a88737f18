"""The largest coefficient when gaps shrink: the limit law for many independent keys."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exp1

from corollary.theory.softmax._arguments import Float, reals, result

# Nodes of the trapezoidal rule in x, with s = scale * exp(x - exp(-x)): the integrand falls off
# doubly exponentially on both sides, so that the rule converges geometrically.
_STEP = 0.125
_NODES = np.arange(-4.0, 5.125, _STEP)
_RAYS = np.exp(_NODES - np.exp(-_NODES))
_WEIGHTS = _STEP * _RAYS * (1 + np.exp(-_NODES))

_SERIES_TERMS = 18


def gap_law(kappa: ArrayLike) -> Float:
    """Return the limit of the expected largest coefficient for n random keys and slope kappa n f.

    Keys are independent with a density that is f > 0 at its upper end point, logits are a
    linear function of them with slope S = kappa n f; as n grows the expected largest softmax
    coefficient tends to the integral over s > 0 of exp(-s - Ein(s) / kappa), where
    Ein(s) = E_1(s) + ln s + gamma. So a fixed slope must lose the maximum: kappa = S / (n f).

    Parameters
    ----------
    kappa : array of float, above 0

    Returns
    -------
    float64 array of the shape of `kappa`; a scalar if it is.

    Raises
    ------
    TypeError, ValueError
        If `kappa` is not numeric, not finite or not above 0.

    Notes
    -----
    Derived, by the Poisson limit of order statistics; the setting is the max-retrieval task of
    arXiv 2410.01104 (uniform keys, f = 1). Near kappa for small kappa, and 1 for large.

    Examples
    --------
    >>> [round(float(x), 4) for x in gap_law([0.1, 1.0, 20.0])]
    [0.0949, 0.5615, 0.9663]
    """
    slope = reals("kappa", kappa, above=0.0)
    scale = slope / (1 + slope)
    total = np.zeros(slope.shape)
    for ray, weight in zip(_RAYS, _WEIGHTS, strict=True):
        s = scale * ray
        # Ein(s) / kappa as (Ein(s) / s) * (ray / (1 + kappa)), which cannot overflow
        total += weight * np.exp(-s - _mean_decay(s) * (ray / (1 + slope)))
    return result(np.minimum(scale * total, 1.0), slope.shape)


def _mean_decay(s: Float) -> Float:
    """Return Ein(s) / s, the mean of (1 - e^-v) / v over v from 0 to s."""
    small = np.minimum(s, 1.0)
    series = np.zeros(s.shape)
    for k in range(_SERIES_TERMS, 0, -1):
        series = 1 / k - small / (k + 1) * series
    # the loop nests sum over k of (-s)^(k-1) / (k k!)
    large = np.maximum(s, 1.0)
    return np.where(s < 1, series, (exp1(large) + np.log(large) + np.euler_gamma) / large)
