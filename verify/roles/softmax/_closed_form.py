"""The role of a closed form: one function of `corollary.theory.softmax`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify.domain import Domain, Reals
from corollary.verify.precision import Array
from corollary.verify.role import Role


@dataclass(frozen=True)
class Spreads:
    """A batch of scaled spreads, shape (rows,)."""

    t: Array


SPREADS = Domain(
    name="scaled spreads",
    statement="a scaled spread $t \\ge 0$",
    shape={},
    rows={"t": Reals(0.0, 800.0, (0.0, 1e-12, 1e-6, 1e-3, 1.0))},
    build=lambda parameters, _: Spreads(np.asarray(parameters["t"], dtype=np.float64)),
)


def closed_form(function: Callable[..., Any], mutants: dict[str, Callable[..., Any]]) -> Role:
    """Return the role of one function of `corollary.theory.softmax`, with wrong versions of it."""
    return Role(
        name=function.__name__,
        family="softmax",
        signature=f"{function.__name__}, as documented",
        default=f"corollary.theory.softmax:{function.__name__}",
        adapt=lambda implementation: implementation.plain,
        mutants=mutants,
        trivial={"zero": lambda *arguments: np.zeros(np.broadcast(*arguments).shape)},
    )
