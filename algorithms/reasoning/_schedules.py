"""Schedules: which node consumes which of its waiting messages next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

NAMED = ("bsp", "fifo", "lifo", "priority")

# The generator of Park and Miller: a stream of integers 1 .. 2^31 - 2 that compiled and
# interpreted runs share; its state after any event is enough to go on from there.
MULTIPLIER = 48271
MODULUS = 2**31 - 1


class Pending(NamedTuple):
    """A message on its way: the node it goes to, and the message."""

    node: int
    message: Any


@dataclass(frozen=True)
class Random:
    """Random node, random part of its bag; the same seed gives the same run."""

    seed: int = 0


@dataclass(frozen=True)
class Script:
    """A schedule written down as one pair of integers ``(pick, others)`` per event.

    With the waiting messages in order of arrival, message number ``pick`` is delivered together
    with those further messages of the same node whose bits are set in `others`. Numbers are taken
    modulo what is there, and after the end of the script the oldest message goes first: so every
    list of pairs is a schedule, and the empty one is "fifo".
    """

    choices: tuple[tuple[int, int], ...] = ()


Chooser = Callable[[Sequence[Pending]], Sequence[int]]
Schedule = str | Random | Script | Chooser


def checked_schedule(schedule: Any) -> Schedule:
    """Return `schedule`, or raise an error that names what it may be."""
    if isinstance(schedule, str):
        if schedule not in NAMED:
            raise ValueError(
                f"schedule must be one of {', '.join(NAMED)}, Random(seed), Script(choices) or a "
                f"function of the pending messages, got {schedule!r}"
            )
    elif isinstance(schedule, Random):
        if isinstance(schedule.seed, bool) or not isinstance(schedule.seed, int):
            raise TypeError(f"seed must be an integer, got {type(schedule.seed).__name__}")
    elif not isinstance(schedule, Script) and not callable(schedule):
        raise TypeError(
            "schedule must be a name, Random(seed), Script(choices) or a function of the pending "
            f"messages, got {type(schedule).__name__}"
        )
    return schedule


def stream_start(seed: int) -> int:
    """Return the state of the random stream for `seed`."""
    return (abs(seed) * 2654435761 + 12345) % (MODULUS - 1) + 1
