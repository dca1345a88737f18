"""Checks of sequences of symbols, and their translation to 0, 1, 2, ..."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from corollary.algorithms.directed_information import _checks as checks

Codes = npt.NDArray[np.int64]


def symbols(name: str, sequence: Any, size: int | None = None) -> tuple[Codes, int]:
    """Return a sequence as numbers 0..k-1, and the size k of its alphabet.

    With a declared `size` the symbols must already be such numbers. Without, any labels will
    do, and the alphabet is what occurs.
    """
    labels = np.asarray(sequence)
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(f"{name} has shape {labels.shape}; it must be one non-empty sequence")
    missing = _missing(labels)
    if missing.any():
        raise ValueError(f"{name} has a missing value at position {int(missing.argmax())}")
    if size is None:
        return _inferred(name, labels)
    count = checks.whole(f"the alphabet size of {name}", size, least=1)
    if labels.dtype.kind not in "iub":
        raise TypeError(
            f"{name} has dtype {labels.dtype}; with a declared alphabet it must hold integers"
        )
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= count:
        raise ValueError(f"{name} holds {low}..{high}; it must stay in 0..{count - 1}")
    return labels.astype(np.int64), count


def symbol_pair(
    x: Any, y: Any, sizes: tuple[int, int] | None
) -> tuple[Codes, Codes, tuple[int, int]]:
    """Return two sequences of equal length as numbers, with the sizes of their alphabets."""
    declared = (None, None) if sizes is None else sizes
    try:
        size_x, size_y = declared
    except (TypeError, ValueError):
        raise TypeError(f"sizes is {sizes!r}; it must be a pair (kx, ky)") from None
    codes_x, kx = symbols("x", x, size_x)
    codes_y, ky = symbols("y", y, size_y)
    if codes_x.size != codes_y.size:
        raise ValueError(f"x has length {codes_x.size} and y {codes_y.size}; they must be equal")
    return codes_x, codes_y, (kx, ky)


def _missing(labels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if labels.dtype.kind in "fc":
        return np.asarray(np.isnan(labels))
    if labels.dtype.kind == "O":
        return np.array([label is None or label != label for label in labels])
    if labels.dtype.kind in "US":
        return np.asarray(labels == labels.dtype.type(""))
    return np.zeros(labels.shape, dtype=np.bool_)


def _inferred(name: str, labels: npt.NDArray[Any]) -> tuple[Codes, int]:
    if labels.dtype.kind in "iub":
        low, high = int(labels.min()), int(labels.max())
        if high - low < 2**16:  # no sorting needed
            shifted = labels.astype(np.int64) - low
            present = np.bincount(shifted) > 0
            return (np.cumsum(present) - 1)[shifted], int(present.sum())
    try:
        values, codes = np.unique(labels, return_inverse=True)
    except TypeError:
        raise TypeError(f"{name} mixes labels that cannot be sorted together") from None
    return codes.astype(np.int64), len(values)
