"""What agents and environments of a kind cannot have: open loops, certainties, feedback."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from corollary.theory import directed_information as theory
from corollary.verify.claim import Source, law
from corollary.verify.claims.directed_information.inequalities import certified
from corollary.verify.domain import Constraint, Domain, Integers, Range, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.directed_information import (
    DIRECTED_INFORMATION,
    MIRROR,
    SEEDS,
    Directed,
    Joints,
    alphabet,
    between_sharp,
    kernels,
    played,
    without_feedback,
)
from corollary.verify.slack import Slack, at_least, equal

Information = Callable[[Array, int], Directed]
PROPERTIES = Source(MIRROR, "Theorem 4.3")
ALWAYS, NEVER = Reals(1.0, 1.0), Reals(0.0, 0.0)
CERTIFIED = "certificates for all interval pairs with n <= 3 and all alphabets"


def _pair(parameters: dict[str, Any], precision: Precision) -> Joints:
    n, seed = int(parameters["n"]), np.asarray(parameters["seed"], dtype=np.uint64)
    ka, ko = (alphabet(int(parameters[name]), n) for name in ("ka", "ko"))
    agent, environment = kernels(seed, n, ka, ko)
    agent = without_feedback(agent, np.asarray(parameters["feedback"], dtype=np.float64))
    agent = between_sharp(agent, np.asarray(parameters["whim"], dtype=np.float64))
    environment = between_sharp(environment, np.asarray(parameters["luck"], dtype=np.float64))
    joint = precision.round(played(agent, environment))
    return Joints(n, joint, (1, n), (1, n), extra={"agent": agent})


_ROWS: dict[str, Range] = {"feedback": ALWAYS, "whim": ALWAYS, "luck": ALWAYS, **SEEDS}


def pairs(statement: str, **rows: tuple[str, str, Reals]) -> Domain:
    """Return the domain of agents and environments of which some shares are zero.

    `rows` gives for each such share its constraint's name and statement, and where it fails.
    """
    return Domain(
        name=f"pairs with {', '.join(rows) or 'nothing'} excluded",
        statement=f"{statement}; the agent moves first in each of $n$ steps",
        shape={"n": Integers(1, 3), "ka": Integers(1, 3), "ko": Integers(1, 3)},
        rows={**_ROWS, **dict.fromkeys(rows, NEVER)},
        build=_pair,
        constraints={name: Constraint(text, parameter, relaxed)
                     for parameter, (name, text, relaxed) in rows.items()},
    )  # fmt: skip


OPEN_LOOP = pairs(
    "an agent that ignores its observations, any environment",
    feedback=("open loop", "$A_i$ depends on $A_{<i}$ alone.", Reals(0.3, 1.0)),
)
CERTAIN_ENVIRONMENT = pairs(
    "any agent, a deterministic environment",
    luck=("deterministic", "$O_i$ is a function of $A_{\\le i}$ and $O_{<i}$.", Reals(0.3, 1.0)),
)
CERTAIN_AGENT = pairs(
    "a deterministic agent, any environment",
    whim=("deterministic", "$A_i$ is a function of $A_{<i}$ and $O_{<i}$.", Reals(0.3, 1.0)),
)


def nothing(value: Array, joints: Joints) -> Slack:
    """Return the conclusion that an information is zero, up to rounding."""
    return equal(value, np.zeros(len(value)), ulps=joints.ulps, scale=joints.scale)


def _conditional(name: str) -> Iterator[Any]:
    for horizon in (1, 2, 3):
        for inequality in theory.conditional_inequalities(horizon):
            if inequality.name.startswith(name):
                yield from certified([inequality])


@law(DIRECTED_INFORMATION, over=OPEN_LOOP, standing="derived", dossier="C2")
def without_feedback_all_is_directed(information: Information, joints: Joints) -> Slack:
    r"""If $X_i$ is independent of $Y^{i-1}$ given $X^{i-1}$ for all $i$, then
    $I(X^n \to Y^n) = I(X^n; Y^n)$.
    """
    value = information(joints.joint, joints.n).full()
    return equal(value, joints.shared(), ulps=joints.ulps, scale=joints.scale)


@law(DIRECTED_INFORMATION, over=OPEN_LOOP, source=PROPERTIES, standing="as printed",
     dossier="5.6")  # fmt: skip
def open_loop_agents_have_no_plasticity(information: Information, joints: Joints) -> Slack:
    r"""Agents that act on nothing but their own actions or the time have plasticity 0 (with the
    strict arrow, when they move first).
    """
    return nothing(information(joints.joint, joints.n).strict(), joints)


@open_loop_agents_have_no_plasticity.proved(scope=CERTIFIED)
def open_loops() -> Iterator[Any]:
    yield from _conditional("open loop")


@law(DIRECTED_INFORMATION, over=CERTAIN_ENVIRONMENT, standing="derived", dossier="5.6")
def certain_environments_teach_nothing(information: Information, joints: Joints) -> Slack:
    r"""In a deterministic environment every agent has plasticity 0."""
    return nothing(information(joints.joint, joints.n).strict(), joints)


@certain_environments_teach_nothing.proved(scope=CERTIFIED)
def certain_environments() -> Iterator[Any]:
    yield from _conditional("deterministic environment")


@law(DIRECTED_INFORMATION, over=CERTAIN_AGENT, standing="derived", dossier="5.6")
def certain_agents_have_no_empowerment(information: Information, joints: Joints) -> Slack:
    r"""A deterministic agent has empowerment 0 in every environment."""
    return nothing(information(joints.joint, joints.n).full(), joints)


@certain_agents_have_no_empowerment.proved(scope=CERTIFIED)
def certain_agents() -> Iterator[Any]:
    yield from _conditional("deterministic agent")


@law(DIRECTED_INFORMATION, over=pairs("any agent, any environment").narrowed(
    feedback=Reals(0.0, 1.0, (0.0, 1.0))), standing="derived", dossier="5.6")  # fmt: skip
def plasticity_shows_dependence(information: Information, joints: Joints) -> Slack:
    r"""Plasticity is at least $\frac{1}{2\ln 2} \sum_j E\,\|\lambda(\cdot \mid A_{<j}, O_{<j}) -
    p(\cdot \mid A_{<j})\|_1^2$: where every observation is possible (coins), it vanishes only for
    agents that act on nothing they see at histories that are reached.
    """
    n, total = joints.n, np.zeros(len(joints.joint))
    ka, ko = joints.sizes
    for step in range(1, n):
        kept = joints.joint.reshape(-1, ka ** (step + 1), ka ** (n - step - 1),
                                    ko**step, ko ** (n - step)).sum(axis=(2, 4))  # fmt: skip
        cells = kept.reshape(len(kept), ka**step, ka, ko**step)
        reached = cells.sum(axis=2, keepdims=True)
        alone = cells.sum(axis=3, keepdims=True)
        own = cells / np.where(reached > 0, reached, 1.0)
        mean = alone / np.maximum(alone.sum(axis=2, keepdims=True), 1e-300)
        distance = np.abs(own - mean).sum(axis=2) ** 2
        total += (reached[:, :, 0] * distance).sum(axis=(1, 2)) / (2 * math.log(2))
    value = information(joints.joint, n).strict()
    return at_least(value, total, ulps=joints.ulps, scale=joints.scale)
