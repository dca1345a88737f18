"""The four parts of a message-passing layer: aggregator, update, argument and message function.

Each is a vectorised function of two arrays of elements (elements along the first axis). What a
part is judged beside is bound by name: ``aggregator`` (max, min, sum, log-sum-exp, or a function
of one's own with its ``unit``), ``update`` for an argument function, and ``features``, the number
of channels of an element. All other bound arguments go to the function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from corollary.verify import _random
from corollary.verify.domain import SEED, Domain, Integers, Parameters, Reals
from corollary.verify.implementation import Implementation, Misuse, resolve
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.reasoning._arrays import FAMILY, Array, bound_channels, bound_unit
from corollary.verify.slack import Slack, bitwise, equal

Binary = Callable[[Array, Array], Array]
# Name, function, unit, and whether it is exact in floating point.
AGGREGATORS: dict[str, tuple[Binary, float, bool]] = {
    "max": (np.maximum, -np.inf, True),
    "min": (np.minimum, np.inf, True),
    "sum": (np.add, 0.0, False),
    "log-sum-exp": (np.logaddexp, -np.inf, False),
}
_BOUND_TO_THE_ROLE = ("aggregator", "unit", "update", "features")
ROUNDINGS = 16


@dataclass(frozen=True)
class Part:
    """A part of a layer as laws call it, with the aggregator and the update beside it.

    Attributes
    ----------
    combine : callable (messages, messages) -> messages
    unit : float
        Of the aggregator.
    update : callable (states, messages) -> states
    features : int
    exact : bool
        Whether sides of a law must agree bit by bit, not up to rounding.
    """

    implementation: Implementation
    combine: Binary
    unit: float
    update: Binary
    features: int
    exact: bool

    def __call__(self, first: Array, second: Array) -> Array:
        """Return the function's result on two arrays (rows, features)."""
        return self.implementation.arrays(first, second)

    def same(self, one: Array, other: Array, *involved: Array) -> Slack:
        """Return the conclusion that two sides agree; roundings are at the largest number."""
        if self.exact:
            return bitwise(one, other)
        sizes = [np.where(np.isfinite(x), np.abs(x), 0.0) for x in (one, other, *involved)]
        scale = np.max([size.max(axis=1) for size in sizes], axis=0)[:, None]
        return equal(one, other, ulps=ROUNDINGS, scale=scale)


def channels(bind: Mapping[str, Any]) -> int:
    """Return how many channels a part takes that is bound like this."""
    return bound_channels(bind, usual=1)


def _part(implementation: Implementation) -> Part:
    bind = implementation.bind
    own = {name: value for name, value in bind.items() if name not in _BOUND_TO_THE_ROLE}
    bound = replace(implementation, bind=own)
    given = bind.get("aggregator", "max")
    if given in AGGREGATORS:
        combine, unit, exact = AGGREGATORS[given]
    else:
        combine, unit, exact = _function(given), bound_unit(bind, None), False
    update = _function(bind["update"]) if "update" in bind else combine
    if bind.get("update") in AGGREGATORS:
        update = AGGREGATORS[bind["update"]][0]
    precision = implementation.precision

    def rounded(function: Binary) -> Binary:
        return lambda a, b: precision.round(np.asarray(function(a, b), dtype=np.float64))

    return Part(bound, rounded(combine), unit, rounded(update), channels(bind), exact)


def _aggregator(implementation: Implementation) -> Part:
    """Return an aggregator: it is judged beside itself; its unit is bound, or that of max."""
    own = {
        name: value for name, value in implementation.bind.items() if name not in _BOUND_TO_THE_ROLE
    }
    bound = replace(implementation, bind=own)
    unit = bound_unit(implementation.bind, _known_unit(implementation.function))
    features = channels(implementation.bind)

    def combine(a: Array, b: Array) -> Array:
        return bound.arrays(a, b)

    return Part(bound, combine, unit, combine, features, exact=False)


def _known_unit(function: Any) -> float:
    units = [unit for known, unit, _ in AGGREGATORS.values() if known is function]
    return units[0] if units else -np.inf


def _function(given: Any) -> Binary:
    if callable(given):
        return given
    if given in AGGREGATORS:
        return AGGREGATORS[given][0]
    try:
        found: Binary = resolve(str(given), kind="bound function")
    except ValueError as error:
        raise Misuse(str(error)) from error
    return found


