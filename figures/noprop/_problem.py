"""Gaussian classes on a circle, whose class probabilities are known at every input."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def circle(classes: int, radius: float, count: int, seed: int) -> tuple[Any, Floats, Floats]:
    """Return labels (count,), inputs (count, 2), and p(k | x) (count, classes)."""
    random = np.random.Generator(np.random.Philox(seed))
    angle = 2 * np.pi * np.arange(classes) / classes
    means = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    labels = random.integers(classes, size=count)
    x = means[labels] + random.standard_normal((count, 2))
    logits = x @ means.T
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return labels, x, powers / powers.sum(axis=1, keepdims=True)
