"""The role `noise_schedule`: how much of the label a latent holds at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.verify.domain import Domain, Integers, Parameters
from corollary.verify.precision import Array, Precision
from corollary.verify.role import Role
from corollary.verify.roles.noprop._interface import adapting


@dataclass(frozen=True)
class Times:
    """The times at which T blocks begin and end, shape (1, T + 1)."""

    blocks: int
    times: Array


def _times(parameters: Parameters, precision: Precision) -> Times:
    blocks = int(parameters["blocks"])
    return Times(blocks, precision.round(np.arange(blocks + 1)[None] / blocks))


TIMES = Domain(
    name="block times",
    statement="the times $0, 1/T, \\ldots, 1$ of $T$ blocks",
    shape={"blocks": Integers(1, 128)},
    rows={},
    build=_times,
)


def cosine_schedule(time: Any) -> Any:
    """Return the signal level of the library's cosine schedule."""
    from corollary.algorithms.noprop import CosineSchedule

    return CosineSchedule().alpha_bar(time)


def _cosine(time: Any) -> Any:
    return np.sin(np.pi / 2 * time / 1.008) ** 2


_WRONG: dict[str, Callable[[Any], Any]] = {
    "normalised at the clean end": lambda t: _cosine(t) / _cosine(1.0),
    "without its offset": lambda t: np.sin(np.pi / 2 * t) ** 2,
    "clipped flat at the clean end": lambda t: np.minimum(_cosine(t), _cosine(0.98)),
    "flat at the noisy end": lambda t: np.maximum(_cosine(t), 0.01),
    "a little below 0": lambda t: _cosine(t) - 1e-6,
    "falling (cumulative product over the blocks)": lambda t: _cosine(1.0 - t),
}

NOISE_SCHEDULE = Role(
    name="noise_schedule",
    family="noprop",
    signature="times (1, T + 1) in [0, 1] -> signal levels (1, T + 1), the share of variance "
    "that is the label's",
    default="corollary.verify.roles.noprop._schedules:cosine_schedule",
    adapt=adapting(np.shape),
    mutants=_WRONG,
    trivial={"the time": lambda t: t, "zero": lambda t: 0 * t, "one half": lambda t: 0 * t + 0.5},
    typical=(TIMES, {"blocks": 50}),
)
