"""Plasticity and empowerment as one notion: what it is in each order of moves, and its mirror."""

from __future__ import annotations

import numpy as np

from corollary.verify.claim import Source, law
from corollary.verify.roles.directed_information import (
    MIRROR,
    MIRRORED,
    ORDERED_PAIRS,
    PLASTICITY,
    Joints,
    Plasticity,
    by_atoms,
    exchanged,
    ordered_case,
)
from corollary.verify.slack import Slack, equal


@law(
    PLASTICITY,
    over=ORDERED_PAIRS,
    source=Source(MIRROR, "Proposition 4.6"),
    standing="as printed",
    dossier="2.5, 5.7",
    tight=(ordered_case(n=3, pattern="copy"), ordered_case(n=3, pattern="echo", order="O")),
)
def mirror(plasticity: Plasticity, joints: Joints) -> tuple[Slack, Slack]:
    r"""Plasticity is $\sum I(A_j; O_i \mid A_{<j}, O_{<i})$ over the indices $i < j$ of both
    intervals where the agent moves first, over $i \le j$ where the environment does; and the
    plasticity of the environment, with the sides exchanged, is the empowerment of the agent.
    """
    order, kept = str(joints.extra["order"]), bool(joints.extra["kept"])
    other = order if kept else MIRRORED[order]
    mirrored = exchanged(joints)
    everything = joints.shared(joints.x, joints.y)
    return (
        equal(plasticity(joints, order), by_atoms(joints, order), ulps=joints.ulps,
              scale=joints.scale),
        equal(plasticity(mirrored, other), everything - by_atoms(joints, order),
              ulps=joints.ulps, scale=joints.scale * np.ones(len(everything))),
    )  # fmt: skip
