"""The role `plasticity`: from the joint pmf of actions and observations to bits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from corollary.verify.domain import Choice, Constraint, Domain, Integers
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Preset, Role
from corollary.verify.roles.directed_information._information import ENDS, SEEDS, WORDS, case
from corollary.verify.roles.directed_information._systems import Interval, Joints, build_joints

MIRRORED = {"A": "O", "O": "A"}

Plasticity = Callable[[Joints, str], Array]


def _adapt(implementation: Implementation) -> Plasticity:
    """Return the bits that Y (observations) directs to X (actions), one number per joint."""

    def plasticity(joints: Joints, order: str) -> Array:
        found = [
            implementation.plain(joint, joints.y, joints.x, order=order, horizon=joints.n)
            for joint in joints.joint
        ]
        try:
            return np.array([float(getattr(value, "value", value)) for value in found])
        except (TypeError, ValueError) as error:
            raise Fault("convention", f"returned {type(found[0]).__name__}, expected bits or an "
                        "object with them as value") from error  # fmt: skip

    return plasticity


def exchanged(joints: Joints) -> Joints:
    """Return the same sequences with their sides exchanged."""
    joint = np.ascontiguousarray(np.swapaxes(joints.joint, 1, 2))
    return replace(joints, joint=joint, x=joints.y, y=joints.x)


def by_atoms(joints: Joints, order: str) -> Array:
    """Return the plasticity as a sum of I(A_j ; O_i | past) over i < j, or i <= j: by definition.

    The observation of the same index counts where the environment moves first.
    """
    total = np.zeros(len(joints.joint))
    for j in range(joints.x[0], joints.x[1] + 1):
        for i in range(joints.y[0], joints.y[1] + 1):
            if i < j or (i == j and order == "O"):
                total += joints.shared((j, j), (i, i))
    return total


def _build(parameters: dict[str, Any], precision: Precision) -> Joints:
    return build_joints({**parameters, "seed": np.atleast_1d(parameters["seed"])}, precision)


ORDERED_PAIRS = Domain(
    name="actions and observations with an order of moves",
    statement="a joint pmf of actions and observations, an interval of each, and who moves first",
    shape={**WORDS, **ENDS, "order": Choice(("A", "O")), "kept": Integers(0, 0), **SEEDS},
    rows={},
    build=_build,
    constraints={
        "order exchanged": Constraint(
            "With the sides, who moves first is exchanged as well.", "kept", Integers(1, 1)
        )
    },
)


def ordered_case(**parameters: Any) -> dict[str, Any]:
    """Return the full parameters of a pair with an order of moves from the few that matter."""
    return {"order": "A", "kept": 0, **case(**parameters)}


def _wrong(change: Callable[..., Any]) -> Callable[..., Any]:
    """Return a plasticity that asks the library for something else."""

    def plasticity(joint: Any, source: Interval, target: Interval, *, order: str, horizon: int
                   ) -> float:  # fmt: skip
        from corollary.algorithms import directed_information as library

        return float(change(library, joint, source, target, order, horizon))

    return plasticity


def _with(**options: Any) -> Callable[..., float]:
    return lambda lib, joint, s, t, order, n: (
        lib.plasticity(joint, s, t, order=order, horizon=n, **options).value
    )


def _in_order(order: str) -> Callable[..., float]:
    return lambda lib, joint, s, t, _, n: lib.plasticity(joint, s, t, order=order, horizon=n).value


PLASTICITY = Role(
    name="plasticity",
    family="directed_information",
    signature="f(joint (kA**n, kO**n) float, source (c, d), target (a, b)) -> bits that "
    "observations direct to actions, or an object with them as value; bound with order='@order', "
    "which is 'A' or 'O', and horizon='@horizon'",
    default="corollary.algorithms.directed_information:plasticity",
    adapt=_adapt,
    mutants={
        "same arrow in both orders": _wrong(_with(arrow="literal")),
        "always the agent first": _wrong(_in_order("A")),
        "always the environment first": _wrong(_in_order("O")),
        "orders exchanged": _wrong(
            lambda lib, joint, s, t, order, n: (
                lib.plasticity(joint, s, t, order=MIRRORED[order], horizon=n).value
            )
        ),
        "empowerment": _wrong(
            lambda lib, joint, s, t, order, n: (
                lib.empowerment(joint, t, s, order=order, horizon=n).value
            )
        ),
        "all that is shared": _wrong(
            lambda lib, joint, s, t, order, n: (
                lib.information_table(joint, n).conditional_mutual_information(t, s).value
            )
        ),
        "nats": _wrong(_with(base=np.e)),
        "source and target exchanged": _wrong(
            lambda lib, joint, s, t, order, n: (
                lib.plasticity(joint, t, s, order=order, horizon=n).value
            )
        ),
        "one in a million too large": _wrong(
            lambda lib, joint, s, t, order, n: (
                (1 + 1e-6) * lib.plasticity(joint, s, t, order=order, horizon=n).value
            )
        ),
    },
    trivial={"zero": lambda joint, source, target, **options: 0.0},
    presets={
        "corollary.algorithms.directed_information:plasticity": Preset(
            {"order": "@order", "horizon": "@horizon"}
        )
    },
)
