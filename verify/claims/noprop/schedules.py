"""P17, P18 and two slips: the schedule between its ends, times of training, the learned ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corollary.theory import noprop as theory
from corollary.verify.claim import Source, formula
from corollary.verify.domain import SEED, Constraint, Domain, Parameters, Range, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.noprop import NOPROP, closed_form, levels
from corollary.verify.search.certified import Measurement
from corollary.verify.slack import Slack, at_least, equal

EQ_9 = Source(NOPROP, "eq. 9")
EQ_60 = Source(NOPROP, "eq. 60")
APPENDIX_B = Source(NOPROP, "Appendix B")

# ---- the schedule between its ends ----


@dataclass(frozen=True)
class Path:
    """Two schedules with the same ends, and a squared error at their times.

    Attributes
    ----------
    first, second : ndarray (times,)
        Signal levels at 2001 times from 0 to 1.
    errors : tuple of ndarray (times,)
        e(t) along each of them.
    exact : float
        The diffusion term of both, as far as e depends on the ratio.
    integrand : callable
        Times to SNR'(t) e(t) / 2 along the first schedule.
    """

    first: Array
    second: Array
    errors: tuple[Array, Array]
    exact: float
    integrand: Callable[[Array], Array]


def _path(parameters: Parameters, precision: Precision) -> Path:
    """Build two schedules of log ratios from -reach to reach, and a squared error e."""
    time = np.linspace(0.0, 1.0, 2001)
    reach, power = float(parameters["reach"]), float(parameters["power"])
    size, of_time = float(parameters["size"]), float(parameters["of_time"])
    logs = reach * (2 * time - 1), reach * (2 * time**power - 1)

    def error(at: Array, when: Array, share: float = of_time) -> Array:
        ratio = np.exp(at)
        of_ratio = (1 + size * np.sin(at) ** 2) / (1 + ratio)
        return of_ratio + share * when * ratio / (1 + ratio) ** 2

    def integrand(when: Array, share: float = of_time) -> Array:
        at = reach * (2 * when - 1)
        return reach * np.exp(at) * error(at, when, share)

    nodes, weights = np.polynomial.legendre.leggauss(60)
    exact = float(np.sum(weights * integrand((1 + nodes) / 2, 0.0)) / 2)
    first, second = (1 / (1 + np.exp(-at)) for at in logs)
    return Path(first, second, (error(logs[0], time), error(logs[1], time)), exact, integrand)


PATH_SHAPE: dict[str, Range] = {
    "reach": Reals(1.0, 5.0),
    "power": Reals(1.2, 3.0),
    "size": Reals(0.0, 2.0, (0.0,)),
    "of_time": Reals(0.0, 0.0),
}
PATHS = Domain(
    name="schedules with the same ends",
    statement="two schedules with the same ends, blocks whose error depends on the ratio alone",
    shape=PATH_SHAPE,
    rows={},
    build=_path,
    constraints={
        "the ratio alone": Constraint(
            "The blocks do not see the time but by the ratio.", "of_time", Reals(0.3, 1.0)),
    },
)  # fmt: skip
DIFFUSION_TERM = closed_form(
    theory.diffusion_term,
    {
        "left sum": lambda s, e: 0.5 * np.sum(np.diff(s / (1 - s)) * e[:-1]),
        "mean over the times": lambda s, e: 0.5 * np.mean(e),
        "half left out": lambda s, e: 2 * theory.diffusion_term(s, e),
        "0.5 % high": lambda s, e: 1.005 * theory.diffusion_term(s, e),
        "levels for ratios": lambda s, e: 0.5 * np.sum(np.diff(s) * e[:-1]),
        "last step left out": lambda s, e: theory.diffusion_term(s[:-1], e[:-1]),
    },
)


@formula(DIFFUSION_TERM, over=PATHS, source=EQ_9, standing="derived", dossier="P17")
def schedules_with_the_same_ends_cost_the_same(term: Callable[..., Any], path: Path) -> Slack:
    r"""If the error of the blocks depends on $t$ through $SNR(t)$ alone, the diffusion term
    depends on the schedule through its ends alone.
    """
    values = [[float(term(path.first, path.errors[0])), float(term(path.second, path.errors[1]))]]
    # The trapezoidal rule with 2000 steps of a smooth integrand leaves 1e-5 of it.
    return equal(values, [[path.exact, path.exact]], ulps=5e-5 * 2.0**53, scale=path.exact)


# ---- the times of training ----

TIMED = replace(
    PATHS.narrowed(of_time=Reals(0.0, 1.0, (0.0,))),
    name="schedules and errors",
    statement="a schedule of linear log ratio, blocks whose error depends on ratio and time",
    constraints={},
)
_MIDDLES = (np.arange(4000) + 0.5) / 4000


@formula(DIFFUSION_TERM, over=TIMED, source=EQ_60, standing="corrected", dossier="2.1")
def diffusion_term_is_a_mean_over_all_times(term: Callable[..., Any], path: Path) -> Slack:
    r"""With $t \sim U[0, 1]$, $\frac12 E_t[SNR'(t) e(t)]$ is the diffusion term, the limit of the
    sum over the blocks; it can be estimated from single times.
    """
    expected = float(np.mean(path.integrand(_MIDDLES)))
    # Steps of at most 1/200 in the log ratio: the trapezoidal rule leaves (1/200)^2 / 12 = 2e-6,
    # times the curvature of e by its sine, below 5.
    value = float(term(path.first, path.errors[0]))
    return equal([value], [expected], ulps=1e-5 * 2.0**53, scale=expected)


@diffusion_term_is_a_mean_over_all_times.statistical(
    scope="200000 times t ~ U[0, 1], log ratio from -3 to 3, an error that depends on the time"
)
def single_times_estimate_the_term(term: Callable[..., Any], seed: int) -> Measurement:
    r"""The mean over drawn times is the diffusion term, up to its sampling error."""
    path = TIMED.case({"reach": 3.0, "power": 1.5, "size": 1.0, "of_time": 0.5})
    times = np.random.default_rng(np.random.Philox(seed)).random(200_000)
    values = path.integrand(times)
    error = float(values.std(ddof=1) / np.sqrt(times.size))
    predicted = float(term(path.first, path.errors[0]))
    return Measurement(predicted, float(values.mean()), error, times.size)


@formula(DIFFUSION_TERM, over=TIMED, source=EQ_60, standing="refuted as printed", dossier="2.1")
def diffusion_term_is_a_mean_over_both_ends(term: Callable[..., Any], path: Path) -> Slack:
    r"""As printed, $t \sim U\{0, 1\}$: $\frac12 E_t[SNR'(t) e(t)]$ over both ends alone is the
    diffusion term.
    """
    expected = float(np.mean(path.integrand(np.array([0.0, 1.0]))))
    value = float(term(path.first, path.errors[0]))
    return equal([value], [expected], ulps=1e-5 * 2.0**53, scale=expected)


# ---- the learned schedule ----

INTERPOLATED = closed_form(
    theory.interpolated_signal,
    {
        "ends exchanged": lambda g, low, high: theory.interpolated_signal(g, high, low),
        "half the exponent": lambda g, low, high: theory.interpolated_signal(g, low / 2, high / 2),
        "share reversed": lambda g, low, high: theory.interpolated_signal(1 - g, low, high),
        "0.5 % too steep": lambda g, low, high: theory.interpolated_signal(
            g, 1.005 * low, 1.005 * high),
    },
)  # fmt: skip


@dataclass(frozen=True)
class Exponents:
    """Shares (rows, n) that rise from 0 to 1, and both ends of the exponent (rows, 1)."""

    share: Array
    low: Array
    high: Array


def _exponents(parameters: Parameters, precision: Precision) -> Exponents:
    share = levels(parameters["seed"], 6, 0.0, 1.0)
    share = share / share[:, -1:]
    low = np.asarray(parameters["gamma_0"], dtype=np.float64)[:, None]
    return Exponents(share, low, low + np.asarray(parameters["rise"])[:, None])


EXPONENTS = Domain(
    name="learned schedules",
    statement="shares rising from 0 to 1, ends $\\gamma_0$, $\\gamma_1$ of the exponent",
    shape={},
    rows={"gamma_0": Reals(-6.0, 2.0), "rise": Reals(0.5, 8.0), "seed": SEED},
    build=_exponents,
    constraints={
        "gamma_1 above gamma_0": Constraint("$\\gamma_1 > \\gamma_0$.", "rise", Reals(-8.0, -0.5)),
    },
)


def _rising(signal: Callable[..., Array], case: Exponents) -> tuple[Slack, ...]:
    value = signal(case.share, case.low, case.high)
    ends = 1 / (1 + np.exp(np.concatenate([case.high, case.low], axis=1)))
    return (
        at_least(np.diff(value, axis=1), np.finfo(np.float64).tiny, ulps=0),
        equal(value[:, [0, -1]], ends, ulps=64),
    )


@formula(INTERPOLATED, over=EXPONENTS, source=APPENDIX_B, standing="corrected", dossier="2.1")
def learned_levels_rise(signal: Callable[..., Array], case: Exponents) -> tuple[Slack, ...]:
    r"""$\gamma(t) = \gamma_0 + (\gamma_1-\gamma_0)(1-\bar\gamma(t))$ gives levels
    $\sigma(-\gamma)$ that rise from $\sigma(-\gamma_1)$ to $\sigma(-\gamma_0)$ if
    $\gamma_1 > \gamma_0$.
    """
    return _rising(signal, case)


ANY_EXPONENTS = replace(EXPONENTS.narrowed(rise=Reals(-8.0, 8.0)), constraints={})


@formula(INTERPOLATED, over=ANY_EXPONENTS, source=APPENDIX_B, standing="refuted as printed",
         dossier="2.1")  # fmt: skip
def learned_levels_rise_as_printed(signal: Callable[..., Array], case: Exponents) -> Any:
    r"""The same for any ends that training may reach: the paper does not ask for
    $\gamma_1 > \gamma_0$.
    """
    return _rising(signal, case)
