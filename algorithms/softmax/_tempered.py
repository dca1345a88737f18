"""Softmaxes whose temperature depends on the row: on its length, its entropy, or a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from corollary.algorithms._kernel import kernel
from corollary.algorithms.softmax._elementary import log1p
from corollary.algorithms.softmax._reductions import maximum
from corollary.algorithms.softmax._rows import Array, Rows, as_floats
from corollary.algorithms.softmax._softmax import softmax, softmax_rows
from corollary.algorithms.softmax._statistics import row_statistics, summarise

PUBLISHED_QUARTIC = (-0.037, 0.481, -2.3, 4.917, -1.791)

# Bracket of ln(beta) for logits in [-1, 0], and a number of halvings that exhausts it.
_WIDEST = 709.0
_STEPS = 100


def adaptive_temperature_softmax(
    logits: ArrayLike,
    *,
    axis: int = -1,
    coefficients: Sequence[float] = PUBLISHED_QUARTIC,
    threshold: float = 0.5,
) -> Array:
    r"""Return the softmax sharpened by an inverse temperature read off its own entropy.

    With H the entropy of softmax(z) in nats and P the polynomial, the result is
    :math:`\mathrm{softmax}(\beta z)` with :math:`\beta = \max(P(H), 1)` where H > `threshold`
    and 1 elsewhere; where it is 1 the result equals `softmax` bit for bit.

    Parameters
    ----------
    logits, axis
        As for `softmax`.
    coefficients : sequence of float
        Of P, highest power first. The published quartic is the default: it reaches 1 only for
        entropies in [0.8486, 5.9445] and never exceeds 2.4214, so that the published threshold
        changes nothing and long, flat rows are left as they are.
    threshold : float
        Entropy in nats up to which a row is left as it is.

    Returns
    -------
    ndarray
        Coefficients of the shape and dtype of the logits.

    Raises
    ------
    TypeError, ValueError
        As `softmax`; for coefficients that are not a non-empty list of finite numbers; for a
        threshold that is not one finite number.

    Notes
    -----
    Two passes over the items, as the second exponential needs the entropy. The published code
    adds 1e-9 inside the logarithm of the entropy; this one computes the entropy itself.

    References
    ----------
    Veličković, Perivolaropoulos, Barbero and Pascanu, "Softmax is not Enough (for Sharp Size
    Generalisation)", arXiv 2410.01104.

    Example
    -------
    >>> weights = adaptive_temperature_softmax([3.0, 2.0, 1.0, 0.0])
    >>> bool(weights[0] > softmax([3.0, 2.0, 1.0, 0.0])[0])
    True
    """
    polynomial = as_floats(coefficients, "coefficients")
    if polynomial.ndim != 1 or polynomial.size == 0 or not np.all(np.isfinite(polynomial)):
        raise ValueError(f"coefficients must be a list of finite numbers, got {coefficients!r}")
    limit = as_floats(threshold, "threshold")
    if limit.ndim != 0 or not np.isfinite(limit):
        raise ValueError(f"threshold must be one finite number, got {threshold!r}")
    entropy = row_statistics(logits, axis).entropy
    sharpened = np.maximum(np.polyval(polynomial, entropy), 1.0)
    return softmax(logits, axis=axis, temperature=np.where(entropy > limit, 1.0 / sharpened, 1.0))


@kernel
def _count_items(logits: Any, out: Any) -> Any:
    for i in range(len(logits)):
        count = 0
        for j in range(logits.shape[1]):
            count += logits[i, j] > -np.inf
        out[i] = count
    return True


def scalable_softmax(logits: ArrayLike, scale: ArrayLike, *, axis: int = -1) -> Array:
    r"""Return the softmax of :math:`s \ln(n)\, z`, whose sharpness keeps up with the length n.

    Parameters
    ----------
    logits, axis
        As for `softmax`; n counts the items of a row that are not -inf.
    scale : array_like
        s, positive and finite; one number, or an array that broadcasts to the batch axes.

    Returns
    -------
    ndarray
        Coefficients of the shape and dtype of the logits, :math:`n^{s z_i} / \sum_j n^{s z_j}`.

    Raises
    ------
    TypeError, ValueError
        As `softmax`; for a scale that is not positive and finite or does not fit.

    References
    ----------
    Nakanishi, "Scalable-Softmax Is Superior for Attention", arXiv 2501.19399.

    Example
    -------
    >>> scalable_softmax([1.0, 0.0, 0.0, 0.0], 1.0)  # 4 / (4 + 3)
    array([0.57142857, 0.14285714, 0.14285714, 0.14285714])
    """
    rows = Rows(logits, axis)
    scales = rows.per_row(scale, "scale").astype(np.float64)
    items = np.empty(len(rows.flat))
    rows.each(_count_items, items)
    with np.errstate(divide="ignore"):
        temperatures = np.where(items > 1, 1.0 / (scales * np.log(np.maximum(items, 1.0))), 1.0)
    out = rows.output()
    rows.each(softmax_rows, rows.per_row(temperatures.reshape(rows.shape[:-1]), "scale"), out)
    return rows.restore(out)


@kernel
def _entropy_ranges(logits: Any, out: Any) -> Any:
    """Write the entropies of a row at no and at infinite temperature: ln #argmax and ln n."""
    for i in range(len(logits)):
        peak = maximum(logits[i])
        items, ties = 0, 0
        for j in range(logits.shape[1]):
            if not logits[i, j] < np.inf:
                return False
            items += logits[i, j] > -np.inf
            ties += logits[i, j] == peak
        if items == 0:
            return False
        out[i, 0], out[i, 1] = np.log(ties), np.log(items)
    return True


