"""What can be wrong with a family of sublist outputs that should fit together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

Occurrence = tuple[Hashable, int]
"""The i-th copy of a letter in an output, written (letter, i) with i counted from 1."""


class NotFilterEquivariant(ValueError):
    """Outputs on sublists that no filter-equivariant function can have.

    The errors carry their arguments, so that they survive the way between processes.
    """


class InventedElements(NotFilterEquivariant):
    """An output holds an element that its input does not.

    Attributes
    ----------
    sublist, output : list
        The input and what the function made of it.
    """

    def __init__(self, sublist: Sequence[Hashable], output: Sequence[object]) -> None:
        super().__init__(sublist, output)
        self.sublist, self.output = list(sublist), list(output)

    def __str__(self) -> str:
        return (
            f"the output on {self.sublist!r} is {self.output!r}: it holds elements that the input "
            "does not, and a filter that keeps all of the input must keep all of the output"
        )


class MultiplicityMismatch(NotFilterEquivariant):
    """Two sublists disagree about how often a letter is in the output.

    Attributes
    ----------
    letters : tuple of two letters
        The pair whose word has other counts than the words before it.
    counts : str
        What was counted, and what was expected.
    """

    def __init__(self, letters: tuple[Hashable, Hashable], counts: str) -> None:
        super().__init__(letters, counts)
        self.letters, self.counts = letters, counts

    def __str__(self) -> str:
        return f"the pair word of {self.letters[0]!r} and {self.letters[1]!r} has {self.counts}"


class InconsistentPairs(NotFilterEquivariant):
    """Pair words that no list has as its restrictions, with a directed cycle as the witness.

    Attributes
    ----------
    cycle : tuple of (letter, i)
        Occurrences, i counted from 1, each of which stands before the next one in the word of
        their two letters, and the last before the first. Three different letters wherever all
        pairs are known; longer cycles only with pairs missing.
    words : dict
        The pair words along the cycle, keyed by the pair of letters.
    sublist : list or None
        The input restricted to the letters of the cycle, where there is an input.
    """

    def __init__(
        self,
        cycle: Sequence[Occurrence],
        words: Mapping[tuple[Hashable, Hashable], Sequence[Hashable]],
        sublist: Sequence[Hashable] | None = None,
    ) -> None:
        super().__init__(cycle, words, sublist)
        self.cycle = tuple(cycle)
        self.words = {pair: list(word) for pair, word in words.items()}
        self.sublist = None if sublist is None else list(sublist)

    def __str__(self) -> str:
        path = " < ".join(f"({letter!r}, {i})" for letter, i in (*self.cycle, self.cycle[0]))
        shown = "; ".join(f"{pair!r}: {word!r}" for pair, word in self.words.items())
        return f"the pair words order occurrences in a cycle, {path}, by {shown}"
