"""All pair words of an output in one array, and the kernels that read them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms._kernel import kernel


class PairWords(NamedTuple):
    """The words of all pairs of k letters, one after the other.

    Attributes
    ----------
    multiplicities : int64 array (k,)
        How often each letter is in the output.
    pointers : int64 array (k (k - 1) / 2 + 1,)
        The word of the p-th pair, counted (0,1), (0,2), ..., (k-2,k-1), is
        ``bits[pointers[p]:pointers[p + 1]]``.
    bits : uint8 array
        0 for the lower letter of the pair, 1 for the higher one.
    """

    multiplicities: NDArray[np.int64]
    pointers: NDArray[np.int64]
    bits: NDArray[np.uint8]

    def word(self, low: int, high: int) -> NDArray[np.uint8]:
        """Return the word of the letters low < high."""
        pair = pair_index(low, high, self.multiplicities.size)
        return self.bits[self.pointers[pair] : self.pointers[pair + 1]]


def pair_index(low: int, high: int, letters: int) -> int:
    """Return the place of the pair low < high in the order (0,1), (0,2), ..., (k-2,k-1)."""
    return low * letters - low * (low + 1) // 2 + high - low - 1


def pair_words(word: ArrayLike, letters: int) -> PairWords:
    """Return the restrictions of a word to all pairs of its letters.

    Parameters
    ----------
    word : array_like of int (N,)
        Letters 0 .. letters - 1, in any order and number.
    letters : int
        Size of the alphabet; a letter may be absent from the word.

    Raises
    ------
    TypeError, ValueError
        If the word is not one-dimensional, not of integers, or out of range.

    Examples
    --------
    >>> words = pair_words([2, 0, 1, 0], letters=3)
    >>> words.multiplicities.tolist(), words.word(0, 1).tolist(), words.word(1, 2).tolist()
    ([2, 1, 1], [0, 1, 0], [1, 0])
    """
    coded = integers("word", word)
    if isinstance(letters, bool) or not isinstance(letters, int) or letters < 0:
        raise ValueError(f"letters must be a non-negative int, got {letters!r}")
    if coded.size and not (coded.min() >= 0 and coded.max() < letters):
        raise ValueError(f"word must hold letters 0 to {letters - 1}, got {coded.tolist()!r:.80}")
    multiplicities = np.bincount(coded, minlength=letters).astype(np.int64)
    low, high = np.triu_indices(letters, 1)
    pointers = np.zeros(low.size + 1, dtype=np.int64)
    np.cumsum(multiplicities[low] + multiplicities[high], out=pointers[1:])
    bits = np.empty(pointers[-1], dtype=np.uint8)
    _restrict(coded, multiplicities, pointers, bits)
    return PairWords(multiplicities, pointers, bits)


def integers(name: str, values: ArrayLike) -> NDArray[np.int64]:
    """Return a one-dimensional int64 array, or raise naming the argument."""
    array = np.asarray(values)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} must hold integers, got dtype {array.dtype}")
    if array.ndim != 1:
        raise ValueError(f"{name} must have one axis, got shape {array.shape}")
    return array.astype(np.int64, copy=False)


def validated(multiplicities: ArrayLike, pointers: ArrayLike, bits: ArrayLike) -> PairWords:
    """Return the three arrays in the kernels' dtypes, or raise naming the bad one.

    The number of each letter in each word is left to the kernel, which counts before it writes.
    """
    counts = integers("multiplicities", multiplicities)
    starts = integers("pointers", pointers)
    symbols = np.asarray(bits)
    if symbols.size == 0:
        symbols = symbols.astype(np.uint8)
    if symbols.dtype.kind not in "iub" or symbols.ndim != 1:
        raise TypeError(
            f"bits must be a one-dimensional integer array, got {symbols.dtype} {symbols.shape}"
        )
    if symbols.size and not (symbols.min() >= 0 and symbols.max() <= 1):
        raise ValueError("bits must be 0 (lower letter) or 1 (higher letter)")
    if counts.size and counts.min() < 0:
        raise ValueError(f"multiplicities must not be negative, got {counts.tolist()!r:.80}")
    pairs = counts.size * (counts.size - 1) // 2
    if starts.size != pairs + 1:
        raise ValueError(
            f"pointers must have {pairs + 1} entries for {counts.size} letters, got {starts.size}"
        )
    if starts[0] != 0 or starts[-1] != symbols.size or np.any(np.diff(starts) < 0):
        raise ValueError("pointers must rise from 0 to the number of bits")
    return PairWords(counts, starts, np.ascontiguousarray(symbols, dtype=np.uint8))


@kernel
def _restrict(word: Any, multiplicities: Any, pointers: Any, bits: Any) -> None:
    letters = multiplicities.size
    filled = pointers[:-1].copy()
    for place in range(word.size):
        letter = word[place]
        for low in range(letter):
            pair = low * letters - low * (low + 1) // 2 + letter - low - 1
            bits[filled[pair]] = 1
            filled[pair] += 1
        first = letter * letters - letter * (letter + 1) // 2
        for pair in range(first, first + letters - letter - 1):
            bits[filled[pair]] = 0
            filled[pair] += 1
