"""What a list function did wrong, on the smallest list that shows it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any, Literal

from corollary.algorithms.filter_equivariance import (
    InconsistentPairs,
    NotFilterEquivariant,
    amalgamate,
)

ListFunction = Callable[[list[Any]], list[Any]]
Word = tuple[Hashable, ...]
Kind = Literal[
    "raised",
    "not a list",
    "changed its input",
    "not deterministic",
    "invention",
    "multiplicity",
    "cycle",
    "off-amalgam",
]

# Up to this many letters all sublists are tried for a smaller violation.
_SMALL = 10


@dataclass(frozen=True)
class Violation:
    """A list on which a function is not filter equivariant, and how.

    Attributes
    ----------
    kind : str
        'raised', 'not a list', 'changed its input' or 'not deterministic': the function is no
        function from lists to lists. 'invention': the output holds an element that the input
        does not. 'multiplicity': the number of a letter in the output depends on other letters.
        'cycle': the outputs on three pairs of letters fit no list, whatever the output on the
        three letters is. 'off-amalgam': the outputs on smaller sublists fit exactly one list,
        `repair`, and the function returned another.
    items : list
        The input, as small as deleting letters and elements makes it.
    deleted : element or None
        The letter whose deletion does not commute, where that is what is wrong.
    filtered_before, filtered_after : list or None
        The output without the letter in the input, and without it in the output; they should be
        equal.
    repair : list or None
        What the output on `items` must be, given the outputs on smaller sublists, if they leave
        one possibility.
    detail : str
        What was seen.
    """

    kind: Kind
    items: list[Any]
    deleted: Any | None
    filtered_before: list[Any] | None
    filtered_after: list[Any] | None
    repair: list[Any] | None
    detail: str

    def __str__(self) -> str:
        return f"{self.kind} at {self.items!r}: {self.detail}"


class Impure(Exception):
    """Raised inside the search when the function is no function from lists to lists."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


class Watched:
    """A list function that is called twice on a fresh list and remembered.

    Raises Impure when it raises, changes its input, returns something else than a list, invents
    elements, or returns two different lists.
    """

    def __init__(self, function: ListFunction) -> None:
        self._function = function
        self._known: dict[Word, Word] = {}
        self.examined = 0  # lists handed to the function, each of them twice

    def __call__(self, items: Sequence[Hashable]) -> Word:
        """Return the output on the items."""
        word = tuple(items)
        if word not in self._known:
            self.examined += 1
            output, again = self._called(word), self._called(word)
            if output != again:
                raise _impure("not deterministic", word, f"{list(output)!r}, then {list(again)!r}")
            self._known[word] = output
        return self._known[word]

    def known(self) -> Iterator[tuple[Word, Word]]:
        """Yield each list the function was called on, and its output."""
        yield from self._known.items()

    def _called(self, word: Word) -> Word:
        handed = list(word)
        try:
            output: object = self._function(handed)
        except Exception as error:
            raise _impure("raised", word, f"{type(error).__name__}: {error}") from error
        if not isinstance(output, list):
            raise _impure("not a list", word, f"the output is a {type(output).__name__}")
        if len(handed) != len(word) or any(a is not b for a, b in zip(handed, word, strict=True)):
            raise _impure("changed its input", word, f"the input became {handed!r}")
        if not _is_within(output, word):
            raise _impure("invention", word, f"the output is {output!r}")
        return tuple(output)


def _is_within(output: list[Any], word: Word) -> bool:
    try:
        return set(output) <= set(word)
    except TypeError:  # an unhashable element is none of the input's
        return False


def _impure(kind: Kind, items: Word, detail: str) -> Impure:
    return Impure(Violation(kind, list(items), None, None, None, None, detail))


def find_violation(function: Watched, items: Sequence[Hashable]) -> Violation | None:
    """Return what is wrong on a list, or None if deleting each of its letters commutes.

    On a set of lists that is closed under deletion, the deletion of single letters is all that
    has to be tested (FE-03). The violation is as found: not shrunk, its kind not settled.
    """
    try:
        output = function(items)
        for letter in dict.fromkeys(items):
            before = function([x for x in items if x != letter])
            after = tuple(x for x in output if x != letter)
            if before != after:
                return Violation(
                    "off-amalgam",
                    list(items),
                    letter,
                    list(before),
                    list(after),
                    None,
                    f"without {letter!r} in the input the output is {list(before)!r}, "
                    f"without it in the output {list(after)!r}",
                )
    except Impure as impure:
        return impure.violation
    return None


