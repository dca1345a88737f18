"""Strategies for filter-equivariant functions and for families of pair words.

The functions act on lists of non-negative integers and are filter equivariant by construction:
each is put together, by operations that keep the property, from parts that have it (FE-04,
FE-15, FE-20 of the claims about arXiv:2507.08796).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from corollary.algorithms.filter_equivariance import (
    Block,
    LocalKeySort,
    PairWords,
    SignedComposition,
    pair_words,
)
from corollary.algorithms.filter_equivariance.zoo import ZOO

__all__ = [
    "ListExpression",
    "filter_equivariant_functions",
    "local_key_sorts",
    "pair_families",
    "signed_compositions",
]

# Functions whose output is not longer than the input, so that compositions stay short.
_THIN = (
    "identity|reverse|first of each|last of each|most frequent first|group by first occurrence|"
    "those that occur once|those that occur twice or more|second occurrences|"
    "first occurrences, second ones, ...|odd counts, then even ones reversed|sort|"
    "sort descending|sort by key|keep the even|even before odd"
)


@dataclass(frozen=True)
class ListExpression:
    """A list function with a readable description, which is also its repr."""

    description: str
    function: Callable[[list[Any]], list[Any]] = field(compare=False)

    def __call__(self, items: list[Any]) -> list[Any]:
        return self.function(list(items))

    def __repr__(self) -> str:
        return self.description


@st.composite
def signed_compositions(draw: st.DrawFn, max_multiplicity: int = 4) -> SignedComposition:
    """Signed compositions: for each multiplicity all of them alike, shrinking to few blocks."""
    multiplicity = draw(st.integers(0, max_multiplicity))
    if multiplicity == 0:
        return SignedComposition()
    entries = [draw(st.sampled_from((1, -1)))]
    for _ in range(multiplicity - 1):
        step = draw(st.sampled_from(("grow", "repeat", "turn")))
        sign = 1 if entries[-1] > 0 else -1
        if step == "grow":
            entries[-1] += sign
        else:
            entries.append(sign if step == "repeat" else -sign)
    return SignedComposition(*entries)


@st.composite
def local_key_sorts(
    draw: st.DrawFn, largest_count: int = 3, max_blocks: int = 3, max_copies: int = 2
) -> LocalKeySort:
    """Local-key sorts, which drop the letters that occur more often than `largest_count`.

    Every filter-equivariant function that treats all letters alike is one of them, as far as
    letters occur at most `largest_count` times; `max_copies` bounds the copies per block.
    """
    blocks = []
    for _ in range(draw(st.integers(0, max_blocks))):
        anchors = tuple(
            tuple(sorted(draw(st.lists(st.integers(1, count), max_size=max_copies))))
            for count in range(1, largest_count + 1)
        )
        if any(anchors):
            blocks.append(Block(draw(st.sampled_from((1, -1))), anchors))
    return LocalKeySort(tuple(blocks), largest_count, beyond="drop")


@st.composite
def _class_sorts(draw: st.DrawFn) -> ListExpression:
    """Sort the elements into classes by their value; in a class, keep or reverse their order."""
    classes = draw(st.lists(st.integers(0, 5), min_size=12, max_size=12))
    signs = draw(st.lists(st.sampled_from((1, -1)), min_size=6, max_size=6))

    def sort_by_class(items: list[Any]) -> list[Any]:
        kinds = [classes[x % len(classes)] for x in items]
        order = sorted(range(len(items)), key=lambda i: (kinds[i], signs[kinds[i]] * i))
        return [items[i] for i in order]

    return ListExpression(f"classes({classes}, {signs})", sort_by_class)


def _parts() -> st.SearchStrategy[ListExpression]:
    known = [animal for animal in ZOO if animal.filter_equivariant]
    return st.one_of(
        st.sampled_from([ListExpression(animal.name, animal.function) for animal in known]),
        signed_compositions().map(lambda f: ListExpression(repr(f), f)),
        local_key_sorts().map(lambda f: ListExpression(repr(f), f)),
        _class_sorts(),
    )


def _conjugate(inner: ListExpression, shift: int) -> ListExpression:
    """Return the function seen through the renaming x -> x xor shift, which is its own inverse."""
    if shift == 0:
        return inner
    return ListExpression(
        f"conjugate({inner!r}, xor {shift})",
        lambda items: [x ^ shift for x in inner([x ^ shift for x in items])],
    )


def _compose(outer: ListExpression, inner: ListExpression) -> ListExpression:
    return ListExpression(f"({outer!r} after {inner!r})", lambda items: outer(inner(items)))


def _add(terms: list[ListExpression]) -> ListExpression:
    if len(terms) == 1:
        return terms[0]
    return ListExpression(
        " + ".join(map(repr, terms)), lambda items: [x for term in terms for x in term(items)]
    )


def filter_equivariant_functions(max_terms: int = 3) -> st.SearchStrategy[ListExpression]:
    """Filter-equivariant functions of many kinds, on lists of non-negative integers.

    Sums of up to `max_terms` of: known functions, signed compositions, local-key sorts and sorts
    by classes, renamed, and composed with functions that do not lengthen a list.
    """
    thin = [ListExpression(a.name, a.function) for a in ZOO if a.name in _THIN.split("|")]
    renamed = st.builds(_conjugate, _parts(), st.integers(0, 7))
    term = renamed | st.builds(_compose, st.sampled_from(thin) | _class_sorts(), renamed)
    return st.lists(term, min_size=1, max_size=max_terms).map(_add)


@st.composite
def pair_families(
    draw: st.DrawFn,
    max_letters: int = 5,
    max_multiplicity: int = 3,
    consistent: bool | None = None,
) -> PairWords:
    """Words for all pairs of some letters, in the form that `amalgamate_pairs` takes.

    Parameters
    ----------
    max_letters, max_multiplicity : int
        Bounds on the number of letters and on how often each is in the output.
    consistent : bool or None
        True: the restrictions of one word, so that they have an amalgam. False: arbitrary words
        of the right multiplicities, which rarely have one. None: either.
    """
    letters = draw(st.integers(0, max_letters))
    counts = draw(st.lists(st.integers(0, max_multiplicity), min_size=letters, max_size=letters))
    word = draw(st.permutations([x for x, count in enumerate(counts) for _ in range(count)]))
    words = pair_words(word, letters)
    if consistent or (consistent is None and draw(st.booleans())):
        return words
    bits = [
        draw(st.permutations(words.bits[start:stop].tolist()))
        for start, stop in zip(words.pointers, words.pointers[1:], strict=False)
    ]
    return words._replace(bits=np.array([x for part in bits for x in part], dtype=np.uint8))
