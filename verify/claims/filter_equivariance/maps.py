"""FE-08, FE-09 and FE-21: functions that commute with maps, and lists as faces of a simplex."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from corollary.verify.claim import law
from corollary.verify.domain import Parameters
from corollary.verify.roles.filter_equivariance import (
    LIST_FUNCTION,
    LISTS,
    MAPPED,
    NATURAL_LIST_FUNCTION,
    ORDERED,
    Items,
    ListFunction,
    Mapped,
    every_word,
    items_case,
    mapped_case,
    same_words,
)
from corollary.verify.slack import Slack


@law(NATURAL_LIST_FUNCTION, over=MAPPED, standing="derived", dossier="FE-08, FE-09")
def map_equivariance(function: ListFunction, case: Mapped) -> Slack:
    r"""$f(\mathrm{map}\,h\,x) = \mathrm{map}\,h\,(f\,x)$ for every map $h$ of letters."""
    images = dict(enumerate(case.images))
    return same_words(
        [function([images[x] for x in case.items])],
        [[images.get(x, x) for x in function(case.items)]],  # what is invented stays
    )


@map_equivariance.exhaustive(
    scope="all lists of length <= 3 over 3 letters, all 27 maps of these letters"
)
def every_small_map() -> Iterator[Parameters]:
    for images in every_word("012", 3, 3):
        for items in every_word("012", 3):
            yield mapped_case(items, images + "34")


@law(NATURAL_LIST_FUNCTION, over=ORDERED, standing="derived", dossier="FE-09")
def positions_decide(function: ListFunction, case: Mapped) -> Slack:
    r"""A function commutes with all maps iff for every length $n$ there is one word $w_n$ of
    positions with $f[x_1, \ldots, x_n] = [x_j \mid j \leftarrow w_n]$. It is $w_n = f[1, \ldots,
    n]$, and the words of different lengths have nothing to do with each other.
    """
    places = range(len(case.items) + case.longer)
    items = dict(zip(places, case.items, strict=False))
    word = [j for j in function(list(places)) if j in items or j not in places]
    expected = [items.get(j, math.nan) for j in word]  # no element is that of an invented place
    return same_words([function(case.items)], [expected])


@positions_decide.exhaustive(scope="all lists of length <= 5 over 4 letters")
def every_short_list() -> Iterator[Parameters]:
    for items in every_word("0123", 5):
        yield mapped_case(items)


@law(LIST_FUNCTION, over=LISTS, standing="derived", dossier="FE-21")
def simplicial_map(function: ListFunction, case: Items) -> Slack:
    r"""With the letters of $x$ as vertices and $d_i$ for "delete the $i$-th letter",
    $d_i d_j = d_{j-1} d_i$ for $i < j$, and $f(d_i d_j\,x) = d_i d_j\,f(x)$: $f$ maps the faces of
    the simplex of $x$ to the faces of the simplex of $f(x)$.
    """
    letters = list(dict.fromkeys(case.items))
    output = function(case.items)
    faces = [
        (_face(case.items, letters, order), _face(output, letters, order))
        for i, j in combinations(range(len(letters)), 2)
        for order in ((j, i), (i, j - 1))
    ]
    sides = zip(faces[::2], faces[1::2], strict=True)
    crossed = [word for (x, y), (u, v) in sides for word in (x, u, y, v)]
    return same_words(
        [*crossed[::2], *(function(items) for items, _ in faces)],
        [*crossed[1::2], *(expected for _, expected in faces)],
    )


def _face(word: list[Any], letters: list[Any], deleted: tuple[int, ...]) -> list[Any]:
    """Return the word after letters are deleted one by one, each by its place among those left."""
    left = list(letters)
    for place in deleted:
        gone = left.pop(place)
        word = [x for x in word if x != gone]
    return word


@simplicial_map.exhaustive(scope="all lists of length <= 5 over 4 letters")
def every_simplex() -> Iterator[Parameters]:
    yield from map(items_case, every_word("0123", 5))
