"""The entropies of all prefixes of two sequences, from their joint pmf.

The rows of the joint are cut into a fixed number of blocks that share their first symbols of X.
A block is folded along Y to every prefix length, and every fold gives up its p log p sum; then
its rows are folded along X by one symbol, and so on until one row is left. The last rows of all
blocks make a joint of the first symbols, which is treated in the same way.
"""

# mypy: disable-error-code="untyped-decorator, no-any-return"

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from corollary.algorithms._kernel import kernel
from corollary.algorithms.directed_information._logarithm import plog2p

Array = npt.NDArray[np.float64]

_PARALLEL_CELLS = 2**18  # below this, about a millisecond, a busy machine's threads only wait
_BLOCKS = 32  # fixed, so that the order of all sums is fixed
_SMALL_CELLS = 2**14  # one block is quicker for these


@kernel(flags=frozenset({"reassoc", "nsz", "contract"}))
def _plog2p_sum(row: Array, length: int) -> float:
    total = 0.0
    for k in range(length):
        total += plog2p(row[k])
    return total


@kernel
def _fold(source: Array, ky: int, out: Array, length: int) -> None:
    """Write the sums of `ky` neighbours; `out` may be `source` itself."""
    if ky == 2:
        for m in range(length):
            out[m] = source[2 * m] + source[2 * m + 1]
    else:
        for m in range(length):
            total = source[ky * m]
            for c in range(1, ky):
                total += source[ky * m + c]
            out[m] = total


@kernel
def _fold_rows(matrix: Array, kx: int) -> Array:
    """Return the sums of `kx` neighbouring rows."""
    rows, width = matrix.shape[0] // kx, matrix.shape[1]
    out = np.empty((rows, width))
    for r in range(rows):
        for k in range(width):
            out[r, k] = matrix[kx * r, k]
        for c in range(1, kx):
            for k in range(width):
                out[r, k] += matrix[kx * r + c, k]
    return out


@kernel
def _add_level(matrix: Array, horizon: int, ky: int, scratch: Array, entropies: Array) -> None:
    """Add -sum p log2 p of the rows, folded along Y to each prefix length, to `entropies`."""
    length = matrix.size
    flat = matrix.reshape(length)
    entropies[horizon] -= _plog2p_sum(flat, length)
    length //= ky
    _fold(flat, ky, scratch, length)
    for i in range(horizon - 1, 0, -1):
        entropies[i] -= _plog2p_sum(scratch, length)
        length //= ky
        _fold(scratch, ky, scratch, length)
    entropies[0] -= _plog2p_sum(scratch, length)


@kernel
def _fold_block(block: Array, horizon: int, kx: int, ky: int, entropies: Array) -> Array:
    """Return the sum of all rows; add the entropies of the rows at every level on the way there.

    `entropies[level]` belongs to the rows with `level` symbols of X.
    """
    scratch = np.empty(max(1, block.size // ky))
    levels = entropies.shape[0] - 1
    _add_level(block, horizon, ky, scratch, entropies[levels])
    rows = _fold_rows(block, kx)
    for level in range(levels - 1, 0, -1):
        _add_level(rows, horizon, ky, scratch, entropies[level])
        rows = _fold_rows(rows, kx)
    _add_level(rows, horizon, ky, scratch, entropies[0])
    return rows[0]


@kernel
def _serial(blocks: Array, horizon: int, kx: int, ky: int, roots: Array, entropies: Array) -> None:
    for k in range(blocks.shape[0]):
        roots[k] = _fold_block(blocks[k], horizon, kx, ky, entropies[k])


@kernel(parallel=True)
def _parallel(
    blocks: Array, horizon: int, kx: int, ky: int, roots: Array, entropies: Array
) -> None:
    for k in numba.prange(blocks.shape[0]):
        roots[k] = _fold_block(blocks[k], horizon, kx, ky, entropies[k])


def entropy_surface(joints: Array, horizon: int, kx: int, ky: int) -> Array:
    """Return G[..., j, i] = H(X_{1:j}, Y_{1:i}) in bits, for 0 <= j, i <= horizon.

    Parameters
    ----------
    joints : float64 array (..., kx**horizon, ky**horizon), C-contiguous
        Valid pmfs; nothing is checked here.
    horizon, kx, ky : int
        Length of both sequences and sizes of their alphabets.

    Notes
    -----
    All entropies cost at most ``1 / ((1 - 1/kx) (1 - 1/ky))`` times one entropy of the joint.
    The result does not depend on the number of threads.
    """
    *batch, rows, width = joints.shape
    split = _block_level(rows * width, horizon, kx)
    count = kx**split
    blocks = joints.reshape(-1, rows // count, width)
    roots = np.empty((len(blocks), width))
    found = np.zeros((len(blocks), horizon - split + 1, horizon + 1))
    run = _parallel if joints.size >= _PARALLEL_CELLS else _serial
    run(blocks, horizon, kx, ky, roots, found)
    surfaces = found
    if split:
        tops = roots.reshape(-1, count, width)
        surfaces = np.zeros((len(tops), horizon + 1, horizon + 1))
        _serial(tops, horizon, kx, ky, np.empty((len(tops), width)), surfaces[:, : split + 1])
        below = found[:, 1:].reshape(len(tops), count, horizon - split, horizon + 1)
        surfaces[:, split + 1 :] = below.sum(axis=1)
    return surfaces.reshape(*batch, horizon + 1, horizon + 1)


def _block_level(cells: int, horizon: int, kx: int) -> int:
    """Return after how many symbols of X a joint is cut into blocks."""
    split = 0
    while cells > _SMALL_CELLS and split < horizon - 1 and kx ** (split + 1) <= _BLOCKS:
        split += 1
    return split