@kernel(cached=False)
def _normalised(row: Any, out: Any) -> Any:
    """Write (z - max) / (max - min) of the items of a row; return them and half the divisor."""
    peak, least = np.float64(maximum(row)), np.float64(np.inf)
    for j in range(row.size):
        if -np.inf < row[j] < least:
            least = np.float64(row[j])
    half_spread = 0.5 * peak - 0.5 * least  # the whole one may overflow
    items = 0
    for j in range(row.size):
        if row[j] > -np.inf:
            out[items] = (0.5 * row[j] - 0.5 * peak) / half_spread
            items += 1
    return out[:items], half_spread


@kernel(cached=False)
def _pinned_sharpness(below: Any, target: Any, scratch: Any) -> Any:
    """Return the beta at which weights exp(beta z) have the target entropy.

    Newton's method on x = ln(beta), dH/dx = -beta**2 Var, kept inside a shrinking bracket.
    """
    low, high, x = -_WIDEST, _WIDEST, 1.0
    for _ in range(_STEPS):
        excess, gap, variance, _squares = summarise(below, 0.0, np.exp(x), scratch)
        surplus = log1p(excess) + gap - target
        if abs(surplus) <= 4e-16 * target:
            break
        if surplus > 0:
            low = x
        else:
            high = x
        step = surplus / variance if variance > 0 else np.inf
        previous, x = x, x + step
        if not low < x < high:
            x = 0.5 * (low + high)
        if abs(x - previous) <= 1e-14:
            break
    return np.exp(x)


@kernel
def _pinned_temperatures(logits: Any, entropy: Any, out: Any) -> Any:
    n = logits.shape[1]
    room, scratch = np.empty(n), np.empty((2, n))
    for i in range(len(logits)):
        below, half_spread = _normalised(logits[i], room)
        out[i] = 2.0 * (half_spread / _pinned_sharpness(below, entropy[i], scratch))
    return True


def entropy_pinned_softmax(logits: ArrayLike, entropy: ArrayLike, *, axis: int = -1) -> Array:
    r"""Return the softmax at the one temperature that gives it the wanted entropy.

    The entropy of :math:`\mathrm{softmax}(\beta z)` falls strictly from :math:`\ln n` to
    :math:`\ln \#\mathrm{argmax}` as :math:`\beta` grows from 0, with slope
    :math:`-\beta \mathrm{Var}(z)`, so there is exactly one solution in between.

    Parameters
    ----------
    logits, axis
        As for `softmax`.
    entropy : array_like
        Target in nats, strictly between the two limits of every row (n counts the items that are
        not -inf); one number, or an array that broadcasts to the batch axes.

    Returns
    -------
    ndarray
        Coefficients of the shape and dtype of the logits.

    Raises
    ------
    TypeError, ValueError
        As `softmax`; for a target outside the limits of some row. A row of equal logits has no
        room between them and is refused whatever the target.

    Example
    -------
    >>> import numpy as np
    >>> weights = entropy_pinned_softmax([0.0, 1.0, 5.0], np.log(2))
    >>> float(np.round(-np.sum(weights * np.log(weights)), 12))
    0.69314718056
    """
    rows = Rows(logits, axis)
    targets = rows.per_row(entropy, "entropy", low=-np.inf).astype(np.float64)
    limits = np.empty((len(rows.flat), 2))
    rows.each(_entropy_ranges, limits)
    outside = ~((limits[:, 0] < targets) & (targets < limits[:, 1]))
    if outside.any():
        row = int(np.argmax(outside))
        raise ValueError(
            f"entropy must lie strictly between {limits[row, 0]} and {limits[row, 1]} nats, the "
            f"limits of row {row} at no and at infinite temperature; got {targets[row]}"
        )
    temperatures = np.empty(len(rows.flat))
    rows.each(_pinned_temperatures, targets, temperatures)
    out = rows.output()
    rows.each(softmax_rows, temperatures.astype(out.dtype), out)
    return rows.restore(out)
