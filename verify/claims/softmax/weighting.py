"""SM11 and NU5 for any map to the simplex: what every weighting does, whatever its formula."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from corollary.verify.claim import law
from corollary.verify.implementation import Fault
from corollary.verify.precision import Array
from corollary.verify.roles.softmax import (
    HOPELESS_ROWS,
    PLAIN_HEADS,
    WEIGHTING,
    Heads,
    HopelessRows,
    case,
)
from corollary.verify.slack import Slack, at_least, between, equal

Weighting = Callable[..., Array]


def rounding(heads: Heads) -> Array:
    """Return the tolerance of one weight in units of roundoff at 1.

    A weighting that does not stretch differences passes on the rounding of the shifted logits; a
    sum over the row adds one unit per item.
    """
    return 64 + 4 * heads.n + 4 * heads.spread


@law(WEIGHTING, over=PLAIN_HEADS, standing="derived", dossier="SM11")
def weights_on_the_simplex(weighting: Weighting, heads: Heads) -> tuple[Slack, Slack]:
    r"""Weights are between 0 and 1 and add up to one."""
    weights = weighting(heads.logits)
    return (
        equal(weights.sum(axis=-1, keepdims=True), 1.0, ulps=rounding(heads)),
        between(np.zeros_like(weights), weights, np.ones_like(weights), ulps=2, scale=1.0),
    )


@law(WEIGHTING, over=PLAIN_HEADS, standing="derived", dossier="SM11")
def weights_follow_a_permutation(weighting: Weighting, heads: Heads) -> tuple[Slack, Slack]:
    r"""Permuting the logits permutes the weights alike."""
    weights = weighting(heads.logits)
    backward = weighting(heads.logits[:, ::-1].copy())
    rolled = weighting(np.roll(heads.logits, 1, axis=-1))
    ulps = 2 * rounding(heads)
    return (
        equal(backward, weights[:, ::-1], ulps=ulps, scale=1.0),
        equal(rolled, np.roll(weights, 1, axis=-1), ulps=ulps, scale=1.0),
    )


@law(WEIGHTING, over=PLAIN_HEADS, standing="derived", dossier="SM11",
     tight=(case(n=4, pattern="top_4", shifts=1),))  # fmt: skip
def weights_follow_the_order(weighting: Weighting, heads: Heads) -> Slack:
    r"""A larger logit never has a smaller weight."""
    order = np.argsort(heads.logits, axis=-1)
    weights = np.take_along_axis(weighting(heads.logits), order, axis=-1)
    below, above = (weights[:, :-1], weights[:, 1:]) if heads.n > 1 else (weights, weights)
    return at_least(above, below, ulps=rounding(heads), scale=1.0)


@law(WEIGHTING, over=PLAIN_HEADS, standing="derived", dossier="SM11")
def weights_ignore_an_offset(weighting: Weighting, heads: Heads) -> Slack:
    r"""Adding one number to all logits changes no weight."""
    moved = weighting(heads.logits + heads.other)
    return equal(moved, weighting(heads.logits), ulps=2 * rounding(heads), scale=1.0)


@law(WEIGHTING, over=HOPELESS_ROWS, standing="derived", dossier="NU5")
def no_weights_are_not_a_number(weighting: Weighting, rows: HopelessRows) -> Slack:
    r"""A row that has no weights, with all items masked or an infinite logit, is refused or given
    numbers between 0 and 1: never NaN in silence.
    """
    try:
        weights = weighting(rows.logits)
    except Fault as fault:
        if fault.kind != "outside the domain":
            raise
        weights = np.zeros_like(rows.logits)
    return between(np.zeros_like(weights), weights, np.ones_like(weights), ulps=2, scale=1.0)
