"""P3, P4, P5: the objective as a bound of the likelihood, its parts, and its limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.theory import noprop as theory
from corollary.verify.claim import Source, formula, law
from corollary.verify.domain import SEED, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.noprop import (
    BOUNDS,
    ELBOS,
    NOPROP,
    OBJECTIVE,
    PRINTED_BOUNDS,
    QUADRATURE_ULPS,
    Bound,
    bound_case,
    closed_form,
    gaussian,
    normals,
)
from corollary.verify.slack import Slack, at_least, at_most, equal

EQ_8 = Source(NOPROP, "eq. 8")
EQ_9 = Source(NOPROP, "eq. 9")
NOTHING_TO_LEARN = bound_case(m=4, alike=1.0, seed=5)


@law(OBJECTIVE, over=BOUNDS, source=EQ_8, standing="corrected", dossier="P3",
     tight=(NOTHING_TO_LEARN,))  # fmt: skip
def evidence_bound(objective: Callable[..., Array], bound: Bound) -> Slack:
    r"""$\log p(y|x) \ge -L_{DT}(x, y)$ for any blocks, any output head, any embeddings and any
    rising signal levels below 1, if $\eta \ge 1$.
    """
    value = objective(*bound.arguments)
    return at_least(value, -bound.log_likelihood, ulps=QUADRATURE_ULPS, scale=1.0)


@law(OBJECTIVE, over=PRINTED_BOUNDS, source=EQ_8, standing="refuted as printed", dossier="2.1")
def evidence_bound_with_small_eta(objective: Callable[..., Array], bound: Bound) -> Slack:
    r"""With $\eta = 0.1$, as in the paper's runs, $L_{DT}$ is still the negative of a lower bound
    of $\log p(y|x)$.
    """
    value = objective(*bound.arguments)
    return at_least(value, -bound.log_likelihood, ulps=QUADRATURE_ULPS, scale=1.0)


@law(OBJECTIVE, over=ELBOS, source=EQ_8, standing="as printed", dossier="P3")
def objective_is_minus_the_elbo(objective: Callable[..., Array], bound: Bound) -> Slack:
    r"""At $\eta = 1$, $L_{DT} = -E_q[\log p(y, z_{0:T}|x) - \log q(z_{0:T}|y)]$."""
    value = objective(*bound.arguments)
    return equal(value, -bound.evidence_bound, ulps=QUADRATURE_ULPS, scale=1 + np.abs(value))


@law(OBJECTIVE, over=ELBOS.narrowed(blocks=Integers(2, 3)), source=EQ_8, standing="as printed",
     dossier="P4")  # fmt: skip
def loss_is_the_mean_over_blocks(objective: Callable[..., Array], bound: Bound) -> Slack:
    r"""$L_{DT}$ is the mean over $t$ of the losses of single blocks, each with the cross-entropy,
    the prior term and $\frac T2 \eta (s_t - s_{t-1}) e_t$ of its own; $\eta = 1$.
    """
    whole = objective(*bound.arguments)
    blocks = bound.squared_errors.shape[1]
    ratios = bound.levels / (1 - bound.levels)
    base = bound.cross_entropy + theory.prior_divergence(bound.embedding, bound.levels[:, 0])
    weights = blocks / 2 * np.diff(ratios, axis=1)
    losses = base[:, None] + weights * bound.squared_errors
    return equal(whole, losses.mean(axis=1), ulps=64, scale=1 + np.abs(whole))


# ---- the prior term ----


@dataclass(frozen=True)
class Ends:
    """Embeddings (rows, d), the level of the noisy end, and how far the label is from its own."""

    embedding: Array
    level: Array


def _ends(parameters: Parameters, precision: Precision) -> Ends:
    u = 1.5 * normals(parameters["seed"], (int(parameters["d"]),), 5)
    return Ends(u, np.asarray(parameters["level"], dtype=np.float64))


ENDS = Domain(
    name="noisy ends",
    statement="an embedding $u$ and a level $\\bar\\alpha_0$ of the noisy end",
    shape={"d": Integers(1, 4)},
    rows={"level": Reals(0.0, 0.9, (0.0, 0.5)), "seed": SEED},
    build=_ends,
)
PRIOR_DIVERGENCE = closed_form(
    theory.prior_divergence,
    {
        "half the squared norm": lambda u, a: 0.5 * np.sum(u**2, axis=-1),
        "logarithm left out": lambda u, a: 0.5 * a * (np.sum(u**2, axis=-1) - u.shape[-1]),
        "one coordinate": lambda u, a: theory.prior_divergence(u[..., :1], a),
        "level 0.3 % low": lambda u, a: theory.prior_divergence(u, 0.997 * a),
        "0.3 % high": lambda u, a: 1.003 * theory.prior_divergence(u, a),
        "norm not squared": lambda u, a: theory.prior_divergence(np.sqrt(np.abs(u)), a),
    },
)
_NODES = np.linspace(-12, 12, 401)


@formula(PRIOR_DIVERGENCE, over=ENDS, standing="derived", dossier="2")
def prior_term(divergence: Callable[..., Array], ends: Ends) -> Slack:
    r"""$KL(q(z_0|y)\|N(0,I)) = \frac12[\bar\alpha_0(\|u\|^2-d)-d\ln(1-\bar\alpha_0)]$, which the
    paper leaves open.
    """
    mean, variance = np.sqrt(ends.level)[:, None] * ends.embedding, 1 - ends.level[:, None]
    z = mean[..., None] + np.sqrt(variance)[..., None] * _NODES
    weight = gaussian(_NODES, 0.0, 1.0) * (_NODES[1] - _NODES[0])
    log_ratio = z**2 / 2 - _NODES**2 / 2 - 0.5 * np.log(variance)[..., None]
    expected = np.sum(log_ratio @ weight, axis=-1)
    return equal(divergence(ends.embedding, ends.level), expected, ulps=2**12, scale=1 + expected)


# ---- the limit of many blocks ----


@dataclass(frozen=True)
class Riemann:
    """Smooth ratios s(t) and errors e(t): the sum over T blocks, the integral, L and V (rows,)."""

    blocks: int
    distance: Array
    lipschitz: Array
    variation: Array


def _riemann(parameters: Parameters, precision: Precision) -> Riemann:
    """Build s(t) = A t + B t^2 + ramp, and e(t) a step function or a falling exponential."""
    blocks = int(parameters["blocks"])
    size = np.asarray(parameters["slope"], dtype=np.float64)[:, None]
    bend = np.asarray(parameters["bend"], dtype=np.float64)[:, None]
    rate = np.asarray(parameters["rate"], dtype=np.float64)[:, None]
    place = np.asarray(parameters["place"], dtype=np.float64)[:, None]
    kind = np.asarray(parameters["jump"], dtype=np.float64)[:, None] > 0.5
    t = np.arange(blocks + 1)[None] / blocks
    s = size * (t + bend * t**2)
    falling = np.exp(-rate * t[:, :-1])
    step = (t[:, :-1] <= place).astype(float)
    total = 0.5 * np.sum(np.diff(s, axis=1) * np.where(kind, step, falling), axis=1)
    up_to = size * (place + bend * place**2)
    weighted = (1 - np.exp(-rate)) / rate
    first = (1 - (1 + rate) * np.exp(-rate)) / rate**2
    integral = np.where(kind, up_to, size * (weighted + 2 * bend * first))[:, 0] / 2
    lipschitz = (size * (1 + 2 * bend))[:, 0]
    variation = np.where(kind, 1.0, 1 - np.exp(-rate))[:, 0]
    return Riemann(blocks, np.abs(total - integral), lipschitz, variation)


RIEMANN = Domain(
    name="smooth schedules",
    statement="ratios $s(t)$ with Lipschitz constant $L$, errors $e(t)$ of total variation $V$, "
    "$T$ equal steps",
    shape={"blocks": Integers(1, 40)},
    rows={
        "slope": Reals(0.1, 20.0, (1.0,)),
        "bend": Reals(0.0, 3.0, (0.0,)),
        "rate": Reals(0.5, 30.0),
        "place": Reals(0.001, 0.999),
        "jump": Reals(0.0, 1.0, (0.0, 1.0)),
    },
    build=_riemann,
)
RIEMANN_BOUND = closed_form(
    theory.riemann_error_bound,
    {
        "half of it": lambda slope, variation, blocks: slope * variation / (4 * blocks),
        "1 % less": lambda slope, variation, blocks: 0.99 * slope * variation / (2 * blocks),
        "one block more": lambda slope, variation, blocks: slope * variation / (2 * blocks + 2),
        "second order": lambda slope, variation, blocks: slope * variation / (2 * blocks**2),
    },
)
# The step falls just behind a block's beginning, and the whole block is counted as before it.
WORST = {"blocks": 4, "slope": 1.0, "bend": 0.0, "rate": 1.0, "place": 0.25, "jump": 1.0}


@formula(RIEMANN_BOUND, over=RIEMANN, source=EQ_9, standing="sharpened", dossier="P5",
         tight=(WORST,))  # fmt: skip
def sum_tends_to_the_integral(bound: Callable[..., Any], case: Riemann) -> Slack:
    r"""With $t_k = k/T$, $\frac12\sum_k (s(t_k)-s(t_{k-1}))e(t_{k-1})$ is within $LV/(2T)$ of
    $\frac12\int_0^1 s'(t)e(t)dt$.
    """
    upper = bound(case.lipschitz, case.variation, case.blocks)
    return at_most(case.distance, upper, ulps=64 * case.blocks, scale=1 + case.lipschitz)
