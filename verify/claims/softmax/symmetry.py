"""SM11: what every softmax does, whatever its logits: shift, permutation, order, sum, masks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from corollary.theory.softmax import softmax_error_ulps
from corollary.verify.claim import law
from corollary.verify.precision import Array
from corollary.verify.roles.softmax import (
    MASKED_HEADS,
    SHIFTED_HEADS,
    SINGLE_ITEM,
    SOFTMAX,
    Heads,
    case,
)
from corollary.verify.slack import Slack, at_least, between, bitwise, equal

Softmax = Callable[..., Array]


@law(SOFTMAX, over=MASKED_HEADS, standing="derived", dossier="SM11")
def sums_to_one(softmax: Softmax, heads: Heads) -> tuple[Slack, Slack]:
    r"""The coefficients are non-negative and add up to one."""
    weights = softmax(heads.logits, heads.temperature)
    return (
        equal(weights.sum(axis=-1, keepdims=True), 1.0, ulps=2 * heads.n + 4),
        between(0.0, weights, 1.0, ulps=2, scale=1.0),
    )


@law(SOFTMAX, over=SHIFTED_HEADS, standing="derived", dossier="SM11")
def shift_invariance(softmax: Softmax, heads: Heads) -> Slack:
    r"""Adding one number to all logits changes no coefficient."""
    moved = softmax(heads.logits + heads.other)
    return equal(moved, softmax(heads.logits), ulps=2 * softmax_error_ulps(heads.n, heads.spread))


@law(SOFTMAX, over=MASKED_HEADS, standing="derived", dossier="SM11")
def permutation_equivariance(softmax: Softmax, heads: Heads) -> tuple[Slack, Slack]:
    r"""Permuting the logits permutes the coefficients alike."""
    weights = softmax(heads.logits, heads.temperature)
    backward = softmax(heads.logits[:, ::-1].copy(), heads.temperature)
    rolled = softmax(np.roll(heads.logits, 1, axis=-1), heads.temperature)
    return (
        equal(backward, weights[:, ::-1], ulps=2 * heads.rounding),
        equal(rolled, np.roll(weights, 1, axis=-1), ulps=2 * heads.rounding),
    )


@law(SOFTMAX, over=MASKED_HEADS, standing="derived", dossier="SM11",
     tight=(case(n=4, pattern="top_4", spread=1.0),))  # fmt: skip
def order_preservation(softmax: Softmax, heads: Heads) -> Slack:
    r"""A larger logit never has a smaller coefficient."""
    order = np.argsort(heads.logits, axis=-1)
    weights = np.take_along_axis(softmax(heads.logits, heads.temperature), order, axis=-1)
    if heads.n == 1:
        return at_least(weights, weights, ulps=4)
    return at_least(weights[:, 1:], weights[:, :-1], ulps=4)


@law(SOFTMAX, over=MASKED_HEADS, standing="derived", dossier="SM11")
def odds(softmax: Softmax, heads: Heads) -> Slack:
    r"""The ratio of a coefficient to the largest one is $e^{(e_i - \max e)/\theta}$."""
    weights = softmax(heads.logits, heads.temperature)
    shifted = (heads.logits - heads.logits.max(axis=-1, keepdims=True)) / heads.temperature
    largest = weights.max(axis=-1, keepdims=True)
    return equal(weights, largest * np.exp(shifted), ulps=2 * heads.rounding)


@law(SOFTMAX, over=MASKED_HEADS, standing="derived", dossier="SM11")
def masked_items(softmax: Softmax, heads: Heads) -> tuple[Slack, Slack]:
    r"""A masked item has coefficient exactly zero, and the others are as if it were not there."""
    weights = softmax(heads.logits, heads.temperature)
    alone = softmax(heads.kept_logits.copy(), heads.temperature)
    padded = np.zeros_like(weights)
    padded[:, : heads.kept] = alone
    masked = np.where(np.isinf(heads.logits), weights, 0.0)
    return (
        equal(weights, padded, ulps=2 * heads.rounding),
        bitwise(masked, 0.0),
    )


@law(SOFTMAX, over=SINGLE_ITEM, standing="derived", dossier="SM11")
def single_item(softmax: Softmax, heads: Heads) -> Slack:
    r"""One item alone has coefficient exactly one."""
    return bitwise(softmax(heads.logits, heads.temperature), 1.0)
