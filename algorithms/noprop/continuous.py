"""NoProp in continuous time: one network that knows the time, and the schedule's whole range."""

from __future__ import annotations

from typing import Any

import numpy as np

from corollary.algorithms.noprop._blocks import (
    LIMIT,
    Array,
    Evaluation,
    NoProp,
    Progress,
    checked_schedule,
)
from corollary.algorithms.noprop._checks import number, one_of, real
from corollary.algorithms.noprop._joint import Noised
from corollary.algorithms.noprop._joint_training import JointState
from corollary.algorithms.noprop._network import Shape, time_features
from corollary.algorithms.noprop._objectives import CROSS_ENTROPY, DENOISING
from corollary.algorithms.noprop._training import Block, Samples
from corollary.algorithms.noprop.discrete import head_probabilities, learned_head_probabilities
from corollary.algorithms.noprop.noising import noise
from corollary.algorithms.noprop.samplers import CONTINUOUS_RULES, STEP_RULES, sample_latents
from corollary.algorithms.noprop.schedules import LearnedSchedule, LinearSchedule, Schedule

LOSSES = ("constant", "snr", "root-snr", "cross-entropy")


class NoPropCT(NoProp):
    """NoProp in continuous time: one network for all noise levels.

    Parameters
    ----------
    width : int
        Hidden units of the network.
    schedule : Schedule or "learned", optional
        Signal levels; log-linear from -6 to 6 if not given. A learned one starts there, between
        -5 and 5, costs several times more, and was never better; its loss must be ``snr``.
    loss : str
        How the squared error is weighted: ``constant`` (best measured), ``snr`` (the paper's,
        by the slope of the signal-to-noise ratio), ``root-snr``; or ``cross-entropy`` instead.
    eta : float
        What the squared error is multiplied with beside a loss of something shared.
    steps : int
        Steps of inference.
    inference : str
        As for `NoPropDT`, and ``ode-euler``, ``ode-heun``, ``sde-euler``, ``sde-heun``.
    embedding, dimension, scale, epochs, batch_size, learning_rate, weight_decay, runs, threads
        As for `NoPropDT`.
    dtype, seed, progress
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
    _structural = (*NoProp._structural, "schedule")

    def __init__(
        self,
        *,
        width: int = 128,
        schedule: Schedule | str | None = None,
        loss: str = "constant",
        eta: float = 1.0,
        steps: int = 20,
        embedding: Any = "one-hot",
        dimension: int = 20,
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
        self.eta = eta
        self.steps = steps
        self.embedding = embedding
        self.dimension = dimension
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
        real("eta", self.eta, above=0)
        one_of("loss", self.loss, LOSSES)
        if self.schedule == "learned" and self.loss != "snr":
            raise ValueError(f"loss is {self.loss!r}; with a learned schedule it must be 'snr'")
        if self._joint() and self.loss == "cross-entropy":
            raise ValueError("loss is 'cross-entropy'; learned embeddings need a squared error")
        if self.schedule != "learned":
            checked_schedule(self.schedule, LinearSchedule()).alpha_bars(1)

    def _joint(self) -> bool:
        return super()._joint() or self.schedule == "learned"

    def _start(self, x: Array, labels: Array) -> None:
        super()._start(x, labels)
        self.schedule_block_ = None
        if self.schedule == "learned":
            self.schedule_block_ = Block(LearnedSchedule.initial(limit=LIMIT).parameters)

    def _schedule(self) -> Schedule:
        if self.schedule_block_ is not None:
            return LearnedSchedule(self.schedule_block_.theta, LIMIT)
        return checked_schedule(self.schedule, LinearSchedule())

    @property
    def _objective(self) -> int:  # type: ignore[override]
        return CROSS_ENTROPY if self.loss == "cross-entropy" else DENOISING

    def _count(self) -> int:
        return 1

    def _shape(self) -> Shape:
        m, d = self.embedding_.shape
        return Shape(self.n_features_in_, d, m, self.width, time=True)

    def _weight(self, schedule: Schedule, time: Array) -> Array:
        """Return the weight of the loss at each time."""
        if self.loss == "snr":
            return np.asarray(self.eta / 2 * schedule.snr_slope(time))
        if self.loss == "root-snr":
            return np.asarray(self.eta * np.sqrt(schedule.snr(time)))
        return np.full(len(time), self.eta)

    def _draw(self, random: np.random.Generator, block: int, labels: Array) -> Samples:
        target = self.embedding_[labels]
        time = random.random(len(labels))
        fresh = random.standard_normal(target.shape, np.dtype(self.dtype))
        schedule = self._schedule()
        latent = noise(target, schedule.alpha_bar(time), fresh)
        return Samples(
            latent, target, time_features(time, self.dtype), self._weight(schedule, time)
        )

    def _noised(
        self, random: np.random.Generator, block: int, x: Array, labels: Array, state: JointState
    ) -> Noised:
        kind, shape = np.dtype(self.dtype), (len(x), self.embedding_.shape[1])
        schedule = state.learned_schedule() or self._schedule()
        time = random.random(len(x))
        ends = np.array([0.0, 1.0])
        level, rest = schedule.alpha_bar(ends), schedule.noise_variance(ends)
        return Noised(
            x=x,
            labels=labels,
            time=time,
            clock=time_features(time, kind),
            signal=np.sqrt(schedule.alpha_bar(time)).astype(kind)[:, None],
            spread=np.sqrt(schedule.noise_variance(time)).astype(kind)[:, None],
            normal=random.standard_normal(shape, kind),
            weight=self._weight(schedule, time).astype(kind)[:, None],
            last_signal=float(np.sqrt(level[1])),
            last_spread=float(np.sqrt(rest[1])),
            last_normal=random.standard_normal(shape, kind),
            first_level=float(level[0]),
        )

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
        if self._joint():
            return learned_head_probabilities(latent, self._layout(), self.shared_.theta)
        level = float(self._schedule().alpha_bar(1.0))
        return head_probabilities(latent, self.embedding_, self.priors, level)
