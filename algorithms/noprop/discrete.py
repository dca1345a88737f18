"""NoProp in discrete time: T networks, each trained alone to remove a part of the noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from corollary.algorithms.noprop._blocks import (
    Array,
    Evaluation,
    NoProp,
    Progress,
    checked_schedule,
)
from corollary.algorithms.noprop._checks import number, real
from corollary.algorithms.noprop._joint import Noised, Shared
from corollary.algorithms.noprop._joint_training import JointState
from corollary.algorithms.noprop._network import Shape
from corollary.algorithms.noprop._objectives import DENOISING
from corollary.algorithms.noprop._training import Samples
from corollary.algorithms.noprop.noising import noise, snr_increments
from corollary.algorithms.noprop.samplers import STEP_RULES, sample_latents
from corollary.algorithms.noprop.schedules import CosineSchedule, Schedule


class NoPropDT(NoProp):
    """NoProp in discrete time: a chain of blocks of which none sees another one's gradient.

    Block t gets the features and an embedding of the label, noised to level t - 1, and learns to
    predict the embedding. In inference the chain runs from noise to a clean embedding: it *samples*
    the posterior over classes, so that a single run has the accuracy of a draw, and averaging
    `runs` of them or starting at zero comes near the most probable class.

    Parameters
    ----------
    width : int
        Hidden units of a block.
    blocks : int
        T, how many blocks.
    schedule : Schedule, optional
        Signal levels; the clamped cosine if not given.
    embedding : str or array (m, d)
        ``one-hot``; ``learned`` (orthogonal at first); ``prototype`` (the most central sample of
        each class, then learned); or fixed embeddings of the classes. Where embeddings are learned
        they are shared, and blocks no longer train alone: order matters.
    dimension : int
        d of learned embeddings.
    scale : float
        What the embeddings are multiplied with.
    eta : float
        Weight of the denoising error in the loss. With fixed embeddings every block has its own
        optimiser, whose steps do not depend on the weight, and it enters reported losses alone.
    epochs : int
    batch_size : int, optional
        At most the number of rows; min(128, rows) if not given.
    learning_rate, weight_decay : float
        Of AdamW; the rate falls to 0 along a cosine, the decay acts on matrices alone.
    inference : str
        ``stochastic`` (the paper's), ``optimal-variance``, ``class-sampling``, ``mean``, ``ddim``,
        or ``zero-start`` (the mean update from zero: one deterministic run).
    runs : int
        How many random runs the class probabilities are averaged over.
    threads : int
        Blocks that are trained at once; parameters do not depend on it.
    dtype : str
        ``float32`` or ``float64``.
    seed : int
    progress : callable (name, done, total), optional

    Attributes
    ----------
    classes_ : array (m,)
    embedding_ : array (m, d)
    blocks_ : list of Block
        Parameters and the losses of every epoch (mean squared errors).
    n_features_in_ : int

    Raises
    ------
    TypeError, ValueError
        From `fit`, `partial_fit` and `predict`: for bad arguments or data.

    Notes
    -----
    Source: arXiv 2503.24322, sections 2.1-2.3 and algorithm 1, with its slips corrected: the
    block sees the latent *before* the step, and the output head has its closed form.

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.9], [1.0]] * 8)
    >>> y = np.array(["low", "low", "high", "high"] * 8)
    >>> model = NoPropDT(width=16, blocks=4, epochs=40, inference="zero-start").fit(X, y)
    >>> model.predict([[0.05], [0.95]]).tolist()
    ['low', 'high']
    """

    _rules = (*STEP_RULES, "zero-start")
    _objective = DENOISING
    _structural = (*NoProp._structural, "blocks", "schedule")

    def __init__(
        self,
        *,
        width: int = 128,
        blocks: int = 10,
        schedule: Schedule | None = None,
        embedding: Any = "one-hot",
        dimension: int = 20,
        scale: float = 1.0,
        eta: float = 0.1,
        epochs: int = 150,
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
        self.blocks = blocks
        self.schedule = schedule
        self.embedding = embedding
        self.dimension = dimension
        self.scale = scale
        self.eta = eta
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
        number("blocks", self.blocks, least=1)
        real("eta", self.eta, above=0)
        checked_schedule(self.schedule, CosineSchedule()).alpha_bars(self.blocks)

    def _count(self) -> int:
        return self.blocks

    def _shape(self) -> Shape:
        m, d = self.embedding_.shape
        return Shape(self.n_features_in_, d, m, self.width, time=False)

    @property
    def alpha_bars(self) -> Array:
        """The signal levels (blocks + 1,)."""
        return checked_schedule(self.schedule, CosineSchedule()).alpha_bars(self.blocks)

    @property
    def step_weights(self) -> Array:
        """The weights (blocks,) of the squared errors in the loss, T/2 eta (s_t - s_{t-1})."""
        return self.blocks / 2 * self.eta * snr_increments(self.alpha_bars)

    def _draw(self, random: np.random.Generator, block: int, labels: Array) -> Samples:
        target = self.embedding_[labels]
        fresh = random.standard_normal(target.shape, np.dtype(self.dtype))
        latent = noise(target, self.alpha_bars[block], fresh)
        clock = np.zeros((len(labels), 0), self.dtype)
        return Samples(latent, target, clock, np.ones(len(labels)))

    def _noised(
        self, random: np.random.Generator, block: int, x: Array, labels: Array, state: JointState
    ) -> Noised:
        n, kind, levels = len(x), np.dtype(self.dtype), self.alpha_bars
        level, last = float(levels[block]), float(levels[-1])
        shape = (n, self.embedding_.shape[1])
        return Noised(
            x=x,
            labels=labels,
            time=np.full(n, block / self.blocks),
            clock=np.zeros((n, 0), kind),
            signal=np.full((n, 1), np.sqrt(level), kind),
            spread=np.full((n, 1), np.sqrt(1 - level), kind),
            normal=random.standard_normal(shape, kind),
            weight=np.full((n, 1), self.step_weights[block], kind),
            last_signal=float(np.sqrt(last)),
            last_spread=float(np.sqrt(1 - last)),
            last_normal=random.standard_normal(shape, kind),
            first_level=float(levels[0]),
        )

    def _walk(self, x: Array, latent: Array, random: np.random.Generator, visit: Any) -> Array:
        return sample_latents(
            Evaluation(self, x).weights,
            self.embedding_,
            checked_schedule(self.schedule, CosineSchedule()),
            latent,
            steps=self.blocks,
            rule="mean" if self.inference == "zero-start" else self.inference,
            generator=random,
            visit=visit,
        )

    def _decode(self, latent: Array) -> Array:
        if self._joint():
            return learned_head_probabilities(latent, self._layout(), self.shared_.theta)
        return head_probabilities(latent, self.embedding_, self.priors, float(self.alpha_bars[-1]))


def learned_head_probabilities(latent: Array, layout: Shared, shared: Array) -> Array:
    """Return p(y | z_T) (..., m) of a trained head, for latents (..., d)."""
    head, _, offset = layout.views(shared.astype(latent.dtype))
    return _softmax(latent @ head + offset)


def head_probabilities(latent: Array, embedding: Array, priors: Array, alpha_bar: float) -> Array:
    """Return p(y | z_T) (..., m), the optimal linear head in closed form, for latents (..., d).

    Parameters
    ----------
    latent : array (..., d)
    embedding : array (m, d)
    priors : array (m,)
        Class frequencies.
    alpha_bar : float in [0, 1)
        The level of the latent.

    Examples
    --------
    >>> p = head_probabilities(np.zeros(2), np.eye(2), np.array([0.25, 0.75]), 0.5)
    >>> p.round(12).tolist()
    [0.25, 0.75]
    """
    signal = np.sqrt(alpha_bar) / (1 - alpha_bar)
    snr = alpha_bar / (1 - alpha_bar)
    with np.errstate(divide="ignore"):
        offset = np.log(priors) - snr / 2 * (embedding * embedding).sum(axis=1)
    logits = signal * (latent @ embedding.T) + offset
    return _softmax(logits)


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    found: Array = powers / powers.sum(axis=-1, keepdims=True)
    return found
