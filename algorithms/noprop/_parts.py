"""The loop that the learners with one global gradient, or one gradient per layer, share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.noprop._checks import number, one_of, real
from corollary.algorithms.noprop._classifier import Classifier
from corollary.algorithms.noprop._joint import copied, stepped
from corollary.algorithms.noprop._storage import packed_blocks, unpacked_blocks
from corollary.algorithms.noprop._training import EPOCH, INITIAL, Block, one_blas_thread, stream

Array = NDArray[Any]
Progress = Callable[[str, int, int], None]


class Parts(Classifier):
    """A learner whose parameters lie in a few vectors, trained by AdamW with a cosine rate."""

    weight_decay: float
    seed: int
    progress: Progress | None
    parts_: list[Block]

    def _initial(self, random: Callable[[int], np.random.Generator]) -> list[Array]:
        """Return the first parameters of each part, drawn from the streams ``random(part)``."""
        raise NotImplementedError

    def _decayed(self, part: int) -> int:
        """Return how many of the first parameters of a part are weights of matrices."""
        raise NotImplementedError

    def _gradients(
        self, parts: list[Array], x: Array, labels: Array, random: np.random.Generator
    ) -> tuple[float, list[Array]]:
        """Return the mean loss of a batch and the direction of descent of each part."""
        raise NotImplementedError

    def _check_parameters(self) -> None:
        number("epochs", self.epochs, least=1)
        number("seed", self.seed)
        if self.batch_size is not None:
            number("batch_size", self.batch_size, least=1)
        real("learning_rate", self.learning_rate, above=0)
        real("weight_decay", self.weight_decay, least=0)
        one_of("dtype", self.dtype, ("float32", "float64"))

    def _start(self, x: Array, labels: Array) -> None:
        first = self._initial(lambda part: stream(self.seed, INITIAL, part, 0))
        self.parts_ = [Block(theta.astype(self.dtype)) for theta in first]

    def _train(self, x: Array, labels: Array, until: int) -> None:  # type: ignore[override]
        start = self._epochs_done()
        size = self._batch(len(x))
        with one_blas_thread():
            for done in range(start, until):
                self.parts_ = self._epoch(x, labels, done, size)
                if self.progress is not None:
                    self.progress(type(self).__name__, done + 1 - start, until - start)

    def _epoch(self, x: Array, labels: Array, done: int, size: int) -> list[Block]:
        """Return the parts after one more epoch; those of the model are left as they are."""
        parts = [copied(part) for part in self.parts_]
        random = stream(self.seed, EPOCH, 0, done)
        order = random.permutation(len(x))
        total, batches = 0.0, -(-len(x) // size)
        for k in range(batches):
            chosen = order[k * size : (k + 1) * size]
            rate = self._rate((done + k / batches) / self.epochs)
            vectors = [part.theta for part in parts]
            loss, gradients = self._gradients(vectors, x[chosen], labels[chosen], random)
            for index, (part, gradient) in enumerate(zip(parts, gradients, strict=True)):
                stepped(part, gradient, rate, self.weight_decay, self._decayed(index))
            total += loss * len(chosen)
        for part in parts:
            part.epochs += 1
            part.losses.append(total / len(x))
        return parts

    def _epochs_done(self) -> int:
        return self.parts_[0].epochs

    def _state(self) -> dict[str, Array]:
        found: dict[str, Array] = {"count": np.array(len(self.parts_))}
        for index, part in enumerate(self.parts_):
            found |= packed_blocks(f"part{index}", [part])
        return found

    def _restore(self, arrays: dict[str, Array]) -> None:
        count = int(arrays["count"])
        self.parts_ = [unpacked_blocks(f"part{index}", arrays)[0] for index in range(count)]
