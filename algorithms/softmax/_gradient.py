"""The backward pass of softmax."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from corollary.algorithms._kernel import kernel
from corollary.algorithms.softmax._rows import Array, Rows, as_floats, for_each_chunk
from corollary.algorithms.softmax._softmax import softmax_rows


@kernel
def _gradient_rows(weights: Any, cotangent: Any, out: Any) -> None:
    for i in range(len(weights)):
        mean = weights.dtype.type(0)
        for j in range(weights.shape[1]):
            mean += weights[i, j] * cotangent[i, j]
        for j in range(weights.shape[1]):
            out[i, j] = weights[i, j] * (cotangent[i, j] - mean)


def softmax_gradient(logits: ArrayLike, cotangent: ArrayLike, *, axis: int = -1) -> Array:
    r"""Return the gradient of a loss with respect to the logits of a softmax.

    The Jacobian of softmax is :math:`\mathrm{diag}(p) - p p^\top`, so the gradient is
    :math:`p \circ (g - p \cdot g)` for the loss's gradient g with respect to the coefficients.

    Parameters
    ----------
    logits : array_like, shape (..., n, ...)
        Real numbers, float32 or float64 (integers become float64); masked items are -inf, and
        their gradient is exactly 0.
    cotangent : array_like
        The gradient g, finite, of the shape and dtype of the logits.
    axis : int
        The axis of the n items.

    Returns
    -------
    ndarray
        Of the shape and dtype of the logits. It adds up to 0 over `axis`, up to rounding.

    Raises
    ------
    TypeError, ValueError
        As `softmax`; and if `cotangent` is not finite or not of the shape and dtype of the logits.

    Example
    -------
    >>> softmax_gradient([0.0, 0.0], [1.0, 0.0])
    array([ 0.25, -0.25])
    """
    given = as_floats(cotangent, "cotangent")
    rows = Rows(logits, axis)
    shape, dtype = np.shape(logits), rows.flat.dtype
    if given.shape != shape or given.dtype != dtype:
        raise ValueError(
            f"cotangent must be {dtype} of shape {shape}, got {given.dtype} of {given.shape}"
        )
    if not np.isfinite(given).all():
        raise ValueError("cotangent must be finite")
    weights, out = np.empty_like(rows.flat), np.empty_like(rows.flat)
    rows.each(softmax_rows, np.ones(len(weights), dtype), weights)
    flat = np.ascontiguousarray(np.moveaxis(given, axis, -1)).reshape(weights.shape)
    if not flat.flags.writeable:  # Numba would compile anew for a read-only array
        flat = flat.copy()
    for_each_chunk(
        lambda part: _gradient_rows(weights[part], flat[part], out[part]), *weights.shape
    )
    return rows.restore(out)
