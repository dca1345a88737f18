"""The role of a closed form: one function of `corollary.theory.noprop`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from corollary.verify.role import Role


def closed_form(function: Callable[..., Any], mutants: dict[str, Callable[..., Any]]) -> Role:
    """Return the role of one function of `corollary.theory.noprop`, with wrong versions of it."""
    return Role(
        name=function.__name__,
        family="noprop",
        signature=f"{function.__name__}, as documented",
        default=f"corollary.theory.noprop:{function.__name__}",
        adapt=lambda implementation: implementation.plain,
        mutants=mutants,
        trivial={"zero": lambda *arguments, **_: np.float64(0.0)},
    )
