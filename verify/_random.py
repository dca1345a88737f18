"""Counter-based random numbers: Philox4x32-10 (Salmon et al., 2011), one stream per row.

A number depends on its key and its place alone, so a case found anywhere can be built again from
its seed, in any order, with any number of threads.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms._kernel import kernel

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32, _DROP = np.uint64(32), np.uint64(11)
_STEP = 2.0**-53


@kernel
def _philox(
    counter: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    first: NDArray[np.uint64],
    second: NDArray[np.uint64],
) -> None:
    """Write the two 64-bit halves of each key's block; 32-bit words in 64-bit lanes vectorise."""
    for row in range(keys.size):
        c0, c1, c2, c3 = counter[0], counter[1], counter[2], counter[3]
        k0, k1 = keys[row] & _LOW, keys[row] >> _32
        for _ in range(10):
            product0, product1 = _M0 * c0, _M1 * c2
            c0, c1 = (product1 >> _32) ^ c1 ^ k0, product1 & _LOW
            c2, c3 = (product0 >> _32) ^ c3 ^ k1, product0 & _LOW
            k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
        first[row] = (c0 << _32) | c1
        second[row] = (c2 << _32) | c3


@kernel
def _words(keys: NDArray[np.uint64], stream: int, out: NDArray[np.uint64]) -> None:
    rows, count = out.shape
    first, second = np.empty(rows, np.uint64), np.empty(rows, np.uint64)
    counter = np.zeros(4, np.uint64)
    counter[1] = np.uint64(stream)
    for pair in range((count + 1) // 2):
        counter[0] = np.uint64(pair)
        _philox(counter, keys, first, second)
        for row in range(rows):
            out[row, 2 * pair] = first[row]
        if 2 * pair + 1 < count:
            for row in range(rows):
                out[row, 2 * pair + 1] = second[row]


@kernel
def _uniforms(keys: NDArray[np.uint64], stream: int, out: NDArray[np.float64]) -> None:
    rows, count = out.shape
    first, second = np.empty(rows, np.uint64), np.empty(rows, np.uint64)
    counter = np.zeros(4, np.uint64)
    counter[1] = np.uint64(stream)
    for pair in range((count + 1) // 2):
        counter[0] = np.uint64(pair)
        _philox(counter, keys, first, second)
        for row in range(rows):
            out[row, 2 * pair] = np.float64(first[row] >> _DROP) * _STEP
        if 2 * pair + 1 < count:
            for row in range(rows):
                out[row, 2 * pair + 1] = np.float64(second[row] >> _DROP) * _STEP


def uniforms(seeds: NDArray[np.uint64], count: int, stream: int = 0) -> NDArray[np.float64]:
    """Return uniform numbers in [0, 1), shape ``(len(seeds), count)``, one stream per seed."""
    out = np.empty((len(seeds), count))
    _uniforms(np.ascontiguousarray(seeds, dtype=np.uint64), stream, out)
    return out


def words(seeds: NDArray[np.uint64], count: int, stream: int = 0) -> NDArray[np.uint64]:
    """Return uniform 64-bit words, shape ``(len(seeds), count)``, one stream per seed."""
    out = np.empty((len(seeds), count), dtype=np.uint64)
    _words(np.ascontiguousarray(seeds, dtype=np.uint64), stream, out)
    return out


def key(*parts: object) -> int:
    """Return a 64-bit key that depends on every part (seed, claim, block)."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
