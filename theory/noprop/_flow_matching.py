"""NoProp-FM with ideal blocks: the best velocity, the floor of its loss, and where it leads."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from corollary.theory.noprop._arguments import (
    Float,
    embedding_matrix,
    positive,
    reals,
    values_and_weights,
    whole,
)
from corollary.theory.noprop._decisions import class_shares, decisions
from corollary.theory.noprop._information import mmse
from corollary.theory.noprop._mixtures import posterior_mean


def flow_matching_signal(time: ArrayLike, spread: float = 0.0) -> Float:
    r"""Return the signal level of a flow-matching state: :math:`t^2/(t^2+(1-t)^2+\sigma^2)`.

    After division by :math:`\sqrt{t^2 + (1-t)^2 + \sigma^2}` the state is a label in noise of
    NoProp-CT at this level.

    Parameters
    ----------
    time : array of float in [0, 1]
        Below 1 if `spread` is 0.
    spread : float, at least 0
        sigma of arXiv 2503.24322, eq. 10.

    Returns
    -------
    float64 array of the shape of `time`

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived from arXiv 2503.24322, eq. 10.

    Examples
    --------
    >>> flow_matching_signal([0.0, 0.5]).tolist()
    [0.0, 0.5]
    """
    t, noise = _time_and_noise(time, spread)
    return t**2 / (t**2 + noise)


def _time_and_noise(time: ArrayLike, spread: float) -> tuple[Float, Float]:
    t = reals("time", time, at_least=0.0, at_most=1.0)
    noise = (1 - t) ** 2 + float(reals("spread", spread, at_least=0.0)) ** 2
    if not (noise > 0).all():
        raise ValueError("time must be below 1 where spread is 0, got 1")
    return t, noise


def flow_matching_estimate(
    state: ArrayLike,
    probabilities: ArrayLike,
    embeddings: ArrayLike,
    time: float,
    spread: float = 0.0,
) -> Float:
    """Return the best estimate of the label's embedding, E[u | z_t, x], under flow matching.

    Parameters
    ----------
    state : array (..., d)
        z_t.
    probabilities : array (..., m)
        p(k | x).
    embeddings : array (m, d)
    time : float in [0, 1], below 1 if `spread` is 0
    spread : float, at least 0
        sigma.

    Returns
    -------
    float64 array (..., d)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived from arXiv 2503.24322, eq. 10: the posterior weights have variance (1-t)^2 + sigma^2.

    Examples
    --------
    >>> flow_matching_estimate([0.0], [0.5, 0.5], [[-1.0], [1.0]], 0.5).tolist()
    [0.0]
    """
    t, noise = _time_and_noise(time, spread)
    z = reals("state", state) / np.sqrt(t**2 + noise)
    return posterior_mean(z, probabilities, embeddings, flow_matching_signal(time, spread))


def flow_matching_velocity(
    state: ArrayLike,
    probabilities: ArrayLike,
    embeddings: ArrayLike,
    time: float,
    spread: float = 0.0,
) -> Float:
    r"""Return the best velocity: :math:`\hat u - \frac{1-t}{(1-t)^2+\sigma^2}(z - t\hat u)`.

    Without spread that is :math:`(\hat u - z)/(1-t)`.

    Parameters
    ----------
    state, probabilities, embeddings, time, spread
        As for `flow_matching_estimate`.

    Returns
    -------
    float64 array (..., d)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as for `flow_matching_estimate`.

    Notes
    -----
    Derived: the minimiser of arXiv 2503.24322, eq. 11.

    Examples
    --------
    >>> flow_matching_velocity([1.0], [0.5, 0.5], [[-1.0], [1.0]], 0.0).tolist()
    [-1.0]
    """
    t, noise = _time_and_noise(time, spread)
    best = flow_matching_estimate(state, probabilities, embeddings, time, spread)
    return best - (1 - t) / noise * (reals("state", state) - t * best)


def flow_matching_floor(values: ArrayLike, probabilities: ArrayLike) -> float:
    r"""Return the least loss of NoProp-FM without spread: :math:`\int_0^\infty mmse(r^2)\,dr`.

    It is not zero: report a loss less this floor.

    Parameters
    ----------
    values : array (m,)
        Scalar class embeddings.
    probabilities : array (m,)

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived: the loss of arXiv 2503.24322, eq. 11, is that of eq. 9 with the further weight
    1/sqrt(SNR).

    Examples
    --------
    >>> round(flow_matching_floor([-1.3, 0.2, 1.1], [0.2, 0.5, 0.3]), 6)
    0.966513
    """
    w, p = values_and_weights(values, probabilities)
    used = np.unique(w[p > 0])
    if used.size == 1:
        return 0.0
    # Beyond, the classes are told apart up to exp(-gap^2 r^2 / 8) < 1e-16.
    reach = 18.0 / np.diff(used).min()
    nodes, shares = np.polynomial.legendre.leggauss(12)
    edges = np.linspace(0.0, reach, 2 + int(reach * np.ptp(used)))[:, None]
    half = np.diff(edges, axis=0) / 2
    r = (edges[:-1] + half * (1 + nodes)).ravel()
    return float(np.sum((half * shares).ravel() * mmse(r**2, w, p)))


def flow_matching_rank_floor(embeddings: ArrayLike) -> int:
    """Return a bound below the loss of NoProp-FM: d less the rank of the embeddings.

    A velocity that is a combination of the embeddings cannot follow the noise outside their span.

    Parameters
    ----------
    embeddings : array (m, d)

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If `embeddings` is no matrix.

    Notes
    -----
    Derived; against arXiv 2503.24322, section 2.3.2.

    Examples
    --------
    >>> import numpy as np
    >>> flow_matching_rank_floor(np.ones((10, 784)))
    783
    """
    rows = embedding_matrix(embeddings)
    return int(rows.shape[1] - np.linalg.matrix_rank(rows))


def flow_matching_end(
    values: ArrayLike,
    probabilities: ArrayLike,
    spread: float,
    start_variance: float,
    steps: int = 24,
) -> tuple[Float, float]:
    r"""Return the class frequencies and the variance at the end of the ideal flow.

    Started from :math:`N(0, 1 + \sigma^2)` the end is :math:`u + \sigma\varepsilon`, of variance
    :math:`Var[u] + \sigma^2`; from the N(0, 1) of the paper it is not, when sigma > 0.

    Parameters
    ----------
    values : array (m,)
        Scalar class embeddings.
    probabilities : array (m,)
    spread : float, positive
        sigma.
    start_variance : float, positive
    steps : int
        Of the classical Runge-Kutta method.

    Returns
    -------
    (frequencies, variance) : float64 array (m,) and float

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived, for arXiv 2503.24322, eq. 10.

    Examples
    --------
    >>> frequencies, variance = flow_matching_end([-1.0, 1.0], [0.5, 0.5], 0.3, 1.09)
    >>> frequencies.round(3).tolist(), round(variance, 3)
    ([0.5, 0.5], 1.089)
    """
    w, p = values_and_weights(values, probabilities)
    sigma = float(positive("spread", spread))
    deviation = float(np.sqrt(positive("start_variance", start_variance)))
    noise = np.linspace(-9.0, 9.0, 601)
    shares = np.exp(-0.5 * noise**2)
    shares /= shares.sum()
    z, length = deviation * noise, 1 / whole("steps", steps)

    def slope(at: Float, time: float) -> Float:
        return flow_matching_velocity(at[:, None], p, w[:, None], min(time, 1.0), sigma)[:, 0]

    for k in range(steps):
        t = k * length
        one = slope(z, t)
        two = slope(z + 0.5 * length * one, t + 0.5 * length)
        three = slope(z + 0.5 * length * two, t + 0.5 * length)
        four = slope(z + length * three, t + length)
        z = z + length / 6 * (one + 2 * two + 2 * three + four)
    order, middles = decisions(w)
    # The flow keeps the order of its starting points, so that classes are intervals of them.
    below = ndtr(np.interp(middles, z, noise))
    mean = np.sum(shares * z)
    return class_shares(below, order), float(np.sum(shares * (z - mean) ** 2))
