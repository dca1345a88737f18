"""The role `softmax_gradient`: the backward pass of a softmax, and ways to get it wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify import _random
from corollary.verify.domain import Domain, Parameters, Reals
from corollary.verify.implementation import Implementation
from corollary.verify.precision import PRECISIONS, Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.softmax._heads import MASKED_HEADS, TYPICAL, Heads
from corollary.verify.roles.softmax._plain import softmax


@dataclass(frozen=True)
class Backward:
    """A batch of attention heads and two gradients that arrive from behind.

    Attributes
    ----------
    heads : Heads
        At temperature 1.
    one, other : ndarray (rows, n)
        Between -1 and 1.
    """

    heads: Heads
    one: Array
    other: Array


def _build(parameters: Parameters, precision: Precision) -> Backward:
    heads = MASKED_HEADS.build(parameters, precision)
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    one, other = (
        precision.round(2 * _random.uniforms(seed, heads.n, stream) - 1) for stream in (5, 6)
    )
    return Backward(heads, one, other)


BACKWARD = Domain(
    name="heads with gradients",
    statement="$n$ logits, the masked ones $-\\infty$, and gradients $g$, $h$ with entries in "
    "$[-1, 1]$ with respect to the coefficients $p$",
    shape={**MASKED_HEADS.shape, "temperature": Reals(1.0, 1.0)},
    rows=MASKED_HEADS.rows,
    build=_build,
    constraints=MASKED_HEADS.constraints,
)


def _adapt(implementation: Implementation) -> Callable[..., Array]:
    return implementation.arrays


def _from_weights(formula: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return the backward pass that a formula of coefficients and gradient makes."""

    def gradient(logits: Any, cotangent: Any) -> Any:
        with np.errstate(all="ignore"):
            return formula(softmax(logits), cotangent)

    return gradient


def _mean(p: Any, g: Any) -> Any:
    return np.sum(p * g, axis=-1, keepdims=True)


MUTANTS: dict[str, Callable[..., Any]] = {
    name: _from_weights(formula)
    for name, formula in {
        "mean not subtracted": lambda p, g: p * g,
        "unweighted mean": lambda p, g: p * (g - g.mean(axis=-1, keepdims=True)),
        "sign": lambda p, g: p * (_mean(p, g) - g),
        "diagonal alone": lambda p, g: p * (1 - p) * g,
        "squared coefficients in the mean": lambda p, g: p * (g - _mean(p * p, g)),
        "last item not in the mean": lambda p, g: p * (g - _mean(p[..., :-1], g[..., :-1])),
        "mean over the wrong axis": lambda p, g: p * (g - np.sum(p * g, axis=0)),
        "mean in bfloat16": lambda p, g: p * (g - PRECISIONS["bfloat16"].round(_mean(p, g))),
        "float32 inside": lambda p, g: (
            lambda q, h: (q * (h - _mean(q, h))).astype(np.float64)
        )(p.astype(np.float32), g.astype(np.float32)),
        "epsilon added to the coefficients": lambda p, g: (p + 1e-9) * (g - _mean(p, g)),
        "coefficients floored": lambda p, g: np.maximum(p, 1e-12) * (g - _mean(p, g)),
        "not a number at masked items": lambda p, g: (
            p * (g - _mean(p, g)) + 0 * np.log(p)
        ),
        "0.01 % too large": lambda p, g: 1.0001 * p * (g - _mean(p, g)),
    }.items()
}  # fmt: skip

SOFTMAX_GRADIENT = Role(
    name="softmax_gradient",
    family="softmax",
    signature="softmax_gradient(logits (..., n) float, gradient (..., n) float with respect to "
    "the weights) -> gradient (..., n) float with respect to the logits",
    default="corollary.algorithms.softmax:softmax_gradient",
    adapt=_adapt,
    mutants=MUTANTS,
    trivial={
        "zero": lambda logits, cotangent: np.zeros_like(logits),
        "copy of the gradient": lambda logits, cotangent: cotangent.copy(),
    },
    typical=(BACKWARD, {**TYPICAL, "temperature": 1.0}),
)
