"""Amalgamation by rank sums: one output from its restrictions to all pairs of letters.

An element of the output stands after as many others as its ranks in all pair words add up to,
so one addition per symbol of the pair words places it. The sums are a bijection onto
0 .. N - 1 exactly when the words fit together; two equal sums lead straight to three letters
which are ordered in a circle.

Source: the amalgamation algorithm of Lewis, Ghani, Dudzik, Perivolaropoulos, Pascanu and
Velickovic, arXiv:2507.08796; the rank-sum form is derived here (FE-05, FE-06, FE-07).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import combinations
from typing import Any

import numba
import numpy as np
from numba import prange
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms._kernel import kernel
from corollary.algorithms.filter_equivariance._errors import (
    InconsistentPairs,
    NotFilterEquivariant,
    Occurrence,
)
from corollary.algorithms.filter_equivariance._letters import (
    Letters,
    ListFunction,
    SublistOutputs,
    check_counts,
)
from corollary.algorithms.filter_equivariance._pair_words import PairWords, validated

# Below this many symbols a second thread costs more than it gains (about 0.2 ms of work).
_PARALLEL_SYMBOLS = 1 << 18

WordOfPair = Callable[[int, int], NDArray[np.uint8]]


def amalgamate_pairs(
    multiplicities: ArrayLike, pointers: ArrayLike, bits: ArrayLike
) -> NDArray[np.int64]:
    """Return the only word whose restrictions to all pairs of letters are the given words.

    Takes time and reads memory in proportion to the (k - 1) N symbols of the pair words, on as
    many threads as `numba.set_num_threads` allows; the result does not depend on their number.

    Parameters
    ----------
    multiplicities : array_like of int (k,)
        How often each of the letters 0 .. k - 1 is in the output; N is their sum.
    pointers : array_like of int (k (k - 1) / 2 + 1,)
        The word of the p-th pair, counted (0,1), (0,2), ..., (k-2,k-1), is
        ``bits[pointers[p]:pointers[p + 1]]``.
    bits : array_like of 0 and 1
        0 for the lower letter of the pair, 1 for the higher one.

    Raises
    ------
    InconsistentPairs
        No word has these restrictions; the witness is a cycle through three letters.
    MultiplicityMismatch
        A pair word has other numbers of its letters than `multiplicities`.
    TypeError, ValueError
        The arrays are not pair words at all.

    Notes
    -----
    Source: arXiv:2507.08796, claims FE-05 to FE-07.

    Examples
    --------
    The words 1212, 1313 and 2323, with the letters counted from 0:

    >>> amalgamate_pairs([2, 2, 2], [0, 4, 8, 12], [0, 1, 0, 1] * 3).tolist()
    [0, 1, 2, 0, 1, 2]
    """
    words = validated(multiplicities, pointers, bits)
    return _placed(_scores(words), words.multiplicities, words.word)


def occurrence_scores(
    multiplicities: ArrayLike, pointers: ArrayLike, bits: ArrayLike
) -> NDArray[np.int64]:
    """Return, for every occurrence, how many others the pair words put before it.

    Occurrences are ordered by letter and then by number. The scores are the in-degrees of the
    occurrence tournament; the words fit together iff the scores are 0 .. N - 1 in some order.

    Parameters and errors are those of `amalgamate_pairs`, without InconsistentPairs.

    Examples
    --------
    The family 112122 on three letters, which does not fit together:

    >>> occurrence_scores([3, 3, 3], [0, 6, 12, 18], [0, 0, 1, 0, 1, 1] * 3).tolist()
    [0, 1, 4, 2, 4, 6, 4, 7, 8]
    """
    return _scores(validated(multiplicities, pointers, bits))


def three_cycle_count(scores: ArrayLike) -> int:
    """Return the number of cyclic triples of occurrences: C(N, 3) - sum of C(score, 2).

    It is 0 exactly when the pair words fit together (FE-07), and measures how far they do not.

    Parameters
    ----------
    scores : array_like of int (N,)
        As `occurrence_scores` returns them.

    Examples
    --------
    >>> three_cycle_count([1, 1, 1])
    1
    """
    degrees = [int(score) for score in np.asarray(scores).ravel()]
    total = len(degrees)
    triples = total * (total - 1) * (total - 2) // 6
    return triples - sum(degree * (degree - 1) // 2 for degree in degrees)


def amalgamate(function: ListFunction, items: Iterable[Hashable]) -> list[Any]:
    """Return the output that the function's outputs on two-letter sublists force on the items.

    The function is called on every sublist of two of the k letters, k (k - 1) / 2 times, and
    never on the items themselves when k > 2. A filter-equivariant function has no other choice
    than this result, however long the items are.

    Parameters
    ----------
    function : callable
        Takes a list and returns a list of elements of it.
    items : iterable of hashable
        Equal items are one letter, and the result holds the first of them.

    Raises
    ------
    InconsistentPairs
        The outputs on pairs fit no list; the witness is a cycle through three letters and the
        sublist of these letters, on which the function cannot be filter equivariant.
    MultiplicityMismatch, InventedElements
        Two outputs disagree on the number of a letter, or one holds a foreign element.
    TypeError, ValueError
        Unhashable items, NaN, or a function that returns no list.

    Notes
    -----
    Source: arXiv:2507.08796, claims FE-05 to FE-07. Memory is that of one pair word and the
    result, since each word is added up and forgotten.

    Examples
    --------
    >>> amalgamate(sorted, [3, 1, 2, 3])
    [1, 2, 3, 3]
    >>> amalgamate(lambda xs: xs[::-1], "abc")
    ['c', 'b', 'a']
    """
    letters = Letters(items)
    outputs = SublistOutputs(function, letters)
    if len(letters) < 2:
        return [letters.values[code] for code in outputs.on(*range(len(letters)))]
    # The first row of pairs tells the multiplicities.
    row = [outputs.word(0, high) for high in range(1, len(letters))]
    counts = np.array([np.sum(row[0] == 0), *map(np.sum, row)], dtype=np.int64)

    def checked(low: int, high: int, word: NDArray[np.uint8]) -> NDArray[np.uint8]:
        names = (letters.values[low], letters.values[high])
        check_counts(word, names, int(counts[low]), int(counts[high]))
        return word

    scores = _own_scores(counts)
    starts = _starts(counts)
    for low, high in combinations(range(len(letters)), 2):
        word = checked(low, high, outputs.word(low, high) if low else row[high - 1])
        _add_word(scores, starts[low], starts[high], word)
    codes = _placed(
        scores, counts, lambda low, high: checked(low, high, outputs.word(low, high)), letters
    )
    return [letters.values[code] for code in codes]


def _starts(multiplicities: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each letter's occurrences begin, and their number at the end."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(multiplicities)])


def _scores(words: PairWords) -> NDArray[np.int64]:
    counts, pointers, bits = words
    starts = _starts(counts)
    scores = _own_scores(counts)
    if bits.size < _PARALLEL_SYMBOLS:
        wrong = _add_range(0, pointers.size - 1, counts, starts, pointers, bits, scores)
    else:
        # One accumulator per thread; integer sums do not depend on the number of parts.
        threads = numba.get_num_threads()
        shares = np.arange(threads + 1) * bits.size // threads
        parts = np.zeros((threads, scores.size), dtype=np.int64)
        bounds = np.searchsorted(pointers, shares)
        bounds[-1] = pointers.size - 1
        wrong = _add_parts_in_parallel(bounds, counts, starts, pointers, bits, parts)
        scores += parts.sum(axis=0)
    if wrong >= 0:
        low, high = (int(side[wrong]) for side in np.triu_indices(counts.size, 1))
        check_counts(words.word(low, high), (low, high), int(counts[low]), int(counts[high]))
    return scores


def _own_scores(multiplicities: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what an occurrence's own letter contributes, where words contribute positions.

    The i-th copy (from 0) at place t of a word has t - i strangers before it. The kernels add t
    for each of the k - 1 words, so here stands i - (k - 1) i.
    """
    own = [np.arange(count) for count in multiplicities]
    return (2 - multiplicities.size) * np.concatenate([np.zeros(0, np.int64), *own])


