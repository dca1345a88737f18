"""What the three variants share: embeddings, parameters, the tasks of their blocks, inference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.noprop._checks import matrix, number, one_of, real, times
from corollary.algorithms.noprop._classifier import Classifier
from corollary.algorithms.noprop._joint import (
    Noised,
    Shared,
    orthogonal_embedding,
    prototypes,
)
from corollary.algorithms.noprop._joint_training import JointState, joint_epoch
from corollary.algorithms.noprop._network import TIME_FEATURES, Shape, forward, time_features
from corollary.algorithms.noprop._objectives import FLOW, softmax_rows
from corollary.algorithms.noprop._storage import packed_blocks, unpacked_blocks
from corollary.algorithms.noprop._training import (
    INFERENCE,
    INITIAL,
    Block,
    Samples,
    Task,
    one_blas_thread,
    stream,
    train_blocks,
)
from corollary.algorithms.noprop.schedules import Schedule

Array = NDArray[Any]
Progress = Callable[[str, int, int], None]
LIMIT = 6.0  # of the log signal-to-noise ratio of a learned schedule
_ROWS = 2048  # rows whose latents are held at once in inference


class NoProp(Classifier):
    """The part of NoProp that does not depend on the variant; see `NoPropDT`."""

    width: int
    embedding: Any
    dimension: int
    eta: float
    scale: float
    weight_decay: float
    inference: str
    runs: int
    threads: int
    seed: int
    progress: Progress | None
    embedding_: Array
    class_counts_: Array
    blocks_: list[Block]
    shared_: Block
    schedule_block_: Block | None = None

    _structural: tuple[str, ...] = ("width", "embedding", "dimension", "scale", "dtype")
    _rules: tuple[str, ...] = ()
    _objective = 0

    # ---- what a variant provides ----

    def _count(self) -> int:
        """Return how many networks there are."""
        raise NotImplementedError

    def _shape(self) -> Shape:
        raise NotImplementedError

    def _draw(self, random: np.random.Generator, block: int, labels: Array) -> Samples:
        raise NotImplementedError

    def _walk(self, x: Array, latent: Array, random: np.random.Generator, visit: Any) -> Array:
        """Return the final latents (runs, n, d) for the start `latent`."""
        raise NotImplementedError

    def _decode(self, latent: Array) -> Array:
        """Return class probabilities (..., m) of final latents (..., d)."""
        raise NotImplementedError

    def _noised(
        self, random: np.random.Generator, block: int, x: Array, labels: Array, state: JointState
    ) -> Noised:
        """Return a noised batch for training with a shared embedding."""
        raise NotImplementedError

    # ---- learning ----

    def _check_parameters(self) -> None:
        number("width", self.width, least=2)
        number("epochs", self.epochs, least=1)
        number("runs", self.runs, least=1)
        number("threads", self.threads, least=1)
        number("seed", self.seed)
        if self.batch_size is not None:
            number("batch_size", self.batch_size, least=1)
        real("scale", self.scale, above=0)
        real("learning_rate", self.learning_rate, above=0)
        real("weight_decay", self.weight_decay, least=0)
        one_of("inference", self.inference, self._rules)
        one_of("dtype", self.dtype, ("float32", "float64"))
        if isinstance(self.embedding, str):
            one_of("embedding", self.embedding, ("one-hot", "learned", "prototype"))
        number("dimension", self.dimension, least=1)
        if self._joint() and self.threads > 1:
            raise ValueError(
                f"threads is {self.threads}; it must be 1 where blocks share what is learned"
            )

    def _check_training(self, rows: int, **options: Any) -> None:
        order = options.pop("block_order", None)
        super()._check_training(rows, **options)
        if order is not None and sorted(order) != list(range(self._count())):
            raise ValueError(
                f"block_order is {order!r}; it must hold each of 0..{self._count() - 1} once"
            )

    def _joint(self) -> bool:
        """Return whether something is learned that all blocks share."""
        return isinstance(self.embedding, str) and self.embedding != "one-hot"

    def _start(self, x: Array, labels: Array) -> None:
        self.embedding_ = self._make_embedding(x, labels)
        shape = self._shape()
        self.blocks_ = [
            Block(shape.initial(stream(self.seed, INITIAL, index, 0), self.dtype))
            for index in range(self._count())
        ]
        self.class_counts_ = np.zeros(len(self.classes_), np.int64)
        if self._joint():
            self.shared_ = Block(self._layout().initial(self.embedding_))

    def _make_embedding(self, x: Array, labels: Array) -> Array:
        m = len(self.classes_)
        if not isinstance(self.embedding, str):
            given = matrix("embedding", self.embedding, rows=m)
        elif self.embedding == "learned":
            random = stream(self.seed, INITIAL, self._count(), 0)
            given = orthogonal_embedding(m, self.dimension, random)
        elif self.embedding == "prototype":
            given = prototypes(x, labels, m)
        else:
            given = np.eye(m)
        return np.ascontiguousarray(self.scale * given, dtype=self.dtype)

    def _train(  # type: ignore[override]
        self,
        x: Array,
        labels: Array,
        until: int,
        *,
        block_order: Sequence[int] | None = None,
    ) -> None:
        self.class_counts_ = self.class_counts_ + np.bincount(labels, minlength=len(self.classes_))
        name = type(self).__name__
        report = self.progress
        if self._joint():
            self._train_jointly(x, labels, until, block_order)
            return
        train_blocks(
            self._task(x, labels),
            self.blocks_,
            until,
            order=block_order,
            threads=self.threads,
            progress=None if report is None else lambda done, of: report(name, done, of),
        )

    def _layout(self) -> Shared:
        return Shared(*self.embedding_.shape)

    def _joint_state(self) -> JointState:
        return JointState(self.blocks_, self.shared_, self.schedule_block_, self._layout(), LIMIT)

    def _train_jointly(
        self, x: Array, labels: Array, until: int, order: Sequence[int] | None
    ) -> None:
        sequence = range(self._count()) if order is None else order
        start = self._epochs_done()
        for done in range(start, until):
            state = joint_epoch(
                self, self._joint_state(), x, labels, order=sequence, flow=self._objective == FLOW
            )
            self.blocks_, self.shared_ = state.blocks, state.shared
            self.schedule_block_ = state.schedule
            self.embedding_ = state.embedding().copy()
            if self.progress is not None:
                self.progress(type(self).__name__, done + 1 - start, until - start)

    def _task(self, x: Array, labels: Array) -> Task:
        return Task(
            x=x,
            labels=labels.astype(np.int64),
            embedding=self.embedding_,
            shape=self._shape(),
            draw=self._draw,
            objective=self._objective,
            batch=self._batch(len(x)),
            seed=self.seed,
            planned=self.epochs,
            rate=self._rate,
            decay=self.weight_decay,
        )

    def _epochs_done(self) -> int:
        return min(block.epochs for block in self.blocks_)

    def _state(self) -> dict[str, Array]:
        found = {
            "embedding": self.embedding_,
            "class_counts": self.class_counts_,
            **packed_blocks("blocks", self.blocks_),
        }
        if self._joint():
            found |= packed_blocks("shared", [self.shared_])
        if self.schedule_block_ is not None:
            found |= packed_blocks("schedule", [self.schedule_block_])
        return found

    def _restore(self, arrays: dict[str, Array]) -> None:
        self.embedding_, self.class_counts_ = arrays["embedding"], arrays["class_counts"]
        self.blocks_ = unpacked_blocks("blocks", arrays)
        if self._joint():
            self.shared_ = unpacked_blocks("shared", arrays)[0]
        if "schedule" in arrays:
            self.schedule_block_ = unpacked_blocks("schedule", arrays)[0]

    # ---- inference ----

    @property
    def priors(self) -> Array:
        """The frequencies (m,) of the classes so far; none is 0, as it may come later."""
        counts = np.maximum(self.class_counts_, 1)
        return np.asarray(counts / counts.sum())

    def _probabilities(self, x: Array) -> Array:
        total = np.zeros((len(x), len(self.classes_)))
        for rows, latents in self._final_latents(x):
            total[rows] = self._decode(latents.astype(np.float64)).mean(axis=0)
        return total

    def _final_latents(self, x: Array, visit: Any = None) -> Any:
        """Yield (slice of rows, final latents (runs, rows, d)) in pieces of bounded memory."""
        self._check_parameters()
        runs = 1 if self.inference == "zero-start" else self.runs
        with one_blas_thread():
            for piece, start in enumerate(range(0, len(x), _ROWS)):
                rows = slice(start, min(start + _ROWS, len(x)))
                shape = (runs, rows.stop - rows.start, self.embedding_.shape[1])
                random = stream(self.seed, INFERENCE, 0, piece)
                yield rows, self._walk(x[rows], self._first_latent(shape, random), random, visit)

    def _first_latent(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        if self.inference == "zero-start":
            return np.zeros(shape, self.dtype)
        return random.standard_normal(shape, np.dtype(self.dtype))

    def sample_latents(self, X: Any) -> Array:
        """Return final latents (runs, n, d) of X (n, features): samples of the posterior.

        Examples
        --------
        >>> from corollary.algorithms.noprop import NoPropFM
        >>> X = np.array([[0.0], [0.1], [0.9], [1.0]])
        >>> model = NoPropFM(width=8, epochs=2, runs=3).fit(X, [0, 0, 1, 1])
        >>> model.sample_latents(X).shape
        (3, 4, 2)
        """
        self._check_fitted()
        self._check_unchanged()
        x = self._features(X, first=False)
        return np.concatenate([latents for _, latents in self._final_latents(x)], axis=1)

    def predict_runs(self, X: Any) -> Array:
        """Return the class (runs, n) that each run alone decides for, for X (n, features).

        With many steps the frequencies over many runs estimate the posterior; the accuracy of one
        run is that of a draw from it.
        """
        latents = self.sample_latents(X).astype(np.float64)
        answer: Array = self.classes_[np.argmax(self._decode(latents), axis=-1)]
        return answer

    def trajectories(self, X: Any) -> Array:
        """Return the latents (steps + 1, runs, n, d) on the way, for X (n, features)."""
        self._check_fitted()
        self._check_unchanged()
        x = self._features(X, first=False)
        pieces: list[list[Array]] = []

        def visit(step: int, latent: Array) -> None:
            if step == 0:
                pieces.append([])
            pieces[-1].append(latent)

        for _ in self._final_latents(x, visit):
            pass
        return np.concatenate([np.stack(steps) for steps in pieces], axis=2)

    def class_weights(self, latent: Any, X: Any, time: float) -> Array:
        """Return softmax weights (n, m) of the network at `time`, for latents (n, d) and X.

        Parameters
        ----------
        latent : array (n, d)
        X : array (n, features)
        time : float in [0, 1]
            The block for noise of this time: for `NoPropDT` the last one that starts by then.

        Raises
        ------
        ValueError
            If `latent` has another shape, or `time` is outside [0, 1].
        """
        self._check_fitted()
        self._check_unchanged()
        x = self._features(X, first=False)
        z = np.ascontiguousarray(matrix("latent", latent, rows=len(x)), dtype=self.dtype)
        if z.shape[1] != self.embedding_.shape[1]:
            raise ValueError(
                f"latent has shape {z.shape}; it must be {(len(x), self.embedding_.shape[1])}"
            )
        logits = Evaluation(self, x).logits(z[None], float(times("time", time)))[0]
        softmax_rows(logits)
        return logits


class Evaluation:
    """The networks of a model on fixed rows; the branch of the features is computed once."""

    def __init__(self, model: NoProp, x: Array) -> None:
        self._model, self._x = model, x
        self._shape = model._shape()
        self._work = self._shape.workspace(len(x), x.dtype)
        self._block = -1

    def logits(self, latents: Array, time: float) -> Array:
        """Return the logits (runs, n, m) for latents (runs, n, d)."""
        model, n = self._model, len(self._x)
        index = min(int(time * model._count() + 1e-9), model._count() - 1)
        weights, biases = self._shape.views(model.blocks_[index].theta)
        clock = np.zeros((n, 0), self._x.dtype)
        if self._shape.time:
            clock = time_features(np.full(n, time), self._x.dtype)
            assert clock.shape[1] == TIME_FEATURES
        known = index == self._block
        found = np.empty((*latents.shape[:2], self._shape.classes), self._x.dtype)
        for run, latent in enumerate(latents):
            forward(weights, biases, self._x, latent, clock, self._work, known)
            found[run] = self._work[6]
            known, self._block = True, index
        return found

    def weights(self, latents: Array, time: float) -> Array:
        """Return the softmax weights (runs, n, m) for latents (runs, n, d)."""
        found = self.logits(latents, time)
        softmax_rows(found.reshape(-1, found.shape[-1]))
        return found


def checked_schedule(schedule: Any, default: Schedule) -> Schedule:
    """Return the schedule, or the default for None."""
    if schedule is None:
        return default
    if not isinstance(schedule, Schedule):
        raise TypeError(f"schedule is {schedule!r}; it must be a schedule such as CosineSchedule()")
    return schedule