def find_violation_below(function: Watched, items: Sequence[Hashable]) -> Violation | None:
    """Return what is wrong on a list or between it and its sublists of one or two letters.

    For a list whose sublists are not all examined themselves: these restrictions determine what
    the output must be (FE-05), so a function that is wrong only between far apart sublists is
    caught as well.
    """
    found = find_violation(function, items)
    distinct = tuple(dict.fromkeys(items))
    try:
        for kept in chain(combinations(distinct, 1), combinations(distinct, 2)):
            if found is not None:
                break
            output = tuple(x for x in function(items) if x in kept)
            if function([x for x in items if x in kept]) != output:
                found = _first_step(function, items, kept)
    except Impure as impure:
        found = impure.violation
    return found


def _first_step(
    function: Watched, items: Sequence[Hashable], kept: tuple[Hashable, ...]
) -> Violation | None:
    """Return the violation met on the way from a list to a restriction that does not commute.

    Letters are deleted one after the other; if every step commuted, so would all together.
    """
    left = list(items)
    for letter in dict.fromkeys(items):
        if letter not in kept:
            found = find_violation(function, left)
            if found is not None:
                return found
            left = [x for x in left if x != letter]
    return None


def shrunk(function: Watched, found: Violation, letters: Sequence[Hashable]) -> Violation:
    """Return a violation from which no letter and no element can be deleted, its kind settled.

    Parameters
    ----------
    function : Watched
        The function; every step is tested with it.
    found : Violation
        Where to start.
    letters : sequence
        Preferred letters, the first of them most.
    """
    smallest = found
    while (smaller := _next_smaller(function, smallest, letters)) is not None:
        smallest = smaller
    return _settled(function, smallest)


def _next_smaller(
    function: Watched, found: Violation, letters: Sequence[Hashable]
) -> Violation | None:
    for items in _smaller_lists(function, found.items, letters):
        violation = find_violation(function, items)
        if violation is not None:
            return violation
    return None


def _smaller_lists(
    function: Watched, items: list[Any], letters: Sequence[Hashable]
) -> Iterator[list[Any]]:
    """Yield sublists with fewer letters, then with fewer elements, then a renaming."""
    distinct = list(dict.fromkeys(items))
    count = len(distinct)
    for size in range(count) if count <= _SMALL else (0, 1, 2):
        for kept in combinations(distinct, size):
            yield [x for x in items if x in kept]
    if count > _SMALL:
        try:
            amalgamate(lambda sublist: list(function(sublist)), items)
        except InconsistentPairs as error:
            yield list(error.sublist or ())
        except (NotFilterEquivariant, Impure):
            pass  # one of the sublists above, whose turn has passed, had no violation of its own
        yield from ([x for x in items if x != letter] for letter in distinct)
    yield from (items[:place] + items[place + 1 :] for place in range(len(items)))
    if count <= len(letters):
        renamed = [letters[distinct.index(x)] for x in items]
        if renamed != items:
            yield renamed


def _settled(function: Watched, found: Violation) -> Violation:
    """Return the violation with its kind, by the number of letters (FE-30), and its repair."""
    kind, repair = found.kind, None
    if kind in ("off-amalgam", "invention"):
        repair, cyclic = _repair(function, found.items)
        if kind == "off-amalgam":
            letters = len(set(found.items))
            kind = "multiplicity" if letters <= 2 else "cycle" if cyclic else "off-amalgam"
    detail = found.detail
    if repair is not None:
        detail += f"; the outputs on smaller lists force {repair!r}"
    return Violation(
        kind,
        found.items,
        found.deleted,
        found.filtered_before,
        found.filtered_after,
        repair,
        detail,
    )


def _repair(function: Watched, items: list[Any]) -> tuple[list[Any] | None, bool]:
    """Return the only output that the sublists allow, or None; and whether they are cyclic."""
    distinct = list(dict.fromkeys(items))
    try:
        if len(distinct) > 2:
            return amalgamate(lambda sublist: list(function(sublist)), items), False
        parts = [function([x for x in items if x == letter]) for letter in distinct]
    except InconsistentPairs:
        return None, True
    except (NotFilterEquivariant, Impure):
        return None, False
    # One letter alone may have any number of copies, and two words any interleaving.
    several = len(distinct) == 1 or (len(distinct) == 2 and all(parts))
    if several:
        return None, False
    return [x for part in parts for x in part], False
