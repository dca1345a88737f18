"""Amalgamation when only some pairs of letters are known (FE-23, FE-25)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import chain, pairwise
from typing import Any

from corollary.algorithms.filter_equivariance._errors import (
    InconsistentPairs,
    MultiplicityMismatch,
)

Node = tuple[int, int]
"""An occurrence: code of its letter, and its index among the copies, from 0."""


@dataclass(frozen=True)
class PartialAmalgam:
    """The lexicographically least word with the given restrictions, and what it leaves open.

    Attributes
    ----------
    word : list
        Letters are compared by their order in `multiplicities`.
    open_pairs : tuple of pairs of letters
        Neighbours in `word` whose pair word is not known, in order of appearance. They may
        change places, so the word is the only one iff there are none; knowing one of these
        pairs is the useful next question.
    """

    word: list[Any]
    open_pairs: tuple[tuple[Any, Any], ...]

    @property
    def unique(self) -> bool:
        """Whether no other word has the given restrictions."""
        return not self.open_pairs


def partial_amalgam(
    multiplicities: Mapping[Any, int], words: Mapping[tuple[Any, Any], Sequence[Hashable]]
) -> PartialAmalgam:
    """Return the least word that has the given restrictions to some pairs of letters.

    Parameters
    ----------
    multiplicities : mapping from letter to int
        How often each letter is in the word; its order is the order of the letters.
    words : mapping from pairs of letters to sequences of these letters
        Each unordered pair at most once.

    Raises
    ------
    InconsistentPairs
        No word has these restrictions. The cycle of the witness has no chord; it is of length
        three wherever the graph of known pairs is chordal, and may be longer elsewhere.
    MultiplicityMismatch
        A word has other numbers of its letters than `multiplicities`.
    ValueError
        An unknown letter, a pair of equal letters, or a pair given twice.

    Notes
    -----
    A topological sort, in time proportional to the length of the words (times the logarithm of
    the number of letters). The solutions are one trace class: any two differ by exchanges of
    neighbours whose pair is not known.

    Examples
    --------
    >>> partial_amalgam({"a": 1, "b": 1, "c": 1}, {("a", "b"): "ab", ("b", "c"): "bc"})
    PartialAmalgam(word=['a', 'b', 'c'], open_pairs=())
    >>> partial_amalgam({"a": 1, "b": 1, "c": 1}, {("a", "c"): "ca", ("b", "c"): "cb"})
    PartialAmalgam(word=['c', 'a', 'b'], open_pairs=(('a', 'b'),))
    """
    family = _Family(multiplicities, words)
    order = family.least_order()
    if len(order) < len(family.successors):
        raise family.inconsistent(set(family.successors) - set(order))
    letters = [code for code, _ in order]
    unknown = [(a, b) for a, b in pairwise(letters) if a != b and (a, b) not in family.places]
    named = family.letters
    return PartialAmalgam(
        [named[code] for code in letters],
        tuple(dict.fromkeys((named[min(pair)], named[max(pair)]) for pair in unknown)),
    )


class _Family:
    """Pair words on some pairs as an acyclic (or not) graph of occurrences.

    Attributes
    ----------
    places : dict
        For each known pair (a, b), in both orders, the places of the copies of a in its word.
    successors : dict
        Edges from each occurrence to the next of its letter and the next in each of its words.
    """

    def __init__(
        self,
        multiplicities: Mapping[Any, int],
        words: Mapping[tuple[Any, Any], Sequence[Hashable]],
    ) -> None:
        self.letters = list(multiplicities)
        self.words = words
        counts = [_count(letter, multiplicities[letter]) for letter in self.letters]
        codes = {letter: code for code, letter in enumerate(self.letters)}
        self.places: dict[tuple[int, int], list[int]] = {}
        self.successors: dict[Node, list[Node]] = {
            (code, index): [(code, index + 1)] if index + 1 < count else []
            for code, count in enumerate(counts)
            for index in range(count)
        }
        for pair, word in words.items():
            a, b = self._pair(pair, codes)
            self.places[a, b] = [t for t, letter in enumerate(word) if letter == pair[0]]
            self.places[b, a] = [t for t, letter in enumerate(word) if letter == pair[1]]
            got = (len(self.places[a, b]), len(self.places[b, a]))
            if got != (counts[a], counts[b]) or sum(got) != len(word):
                raise MultiplicityMismatch(
                    pair,
                    f"{got[0]} and {got[1]} copies of them in {len(word)} symbols, "
                    f"the multiplicities are {counts[a]} and {counts[b]}",
                )
            self._link(a, b)

    def _pair(self, pair: tuple[Any, Any], codes: Mapping[Any, int]) -> tuple[int, int]:
        if pair[0] not in codes or pair[1] not in codes or pair[0] == pair[1]:
            raise ValueError(f"words must be keyed by two different letters, got {pair!r}")
        a, b = codes[pair[0]], codes[pair[1]]
        if (a, b) in self.places:
            raise ValueError(f"words must hold each pair once, got {pair!r} in both orders")
        return a, b

    def _link(self, a: int, b: int) -> None:
        """Add an edge from every symbol of the word of a and b to the next one."""
        marked = [(place, (a, index)) for index, place in enumerate(self.places[a, b])]
        marked += [(place, (b, index)) for index, place in enumerate(self.places[b, a])]
        nodes = [node for _, node in sorted(marked)]
        for node, following in pairwise(nodes):
            if node[0] != following[0]:
                self.successors[node].append(following)

    def least_order(self) -> list[Node]:
        """Return the least topological order, which lacks the occurrences on or after a cycle."""
        waiting = dict.fromkeys(self.successors, 0)
        for node in chain.from_iterable(self.successors.values()):
            waiting[node] += 1
        ready = [node for node, count in waiting.items() if count == 0]
        heapify(ready)
        order = []
        while ready:
            node = heappop(ready)
            order.append(node)
            for following in self.successors[node]:
                waiting[following] -= 1
                if waiting[following] == 0:
                    heappush(ready, following)
        return order

    def before(self, u: Node, v: Node) -> bool | None:
        """Return whether u stands before v by the known words; None where the pair is open."""
        if u[0] == v[0]:
            return u[1] < v[1]
        if (u[0], v[0]) not in self.places:
            return None
        return self.places[u[0], v[0]][u[1]] < self.places[v[0], u[0]][v[1]]

    def inconsistent(self, unsorted: set[Node]) -> InconsistentPairs:
        """Return the error whose witness is a cycle without chords among the given nodes."""
        predecessor = {following: node for node in unsorted for following in self.successors[node]}
        path, seen = [min(unsorted)], set[Node]()
        while path[-1] not in seen:
            seen.add(path[-1])
            path.append(predecessor[path[-1]])
        cycle = path[path.index(path[-1]) + 1 :][::-1]
        while (shorter := self._shortened(cycle)) is not None:
            cycle = shorter
        codes = {code for code, _ in cycle}
        names = {self.letters[code] for code in codes}
        return InconsistentPairs(
            [(self.letters[code], index + 1) for code, index in cycle],
            {pair: word for pair, word in self.words.items() if set(pair) <= names},
        )

    def _shortened(self, cycle: list[Node]) -> list[Node] | None:
        """Return the cycle cut along a chord, or None if it has none."""
        size = len(cycle)
        for i in range(size):
            for j in range(i + 2, size - (i == 0)):
                forward = self.before(cycle[i], cycle[j])
                if forward is not None:
                    return cycle[: i + 1] + cycle[j:] if forward else cycle[i : j + 1]
        return None


def _count(letter: object, count: object) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ValueError(f"multiplicities[{letter!r}] must be a non-negative int, got {count!r}")
    return count
