"""Ways from a noisy latent to a clean one, given class weights at every latent and time.

With exact weights ``p(y | z, x)`` the stochastic rules sample the posterior p(y | x); they do not
look for its largest class. `class-sampling` does so exactly with any number of steps, the others
with an error that falls like one over the number of steps, or its square for `ode-heun`.
Sources: arXiv 2503.24322, equations 1 and 3; the differential equations are derived (the paper
gives none); `optimal-variance` has the smallest divergence among isotropic Gaussians.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.noprop._checks import number, one_of
from corollary.algorithms.noprop.noising import step_coefficients
from corollary.algorithms.noprop.schedules import Schedule

Array = NDArray[Any]
Weights = Callable[[Array, float], Array]
"""(latents (..., n, d), time) -> class weights (..., n, m)."""

STEP_RULES = ("stochastic", "optimal-variance", "class-sampling", "mean", "ddim")
CONTINUOUS_RULES = ("ode-euler", "ode-heun", "sde-euler", "sde-heun")
FLOW_RULES = ("ode-euler", "ode-heun")


def sample_latents(
    weights: Weights,
    embedding: Array,
    schedule: Schedule,
    latent: Array,
    *,
    steps: int,
    rule: str = "stochastic",
    generator: np.random.Generator | None = None,
    visit: Callable[[int, Array], None] | None = None,
) -> Array:
    """Return the latents (..., n, d) at time 1, after `steps` steps from `latent` at time 0.

    Parameters
    ----------
    weights : callable (latents (..., n, d), time) -> array (..., n, m)
        Class weights, non-negative and of sum 1; called at times k/steps, k < steps (and by
        the Heun rules also at time 1).
    embedding : array (m, d)
        One row for each class.
    schedule : Schedule
    latent : array (..., n, d)
        Where to start: standard normal numbers, or zeros.
    steps : int >= 1
    rule : str
        ``stochastic`` (the paper's), ``optimal-variance``, ``class-sampling``, ``mean`` (the
        paper's without its noise), ``ddim``, ``ode-euler``, ``ode-heun``, ``sde-euler`` or
        ``sde-heun``.
    generator : numpy.random.Generator, optional
        Where the noise of the random rules comes from; seeded with 0 if not given.
    visit : callable (step, latents), optional
        Called with 0 and the start, and after every step.

    Raises
    ------
    ValueError
        For an unknown rule, or fewer than one step.

    Examples
    --------
    >>> from corollary.algorithms.noprop import LinearSchedule
    >>> fixed = lambda z, time: np.broadcast_to([0.25, 0.75], z.shape)
    >>> end = sample_latents(fixed, np.eye(2), LinearSchedule(), np.zeros((1, 2)), steps=4,
    ...                      rule="mean")
    >>> end.round(2).tolist()
    [[0.25, 0.75]]
    """
    one_of("rule", rule, STEP_RULES + CONTINUOUS_RULES)
    number("steps", steps, least=1)
    random = np.random.default_rng(0) if generator is None else generator
    z = np.array(latent)
    if rule in STEP_RULES:
        step = _discrete_stepper(weights, embedding, schedule, steps, rule, random)
    else:
        step = _continuous_stepper(weights, embedding, schedule, steps, rule, random)
    if visit is not None:
        visit(0, z)
    for k in range(steps):
        z = step(k, z)
        if visit is not None:
            visit(k + 1, z)
    return z


def _discrete_stepper(
    weights: Weights,
    embedding: Array,
    schedule: Schedule,
    steps: int,
    rule: str,
    random: np.random.Generator,
) -> Callable[[int, Array], Array]:
    levels = schedule.alpha_bars(steps)
    c = step_coefficients(levels)
    squares = (embedding * embedding).sum(axis=1)

    def step(k: int, z: Array) -> Array:
        kind = z.dtype.type
        a, b, spread = kind(c.prediction[k]), kind(c.latent[k]), kind(np.sqrt(c.variance[k]))
        p = weights(z, k / steps)
        if rule == "class-sampling":
            drawn = embedding[_categorical(p, random)]
            return a * drawn + b * z + spread * _normal(random, z)
        mean = p @ embedding
        if rule == "ddim":
            kept = np.sqrt((1 - levels[k + 1]) / (1 - levels[k]))
            own = np.sqrt(levels[k + 1]) - kept * np.sqrt(levels[k])
            return kind(own) * mean + kind(kept) * z
        centre = a * mean + b * z
        if rule == "mean":
            return centre
        if rule == "stochastic":
            return centre + spread * _normal(random, z)
        doubt = np.maximum(p @ squares - (mean * mean).sum(axis=-1), 0) / z.shape[-1]
        wide = np.sqrt(spread**2 + a**2 * doubt)[..., None]
        return centre + wide * _normal(random, z)

    return step


def _continuous_stepper(
    weights: Weights,
    embedding: Array,
    schedule: Schedule,
    steps: int,
    rule: str,
    random: np.random.Generator,
) -> Callable[[int, Array], Array]:
    if not np.isfinite(schedule.log_snr_slope(0.0)):
        raise ValueError(f"schedule is {schedule!r}; rule {rule!r} needs a positive first level")
    noisy, heun, width = rule.startswith("sde"), rule.endswith("heun"), 1 / steps

    def drift(z: Array, time: float) -> Array:
        slope, level = float(schedule.log_snr_slope(time)), float(schedule.alpha_bar(time))
        mean = weights(z, time) @ embedding
        own = slope * (1 + level) / 2 if noisy else slope * level / 2
        pull = slope * np.sqrt(level) * (1.0 if noisy else 0.5)
        return z.dtype.type(pull) * mean - z.dtype.type(own) * z

    def step(k: int, z: Array) -> Array:
        time, h = k / steps, z.dtype.type(width)
        slope = drift(z, time)
        jump = np.zeros_like(z)
        if noisy:
            variance = schedule.log_snr_slope(time) * schedule.noise_variance(time)
            jump = z.dtype.type(np.sqrt(variance * width)) * _normal(random, z)
        ahead = z + h * slope + jump
        if not heun:
            return ahead
        return z + h * (slope + drift(ahead, min(1.0, (k + 1) / steps))) / 2 + jump

    return step


def integrate_flow(
    velocity: Callable[[Array, float], Array],
    latent: Array,
    *,
    steps: int,
    rule: str = "ode-euler",
    visit: Callable[[int, Array], None] | None = None,
) -> Array:
    """Return the latents at time 1 of ``dz/dt = velocity(z, t)``, after `steps` steps.

    Parameters
    ----------
    velocity : callable (latents (..., n, d), time) -> array (..., n, d)
    latent : array (..., n, d)
    steps : int >= 1
    rule : str
        ``ode-euler`` or ``ode-heun``.
    visit : callable (step, latents), optional
        Called with 0 and the start, and after every step.

    Examples
    --------
    >>> integrate_flow(lambda z, time: 1 + 0 * z, np.zeros((1, 1)), steps=4).tolist()
    [[1.0]]
    """
    one_of("rule", rule, FLOW_RULES)
    number("steps", steps, least=1)
    z = np.array(latent)
    h = z.dtype.type(1 / steps)
    if visit is not None:
        visit(0, z)
    for k in range(steps):
        slope = velocity(z, k / steps)
        if rule == "ode-heun":
            slope = (slope + velocity(z + h * slope, min(1.0, (k + 1) / steps))) / 2
        z = z + h * slope
        if visit is not None:
            visit(k + 1, z)
    return z


def _normal(random: np.random.Generator, like: Array) -> Array:
    return random.standard_normal(like.shape, like.dtype)


def _categorical(weights: Array, random: np.random.Generator) -> Array:
    """Return one class for each row of weights."""
    sums = np.cumsum(weights, axis=-1)
    drawn = random.random(sums.shape[:-1])[..., None] * sums[..., -1:]
    return np.minimum((drawn >= sums).sum(axis=-1), sums.shape[-1] - 1)
