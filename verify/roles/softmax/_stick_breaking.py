"""The roles `stick_breaking` and `entropy_pinned_softmax`, with mistakes of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corollary.verify.domain import (
    SEED,
    Choice,
    Constraint,
    Domain,
    Integers,
    Parameters,
    Reals,
)
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Preset, Role
from corollary.verify.roles.softmax._heads import HEADS, PATTERNS, build_heads, case, column
from corollary.verify.roles.softmax._plain import entropy, softmax
from corollary.verify.roles.softmax._settled import (
    of_logits,
    trivial,
    with_argument,
)


def _left(logits: Any) -> Any:
    """Return ln of what the items after each one leave."""
    passed = -np.logaddexp(0.0, logits)
    return np.cumsum(passed[:, ::-1], axis=-1)[:, ::-1] - passed


def stick_weights(logits: Any) -> Any:
    """Return sigma(z_j) times the product of 1 - sigma(z_k) over the later k."""
    return np.exp(-np.logaddexp(0.0, -logits) + _left(logits))


STICK_BREAKING = Role(
    name="stick_breaking",
    family="softmax",
    signature="stick_breaking(logits (..., n) float, the last the nearest) -> weights (..., n)",
    default="corollary.algorithms.softmax:stick_breaking",
    adapt=of_logits,
    mutants={
        "first item nearest": lambda x: stick_weights(x[:, ::-1])[:, ::-1],
        "own share left out": lambda x: np.exp(-np.logaddexp(0.0, -x) + _left(x)
                                               - np.logaddexp(0.0, x)),
        "normalised": lambda x: stick_weights(x) / stick_weights(x).sum(axis=-1, keepdims=True),
        "nearest skipped": lambda x: np.exp(-np.logaddexp(0.0, -x) + np.minimum(
            _left(x) + np.logaddexp(0.0, x[:, -1:]), 0.0)),
        "sigmoid alone": lambda x: np.exp(-np.logaddexp(0.0, -x)),
        "products underflow": lambda x: np.where(stick_weights(x) < 1e-9, 0.0, stick_weights(x)),
        "epsilon in each share": lambda x: stick_weights(x) * (1 - 1e-8),
        "float32 inside": lambda x: stick_weights(x.astype(np.float32)).astype(np.float64),
        "logits clipped at 30": lambda x: stick_weights(np.clip(x, -30.0, 30.0)),
        "log-sigmoid without care": lambda x: np.exp(np.log(1 / (1 + np.exp(-x)) + 1e-12)
                                                     + _left(x)),
    },
    trivial=trivial(),
    typical=(HEADS, case(n=64, pattern="uniform", spread=4.0, seed=np.arange(256))),
)  # fmt: skip


@dataclass(frozen=True)
class Sticks:
    """A batch of rows of logits between `low` and `high`, each (rows, 1)."""

    n: int
    logits: Array
    low: Array
    high: Array


def _build_sticks(parameters: Parameters, precision: Precision) -> Sticks:
    heads = build_heads(parameters, precision)
    centre = column(parameters, "centre")
    logits = precision.round(heads.logits + centre)
    low, high = logits.min(axis=-1, keepdims=True), logits.max(axis=-1, keepdims=True)
    middle, half = (low + high) / 2, (high - low) / 2
    share = column(parameters, "narrowed")
    whole = share == 1
    return Sticks(
        heads.n,
        logits,
        np.where(whole, low, middle - share * half),
        np.where(whole, high, middle + share * half),
    )


STICKS = Domain(
    name="sticks",
    statement="$n$ logits in $[m, M]$, the last of the nearest key",
    shape={"n": Integers(1, 100), "pattern": Choice(PATTERNS)},
    rows={
        "spread": Reals(0.0, 20.0, (0.0, 1.0)),
        "centre": Reals(-60.0, 60.0, (0.0, 1.0, -1.0, -3.0)),
        "narrowed": Reals(1.0, 1.0),
        "seed": SEED,
    },
    build=_build_sticks,
    constraints={
        "in the range": Constraint("The logits lie in $[m, M]$.", "narrowed", Reals(0.0, 0.9))
    },
)
FREE_STICKS = replace(STICKS, name="sticks of any range", constraints={})


@dataclass(frozen=True)
class PinnedHeads:
    """A batch of rows of logits that differ, and the entropies (rows, 1) they are to have."""

    n: int
    logits: Array
    spread: Array
    target: Array


def _build_pinned(parameters: Parameters, precision: Precision) -> PinnedHeads:
    heads = build_heads(parameters, precision)
    logits = heads.logits
    width = column(parameters, "spread") / 2
    logits[:, :1], logits[:, 1:2] = precision.round(width), precision.round(-width)
    ties = np.sum(logits == logits.max(axis=-1, keepdims=True), axis=-1, keepdims=True)
    share = column(parameters, "share")
    target = np.log(ties) + share * (np.log(heads.n) - np.log(ties))
    return PinnedHeads(heads.n, logits, 2 * width, target)


PINNED_HEADS = Domain(
    name="heads of a pinned entropy",
    statement="$n \\ge 2$ logits that differ, and a target between $\\ln \\#\\mathrm{argmax}$ and "
    "$\\ln n$",
    shape={"n": Integers(2, 60), "pattern": Choice(PATTERNS)},
    rows={
        "spread": Reals(0.1, 40.0, (1.0,)),
        "share": Reals(0.02, 0.98, (0.5,)),
        "seed": SEED,
    },
    build=_build_pinned,
    constraints={
        "within reach": Constraint("The target is below $\\ln n$.", "share", Reals(1.05, 2.0))
    },
)


def pinned(logits: Any, target: Any, halvings: int = 80) -> Any:
    """Return the softmax of the wanted entropies (rows,), its sharpness found by halving."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    low, high = np.full((len(logits), 1), -30.0), np.full((len(logits), 1), 30.0)
    for _ in range(halvings):
        middle = (low + high) / 2
        flat = entropy(softmax(np.exp(middle) * shifted)) > np.reshape(target, (-1, 1))
        low, high = np.where(flat, middle, low), np.where(flat, high, middle)
    return softmax(np.exp(low) * shifted)


PINNED = Role(
    name="entropy_pinned_softmax",
    family="softmax",
    signature="entropy_pinned_softmax(logits (..., n) float, entropy (...)) -> weights (..., n)",
    default="corollary.algorithms.softmax:entropy_pinned_softmax",
    adapt=with_argument("entropy"),
    mutants={
        "target in bits": lambda x, entropy: pinned(x, entropy * np.log(2)),
        "twenty halvings": lambda x, entropy: pinned(x, entropy, halvings=20),
        "one target for the batch": lambda x, entropy: pinned(x, 0 * entropy + entropy[0]),
        "mixed with the uniform": lambda x, entropy: 0.999999 * pinned(x, entropy)
        + 1e-6 / x.shape[-1],
        "target 0.01 % off": lambda x, entropy: pinned(x, 1.0001 * entropy),
        "plain softmax": lambda x, entropy: softmax(x),
    },
    trivial=trivial(),
    typical=(
        PINNED_HEADS,
        {"n": 64, "pattern": "uniform", "spread": 4.0, "share": 0.5, "seed": np.arange(256)},
    ),
    presets={"corollary.algorithms.softmax:entropy_pinned_softmax": Preset(
        {"entropy": "@entropy"})},
)  # fmt: skip
