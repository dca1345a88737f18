"""TK1, SS1 and SB1: what top-k, scalable and stick-breaking weights do where softmax disperses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from corollary.theory import softmax as theory
from corollary.verify.claim import Source, law
from corollary.verify.domain import Choice, Integers, Parameters
from corollary.verify.precision import Array
from corollary.verify.roles.softmax import (
    BOUNDED_SCALABLE_HEADS,
    BOUNDED_TOP_K_HEADS,
    CLOSE_HEADS,
    FREE_STICKS,
    HARDMAX,
    PINNED,
    PINNED_HEADS,
    SCALABLE,
    SCALABLE_HEADS,
    SCALABLE_PAPER,
    STICK_BREAKING,
    STICK_PAPER,
    STICKS,
    TOP_K,
    TOP_K_HEADS,
    Heads,
    PinnedHeads,
    SettledHeads,
    Sticks,
    kept_items,
    plain,
    settled_case,
)
from corollary.verify.slack import Slack, between, bitwise, equal

Map = Callable[..., Array]
SCALABLE_SOURCE, STICK_SOURCE = Source(SCALABLE_PAPER), Source(STICK_PAPER)


def _largest(weights: Array) -> Array:
    largest: Array = weights.max(axis=-1, keepdims=True)
    return largest


def _gap(heads: Heads) -> Array:
    """Return the difference of the two largest kept logits, 0 where there is one."""
    if heads.kept < 2:
        return 0 * heads.spread
    ordered = np.sort(heads.kept_logits, axis=-1)
    difference: Array = ordered[:, -1:] - ordered[:, -2:-1]
    return difference


@law(TOP_K, over=TOP_K_HEADS, standing="derived", dossier="TK1")
def top_k_keeps_the_first(top_k_softmax: Map, batch: SettledHeads) -> tuple[Slack, Slack]:
    r"""Top-k softmax is the softmax of the first $k$ items in order of falling logit, then of
    rising index, and exactly 0 elsewhere.
    """
    heads, k = batch.heads, min(int(batch.setting), batch.heads.n)
    weights = top_k_softmax(heads.logits, k)
    kept = kept_items(heads.logits, k)
    expected = plain.softmax(np.where(kept, heads.logits, -np.inf))
    dropped = np.where(kept, 0.0, weights)
    return equal(weights, expected, ulps=2 * heads.rounding), bitwise(
        dropped, np.zeros_like(dropped)
    )


@law(TOP_K, over=BOUNDED_TOP_K_HEADS, standing="derived", dossier="TK1",
     tight=(settled_case(n=9, pattern="top_9", setting=4.0),
            settled_case(n=9, pattern="top_1", spread=3.0, setting=4.0)))  # fmt: skip
def top_k_does_not_disperse(top_k_softmax: Map, batch: SettledHeads) -> Slack:
    r"""The largest weight of top-k softmax lies in $[1/k, 1/(1+(k-1)e^{-t})]$ at every length."""
    heads, k = batch.heads, min(int(batch.setting), batch.heads.n)
    lower, upper = theory.maximum_bounds(k, heads.spread)
    largest = _largest(top_k_softmax(heads.logits, k))
    return between(lower, largest, upper, ulps=heads.rounding)


@law(HARDMAX, over=CLOSE_HEADS, standing="derived", dossier="TK1")
def hardmax_shares_among_ties(hardmax: Map, heads: Heads) -> Slack:
    r"""Hardmax is exactly $1/\#\mathrm{argmax}$ on the largest logits and 0 elsewhere, the limit
    of softmax as the temperature falls to 0.
    """
    logits = heads.logits + heads.other
    top = logits == logits.max(axis=-1, keepdims=True)
    share = 1 / top.sum(axis=-1, keepdims=True)
    return equal(hardmax(logits), np.where(top, share, 0.0), ulps=1)


def scalable_rounding(heads: Heads, scale: float) -> Array:
    """Return the tolerance of one coefficient: the logits are multiplied by s ln n, rounded."""
    factor = scale * np.log(max(heads.n, 2))
    return theory.softmax_error_ulps(heads.n, factor * heads.spread) + 4 * factor * heads.spread


@law(SCALABLE, over=SCALABLE_HEADS, source=SCALABLE_SOURCE, standing="as printed", dossier="SS1")
def scalable_softmax_is_a_power_of_n(scalable_softmax: Map, batch: SettledHeads) -> Slack:
    r"""Scalable softmax is $n^{s e_i}/\sum_j n^{s e_j}$, the softmax of $s \ln(n)\,e$."""
    heads, scale = batch.heads, batch.setting
    shifted = heads.logits - heads.logits.max(axis=-1, keepdims=True)
    expected = plain.softmax(scale * np.log(heads.n) * shifted)
    weights = scalable_softmax(heads.logits, scale)
    return equal(weights, expected, ulps=2 * scalable_rounding(heads, scale))


ONE_HIGH = SCALABLE_HEADS.narrowed(pattern=Choice(("top_1",)), n=Integers(2, 1000))


@law(SCALABLE, over=ONE_HIGH, source=SCALABLE_SOURCE, standing="derived", dossier="SS1")
def scalable_trichotomy(scalable_softmax: Map, batch: SettledHeads) -> Slack:
    r"""Of logits $(g, 0, \ldots, 0)$ the first has the weight $1/(1+(n-1)n^{-s g})$, which tends to
    $1$, $\frac{1}{2}$ or $0$ as $s g$ is above, at or below $1$.
    """
    heads, scale = batch.heads, batch.setting
    expected = theory.scalable_softmax_maximum(heads.n, heads.spread, scale)
    first = scalable_softmax(heads.logits, scale)[:, :1]
    return equal(first, expected, ulps=2 * scalable_rounding(heads, scale))


@scalable_trichotomy.exhaustive(scope="n in {10, 10^2, ..., 10^6}, s = 1, s g in {0.9, 1, 1.1}")
def every_power_of_ten() -> Iterator[Parameters]:
    for exponent in range(1, 7):
        yield settled_case(n=10**exponent, pattern="top_1", spread=np.array([0.9, 1.0, 1.1]))


@scalable_trichotomy.proved(scope="the limits of the weight for s g = 1 + x, 1, 1 - x, all x > 0")
def three_limits() -> Iterator[Any]:
    """Prove the limits of the weight 1/(1 + odds), odds = (n-1) n^(-s g), with n = e^y."""
    import sympy

    y, x = sympy.symbols("y x", positive=True)

    def odds(product: Any) -> Any:
        return sympy.exp((1 - product) * y) * (1 - sympy.exp(-y))

    product = sympy.Symbol("product", real=True)
    yield (sympy.exp(y) - 1) * sympy.exp(y) ** (-product) - odds(product)
    yield sympy.limit(odds(1 + x), y, sympy.oo)
    yield sympy.limit(1 / (1 + odds(1)), y, sympy.oo) - sympy.Rational(1, 2)
    yield sympy.limit(1 / odds(1 - x), y, sympy.oo)


@law(SCALABLE, over=BOUNDED_SCALABLE_HEADS, source=SCALABLE_SOURCE, standing="derived",
     dossier="SS1", tight=(settled_case(n=50, pattern="top_1", spread=1.0),))  # fmt: skip
def scalable_maximum(scalable_softmax: Map, batch: SettledHeads) -> Slack:
    r"""The largest weight of scalable softmax is at least $1/(1+(n-1)n^{-s g})$ for a gap $g$ and
    at most $1/(1+(n-1)n^{-s\delta})$ for a spread $\delta$: it sharpens where $s g > 1$ and
    disperses where $s \delta < 1$.
    """
    heads, scale = batch.heads, batch.setting
    lower = theory.scalable_softmax_maximum(heads.n, _gap(heads), scale)
    upper = theory.scalable_softmax_maximum(heads.n, heads.spread, scale)
    largest = _largest(scalable_softmax(heads.logits, scale))
    return between(lower, largest, upper, ulps=scalable_rounding(heads, scale))


@law(STICK_BREAKING, over=FREE_STICKS, source=STICK_SOURCE, standing="as printed",
     dossier="SB1")  # fmt: skip
def stick_breaking_mass(stick_breaking: Map, sticks: Sticks) -> tuple[Slack, Slack]:
    r"""Stick-breaking weights are $\ln A_j = z_j - \sum_{k \ge j} \ln(1 + e^{z_k})$, the last item
    the nearest, and $\sum_j A_j + \prod_k (1 - \sigma(z_k)) = 1$.
    """
    z = sticks.logits
    passed = np.logaddexp(0.0, z)
    logarithm = z - np.cumsum(passed[:, ::-1], axis=-1)[:, ::-1]
    weights = stick_breaking(z)
    left = np.exp(-passed.sum(axis=-1, keepdims=True))
    # Rounding each term of the logarithm, and their sum.
    reach = np.cumsum((passed + np.abs(z))[:, ::-1], axis=-1)[:, ::-1]
    return (
        equal(weights, np.exp(logarithm), ulps=16 + 4 * reach + 4 * sticks.n * np.abs(logarithm)),
        equal(weights.sum(axis=-1, keepdims=True) + left, 1.0, ulps=16 + 8 * sticks.n),
    )


@law(STICK_BREAKING, over=STICKS, source=STICK_SOURCE, standing="derived", dossier="SB1",
     tight=tuple({"n": 8, "pattern": pattern, "spread": 2.0, "centre": -1.0, "narrowed": 1.0,
                  "seed": 0} for pattern in ("top_7", "top_1")))  # fmt: skip
def stick_breaking_bounds(stick_breaking: Map, sticks: Sticks) -> Slack:
    r"""With logits in $[m, M]$ the key at distance $d$ has a weight in
    $[\sigma(m)(1-\sigma(M))^{d-1}, \sigma(M)(1-\sigma(m))^{d-1}]$: the nearest keeps $\sigma(m)$ at
    every length, far ones decay geometrically.
    """
    distance = np.arange(sticks.n, 0, -1)
    lower, upper = theory.stick_breaking_bounds(distance, sticks.low, sticks.high)
    size = np.maximum(np.abs(sticks.low), np.abs(sticks.high))
    ulps = 32 + 8 * distance * (2 + size) * sticks.n
    return between(lower, stick_breaking(sticks.logits), upper, ulps=ulps)


@law(PINNED, over=PINNED_HEADS, standing="derived", dossier="SM9")
def pinned_entropy(entropy_pinned_softmax: Map, heads: PinnedHeads) -> tuple[Slack, Slack]:
    r"""The entropy-pinned softmax has the wanted entropy, and is the softmax of $\beta e$ at one
    $\beta > 0$.
    """
    weights = entropy_pinned_softmax(heads.logits, heads.target[:, 0])
    logarithm = np.log(np.maximum(weights, 1e-300))
    below = heads.logits - heads.logits.max(axis=-1, keepdims=True)
    seen = weights > 1e-290
    odds = logarithm - logarithm.max(axis=-1, keepdims=True)
    # beta from the least of the weights that have not underflowed
    least = np.argmin(np.where(seen, weights, 2.0), axis=-1)[:, None]
    beta = np.take_along_axis(odds, least, -1) / np.take_along_axis(below, least, -1)
    size = 1 + np.log(heads.n)
    reach = np.abs(beta * below)
    return (
        equal(plain.entropy(weights), heads.target, ulps=8 * (heads.n + 16) * size**2, scale=1.0),
        equal(np.where(seen, odds, 0.0), np.where(seen, beta * below, 0.0),
              ulps=16 * heads.n, scale=1 + reach),
    )  # fmt: skip
