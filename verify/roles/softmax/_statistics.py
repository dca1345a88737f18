"""The role `row_statistics`: sums over a row that add up over its parts, and ways to stream wrong.

The wrong versions keep the maximum m and, of e^(x-m), the sum d, the sums s and r weighted with
(x-m) and its square, and the sum q of squares. They read a row in four parts and merge these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from corollary.verify.domain import SEED, Choice, Domain, Integers, Parameters, Reals
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.softmax._heads import PATTERNS, pattern_levels

FIELDS = ("maximum", "log_normaliser", "entropy", "variance", "squared_norm")
PARTS = 4


@dataclass(frozen=True)
class Statistics:
    """The statistics of a batch of rows as laws call them; each field has shape (rows, 1)."""

    implementation: Implementation
    found: Any

    def __getattr__(self, name: str) -> Array:
        if name not in FIELDS:
            raise AttributeError(name)
        if not hasattr(self.found, name):
            raise Fault("convention", f"the result has no attribute {name!r}")
        column: Array = np.reshape(np.asarray(getattr(self.found, name), np.float64), (-1, 1))
        return column

    def merge(self, other: Statistics) -> Statistics:
        """Return the statistics of rows made of the items of both."""
        return self._of("merge", other.found)

    def empty(self) -> Statistics:
        """Return the statistics of as many rows without items."""
        return self._of("empty", np.shape(self.found.maximum))

    def _of(self, method: str, argument: Any) -> Statistics:
        if not hasattr(self.found, method):
            raise Fault("convention", f"the result has no method {method!r}")
        call = Implementation(self.implementation.name, getattr(self.found, method))
        return Statistics(self.implementation, call.plain(argument))


def _adapt(implementation: Implementation) -> Callable[[Array], Statistics]:
    """Return ``row_statistics(logits)``; the logits travel in the implementation's precision."""

    def row_statistics(logits: Array) -> Statistics:
        values = logits.astype(implementation.precision.name)
        before = values.tobytes()
        found = implementation.plain(values)
        if values.tobytes() != before:
            raise Fault("wrong", "changed its input")
        return Statistics(implementation, found)

    return row_statistics


@dataclass(frozen=True)
class Stream:
    """A stream of logits in five sums per row, merged with the flaw that `flaw` names."""

    flaw: str
    m: Array
    d: Array
    s: Array
    r: Array
    q: Array

    @property
    def maximum(self) -> Array:
        return self.m

    @property
    def log_normaliser(self) -> Array:
        return self.m + np.log(self.d)

    @property
    def entropy(self) -> Array:
        value = np.log(self.d + 1e-9 * (self.flaw == "epsilon in the entropy")) - self.s / self.d
        return value / np.log(2) if self.flaw == "entropy in bits" else value

    @property
    def variance(self) -> Array:
        if self.flaw == "variance around 0":
            mean = self.m + self.s / self.d
            return (self.r + 2 * self.m * self.s) / self.d + self.m**2 - mean**2
        return self.r / self.d - (self.s / self.d) ** 2

    @property
    def squared_norm(self) -> Array:
        return self.q / self.d**2

    def empty(self, shape: tuple[int, ...]) -> Stream:
        zero = np.zeros(shape)
        low = 0.0 if self.flaw == "identity at zero" else -np.inf
        return Stream(self.flaw, zero + low, zero, zero, zero, zero)

    def merge(self, other: Stream) -> Stream:
        top = np.maximum(self.m, other.m)
        if self.flaw == "maximum of the later part":
            top = other.m
        if self.flaw == "maximum in float32":
            top = top.astype(np.float32).astype(np.float64)
        one, two = _rescaled(self, top), _rescaled(other, top)
        d, s, r, q = (a + b for a, b in zip(one, two, strict=True))
        if self.flaw == "equal maxima counted once":
            d = d - (self.m == other.m)
        if self.flaw == "float32 sums":
            d, s, r, q = (x.astype(np.float32).astype(np.float64) for x in (d, s, r, q))
        return Stream(self.flaw, top, d, s, r, q)


def _rescaled(part: Stream, top: Array) -> tuple[Array, Array, Array, Array]:
    """Return the sums of a part counted from a new maximum `top`."""
    flaw = part.flaw
    drop = np.where(part.m == top, 0.0, part.m - top)
    if flaw != "identity unguarded":
        drop = np.maximum(drop, -800.0)
    if flaw == "small parts dropped":
        drop = np.where(drop < -5, -800.0, drop)
    scale = np.exp(drop)
    d = part.d if flaw == "normaliser not rescaled" else scale * part.d
    cross: Any = {"no cross term": 0.0, "cross term of the wrong sign": -drop}.get(flaw, drop)
    # Before rescaling the old sums belong in the cross terms; the new ones are smaller.
    s = scale * (part.s + cross * (d if flaw == "cross term with the new sum" else part.d))
    first = 0.0 if flaw == "no cross term in the variance" else 2 * drop * part.s
    r = scale * (part.r + first + drop**2 * part.d)
    q = (scale if flaw == "squares rescaled once" else scale**2) * part.q
    return d, s, r, q


