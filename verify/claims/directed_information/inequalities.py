"""What holds for every joint pmf as an inequality: signs, monotonicity, bounds by alphabets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from corollary.theory import directed_information as theory
from corollary.verify.claim import Source, law
from corollary.verify.domain import Constraint, Domain, Integers
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.directed_information import (
    DIRECTED_INFORMATION,
    ENDS,
    INTERVALS,
    MIRROR,
    SEEDS,
    WORDS,
    Directed,
    Joints,
    build_joints,
    case,
)
from corollary.verify.slack import Slack, at_least, at_most, equal

Information = Callable[[Array, int], Directed]
CERTIFIED = "certificates for all interval pairs with n <= 3 and all alphabets"


def certified(inequalities: Iterable[theory.Inequality]) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield what makes each inequality a theorem, as rationals in order.

    No multiplier of an elemental inequality is negative, and their combination is, coefficient
    by coefficient, the form that is claimed (one stands for true).
    """
    for inequality in inequalities:
        certificate = theory.certify(inequality)
        given = {name for name, _ in inequality.given}
        for name, factor in certificate.multipliers:
            if name not in given:
                yield Fraction(0), factor
        yield Fraction(1), Fraction(int(certificate.proved))


@cache
def _between_intervals(horizon: int) -> tuple[theory.Inequality, ...]:
    return tuple(theory.interval_inequalities(horizon))


def named(*names: str) -> Iterator[theory.Inequality]:
    """Yield the inequalities between intervals with these names, for every n <= 3."""
    for horizon in (1, 2, 3):
        for inequality in _between_intervals(horizon):
            if inequality.name.rpartition(" (")[0].startswith(names):
                yield inequality


def below(value: Array, bound: Any, joints: Joints) -> Slack:
    """Return the conclusion that an information is at most a bound, up to rounding."""
    return at_most(value, bound, ulps=joints.ulps, scale=joints.scale)


@law(DIRECTED_INFORMATION, over=INTERVALS, standing="as printed", dossier="5.2",
     source=Source(MIRROR, "Lemma 4.2"),
     tight=(case(pattern="even"), case(pattern="copy")))  # fmt: skip
def at_least_each_of_its_atoms(information: Information, joints: Joints) -> list[Slack]:
    r"""No directed information is negative, and each is at least every
    $I(X_j; Y_i \mid X_{<j}, Y_{<i})$ that it is made of: it vanishes exactly where all of them do.
    """
    found = information(joints.joint, joints.n)
    answers = {
        True: found.full(joints.x, joints.y),
        False: found.strict(joints.y, joints.x),
    }
    conclusions = [
        at_least(value, 0.0, ulps=joints.ulps, scale=joints.scale) for value in answers.values()
    ]
    for j in range(joints.x[0], joints.x[1] + 1):
        for i in range(joints.y[0], joints.y[1] + 1):
            atom = joints.shared((j, j), (i, i))
            conclusions.append(
                at_least(answers[j <= i], atom, ulps=joints.ulps, scale=joints.scale)
            )
    return conclusions


@at_least_each_of_its_atoms.proved(scope=f"the signs; {CERTIFIED}")
def signs() -> Iterator[Any]:
    yield from certified(named("full >= 0", "strict >= 0"))


@law(DIRECTED_INFORMATION, over=INTERVALS, standing="derived", dossier="C2",
     tight=(case(n=3, pattern="echo"), case(n=3, pattern="copy")))  # fmt: skip
def at_most_what_is_shared(information: Information, joints: Joints) -> tuple[Slack, Slack]:
    r"""Neither arrow exceeds $I(X_{a:b}; Y_{c:d} \mid X_{<a}, Y_{<c})$."""
    found, all_shared = information(joints.joint, joints.n), joints.shared(joints.x, joints.y)
    return (
        below(found.full(joints.x, joints.y), all_shared, joints),
        below(found.strict(joints.y, joints.x), all_shared, joints),
    )


@at_most_what_is_shared.proved(scope=CERTIFIED)
def shares() -> Iterator[Any]:
    yield from certified(named("full <= whole", "strict <= whole"))


@law(DIRECTED_INFORMATION, over=INTERVALS, standing="derived", dossier="5.4",
     tight=(case(n=3, pattern="even", a=2, b=2, c=2, d=2),))  # fmt: skip
