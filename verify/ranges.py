"""Ranges: the values a parameter may take, how they are drawn, and what readers are told."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

WIDE = 16  # ratio of the ends above which a range is sampled evenly in its logarithm


class Range(Protocol):
    """The values a parameter may take."""

    def strategy(self) -> Any:
        """Return the Hypothesis strategy that draws and shrinks a value."""

    def sample(self, uniform: NDArray[np.float64]) -> NDArray[Any]:
        """Return one value per uniform number in [0, 1)."""

    def simpler(self, value: Any) -> Iterator[Any]:
        """Yield simpler values, the simplest first."""

    def contains(self, value: Any) -> bool:
        """Return whether `value` is in the range."""

    def within(self, other: Any) -> bool:
        """Return whether `other` is a range of the same kind that has all values of this one."""


@dataclass(frozen=True)
class Integers:
    """The integers from `low` to `high`, both included; sampled log-uniformly if that is wide."""

    low: int
    high: int

    def __post_init__(self) -> None:
        _require_ends(self, self.low, self.high, is_whole, "whole numbers")

    def __str__(self) -> str:
        return f"a whole number in [{self.low}, {self.high}]"

    def strategy(self) -> Any:
        from hypothesis import strategies

        return strategies.integers(self.low, self.high)

    def sample(self, uniform: NDArray[np.float64]) -> NDArray[Any]:
        span = self.high - self.low + 1
        if 0 < WIDE * self.low <= self.high:
            drawn = (self.low * ((self.high + 1) / self.low) ** uniform).astype(np.int64)
            return np.clip(drawn, self.low, self.high)
        if span < 2**52:
            return self.low + (uniform * span).astype(np.int64)
        # In whole numbers: a product of doubles would lose the last digits.
        return np.array([self.low + int(u * 2**53) * span // 2**53 for u in uniform.ravel()])

    def simpler(self, value: int) -> Iterator[int]:
        distance = value - self.low
        if distance > 0:
            yield self.low
        while distance > 1:
            distance //= 2
            yield value - distance

    def contains(self, value: Any) -> bool:
        return is_whole(value) and bool(self.low <= value <= self.high)

    def within(self, other: Any) -> bool:
        return isinstance(other, Integers) and other.low <= self.low <= self.high <= other.high


@dataclass(frozen=True)
class Reals:
    """The real numbers from `low` to `high`, sampled log-uniformly where that is wide.

    The `special` ones are visited more often.
    """

    low: float
    high: float
    special: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _require_ends(self, self.low, self.high, _is_finite, "finite numbers")
        for value in self.special:
            if not self.contains(value):
                raise ValueError(f"a special value must be {self}, got {value!r}")

    def __str__(self) -> str:
        return f"a number in [{self.low:.12g}, {self.high:.12g}]"

    def strategy(self) -> Any:
        from hypothesis import strategies

        interval = strategies.floats(self.low, self.high, allow_subnormal=False)
        return strategies.sampled_from(self.special) | interval if self.special else interval

    def sample(self, uniform: NDArray[np.float64]) -> NDArray[Any]:
        share = 0.125 if self.special else 0.0
        place = np.maximum(uniform - share, 0) / (1 - share)
        if 0 < WIDE * self.low <= self.high:
            values = self.low * (self.high / self.low) ** place
        else:
            values = self.low + (self.high - self.low) * place
        if self.special:
            index = (uniform / share * len(self.special)).astype(np.int64)
            chosen = np.array(self.special)[np.minimum(index, len(self.special) - 1)]
            values = np.where(uniform < share, chosen, values)
        return np.clip(values, self.low, self.high)

    def simpler(self, value: float) -> Iterator[float]:
        candidates = [0.0, 1.0, self.low, *self.special]
        candidates += [float(np.round(value, digits)) for digits in (0, 1, 2, 3)]
        seen = {value}
        for candidate in candidates:
            simple = len(repr(candidate)) <= len(repr(value))
            if simple and candidate not in seen and self.contains(candidate):
                seen.add(candidate)
                yield candidate

    def contains(self, value: Any) -> bool:
        return _is_finite(value) and bool(self.low <= value <= self.high)

    def within(self, other: Any) -> bool:
        return isinstance(other, Reals) and other.low <= self.low <= self.high <= other.high


@dataclass(frozen=True)
class Choice:
    """One of the named `options`, the simplest first."""

    options: tuple[str, ...]

    def __post_init__(self) -> None:
        given = self.options
        if not isinstance(given, (tuple, list)) or not all(isinstance(item, str) for item in given):
            raise TypeError(f"options of a Choice must be a tuple of names, got {given!r}")
        if not given:
            raise ValueError("options of a Choice must be at least one name, got none")

    def __str__(self) -> str:
        return f"one of {', '.join(map(repr, self.options))}"

    def strategy(self) -> Any:
        from hypothesis import strategies

        return strategies.sampled_from(self.options)

    def sample(self, uniform: NDArray[np.float64]) -> NDArray[Any]:
        return np.array(self.options)[(uniform * len(self.options)).astype(np.int64)]

    def simpler(self, value: str) -> Iterator[str]:
        if value in self.options:
            yield from self.options[: self.options.index(value)]

    def contains(self, value: Any) -> bool:
        return isinstance(value, str)  # a case may name a pattern that no search draws

    def within(self, other: Any) -> bool:
        return isinstance(other, Choice) and set(self.options) <= set(other.options)


def is_range(given: Any) -> bool:
    """Return whether an object can be the range of a parameter: it draws, and it tells."""
    return not isinstance(given, type) and all(
        callable(getattr(given, name, None))
        for name in ("strategy", "sample", "simpler", "contains", "within")
    )


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number, which True and False are not."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _is_finite(value: Any) -> bool:
    real = is_whole(value) or isinstance(value, (float, np.floating))
    return real and math.isfinite(value)


def require(name: str, given: Any, fits: bool, expected: str) -> None:
    """Raise TypeError that names an argument, what it must be and what it was, unless it fits."""
    if not fits:
        raise TypeError(f"{name} must be {expected}, got {given!r}")


def _require_ends(
    given: Range, low: Any, high: Any, is_kind: Callable[[Any], bool], kind: str
) -> None:
    """Raise TypeError or ValueError where `low` and `high` are no ends of a range."""
    name = type(given).__name__
    for end, value in (("low", low), ("high", high)):
        if not is_kind(value):
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            error = ValueError if number else TypeError
            raise error(f"the ends of {name} must be {kind}, got {end}={value!r}")
    if low > high:
        raise ValueError(f"low of {name} must not exceed high, got low={low!r}, high={high!r}")


SEED = Integers(0, 2**63 - 1)
