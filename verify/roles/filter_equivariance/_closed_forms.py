"""Roles of single functions: closed forms, counts and constructors, each with wrong versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from corollary.verify.domain import Domain, Integers
from corollary.verify.implementation import Implementation
from corollary.verify.role import Role

FAMILY = "filter_equivariance"


def _plain(implementation: Implementation) -> Callable[..., Any]:
    return implementation.plain


def closed_form(
    function: Callable[..., Any],
    mutants: Mapping[str, Callable[..., Any]],
    *,
    module: str = "corollary.theory.filter_equivariance",
    name: str = "",
    attribute: str = "",
) -> Role:
    """Return the role of one function as it is called, with wrong versions of it.

    `attribute` names another function of the module that calls this one.
    """
    return Role(
        name=name or function.__name__,
        family=FAMILY,
        signature=f"{function.__qualname__}, as documented",
        default=f"{module}:{attribute or function.__qualname__}",
        adapt=_plain,
        mutants=mutants,
        trivial={"one": lambda *arguments, **keywords: 1},
    )


SHORT_LENGTHS = Domain(
    name="short lengths",
    statement="a length of at most six",
    shape={"longest": Integers(0, 6)},
    rows={},
    build=lambda parameters, _: int(parameters["longest"]),
)
