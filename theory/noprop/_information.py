"""The exact optimum of the objectives for scalar embeddings, by quadrature.

A mixture of m Gaussians is integrated component by component over its own noise. The integrands
are analytic and fall like a Gaussian, for which the trapezoidal rule converges geometrically.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from corollary.theory.noprop._arguments import (
    Float,
    one_schedule,
    pmf,
    reals,
    signals,
    values_and_weights,
)
from corollary.theory.noprop._schedules import signal_to_noise
from corollary.theory.noprop._steps import snr_weights

_STEP = 1 / 24
_NOISE = np.arange(-9.0, 9.0 + _STEP / 2, _STEP)
_DENSITY = np.exp(-0.5 * _NOISE**2) * _STEP / np.sqrt(2 * np.pi)


def _log_ratios(snr: Float, points: Float, weights: Float) -> Float:
    """Return the log weights of the classes where class k is true: axes (snr, k, noise, class).

    They are relative to the true one: with y = sqrt(s) w_k + e, class j has the log-density
    -s (w_k - w_j)^2 / 2 - sqrt(s) (w_k - w_j) e above that of class k.
    """
    apart = (points[:, None] - points)[:, None, :]
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)
    s = snr.reshape(-1, 1, 1, 1)
    shifted: Float = log_weights - 0.5 * s * apart**2 - np.sqrt(s) * apart * _NOISE[:, None]
    return shifted


def _over_noise(integrand: Float, weights: Float) -> Float:
    """Return the mean over classes k and their noise of (snr, k, noise)."""
    total: Float = np.einsum("skn,k,n->s", integrand, weights, _DENSITY)
    return total


def mmse(snr: ArrayLike, values: ArrayLike, probabilities: ArrayLike) -> Float:
    r"""Return the least mean squared error of U seen through :math:`\sqrt s\,U + \varepsilon`.

    Parameters
    ----------
    snr : array of float, at least 0
        Signal-to-noise ratios s.
    values : array (m,)
        The values of U: scalar class embeddings.
    probabilities : array (m,)

    Returns
    -------
    float64 array of the shape of `snr`

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    By the trapezoidal rule; the squared error of the best block of arXiv 2503.24322, eq. 8.

    Examples
    --------
    >>> mmse([0.0, 1.0], [-1.0, 1.0], [0.5, 0.5]).round(9).tolist()
    [1.0, 0.449599509]
    """
    points, weights = values_and_weights(values, probabilities)
    ratios = reals("snr", snr, at_least=0.0)
    logits = _log_ratios(ratios, points, weights)
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    missed = np.einsum("sknj,kj->skn", shares, points - points[:, None])
    return _over_noise(missed**2, weights).reshape(ratios.shape)[()]


def mutual_information(snr: ArrayLike, values: ArrayLike, probabilities: ArrayLike) -> Float:
    r"""Return :math:`I(U; \sqrt s\,U + \varepsilon)` in nats.

    Parameters
    ----------
    snr : array of float, at least 0
    values : array (m,)
        The values of U.
    probabilities : array (m,)

    Returns
    -------
    float64 array of the shape of `snr`

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Its derivative is half of `mmse` (Guo, Shamai and Verdu).

    Examples
    --------
    >>> mutual_information([1.0, 100.0], [-1.0, 1.0], [0.5, 0.5]).round(9).tolist()
    [0.33683082, 0.693147181]
    """
    points, weights = values_and_weights(values, probabilities)
    ratios = reals("snr", snr, at_least=0.0)
    logits = _log_ratios(ratios, points, weights)
    top = logits.max(axis=-1)
    log_mixture = top + np.log(np.exp(logits - top[..., None]).sum(axis=-1))
    return -_over_noise(log_mixture, weights).reshape(ratios.shape)[()]


def mixture_divergence(signal: ArrayLike, values: ArrayLike, probabilities: ArrayLike) -> Float:
    r"""Return :math:`KL(q(z|x) \| N(0, 1))` of :math:`q = \sum_k p_k N(\sqrt{\bar\alpha}W_k,
    1-\bar\alpha)` in nats.

    Parameters
    ----------
    signal : array of float in [0, 1)
    values : array (m,)
        Scalar class embeddings W.
    probabilities : array (m,)

    Returns
    -------
    float64 array of the shape of `signal`

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived: the divergence of each component, less what the mixture tells of the class.

    Examples
    --------
    >>> mixture_divergence([0.0, 0.5], [-1.0, 1.0], [0.5, 0.5]).round(6).tolist()
    [0.0, 0.009743]
    """
    points, weights = values_and_weights(values, probabilities)
    level = signals("signal", signal)
    mean_square = np.sum(weights * points**2)
    of_components = 0.5 * (level * (mean_square - 1) - np.log1p(-level))
    return of_components - mutual_information(signal_to_noise(level), points, weights)


def entropy(probabilities: ArrayLike) -> Float:
    """Return the entropy of the classes in nats.

    Parameters
    ----------
    probabilities : array (m,)

    Returns
    -------
    float64 scalar

    Raises
    ------
    TypeError, ValueError
        If `probabilities` are none.

    Notes
    -----
    The floor that the optimum of the objective reaches at the ends of an endless schedule.

    Examples
    --------
    >>> float(entropy([0.7, 0.3]).round(6))
    0.610864
    """
    return np.sum(entr(pmf("probabilities", probabilities)), axis=-1)


def continuous_optimum(first_signal: float, values: ArrayLike, probabilities: ArrayLike) -> Float:
    r"""Return the least loss of NoProp-CT: :math:`H(Y|x) + KL(q(z_0|x) \| N(0,1))`, in nats.

    It depends on the noisy end of the schedule alone, if the output head may see x.

    Parameters
    ----------
    first_signal : float in [0, 1)
        Signal level of the noisy end.
    values : array (m,)
        Scalar class embeddings.
    probabilities : array (m,)
        p(k | x).

    Returns
    -------
    float64 scalar

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived, for arXiv 2503.24322, eq. 9, with eta = 1.

    Examples
    --------
    >>> float(continuous_optimum(0.1, [1.0, -1.0], [0.7, 0.3]).round(6))
    0.618971
    """
    return entropy(probabilities) + mixture_divergence(first_signal, values, probabilities)


def discrete_gap(levels: ArrayLike, values: ArrayLike, probabilities: ArrayLike) -> Float:
    r"""Return how far the least loss of NoProp-DT lies above that of NoProp-CT, in nats.

    :math:`G_T = \frac12\sum_t [(s_t-s_{t-1})\,mmse(s_{t-1}) - \int_{s_{t-1}}^{s_t} mmse]`: a
    left Riemann sum of a decreasing function, less its integral, so never negative.

    Parameters
    ----------
    levels : array (T + 1,)
        Signal levels, strictly increasing inside [0, 1).
    values : array (m,)
        Scalar class embeddings.
    probabilities : array (m,)

    Returns
    -------
    float64 scalar

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived, for arXiv 2503.24322, eq. 8, with eta = 1.

    Examples
    --------
    >>> from corollary.theory.noprop import log_linear_levels
    >>> float(discrete_gap(log_linear_levels(8, 0.1, 0.95), [1.0, -1.0], [0.7, 0.3]).round(3))
    0.245
    """
    errors, told = _errors_and_information(levels, values, probabilities)
    return 0.5 * np.sum(snr_weights(levels) * errors) - told


def discrete_gap_with_optimal_variance(
    levels: ArrayLike, values: ArrayLike, probabilities: ArrayLike
) -> Float:
    r"""Return the gap of `discrete_gap` when each step has `optimal_step_variance`, in nats.

    The cost of a step falls from half of :math:`x = \Delta s\,mmse` to :math:`\frac12\ln(1+x)`.

    Parameters
    ----------
    levels : array (T + 1,)
    values : array (m,)
    probabilities : array (m,)

    Returns
    -------
    float64 scalar

    Raises
    ------
    TypeError, ValueError
        If an argument is not as for `discrete_gap`.

    Notes
    -----
    Derived.

    Examples
    --------
    >>> from corollary.theory.noprop import log_linear_levels
    >>> levels = log_linear_levels(8, 0.1, 0.95)
    >>> float(discrete_gap_with_optimal_variance(levels, [1.0, -1.0], [0.7, 0.3]).round(3))
    0.152
    """
    errors, told = _errors_and_information(levels, values, probabilities)
    return 0.5 * np.sum(np.log1p(snr_weights(levels) * errors)) - told


def discrete_gap_ceiling(levels: ArrayLike, values: ArrayLike, probabilities: ArrayLike) -> Float:
    r"""Return a bound of `discrete_gap`: :math:`\frac12\max_t\Delta s_t\,(mmse(s_0)-mmse(s_T))`.

    Parameters
    ----------
    levels : array (T + 1,)
    values : array (m,)
    probabilities : array (m,)

    Returns
    -------
    float64 scalar

    Raises
    ------
    TypeError, ValueError
        If an argument is not as for `discrete_gap`.

    Notes
    -----
    Derived.

    Examples
    --------
    >>> float(discrete_gap_ceiling([0.0, 0.5], [1.0, -1.0], [0.5, 0.5]).round(6))
    0.2752
    """
    ratios = signal_to_noise(one_schedule(levels))
    first, last = mmse(ratios[[0, -1]], values, probabilities)
    return 0.5 * np.diff(ratios).max() * (first - last)


def _errors_and_information(
    levels: ArrayLike, values: ArrayLike, probabilities: ArrayLike
) -> tuple[Float, Float]:
    """Return the least squared error of each block, and what the schedule tells in between."""
    ratios = signal_to_noise(one_schedule(levels))
    errors = mmse(ratios[:-1], values, probabilities)
    first, last = mutual_information(ratios[[0, -1]], values, probabilities)
    return errors, last - first


def clean_end_slope(snr: ArrayLike, values: ArrayLike, posteriors: ArrayLike) -> Float:
    r"""Return the derivative of the least CT loss by the clean end's signal-to-noise ratio.

    With an output head that does not see x it is :math:`-\frac12(mmse_{without\ x} -
    E\,mmse_{with\ x}) \le 0`: a learned clean end drifts to infinity.

    Parameters
    ----------
    snr : array of float, at least 0
    values : array (m,)
        Scalar class embeddings.
    posteriors : array (n, m)
        p(k | x) of n equally likely inputs.

    Returns
    -------
    float64 array of the shape of `snr`, in nats

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived, for the learned schedule of arXiv 2503.24322, Appendix B.

    Examples
    --------
    >>> float(clean_end_slope(1.0, [1.0, -1.0], [[0.9, 0.1], [0.1, 0.9]]).round(6))
    -0.118833
    """
    rows = np.atleast_2d(pmf("posteriors", posteriors))
    with_input = np.mean([mmse(snr, values, row) for row in rows], axis=0)
    return -0.5 * (mmse(snr, values, rows.mean(axis=0)) - with_input)
