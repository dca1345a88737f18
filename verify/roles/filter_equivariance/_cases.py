"""What the cases of this family are made of: words as parameters, and conclusions about words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.verify import _random
from corollary.verify.claim import Paper, Source
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

# Numbers in place of list entries that are no numbers, and after the end of a word.
_FOREIGN, _END = -2.0, -1.0


@dataclass(frozen=True)
class Words:
    """The words over an alphabet of single characters, of a length in the given range."""

    alphabet: str
    longest: int
    shortest: int = 0

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


def same_words(found: Sequence[Sequence[Any]], expected: Sequence[Sequence[Any]]) -> Slack:
    """Return the conclusion that words are equal, letter by letter and in length."""
    width = 1 + max(map(len, [*found, *expected]), default=0)
    return exactly(_padded(found, width), _padded(expected, width))


def _padded(words: Sequence[Sequence[Any]], width: int) -> NDArray[np.float64]:
    rows = np.full((max(len(words), 1), width), _END)
    for row, word in zip(rows, words, strict=False):
        for place, letter in enumerate(word):
            row[place] = letter if isinstance(letter, (int, float)) else _FOREIGN
    return rows


def is_true(flags: bool | Sequence[bool]) -> Slack:
    """Return the conclusion that every flag is true."""
    return exactly(np.atleast_2d(np.array(flags, dtype=np.float64)), 1.0)
