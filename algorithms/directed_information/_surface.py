"""The entropies of all prefixes of two sequences, from their joint pmf in one pass.

The rows of the joint are visited once, in order. A row adds itself to its parent, the sum of
the `kx` rows that share all but the last symbol of X; a finished parent does the same one level
up. So only one row per level is alive, and the joint itself is neither copied nor changed.
Each finished row is folded along Y in the same way, and every fold gives up its p log p sum.
"""

# mypy: disable-error-code="untyped-decorator, no-any-return"

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from corollary.algorithms._kernel import kernel
from corollary.algorithms.directed_information._logarithm import plog2p

Array = npt.NDArray[np.float64]

_PARALLEL_CELLS = 16384  # below this a second thread costs more than it brings
_TASKS = 32  # fixed, so that the order of all sums is fixed


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
def _add_row(row: Array, horizon: int, ky: int, scratch: Array, entropies: Array) -> None:
    """Add -sum p log2 p of one row, folded along Y to each prefix length, to `entropies`."""
    length = row.shape[0]
    entropies[horizon] -= _plog2p_sum(row, length)
    length //= ky
    _fold(row, ky, scratch, length)
    for i in range(horizon - 1, 0, -1):
        entropies[i] -= _plog2p_sum(scratch, length)
        length //= ky
        _fold(scratch, ky, scratch, length)
    entropies[0] -= _plog2p_sum(scratch, length)


@kernel
def _add_tree(leaves: Array, horizon: int, kx: int, ky: int, entropies: Array, root: Array) -> None:
    """Add the entropies of all rows of a tree except its root, whose row is left in `root`.

    `entropies[level]` belongs to the rows `level` symbols below the root; the leaves stand at
    the last level.
    """
    levels = entropies.shape[0] - 1
    width = leaves.shape[1]
    scratch = np.empty(max(1, width // ky))
    stack = np.zeros((levels, width))  # stack[0] is not used: the root has a place of its own
    root[:] = 0.0
    for r in range(leaves.shape[0]):
        leaf = leaves[r]  # possibly read-only, and so of another type than the rows above it
        parent = root if levels == 1 else stack[levels - 1]
        _add_row(leaf, horizon, ky, scratch, entropies[levels])
        for k in range(width):
            parent[k] += leaf[k]
        finished = r + 1
        for level in range(levels - 1, 0, -1):
            if finished % kx:
                break
            finished //= kx
            row = stack[level]
            parent = root if level == 1 else stack[level - 1]
            _add_row(row, horizon, ky, scratch, entropies[level])
            for k in range(width):
                parent[k] += row[k]
            row[:] = 0.0


@kernel
def _task(
    joint: Array, task: int, horizon: int, kx: int, ky: int, roots: Array, parts: Array
) -> None:
    """Work off the subtree of one task: its root row and its share of the entropies."""
    size = joint.shape[0] // roots.shape[0]
    leaves = joint[task * size : (task + 1) * size]
    _add_tree(leaves, horizon, kx, ky, parts[task], roots[task])


@kernel
def _join(horizon: int, kx: int, ky: int, split: int, roots: Array, parts: Array) -> Array:
    """Return the surface from the finished tasks, whose roots stand at level `split`."""
    surface = np.zeros((horizon + 1, horizon + 1))
    for task in range(parts.shape[0]):
        surface[split:] += parts[task]
    root = roots[0].copy()
    if split > 0:
        _add_tree(roots, horizon, kx, ky, surface[: split + 1], root)
    _add_row(root, horizon, ky, np.empty(max(1, root.size // ky)), surface[0])
    return surface


@kernel
def _serial_surface(joint: Array, horizon: int, kx: int, ky: int, split: int) -> Array:
    roots = np.empty((kx**split, joint.shape[1]))
    parts = np.zeros((kx**split, horizon - split + 1, horizon + 1))
    for task in range(roots.shape[0]):
        _task(joint, task, horizon, kx, ky, roots, parts)
    return _join(horizon, kx, ky, split, roots, parts)


@kernel(parallel=True)
def _parallel_surface(joint: Array, horizon: int, kx: int, ky: int, split: int) -> Array:
    roots = np.empty((kx**split, joint.shape[1]))
    parts = np.zeros((kx**split, horizon - split + 1, horizon + 1))
    for task in numba.prange(roots.shape[0]):
        _task(joint, task, horizon, kx, ky, roots, parts)
    return _join(horizon, kx, ky, split, roots, parts)


@kernel(parallel=True)
def _batch_surfaces(joints: Array, horizon: int, kx: int, ky: int, split: int) -> Array:
    surfaces = np.empty((joints.shape[0], horizon + 1, horizon + 1))
    for b in numba.prange(joints.shape[0]):
        surfaces[b] = _serial_surface(joints[b], horizon, kx, ky, split)
    return surfaces


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
    split = 0
    while split < horizon - 1 and kx ** (split + 1) <= _TASKS:
        split += 1
    batch = joints.shape[:-2]
    flat = joints.reshape(-1, *joints.shape[-2:])
    if flat.shape[0] == 1:
        large = flat[0].size >= _PARALLEL_CELLS
        single = _parallel_surface if large else _serial_surface
        surfaces = single(flat[0], horizon, kx, ky, split)
    else:
        surfaces = _batch_surfaces(flat, horizon, kx, ky, split)
    return np.asarray(surfaces, dtype=np.float64).reshape(*batch, horizon + 1, horizon + 1)
