"""Roles of estimators from data: two sequences to bits per symbol, and to a test."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from corollary.theory.directed_information.closed_forms import binary_entropy, both_or_neither
from corollary.verify import _random
from corollary.verify.claim import Paper
from corollary.verify.domain import SEED, Choice, Domain, Integers, Reals
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Preset, Role

Codes = npt.NDArray[np.int64]

UNIVERSAL = Paper(
    key="jiao2013universal",
    title="Universal Estimation of Directed Information",
    authors="Jiantao Jiao and Haim H. Permuter and Lei Zhao and Young-Han Kim and Tsachy Weissman",
    year=2013,
    arxiv="1201.2334",
    venue="IEEE Transactions on Information Theory 59(10)",
)
PROCESSES = ("independent", "same time", "late copy", "echo pair")


@dataclass(frozen=True)
class Sequences:
    """Two binary sequences with a known rate of directed information from X to Y.

    Attributes
    ----------
    x, y : int64 arrays (N,)
    rate : float
        Bits per symbol, X acting up to and at the index of Y.
    spread : float
        Standard deviation of one local information, in bits.
    """

    x: Codes
    y: Codes
    rate: float
    spread: float


def drawn(process: str, length: int, one: float, flip: float, seed: int) -> Sequences:
    """Return a pair of sequences.

    ``independent``: coins X and a sticky Y. ``same time``: Y_i = X_i or its flip, with X_i = 1 with
    probability `one`. ``late copy``: the same of X_{i-1}. ``echo pair``: the same, and X_i is
    Y_{i-1} flipped with probability `one`.
    """
    keys = np.array([seed], dtype=np.uint64)
    ones, flips = (_random.uniforms(keys, length + 1, stream)[0] for stream in (0, 1))
    x, noise = (ones < one).astype(np.int64), (flips < flip).astype(np.int64)
    around = binary_entropy(both_or_neither(one, flip)) - binary_entropy(flip)
    spread = _local_spread(one, flip)
    if process == "independent":
        return Sequences(x[1:], np.cumsum(noise)[1:] % 2, 0.0, 0.0)
    if process == "same time":
        return Sequences(x[1:], (x ^ noise)[1:], around, spread)
    if process == "late copy":
        return Sequences(x[1:], x[:-1] ^ noise[1:], around, spread)
    y = np.cumsum(x ^ noise) % 2  # each symbol is the one before, flipped twice
    return Sequences(np.append(0, y[:-1])[1:] ^ x[1:], y[1:], around, spread)


def _local_spread(one: float, flip: float) -> float:
    """Return the standard deviation of log p(y|x)/p(y) for a symmetric channel."""
    output = both_or_neither(one, flip)
    cells = [(p * q, q / r) for p, x in ((one, 1), (1 - one, 0))
             for q, y in ((1 - flip, x), (flip, 1 - x))
             for r in ((output if y else 1 - output),) if p * q > 0]  # fmt: skip
    mean = sum(weight * math.log2(ratio) for weight, ratio in cells)
    return math.sqrt(sum(weight * (math.log2(ratio) - mean) ** 2 for weight, ratio in cells))


def _build(parameters: dict[str, Any], precision: Precision) -> Sequences:
    return drawn(str(parameters["process"]), int(parameters["length"]), float(parameters["one"]),
                 float(parameters["flip"]), int(parameters["seed"]))  # fmt: skip


SEQUENCES = Domain(
    name="sequences of known rate",
    statement="two binary sequences of $N$ symbols with memory one and a known rate",
    shape={
        "process": Choice(PROCESSES),
        "length": Integers(1500, 3000),
        "one": Reals(0.05, 0.5, (0.5,)),
        "flip": Reals(0.02, 0.5, (0.1,)),
        "seed": SEED,
    },
    rows={},
    build=_build,
)


def case(**parameters: Any) -> dict[str, Any]:
    """Return the full parameters of a pair of sequences from the few that matter."""
    usual = {"process": "late copy", "length": 2000, "one": 0.5, "flip": 0.1, "seed": 0}
    return {**usual, **parameters}


def _adapt(implementation: Implementation) -> Callable[[Codes, Codes], Any]:
    """Return the function, whose inputs must stay as they are."""

    def estimate(x: Codes, y: Codes) -> Any:
        before = x.tobytes(), y.tobytes()
        found = implementation.plain(x, y)
        if (x.tobytes(), y.tobytes()) != before:
            raise Fault("wrong", "changed its input")
        return found

    return estimate


def _adapt_rate(implementation: Implementation) -> Callable[[Codes, Codes], Any]:
    call = _adapt(implementation)

    def rate(x: Codes, y: Codes) -> float:
        found = call(x, y)
        try:
            return float(getattr(found, "forward", getattr(found, "value", found)))
        except (TypeError, ValueError) as error:
            raise Fault("convention", f"returned {type(found).__name__}, expected bits per symbol "
                        "or an object with them as forward or value") from error  # fmt: skip

    return rate


def _library() -> Any:
    from corollary.algorithms import directed_information

    return directed_information


Laws = tuple[Array, Array, Array, Codes, Codes]


def _predicted(x: Codes, y: Codes, depth: int) -> Laws:
    """Return the context tree's laws of x, of y and of the pair, and the symbols they are of."""
    predict = _library().context_tree_predictions
    pair = predict(2 * x + y, depth, size=4).reshape(-1, 2, 2)
    return predict(x, depth, size=2), predict(y, depth, size=2), pair, x[depth:], y[depth:]


