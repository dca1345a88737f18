"""The tension between empowerment and plasticity, and the readings of it that are false."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import numpy as np

from corollary.theory.directed_information import closed_forms
from corollary.verify.claim import Source, law
from corollary.verify.claims.directed_information.identities import interchange
from corollary.verify.claims.directed_information.inequalities import certified, named
from corollary.verify.domain import Choice, Constraint, Domain, Integers, Parameters
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
    patterned,
    two_steps,
)
from corollary.verify.slack import Slack, at_most, equal

Information = Callable[[Array, int], Directed]
THEOREM = Source(MIRROR, "Theorem 4.8")
_PAIRS = 3**15


def _tension(parameters: dict[str, Any], precision: Precision) -> Joints:
    joints = build_joints(parameters, precision)
    if parameters["another"]:
        copied = patterned("copy", parameters["seed"], joints.n, *joints.sizes)
        joints.extra["other"] = precision.round(copied)
    return joints


TENSION = Domain(
    name="agents in environments",
    statement="a joint pmf of actions $A^n$ and observations $O^n$, the agent moving first, "
    "intervals $[a:b]$ of actions and $[c:d]$ of observations",
    shape={**WORDS, **ENDS, "literal": Integers(0, 0), "askew": Integers(0, 0),
           "another": Integers(0, 0)},
    rows=SEEDS,
    build=_tension,
    constraints={
        "each exchange counted once": Constraint(
            "Observations act on later actions only: the strict arrow.", "literal", Integers(1, 1)
        ),
        "mirrored intervals": Constraint(
            "Source and target of one are target and source of the other.", "askew", Integers(1, 1)
        ),
        "one pair": Constraint(
            "Both are about the same agent in the same environment.", "another", Integers(1, 1)
        ),
    },
)  # fmt: skip


def _sum(information: Information, joints: Joints) -> Array:
    """Return empowerment plus plasticity, as the parameters of the case say they are read."""
    power = information(joints.joint, joints.n).full(joints.x, joints.y)
    joint = joints.extra.get("other", joints.joint)
    source, target = (joints.x, joints.y) if joints.extra["askew"] else (joints.y, joints.x)
    if joints.extra["literal"]:
        return power + information(interchange(joint), joints.n).full(source, target)
    return power + information(joint, joints.n).strict(source, target)


def _bound(joints: Joints) -> float:
    return closed_forms.tension_bound(joints.x, joints.y, *joints.sizes)


def _full(**parameters: Any) -> dict[str, Any]:
    return {**case(**parameters), "literal": 0, "askew": 0, "another": 0}


@law(DIRECTED_INFORMATION, over=TENSION, source=THEOREM, standing="corrected", dossier="5.8",
     tight=(_full(n=3, pattern="echo"), _full(n=3, pattern="matching", seed=3),
            _full(n=3, pattern="copy", a=2, b=3, c=1, d=2)))  # fmt: skip
def tension(information: Information, joints: Joints) -> tuple[Slack, Slack]:
    r"""$E_{a:b}^{c:d} + P_{c:d}^{a:b} \le \min\{H(A_{a:b} \mid A_{<a}, O_{<c}),
    H(O_{c:d} \mid A_{<a}, O_{<c})\} \le m = \min\{(b-a+1)\log|A|, (d-c+1)\log|O|\}$.
    """
    total = _sum(information, joints)
    least = np.minimum(joints.used("x"), joints.used("y"))
    return (
        at_most(total, least, ulps=joints.ulps, scale=joints.scale),
        at_most(total, _bound(joints), ulps=joints.ulps, scale=joints.scale),
    )


@tension.proved(scope="certificates for all interval pairs with n <= 3 and all alphabets")
def tension_certificates() -> Iterator[Any]:
    yield from certified(named("E + P <= H(", "H(X) <= ", "H(Y) <= "))


def _as_read(information: Information, joints: Joints) -> Slack:
    total = _sum(information, joints)
    return at_most(total, _bound(joints), ulps=joints.ulps, scale=joints.scale)


_EXCHANGED = INTERVALS.narrowed(
    n=Integers(2, 2), kx=Integers(4, 4), ky=Integers(2, 2), pattern=Choice(("spelled",))
)


@law(DIRECTED_INFORMATION, over=_EXCHANGED, source=THEOREM, standing="refuted as printed",
     dossier="5.8", tight=(case(n=2, kx=4, ky=2, pattern="spelled", a=1, b=1, c=1, d=2),)
     )  # fmt: skip
def tension_with_exchanged_alphabets(information: Information, joints: Joints) -> Slack:
    r"""$E_{a:b}^{c:d} + P_{c:d}^{a:b} \le \min\{(b-a+1)\log|O|, (d-c+1)\log|A|\}$: the alphabets
    stand at each other's intervals. One action of four symbols, shown as two bits, has $E = 2$
    where this says 1.
    """
    found = information(joints.joint, joints.n)
    total = found.full(joints.x, joints.y) + found.strict(joints.y, joints.x)
    printed = closed_forms.tension_bound_as_printed(joints.x, joints.y, *joints.sizes)
    return at_most(total, printed, ulps=joints.ulps, scale=joints.scale)


@law(DIRECTED_INFORMATION, over=TENSION.without("each exchange counted once"), source=THEOREM,
     standing="refuted as printed", dossier="4")  # fmt: skip
def tension_with_the_same_arrow(information: Information, joints: Joints) -> Slack:
    r"""$E + P \le m$ with $I(A_{a:b} \to O_{c:d})$ and $I(O_{c:d} \to A_{a:b})$ by one formula. An
    echo of coins has $E = P = n = m$.
    """
    return _as_read(information, joints)


@law(DIRECTED_INFORMATION, over=TENSION.without("mirrored intervals"), dossier="5.8",
     source=Source(MIRROR, "Appendix E, both from [1:3] to [2:5]"),
     standing="refuted as printed")  # fmt: skip
def tension_without_mirrored_intervals(information: Information, joints: Joints) -> Slack:
    r"""$E_{a:b}^{c:d} + P_{a:b}^{c:d} \le m$, source and target the same indices for both. Coins
    $A_1, O_1$ and then $A_2 = O_1$, $O_2 = A_1$ give $E = P = 1 = m$ from $[1:1]$ to $[1:2]$.
    """
    return _as_read(information, joints)


@law(DIRECTED_INFORMATION, over=TENSION.without("one pair"), standing="refuted conjecture",
     dossier="5.8")  # fmt: skip
def tension_of_two_pairs(information: Information, joints: Joints) -> Slack:
    r"""$E + P \le m$ with the empowerment of one pair and the plasticity of another, as maxima over
    agents and environments would have it. An echo has $E = n$, a copying agent $P = n - 1$.
    """
    return _as_read(information, joints)


def _two_steps(parameters: dict[str, Any], precision: Precision) -> Joints:
    return Joints(2, two_steps(parameters["number"]), (1, 2), (1, 2))


TWO_STEPS = Domain(
    name="pairs of two binary steps",
    statement="an agent and an environment of two binary steps whose probabilities are 0, 1/2 "
    "or 1, by the ternary digits of a number",
    shape={},
    rows={"number": Integers(0, _PAIRS - 1)},
    build=_two_steps,
)
_IN_BLOCK = 2**14


def numbered_pairs(first: int, last: int, step: int) -> Iterator[Parameters]:
    """Yield the pairs first, first + step, ... below last, in batches."""
    for start in range(first, last, _IN_BLOCK * step):
        yield {"number": np.arange(start, min(start + _IN_BLOCK * step, last), step)}


@law(DIRECTED_INFORMATION, over=TWO_STEPS, standing="derived", dossier="5.9",
     tight=({"number": 12913147},))  # fmt: skip
def two_binary_steps(information: Information, joints: Joints) -> tuple[Slack, Slack]:
    r"""Over two binary steps $E + P \le 2$ and $P \le 1$, for every pair of an agent and an
    environment.
    """
    found = information(joints.joint, 2)
    power, plastic = found.full(), found.strict()
    return (
        at_most(power + plastic, 2.0, ulps=joints.ulps, scale=joints.scale),
        at_most(plastic, 1.0, ulps=joints.ulps, scale=joints.scale),
    )


@two_binary_steps.exhaustive(
    scope="every 83rd of the 3^15 = 14,348,907 pairs with probabilities 0, 1/2 or 1"
)
def every_83rd_pair() -> Iterator[Parameters]:
    yield from numbered_pairs(0, _PAIRS, 83)


def _matched(parameters: dict[str, Any], precision: Precision) -> Joints:
    """Build the bijection of words that a number stands for, by its factorial digits."""
    chosen = np.array(list(permutations(range(4))))[np.asarray(parameters["number"])]
    joint = np.eye(4)[chosen] / 4
    return Joints(2, joint, (1, 2), (1, 2))


BIJECTIONS = Domain(
    name="bijections of two binary steps",
    statement="uniform words of two binary actions, matched one to one with those of two "
    "binary observations",
    shape={},
    rows={"number": Integers(0, math.factorial(4) - 1)},
    build=_matched,
)


@law(DIRECTED_INFORMATION, over=BIJECTIONS, standing="derived", dossier="5.9")
def bijections_of_two_steps(information: Information, joints: Joints) -> tuple[Slack, Slack]:
    r"""Where words of two binary steps match one to one, $E + P = 2$ and $P$ is 0 or 1, nothing
    between: the bound is attained at isolated points only.
    """
    found = information(joints.joint, 2)
    power, plastic = found.full(), found.strict()
    return (
        equal(power + plastic, 2.0, ulps=joints.ulps, scale=joints.scale),
        equal(plastic * (1 - plastic), 0.0, ulps=joints.ulps, scale=joints.scale),
    )


@bijections_of_two_steps.exhaustive(scope="all 24 bijections")
def every_bijection() -> Iterator[Parameters]:
    yield {"number": np.arange(24)}
