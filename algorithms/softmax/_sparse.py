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


@kernel(cached=False)
def _weigh(below: Any, cut: Any, fine: Any, alpha: Any, out: Any) -> Any:
    """Write the weights at the cut `cut` + `fine`; return their sum and its slope, negated.

    For alpha < 1.5 the cut is counted from -1 / (alpha - 1), where w is 1: near alpha = 1 that
    number is huge and would swallow the rest.
    """
    mass, slope, rate = 0.0, 0.0, alpha - 1.0
    if alpha == 2.0:
        for j in range(below.size):
            w = below[j] - cut - fine
            p = w if w > 0.0 else 0.0
            out[j] = p
            mass, slope = add(mass, p), add(slope, 1.0 if w > 0.0 else 0.0)
    elif alpha == 1.5:
        for j in range(below.size):
            w = 0.5 * (below[j] - cut - fine)
            w = w if w > 0.0 else 0.0
            out[j] = w * w
            mass, slope = add(mass, w * w), add(slope, w)
    elif alpha > 1.5:
        for j in range(below.size):
            w = rate * (below[j] - cut - fine)
            inside = w > 0.0
            w = w if inside else 1.0
            p = exp_nonpositive(log_positive(w) / rate) if inside else 0.0
            out[j] = p
            mass, slope = add(mass, p), add(slope, p / w)
    else:
        for j in range(below.size):
            y = rate * (below[j] - cut - fine)
            inside = y > -1.0
            y = y if inside else 0.0
            p = exp_nonpositive(log1p(y) / rate) if inside else 0.0
            out[j] = p
            mass, slope = add(mass, p), add(slope, p / (1.0 + y))
    return mass, slope


@kernel(cached=False)
def _cut(below: Any, alpha: Any, out: Any) -> Any:
    """Return the cut for alpha <= 2, in two parts: a number and what lies below its last digit."""
    cut = 0.0 if alpha < 1.5 else -1.0 / (alpha - 1.0)
    correction = 0.0
    for _ in range(_STEPS):
        mass, slope = _weigh(below, cut, 0.0, alpha, out)
        correction = (mass - 1.0) / slope
        if mass - 1.0 <= _TOLERANCE or cut + correction == cut:
            break
        cut += correction
    return cut, correction


@kernel(cached=False)
def _halve(below: Any, anchor: Any, alpha: Any, out: Any) -> Any:
    """Return neighbouring distances below `anchor` where the mass is at most, and above, one.

    Halves the bits of the distance, so that it comes out to full relative accuracy.
    """
    low, high = np.int64(0), np.float64(2.0).view(np.int64)
    while high - low > 1:
        middle = (low + high) >> np.int64(1)
        if _weigh(below, anchor, -np.int64(middle).view(np.float64), alpha, out)[0] > 1.0:
            high = middle
        else:
            low = middle
    return np.int64(low).view(np.float64), np.int64(high).view(np.float64)


@kernel(cached=False)
def _steep_cut(below: Any, alpha: Any, out: Any) -> Any:
    """Return the cut for alpha > 2: the lowest item that it lets through, and the distance to it.

    The weight of that item is the distance to a power below one, so the distance itself must be
    known to full relative accuracy, which the difference of two logits is not.
    """
    cut = -_halve(below, 0.0, alpha, out)[1]
    anchor = 0.0
    for j in range(below.size):
        if cut < below[j] < anchor:
            anchor = below[j]
    return anchor, -_halve(below, anchor, alpha, out)[0]


@kernel
def entmax_rows(logits: Any, alpha: Any, out: Any) -> Any:
    """Write the alpha-entmax of each row, alpha in (1, 10]; return whether all rows have one."""
    n = logits.shape[1]
    below, some, weights = np.empty(n), np.empty(n), np.empty(n)
    for i in range(len(logits)):
        if not _below_maximum(logits[i], below):
            return False
        candidates = 0  # the only items that any possible cut lets through
        for j in range(n):
            some[candidates] = below[j]
            candidates += (alpha - 1.0) * below[j] > -1.0
        if alpha <= 2.0:
            cut, fine = _cut(some[:candidates], alpha, weights)
        else:
            cut, fine = _steep_cut(some[:candidates], alpha, weights)
        _weigh(below, cut, fine, alpha, weights)
        for j in range(n):
            out[i, j] = weights[j]
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
