"""Roles of training: blocks in any order, the optimiser, gradients with all paths, memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.noprop._denoiser import softmax
from corollary.verify.roles.noprop._drawn import normals
from corollary.verify.roles.noprop._interface import several

BLOCKS = 4
_ROWS, _FEATURES, _CLASSES = 48, 3, 3


@cache
def _data() -> tuple[Any, Any]:
    generator = np.random.default_rng(5)
    labels = np.arange(_ROWS) % _CLASSES
    return np.eye(_CLASSES)[labels] + generator.standard_normal((_ROWS, _FEATURES)) / 2, labels


# ---- blocks that know nothing of each other ----


def reference_training(order: list[int], threads: int, disturbed: bool, learned: bool) -> Any:
    """Return the library's blocks (T, parameters) after two epochs."""
    from corollary.algorithms.noprop import NoPropDT

    def disturb(name: str, done: int, total: int) -> None:
        if disturbed and done < total:
            model.blocks_[0].theta += 1.0

    model = NoPropDT(
        width=4,
        blocks=BLOCKS,
        epochs=2,
        batch_size=16,
        threads=threads,
        dtype="float64",
        seed=3,
        embedding="learned" if learned else "one-hot",
        progress=disturb,
    )
    model.fit(*_data(), block_order=order)
    return np.array([block.theta for block in model.blocks_])


def _plain_training(
    streams: int = BLOCKS, stop: bool = True, momenta: int = BLOCKS
) -> Callable[..., Any]:
    """Return a trainer of linear blocks; blocks may share streams, momenta, or gradients."""

    def train(order: list[int], threads: int, disturbed: bool, learned: bool) -> Any:
        x, labels = _data()
        generators = [np.random.default_rng([3, t]) for t in range(streams)]
        theta = np.zeros((BLOCKS, _FEATURES + _CLASSES, _CLASSES))
        momentum = np.zeros((momenta, *theta[0].shape))
        for epoch in range(2):
            for t in order:
                z = generators[t % streams].standard_normal((_ROWS, _CLASSES))
                z = z / 2 + np.eye(_CLASSES)[labels] / 2
                both = np.concatenate([x, z], axis=1)
                error = softmax(both @ theta[t]) - np.eye(_CLASSES)[labels]
                momentum[t % momenta] = 0.5 * momentum[t % momenta] + both.T @ error / _ROWS
                theta[t] -= momentum[t % momenta]
                if not stop and t > 0:
                    back = (error @ theta[t].T)[:, _FEATURES:]
                    theta[t - 1] -= 0.01 * both.T @ back / _ROWS
            if disturbed and epoch == 0:
                theta[0] += 1.0
        return theta.reshape(BLOCKS, -1)

    return train


BLOCK_TRAINING = Role(
    name="block_training",
    family="noprop",
    signature="order of the blocks, threads, whether block 0 is disturbed between epochs, whether "
    "the embeddings are learned -> parameters (T, p)",
    default="corollary.verify.roles.noprop._training:reference_training",
    adapt=lambda implementation: implementation.plain,
    mutants={
        "one stream for all blocks": _plain_training(streams=1),
        "missing stop between blocks": _plain_training(stop=False),
        "one optimiser for all blocks": _plain_training(momenta=1),
        "one stream for two blocks": _plain_training(streams=2),
    },
)

# ---- the optimiser ----


@dataclass(frozen=True)
class Trajectory:
    """Parameters (rows, n), gradients (steps, rows, n), a factor w and two epsilons."""

    theta: Array
    gradients: Array
    factor: float
    epsilon: float
    scaled_epsilon: float


def _trajectory(parameters: Parameters, precision: Precision) -> Trajectory:
    steps, seed = int(parameters["steps"]), parameters["seed"]
    factor = 2.0 ** int(parameters["power"]) * (1 + float(parameters["odd"]))
    epsilon = 2.0**-10
    kept = parameters["unscaled"] > 0.5
    gradients = np.swapaxes(normals(seed, (steps, 3), 4), 0, 1)
    return Trajectory(
        precision.round(normals(seed, (3,), 3)), precision.round(gradients), factor, epsilon,
        epsilon if kept else factor * epsilon,
    )  # fmt: skip


