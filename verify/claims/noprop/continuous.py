"""P19: the differential equations of inference in continuous time, and DDIM."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.theory import noprop as theory
from corollary.verify.claim import Source, formula
from corollary.verify.domain import Domain, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.noprop import NOPROP, closed_form, plain_coefficients
from corollary.verify.slack import Slack, at_most, equal

EQ_9 = Source(NOPROP, "eq. 9")


@dataclass(frozen=True)
class Moments:
    """Log ratios at the beginning of a short step and its length, (rows,)."""

    log_ratio: Array
    length: Array

    @property
    def levels(self) -> Array:
        """The two levels of each step, shape (rows, 2)."""
        ends = np.stack([self.log_ratio, self.log_ratio + self.length], axis=1)
        return 1 / (1 + np.exp(-ends))


def _moments(parameters: Parameters, precision: Precision) -> Moments:
    return Moments(np.asarray(parameters["log_ratio"]), np.asarray(parameters["length"]))


SHORT_STEPS = Domain(
    name="short steps",
    statement="a log ratio $\\lambda = -\\gamma$ and a step $\\tau$ in it",
    shape={},
    rows={"log_ratio": Reals(-8.0, 8.0, (0.0,)), "length": Reals(1e-4, 0.5)},
    build=_moments,
)
LONG_STEPS = SHORT_STEPS.narrowed(length=Reals(0.05, 6.0))

DIFFUSION_RATES = closed_form(
    theory.diffusion_rates,
    {
        "rates of the flow": lambda a: (*theory.flow_rates(a), 1 - a),
        "level for its root": lambda a: (a, -(1 + a) / 2, 1 - a),
        "state 3 % high": lambda a: (np.sqrt(a), -1.03 * (1 + a) / 2, 1 - a),
        "noise 5 % low": lambda a: (np.sqrt(a), -(1 + a) / 2, 0.95 * (1 - a)),
        "variance of the level": lambda a: (np.sqrt(a), -(1 + a) / 2, a),
        "estimate for state": lambda a: (np.sqrt(a), -np.sqrt(a), 1 - a),
    },
)
FLOW_RATES = closed_form(
    theory.flow_rates,
    {
        "drift of the SDE": lambda a: theory.diffusion_rates(a)[:2],
        "half left out": lambda a: (np.sqrt(a), -a),
        "level for its root": lambda a: (a / 2, -a / 2),
        "straight flow": lambda a: (np.ones_like(a), -np.ones_like(a)),
        "state 3 % high": lambda a: (np.sqrt(a) / 2, -1.03 * a / 2),
        "estimate 3 % low": lambda a: (0.97 * np.sqrt(a) / 2, -a / 2),
    },
)


def _near(value: Any, rate: Any, length: Array) -> Slack:
    """Return that a difference quotient is within a step of its limit."""
    return at_most(np.abs(value / length - rate), length, ulps=2**12, scale=1.0 / length)


@formula(DIFFUSION_RATES, over=SHORT_STEPS, source=EQ_9, standing="derived", dossier="P19")
def steps_tend_to_the_diffusion(rates: Callable[..., Any], steps: Moments) -> tuple[Slack, ...]:
    r"""$(a_t, b_t - 1, c_t)/\tau$ is within $\tau$ of
    $(\sqrt{\bar\alpha}, -\frac12(1+\bar\alpha), 1-\bar\alpha)$, the coefficients of
    $dz = (\sqrt{\bar\alpha}\hat u - \frac12(1+\bar\alpha)z)d\lambda + \sqrt{1-\bar\alpha}\,dw$.
    """
    known = steps.levels
    a, b, c = (part[0] for part in plain_coefficients(known.T))
    estimate, state, variance = rates(known[:, 0])
    return (
        _near(a, estimate, steps.length),
        _near(b - 1, state, steps.length),
        _near(c, variance, steps.length),
    )


@steps_tend_to_the_diffusion.proved(scope="derivatives at step 0, every level in (0, 1)")
def diffusion_limit() -> Iterator[Any]:
    import sympy

    root, tau = sympy.symbols("r tau", positive=True)
    level = root**2
    ratio = level / (1 - level) * sympy.exp(tau)
    later = ratio / (1 + ratio)
    kept = level / later
    a = sympy.sqrt(later) * (1 - kept) / (1 - level)
    b = sympy.sqrt(kept) * (1 - later) / (1 - level)
    c = (1 - later) * (1 - kept) / (1 - level)
    for coefficient, limit in ((a, root), (b, -(1 + level) / 2), (c, 1 - level)):
        yield sympy.diff(coefficient, tau).subs(tau, 0) - limit


@formula(FLOW_RATES, over=SHORT_STEPS, source=EQ_9, standing="derived", dossier="P19")
def ddim_tends_to_the_flow(rates: Callable[..., Any], steps: Moments) -> tuple[Slack, ...]:
    r"""The coefficients of DDIM are within $\tau^2$ of $\tau$ times those of the
    probability-flow ODE $dz = \frac12(\sqrt{\bar\alpha}\hat u - \bar\alpha z)d\lambda$, which has
    no singularity at either end; it is not the SDE without its noise.
    """
    before, after = steps.levels.T
    state = np.sqrt((1 - after) / (1 - before))
    estimate = np.sqrt(after) - state * np.sqrt(before)
    of_estimate, of_state = rates(before)
    return (
        _near(estimate, of_estimate, steps.length),
        _near(state - 1, of_state, steps.length),
    )


@ddim_tends_to_the_flow.proved(scope="derivatives at step 0, every level in (0, 1)")
def flow_limit() -> Iterator[Any]:
    import sympy

    root, tau = sympy.symbols("r tau", positive=True)
    level = root**2
    ratio = level / (1 - level) * sympy.exp(tau)
    later = ratio / (1 + ratio)
    state = sympy.sqrt((1 - later) / (1 - level))
    estimate = sympy.sqrt(later) - state * root
    yield sympy.diff(estimate, tau).subs(tau, 0) - root / 2
    yield sympy.diff(state, tau).subs(tau, 0) + level / 2


def _ddim(estimate: float = 1.0, state: float = 1.0) -> Callable[..., Any]:
    def coefficients(known: Any) -> Any:
        own = theory.ddim_coefficients(known)
        return theory.Step(estimate * own.estimate, state * own.state, own.variance)

    return coefficients


def _without_shift(known: Any) -> Any:
    own = theory.ddim_coefficients(known)
    return theory.Step(np.sqrt(known[..., 1:]), own.state, own.variance)


DDIM = closed_form(
    theory.ddim_coefficients,
    {
        "mean of the paper's step": theory.step_coefficients,
        "estimate 0.3 % low": _ddim(estimate=0.997),
        "state 0.3 % high": _ddim(state=1.003),
        "shift of the mean left out": _without_shift,
        "variance ratio for its root": lambda s: theory.Step(
            theory.ddim_coefficients(s).estimate,
            theory.ddim_coefficients(s).state ** 2,
            theory.ddim_coefficients(s).variance,
        ),
    },
)


@formula(DDIM, over=LONG_STEPS, standing="derived", dossier="P19")
def ddim_keeps_the_marginal(coefficients: Callable[..., Any], steps: Moments) -> tuple[Slack, ...]:
    r"""With $\hat u = u$ the step of DDIM takes $q(z_{t-1}|y)$ to $q(z_t|y)$ exactly, without
    noise, for steps of any length.
    """
    before, after = steps.levels.T
    estimate, state, variance = coefficients(steps.levels)
    return (
        equal(estimate[:, 0] + state[:, 0] * np.sqrt(before), np.sqrt(after), ulps=64),
        equal(state[:, 0] ** 2 * (1 - before), 1 - after, ulps=64),
        equal(variance[:, 0], 0.0, ulps=1, scale=1.0),
    )


@ddim_keeps_the_marginal.proved(scope="all levels 0 < previous, following < 1")
def ddim_identities() -> Iterator[Any]:
    import sympy

    first, second = sympy.symbols("p q", positive=True)
    before, after = first / (1 + first), second / (1 + second)  # from the ratios
    state = sympy.sqrt((1 - after) / (1 - before))
    estimate = sympy.sqrt(after) - state * sympy.sqrt(before)
    yield estimate + state * sympy.sqrt(before) - sympy.sqrt(after)
    yield state**2 * (1 - before) - (1 - after)
