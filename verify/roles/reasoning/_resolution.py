"""Roles of attention as an aggregator and as a read-out, and of the closed forms about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corollary.theory import reasoning as theory
from corollary.verify import _random
from corollary.verify.domain import SEED, Domain, Integers, Parameters, Reals
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.reasoning._arrays import FAMILY, Array, closed_form, generator


def softmax_average(messages: Array) -> Array:
    """Return the softmax average of each row of messages, (b, k) -> (b,), by the aggregator."""
    from corollary.algorithms.reasoning import aggregate

    rows, count = messages.shape
    receivers = np.repeat(np.arange(rows), count)
    found: Array = aggregate(messages.reshape(-1, 1), receivers, rows, "softmax")[:, 0]
    return found


def _weights(x: Array) -> Array:
    weights = np.exp(x - x.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _average(x: Array, weights: Array) -> Array:
    return np.asarray((weights * x).sum(axis=-1))


def _average_adapted(implementation: Implementation) -> Callable[[Array], Array]:
    def average(messages: Array) -> Array:
        return np.asarray(implementation.plain(messages.copy()), dtype=np.float64)

    return average


SOFTMAX_AVERAGE = Role(
    name="softmax_aggregator",
    family=FAMILY,
    signature="softmax_aggregator(messages (b, k)) -> (b,), their average under their own softmax",
    default="corollary.verify.roles.reasoning._resolution:softmax_average",
    adapt=_average_adapted,
    mutants={
        "two percent hotter": lambda x: _average(x, _weights(x / 1.02)),
        "one percent colder": lambda x: _average(x, _weights(1.01 * x)),
        "weights of the magnitudes": lambda x: _average(x, _weights(np.abs(x))),
        "one message too many": lambda x: _average(
            x, np.exp(x - x.max(axis=-1, keepdims=True))
            / (1e-3 + np.exp(x - x.max(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True))
        ),
        "the last left out": lambda x: _average(x[:, :-1], _weights(x[:, :-1]))
        if x.shape[1] > 1 else x[:, 0],
        "no shift": lambda x: _average(x, np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)),
        "log-sum-exp": lambda x: np.logaddexp.reduce(x, axis=-1),
    },
    trivial={
        "maximum": lambda x: x.max(axis=-1),
        "mean": lambda x: x.mean(axis=-1),
        "zero": lambda x: np.zeros(len(x)),
    },
)  # fmt: skip


@dataclass(frozen=True)
class Messages:
    """Rows of k messages, a shift and an inverse temperature for each row, and whether it is one
    where the bound is attained.
    """

    k: int
    values: Array
    shift: Array
    inverse_temperature: Array
    worst: Array


def _messages(parameters: Parameters, precision: Precision) -> Messages:
    k = int(parameters["k"])
    seeds = np.asarray(parameters["seed"]).astype(np.uint64)
    spread = np.asarray(parameters["spread"], dtype=np.float64)[:, None]
    b = np.asarray(parameters["inverse_temperature"], dtype=np.float64)[:, None]
    values = -spread * _random.uniforms(seeds, k, stream=7) / b
    values[:, 0] = 0.0
    worst = np.repeat(-theory.softmax_resolution_gap(np.int64(k), b), k, axis=1)
    worst[:, 0] = 0.0
    is_worst = np.asarray(parameters["worst"])[:, None] == 1
    values = np.where(is_worst, worst, values)
    shift = np.asarray(parameters["shift"], dtype=np.float64)[:, None]
    return Messages(k, precision.round(values), shift, b, is_worst)


MESSAGES = Domain(
    name="messages",
    statement="k <= 200 real messages, and those that lie equally far below the greatest",
    shape={"k": Integers(1, 200)},
    rows={
        "seed": SEED, "spread": Reals(0.0, 30.0, (1.0, 3.0)), "worst": Integers(0, 1),
        "shift": Reals(-2000.0, 2000.0, (0.0, 1.0, 1000.0)),
        "inverse_temperature": Reals(0.25, 4.0, (1.0, 2.0)),
    },
    build=_messages,
)  # fmt: skip


def messages_case(**parameters: Any) -> Parameters:
    """Return the full parameters of a batch of messages from the few that matter."""
    usual = {"k": 2, "seed": 0, "spread": 1.0, "worst": 1, "shift": 0.0, "inverse_temperature": 1.0}
    return {**usual, **parameters}


_RESOLUTION = theory.softmax_resolution
RESOLUTION = closed_form(
    _RESOLUTION,
    {
        "the logarithm": lambda k, b=1.0: np.log(k) / b,
        "k for k - 1": lambda k, b=1.0: _RESOLUTION(np.asarray(k) + 1, b),
        "without e": lambda k, b=1.0: _lambert_of(np.asarray(k) - 1.0) / b,
        "temperature for its inverse": lambda k, b=1.0: _RESOLUTION(k) * b,
        "one percent less": lambda k, b=1.0: 0.99 * _RESOLUTION(k, b),
    },
)
DISPERSION = closed_form(
    theory.softmax_dispersion,
    {
        "n for n - 1": lambda n, d: np.exp(d) / (n + np.exp(d)),
        "uniform": lambda n, d: np.ones_like(d) / n,
        "half the spread": lambda n, d: 1 / (1 + (n - 1) * np.exp(-np.asarray(d) / 2)),
        "one percent less": lambda n, d: 0.99 * theory.softmax_dispersion(n, d),
    },
)
MARGIN = closed_form(
    theory.margin_needed,
    {
        "n for n - 1": lambda n, e: np.log(n * (1 - e) / e),
        "without the share kept": lambda n, e: np.log((n - 1) / e),
        "no growth": lambda n, e: np.log((1 - e) / e) + 0 * n,
        "one percent more": lambda n, e: 1.01 * theory.margin_needed(n, e),
    },
)
LSE_GAP = closed_form(
    theory.log_sum_exp_gap,
    {
        "of the vectors alone": lambda k, d: np.log(k),
        "of the dimension alone": lambda k, d: np.log(d),
        "of the larger": lambda k, d: np.log(max(k, d)),
        "one percent less": lambda k, d: 0.99 * np.log(min(k, d)),
    },
)


def _lambert_of(x: Array) -> Array:
    from scipy.special import lambertw

    return np.asarray(lambertw(x)).real


RETRIEVAL_ERROR = closed_form(
    theory.retrieval_error,
    {
        "n for n - 1": lambda n, d, diameter=1.0: n * np.exp(-d) / (1 + n * np.exp(-d)) * diameter,
        "the union bound": lambda n, d, diameter=1.0: (n - 1) * np.exp(-d) * diameter,
        "without the diameter": lambda n, d, diameter=1.0: theory.retrieval_error(n, d),
        "one percent less": lambda n, d, diameter=1.0: (
            0.99 * theory.retrieval_error(n, d, diameter)
        ),
    },
)  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """How many items, and per row a seed, a spread or margin, a share, and whether at the bound."""

    n: int
    seeds: Array
    spread: Array
    share: Array
    worst: Array


def _spread(parameters: Parameters, precision: Precision) -> Spread:
    columns = (np.asarray(parameters[name]) for name in ("spread", "share", "worst"))
    spread, share, worst = (column.astype(np.float64)[:, None] for column in columns)
    seeds = np.asarray(parameters["seed"]).astype(np.uint64)
    return Spread(int(parameters["n"]), seeds, spread, share, worst == 1)


SPREADS = Domain(
    name="spreads",
    statement="2 to 300 logits within an interval of length at most 20",
    shape={"n": Integers(2, 300)},
    rows={
        "seed": SEED, "spread": Reals(0.0, 20.0, (1.0, 3.0)),
        "share": Reals(1e-6, 0.999, (0.5, 0.01)), "worst": Integers(0, 1),
    },
    build=_spread,
)  # fmt: skip


def spread_case(**parameters: Any) -> Parameters:
    """Return the full parameters of a case from the few that matter."""
    return {"n": 8, "seed": 0, "spread": 3.0, "share": 0.01, "worst": 1, **parameters}


@dataclass(frozen=True)
class Vectors:
    """k vectors of dimension d per row; with `worst` each has one entry 0, the others very low."""

    k: int
    d: int
    values: Array
    worst: Array


def _vectors(parameters: Parameters, precision: Precision) -> Vectors:
    k, d = int(parameters["k"]), int(parameters["d"])
    seeds = np.asarray(parameters["seed"]).astype(np.uint64)
    values = 6 * _random.uniforms(seeds, k * d, stream=8).reshape(-1, k, d) - 3
    low = np.full((k, d), -1000.0)
    low[np.arange(k), np.arange(k) % d] = 0.0
    worst = np.asarray(parameters["worst"])[:, None] == 1
    return Vectors(k, d, np.where(worst[..., None], low, values), worst)


VECTORS = Domain(
    name="vectors",
    statement="at most 40 vectors of dimension at most 40",
    shape={"k": Integers(1, 40), "d": Integers(1, 40)},
    rows={"seed": SEED, "worst": Integers(0, 1)},
    build=_vectors,
)


def _retrieve(implementation: Implementation) -> Callable[..., Array]:
    def retrieve(queries: Array, keys: Array, values: Array, margin: float) -> Array:
        bound = replace(implementation, bind={**implementation.bind, "margin": margin})
        return np.asarray(bound.plain(queries, keys, values), dtype=np.float64)

    return retrieve


def _read(queries: Any, keys: Any, values: Any, logits_of: Callable[[Any], Any]) -> Array:
    return np.asarray(_weights(logits_of(np.asarray(queries) @ np.asarray(keys).T)) @ values)


RETRIEVAL = Role(
    name="retrieval",
    family=FAMILY,
    signature="retrieve(queries (q, d), keys (n, d), values (n, c), *, margin) -> (q, c)",
    default="corollary.algorithms.reasoning:retrieve",
    adapt=_retrieve,
    mutants={
        "margin divided by sqrt(d)": lambda q, k, v, margin: _read(
            q, k, v, lambda x: margin * x / np.sqrt(np.shape(q)[1])
        ),
        "one percent colder": lambda q, k, v, margin: _read(q, k, v, lambda x: 1.01 * margin * x),
        "two percent hotter": lambda q, k, v, margin: _read(q, k, v, lambda x: 0.98 * margin * x),
        "the next value": lambda q, k, v, margin: _read(
            q, np.roll(k, 1, axis=0), v, lambda x: margin * x
        ),
        "a value of zero beside them": lambda q, k, v, margin: _read(
            q, np.vstack([k, np.zeros((1, np.shape(k)[1]))]),
            np.vstack([v, np.zeros((1, np.shape(v)[1]))]), lambda x: margin * x,
        ),
    },
    trivial={"mean": lambda q, k, v, margin: np.tile(np.mean(v, axis=0), (len(q), 1))},
)  # fmt: skip


@dataclass(frozen=True)
class ReadOut:
    """How many nodes there are, the margin, and values in [0, 1] that are read."""

    n: int
    margin: float
    values: Array


def _read_out(parameters: Parameters, precision: Precision) -> ReadOut:
    n = int(parameters["n"])
    values = generator("read-out", n, parameters["seed"]).random(n)
    return ReadOut(n, float(parameters["margin"]), precision.round(values))


READ_OUTS = Domain(
    name="read-outs",
    statement="2 to 64 nodes with one-hot keys, values in [0, 1], and a margin of at most 20",
    shape={
        "n": Integers(2, 64), "margin": Reals(0.0, 20.0, (1.0, 3.0)), "seed": Integers(0, 2**31),
    },
    rows={},
    build=_read_out,
)  # fmt: skip
