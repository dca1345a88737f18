"""Training and evaluation of the max-retrieval model, in blocks that can be resumed.

Every batch is addressed by its seed and step alone, and the state after a block of steps is
written whole, so that an interrupted training continues to the same last bit.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.softmax import (
    adaptive_temperature_softmax,
    hardmax,
    softmax,
    sparsemax,
)
from corollary.figures.softmax import _retriever as retriever
from corollary.verify.ledger import write_bytes

BATCH = 128
TRAINED_SIZES = (5, 16)
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 1e-3
BLOCK = 500  # steps between checkpoints

_FIRST_DECAY, _SECOND_DECAY, _EPSILON = 0.9, 0.999, 1e-8
_TRAINING, _TEST, _INITIAL = 0, 1, 2  # what a stream of random numbers is for
_ITEMS_AT_ONCE = 1 << 15  # bounds the memory of an evaluation: 16 MiB per array

WEIGHTINGS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "softmax": softmax,
    "adaptive": adaptive_temperature_softmax,
    "sparsemax": sparsemax,
    "hard": hardmax,
}

Sets = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]


@dataclass
class Training:
    """A model under training: parameters, both moments of AdamW, and the curve so far.

    `curve` has a row (step, mean loss in nats, mean accuracy) for every block of steps.
    """

    seed: int
    step: int
    state: NDArray[np.float32]  # (3, SIZE): parameters, first moment, second moment
    curve: NDArray[np.float64]

    @classmethod
    def start(cls, seed: int) -> Training:
        """Return an untrained model."""
        state = np.zeros((3, retriever.SIZE), np.float32)
        state[0] = retriever.initial(_random(seed, _INITIAL, 0))
        return cls(seed, 0, state, np.empty((0, 3)))

    @classmethod
    def load(cls, path: Path) -> Training:
        """Return the training that was saved at `path`."""
        with np.load(path) as saved:
            return cls(int(saved["seed"]), int(saved["step"]), saved["state"], saved["curve"])

    def save(self, path: Path) -> None:
        """Write the training whole or not at all."""
        buffer = io.BytesIO()
        np.savez(buffer, seed=self.seed, step=self.step, state=self.state, curve=self.curve)
        write_bytes(path, buffer.getvalue())

    def advance(self, steps: int) -> None:
        """Train on the next `steps` batches and add one row to the curve."""
        totals = np.zeros(2)
        for _ in range(steps):
            totals += self._step()
        self.curve = np.vstack([self.curve, [self.step, *(totals / steps)]])

    def _step(self) -> tuple[float, float]:
        random = _random(self.seed, _TRAINING, self.step)
        n = int(random.integers(TRAINED_SIZES[0], TRAINED_SIZES[1] + 1))
        loss, accuracy, gradient = retriever.loss_and_gradient(
            self.state[0], *random_sets(random, BATCH, n)
        )
        self.step += 1
        _adamw(self.state, gradient, self.step)
        return loss, accuracy


def train_block(path: Path, seed: int, steps: int) -> int:
    """Train the model saved at `path`, or a new one, for some steps; return the steps so far."""
    training = Training.load(path) if path.exists() else Training.start(seed)
    training.advance(steps)
    training.save(path)
    return training.step


def _adamw(state: NDArray[np.float32], gradient: retriever.Floats, step: int) -> None:
    """Apply one step of AdamW, with bias correction and decoupled weight decay, in place."""
    parameters, first, second = state
    first *= _FIRST_DECAY
    first += (1 - _FIRST_DECAY) * gradient
    second *= _SECOND_DECAY
    second += (1 - _SECOND_DECAY) * gradient * gradient
    scale = np.sqrt(second / (1 - _SECOND_DECAY**step))
    scale += _EPSILON
    parameters *= 1 - LEARNING_RATE * WEIGHT_DECAY
    parameters -= LEARNING_RATE / (1 - _FIRST_DECAY**step) * first / scale


def _random(seed: int, purpose: int, index: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, (purpose << 40) + index]))


def random_sets(random: np.random.Generator, sets: int, n: int) -> Sets:
    """Return priorities (sets, n) in [0, 1), classes (sets, n), and queries (sets,) in [0, 1)."""
    priorities = random.random((sets, n), dtype=np.float32)
    classes = random.integers(0, retriever.CLASSES, (sets, n))
    return priorities, classes, random.random(sets, dtype=np.float32)


SCORES = ("accuracy", "top_accuracy", "maximum", "entropy", "spread")
"""What is measured on fresh sets, as means over the sets.

Accuracies are fractions: of the answer, and of the head, how often its largest logit is at the
item with the largest priority. Then the largest coefficient, the entropy of the coefficients in
nats, and the spread of the logits.
"""


def evaluate(path: Path, n: int, sets: int) -> dict[str, NDArray[np.float64]]:
    """Return the scores of the model saved at `path`, with one entry for each of `WEIGHTINGS`.

    All weightings see the same fresh sets of `n` items; they replace the softmax that the model
    was trained with.
    """
    training = Training.load(path)
    p = retriever.views(training.state[0])
    random = _random(training.seed, _TEST, n)
    at_once = max(1, _ITEMS_AT_ONCE // n)
    totals = np.zeros((len(WEIGHTINGS), len(SCORES)))
    for start in range(0, sets, at_once):
        totals += _scores(p, *random_sets(random, min(at_once, sets - start), n))
    return dict(zip(SCORES, (totals / sets).T, strict=True))


def _scores(
    p: retriever.Parameters,
    priorities: NDArray[np.float32],
    classes: NDArray[np.int64],
    queries: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return sums over the sets of `SCORES`, one row per weighting."""
    row = np.arange(len(queries))
    best = priorities.argmax(axis=1)
    hidden = retriever.items(p, priorities, classes)[0]
    logits = (hidden @ retriever.head(p, queries)[0][:, :, None])[..., 0]
    top = logits.argmax(axis=1) == best
    spread = np.ptp(logits, axis=1)
    sums = np.empty((len(WEIGHTINGS), len(SCORES)))
    for index, weighting in enumerate(WEIGHTINGS.values()):
        weights = weighting(logits)
        outputs = retriever.read(p, (weights[:, None, :] @ hidden)[:, 0])[0]
        right = outputs.argmax(axis=1) == classes[row, best]
        entropy = -weights * np.log(np.where(weights > 0, weights, 1))
        sums[index] = (
            right.sum(),
            top.sum(),
            weights.max(axis=1).sum(dtype=np.float64),
            entropy.sum(dtype=np.float64),
            spread.sum(dtype=np.float64),
        )
    return sums
