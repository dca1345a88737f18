"""Slack: how far a conclusion is from failing, in units of its own derived tolerance.

A claim states its conclusion with `between`, `at_most`, `at_least`, `equal` or `bitwise`. They
compute nothing yet: the search asks for the margins in the precision of the implementation at
hand, or for those of the *tightened* conclusion, which a claim that is tight must lose. One that
fails says in words how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from corollary.verify._extremes import row_extremes
from corollary.verify.precision import Array, Precision

TIGHTENED_BOUND = 0.01
TIGHTENED_IDENTITY = 10.0
SHOWN = 4  # entries of an array that a message shows


@dataclass(frozen=True)
class Slack:
    """A conclusion about `value`, one row per case.

    Attributes
    ----------
    value : ndarray (rows, ...)
        What was computed.
    lower, upper : ndarray or None
        The bounds, broadcastable against `value`; an identity has one array as both.
    ulps : ndarray
        Tolerance in units of roundoff at `scale`; zero demands equal bits.
    scale : ndarray or None
        Size of the quantity the tolerance refers to; the size of the bound when None.
    """

    value: Array
    lower: Array | None
    upper: Array | None
    ulps: Array
    scale: Array | None

    @property
    def is_identity(self) -> bool:
        return self.lower is self.upper

    def margins(self, precision: Precision, tightened: bool = False) -> Array:
        """Return one margin per row: 1 where there is no error, negative where it fails."""
        with np.errstate(all="ignore"):
            if self.is_identity:
                margins = self._identity_margins(precision, tightened)
            else:
                sides = [(self.upper, 1.0), (self.lower, -1.0)]
                margins = np.minimum.reduce(
                    [
                        self._side_margins(bound, sign, precision, tightened)
                        for bound, sign in sides
                        if bound is not None
                    ]
                )
        return np.where(np.isnan(margins), -np.inf, margins)

    def tightness(self) -> Array:
        """Return one ratio per row, of value to nearest bound: 1 where a bound is attained."""
        with np.errstate(all="ignore"):
            ratios = []
            for bound, sign in ((self.upper, 1.0), (self.lower, -1.0)):
                if bound is not None:
                    value = self._worst(bound, sign)
                    small, large = np.minimum(value, bound), np.maximum(value, bound)
                    ratio = np.where(large == small, 1.0, small / large)
                    ratios.append(np.where(small >= 0, ratio, np.nan))
            best = np.fmax.reduce([_per_row(ratio, np.fmax.reduce) for ratio in ratios])
        return np.where(np.isnan(best), 0.0, best)

    def describe(self, precision: Precision) -> str:
        """Return the worst entry and its neighbours beside what they should be.

        A result that is no number, or an infinite one, is said in words: that is what went wrong,
        whatever it is compared with.
        """
        parts = (self.value, self.lower, self.upper, self.ulps, self.scale)
        shape = np.broadcast_shapes(*(np.shape(part) for part in parts if part is not None))
        entries = self._entries(shape)
        margins = entries.margins(precision)
        odd = (margins < 0) & ~np.isfinite(entries.value)
        worst = int(np.argmax(odd)) if odd.any() else int(np.argmin(margins))
        place, bounds = _place(worst, shape), self._bounds(shape)
        if odd[worst]:
            return _not_finite(entries.value[worst], bounds, worst, place)
        shown = [f"value {_window(entries.value, worst)}"]
        shown += [f"{name} {_window(bound, worst)}" for name, bound in bounds.items()]
        return ", ".join([*shown, f"the worst{place}"] if place else shown)

    def _entries(self, shape: tuple[int, ...]) -> Slack:
        """Return the conclusion with each entry as a row of its own."""

        def spread(part: Array | None) -> Any:
            return None if part is None else np.broadcast_to(part, shape).ravel()

        upper = spread(self.upper)
        lower = upper if self.is_identity else spread(self.lower)
        return Slack(spread(self.value), lower, upper, spread(self.ulps), spread(self.scale))

    def _bounds(self, shape: tuple[int, ...]) -> dict[str, Array]:
        """Return the bounds by name, at every entry or as one number."""
        sides = {"lower bound": self.lower, "upper bound": self.upper}
        if self.is_identity:
            sides = {"expected": self.upper}
        return {
            name: bound.ravel() if bound.size == 1 else np.broadcast_to(bound, shape).ravel()
            for name, bound in sides.items()
            if bound is not None
        }

    @cached_property
    def _extremes(self) -> tuple[Array, Array]:
        return row_extremes(self.value)

    def _worst(self, bound: Array, sign: float) -> Array:
        """Return the value, or its extreme per row where the bound is one number per row."""
        same = bound.ndim == 0 or (bound.ndim == 2 and bound.shape[-1] == 1)
        if self.value.ndim == 2 and self.value.shape[-1] > 1 and same:
            return self._extremes[1 if sign > 0 else 0]
        return self.value

    def _tolerance(self, bound: Array, precision: Precision) -> tuple[Array, Array]:
        scale = np.abs(bound) if self.scale is None else self.scale
        # Roundings compound: k of them multiply by at most (1 + u)^k < exp(k u).
        relative = np.expm1(np.minimum(self.ulps * precision.unit, 700.0))
        return scale, np.maximum(relative * scale, self.ulps * precision.tiny)

    def _identity_margins(self, precision: Precision, tightened: bool) -> Array:
        assert self.upper is not None
        scale, tolerance = self._tolerance(self.upper, precision)
        expected = self.upper
        if tightened:
            expected = expected + TIGHTENED_IDENTITY * np.maximum(
                tolerance, _rounding(scale, precision)
            )
        error = np.where(self.value == expected, 0.0, np.abs(self.value - expected))
        exact = np.where(error == 0, 1.0, -error / _rounding(scale, precision))
        return _per_row(np.where(tolerance > 0, 1.0 - error / tolerance, exact), np.min)

    def _side_margins(
        self, bound: Array, sign: float, precision: Precision, tightened: bool
    ) -> Array:
        scale, tolerance = self._tolerance(bound, precision)
        if tightened:
            bound = bound - sign * TIGHTENED_BOUND * np.broadcast_to(scale, bound.shape)
        one_per_row = bound if np.ndim(tolerance) < 2 or tolerance.shape[-1] == 1 else self.value
        room = sign * (bound - self._worst(one_per_row, sign))
        exact = np.where(room >= 0, 1.0, room / _rounding(scale, precision))
        return _per_row(np.where(tolerance > 0, room / tolerance + 1.0, exact), np.min)


def _rounding(scale: Array, precision: Precision) -> Array:
    """Return one rounding at `scale`: the unit of an error where none is allowed."""
    return np.maximum(precision.unit * scale, precision.tiny)


def _per_row(values: Array, reduce: object) -> Array:
    if values.ndim == 1:
        return values
    flat = values.reshape(len(values), -1)
    reduced: Array = reduce(flat, axis=1)  # type: ignore[operator]
    return reduced


def _not_finite(value: float, bounds: Mapping[str, Array], worst: int, place: str) -> str:
    """Return what is wrong with a result that is nan or infinite, and what it should be."""
    text = f"the result is {'nan' if np.isnan(value) else f'infinite ({value:g})'}{place}"
    beside = {name: bound[min(worst, len(bound) - 1)] for name, bound in bounds.items()}
    if any(np.isnan(bound) for bound in beside.values()):
        return f"{text}, and what it is compared with is nan"
    return ", ".join([text, *(f"{name} {bound:.17g}" for name, bound in beside.items())])


def _place(entry: int, shape: tuple[int, ...]) -> str:
    """Return where an entry stands in a case, or nothing where the whole array is shown."""
    shape = shape[1:] if shape[0] == 1 else shape
    if np.prod(shape, dtype=int) <= SHOWN:
        return ""
    index = tuple(int(i) for i in np.unravel_index(entry, shape))
    return f" at index {index[0]} of {shape[0]}" if len(shape) == 1 else f" at {index} of {shape}"


def _window(values: Array, entry: int) -> str:
    """Return up to `SHOWN` numbers, among them the one at `entry`."""
    if len(values) == 1:
        return f"{values[0]:.17g}"
    start = max(0, min(entry - 1, len(values) - SHOWN))
    stop = min(start + SHOWN, len(values))
    shown = [f"{value:.17g}" for value in values[start:stop]]
    return f"[{', '.join(['...'] * (start > 0) + shown + ['...'] * (stop < len(values)))}]"


def _make(
    value: ArrayLike,
    lower: ArrayLike | None,
    upper: ArrayLike | None,
    ulps: ArrayLike,
    scale: ArrayLike | None,
) -> Slack:
    values = np.atleast_1d(_reals(value))
    low = None if lower is None else _reals(lower)
    high = low if upper is lower else (None if upper is None else _reals(upper))
    return Slack(values, low, high, _reals(ulps), None if scale is None else _reals(scale))


def _reals(given: ArrayLike) -> Array:
    """Return numbers as float64; what NumPy would make numbers of without a word is refused."""
    found = np.asarray(given)
    nothing = found.dtype == object and any(item is None for item in found.ravel())
    if nothing or found.dtype.kind == "c":
        kind = "None" if nothing else f"{found.dtype} numbers"
        raise TypeError(f"a conclusion is about real numbers, got {kind}")
    return found.astype(np.float64, copy=False)


def between(
    lower: ArrayLike,
    value: ArrayLike,
    upper: ArrayLike,
    *,
    ulps: ArrayLike,
    scale: ArrayLike | None = None,
) -> Slack:
    """Return the conclusion ``lower <= value <= upper``, up to `ulps` roundings at the bound."""
    return _make(value, lower, np.array(upper), ulps, scale)


def at_most(
    value: ArrayLike, upper: ArrayLike, *, ulps: ArrayLike, scale: ArrayLike | None = None
) -> Slack:
    """Return the conclusion ``value <= upper``, up to `ulps` roundings at the bound."""
    return _make(value, None, upper, ulps, scale)


def at_least(
    value: ArrayLike, lower: ArrayLike, *, ulps: ArrayLike, scale: ArrayLike | None = None
) -> Slack:
    """Return the conclusion ``value >= lower``, up to `ulps` roundings at the bound."""
    return _make(value, lower, None, ulps, scale)


def equal(
    value: ArrayLike, expected: ArrayLike, *, ulps: ArrayLike, scale: ArrayLike | None = None
) -> Slack:
    """Return the conclusion ``value == expected``, up to `ulps` roundings at `expected`."""
    return _make(value, expected, expected, ulps, scale)


def bitwise(value: ArrayLike, expected: ArrayLike) -> Slack:
    """Return the conclusion that `value` and `expected` are the same numbers, exactly."""
    return _make(value, expected, expected, 0.0, None)