@kernel
def _add_word(scores: Any, low_start: Any, high_start: Any, word: Any) -> None:
    # Unsigned, so that no index is checked for being negative; the branch becomes a select.
    low, high = np.uint64(low_start), np.uint64(high_start)
    for place in range(word.size):
        bit = np.uint64(word[place])
        occurrence = high if bit else low
        scores[occurrence] += place
        high += bit
        low += np.uint64(1) - bit


@kernel
def _add_range(
    first: Any, stop: Any, counts: Any, starts: Any, pointers: Any, bits: Any, scores: Any
) -> int:
    """Add up the words of the pairs first .. stop - 1; return one with wrong counts, or -1."""
    letters = counts.size
    low, high = 0, first + 1
    while high >= letters and low < letters:
        low += 1
        high += low + 1 - letters
    for pair in range(first, stop):
        word = bits[pointers[pair] : pointers[pair + 1]]
        ones = 0
        for place in range(word.size):
            ones += word[place]
        if ones != counts[high] or word.size - ones != counts[low]:
            return int(pair)
        _add_word(scores, starts[low], starts[high], word)
        high += 1
        if high == letters:
            low += 1
            high = low + 1
    return -1


def _add_parts(bounds: Any, counts: Any, starts: Any, pointers: Any, bits: Any, parts: Any) -> int:
    wrong = np.full(parts.shape[0], -1)
    for part in prange(parts.shape[0]):
        wrong[part] = _add_range(
            bounds[part], bounds[part + 1], counts, starts, pointers, bits, parts[part]
        )
    for part in range(wrong.size):
        if wrong[part] >= 0:
            return int(wrong[part])
    return -1


