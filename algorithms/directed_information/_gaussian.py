"""Directed information of jointly Gaussian sequences: the same table, from log-determinants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_discrete_are, solve_discrete_lyapunov

from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._table import InformationTable

Array = npt.NDArray[np.float64]


def gaussian_table(
    covariance: Any, horizon: int, *, source_size: int = 1, base: float = 2
) -> InformationTable:
    """Return the table of all directed informations of two jointly Gaussian sequences.

    Parameters
    ----------
    covariance : array_like (..., n*dx + n*dy, n*dx + n*dy)
        Positive definite; first all components of X_1, ..., X_n, then all of Y_1, ..., Y_n.
    horizon : int
        Length n of both sequences.
    source_size : int
        Number dx of components of each X_t; the rest, which must divide by n, belongs to Y.
    base : {2, e, 10}
        Base of the logarithm.

    Returns
    -------
    InformationTable
        Its entropies leave out the terms (2 pi e)^k, which cancel in every query, and its
        bounds are infinite.

    Raises
    ------
    ValueError
        If the matrix has the wrong shape, is not symmetric or is not positive definite.

    Example
    -------
    Two scalars with correlation 0.6 share -log2(1 - 0.36)/2 bits:

    >>> table = gaussian_table([[1.0, 0.6], [0.6, 1.0]], horizon=1)
    >>> round(table.directed_information().value, 9)
    0.321928095
    """
    n = checks.whole("horizon", horizon, least=1)
    dx = checks.whole("source_size", source_size, least=1)
    scale, unit = checks.base_of(base)
    matrix = checks.floats("covariance", covariance)
    size = matrix.shape[-1] if matrix.ndim else 0
    if matrix.ndim < 2 or matrix.shape[-2] != size or size <= n * dx or size % n:
        raise ValueError(
            f"covariance has shape {matrix.shape}; with horizon {n} and source_size {dx} it must "
            f"be square with side {n} * ({dx} + dy), dy >= 1"
        )
    _check_covariance("covariance", matrix)
    dy = size // n - dx
    surface = np.zeros((*matrix.shape[:-2], n + 1, n + 1))
    for i in range(n + 1):
        # With Y_{1:i} in front, one factorisation holds the determinants for all prefixes of X.
        kept = np.r_[n * dx : n * dx + i * dy, 0 : n * dx]
        factor = _cholesky(matrix[..., kept[:, None], kept])
        logs = np.log2(np.diagonal(factor, axis1=-2, axis2=-1)).cumsum(axis=-1)
        logs = np.concatenate([np.zeros((*logs.shape[:-1], 1)), logs], axis=-1)
        surface[..., :, i] = logs[..., i * dy :: dx]
    return InformationTable(surface * scale, (math.inf, math.inf), unit)


def autoregression_covariance(coefficients: Any, noise: Any, horizon: int) -> Array:
    """Return the covariance of z_1, ..., z_n for a stationary z_t = A z_{t-1} + e_t.

    Parameters
    ----------
    coefficients : array_like (k, k)
        A, with all eigenvalues inside the unit circle.
    noise : array_like (k, k)
        Covariance of e_t, positive definite.
    horizon : int
        Number n of steps.

    Returns
    -------
    float64 array (k*n, k*n)
        Ordered component by component: all times of the first one, then of the next; so that
        with k = 2 it is what `gaussian_table` takes.
    """
    a, sigma = _autoregression(coefficients, noise)
    n = checks.whole("horizon", horizon, least=1)
    lags = [solve_discrete_lyapunov(a, sigma)]
    for _ in range(n - 1):
        lags.append(a @ lags[-1])  # Cov(z_{t+h}, z_t)
    k = len(a)
    blocks = np.empty((k, n, k, n))
    for s in range(n):
        for t in range(n):
            blocks[:, s, :, t] = lags[s - t] if s >= t else lags[t - s].T
    return blocks.reshape(k * n, k * n)


def gaussian_rate(
    coefficients: Any,
    noise: Any,
    source: Sequence[int],
    target: Sequence[int],
    *,
    arrow: str = "strict",
    base: float = 2,
) -> float:
    """Return the rate per step of directed information in z_t = A z_{t-1} + e_t.

    With the strict arrow it is the transfer entropy, half of Granger's log-ratio of prediction
    variances: the target predicted from its own past, against the past of everything.

    Parameters
    ----------
    coefficients, noise : array_like (k, k)
        As for `autoregression_covariance`.
    source, target : sequences of int
        Components, 0-based; together all of them, none twice.
    arrow : {"strict", "full"}
        ``"full"`` adds what the source of the same step says about the target's noise.
    base : {2, e, 10}
        Base of the logarithm.

    Source
    ------
    Barnett, Barrett, Seth, Physical Review Letters 103 (2009), for the equivalence.

    Example
    -------
    X is white with variance 1, and Y_t = X_{t-1} plus noise of variance 1: half a bit.

    >>> round(gaussian_rate([[0, 0], [1, 0]], [[1, 0], [0, 1]], [0], [1]), 9)
    0.5
    """
    a, sigma = _autoregression(coefficients, noise)
    scale, _ = checks.base_of(base)
    strict = checks.one_of("arrow", arrow, ("strict", "full")) == "strict"
    x, y = (
        [checks.whole(name, k, least=0) for k in part]
        for name, part in (("source", source), ("target", target))
    )
    if sorted([*x, *y]) != list(range(len(a))) or not x or not y:
        raise ValueError(
            f"source is {list(source)!r} and target {list(target)!r}; each must hold a component, "
            f"and together every one of 0..{len(a) - 1} once"
        )
    observed = a[y]
    seen = sigma[np.ix_(y, y)]
    error = solve_discrete_are(a.T, observed.T, sigma, seen, s=sigma[:, y])
    reduced = observed @ error @ observed.T + seen
    full = seen
    if not strict:
        across = sigma[np.ix_(y, x)]
        full = seen - across @ np.linalg.solve(sigma[np.ix_(x, x)], across.T)
    ratio = np.linalg.slogdet(reduced)[1] - np.linalg.slogdet(full)[1]
    return max(0.0, float(0.5 * scale * ratio / math.log(2)))


def _autoregression(coefficients: Any, noise: Any) -> tuple[Array, Array]:
    a, sigma = checks.floats("coefficients", coefficients), checks.floats("noise", noise)
    if a.ndim != 2 or a.shape[0] != a.shape[1] or a.size == 0:
        raise ValueError(f"coefficients has shape {a.shape}; it must be square")
    if sigma.shape != a.shape:
        raise ValueError(f"noise has shape {sigma.shape}; it must be {a.shape}")
    if not np.isfinite(a).all():
        raise ValueError("coefficients holds a number that is not finite")
    radius = float(np.abs(np.linalg.eigvals(a)).max())
    if radius >= 1.0:
        raise ValueError(f"coefficients has spectral radius {radius:.6g}; it must be below 1")
    _check_covariance("noise", sigma)
    _cholesky(sigma, "noise")
    return a, sigma


def _check_covariance(name: str, matrix: Array) -> None:
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} holds a number that is not finite")
    skew = np.abs(matrix - np.swapaxes(matrix, -1, -2)).max()
    if skew > 1e-9 * np.abs(matrix).max():
        raise ValueError(f"{name} differs from its transpose by {skew:.3g}; it must be symmetric")


def _cholesky(matrix: Array, name: str = "covariance") -> Array:
    try:
        return np.asarray(np.linalg.cholesky(matrix))
    except np.linalg.LinAlgError:
        raise ValueError(f"{name} is not positive definite") from None
