"""The definitions by which implementations are judged; they use no implementation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations, product
from typing import Any

Word = tuple[Any, ...]
Node = tuple[int, int]
Tournament = dict[Node, set[Node]]


def restricted(word: Sequence[Any], letters: Iterable[Any]) -> Word:
    """Return the word without all letters but the given ones."""
    kept = set(letters)
    return tuple(x for x in word if x in kept)


def riffled(items: Sequence[Any]) -> list[Any]:
    """Return the elements from both ends in turn."""
    left = list(items)
    return [left.pop(-(turn % 2)) for turn in range(len(left))]


def subsets(letters: Iterable[Any]) -> list[Word]:
    """Return all subsets of the distinct letters, the smaller ones first."""
    pool = tuple(dict.fromkeys(letters))
    return [chosen for size in range(len(pool) + 1) for chosen in combinations(pool, size)]


def arrangements(counts: Mapping[Any, int]) -> Iterator[Word]:
    """Yield all words with the given number of each letter, the first letters first."""
    left = {letter: count for letter, count in counts.items() if count}
    if not left:
        yield ()
    for letter, count in left.items():
        for rest in arrangements({**left, letter: count - 1}):
            yield (letter, *rest)


def amalgams(
    counts: Mapping[Any, int], words: Mapping[tuple[Any, Any], Sequence[Any]]
) -> list[Word]:
    """Return all words with the given counts and the given restrictions to pairs of letters."""
    return list(each_amalgam(counts, words))


def each_amalgam(
    counts: Mapping[Any, int], words: Mapping[tuple[Any, Any], Sequence[Any]]
) -> Iterator[Word]:
    """Yield these words, the least first."""
    for word in arrangements(counts):
        if all(restricted(word, pair) == tuple(given) for pair, given in words.items()):
            yield word


def tournament(counts: Sequence[int], words: Mapping[tuple[int, int], Sequence[int]]) -> Tournament:
    """Return the occurrences (letter, index from 0) that each occurrence stands before."""
    after: Tournament = {(a, i): set() for a, count in enumerate(counts) for i in range(count)}
    for u, v in combinations(after, 2):
        if u[0] == v[0]:
            after[u].add(v)
    for pair, word in words.items():
        nodes = [(x, list(word[:t]).count(x)) for t, x in enumerate(word)]
        for u, v in combinations(nodes, 2):
            after[u].add(v)
        assert set(word) <= set(pair)
    return after


def three_cycles(after: Tournament) -> list[tuple[Node, Node, Node]]:
    """Return the triples of occurrences that are ordered in a circle, each once."""
    return [
        (u, v, w)
        for u, v, w in combinations(after, 3)
        if (v in after[u]) == (w in after[v]) == (u in after[w])
    ]


def antichains(vertices: int, smallest: int) -> list[tuple[Word, ...]]:
    """Return the non-empty families of subsets of at least a size, none inside another."""
    pool = [s for s in subsets(range(vertices)) if len(s) >= smallest]
    found: list[tuple[Word, ...]] = [()]
    for subset in pool:
        found += [
            (*family, subset)
            for family in found
            if not any(set(member) <= set(subset) for member in family)
        ]
    return found[1:]


def compatible_families(
    cover: Iterable[Word], present: Iterable[int]
) -> Iterator[dict[tuple[int, int], Word]]:
    """Yield the pair words of all words on the members of a cover that agree on overlaps.

    Each word holds the letters of its member that are present, once each.
    """
    here, members = set(present), list(cover)
    choices = (permutations(sorted(here & set(member))) for member in members)
    for words in product(*choices):
        parts: dict[tuple[int, int], set[Word]] = {}
        for word, member in zip(words, members, strict=True):
            for low, high in combinations(sorted(member), 2):
                parts.setdefault((low, high), set()).add(restricted(word, (low, high)))
        if all(len(seen) == 1 for seen in parts.values()):
            yield {pair: seen.pop() for pair, seen in parts.items()}
