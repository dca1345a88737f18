"""Estimators from two sequences: known rates, names of symbols, tests and intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import chdtrc

from corollary.verify.claim import Source, law
from corollary.verify.roles.directed_information import (
    DIRECTED_INFORMATION_INTERVAL,
    DIRECTED_INFORMATION_RATE,
    DIRECTED_INFORMATION_TEST,
    SEQUENCES,
    UNIVERSAL,
    Codes,
    Sequences,
    drawn,
)
from corollary.verify.search.certified import Measurement
from corollary.verify.slack import Slack, between, equal

Rate = Callable[[Codes, Codes], float]
Test = Callable[[Codes, Codes], Any]
DEVIATIONS = 6.0  # standard deviations: one case in 10^9 lies outside


def allowance(sequences: Sequences) -> float:
    """Return how far a good estimate of a rate with memory one may be off, in bits per symbol.

    A predictor that learns a law over k symbols in each of s contexts loses s ((k-1)/2 log2 N + 2)
    bits and a few for finding its contexts: four contexts of pairs, two of either sequence. The
    sequence's own information is a mean of N terms of known standard deviation.
    """
    count = len(sequences.x)
    half = math.log2(count) / 2
    redundancy = 4 * (3 * half + 2) + 10 + 2 * (2 * (half + 2) + 6)
    return redundancy / count + DEVIATIONS * sequences.spread / math.sqrt(count)


@law(DIRECTED_INFORMATION_RATE, over=SEQUENCES, source=Source(UNIVERSAL), standing="derived",
     dossier="6.7")  # fmt: skip
def rates_of_known_processes(rate: Rate, sequences: Sequences) -> Slack:
    r"""On $N$ symbols of a process with memory one an estimate of its directed information rate is
    within the redundancy of its predictors, $O(\log N / N)$, and six standard deviations,
    $O(N^{-1/2})$, of the truth. Unequal frequencies tell the predictive laws of both apart.
    """
    room, value = allowance(sequences), rate(sequences.x, sequences.y)
    return between(sequences.rate - room, value, sequences.rate + room, ulps=16, scale=1.0)


@law(DIRECTED_INFORMATION_RATE, over=SEQUENCES, standing="derived", dossier="6.7")
def names_of_symbols_do_not_matter(rate: Rate, sequences: Sequences) -> list[Slack]:
    r"""Exchanging the two symbols of either sequence changes no estimate."""
    x, y = sequences.x, sequences.y
    value = rate(x, y)
    ulps = 64 * len(x)
    return [equal(rate(1 - x, y), value, ulps=ulps, scale=1.0),
            equal(rate(x, 1 - y), value, ulps=ulps, scale=1.0)]  # fmt: skip


def _counted(x: Codes, y: Codes) -> tuple[float, int]:
    """Return 2 N ln 2 I(X_{i-1}; Y_i | Y_{i-1}) of the counts, and its degrees of freedom."""
    counts = np.zeros((2, 2, 2))
    np.add.at(counts, (y[:-1], x[:-1], y[1:]), 1.0)
    statistic, degrees = 0.0, 0
    for layer in counts:
        rows, columns = layer.sum(axis=1, keepdims=True), layer.sum(axis=0, keepdims=True)
        expected = rows * columns / max(layer.sum(), 1.0)
        seen = layer > 0
        statistic += 2 * float(np.sum(layer[seen] * np.log(layer[seen] / expected[seen])))
        degrees += max(int((rows > 0).sum()) - 1, 0) * max(int((columns > 0).sum()) - 1, 0)
    return statistic, degrees


@law(DIRECTED_INFORMATION_TEST, over=SEQUENCES, standing="derived", dossier="6.7")
def chi_square_test(test: Test, sequences: Sequences) -> Slack:
    r"""The p-value of no directed information at memory one is the tail at $2 N I$ nats of the
    chi-square law with $(k_X-1)(k_Y-1)$ degrees of freedom per context that occurs.
    """
    statistic, degrees = _counted(sequences.x, sequences.y)
    expected = float(chdtrc(degrees, max(statistic, 0.0))) if degrees else 1.0
    # The statistic cancels from terms of size N, and the tail changes by at most its own size.
    roundings = 64 * len(sequences.x) * 8.0
    found = float(test(sequences.x, sequences.y).p_value)
    return equal(found, expected, ulps=roundings, scale=1.0)


@chi_square_test.statistical(scope="size at 5 %: 1000 pairs of independent sequences, N = 400")
def size_of_the_test(test: Test, seed: int) -> Measurement:
    pairs = (drawn("independent", 400, 0.5, 0.3, 10_000 * seed + k) for k in range(1000))
    rejected = sum(test(pair.x, pair.y).p_value < 0.05 for pair in pairs)
    return Measurement(0.05, rejected / 1000, math.sqrt(0.05 * 0.95 / 1000), 1000)


@law(DIRECTED_INFORMATION_TEST, over=SEQUENCES, standing="derived", dossier="6.7")
def bootstrap_interval(test: Test, sequences: Sequences) -> list[Slack]:
    r"""The p-value and the interval come from the same counts: the interval encloses the estimate,
    and where the p-value is below $10^{-9}$ and there are $N \ge 1500$ symbols, its lower end is
    above the bias that chance alone leaves.
    """
    found = test(sequences.x, sequences.y)
    low, high = found.interval(resamples=100, seed=0)
    statistic, degrees = _counted(sequences.x, sequences.y)
    sure = float(chdtrc(degrees, max(statistic, 0.0))) < 1e-9 if degrees else False
    agrees = (found.p_value < 1e-9) == sure
    return [
        between(low, found.value, high, ulps=64, scale=1.0),
        equal(float(agrees), 1.0, ulps=1),
    ]


def _covered(intervals: list[tuple[float, float]], truth: float) -> Measurement:
    inside = sum(low <= truth <= high for low, high in intervals) / len(intervals)
    return Measurement(0.95, inside, math.sqrt(0.95 * 0.05 / len(intervals)), len(intervals))


@bootstrap_interval.statistical(
    scope="coverage of the 95 % interval of counts: 200 pairs, N = 4000, rate 0.358"
)
def coverage_of_counts(test: Test, seed: int) -> Measurement:
    intervals = []
    for k in range(200):
        pair = drawn("late copy", 4000, 0.2, 0.1, 20_000 * (seed + 1) + k)
        intervals.append(test(pair.x, pair.y).interval(resamples=200, seed=k))
    return _covered(intervals, pair.rate)


@law(DIRECTED_INFORMATION_INTERVAL, over=SEQUENCES, standing="refuted conjecture", dossier="6.7")
def context_trees_cover_like_counts(estimate: Test, sequences: Sequences) -> Slack:
    r"""The 95 % interval around a context tree's estimate covers the truth in 95 % of all cases. It
    encloses the estimate, but that is biased: learning the laws costs $O(\log N)$ bits, so at
    $N = 1000$ the interval covers 84 % and at $N = 4000$ about 90 %.
    """
    found = estimate(sequences.x, sequences.y)
    low, high = found.interval(resamples=100, seed=0)
    return between(low, found.forward, high, ulps=64, scale=1.0)


@context_trees_cover_like_counts.statistical(
    scope="coverage of the context tree's 95 % interval: 200 pairs, N = 1000, rate 0.358"
)
def coverage_of_context_trees(estimate: Test, seed: int) -> Measurement:
    intervals = []
    for k in range(200):
        pair = drawn("late copy", 1000, 0.2, 0.1, 30_000 * (seed + 1) + k)
        intervals.append(estimate(pair.x, pair.y).interval(resamples=200, seed=k))
    return _covered(intervals, pair.rate)
