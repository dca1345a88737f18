"""Domains: the assumptions of a claim, written once, from which every search draws.

A case is given by a few *parameters* (a length, a spread, a pattern, a seed), never by a large
array, so that it shrinks to something a person can read and is replayed from one line. Parameters
are of two kinds: `shape` parameters are shared by all cases of a batch (equal sizes), `row`
parameters have one value per case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corollary.verify import _random
from corollary.verify.precision import FLOAT64, Precision

Parameters = dict[str, Any]
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


@dataclass(frozen=True)
class Integers:
    """The integers from `low` to `high`, both included; sampled log-uniformly if that is wide."""

    low: int
    high: int

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
        return isinstance(value, (int, np.integer)) and bool(self.low <= value <= self.high)


@dataclass(frozen=True)
class Reals:
    """The real numbers from `low` to `high`, sampled log-uniformly where that is wide.

    The `special` ones are visited more often.
    """

    low: float
    high: float
    special: tuple[float, ...] = ()

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
        return isinstance(value, (int, float)) and self.low <= value <= self.high


@dataclass(frozen=True)
class Choice:
    """One of the named `options`, the simplest first."""

    options: tuple[str, ...]

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


SEED = Integers(0, 2**63 - 1)


@dataclass(frozen=True)
class Constraint:
    """A named assumption: `parameter` keeps to its range; `relaxed` is where it is violated."""

    statement: str
    parameter: str
    relaxed: Range


@dataclass(frozen=True)
class Domain:
    """The cases a claim speaks about.

    Attributes
    ----------
    statement : str
        What a case is, for readers.
    shape, rows : mapping of str to Range
        Parameters shared by a batch, and those with one value per case.
    build : callable
        ``build(parameters, precision) -> case``; `parameters` holds scalars for `shape` and
        arrays of equal length for `rows`; inputs are rounded to `precision`. A case is shown by
        its fields, or, where it has a method ``shown(bind)``, by what that returns by name.
    constraints : mapping of str to Constraint
        The named assumptions.
    """

    name: str
    statement: str
    shape: Mapping[str, Range]
    rows: Mapping[str, Range]
    build: Callable[[Parameters, Precision], Any]
    constraints: Mapping[str, Constraint] = field(default_factory=dict)

    def without(self, name: str) -> Domain:
        """Return the domain in which the constraint `name` is violated and all others hold."""
        constraint = self.constraints[name]
        others = {key: value for key, value in self.constraints.items() if key != name}
        return replace(
            self,
            shape=_replaced(self.shape, constraint),
            rows=_replaced(self.rows, constraint),
            constraints=others,
        )

    def narrowed(self, **ranges: Range) -> Domain:
        """Return the domain with some parameters confined to other ranges."""
        unknown = set(ranges) - {*self.shape, *self.rows}
        if unknown:
            raise ValueError(f"domain {self.name!r} has no parameter {sorted(unknown)}")
        return replace(
            self,
            shape={key: ranges.get(key, value) for key, value in self.shape.items()},
            rows={key: ranges.get(key, value) for key, value in self.rows.items()},
        )

    def case(self, parameters: Parameters, precision: Precision = FLOAT64) -> Any:
        """Return the batch of cases that `parameters` (from any search or a witness) describe."""
        count = self.count(parameters)
        batch = dict(parameters)
        for name in self.rows:
            batch[name] = np.broadcast_to(np.asarray(batch[name]), count)
        return self.build(batch, precision)

    def count(self, parameters: Parameters) -> int:
        """Return how many cases `parameters` describe."""
        return max((np.size(parameters[name]) for name in self.rows), default=1)

    def strategy(self) -> Any:
        """Return the Hypothesis strategy for the parameters of one case."""
        from hypothesis import strategies

        return strategies.fixed_dictionaries(
            {name: item.strategy() for name, item in {**self.shape, **self.rows}.items()}
        )

    def block(self, key: int, rows: int) -> Parameters:
        """Return the parameters of the batch of `rows` cases that `key` addresses."""
        keys = np.array([key], dtype=np.uint64)
        drawn = _random.uniforms(keys, len(self.shape), stream=1)[0]
        shape = {
            name: item.sample(drawn[place : place + 1])[0]
            for place, (name, item) in enumerate(self.shape.items())
        }
        row_keys = _random.words(keys, rows, stream=2)[0]
        table = _random.uniforms(row_keys, len(self.rows), stream=3)
        values: Parameters = {}
        for place, (name, item) in enumerate(self.rows.items()):
            if item is SEED:
                values[name] = (row_keys >> np.uint64(1)).astype(np.int64)
            else:
                values[name] = item.sample(table[:, place])
        return {**shape, **values}

    def take(self, parameters: Parameters, rows: list[int]) -> Parameters:
        """Return the parameters of some cases of a batch, as plain Python lists."""
        singles = [self.one(parameters, row) for row in rows]
        return {**singles[0], **{name: [item[name] for item in singles] for name in self.rows}}

    def one(self, parameters: Parameters, row: int) -> Parameters:
        """Return the parameters of a single case of a batch, as plain Python values."""
        single = {name: _plain(parameters[name]) for name in self.shape}
        for name in self.rows:
            values = np.atleast_1d(parameters[name])
            single[name] = _plain(values[row if len(values) > 1 else 0])
        return single

    def simpler(self, parameters: Parameters) -> Iterator[Parameters]:
        """Yield parameters of simpler cases, one parameter changed at a time."""
        for name, item in {**self.shape, **self.rows}.items():
            for value in item.simpler(parameters[name]):
                yield {**parameters, name: value}

    def validate(self, parameters: Mapping[str, Any]) -> Parameters:
        """Return `parameters` of a witness, or raise ValueError naming the one that does not fit.

        A witness may lie outside the constraints (that is what an ablation finds), so only the
        names and the types are checked against the ranges' own kinds.
        """
        known = {**self.shape, **self.rows}
        if set(parameters) != set(known):
            raise ValueError(
                f"witness must have the parameters {sorted(known)}, got {sorted(parameters)}"
            )
        relaxed = {item.parameter: item.relaxed for item in self.constraints.values()}
        for name, item in known.items():
            given = parameters[name]
            for value in given if name in self.rows and isinstance(given, list) else [given]:
                allowed = [item, relaxed[name]] if name in relaxed else [item]
                if not any(choice.contains(value) for choice in allowed):
                    raise ValueError(f"witness parameter {name}={value!r} must lie in {item}")
        return dict(parameters)


def _replaced(ranges: Mapping[str, Range], constraint: Constraint) -> dict[str, Range]:
    return {
        name: constraint.relaxed if name == constraint.parameter else item
        for name, item in ranges.items()
    }


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
