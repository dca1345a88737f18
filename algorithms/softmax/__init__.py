"""Softmax and its relatives: maps from logits to weights that sum to one."""

from corollary.algorithms.softmax._softmax import log_softmax, softmax
from corollary.algorithms.softmax._statistics import RowStatistics, row_statistics

__all__ = ["RowStatistics", "log_softmax", "row_statistics", "softmax"]
