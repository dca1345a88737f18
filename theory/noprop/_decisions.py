"""Which scalar embedding is nearest: intervals, and their probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corollary.theory.noprop._arguments import Float


def decisions(values: Float) -> tuple[NDArray[np.intp], Float]:
    """Return the classes in the order of their embeddings, and where the decision changes."""
    order = np.argsort(values)
    if not (np.diff(values[order]) > 0).all():
        raise ValueError("values must differ from each other to be told apart")
    return order, (values[order][1:] + values[order][:-1]) / 2


def class_shares(below: Float, order: NDArray[np.intp]) -> Float:
    """Return the probability of each class from those of ending below each decision."""
    shares = np.empty(order.size)
    shares[order] = np.diff(np.concatenate([[0.0], below, [1.0]]))
    return shares