FLAWS = (
    "normaliser not rescaled", "no cross term", "cross term of the wrong sign",
    "cross term with the new sum", "no cross term in the variance", "squares rescaled once",
    "maximum of the later part", "small parts dropped", "equal maxima counted once",
    "variance around 0", "maximum in float32", "epsilon in the entropy",
    "entropy in bits", "float32 sums", "identity at zero", "identity unguarded",
)  # fmt: skip


def streamed(logits: Array, flaw: str = "") -> Stream:
    """Return the statistics of rows from a stream of their parts, with one flaw or none."""
    parts = [part for part in np.array_split(logits, PARTS, axis=-1) if part.shape[-1]]
    whole = _part(parts[0], flaw)
    for part in parts[1:]:
        whole = whole.merge(_part(part, flaw))
    return whole


def _part(logits: Array, flaw: str) -> Stream:
    top = logits.max(axis=-1)
    shifted = np.maximum(logits - top[..., None], -800.0)
    e = np.exp(shifted)
    d, s, r = (np.sum(shifted**k * e, axis=-1) for k in range(3))
    return Stream(flaw, top, d, s, r, np.sum(e * e, axis=-1))


@dataclass(frozen=True)
class Streams:
    """A batch of rows of logits that are read in parts.

    Attributes
    ----------
    logits : ndarray (rows, n)
    spread : ndarray (rows, 1)
        Largest minus smallest logit, as stored.
    cuts : tuple of int
        Two places, 1 <= first <= second <= n, where the row is cut into parts.
    updates : ndarray (rows, 1)
        How often the running maximum grows after the first item.
    """

    n: int
    logits: Array
    spread: Array
    cuts: tuple[int, int]
    updates: Array


def _build(parameters: Parameters, precision: Precision) -> Streams:
    n = int(parameters["n"])
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    spread = np.asarray(parameters["spread"], dtype=np.float64)[:, None]
    levels = pattern_levels(str(parameters["pattern"]), n, seed, spread)
    order = str(parameters["order"])
    if order != "as drawn":
        levels = np.sort(levels, axis=-1)[:, :: -1 if order == "descending" else 1]
    offset = np.asarray(parameters["offset"], dtype=np.float64)[:, None]
    logits = np.ascontiguousarray(precision.round(spread * (levels - 0.5) + offset))
    running = np.maximum.accumulate(logits, axis=-1)
    first = 1 + int(float(parameters["cut"]) * (n - 1))
    return Streams(
        n=n,
        logits=logits,
        spread=logits.max(axis=-1, keepdims=True) - logits.min(axis=-1, keepdims=True),
        cuts=(first, (first + n) // 2),
        updates=np.sum(running[:, 1:] > running[:, :-1], axis=-1, keepdims=True),
    )


STREAMS = Domain(
    name="streams",
    statement="$n$ finite logits in any order, up to 1400 apart, read in parts",
    shape={
        "n": Integers(2, 200),
        "pattern": Choice(PATTERNS),
        "order": Choice(("as drawn", "ascending", "descending")),
        "cut": Reals(0.0, 0.99),
    },
    rows={
        "spread": Reals(0.0, 1400.0, (0.0, 1.0, 3.0, 10.0, 1400.0)),
        "offset": Reals(-700.0, 700.0, (0.0,)),
        "seed": SEED,
    },
    build=_build,
)
_TYPICAL: Parameters = {
    "n": 64, "pattern": "uniform", "order": "descending", "cut": 0.5, "spread": 8.0,
    "offset": 0.0, "seed": np.arange(256),
}  # fmt: skip

ROW_STATISTICS = Role(
    name="row_statistics",
    family="softmax",
    signature="row_statistics(logits (..., n) float) -> object with maximum, log_normaliser, "
    "entropy, variance and squared_norm, each (...), and methods merge(other) and empty(shape)",
    default="corollary.algorithms.softmax:row_statistics",
    adapt=_adapt,
    mutants={name: partial(streamed, flaw=name) for name in FLAWS},
    trivial={"nothing at all": lambda x: streamed(x).empty(x.shape[:-1])},
    typical=(STREAMS, _TYPICAL),
)
