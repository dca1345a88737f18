"""Plain definitions of the softmax family on one row: oracles for the tests, for nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from flint import arb, ctx


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


def softmax_gradient(logits: Sequence[float], cotangent: Sequence[float]) -> list[float]:
    """Return the product of the Jacobian of softmax, entry by entry, with the cotangent."""
    p = softmax(logits)
    jacobian = [[(i == j) * p[i] - p[i] * p[j] for j in range(len(p))] for i in range(len(p))]
    return [math.fsum(a * g for a, g in zip(row, cotangent, strict=True)) for row in jacobian]


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


def entropy(weights: Sequence[float]) -> float:
    """Return the entropy in nats."""
    return -math.fsum(p * math.log(p) for p in weights if p > 0)


def adaptive_temperature_softmax(
    logits: Sequence[float], coefficients: Sequence[float], threshold: float
) -> list[float]:
    """Return the softmax at inverse temperature max(P(entropy), 1), or 1 up to the threshold."""
    h = entropy(softmax(logits))
    degree = len(coefficients) - 1
    polynomial = math.fsum(c * h ** (degree - i) for i, c in enumerate(coefficients))
    return softmax(logits, 1 / max(polynomial, 1.0) if h > threshold else 1.0)


def entropy_pinned_softmax(logits: Sequence[float], target: float) -> list[float]:
    """Return the softmax of the wanted entropy, its temperature found by halving."""
    cold, hot = 1e-6, 1e6
    for _ in range(200):
        middle = math.sqrt(cold * hot)
        if entropy(softmax(logits, middle)) < target:
            cold = middle
        else:
            hot = middle
    return softmax(logits, cold)


def scalable_softmax(logits: Sequence[float], scale: float) -> list[float]:
    """Return n**(scale * z_i) over the sum of these."""
    n = len(logits)
    powers = [float(n) ** (scale * z) for z in logits]
    return [p / math.fsum(powers) for p in powers]


def sparsemax(logits: Sequence[float]) -> list[float]:
    """Return the projection on the simplex, by sorting, in exact rational arithmetic."""
    exact = [Fraction(z) for z in logits]
    ordered = sorted(exact, reverse=True)
    sizes = [k for k in range(1, len(exact) + 1) if 1 + k * ordered[k - 1] > sum(ordered[:k])]
    cut = (sum(ordered[: sizes[-1]]) - 1) / sizes[-1]
    return [float(max(z - cut, Fraction(0))) for z in exact]


def entmax(logits: Sequence[float], alpha: float) -> list[float]:
    """Return alpha-entmax for alpha > 1, its cut found by 400 halvings at 600 bits."""
    with ctx.workprec(600):
        rate = arb(alpha) - 1
        scaled = [rate * (arb(z) - max(logits)) for z in logits]
        low, high = arb(-1), arb(0)

        def weights(cut: arb) -> list[arb]:
            return [(w - cut) ** (1 / rate) if w > cut else arb(0) for w in scaled]

        for _ in range(400):
            middle = ((low + high) / 2).mid()
            low, high = (middle, high) if sum(weights(middle), arb(0)) > 1 else (low, middle)
        return [float(p) for p in weights(low)]


def top_k_softmax(logits: Sequence[float], k: int) -> list[float]:
    """Return the softmax over the first k items in order of falling logit, then rising index."""
    kept = sorted(range(len(logits)), key=lambda i: (-logits[i], i))[:k]
    weights = dict(zip(kept, softmax([logits[i] for i in kept]), strict=True))
    return [weights.get(i, 0.0) for i in range(len(logits))]


def hardmax(logits: Sequence[float]) -> list[float]:
    """Return equal weights on the largest items."""
    ties = sum(z == max(logits) for z in logits)
    return [1 / ties if z == max(logits) else 0.0 for z in logits]


def stick_breaking(logits: Sequence[float]) -> list[float]:
    """Return sigma(z_j) times the product of 1 - sigma(z_k) over later k."""
    return [
        math.prod(
            [1 / (1 + math.exp(-z)), *(1 / (1 + math.exp(later)) for later in logits[j + 1 :])]
        )
        for j, z in enumerate(logits)
    ]
