"""The role `softmax`: what a softmax is called with, and seventeen ways to get it wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.theory.softmax import softmax_error_ulps
from corollary.verify import _random
from corollary.verify._extremes import row_extremes
from corollary.verify.claim import Paper
from corollary.verify.domain import (
    SEED,
    Choice,
    Constraint,
    Domain,
    Integers,
    Parameters,
    Range,
    Reals,
)
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Preset, Role

SHARP = Paper(
    key="velickovic2024softmax",
    title="softmax is not enough (for sharp out-of-distribution)",
    authors="Petar Veli{\\v{c}}kovi{\\'c} and Christos Perivolaropoulos and Federico Barbero "
    "and Razvan Pascanu",
    year=2024,
    arxiv="2410.01104",
    venue="ICML 2025",
)

PATTERNS = (
    "one_high", "one_low", "two_level", "three_levels", "ties", "arcsine", "uniform", "ladder",
)  # fmt: skip


@dataclass(frozen=True)
class Heads:
    """A batch of attention heads, each a row of logits.

    Attributes
    ----------
    logits : ndarray (rows, n)
        Masked items are -inf, and stand last.
    spread : ndarray (rows, 1)
        Largest minus smallest kept logit, as stored; times the factor of the constraint `bounded`.
    size : ndarray (rows, 1)
        Largest absolute value of a kept logit.
    temperature : float
        Shared by the batch.
    masked : int
        How many items are masked, in every row.
    other : ndarray (rows, 1)
        A second inverse temperature, or an offset: what a law compares the head with.
    """

    n: int
    logits: Array
    spread: Array
    size: Array
    temperature: float
    masked: int
    other: Array

    @property
    def scaled_spread(self) -> Array:
        return self.spread / self.temperature

    @property
    def rounding(self) -> Array:
        """Tolerance of one coefficient in units of roundoff (see `softmax_error_ulps`).

        Logits divided by the temperature before the shift are each off by a rounding of their
        own size; two of them enter a coefficient.
        """
        ulps = softmax_error_ulps(self.n, self.spread, self.temperature)
        return ulps if self.temperature == 1 else ulps + 2 * self.size / self.temperature

    @property
    def kept(self) -> int:
        return self.n - self.masked

    @property
    def kept_logits(self) -> Array:
        """The logits that are not masked; one masked column where there are none."""
        return self.logits[:, : max(self.kept, 1)]


def _levels(pattern: str, n: int, seed: Any) -> Array:
    """Return logits between 0 and 1, shape (rows, n), in the given pattern."""
    drawn = _random.uniforms(seed, n + 2)
    values, place, share = drawn[:, :n], drawn[:, n], drawn[:, n + 1 :]
    high = np.arange(n) == (place * n).astype(np.int64)[:, None]
    if pattern == "one_high":
        return high.astype(np.float64)
    if pattern == "one_low":
        return 1.0 - high
    if pattern == "two_level":
        return (values < share).astype(np.float64)
    if pattern == "three_levels":
        return np.floor(3 * values) / 2
    if pattern == "ties":
        return np.floor(values * (1 + np.floor(share * n))) / n
    if pattern == "arcsine":
        return np.sin(np.pi / 2 * values) ** 2
    if pattern == "ladder":
        return np.broadcast_to(np.arange(n) / max(n - 1, 1), values.shape).copy()
    return values


def _pattern(pattern: str, n: int, seed: Any, scaled_spread: Array) -> Array:
    """Return logits between 0 and 1: a random pattern, or one that a case names exactly.

    ``top_k`` has the first k items high; ``digits_b`` spells the seed in base b; ``interior`` has
    one item high, one low and all others where the entropy is greatest.
    """
    shape = (len(seed), n)
    if pattern in PATTERNS:
        return _levels(pattern, n, seed)
    kind, _, number = pattern.partition("_")
    if kind == "top" and number.isdecimal():
        return np.broadcast_to(np.arange(n) < int(number), shape).astype(np.float64)
    if kind == "digits" and number.isdecimal():
        base = np.uint64(int(number))
        return (seed[:, None] // base ** np.arange(n, dtype=np.uint64) % base) / (int(number) - 1)
    if pattern == "interior":
        levels = np.broadcast_to(1 - 1 / (1 + np.exp(scaled_spread)), shape).copy()
        levels[:, 0], levels[:, 1:2] = 1.0, 0.0
        return levels
    raise ValueError(f"pattern must be one of {PATTERNS}, top_k or digits_b, got {pattern!r}")


def _build(parameters: Parameters, precision: Precision) -> Heads:
    n, temperature = int(parameters["n"]), float(parameters["temperature"])
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    spread = np.asarray(parameters["spread"], dtype=np.float64)[:, None]
    levels = _pattern(str(parameters["pattern"]), n, seed, spread / temperature)
    other = np.asarray(parameters["other"], dtype=np.float64)[:, None]
    logits = precision.round(spread * (levels - 0.5))
    if parameters["shifts"]:
        # On a grid fine enough for their sum, adding an offset to a logit is exact.
        size = np.maximum(spread + np.abs(other), precision.tiny)
        grid = 2 * precision.unit * 2.0 ** np.ceil(np.log2(size))
        logits, other = grid * np.round(logits / grid), grid * np.round(other / grid)
    masked = min(int(parameters["masked"]), n - int(parameters["kept"]))
    kept = logits[:, : n - masked] if masked < n else np.zeros((len(seed), 1))
    low, top = row_extremes(kept)
    logits[:, n - masked :] = -np.inf
    return Heads(
        n=n,
        logits=logits,
        spread=(top - low) * np.asarray(parameters["understated"])[:, None],
        size=np.maximum(top, -low),
        temperature=temperature,
        masked=masked,
        other=other,
    )


_SHAPE: dict[str, Range] = {
    "n": Integers(1, 200),
    "pattern": Choice(PATTERNS),
    "temperature": Reals(0.05, 20.0, (1.0,)),
    "masked": Integers(0, 0),
    "kept": Integers(1, 1),
    "shifts": Integers(0, 0),
}
_ROWS: dict[str, Range] = {
    "spread": Reals(0.0, 50.0, (0.0,)),
    "understated": Reals(1.0, 1.0),
    "other": Reals(0.0, 0.0),
    "seed": SEED,
}
_BOUNDED = Constraint(
    "The spread of the logits is at most $\\delta$.", "understated", Reals(0.0, 0.9)
)
_GLOBAL = Constraint("The head normalises over all $n$ items.", "masked", Integers(1, 199))
_SOME_KEPT = Constraint("At least one item is not masked.", "kept", Integers(0, 0))

HEADS = Domain(
    name="heads",
    statement="$n$ finite logits whose spread is at most $\\delta$, temperature $\\theta > 0$, "
    "$t = \\delta/\\theta$",
    shape=_SHAPE,
    rows=_ROWS,
    build=_build,
    constraints={"bounded": _BOUNDED, "global": _GLOBAL},
)
MASKED_HEADS = Domain(
    name="masked heads",
    statement="$n$ logits, the masked ones $-\\infty$, temperature $\\theta > 0$",
    shape={**_SHAPE, "masked": Integers(0, 199)},
    rows=_ROWS,
    build=_build,
    constraints={"some item kept": _SOME_KEPT},
)
SHIFTED_HEADS = MASKED_HEADS.narrowed(
    shifts=Integers(1, 1), other=Reals(-3e4, 3e4, (0.0, 1.0, -10.0, 100.0, -100.0, 1e3, -1e3))
)
SINGLE_ITEM = MASKED_HEADS.narrowed(n=Integers(1, 1))
COOLED_HEADS = Domain(
    name="cooled heads",
    statement="$n$ logits, inverse temperatures $\\beta = 1/\\theta$ and "
    "$\\beta' = \\beta\\kappa$ with $\\kappa \\ge 1$",
    shape={**_SHAPE, "masked": Integers(0, 199)},
    rows={**_ROWS, "other": Reals(1.0, 3.0, (1.0,))},
    build=_build,
    constraints={
        "colder": Constraint("$\\beta' \\ge \\beta$.", "other", Reals(0.1, 0.9)),
        "some item kept": _SOME_KEPT,
    },
)


def case(**parameters: Any) -> dict[str, Any]:
    """Return the full parameters of a head from the few that matter."""
    usual = {
        "n": 2, "pattern": "one_high", "temperature": 1.0, "spread": 1.0, "masked": 0, "kept": 1,
        "shifts": 0, "understated": 1.0, "other": 0.0, "seed": 0,
    }  # fmt: skip
    return {**usual, **parameters}


TYPICAL = case(n=64, pattern="uniform", temperature=2.0, spread=8.0, seed=np.arange(256))


def _adapt(implementation: Implementation) -> Callable[..., Array]:
    """Return ``softmax(logits, temperature)`` on float64 arrays."""

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
    from corollary.verify.precision import PRECISIONS

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
    adapt=_adapt,
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


@dataclass(frozen=True)
class Spreads:
    """A batch of scaled spreads, shape (rows,)."""

    t: Array


SPREADS = Domain(
    name="scaled spreads",
    statement="a scaled spread $t \\ge 0$",
    shape={},
    rows={"t": Reals(0.0, 800.0, (0.0, 1e-12, 1e-6, 1e-3, 1.0))},
    build=lambda parameters, _: Spreads(np.asarray(parameters["t"], dtype=np.float64)),
)


def closed_form(function: Callable[..., Any], mutants: dict[str, Callable[..., Any]]) -> Role:
    """Return the role of one function of `corollary.theory.softmax`, with wrong versions of it."""
    return Role(
        name=function.__name__,
        family="softmax",
        signature=f"{function.__name__}, as documented",
        default=f"corollary.theory.softmax:{function.__name__}",
        adapt=lambda implementation: implementation.plain,
        mutants=mutants,
        trivial={"zero": lambda *arguments: np.zeros(np.broadcast(*arguments).shape)},
    )
