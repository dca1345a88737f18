"""The role `softmax`: what a softmax is called with, and ways to get it wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from corollary.verify.implementation import Implementation
from corollary.verify.precision import PRECISIONS, Array
from corollary.verify.role import Preset, Role
from corollary.verify.roles.softmax._heads import HEADS, TYPICAL


def adapt_tempered(implementation: Implementation) -> Callable[..., Array]:
    """Return the map of ``(logits, temperature)`` on float64 arrays; without one it divides."""

    def softmax(logits: Array, temperature: float = 1.0) -> Array:
        if implementation.takes("temperature"):
            return implementation.arrays(logits, temperature=temperature)
        if temperature == 1.0:
            return implementation.arrays(logits)
        return implementation.arrays(implementation.precision.round(logits / temperature))

    return softmax


def _exp_normalised(shifted: Any, axis: int = -1) -> Any:
    weights = np.exp(shifted)
    return weights / weights.sum(axis=axis, keepdims=True)


def _shifted(logits: Any, temperature: float) -> Any:
    return (logits - logits.max(axis=-1, keepdims=True)) / temperature


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` with NumPy's warnings off: wrong results are the point of a mutant."""

    def silenced(logits: Any, temperature: float = 1.0) -> Any:
        with np.errstate(all="ignore"):
            return function(logits, temperature)

    return silenced


def _accumulated_in_bfloat16(logits: Any, temperature: float) -> Any:
    weights = np.exp(_shifted(logits, temperature))
    total = np.zeros(weights.shape[:-1])
    for column in range(weights.shape[-1]):
        total = PRECISIONS["bfloat16"].round(total + weights[..., column])
    return weights / total[..., None]


def _last_item_not_summed(logits: Any, temperature: float) -> Any:
    weights = np.exp(_shifted(logits, temperature))
    return weights / (weights.sum(axis=-1, keepdims=True) - weights[..., -1:])


def _smoothed(logits: Any, temperature: float) -> Any:
    weights = _exp_normalised(_shifted(logits, temperature))
    return (1 - 1e-6) * weights + 1e-6 / weights.shape[-1]


def _small_weights_dropped(logits: Any, temperature: float) -> Any:
    weights = _exp_normalised(_shifted(logits, temperature))
    return np.where(weights < 1e-9, 0.0, weights)


def _exp_of_low_degree(logits: Any, temperature: float) -> Any:
    """exp by halving the argument 256 times less the range, then a quadratic, squared back."""
    steps = _shifted(logits, temperature) / 256
    weights = np.where(np.isinf(steps), 0.0, (1 + steps + steps * steps / 2) ** 256)
    return weights / weights.sum(axis=-1, keepdims=True)


MUTANTS: dict[str, Callable[..., Any]] = {
    name: _quiet(function)
    for name, function in {
        "wrong axis": lambda x, t: _exp_normalised((x - x.max(axis=0)) / t, axis=0),
        "no shift": lambda x, t: _exp_normalised(x / t),
        "shifted by the mean": lambda x, t: _exp_normalised(
            (x - np.where(np.isfinite(x), x, 0).mean(axis=-1, keepdims=True)) / t
        ),
        "temperature after the shift": lambda x, t: _exp_normalised(
            x / t - x.max(axis=-1, keepdims=True)
        ),
        "temperature multiplied": lambda x, t: _exp_normalised(_shifted(x, 1 / t)),
        "temperature ignored": lambda x, t: _exp_normalised(_shifted(x, 1.0)),
        "temperature 1 % off": lambda x, t: _exp_normalised(_shifted(x, 1.0001 * t)),
        "mask as 0": lambda x, t: _exp_normalised(_shifted(np.where(np.isinf(x), 0.0, x), t)),
        "mask as -1e4 before dividing": lambda x, t: _exp_normalised(
            _shifted(np.where(np.isinf(x), x.max(axis=-1, keepdims=True) - 30.0, x), t)
        ),
        "bfloat16 accumulation": _accumulated_in_bfloat16,
        "float32 inside": lambda x, t: _exp_normalised(_shifted(x.astype(np.float32), t)).astype(
            np.float64
        ),
        "epsilon in the denominator": lambda x, t: (
            lambda w: w / (w.sum(axis=-1, keepdims=True) + 1e-6)
        )(np.exp(_shifted(x, t))),
        "one too many in the denominator": lambda x, t: (
            lambda w: w / (w.sum(axis=-1, keepdims=True) + 1.0)
        )(np.exp(_shifted(x, t))),
        "last item not summed": _last_item_not_summed,
        "logits clipped": lambda x, t: _exp_normalised(
            np.where(np.isinf(x), x, np.maximum(_shifted(x, t), -20.0))
        ),
        "smoothed": _smoothed,
        "small weights dropped": _small_weights_dropped,
        "exponential of low degree": _exp_of_low_degree,
        "powers of two": lambda x, t: _exp_normalised(_shifted(x, t) * np.log(2.0)),
    }.items()
}
TRIVIAL: dict[str, Callable[..., Any]] = {
    name: _quiet(function)
    for name, function in {
        "zero": lambda x, t: np.zeros_like(x),
        "one": lambda x, t: np.ones_like(x),
        "uniform": lambda x, t: np.full_like(x, 1 / x.shape[-1]),
        "copy of the input": lambda x, t: x.copy(),
        "first item": lambda x, t: np.eye(x.shape[-1])[np.zeros(len(x), dtype=int)],
        "hardmax": lambda x, t: np.eye(x.shape[-1])[x.argmax(axis=-1)],
    }.items()
}

SOFTMAX = Role(
    name="softmax",
    family="softmax",
    signature="softmax(logits (..., n) float) -> weights (..., n) float",
    default="corollary.algorithms.softmax:softmax",
    adapt=adapt_tempered,
    mutants=MUTANTS,
    trivial=TRIVIAL,
    typical=(HEADS, TYPICAL),
    presets={
        "corollary.algorithms.softmax:softmax": Preset({"temperature": "@temperature"}),
        "scipy.special:softmax": Preset({"axis": -1}),
        "torch:softmax": Preset({"dim": -1}, "torch"),
        "torch.nn.functional:softmax": Preset({"dim": -1}, "torch"),
        "jax.nn:softmax": Preset({"axis": -1}, "jax"),
    },
    conventions={
        "took its axis 0 for the items": lambda function: (
            lambda x, **bound: function(x.T, **bound).T
        ),
        "returned probabilities, not logarithms": lambda function: (
            lambda x, **bound: np.exp(function(x, **bound))
        ),
    },
)
