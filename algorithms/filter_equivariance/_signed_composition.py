"""Signed compositions: all list functions that commute with every filter and every map.

Source: derived here (FE-10 to FE-14) for the natural filter-equivariant functions of
arXiv:2507.08796.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.algorithms.filter_equivariance._amalgam import amalgamate_pairs
from corollary.algorithms.filter_equivariance._errors import NotFilterEquivariant


@dataclass(frozen=True, init=False)
class SignedComposition:
    """The function that concatenates inflated copies of a list and of its reverse.

    Entry +a stands for the list with every element repeated a times, entry -a for the same with
    the reversed list: (1,) is the identity, (-1,) reverse, (1, 1) doubling, (2,) repeats each
    element, () always returns the empty list. These are exactly the functions that are both
    filter and map equivariant, and different entries are different functions (FE-11).

    Parameters
    ----------
    *entries : int
        Not zero.

    Raises
    ------
    TypeError, ValueError
        An entry is not an int, or is zero.

    Examples
    --------
    >>> palindrome = SignedComposition(1, -1)
    >>> palindrome([1, 2, 3])
    [1, 2, 3, 3, 2, 1]
    >>> palindrome @ SignedComposition(2) + SignedComposition(-1)
    SignedComposition(2, -2, -1)
    """

    entries: tuple[int, ...]

    def __init__(self, *entries: int) -> None:
        for entry in entries:
            if isinstance(entry, bool) or not isinstance(entry, int):
                raise TypeError(f"entries must be ints, got {entry!r}")
            if entry == 0:
                raise ValueError(f"entries must not be zero, got {entries!r}")
        object.__setattr__(self, "entries", entries)

    def __repr__(self) -> str:
        return f"SignedComposition({', '.join(map(str, self.entries))})"

    def __call__(self, items: Sequence[Any]) -> list[Any]:
        """Return the blocks of `items`, one after the other."""
        source = list(items)
        return [x for entry in self.entries for x in _block(entry, source)]

    def __add__(self, other: SignedComposition) -> SignedComposition:
        """Return the function whose output is this one's followed by the other's."""
        if not isinstance(other, SignedComposition):
            return NotImplemented
        return SignedComposition(*self.entries, *other.entries)

    def __matmul__(self, inner: SignedComposition) -> SignedComposition:
        """Return the composition: first `inner`, then this function (FE-12)."""
        if not isinstance(inner, SignedComposition):
            return NotImplemented
        turned = tuple(-entry for entry in reversed(inner.entries))
        return SignedComposition(
            *(
                abs(outer) * entry
                for outer in self.entries
                for entry in (inner.entries if outer > 0 else turned)
            )
        )

    @property
    def multiplicity(self) -> int:
        """How often each element of a list is in the output."""
        return sum(map(abs, self.entries))

    def inverse(self) -> SignedComposition:
        """Return the inverse function, which only the identity and reverse have.

        Raises
        ------
        ValueError
            The multiplicity is not 1.
        """
        if self.multiplicity != 1:
            raise ValueError(f"only (1,) and (-1,) have an inverse, not {self.entries}")
        return self

    @classmethod
    def with_multiplicity(cls, multiplicity: int) -> Iterator[SignedComposition]:
        """Yield all signed compositions of one multiplicity m: 2 * 3^(m - 1) of them, 1 for m = 0.

        Examples
        --------
        >>> [f.entries for f in SignedComposition.with_multiplicity(2)]
        [(2,), (-2,), (1, 1), (1, -1), (-1, 1), (-1, -1)]
        """
        if isinstance(multiplicity, bool) or not isinstance(multiplicity, int):
            raise TypeError(f"multiplicity must be an int, got {multiplicity!r}")
        if multiplicity < 0:
            raise ValueError(f"multiplicity must not be negative, got {multiplicity}")
        if multiplicity == 0:
            yield cls()
        for first in range(multiplicity, 0, -1):
            for sign in (1, -1):
                for rest in cls.with_multiplicity(multiplicity - first):
                    yield cls(sign * first, *rest.entries)

    @classmethod
    def from_example(
        cls, items: Sequence[Hashable], output: Sequence[Hashable]
    ) -> SignedComposition:
        """Return the only signed composition that takes `items` to `output`.

        One example is enough, unless `items` reads the same backwards (FE-14). Linear time.

        Parameters
        ----------
        items : sequence
            Not a palindrome, unless the output is empty; never empty itself.
        output : sequence
            What the function returned.

        Raises
        ------
        ValueError
            The items are a palindrome, so that the identity and reverse agree on them.
        InconsistentPairs
            The items are two different letters, and `output` cannot be extended to three; the
            witness is the cycle among three letters.
        NotFilterEquivariant
            No signed composition takes `items` to `output`.

        Notes
        -----
        Greedy: at each place of the output at most one block fits, since its inflation is told
        by the length of the first run.

        Examples
        --------
        >>> SignedComposition.from_example("ab", "aabbba")
        SignedComposition(2, -1)
        """
        source, rest = list(items), list(output)
        if not source or (rest and source == source[::-1]):
            raise ValueError(
                f"items must not read the same backwards, got {source!r}: "
                "the identity and reverse agree on them"
            )
        entries: list[int] = []
        place = 0
        while place < len(rest):
            entry = _block_at(place, source, rest)
            if entry == 0:
                raise _no_composition(source, rest)
            entries.append(entry)
            place += abs(entry) * len(source)
        return cls(*entries)


def _block(entry: int, items: list[Any]) -> list[Any]:
    ordered = items if entry > 0 else items[::-1]
    return [x for x in ordered for _ in range(abs(entry))]


def _first_run(items: Sequence[Any], place: int = 0) -> int:
    end = place
    while end < len(items) and items[end] == items[place]:
        end += 1
    return end - place


def _block_at(place: int, source: list[Any], output: list[Any]) -> int:
    """Return the entry whose block starts at the place of the output, or 0."""
    run = _first_run(output, place)
    for sign, ordered in ((1, source), (-1, source[::-1])):
        entry = sign * (run // _first_run(ordered))
        if entry and output[place : place + abs(entry) * len(source)] == _block(entry, source):
            return entry
    return 0


def _no_composition(source: list[Any], output: list[Any]) -> NotFilterEquivariant:
    """Return the error for an output that is not one of a signed composition."""
    if len(source) == 2 and output.count(source[0]) == output.count(source[1]) == len(output) / 2:
        # The same word on all pairs of three letters has no amalgam (FE-11): raises with a cycle.
        bits = np.tile(np.array([x == source[1] for x in output], dtype=np.uint8), 3)
        amalgamate_pairs([len(output) // 2] * 3, np.arange(4) * len(output), bits)
    return NotFilterEquivariant(
        f"no natural filter-equivariant function takes {source!r} to {output!r}"
    )
