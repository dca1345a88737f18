"""Epochs in which all blocks share an embedding, a head and perhaps a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.noprop._joint import (
    Gradients,
    Noised,
    Shared,
    copied,
    denoising_gradients,
    flow_gradients,
    stepped,
)
from corollary.algorithms.noprop._network import Shape
from corollary.algorithms.noprop._training import EPOCH, Block, one_blas_thread, stream
from corollary.algorithms.noprop.schedules import LearnedSchedule

Array = NDArray[Any]


class JointModel(Protocol):
    """What joint training asks of a model."""

    seed: int
    epochs: int
    eta: float
    weight_decay: float

    def _shape(self) -> Shape: ...
    def _rate(self, share: float) -> float: ...
    def _batch(self, rows: int) -> int: ...
    def _noised(
        self, random: np.random.Generator, block: int, x: Array, labels: Array, state: JointState
    ) -> Noised: ...


@dataclass
class JointState:
    """Blocks, shared parameters, and the parameters of a learned schedule (or None).

    `limit` bounds the log signal-to-noise ratio of the learned schedule.
    """

    blocks: list[Block]
    shared: Block
    schedule: Block | None
    layout: Shared
    limit: float

    def copy(self) -> JointState:
        """Return a state whose arrays can be changed without changing these."""
        schedule = None if self.schedule is None else copied(self.schedule)
        blocks = [copied(block) for block in self.blocks]
        return JointState(blocks, copied(self.shared), schedule, self.layout, self.limit)

    def learned_schedule(self) -> LearnedSchedule | None:
        """Return the schedule as it is now."""
        if self.schedule is None:
            return None
        return LearnedSchedule(self.schedule.theta, self.limit)

    def embedding(self) -> Array:
        """Return the embedding (m, d) as it is now."""
        return self.layout.views(self.shared.theta)[1]


def joint_epoch(
    model: JointModel,
    state: JointState,
    x: Array,
    labels: Array,
    *,
    order: Sequence[int],
    flow: bool,
) -> JointState:
    """Return the state after one more epoch; the given state is left as it is."""
    new, shape = state.copy(), model._shape()
    done = state.shared.epochs
    random = stream(model.seed, EPOCH, len(state.blocks), done)
    permutation = random.permutation(len(x))
    size = model._batch(len(x))
    batches = -(-len(x) // size)
    work = shape.workspace(size, x.dtype)
    losses = np.zeros(len(state.blocks))
    gradients = flow_gradients if flow else denoising_gradients
    with one_blas_thread():
        for k in range(batches):
            chosen = permutation[k * size : (k + 1) * size]
            rate = model._rate((done + k / batches) / model.epochs)
            for index in order:
                batch = model._noised(random, index, x[chosen], labels[chosen], new)
                block = new.blocks[index]
                found = gradients(shape, block.theta, new.layout, new.shared.theta, batch, work)
                by_schedule = None
                if new.schedule is not None:
                    by_schedule = schedule_gradient(model.eta, new, batch, found)
                decay = model.weight_decay
                stepped(block, found.by_block, rate, decay, shape.weights)
                stepped(new.shared, found.by_shared, rate, decay, new.layout.head_size)
                if new.schedule is not None and by_schedule is not None:
                    stepped(new.schedule, by_schedule, rate, 0.0, 0)
                losses[index] += found.loss * len(chosen) / len(x)
    for block, loss in zip(new.blocks, losses, strict=True):
        block.epochs += 1
        block.losses.append(float(loss))
    new.shared.epochs += 1
    return new


def schedule_gradient(eta: float, state: JointState, batch: Noised, found: Gradients) -> Array:
    """Return the gradient of the loss by the parameters of the learned schedule.

    The loss sees the log signal-to-noise ratio l through the weight ``eta/2 l' exp(l)``, through
    the latents, and at both ends through the head and the divergence of the prior. How l and l'
    depend on the parameters comes from a complex step, which is exact.
    """
    assert state.schedule is not None
    theta, n = state.schedule.theta, len(batch.x)
    ends = np.concatenate([batch.time, [0.0, 1.0]])
    ratio, slope = (np.empty((theta.size, n + 2)) for _ in range(2))
    for k in range(theta.size):
        moved = theta.astype(np.complex128)
        moved[k] += 1e-30j
        schedule = LearnedSchedule(moved, state.limit)
        ratio[k] = schedule.log_snr(ends).imag / 1e-30
        slope[k] = schedule.log_snr_slope(ends).imag / 1e-30
    u = state.embedding()[batch.labels]
    snr = (batch.signal / batch.spread) ** 2
    by_ratio, by_slope = np.zeros(n + 2), np.zeros(n + 2)
    by_ratio[:n] = batch.weight[:, 0] * found.error / n
    by_ratio[:n] += (found.by_latent * _by_ratio(u, batch.signal, batch.spread, batch.normal)).sum(
        axis=1
    )
    by_slope[:n] = eta / 2 * snr[:, 0] * found.error / n
    level, d = batch.first_level, u.shape[1]
    divergence = ((u * u).sum(axis=1).mean() - d + d / (1 - level)) / 2
    by_ratio[n] = divergence * level * (1 - level)
    moved_last = _by_ratio(u, batch.last_signal, batch.last_spread, batch.last_normal)
    by_ratio[n + 1] = (found.by_last * moved_last).sum()
    gradient: Array = ratio @ by_ratio + slope @ by_slope
    return gradient


def _by_ratio(u: Array, signal: Any, spread: Any, normal: Array) -> Array:
    """Return the derivative of ``signal u + spread normal`` by the log signal-to-noise ratio."""
    moved: Array = (signal * spread**2 * u - signal**2 * spread * normal) / 2
    return moved
