"""Plain definitions of the softmax family on one row: oracles for the tests, for nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence


def softmax(logits: Sequence[float], temperature: float = 1.0) -> list[float]:
    """Return the softmax of one row, with a sum that is rounded once."""
    peak = max(logits)
    exponentials = [math.exp((z - peak) / temperature) for z in logits]
    normaliser = math.fsum(exponentials)
    return [e / normaliser for e in exponentials]


def log_softmax(logits: Sequence[float], temperature: float = 1.0) -> list[float]:
    """Return the logarithm of the softmax of one row."""
    best = max(range(len(logits)), key=lambda i: logits[i])
    scaled = [(z - logits[best]) / temperature for z in logits]
    log_normaliser = math.log1p(math.fsum(math.exp(s) for i, s in enumerate(scaled) if i != best))
    return [s - log_normaliser for s in scaled]


def row_statistics(logits: Sequence[float]) -> dict[str, float]:
    """Return the statistics of the softmax of one row, each from its own formula."""
    kept = [z for z in logits if z > -math.inf]
    weights, logs = softmax(kept), log_softmax(kept)
    mean = math.fsum(p * z for p, z in zip(weights, kept, strict=True))
    return {
        "maximum": max(kept),
        "log_normaliser": max(kept) - max(logs),
        "entropy": -math.fsum(p * log for p, log in zip(weights, logs, strict=True)),
        "variance": math.fsum(p * (z - mean) ** 2 for p, z in zip(weights, kept, strict=True)),
        "squared_norm": math.fsum(p * p for p in weights),
    }
