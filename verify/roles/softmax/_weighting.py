"""The role `weighting`: any map of logits to the simplex, and ways not to be one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify.domain import (
    SEED,
    Choice,
    Domain,
    Integers,
    Parameters,
    Reals,
)
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Preset, Role
from corollary.verify.roles.softmax._heads import HEADS, PATTERNS, build_heads, case
from corollary.verify.roles.softmax._plain import softmax
from corollary.verify.roles.softmax._settled import (
    Function,
    of_logits,
    trivial,
)
from corollary.verify.roles.softmax._sparse import by_sorting


def _tilted(logits: Any) -> Any:
    return by_sorting(logits + 1e-4 * np.arange(logits.shape[-1]) / logits.shape[-1])


def _scaled_by_size(logits: Any) -> Any:
    return by_sorting(logits / (1 + 1e-9 * np.abs(logits).max(axis=-1, keepdims=True)))


def _first_of_ties(logits: Any) -> Any:
    weights = by_sorting(logits)
    first = np.arange(logits.shape[-1]) == logits.argmax(axis=-1)[:, None]
    return np.where(first, weights + 1e-6, weights) / (1 + 1e-6)


def _largest_swapped(logits: Any) -> Any:
    weights = by_sorting(logits)
    order = np.argsort(weights, axis=-1)[:, -2:]
    swapped = weights.copy()
    np.put_along_axis(swapped, order, np.take_along_axis(weights, order[:, ::-1], -1), -1)
    return swapped


def _not_clipped(logits: Any) -> Any:
    below = logits - logits.max(axis=-1, keepdims=True)
    return below + (1 - below.sum(axis=-1, keepdims=True)) / logits.shape[-1]


def _guarded(function: Function) -> Function:
    """Return the map that gives zeros for a row that has no weights."""

    def guarded(logits: Any) -> Any:
        hopeless = ~np.isfinite(logits.max(axis=-1, keepdims=True))
        return np.where(hopeless, 0.0, function(np.where(hopeless, 0.0, logits)))

    return guarded


WRONG_WEIGHTINGS: dict[str, Function] = {
    "tilted by position": _tilted,
    "depends on the size of the logits": _scaled_by_size,
    "first of ties preferred": _first_of_ties,
    "sorted": lambda x: -np.sort(-by_sorting(x), axis=-1),
    "mirrored": lambda x: by_sorting(x[:, ::-1]),
    "two largest swapped": _largest_swapped,
    "projected on the plane alone": _not_clipped,
    "mass of 1e-7 lost": lambda x: by_sorting(x) * (1 - 1e-7),
    "wrong axis": lambda x: by_sorting(x.T).T,
    "float32 inside": lambda x: by_sorting(x.astype(np.float32)).astype(np.float64),
    "a little below 0": lambda x: by_sorting(x) * (1 + 1e-7) - 1e-7 / x.shape[-1],
}

WEIGHTING = Role(
    name="weighting",
    family="softmax",
    signature="weighting(logits (..., n) float) -> weights (..., n) float on the simplex",
    default="corollary.algorithms.softmax:sparsemax",
    adapt=of_logits,
    mutants={
        **{name: _guarded(function) for name, function in WRONG_WEIGHTINGS.items()},
        "NaN for a row of nothing": softmax,
    },
    trivial=trivial(),
    typical=(HEADS, case(n=64, pattern="uniform", spread=4.0, seed=np.arange(256))),
    presets={
        "scipy.special:softmax": Preset({"axis": -1}),
        "torch:softmax": Preset({"dim": -1}, "torch"),
        "torch.nn.functional:softmax": Preset({"dim": -1}, "torch"),
        "jax.nn:softmax": Preset({"axis": -1}, "jax"),
        "entmax:sparsemax": Preset({"dim": -1}, "torch"),
        "entmax:entmax15": Preset({"dim": -1}, "torch"),
    },
)
PLAIN_HEADS = Domain(
    name="heads of a weighting",
    statement="$n$ finite logits, and an offset",
    shape={**HEADS.shape, "n": Integers(1, 60), "temperature": Reals(1.0, 1.0),
           "shifts": Integers(1, 1)},
    rows={**HEADS.rows, "spread": Reals(0.0, 20.0, (0.0, 1.0)),
          "other": Reals(-1e3, 1e3, (0.0, 1.0, -100.0))},
    build=build_heads,
)  # fmt: skip


@dataclass(frozen=True)
class HopelessRows:
    """A batch of rows that have no weights: nothing but masked items, or an infinite logit."""

    logits: Array


def _build_hopeless(parameters: Parameters, precision: Precision) -> HopelessRows:
    heads = build_heads(parameters, precision)
    logits = heads.logits
    if str(parameters["fault"]) == "all masked":
        logits = np.full_like(logits, -np.inf)
    else:
        place = np.asarray(parameters["seed"], dtype=np.uint64) % np.uint64(heads.n)
        logits = np.where(np.arange(heads.n) == place[:, None], np.inf, logits)
    return HopelessRows(logits)


HOPELESS_ROWS = Domain(
    name="hopeless rows",
    statement="rows of nothing but masked items, or with an infinite logit",
    shape={
        "n": Integers(1, 60),
        "pattern": Choice(PATTERNS),
        "fault": Choice(("all masked", "plus infinity")),
    },
    rows={"spread": Reals(0.0, 20.0), "seed": SEED},
    build=_build_hopeless,
)
