"""Random short examples of a rearrangement, and a longer list to predict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from corollary.verify.domain import SEED, Domain, Integers, Parameters
from corollary.verify.precision import Precision
from corollary.verify.roles.filter_equivariance._cases import drawn


@dataclass(frozen=True)
class Shown:
    """A rearrangement of lists without duplicates, lists it is shown on, and one to predict.

    The function sorts into three classes and keeps or reverses the order inside each (FE-15).
    """

    function: Callable[[list[Any]], list[Any]]
    examples: list[list[int]]
    items: list[int]


def _build(parameters: Parameters, precision: Precision) -> Shown:
    letters, count, seed = (int(parameters[name]) for name in ("letters", "examples", "seed"))
    numbers = drawn(seed, [3] * letters + [2] * 3)
    kinds, signs = numbers[:letters], numbers[letters:]

    def function(items: list[int]) -> list[int]:
        places = {x: place for place, x in enumerate(items)}
        return sorted(items, key=lambda x: (kinds[x], (-1) ** signs[kinds[x]] * places[x]))

    keys = drawn(seed, [2**40] * (letters * (count + 1)), stream=1)
    orders = [
        sorted(range(letters), key=keys[start : start + letters].__getitem__)
        for start in range(0, len(keys), letters)
    ]
    length = int(parameters["length"])
    return Shown(function, [order[:length] for order in orders[1:]], orders[0])


SHOWN = Domain(
    name="rearrangements shown on short lists",
    statement="a rearrangement of lists without duplicates, random examples of two to four of its "
    "letters, and a list of all of them",
    shape={
        "letters": Integers(2, 7),
        "length": Integers(2, 4),
        "examples": Integers(0, 20),
        "seed": SEED,
    },
    rows={},
    build=_build,
)
