"""What roles of maps with one more argument share: their heads, their call, what knows nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify.domain import (
    Constraint,
    Domain,
    Integers,
    Parameters,
    Range,
    Reals,
)
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.softmax._heads import HEADS, Heads, build_heads, case

Function = Callable[..., Any]


@dataclass(frozen=True)
class SettledHeads:
    """A batch of heads at temperature 1, and the one number `setting` a map of them takes."""

    heads: Heads
    setting: float


def _build_settled(parameters: Parameters, precision: Precision) -> SettledHeads:
    return SettledHeads(build_heads(parameters, precision), float(parameters["setting"]))


def settled_heads(
    name: str, statement: str, setting: Range, constraints: Mapping[str, Constraint]
) -> Domain:
    """Return the domain of heads at temperature 1 with a setting."""
    return Domain(
        name=name,
        statement=statement,
        shape={
            **HEADS.shape,
            "n": Integers(1, 100),
            "temperature": Reals(1.0, 1.0),
            "setting": setting,
        },
        rows={**HEADS.rows, "spread": Reals(0.0, 20.0, (0.0, 1.0, 2.0))},
        build=_build_settled,
        constraints=constraints,
    )


def settled_case(**parameters: Any) -> Parameters:
    """Return the full parameters of a head with a setting from the few that matter."""
    return {**case(), "setting": 1.0, **parameters}


TYPICAL_ROWS = settled_case(n=64, pattern="uniform", spread=4.0, seed=np.arange(256))


def of_logits(implementation: Implementation) -> Function:
    """Return the map of the logits alone."""
    return implementation.arrays


def with_argument(argument: str) -> Callable[[Implementation], Function]:
    """Return the adapter of a map that takes one more argument."""

    def adapt(implementation: Implementation) -> Function:
        def function(logits: Array, value: Any) -> Array:
            return implementation.arrays(logits, **{argument: value})

        return function

    return adapt


def trivial() -> dict[str, Function]:
    """Return maps that know nothing of the problem, whatever else they are given."""
    wrong: dict[str, Callable[[Any], Any]] = {
        "zero": np.zeros_like,
        "uniform": lambda x: np.full_like(x, 1 / x.shape[-1]),
        "first item": lambda x: np.eye(x.shape[-1])[np.zeros(len(x), dtype=int)],
    }
    return {name: _ignoring(function) for name, function in wrong.items()}


def _ignoring(function: Callable[[Any], Any]) -> Function:
    return lambda logits, **_: function(logits)
