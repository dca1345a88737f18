"""Exhaustive counts of small classes of filter-equivariant functions, by amalgamation.

A filter-equivariant function is a choice of an output for every two-letter list such that the
choices amalgamate on every three-letter list (FE-06). Symmetries make some choices the same.
Counting the choices in a finite scope is then a search with one table per three-letter list.

Source: derived here (FE-11, FE-13 to FE-18, FE-23, FE-31, FE-32) for the functions of
arXiv:2507.08796. The closed forms stand in `corollary.theory.filter_equivariance`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, permutations, product
from typing import Any, Literal

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from corollary.algorithms._kernel import kernel

Word = tuple[int, ...]
Constraint = tuple[tuple[int, int, int], NDArray[np.bool_]]
Symmetry = Literal["renaming", "order", "none"]


@cache
def binary_words(zeros: int, ones: int) -> NDArray[np.uint8]:
    """Return all words with the given numbers of zeros and ones, in lexicographic order.

    Examples
    --------
    >>> binary_words(2, 1).tolist()
    [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    """
    length = zeros + ones
    rows = [
        [t in set(places) for t in range(length)] for places in combinations(range(length), ones)
    ]
    words = np.array(rows[::-1], dtype=np.uint8).reshape(len(rows), length)
    words.flags.writeable = False
    return words


@cache
def consistency_table(first: int, second: int, third: int) -> NDArray[np.bool_]:
    """Return which triples of pair words on three letters have an amalgam.

    Entry [i, j, k] is about the i-th word of the letters 0 and 1 in the order of `binary_words`,
    the j-th of 0 and 2 and the k-th of 1 and 2, for the given multiplicities of 0, 1 and 2.

    Examples
    --------
    >>> table = consistency_table(1, 1, 1)
    >>> table.size, int(table.sum())
    (8, 6)
    """
    table = _consistent(
        np.array([first, second, third]),
        binary_words(first, second),
        binary_words(first, third),
        binary_words(second, third),
    )
    return np.asarray(table)


@kernel
def _consistent(counts: Any, words01: Any, words02: Any, words12: Any) -> Any:
    total = counts.sum()
    table = np.zeros((words01.shape[0], words02.shape[0], words12.shape[0]), dtype=np.bool_)
    for i in range(words01.shape[0]):
        for j in range(words02.shape[0]):
            for k in range(words12.shape[0]):
                scores = np.zeros(total, dtype=np.int64)
                _add_ranks(scores, 0, counts[0], words01[i])
                _add_ranks(scores, 0, counts[0] + counts[1], words02[j])
                _add_ranks(scores, counts[0], counts[0] + counts[1], words12[k])
                taken = np.zeros(total, dtype=np.bool_)
                table[i, j, k] = True
                for letter in range(3):
                    start = counts[:letter].sum()
                    for index in range(counts[letter]):
                        score = scores[start + index] + index
                        if taken[score]:
                            table[i, j, k] = False
                        taken[score] = True
    return table


@kernel
def _add_ranks(scores: Any, low_start: Any, high_start: Any, word: Any) -> None:
    low, high = 0, 0
    for place in range(word.size):
        if word[place]:
            scores[high_start + high] += low
            high += 1
        else:
            scores[low_start + low] += high
            low += 1


def natural_pair_words(multiplicity: int) -> NDArray[np.uint8]:
    """Return the outputs on [0, 1] of all functions that are filter and map equivariant.

    Among the C(2m, m) words with m zeros and m ones these are the ones that amalgamate with
    themselves on three letters (FE-11).

    Examples
    --------
    >>> [len(natural_pair_words(m)) for m in range(5)]
    [1, 2, 6, 18, 54]
    """
    words = binary_words(multiplicity, multiplicity)
    counts = np.full(3, multiplicity)
    kept = [bool(_consistent(counts, word, word, word)[0, 0, 0]) for word in words[:, None, :]]
    return np.asarray(words[np.array(kept)])


def count_families(
    letters: int,
    copies: Callable[[int], int],
    counts: Iterable[int],
    *,
    symmetry: Symmetry,
    longest: int | None = None,
) -> int:
    """Return how many filter-equivariant functions there are on a finite scope of lists.

    Parameters
    ----------
    letters : int
        Size of the alphabet; 3 stands for every larger one too, if there is a symmetry.
    copies : callable
        How often a letter that occurs c times in the input is in the output.
    counts : iterable of int
        How often a letter may occur in a list of the scope, when it occurs at all.
    symmetry : 'renaming', 'order' or 'none'
        Whether the function commutes with all injective renamings of letters, with those that
        keep the order of letters, or with nothing.
    longest : int, optional
        Largest length of a list of the scope.

    Examples
    --------
    Functions that rearrange lists of three letters: 4 of them commute with monotone renaming
    (identity, reverse, sort, reverse sort).

    >>> count_families(3, lambda c: c, [1], symmetry="order")
    4
    """
    allowed = tuple(dict.fromkeys(counts))
    key = _KEYS[symmetry]
    variables: dict[Any, int] = {}
    sizes: list[int] = []
    for word in _lists(letters, 2, allowed, longest):
        name, flipped = key(word)
        if name not in variables:
            variables[name] = len(sizes)
            zeros, ones = _sides(word, copies, flipped)
            sizes.append(len(binary_words(zeros, ones)))
    constraints = [
        _constraint(word, copies, key, variables) for word in _lists(letters, 3, allowed, longest)
    ]
    return count_solutions(sizes, constraints)


def _lists(
    letters: int, distinct: int, counts: Sequence[int], longest: int | None
) -> Iterator[Word]:
    """Yield all lists with the given number of distinct letters of the scope."""
    for chosen in combinations(range(letters), distinct):
        for occurrences in product(counts, repeat=distinct):
            if longest is None or sum(occurrences) <= longest:
                yield from _arranged(dict(zip(chosen, occurrences, strict=True)))


def _arranged(left: dict[int, int]) -> Iterator[Word]:
    if not any(left.values()):
        yield ()
    for letter, count in left.items():
        if count:
            for rest in _arranged({**left, letter: count - 1}):
                yield (letter, *rest)


def _by_renaming(word: Word) -> tuple[Any, bool]:
    """Name a two-letter list by its pattern; flipped if the higher letter comes first."""
    pattern = tuple(int(letter != word[0]) for letter in word)
    return pattern, word[0] == max(word)


def _by_order(word: Word) -> tuple[Any, bool]:
    return tuple(int(letter == max(word)) for letter in word), False


def _by_itself(word: Word) -> tuple[Any, bool]:
    return word, False


_KEYS: Mapping[str, Callable[[Word], tuple[Any, bool]]] = {
    "renaming": _by_renaming,
    "order": _by_order,
    "none": _by_itself,
}


def _sides(word: Word, copies: Callable[[int], int], flipped: bool) -> tuple[int, int]:
    """Return how many zeros and ones the output has, in the naming of the variable."""
    low, high = (copies(word.count(letter)) for letter in sorted(set(word)))
    return (high, low) if flipped else (low, high)


def _constraint(
    word: Word,
    copies: Callable[[int], int],
    key: Callable[[Word], tuple[Any, bool]],
    variables: Mapping[Any, int],
) -> Constraint:
    """Return the table of a three-letter list, with its axes in the naming of the variables."""
    alphabet = sorted(set(word))
    table = consistency_table(*(copies(word.count(letter)) for letter in alphabet))
    names = []
    for axis, pair in enumerate(combinations(alphabet, 2)):
        part = tuple(letter for letter in word if letter in pair)
        name, flipped = key(part)
        names.append(variables[name])
        if flipped:
            table = np.take(table, _flips(*_sides(part, copies, True)), axis=axis)
    return (names[0], names[1], names[2]), table


@cache
def _flips(zeros: int, ones: int) -> NDArray[np.intp]:
    """Return, for each word, the place of the word with 0 and 1 exchanged."""
    place = {bytes(word): i for i, word in enumerate(binary_words(ones, zeros))}
    return np.array([place[bytes(1 - word)] for word in binary_words(zeros, ones)], dtype=np.intp)


def count_solutions(sizes: Sequence[int], constraints: Iterable[Constraint]) -> int:
    """Return how many assignments satisfy all constraints.

    Parameters
    ----------
    sizes : sequence of int
        Number of values of each variable.
    constraints : iterable of (three variables, boolean table)
        Satisfied where the table is true at the values of the variables, which may repeat.

    Notes
    -----
    Backtracking in each connected component; the counts of the components are multiplied.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(len(sizes)))
    merged: dict[tuple[int, int, int], NDArray[np.bool_]] = {}
    for variables, table in constraints:
        merged[variables] = merged[variables] & table if variables in merged else table
        graph.add_edges_from(combinations(variables, 2))
    result = 1
    for component in nx.connected_components(graph):
        order = list(nx.bfs_tree(graph, min(component)))
        checks: dict[int, list[Constraint]] = {variable: [] for variable in order}
        for variables, table in merged.items():
            if variables[0] in component:
                checks[max(variables, key=order.index)].append((variables, table))
        result *= _count(order, sizes, checks, {})
    return result


