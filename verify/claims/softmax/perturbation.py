"""SM8, SM10 and SM13: how far weights and outputs move when logits or items do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.theory import softmax as theory
from corollary.verify import _random
from corollary.verify.claim import Source, law
from corollary.verify.domain import SEED, Choice, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.softmax import (
    GLASSES,
    HEADS,
    PATTERNS,
    SHARP,
    SOFTMAX,
    Heads,
    case,
    exact_grid,
    pattern_levels,
    plain,
)
from corollary.verify.slack import Slack, at_most, between, equal

Softmax = Callable[..., Array]
LEMMA_B_2 = Source(GLASSES, "Lemma B.2")


@dataclass(frozen=True)
class Pairs:
    """A batch of two rows of logits each, close to one another.

    Attributes
    ----------
    one, other : ndarray (rows, n)
    difference : ndarray (rows, n)
        ``other - one``, exactly.
    spread : ndarray (rows, 1)
        Of the difference, times the factor of the constraint `close`.
    rounding : ndarray (rows, 1)
        Tolerance of one coefficient of either row, in units of roundoff.
    normal : float
        The smallest coefficient that has it: smaller ones underflow in the format.
    """

    n: int
    one: Array
    other: Array
    difference: Array
    spread: Array
    rounding: Array
    normal: float


def _width(values: Array) -> Array:
    width: Array = values.max(axis=-1, keepdims=True) - values.min(axis=-1, keepdims=True)
    return width


def _build_pairs(parameters: Parameters, precision: Precision) -> Pairs:
    n = int(parameters["n"])
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    spread, shift, understated = (
        np.asarray(parameters[name], dtype=np.float64)[:, None]
        for name in ("spread", "shift", "understated")
    )
    levels = pattern_levels(str(parameters["pattern"]), n, seed, spread)
    moves = pattern_levels(str(parameters["move"]), n, seed ^ np.uint64(1), spread)
    grid = exact_grid(spread + np.abs(shift), precision)
    one = grid * np.round(spread * (levels - 0.5) / grid)
    other = one + grid * np.round(shift * moves / grid)
    return Pairs(
        n=n,
        one=one,
        other=other,
        difference=other - one,
        spread=understated * _width(other - one),
        rounding=theory.softmax_error_ulps(n, np.maximum(_width(one), _width(other))),
        normal=precision.tiny,
    )


PAIRS = Domain(
    name="pairs",
    statement="two rows of $n$ logits whose difference has spread at most $s$",
    shape={"n": Integers(1, 200), "pattern": Choice(PATTERNS), "move": Choice(PATTERNS)},
    rows={
        "spread": Reals(0.0, 30.0, (0.0, 1.0)),
        "shift": Reals(-20.0, 20.0, (0.0, 1.0, 2.0, 4.0)),
        "understated": Reals(1.0, 1.0),
        "seed": SEED,
    },
    build=_build_pairs,
    constraints={
        "close": Constraint(
            "The spread of the difference is at most $s$.", "understated", Reals(0.0, 0.9)
        )
    },
)
UNBOUNDED_PAIRS = Domain(
    name="pairs of any distance",
    statement="two rows of $n$ logits $a$ and $b$",
    shape=PAIRS.shape,
    rows=PAIRS.rows,
    build=_build_pairs,
)
SUBSET_PAIRS = Domain(
    name="shifted subsets",
    statement="$n$ logits, and the same with $\\epsilon$ added to those of a subset",
    shape={**PAIRS.shape, "move": Choice(("two_level", "one_high", "one_low", "half"))},
    rows={**PAIRS.rows, "shift": Reals(-4.0, 4.0, (0.0, 1.0, -1.0))},
    build=_build_pairs,
)
NEAR_PAIRS = Domain(
    name="near pairs",
    statement="$n$ logits $e$ and a direction $v$ of spread at most 1",
    shape={**PAIRS.shape, "n": Integers(1, 100)},
    rows={**PAIRS.rows, "shift": Reals(-1.0, 1.0, (1.0,))},
    build=_build_pairs,
)


def _pair(**parameters: Any) -> dict[str, Any]:
    usual = {"n": 2, "pattern": "digits_2", "move": "top_1", "spread": 1.0, "shift": 2.0,
             "understated": 1.0, "seed": 2}  # fmt: skip
    return {**usual, **parameters}


# Logits (-s/4, s/4) moved to (3 s/4, s/4): the weights trade places.
FARTHEST = _pair(spread=1.0, shift=2.0)


def _total_variation(one: Array, other: Array) -> Array:
    distance: Array = 0.5 * np.sum(np.abs(one - other), axis=-1, keepdims=True)
    return distance


@law(SOFTMAX, over=PAIRS, source=LEMMA_B_2, standing="sharpened", dossier="SM8",
     tight=(FARTHEST,))  # fmt: skip
def total_variation_bound(softmax: Softmax, pairs: Pairs) -> tuple[Slack, Slack]:
    r"""Logits whose difference has spread $s$ have softmaxes within a total variation of
    $\tanh(s/4)$, and no coefficient changes by more than a factor of $e^{s}$.
    """
    one, other = softmax(pairs.one), softmax(pairs.other)
    bound = theory.total_variation_bound(pairs.spread)
    seen = np.minimum(one, other) >= pairs.normal
    ratio = np.abs(np.log(np.where(seen, one, 1.0) / np.where(seen, other, 1.0)))
    return (
        at_most(_total_variation(one, other), bound, ulps=2 * pairs.rounding + pairs.n, scale=1.0),
        at_most(ratio, pairs.spread, ulps=2 * pairs.rounding + 4, scale=1 + pairs.spread),
    )


@law(SOFTMAX, over=UNBOUNDED_PAIRS, standing="derived", dossier="SM8",
     tight=(_pair(pattern="top_2", spread=0.0, move="top_1", shift=0.125),))  # fmt: skip
def half_lipschitz(softmax: Softmax, pairs: Pairs) -> Slack:
    r"""Softmax is $\frac{1}{2}$-Lipschitz in the Euclidean norm, up to a common offset:
    $\|\mathrm{softmax}(a) - \mathrm{softmax}(b)\|_2 \le \frac{1}{2}\min_x \|a - b - x\|_2$.
    """
    moved = np.linalg.norm(softmax(pairs.other) - softmax(pairs.one), axis=-1, keepdims=True)
    centred = pairs.difference - pairs.difference.mean(axis=-1, keepdims=True)
    bound = np.linalg.norm(centred, axis=-1, keepdims=True) / 2
    absolute = 2 * pairs.rounding + pairs.n
    return at_most(moved, bound, ulps=absolute / bound + pairs.n)


@law(SOFTMAX, over=SUBSET_PAIRS, standing="derived", dossier="SM8")
def shift_of_a_subset(softmax: Softmax, pairs: Pairs) -> Slack:
    r"""Adding $\epsilon$ to the logits of a subset of mass $\mu$ moves the softmax by a total
    variation of exactly $\mu(1-\mu)|e^{\epsilon}-1|/(1+\mu(e^{\epsilon}-1))$.
    """
    one, other = softmax(pairs.one), softmax(pairs.other)
    member = pairs.difference != 0
    count = np.maximum(member.sum(axis=-1, keepdims=True), 1)
    shift = np.sum(np.where(member, pairs.difference, 0.0), axis=-1, keepdims=True) / count
    mass = np.minimum(np.sum(np.where(member, plain.softmax(pairs.one), 0.0), axis=-1), 1.0)
    expected = theory.total_variation_of_shift(mass[:, None], shift)
    # An error of the mass is multiplied by at most e^|shift|.
    roundings = 3 * pairs.rounding + (pairs.rounding + pairs.n) * np.exp(np.abs(shift))
    return equal(_total_variation(one, other), expected, ulps=roundings, scale=1.0)


@law(SOFTMAX, over=NEAR_PAIRS, standing="derived", dossier="SM10")
def jacobian(softmax: Softmax, pairs: Pairs) -> Slack:
    r"""The Jacobian of softmax is $\mathrm{diag}(p) - p p^{\top}$, in its integrated form
    $\mathrm{softmax}(e + v) - \mathrm{softmax}(e) = \int_0^1 (p \circ v - p\,(p \cdot v))\,ds$
    with $p = \mathrm{softmax}(e + s v)$.
    """
    v = pairs.difference - pairs.difference.min(axis=-1, keepdims=True)

    def slope(s: float) -> Array:
        p = softmax(pairs.one + s * pairs.difference)
        change: Array = p * (v - np.sum(p * v, axis=-1, keepdims=True))
        return change

    # Eight Gauss nodes: the integrand is analytic within pi of the path, so the error is 1e-17.
    nodes, shares = np.polynomial.legendre.leggauss(8)
    integral = sum(
        0.5 * share * slope(0.5 * (1 + node)) for node, share in zip(nodes, shares, strict=True)
    )
    change = softmax(pairs.other) - softmax(pairs.one)
    return equal(change, integral, ulps=4 * pairs.rounding + 4 * pairs.n, scale=1.0)


@law(SOFTMAX, over=HEADS.narrowed(n=Integers(1, 12)), standing="derived", dossier="SM10",
     tight=(case(n=2, pattern="top_2"),))  # fmt: skip
def jacobian_spectrum(softmax: Softmax, heads: Heads) -> tuple[Slack, ...]:
    r"""The matrix $\mathrm{diag}(p) - p p^{\top}$ is positive semidefinite with rows that add up
    to 0; its eigenvalues interlace the sorted coefficients, and the largest is at most
    $\min(\frac{1}{2}, 2 \max p(1-p), 1/(1+(n-1)e^{-t}))$.
    """
    p = softmax(heads.logits, heads.temperature)
    matrix = np.eye(heads.n) * p[:, None, :] - p[:, :, None] * p[:, None, :]
    sound = np.asarray(np.isfinite(matrix).all(axis=(-2, -1)))[:, None]
    eigenvalues = np.linalg.eigvalsh(np.where(sound[..., None], matrix, 0.0))[:, ::-1]
    eigenvalues = np.where(sound, eigenvalues, np.nan)
    kept = np.where(np.isinf(heads.logits), -np.inf, heads.logits / heads.temperature)
    lower, upper = theory.jacobian_spectrum_bounds(plain.softmax(kept))
    greatest = theory.jacobian_norm_bound(heads.n, heads.scaled_spread)
    roundings = 4 * heads.rounding + 8 * heads.n
    return (
        between(lower, eigenvalues, upper, ulps=roundings, scale=1.0),
        at_most(eigenvalues[:, :1], greatest, ulps=roundings, scale=1.0),
        equal(matrix.sum(axis=-1), np.zeros_like(p), ulps=roundings, scale=1.0),
    )


@dataclass(frozen=True)
class Swaps:
    """A batch of heads of which an item is replaced, key and value.

    Attributes
    ----------
    logits, values : ndarray (2, rows, n), (2, rows, n, 2)
        Before and after.
    spread, diameter : ndarray (rows, 1)
        Of all logits and of all values, each times the factor of its constraint.
    """

    n: int
    logits: Array
    values: Array
    spread: Array
    diameter: Array
    rounding: Array


def _build_swaps(parameters: Parameters, precision: Precision) -> Swaps:
    """Replace the first item, or as many as the parameter `replaced` says."""
    n, pattern = int(parameters["n"]), str(parameters["values"])
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    spread, diameter, height, close, near = (
        np.asarray(parameters[name], dtype=np.float64)[:, None]
        for name in ("spread", "diameter", "height", "close", "near")
    )
    levels = pattern_levels(str(parameters["pattern"]), n, seed, spread)
    radius, angle = (
        _random.uniforms(seed, 2 * n, stream=number).reshape(-1, 2, n).transpose(1, 0, 2)
        for number in (1, 2)
    )
    if pattern == "poles":  # the old and the new value at opposite ends, the others between
        first = np.arange(n) == 0
        radius = np.where(first, 1.0, 0.0) * np.ones_like(radius)
        angle = np.where(first, np.array([0.0, 0.5])[:, None, None], angle)
    values = radius[..., None] * np.stack(
        [np.cos(2 * np.pi * angle), np.sin(2 * np.pi * angle)], -1
    )
    values *= diameter[..., None] / 2
    kept = np.arange(n) >= int(parameters["replaced"])
    values[1, :, kept] = values[0, :, kept]
    after = np.where(kept, levels, height)
    logits = precision.round(spread * (np.stack([levels, after]) - 0.5))
    width = logits.max(axis=(0, 2)) - logits.min(axis=(0, 2))
    rounding = theory.softmax_error_ulps(n, width[:, None])
    return Swaps(n, logits, values, close * width[:, None], near * diameter, rounding)


SWAPS = Domain(
    name="swaps",
    statement="$n$ items, one of them replaced; logits within $\\delta$ before and after, values "
    "within $D$",
    shape={
        "n": Integers(1, 60),
        "pattern": Choice(PATTERNS),
        "values": Choice(("ball", "poles")),
        "replaced": Integers(1, 1),
    },
    rows={
        "spread": Reals(0.0, 20.0, (0.0, 1.0)),
        "height": Reals(0.0, 1.0, (0.0, 1.0)),
        "diameter": Reals(0.1, 10.0, (1.0,)),
        "close": Reals(1.0, 1.0),
        "near": Reals(1.0, 1.0),
        "seed": SEED,
    },
    build=_build_swaps,
    constraints={
        "one item": Constraint("One item is replaced.", "replaced", Integers(2, 60)),
        "bounded": Constraint(
            "The spread of the logits is at most $\\delta$.", "close", Reals(0.0, 0.9)
        ),
        "within the diameter": Constraint(
            "The values are within $D$ of each other.", "near", Reals(0.0, 0.9)
        ),
    },
)
SAME_WEIGHT = {
    "n": 4, "pattern": "top_1", "values": "poles", "replaced": 1, "spread": 2.0, "height": 1.0,
    "diameter": 1.0, "close": 1.0, "near": 1.0, "seed": 0,
}  # fmt: skip


@law(SOFTMAX, over=SWAPS, source=Source(SHARP, "Theorem 2.2"), standing="sharpened",
     dossier="SM13", tight=(SAME_WEIGHT,))  # fmt: skip
def swap_of_one_item(softmax: Softmax, swaps: Swaps) -> Slack:
    r"""Replacing one of $n$ items moves the output of a head by at most
    $D \max(\alpha_i, \alpha_i') \le D/(1+(n-1)e^{-t})$, with all values within $D$.
    """
    before, after = (
        np.sum(softmax(logits)[..., None] * values, axis=-2)
        for logits, values in zip(swaps.logits, swaps.values, strict=True)
    )
    moved = np.linalg.norm(after - before, axis=-1, keepdims=True)
    bound = theory.swap_bound(swaps.n, swaps.spread, swaps.diameter)
    # The outputs themselves, of size D, are rounded.
    ulps = 2 * (swaps.rounding + swaps.n) * swaps.diameter / bound
    return at_most(moved, bound, ulps=ulps)
