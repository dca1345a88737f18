"""The role `equivariance_checker`: a list function goes in, a verdict comes out.

A property is judged through its checker; the mutants are checkers that overlook something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import SimpleNamespace
from typing import Any

from corollary.algorithms.filter_equivariance.zoo import ZOO
from corollary.verify.domain import Constraint, Domain, Integers, Parameters
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Preset, Role
from corollary.verify.roles.filter_equivariance._cases import Words, digits, every_word
from corollary.verify.roles.filter_equivariance._natural import ANCHORS, blocks_of, local_key_sort

ListFunction = Callable[[list[Any]], list[Any]]
SCOPE = 4
"""The default checker is bound to all lists of this length over four letters, so that thousands
of functions can be judged."""


@dataclass(frozen=True)
class Verdict:
    """What a checker says: whether the function passed, and the violation it reports, if any."""

    passed: bool
    violation: Any = None


Checker = Callable[[ListFunction], Verdict]


def _adapt(implementation: Implementation) -> Checker:
    def check(function: ListFunction) -> Verdict:
        found = implementation.plain(function)
        try:
            return Verdict(bool(found), getattr(found, "violation", None))
        except Exception as error:
            raise Fault("convention", f"the verdict has no truth value: {error}") from error

    return check


@dataclass(frozen=True)
class Judged:
    """A function, whether it is filter equivariant, and the list at which it was changed.

    Attributes
    ----------
    function : callable
    original : callable
        The filter-equivariant function it was made from.
    changed_at : list of int or None
    """

    function: ListFunction
    original: ListFunction
    changed_at: list[int] | None


EQUIVARIANT = [animal for animal in ZOO if animal.filter_equivariant]
PARTS = "".join(chr(97 + i) for i in range(len(EQUIVARIANT)))


def _sum(parts: str, inner: str, blocks: str) -> ListFunction:
    """Return a sum of known functions after another one, and a local-key sort."""
    terms = [EQUIVARIANT[PARTS.index(part)].function for part in parts]
    first = [EQUIVARIANT[PARTS.index(part)].function for part in inner]
    last = local_key_sort(blocks_of(blocks))

    def function(items: list[Any]) -> list[Any]:
        before = list(items)
        for step in first:
            before = step(before)
        return [x for term in terms for x in term(before)] + last(items)

    return function


def _changed(function: ListFunction, at: list[int], change: int) -> ListFunction:
    """Return the function with another output on one list."""
    output = list(function(list(at)))
    if not output:
        other = at[:1] or [0]
    elif change == 1 and output != output[::-1]:
        other = output[::-1]
    else:
        other = output[:-1] if change != 2 else [*output, output[-1]]
    return lambda items: list(other) if items == at else function(items)


def _build(parameters: Parameters, precision: Precision) -> Judged:
    texts = (str(parameters[name]) for name in ("parts", "inner", "blocks"))
    function = _sum(*texts)
    if not parameters["planted"]:
        return Judged(function, function, None)
    at = digits(str(parameters["changed_at"]))
    if parameters["distinct"]:
        at = list(dict.fromkeys([*at, 0, 1, 2, 3]))[: int(parameters["distinct"])]
    return Judged(_changed(function, at, int(parameters["change"])), function, at)


FUNCTIONS = Domain(
    name="filter-equivariant functions",
    statement="a sum of known filter-equivariant functions and of a local-key sort",
    shape={
        "parts": Words(PARTS, 2),
        "inner": Words(PARTS[:5], 1),
        "blocks": Words("+-" + ANCHORS, 4),
        "planted": Integers(0, 0),
        "changed_at": Words("0123", 3),
        "change": Integers(0, 2),
        "distinct": Integers(0, 0),
    },
    rows={},
    build=_build,
)
CHANGED = replace(
    FUNCTIONS.narrowed(planted=Integers(1, 1)),
    name="changed functions",
    statement="such a function with another output on one list of at most three elements",
    constraints={
        "within the scope": Constraint(
            "The changed list is one that the checker can see: no finite set of lists is enough.",
            "changed_at",
            Words("0123", 60, 45),
        )
    },
)
REORDERED = replace(
    FUNCTIONS.narrowed(planted=Integers(1, 1), distinct=Integers(3, 4)),
    name="functions changed on three letters",
    statement="such a function with another output on one list of three or four different letters",
    constraints={
        "three letters": Constraint(
            "The list has three letters or more: with fewer, several outputs are possible.",
            "distinct",
            Integers(1, 2),
        )
    },
)


def function_case(**parameters: Any) -> Parameters:
    """Return the full parameters of a function from the few that matter."""
    usual = {
        "parts": "", "inner": "", "blocks": "", "planted": 0, "changed_at": "", "change": 0,
        "distinct": 0,
    }  # fmt: skip
    return {**usual, **parameters}


Comparison = Callable[[list[Any], list[Any]], bool]


def _naive(
    *,
    lists: Callable[[], Iterable[str]] = lambda: every_word("012", 3),
    deleted: Callable[[list[int]], Sequence[int]] = lambda items: range(4),
    same: Comparison = lambda before, after: before == after,
    invention: bool = True,
    by_position: bool = False,
) -> Callable[[ListFunction], bool]:
    """Return a small checker, with room for oversights."""

    def check(function: ListFunction) -> bool:
        for word in lists():
            items = digits(word)
            try:
                output = function(list(items))
                if invention and not set(output) <= set(items):
                    return False
                for x in deleted(items):
                    before, after = ([y for y in ys if y != x] for ys in (items, output))
                    if by_position:
                        before, after = (ys[:x] + ys[x + 1 :] for ys in (items, output))
                    if not same(function(before), after):
                        return False
            except Exception:
                return False
        return True

    return check


def _up_to_two_letters() -> Iterator[str]:
    return (word for word in every_word("0123", SCOPE) if len(set(word)) <= 2)


def _without_repetition() -> Iterator[str]:
    return (word for word in every_word("0123", SCOPE) if len(set(word)) == len(word))


def _reporting(change: Callable[[Any], Any]) -> Callable[[ListFunction], Any]:
    """Return the right verdict with another violation."""

    def check(function: ListFunction) -> Any:
        from corollary.verify.filter_equivariance import is_filter_equivariant

        found = is_filter_equivariant(function, **BOUND)
        if found:
            return True
        return _Report(change(SimpleNamespace(**vars(found.violation))))

    return check


@dataclass(frozen=True)
class _Report:
    violation: Any

    def __bool__(self) -> bool:
        return False


def _with(**attributes: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def change(violation: Any) -> Any:
        return SimpleNamespace(
            **{**vars(violation), **{name: new(violation) for name, new in attributes.items()}}
        )

    return change


BOUND: dict[str, Any] = {"letters": range(4), "longest": SCOPE, "samples": 4}
MUTANTS: dict[str, Callable[..., Any]] = {
    "invention overlooked": _naive(
        invention=False, deleted=lambda items: list(dict.fromkeys(items))
    ),
    "lists of two elements at most": _naive(lists=lambda: every_word("0123", 2)),
    "lists of two letters at most": _naive(lists=_up_to_two_letters),
    "lists without repetition": _naive(lists=_without_repetition),
    "only the letter 0 deleted": _naive(deleted=lambda items: (0,)),
    "only the last element's letter deleted": _naive(deleted=lambda items: items[-1:]),
    "lengths compared": _naive(same=lambda before, after: len(before) == len(after)),
    "numbers of letters compared": _naive(
        same=lambda before, after: sorted(before) == sorted(after)
    ),
    "first elements compared": _naive(same=lambda before, after: before[:1] == after[:1]),
    "sets compared": _naive(same=lambda before, after: set(before) == set(after)),
    "positions deleted": _naive(by_position=True),
    "lists of one letter not tried": _naive(
        lists=lambda: (word for word in every_word("012", 3) if len(set(word)) > 1),
        deleted=lambda items: items[:1],
    ),
    "two letters only": _naive(lists=lambda: every_word("01", SCOPE)),
    "reports one element too many": _reporting(
        _with(items=lambda v: [*v.items, *v.items[-1:]] if len(v.items) > 2 else v.items)
    ),
    "reports another letter": _reporting(
        _with(deleted=lambda v: v.items[-1] if v.deleted is not None else None)
    ),
    "repairs backwards": _reporting(_with(repair=lambda v: v.repair and v.repair[::-1])),
    "repairs with what was returned": _reporting(
        _with(repair=lambda v: v.filtered_after if v.repair is not None else None)
    ),
}
TRIVIAL: dict[str, Callable[..., Any]] = {
    "always yes": lambda function: True,
    "always no": lambda function: False,
}

EQUIVARIANCE_CHECKER = Role(
    name="equivariance_checker",
    family="filter_equivariance",
    signature="checker(list function) -> verdict, true if it passes; a false one has the attribute "
    "violation with items, deleted and repair",
    default="corollary.verify.filter_equivariance:is_filter_equivariant",
    adapt=_adapt,
    mutants={
        name: (lambda function, wrong=wrong, **bound: wrong(function))
        for name, wrong in MUTANTS.items()
    },
    trivial={
        name: (lambda function, wrong=wrong, **bound: wrong(function))
        for name, wrong in TRIVIAL.items()
    },
    presets={"corollary.verify.filter_equivariance:is_filter_equivariant": Preset(BOUND)},
)


def concat_map(images: dict[int, list[int]]) -> ListFunction:
    """Return the function that replaces 0 and 1 by words and keeps every other element."""
    return lambda items: [y for x in items for y in images.get(x, [x])]


WORD_MAPS = Domain(
    name="maps to words",
    statement="a map from the letters 0 and 1 to words of at most three letters",
    shape={"zero": Words("01", 3), "one": Words("01", 3)},
    rows={},
    build=lambda parameters, _: {
        0: digits(str(parameters["zero"])),
        1: digits(str(parameters["one"])),
    },
)
every_word_map = [
    {"zero": zero, "one": one} for zero, one in product(every_word("01", 2), repeat=2)
]
