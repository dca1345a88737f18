"""Amalgamation with few questions: adaptive merging (FE-26) and certificates (FE-25)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.filter_equivariance._errors import InventedElements
from corollary.algorithms.filter_equivariance._letters import (
    Letters,
    ListFunction,
    SublistOutputs,
    check_counts,
)

Node = tuple[int, int]


@dataclass(frozen=True)
class AdaptiveAmalgam:
    """An output put together from some of its pairs, and what that took.

    Attributes
    ----------
    word : list
        The output that the promise of filter equivariance forces.
    pair_queries, letter_queries : int
        Calls of the function on sublists with two letters and with one.
    """

    word: list[Any]
    pair_queries: int
    letter_queries: int


def amalgamate_adaptively(function: ListFunction, items: Iterable[Hashable]) -> AdaptiveAmalgam:
    """Return the output on the items, asking only for the pairs that sorting needs.

    Merges the letters in a balanced tree and asks for a pair word when two occurrences must be
    compared: at most min(k (k - 1) / 2, N ceil(log2 k)) words for k letters and N elements of
    output, and one more call for each letter to learn how often it is in the output.

    **Only right under the promise that the function is filter equivariant**: to find out whether
    it is, all pairs are needed, as `amalgamate` asks them. `verify_certificate` compares the
    result with the function on the pairs that matter.

    Parameters
    ----------
    function : callable
        Takes a list and returns a list of elements of it; promised to be filter equivariant.
    items : iterable of hashable
        Equal items are one letter, and the result holds the first of them.

    Raises
    ------
    MultiplicityMismatch, InventedElements
        Two outputs disagree on the number of a letter, or one holds a foreign element.
    TypeError, ValueError
        Unhashable items, NaN, or a function that returns no list.

    Notes
    -----
    Source: derived here (FE-26) for arXiv:2507.08796. At least ceil(log2 k!) pairs are needed
    in the worst case when each letter is once in the output.

    Examples
    --------
    >>> found = amalgamate_adaptively(sorted, range(31, -1, -1))
    >>> found.word == list(range(32)), found.pair_queries, 32 * 31 // 2
    (True, 80, 496)
    """
    letters = Letters(items)
    outputs = SublistOutputs(function, letters)
    if not letters.values:
        return AdaptiveAmalgam(list(outputs.on()), 0, 0)
    oracle = _Oracle(outputs, letters)
    runs = [[(code, i) for i in range(count)] for code, count in enumerate(oracle.counts)]
    while len(runs) > 1:
        halves = zip(runs[0::2], [*runs[1::2], []], strict=False)
        runs = [oracle.merge(left, right) for left, right in halves]
    word = [letters.values[code] for code, _ in runs[0]]
    return AdaptiveAmalgam(word, len(oracle.places), len(letters))


class _Oracle:
    """Answers which of two occurrences comes first, asking for each pair word once."""

    def __init__(self, outputs: SublistOutputs, letters: Letters) -> None:
        self._outputs = outputs
        self._letters = letters
        self.counts = [len(outputs.on(code)) for code in range(len(letters))]
        self.places: dict[tuple[int, int], tuple[NDArray[np.intp], NDArray[np.intp]]] = {}

    def before(self, u: Node, v: Node) -> bool:
        """Return whether u stands before v, an occurrence of a higher letter."""
        pair = (u[0], v[0])
        if pair not in self.places:
            word = self._outputs.word(*pair)
            names = (self._letters.values[u[0]], self._letters.values[v[0]])
            check_counts(word, names, self.counts[u[0]], self.counts[v[0]])
            self.places[pair] = np.flatnonzero(word == 0), np.flatnonzero(word)
        low, high = self.places[pair]
        return bool(low[u[1]] < high[v[1]])

    def merge(self, left: list[Node], right: list[Node]) -> list[Node]:
        """Merge two sorted runs, the letters of the left one all lower."""
        merged: list[Node] = []
        i = j = 0
        while i < len(left) and j < len(right):
            if self.before(left[i], right[j]):
                merged.append(left[i])
                i += 1
            else:
                merged.append(right[j])
                j += 1
        return merged + left[i:] + right[j:]


@dataclass(frozen=True)
class CertificateCheck:
    """Whether a candidate output agrees with the function where that decides; truthy if so.

    Attributes
    ----------
    sublist, got, expected : list or None
        The first sublist on which they differ, what the function returned and what the
        candidate has there.
    evaluations : int
        Calls of the function.
    """

    sublist: list[Any] | None
    got: list[Any] | None
    expected: list[Any] | None
    evaluations: int

    def __bool__(self) -> bool:
        return self.sublist is None


def verify_certificate(
    function: ListFunction, items: Iterable[Hashable], candidate: Sequence[Hashable]
) -> CertificateCheck:
    """Return whether a candidate is the output that filter equivariance forces on the items.

    Compares the candidate with the function on single letters and on those pairs of letters
    which are neighbours somewhere in the candidate, at most len(candidate) - 1 pairs. These
    determine a word among all words of its multiplicities, and no smaller set of pairs does
    (FE-25). So under the promise of filter equivariance the answer is right in both directions.

    Parameters
    ----------
    function : callable
        Takes a list and returns a list of elements of it; promised to be filter equivariant.
    items : iterable of hashable
        The input.
    candidate : sequence
        The word to judge; it may be wrong in any way.

    Raises
    ------
    InventedElements, TypeError, ValueError
        As in `amalgamate`.

    Examples
    --------
    >>> bool(verify_certificate(sorted, [3, 1, 2], [1, 2, 3]))
    True
    >>> verify_certificate(sorted, [3, 1, 2], [1, 3, 2])
    CertificateCheck(sublist=[3, 2], got=[2, 3], expected=[3, 2], evaluations=5)
    """
    letters = Letters(items)
    outputs = SublistOutputs(function, letters)
    codes = [letters.codes.get(item, -1) for item in candidate]
    if -1 in codes:
        raise InventedElements(letters.items, candidate)
    neighbours = {(min(pair), max(pair)) for pair in pairwise(codes)}
    singles = [(code,) for code in range(len(letters))]
    pairs = sorted(pair for pair in neighbours if pair[0] != pair[1])
    for chosen in (*singles, *pairs):
        got, expected = outputs.on(*chosen), [code for code in codes if code in chosen]
        if got != expected:
            return CertificateCheck(
                letters.restricted(*chosen),
                [letters.values[code] for code in got],
                [letters.values[code] for code in expected],
                outputs.evaluations,
            )
    return CertificateCheck(None, None, None, outputs.evaluations)
