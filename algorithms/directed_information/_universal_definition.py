"""Context tree weighting and the four estimators in plain Python: slow, used only as oracle."""

from __future__ import annotations

import math
from collections.abc import Sequence

Pmf = list[float]


def context_tree_definition(sequence: Sequence[int], depth: int, size: int) -> list[Pmf]:
    """Return the predictive pmf of every symbol after the first `depth`."""
    counts: dict[tuple[int, ...], list[int]] = {}
    log_odds: dict[tuple[int, ...], float] = {}
    result = []
    for i in range(depth, len(sequence)):
        symbol = sequence[i]
        newest_first = tuple(sequence[i - 1 - d] for d in range(depth))
        pmf: Pmf = []
        for d in range(depth, -1, -1):
            node = newest_first[:d]
            seen = counts.setdefault(node, [0] * size)
            own = [(c + 0.5) / (sum(seen) + size / 2) for c in seen]
            if d == depth:
                pmf = own
            else:
                log_beta = log_odds.get(node, 0.0)
                weight = 1.0 / (1.0 + math.exp(-log_beta)) if log_beta > -700 else 0.0
                log_odds[node] = log_beta + math.log(own[symbol]) - math.log(pmf[symbol])
                pmf = [weight * a + (1.0 - weight) * b for a, b in zip(own, pmf, strict=True)]
            seen[symbol] += 1
        result.append(pmf)
    return result


def weighted_probability_definition(
    sequence: Sequence[int], depth: int, size: int, context: tuple[int, ...] = ()
) -> float:
    """Return the weighted probability of a whole sequence: a sum over trees, not a recursion."""
    chosen = [
        sequence[i]
        for i in range(depth, len(sequence))
        if all(sequence[i - 1 - d] == c for d, c in enumerate(context))
    ]
    own, seen = 1.0, [0] * size
    for symbol in chosen:
        own *= (seen[symbol] + 0.5) / (sum(seen) + size / 2)
        seen[symbol] += 1
    if len(context) == depth:
        return own
    deeper = math.prod(
        weighted_probability_definition(sequence, depth, size, (*context, a)) for a in range(size)
    )
    return 0.5 * own + 0.5 * deeper


def universal_definition(
    x: Sequence[int], y: Sequence[int], kx: int, ky: int, depth: int
) -> list[list[list[float]]]:
    """Return for each position the terms of the estimators 1..4: forward, reverse, mutual."""
    qx = context_tree_definition(x, depth, kx)
    qy = context_tree_definition(y, depth, ky)
    qz = context_tree_definition([a * ky + b for a, b in zip(x, y, strict=True)], depth, kx * ky)
    result = []
    for i, (px, py, pz) in enumerate(zip(qx, qy, qz, strict=True), start=depth):
        pair = [pz[a * ky : (a + 1) * ky] for a in range(kx)]
        zx = [sum(row) for row in pair]
        given = [p / zx[x[i]] for p in pair[x[i]]]
        product = [a * b for a in px for b in py]
        causal = [a * b for a in zx for b in py]
        result.append(
            [
                [
                    math.log2(given[y[i]] / py[y[i]]),
                    math.log2(zx[x[i]] / px[x[i]]),
                    math.log2(pair[x[i]][y[i]] / (px[x[i]] * py[y[i]])),
                ],
                [
                    _entropy(py) - (_entropy(pz) - _entropy(zx)),
                    _entropy(px) - _entropy(zx),
                    _entropy(px) + _entropy(py) - _entropy(pz),
                ],
                [_divergence(given, py), _divergence(zx, px), _divergence(pz, product)],
                [_divergence(pz, causal), _divergence(zx, px), _divergence(pz, product)],
            ]
        )
    return result


def _entropy(p: Pmf) -> float:
    return -sum(a * math.log2(a) for a in p)


def _divergence(p: Pmf, q: Pmf) -> float:
    return sum(a * math.log2(a / b) for a, b in zip(p, q, strict=True))
