"""Directed information of a known finite-state model by sampling, where tables grow too large.

Both predictive laws of a target symbol, with and without the source, come exactly from forward
filters; only the trajectories are sampled, so the estimate has no bias.
"""

# mypy: disable-error-code="untyped-decorator, no-any-return"

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numba
import numpy as np
import numpy.typing as npt

from corollary.algorithms._kernel import kernel
from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._finite_state import FiniteStateModel
from corollary.algorithms.directed_information._table import Interval

Array = npt.NDArray[np.float64]

_BLOCK = 16384  # trajectories whose random numbers are in memory at once


@dataclass(frozen=True)
class Estimate:
    """An estimated information with its sampling error.

    `interval` is the confidence interval ``(low, high)`` at level `confidence`.
    """

    value: float
    standard_error: float
    interval: tuple[float, float]
    confidence: float
    samples: int
    unit: str
    source: Interval
    target: Interval
    arrow: str


def monte_carlo(
    model: FiniteStateModel,
    horizon: int,
    source: Interval | None = None,
    target: Interval | None = None,
    *,
    samples: int = 10_000,
    seed: int = 0,
    arrow: str = "full",
    rao_blackwell: bool = True,
    confidence: float = 0.95,
    base: float = 2,
) -> Estimate:
    """Return an unbiased estimate of I(X_source -> Y_target) for a known model.

    Parameters
    ----------
    model : FiniteStateModel
        The law of both sequences, from its initial state law on.
    horizon : int
        Length of a trajectory.
    source, target : (int, int), optional
        1-based inclusive intervals of X and of Y; all indices if left out.
    samples : int
        Number of independent trajectories, at least 2.
    seed : int
        Same seed, same result, for any number of threads.
    arrow : {"full", "strict"}
        Whether X acts on the Y of the same step.
    rao_blackwell : bool
        Average each term over the target symbol it is about: the same mean, a smaller error, and
        no negative term.
    confidence : float
        Level of the normal interval.
    base : {2, e, 10}
        Base of the logarithm.

    Notes
    -----
    Time O(samples * horizon * S^2 * ky).
    """
    n = checks.whole("horizon", horizon, least=1)
    a, b = checks.interval("source", source, n)
    c, d = checks.interval("target", target, n)
    count = checks.whole("samples", samples, least=2)
    strict = checks.one_of("arrow", arrow, ("full", "strict")) == "strict"
    level = checks.fraction("confidence", confidence, open_ends=True)
    scale, unit = checks.base_of(base)
    generator = np.random.default_rng(checks.whole("seed", seed, least=0))
    limits = np.array([a, b, max(a + strict, c), d])
    values = np.empty(count)
    for start in range(0, count, _BLOCK):
        part = values[start : start + _BLOCK]
        draws = generator.random((len(part), d + 1))
        _sample(model.kernel, model.initial, draws, limits, strict, rao_blackwell, part)
    values *= scale / math.log(2)
    mean, error = float(values.mean()), float(values.std(ddof=1) / math.sqrt(count))
    reach = NormalDist().inv_cdf(0.5 + level / 2) * error
    ends = (mean - reach, mean + reach)
    return Estimate(mean, error, ends, level, count, unit, (a, b), (c, d), arrow)


@kernel
def _predict(belief: Array, rows: Array, out: Array) -> None:
    """Write the pmf of the next target symbol; ``rows[s, y, t]`` is one step, up to a factor."""
    out[:] = 0.0
    for s in range(rows.shape[0]):
        for y in range(rows.shape[1]):
            for t in range(rows.shape[2]):
                out[y] += belief[s] * rows[s, y, t]
    out /= out.sum()


@kernel
def _follow(belief: Array, rows: Array, y: int, scratch: Array) -> None:
    """Move a belief over one step in which the target symbol was y."""
    scratch[:] = 0.0
    for s in range(rows.shape[0]):
        for t in range(rows.shape[2]):
            scratch[t] += belief[s] * rows[s, y, t]
    belief[:] = scratch / scratch.sum()


@kernel
def _draw(weights: Array, uniform: float) -> int:
    """Return an index by its weight; `uniform` is in [0, 1)."""
    left = uniform * weights.sum()
    chosen = 0
    for k in range(weights.size):
        if weights[k] > 0.0:
            chosen = k
            if left < weights[k]:
                break
            left -= weights[k]
    return chosen


@kernel(parallel=True)
def _sample(
    model: Array,
    initial: Array,
    draws: Array,
    limits: npt.NDArray[np.int64],
    strict: bool,
    averaged: bool,
    values: Array,
) -> None:
    """Write the sampled information of each trajectory, in nats."""
    states, _kx, ky, _ = model.shape
    a, b, first, d = limits
    blind = model.sum(axis=1)  # the step with the source symbol unknown
    for k in numba.prange(values.size):
        state = _draw(initial, draws[k, 0])
        ignorant, informed = initial.copy(), initial.copy()
        scratch, p, q = np.empty(states), np.empty(ky), np.empty(ky)
        total = 0.0
        for i in range(1, d + 1):
            cell = _draw(model[state].ravel(), draws[k, i])
            x, y, state = cell // (ky * states), cell // states % ky, cell % states
            seen = model[:, x]
            if i >= first:
                _predict(informed, blind if strict or i > b else seen, p)
                _predict(ignorant, blind, q)
                if averaged:
                    for z in range(ky):
                        if p[z] > 0.0:
                            total += p[z] * math.log(p[z] / q[z])
                else:
                    total += math.log(p[y] / q[y])
            _follow(informed, seen if i <= b else blind, y, scratch)
            _follow(ignorant, seen if i < a else blind, y, scratch)
        values[k] = total
