"""Training of one block over epochs, and of many blocks in any order on any number of threads.

All random numbers of an epoch come from a counter-based stream addressed by (seed, block, epoch),
so that the parameters of a block depend on nothing else: not on the order of the blocks, not on
the number of threads, not on whether training was interrupted in between.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms._kernel import kernel
from corollary.algorithms.noprop._network import Matrices, Shape, backward, forward
from corollary.algorithms.noprop._objectives import adam, loss_gradient

Array = NDArray[Any]

INITIAL, EPOCH, INFERENCE = 0, 1, 2  # what a stream of random numbers is for
LOOK_SECONDS = 0.2  # between two reports of progress
_PIECE = 1 << 14  # samples whose noise is held at once


def stream(seed: int, purpose: int, block: int, count: int) -> np.random.Generator:
    """Return the random numbers of this address, independent of those of any other."""
    mask = (1 << 64) - 1
    counter = [0, seed >> 64 & mask, purpose, count]
    return np.random.Generator(np.random.Philox(key=[seed & mask, block], counter=counter))


@dataclass
class Block:
    """A network under training.

    Attributes
    ----------
    theta, first, second : arrays (parameters,)
        Parameters and both moments of Adam.
    epochs, steps : int
        How many epochs and batches it has seen.
    losses : list of float
        The mean loss of each epoch.
    """

    theta: Array
    first: Array = field(default_factory=lambda: np.zeros(0))
    second: Array = field(default_factory=lambda: np.zeros(0))
    epochs: int = 0
    steps: int = 0
    losses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.first.size == 0:
            self.first, self.second = np.zeros_like(self.theta), np.zeros_like(self.theta)


@dataclass(frozen=True)
class Samples:
    """What the network is shown for one piece of an epoch, in the order of the batches.

    Attributes
    ----------
    latent : array (n, d)
        Noised embeddings.
    target : array (n, d)
        What the prediction is compared with.
    clock : array (n, time features)
        Of width 0 where the network has no time branch.
    weight : array (n,), float64
        The weight of each sample's loss.
    """

    latent: Array
    target: Array
    clock: Array
    weight: Array


Draw = Callable[[np.random.Generator, int, Array], Samples]
"""(generator, block, labels in order) -> what the network is shown."""


@dataclass(frozen=True)
class Task:
    """All that training needs besides the blocks.

    `rate` maps the share of the planned epochs that are over (above 1 after the plan) to a
    learning rate.
    """

    x: Array
    labels: Array
    embedding: Array
    shape: Shape
    draw: Draw
    objective: int
    batch: int
    seed: int
    planned: int
    rate: Callable[[float], float]
    decay: float
    epsilon: float = 1e-8


def train_epoch(task: Task, index: int, block: Block, work: Matrices | None = None) -> Block:
    """Return the block after one more epoch; the given block is left as it is."""
    generator = stream(task.seed, EPOCH, index, block.epochs)
    order = generator.permutation(len(task.x))
    state = np.stack([block.theta, block.first, block.second])
    if work is None:
        work = epoch_workspace(task)
    batches = -(-len(order) // task.batch)
    position = (block.epochs + np.arange(batches) / batches) / task.planned
    rates = np.array([task.rate(float(share)) for share in position])
    step, total = block.steps, 0.0
    piece = max(1, _PIECE // task.batch) * task.batch
    for start in range(0, len(order), piece):
        chosen = order[start : start + piece]
        labels = task.labels[chosen]
        shown = task.draw(generator, index, labels)
        count = -(-len(chosen) // task.batch)
        done = step - block.steps
        total += run_batches(
            task, chosen, labels, shown, state, work, step, rates[done : done + count]
        )
        step += count
    mean = total / len(order)
    return Block(state[0], state[1], state[2], block.epochs + 1, step, [*block.losses, float(mean)])


def run_batches(
    task: Task,
    order: Array,
    labels: Array,
    shown: Samples,
    state: Array,
    work: Matrices,
    step: int,
    rates: Array,
) -> float:
    """Train on some batches in place, and return the sum of the samples' losses.

    `state` (3, parameters) holds the parameters and both moments; `order` names the rows of the
    task's features, with labels and noise in that order; there is one rate for each batch.
    """
    total: float = _run_batches(
        task.x, order, labels, shown.latent, shown.target, shown.clock, shown.weight,
        task.embedding, state, task.shape.views(state[0]), work, task.shape.views(work[-1][0]),
        step, rates, task.decay, task.epsilon, task.batch, task.objective, task.shape.weights,
    )  # fmt: skip
    return total


def epoch_workspace(task: Task) -> Matrices:
    """Return the buffers of one thread: those of the network, four more, and the gradient."""
    dtype, rows = task.x.dtype, min(task.batch, len(task.x))
    shape = task.shape
    sizes = [shape.features, shape.latent, shape.latent, shape.classes]
    extra = [np.zeros((rows, size), dtype) for size in sizes]
    return (*shape.workspace(rows, dtype), *extra, np.zeros((1, shape.size), dtype))


@kernel
def _run_batches(
    x: Array,
    order: Array,
    labels: Array,
    latent: Array,
    target: Array,
    clock: Array,
    weight: Array,
    embedding: Array,
    state: Array,
    parameters: Any,
    work: Any,
    gradients: Any,
    step: int,
    rates: Array,
    decay: float,
    epsilon: float,
    batch: int,
    objective: int,
    decayed: int,
) -> float:
    """Train on the batches of one piece in place, and return the sum of the losses."""
    total = 0.0
    for k in range(len(rates)):
        start, stop = k * batch, min((k + 1) * batch, len(order))
        n = stop - start
        rows = work[14][:n]
        for i in range(n):
            for j in range(x.shape[1]):
                rows[i, j] = x[order[start + i], j]
        here = (
            work[0][:n], work[1][:n], work[2][:n], work[3][:n], work[4][:n], work[5][:n],
            work[6][:n], work[7][:n], work[8][:n], work[9][:n], work[10][:n], work[11][:n],
            work[12][:n], work[13][:n],
        )  # fmt: skip
        z, t = latent[start:stop], clock[start:stop]
        forward(parameters[0], parameters[1], rows, z, t, here, False)
        loss = loss_gradient(
            objective, here[6], embedding, target[start:stop], labels[start:stop],
            weight[start:stop], work[15][:n], work[17][:n],
        )  # fmt: skip
        total += loss * n
        backward(parameters[0], rows, z, t, here, gradients[0], gradients[1], False)
        adam(
            state[0], work[18][0], state[1], state[2], step + k + 1, rates[k], decay, epsilon,
            decayed,
        )  # fmt: skip
    return total


def train_blocks(
    task: Task,
    blocks: list[Block],
    until: int,
    *,
    order: Sequence[int] | None = None,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Train all blocks until each has seen `until` epochs, replacing the entries of `blocks`.

    An interrupt (KeyboardInterrupt) leaves every block with the last epoch that it finished.

    Parameters
    ----------
    task : Task
    blocks : list of Block
    until : int
    order : sequence of int, optional
        The order of the blocks in each round; as they stand if not given.
    threads : int
    progress : callable (done, total), optional
        Called now and then with numbers of epochs, summed over the blocks.
    """
    waiting = deque(range(len(blocks)) if order is None else order)
    total = sum(max(0, until - block.epochs) for block in blocks)
    stride = max(1, (until - min(block.epochs for block in blocks)) // 20)
    stop = threading.Event()

    def report() -> None:
        if progress is not None:
            progress(total - sum(max(0, until - block.epochs) for block in blocks), total)

    def work(after_each: Callable[[], None] | None = None) -> None:
        """Take blocks in turn, some epochs each, until none is left that waits."""
        space = epoch_workspace(task)
        while not stop.is_set():
            try:
                index = waiting.popleft()
            except IndexError:
                return
            goal = min(blocks[index].epochs + stride, until)
            while blocks[index].epochs < goal and not stop.is_set():
                blocks[index] = train_epoch(task, index, blocks[index], space)
            if blocks[index].epochs < until:
                waiting.append(index)
            if after_each is not None:
                after_each()

    with one_blas_thread(), ThreadPoolExecutor(threads) as pool:
        try:
            if threads == 1:
                work(after_each=report)
                return
            running = {pool.submit(work) for _ in range(threads)}
            while running:  # threads never wait for one another; this one looks on
                done, running = wait(running, LOOK_SECONDS, FIRST_EXCEPTION)
                for future in done:
                    future.result()
                report()
        except BaseException:
            stop.set()
            raise


@cache
def _controller() -> Any:
    import scipy.linalg.cython_blas  # noqa: F401 (Numba's matrix products live in SciPy's BLAS)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Run matrix products on one thread: blocks are the unit of parallel work."""
    with _controller().limit(limits=1, user_api="blas"):
        yield
