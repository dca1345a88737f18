"""The roles `sparsemax`, `entmax15` and `entmax`: weights that can be exactly zero, and mistakes.

All three are p = [(alpha - 1) z - tau]_+ ^ (1 / (alpha - 1)) with the cut tau at which the weights
add up to one; alpha is 2, 1.5, or an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify import _random
from corollary.verify.domain import (
    SEED,
    Choice,
    Constraint,
    Domain,
    Integers,
    Parameters,
    Range,
    Reals,
)
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Preset, Role
from corollary.verify.roles.softmax._heads import (
    HEADS,
    TYPICAL,
    Heads,
    build_heads,
)
from corollary.verify.roles.softmax._plain import softmax

EXACT = 60  # halvings of a bracket of length one


@dataclass(frozen=True)
class SparseHeads:
    """A batch of heads for a sparse map.

    Attributes
    ----------
    heads : Heads
        At temperature 1.
    alpha : float
        Shared by the batch.
    gap : ndarray (rows, 1)
        Between the two largest logits, as stored; 0 where there is one.
    rounding : ndarray (rows, 1)
        Tolerance of one weight, or of their sum, in units of roundoff at 1: 64 for the cut, which
        the power 1/(alpha-1) magnifies, and for each item eight roundings of its logit.
    """

    heads: Heads
    alpha: float

    @property
    def gap(self) -> Array:
        if self.heads.kept < 2:
            return 0 * self.heads.spread
        ordered = np.sort(self.heads.kept_logits, axis=-1)
        difference: Array = ordered[:, -1:] - ordered[:, -2:-1]
        return difference

    @property
    def rounding(self) -> Array:
        return 64 / (self.alpha - 1) + self.heads.n * (8 + 2 * self.heads.spread)


def room_at_the_cut(rate: float, size: Any, precision: Precision) -> Any:
    """Return how far from the cut an item must be for rounding not to decide if it has a weight.

    In units of (alpha - 1) z: 64 roundings at 1 for the cut, eight of the logit of that size.
    """
    return precision.unit * (64 + 8 * rate * size)


def _build_sparse(parameters: Parameters, precision: Precision) -> SparseHeads:
    return SparseHeads(build_heads(parameters, precision), float(parameters["alpha"]))


def _build_two_level(parameters: Parameters, precision: Precision) -> SparseHeads:
    """Return one high item whose gap is `ratio` times the one that makes the result one-hot.

    A ratio below 1 is kept so far from it that each other weight, q = d^(1/(alpha-1)) at distance
    d from the cut, is a normal number and d more than rounding; in float64 they all are.
    """
    n, rate = int(parameters["n"]), float(parameters["alpha"]) - 1
    ratio = np.asarray(parameters["ratio"], dtype=np.float64)
    distance = room_at_the_cut(rate, 0.5 / rate, precision) + precision.tiny**rate
    least = min(distance ** (1 / rate), 1 / n)
    most = max((1 - (n - 1) * least) ** rate - distance, 0.0)
    spread = np.where(ratio < 1, np.minimum(ratio, most), ratio) / rate
    return _build_sparse({**parameters, "spread": spread}, precision)


_ALPHA = Reals(1.1, 2.0, (1.25, 1.5, 2.0))
_SHAPE: dict[str, Range] = {
    **HEADS.shape, "n": Integers(1, 100), "temperature": Reals(1.0, 1.0), "alpha": _ALPHA,
}  # fmt: skip
SPARSE_HEADS = Domain(
    name="heads of a sparse map",
    statement="$n$ finite logits with spread $\\delta$ and gap $g$ between the two largest, "
    "$1 < \\alpha \\le 2$",
    shape=_SHAPE,
    rows={**HEADS.rows, "spread": Reals(0.0, 6.0, (0.0, 0.5, 1.0, 2.0, 4.0))},
    build=_build_sparse,
    constraints=HEADS.constraints,
)
ANY_SPARSE_HEADS = Domain(
    name="heads of a sparse map, of any spread",
    statement="$n$ finite logits, $1 < \\alpha \\le 2$",
    shape=_SHAPE,
    rows={**SPARSE_HEADS.rows, "spread": Reals(0.0, 20.0, (0.0, 1.0, 2.0))},
    build=_build_sparse,
)
TWO_LEVEL_HEADS = Domain(
    name="one item high",
    statement="$n \\ge 2$ logits $(g, 0, \\ldots, 0)$ with $g < 1/(\\alpha-1)$",
    shape={**_SHAPE, "n": Integers(2, 500), "pattern": Choice(("one_high",))},
    rows={**{name: item for name, item in HEADS.rows.items() if name != "spread"},
          "ratio": Reals(0.0, 0.98, (0.0, 0.5))},
    build=_build_two_level,
    constraints={
        "below the gap": Constraint("$g < 1/(\\alpha-1)$.", "ratio", Reals(1.05, 3.0))
    },
)  # fmt: skip


def sparse_case(**parameters: Any) -> dict[str, Any]:
    """Return the full parameters of a head for a sparse map from the few that matter."""
    usual = {**TYPICAL, "n": 2, "pattern": "top_1", "temperature": 1.0, "spread": 1.0, "seed": 0,
             "alpha": 2.0}  # fmt: skip
    return {**usual, **parameters}


@dataclass(frozen=True)
class Linked:
    """A batch of weights p, and logits that have them: z = p^(alpha-1)/(alpha-1) on the support.

    Attributes
    ----------
    weights, logits : ndarray (rows, n)
    direction : ndarray (rows, n)
        A change of the logits, so small that the support stays what it is.
    magnification : ndarray (rows, n)
        How much an error of the cut is magnified in each weight, and by what it changes their
        sum, by which weights may be divided.
    """

    alpha: float
    weights: Array
    logits: Array
    direction: Array

    @property
    def magnification(self) -> Array:
        rate = self.alpha - 1
        steep = np.where(self.weights > 0, np.maximum(self.weights, 1e-9) ** (1 - rate) / rate, 0)
        steep = steep * (1 + np.abs(self.logits))
        return steep + self.weights * (1 + steep.sum(axis=-1, keepdims=True))


def _build_linked(parameters: Parameters, precision: Precision) -> Linked:
    n, alpha = int(parameters["n"]), float(parameters["alpha"])
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    drawn = _random.uniforms(seed, 3 * n)
    support = min(int(parameters["support"]), n)
    inside = np.argsort(drawn[:, :n], axis=-1) < support
    shares = np.where(inside, 0.05 + drawn[:, n : 2 * n], 0.0)
    weights = shares / shares.sum(axis=-1, keepdims=True)
    rate = alpha - 1
    # Rounding must not decide on which side of the cut an item is.
    margin = np.asarray(parameters["margin"])[:, None]
    margin = np.where(margin > 0, np.maximum(margin, room_at_the_cut(rate, 1.0, precision)), margin)
    outside = -margin / rate
    logits = precision.round(np.where(inside, weights**rate / rate, outside))
    # The cut moves by no more than the logits, so twice this reaches half-way to the nearest
    # change of support; short enough, too, for the map to be smooth along the way.
    least = np.min(np.where(inside, weights, 1.0), axis=-1, keepdims=True) ** rate
    reach = 0.25 * np.minimum(np.minimum(least, np.abs(rate * outside)) / rate, 1.0)
    direction = reach * (2 * drawn[:, 2 * n :] - 1)
    return Linked(alpha, weights, logits, direction)


LINKED = Domain(
    name="weights and their logits",
    statement="weights $p$ on the simplex, logits $z_i = p_i^{\\alpha-1}/(\\alpha-1)$ on the "
    "support and $(\\alpha-1) z_i < 0$ off it, $1 < \\alpha \\le 4$",
    shape={
        "n": Integers(1, 10),
        "support": Integers(1, 10),
        "alpha": Reals(1.1, 4.0, (1.25, 1.5, 2.0, 3.0)),
    },
    rows={"margin": Reals(0.01, 2.0), "seed": SEED},
    build=_build_linked,
    constraints={
        "below the cut": Constraint(
            "Logits off the support are below the cut.", "margin", Reals(-0.9, -0.1)
        )
    },
)


def by_halving(logits: Any, alpha: float, steps: int = EXACT, normalise: bool = False) -> Any:
    """Return alpha-entmax with its cut found by `steps` halvings."""
    rate = alpha - 1
    scaled = rate * (logits - logits.max(axis=-1, keepdims=True))
    low = np.full((*logits.shape[:-1], 1), -1.0)
    high = np.zeros_like(low)
    for _ in range(steps):
        middle = (low + high) / 2
        heavy = _powers(scaled - middle, rate).sum(axis=-1, keepdims=True) >= 1
        low, high = np.where(heavy, middle, low), np.where(heavy, high, middle)
    weights = _powers(scaled - (low if steps == EXACT else (low + high) / 2), rate)
    return weights / weights.sum(axis=-1, keepdims=True) if normalise else weights


def _powers(excess: Any, rate: float) -> Any:
    return np.maximum(excess, 0.0) ** (1 / rate)


def by_sorting(logits: Any, extra: int = 0, room: float = 0.0) -> Any:
    """Return sparsemax by sorting, its support `extra` items larger than it should be."""
    below = logits - logits.max(axis=-1, keepdims=True)
    ordered = -np.sort(-below, axis=-1)
    sums = np.cumsum(ordered, axis=-1)
    counts = np.arange(1, logits.shape[-1] + 1)
    size = np.sum(1 + counts * ordered > sums + room, axis=-1, keepdims=True)
    size = np.clip(size + extra, 1, logits.shape[-1])
    cut = (np.take_along_axis(sums, size - 1, axis=-1) - 1) / size
    return np.maximum(below - cut, 0.0)


def by_sorting15(logits: Any, extra: int = 0, centred: bool = True, scale: float = 0.5) -> Any:
    """Return 1.5-entmax by sorting, with a flaw or none."""
    halves = scale * (logits - logits.max(axis=-1, keepdims=True))
    ordered = -np.sort(-halves, axis=-1)
    counts = np.arange(1, logits.shape[-1] + 1)
    mean = np.cumsum(ordered, axis=-1) / counts
    scatter = np.cumsum(ordered**2, axis=-1) - (counts * mean**2 if centred else 0.0)
    cuts = mean - np.sqrt(np.maximum((1 - scatter) / counts, 0.0))
    size = np.clip(np.sum(cuts <= ordered, axis=-1, keepdims=True) + extra, 1, logits.shape[-1])
    return np.maximum(halves - np.take_along_axis(cuts, size - 1, axis=-1), 0.0) ** 2


def _dropped(weights: Any) -> Any:
    return np.where(weights < 1e-4, 0.0, weights)


def _smoothed(weights: Any) -> Any:
    return (1 - 1e-7) * weights + 1e-7 / weights.shape[-1]


def _in_single(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(x.astype(np.float32)).astype(np.float64)


def _clipped_and_normalised(logits: Any) -> Any:
    weights = np.maximum(1 + logits - logits.max(axis=-1, keepdims=True), 0.0)
    return weights / weights.sum(axis=-1, keepdims=True)


SPARSEMAX_MUTANTS: dict[str, Callable[..., Any]] = {
    "support one too large": lambda x: by_sorting(x, extra=1),
    "support one too small": lambda x: by_sorting(x, extra=-1),
    "support with a tolerance": lambda x: by_sorting(x, room=1e-3),
    "whole row as support": lambda x: by_sorting(x, extra=x.shape[-1]),
    "clipped and normalised": _clipped_and_normalised,
    "ten halvings": lambda x: by_halving(x, 2.0, steps=10),
    "ten halvings, normalised": lambda x: by_halving(x, 2.0, steps=10, normalise=True),
    "logits halved": lambda x: by_sorting(x / 2),
    "wrong axis": lambda x: by_sorting(x.T).T,
    "small weights dropped": lambda x: _dropped(by_sorting(x)),
    "smoothed": lambda x: _smoothed(by_sorting(x)),
    "float32 inside": _in_single(by_sorting),
}
ENTMAX15_MUTANTS: dict[str, Callable[..., Any]] = {
    "support one too large": lambda x: by_sorting15(x, extra=1),
    "support one too small": lambda x: by_sorting15(x, extra=-1),
    "squares not centred": lambda x: by_sorting15(x, centred=False),
    "logits not halved": lambda x: by_sorting15(x, scale=1.0),
    "weights not squared": lambda x: np.sqrt(by_sorting15(x)),
    "twelve halvings": lambda x: by_halving(x, 1.5, steps=12),
    "twelve halvings, normalised": lambda x: by_halving(x, 1.5, steps=12, normalise=True),
    "alpha of 1.501": lambda x: by_halving(x, 1.501),
    "small weights dropped": lambda x: _dropped(by_sorting15(x)),
    "smoothed": lambda x: _smoothed(by_sorting15(x)),
    "float32 inside": _in_single(by_sorting15),
}
ENTMAX_MUTANTS: dict[str, Callable[..., Any]] = {
    "halvings stopped early": lambda x, alpha: by_halving(x, alpha, steps=12),
    "stopped early, normalised": lambda x, alpha: by_halving(x, alpha, steps=12, normalise=True),
    "alpha of 1.5 throughout": lambda x, alpha: by_halving(x, 1.5),
    "alpha 0.1 % off": lambda x, alpha: by_halving(x, 1.001 * alpha),
    "softmax for alpha below 1.3": lambda x, alpha: softmax(x) if alpha < 1.3 else by_halving(
        x, alpha
    ),
    "power inverted": lambda x, alpha: by_halving(x, alpha) ** ((alpha - 1) ** 2),
    "logits not scaled": lambda x, alpha: by_halving(x / (alpha - 1), alpha),
    "small weights dropped": lambda x, alpha: _dropped(by_halving(x, alpha)),
    "smoothed": lambda x, alpha: _smoothed(by_halving(x, alpha)),
    "float32 inside": lambda x, alpha: _in_single(lambda y: by_halving(y, alpha))(x),
}  # fmt: skip


def _trivial() -> dict[str, Callable[..., Any]]:
    return {
        "zero": lambda x, alpha=0.0: np.zeros_like(x),
        "uniform": lambda x, alpha=0.0: np.full_like(x, 1 / x.shape[-1]),
        "hardmax": lambda x, alpha=0.0: np.eye(x.shape[-1])[x.argmax(axis=-1)],
    }


def _fixed(implementation: Implementation) -> Callable[..., Array]:
    """Return the map of the logits alone."""
    return implementation.arrays


def _with_alpha(implementation: Implementation) -> Callable[..., Array]:
    """Return ``entmax(logits, alpha)``."""

    def entmax(logits: Array, alpha: float) -> Array:
        return implementation.arrays(logits, alpha=alpha)

    return entmax


_TYPICAL_ROWS = sparse_case(n=64, pattern="uniform", spread=4.0, alpha=1.5, seed=np.arange(256))

SPARSEMAX = Role(
    name="sparsemax",
    family="softmax",
    signature="sparsemax(logits (..., n) float) -> weights (..., n) float",
    default="corollary.algorithms.softmax:sparsemax",
    adapt=_fixed,
    mutants=SPARSEMAX_MUTANTS,
    trivial=_trivial(),
    typical=(SPARSE_HEADS, _TYPICAL_ROWS),
    presets={"entmax:sparsemax": Preset({"dim": -1}, "torch")},
)
ENTMAX15 = Role(
    name="entmax15",
    family="softmax",
    signature="entmax15(logits (..., n) float) -> weights (..., n) float",
    default="corollary.algorithms.softmax:entmax15",
    adapt=_fixed,
    mutants=ENTMAX15_MUTANTS,
    trivial=_trivial(),
    typical=(SPARSE_HEADS, _TYPICAL_ROWS),
    presets={"entmax:entmax15": Preset({"dim": -1}, "torch")},
)
ENTMAX = Role(
    name="entmax",
    family="softmax",
    signature="entmax(logits (..., n) float, alpha) -> weights (..., n) float",
    default="corollary.algorithms.softmax:entmax",
    adapt=_with_alpha,
    mutants=ENTMAX_MUTANTS,
    trivial=_trivial(),
    typical=(SPARSE_HEADS, _TYPICAL_ROWS),
    presets={
        "corollary.algorithms.softmax:entmax": Preset({"alpha": "@alpha"}),
        "entmax:entmax_bisect": Preset({"alpha": "@alpha", "dim": -1}, "torch"),
    },
)
