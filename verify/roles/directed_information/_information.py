"""The role `directed_information`: from a joint pmf to what one sequence directs to the other.

A plain function of the joint and the horizon is enough: the information of an interval is a sum
of its values on joints whose symbols outside are made constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import entr

from corollary.verify.claim import Paper
from corollary.verify.domain import SEED, Choice, Domain, Integers, Range
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.precision import Array
from corollary.verify.role import Role
from corollary.verify.roles.directed_information._systems import (
    PATTERNS,
    Interval,
    build_joints,
)

MIRROR = Paper(
    key="abel2025plasticity",
    title="Plasticity as the Mirror of Empowerment",
    authors="David Abel and Michael Bowling and Andr{\\'e} Barreto and Will Dabney and Shi Dong "
    "and Steven Hansen and Anna Harutyunyan and Khimya Khetarpal and Clare Lyle and Razvan Pascanu "
    "and Georgios Piliouras and Doina Precup and Jonathan Richens and Mark Rowland and Tom Schaul "
    "and Satinder Singh",
    year=2025,
    arxiv="2505.10361",
    venue="NeurIPS 2025",
)
DEFAULT = "corollary.algorithms.directed_information:information_table"

WORDS: dict[str, Range] = {
    "n": Integers(1, 4),
    "kx": Integers(1, 3),
    "ky": Integers(1, 3),
    "pattern": Choice(PATTERNS),
}
ENDS: dict[str, Range] = {name: Integers(1, 4) for name in "abcd"}
SEEDS: dict[str, Range] = {"seed": SEED}

JOINTS = Domain(
    name="joints",
    statement="a joint pmf of $X^n$ and $Y^n$",
    shape=WORDS,
    rows=SEEDS,
    build=build_joints,
)
INTERVALS = Domain(
    name="joints with intervals",
    statement="a joint pmf of $X^n$ and $Y^n$, an interval $[a:b]$ of $X$ and $[c:d]$ of $Y$",
    shape={**WORDS, **ENDS},
    rows=SEEDS,
    build=build_joints,
)


def case(**parameters: Any) -> dict[str, Any]:
    """Return the full parameters of a joint, with intervals, from the few that matter."""
    usual = {"n": 2, "kx": 2, "ky": 2, "pattern": "dense", "a": 1, "b": 4, "c": 1, "d": 4,
             "seed": 0}  # fmt: skip
    return {**usual, **parameters}


def whole(**parameters: Any) -> dict[str, Any]:
    """Return the full parameters of a joint without intervals."""
    return {name: value for name, value in case(**parameters).items() if name not in ENDS}


class Directed:
    """The answers of an implementation about one batch of joints, in bits, shape (rows,)."""

    def __init__(self, implementation: Implementation, joint: Array, n: int) -> None:
        self._implementation = implementation
        self._joint, self._n = joint, n
        self._values: dict[tuple[str, int, int], Array] = {}
        first = self._call(joint)
        self._tables = first if hasattr(first[0], "directed_information") else None
        if self._tables is None:
            self._values["full", n, n] = _numbers(first, len(joint))

    def full(self, x: Interval | None = None, y: Interval | None = None) -> Array:
        """Return I(X_{a:b} -> Y_{c:d})."""
        return self._answer("full", x or (1, self._n), y or (1, self._n))

    def strict(self, y: Interval | None = None, x: Interval | None = None) -> Array:
        """Return I(Y_{c:d} ~> X_{a:b}), in which Y acts only before the index of X."""
        return self._answer("strict", x or (1, self._n), y or (1, self._n))

    def _answer(self, arrow: str, x: Interval, y: Interval) -> Array:
        (a, b), (c, d) = x, y
        if self._tables is None:
            outer = self._corner(arrow, b, d) + self._corner(arrow, a - 1, c - 1)
            return outer - self._corner(arrow, a - 1, d) - self._corner(arrow, b, c - 1)
        name, windows = ("directed_information", (x, y)) if arrow == "full" else ("strict", (y, x))
        answers = [_guarded(getattr(table, name, None), *windows) for table in self._tables]
        return _numbers([getattr(item, "value", item) for item in answers], len(self._joint))

    def _corner(self, arrow: str, j: int, i: int) -> Array:
        """Return the information between X_{1:j} and Y_{1:i}, all other symbols constant."""
        if j == 0 or i == 0:
            return np.zeros(len(self._joint))
        key = (arrow, j, i)
        if key not in self._values:
            masked = masked_joint(self._joint, self._n, j, i)
            asked = masked if arrow == "full" else delayed(masked, self._n)
            self._values[key] = _numbers(self._call(asked), len(self._joint))
        return self._values[key]

    def _call(self, joint: Array) -> list[Any]:
        """Return what the function gives for each joint; a stack is one call where it may be."""
        implementation = self._implementation
        stacks = implementation.name == DEFAULT or isinstance(implementation.function, Wrong)
        results = []
        for part in [joint] if stacks else joint:
            with implementation.session():
                results.append(implementation.sent(part, self._n)[1])
        return results


def _guarded(method: Any, *windows: Interval) -> Any:
    try:
        return method(*windows)
    except Exception as error:
        raise Fault("raised", f"{type(error).__name__}: {error}") from error


def _numbers(results: list[Any], rows: int) -> Array:
    try:
        plain = [item.tolist() if hasattr(item, "tolist") else item for item in results]
        values = np.concatenate([np.atleast_1d(np.asarray(item, np.float64)) for item in plain])
    except (TypeError, ValueError) as error:
        raise Fault("convention", f"returned {type(results[0]).__name__}, "
                    "expected a number of bits or a table") from error  # fmt: skip
    if values.shape != (rows,):
        raise Fault("convention", f"returned {values.size} numbers for {rows} joints")
    return values


def masked_joint(joint: Array, n: int, j: int, i: int) -> Array:
    """Return the joint in which all but the first j symbols of X and i of Y are zero."""
    rows, columns = joint.shape[1:]
    skip_x, skip_y = (round(words ** (1 / n)) ** (n - kept)
                      for words, kept in ((rows, j), (columns, i)))  # fmt: skip
    kept = joint.reshape(len(joint), rows // skip_x, skip_x, columns // skip_y, skip_y)
    masked = np.zeros_like(joint)
    masked[:, ::skip_x, ::skip_y] = kept.sum(axis=(2, 4))
    return masked


def delayed(joint: Array, n: int) -> Array:
    """Return the joint of (0, Y_1, ..., Y_{n-1}) as source and X^n as target."""
    rows, columns = joint.shape[1:]
    size = round(columns ** (1 / n))
    late = np.swapaxes(joint, 1, 2).reshape(len(joint), columns // size, size, rows).sum(axis=2)
    result = np.zeros((len(joint), columns, rows))
    result[:, : columns // size] = late
    return result


def _adapt(implementation: Implementation) -> Callable[[Array, int], Directed]:
    return lambda joint, n: Directed(implementation, joint, n)


Windows = tuple[range, range, range]
"""Indices of the source, of the given X and of the given Y (or Y and X, for the strict arrow)."""


def _full_windows(a: int, b: int, c: int, i: int) -> Windows:
    return range(a, min(b, i) + 1), range(1, a), range(1, i)


def _strict_windows(c: int, d: int, a: int, j: int) -> Windows:
    return range(c, min(d, j - 1) + 1), range(1, c), range(1, j)


@dataclass(frozen=True)
class Wrong:
    """A wrong implementation: other windows, another logarithm, or another joint.

    `full(a, b, c, i)` and `strict(c, d, a, j)` give the indices of one term of the sums.
    """

    full: Callable[[int, int, int, int], Windows] = _full_windows
    strict: Callable[[int, int, int, int], Windows] = _strict_windows
    plogp: Callable[[Array], Array] = field(default=lambda p: entr(p) / math.log(2))
    of: Callable[[Array, int], Array] = field(default=lambda joint, n: joint)
    factor: float = 1.0

    def __call__(self, joint: Any, horizon: int) -> WrongTable:
        return WrongTable(self, self.of(np.asarray(joint, dtype=np.float64), horizon), horizon)


@dataclass(frozen=True)
class WrongTable:
    """The answers of a wrong implementation, term by term from the definition."""

    rule: Wrong
    joint: Array
    n: int
    known: dict[tuple[frozenset[int], frozenset[int]], Array] = field(default_factory=dict)

    def directed_information(self, x: Interval, y: Interval) -> Array:
        (a, b), (c, d) = x, y
        total = np.zeros(len(self.joint))
        for i in range(c, d + 1):  # no source yet, and so nothing, where i < a
            source, given_x, given_y = map(set, self.rule.full(a, b, c, i))
            total += self._information((source, set()), (set(), {i}), (given_x, given_y))
        return self.rule.factor * total

    def strict(self, y: Interval, x: Interval) -> Array:
        (c, d), (a, b) = y, x
        total = np.zeros(len(self.joint))
        for j in range(a, b + 1):  # no source yet, and so nothing, where j <= c
            source, given_y, given_x = map(set, self.rule.strict(c, d, a, j))
            total += self._information((set(), source), ({j}, set()), (given_x, given_y))
        return self.rule.factor * total

    def _information(self, left: Any, right: Any, given: Any) -> Array:
        def h(*groups: Any) -> Array:
            return self._entropy(*(frozenset().union(*side) for side in zip(*groups, strict=True)))

        return h(left, given) + h(right, given) - h(left, right, given) - h(given)

    def _entropy(self, xs: frozenset[int], ys: frozenset[int]) -> Array:
        if (xs, ys) not in self.known:
            kx, ky = (round(words ** (1 / self.n)) for words in self.joint.shape[1:])
            cube = self.joint.reshape(-1, *[kx] * self.n, *[ky] * self.n)
            steps = range(1, self.n + 1)
            gone = [t for t in steps if t not in xs] + [self.n + t for t in steps if t not in ys]
            marginal = cube.sum(axis=tuple(gone)).reshape(len(cube), -1)
            with np.errstate(all="ignore"):
                self.known[xs, ys] = self.rule.plogp(marginal).sum(axis=1)
        return self.known[xs, ys]


def _last_symbol_first(joint: Array, n: int) -> Array:
    kx, ky = (round(words ** (1 / n)) for words in joint.shape[1:])
    cube = joint.reshape(-1, *[kx] * n, *[ky] * n)
    order = [0, *range(n, 0, -1), *range(2 * n, n, -1)]
    return cube.transpose(order).reshape(joint.shape)


def _unreachable_made_uniform(joint: Array, n: int) -> Array:
    """Give a word of X that never occurs the mass of an average one, uniform over words of Y."""
    missing = joint.sum(axis=2, keepdims=True) == 0
    filled = np.where(missing, 1.0 / joint[0].size, joint)
    return filled / filled.sum(axis=(1, 2), keepdims=True)


MUTANTS: dict[str, Callable[..., Any]] = {
    "targets before the window forgotten": Wrong(
        full=lambda a, b, c, i: (range(a, min(b, i) + 1), range(1, a), range(c, i))
    ),
    "sources before the window forgotten": Wrong(
        full=lambda a, b, c, i: (range(a, min(b, i) + 1), range(0), range(1, i))
    ),
    "sources after the window given": Wrong(
        full=lambda a, b, c, i: (
            (range(a, min(b, i) + 1), range(1, i + 1), range(1, i))
            if i > b
            else _full_windows(a, b, c, i)
        )
    ),
    "strict arrow forgets sources before the window": Wrong(
        strict=lambda c, d, a, j: (range(c, min(d, j - 1) + 1), range(0), range(1, j))
    ),
    "strict arrow at the same index": Wrong(
        strict=lambda c, d, a, j: (range(c, min(d, j) + 1), range(1, c), range(1, j))
    ),
    "strict arrow one index late": Wrong(
        strict=lambda c, d, a, j: (range(c, min(d, j - 2) + 1), range(1, c), range(1, j))
    ),
    "same index left out": Wrong(
        full=lambda a, b, c, i: (range(a, min(b, i - 1) + 1), range(1, a), range(1, i))
    ),
    "later sources let in": Wrong(
        full=lambda a, b, c, i: (range(a, b + 1), range(1, a), range(1, i))
    ),
    "past of the target not given": Wrong(
        full=lambda a, b, c, i: (range(a, min(b, i) + 1), range(1, a), range(0))
    ),
    "natural logarithms called bits": Wrong(factor=math.log(2)),
    "one in a million too large": Wrong(factor=1 + 1e-6),
    "sides exchanged": Wrong(of=lambda joint, n: np.swapaxes(joint, 1, 2)),
    "last symbol first": Wrong(of=_last_symbol_first),
    "unreachable words made uniform": Wrong(of=_unreachable_made_uniform),
    "probabilities clipped": Wrong(of=lambda joint, n: np.maximum(joint, 1e-6)),
    "float32 inside": Wrong(of=lambda joint, n: joint.astype(np.float32).astype(np.float64)),
    "smoothed": Wrong(of=lambda joint, n: (1 - 1e-6) * joint + 1e-6 / joint[0].size),
    "epsilon in the logarithm": Wrong(plogp=lambda p: -p * np.log2(p + 1e-9)),
    "zero times the logarithm of zero": Wrong(plogp=lambda p: -p * np.log2(p)),
}
TRIVIAL: dict[str, Callable[..., Any]] = {
    "zero": Wrong(factor=0.0),
    "entropy of the target": Wrong(
        of=lambda joint, n: joint.sum(axis=1)[:, :, None] * np.eye(joint.shape[2])
    ),
}

DIRECTED_INFORMATION = Role(
    name="directed_information",
    family="directed_information",
    signature="f(joint (kx**n, ky**n) float, n) -> bits, I(X^n -> Y^n); or a table with the "
    "methods directed_information(x, y) and strict(y, x) of intervals",
    default=DEFAULT,
    adapt=_adapt,
    mutants=MUTANTS,
    trivial=TRIVIAL,
    typical=(JOINTS, whole(n=3, seed=np.arange(64))),
)
