"""Local-key sorts: all filter-equivariant functions that treat all letters alike.

Source: derived here (FE-20, FE-31, FE-33) for the filter-equivariant functions of
arXiv:2507.08796.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import combinations_with_replacement, groupby, product
from typing import Any, Literal

from corollary.algorithms.filter_equivariance._errors import NotFilterEquivariant
from corollary.algorithms.filter_equivariance._letters import Letters, ListFunction, SublistOutputs
from corollary.algorithms.filter_equivariance._signed_composition import SignedComposition


@dataclass(frozen=True)
class Block:
    """One stretch of the output of a local-key sort.

    Attributes
    ----------
    sign : int
        +1 to order the stretch by position in the input, -1 to order it backwards.
    anchors : tuple of tuples of int
        ``anchors[c - 1]`` holds, for a letter with c occurrences, the numbers (from 1, rising)
        of those occurrences whose positions place its copies; one entry per copy.
    """

    sign: int
    anchors: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class LocalKeySort:
    """The function that places every copy of a letter by one occurrence of that letter.

    The output is the concatenation of the blocks; in a block, a letter with c occurrences has a
    copy for each of its anchors, placed by the position of that occurrence in the input. With
    three or more letters these are exactly the filter-equivariant functions that commute with
    renaming of letters, on lists in which no letter occurs more than `largest_count` times, and
    different blocks are different functions (FE-31).

    Parameters
    ----------
    blocks : tuple of Block
        Each with anchors for the counts 1 .. largest_count, and not empty.
    largest_count : int
        How often a letter may occur in a list for the blocks to describe it, at least 1.
    beyond : 'raise' or 'drop'
        What to do with a letter that occurs more often than the blocks describe: raise
        ValueError, or leave it out, which is filter equivariant too.

    Raises
    ------
    TypeError, ValueError
        A sign other than +1 and -1, anchors out of range or not rising, blocks of different
        lengths or without any anchor.

    Examples
    --------
    Keep the first of each letter, in reverse order of the last:

    >>> first = LocalKeySort((Block(-1, ((1,), (2,), (3,))),), largest_count=3)
    >>> first("abcab")
    ['b', 'a', 'c']
    """

    blocks: tuple[Block, ...]
    largest_count: int
    beyond: Literal["raise", "drop"] = "raise"

    def __post_init__(self) -> None:
        _check_largest_count(self.largest_count)
        if self.beyond not in ("raise", "drop"):
            raise ValueError(f"beyond must be 'raise' or 'drop', got {self.beyond!r}")
        for block in self.blocks:
            if block.sign not in (1, -1):
                raise ValueError(f"blocks must have sign +1 or -1, got {block.sign!r}")
            if not any(block.anchors) or len(block.anchors) != self.largest_count:
                raise ValueError(
                    f"blocks must have anchors for the counts 1 to {self.largest_count}, "
                    f"and not be empty, got {block!r}"
                )
            for count, anchors in enumerate(block.anchors, start=1):
                if list(anchors) != sorted(anchors) or not set(anchors) <= set(range(1, count + 1)):
                    raise ValueError(
                        f"anchors of a letter with {count} occurrences must rise from 1 to "
                        f"{count}, got {anchors!r}"
                    )

    @property
    def multiplicities(self) -> tuple[int, ...]:
        """How many copies a letter with 1, 2, ..., largest_count occurrences has."""
        return tuple(
            sum(len(block.anchors[count]) for block in self.blocks)
            for count in range(self.largest_count)
        )

    def __call__(self, items: Sequence[Hashable]) -> list[Any]:
        """Return the output on the items.

        Raises
        ------
        TypeError, ValueError
            Unhashable items or NaN; a letter that occurs too often, if `beyond` is 'raise'.
        """
        letters = Letters(items)
        keys: list[tuple[int, int, int]] = []
        for code, positions in enumerate(letters.positions):
            count = len(positions)
            if count > self.largest_count:
                if self.beyond == "raise":
                    raise ValueError(
                        f"items must hold {letters.values[code]!r} at most {self.largest_count} "
                        f"times for this function to be known, got {count} times"
                    )
                continue
            for place, block in enumerate(self.blocks):
                for anchor in block.anchors[count - 1]:
                    keys.append((place, block.sign * positions[anchor - 1], code))
        return [letters.values[code] for _, _, code in sorted(keys)]

    def to_signed_composition(self) -> SignedComposition:
        """Return the signed composition that agrees with this function up to `largest_count`.

        Raises
        ------
        ValueError
            There is none: some block does not repeat all occurrences equally often.
        """
        entries = []
        for block in self.blocks:
            inflation = len(block.anchors[0])
            full = tuple(
                tuple(i for i in range(1, count + 1) for _ in range(inflation))
                for count in range(1, self.largest_count + 1)
            )
            if block.anchors != full:
                raise ValueError(f"{block} does not repeat all occurrences equally often")
            entries.append(block.sign * inflation)
        return SignedComposition(*entries)

    @classmethod
    def with_multiplicities(cls, multiplicities: Sequence[int]) -> Iterator[LocalKeySort]:
        """Yield all local-key sorts with mu(1), mu(2), ... copies of a letter that occurs
        1, 2, ... times (counted by the generating function of FE-31).

        Examples
        --------
        >>> len(list(LocalKeySort.with_multiplicities([1, 1])))
        20
        """
        _check_largest_count(len(multiplicities))
        for count in multiplicities:
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise ValueError(f"multiplicities must be non-negative ints, got {count!r}")
        for blocks in _block_sequences(tuple(multiplicities)):
            yield cls(blocks, len(multiplicities))


def _check_largest_count(largest_count: object) -> None:
    if isinstance(largest_count, bool) or not isinstance(largest_count, int) or largest_count < 1:
        raise ValueError(f"largest_count must be a positive int, got {largest_count!r}")


def _block_sequences(multiplicities: tuple[int, ...]) -> Iterator[tuple[Block, ...]]:
    """Yield all sequences of non-empty blocks with the given total numbers of copies."""
    if not any(multiplicities):
        yield ()
        return
    for sizes in product(*(range(count + 1) for count in multiplicities)):
        if not any(sizes):
            continue
        left = tuple(count - size for count, size in zip(multiplicities, sizes, strict=True))
        contents = [
            list(combinations_with_replacement(range(1, count + 1), size))
            for count, size in enumerate(sizes, start=1)
        ]
        for rest in _block_sequences(left):
            for anchors in product(*contents):
                yield (Block(1, anchors), *rest)
                yield (Block(-1, anchors), *rest)


# A copy of a letter in the output: how often the letter occurs in the input, and the number of
# the copy from 0. Its type does not depend on the letter, only on this.
Copy = tuple[int, int]


def identify_local_key_sort(function: ListFunction, largest_count: int) -> LocalKeySort:
    """Return the local-key sort that agrees with a function, from a few two-letter lists.

    For a filter-equivariant function that commutes with renaming of letters, sum over c up to C
    of 1 + ceil(log2 c), and C (C - 1) more, evaluations on lists of 0 and 1 no longer than 2 C
    determine it on **all** lists in which no letter occurs more than C times, of any length
    (FE-33). For C = 1 that is a single evaluation, at [0, 1].

    Parameters
    ----------
    function : callable
        Takes a list and returns a list of elements of it; promised to be filter equivariant and
        to treat all letters alike.
    largest_count : int
        The C above, at least 1.

    Raises
    ------
    NotFilterEquivariant
        The outputs are not those of one local-key sort, so the promise is broken.
    TypeError, ValueError
        The function returns no list, or `largest_count` is not a positive int.

    Examples
    --------
    >>> frequency = lambda xs: sorted(xs, key=lambda x: (-xs.count(x), xs.index(x)))
    >>> known = identify_local_key_sort(frequency, largest_count=3)
    >>> known("abcdbddca") == frequency("abcdbddca")
    True
    """
    _check_largest_count(largest_count)
    answers = _Answers(function, largest_count)
    ordered = sorted(answers.copies, key=cmp_to_key(answers.compare))
    blocks = []
    for _, group in groupby(ordered, key=cmp_to_key(answers.compare)):
        members = list(group)
        anchors: list[list[int]] = [[] for _ in range(largest_count)]
        for count, copy in members:
            anchors[count - 1].append(answers.anchor(count, copy))
        blocks.append(Block(answers.sign(*members[0]), tuple(tuple(sorted(a)) for a in anchors)))
    found = LocalKeySort(tuple(blocks), largest_count)
    for asked, output in answers.known.items():
        if found(asked) != output:
            raise NotFilterEquivariant(
                f"no local-key sort has the outputs seen: on {list(asked)!r} the function "
                f"returned {output!r}, the others lead to {found(asked)!r}"
            )
    return found


class _Answers:
    """The outputs of a function on the lists that tell blocks, signs and anchors."""

    def __init__(self, function: ListFunction, largest_count: int) -> None:
        self._function = function
        self.known: dict[tuple[int, ...], list[Any]] = {}
        self.copies: list[Copy] = []
        for count in range(1, largest_count + 1):
            outputs = self._output((0,) * count + (1,) * count)
            self.copies += [(count, copy) for copy in range(outputs.count(0))]
            for bit in range((count - 1).bit_length()):
                self._output(_adjacent_pairs(count, bit))
            for fewer in range(1, count):
                self._output((0,) * count + (1,) * fewer)
                self._output((1,) * fewer + (0,) * count)

    def _output(self, asked: tuple[int, ...]) -> list[Any]:
        if asked not in self.known:
            letters = Letters(asked)
            coded = SublistOutputs(self._function, letters).on(*range(len(letters)))
            self.known[asked] = [letters.values[code] for code in coded]
        return self.known[asked]

    def _precedes(self, asked: tuple[int, ...], copy: int, other: int) -> bool:
        """Return whether a copy of 0 stands before a copy of 1 in the output."""
        output = self._output(asked)
        places = [[t for t, letter in enumerate(output) if letter == x] for x in (0, 1)]
        if copy >= len(places[0]) or other >= len(places[1]):
            raise NotFilterEquivariant(
                f"on {list(asked)!r} the function returned {output!r}: the number of copies of a "
                "letter does not depend on its own number of occurrences alone"
            )
        return places[0][copy] < places[1][other]

    def sign(self, count: int, copy: int) -> int:
        return 1 if self._precedes((0,) * count + (1,) * count, copy, copy) else -1

    def anchor(self, count: int, copy: int) -> int:
        """Return which occurrence places the copy: its number in binary, from adjacent pairs."""
        index = 0
        for bit in range((count - 1).bit_length()):
            kept = self._precedes(_adjacent_pairs(count, bit), copy, copy)
            index |= (kept != (self.sign(count, copy) > 0)) << bit
        if index >= count:
            raise NotFilterEquivariant(
                f"no single occurrence out of {count} places the copy number {copy + 1} of a letter"
            )
        return index + 1

    def compare(self, first: Copy, second: Copy) -> int:
        """Return -1, 0 or 1 as the block of the first copy is before, equal or after."""
        if first[0] < second[0]:
            return -self.compare(second, first)
        (count, copy), (fewer, other) = first, second
        if count == fewer:
            forward = self._precedes((0,) * count + (1,) * count, copy, other)
            backward = not self._precedes((0,) * count + (1,) * count, other, copy)
        else:
            forward = self._precedes((0,) * count + (1,) * fewer, copy, other)
            backward = self._precedes((1,) * fewer + (0,) * count, copy, other)
        return 0 if forward != backward else (-1 if forward else 1)


def _adjacent_pairs(count: int, bit: int) -> tuple[int, ...]:
    """Return `count` pairs 01 or 10: reversed where the bit of the pair's index is set."""
    return tuple(x for i in range(count) for x in ((1, 0) if i >> bit & 1 else (0, 1)))