def _count(
    order: Sequence[int],
    sizes: Sequence[int],
    checks: Mapping[int, list[Constraint]],
    values: dict[int, Any],
) -> int:
    if len(values) == len(order):
        return 1
    variable = order[len(values)]
    values = {**values, variable: np.arange(sizes[variable])}
    allowed = np.ones(sizes[variable], dtype=np.bool_)
    for variables, table in checks[variable]:
        allowed &= table[tuple(values[other] for other in variables)]
    if len(values) == len(order):
        return int(allowed.sum())
    return sum(
        _count(order, sizes, checks, {**values, variable: value})
        for value in np.flatnonzero(allowed)
    )


def antichains(vertices: int, smallest: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Yield all non-empty families of subsets of 0 .. vertices - 1, none inside another.

    Parameters
    ----------
    vertices : int
        Size of the ground set.
    smallest : int
        Least size of a subset.

    Examples
    --------
    >>> sum(1 for _ in antichains(4, smallest=2))
    113
    """
    pool = [
        subset
        for size in range(smallest, vertices + 1)
        for subset in combinations(range(vertices), size)
    ]

    def extended(family: tuple[tuple[int, ...], ...], start: int) -> Iterator[Any]:
        for index in range(start, len(pool)):
            subset = pool[index]
            if not any(set(member) <= set(subset) for member in family):
                yield (*family, subset)
                yield from extended((*family, subset), index + 1)

    yield from extended((), 0)


def compatible_families(
    cover: Sequence[tuple[int, ...]], present: Iterable[int]
) -> Iterator[dict[tuple[int, int], Word]]:
    """Yield all families of words on the members of a cover that agree where members overlap.

    Each word holds the letters of its member that are `present`, once each. A family is given by
    its restrictions to pairs of letters.
    """
    letters = set(present)
    choices = [permutations(sorted(letters & set(member))) for member in cover]
    for words in product(*choices):
        family: dict[tuple[int, int], Word] = {}
        agrees = True
        for word, member in zip(words, cover, strict=True):
            for pair in combinations(sorted(member), 2):
                part = tuple(letter for letter in word if letter in pair)
                agrees &= family.setdefault(pair, part) == part
        if agrees:
            yield family
