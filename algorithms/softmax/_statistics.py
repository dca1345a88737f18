"""Statistics of the softmax of a row, streamed in one pass and merged from parts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from corollary.algorithms._kernel import kernel
from corollary.algorithms.softmax._elementary import exp_nonpositive
from corollary.algorithms.softmax._reductions import add, maximum, total
from corollary.algorithms.softmax._rows import Array, Rows
from corollary.algorithms.softmax._softmax import BLOCK

# Below this every exponential is zero, and zero times the shifted logit must not be NaN.
_FLOOR = -746.0
# The accumulators of no item at all: maximum, excess, mean gap, variance, squares.
_NOTHING = (-np.inf, -1.0, 0.0, 0.0, 0.0)


@kernel(cached=False)
def summarise(row: Any, peak: Any, sharpness: Any, scratch: Any) -> Any:
    """Return excess, mean gap, variance and squares of sharpness * (row - peak), peak >= row."""
    kind = scratch.dtype.type
    floor = kind(_FLOOR)
    for j in range(row.size):
        s = sharpness * (row[j] - peak)
        s = floor if s < floor else s
        scratch[0, j] = s
        scratch[1, j] = exp_nonpositive(s)
    ones = 0
    others, first, squares, second = kind(0), kind(0), kind(0), kind(0)
    for j in range(row.size):  # apart from the loop above: together they want too many registers
        e = scratch[1, j]
        ones += e == 1
        others = add(others, e if e != 1 else kind(0))
        first = add(first, scratch[0, j] * e)
        squares = add(squares, e * e)
    mass = kind(ones + others)
    mean = first / mass
    for j in range(row.size):
        s = scratch[0, j] - mean
        second = add(second, s * s * scratch[1, j])
    return (
        np.float64(ones - 1) + others,
        np.float64(-mean),
        np.float64(second / mass),
        np.float64(squares),
    )


@kernel(cached=False)
def _merge(a: Any, b: Any) -> Any:
    """Return the accumulators of two stretches together; the operation is commutative."""
    if b[0] > a[0]:
        a, b = b, a
    drop = a[0] - b[0] if b[0] > -np.inf else np.inf
    scale = exp_nonpositive(np.float64(-drop))
    mass_a, mass_b = 1.0 + a[1], (1.0 + b[1]) * scale
    if mass_b == 0.0:
        return a
    excess = 1.0 + (a[1] + b[1]) if drop == 0.0 else a[1] + mass_b
    share_a, share_b = mass_a / (mass_a + mass_b), mass_b / (mass_a + mass_b)
    between = (b[2] + drop) - a[2]
    return (
        a[0],
        excess,
        share_a * a[2] + share_b * (b[2] + drop),
        share_a * a[3] + share_b * b[3] + share_a * share_b * (between * between),
        a[4] + b[4] * (scale * scale),
    )


@kernel(cached=False)
def _store(accumulators: Any, out: Any) -> None:
    for k in range(5):
        out[k] = accumulators[k]


@kernel
def statistics_rows(logits: Any, out: Any) -> Any:
    """Write the five accumulators of each row; return whether all rows have them."""
    count, n = logits.shape
    one = logits.dtype.type(1)
    scratch = np.empty((2, min(n, BLOCK)), logits.dtype)
    for i in range(count):
        whole = _NOTHING
        for a in range(0, n, BLOCK):
            block = logits[i, a : a + BLOCK]
            peak = maximum(block)
            if peak == -np.inf:
                if np.isnan(total(block)):  # a NaN with its sign set sorts below -inf
                    return False
                continue
            summary = summarise(block, peak, one, scratch)
            if np.isnan(summary[0]):
                return False
            part = (np.float64(peak), *summary)
            whole = part if a == 0 else _merge(whole, part)
        if whole[0] == -np.inf:
            return False
        _store(whole, out[i])
    return True


@kernel
def merge_rows(left: Any, right: Any, out: Any) -> None:
    """Write the accumulators of pairs of stretches taken together."""
    for i in range(len(left)):
        a, b = left[i], right[i]
        _store(_merge((a[0], a[1], a[2], a[3], a[4]), (b[0], b[1], b[2], b[3], b[4])), out[i])


@dataclass(frozen=True)
class RowStatistics:
    r"""Statistics of :math:`p = \mathrm{softmax}(z)`, one per row, that add up over parts of a row.

    The five fields are float64 arrays of the shape of the batch. They are the accumulators of a
    stream: `merge` joins those of two parts of a row without seeing the items again, in any order
    and any grouping (up to rounding), and `RowStatistics.empty` is its identity.

    Attributes
    ----------
    maximum : ndarray
        :math:`m = \max z`; -inf where there is no item.
    excess : ndarray
        :math:`\sum_j e^{z_j-m} - 1`, kept without the leading one so that it stays exact for a
        row with one item far above the others; -1 where there is no item.
    mean_gap : ndarray
        :math:`\sum_j p_j (m - z_j) \ge 0`.
    variance : ndarray
        :math:`\sum_j p_j (z_j - \bar z)^2` with :math:`\bar z = \sum_j p_j z_j`.
    squares : ndarray
        :math:`\sum_j e^{2(z_j-m)}`.
    """

    maximum: Array
    excess: Array
    mean_gap: Array
    variance: Array
    squares: Array

    @property
    def log_normaliser(self) -> Array:
        r"""Return :math:`\ln\sum_j e^{z_j}`."""
        return np.asarray(self.maximum + np.log1p(self.excess))

    @property
    def entropy(self) -> Array:
        """Return the entropy of p in nats."""
        return np.asarray(np.log1p(self.excess) + self.mean_gap)

    @property
    def squared_norm(self) -> Array:
        r"""Return :math:`\sum_j p_j^2`; its inverse is the effective number of items."""
        return np.asarray(self.squares / (1.0 + self.excess) ** 2)

    @classmethod
    def empty(cls, shape: tuple[int, ...] = ()) -> RowStatistics:
        """Return the statistics of rows without items, the identity of `merge`."""
        return cls(*(np.full(shape, value) for value in _NOTHING))

    def merge(self, other: RowStatistics) -> RowStatistics:
        """Return the statistics of rows made of the items of both; the batches must be equal.

        Raises
        ------
        TypeError
            If `other` is not a `RowStatistics`.
        ValueError
            If the shapes of the batches differ.
        """
        if not isinstance(other, RowStatistics):
            raise TypeError(f"other must be RowStatistics, got {type(other).__name__}")
        shape = np.shape(self.maximum)
        if np.shape(other.maximum) != shape:
            raise ValueError(f"other has batch shape {np.shape(other.maximum)}, expected {shape}")
        left, right = _packed(self), _packed(other)
        merge_rows(left, right, left)
        return _unpacked(left, shape)


def _packed(statistics: RowStatistics) -> Array:
    columns = [np.ravel(getattr(statistics, field.name)) for field in fields(statistics)]
    return np.stack(columns, axis=-1).astype(np.float64)


def _unpacked(packed: Array, shape: tuple[int, ...]) -> RowStatistics:
    return RowStatistics(*(packed[:, k].reshape(shape) for k in range(5)))


def row_statistics(logits: ArrayLike, axis: int = -1) -> RowStatistics:
    """Return maximum, log-normaliser, entropy, variance and squared norm, from one pass.

    Parameters
    ----------
    logits : array_like, shape (..., n, ...)
        As for `softmax`: float32 or float64, finite or -inf (masked, no part of the row).
    axis : int
        The axis of the n items.

    Returns
    -------
    RowStatistics
        float64 arrays of the batch shape (the logits' shape without `axis`). The sums run in the
        precision of the logits over blocks of 1024 items and in float64 over blocks.

    Raises
    ------
    TypeError, ValueError
        As `softmax`.

    Notes
    -----
    Every item is read once and O(1) numbers per row are kept: the recurrence is the online
    normaliser's, with the first two moments and the squared norm carried along in centred form,
    so that nothing cancels.

    Example
    -------
    >>> import numpy as np
    >>> whole = row_statistics([0.0, 0.0, 0.0, 0.0])
    >>> float(np.exp(whole.entropy)), float(1 / whole.squared_norm)
    (4.0, 4.0)
    >>> first, second = row_statistics([1.0, 2.0]), row_statistics([3.0])
    >>> round(float(first.merge(second).log_normaliser), 12)
    3.407605964444
    """
    rows = Rows(logits, axis)
    out = np.empty((len(rows.flat), 5))
    rows.each(statistics_rows, out)
    return _unpacked(out, rows.shape[:-1])
