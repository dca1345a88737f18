"""P14, P15, P25, P26: blocks that train alone, Adam and weights, gradients, memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from corollary.verify.claim import Source, law, table
from corollary.verify.domain import Domain, Integers, Parameters
from corollary.verify.precision import Array
from corollary.verify.roles.noprop import (
    BLOCK_TRAINING,
    BLOCKS,
    JOINT_GRADIENT,
    JOINTS,
    NOPROP,
    OPTIMISER,
    TRAINING_MEMORY,
    TRAJECTORIES,
    Joint,
    Trajectory,
)
from corollary.verify.slack import Slack, bitwise, equal

ALGORITHM_1 = Source(NOPROP, "Algorithm 1")
IN_ORDER = list(range(BLOCKS))
SETTINGS = {
    "blocks trained backwards": (IN_ORDER[::-1], 1, False),
    "another order on two threads": ([2, 0, 3, 1], 2, False),
    "three threads": (IN_ORDER, 3, False),
    "block 0 disturbed between epochs": (IN_ORDER, 1, True),
}


def _differing(train: Callable[..., Array], setting: str, learned: bool) -> int:
    """Return how many parameters of blocks 1 to T differ in any bit from the usual training."""
    usual = np.asarray(train(IN_ORDER, 1, False, learned))
    other = np.asarray(train(*SETTINGS[setting], learned))
    return int(np.sum(usual[1:] != other[1:]))


@table(BLOCK_TRAINING, rows=tuple((setting, 0) for setting in SETTINGS), digits=0,
       source=ALGORITHM_1, standing="corrected", dossier="P14")  # fmt: skip
def blocks_train_alone(train: Callable[..., Array], setting: str) -> float:
    r"""With fixed embeddings no block's parameters change in any bit when the blocks are trained in
    another order, on more threads, or beside a block that was disturbed.
    """
    return _differing(train, setting, learned=False)


ONE_CASE = Domain(
    name="trainings with learned embeddings",
    statement="embeddings that all blocks share and learn",
    shape={"setting": Integers(0, 0)},
    rows={},
    build=lambda parameters, _: list(SETTINGS)[int(parameters["setting"])],
)


@law(BLOCK_TRAINING, over=ONE_CASE, source=ALGORITHM_1, standing="refuted as printed",
     dossier="2.1")  # fmt: skip
def blocks_train_alone_with_learned_embeddings(train: Callable[..., Array], setting: str) -> Slack:
    r"""As printed each block is trained independently, also with learned embeddings: the order
    leaves no trace.
    """
    return bitwise([float(_differing(train, setting, learned=True))], [0.0])


@law(OPTIMISER, over=TRAJECTORIES, standing="derived", dossier="P15")
def adam_cancels_the_weight(optimiser: Callable[..., Array], case: Trajectory) -> Slack:
    r"""A loss times $w = 2^k$, with $\epsilon$ times $w$, leaves the steps of Adam the same bit for
    bit: with fixed embeddings $\eta$ and the weights $s_t - s_{t-1}$ have no effect on the blocks.
    """
    usual = optimiser(case.theta, case.gradients, case.epsilon)
    scaled = optimiser(case.theta, case.factor * case.gradients, case.scaled_epsilon)
    return bitwise(scaled, usual)


@law(JOINT_GRADIENT, over=JOINTS, source=ALGORITHM_1, standing="derived", dossier="P25")
def gradients_have_all_their_paths(gradient: Callable[..., Any], case: Joint) -> tuple[Slack, ...]:
    r"""With learned embeddings the gradient has five paths: readout, target, the block's input, the
    head's input and the prior; along any direction it is the derivative of the loss.
    """
    _, by_block, by_shared = gradient(case.theta, case.shared, case.seed)
    values, expected = [], []
    for part, own, direction in ((0, by_block, case.directions[0]),
                                 (1, by_shared, case.directions[1])):  # fmt: skip
        step = 1e-5 / np.abs(direction).max()

        def loss(share: float, part: int = part, move: Array = step * direction) -> float:
            theta = case.theta + (share * move if part == 0 else 0)
            vector = case.shared + (share * move if part == 1 else 0)
            return float(gradient(theta, vector, case.seed)[0])

        # Differences of sixth order: steps of 1e-5 leave 1e-10 of rounding.
        slopes = [(loss(k) - loss(-k)) / 2 for k in (1.0, 2.0, 3.0)]
        derivative = (1.5 * slopes[0] - 0.3 * slopes[1] + slopes[2] / 30) / step
        values.append(float(own @ direction))
        expected.append(derivative)
    size = 1 + np.abs(expected)
    return (equal([values], [expected], ulps=1e-8 * 2.0**53, scale=[size]),)


@gradients_have_all_their_paths.exhaustive(scope="all 61 batches of the domain")
def every_batch() -> Iterator[Parameters]:
    for data in range(61):
        yield {"data": data}


@table(TRAINING_MEMORY, rows=((4, 1.0), (16, 1.0)), digits=1, standing="derived",
       dossier="P26")  # fmt: skip
def memory_does_not_grow_with_depth(memory: Callable[[int], float], blocks: int) -> float:
    r"""The peak memory of training beyond parameters and optimiser state, for $T$ blocks relative
    to one block: 1.0, whatever the depth.
    """
    return memory(blocks) / memory(1)
