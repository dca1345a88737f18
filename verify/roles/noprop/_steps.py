"""The roles of a step towards the label: its coefficients, the step itself, and training noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.noprop._drawn import levels, normals
from corollary.verify.roles.noprop._interface import called, several

Coefficients = tuple[Array, Array, Array]


@dataclass(frozen=True)
class Steps:
    """States before one step, with what the step needs; rows share nothing but the sizes.

    Attributes
    ----------
    levels : ndarray (T + 1,)
        The signal levels of a whole schedule.
    state, estimate, noise : ndarray (rows, d)
    """

    levels: Array
    state: Array
    estimate: Array
    noise: Array

    @property
    def before(self) -> Array:
        return self.levels[:-1]

    @property
    def after(self) -> Array:
        return self.levels[1:]


def _steps(parameters: Parameters, precision: Precision) -> Steps:
    known = levels(parameters["schedule"], int(parameters["blocks"]), float(parameters["first"]))
    if parameters["falling"] > 0.5:
        known = known[:, ::-1]
    seed, d = parameters["seed"], (int(parameters["d"]),)
    state, estimate, noise = (precision.round(normals(seed, d, stream)) for stream in (1, 2, 3))
    return Steps(precision.round(known[0]), state, estimate, noise)


RISING = {"rising levels": Constraint("$\\bar\\alpha_{t-1} < \\bar\\alpha_t$ for every block.",
                                      "falling", Reals(1.0, 1.0))}  # fmt: skip
STEPS = Domain(
    name="steps",
    statement="signal levels $0 \\le \\bar\\alpha_0 < \\ldots < \\bar\\alpha_T < 1$, states "
    "$z_{t-1}$, estimates $\\hat u$ and noise",
    shape={
        "blocks": Integers(1, 8),
        "d": Integers(1, 4),
        "schedule": SEED,
        "first": Reals(-1.0, 0.3, (0.0, -1.0)),
        "falling": Reals(0.0, 0.0),
    },
    rows={"seed": SEED},
    build=_steps,
    constraints=RISING,
)


def steps_case(**given: Any) -> Parameters:
    """Return the parameters of a case of `STEPS`."""
    usual = {"blocks": 2, "d": 1, "schedule": 0, "first": 0.0, "falling": 0.0, "seed": 0}
    return {**usual, **given}


# ---- the coefficients a, b, c ----


def reference_coefficients(signal_levels: Any) -> Coefficients:
    """Return the library's coefficients a, b, c of every block."""
    from corollary.algorithms.noprop import step_coefficients

    found = step_coefficients(signal_levels)
    return found.prediction, found.latent, found.variance


def plain_coefficients(known: Any) -> Coefficients:
    """Return a, b, c of every block, as the paper writes them."""
    before, after = known[:-1], known[1:]
    kept = before / after
    return (
        np.sqrt(after) * (1 - kept) / (1 - before),
        np.sqrt(kept) * (1 - after) / (1 - before),
        (1 - after) * (1 - kept) / (1 - before),
    )


def _coefficients(known: Any, a: Any = 1.0, b: Any = 1.0, c: Any = 1.0) -> Coefficients:
    own = plain_coefficients(known)
    return own[0] * a, own[1] * b, own[2] * c


def _late(known: Any) -> Coefficients:
    """Use the noise of the level before for that after."""
    before, after = known[:-1], known[1:]
    a, b, _ = plain_coefficients(known)
    return a, b, (1 - before) * (1 - before / after) / (1 - after)


def _deviation(known: Any) -> Coefficients:
    a, b, c = plain_coefficients(known)
    return a, b, np.sqrt(c)


def _convex(known: Any) -> Coefficients:
    a, _, c = plain_coefficients(known)
    return a, 1 - a, c


def _halved(level: Any) -> Any:
    """Return the level whose log signal-to-noise ratio is half as large."""
    return 1 / (1 + np.sqrt((1 - level) / np.maximum(level, 1e-300)))


