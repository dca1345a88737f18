"""Systems whose runs are, and are not, independent of the schedule.

Messages that can only pile up (counts, sets, distances) give one result under every schedule;
messages that can cancel, and nodes that send their state again and again, do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms.reasoning._graph import Graph
from corollary.algorithms.reasoning._laws import law
from corollary.algorithms.reasoning._semirings import Monoid, add
from corollary.algorithms.reasoning._system import System

_NEVER = np.iinfo(np.int64).max


@law
def _carry_update(state: Any, chips: Any) -> Any:
    after = state.copy()
    after[0] = (state[0] + chips) % state[1]
    return after


@law
def _carry(state: Any, chips: Any) -> Any:
    return (state[0] + chips) // state[1]


@law
def _pass_on(argument: Any, weight: Any) -> Any:
    return argument


@law
def _count_update(state: Any, count: Any) -> Any:
    after = state.copy()
    after[0] = min(state[0] + count, state[1])
    return after


@law
def _crossing(state: Any, count: Any) -> Any:
    return 1 if state[0] < state[1] <= state[0] + count else 0


@law
def _union(a: Any, b: Any) -> Any:
    return a | b


@law
def _new_facts(facts: Any, more: Any) -> Any:
    return more & ~facts


@law
def _filter(facts: Any, mask: Any) -> Any:
    return facts & mask


@law
def _the_message(state: Any, message: Any) -> Any:
    return message


COUNTS = Monoid(add, 0)
FACTS = Monoid(_union, 0)


def sandpile_system() -> System:
    """Return the sandpile: chips are messages, topplings are the carries of addition modulo.

    The states are rows (chips, degree) from `sandpile_states`; every edge passes on one chip per
    toppling. The carry ``floor((s + m) / k)`` is a cocycle for ``s -> (s + m) mod k``.

    Examples
    --------
    >>> sandpile_system().argument_function(np.array([1, 2]), 4)
    2
    """
    return System(COUNTS, COUNTS, _carry_update, _carry, _pass_on)


def sandpile_states(graph: Graph) -> NDArray[np.int64]:
    """Return the empty states of `sandpile_system`, ``(v, 2)``; sinks never topple.

    Examples
    --------
    >>> sandpile_states(Graph.from_edges(2, [0], [1]))[0].tolist()
    [0, 1]
    """
    degrees = np.diff(graph.indptr)
    return np.stack([np.zeros_like(degrees), np.where(degrees == 0, _NEVER, degrees)], axis=1)


def cascade_system() -> System:
    """Return the threshold cascade (bootstrap percolation).

    The states are rows (count, threshold): a node counts its active in-neighbours, up to its
    threshold, and tells its out-neighbours once when it gets there.

    Examples
    --------
    >>> cascade_system().argument_function(np.array([1, 2]), 1)
    1
    """
    return System(COUNTS, COUNTS, _count_update, _crossing, _pass_on)


def cascade_states(thresholds: ArrayLike) -> NDArray[np.int64]:
    """Return the initial states of `cascade_system` for thresholds >= 1, ``(v, 2)``.

    Examples
    --------
    >>> cascade_states([1, 2]).tolist()
    [[0, 1], [0, 2]]
    """
    limits = np.asarray(thresholds, dtype=np.int64)
    return np.stack([np.zeros_like(limits), limits], axis=1)


def dataflow_system() -> System:
    """Return data-flow analysis with facts as bits of an int64: an edge keeps those in its weight.

    Nodes emit the facts that are new to them, the lattice difference.

    Examples
    --------
    >>> dataflow_system().argument_function(0b011, 0b110)
    4
    """
    return System(FACTS, FACTS, _union, _new_facts, _filter)


def sum_system(emit: str = "message") -> System:
    """Return integer sums: states and messages are added.

    Forwarding the message obeys every local law, and with messages of both signs still depends on
    the schedule on cyclic graphs, since messages can cancel. Sending the new state again at every
    delivery (the synchronous network layer, run as it stands) is not a cocycle.

    Parameters
    ----------
    emit : {"message", "state"}

    Raises
    ------
    ValueError
        If `emit` is something else.

    Examples
    --------
    >>> sum_system("state").argument_function(2, 3)
    5
    """
    if emit not in ("message", "state"):
        raise ValueError(f"emit must be 'message' or 'state', got {emit!r}")
    return System(COUNTS, COUNTS, add, _the_message if emit == "message" else add, _pass_on)
