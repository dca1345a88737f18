"""The role `adaptive_temperature_softmax`, with the mistakes found in public code among others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.theory import softmax as theory
from corollary.verify.domain import SEED, Choice, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Preset, Role
from corollary.verify.roles.softmax._heads import (
    HEADS,
    MASKED_HEADS,
    PATTERNS,
    SHIFTED_HEADS,
    Heads,
    case,
    pattern_levels,
)
from corollary.verify.roles.softmax._plain import entropy, softmax

PUBLISHED = theory.ADAPTIVE_COEFFICIENTS
CONSTANT_ONE = (1.0,)


@dataclass(frozen=True)
class Adaptive:
    """An adaptive softmax as laws call it: logits in, weights out."""

    implementation: Implementation

    def __call__(self, logits: Array) -> Array:
        return self._with(logits, PUBLISHED)

    @property
    def can_be_switched_off(self) -> bool:
        """Whether the function takes the polynomial's coefficients."""
        return self.implementation.takes("coefficients")

    def switched_off(self, logits: Array) -> Array:
        """Return what the function gives with the polynomial 1, or else the plain softmax."""
        return self._with(logits, CONSTANT_ONE) if self.can_be_switched_off else softmax(logits)

    def _with(self, logits: Array, coefficients: Sequence[float]) -> Array:
        return self.implementation.arrays(logits, coefficients=coefficients)


def sharpness(weights: Any, coefficients: Sequence[float] = PUBLISHED) -> Any:
    """Return the inverse temperature of the published rule, without its inert threshold."""
    return np.maximum(np.polyval(coefficients, entropy(weights)), 1.0)


Rule = Callable[[Any, Any, Sequence[float]], Any]


def _by_rule(rule: Rule) -> Callable[..., Any]:
    """Return the adaptive softmax whose logits are multiplied by ``rule(logits, weights, c)``."""

    def adaptive(logits: Any, coefficients: Sequence[float] = PUBLISHED) -> Any:
        factor = rule(logits, softmax(logits), coefficients)
        shifted = logits - logits.max(axis=-1, keepdims=True)
        masked = np.isinf(shifted)
        return softmax(np.where(masked, -np.inf, factor * np.where(masked, 0.0, shifted)))

    return adaptive


def _as_temperature(logits: Any, weights: Any, coefficients: Sequence[float]) -> Any:
    polynomial = np.polyval(coefficients, entropy(weights))
    return np.where(entropy(weights) > 0.5, 1 / np.clip(polynomial, 1e-3, 1.0), 1.0)


def _only_above(threshold: float) -> Rule:
    def rule(logits: Any, weights: Any, coefficients: Sequence[float]) -> Any:
        return np.where(entropy(weights) > threshold, sharpness(weights, coefficients), 1.0)

    return rule


def _with_epsilon(logits: Any, weights: Any, coefficients: Sequence[float]) -> Any:
    biased = -np.sum(weights * np.log(weights + 1e-9), axis=-1, keepdims=True)
    return np.maximum(np.polyval(coefficients, biased), 1.0)


def _kept_below(limit: float) -> Callable[..., Any]:
    def adaptive(logits: Any, coefficients: Sequence[float] = PUBLISHED) -> Any:
        clamped = np.where(np.isinf(logits), logits, np.clip(logits, -limit, limit))
        return _by_rule(lambda x, p, c: sharpness(p, c))(clamped, coefficients)

    return adaptive


def _in_float32(logits: Any, coefficients: Sequence[float] = PUBLISHED) -> Any:
    return _by_rule(lambda x, p, c: sharpness(p.astype(np.float32), c))(logits, coefficients)


