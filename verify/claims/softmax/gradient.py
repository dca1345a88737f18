"""SM10 as a backward pass: what a gradient through softmax is, adds up to, and cannot exceed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from corollary.theory import softmax as theory
from corollary.verify.claim import law
from corollary.verify.domain import Integers
from corollary.verify.precision import Array
from corollary.verify.roles.softmax import BACKWARD, SOFTMAX_GRADIENT, Backward, plain
from corollary.verify.slack import Slack, at_most, bitwise, equal

Gradient = Callable[[Array, Array], Array]
UNMASKED = replace(BACKWARD.narrowed(masked=Integers(0, 0)), constraints={})


def _rounding(case: Backward) -> Array:
    """Return the tolerance of p (g - p.g), in units of roundoff at p (|g| + p.|g|).

    Each coefficient is off relatively, once outside and once inside the mean; the mean adds n
    roundings, the difference and the product two.
    """
    return 2 * case.heads.rounding + case.heads.n + 2


def _size(weights: Array, gradient: Array) -> Array:
    """Return p (|g| + p.|g|)."""
    sizes = np.abs(gradient)
    size: Array = weights * (sizes + np.sum(weights * sizes, axis=-1, keepdims=True))
    return size


def _total(values: Array) -> Array:
    total: Array = values.sum(axis=-1, keepdims=True)
    return total


@law(SOFTMAX_GRADIENT, over=BACKWARD, standing="derived", dossier="SM10")
def gradient_formula(gradient: Gradient, case: Backward) -> Slack:
    r"""The gradient with respect to the logits is $p \circ (g - p \cdot g)$."""
    p, g = plain.softmax(case.heads.logits), case.one
    return equal(gradient(case.heads.logits, g), p * (g - _total(p * g)),
                 ulps=2 * _rounding(case), scale=_size(p, g))  # fmt: skip


@law(SOFTMAX_GRADIENT, over=BACKWARD, standing="derived", dossier="SM10")
def gradient_of_masked_items(gradient: Gradient, case: Backward) -> Slack:
    r"""A masked item has gradient 0, exactly."""
    found = gradient(case.heads.logits, case.one)
    return bitwise(np.where(np.isinf(case.heads.logits), found, 0.0), 0.0)


@law(SOFTMAX_GRADIENT, over=BACKWARD, standing="derived", dossier="SM10")
def gradient_sums_to_zero(gradient: Gradient, case: Backward) -> Slack:
    r"""The gradient adds up to 0, since adding one number to all logits changes nothing."""
    p = plain.softmax(case.heads.logits)
    found = gradient(case.heads.logits, case.one)
    return equal(_total(found), 0.0, ulps=_rounding(case) + case.heads.n,
                 scale=_total(_size(p, case.one)))  # fmt: skip


@law(SOFTMAX_GRADIENT, over=BACKWARD, standing="derived", dossier="SM10")
def gradient_symmetry(gradient: Gradient, case: Backward) -> Slack:
    r"""The Jacobian $J$ is symmetric: $h \cdot J g = g \cdot J h$."""
    logits, g, h = case.heads.logits, case.one, case.other
    p = plain.softmax(logits)
    size = _total(np.abs(h) * _size(p, g) + np.abs(g) * _size(p, h))
    return equal(_total(h * gradient(logits, g)), _total(g * gradient(logits, h)),
                 ulps=_rounding(case) + case.heads.n, scale=size)  # fmt: skip


@law(SOFTMAX_GRADIENT, over=UNMASKED, standing="derived", dossier="SM10")
def gradient_norm(gradient: Gradient, case: Backward) -> Slack:
    r"""A gradient is no longer than $\min(\frac{1}{2}, 1/(1+(n-1)e^{-t}))$ times the one that
    arrives: gradients disperse like the coefficients do.
    """
    heads, g = case.heads, case.one
    arrived = np.linalg.norm(g, axis=-1, keepdims=True)
    bound = theory.jacobian_norm_bound(heads.n, heads.spread) * arrived
    size = _total(_size(plain.softmax(heads.logits), g))
    found = np.linalg.norm(gradient(heads.logits, g), axis=-1, keepdims=True)
    return at_most(found, bound, ulps=_rounding(case) + heads.n, scale=np.maximum(size, bound))
