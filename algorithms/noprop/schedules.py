"""Noise schedules: how much signal the latent holds at time t, from 0 (noise) to 1 (clean).

The signal level is ``alpha_bar``, the variance of the noise is ``1 - alpha_bar``, and their ratio
is the signal-to-noise ratio. Levels increase with time and stay below 1: at exactly 1 the weight
of the loss would be infinite. Everything is computed in float64, and ``1 - alpha_bar`` directly,
never by subtraction. Source: arXiv 2503.24322, section 2 and appendix B.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms.noprop._checks import number, times

Floats = NDArray[np.float64]


@runtime_checkable
class Schedule(Protocol):
    """What every schedule offers; times are in [0, 1], results have the shape of `time`."""

    def alpha_bar(self, time: ArrayLike) -> Any:
        """Return the signal level."""

    def noise_variance(self, time: ArrayLike) -> Any:
        """Return ``1 - alpha_bar``."""

    def log_snr(self, time: ArrayLike) -> Any:
        """Return the logarithm of the signal-to-noise ratio (the paper's ``-gamma``)."""

    def log_snr_slope(self, time: ArrayLike) -> Any:
        """Return the derivative of `log_snr` by time (the paper's ``-gamma'``)."""

    def snr(self, time: ArrayLike) -> Any:
        """Return the signal-to-noise ratio."""

    def snr_slope(self, time: ArrayLike) -> Any:
        """Return the derivative of `snr` by time."""

    def alpha_bars(self, steps: int) -> Floats:
        """Return the ``steps + 1`` levels at times 0, 1/steps, ..., 1."""


class _Derived:
    """What follows from the log of the signal-to-noise ratio and its slope."""

    def log_snr(self, time: ArrayLike) -> Any:
        """Return the logarithm of the signal-to-noise ratio (the paper's ``-gamma``)."""
        raise NotImplementedError

    def log_snr_slope(self, time: ArrayLike) -> Any:
        """Return the derivative of `log_snr` by time (the paper's ``-gamma'``)."""
        raise NotImplementedError

    def alpha_bar(self, time: ArrayLike) -> Any:
        """Return the signal level."""
        return 1 / (1 + np.exp(-self.log_snr(time)))

    def noise_variance(self, time: ArrayLike) -> Any:
        """Return ``1 - alpha_bar``, without its cancellation near 1."""
        return 1 / (1 + np.exp(self.log_snr(time)))

    def snr(self, time: ArrayLike) -> Any:
        """Return the signal-to-noise ratio."""
        return np.exp(self.log_snr(time))

    def snr_slope(self, time: ArrayLike) -> Any:
        """Return the derivative of `snr` by time."""
        return self.log_snr_slope(time) * self.snr(time)

    def alpha_bars(self, steps: int) -> Floats:
        """Return the ``steps + 1`` levels at times 0, 1/steps, ..., 1."""
        count = number("steps", steps, least=1)
        return np.asarray(self.alpha_bar(np.arange(count + 1) / count), np.float64)


@dataclass(frozen=True)
class LinearSchedule(_Derived):
    """The schedule whose log signal-to-noise ratio runs straight from -limit to limit.

    Parameters
    ----------
    limit : float > 0
        The largest log signal-to-noise ratio, reached at time 1.

    Raises
    ------
    ValueError
        If `limit` is not positive and finite, or so large that the level is 1 in float64.

    Examples
    --------
    >>> LinearSchedule(limit=6.0).log_snr([0.0, 0.5, 1.0]).tolist()
    [-6.0, 0.0, 6.0]
    """

    limit: float = 6.0

    def __post_init__(self) -> None:
        if not 0 < self.limit <= 30:
            raise ValueError(f"limit is {self.limit!r}; it must be above 0 and at most 30")

    def log_snr(self, time: ArrayLike) -> Any:
        """Return the logarithm of the signal-to-noise ratio."""
        return self.limit * (2 * times("time", time) - 1)

    def log_snr_slope(self, time: ArrayLike) -> Any:
        """Return its derivative by time: twice the limit, at all times."""
        return np.full_like(times("time", time), 2 * self.limit)


@dataclass(frozen=True)
class CosineSchedule(_Derived):
    """The schedule ``alpha_bar(t) = cos(pi/2 (1 - t + offset)/(1 + offset))**2``, clamped.

    The usual normalisation by the value at the clean end is left out: it would make that level 1.

    Parameters
    ----------
    offset : float >= 0
    least, greatest : floats, 0 <= least < greatest < 1
        The level is clamped between them; ``least = 0`` is allowed.

    Raises
    ------
    ValueError
        If the ends are not in this order, or `greatest` is 1.

    Examples
    --------
    >>> CosineSchedule().alpha_bars(2).round(6).tolist()
    [1e-05, 0.493767, 0.999845]
    """

    offset: float = 0.008
    least: float = 1e-5
    greatest: float = 1 - 1e-4

    def __post_init__(self) -> None:
        if not self.offset >= 0 or not np.isfinite(self.offset):
            raise ValueError(f"offset is {self.offset!r}; it must be finite and not negative")
        if not 0 <= self.least < self.greatest < 1:
            raise ValueError(
                f"least and greatest are {self.least!r} and {self.greatest!r}; "
                "they must satisfy 0 <= least < greatest < 1"
            )

    def _angle(self, time: ArrayLike) -> Any:
        return np.pi / 2 * (1 - times("time", time) + self.offset) / (1 + self.offset)

    def alpha_bar(self, time: ArrayLike) -> Any:
        """Return the signal level."""
        angle = self._angle(time)
        # the rounded cosine of a right angle is 6e-17, where the level is 0
        level = np.where(angle >= np.pi / 2, 0.0, np.cos(angle) ** 2)
        return np.clip(level, self.least, self.greatest)

    def noise_variance(self, time: ArrayLike) -> Any:
        """Return ``1 - alpha_bar``, without its cancellation near 1."""
        return np.clip(np.sin(self._angle(time)) ** 2, 1 - self.greatest, 1 - self.least)

    def log_snr(self, time: ArrayLike) -> Any:
        """Return the logarithm of the signal-to-noise ratio; -inf at level 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.snr(time))

    def snr(self, time: ArrayLike) -> Any:
        """Return the signal-to-noise ratio."""
        return self.alpha_bar(time) / self.noise_variance(time)

    def log_snr_slope(self, time: ArrayLike) -> Any:
        """Return the derivative of `log_snr` by time; 0 where the level is clamped."""
        angle, level = self._angle(time), self.alpha_bar(time)
        inside = (level > self.least) & (level < self.greatest)
        sine = np.where(inside, np.sin(2 * angle), 1.0)
        return np.where(inside, 2 * np.pi / ((1 + self.offset) * sine), 0.0)

    def snr_slope(self, time: ArrayLike) -> Any:
        """Return the derivative of `snr` by time; 0 where the level is clamped."""
        return self.log_snr_slope(time) * self.snr(time)


@dataclass(frozen=True)
class TableSchedule(_Derived):
    """The schedule with given levels at equal distances in time, and straight lines between.

    Parameters
    ----------
    levels : sequence of float, 0 <= first < ... < last < 1
        At least two.

    Raises
    ------
    ValueError
        If the levels do not increase, or one is outside [0, 1).

    Examples
    --------
    >>> TableSchedule((0.0, 0.5, 0.9)).alpha_bar([0.0, 0.25, 1.0]).tolist()
    [0.0, 0.25, 0.9]
    """

    levels: tuple[float, ...]

    def __post_init__(self) -> None:
        checked = checked_alpha_bars("levels", self.levels)
        object.__setattr__(self, "levels", tuple(checked.tolist()))

    def alpha_bar(self, time: ArrayLike) -> Any:
        """Return the signal level."""
        knots = np.linspace(0, 1, len(self.levels))
        return np.interp(times("time", time), knots, self.levels)

    def noise_variance(self, time: ArrayLike) -> Any:
        """Return ``1 - alpha_bar``."""
        return 1 - self.alpha_bar(time)

    def snr(self, time: ArrayLike) -> Any:
        """Return the signal-to-noise ratio."""
        return self.alpha_bar(time) / self.noise_variance(time)

    def log_snr(self, time: ArrayLike) -> Any:
        """Return the logarithm of the signal-to-noise ratio; -inf at level 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.snr(time))

    def log_snr_slope(self, time: ArrayLike) -> Any:
        """Return the derivative of `log_snr` by time, from the right; infinite at level 0."""
        level = self.alpha_bar(time)
        with np.errstate(divide="ignore"):
            return self._slope(time) / (level * (1 - level))

    def snr_slope(self, time: ArrayLike) -> Any:
        """Return the derivative of `snr` by time, from the right."""
        return self._slope(time) / self.noise_variance(time) ** 2

    def _slope(self, time: ArrayLike) -> Any:
        pieces = len(self.levels) - 1
        piece = np.minimum((times("time", time) * pieces).astype(np.intp), pieces - 1)
        return np.diff(self.levels)[piece] * pieces