@dataclass(frozen=True)
class Elements:
    """Two messages (or arguments) and a state; `fresh` states have received nothing yet."""

    s: Array
    m: Array
    n: Array
    fresh: Array
    seeds: Array
    precision: Precision = field(repr=False)

    def rows(self, part: Part) -> tuple[Array, Array, Array]:
        """Return state, first and second message, each (rows, features)."""
        s, m, n = self._drawn(part.features)
        return np.where(self.fresh[:, None], part.unit, s), m, n

    def shown(self, bind: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a reader needs to build the case, in all channels."""
        s, m, n = self._drawn(channels(bind))
        return {"s": s, "m": m, "n": n, "fresh": self.fresh}

    def _drawn(self, channels: int) -> tuple[Array, Array, Array]:
        extra = channels - 1
        more = 8 * _random.uniforms(self.seeds, 3 * extra, stream=5) - 4
        blocks = [more[:, place * extra : (place + 1) * extra] for place in range(3)]
        s, m, n = (
            self.precision.round(np.column_stack([first, block]))
            for first, block in zip((self.s, self.m, self.n), blocks, strict=True)
        )
        return s, m, n


def _elements(parameters: Parameters, precision: Precision) -> Elements:
    s, m, n = (np.asarray(parameters[name], dtype=np.float64) for name in "smn")
    seeds = np.asarray(parameters["seed"]).astype(np.uint64)
    return Elements(s, m, n, np.asarray(parameters["fresh"]) == 1, seeds, precision)


_NUMBERS = Reals(-4.0, 4.0, (0.0, 1.0, -1.0, 2.0, 0.5))
DELIVERIES = Domain(
    name="deliveries",
    statement="a state and two messages, numbers in [-4, 4] in every channel; in half of the cases "
    "the state has received nothing yet",
    shape={},
    rows={"s": _NUMBERS, "m": _NUMBERS, "n": _NUMBERS, "fresh": Integers(0, 1), "seed": SEED},
    build=_elements,
)


LONGEST = 6


@dataclass(frozen=True)
class Sequences:
    """A state, a sequence of messages, and a cut of it into batches.

    Attributes
    ----------
    s : array (rows,)
    messages : list of arrays (rows, features)
    cuts : array (rows, length), bool
        Whether a batch ends after each message; every last one does.
    """

    s: Array
    fresh: Array
    seeds: Array
    length: int
    cuts: Array
    precision: Precision = field(repr=False)

    def rows(self, part: Part) -> tuple[Array, list[Array]]:
        """Return the states (rows, features) and the messages, a list of such arrays."""
        drawn = self._drawn(part.features)
        states = np.where(self.fresh[:, None], part.unit, drawn[:, 0])
        return states, [drawn[:, place] for place in range(1, self.length + 1)]

    def shown(self, bind: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a reader needs to build the case, in all channels."""
        drawn = self._drawn(channels(bind))
        return {"s": drawn[:, 0], "messages": drawn[:, 1:], "fresh": self.fresh, "cuts": self.cuts}

    def _drawn(self, channels: int) -> Array:
        """Return the states, and after them the messages: (rows, 1 + length, channels)."""
        shape = (len(self.s), self.length + 1, channels)
        drawn = 8 * _random.uniforms(self.seeds, shape[1] * shape[2], stream=6).reshape(shape) - 4
        drawn = self.precision.round(np.where(drawn % 1 < 0.25, np.round(drawn), drawn))
        drawn[:, 0, 0] = self.precision.round(self.s)
        return drawn


def _sequences(parameters: Parameters, precision: Precision) -> Sequences:
    length = int(parameters["length"])
    bits = np.asarray(parameters["cuts"])[:, None] >> np.arange(max(length - 1, 0)) & 1
    ends = np.ones((len(bits), min(length, 1)), dtype=np.int64)
    return Sequences(
        np.asarray(parameters["s"], dtype=np.float64),
        np.asarray(parameters["fresh"]) == 1,
        np.asarray(parameters["seed"]).astype(np.uint64),
        length,
        np.column_stack([bits, ends]).astype(bool),
        precision,
    )


SEQUENCES = Domain(
    name="batchings",
    statement="a state, at most six messages, all in [-4, 4], and a cut into batches",
    shape={"length": Integers(0, LONGEST)},
    rows={
        "s": _NUMBERS, "fresh": Integers(0, 1), "seed": SEED,
        "cuts": Integers(0, 2 ** (LONGEST - 1) - 1),
    },
    build=_sequences,
)  # fmt: skip


def delivery(s: float = 0.0, m: float = 0.0, n: float = 0.0, fresh: int = 0) -> Parameters:
    """Return the parameters of one case."""
    return {"s": s, "m": m, "n": n, "fresh": fresh, "seed": 0}


def _quiet(function: Binary) -> Binary:
    def silenced(a: Array, b: Array) -> Array:
        with np.errstate(all="ignore"):
            return function(a, b)

    return silenced


def _quietly(functions: dict[str, Binary]) -> dict[str, Binary]:
    return {name: _quiet(function) for name, function in functions.items()}


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


TRIVIAL = _quietly(
    {
        "zero": lambda a, b: np.zeros_like(a),
        "nothing": lambda a, b: np.full_like(a, -np.inf),
        "the first": lambda a, b: a.copy(),
        "the second": lambda a, b: b.copy(),
    }
)

AGGREGATOR = Role(
    name="aggregator",
    family=FAMILY,
    signature="aggregator(messages (b, f), messages (b, f)) -> messages (b, f); bind unit=...",
    default="numpy:maximum",
    adapt=_aggregator,
    mutants=_quietly(
        {
            "mean": lambda a, b: (a + b) / 2,
            "softmax average": lambda a, b: (
                (a * np.exp(a) + b * np.exp(b)) / (np.exp(a) + np.exp(b))
            ),
            "smooth maximum": lambda a, b: (a + b + np.sqrt((a - b) ** 2 + 1e-4)) / 2,
            "the second at a discount": lambda a, b: np.maximum(a, b - 1e-3),
            "largest in absolute value": lambda a, b: np.where(np.abs(a) >= np.abs(b), a, b),
            "rounded to the grid": lambda a, b: np.round(np.maximum(a, b), 3),
            "a gate between them": lambda a, b: (
                _sigmoid(8 * (a - b)) * a + _sigmoid(8 * (b - a)) * b
            ),
            "clipped sum": lambda a, b: np.clip(a + b, -4, 4),
        }
    ),
    trivial=TRIVIAL,
)
UPDATE = Role(
    name="update",
    family=FAMILY,
    signature="update(states (b, f), messages (b, f)) -> states (b, f); bind aggregator=max|min|"
    "sum|log-sum-exp, or a function and its unit",
    default="numpy:maximum",
    adapt=_part,
    mutants=_quietly(
        {
            "ReLU of the sum": lambda s, m: np.maximum(s + m, 0),
            "average": lambda s, m: (s + m) / 2,
            "maximum plus one": lambda s, m: np.maximum(s, m) + 1,
            "gated cell": lambda s, m: (
                (1 - _sigmoid(m)) * s + _sigmoid(m) * np.tanh(m + _sigmoid(m + s) * s)
            ),
            "log-sum-exp": np.logaddexp,
            "moving average": lambda s, m: 0.999 * np.maximum(s, m) + 0.001 * s,
            "only if clearly larger": lambda s, m: np.where(m > s + 1e-3, m, s),
            "a billionth more": lambda s, m: np.maximum(s, m) + 1e-9,
            "decay": lambda s, m: np.maximum(0.999 * s, m),
            "ReLU of the maximum": lambda s, m: np.maximum(np.maximum(s, m), 0),
        }
    ),
    trivial={name: TRIVIAL[name] for name in ("zero", "the second")},
)


def _only_changed(s: Array, value: Array, joined: Array) -> Array:
    return np.where(joined == s, -np.inf, value)


ARGUMENT_FUNCTION = Role(
    name="argument_function",
    family=FAMILY,
    signature="argument_function(states (b, f), messages (b, f)) -> arguments (b, f); bind "
    "update=... and aggregator=...",
    default="corollary.algorithms.reasoning:changed_state",
    adapt=_part,
    mutants=_quietly(
        {
            "the new state, changed or not": lambda s, m: np.maximum(s, m),
            "the old state, if it changed": lambda s, m: _only_changed(s, s, np.maximum(s, m)),
            "on first contact only": lambda s, m: np.where(np.isneginf(s), m, -np.inf),
            "changes above one percent": lambda s, m: np.where(
                np.maximum(s, m) > s + 0.01 * np.abs(s), np.maximum(s, m), -np.inf
            ),
            "the gain": lambda s, m: _only_changed(s, np.maximum(s, m) - s, np.maximum(s, m)),
            "smoothed state": lambda s, m: _only_changed(s, np.logaddexp(s, m), np.maximum(s, m)),
            "the mean with the message": lambda s, m: _only_changed(
                s, 0.999 * np.maximum(s, m) + 0.001 * s, np.maximum(s, m)
            ),
            "squared": lambda s, m: _only_changed(s, np.maximum(s, m) ** 2, np.maximum(s, m)),
            "unless negative": lambda s, m: np.where(
                (np.maximum(s, m) > s) & (s >= 0), np.maximum(s, m), -np.inf
            ),
        }
    ),
    trivial={name: TRIVIAL[name] for name in ("zero", "the first")},
)
MESSAGE_FUNCTION = Role(
    name="message_function",
    family=FAMILY,
    signature="message_function(arguments (b, f), edges (b, f)) -> messages (b, f); bind "
    "aggregator=...",
    default="numpy:add",
    adapt=_part,
    mutants=_quietly(
        {
            "product": lambda a, w: a * w,
            "squared": lambda a, w: a * a + w,
            "absolute value": lambda a, w: np.abs(a) + w,
            "ReLU": lambda a, w: np.maximum(a + w, 0),
            "capped below": lambda a, w: np.maximum(a + w, -100.0),
            "a small wave": lambda a, w: a + w + 1e-3 * np.sin(2000 * a),
            "negated": lambda a, w: w - a,
            "signs lost below zero": lambda a, w: np.where(a > 0, a + w, w - a),
            "edges left out above": lambda a, w: np.where(a > 3.5, a, a + w),
            "last bits flipped": lambda a, w: a + w - 1e-9 * np.floor(8 * a),
        }
    ),
    trivial={name: TRIVIAL[name] for name in ("zero", "nothing")},
)