def _wrong(logs: Callable[..., Array]) -> Callable[..., float]:
    """Return the estimator that averages ``logs(px, py, pair, x, y, positions)``."""

    def estimate(x: Any, y: Any, depth: int) -> float:
        laws = _predicted(np.asarray(x), np.asarray(y), depth)
        return float(logs(*laws, np.arange(len(laws[3]))).mean())

    return estimate


def _given(pair: Array, x: Codes, y: Codes, at: Codes) -> Array:
    """Return the predictive probability of y given the past and the present x."""
    return pair[at, x, y] / pair[at, x].sum(axis=-1)


def _forward(px: Array, py: Array, pair: Array, x: Codes, y: Codes, at: Codes) -> Array:
    return np.log2(_given(pair, x, y, at) / py[at, y])


def _universal(x: Any, y: Any, depth: int) -> float:
    return float(_library().universal_rate(x, y, depth=depth).forward)


RATE_MUTANTS: dict[str, Callable[..., Any]] = {
    "predictive law of the source": _wrong(
        lambda px, py, pair, x, y, at: np.log2(_given(pair, x, y, at) / px[at, x])
    ),
    "present source left out": _wrong(
        lambda px, py, pair, x, y, at: np.log2(pair.sum(axis=1)[at, y] / py[at, y])
    ),
    "mutual information": _wrong(
        lambda px, py, pair, x, y, at: np.log2(pair[at, x, y] / (px[at, x] * py[at, y]))
    ),
    "past of the target ignored": _wrong(
        lambda px, py, pair, x, y, at: np.log2(
            _given(pair, x, y, at) / (np.bincount(y, minlength=2) / len(y))[y]
        )
    ),
    "negative terms dropped": _wrong(lambda *laws: np.maximum(_forward(*laws), 0.0)),
    "natural logarithms called bits": _wrong(lambda *laws: math.log(2) * _forward(*laws)),
    "sequences exchanged": lambda x, y, depth: _universal(y, x, depth),
    "source one symbol late": lambda x, y, depth: _universal(x[:-1], y[1:], depth),
    "joint entropy not taken off": _wrong(
        lambda px, py, pair, x, y, at: -np.log2(py[at, y])
    ),
    "last symbols alone": lambda x, y, depth: _universal(x[-8:], y[-8:], depth),
    "symbols sorted": lambda x, y, depth: _universal(np.sort(x), np.sort(y), depth),
}  # fmt: skip
DIRECTED_INFORMATION_RATE = Role(
    name="directed_information_rate",
    family="directed_information",
    signature="f(x (N,) int, y (N,) int) -> bits per symbol, X up to now on Y; or an object with "
    "it as forward or value",
    default="corollary.algorithms.directed_information:universal_rate",
    adapt=_adapt_rate,
    mutants=RATE_MUTANTS,
    trivial={"zero": lambda x, y, depth: 0.0, "one": lambda x, y, depth: 1.0},
    typical=(SEQUENCES, case()),
    presets={
        "corollary.algorithms.directed_information:universal_rate": Preset({"depth": 2}),
        "corollary.algorithms.directed_information:plug_in_rate": Preset({"arrow": "full"}),
    },
)


@dataclass(frozen=True)
class _Altered:
    """A test's answer with another p-value or interval."""

    value: float
    p_value: float
    ends: Callable[..., tuple[float, float]]

    def interval(self, **options: Any) -> tuple[float, float]:
        return self.ends(**options)


def _altered(change: Callable[[Any], float], widen: float = 1.0) -> Callable[..., _Altered]:
    def test(x: Any, y: Any) -> _Altered:
        right = _library().plug_in_rate(x, y)

        def ends(**options: Any) -> tuple[float, float]:
            low, high = right.interval(**options)
            return right.value + widen * (low - right.value), right.value + widen * (
                high - right.value
            )

        return _Altered(right.value, change(right), ends)

    return test


def _tail(statistic: float, degrees: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(degrees, max(statistic, 0.0)))


DIRECTED_INFORMATION_TEST = Role(
    name="directed_information_test",
    family="directed_information",
    signature="f(x (N,) int, y (N,) int) -> object with value (bits, memory one, the source before "
    "the target), p_value and interval(resamples=, seed=)",
    default="corollary.algorithms.directed_information:plug_in_rate",
    adapt=_adapt,
    mutants={
        "half the statistic": _altered(lambda r: _tail(r.statistic / 2, r.degrees)),
        "statistic in bits": _altered(lambda r: _tail(r.statistic / math.log(2), r.degrees)),
        "one degree of freedom": _altered(lambda r: _tail(r.statistic, 1)),
        "cells as degrees of freedom": _altered(lambda r: _tail(r.statistic, r.degrees + 1)),
        "bias not taken off": _altered(
            lambda r: _tail(r.statistic - 2 * r.samples * math.log(2) * r.bias, r.degrees)
        ),
        "one minus the p-value": _altered(lambda r: 1 - r.p_value),
    },
    trivial={"never": _altered(lambda r: 1.0)},
)
DIRECTED_INFORMATION_INTERVAL = Role(
    name="directed_information_interval",
    family="directed_information",
    signature="f(x (N,) int, y (N,) int) -> object with forward and interval(resamples=, seed=)",
    default="corollary.algorithms.directed_information:universal_rate",
    adapt=_adapt,
    presets={"corollary.algorithms.directed_information:universal_rate": Preset({"depth": 2})},
)
