"""The role `natural_list_function`: a list function that never looks at its elements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from corollary.verify.domain import Constraint, Domain, Integers, Parameters
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.filter_equivariance._cases import Words, digits
from corollary.verify.roles.filter_equivariance._definitions import riffled
from corollary.verify.roles.filter_equivariance._lists import (
    LETTERS,
    LONGEST,
    ListFunction,
    adapt_list_function,
)


@dataclass(frozen=True)
class Mapped:
    """A list, a map of its letters, and how much longer the list is that tells the order.

    Attributes
    ----------
    items : list of int
    images : list of int
        From each of the five letters to a letter.
    longer : int
        0, or 1 to read the order off a list with one element more.
    """

    items: list[int]
    images: list[int]
    longer: int


def _build(parameters: Parameters, precision: Precision) -> Mapped:
    images = digits(str(parameters["images"]))
    return Mapped(digits(str(parameters["items"])), images, int(parameters["longer"]))


MAPPED = Domain(
    name="lists and maps",
    statement="a list $x$ of at most ten elements, and a map $h$ of the five letters",
    shape={
        "items": Words(LETTERS, LONGEST),
        "images": Words(LETTERS, 5, 5),
        "longer": Integers(0, 0),
    },
    rows={},
    build=_build,
)
ORDERED = Domain(
    "lists and orders",
    "a list $x$ of at most ten elements",
    MAPPED.shape,
    {},
    _build,
    {
        "same length": Constraint(
            "The order is read off a list of the *same* length: the lengths are independent.",
            "longer",
            Integers(1, 1),
        )
    },
)


def mapped_case(items: str, images: str = LETTERS) -> Parameters:
    """Return the full parameters of a list and a map."""
    return {"items": items, "images": images, "longer": 0}


def _riffled_unless(
    condition: Callable[[list[Any]], bool], otherwise: ListFunction
) -> ListFunction:
    return lambda xs: otherwise(xs) if condition(xs) else riffled(xs)


NATURAL_LIST_FUNCTION = Role(
    name="natural_list_function",
    family="filter_equivariance",
    signature="function(list of hashables) -> list, the same whatever the elements are",
    default="corollary.algorithms.filter_equivariance.zoo:riffle",
    adapt=adapt_list_function,
    mutants={
        "sorts": sorted,
        "first of each letter": lambda xs: list(dict.fromkeys(riffled(xs))),
        "drops adjacent duplicates": lambda xs: [
            x for i, x in enumerate(riffled(xs)) if not i or x != riffled(xs)[i - 1]
        ],
        "backwards if the first is the largest": _riffled_unless(
            lambda xs: bool(xs) and xs[0] == max(xs), lambda xs: xs[::-1]
        ),
        "sorts if all five letters are there": _riffled_unless(
            lambda xs: len(set(xs)) == 5, sorted
        ),
        "drops the last of four 3s": _riffled_unless(
            lambda xs: xs[-4:] == [3, 3, 3, 3], lambda xs: riffled(xs)[:-1]
        ),
        "one element more where all are equal": _riffled_unless(
            lambda xs: len(xs) > 2 and len(set(xs)) == 1, lambda xs: [*xs, xs[0]]
        ),
        "exchanges the ends from nine elements on, by value": _riffled_unless(
            lambda xs: len(xs) > 8 and xs[0] < xs[-1], lambda xs: riffled(xs)[::-1]
        ),
    },
    trivial={"nothing": lambda xs: [], "first element": lambda xs: xs[:1]},
    typical=(MAPPED, mapped_case("3021430")),
)
