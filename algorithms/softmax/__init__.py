"""Softmax and its relatives: maps from logits to weights that sum to one."""

from corollary.algorithms.softmax._softmax import log_softmax, softmax

__all__ = ["log_softmax", "softmax"]
