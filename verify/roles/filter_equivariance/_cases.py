"""What the cases of this family are made of: words as parameters, and conclusions about words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.verify import _random
from corollary.verify.claim import Paper, Source
from corollary.verify.implementation import Fault
from corollary.verify.precision import Precision
from corollary.verify.slack import Slack, equal

PAPER = Paper(
    key="lewis2025filter",
    title="Filter Equivariant Functions: A symmetric account of length-general extrapolation on "
    "lists",
    authors="Owen Lewis and Neil Ghani and Andrew Dudzik and Christos Perivolaropoulos and "
    "Razvan Pascanu and Petar Veli{\\v{c}}kovi{\\'c}",
    year=2025,
    arxiv="2507.08796",
)
DEFINITION = Source(PAPER, "definition of filter equivariance")

# Numbers in place of list entries that are no numbers, and after the end of a word: no letters.
_FOREIGN, _END = -1.5, -0.5
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
LONGEST_SHOWN = 24


@dataclass(frozen=True)
class Words:
    """The words over an alphabet of single characters, of a length in the given range."""

    alphabet: str
    longest: int
    shortest: int = 0

    def __str__(self) -> str:
        lengths = f"{self.shortest} to {self.longest}"
        return f"a word of {lengths} letters, each one of {self.alphabet!r}"

    def strategy(self) -> Any:
        from hypothesis import strategies

        return strategies.text(self.alphabet, min_size=self.shortest, max_size=self.longest)

    def sample(self, uniform: NDArray[np.float64]) -> NDArray[Any]:
        keys = (uniform.ravel() * 2.0**53).astype(np.uint64)
        drawn = _random.uniforms(keys, self.longest + 1, stream=4)
        lengths = self.shortest + (drawn[:, 0] * (self.longest + 1 - self.shortest)).astype(int)
        letters = np.array(list(self.alphabet))[(drawn[:, 1:] * len(self.alphabet)).astype(int)]
        return np.array(
            ["".join(row[:length]) for row, length in zip(letters, lengths, strict=True)]
        )

    def simpler(self, value: str) -> Iterator[str]:
        if len(value) > self.shortest:
            yield from (value[:i] + value[i + 1 :] for i in range(len(value)))
        for i, letter in enumerate(value):
            for lower in self.alphabet[: self.alphabet.index(letter)]:
                yield value[:i] + lower + value[i + 1 :]

    def contains(self, value: Any) -> bool:
        return (
            isinstance(value, str)
            and set(value) <= set(self.alphabet)
            and self.shortest <= len(value) <= self.longest
        )

    def within(self, other: Any) -> bool:
        return (
            isinstance(other, Words)
            and set(self.alphabet) <= set(other.alphabet)
            and other.shortest <= self.shortest <= self.longest <= other.longest
        )


def every_word(alphabet: str, longest: int, shortest: int = 0) -> Iterator[str]:
    """Yield all words over an alphabet, the shorter ones first."""
    for length in range(shortest, longest + 1):
        yield from map("".join, product(alphabet, repeat=length))


def digits(word: str) -> list[int]:
    """Return the letters of a word of digits."""
    return [int(letter) for letter in word]


def drawn(seed: int, limits: Sequence[int], stream: int = 0) -> list[int]:
    """Return one random integer from 0 below each of the limits."""
    uniform = _random.uniforms(np.array([seed], dtype=np.uint64), len(limits), stream)[0]
    return [int(u * limit) for u, limit in zip(uniform, limits, strict=True)]


def exactly(value: ArrayLike, expected: ArrayLike) -> Slack:
    """Return the conclusion that whole numbers are equal: no two are within a rounding."""
    return equal(value, expected, ulps=1)


@dataclass(frozen=True)
class SameWords(Slack):
    """The conclusion that words are equal, which shows the first two that are not, as lists."""

    found: Sequence[Sequence[Any]]
    expected: Sequence[Sequence[Any]]

    def describe(self, precision: Precision) -> str:
        """Return the first word that is not as expected, beside the one it should be."""
        row = int(np.argmax(self.margins(precision) < 0))
        found, expected = self.found[row], self.expected[row]
        assert self.upper is not None
        place = int(np.argmax(self.value[row] != self.upper[row]))
        parts = [f"value {_cut(found, place)}", f"expected {_cut(expected, place)}"]
        if max(len(found), len(expected)) > LONGEST_SHOWN:
            parts.append(f"different from index {place} on, lengths {len(found)}, {len(expected)}")
        elif parts[0].partition(" ")[2] == parts[1].partition(" ")[2]:
            parts.append("and nan equals nothing")
        return ", ".join(parts)


def same_words(found: Sequence[Sequence[Any]], expected: Sequence[Sequence[Any]]) -> Slack:
    """Return the conclusion that words are equal, letter by letter and in length."""
    width = 1 + max(map(len, [*found, *expected]), default=0)
    slack = exactly(_padded(found, width), _padded(expected, width))
    return SameWords(slack.value, slack.upper, slack.upper, slack.ulps, None, found, expected)


def shown(element: Any) -> str:
    """Return an element's repr without its address in memory, which no second run repeats."""
    plain = element.item() if isinstance(element, np.generic) else element
    return _ADDRESS.sub("", repr(plain))


def invented(element: Any) -> Fault:
    """Return the refutation of a list function that returned an element of its own."""
    return Fault("wrong", f"returned the element {shown(element)}, which is none of the input's")


def _cut(word: Sequence[Any], place: int) -> str:
    """Return a word as a list; of a long one, the elements around a place."""
    first = max(0, min(place - LONGEST_SHOWN // 2, len(word) - LONGEST_SHOWN))
    last = first + LONGEST_SHOWN
    letters = ["..."] * (first > 0) + [shown(x) for x in word[first:last]]
    return f"[{', '.join(letters + ['...'] * (last < len(word)))}]"


def _padded(words: Sequence[Sequence[Any]], width: int) -> NDArray[np.float64]:
    rows = np.full((max(len(words), 1), width), _END)
    for row, word in zip(rows, words, strict=False):
        for place, letter in enumerate(word):
            row[place] = letter if isinstance(letter, Real) else _FOREIGN
    return rows


def is_true(flags: bool | Sequence[bool]) -> Slack:
    """Return the conclusion that every flag is true."""
    return exactly(np.atleast_2d(np.array(flags, dtype=np.float64)), 1.0)