_add_parts_in_parallel = kernel(_add_parts, parallel=True)


@kernel
def _owners(scores: Any) -> tuple[Any, int, int]:
    """Return who has each score, and the first two occurrences that share one (or -1, -1)."""
    owner = np.full(scores.size, -1)
    for occurrence in range(scores.size):
        score = scores[occurrence]
        if owner[score] >= 0:
            return owner, int(owner[score]), occurrence
        owner[score] = occurrence
    return owner, -1, -1


def _placed(
    scores: NDArray[np.int64],
    multiplicities: NDArray[np.int64],
    word: WordOfPair,
    letters: Letters | None = None,
) -> NDArray[np.int64]:
    """Return the letters in the order of the scores, or raise with a cycle."""
    owner, first, second = _owners(scores)
    letter_of = np.repeat(np.arange(multiplicities.size), multiplicities)
    if first < 0:
        return np.asarray(letter_of[owner], dtype=np.int64)
    starts = _starts(multiplicities)
    clash = [(int(letter_of[v]), int(v - starts[letter_of[v]])) for v in (first, second)]
    raise _cycle_through(clash, multiplicities.size, word, letters)


def _cycle_through(
    clash: list[tuple[int, int]], letters: int, word: WordOfPair, names: Letters | None
) -> InconsistentPairs:
    """Return the error with a cycle through two occurrences of equal score (FE-07).

    With u before v of equal score, some letter c has more copies before u than before v; the
    first of those that are not before v closes the cycle. Occurrences count from 0 here.
    """
    u, v = clash
    if rank(word, u, v[0]) > v[1]:  # v is before u
        u, v = v, u
    for c in range(letters):
        if c in (u[0], v[0]):
            continue
        before_v = rank(word, v, c)
        if before_v < rank(word, u, c):
            return _error((u, v, (c, before_v)), word, names)
    raise NotFilterEquivariant(
        "the function gave different outputs for the same sublist: it is not deterministic"
    )


def rank(word: WordOfPair, occurrence: tuple[int, int], letter: int) -> int:
    """Return how many copies of another letter stand before the occurrence (from 0)."""
    own, index = occurrence
    bits = word(min(own, letter), max(own, letter))
    return int(np.flatnonzero(bits == (own > letter))[index]) - index


def _error(
    cycle: Sequence[tuple[int, int]], word: WordOfPair, names: Letters | None
) -> InconsistentPairs:
    def name(code: int) -> Hashable:
        return code if names is None else names.values[code]

    codes = sorted(code for code, _ in cycle)
    words = {
        (name(low), name(high)): [name(high if bit else low) for bit in word(low, high)]
        for low, high in combinations(codes, 2)
    }
    occurrences: list[Occurrence] = [(name(code), index + 1) for code, index in cycle]
    sublist = None if names is None else names.restricted(*codes)
    return InconsistentPairs(occurrences, words, sublist)