_WRONG_COEFFICIENTS: dict[str, Callable[..., Coefficients]] = {
    "signal level for its root": lambda s: _coefficients(s, a=np.sqrt(s[1:])),
    "noise of the forward process": lambda s: _coefficients(s, c=(1 - s[:-1]) / (1 - s[1:])),
    "root of the cumulative level": lambda s: _coefficients(s, b=np.sqrt(s[1:])),
    "levels of the noise exchanged": _late,
    "state 0.3 % high": lambda s: _coefficients(s, b=1.003),
    "estimate 0.3 % low": lambda s: _coefficients(s, a=0.997),
    "variance 0.3 % high": lambda s: _coefficients(s, c=1.003),
    "deviation for variance": lambda s: _coefficients(s, c=1 / np.sqrt(plain_coefficients(s)[2])),
    "convex combination": lambda s: (
        *_coefficients(s)[:1],
        1 - plain_coefficients(s)[0],
        plain_coefficients(s)[2],
    ),
    "half the exponent": lambda s: plain_coefficients(
        1 / (1 + np.sqrt((1 - s) / np.maximum(s, 1e-300)))
    ),
}


def _adapt_coefficients(implementation: Implementation) -> Callable[[Array], list[Array]]:
    def call(signal_levels: Array) -> list[Array]:
        shape = (signal_levels.size - 1,)
        return several(implementation, (shape, shape, shape), signal_levels)

    return call


STEP_COEFFICIENTS = Role(
    name="step_coefficients",
    family="noprop",
    signature="signal levels (T + 1,) -> a (T,), b (T,), c (T,) of z_t = a u + b z + sqrt(c) e",
    default="corollary.verify.roles.noprop._steps:reference_coefficients",
    adapt=_adapt_coefficients,
    mutants=_WRONG_COEFFICIENTS,
    trivial={"zero": lambda s: (0 * s[1:], 0 * s[1:], 0 * s[1:]),
             "one": lambda s: (0 * s[1:] + 1, 0 * s[1:] + 1, 0 * s[1:] + 1)},
    typical=(STEPS, steps_case(blocks=8, schedule=3)),
)  # fmt: skip

# ---- one step of inference ----


def reference_step(state: Any, estimate: Any, noise: Any, previous: float, following: float) -> Any:
    """Return the paper's step with the library's coefficients."""
    a, b, c = reference_coefficients(np.array([previous, following]))
    return a[0] * estimate + b[0] * state + np.sqrt(c[0]) * noise


def _with(function: Callable[..., Coefficients]) -> Callable[..., Any]:
    def step(z: Any, u: Any, noise: Any, previous: float, following: float) -> Any:
        a, b, c = function(np.array([previous, following]))
        return a[0] * u + b[0] * z + np.sqrt(c[0]) * noise

    return step


def _redrawn(z: Any, u: Any, noise: Any, previous: float, following: float) -> Any:
    return np.sqrt(following) * u + np.sqrt(1 - following) * noise


def _drift(z: Any, u: Any, noise: Any, previous: float, following: float) -> Any:
    length = _log_ratio(following) - _log_ratio(previous)
    return z + length * (np.sqrt(previous) * u - (1 + previous) / 2 * z)


def _log_ratio(level: float) -> Any:
    level = max(level, 1e-6)
    return np.log(level / (1 - level))


def _straight(z: Any, u: Any, noise: Any, previous: float, following: float) -> Any:
    return z + (following - previous) * (u - z) / (1 - previous)


SAMPLER_STEP = Role(
    name="sampler_step",
    family="noprop",
    signature="state (b, d), estimate (b, d), noise (b, d), previous and following signal level "
    "-> state (b, d)",
    default="corollary.verify.roles.noprop._steps:reference_step",
    adapt=lambda implementation: (
        lambda state, *rest: called(implementation, state.shape, state, *rest)
    ),
    mutants={
        "noise of the forward process": _with(_WRONG_COEFFICIENTS["noise of the forward process"]),
        "estimate 0.3 % low": _with(_WRONG_COEFFICIENTS["estimate 0.3 % low"]),
        "variance 0.3 % high": _with(_WRONG_COEFFICIENTS["variance 0.3 % high"]),
        "state 0.3 % high": _with(_WRONG_COEFFICIENTS["state 0.3 % high"]),
        "signal level for its root": _with(_WRONG_COEFFICIENTS["signal level for its root"]),
        "redrawn from the estimate": _redrawn,
        "drift of the SDE without its noise": _drift,
        "straight flow to the estimate": _straight,
        "the estimate itself": lambda z, u, noise, previous, following: u + 0 * z,
        "levels exchanged in the noise": _with(_late),
        "noise 0.2 % low": lambda z, u, e, *ends: _with(plain_coefficients)(z, u, 0.998 * e, *ends),
        "0.2 % of the state left": lambda z, u, e, *ends: (
            _with(plain_coefficients)(z, u, e, *ends) + 0.002 * z),
    },
    trivial={"the state": lambda z, *_: z, "zero": lambda z, *_: 0 * z,
             "the noise": lambda z, u, noise, *_: noise},
    typical=(STEPS, steps_case(blocks=8, schedule=3, d=4)),
)  # fmt: skip

