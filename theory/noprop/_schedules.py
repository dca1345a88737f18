"""Signal levels: how much of the label is left in the noise, from none to nearly all."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.noprop._arguments import Float, positive, reals, signals, whole

COSINE_OFFSET = 0.008


def cosine_signal(time: ArrayLike, offset: float = COSINE_OFFSET) -> Float:
    r"""Return the cosine signal level: :math:`\cos^2(\frac{\pi}{2}\frac{1 - t + s}{1 + s})`.

    It is not divided by its value at the clean end: that would make the level there 1, and the
    loss infinite.

    Parameters
    ----------
    time : array of float in [0, 1]
        0 is pure noise, 1 is clean.
    offset : float, positive
        s, which keeps the clean end below 1.

    Returns
    -------
    float64 array of the shape of `time`, inside [0, 1)

    Raises
    ------
    TypeError, ValueError
        If `time` leaves [0, 1] or `offset` is not positive.

    Notes
    -----
    arXiv 2503.24322 says only "fixed cosine"; this form is derived.

    Examples
    --------
    >>> cosine_signal([0.0, 0.5, 1.0]).round(6).tolist()
    [0.0, 0.493767, 0.999845]
    """
    t, s = reals("time", time, at_least=0.0, at_most=1.0), float(positive("offset", offset))
    # The sine of the complement: exactly 0 at t = 0, and increasing where the cosine rounds.
    level: Float = np.sin(np.pi / 2 * t / (1 + s)) ** 2
    return level


def cosine_levels(blocks: int, offset: float = COSINE_OFFSET) -> Float:
    """Return the T + 1 cosine signal levels of T blocks, the noisiest first.

    Parameters
    ----------
    blocks : int, at least 1
        T.
    offset : float, positive

    Returns
    -------
    float64 array (blocks + 1,)

    Raises
    ------
    TypeError, ValueError
        If `blocks` is no positive integer or `offset` is not positive.

    Notes
    -----
    arXiv 2503.24322, section 2; see `cosine_signal`.

    Examples
    --------
    >>> cosine_levels(4).round(4).tolist()
    [0.0, 0.1442, 0.4938, 0.8469, 0.9998]
    """
    steps = whole("blocks", blocks)
    return cosine_signal(np.arange(steps + 1) / steps, offset)


def log_linear_signal(time: ArrayLike, half_range: float = 6.0) -> Float:
    r"""Return the level whose log signal-to-noise ratio is linear: :math:`\sigma(L(2t - 1))`.

    Parameters
    ----------
    time : array of float in [0, 1]
    half_range : float, positive
        L: the logarithm runs from -L to L.

    Returns
    -------
    float64 array of the shape of `time`

    Raises
    ------
    TypeError, ValueError
        If `time` leaves [0, 1] or `half_range` is not positive.

    Notes
    -----
    arXiv 2503.24322, Appendix B, with a linear exponent.

    Examples
    --------
    >>> log_linear_signal([0.0, 0.5, 1.0]).round(6).tolist()
    [0.002473, 0.5, 0.997527]
    """
    t = reals("time", time, at_least=0.0, at_most=1.0)
    half = float(positive("half_range", half_range))
    return 1 / (1 + np.exp(-half * (2 * t - 1)))


def log_linear_levels(blocks: int, first: float, last: float) -> Float:
    """Return T + 1 levels from `first` to `last` whose log signal-to-noise ratio is linear.

    Parameters
    ----------
    blocks : int, at least 1
    first, last : float in (0, 1), increasing

    Returns
    -------
    float64 array (blocks + 1,)

    Raises
    ------
    TypeError, ValueError
        If `blocks` is no positive integer, or the ends do not increase inside (0, 1).

    Notes
    -----
    arXiv 2503.24322, section 2.

    Examples
    --------
    >>> log_linear_levels(2, 0.1, 0.9).round(12).tolist()
    [0.1, 0.5, 0.9]
    """
    ends = signals("first and last", positive("first and last", [first, last]))
    if not ends[0] < ends[1]:
        raise ValueError(f"last must be above first = {first!r}, got {last!r}")
    low, high = np.log(ends / (1 - ends))
    return 1 / (1 + np.exp(-np.linspace(low, high, whole("blocks", blocks) + 1)))


def signal_to_noise(signal: ArrayLike) -> Float:
    r"""Return the signal-to-noise ratio :math:`\bar\alpha / (1 - \bar\alpha)`.

    Parameters
    ----------
    signal : array of float in [0, 1)
        Signal levels.

    Returns
    -------
    float64 array of the shape of `signal`

    Raises
    ------
    TypeError, ValueError
        If a level is below 0 or not below 1.

    Notes
    -----
    arXiv 2503.24322, eq. 8.

    Examples
    --------
    >>> signal_to_noise([0.0, 0.5, 0.75]).tolist()
    [0.0, 1.0, 3.0]
    """
    level = signals("signal", signal)
    ratio: Float = level / (1 - level)
    return ratio


def interpolated_signal(share: ArrayLike, gamma_0: ArrayLike, gamma_1: ArrayLike) -> Float:
    r"""Return the level of a learned schedule, :math:`\sigma(-\gamma)` with
    :math:`\gamma = \gamma_0 + (\gamma_1 - \gamma_0)(1 - \bar\gamma)`.

    It rises with the share only if gamma_1 is above gamma_0, which the paper does not ask for.

    Parameters
    ----------
    share : array of float in [0, 1]
        The increasing network's output, 0 at the noisy end and 1 at the clean end.
    gamma_0, gamma_1 : array of float
        Minus the log signal-to-noise ratio at the clean and at the noisy end.

    Returns
    -------
    float64 array, of the common shape

    Raises
    ------
    TypeError, ValueError
        If `share` leaves [0, 1] or an end is not finite.

    Notes
    -----
    arXiv 2503.24322, Appendix B.

    Examples
    --------
    >>> interpolated_signal([0.0, 0.5, 1.0], -2.0, 2.0).round(6).tolist()
    [0.119203, 0.5, 0.880797]
    """
    done = reals("share", share, at_least=0.0, at_most=1.0)
    low, high = reals("gamma_0", gamma_0), reals("gamma_1", gamma_1)
    return 1 / (1 + np.exp(low + (high - low) * (1 - done)))
