r"""Sparsemax, 1.5-entmax and alpha-entmax: weightings that can give an item exactly zero.

All three are :math:`p_i = w_i^{1/(\alpha-1)}`, :math:`w_i = [(\alpha-1)(u_i - \tau)]_+`, with u the
logits below their maximum and the one cut tau at which the weights sum to one. Nothing is sorted.
For alpha <= 2 the sum is convex and falling in tau: Newton's method from the least possible cut,
where the sum is at least one, climbs to the root without passing it. As surplus times slope falls
at least fourfold each step, some fifty steps are enough for any row; ten are usual. For alpha > 2
the weight of an item jumps up steeply where it enters, and the cut is found by halving.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from corollary.algorithms._kernel import kernel
from corollary.algorithms.softmax._elementary import exp_nonpositive, log1p, log_positive
from corollary.algorithms.softmax._reductions import add, maximum
from corollary.algorithms.softmax._rows import Array, Rows, as_floats
from corollary.algorithms.softmax._softmax import softmax

_STEPS = 100
_TOLERANCE = 4e-15
_STEEPEST = 10.0


@kernel(cached=False)
def _below_maximum(row: Any, out: Any) -> Any:
    """Write z - max z in float64; return whether the row is fit for it."""
    peak = np.float64(maximum(row))
    if not -np.inf < peak < np.inf:
        return False
    wrong = False
    for j in range(row.size):
        out[j] = row[j] - peak
        wrong |= out[j] != out[j]
    return not wrong


# The weight of an item u - tau above the cut, and its derivative in the cut, negated.


@kernel(cached=False)
def _linear(above: Any, _rate: Any) -> Any:
    return (above, 1.0) if above > 0.0 else (0.0, 0.0)


@kernel(cached=False)
def _quadratic(above: Any, _rate: Any) -> Any:
    w = 0.5 * above if above > 0.0 else 0.0
    return w * w, w


@kernel(cached=False)
def _power(above: Any, rate: Any) -> Any:
    inside = above > 0.0
    w = rate * above if inside else 1.0
    p = exp_nonpositive(log_positive(w) / rate)
    p = p if inside else 0.0
    return p, p / w


@kernel(cached=False)
def _power_near_one(above: Any, rate: Any) -> Any:
    """Take the cut as counted from -1 / rate, where w is 1: that number would swallow the rest."""
    y = rate * above
    inside = y > -1.0
    y = y if inside else 0.0
    p = exp_nonpositive(log1p(y) / rate)
    p = p if inside else 0.0
    return p, p / (1.0 + y)


def _passes(weight: Any) -> Any:
    """Return the kernels that sum the weights and their slopes, and that write the weights."""

    @kernel(cached=False)
    def sums(below: Any, cut: Any, fine: Any, rate: Any) -> Any:
        mass, slope = 0.0, 0.0
        for j in range(below.size):
            p, change = weight(below[j] - cut - fine, rate)
            mass, slope = add(mass, p), add(slope, change)
        return mass, slope

    @kernel(cached=False)
    def write(below: Any, cut: Any, fine: Any, rate: Any, out: Any) -> None:
        for j in range(below.size):
            out[j] = weight(below[j] - cut - fine, rate)[0]

    return sums, write


_linear_sums, _linear_write = _passes(_linear)
_quadratic_sums, _quadratic_write = _passes(_quadratic)
_power_sums, _power_write = _passes(_power)
_near_one_sums, _near_one_write = _passes(_power_near_one)


@kernel(cached=False)
def _sums(below: Any, cut: Any, fine: Any, alpha: Any) -> Any:
    if alpha == 2.0:
        return _linear_sums(below, cut, fine, 1.0)
    if alpha == 1.5:
        return _quadratic_sums(below, cut, fine, 0.5)
    if alpha > 1.5:
        return _power_sums(below, cut, fine, alpha - 1.0)
    return _near_one_sums(below, cut, fine, alpha - 1.0)


@kernel(cached=False)
def _write(below: Any, cut: Any, fine: Any, alpha: Any, out: Any) -> None:
    if alpha == 2.0:
        _linear_write(below, cut, fine, 1.0, out)
    elif alpha == 1.5:
        _quadratic_write(below, cut, fine, 0.5, out)
    elif alpha > 1.5:
        _power_write(below, cut, fine, alpha - 1.0, out)
    else:
        _near_one_write(below, cut, fine, alpha - 1.0, out)


@kernel(cached=False)
def _cut(below: Any, alpha: Any) -> Any:
    """Return the cut for alpha <= 2, in two parts: a number and what lies below its last digit."""
    cut = 0.0 if alpha < 1.5 else -1.0 / (alpha - 1.0)
    correction = 0.0
    for _ in range(_STEPS):
        mass, slope = _sums(below, cut, 0.0, alpha)
        correction = (mass - 1.0) / slope
        if mass - 1.0 <= _TOLERANCE or cut + correction == cut:
            break
        cut += correction
    return cut, correction


@kernel(cached=False)
def _halve(below: Any, anchor: Any, alpha: Any) -> Any:
    """Return neighbouring distances below `anchor` where the mass is at most, and above, one.

    Halves the bits of the distance, so that it comes out to full relative accuracy.
    """
    low, high = np.int64(0), np.float64(2.0).view(np.int64)
    while high - low > 1:
        middle = (low + high) >> np.int64(1)
        if _sums(below, anchor, -np.int64(middle).view(np.float64), alpha)[0] > 1.0:
            high = middle
        else:
            low = middle
    return np.int64(low).view(np.float64), np.int64(high).view(np.float64)


@kernel(cached=False)
def _steep_cut(below: Any, alpha: Any) -> Any:
    """Return the cut for alpha > 2: the lowest item that it lets through, and the distance to it.

    The weight of that item is the distance to a power below one, so the distance itself must be
    known to full relative accuracy, which the difference of two logits is not.
    """
    cut = -_halve(below, 0.0, alpha)[1]
    anchor = 0.0
    for j in range(below.size):
        if cut < below[j] < anchor:
            anchor = below[j]
    return anchor, -_halve(below, anchor, alpha)[0]


@kernel
def entmax_rows(logits: Any, alpha: Any, out: Any) -> Any:
    """Write the alpha-entmax of each row, alpha in (1, 10]; return whether all rows have one."""
    n = logits.shape[1]
    below, some = np.empty(n), np.empty(n)
    for i in range(len(logits)):
        if not _below_maximum(logits[i], below):
            return False
        candidates = 0  # the only items that any possible cut lets through
        for j in range(n):
            some[candidates] = below[j]
            candidates += (alpha - 1.0) * below[j] > -1.0
        if alpha <= 2.0:
            cut, fine = _cut(some[:candidates], alpha)
        else:
            cut, fine = _steep_cut(some[:candidates], alpha)
        _write(below, cut, fine, alpha, out[i])
    return True


def entmax(logits: ArrayLike, alpha: float, *, axis: int = -1) -> Array:
    r"""Return the alpha-entmax of the logits, sparse weights between softmax and hardmax.

    They are :math:`p_i = [(\alpha-1) z_i - \tau]_+^{1/(\alpha-1)}` with tau such that they sum to
    one. This maximises :math:`p \cdot z` plus the Tsallis entropy of order alpha over the simplex:
    the softmax at alpha = 1, the Euclidean projection (sparsemax) at alpha = 2. The result is
    one-hot exactly when the largest logit leads by 1 / (alpha - 1) or more.

    Parameters
    ----------
    logits, axis
        As for `softmax`; an item of -inf has weight 0.
    alpha : float
        In [1, 10].

    Returns
    -------
    ndarray
        Weights of the shape and dtype of the logits; computed in float64.

    Raises
    ------
    TypeError, ValueError
        As `softmax`; for an alpha that is not one number in [1, 10].

    Notes
    -----
    About ten passes over the items that can have weight, one row of scratch memory per thread.
    For alpha > 2 the weights are not Lipschitz in the logits where an item enters the support.

    References
    ----------
    Peters, Niculae and Martins, "Sparse Sequence-to-Sequence Models", arXiv 1905.05702.

    Example
    -------
    >>> entmax([2.0, 1.0, 0.0], 1.5).round(4)
    array([0.8307, 0.1693, 0.    ])
    """
    order = as_floats(alpha, "alpha")
    if order.ndim != 0 or not 1.0 <= order <= _STEEPEST:
        raise ValueError(f"alpha must be one number in [1, {_STEEPEST:g}], got {alpha!r}")
    if order == 1.0:
        return softmax(logits, axis=axis)
    rows = Rows(logits, axis)
    out = rows.output()
    rows.each(entmax_rows, float(order), out)
    return rows.restore(out)


def entmax15(logits: ArrayLike, *, axis: int = -1) -> Array:
    """Return `entmax` with alpha = 1.5; one-hot when the largest logit leads by 2 or more.

    Example
    -------
    >>> entmax15([2.0, 0.0, 0.0])
    array([1., 0., 0.])
    """
    return entmax(logits, 1.5, axis=axis)


def sparsemax(logits: ArrayLike, *, axis: int = -1) -> Array:
    r"""Return the Euclidean projection of the logits on the simplex, :math:`[z_i - \tau]_+`.

    Parameters, errors and masking are those of `entmax`, with alpha = 2.

    References
    ----------
    Martins and Astudillo, "From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label
    Classification", arXiv 1602.02068.

    Example
    -------
    >>> sparsemax([1.0, 0.5, -1.0])
    array([0.75, 0.25, 0.  ])
    """
    return entmax(logits, 2.0, axis=axis)