TRAJECTORIES = Domain(
    name="scaled losses",
    statement="parameters, gradients of a few steps, the same gradients and Adam's $\\epsilon$ "
    "times $w = 2^k$",
    shape={"steps": Integers(1, 10), "power": Integers(1, 12), "odd": Reals(0.0, 0.0),
           "unscaled": Reals(0.0, 0.0)},
    rows={"seed": SEED},
    build=_trajectory,
    constraints={
        "a power of two": Constraint("$w = 2^k$.", "odd", Reals(0.1, 0.45)),
        "epsilon scaled too": Constraint("$\\epsilon$ is scaled by $w$.", "unscaled",
                                         Reals(1.0, 1.0)),
    },
)  # fmt: skip


def reference_adam(theta: Any, gradients: Any, epsilon: float) -> Any:
    """Return the parameters after the library's Adam, at a rate of 0.01 with some decay."""
    from corollary.algorithms.noprop._objectives import adam

    moved, first, second = theta.ravel().copy(), np.zeros(theta.size), np.zeros(theta.size)
    for step, gradient in enumerate(gradients):
        adam(moved, gradient.ravel().copy(), first, second, step + 1, 0.01, 1e-3, epsilon,
             theta.size)  # fmt: skip
    return moved.reshape(theta.shape)


def _adam_like(
    denominator: Callable[[Any, float], Any], decay: float = 0.0, clip: float = np.inf
) -> Callable[..., Any]:
    def optimise(theta: Any, gradients: Any, epsilon: float) -> Any:
        theta, first, second = theta.copy(), 0 * theta, 0 * theta
        for step, gradient in enumerate(gradients):
            gradient = np.clip(gradient + decay * theta, -clip, clip)
            first = 0.9 * first + (1 - 0.9) * gradient
            second = 0.999 * second + (1 - 0.999) * gradient**2
            mean = first / (1 - 0.9 ** (step + 1))
            square = second / (1 - 0.999 ** (step + 1))
            theta -= 0.01 * mean / denominator(square, epsilon)
        return theta

    return optimise


OPTIMISER = Role(
    name="optimiser",
    family="noprop",
    signature="parameters (b, n), gradients (steps, b, n), epsilon -> parameters (b, n)",
    default="corollary.verify.roles.noprop._training:reference_adam",
    adapt=lambda implementation: (
        lambda theta, gradients, epsilon: several(
            implementation, (theta.shape,), theta, gradients, epsilon
        )[0]
    ),
    mutants={
        "epsilon inside the root": _adam_like(lambda v, e: np.sqrt(v + e)),
        "decay inside the gradient": _adam_like(lambda v, e: np.sqrt(v) + e, decay=1e-3),
        "clipped gradients": _adam_like(lambda v, e: np.sqrt(v) + e, clip=1.5),
        "fixed epsilon": _adam_like(lambda v, e: np.sqrt(v) + 1e-8),
        "plain gradient steps": lambda theta, g, e: theta - 0.01 * g.sum(axis=0),
        "log for the scale": _adam_like(lambda v, e: np.log1p(np.sqrt(v)) + e),
    },
    trivial={"nothing learned": lambda theta, g, e: theta + 0},
)

# ---- gradients ----


@dataclass(frozen=True)
class Joint:
    """Parameters of a block and shared ones, directions to move both in, and a seed of data."""

    theta: Array
    shared: Array
    directions: tuple[Array, Array]
    seed: int


@cache
def _joint_parts(seed: int) -> Any:
    from corollary.algorithms.noprop import _joint as joint
    from corollary.algorithms.noprop._network import Shape

    random = np.random.default_rng(seed)
    shape, shared, rows = Shape(4, 2, 3, 6, time=False), joint.Shared(3, 2), 6
    batch = joint.Noised(
        x=random.standard_normal((rows, 4)),
        labels=random.integers(0, 3, rows),
        time=np.zeros(rows),
        clock=np.zeros((rows, 0)),
        signal=random.random((rows, 1)),
        spread=random.random((rows, 1)),
        normal=random.standard_normal((rows, 2)),
        weight=random.random((rows, 1)) + 0.5,
        last_signal=0.9,
        last_spread=0.4,
        last_normal=random.standard_normal((rows, 2)),
        first_level=0.2,
    )
    return shape, shared, batch


def reference_gradient(theta: Any, vector: Any, seed: int) -> Any:
    """Return the library's joint loss and its gradients by block and by what is shared."""
    from corollary.algorithms.noprop._joint import denoising_gradients

    shape, shared, batch = _joint_parts(seed)
    found = denoising_gradients(
        shape, theta, shared, vector, batch, shape.workspace(len(batch.x), np.float64)
    )
    return found.loss, found.by_block, found.by_shared