def wider_intervals_hold_more(information: Information, joints: Joints) -> list[Slack]:
    r"""Moving an end of either interval outwards never lowers $I(X_{a:b} \to Y_{c:d})$."""
    found, (a, b), (c, d), n = information(joints.joint, joints.n), joints.x, joints.y, joints.n
    inner = found.full((a, b), (c, d))
    wider = [((1, b), (c, d)), ((a, n), (c, d)), ((a, b), (1, d)), ((a, b), (c, n))]
    return [below(inner, found.full(x, y), joints) for x, y in wider]


@wider_intervals_hold_more.proved(scope=CERTIFIED)
def inclusions() -> Iterator[Any]:
    yield from certified(named("source ", "target "))


@law(DIRECTED_INFORMATION, over=INTERVALS, standing="sharpened", dossier="5.8",
     source=Source(MIRROR, "Theorem 4.8"),
     tight=(case(n=3, pattern="echo"), case(n=3, pattern="copy"),
            case(n=3, pattern="echo", a=2, b=3, c=1, d=2)))  # fmt: skip
def teaching_and_learning(information: Information, joints: Joints) -> tuple[Slack, Slack]:
    r"""Only symbols that something precedes can learn, only those that something follows can
    teach: $I(X_{a:b} \to Y_{c:d}) \le \min\{(d - \max(a,c) + 1)_+ \log|Y|,
    (\min(b,d) - a + 1)_+ \log|X|\}$, and for the strict arrow $I(Y_{c:d} \rightsquigarrow X_{a:b})
    \le \min\{(b - \max(a,c+1) + 1)_+ \log|X|, (\min(d,b-1) - c + 1)_+ \log|Y|\}$.
    """
    found, (a, b), (c, d) = information(joints.joint, joints.n), joints.x, joints.y
    log_x, log_y = (math.log2(size) for size in joints.sizes)
    full = min(max(d - max(a, c) + 1, 0) * log_y, max(min(b, d) - a + 1, 0) * log_x)
    strict = min(max(b - max(a, c + 1) + 1, 0) * log_x, max(min(d, b - 1) - c + 1, 0) * log_y)
    return (
        below(found.full((a, b), (c, d)), full, joints),
        below(found.strict((c, d), (a, b)), strict, joints),
    )


@teaching_and_learning.proved(scope=CERTIFIED)
def individual_bounds() -> Iterator[Any]:
    yield from certified(
        named("full <= learning", "full <= teaching", "strict <= learning", "strict <= teaching")
    )


def _late(parameters: dict[str, Any], precision: Precision) -> Joints:
    """Build joints with every index of X after every index of Y, where `late` is 1."""
    joints = build_joints({**parameters, "n": max(int(parameters["n"]), 2)}, precision)
    if not parameters["late"]:
        return joints
    a = max(joints.x[0], 2)
    d = min(joints.y[1], a - 1)
    return Joints(
        joints.n, joints.joint, (a, max(joints.x[1], a)), (min(joints.y[0], d), d)
    )  # fmt: skip


LATE_SOURCES = Domain(
    name="sources after their targets",
    statement="a joint pmf of $X^n$ and $Y^n$ and intervals with $a > d$",
    shape={**WORDS, **ENDS, "late": Integers(1, 1)},
    rows=SEEDS,
    build=_late,
    constraints={"late": Constraint("The source begins after the target ends: $a > d$.",
                                    "late", Integers(0, 0))},
)  # fmt: skip


@law(DIRECTED_INFORMATION, over=LATE_SOURCES, standing="as printed", dossier="5.3",
     source=Source(MIRROR, "properties of the generalised directed information"))  # fmt: skip
def temporal_consistency(information: Information, joints: Joints) -> tuple[Slack, Slack]:
    r"""The future directs nothing to the past: $I(X_{a:b} \to Y_{c:d}) = 0$ for $a > d$, and
    $I(Y_{c:d} \rightsquigarrow X_{a:b}) = 0$ for $c \ge b$.
    """
    found, (a, b), (c, d) = information(joints.joint, joints.n), joints.x, joints.y
    zero = np.zeros(len(joints.joint))
    return (
        equal(found.full((a, b), (c, d)), zero, ulps=joints.ulps, scale=joints.scale),
        equal(found.strict((max(a - 1, 1), b), (c, d)), zero, ulps=joints.ulps,
              scale=joints.scale),
    )  # fmt: skip


@temporal_consistency.proved(scope="all interval pairs with n <= 5: both sums are empty")
def empty_sums() -> Iterator[Any]:
    for horizon in range(1, 6):
        for identity in theory.identities(horizon):
            if "temporal consistency" in identity.name:
                yield identity.left - identity.right
