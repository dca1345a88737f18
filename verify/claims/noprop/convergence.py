"""P12, P27: how fast runs with ideal blocks come to the posterior, by the number of blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from corollary.theory import noprop as theory
from corollary.verify.claim import Source, formula, table
from corollary.verify.domain import Domain, Integers, Range, Reals
from corollary.verify.precision import Array
from corollary.verify.roles.noprop import NOPROP, closed_form
from corollary.verify.slack import Slack, at_least, between

INFERENCE = Source(NOPROP, "eq. 3")

RUN_PROBABILITIES = closed_form(
    theory.run_class_probabilities,
    {
        "the posterior itself": lambda s, w, p, *rest: 1 * p,
        "best variance": lambda s, w, p, *rest: theory.run_class_probabilities(
            s, w, p, "optimal", *rest[1:]),
        "one block more": lambda s, w, p, *rest: theory.run_class_probabilities(
            _with_middle(s), w, p, *rest),
        "0.2 % of the runs uniform": lambda s, w, p, *rest: 0.998
        * theory.run_class_probabilities(s, w, p, *rest) + 0.001,
        "least probable class preferred": lambda s, w, p, *rest:
            theory.run_class_probabilities(s, w, p[::-1], *rest),
    },
)  # fmt: skip


def _with_middle(known: Array) -> Array:
    return np.sort(np.append(known, (known[0] + known[1]) / 2))


def _log_linear(blocks: int, half_range: float = 6.0) -> Array:
    return theory.log_linear_signal(np.arange(blocks + 1) / blocks, half_range)


@table(RUN_PROBABILITIES, rows=((4, 0.0782), (8, 0.0455), (16, 0.0244), (32, 0.0128)), digits=4,
       source=INFERENCE, standing="derived", dossier="P12")  # fmt: skip
def class_one_is_overrated(probabilities: Callable[..., Array], blocks: int) -> float:
    r"""$u = \pm 1$, $p = (0.7, 0.3)$, log-linear ratio from $e^{-6}$ to $e^6$: one Gaussian run
    returns class 1 more often than with $0.7$, by the stated excess for $T = 4, 8, 16, 32$.
    """
    values, pmf = np.array([1.0, -1.0]), np.array([0.7, 0.3])
    return float(probabilities(_log_linear(blocks), values, pmf, "posterior", "exact")[0] - 0.7)


FLOW_PROBABILITIES = closed_form(
    theory.flow_class_probabilities,
    {
        "the posterior itself": lambda s, w, p, *rest: 1 * p,
        "from the prior": lambda s, w, p, method, start: theory.flow_class_probabilities(
            s, w, p, method, "noise"),
        "method exchanged": lambda s, w, p, method, start: theory.flow_class_probabilities(
            s, w, p, "euler" if method == "heun" else "heun", start),
        "last step left out": lambda s, w, p, method, start: theory.flow_class_probabilities(
            s[:-1], w, p, method, start) * 0.9999,
        "0.2 % of the runs uniform": lambda s, w, p, *rest: 0.998
        * theory.flow_class_probabilities(s, w, p, *rest) + 0.001,
    },
)  # fmt: skip


@table(FLOW_PROBABILITIES, standing="derived", dossier="P12", digits=4, rows=(
    ("euler", 8, -0.0155), ("euler", 16, -0.0080), ("euler", 32, -0.0041),
    ("ddim", 8, 0.0197), ("ddim", 16, 0.0091), ("ddim", 32, 0.0044), ("ddim", 64, 0.0021),
    ("heun", 8, 0.0021), ("heun", 16, 0.0006), ("heun", 32, 0.0002),
))  # fmt: skip
def errors_of_the_flow(probabilities: Callable[..., Array], method: str, blocks: int) -> float:
    r"""The same label, by the probability-flow ODE from $q(z_0|x)$: error of class 1."""
    values, pmf = np.array([1.0, -1.0]), np.array([0.7, 0.3])
    return float(probabilities(_log_linear(blocks), values, pmf, method, "exact")[0] - 0.7)


@dataclass(frozen=True)
class Binary:
    """A binary label with the probability of class 1, and how many steps, at most and at least."""

    share: float
    size: float
    blocks: int


BINARY_SHAPE: dict[str, Range] = {
    "share": Reals(0.55, 0.95),
    "size": Reals(0.8, 1.5, (1.0,)),
    "blocks": Integers(1, 2),
}
BINARIES = Domain(
    name="binary labels",
    statement="$u = \\pm w$, $p(1|x) = p > 1/2$, log-linear ratio from $e^{-4}$ to $e^4$",
    shape=BINARY_SHAPE,
    rows={},
    build=lambda parameters, _: Binary(
        float(parameters["share"]),
        float(parameters["size"]),
        int(parameters["blocks"]),
    ),
)


@table(FLOW_PROBABILITIES, standing="derived", dossier="P12", digits=0,
       rows=(("euler", 1), ("ddim", 1), ("heun", 2)))  # fmt: skip
def orders_of_the_flow(probabilities: Callable[..., Array], method: str) -> float:
    r"""Twice the steps, from 16 to 32, divide the error by 2 for Euler's method and DDIM, by 4 for
    Heun's: orders 1, 1 and 2.
    """
    values, pmf = np.array([1.0, -1.0]), np.array([0.7, 0.3])
    few, many = (
        float(probabilities(_log_linear(blocks), values, pmf, method, "exact")[0] - 0.7)
        for blocks in (16, 32)
    )
    return float(np.log2(np.float64(few) / np.float64(many)))


@formula(RUN_PROBABILITIES, over=BINARIES, standing="derived", dossier="P27")
def few_blocks_are_overconfident(
    probabilities: Callable[..., Array], case: Binary
) -> tuple[Slack, ...]:
    r"""A Gaussian run returns the more probable class with a probability above $p$ that falls
    towards it as $T$ is doubled: votes over runs are overconfident for few blocks. Twice the
    blocks leave between 0.1 % and 97 % of the excess over $p$.
    """
    values, pmf = case.size * np.array([1.0, -1.0]), np.array([case.share, 1 - case.share])
    few, many = (
        float(probabilities(_log_linear(blocks, 4.0), values, pmf, "posterior", "exact")[0])
        for blocks in (case.blocks, 2 * case.blocks)
    )
    excess = few - case.share
    return (
        at_least([excess], 1e-4, ulps=0),
        between(1e-3 * excess, [many - case.share], 0.97 * excess, ulps=0),
    )
