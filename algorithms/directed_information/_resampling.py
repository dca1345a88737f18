"""Intervals and tests from resampled data: block bootstrap, permutations, exact redraws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._agency import plasticity
from corollary.algorithms.directed_information._sequences import Codes, symbol_pair

Array = npt.NDArray[np.float64]

_CELLS = 2**22  # of the largest array that a resampling holds at once


@dataclass(frozen=True)
class RandomTest:
    """A test by resampling: `p_value` is the rank of `statistic` among the values in `null`."""

    statistic: float
    p_value: float
    null: Array = field(repr=False, compare=False)


def block_bootstrap(
    terms: Any,
    *,
    block: int | None = None,
    weights: Any = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return a percentile interval for the mean of a stationary series.

    Parameters
    ----------
    terms : array_like (N,)
        The series; its blocks are drawn anew, with replacement, so that dependence shorter
        than a block is kept.
    block : int, optional
        Length of a block; N^(1/3) if left out.
    weights : array_like (N,), optional
        Of each position in the deviation of the mean, when an estimate reacts more to some
        positions than to others.
    confidence : float
        Level of the interval.
    resamples, seed : int
        Number of draws, and where their random numbers start.
    """
    series = checks.floats("terms", terms)
    if series.ndim != 1 or series.size < 2 or not np.isfinite(series).all():
        raise ValueError("terms must be one series of at least two finite numbers")
    length = checks.whole("block", block or max(1, round(series.size ** (1 / 3))), least=1)
    blocks = series.size // length
    if blocks < 2:
        raise ValueError(
            f"block is {length}; the series must hold at least two, it has {series.size}"
        )
    level = checks.fraction("confidence", confidence, open_ends=True)
    draws = checks.whole("resamples", resamples, least=1)
    mean = float(series.mean())
    sums = (series - mean)[: blocks * length].reshape(blocks, length).sum(axis=1)
    sums -= sums.mean()
    load = np.ones(blocks)
    if weights is not None:
        given = checks.floats("weights", weights)
        if given.shape != series.shape:
            raise ValueError(f"weights has shape {given.shape}; it must be {series.shape}")
        load = given[: blocks * length].reshape(blocks, length).mean(axis=1)
    generator = np.random.default_rng(checks.whole("seed", seed, least=0))
    shifts = np.empty(draws)
    rows = max(1, _CELLS // blocks)
    for start in range(0, draws, rows):
        part = shifts[start : start + rows]
        chosen = generator.integers(blocks, size=(len(part), blocks))
        part[:] = sums[chosen] @ load / (blocks * length)
    low, high = np.quantile(shifts, [0.5 - level / 2, 0.5 + level / 2])
    return float(mean + low), float(mean + high)


def permutation_test(
    x: Any,
    y: Any,
    statistic: Callable[[Codes, Codes], float],
    *,
    block: int = 1,
    permutations: int = 999,
    seed: int = 0,
    sizes: tuple[int, int] | None = None,
) -> RandomTest:
    """Return the p-value of a statistic of two sequences against permutations of the source.

    Parameters
    ----------
    x, y : sequences (N,)
        Source and target. The p-value is exact if, given y and without influence, the blocks
        of x are exchangeable: for an independent, identically distributed x with ``block=1``.
    statistic : callable
        ``statistic(x, y)``, large when x acts on y; it gets symbols 0, 1, 2, ...
    block : int
        Length of the pieces of x that stay together, to keep its own memory.
    permutations, seed : int
        Number of permutations, and where their random numbers start.
    sizes : (int, int), optional
        Declared alphabet sizes.

    Example
    -------
    >>> x = np.random.default_rng(0).integers(2, size=500)
    >>> test = permutation_test(x, np.roll(x, 1), lambda u, v: (u[:-1] == v[1:]).mean())
    >>> test.p_value
    0.001
    """
    codes_x, codes_y, _ = symbol_pair(x, y, sizes)
    length = checks.whole("block", block, least=1)
    if codes_x.size < 2 * length:
        raise ValueError(f"block is {length}; x must hold at least two, it has {codes_x.size}")
    count = checks.whole("permutations", permutations, least=1)
    generator = np.random.default_rng(checks.whole("seed", seed, least=0))
    pieces = [codes_x[start : start + length] for start in range(0, codes_x.size, length)]
    observed = float(statistic(codes_x, codes_y))
    null = np.array(
        [
            statistic(
                np.concatenate([pieces[k] for k in generator.permutation(len(pieces))]), codes_y
            )
            for _ in range(count)
        ],
        dtype=np.float64,
    )
    return _ranked(observed, null)


def open_loop_test(
    actions: Any,
    observations: Any,
    *,
    order: str,
    law: Any = (0.5, 0.5),
    actions_size: int | None = None,
    redraws: int = 999,
    seed: int = 0,
) -> RandomTest:
    """Return the exact p-value of "the agent does not react to what it observes".

    Drive the agent, in independent episodes, with observations drawn independently from a known
    law. Without reaction the observations are independent of the actions, so drawing them anew
    changes nothing in law; the statistic is the plasticity of the empirical joint pmf.

    Parameters
    ----------
    actions, observations : integer arrays (episodes, n)
        What happened; observations are 0..kO-1.
    order : {"A", "O"}
        Who moves first within a step.
    law : array_like (kO,)
        Pmf that every observation was drawn from.
    actions_size : int, optional
        Size kA of the action alphabet; the largest action plus one if left out.
    redraws, seed : int
        Number of redraws, and where their random numbers start.

    Notes
    -----
    Under the hypothesis the p-value is at most p with probability at most p, for any number of
    episodes. Against every agent whose action depends on earlier observations, at some history
    that occurs, it tends to its least value as episodes are added, if `law` has no zero.

    Example
    -------
    >>> coins = np.random.default_rng(0).integers(2, size=(100, 3))
    >>> copies = np.roll(coins, 1, axis=1)
    >>> open_loop_test(copies, coins, order="A").p_value
    0.001
    """
    checks.one_of("order", order, ("A", "O"))
    pmf = checks.probabilities("law", law, axes=1)
    acts, seen = _episodes("actions", actions), _episodes("observations", observations)
    if acts.shape != seen.shape:
        raise ValueError(f"actions has shape {acts.shape} and observations {seen.shape}")
    ka = checks.whole("actions_size", actions_size or int(acts.max()) + 1, least=1)
    if acts.max() >= ka or seen.max() >= pmf.size:
        raise ValueError(
            f"actions reach {acts.max()} and observations {seen.max()}; "
            f"they must stay below {ka} and {pmf.size}"
        )
    episodes, n = acts.shape
    shape = (ka**n, pmf.size**n)
    cells = shape[0] * shape[1]
    if cells > _CELLS:
        raise ValueError(f"episodes have {n} steps; the joint would have {cells} cells")
    rows = acts @ ka ** np.arange(n - 1, -1, -1)
    digits = pmf.size ** np.arange(n - 1, -1, -1)
    generator = np.random.default_rng(checks.whole("seed", seed, least=0))
    count = checks.whole("redraws", redraws, least=1)
    null = np.empty(count)
    chunk = max(1, _CELLS // cells)
    edges = pmf.cumsum()[:-1] / pmf.sum()
    for start in range(0, count, chunk):
        part = null[start : start + chunk]
        fresh = np.searchsorted(edges, generator.random((len(part), episodes, n)), side="right")
        part[:] = _empirical_plasticity(rows, fresh @ digits, shape, n, order)
    observed = _empirical_plasticity(rows, (seen @ digits)[None], shape, n, order)
    return _ranked(float(observed[0]), null)


def _episodes(name: str, value: Any) -> Codes:
    array = np.asarray(value)
    if array.dtype.kind not in "iub":
        raise TypeError(f"{name} has dtype {array.dtype}; it must hold integers")
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}; it must be (episodes, steps)")
    if array.min() < 0:
        raise ValueError(f"{name} holds {array.min()}; symbols start at 0")
    return array.astype(np.int64)


def _empirical_plasticity(
    rows: Codes, columns: Codes, shape: tuple[int, int], horizon: int, order: str
) -> Array:
    """Return the plasticity of the counted joints; `columns` has one row per joint."""
    size = shape[0] * shape[1]
    cells = np.arange(len(columns))[:, None] * size + rows * shape[1] + columns
    counts = np.bincount(cells.ravel(), minlength=len(columns) * size)
    joints = counts.reshape(len(columns), *shape) / rows.size
    return np.asarray(plasticity(joints, order=order, horizon=horizon).value)


def _ranked(observed: float, null: Array) -> RandomTest:
    """Return the test; equal values up to rounding count against the observed one."""
    beaten = int((null >= observed - 1e-9 * max(1.0, abs(observed))).sum())
    return RandomTest(observed, (1 + beaten) / (1 + null.size), null)
