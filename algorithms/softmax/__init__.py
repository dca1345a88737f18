"""Softmax and its relatives: maps from logits to weights that sum to one."""

from corollary.algorithms.softmax._gradient import softmax_gradient
from corollary.algorithms.softmax._selective import hardmax, top_k_softmax
from corollary.algorithms.softmax._softmax import log_softmax, softmax
from corollary.algorithms.softmax._sparse import entmax, entmax15, sparsemax
from corollary.algorithms.softmax._statistics import RowStatistics, row_statistics
from corollary.algorithms.softmax._stick_breaking import stick_breaking
from corollary.algorithms.softmax._tempered import (
    PUBLISHED_QUARTIC,
    adaptive_temperature_softmax,
    entropy_pinned_softmax,
    scalable_softmax,
)

__all__ = [
    "PUBLISHED_QUARTIC",
    "RowStatistics",
    "adaptive_temperature_softmax",
    "entmax",
    "entmax15",
    "entropy_pinned_softmax",
    "hardmax",
    "log_softmax",
    "row_statistics",
    "scalable_softmax",
    "softmax",
    "softmax_gradient",
    "sparsemax",
    "stick_breaking",
    "top_k_softmax",
]
