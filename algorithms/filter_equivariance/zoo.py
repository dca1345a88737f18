"""List functions whose equivariance is known, with the smallest counterexample where it fails.

Source: the table of examples derived here for the notion of arXiv:2507.08796.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Items = list[Any]
Kind = Literal["natural", "renaming", "order", "value"]


@dataclass(frozen=True)
class Animal:
    """One list function and what is known about it.

    Attributes
    ----------
    name : str
        What it does.
    function : callable
        The function, on lists of integers.
    filter_equivariant : bool
        Whether filtering before it and after it agree for every predicate and list.
    map_equivariant : bool
        Whether mapping before it and after it agree for every map and list.
    commutes_with : 'natural', 'renaming', 'order' or 'value'
        The largest class of maps that a filter-equivariant function commutes with: all, the
        injective ones, the increasing ones, or none in particular.
    counterexample : (list, deleted letter) or None
        The shortest list, first in lexicographic order, on which deleting the letter before and
        after disagree; None for the deleted letter where the function invents an element.
    """

    name: str
    function: Callable[[Items], Items]
    filter_equivariant: bool
    map_equivariant: bool
    commutes_with: Kind = "value"
    counterexample: tuple[Items, int | None] | None = None

    def __call__(self, items: Items) -> Items:
        return self.function(items)


def _inflate(xs: Items) -> Items:
    return [x for x in xs for _ in range(2)]


def _distinct(xs: Items) -> Items:
    return list(dict.fromkeys(xs))


def _number(xs: Items) -> list[int]:
    """Return, for each element, its number among its equals, from 1."""
    return [xs[: i + 1].count(x) for i, x in enumerate(xs)]


def _passes(xs: Items) -> Items:
    numbers = _number(xs)
    return [xs[i] for i in sorted(range(len(xs)), key=lambda i: (numbers[i], i))]


def _parity(xs: Items) -> Items:
    odd = [x for x in xs if xs.count(x) % 2]
    return odd + [x for x in xs if xs.count(x) % 2 == 0][::-1]


def riffle(xs: Items) -> Items:
    """Return the elements from both ends in turn: first, last, second, last but one, ...

    It commutes with every map, and not with filters: each length has an order of its own.

    Examples
    --------
    >>> riffle([1, 2, 3, 4, 5])
    [1, 5, 2, 4, 3]
    """
    return [xs[i // 2] if i % 2 == 0 else xs[len(xs) - 1 - i // 2] for i in range(len(xs))]


def _records(xs: Items) -> Items:
    return [x for i, x in enumerate(xs) if not xs[:i] or x > max(xs[:i])]


def _pivot(xs: Items) -> Items:
    pivot = xs[:1]
    rest = xs[1:]
    return [x for x in rest if [x] < pivot] + pivot + [x for x in rest if [x] >= pivot]


def _most_frequent(xs: Items) -> Items:
    return [x for x in xs if xs.count(x) == max(map(xs.count, xs))]


_NATURAL: list[tuple[str, Callable[[Items], Items]]] = [
    ("identity", lambda xs: list(xs)),
    ("reverse", lambda xs: xs[::-1]),
    ("twice", lambda xs: xs + xs),
    ("palindrome", lambda xs: xs + xs[::-1]),
    ("inflate", _inflate),
    ("nothing", lambda xs: []),
]
_RENAMING: list[tuple[str, Callable[[Items], Items]]] = [
    ("first of each", _distinct),
    ("last of each", lambda xs: _distinct(xs[::-1])[::-1]),
    ("most frequent first", lambda xs: sorted(xs, key=lambda x: (-xs.count(x), xs.index(x)))),
    ("group by first occurrence", lambda xs: sorted(xs, key=xs.index)),
    ("those that occur once", lambda xs: [x for x in xs if xs.count(x) == 1]),
    ("those that occur twice or more", lambda xs: [x for x in xs if xs.count(x) > 1]),
    ("second occurrences", lambda xs: [x for x, i in zip(xs, _number(xs), strict=True) if i == 2]),
    (
        "i-th occurrence i times",
        lambda xs: [x for x, i in zip(xs, _number(xs), strict=True) for _ in range(i)],
    ),
    ("first occurrences, second ones, ...", _passes),
    ("odd counts, then even ones reversed", _parity),
]
_ORDER: list[tuple[str, Callable[[Items], Items]]] = [
    ("sort", sorted),
    ("sort descending", lambda xs: sorted(xs, reverse=True)),
]
_VALUE: list[tuple[str, Callable[[Items], Items]]] = [
    ("sort by key", lambda xs: sorted(xs, key=lambda x: x % 2)),
    ("keep the even", lambda xs: [x for x in xs if x % 2 == 0]),
    ("even before odd", lambda xs: [x for x in xs if x % 2 == 0] + [x for x in xs if x % 2]),
    ("x times x", lambda xs: [x for x in xs for _ in range(x)]),
]
# Name, function, map equivariant, shortest list and the letter deleted from it.
_NOT: list[tuple[str, Callable[[Items], Items], bool, Items, int | None]] = [
    ("head", lambda xs: xs[:1], True, [0, 1], 0),
    ("tail", lambda xs: xs[1:], True, [0, 1], 0),
    ("every second position", lambda xs: xs[::2], True, [0, 1], 0),
    ("rotate left", lambda xs: xs[1:] + xs[:1], True, [0, 1, 2], 0),
    ("triangle", lambda xs: [x for i, x in enumerate(xs) for _ in range(i + 1)], True, [0, 1], 0),
    ("all prefixes", lambda xs: [x for i in range(len(xs)) for x in xs[: i + 1]], True, [0, 1], 1),
    ("reverse odd lengths", lambda xs: xs[::-1] if len(xs) % 2 else list(xs), True, [0, 1, 2], 0),
    ("riffle", riffle, True, [0, 1, 2], 0),
    (
        "drop adjacent duplicates",
        lambda xs: [x for i, x in enumerate(xs) if not i or x != xs[i - 1]],
        False,
        [0, 1, 0],
        1,
    ),
    ("partition around the first", _pivot, False, [0, 2, 1], 0),
    ("keep the most frequent", _most_frequent, False, [0, 0, 1], 0),
    ("running maxima", _records, False, [1, 0], 1),
    ("maximum", lambda xs: [max(xs)] if xs else [], False, [0, 1], 1),
    (
        "sort if longer than 3",
        lambda xs: sorted(xs) if len(xs) > 3 else list(xs),
        False,
        [0, 0, 2, 1],
        0,
    ),
    ("constant [1]", lambda xs: [1], False, [], None),
    ("add one", lambda xs: [x + 1 for x in xs], False, [0], None),
]

ZOO: tuple[Animal, ...] = (
    *(Animal(name, f, True, True, "natural") for name, f in _NATURAL),
    *(Animal(name, f, True, False, "renaming") for name, f in _RENAMING),
    *(Animal(name, f, True, False, "order") for name, f in _ORDER),
    *(Animal(name, f, True, False) for name, f in _VALUE),
    *(Animal(name, f, False, maps, "value", (xs, x)) for name, f, maps, xs, x in _NOT),
)
"""All of them, the filter-equivariant ones first."""
