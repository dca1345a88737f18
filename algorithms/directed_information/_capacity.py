"""Channel capacity by alternating maximisation, enclosed from both sides at every step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from corollary.algorithms.directed_information import _checks as checks

Array = npt.NDArray[np.float64]

_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Capacity:
    """An enclosed capacity: ``lower <= capacity <= upper``, up to the stated rounding.

    Attributes
    ----------
    lower, upper : float
        In `unit`, with the rounding error of the computation already taken off and added.
    lowers, uppers : float64 arrays (iterations,)
        The enclosure after every step: the first never falls, the second never rises.
    inputs : list of float64 arrays
        The input law that attains `lower`: for a channel one pmf ``(kx,)``, for a feedback
        capacity entry i is r(x_{i+1} | x^i, y^i), of shape ``(kx**i, ky**i, kx)``.
    converged : bool
        Whether ``upper - lower`` came below the asked-for tolerance.
    unit : str
        ``"bit"``, ``"nat"`` or ``"hartley"``.
    """

    lower: float
    upper: float
    lowers: Array
    uppers: Array
    inputs: list[Array]
    converged: bool
    unit: str

    @property
    def gap(self) -> float:
        """Width of the enclosure."""
        return self.upper - self.lower

    @property
    def iterations(self) -> int:
        """Number of steps taken."""
        return len(self.lowers)


def blahut_arimoto(
    channel: Any, *, tolerance: float = 1e-9, max_iterations: int = 100_000, base: float = 2
) -> Capacity:
    """Return the capacity of a memoryless channel, between a lower and an upper bound.

    Parameters
    ----------
    channel : array_like (kx, ky)
        Row x is the pmf of the output given the input x.
    tolerance : float
        Wanted width of the enclosure, in the unit of `base`; at least 1e-12.
    max_iterations : int
        After so many steps the enclosure is returned as it is, with ``converged`` false.
    base : {2, e, 10}
        Base of the logarithm.

    Notes
    -----
    Lower bound: the mutual information of the current input. Upper bound: the largest
    divergence of a row from the current output pmf, which bounds the capacity for any pmf.

    Example
    -------
    >>> capacity = blahut_arimoto([[1.0, 0.0], [0.5, 0.5]])
    >>> bool(capacity.lower <= np.log2(1.25) <= capacity.upper)
    True
    >>> capacity.inputs[0].round(6)
    array([0.6, 0.4])
    """
    rows = checks.probabilities("channel", channel, axes=1)
    if rows.ndim != 2:
        raise ValueError(f"channel has shape {rows.shape}; it must be (inputs, outputs)")
    scale, unit = checks.base_of(base)
    step_count, width = iteration_limits(tolerance, max_iterations)
    negative_entropies = (rows * np.log2(np.where(rows > 0, rows, 1.0))).sum(axis=1)
    used = (rows > 0).any(axis=0)
    pmf = np.full(rows.shape[0], 1.0 / rows.shape[0])
    best = pmf
    lowers: list[float] = []
    uppers: list[float] = []
    for _ in range(step_count):
        # The floor keeps the upper bound finite where an input has died out; it stays a bound.
        logs = np.log2(np.maximum(pmf @ rows, _TINY))
        pad = 2.0**-52 * (sum(rows.shape) + 8) * (1.0 + float(np.abs(logs[used]).max()))
        divergences = negative_entropies - rows @ logs
        value = float(pmf @ divergences)
        if not lowers or value - pad > lowers[-1]:
            best = pmf
        enclose(lowers, uppers, value - pad, float(divergences.max()) + pad)
        if scale * (uppers[-1] - lowers[-1]) <= width:
            break
        pmf = pmf * np.exp2(divergences - divergences.max())
        pmf = pmf / pmf.sum()
    return enclosure(lowers, uppers, [best], scale, unit, width)


def iteration_limits(tolerance: float, max_iterations: int) -> tuple[int, float]:
    """Return the checked step count and width of an iterative enclosure."""
    width = float(tolerance)
    if not 1e-12 <= width < math.inf:
        raise ValueError(f"tolerance is {tolerance!r}; it must be at least 1e-12 and finite")
    return checks.whole("max_iterations", max_iterations, least=1), width


def enclose(lowers: list[float], uppers: list[float], lower: float, upper: float) -> None:
    """Append an enclosure, keeping the best bound of each side."""
    lowers.append(max(lower, lowers[-1]) if lowers else max(lower, 0.0))
    uppers.append(min(upper, uppers[-1]) if uppers else upper)


def enclosure(
    lowers: list[float],
    uppers: list[float],
    inputs: list[Array],
    scale: float,
    unit: str,
    width: float,
) -> Capacity:
    """Return the recorded enclosures as a result in the asked-for unit."""
    low, high = scale * np.array(lowers), scale * np.array(uppers)
    gap = float(high[-1] - low[-1])
    return Capacity(float(low[-1]), float(high[-1]), low, high, inputs, gap <= width, unit)
