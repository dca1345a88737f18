"""A learner that answers only what its examples force, and says what to ask next (FE-27)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from corollary.algorithms.filter_equivariance._errors import (
    InventedElements,
    NotFilterEquivariant,
)
from corollary.algorithms.filter_equivariance._letters import Letters
from corollary.algorithms.filter_equivariance._partial import partial_amalgam

Key = tuple[Any, ...]
Outputs = dict[Key, tuple[int, ...]]


@dataclass(frozen=True)
class Prediction:
    """What the examples say about an input.

    Attributes
    ----------
    output : list or None
        The output, if the examples force it.
    queries : list of lists
        Otherwise, sublists with one or two letters whose outputs would help: the examples to
        ask for next.
    """

    output: list[Any] | None
    queries: list[list[Any]]


class FilterEquivariantLearner:
    """Learns a filter-equivariant function from examples, and never guesses.

    Each example tells the outputs on all sublists of the input, above all on those with one or
    two letters, which determine the function; a prediction amalgamates them. Inputs may have far
    more letters than any example, but each of their two-letter sublists must have been seen, or
    be forced by others.

    Parameters
    ----------
    up_to_renaming : bool
        Whether the function is known to treat all letters alike, so that what it does to one
        pair of letters it does to every pair.

    Examples
    --------
    >>> learner = FilterEquivariantLearner(up_to_renaming=True)
    >>> learner.observe([0, 1], [1, 0])
    >>> learner.predict("abc").output
    ['c', 'b', 'a']
    >>> learner.predict("abca").queries
    [['a', 'a']]
    """

    def __init__(self, *, up_to_renaming: bool = False) -> None:
        self._up_to_renaming = up_to_renaming
        self._outputs: Outputs = {}

    def observe(self, items: Sequence[Hashable], output: Sequence[Hashable]) -> None:
        """Learn that the function takes `items` to `output`.

        Raises
        ------
        InventedElements
            The output has elements that the items do not have; nothing is learnt.
        NotFilterEquivariant
            The example contradicts the ones before, or itself; nothing is learnt.
        TypeError, ValueError
            Unhashable items or NaN.
        """
        letters = Letters(items)
        learnt: Outputs = {}
        seen = Letters(output, "output")
        if not set(seen.codes) <= set(letters.codes):
            raise InventedElements(letters.items, seen.items)
        for codes in _small_faces(len(letters)):
            values = [letters.values[code] for code in codes]
            known = [code for code in map(seen.codes.get, values) if code is not None]
            word = tuple(values.index(value) for value in seen.restricted(*known))
            key = self._key(letters, codes)
            for outputs in (self._outputs, learnt):
                if outputs.get(key, word) != word:
                    raise NotFilterEquivariant(
                        f"the outputs on {letters.restricted(*codes)!r} contradict each other: "
                        f"{[values[i] for i in outputs[key]]!r} and {[values[i] for i in word]!r}"
                    )
            learnt[key] = word
        self._outputs.update(learnt)

    def predict(self, items: Sequence[Hashable]) -> Prediction:
        """Return the output on the items, or what to ask where the examples leave it open.

        Raises
        ------
        InconsistentPairs
            The examples fit together on no list with these items, so they are not those of a
            filter-equivariant function.
        TypeError, ValueError
            Unhashable items or NaN.
        """
        letters = Letters(items)
        faces = {
            codes: self._outputs.get(self._key(letters, codes))
            for codes in _small_faces(len(letters))
        }
        unknown = [codes for codes, word in faces.items() if len(codes) == 1 and word is None]
        if unknown:
            return Prediction(None, [letters.restricted(*codes) for codes in unknown])
        names = letters.values
        found = partial_amalgam(
            {names[code]: len(faces[code,] or ()) for code in range(len(letters))},
            {
                (names[codes[0]], names[codes[1]]): [names[codes[i]] for i in word]
                for codes, word in faces.items()
                if len(codes) == 2 and word is not None
            },
        )
        if found.unique:
            return Prediction(found.word, [])
        pairs = [[letters.codes[letter] for letter in pair] for pair in found.open_pairs]
        return Prediction(None, [letters.restricted(*pair) for pair in pairs])

    def _key(self, letters: Letters, codes: tuple[int, ...]) -> Key:
        """Return what identifies a sublist: its pattern, and its letters unless they are alike."""
        marked = sorted(
            (place, i) for i, code in enumerate(codes) for place in letters.positions[code]
        )
        pattern = tuple(i for _, i in marked)
        if self._up_to_renaming:
            return pattern
        return (*(letters.values[code] for code in codes), pattern)


def _small_faces(letters: int) -> list[tuple[int, ...]]:
    # Codes count by first occurrence, so the first letter of a sublist comes first here as well.
    return [(code,) for code in range(letters)] + list(combinations(range(letters), 2))
