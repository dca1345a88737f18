"""How labels are noised, and the Gaussian that steps back from more noise to less.

``q(z_t | y) = N(sqrt(alpha_bar_t) u_y, 1 - alpha_bar_t)`` and, for step t from level t - 1 to t,
``q(z_t | z_{t-1}, y) = N(a_t u_y + b_t z_{t-1}, c_t)``. Source: arXiv 2503.24322, equations 2, 5
and 6, with the corrected mean in equation 32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms.noprop.schedules import Floats, checked_alpha_bars


@dataclass(frozen=True, eq=False)
class StepCoefficients:
    """The Gaussian ``N(a u + b z, c)`` of each step, as arrays (T,): entry k leads to level k + 1.

    Attributes
    ----------
    prediction : array (T,)
        a: the weight of the predicted embedding.
    latent : array (T,)
        b: the weight of the present latent.
    variance : array (T,)
        c: the variance of the fresh noise.
    """

    prediction: Floats
    latent: Floats
    variance: Floats


def step_coefficients(alpha_bars: ArrayLike) -> StepCoefficients:
    """Return the coefficients a, b, c of all T steps.

    Parameters
    ----------
    alpha_bars : array (T + 1,)
        Increasing signal levels in [0, 1).

    Raises
    ------
    ValueError
        If the levels do not increase or leave [0, 1).

    Examples
    --------
    >>> step_coefficients([0.0, 0.36]).prediction.tolist()
    [0.6]
    """
    levels = checked_alpha_bars("alpha_bars", alpha_bars)
    before, after = levels[:-1], levels[1:]
    kept = (after - before) / after  # 1 - alpha, the noise that one step of the noising adds
    clean, noisy = 1 - after, 1 - before
    return StepCoefficients(
        prediction=np.sqrt(after) * kept / noisy,
        latent=np.sqrt(before / after) * clean / noisy,
        variance=clean * kept / noisy,
    )


def snr_increments(alpha_bars: ArrayLike) -> Floats:
    """Return the growth of the signal-to-noise ratio in each step, ``a**2 / c``, shape (T,).

    Half of it weighs the squared error of the step in the evidence lower bound.

    Examples
    --------
    >>> snr_increments([0.0, 0.5, 0.75]).tolist()
    [1.0, 2.0]
    """
    levels = checked_alpha_bars("alpha_bars", alpha_bars)
    before, after = levels[:-1], levels[1:]
    return (after - before) / ((1 - after) * (1 - before))


def noise(embedding: ArrayLike, alpha_bar: ArrayLike, normal: ArrayLike) -> NDArray[Any]:
    """Return noised embeddings ``sqrt(alpha_bar) u + sqrt(1 - alpha_bar) normal``.

    Parameters
    ----------
    embedding : array (..., d)
        The embeddings u of the labels.
    alpha_bar : array broadcastable to (...)
        Signal levels in [0, 1], one for each latent.
    normal : array (..., d)
        Standard normal numbers.

    Raises
    ------
    ValueError
        If a level is outside [0, 1].

    Examples
    --------
    >>> noise([[1.0, 0.0]], 0.36, [[0.0, 1.0]]).tolist()
    [[0.6, 0.8]]
    """
    u, fresh = np.asarray(embedding), np.asarray(normal)
    level = np.asarray(alpha_bar, np.float64)
    if not ((level >= 0) & (level <= 1)).all():
        raise ValueError(f"alpha_bar is {alpha_bar!r}; it must be in [0, 1]")
    kind = np.result_type(u, fresh, np.float32)
    signal = np.sqrt(level).astype(kind)[..., None]
    rest = np.sqrt(1 - level).astype(kind)[..., None]
    return np.asarray(signal * u + rest * fresh)


def prior_divergence(embedding: ArrayLike, alpha_bar: float) -> NDArray[Any]:
    """Return ``KL(q(z_0 | y) || N(0, I))`` in nats, for embeddings (..., d): shape (...).

    Parameters
    ----------
    embedding : array (..., d)
    alpha_bar : float in [0, 1)
        The level of the noisiest latent.

    Examples
    --------
    >>> float(prior_divergence([1.0, 0.0], 0.0))
    0.0
    """
    u = np.asarray(embedding)
    if not 0 <= alpha_bar < 1:
        raise ValueError(f"alpha_bar is {alpha_bar!r}; it must be in [0, 1)")
    d = u.shape[-1]
    square = (u * u).sum(axis=-1)
    return np.asarray((alpha_bar * (square - d) - d * np.log1p(-alpha_bar)) / 2)
