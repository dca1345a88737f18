"""AT5 and NU2: entropy and its kin from one pass over a row, in any order and in any parts."""

from __future__ import annotations

from collections.abc import Callable
from math import fsum

import numpy as np

from corollary.theory import softmax as theory
from corollary.verify.claim import law
from corollary.verify.precision import Array
from corollary.verify.roles.softmax import ROW_STATISTICS, STREAMS, Statistics, Streams, plain
from corollary.verify.slack import Slack, bitwise, equal

RowStatistics = Callable[..., Statistics]


def _normaliser_rounding(streams: Streams) -> Array:
    """Return the tolerance of one streamed sum: the running maximum may grow at every item."""
    return theory.streaming_error_ulps(streams.n, streams.spread, streams.updates)


def _compare(
    one: Statistics, other: dict[str, Array] | Statistics, streams: Streams, times: int
) -> tuple[Slack, ...]:
    r"""Return that two sets of statistics agree.

    A relative error r_i of each exponential moves the entropy by sum p_i r_i (1 + |s_i - mean|),
    where s is the shifted logit, whose mean size is at most L = ln n and whose mean square at most
    (1 + L)^2; the variance moves by at most the squared spread, or (3 + L)^2 if that is less, times
    the same.
    """

    def expected(name: str) -> Array:
        return other[name] if isinstance(other, dict) else getattr(other, name)

    size = 1 + np.log(streams.n)
    sums = times * (_normaliser_rounding(streams) + 4)
    moments = sums * (2 * size) + 4 * size**2
    reach = np.minimum(streams.spread, 3 + size)
    magnitude = 1 + np.abs(expected("maximum"))
    return (
        bitwise(one.maximum, expected("maximum")),
        equal(one.log_normaliser, expected("log_normaliser"), ulps=sums + 4, scale=magnitude),
        equal(one.entropy, expected("entropy"), ulps=moments, scale=1.0),
        equal(one.variance, expected("variance"), ulps=2 * moments, scale=reach**2),
        equal(one.squared_norm, expected("squared_norm"), ulps=4 * sums),
    )


@law(ROW_STATISTICS, over=STREAMS, standing="derived", dossier="AT5")
def statistics_equal_two_passes(
    row_statistics: RowStatistics, streams: Streams
) -> tuple[Slack, ...]:
    r"""One pass gives what two passes give: $\max e$, $\ln\sum_j e^{e_j}$, the entropy
    $-\sum p \ln p$, the variance $\sum p\,(e - \bar e)^2$ and $\sum p^2$.
    """
    logits = streams.logits
    top = logits.max(axis=-1, keepdims=True)
    exponentials = plain.exponentials(logits)
    total = exponentials.sum(axis=-1, keepdims=True)
    p, shifted = exponentials / total, logits - top
    mean = np.sum(p * shifted, axis=-1, keepdims=True)
    expected = {
        "maximum": top,
        "log_normaliser": top + np.log(total),
        "entropy": np.log(total) - mean,
        "variance": np.sum(p * (shifted - mean) ** 2, axis=-1, keepdims=True),
        "squared_norm": np.sum(p * p, axis=-1, keepdims=True),
    }
    return _compare(row_statistics(logits), expected, streams, times=2)


@law(ROW_STATISTICS, over=STREAMS, standing="derived", dossier="AT5")
def merging_adds_up(row_statistics: RowStatistics, streams: Streams) -> tuple[Slack, ...]:
    r"""Statistics of the parts of a row merge into those of the row, in any order and any
    grouping, and a part without items changes nothing.
    """
    whole = row_statistics(streams.logits)

    def part(first: int, last: int) -> Statistics:
        columns = streams.logits[:, first:last]
        return row_statistics(columns.copy()) if first < last else whole.empty()

    one, two = streams.cuts
    a, b, c = part(0, one), part(one, two), part(two, streams.n)
    return (
        *_compare(a.merge(b).merge(c), whole, streams, times=2),
        *_compare(a.merge(b.merge(c)), whole, streams, times=2),
        *_compare(c.merge(b).merge(a), whole, streams, times=2),
        *_compare(whole.empty().merge(whole), whole, streams, times=0),
    )


@law(ROW_STATISTICS, over=STREAMS, standing="derived", dossier="NU2")
def streamed_normaliser(row_statistics: RowStatistics, streams: Streams) -> Slack:
    r"""The streamed normaliser $\sum_j e^{e_j - \max e}$ has a relative error of at most
    $n - 1 + 3r + 2 + \min(t, \ln n)$ units of roundoff, $r$ the growths of the running maximum.
    """
    below = streams.logits - streams.logits.max(axis=-1, keepdims=True)
    found = row_statistics(below)
    expected = [[fsum(row)] for row in np.exp(below).tolist()]
    # exp, ln, and exp once more to undo it, two units each; and a rounding of the logarithm.
    reading = 6 + np.log(streams.n)
    value = np.exp(found.log_normaliser)
    return equal(value, expected, ulps=_normaliser_rounding(streams) + reading)