# ---- what the blocks are shown in training ----


@dataclass(frozen=True)
class Shown:
    """Embeddings of labels, one noise array per block, and the levels of a schedule."""

    levels: Array
    embedding: Array
    noise: Array


def _shown(parameters: Parameters, precision: Precision) -> Shown:
    steps = _steps(parameters, precision)
    blocks, d = steps.levels.size - 1, steps.state.shape[1]
    noise = normals(parameters["seed"], (blocks, d), 4)
    return Shown(steps.levels, steps.estimate, precision.round(np.swapaxes(noise, 0, 1)))


SHOWN = Domain(
    name="training batches",
    statement="signal levels, the embeddings of a batch of labels, standard normal noise for "
    "every block",
    shape={key: item for key, item in STEPS.shape.items() if key != "falling"}
    | {"falling": Reals(0.0, 0.0)},
    rows=STEPS.rows,
    build=_shown,
)


def reference_inputs(embedding: Any, noise: Any, signal_levels: Any) -> Any:
    """Return the library's noised embeddings, a level for each block."""
    from corollary.algorithms.noprop import noise as noised

    return np.stack(
        [noised(embedding, level, e) for level, e in zip(signal_levels, noise, strict=False)]
    )


def _inputs(signal: Callable[[Any], Any], rest: Callable[[Any], Any]) -> Callable[..., Any]:
    def inputs(u: Any, noise: Any, known: Any) -> Any:
        level = known[:-1, None, None]
        return signal(level) * u + rest(level) * noise

    return inputs


def _noised(u: Any, noise: Any, level: Any) -> Any:
    return np.sqrt(level) * u + np.sqrt(1 - level) * noise


def _chain(u: Any, noise: Any, known: Any) -> Any:
    """Walk from the clean end along one sampled chain."""
    states = [_noised(u, noise[-1], known[-1])]
    for t in range(len(known) - 2, -1, -1):
        kept = known[t] / known[t + 1]
        states.append(np.sqrt(kept) * states[-1] + np.sqrt(1 - kept) * noise[t])
    return np.stack(states[:0:-1])


BLOCK_INPUTS = Role(
    name="block_inputs",
    family="noprop",
    signature="embeddings (b, d), standard normal noise (T, b, d), signal levels (T + 1,) -> "
    "inputs of the blocks (T, b, d)",
    default="corollary.verify.roles.noprop._steps:reference_inputs",
    adapt=lambda implementation: (
        lambda embedding, noise, known: called(
            implementation, noise.shape, embedding, noise, known
        )
    ),
    mutants={
        "signal level for its root": _inputs(lambda a: a, lambda a: np.sqrt(1 - a)),
        "noise level for its root": _inputs(np.sqrt, lambda a: 1 - a),
        "half the exponent": _inputs(lambda a: np.sqrt(_halved(a)),
                                     lambda a: np.sqrt(1 - _halved(a))),
        "state after the step": lambda u, e, s: _noised(u, e, s[1:, None, None]),
        "one chain for all blocks": _chain,
        "one noise for all blocks": lambda u, e, s: _noised(u, 0 * e + e[0], s[:-1, None, None]),
        "clamped levels": lambda u, e, s: _noised(u, e, np.clip(s[:-1, None, None], 0.01, 0.99)),
        "signal 0.3 % high": _inputs(lambda a: 1.003 * np.sqrt(a), lambda a: np.sqrt(1 - a)),
        "noise 0.3 % low": _inputs(np.sqrt, lambda a: 0.997 * np.sqrt(1 - a)),
        "0.2 % of another block's noise": lambda u, e, s: (
            _noised(u, e, s[:-1, None, None]) + 0.002 * np.roll(e, 1, axis=0)),
        "level 0.2 % high": lambda u, e, s: _noised(u, e, 1.002 * s[:-1, None, None]),
        "variance of the step": lambda u, e, s: _noised(u, e, s[:-1, None, None])
        * (1 + 1e-3 * np.diff(s)[:, None, None]),
    },
    trivial={"the noise": lambda u, e, s: 1 * e, "the embedding": lambda u, e, s: u + 0 * e},
    typical=(SHOWN, steps_case(blocks=8, schedule=3, d=4)),
)  # fmt: skip
