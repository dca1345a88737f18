"""P13, P20 to P24: NoProp-FM, its best velocity, and the floors of its loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corollary.theory import noprop as theory
from corollary.verify.claim import Source, formula, law, table
from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.noprop import (
    FINE,
    FINE_STEP,
    FIRST_STEP,
    MOVING,
    NOPROP,
    VELOCITY,
    Moving,
    closed_form,
    gaussian,
    normals,
    plain_mmse,
    pmfs,
)
from corollary.verify.slack import Slack, equal

EQ_10, EQ_11 = Source(NOPROP, "eq. 10"), Source(NOPROP, "eq. 11")
SECTION_232 = Source(NOPROP, "section 2.3.2")


@law(VELOCITY, over=MOVING, source=EQ_11, standing="derived", dossier="P20")
def best_velocity(velocity: Callable[..., Array], moving: Moving) -> Slack:
    r"""The loss is least for $v = \hat u - \frac{1-t}{(1-t)^2+\sigma^2}(z - t\hat u)$ with
    $\hat u = E[u|z_t,x]$, whose weights have the variance $(1-t)^2+\sigma^2$; for $\sigma = 0$ it
    is $(\hat u - z)/(1-t)$.
    """
    own = moving.estimate
    expected = own - (1 - moving.time) / moving.noise * (moving.state - moving.time * own)
    size = np.abs(own).max(axis=1, keepdims=True) + np.abs(moving.state) / moving.noise + 1
    return equal(velocity(*moving.arguments), expected, ulps=moving.ulps, scale=size)


@best_velocity.proved(scope="E[z_0 | z, u] by conditioning, and sigma = 0, in one coordinate")
def velocity_by_conditioning() -> Iterator[Any]:
    import sympy

    z, u, t, sigma = sympy.symbols("z u t sigma", real=True)
    noise = (1 - t) ** 2 + sigma**2
    start = (1 - t) / noise * (z - t * u)  # cov(z_0, z) / var(z) times the deviation
    best = u - (1 - t) / noise * (z - t * u)
    yield (u - start) - best
    yield best.subs(sigma, 0) - (u - z) / (1 - t)


@law(VELOCITY, over=FIRST_STEP, source=EQ_11, standing="derived", dossier="P13")
def one_euler_step_decodes(velocity: Callable[..., Array], moving: Moving) -> Slack:
    r"""With $\sigma = 0$ one Euler step from any $z_0$ ends at $z_0 + v = E[u|x]$: for one-hot
    embeddings its largest coordinate is the Bayes class.
    """
    end = moving.state + velocity(*moving.arguments)
    expected = moving.probabilities @ moving.embeddings
    scale = 1 + np.abs(moving.state) + np.abs(moving.embeddings).max()
    return equal(end, expected, ulps=moving.ulps, scale=scale)


# ---- the floor of the loss ----


@dataclass(frozen=True)
class Instant:
    """Scalar embeddings with probabilities and one time, by which the loss is an integral."""

    values: Array
    probabilities: Array
    time: float


def _instant(parameters: Parameters, precision: Precision) -> Instant:
    m, seed = int(parameters["m"]), parameters["seed"]
    return Instant(1.2 * normals(seed, (m,), 5)[0].clip(-2, 2), pmfs(seed, m, 6)[0],
                   float(parameters["time"]))  # fmt: skip


INSTANTS = Domain(
    name="instants",
    statement="scalar embeddings, class probabilities, a time $t < 0.7$, $\\sigma = 0$",
    shape={"m": Integers(2, 4), "time": Reals(0.0, 0.7, (0.0, 0.5)), "seed": SEED},
    rows={},
    build=_instant,
)


@law(VELOCITY, over=INSTANTS, source=EQ_11, standing="derived", dossier="P21")
def loss_has_a_floor(velocity: Callable[..., Array], case: Instant) -> Slack:
    r"""At every time the best loss is $E\|v - (z_1-z_0)\|^2 = mmse(\frac{t^2}{(1-t)^2})/(1-t)^2$,
    which is not 0: report a loss less its floor.
    """
    w, p, t = case.values, case.probabilities, case.time
    states = FINE[:, None]
    value = velocity(states, np.tile(p, (FINE.size, 1)), w[:, None], t, 0.0)[:, 0]
    loss = 0.0
    for k in range(w.size):
        density = gaussian(FINE, t * w[k], (1 - t) ** 2)
        start = (FINE - t * w[k]) / (1 - t)
        loss += p[k] * FINE_STEP * float(np.sum(density * (value - (w[k] - start)) ** 2))
    floor = plain_mmse(t**2 / (1 - t) ** 2, w, p) / (1 - t) ** 2
    return equal([loss], [floor], ulps=1e-8 * 2.0**53, scale=1.0)


FLOOR = closed_form(
    theory.flow_matching_floor,
    {
        "zero": lambda w, p: 0.0,
        "ratio for its root": lambda w, p: _floor(w, p, lambda r: r),
        "1 % high": lambda w, p: 1.01 * theory.flow_matching_floor(w, p),
        "prior variance": lambda w, p: np.sum(p * w**2) - np.sum(p * w) ** 2,
        "weight of the CT loss": lambda w, p: float(theory.mutual_information(100.0, w, p)),
    },
)


def _floor(w: Array, p: Array, ratio: Callable[[Array], Array]) -> float:
    r = np.linspace(0.0, 40.0, 201)
    return float(0.2 * np.sum(theory.mmse(ratio(r), w, p)))


@table(FLOOR, rows=(((-1.3, 0.2, 1.1), (0.2, 0.5, 0.3), 0.966513),), digits=6,
       source=EQ_11, standing="derived", dossier="P21")  # fmt: skip
def floor_of_three_classes(floor: Callable[..., Any], w: Any, p: Any) -> float:
    r"""The floor $\int_0^1 mmse(\frac{t^2}{(1-t)^2})\frac{dt}{(1-t)^2} = \int_0^\infty mmse(r^2)dr$
    for $W = (-1.3, 0.2, 1.1)$, $\pi = (0.2, 0.5, 0.3)$.
    """
    return float(floor(np.array(w), np.array(p)))


# ---- embeddings that do not span ----


@dataclass(frozen=True)
class Span:
    """Embeddings (m, d) and what a combination of them must miss of the noise."""

    embeddings: Array
    missed: float


def _span(parameters: Parameters, precision: Precision) -> Span:
    m, d, rank = (int(parameters[name]) for name in ("m", "d", "rank"))
    rank = min(rank, m, d)
    left = normals(parameters["seed"], (m, rank), 5)[0]
    right = normals(parameters["seed"], (rank, d), 6)[0]
    rows = left @ right
    # E |(I - P) z_0|^2 is the trace of I - P, with the projection P on the span.
    basis = np.linalg.qr(right.T)[0]
    return Span(rows, float(np.trace(np.eye(d) - basis @ basis.T)))


SPANS = Domain(
    name="embeddings of some rank",
    statement="embeddings $W$ in $d$ dimensions, a velocity $v = \\ell W$",
    shape={"m": Integers(1, 6), "d": Integers(1, 12), "rank": Integers(1, 6), "seed": SEED},
    rows={},
    build=_span,
)
RANK_FLOOR = closed_form(
    theory.flow_matching_rank_floor,
    {
        "zero": lambda w: 0,
        "d less m": lambda w: w.shape[1] - min(w.shape),
        "one more": lambda w: theory.flow_matching_rank_floor(w) + 1,
        "the rank": lambda w: w.shape[1] - theory.flow_matching_rank_floor(w),
    },
)


@formula(RANK_FLOOR, over=SPANS, source=SECTION_232, standing="corrected", dossier="P23")
def loss_outside_the_span(floor: Callable[..., Any], span: Span) -> Slack:
    r"""A velocity $v = \ell W$ cannot follow the noise outside the span of the embeddings:
    $L_{FM} \ge d - \mathrm{rank}(W)$.
    """
    return equal([float(floor(span.embeddings))], [span.missed], ulps=2**12, scale=12.0)


@formula(RANK_FLOOR, over=SPANS, source=SECTION_232, standing="refuted as printed",
         dossier="2.1")  # fmt: skip
def velocity_of_any_direction(floor: Callable[..., Any], span: Span) -> Slack:
    r"""As printed, without the softmax $v = \ell W$ can represent arbitrary directions: nothing of
    the noise is missed.
    """
    return equal([float(floor(span.embeddings))], [0.0], ulps=2**12, scale=12.0)


# ---- spread ----


@dataclass(frozen=True)
class Spread:
    """Scalar embeddings with probabilities, a spread, and the variance of the start."""

    values: Array
    probabilities: Array
    spread: float
    start: float


def _spread(parameters: Parameters, precision: Precision) -> Spread:
    m, seed, sigma = int(parameters["m"]), parameters["seed"], float(parameters["spread"])
    values = np.arange(m) - (m - 1) / 2 + 0.2 * np.tanh(normals(seed, (m,), 5)[0])
    missing = float(parameters["missing"])
    return Spread(values, pmfs(seed, m, 6)[0], sigma, 1 + (1 - missing) * sigma**2)


SPREADS = Domain(
    name="flows with spread",
    statement="scalar embeddings, class probabilities, $\\sigma > 0$, the ideal flow started from "
    "$N(0, 1+\\sigma^2)$",
    shape={"m": Integers(2, 2), "spread": Reals(0.35, 0.6), "missing": Reals(0.0, 0.0),
           "seed": SEED},
    rows={},
    build=_spread,
    constraints={
        "matching start": Constraint(
            "$z_0 \\sim N(0, 1+\\sigma^2)$.", "missing", Reals(0.8, 1.0)),
    },
)  # fmt: skip
FLOW_END = closed_form(
    theory.flow_matching_end,
    {
        "spread 2 % low": lambda w, p, s, v, n: theory.flow_matching_end(w, p, 0.98 * s, v, n),
        "prior left out": lambda w, p, s, v, n: theory.flow_matching_end(
            w, 0 * p + 1 / len(p), s, v, n),
        "variance 0.5 % high": lambda w, p, s, v, n: (
            theory.flow_matching_end(w, p, s, v, n)[0],
            1.005 * theory.flow_matching_end(w, p, s, v, n)[1]),
        "Euler's method": lambda w, p, s, v, n: _by_euler(w, p, s, v),
        "start at the standard normal": lambda w, p, s, v, n: theory.flow_matching_end(
            w, p, s, min(v, 1.0), n),
    },
)  # fmt: skip


def _by_euler(w: Array, p: Array, sigma: float, variance: float) -> Any:
    noise = np.linspace(-8, 8, 801)
    weight = np.exp(-0.5 * noise**2)
    weight /= weight.sum()
    z = np.sqrt(variance) * noise
    for k in range(10):
        z = z + 0.1 * theory.flow_matching_velocity(z[:, None], p, w[:, None], k / 10, sigma)[:, 0]
    return 1 * p, float(weight @ z**2 - (weight @ z) ** 2)


def _final_variance(case: Spread) -> float:
    mean = np.sum(case.probabilities * case.values)
    of_labels = np.sum(case.probabilities * (case.values - mean) ** 2)
    return float(of_labels + case.spread**2)


@formula(FLOW_END, over=SPREADS, source=EQ_10, standing="corrected", dossier="P24")
def flow_from_the_matching_start(end: Callable[..., Any], case: Spread) -> Slack:
    r"""With $\sigma > 0$ the state at $t = 0$ is $N(0, 1+\sigma^2)$; from there the ideal flow ends
    at $u + \sigma\varepsilon$, of variance $Var[u] + \sigma^2$.
    """
    _, variance = end(case.values, case.probabilities, case.spread, case.start, 12)
    # 12 steps of the Runge-Kutta method leave below 5e-4 of the variance.
    return equal([variance], [_final_variance(case)], ulps=5e-4 * 2.0**53, scale=1.0)


PRINTED_SPREADS = replace(SPREADS.narrowed(missing=Reals(1.0, 1.0)), constraints={})


@formula(FLOW_END, over=PRINTED_SPREADS, source=EQ_10, standing="refuted as printed",
         dossier="2.1")  # fmt: skip
def flow_from_the_printed_start(end: Callable[..., Any], case: Spread) -> Slack:
    r"""As printed, $z_0 \sim N(0, 1)$ with $\sigma > 0$; the flow ends at
    $u + \sigma\varepsilon$.
    """
    _, variance = end(case.values, case.probabilities, case.spread, case.start, 12)
    return equal([variance], [_final_variance(case)], ulps=5e-4 * 2.0**53, scale=1.0)
