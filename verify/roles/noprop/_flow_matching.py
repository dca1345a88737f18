"""The role `velocity`: what a NoProp-FM block predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Range, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.noprop._denoiser import softmax
from corollary.verify.roles.noprop._drawn import normals, pmfs
from corollary.verify.roles.noprop._interface import adapting


@dataclass(frozen=True)
class Moving:
    """Latents between noise and label at one time, with the class probabilities at their inputs.

    Attributes
    ----------
    state : ndarray (rows, d)
        (1 - t) z_0 + t u + sigma noise.
    probabilities : ndarray (rows, m)
    embeddings : ndarray (m, d)
    time, spread : float
        t and sigma.
    """

    state: Array
    probabilities: Array
    embeddings: Array
    time: float
    spread: float

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.state, self.probabilities, self.embeddings, self.time, self.spread

    @property
    def noise(self) -> float:
        """The variance of the state around t u."""
        return (1 - self.time) ** 2 + self.spread**2

    @property
    def estimate(self) -> Array:
        """E[u | z, x] (rows, d), by Bayes' rule from Gaussian densities."""
        apart = np.sum((self.state[:, None] - self.time * self.embeddings) ** 2, axis=-1)
        logits = np.log(np.maximum(self.probabilities, 1e-300)) - apart / (2 * self.noise)
        estimate: Array = softmax(logits) @ self.embeddings
        return estimate

    @property
    def ulps(self) -> float:
        """Roundings, magnified by the largest logit and by the division by the noise."""
        m, d = self.embeddings.shape
        size = float(np.abs(self.embeddings).max()) + 1
        reach = (float(np.abs(self.state).max()) + size) * d
        return 32 * (m + d + 8) * (1 + reach * size / self.noise) / min(self.noise, 1.0)


def _moving(parameters: Parameters, precision: Precision) -> Moving:
    m, d, seed = int(parameters["m"]), int(parameters["d"]), parameters["seed"]
    rows = normals(parameters["table"], (m, d), 5)[0]
    probabilities = pmfs(seed, m, 6)
    time, spread = float(parameters["time"]), float(parameters["spread"])
    labels = np.argmax(probabilities, axis=1)
    noise = np.sqrt((1 - time) ** 2 + spread**2) * normals(seed, (d,), 8)
    state = time * rows[labels] + noise
    return Moving(
        precision.round(state), precision.round(probabilities), precision.round(rows), time, spread
    )


_SHAPE: dict[str, Range] = {
    "m": Integers(2, 5),
    "d": Integers(1, 4),
    "time": Reals(0.0, 0.9, (0.0, 0.5)),
    "spread": Reals(0.0, 0.5, (0.0,)),
    "table": SEED,
}
MOVING = Domain(
    name="moving latents",
    statement="$m$ classes with embeddings $W$ and probabilities $p(k|x)$, latents $z_t = t u + "
    "(1-t) z_0 + \\sigma\\varepsilon$",
    shape=_SHAPE,
    rows={"seed": SEED},
    build=_moving,
)
FIRST_STEP = Domain(
    name="starting latents",
    statement="latents at $t = 0$, $\\sigma = 0$",
    shape={**_SHAPE, "time": Reals(0.0, 0.0), "spread": Reals(0.0, 0.0)},
    rows={"seed": SEED},
    build=_moving,
    constraints={
        "no spread": Constraint("$\\sigma = 0$.", "spread", Reals(0.2, 0.5)),
        "the first step": Constraint("$t = 0$.", "time", Reals(0.1, 0.9)),
    },
)


def moving_case(**given: Any) -> Parameters:
    """Return the parameters of a case of `MOVING`."""
    return {"m": 2, "d": 1, "time": 0.5, "spread": 0.0, "table": 0, "seed": 0, **given}


def _estimate(z: Any, p: Any, w: Any, t: float, noise: float) -> Any:
    apart = ((z[:, None] - t * w) ** 2).sum(axis=-1)
    return softmax(np.log(np.maximum(p, 1e-300)) - apart / (2 * noise)) @ w


def _velocity(z: Any, p: Any, w: Any, t: float, spread: float, noise: float | None = None) -> Any:
    own = (1 - t) ** 2 + spread**2
    u = _estimate(z, p, w, t, own if noise is None else noise)
    return u - (1 - t) / own * (z - t * u)


VELOCITY = Role(
    name="velocity",
    family="noprop",
    signature="latents (b, d), class probabilities p(k|x) (b, m), embeddings (m, d), time, spread "
    "sigma -> velocities (b, d)",
    default="corollary.theory.noprop:flow_matching_velocity",
    adapt=adapting(lambda state, *_: state.shape),
    mutants={
        "the estimate itself (softmax times W)": lambda z, p, w, t, s: _estimate(
            z, p, w, t, (1 - t) ** 2 + s**2),
        "estimate less state": lambda z, p, w, t, s: _estimate(z, p, w, t, (1 - t) ** 2 + s**2) - z,
        "spread left out": lambda z, p, w, t, s: _velocity(z, p, w, t, 0.9 * s),
        "deviation for variance": lambda z, p, w, t, s: _velocity(
            z, p, w, t, s, np.sqrt((1 - t) ** 2 + s**2)),
        "prior left out": lambda z, p, w, t, s: _velocity(z, 0 * p + 1 / len(w), w, t, s),
        "0.3 % fast": lambda z, p, w, t, s: 1.003 * _velocity(z, p, w, t, s),
        "variance 0.5 % high": lambda z, p, w, t, s: _velocity(
            z, p, w, t, s, 1.005 * ((1 - t) ** 2 + s**2)),
        "time 0.2 % late": lambda z, p, w, t, s: _velocity(z, p, w, 1.002 * t, s),
        "prior smoothed": lambda z, p, w, t, s: _velocity(
            z, 0.99 * p + 0.01 / len(w), w, t, s),
        "0.3 % of the state left": lambda z, p, w, t, s: _velocity(z, p, w, t, s) + 0.003 * z,
    },
    trivial={"the state": lambda z, *_: z, "zero": lambda z, *_: 0 * z},
    typical=(MOVING, moving_case(m=3, d=3, time=0.3, spread=0.1, table=2)),
)  # fmt: skip
