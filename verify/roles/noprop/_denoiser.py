"""The role `denoiser`: a block that estimates the embedding of the label behind the noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.noprop._drawn import normals, plain_weights, pmfs
from corollary.verify.roles.noprop._interface import adapting


@dataclass(frozen=True)
class Noisy:
    """Latents at one signal level, the class probabilities at their inputs, and embeddings.

    Attributes
    ----------
    state : ndarray (rows, d)
    probabilities : ndarray (rows, m)
        p(k | x).
    embeddings : ndarray (m, d)
    signal : float
    """

    state: Array
    probabilities: Array
    embeddings: Array
    signal: float

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.state, self.probabilities, self.embeddings, self.signal

    def weights(self, state: Array | None = None) -> Array:
        """Return p(k | z, x), by Bayes' rule."""
        z = self.state if state is None else state
        return plain_weights(z, self.probabilities, self.embeddings, self.signal)

    @property
    def size(self) -> float:
        """The largest coordinate of an embedding, to which tolerances refer."""
        return float(np.abs(self.embeddings).max())

    @property
    def ulps(self) -> float:
        """Roundings of an estimate, each magnified by the largest logit.

        The logits are z W sqrt(a)/(1-a) and |W|^2 s / 2, each a sum of d products, and an error
        of theirs is a relative error of the weights; m weights and products are summed.
        """
        m, d = self.embeddings.shape
        snr = self.signal / (1 - self.signal)
        reach = (np.abs(self.state).max() + 1) * self.size * d
        logit = max(1.0, float(reach * np.sqrt(snr / (1 - self.signal))), snr * self.size**2 * d)
        return 32 * (m + d + 8) * logit


def _noisy(parameters: Parameters, precision: Precision) -> Noisy:
    m, d = int(parameters["m"]), int(parameters["d"])
    rows = normals(parameters["table"], (m, d), 5)[0]
    if parameters["alike"] > 0:
        rows = rows[:1] + (1 - float(parameters["alike"])) * (rows - rows[:1])
    probabilities = pmfs(parameters["seed"], m, 6)
    drawn = (np.cumsum(probabilities, axis=1) < _share(parameters, 7)).sum(axis=1)
    signal = float(precision.round(np.array([parameters["signal"]]))[0])
    noise = normals(parameters["seed"], (d,), 8)
    z = np.sqrt(signal) * rows[np.minimum(drawn, m - 1)] + np.sqrt(1 - signal) * noise
    return Noisy(precision.round(z), precision.round(probabilities), precision.round(rows), signal)


def _share(parameters: Parameters, stream: int) -> Array:
    from corollary.verify import _random
    from corollary.verify.roles.noprop._drawn import seeds

    return _random.uniforms(seeds(parameters["seed"]), 1, stream)


NOISY = Domain(
    name="noisy labels",
    statement="$m$ classes with embeddings $W$ and probabilities $p(k|x)$, latents $z = "
    "\\sqrt{\\bar\\alpha}\\,W_y + \\sqrt{1-\\bar\\alpha}\\,\\varepsilon$",
    shape={
        "m": Integers(2, 6),
        "d": Integers(1, 4),
        "signal": Reals(0.0, 0.97, (0.0, 0.5)),
        "table": SEED,
        "alike": Reals(0.0, 0.0),
    },
    rows={"seed": SEED},
    build=_noisy,
)
DISTINCT = Domain(
    name="noisy labels that differ",
    statement="classes with affinely independent embeddings",
    shape={**NOISY.shape, "m": Integers(2, 2), "signal": Reals(0.05, 0.9)},
    rows=NOISY.rows,
    build=_noisy,
    constraints={
        "distinct embeddings": Constraint("$W_1 \\ne W_2$.", "alike", Reals(1.0, 1.0)),
    },
)  # fmt: skip
PURE_NOISE = Domain(
    name="pure noise",
    statement="latents of the first block, at signal level 0",
    shape={**NOISY.shape, "signal": Reals(0.0, 0.0)},
    rows=NOISY.rows,
    build=_noisy,
    constraints={
        "no signal": Constraint("$\\bar\\alpha_0 = 0$.", "signal", Reals(0.1, 0.9)),
    },
)  # fmt: skip


def noisy_case(**given: Any) -> Parameters:
    """Return the parameters of a case of `NOISY`."""
    usual = {"m": 2, "d": 1, "signal": 0.5, "table": 0, "alike": 0.0, "seed": 0}
    return {**usual, **given}


def softmax(logits: Any) -> Any:
    """Return the softmax over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def logits_of(z: Any, p: Any, w: Any, level: Any, slope: Any = 1.0, bend: Any = 1.0) -> Any:
    """Return the logits of p(k | z, x), the part of z times `slope` and the norms' times `bend`."""
    snr = level / (1 - level)
    linear = np.sqrt(level) / (1 - level) * (z @ w.T)
    return np.log(np.maximum(p, 1e-300)) + slope * linear - bend * 0.5 * snr * (w * w).sum(axis=1)


def weighing(change: Callable[..., Any]) -> Callable[..., Any]:
    """Return a denoiser that takes the mean under the weights that `change` makes."""
    return lambda z, p, w, level: change(z, p, w, level) @ w


def _hard(z: Any, p: Any, w: Any, level: Any) -> Any:
    return np.eye(len(w))[np.argmax(logits_of(z, p, w, level), axis=-1)]


DENOISER = Role(
    name="denoiser",
    family="noprop",
    signature="latents (b, d), class probabilities p(k|x) (b, m), embeddings (m, d), signal level "
    "-> estimates of the label's embedding (b, d)",
    default="corollary.algorithms.noprop._oracle:oracle_block",
    adapt=adapting(lambda state, *_: state.shape),
    mutants={
        "signal level for its root": weighing(
            lambda z, p, w, a: softmax(logits_of(z, p, w, a, slope=np.sqrt(a)))),
        "norms left out": weighing(lambda z, p, w, a: softmax(logits_of(z, p, w, a, bend=0.0))),
        "softmax twice": weighing(lambda z, p, w, a: softmax(softmax(logits_of(z, p, w, a)))),
        "prior left out": weighing(
            lambda z, p, w, a: softmax(logits_of(z, 0 * p + 1 / len(w), w, a))),
        "most probable class": weighing(_hard),
        "logits 0.3 % high": weighing(lambda z, p, w, a: softmax(1.003 * logits_of(z, p, w, a))),
        "norms 1 % high": weighing(lambda z, p, w, a: softmax(logits_of(z, p, w, a, bend=1.01))),
        "slope 0.3 % low": weighing(lambda z, p, w, a: softmax(logits_of(z, p, w, a, 0.997))),
        "level 0.3 % low": weighing(lambda z, p, w, a: softmax(logits_of(z, p, w, 0.997 * a))),
        "prior smoothed": weighing(
            lambda z, p, w, a: softmax(logits_of(z, 0.99 * p + 0.01 / len(w), w, a))),
        "logits rounded to single": weighing(
            lambda z, p, w, a: softmax(logits_of(z, p, w, a).astype(np.float32).astype(float))),
        "a little outside the hull": lambda z, p, w, a: softmax(
            logits_of(z, p, w, a)) @ w * 1.002,
    },
    trivial={"the latent": lambda z, *_: z, "zero": lambda z, *_: 0 * z},
    typical=(NOISY, noisy_case(m=4, d=3, signal=0.5, table=3)),
)  # fmt: skip
