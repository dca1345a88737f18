"""One step towards the label: posterior coefficients, their continuous limits, and their cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.noprop._arguments import (
    Float,
    matching,
    positive,
    reals,
    signal_levels,
    signals,
    whole,
)
from corollary.theory.noprop._schedules import signal_to_noise


class Step(NamedTuple):
    """The law of z_t given z_{t-1} and the label u: N(estimate u + state z_{t-1}, variance)."""

    estimate: Float
    state: Float
    variance: Float


def step_coefficients(levels: ArrayLike) -> Step:
    r"""Return the coefficients a_t, b_t, c_t of :math:`q(z_t | z_{t-1}, y)` for every block.

    :math:`a_t = \sqrt{\bar\alpha_t}(1-\alpha_{t-1})/(1-\bar\alpha_{t-1})`,
    :math:`b_t = \sqrt{\alpha_{t-1}}(1-\bar\alpha_t)/(1-\bar\alpha_{t-1})`,
    :math:`c_t = (1-\bar\alpha_t)(1-\alpha_{t-1})/(1-\bar\alpha_{t-1})`, with
    :math:`\alpha_{t-1} = \bar\alpha_{t-1}/\bar\alpha_t`.

    Parameters
    ----------
    levels : array (..., T + 1)
        Signal levels, strictly increasing inside [0, 1).

    Returns
    -------
    Step of float64 arrays (..., T)

    Raises
    ------
    TypeError, ValueError
        If the levels do not increase strictly, or leave [0, 1).

    Notes
    -----
    arXiv 2503.24322, section 2.3 and Lemma 1.

    Examples
    --------
    >>> step = step_coefficients([0.0, 0.5])  # the first block sees pure noise
    >>> step.estimate.round(6).tolist(), step.state.tolist(), step.variance.tolist()
    ([0.707107], [0.0], [0.5])
    """
    known = signal_levels(levels)
    before, after = known[..., :-1], known[..., 1:]
    kept = before / after
    lost = (after - before) / after  # 1 - kept, without its cancellation
    return Step(
        np.sqrt(after) * lost / (1 - before),
        np.sqrt(kept) * (1 - after) / (1 - before),
        (1 - after) * lost / (1 - before),
    )


def snr_weights(levels: ArrayLike) -> Float:
    """Return the differences of the signal-to-noise ratio, which weigh the squared errors.

    Parameters
    ----------
    levels : array (..., T + 1)
        Signal levels, strictly increasing inside [0, 1).

    Returns
    -------
    float64 array (..., T), all positive

    Raises
    ------
    TypeError, ValueError
        If the levels do not increase strictly, or leave [0, 1).

    Notes
    -----
    arXiv 2503.24322, eq. 8: they equal a_t^2 / c_t of `step_coefficients`.

    Examples
    --------
    >>> snr_weights([0.0, 0.5, 0.75]).tolist()
    [1.0, 2.0]
    """
    known = signal_levels(levels)
    before, after = known[..., :-1], known[..., 1:]
    return (after - before) / ((1 - after) * (1 - before))


def step_divergence(
    levels: ArrayLike,
    squared_error: ArrayLike,
    variance: ArrayLike | None = None,
    dimension: int = 1,
) -> Float:
    r"""Return the KL divergence of a block's step from the posterior's, in nats.

    With the same variance c it is :math:`\frac12 (s_t - s_{t-1}) \|\hat u - u\|^2`; with another
    variance v, :math:`\frac d2(\ln\frac vc + \frac cv - 1) + \frac{a^2}{2v}\|\hat u - u\|^2`.

    Parameters
    ----------
    levels : array (..., T + 1)
        Signal levels.
    squared_error : array broadcastable to (..., T)
        Squared distances of the estimate from the label's embedding.
    variance : array broadcastable to (..., T), positive; optional
        The variance v of the block's step; the posterior's own when None.
    dimension : int
        d, which counts only when the variances differ.

    Returns
    -------
    float64 array (..., T), in nats

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    arXiv 2503.24322, eq. 8, and derived for unequal variances.

    Examples
    --------
    >>> step_divergence([0.0, 0.5, 0.75], [2.0, 2.0]).tolist()
    [1.0, 2.0]
    """
    error = reals("squared_error", squared_error, at_least=0.0)
    if variance is None:
        return 0.5 * snr_weights(levels) * error
    own = step_coefficients(levels)
    v = positive("variance", variance)
    shape = 0.5 * whole("dimension", dimension) * (np.log(v / own.variance) + own.variance / v - 1)
    return shape + own.estimate**2 * error / (2 * v)


def optimal_step_variance(levels: ArrayLike, squared_error: ArrayLike, dimension: int = 1) -> Float:
    r"""Return the best variance of a block's step: :math:`c_t + a_t^2 e_t / d`.

    Parameters
    ----------
    levels : array (..., T + 1)
        Signal levels.
    squared_error : array broadcastable to (..., T)
        Expected squared error e_t of the block's estimate.
    dimension : int
        d.

    Returns
    -------
    float64 array (..., T)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived: it lowers the cost of a step from half the weighted error x to (d/2) ln(1 + x/d).

    Examples
    --------
    >>> optimal_step_variance([0.0, 0.5], [1.0]).round(6).tolist()
    [1.0]
    """
    error = reals("squared_error", squared_error, at_least=0.0)
    own = step_coefficients(levels)
    return own.variance + own.estimate**2 * error / whole("dimension", dimension)


def prior_divergence(embedding: ArrayLike, first_signal: ArrayLike) -> Float:
    r"""Return how far the noisy end is from the prior: :math:`KL(q(z_0|y) \| N(0, I))`.

    It is :math:`\frac12[\bar\alpha_0(\|u\|^2-d)-d\ln(1-\bar\alpha_0)]`.

    Parameters
    ----------
    embedding : array (..., d)
        u, the embedding of the label.
    first_signal : array broadcastable to (...), in [0, 1)
        The signal level of the noisy end.

    Returns
    -------
    float64 array (...), in nats

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    The term of arXiv 2503.24322, eq. 8, for which the paper gives no closed form.

    Examples
    --------
    >>> float(prior_divergence([1.0, 0.0], 0.5).round(6))
    0.443147
    """
    u, level = reals("embedding", embedding), signals("first_signal", first_signal)
    if u.ndim == 0:
        raise ValueError("embedding must have a last axis of coordinates, got a number")
    d = u.shape[-1]
    total: Float = 0.5 * (level * (np.sum(u**2, axis=-1) - d) - d * np.log1p(-level))
    return total


def discrete_objective(
    cross_entropy: ArrayLike,
    squared_errors: ArrayLike,
    embedding: ArrayLike,
    levels: ArrayLike,
    eta: float = 1.0,
) -> Float:
    r"""Return the loss of NoProp-DT; with `eta` 1 it is minus the ELBO.

    :math:`CE + KL(q(z_0|y)\|p(z_0)) + \frac\eta2 \sum_t (s_t - s_{t-1}) e_t`, where the paper
    writes the sum as T times the mean over a random block.

    Parameters
    ----------
    cross_entropy : array (...)
        Expected cross-entropy of the output head, in nats.
    squared_errors : array (..., T)
        Expected squared error of each block.
    embedding : array (..., d)
        Embedding of the label.
    levels : array (..., T + 1)
        Signal levels.
    eta : float, positive
        Below 1 the loss bounds nothing.

    Returns
    -------
    float64 array (...), in nats

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    arXiv 2503.24322, eq. 8.

    Examples
    --------
    >>> float(discrete_objective(0.5, [2.0, 1.0], [1.0], [0.0, 0.5, 0.75]))
    2.5
    """
    errors = reals("squared_errors", squared_errors, at_least=0.0)
    weights = snr_weights(levels)
    matching("the blocks of signal_levels", weights, "squared_errors", np.atleast_1d(errors))
    entropy = reals("cross_entropy", cross_entropy, at_least=0.0)
    factor = float(positive("eta", eta))
    prior = prior_divergence(embedding, signal_levels(levels)[..., 0])
    return entropy + prior + factor / 2 * np.sum(weights * errors, axis=-1)


def ddim_coefficients(levels: ArrayLike) -> Step:
    r"""Return the coefficients of the noise-free DDIM step, with variance 0.

    :math:`z_t = \sqrt{\bar\alpha_t}\hat u + \sqrt{\frac{1-\bar\alpha_t}{1-\bar\alpha_{t-1}}}
    (z_{t-1} - \sqrt{\bar\alpha_{t-1}}\hat u)`.

    Parameters
    ----------
    levels : array (..., T + 1)
        Signal levels, strictly increasing inside [0, 1).

    Returns
    -------
    Step of float64 arrays (..., T)

    Raises
    ------
    TypeError, ValueError
        If the levels do not increase strictly, or leave [0, 1).

    Notes
    -----
    Derived; arXiv 2503.24322 gives no formula for inference in continuous time.

    Examples
    --------
    >>> step = ddim_coefficients([0.0, 0.75])
    >>> step.estimate.round(6).tolist(), step.state.tolist()
    ([0.866025], [0.5])
    """
    known = signal_levels(levels)
    before, after = known[..., :-1], known[..., 1:]
    state = np.sqrt((1 - after) / (1 - before))
    return Step(np.sqrt(after) - state * np.sqrt(before), state, np.zeros_like(state))


def flow_rates(signal: ArrayLike) -> tuple[Float, Float]:
    r"""Return the coefficients of the probability-flow ODE per unit of log signal-to-noise ratio.

    :math:`dz = \frac12(\sqrt{\bar\alpha}\,\hat u - \bar\alpha z)\,d\lambda`, with
    :math:`\lambda = \ln(\bar\alpha/(1-\bar\alpha)) = -\gamma`.

    Parameters
    ----------
    signal : array of float in [0, 1)
        Signal levels.

    Returns
    -------
    (estimate, state) : float64 arrays of the shape of `signal`

    Raises
    ------
    TypeError, ValueError
        If a level is below 0 or not below 1.

    Notes
    -----
    Derived from arXiv 2503.24322, eq. 9.

    Examples
    --------
    >>> [float(rate) for rate in flow_rates(0.25)]
    [0.25, -0.125]
    """
    level = signals("signal", signal)
    return 0.5 * np.sqrt(level), -0.5 * level


def diffusion_rates(signal: ArrayLike) -> tuple[Float, Float, Float]:
    r"""Return the coefficients of the SDE per unit of log signal-to-noise ratio.

    :math:`dz = (\sqrt{\bar\alpha}\,\hat u - \frac12(1+\bar\alpha) z)\,d\lambda +
    \sqrt{1-\bar\alpha}\,dw_\lambda`: the limit of `step_coefficients` for small steps.

    Parameters
    ----------
    signal : array of float in [0, 1)
        Signal levels.

    Returns
    -------
    (estimate, state, variance) : float64 arrays of the shape of `signal`

    Raises
    ------
    TypeError, ValueError
        If a level is below 0 or not below 1.

    Notes
    -----
    Derived from arXiv 2503.24322, eq. 9. Without its noise the drift is not the flow of
    `flow_rates`.

    Examples
    --------
    >>> [float(rate) for rate in diffusion_rates(0.25)]
    [0.5, -0.625, 0.75]
    """
    level = signals("signal", signal)
    return np.sqrt(level), -0.5 * (1 + level), 1 - level


def riemann_error_bound(lipschitz: ArrayLike, variation: ArrayLike, blocks: int) -> Float:
    r"""Return the largest distance of the DT sum from the CT integral, :math:`LV/(2T)`.

    Parameters
    ----------
    lipschitz : array of float, at least 0
        Lipschitz constant L of the signal-to-noise ratio on [0, 1].
    variation : array of float, at least 0
        Total variation V of the squared error as a function of time.
    blocks : int
        T, equally spaced.

    Returns
    -------
    float64 array

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived, for the limit that arXiv 2503.24322, eq. 9, states.

    Examples
    --------
    >>> float(riemann_error_bound(2.0, 1.0, 10))
    0.1
    """
    slope = reals("lipschitz", lipschitz, at_least=0.0)
    return slope * reals("variation", variation, at_least=0.0) / (2 * whole("blocks", blocks))


def diffusion_term(levels: ArrayLike, squared_errors: ArrayLike) -> Float:
    r"""Return the CT loss's integral :math:`\frac12\int e\,ds` along a schedule.

    It depends on the schedule through its ends alone, as long as the error at a time depends on
    the signal-to-noise ratio s alone.

    Parameters
    ----------
    levels : array (..., n)
        Signal levels at n times, strictly increasing inside [0, 1).
    squared_errors : array (..., n)
        Expected squared errors at the same times.

    Returns
    -------
    float64 array (...), in nats; by the trapezoidal rule in log s where s > 0

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above, or the first level is 0.

    Notes
    -----
    arXiv 2503.24322, eq. 9, with eta = 1; the invariance is derived.

    Examples
    --------
    >>> float(diffusion_term([0.5, 0.50001], [2.0, 2.0]).round(9))
    4.0001e-05
    """
    known = positive("levels", signal_levels(levels))
    errors = reals("squared_errors", squared_errors, at_least=0.0)
    matching("levels", known, "squared_errors", np.atleast_1d(errors))
    ratio = signal_to_noise(known)
    slopes = ratio * errors
    widths = np.diff(np.log(ratio), axis=-1)
    return 0.25 * np.sum(widths * (slopes[..., 1:] + slopes[..., :-1]), axis=-1)
