"""Laws of log-softmax: odds, mass, masks, range, and accuracy where one item outweighs the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from corollary.theory import softmax as theory
from corollary.verify.claim import Source, law
from corollary.verify.domain import Integers, Reals
from corollary.verify.precision import Array
from corollary.verify.roles.softmax import (
    HEADS,
    LOG_SOFTMAX,
    MASKED_HEADS,
    SHARP,
    SHIFTED_HEADS,
    Heads,
    case,
)
from corollary.verify.slack import Slack, between, equal

LogSoftmax = Callable[..., Array]
LEMMA_2_1 = Source(SHARP, "Lemma 2.1")
SOME_MASKED = MASKED_HEADS.narrowed(masked=Integers(0, 20))
SHIFTED = SHIFTED_HEADS.narrowed(masked=Integers(0, 20))
ANY_HEADS = replace(HEADS.narrowed(temperature=Reals(1.0, 1.0)), constraints={})
FAR_APART = HEADS.narrowed(spread=Reals(0.0, 3000.0, (0.0, 1.0, 10.0)))


def rounding(heads: Heads) -> Array:
    """Return the tolerance of one log-coefficient in units of roundoff at 1.

    The shifted logit and its division by the temperature, a rounding each; the logarithm of the
    sum, as uncertain as the sum is relatively; and their difference.
    """
    return 4 * heads.scaled_spread + theory.softmax_error_ulps(heads.n, heads.scaled_spread) + 4


@law(LOG_SOFTMAX, over=SOME_MASKED, standing="derived", dossier="SM11")
def log_odds(log_softmax: LogSoftmax, heads: Heads) -> Slack:
    r"""Log-coefficients differ by what the logits do, divided by the temperature, however small
    the coefficients; a masked item has $-\infty$.
    """
    found = log_softmax(heads.logits, heads.temperature)
    shifted = (heads.logits - heads.logits.max(axis=-1, keepdims=True)) / heads.temperature
    return equal(found - found.max(axis=-1, keepdims=True), shifted, ulps=rounding(heads),
                 scale=1.0)  # fmt: skip


@law(LOG_SOFTMAX, over=SOME_MASKED, standing="derived", dossier="SM11")
def log_mass(log_softmax: LogSoftmax, heads: Heads) -> Slack:
    r"""The exponentials of the log-coefficients add up to one."""
    mass = np.exp(log_softmax(heads.logits, heads.temperature)).sum(axis=-1, keepdims=True)
    return equal(mass, 1.0, ulps=rounding(heads) + 2 * heads.n)


@law(LOG_SOFTMAX, over=SHIFTED, standing="derived", dossier="SM11")
def log_shift_invariance(log_softmax: LogSoftmax, heads: Heads) -> Slack:
    r"""Adding one number to all logits changes no log-coefficient."""
    moved = log_softmax(heads.logits + heads.other)
    return equal(moved, log_softmax(heads.logits), ulps=2 * rounding(heads), scale=1.0)


@law(LOG_SOFTMAX, over=FAR_APART, source=LEMMA_2_1, standing="sharpened", dossier="SM1",
     tight=(case(n=8, spread=3.0), case(n=8, pattern="top_7", spread=3.0)))  # fmt: skip
def log_coefficient_bounds(log_softmax: LogSoftmax, heads: Heads) -> Slack:
    r"""Log-coefficients of $n$ logits with scaled spread $t$ lie in
    $[-\ln(1+(n-1)e^{t}), -\ln(1+(n-1)e^{-t})]$, also where the coefficients have underflowed.
    """
    t = heads.scaled_spread
    others = np.log(heads.n - 1) if heads.n > 1 else -np.inf
    lower, upper = -np.logaddexp(0, others + t), -np.logaddexp(0, others - t)
    found = log_softmax(heads.logits, heads.temperature)
    return between(lower, found, upper, ulps=rounding(heads), scale=np.ones_like(lower))


@law(LOG_SOFTMAX, over=ANY_HEADS, standing="derived", dossier="NU1")
def log_of_a_dominant_item(log_softmax: LogSoftmax, heads: Heads) -> Slack:
    r"""The log-coefficient of the largest logit is $-\ln(1 + \sum_{j \ne i} e^{e_j - e_i})$ to full
    relative accuracy, however close to 0 it is.
    """
    first = np.arange(heads.n) == heads.logits.argmax(axis=-1)[:, None]
    shifted = heads.logits - heads.logits.max(axis=-1, keepdims=True)
    others = np.sum(np.where(first, 0.0, np.exp(shifted)), axis=-1, keepdims=True)
    largest = log_softmax(heads.logits).max(axis=-1, keepdims=True)
    return equal(largest, -np.log1p(others), ulps=2 * heads.rounding + 8)
