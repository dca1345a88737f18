"""The plain definitions: slow, obvious, and used only to judge the fast implementations."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from corollary.algorithms.filter_equivariance._letters import ListFunction

Word = tuple[Any, ...]


def restricted(word: Sequence[Hashable], letters: Iterable[Hashable]) -> Word:
    """Return the word without all letters but the given ones."""
    kept = set(letters)
    return tuple(letter for letter in word if letter in kept)


def subsets(letters: Iterable[Hashable]) -> Iterator[tuple[Hashable, ...]]:
    """Yield all subsets of the letters, the smaller ones first."""
    pool = tuple(dict.fromkeys(letters))
    for size in range(len(pool) + 1):
        yield from combinations(pool, size)


def commutes_with_all_filters(function: ListFunction, items: Sequence[Hashable]) -> bool:
    """Return whether ``function(filter(p, items)) == filter(p, function(items))`` for all p.

    Only what p does on the elements of the input and of the output matters, so the predicates
    are the subsets of both.
    """
    output = tuple(function(list(items)))
    return all(
        tuple(function(list(restricted(items, kept)))) == restricted(output, kept)
        for kept in subsets([*items, *output])
    )


def arrangements(multiplicities: Mapping[Any, int]) -> Iterator[Word]:
    """Yield all words with the given number of each letter, in lexicographic order."""
    if not any(multiplicities.values()):
        yield ()
    for letter, count in multiplicities.items():
        if count:
            for rest in arrangements({**multiplicities, letter: count - 1}):
                yield (letter, *rest)


def amalgams_definition(
    multiplicities: Mapping[Any, int], words: Mapping[tuple[Any, Any], Sequence[Any]]
) -> list[Word]:
    """Return every word with the given multiplicities whose restrictions are the given words."""
    return [
        word
        for word in arrangements(multiplicities)
        if all(restricted(word, pair) == tuple(given) for pair, given in words.items())
    ]


def amalgamate_facets_definition(function: ListFunction, items: Sequence[Hashable]) -> list[Any]:
    """Return the amalgam by recursion over the sublists that lack one letter.

    The next element is the only one at the head of every facet that has it; all those facets
    move on. Calls the function on one- and two-letter sublists only, and visits 2^k sublists.

    Raises
    ------
    ValueError
        The facets do not fit together.
    """
    known: dict[Word, Word] = {}

    def output(sublist: Word) -> Word:
        if sublist not in known:
            letters = tuple(dict.fromkeys(sublist))
            if len(letters) <= 2:
                known[sublist] = tuple(function(list(sublist)))
            else:
                known[sublist] = merge_facets(
                    {x: output(restricted(sublist, set(letters) - {x})) for x in letters}
                )
        return known[sublist]

    return list(output(tuple(items)))


def merge_facets(facets: Mapping[Any, Word]) -> Word:
    """Return the word over three or more letters that lacks x in ``facets[x]``, for every x."""
    rest = dict(facets)
    merged: list[Any] = []
    while any(rest.values()):
        heads = [
            h
            for h in rest
            if all(word[:1] == (h,) for lacking, word in rest.items() if lacking != h)
        ]
        if len(heads) != 1:
            raise ValueError(f"no list has the facets {dict(facets)!r}")
        merged.append(heads[0])
        rest = {x: word if x == heads[0] else word[1:] for x, word in rest.items()}
    return tuple(merged)


def occurrence_tournament_definition(
    multiplicities: Sequence[int], words: Mapping[tuple[int, int], Sequence[int]]
) -> dict[tuple[int, int], set[tuple[int, int]]]:
    """Return, for each occurrence (letter, index from 0), the occurrences it stands before."""
    vertices = [(a, i) for a, count in enumerate(multiplicities) for i in range(count)]

    def place(occurrence: tuple[int, int], word: Sequence[int]) -> int:
        letter, index = occurrence
        return [t for t, symbol in enumerate(word) if symbol == letter][index]

    def before(u: tuple[int, int], v: tuple[int, int]) -> bool:
        if u[0] == v[0]:
            return u[1] < v[1]
        word = words[min(u[0], v[0]), max(u[0], v[0])]
        return place(u, word) < place(v, word)

    return {u: {v for v in vertices if u != v and before(u, v)} for u in vertices}


def three_cycles_definition(
    tournament: Mapping[tuple[int, int], set[tuple[int, int]]],
) -> list[tuple[tuple[int, int], ...]]:
    """Return all cyclic triples of a tournament, each once."""
    return [
        triple
        for triple in combinations(tournament, 3)
        if (triple[1] in tournament[triple[0]])
        == (triple[2] in tournament[triple[1]])
        == (triple[0] in tournament[triple[2]])
    ]
