"""The role `list_function`: a list of hashables goes in, a list comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from corollary.algorithms.filter_equivariance.zoo import ZOO
from corollary.verify.domain import Constraint, Domain, Integers, Parameters
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.filter_equivariance._cases import Words, digits

ListFunction = Callable[[list[Any]], list[Any]]
LETTERS = "01234"
LONGEST = 10


@dataclass(frozen=True)
class Items:
    """A list, and which assumptions about it are broken on purpose.

    Attributes
    ----------
    items : list
        Integers below five; with `unequal`, NaN in place of 4.
    by_position, forgetful, merging : bool
        Filters look at positions; one pair of letters is not consulted; a map is not injective.
    """

    items: list[Any]
    by_position: bool
    forgetful: bool
    merging: bool


def _build(parameters: Parameters, precision: Precision) -> Items:
    items: list[Any] = digits(str(parameters["items"]))
    if parameters["unequal"]:
        items = [float("nan") if x == 4 else x for x in items]
    flags = (bool(parameters[name]) for name in ("by_position", "forgetful", "merging"))
    return Items(items, *flags)


_BROKEN = ("unequal", "by_position", "forgetful", "merging")
_UNBROKEN = Integers(0, 0)
LISTS = Domain(
    name="lists",
    statement="a list $x$ of at most ten elements, five of them different",
    shape={"items": Words(LETTERS, LONGEST), **dict.fromkeys(_BROKEN, _UNBROKEN)},
    rows={},
    build=_build,
)


def lists_with(name: str, statement: str, parameter: str) -> Domain:
    """Return the domain of lists with one named assumption, broken where `parameter` is 1."""
    constraint = Constraint(statement, parameter, Integers(1, 1))
    return Domain(
        LISTS.name, LISTS.statement, LISTS.shape, LISTS.rows, LISTS.build, {name: constraint}
    )


def items_case(items: str) -> Parameters:
    """Return the full parameters of a list."""
    return {"items": items, **dict.fromkeys(_BROKEN, 0)}


def adapt_list_function(implementation: Implementation) -> ListFunction:
    """Return the function, handed a copy, its interface checked."""

    def function(items: list[Any]) -> list[Any]:
        handed = list(items)
        output = implementation.plain(handed)
        if not isinstance(output, list):
            raise Fault("convention", f"returned {type(output).__name__}, expected list")
        if len(handed) != len(items) or any(a is not b for a, b in zip(handed, items, strict=True)):
            raise Fault("wrong", "changed its input")
        return output

    return function


def _all_five_swapped(xs: list[Any]) -> list[Any]:
    """Sort, but with 3 before 2 where all five letters are present."""
    order = [0, 1, 3, 2, 4] if set(xs) >= set(range(5)) else range(5)
    return [x for letter in order for x in xs if x == letter]


def _rock_paper_scissors(xs: list[Any]) -> list[Any]:
    """Sort, but 2 before 0 where these two are alone: no order fits 0 < 1 < 2 < 0."""
    return sorted(xs, reverse=set(xs) == {0, 2})


_KNOWN = {animal.name: animal.function for animal in ZOO}
MUTANTS: dict[str, ListFunction] = {
    **{
        name: _KNOWN[name]
        for name in ("rotate left", "riffle", "drop adjacent duplicates", "running maxima")
    },
    "descending from ten elements on": lambda xs: sorted(xs, reverse=len(xs) >= LONGEST),
    "last one dropped from ten on": lambda xs: sorted(xs)[: LONGEST - 1],
    "2 and 3 swapped among five letters": _all_five_swapped,
    "0 dropped beside three 4s": lambda xs: sorted(
        xs if xs.count(4) != 3 else [x for x in xs if x != 0]
    ),
    "rock, paper, scissors": _rock_paper_scissors,
    "doubled unless it has one letter": lambda xs: sorted(xs if len(set(xs)) < 2 else xs + xs),
    "4 invented after 3333": lambda xs: sorted(xs) + [4] * (xs == [3, 3, 3, 3]),
    "one 2 for nothing": lambda xs: sorted(xs) or [2],
    "1 at its place, not by its value": lambda xs: (
        sorted(xs) if xs[4:5] != [1] or len(xs) < 6 else [1, *sorted(xs[:4] + xs[5:])]
    ),
}
TRIVIAL: dict[str, ListFunction] = {
    "nothing": lambda xs: [],
    "always [1]": lambda xs: [1],
    "copy of the input": lambda xs: list(xs),
    "first element": lambda xs: xs[:1],
}

LIST_FUNCTION = Role(
    name="list_function",
    family="filter_equivariance",
    signature="function(list of hashables) -> list",
    default="builtins:sorted",
    adapt=adapt_list_function,
    mutants=MUTANTS,
    trivial=TRIVIAL,
    typical=(LISTS, items_case("300221143")),
)
