"""Items as letters, and a list function seen through its one- and two-letter sublists."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.filter_equivariance._errors import (
    InventedElements,
    MultiplicityMismatch,
)

ListFunction = Callable[[list[Any]], list[Any]]


class Letters:
    """Items coded by first occurrence; equal items (such as 1, 1.0 and True) are one letter.

    Attributes
    ----------
    items : list
        The items as they came.
    values : list
        The distinct ones, in order of first occurrence; a letter's code is its place here.
    codes : dict
        From value to code.
    positions : list of list of int
        For each code, the increasing places of its occurrences in `items`.
    """

    def __init__(self, items: Iterable[Hashable], name: str = "items") -> None:
        self.items = list(items)
        self.values: list[Hashable] = []
        self.codes: dict[Hashable, int] = {}
        self.positions: list[list[int]] = []
        for place, item in enumerate(self.items):
            self.positions[self._code(item, place, name)].append(place)

    def _code(self, item: Hashable, place: int, name: str) -> int:
        try:
            known = self.codes.get(item)
        except TypeError:
            raise TypeError(
                f"{name}[{place}] must be hashable, since letters are told apart by equality, "
                f"got {type(item).__name__}"
            ) from None
        if known is not None:
            return known
        if item != item:
            raise ValueError(
                f"{name}[{place}] must equal itself, got {item!r}: "
                "a filter that looks for it would drop it"
            )
        self.codes[item] = len(self.values)
        self.values.append(item)
        self.positions.append([])
        return self.codes[item]

    def __len__(self) -> int:
        return len(self.values)

    def restricted(self, *codes: int) -> list[Hashable]:
        """Return the items that are one of the given letters, in their order."""
        places = [place for code in codes for place in self.positions[code]]
        # Timsort merges the increasing runs, so this is linear for two letters.
        return [self.items[place] for place in sorted(places)]


class SublistOutputs:
    """The outputs of a function on one- and two-letter sublists, as words over letter codes.

    Each call hands the function a fresh list, so a function that changes its argument does no
    harm. `evaluations` counts the calls.
    """

    def __init__(self, function: ListFunction, letters: Letters) -> None:
        self._function = function
        self._letters = letters
        self.evaluations = 0

    def on(self, *codes: int) -> list[int]:
        """Return the letter codes of the output on the sublist of the given letters."""
        sublist = self._letters.restricted(*codes)
        self.evaluations += 1
        output = self._function(list(sublist))
        if not isinstance(output, list):
            raise TypeError(f"function must return a list, got {type(output).__name__}")
        try:
            coded = [self._letters.codes.get(item, -1) for item in output]
        except TypeError:  # an unhashable element cannot come from the input
            raise InventedElements(sublist, output) from None
        if not set(coded) <= set(codes):
            raise InventedElements(sublist, output)
        return coded

    def word(self, low: int, high: int) -> NDArray[np.uint8]:
        """Return the output on the letters low < high: 0 for each `low`, 1 for each `high`."""
        return np.array([code == high for code in self.on(low, high)], dtype=np.uint8)


def check_counts(
    word: NDArray[np.uint8], letters: tuple[Hashable, Hashable], low: int, high: int
) -> None:
    """Raise MultiplicityMismatch unless the word has `low` zeros and `high` ones."""
    ones = int(word.sum())
    if (word.size - ones, ones) != (low, high):
        raise MultiplicityMismatch(
            letters,
            f"{word.size - ones} and {ones} copies of them, other sublists have {low} and {high}",
        )
