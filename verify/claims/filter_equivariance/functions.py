"""FE-01 to FE-05: what filter equivariance is, what follows from it, and what suffices for it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from corollary.verify.claim import law
from corollary.verify.domain import Parameters
from corollary.verify.roles.filter_equivariance import (
    DEFINITION,
    LIST_FUNCTION,
    LISTS,
    Items,
    ListFunction,
    every_word,
    exactly,
    invented,
    items_case,
    lists_with,
    same_words,
    subsets,
)
from corollary.verify.slack import Slack

ALL_SHORT = "all lists of length <= 5 over 4 letters"


def all_short_lists() -> Iterator[Parameters]:
    yield from map(items_case, every_word("0123", 5))


def kept(items: list[Any], letters: tuple[Any, ...]) -> list[Any]:
    return [x for x in items if x in letters]


@law(
    LIST_FUNCTION,
    over=lists_with("by value", "A predicate looks at the values of elements.", "by_position"),
    source=DEFINITION,
    standing="as printed",
)
def filter_equivariance(function: ListFunction, case: Items) -> Slack:
    r"""$f(\mathrm{filter}\,p\,x) = \mathrm{filter}\,p\,(f\,x)$ for every predicate $p$."""
    output = function(case.items)

    def filtered(items: list[Any], chosen: tuple[Any, ...]) -> list[Any]:
        if case.by_position:
            return [x for place, x in enumerate(items) if place in chosen]
        return kept(items, chosen)

    predicates = list(subsets([*case.items, *output]))
    return same_words(
        [function(filtered(case.items, chosen)) for chosen in predicates],
        [filtered(output, chosen) for chosen in predicates],
    )


filter_equivariance.exhaustive(scope=f"{ALL_SHORT}, all predicates")(all_short_lists)


@law(
    LIST_FUNCTION,
    over=lists_with("reflexive", "Every element equals itself.", "unequal"),
    source=DEFINITION,
    standing="as printed",
    dossier="FE-01",
)
def no_invention(function: ListFunction, case: Items) -> Slack:
    r"""Every element of $f\,x$ equals one of $x$; in particular $f\,[\,] = [\,]$."""
    output = function(case.items)
    known = [y for y in output if any(y == x for x in case.items)]
    return exactly([[1 + len(known)]], 1.0 + len(output))


no_invention.exhaustive(scope=ALL_SHORT)(all_short_lists)


@law(LIST_FUNCTION, over=LISTS, standing="derived", dossier="FE-02")
def multiplicity(function: ListFunction, case: Items) -> Slack:
    r"""How often a letter is in $f\,x$ depends on nothing but how often it is in $x$."""
    output = function(case.items)
    letters = list(dict.fromkeys([*case.items, *output]))
    alone = [function(kept(case.items, (x,))).count(x) for x in letters]
    return exactly([[*map(output.count, letters), 0]], np.array([[*alone, 0]]))


multiplicity.exhaustive(scope=ALL_SHORT)(all_short_lists)


@law(LIST_FUNCTION, over=LISTS, standing="derived", dossier="FE-03")
def single_deletions(function: ListFunction, case: Items) -> Slack:
    r"""Deleting one letter before $f$ or after it is the same; on a set of lists closed under
    deletion, if nothing is invented, this implies all other filters.
    """
    output = function(case.items)
    letters = [*dict.fromkeys([*case.items, *output]), object()]
    return same_words(
        [function([x for x in case.items if x != letter]) for letter in letters],
        [[x for x in output if x != letter] for letter in letters],
    )


single_deletions.exhaustive(scope=ALL_SHORT)(all_short_lists)


@law(LIST_FUNCTION, over=LISTS, standing="derived", dossier="FE-03")
def one_and_two_letters(function: ListFunction, case: Items) -> Slack:
    r"""Restricting to one or two letters before $f$ or after it is the same; if nothing is
    invented this implies all other filters. Neither size may be left out.
    """
    output = function(case.items)
    letters = dict.fromkeys(case.items)
    faces = [*combinations(letters, 1), *combinations(letters, 2)]
    return same_words(
        [function(kept(case.items, face)) for face in faces], [kept(output, face) for face in faces]
    )


one_and_two_letters.exhaustive(scope=ALL_SHORT)(all_short_lists)


@law(
    LIST_FUNCTION,
    over=lists_with("all pairs", "The output on every pair of letters is known.", "forgetful"),
    standing="derived",
    dossier="FE-05",
)
def pairs_determine_the_output(function: ListFunction, case: Items) -> Slack:
    r"""The $i$-th copy of $a$ stands in $f\,x$ behind
    $(i-1) + \sum_{b \ne a} \#\{b \text{ before the } i\text{-th } a \text{ in } f(x|_{\{a,b\}})\}$
    others.
    """
    letters = list(dict.fromkeys(case.items))
    pairs = list(combinations(letters, 2))
    words = {frozenset(pair): function(kept(case.items, pair)) for pair in pairs}
    if case.forgetful and pairs:
        words[frozenset(pairs[0])] = []
    ranks = {}
    for a in letters:
        for i in range(function(kept(case.items, (a,))).count(a)):
            others = (words[frozenset((a, b))] for b in letters if b != a)
            ranks[a, i] = i + sum(_rank(word, a, i) for word in others)
    ordered = [a for a, _ in sorted(ranks, key=ranks.__getitem__)]
    places = sorted(ranks.values())
    return same_words([function(case.items), range(len(places))], [ordered, places])


pairs_determine_the_output.exhaustive(scope=ALL_SHORT)(all_short_lists)


def _rank(word: list[Any], letter: Any, index: int) -> int:
    """Return how many other elements stand before the copy of a letter, the index from 0."""
    places = [place for place, x in enumerate(word) if x == letter]
    return places[index] - index if index < len(places) else 0


@law(
    LIST_FUNCTION,
    over=lists_with("bijection", "The renaming $s$ is a bijection.", "merging"),
    standing="derived",
    dossier="FE-04",
)
def closure(function: ListFunction, case: Items) -> Slack:
    r"""Sums, compositions and conjugates of filter-equivariant functions are filter equivariant:
    $x \mapsto f(f\,x) \mathbin{+\!\!+} \mathrm{reverse}(f\,x)
    \mathbin{+\!\!+} s^{-1} f(s\,x)$.
    """

    def there(x: int) -> int:
        return x // 2 if case.merging else (x + 2) % 5

    def back(x: Any) -> int:
        if x not in range(5):
            raise invented(x)
        return 2 * int(x) if case.merging else (int(x) + 3) % 5

    def built(items: list[int]) -> list[int]:
        output = function(items)
        # What is invented has no other name.
        renamed = [back(x) if x in letters else x for x in function([there(x) for x in items])]
        return function(output) + output[::-1] + renamed

    letters = range(5)
    whole = built(case.items)
    return same_words(
        [built([x for x in case.items if x != letter]) for letter in letters],
        [[x for x in whole if x != letter] for letter in letters],
    )