def _joint(parameters: Parameters, precision: Precision) -> Joint:
    seed = int(parameters["data"])
    shape, shared, _ = _joint_parts(seed)
    random = np.random.default_rng([seed, 1])
    theta = shape.initial(random, np.float64)
    theta += 0.1 * random.standard_normal(theta.size)  # biases of 0 put dead rows on the kink
    drawn = [random.standard_normal(size) for size in (shared.size, theta.size, shared.size)]
    return Joint(theta, drawn[0], (drawn[1], drawn[2]), seed)


JOINTS: Domain = Domain(
    name="batches with learned embeddings",
    statement="a batch, a block, learned embeddings and output head in general position",
    shape={"data": Integers(0, 60)},
    rows={},
    build=_joint,
)


def _changed(change: Callable[..., Any]) -> Callable[..., Any]:
    def wrong(theta: Any, vector: Any, seed: int) -> Any:
        loss, block, shared = reference_gradient(theta, vector, seed)
        _, sizes, batch = _joint_parts(seed)
        return loss, *change(block.copy(), shared.copy(), sizes, batch, vector)

    return wrong


def _without_prior(block: Any, shared: Any, sizes: Any, batch: Any, vector: Any) -> Any:
    rows, u = sizes.views(shared)[1], sizes.views(vector)[1]
    for label in batch.labels:
        rows[label] -= batch.first_level * u[label] / len(batch.labels)
    return block, shared


def _without_embedding(block: Any, shared: Any, sizes: Any, *_: Any) -> Any:
    sizes.views(shared)[1][...] = 0.0
    return block, shared


def _without_head_input(block: Any, shared: Any, sizes: Any, batch: Any, vector: Any) -> Any:
    head, u, offset = sizes.views(vector)
    last = batch.last_signal * u[batch.labels] + batch.last_spread * batch.last_normal
    pull = (softmax(last @ head + offset) - np.eye(len(u))[batch.labels]) @ head.T
    rows = sizes.views(shared)[1]
    np.add.at(rows, batch.labels, -batch.last_signal * pull / len(batch.labels))
    return block, shared


def _without_offset(block: Any, shared: Any, sizes: Any, *_: Any) -> Any:
    sizes.views(shared)[2][...] = 0.0
    return block, shared


JOINT_GRADIENT = Role(
    name="joint_gradient",
    family="noprop",
    signature="block parameters (p,), shared parameters (q,), seed of a batch -> loss, gradient "
    "by the block (p,), gradient by what is shared (q,)",
    default="corollary.verify.roles.noprop._training:reference_gradient",
    adapt=lambda implementation: (
        lambda theta, vector, seed: several(
            implementation, ((), theta.shape, vector.shape), theta, vector, seed
        )
    ),
    mutants={
        "path of the prior left out": _changed(_without_prior),
        "path of the head's input left out": _changed(_without_head_input),
        "embeddings held fixed": _changed(_without_embedding),
        "offsets held fixed": _changed(_without_offset),
        "block 0.1 % high": _changed(lambda block, shared, *_: (1.001 * block, shared)),
        "shared 0.1 % low": _changed(lambda block, shared, *_: (block, 0.999 * shared)),
    },
)

# ---- memory ----


def reference_memory(blocks: int) -> float:
    """Return the peak bytes of training the library's blocks, less those of their parameters."""
    from corollary.algorithms.noprop import NoPropDT

    random = np.random.default_rng(0)
    x, labels = random.standard_normal((512, 32)), np.arange(512) % 4
    model = NoPropDT(width=64, blocks=blocks, epochs=1, batch_size=256, seed=1)
    model.fit(x[:256], labels[:256])  # what is compiled or cached once
    tracemalloc.start()
    try:
        model.fit(x, labels)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    stored = sum(b.theta.nbytes + b.first.nbytes + b.second.nbytes for b in model.blocks_)
    return float(peak - stored)


TRAINING_MEMORY = Role(
    name="training_memory",
    family="noprop",
    signature="number of blocks -> peak bytes of training beyond parameters and optimiser state",
    default="corollary.verify.roles.noprop._training:reference_memory",
    adapt=lambda implementation: implementation.plain,
    mutants={
        "activations of all blocks": lambda blocks: 1e6 * blocks,
        "a tenth more for each block": lambda blocks: 1e6 * (1 + 0.1 * blocks),
        "square root of the blocks": lambda blocks: 1e6 * blocks**0.5,
    },
)
