"""What inference with ideal blocks computes: laws of its end, step by step, without sampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from corollary.theory.noprop._arguments import (
    Float,
    embedding_matrix,
    matching,
    one_schedule,
    pmf,
    reals,
    signals,
    values_and_weights,
)
from corollary.theory.noprop._decisions import class_shares, decisions
from corollary.theory.noprop._mixtures import class_weights, posterior_mean
from corollary.theory.noprop._steps import Step, ddim_coefficients, flow_rates, step_coefficients

VARIANCES = ("posterior", "optimal")
FLOWS = ("euler", "heun", "ddim")
STARTS = ("noise", "exact")
_RESOLUTION = 0.6  # spacing of the nodes, in standard deviations of the narrowest Gaussian
_REACH = 8.0  # standard deviations of the noise beyond the outermost embedding


def run_density(
    levels: ArrayLike,
    values: ArrayLike,
    probabilities: ArrayLike,
    variance: str = "posterior",
    start: str = "noise",
) -> tuple[Float, Float]:
    r"""Return the law of z_T after the Gaussian inference of an ideal network, on a grid.

    :math:`z_t = a_t E[u|z_{t-1},x] + b_t z_{t-1} + \sqrt{v_t}\,\varepsilon_t`, by repeated
    quadrature.

    Parameters
    ----------
    levels : array (T + 1,)
        Signal levels, strictly increasing inside [0, 1).
    values : array (m,)
        Scalar class embeddings.
    probabilities : array (m,)
        p(k | x).
    variance : {"posterior", "optimal"}
        v_t: the paper's c_t, or c_t + a_t^2 Var[u | z_{t-1}, x].
    start : {"noise", "exact"}
        N(0, 1) as in the paper, or q(z_0 | x), which leaves the error of the steps alone.

    Returns
    -------
    (z, density) : float64 arrays (points,)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above, or a step is too narrow for quadrature.

    Notes
    -----
    arXiv 2503.24322, section 2.3, with the optimal block.

    Examples
    --------
    >>> z, density = run_density([0.0, 0.5], [-1.0, 1.0], [0.5, 0.5])
    >>> float((density.sum() * (z[1] - z[0])).round(9))
    1.0
    """
    means, spread, mass = _last_step(levels, values, probabilities, variance, start)
    reach = _REACH + np.abs(reals("values", values)).max()
    points = 1 + 2 * int(reach / (_RESOLUTION * np.sqrt(spread.min())))
    z = np.linspace(-reach, reach, points)
    return z, _moved(z, means, spread, mass)


def _moved(z: Float, means: Float, spread: Float, mass: Float) -> Float:
    """Return the density at z of Gaussians around `means` that carry `mass`."""
    kernel = np.exp(-0.5 * (z[:, None] - means) ** 2 / spread) / np.sqrt(2 * np.pi * spread)
    moved: Float = kernel @ mass
    return moved


def _last_step(
    levels: ArrayLike, values: ArrayLike, probabilities: ArrayLike, variance: str, start: str
) -> tuple[Float, Float, Float]:
    """Return nodes of z_{T-1} as the mean and variance of z_T from there, and their mass."""
    known = one_schedule(levels)
    w, p = values_and_weights(values, probabilities)
    if variance not in VARIANCES:
        raise ValueError(f"variance must be one of {VARIANCES}, got {variance!r}")
    if start not in STARTS:
        raise ValueError(f"start must be one of {STARTS}, got {start!r}")
    step = step_coefficients(known)
    reach = _REACH + abs(w).max()
    least = (reach / 3000) ** 2
    if step.variance.min() < least:
        raise ValueError(
            f"signal_levels must leave each step a variance above {least:.1g}, "
            f"got {step.variance.min():.1g}"
        )

    def moments(t: int, z: Float) -> tuple[Float, Float]:
        shares = class_weights(z[:, None], p, w[:, None], known[t])
        estimate = shares @ w
        spread = np.full(z.shape, step.variance[t])
        if variance == "optimal":
            of_u = np.sum(shares * (w - estimate[:, None]) ** 2, axis=-1)
            spread += step.estimate[t] ** 2 * of_u
        return step.estimate[t] * estimate + step.state[t] * z, spread

    def nodes(t: int) -> tuple[Float, Float]:
        before = 1.0 if t == 0 else np.sqrt(step.variance[t - 1])
        jump = step.estimate[t] * np.ptp(w) / np.sqrt(step.variance[t])
        edges, scale = _edges(known[t], w, p)
        return _refined(reach, _RESOLUTION * before, edges, 0.4 * scale / max(jump, 1.0))

    z, weight = nodes(0)
    mass = weight * mixture_density(z, known[0] if start == "exact" else 0.0, w, p)
    for t in range(1, known.size - 1):
        further, weight = nodes(t)
        mass = weight * _moved(further, *moments(t - 1, z), mass)
        z = further
    return (*moments(known.size - 2, z), mass)


def _edges(level: float, values: Float, probabilities: Float) -> tuple[Float, float]:
    """Return where the posterior mean turns from one class to another, and how sharply."""
    first, second = np.triu_indices(values.size, 1)
    apart = values[first] - values[second]
    known = (apart != 0) & (probabilities[first] > 0) & (probabilities[second] > 0) & (level > 0)
    first, second, apart = first[known], second[known], apart[known]
    if not apart.size:
        return np.zeros(0), 1.0
    odds = np.log(probabilities[second] / probabilities[first])
    middles = np.sqrt(level) * (values[first] + values[second]) / 2
    scale = (1 - level) / np.sqrt(level)
    return middles + scale * odds / apart, float(scale / (abs(apart).max() / 2))


def _refined(reach: float, width: float, edges: Float, sharp: float) -> tuple[Float, Float]:
    """Return nodes and weights of the trapezoidal rule in a variable that stretches at edges.

    The spacing is at most `width`, and near an edge b the larger of `sharp` and 0.3 |z - b|.
    """
    inside = edges[abs(edges) < reach]

    def stretched(z: Float) -> Float:
        return z / width + np.sum(np.arcsinh(0.3 * (z[:, None] - inside) / sharp), axis=1) / 0.3

    low, high = stretched(np.array([-reach, reach]))
    places = np.arange(low, high)
    left, right = np.full(places.shape, -reach), np.full(places.shape, reach)
    for _ in range(60):
        z = (left + right) / 2
        beyond = stretched(z) > places
        left, right = np.where(beyond, left, z), np.where(beyond, z, right)
    rate = 1 / width + np.sum(1 / np.hypot(sharp, 0.3 * (z[:, None] - inside)), axis=1)
    return z, 1 / rate


def mixture_density(
    z: ArrayLike, signal: float, values: ArrayLike, probabilities: ArrayLike
) -> Float:
    r"""Return the density of :math:`q(z|x) = \sum_k p_k N(\sqrt{\bar\alpha}W_k, 1-\bar\alpha)`.

    Parameters
    ----------
    z : array
    signal : float in [0, 1)
    values : array (m,)
        Scalar class embeddings.
    probabilities : array (m,)

    Returns
    -------
    float64 array of the shape of `z`

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    arXiv 2503.24322, Lemma 1.

    Examples
    --------
    >>> float(mixture_density(0.0, 0.0, [3.0], [1.0]).round(6))
    0.398942
    """
    w, p = values_and_weights(values, probabilities)
    at, level = reals("z", z), float(signals("signal", signal))
    apart = at[..., None] - np.sqrt(level) * w
    scale = np.sqrt(2 * np.pi * (1 - level))
    return np.sum(p * np.exp(-0.5 * apart**2 / (1 - level)), axis=-1) / scale


def run_class_probabilities(
    levels: ArrayLike,
    values: ArrayLike,
    probabilities: ArrayLike,
    variance: str = "posterior",
    start: str = "noise",
) -> Float:
    """Return with what probability one Gaussian run ends nearest to each class embedding.

    Parameters
    ----------
    levels, values, probabilities, variance, start
        As for `run_density`; the values must differ.

    Returns
    -------
    float64 array (m,)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as for `run_density`.

    Notes
    -----
    arXiv 2503.24322, section 2.3, with the optimal block; p(k|x) in the limit of many blocks.

    Examples
    --------
    >>> from corollary.theory.noprop import log_linear_signal
    >>> levels = log_linear_signal([0.0, 0.25, 0.5, 0.75, 1.0])
    >>> probabilities = run_class_probabilities(levels, [1.0, -1.0], [0.7, 0.3], start="exact")
    >>> probabilities.round(3).tolist()
    [0.778, 0.222]
    """
    means, spread, mass = _last_step(levels, values, probabilities, variance, start)
    order, middles = decisions(reals("values", values))
    below = ndtr((middles[:, None] - means) / np.sqrt(spread)) @ mass
    return class_shares(below, order)


def flow_class_probabilities(
    levels: ArrayLike,
    values: ArrayLike,
    probabilities: ArrayLike,
    method: str = "heun",
    start: str = "noise",
) -> Float:
    """Return with what probability a noise-free run ends nearest to each embedding.

    The flow keeps the order of its starting points, so that it is enough to find where the
    decision changes.

    Parameters
    ----------
    levels : array (T + 1,)
        Signal levels; steps are taken in the log signal-to-noise ratio, so the first is above 0
        (for "ddim" it may be 0).
    values : array (m,)
        Scalar class embeddings.
    probabilities : array (m,)
        p(k | x).
    method : {"euler", "heun", "ddim"}
    start : {"noise", "exact"}
        N(0, 1) as in the paper, or q(z_0 | x), which leaves the error of the steps alone.

    Returns
    -------
    float64 array (m,)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived; see `flow_rates` and `ddim_coefficients`.

    Examples
    --------
    >>> from corollary.theory.noprop import log_linear_signal
    >>> levels = log_linear_signal([k / 16 for k in range(17)])
    >>> probabilities = flow_class_probabilities(levels, [1.0, -1.0], [0.7, 0.3], start="exact")
    >>> probabilities.round(4).tolist()
    [0.7006, 0.2994]
    """
    w, p = values_and_weights(values, probabilities)
    known = one_schedule(levels)
    if start not in STARTS:
        raise ValueError(f"start must be one of {STARTS}, got {start!r}")
    order, middles = decisions(w)
    low, high = np.full(middles.shape, -9.0), np.full(middles.shape, 9.0)
    for _ in range(7):  # each round cuts the interval into 64
        points = np.linspace(low, high, 65, axis=-1)
        ends = flow_end(points, known, w, p, method)
        first = np.minimum(np.sum(ends <= middles[:, None], axis=-1), 64)
        rows = np.arange(low.size)
        low, high = points[rows, np.maximum(first - 1, 0)], points[rows, first]
    level = known[0] if start == "exact" else 0.0
    apart = (low + high)[:, None] / 2 - np.sqrt(level) * w
    return class_shares(ndtr(apart / np.sqrt(1 - level)) @ p, order)


def flow_end(
    start: ArrayLike, levels: ArrayLike, values: ArrayLike, probabilities: ArrayLike, method: str
) -> Float:
    """Return where the noise-free inference of an ideal network takes each starting point.

    Parameters
    ----------
    start : array
        z_0.
    levels, values, probabilities, method
        As for `flow_class_probabilities`.

    Returns
    -------
    float64 array of the shape of `start`

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived; see `flow_rates` and `ddim_coefficients`.

    Examples
    --------
    >>> float(flow_end(0.0, [0.1, 0.5], [1.0, -1.0], [0.5, 0.5], "ddim"))
    0.0
    """
    z, known = reals("start", start), one_schedule(levels)
    w, p = values_and_weights(values, probabilities)
    if method not in FLOWS:
        raise ValueError(f"method must be one of {FLOWS}, got {method!r}")
    if method != "ddim" and not known[0] > 0:
        raise ValueError(f"signal_levels must begin above 0 for {method!r}, got {known[0]!s}")

    def estimate(at: Float, level: Float) -> Float:
        return posterior_mean(at[..., None], p, w[:, None], level)[..., 0]

    if method == "ddim":
        step = ddim_coefficients(known)
        for t in range(step.state.size):
            z = step.estimate[t] * estimate(z, known[t]) + step.state[t] * z
        return z
    logarithms = np.log(known / (1 - known))

    def slope(at: Float, level: Float) -> Float:
        of_estimate, of_state = flow_rates(level)
        return of_estimate * estimate(at, level) + of_state * at

    for t, length in enumerate(np.diff(logarithms)):
        first = slope(z, known[t])
        if method == "heun":
            first = (first + slope(z + length * first, known[t + 1])) / 2
        z = z + length * first
    return z


def noise_free_end(
    start: ArrayLike,
    probabilities: ArrayLike,
    embeddings: ArrayLike,
    levels: ArrayLike,
    step: Step | None = None,
) -> Float:
    """Return where ideal blocks take `start` when no noise is added.

    From the zero vector and with one-hot embeddings the largest coordinate of the end is the
    most probable class, whatever the schedule.

    Parameters
    ----------
    start : array (..., d)
        z_0.
    probabilities : array (..., m)
        p(k | x).
    embeddings : array (m, d)
    levels : array (T + 1,)
    step : Step of arrays (T,), optional
        The update's coefficients; by default those of `step_coefficients`.

    Returns
    -------
    float64 array (..., d)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived for the inference of arXiv 2503.24322, section 2.3.

    Examples
    --------
    >>> import numpy as np
    >>> end = noise_free_end([0.0, 0.0], [0.4, 0.6], np.eye(2), [0.0, 0.5, 0.9])
    >>> int(end.argmax())
    1
    """
    z, known = reals("start", start), one_schedule(levels)
    rows, p = embedding_matrix(embeddings), pmf("probabilities", probabilities)
    taken = step_coefficients(known) if step is None else step
    matching("the blocks of signal_levels", known[1:], "step", np.atleast_1d(taken.state))
    for t in range(known.size - 1):
        z = taken.estimate[t] * posterior_mean(z, p, rows, known[t]) + taken.state[t] * z
    return z
