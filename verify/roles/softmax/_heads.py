"""Batches of attention heads: rows of logits that a few parameters describe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.theory.softmax import softmax_error_ulps
from corollary.verify import _random
from corollary.verify._extremes import row_extremes
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
from corollary.verify.precision import Array, Precision

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
    values, place, share = drawn[:, :n], drawn[:, n : n + 1], drawn[:, n + 1 :]
    if pattern in ("one_high", "one_low"):
        chosen = np.arange(n) == np.floor(place * n)
        return np.where(chosen, *((1.0, 0.0) if pattern == "one_high" else (0.0, 1.0)))
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


def pattern_levels(pattern: str, n: int, seed: Any, scaled_spread: Array) -> Array:
    """Return logits between 0 and 1: a random pattern, or one that a case names exactly.

    ``top_k`` has the first k items high, ``half`` the first half; ``digits_b`` spells the seed in
    base b; ``interior`` has one item high, one low and all others where the entropy is greatest.
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
    if pattern == "half":
        return np.broadcast_to(np.arange(n) < max(n // 2, 1), shape).astype(np.float64)
    if pattern == "interior":
        levels = np.broadcast_to(1 - 1 / (1 + np.exp(scaled_spread)), shape).copy()
        levels[:, 0], levels[:, 1:2] = 1.0, 0.0
        return levels
    raise ValueError(f"pattern must be one of {PATTERNS}, top_k or digits_b, got {pattern!r}")


def column(parameters: Parameters, name: str) -> Array:
    """Return a row parameter as a column, shape (rows, 1); one value serves all rows."""
    values = np.asarray(parameters[name], dtype=np.float64)
    return np.broadcast_to(values, np.shape(parameters["seed"]))[:, None]


def exact_grid(size: Array, precision: Precision) -> Array:
    """Return a step whose multiples up to `size` have sums and differences that are exact."""
    return 2 * precision.unit * 2.0 ** np.ceil(np.log2(np.maximum(size, precision.tiny)))


def build_heads(parameters: Parameters, precision: Precision) -> Heads:
    """Return the heads that the parameters describe; those not given are as in `case`."""
    given = {**case(), **parameters}
    n, temperature = int(given["n"]), float(given["temperature"])
    seed = np.asarray(given["seed"], dtype=np.uint64)
    spread, other = column(given, "spread"), column(given, "other")
    levels = pattern_levels(str(given["pattern"]), n, seed, spread / temperature)
    logits = precision.round(spread * (levels - 0.5))
    if given["shifts"]:
        grid = exact_grid(spread + np.abs(other), precision)
        logits, other = grid * np.round(logits / grid), grid * np.round(other / grid)
    masked = min(int(given["masked"]), n - int(given["kept"]))
    kept = logits[:, : n - masked] if masked < n else np.zeros((len(seed), 1))
    low, top = row_extremes(kept)
    logits[:, n - masked :] = -np.inf
    return Heads(
        n=n,
        logits=logits,
        spread=(top - low) * column(given, "understated"),
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
    build=build_heads,
    constraints={"bounded": _BOUNDED, "global": _GLOBAL},
)
MASKED_HEADS = Domain(
    name="masked heads",
    statement="$n$ logits, the masked ones $-\\infty$, temperature $\\theta > 0$",
    shape={**_SHAPE, "masked": Integers(0, 8)},
    rows=_ROWS,
    build=build_heads,
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
    shape={**_SHAPE, "masked": Integers(0, 8)},
    rows={**_ROWS, "other": Reals(1.0, 3.0, (1.0,))},
    build=build_heads,
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
