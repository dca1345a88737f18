"""Stick-breaking weights: each item takes its share of what nearer items have left."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from corollary.algorithms._kernel import kernel
from corollary.algorithms.softmax._elementary import exp_nonpositive, log1p
from corollary.algorithms.softmax._rows import Array, Rows


@kernel(cached=False)
def _log_shares(row: Any, left: Any, taken: Any) -> Any:
    """Write ln(1 - sigma(z)) and ln sigma(z) in float64; return whether all items are sound."""
    wrong = False
    for j in range(row.size):
        z = np.float64(row[j])
        wrong |= not z < np.inf
        tail = log1p(exp_nonpositive(-abs(z)))
        left[j] = -tail - (z if z > 0.0 else 0.0)
        taken[j] = -tail + (z if z < 0.0 else 0.0)
    return not wrong


@kernel
def stick_breaking_rows(logits: Any, out: Any) -> Any:
    """Write the weights of each row; return whether all items are finite or -inf."""
    n = logits.shape[1]
    left, taken = np.empty(n), np.empty(n)
    for i in range(len(logits)):
        if not _log_shares(logits[i], left, taken):
            return False
        remaining = 0.0
        for j in range(n - 1, -1, -1):
            taken[j] += remaining
            remaining += left[j]
        for j in range(n):
            taken[j] = exp_nonpositive(taken[j])
        for j in range(n):
            out[i, j] = taken[j]
    return True


def stick_breaking(logits: ArrayLike, *, axis: int = -1) -> Array:
    r"""Return :math:`A_j = \sigma(z_j) \prod_{k>j} (1 - \sigma(z_k))`, the stick-breaking weights.

    The last item of the axis is the nearest key and takes its share first; the first item is the
    farthest. The weights sum to :math:`1 - \prod_k (1 - \sigma(z_k))`, below one. The order of
    the items matters: the map is not permutation equivariant.

    Parameters
    ----------
    logits, axis
        As for `softmax`, without normalisation: an item of -inf takes nothing, and a row of
        nothing else has weights 0.

    Returns
    -------
    ndarray
        Weights of the shape and dtype of the logits; computed in float64, in log space.

    Raises
    ------
    TypeError, ValueError
        As `softmax`, but for rows with all items masked.

    References
    ----------
    Tan et al., "Stick-breaking Attention", arXiv 2410.17980.

    Example
    -------
    >>> stick_breaking([0.0, 0.0, 0.0])
    array([0.125, 0.25 , 0.5  ])
    """
    rows = Rows(logits, axis)
    out = rows.output()
    rows.each(stick_breaking_rows, out)
    return rows.restore(out)