MUTANTS: dict[str, Callable[..., Any]] = {
    "coefficients in reverse order": _by_rule(lambda x, p, c: sharpness(p, c[::-1])),
    "polynomial used as temperature": _by_rule(_as_temperature),
    "logits clamped to 50": _kept_below(50.0),
    "entropy in bits": _by_rule(
        lambda x, p, c: np.maximum(np.polyval(c, entropy(p) / np.log(2)), 1.0)
    ),
    "polynomial not kept above 1": _by_rule(lambda x, p, c: np.polyval(c, entropy(p))),
    "threshold of 1 nat": _by_rule(_only_above(1.0)),
    "epsilon in the logarithm": _by_rule(_with_epsilon),
    "sharpness capped at 2": _by_rule(lambda x, p, c: np.minimum(sharpness(p, c), 2.0)),
    "entropy of the whole batch": _by_rule(
        lambda x, p, c: np.maximum(np.polyval(c, entropy(p).mean()), 1.0)
    ),
    "a digit of a coefficient wrong": _by_rule(
        lambda x, p, c: sharpness(p, (*c[:-3], -2.2, *c[-2:]) if len(c) == 5 else c)
    ),
    "entropy in float32": _in_float32,
    "sharpness rounded to three digits": _by_rule(lambda x, p, c: np.round(sharpness(p, c), 3)),
}
TRIVIAL: dict[str, Callable[..., Any]] = {
    "zero": lambda x, coefficients: np.zeros_like(x),
    "uniform": lambda x, coefficients: np.full_like(x, 1 / x.shape[-1]),
    "hardmax": lambda x, coefficients: np.eye(x.shape[-1])[x.argmax(axis=-1)],
}

_WARM = {
    "temperature": Reals(1.0, 1.0),
    "spread": Reals(0.0, 12.0, (0.0, 2.0)),
}
WARM_HEADS = HEADS.narrowed(**_WARM)
WARM_MASKED_HEADS = MASKED_HEADS.narrowed(**_WARM, masked=Integers(0, 20))
WARM_SHIFTED_HEADS = SHIFTED_HEADS.narrowed(**_WARM, masked=Integers(0, 20))

ADAPTIVE = Role(
    name="adaptive_temperature_softmax",
    family="softmax",
    signature="adaptive_temperature_softmax(logits (..., n) float) -> weights (..., n) float",
    default="corollary.algorithms.softmax:adaptive_temperature_softmax",
    adapt=Adaptive,
    mutants=MUTANTS,
    trivial=TRIVIAL,
    typical=(HEADS, case(n=64, pattern="uniform", spread=3.0, seed=np.arange(256))),
    presets={
        "corollary.algorithms.softmax:adaptive_temperature_softmax": Preset(
            {"coefficients": "@coefficients"}
        ),
    },
)


def _build_long(parameters: Parameters, precision: Precision) -> Heads:
    """Return heads long enough for the rule to be off, or as much shorter as `factor` says."""
    widest = float(parameters["t"])
    length = float(theory.adaptive_off_switch_length(widest)) * float(parameters["factor"])
    n = int(np.ceil(length))
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    spread = (widest * np.asarray(parameters["share"], dtype=np.float64))[:, None]
    pattern = str(parameters["pattern"])
    if pattern == "least entropy":
        pattern = f"top_{int(theory.least_entropy_count(n, widest))}"
    logits = precision.round(spread * (pattern_levels(pattern, n, seed, spread) - 0.5))
    stored = logits.max(axis=1, keepdims=True) - logits.min(axis=1, keepdims=True)
    size = np.abs(logits).max(axis=1, keepdims=True)
    return Heads(n, logits, stored, size, 1.0, 0, 0 * spread)


LONG_HEADS = Domain(
    name="long heads",
    statement="$n \\ge \\exp(5.944521 + D(t))$ logits whose spread is at most $t$",
    shape={
        "t": Reals(0.0, 3.0, (1.0, 3.0)),
        "factor": Reals(1.0, 1.5, (1.0,)),
        "pattern": Choice(("least entropy", *PATTERNS)),
    },
    rows={"share": Reals(0.5, 1.0, (1.0,)), "seed": SEED},
    build=_build_long,
    constraints={
        "long": Constraint("$n \\ge \\exp(5.944521 + D(t))$.", "factor", Reals(0.05, 0.95)),
        "bounded": Constraint("The spread is at most $t$.", "share", Reals(1.5, 6.0)),
    },
)
