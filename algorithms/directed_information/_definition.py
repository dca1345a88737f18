"""Directed informations straight from their definitions: plain, slow, and used only as oracle."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Interval = tuple[int, int]


def entropy_definition(joint: Array, horizon: int, kept: Iterable[tuple[str, int]]) -> float:
    """Return H in bits of the chosen symbols, such as ``("x", 1)`` and ``("y", 3)``."""
    kx, ky = (round(side ** (1 / horizon)) for side in joint.shape)
    chosen = sorted(kept)
    weights: dict[tuple[int, ...], float] = {}
    words = itertools.product(
        itertools.product(range(kx), repeat=horizon), itertools.product(range(ky), repeat=horizon)
    )
    for (x, y), p in zip(words, joint.ravel(), strict=True):
        key = tuple((x if name == "x" else y)[index - 1] for name, index in chosen)
        weights[key] = weights.get(key, 0.0) + float(p)
    return float(-sum(p * np.log2(p) for p in weights.values() if p > 0))


def conditional_information_definition(
    joint: Array,
    horizon: int,
    left: set[tuple[str, int]],
    right: set[tuple[str, int]],
    given: set[tuple[str, int]],
) -> float:
    """Return I(left ; right | given) in bits from four entropies."""

    def h(kept: set[tuple[str, int]]) -> float:
        return entropy_definition(joint, horizon, kept)

    return h(left | given) + h(right | given) - h(left | right | given) - h(given)


def directed_information_definition(
    joint: Array, horizon: int, source: Interval, target: Interval
) -> float:
    """Return I(X_{a:b} -> Y_{c:d}) = sum over i of I(X_{a:min(b,i)} ; Y_i | X_{<a}, Y_{<i})."""
    (a, b), (c, d) = source, target
    return sum(
        conditional_information_definition(
            joint,
            horizon,
            {("x", j) for j in range(a, min(b, i) + 1)},
            {("y", i)},
            {("x", j) for j in range(1, a)} | {("y", t) for t in range(1, i)},
        )
        for i in range(max(a, c), d + 1)
    )


def strict_definition(joint: Array, horizon: int, source: Interval, target: Interval) -> float:
    """Return I(Y_{c:d} ~> X_{a:b}) = sum over j of I(Y_{c:min(d,j-1)} ; X_j | X_{<j}, Y_{<c})."""
    (c, d), (a, b) = source, target
    return sum(
        conditional_information_definition(
            joint,
            horizon,
            {("y", i) for i in range(c, min(d, j - 1) + 1)},
            {("x", j)},
            {("x", t) for t in range(1, j)} | {("y", i) for i in range(1, c)},
        )
        for j in range(max(a, c + 1), b + 1)
    )
