"""How well softmax weights tell messages apart, and the margin a read-out needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from corollary.theory import reasoning as theory
from corollary.verify import _random
from corollary.verify.claim import formula, law
from corollary.verify.roles.reasoning import (
    DISPERSION,
    LSE_GAP,
    MARGIN,
    MESSAGES,
    MULTIMORPHISMS,
    READ_OUT,
    READ_OUTS,
    RESOLUTION,
    RETRIEVAL,
    RETRIEVAL_ERROR,
    SOFTMAX_AGGREGATOR,
    SOFTMAX_AVERAGE,
    SPREADS,
    VECTORS,
    Array,
    Messages,
    ReadOut,
    Spread,
    Vectors,
    messages_case,
    spread_case,
)
from corollary.verify.search.certified import Box
from corollary.verify.slack import Slack, at_least, at_most, between, equal

Average = Callable[[Array], Array]


def _softmax(logits: Array) -> Array:
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _attained(value: Array, bound: Array, worst: Array, ulps: int, scale: Any = None) -> Slack:
    """Return the conclusion that the bound is met in the rows that are worst."""
    return at_least(value, np.where(worst, bound, value), ulps=ulps, scale=scale)


def _rounding(k: int) -> int:
    """Return the roundings of an average: k exponentials, sums and products, each relative."""
    return 4 * k + 16


@law(SOFTMAX_AVERAGE, over=MESSAGES, source=SOFTMAX_AGGREGATOR, standing="derived",
     dossier="section 2, resolution",
     tight=(messages_case(k=2), messages_case(k=10), messages_case(k=100)))  # fmt: skip
def resolution_of_the_softmax_aggregator(average: Average, case: Messages) -> Slack:
    r"""The softmax average of $k$ messages lies below their maximum by at most
    $W((k-1)/e)$, attained when all others lie $1 + W((k-1)/e)$ below it: like $\ln k$, the error
    grows with the number of neighbours.
    """
    b = case.inverse_temperature
    messages = b * case.values
    shortfall = messages.max(axis=1, keepdims=True) - average(messages)[:, None]
    size = 1 + np.abs(messages).max(axis=1, keepdims=True)
    bound = np.full_like(shortfall, theory.softmax_resolution(np.int64(case.k)))
    return between(0 * shortfall, shortfall, bound, ulps=_rounding(case.k), scale=size)


@law(SOFTMAX_AVERAGE, over=MESSAGES, source=SOFTMAX_AGGREGATOR, standing="derived",
     dossier="section 2")  # fmt: skip
def softmax_average_by_definition(average: Average, case: Messages) -> tuple[Slack, Slack]:
    r"""The average is $\sum_i x_i e^{x_i} / \sum_i e^{x_i}$, in whatever order the messages come,
    and moves with them when all are shifted, even by thousands.
    """
    shifted = case.values + case.shift
    expected = (_softmax(shifted) * shifted).sum(axis=1)
    scale = 1 + np.abs(shifted).max(axis=1)
    ulps = _rounding(case.k) + 40  # weights of e^-30 and less are off by 30 roundings
    return (
        equal(average(shifted), expected, ulps=ulps, scale=scale),
        equal(average(shifted[:, ::-1].copy()), expected, ulps=ulps, scale=scale),
    )


@formula(RESOLUTION, over=MESSAGES, source=SOFTMAX_AGGREGATOR, standing="derived",
         dossier="section 2, resolution",
         tight=(messages_case(k=2), messages_case(k=5, inverse_temperature=2.0),
                messages_case(k=64, inverse_temperature=0.5)))  # fmt: skip
def resolution_bound(bound: Any, case: Messages) -> tuple[Slack, Slack]:
    r"""With inverse temperature $b$ the shortfall is at most $W((k-1)/e)/b$, where $W$ is the
    principal branch of Lambert's function.
    """
    b = case.inverse_temperature
    weights = _softmax(b * case.values)
    shortfall = -(weights * case.values).sum(axis=1, keepdims=True)
    limit, ulps = np.asarray(bound(np.int64(case.k), b)), _rounding(case.k)
    return (
        at_most(shortfall, limit, ulps=ulps),
        _attained(shortfall, limit, case.worst, ulps, scale=1 / b),
    )


@resolution_bound.enclosed(
    scope="equal gaps g in [0, 60] for k in {2, 3, 5, 10, 64, 1000}; that gaps are equal at the "
    "maximum follows from stationarity, (g - 1) e^g = k - 1",
    allowance=1e-9,
)
def every_gap() -> Iterator[Box]:
    import flint

    for k in (2, 3, 5, 10, 64, 1000):

        def gap(g: Any, k: int = k) -> Any:
            bound = (flint.arb(k - 1) / flint.arb(1).exp()).lambertw()
            low = (k - 1) * (-g).exp()
            return bound - low * g / (1 + low)

        yield Box(f"k = {k}", 0.0, 60.0, gap)


@resolution_bound.proved(scope="the stationary point: at the gap 1 + W the shortfall is W")
def stationary_point() -> Iterator[Any]:
    import sympy

    w = sympy.Symbol("w", positive=True)
    others = w * sympy.exp(w) * sympy.E  # k - 1, since w e^w = (k - 1)/e
    weight = others * sympy.exp(-(1 + w))
    yield weight * (1 + w) / (1 + weight) - w
    g = sympy.Symbol("g", positive=True)
    shortfall = others * sympy.exp(-g) * g / (1 + others * sympy.exp(-g))
    yield sympy.simplify(sympy.diff(shortfall, g).subs(g, 1 + w))


@formula(DISPERSION, over=SPREADS, source=SOFTMAX_AGGREGATOR, standing="derived",
         dossier="section 2, dispersion",
         tight=(spread_case(n=4), spread_case(n=64), spread_case(n=300, spread=10.0)))  # fmt: skip
def dispersion_bound(bound: Any, case: Spread) -> tuple[Slack, Slack]:
    r"""Among $n$ logits within an interval of length $D$ no weight exceeds $e^D/(n - 1 + e^D)$,
    attained by one at the top and all others at the bottom.
    """
    logits = -case.spread * _random.uniforms(case.seeds, case.n, stream=9)
    worst = np.repeat(-case.spread, case.n, axis=1)
    logits = np.where(case.worst, worst, logits)
    logits[:, 0] = 0.0
    largest = _softmax(logits).max(axis=1, keepdims=True)
    limit, ulps = np.asarray(bound(np.int64(case.n), case.spread)), 2 * case.n + 60
    return at_most(largest, limit, ulps=ulps), _attained(largest, limit, case.worst, ulps)


@formula(LSE_GAP, over=VECTORS, source=MULTIMORPHISMS, standing="derived", dossier="1.1",
         tight=({"k": 2, "d": 8, "seed": 0, "worst": 1}, {"k": 40, "d": 3, "seed": 0, "worst": 1})
         )  # fmt: skip
def log_sum_exp_is_no_tropical_map(bound: Any, case: Vectors) -> tuple[Slack, Slack]:
    r"""A log-sum-exp map where a max-plus linear one belongs does not commute with the maximum of
    $k$ vectors of dimension $d$: it is off by up to $\ln \min(k, d)$, and never the other way.
    """
    outer = np.logaddexp.reduce(case.values.max(axis=1), axis=-1)
    inner = np.logaddexp.reduce(case.values, axis=2).max(axis=1)
    gap = (outer - inner)[:, None]
    limit = float(bound(np.int64(case.k), np.int64(case.d)))
    scale = np.full_like(gap, 8.0)  # of the numbers that were subtracted
    least = np.where(case.worst, limit, 0.0)
    upper = at_most(gap, np.full_like(gap, limit), ulps=case.d + 8, scale=scale)
    return upper, at_least(gap, least, ulps=case.d + 8, scale=scale)


@formula(MARGIN, over=SPREADS, source=READ_OUT, standing="derived", dossier="section 3, retrieval")
def margin_that_is_needed(margin: Any, case: Spread) -> Slack:
    r"""To keep the error of a read-out within a share $\varepsilon$ of the diameter at size $N$ the
    margin must be $\ln((N-1)(1-\varepsilon)/\varepsilon)$: a fixed margin fails as $N$ grows.
    """
    needed = np.asarray(margin(np.int64(case.n), case.share))
    rest = (case.n - 1) * np.exp(-needed)
    # exp carries the error of its argument, at most 20, and 1 - eps that of its subtraction
    return equal(rest / (1 + rest), case.share, ulps=64 + 8 * np.abs(needed))


@formula(RETRIEVAL_ERROR, over=SPREADS, source=READ_OUT, standing="derived",
         dossier="section 3, retrieval",
         tight=(spread_case(n=4), spread_case(n=64, spread=5.0)))  # fmt: skip
def retrieval_error_bound(bound: Any, case: Spread) -> tuple[Slack, Slack]:
    r"""If the logit of the right value exceeds all others by $D$, the read-out is off by at most
    $(N-1)e^{-D}/(1 + (N-1)e^{-D})$ diameters of the values.
    """
    drawn = _random.uniforms(case.seeds, 2 * case.n, stream=10)
    diameter = 1 + 9 * case.share
    values = np.where(case.worst, 1.0, drawn[:, : case.n]) * diameter
    logits = -case.spread - np.where(case.worst, 0.0, 5 * drawn[:, case.n :])
    values[:, 0], logits[:, 0] = 0.0, 0.0
    error = (_softmax(logits) * values).sum(axis=1, keepdims=True)
    limit = np.asarray(bound(np.int64(case.n), case.spread, diameter))
    ulps = 4 * case.n + 60
    return at_most(error, limit, ulps=ulps), _attained(error, limit, case.worst, ulps)


@law(RETRIEVAL, over=READ_OUTS, source=READ_OUT, standing="derived",
     dossier="section 3, retrieval",
     tight=({"n": 16, "margin": 3.0, "seed": 0}, {"n": 2, "margin": 1.0, "seed": 0}))  # fmt: skip
def retrieval_within_the_margin(
    retrieve: Callable[[Array, Array, Array, float], Array], case: ReadOut
) -> tuple[Slack, Slack]:
    r"""Attention with one-hot keys and margin $D$ reads every value up to
    $(N-1)e^{-D}/(1 + (N-1)e^{-D})$ diameters, and a value that is a diameter away from all others
    with exactly that error.
    """
    n, apart = case.n, (np.arange(case.n) == 0).astype(float)
    values = np.column_stack([case.values, apart])
    error = np.abs(retrieve(np.eye(n), np.eye(n), values, case.margin) - values)
    limit, one = theory.retrieval_error(np.int64(n), case.margin), np.ones((1, 1))
    ulps = 8 * n + 60
    return (
        at_most([[error[:, 0].max()]], limit * one, ulps=ulps, scale=one),
        equal([[error[0, 1]]], limit * one, ulps=ulps, scale=one),
    )
