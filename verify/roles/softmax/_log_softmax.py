"""The role `log_softmax`: logarithms of coefficients, and ways to lose them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from corollary.verify.role import Preset, Role
from corollary.verify.roles.softmax._heads import HEADS, TYPICAL
from corollary.verify.roles.softmax._plain import softmax
from corollary.verify.roles.softmax._softmax import adapt_tempered


def _shifted(logits: Any, temperature: float) -> Any:
    return (logits - logits.max(axis=-1, keepdims=True)) / temperature


def log_softmax(shifted: Any) -> Any:
    """Return the log-softmax of logits whose maximum is 0, exact where one outweighs the rest."""
    first = np.arange(shifted.shape[-1]) == shifted.argmax(axis=-1)[..., None]
    others = np.sum(np.where(first, 0.0, np.exp(shifted)), axis=-1, keepdims=True)
    return shifted - np.log1p(others)


def _of_sum(change: Callable[[Any], Any]) -> Callable[[Any, float], Any]:
    """Return the log-softmax whose sum of exponentials is changed before the logarithm."""

    def wrong(logits: Any, temperature: float) -> Any:
        shifted = _shifted(logits, temperature)
        return shifted - np.log(change(np.exp(shifted)))

    return wrong


def _sum(exponentials: Any) -> Any:
    return exponentials.sum(axis=-1, keepdims=True)


MUTANTS: dict[str, Callable[..., Any]] = {
    "logarithm of the softmax": lambda x, temperature=1.0: np.log(
        softmax(_shifted(x, temperature))
    ),
    "epsilon in the logarithm": lambda x, temperature=1.0: np.log(
        softmax(_shifted(x, temperature)) + 1e-12
    ),
    "no shift": lambda x, temperature=1.0: x / temperature - np.log(_sum(np.exp(x / temperature))),
    "normaliser at the offset": lambda x, temperature=1.0: x / temperature - (
        x.max(axis=-1, keepdims=True) / temperature
        + np.log(_sum(np.exp(_shifted(x, temperature))))
    ),
    "base 2": lambda x, temperature=1.0: log_softmax(_shifted(x, temperature)) / np.log(2),
    "temperature ignored": lambda x, temperature=1.0: log_softmax(_shifted(x, 1.0)),
    "temperature after the shift": lambda x, temperature=1.0: log_softmax(
        x / temperature - x.max(axis=-1, keepdims=True)
    ),
    "wrong axis": lambda x, temperature=1.0: log_softmax(_shifted(x.T, temperature)).T,
    "epsilon in the sum": lambda x, temperature=1.0: _of_sum(lambda e: _sum(e) + 1e-7)(
        x, temperature
    ),
    "last item not summed": lambda x, temperature=1.0: _of_sum(
        lambda e: _sum(e) - e[..., -1:]
    )(x, temperature),
    "small exponentials dropped": lambda x, temperature=1.0: _of_sum(
        lambda e: _sum(np.where(e < 1e-8, 0.0, e))
    )(x, temperature),
    "clipped at -40": lambda x, temperature=1.0: np.where(
        np.isinf(x), x, np.maximum(log_softmax(_shifted(x, temperature)), -40.0)
    ),
    "masked as -1e9": lambda x, temperature=1.0: log_softmax(
        _shifted(np.maximum(x, -1e9), temperature)
    ),
    "float32 inside": lambda x, temperature=1.0: log_softmax(
        _shifted(x.astype(np.float32), temperature)
    ).astype(np.float64),
}  # fmt: skip

LOG_SOFTMAX = Role(
    name="log_softmax",
    family="softmax",
    signature="log_softmax(logits (..., n) float) -> log-weights (..., n) float, in nats",
    default="corollary.algorithms.softmax:log_softmax",
    adapt=adapt_tempered,
    mutants=MUTANTS,
    trivial={
        "zero": lambda x, temperature=1.0: np.zeros_like(x),
        "copy of the input": lambda x, temperature=1.0: x.copy(),
        "uniform": lambda x, temperature=1.0: np.full_like(x, -np.log(x.shape[-1])),
    },
    typical=(HEADS, TYPICAL),
    presets={
        "corollary.algorithms.softmax:log_softmax": Preset({"temperature": "@temperature"}),
        "scipy.special:log_softmax": Preset({"axis": -1}),
        "torch:log_softmax": Preset({"dim": -1}, "torch"),
        "torch.nn.functional:log_softmax": Preset({"dim": -1}, "torch"),
        "jax.nn:log_softmax": Preset({"axis": -1}, "jax"),
    },
    conventions={
        "took its axis 0 for the items": lambda function: (
            lambda x, **bound: function(x.T, **bound).T
        ),
        "returned logarithms, not probabilities": lambda function: (
            lambda x, **bound: np.log(function(x, **bound))
        ),
    },
)
