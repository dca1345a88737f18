"""Which pairs of aggregator and update may be run asynchronously: one row per pair.

The law is ``phi(phi(s, m), n) = phi(s, m (+) n)`` with ``phi(s, unit) = s``. Where it fails the row
holds a smallest counterexample over the integers -1, 0, 1. All functions take arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Binary = Callable[[Any, Any], Any]


@dataclass(frozen=True, eq=False)
class UpdateRow:
    """One pair of aggregator and update, and what the theory says about it.

    Attributes
    ----------
    aggregator_name, update_name : str
    aggregator, update : callables
        ``aggregator(m, n)`` and ``update(s, m)``.
    unit : element
        The unit of the aggregator.
    standing : {"exact", "up to rounding", "no action", "no monoid"}
        Whether the update is an action of the aggregator's monoid.
    counterexample : (s, m, n), or (a, b, c) for "no monoid"
    results : (one by one, together), or the two bracketings for "no monoid"
    """

    aggregator_name: str
    update_name: str
    aggregator: Binary
    update: Binary
    unit: Any
    standing: str
    counterexample: tuple[float, float, float] | None = None
    results: tuple[float, float] | None = None


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + e^-x).

    Examples
    --------
    >>> float(sigmoid(0.0))
    0.5
    """
    return 1 / (1 + np.exp(-x))


def gated_update(s: Any, m: Any) -> Any:
    """Return the update of a scalar GRU cell with gates sig(m), sig(m+s), candidate tanh(m+rs).

    Examples
    --------
    >>> round(float(gated_update(0.0, 1.0)), 3)
    0.557
    """
    keep, reset = sigmoid(m), sigmoid(m + s)
    return (1 - keep) * s + keep * np.tanh(m + reset * s)


def merge_softmax(a: Any, b: Any) -> Array:
    """Return the merger of partial softmax averages (maximum, denominator, numerator).

    Attention weights do not compose as values; lifted to these triples, with unit (-inf, 0, 0),
    they form a commutative monoid, and ``numerator / denominator`` is the average.

    Examples
    --------
    >>> merge_softmax(np.array([0.0, 1.0, 5.0]), np.array([-np.inf, 0.0, 0.0])).tolist()
    [0.0, 1.0, 5.0]
    """
    a, b = np.asarray(a), np.asarray(b)
    high = np.maximum(a[..., 0], b[..., 0])
    finite = np.where(np.isneginf(high), 0.0, high)
    one, other = np.exp(a[..., 0] - finite), np.exp(b[..., 0] - finite)
    parts = [a[..., i] * one + b[..., i] * other for i in (1, 2)]
    return np.stack([high, *parts], axis=-1)


def merge_smallest(a: Any, b: Any) -> Array:
    """Return the k smallest entries of two rows of length k, ascending.

    Examples
    --------
    >>> merge_smallest(np.array([1.0, 4.0]), np.array([2.0, 3.0])).tolist()
    [1.0, 2.0]
    """
    both = np.sort(np.concatenate([a, b], axis=-1), axis=-1)
    return both[..., : np.shape(a)[-1]]


def update_table() -> tuple[UpdateRow, ...]:
    """Return the table of pairs, row by row.

    Examples
    --------
    >>> [row.update_name for row in update_table() if row.standing == "exact"][:2]
    ['max(s, m)', 'min(s, m)']
    """
    maximum, minimum, inf = np.maximum, np.minimum, np.inf
    return (
        UpdateRow("max", "max(s, m)", maximum, maximum, -inf, "exact"),
        UpdateRow("min", "min(s, m)", minimum, minimum, inf, "exact"),
        UpdateRow("sum", "s + m", np.add, np.add, 0.0, "up to rounding"),
        UpdateRow(
            "log-sum-exp", "LSE(s, m)", np.logaddexp, np.logaddexp, -inf, "up to rounding"
        ),
        UpdateRow(
            "sum", "s/2 + m/2", np.add, _half_sum, 0.0, "no action", (0, 1, 0), (0.25, 0.5)
        ),
        UpdateRow("sum", "ReLU(s + m)", np.add, _relu_sum, 0.0, "no action", (0, -1, 1), (1, 0)),
        UpdateRow("max", "ReLU(s + m)", maximum, _relu_sum, -inf, "no action", (0, 1, 1), (2, 1)),
        UpdateRow(
            "max", "s/2 + m/2", maximum, _half_sum, -inf, "no action", (0, -1, 1), (0.25, 0.5)
        ),
        UpdateRow(
            "max", "max(s, m) + 1", maximum, _max_and_one, -inf, "no action", (0, 0, 0), (2, 1)
        ),
        UpdateRow(
            "sum", "GRU", np.add, gated_update, 0.0, "no action", (0, 1, 0), (0.448, 0.557)
        ),
        UpdateRow(
            "max", "GRU", maximum, gated_update, -inf, "no action", (0, 1, 0), (0.448, 0.557)
        ),
        UpdateRow("mean", "s + m", _half_sum, np.add, 0.0, "no monoid", (1, 2, 6), (3.75, 2.5)),
        UpdateRow(
            "softmax average", "merge", merge_softmax, merge_softmax, (-inf, 0.0, 0.0),
            "up to rounding",
        ),
        UpdateRow(
            "2 smallest", "merge", merge_smallest, merge_smallest, (inf, inf), "exact",
        ),
    )  # fmt: skip


def linear_update_is_action(a: float, b: float) -> bool:
    """Return whether ``a s + b m`` is an action of the sum: iff a = 1 (the unit law needs it).

    Without the unit law also ``b = 0`` with a = 0 passes.

    Examples
    --------
    >>> linear_update_is_action(1.0, -2.0), linear_update_is_action(0.5, 0.5)
    (True, False)
    """
    return a == 1


def _half_sum(a: Any, b: Any) -> Any:
    return (a + b) / 2


def _relu_sum(a: Any, b: Any) -> Any:
    return np.maximum(a + b, 0)


def _max_and_one(a: Any, b: Any) -> Any:
    return np.maximum(a, b) + 1
