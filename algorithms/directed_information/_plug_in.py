"""Directed information rate of two sequences from counts, with bias correction and test."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._resampling import block_bootstrap
from corollary.algorithms.directed_information._sequences import Codes, symbol_pair

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PlugInRate:
    """A rate of directed information from counts.

    Attributes
    ----------
    value : float
        The plug-in estimate minus `bias`, in `unit` per symbol; may be below zero.
    plug_in : float
        The information of the empirical law; never below zero, and too large on average.
    bias : float
        Miller-Madow estimate of that excess.
    statistic, degrees, p_value : float, int, float
        Likelihood-ratio statistic of "no directed information at these memories", its degrees
        of freedom (from the cells that occur) and its chi-square p-value.
    samples : int
        Number of counted positions.
    unit : str
        ``"bit"``, ``"nat"`` or ``"hartley"``.
    terms : float64 array (samples,)
        The local informations, whose mean is `plug_in`.
    """

    value: float
    plug_in: float
    bias: float
    statistic: float
    degrees: int
    p_value: float
    samples: int
    unit: str
    terms: Array = field(repr=False, compare=False)

    def interval(
        self, *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
    ) -> tuple[float, float]:
        """Return a block-bootstrap interval around `value`.

        It assumes a true rate above zero; whether there is one is what `p_value` is about.
        """
        low, high = block_bootstrap(
            self.terms, confidence=confidence, resamples=resamples, seed=seed
        )
        return low - self.bias, high - self.bias


def plug_in_rate(
    x: Any,
    y: Any,
    *,
    source_memory: int = 1,
    target_memory: int = 1,
    arrow: str = "strict",
    sizes: tuple[int, int] | None = None,
    base: float = 2,
) -> PlugInRate:
    """Return the rate from X to Y as a conditional mutual information of finite memory.

    It is I(X_{i-l}, ..., X_{i-1} ; Y_i | Y_{i-k}, ..., Y_{i-1}) of the empirical law, with
    X_i among the sources for the full arrow. For the strict arrow this is the transfer entropy.

    Parameters
    ----------
    x, y : sequences (N,)
        Symbols: integers, strings or other labels.
    source_memory, target_memory : int
        l and k. The rate is right if Y depends on no more of the past.
    arrow : {"strict", "full"}
        Whether X_i counts as a source of Y_i.
    sizes : (int, int), optional
        Declared alphabet sizes; the symbols must then be 0..k-1.
    base : {2, e, 10}
        Base of the logarithm.

    Notes
    -----
    Only cells that occur are stored, so memory grows with N and not with the alphabets.

    Example
    -------
    >>> x = np.random.default_rng(0).integers(2, size=10_000)
    >>> rate = plug_in_rate(x, np.roll(x, 1))
    >>> round(rate.value, 2), rate.p_value
    (1.0, 0.0)
    """
    codes_x, codes_y, _ = symbol_pair(x, y, sizes)
    full = checks.one_of("arrow", arrow, ("strict", "full")) == "full"
    past_x = checks.whole("source_memory", source_memory, least=0 if full else 1)
    past_y = checks.whole("target_memory", target_memory, least=0)
    scale, unit = checks.base_of(base)
    start = max(past_x, past_y)
    count = codes_x.size - start
    if count < 1:
        raise ValueError(
            f"x has length {codes_x.size}; with these memories it must be above {start}"
        )
    z = _cells([codes_y[start - t : codes_y.size - t] for t in range(1, past_y + 1)], count)
    lags = range(0 if full else 1, past_x + 1)
    source = _cells([codes_x[start - t : codes_x.size - t] for t in lags], count)
    target = codes_y[start:]
    xz, yz = _cells([z, source], count), _cells([z, target], count)
    xyz = _cells([xz, target], count)
    counts = [np.bincount(cells) for cells in (xyz, z, xz, yz)]
    local = [np.log2(k)[cells] for k, cells in zip(counts, (xyz, z, xz, yz), strict=True)]
    terms = scale * (local[0] + local[1] - local[2] - local[3])
    value = max(0.0, float(terms.mean()))
    occupied = [len(k) for k in counts]
    excess = occupied[0] + occupied[1] - occupied[2] - occupied[3]
    bias = scale * excess / (2 * count * math.log(2))
    statistic = 2 * count * value / scale * math.log(2)
    degrees = _degrees(z, xz, yz)
    p_value = float(chdtrc(degrees, max(statistic, 0.0))) if degrees else 1.0
    return PlugInRate(value - bias, value, bias, statistic, degrees, p_value, count, unit, terms)


def _cells(columns: list[Codes], count: int) -> Codes:
    """Return for every position the number of its cell, among those that occur."""
    cells = np.zeros(count, dtype=np.int64)
    for column in columns:
        cells = cells * (int(column.max()) + 1) + column
        cells = np.unique(cells, return_inverse=True)[1]
    return cells


def _degrees(z: Codes, xz: Codes, yz: Codes) -> int:
    """Return the sum over contexts of (sources - 1) (targets - 1), counting what occurs."""
    per_context = []
    for cells in (xz, yz):
        first = np.unique(cells, return_index=True)[1]
        per_context.append(np.bincount(z[first]))
    return int(((per_context[0] - 1) * (per_context[1] - 1)).sum())
