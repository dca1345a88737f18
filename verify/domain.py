"""Domains: the assumptions of a claim, written once, from which every search draws.

A case is given by a few *parameters* (a length, a spread, a pattern, a seed), never by a large
array, so that it shrinks to something a person can read and is replayed from one line. Parameters
are of two kinds: `shape` parameters are shared by all cases of a batch (equal sizes), `row`
parameters have one value per case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from corollary.verify import _random
from corollary.verify.precision import FLOAT64, Precision
from corollary.verify.ranges import SEED, Choice, Integers, Range, Reals, is_range, require

__all__ = [
    "SEED", "Choice", "Constraint", "Domain", "Integers", "Parameters", "Range", "Reals",
]  # fmt: skip

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Constraint:
    """A named assumption: `parameter` keeps to its range; `relaxed` is where it is violated."""

    statement: str
    parameter: str
    relaxed: Range

    def __post_init__(self) -> None:
        require("statement", self.statement, isinstance(self.statement, str), "a text")
        require("parameter", self.parameter, isinstance(self.parameter, str), "a name")
        require("relaxed", self.relaxed, is_range(self.relaxed), "a range such as Reals(0, 1)")


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

    def __post_init__(self) -> None:
        for name in ("name", "statement"):
            given = getattr(self, name)
            require(name, given, isinstance(given, str), "a text")
        for name in ("shape", "rows"):
            _require_ranges(name, getattr(self, name))
        if both := set(self.shape) & set(self.rows):
            raise ValueError(
                f"shape and rows must not share parameters, got {sorted(both)} in both"
            )
        require("build", self.build, callable(self.build), "callable")
        mapped = isinstance(self.constraints, Mapping)
        require("constraints", self.constraints, mapped, "a mapping of names to Constraint")
        for name, item in self.constraints.items():
            wanted = "a Constraint"
            require(f"constraint {name!r}", item, isinstance(item, Constraint), wanted)
            if item.parameter not in (known := [*self.shape, *self.rows]):
                raise ValueError(
                    f"parameter of the constraint {name!r} must be one of "
                    f"{', '.join(known) or 'none'}, got {item.parameter!r}"
                )

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
        """Return the domain with other ranges for some parameters.

        Nothing keeps them inside the present ones; `confined` does.
        """
        for name, item in ranges.items():
            if name not in (known := [*self.shape, *self.rows]):
                raise ValueError(
                    f"domain {self.name!r} has no parameter {name!r}, expected one of "
                    f"{', '.join(known) or 'none'}"
                )
            require(name, item, is_range(item), "a range such as Integers(1, 8)")
        return replace(
            self,
            shape={key: ranges.get(key, value) for key, value in self.shape.items()},
            rows={key: ranges.get(key, value) for key, value in self.rows.items()},
        )

    def confined(self, **ranges: Range) -> Domain:
        """Return the domain with some parameters confined to ranges inside the present ones."""
        narrow, known = self.narrowed(**ranges), {**self.shape, **self.rows}
        for name, item in ranges.items():
            if not item.within(known[name]):
                raise ValueError(f"{name} must be confined to {known[name]}, got {item}")
        return narrow

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
        names and the types are checked against the ranges' own kinds. NumPy's numbers become
        plain ones; those under `rows` may be lists, with one value per case.
        """
        known = {**self.shape, **self.rows}
        if set(parameters) != set(known):
            raise ValueError(
                f"witness must have the parameters {sorted(known)}, got {sorted(parameters)}"
            )
        plain = {name: _plain(parameters[name]) for name in known}
        lists = {name: plain[name] for name in self.rows if isinstance(plain[name], list)}
        lengths = {name: len(values) for name, values in lists.items()}
        if len({*lengths.values()}) > 1 or 0 in lengths.values():
            raise ValueError(f"the lists of a witness must have one length, not 0, got {lengths}")
        relaxed = {item.parameter: item.relaxed for item in self.constraints.values()}
        for name, item in known.items():
            allowed = [item, relaxed[name]] if name in relaxed else [item]
            for value in lists.get(name, [plain[name]]):
                if not any(choice.contains(value) for choice in allowed):
                    expected = " or ".join(dict.fromkeys(map(str, allowed)))
                    raise ValueError(f"witness parameter {name}={value!r} must be {expected}")
        return plain


def _replaced(ranges: Mapping[str, Range], constraint: Constraint) -> dict[str, Range]:
    return {
        name: constraint.relaxed if name == constraint.parameter else item
        for name, item in ranges.items()
    }


def _plain(value: Any) -> Any:
    """Return a NumPy number as Python's, alone or in a list."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _require_ranges(name: str, given: Any) -> None:
    """Raise TypeError where `given` does not map names to ranges."""
    require(name, given, isinstance(given, Mapping), "a mapping of names to ranges")
    for key, item in given.items():
        require(f"a key of {name}", key, isinstance(key, str), "a name")
        require(f"{key} in {name}", item, is_range(item), "a range such as Integers(1, 8)")
