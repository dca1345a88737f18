"""NoProp in continuous time: one network that knows the time, and the schedule's whole range."""

from __future__ import annotations

from typing import Any

import numpy as np

from corollary.algorithms.noprop._blocks import Array, Evaluation, NoProp, Progress, checked_schedule
from corollary.algorithms.noprop._checks import number, one_of
from corollary.algorithms.noprop._network import Shape, time_features
from corollary.algorithms.noprop._objectives import CROSS_ENTROPY, DENOISING
from corollary.algorithms.noprop._training import Samples
from corollary.algorithms.noprop.discrete import head_probabilities
from corollary.algorithms.noprop.noising import noise
from corollary.algorithms.noprop.samplers import CONTINUOUS_RULES, STEP_RULES, sample_latents
from corollary.algorithms.noprop.schedules import LinearSchedule, Schedule

LOSSES = ("constant", "snr", "root-snr", "cross-entropy")


class NoPropCT(NoProp):
    """NoProp in continuous time: one network for all noise levels.

    Parameters
    ----------
    width : int
        Hidden units of the network.
    schedule : Schedule, optional
        Signal levels; log-linear from -6 to 6 if not given.
    loss : str
        How the squared error is weighted: ``constant`` (best measured), ``snr`` (the paper's,
        by the slope of the signal-to-noise ratio), ``root-snr``; or ``cross-entropy`` instead.
    steps : int
        Steps of inference.
    inference : str
        As for `NoPropDT`, and ``ode-euler``, ``ode-heun``, ``sde-euler``, ``sde-heun``.
    embedding, scale, epochs, batch_size, learning_rate, weight_decay, runs, threads, dtype, seed, \
progress
        As for `NoPropDT`.

    Notes
    -----
    Source: arXiv 2503.24322, section 2.2 and equation 9. The paper does not say how to infer.

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.9], [1.0]] * 8)
    >>> model = NoPropCT(width=16, epochs=200, inference="zero-start").fit(X, [0, 0, 1, 1] * 8)
    >>> model.predict([[0.05], [0.95]]).tolist()
    [0, 1]
    """

    _rules = (*STEP_RULES, *CONTINUOUS_RULES, "zero-start")

    def __init__(
        self,
        *,
        width: int = 128,
        schedule: Schedule | None = None,
        loss: str = "constant",
        steps: int = 20,
        embedding: Any = "one-hot",
        scale: float = 1.0,
        epochs: int = 300,
        batch_size: int | None = None,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-3,
        inference: str = "stochastic",
        runs: int = 11,
        threads: int = 1,
        dtype: str = "float32",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> None:
        self.width = width
        self.schedule = schedule
        self.loss = loss
        self.steps = steps
        self.embedding = embedding
        self.scale = scale
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.inference = inference
        self.runs = runs
        self.threads = threads
        self.dtype = dtype
        self.seed = seed
        self.progress = progress

    def _check_parameters(self) -> None:
        super()._check_parameters()
        number("steps", self.steps, least=1)
        one_of("loss", self.loss, LOSSES)
        self._schedule().alpha_bars(1)

    def _schedule(self) -> Schedule:
        return checked_schedule(self.schedule, LinearSchedule())

    @property
    def _objective(self) -> int:  # type: ignore[override]
        return CROSS_ENTROPY if self.loss == "cross-entropy" else DENOISING

    def _count(self) -> int:
        return 1

    def _shape(self) -> Shape:
        m, d = self.embedding_.shape
        return Shape(self.n_features_in_, d, m, self.width, time=True)

    def _draw(self, random: np.random.Generator, block: int, labels: Array) -> Samples:
        target = self.embedding_[labels]
        time = random.random(len(labels))
        fresh = random.standard_normal(target.shape, np.dtype(self.dtype))
        schedule = self._schedule()
        latent = noise(target, schedule.alpha_bar(time), fresh)
        weight = np.ones(len(labels))
        if self.loss == "snr":
            weight = schedule.snr_slope(time) / 2
        elif self.loss == "root-snr":
            weight = np.sqrt(schedule.snr(time))
        return Samples(latent, target, time_features(time, self.dtype), weight)

    def _walk(self, x: Array, latent: Array, random: np.random.Generator, visit: Any) -> Array:
        return sample_latents(
            Evaluation(self, x).weights,
            self.embedding_,
            self._schedule(),
            latent,
            steps=self.steps,
            rule="mean" if self.inference == "zero-start" else self.inference,
            generator=random,
            visit=visit,
        )

    def _decode(self, latent: Array) -> Array:
        level = float(self._schedule().alpha_bar(1.0))
        return head_probabilities(latent, self.embedding_, self.priors_, level)
