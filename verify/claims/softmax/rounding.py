"""NU1, NU3, NU4 and NU5: softmax in floating point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import fsum

import numpy as np

from corollary.theory import softmax as theory
from corollary.verify import _random
from corollary.verify.claim import law, table
from corollary.verify.domain import SEED, Choice, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.precision import PRECISIONS, Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.softmax import (
    PATTERNS,
    SHIFTED_HEADS,
    SOFTMAX,
    Heads,
    build_heads,
    column,
    pattern_levels,
)
from corollary.verify.slack import Slack, between, equal

Softmax = Callable[..., Array]
EXACT_SHIFTS = SHIFTED_HEADS.narrowed(temperature=Reals(1.0, 1.0), masked=Integers(0, 20))


@law(SOFTMAX, over=EXACT_SHIFTS, standing="derived", dossier="NU1")
def rounding_of_two_passes(softmax: Softmax, heads: Heads) -> Slack:
    r"""Each coefficient of the shifted two-pass softmax has a relative error of at most
    $|s_i| + \sum_j p_j |s_j| + 2k + n$ units of roundoff, with $s = e - \max e$ and an exponential
    good to $k = 2$ units.
    """
    shifted = heads.logits - heads.logits.max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    total = np.array([[fsum(row)] for row in exponentials.tolist()])
    expected = exponentials / total
    distance = np.where(exponentials > 0, np.abs(shifted), 0.0)
    mean = np.sum(expected * distance, axis=-1, keepdims=True)
    # The expected value is three roundings off: two exponentials, as they err, and a division.
    return equal(softmax(heads.logits), expected, ulps=distance + mean + 4 + heads.n + 3)


def where_counting_stops(format_name: str) -> float:
    """Return the whole number to which adding 1 changes nothing, in a floating-point format."""
    number = PRECISIONS[format_name]
    total = 1.0
    while number.round(np.array([2 * total + 1]))[0] > 2 * total:
        total *= 2
    return 2 * total


def _stops_otherwise(rule: Callable[[float], float]) -> Callable[[str], float]:
    return lambda format_name: rule(where_counting_stops(format_name))


COUNTING = Role(
    name="where_counting_stops",
    family="softmax",
    signature="where_counting_stops(format) -> the whole number to which adding 1 adds nothing",
    default=f"{__name__}:where_counting_stops",
    adapt=lambda implementation: implementation.plain,
    mutants={
        "a bit fewer": _stops_otherwise(lambda total: total / 2),
        "ties away from zero": _stops_otherwise(lambda total: total * 2),
        "one early": _stops_otherwise(lambda total: total - 1),
    },
    trivial={"zero": lambda format_name: 0.0},
)


@table(
    COUNTING,
    rows=(("bfloat16", 2**8), ("float16", 2**11), ("float32", 2**24), ("float64", 2**53)),
    digits=0,
    standing="derived",
    dossier="NU3",
)
def sums_stagnate(stops: Callable[[str], float], format_name: str) -> float:
    r"""A sum of ones added one by one stops growing at $2^8$ in bfloat16, $2^{11}$ in float16,
    $2^{24}$ in float32, $2^{53}$ in float64: beyond, equal coefficients add up to more than 1.
    """
    return float(stops(format_name))


@dataclass(frozen=True)
class Boxes:
    """A batch of boxes of logits, ends (rows, n), and a point of each."""

    low: Array
    high: Array
    logits: Array
    rounding: Array


def _build_boxes(parameters: Parameters, precision: Precision) -> Boxes:
    n, seed = int(parameters["n"]), np.asarray(parameters["seed"], dtype=np.uint64)
    levels = pattern_levels(str(parameters["pattern"]), n, seed, column(parameters, "spread"))
    drawn = _random.uniforms(seed, 2 * n, stream=1)
    low = precision.round(column(parameters, "spread") * (levels - 0.5))
    high = precision.round(low + column(parameters, "width") * drawn[:, :n])
    place = drawn[:, n:]
    if str(parameters["point"]) != "inside":  # the corner where the first coefficient is extremal
        first = np.arange(n) == 0
        place = np.where(first == (str(parameters["point"]) == "highest"), 1.0, 0.0) + 0 * place
    place = place + column(parameters, "beyond")
    logits = precision.round(np.where(place == 1, high, low + place * (high - low)))
    reach = np.maximum(high, logits).max(axis=-1) - np.minimum(low, logits).min(axis=-1)
    return Boxes(low, high, logits, theory.softmax_error_ulps(n, reach)[:, None])


BOXES = Domain(
    name="boxes",
    statement="a box of $n$ logits, and a point in it",
    shape={
        "n": Integers(1, 60),
        "pattern": Choice(PATTERNS),
        "point": Choice(("inside", "lowest", "highest")),
    },
    rows={
        "spread": Reals(0.0, 20.0, (0.0, 1.0)),
        "width": Reals(0.0, 5.0, (0.0, 1.0)),
        "beyond": Reals(0.0, 0.0),
        "seed": SEED,
    },
    build=_build_boxes,
    constraints={
        "inside": Constraint("The point lies in the box.", "beyond", Reals(1.5, 4.0)),
    },
)
CORNERS = tuple(
    {"n": 5, "pattern": "uniform", "point": point, "spread": 2.0, "width": 1.0, "beyond": 0.0,
     "seed": 7} for point in ("lowest", "highest")
)  # fmt: skip


@law(SOFTMAX, over=BOXES, standing="derived", dossier="NU4", tight=CORNERS)
def box_bounds(softmax: Softmax, boxes: Boxes) -> Slack:
    r"""Over a box of logits a coefficient is least with its own logit at the lower end and all
    others at their upper ends, and greatest at the opposite corner.
    """
    least, greatest = theory.softmax_box_bounds(boxes.low, boxes.high)
    return between(least, softmax(boxes.logits), greatest, ulps=3 * boxes.rounding)


def _build_huge(parameters: Parameters, precision: Precision) -> Heads:
    """Return logits as large as the format allows to the power `exponent`."""
    heads = build_heads({**parameters, "spread": 2.0}, precision)
    size = np.minimum(precision.largest ** column(parameters, "exponent"), precision.largest)
    logits = precision.round(heads.logits * size)
    return replace(heads, logits=logits, size=heads.size * size)


HUGE_HEADS = Domain(
    name="huge logits",
    statement="$n$ logits as large as their format holds, some of them $-\\infty$",
    shape={
        "n": Integers(1, 60),
        "pattern": Choice(PATTERNS),
        "masked": Integers(0, 20),
        "kept": Integers(1, 1),
    },
    rows={"exponent": Reals(0.0, 1.0, (1.0,)), "seed": SEED},
    build=_build_huge,
    constraints={
        "some item kept": Constraint("At least one item is not masked.", "kept", Integers(0, 0))
    },
)


@law(SOFTMAX, over=HUGE_HEADS, standing="derived", dossier="NU5")
def huge_logits(softmax: Softmax, heads: Heads) -> tuple[Slack, Slack]:
    r"""Logits as large as their format holds, or masked, have coefficients between 0 and 1 that
    add up to one: nothing overflows.
    """
    weights = softmax(heads.logits)
    return (
        equal(weights.sum(axis=-1, keepdims=True), 1.0, ulps=2 * heads.n + 4),
        between(np.zeros_like(weights), weights, np.ones_like(weights), ulps=2, scale=1.0),
    )