def checked_alpha_bars(name: str, levels: ArrayLike) -> Floats:
    """Return the levels as a float64 array.

    Raises
    ------
    ValueError
        If there are fewer than two, they do not increase, or one is outside [0, 1).
    """
    found = np.asarray(levels, np.float64)
    if found.ndim != 1 or found.size < 2:
        raise ValueError(f"{name} has shape {found.shape}; it must be a sequence of two or more")
    if not (found[0] >= 0 and found[-1] < 1):
        raise ValueError(
            f"{name} run from {found[0]} to {found[-1]}; they must stay in [0, 1): "
            "at level 1 the signal-to-noise ratio is infinite"
        )
    if not (np.diff(found) > 0).all():
        where = int(np.argmin(np.diff(found)))
        raise ValueError(
            f"{name} must increase, but {found[where]} at {where} is followed by {found[where + 1]}"
        )
    return found


def _softplus(value: Any) -> Any:
    return np.log1p(np.exp(value))


@dataclass(frozen=True, eq=False)
class LearnedSchedule(_Derived):
    """A schedule whose log signal-to-noise ratio is a monotone network with a few parameters.

    ``log_snr(t) = low + (high - low) (f(t) - f(0)) / (f(1) - f(0))`` with ``f(t) = t softplus(s) +
    sum_j softplus(a_j) tanh(softplus(b_j) (t - c_j))``, which increases because all factors are
    positive, with ends ``low = limit tanh(e_0 / 2)`` and ``high = low + (limit - low)
    sigmoid(e_1)``.

    Parameters
    ----------
    parameters : array (3 k + 3,), float64
        The two ends, s, and k of each of a, b, c; `initial` makes them. Complex ones are allowed:
        a complex step gives the exact derivative by a parameter.
    limit : float > 0
        No log signal-to-noise ratio leaves [-limit, limit]: without a bound the optimum of the
        ends is at infinity.

    Examples
    --------
    >>> schedule = LearnedSchedule.initial(limit=6.0, start=5.0)
    >>> schedule.log_snr([0.0, 1.0]).round(12).tolist()
    [-5.0, 5.0]
    """

    parameters: NDArray[Any]
    limit: float = 6.0
    _units: int = field(init=False, repr=False, default=0)

    def __post_init__(self) -> None:
        given = np.asarray(self.parameters)
        if given.ndim != 1 or given.size < 6 or given.size % 3:
            raise ValueError(f"parameters has shape {given.shape}; it must be (3 k + 3,), k >= 1")
        if not np.isfinite(given).all():
            raise ValueError("parameters must be finite")
        if not 0 < self.limit <= 30:
            raise ValueError(f"limit is {self.limit!r}; it must be above 0 and at most 30")
        object.__setattr__(self, "parameters", given)
        object.__setattr__(self, "_units", given.size // 3 - 1)

    @classmethod
    def initial(cls, *, limit: float = 6.0, start: float = 5.0, units: int = 6) -> LearnedSchedule:
        """Return a nearly straight schedule from -start to start, 0 < start < limit."""
        if not 0 < start < limit:
            raise ValueError(f"start is {start!r}; it must be between 0 and limit = {limit}")
        low = np.log((limit - start) / (limit + start))  # logistic: see `_ends`
        rise = (2 * start) / (limit + start)
        ends = [low, np.log(rise / (1 - rise))]
        centres = (np.arange(units) + 0.5) / units
        shape = [0.5413, *np.full(units, -3.0), *np.full(units, 1.0), *centres]
        return cls(np.array([*ends, *shape]), limit)

    def _ends(self) -> tuple[Any, Any]:
        """Return low in (-limit, limit) and high in (low, limit)."""
        first, second = self.parameters[:2]
        low = self.limit * (2 / (1 + np.exp(-first)) - 1)
        return low, low + (self.limit - low) / (1 + np.exp(-second))

    def _raw(self, time: Any) -> Any:
        k = self._units
        linear, (a, b, c) = self.parameters[2], self.parameters[3:].reshape(3, k)
        inner = _softplus(b) * (time[..., None] - c)
        return _softplus(linear) * time + (_softplus(a) * np.tanh(inner)).sum(axis=-1)

    def _raw_slope(self, time: Any) -> Any:
        k = self._units
        linear, (a, b, c) = self.parameters[2], self.parameters[3:].reshape(3, k)
        inner = _softplus(b) * (time[..., None] - c)
        terms = _softplus(a) * _softplus(b) / np.cosh(inner) ** 2
        return _softplus(linear) + terms.sum(axis=-1)

    def log_snr(self, time: ArrayLike) -> Any:
        """Return the logarithm of the signal-to-noise ratio."""
        low, high = self._ends()
        first, last = self._raw(np.array(0.0)), self._raw(np.array(1.0))
        share = (self._raw(times("time", time)) - first) / (last - first)
        return low + (high - low) * share

    def log_snr_slope(self, time: ArrayLike) -> Any:
        """Return the derivative of `log_snr` by time, positive everywhere."""
        low, high = self._ends()
        first, last = self._raw(np.array(0.0)), self._raw(np.array(1.0))
        return (high - low) * self._raw_slope(times("time", time)) / (last - first)
