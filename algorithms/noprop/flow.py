"""NoProp by flow matching: one network that predicts the velocity from noise to the embedding."""

from __future__ import annotations

from typing import Any

import numpy as np

from corollary.algorithms.noprop._blocks import Array, Evaluation, NoProp, Progress
from corollary.algorithms.noprop._checks import number, real
from corollary.algorithms.noprop._joint import Noised
from corollary.algorithms.noprop._joint_training import JointState
from corollary.algorithms.noprop._network import Shape, time_features
from corollary.algorithms.noprop._objectives import FLOW
from corollary.algorithms.noprop._training import Samples
from corollary.algorithms.noprop.samplers import FLOW_RULES, integrate_flow


class NoPropFM(NoProp):
    """NoProp by flow matching: the most accurate of the three variants at small scale.

    Parameters
    ----------
    width : int
        Hidden units of the network.
    sigma : float >= 0
        Extra noise around the straight line from noise to embedding; inference starts with the
        variance ``1 + sigma**2`` that training had at time 0.
    steps : int
        Steps of inference.
    scale : float
        What the embeddings are multiplied with; 3 separates the classes better than 1.
    inference : str
        ``ode-euler``, ``ode-heun``, or ``zero-start`` (Euler from zero: one deterministic run).
    embedding, dimension, epochs, batch_size, learning_rate, weight_decay, runs, threads
        As for `NoPropDT`.
    dtype, seed, progress
        As for `NoPropDT`.

    Notes
    -----
    The class is that of the nearest embedding. Source: arXiv 2503.24322, section 2.2.3 and
    equations 10-13.

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.9], [1.0]] * 8)
    >>> model = NoPropFM(width=16, epochs=200, inference="zero-start").fit(X, [0, 0, 1, 1] * 8)
    >>> model.predict([[0.05], [0.95]]).tolist()
    [0, 1]
    """

    _rules = (*FLOW_RULES, "zero-start")
    _objective = FLOW
    eta = 1.0
    _structural = (*NoProp._structural, "sigma")

    def __init__(
        self,
        *,
        width: int = 128,
        sigma: float = 0.0,
        steps: int = 10,
        embedding: Any = "one-hot",
        dimension: int = 20,
        scale: float = 3.0,
        epochs: int = 300,
        batch_size: int | None = None,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-3,
        inference: str = "ode-euler",
        runs: int = 11,
        threads: int = 1,
        dtype: str = "float32",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> None:
        self.width = width
        self.sigma = sigma
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
        real("sigma", self.sigma, least=0)

    def _count(self) -> int:
        return 1

    def _shape(self) -> Shape:
        m, d = self.embedding_.shape
        return Shape(self.n_features_in_, d, m, self.width, time=True)

    def _draw(self, random: np.random.Generator, block: int, labels: Array) -> Samples:
        kind = np.dtype(self.dtype)
        clean = self.embedding_[labels]
        time = random.random(len(labels))
        noise = random.standard_normal(clean.shape, kind)
        share = time.astype(kind)[:, None]
        latent = share * clean + (1 - share) * noise
        if self.sigma > 0:
            latent += kind.type(self.sigma) * random.standard_normal(clean.shape, kind)
        clock = time_features(time, kind)
        return Samples(latent, clean - noise, clock, np.ones(len(labels)))

    def _noised(
        self, random: np.random.Generator, block: int, x: Array, labels: Array, state: JointState
    ) -> Noised:
        kind, shape = np.dtype(self.dtype), (len(x), self.embedding_.shape[1])
        time = random.random(len(x))
        share = time.astype(kind)[:, None]
        normal = random.standard_normal(shape, kind)
        return Noised(
            x=x,
            labels=labels,
            time=time,
            clock=time_features(time, kind),
            signal=share,
            spread=1 - share,
            normal=normal,
            weight=np.ones((len(x), 1), kind),
            last_signal=1.0,
            last_spread=0.0,
            last_normal=kind.type(self.sigma) * random.standard_normal(shape, kind),
            first_level=0.0,
        )

    def _first_latent(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        start = super()._first_latent(shape, random)
        return start * start.dtype.type(np.sqrt(1 + self.sigma**2))

    def _walk(self, x: Array, latent: Array, random: np.random.Generator, visit: Any) -> Array:
        networks = Evaluation(self, x)
        return integrate_flow(
            lambda z, time: networks.logits(z, time) @ self.embedding_,
            latent,
            steps=self.steps,
            rule="ode-euler" if self.inference == "zero-start" else self.inference,
            visit=visit,
        )

    def _decode(self, latent: Array) -> Array:
        """Return 1 for the class of the nearest embedding and 0 for the others."""
        squares = (self.embedding_**2).sum(axis=1)
        nearest = np.argmin(squares - 2 * latent @ self.embedding_.T, axis=-1)
        return np.eye(len(squares))[nearest]
