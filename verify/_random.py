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
_W0, _W1 = np.uint32(0x9E3779B9), np.uint32(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


@kernel
def _philox(
    c0: np.uint32, c1: np.uint32, c2: np.uint32, c3: np.uint32, k0: np.uint32, k1: np.uint32
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    for _ in range(10):
        product0 = _M0 * np.uint64(c0)
        product1 = _M1 * np.uint64(c2)
        c0, c1, c2, c3 = (
            np.uint32(product1 >> _32) ^ c1 ^ k0,
            np.uint32(product1 & _LOW),
            np.uint32(product0 >> _32) ^ c3 ^ k1,
            np.uint32(product0 & _LOW),
        )
        k0 = np.uint32(k0 + _W0)
        k1 = np.uint32(k1 + _W1)
    return c0, c1, c2, c3


@kernel
def _words(keys: NDArray[np.uint64], stream: np.uint32, out: NDArray[np.uint64]) -> None:
    rows, count = out.shape
    for row in range(rows):
        k0 = np.uint32(keys[row] & _LOW)
        k1 = np.uint32(keys[row] >> _32)
        for pair in range((count + 1) // 2):
            w0, w1, w2, w3 = _philox(np.uint32(pair), stream, np.uint32(0), np.uint32(0), k0, k1)
            out[row, 2 * pair] = (np.uint64(w0) << _32) | np.uint64(w1)
            if 2 * pair + 1 < count:
                out[row, 2 * pair + 1] = (np.uint64(w2) << _32) | np.uint64(w3)


@kernel
def _uniforms(keys: NDArray[np.uint64], stream: np.uint32, out: NDArray[np.float64]) -> None:
    rows, count = out.shape
    scale = 2.0**-53
    drop = np.uint64(11)
    for row in range(rows):
        k0 = np.uint32(keys[row] & _LOW)
        k1 = np.uint32(keys[row] >> _32)
        for pair in range((count + 1) // 2):
            w0, w1, w2, w3 = _philox(np.uint32(pair), stream, np.uint32(0), np.uint32(0), k0, k1)
            first = (np.uint64(w0) << _32) | np.uint64(w1)
            out[row, 2 * pair] = np.float64(first >> drop) * scale
            if 2 * pair + 1 < count:
                second = (np.uint64(w2) << _32) | np.uint64(w3)
                out[row, 2 * pair + 1] = np.float64(second >> drop) * scale


def uniforms(seeds: NDArray[np.uint64], count: int, stream: int = 0) -> NDArray[np.float64]:
    """Return uniform numbers in [0, 1), shape ``(len(seeds), count)``, one stream per seed."""
    out = np.empty((len(seeds), count))
    _uniforms(np.ascontiguousarray(seeds, dtype=np.uint64), np.uint32(stream), out)
    return out


def words(seeds: NDArray[np.uint64], count: int, stream: int = 0) -> NDArray[np.uint64]:
    """Return uniform 64-bit words, shape ``(len(seeds), count)``, one stream per seed."""
    out = np.empty((len(seeds), count), dtype=np.uint64)
    _words(np.ascontiguousarray(seeds, dtype=np.uint64), np.uint32(stream), out)
    return out


def key(*parts: object) -> int:
    """Return a 64-bit key that depends on every part (seed, claim, block)."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
