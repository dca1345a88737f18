"""The judge of the law checks: samples, guarded functions, and the simplest counterexample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Function = Callable[..., Any]

# The units of the aggregators that are NumPy functions.
KNOWN_UNITS: dict[Any, Any] = {
    np.maximum: -np.inf,
    np.minimum: np.inf,
    np.add: 0.0,
    np.multiply: 1.0,
    np.logaddexp: -np.inf,
    np.logical_or: False,
    np.logical_and: True,
    np.bitwise_or: 0,
}
_MOST_CASES = 1_000_000


@dataclass(frozen=True)
class LawCheck:
    """The outcome of a check; true if every law held in every case.

    Attributes
    ----------
    holds : bool
    law : str
        The law that failed, or all that were checked.
    counterexample : dict or None
        The elements of the simplest failing case, by name.
    left, right : element or None
        The two sides of the law there.
    cases : int
        How many combinations were tried.
    unchecked : tuple of str
        Laws that could not be checked, since a unit was not given.
    """

    holds: bool
    law: str
    counterexample: dict[str, Any] | None = None
    left: Any = None
    right: Any = None
    cases: int = 0
    unchecked: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether the laws held."""
        return self.holds

    def __str__(self) -> str:
        """Return one line that says what was found."""
        left_out = f"; not checked: {', '.join(self.unchecked)}" if self.unchecked else ""
        if self.counterexample is None:
            return f"{self.law}: no counterexample in {self.cases} cases{left_out}"
        at = ", ".join(f"{name} = {value}" for name, value in self.counterexample.items())
        return f"{self.law} fails at {at}: {self.left} against {self.right}{left_out}"


def default_samples() -> Array:
    """Return numbers in order of simplicity: small integers, halves, then normal deviates.

    Examples
    --------
    >>> default_samples()[:5].tolist()
    [0.0, 1.0, -1.0, 2.0, -2.0]
    """
    small = [0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5]
    rng = np.random.default_rng(2306_15632)
    return np.concatenate([small, rng.normal(size=12), 100 * rng.normal(size=4)])


# A law: its name, the samples of its variables, and the function that returns its two sides and
# the values on the way to them.
Law = tuple[str, dict[str, Array], Callable[..., tuple[Array, ...]]]


def judge(laws: list[Law], tolerance: float | None, unchecked: tuple[str, ...]) -> LawCheck:
    if tolerance is not None and not tolerance >= 0:
        raise ValueError(f"tolerance must be >= 0, got {tolerance!r}")
    total = 0
    for name, variables, sides in laws:
        arrays = list(variables.values())
        count = int(np.prod([len(array) for array in arrays]))
        if count > _MOST_CASES:
            raise ValueError(
                f"{name} has {count} cases; give fewer samples (at most {_MOST_CASES})"
            )
        ranks = np.indices([len(array) for array in arrays]).reshape(len(arrays), -1)
        ranks = ranks[:, np.lexsort((*ranks[::-1], ranks.max(axis=0), ranks.sum(axis=0)))]
        case = [array[rank] for array, rank in zip(arrays, ranks, strict=True)]
        left, right, *between = sides(*case)
        wrong = np.flatnonzero(_differ(left, right, [*case, *between], tolerance))
        total += count
        if wrong.size:
            first = wrong[0]
            at = {key: _plain(value[first]) for key, value in zip(variables, case, strict=True)}
            there = _plain(left[first]), _plain(right[first])
            return LawCheck(False, name, at, *there, total, unchecked)
    return LawCheck(True, ", ".join(name for name, *_ in laws), cases=total, unchecked=unchecked)


def _differ(left: Array, right: Array, others: list[Array], tolerance: float | None) -> Array:
    """Return for each case whether its two sides differ; NaN differs from everything."""
    rows = len(left)
    close = left == right
    if tolerance is None:
        tolerance = 16 * float(np.finfo(left.dtype).eps) if left.dtype.kind == "f" else 0.0
    if tolerance > 0:
        numbers = [np.abs(np.asarray(x, dtype=np.float64)) for x in (left, right, *others)]
        finite = [np.where(np.isfinite(x), x, 0.0).reshape(rows, -1) for x in numbers]
        scale = np.max([x.max(axis=1, initial=0.0) for x in finite], axis=0)
        scale = scale.reshape((rows,) + (1,) * (left.ndim - 1))
        with np.errstate(invalid="ignore"):
            close = close | (np.abs(left - right) <= tolerance * scale)
    return ~close.reshape(rows, -1).all(axis=1)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def samples_of(samples: ArrayLike | None, name: str) -> Array:
    if samples is None:
        return default_samples()
    array = np.asarray(samples)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be numbers or rows of numbers, got dtype {array.dtype}")
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"{name} must hold at least one sample, got shape {array.shape}")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError(f"{name} must not be NaN")
    return array


def unit_of(unit: Any, aggregator: Any, samples: Array | None) -> Any:
    """Return the given or the known unit, or None."""
    if unit is None:
        known = isinstance(aggregator, np.ufunc)
        return KNOWN_UNITS.get(aggregator) if known else None
    if samples is not None and np.shape(unit) not in ((), samples.shape[1:]):
        raise ValueError(f"unit must have shape {samples.shape[1:]}, got {np.shape(unit)}")
    return unit


def repeated(unit: Any, along: Array, samples: Array | None = None) -> Array:
    """Return `unit`, once for each element of `along`, with the element shape of `samples`."""
    shape = (along if samples is None else samples).shape[1:]
    return np.broadcast_to(np.asarray(unit), (len(along), *shape)).copy()


def guarded(function: Any, name: str, like: Array | None) -> Function:
    """Return `function` with errors that name it; `like` fixes the shape of its results."""
    if not callable(function):
        raise TypeError(f"{name} must be a function, got {type(function).__name__}")

    def watched(*arguments: Array) -> Array:
        try:
            with np.errstate(all="ignore"):
                raw = function(*(argument.copy() for argument in arguments))
        except Exception as error:
            raise ValueError(
                f"{name} raised {type(error).__name__}: {error} (it must take arrays of elements; "
                "see numpy.vectorize)"
            ) from error
        result = np.asarray(raw)
        if result.dtype.kind not in "biuf":
            raise TypeError(f"{name} must return numbers, got {type(raw).__name__}")
        wanted = None if like is None else (len(arguments[0]), *like.shape[1:])
        if (wanted is not None and result.shape != wanted) or result.shape[:1] != (
            len(arguments[0]),
        ):
            raise ValueError(
                f"{name} must return shape {wanted or (len(arguments[0]), '...')}, "
                f"got {result.shape}"
            )
        return result

    return watched
