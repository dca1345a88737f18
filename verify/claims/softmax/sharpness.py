"""SM1 and SM2: how large and how small the coefficients of bounded logits can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from corollary.theory import softmax as theory
from corollary.verify._extremes import row_extremes
from corollary.verify.claim import Source, law
from corollary.verify.domain import Parameters
from corollary.verify.precision import Array
from corollary.verify.roles.softmax import HEADS, MASKED_HEADS, SHARP, SOFTMAX, Heads, case
from corollary.verify.search.certified import Box, Measurement
from corollary.verify.slack import Slack, at_least, between, equal

LEMMA_2_1 = Source(SHARP, "Lemma 2.1")
ONE_HIGH = case(n=8, pattern="one_high", spread=3.0)
ONE_LOW = case(n=8, pattern="one_low", spread=3.0)


@law(SOFTMAX, over=HEADS, source=LEMMA_2_1, standing="sharpened", dossier="SM1",
     tight=(ONE_HIGH, ONE_LOW))  # fmt: skip
def coefficient_bounds(softmax: Callable[..., Array], heads: Heads) -> Slack:
    r"""Every coefficient of $n$ logits with scaled spread $t$ lies in
    $[1/(1+(n-1)e^{t}), 1/(1+(n-1)e^{-t})]$.
    """
    lower, upper = theory.coefficient_bounds(heads.n, heads.spread, heads.temperature)
    return between(lower, softmax(heads.logits, heads.temperature), upper, ulps=heads.rounding)


@coefficient_bounds.exhaustive(scope="all logits in {0, 1, 2, 3}^n, n <= 7")
def every_digit_vector() -> Iterator[Parameters]:
    for n in range(1, 8):
        yield case(n=n, pattern="digits_4", spread=3.0, seed=np.arange(4**n))


@coefficient_bounds.enclosed(
    scope="inverse coefficients, 2 <= n <= 8, t in [0, 50], all logits", allowance=1e-6
)
def every_head() -> Iterator[Box]:
    r"""Bound the gap of $1/\alpha = 1 + \sum_j e^{d_j}$ from both ends, relative to $e^{\pm t}$.

    The differences $d_j$ to the other logits lie anywhere in $[-t, t]$. Counted from the upper
    end, $d_j = t - x_j$ with $x_j$ in $[0, 2t]$; from the lower end, $-t + x_j$. Each unknown
    occurs once in its gap, so it can range over its whole interval at once.
    """
    yield from _both_gaps("coefficient", fixed=1, reach=2)


def _both_gaps(name: str, fixed: int, reach: int) -> Iterator[Box]:
    """Yield the sums of 1 - e^-x and of e^x - 1 over n - fixed unknowns x in [0, reach t]."""
    import flint

    def pieces(t: Any, sign: int) -> list[Any]:
        """Return balls that together hold every e^(sign x)."""
        last = int(reach * float(t.upper())) + 1
        units = (flint.arb(k).union(flint.arb(k + 1)) for k in range(last))
        return [(sign * unit).exp() for unit in units]

    def below_upper(t: Any, others: int) -> Any:
        most = max((piece.upper() for piece in pieces(t, -1)), key=float)
        return others - others * most

    def above_lower(t: Any, others: int) -> Any:
        least = min((piece.lower() for piece in pieces(t, 1)), key=float)
        return others * least - others

    def box(end: str, gap: Callable[[Any, int], Any], n: int) -> Box:
        def series(t: Any) -> Any:
            return flint.arb_series([gap(t[0], n - fixed)])

        return Box(f"{name} at {end}, n = {n}", 0.0, 50.0, series, smooth=False)

    for n in range(2, 9):
        yield box("least", below_upper, n)
        yield box("most", above_lower, n)


@law(SOFTMAX, over=HEADS, source=LEMMA_2_1, standing="sharpened", dossier="SM2",
     tight=(ONE_HIGH, ONE_LOW))  # fmt: skip
def maximum_bounds(softmax: Callable[..., Array], heads: Heads) -> tuple[Slack, Slack]:
    r"""The largest coefficient lies in $[1/(n-1+e^{-t}), 1/(1+(n-1)e^{-t})]$ when the scaled
    spread is $t$, and the smallest is $e^{-t}$ times the largest.
    """
    weights = softmax(heads.logits, heads.temperature)
    smallest, largest = row_extremes(weights)
    lower, upper = theory.maximum_bounds(heads.n, heads.spread, heads.temperature, exact=True)
    return (
        between(lower, largest, upper, ulps=heads.rounding),
        equal(smallest, largest * np.exp(-heads.scaled_spread), ulps=2 * heads.rounding),
    )


@maximum_bounds.enclosed(
    scope="inverse largest coefficients, 2 <= n <= 8, t in [0, 50], all logits", allowance=1e-6
)
def every_largest() -> Iterator[Box]:
    r"""Bound the gap of $1/\alpha_{\max} = 1 + e^{-t} + \sum_j e^{-x_j}$ from both ends.

    The n - 2 other differences $x_j$ lie anywhere in $[0, t]$; the lower end is counted relative
    to $e^{-t}$, where $e^{t-x_j} - 1$ has an exponent in the same interval.
    """
    yield from _both_gaps("largest coefficient", fixed=2, reach=1)


@maximum_bounds.statistical(scope="200 heads of i.i.d. uniform logits, n = 2^6 ... 2^13, t = 3")
def largest_coefficient_decays_like_one_over_n(
    softmax: Callable[..., Array], seed: int
) -> Measurement:
    r"""With one logit at the top and the others i.i.d. uniform on $[-t, 0]$,
    $n\,\alpha_{\max} \to t/(1-e^{-t})$; the limit is fitted as the intercept in $1/n$.
    """
    t, sizes = 3.0, 2 ** np.arange(6, 14)
    generator = np.random.default_rng(np.random.Philox(seed))
    limits = np.empty((200, len(sizes)))
    for column, n in enumerate(sizes):
        logits = -t * generator.random((200, n))
        logits[:, 0] = 0.0
        limits[:, column] = n * softmax(logits).max(axis=-1)
    design = np.stack([np.ones(len(sizes)), 1 / sizes], axis=1)
    intercepts = np.linalg.lstsq(design, limits.T, rcond=None)[0][0]
    error = intercepts.std(ddof=1) / np.sqrt(len(intercepts))
    return Measurement(t / -np.expm1(-t), float(intercepts.mean()), float(error), limits.size)


@law(SOFTMAX, over=MASKED_HEADS, standing="derived", dossier="SM2",
     tight=(case(n=8, pattern="top_1", spread=3.0),))  # fmt: skip
def maximum_from_gap(softmax: Callable[..., Array], heads: Heads) -> Slack:
    r"""A gap $g$ between the two largest logits forces
    $\alpha_{\max} \ge 1/(1+(n-1)e^{-g/\theta})$.
    """
    ordered = np.sort(heads.kept_logits, axis=-1)
    gap = (ordered[:, -1:] - ordered[:, -2:-1]) if heads.kept > 1 else 0 * heads.spread
    largest = softmax(heads.logits, heads.temperature).max(axis=-1, keepdims=True)
    lower = theory.maximum_from_gap(heads.n, gap, heads.temperature)
    return at_least(largest, lower, ulps=heads.rounding)
