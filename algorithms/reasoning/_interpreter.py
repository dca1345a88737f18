"""Interpreted runs: any Python laws, any schedule, and a record of what happened.

This is also the plain definition of a run, which the compiled kernels must equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from corollary.algorithms.reasoning._graph import Graph
from corollary.algorithms.reasoning._schedules import (
    MODULUS,
    MULTIPLIER,
    Chooser,
    Pending,
    Random,
    Schedule,
    Script,
    stream_start,
)


class Event(NamedTuple):
    """One delivery: the node, the messages it consumed, what it emitted, its new state."""

    node: int
    messages: tuple[Any, ...]
    argument: Any
    state: Any
    choice: tuple[int, int]


class Pool:
    """The bags of all nodes; each message carries the number of its arrival."""

    def __init__(self, nodes: int) -> None:
        self.bags: list[list[tuple[int, Any]]] = [[] for _ in range(nodes)]
        self.active: list[int] = []
        self.size = 0
        self._arrivals = 0

    def push(self, node: int, message: Any) -> None:
        """Append a message to the bag of a node."""
        if not self.bags[node]:
            self.active.append(node)
        self.bags[node].append((self._arrivals, message))
        self._arrivals += 1
        self.size += 1

    def take(self, node: int, places: list[int]) -> list[Any]:
        """Remove and return the messages at these ascending places of the bag of `node`."""
        bag = self.bags[node]
        taken = [bag[place][1] for place in places]
        for place in reversed(places):
            del bag[place]
        self.size -= len(places)
        if not bag:  # the last active node takes the free place, as in the kernels
            last = self.active.pop()
            if last != node:
                self.active[self.active.index(node)] = last
        return taken

    def pending(self) -> list[tuple[int, int, int, Any]]:
        """Return (arrival, node, place in its bag, message) of all messages, oldest first."""
        return sorted(
            (arrival, node, place, message)
            for node in self.active
            for place, (arrival, message) in enumerate(self.bags[node])
        )


Picker = Iterator[tuple[int, list[int]]]


def interpret(
    graph: Graph,
    states: list[Any],
    inputs: list[tuple[int, Any]],
    laws: dict[str, Callable[..., Any]],
    schedule: Schedule,
    limit: int,
    record: bool,
) -> tuple[int, int, int, int, list[Event]]:
    """Run until no message waits or `limit` messages are delivered; `states` change in place.

    `laws` holds combine, update, argument_function, message_function, the tests is_unit, is_silent
    and same_state, and priority for the schedule of that name. Returns (deliveries, updates,
    rounds or events, messages left, events if `record`).
    """
    pool = Pool(graph.nodes)
    combine, update = laws["combine"], laws["update"]
    argument_function, message_function = laws["argument_function"], laws["message_function"]
    is_unit, is_silent, same_state = laws["is_unit"], laws["is_silent"], laws["same_state"]
    starts, heads = graph.indptr.tolist(), graph.targets.tolist()
    weights = graph.weights.tolist() if graph.weights.ndim == 1 else graph.weights
    for node, message in inputs:
        pool.push(node, message)
    rounds = [0]
    picks = _picker(schedule, pool, laws.get("priority"), rounds)
    deliveries = updates = 0
    events: list[Event] = []
    while pool.size and deliveries < limit:
        node, places = next(picks)
        choice = _choice(pool, node, places) if record else (0, 0)
        messages = pool.take(node, places)
        deliveries += len(messages)
        product = messages[0]
        for message in messages[1:]:
            product = combine(product, message)
        state = states[node]
        argument = argument_function(state, product)
        new = update(state, product)
        if not is_silent(argument):
            for e in range(starts[node], starts[node + 1]):
                message = message_function(argument, weights[e])
                if not is_unit(message):
                    pool.push(heads[e], message)
        updates += not same_state(new, state)
        states[node] = new
        rounds[0] += schedule != "bsp"
        if record:
            events.append(Event(node, tuple(messages), argument, new, choice))
    return deliveries, updates, rounds[0], pool.size, events


def _choice(pool: Pool, node: int, places: list[int]) -> tuple[int, int]:
    """Return the pair of a `Script` that picks these places of the bag of `node`."""
    first = pool.bags[node][places[0]][0]
    pick = sum(arrival < first for bag in pool.bags for arrival, _ in bag)
    return pick, sum(1 << (place - (place > places[0])) for place in places[1:])


def _picker(
    schedule: Schedule, pool: Pool, priority: Callable[[Any], Any] | None, rounds: list[int]
) -> Picker:
    if isinstance(schedule, Random):
        return _pick_random(pool, stream_start(schedule.seed))
    if isinstance(schedule, Script):
        return _pick_scripted(pool, schedule)
    if not isinstance(schedule, str):
        return _pick_chosen(pool, schedule)
    if schedule == "bsp":
        return _pick_rounds(pool, rounds)
    if priority is not None:
        return _pick_first(pool, lambda entry: (priority(entry[3]), entry[0]))
    sign = 1 if schedule == "fifo" else -1
    return _pick_first(pool, lambda entry: sign * entry[0])


def _pick_first(pool: Pool, key: Callable[[tuple[int, int, int, Any]], Any]) -> Picker:
    while True:
        entries = (
            (arrival, node, place, message)
            for node in pool.active
            for place, (arrival, message) in enumerate(pool.bags[node])
        )
        _, node, place, _ = min(entries, key=key)
        yield node, [place]


def _pick_rounds(pool: Pool, rounds: list[int]) -> Picker:
    while True:
        rounds[0] += 1
        front = sorted(pool.active, key=lambda node: pool.bags[node][0][0])
        for node, size in [(node, len(pool.bags[node])) for node in front]:
            yield node, list(range(size))


def _pick_random(pool: Pool, stream: int) -> Picker:
    while True:
        stream = stream * MULTIPLIER % MODULUS
        node = pool.active[stream % len(pool.active)]
        places = []
        for place in range(len(pool.bags[node])):
            stream = stream * MULTIPLIER % MODULUS
            if stream > MODULUS // 2:
                places.append(place)
        yield node, places or [len(pool.bags[node]) - 1]


def _pick_scripted(pool: Pool, script: Script) -> Picker:
    choices = iter(script.choices)
    while True:
        pick, others = next(choices, (0, 0))
        _, node, first, _ = pool.pending()[pick % pool.size]
        rest = [place for place in range(len(pool.bags[node])) if place != first]
        yield node, sorted([first, *(place for i, place in enumerate(rest) if others >> i & 1)])


def _pick_chosen(pool: Pool, choose: Chooser) -> Picker:
    while True:
        entries = pool.pending()
        offered = [Pending(node, message) for _, node, _, message in entries]
        chosen = [_checked_index(index, len(entries)) for index in choose(offered)]
        nodes = {entries[index][1] for index in chosen}
        if len(nodes) != 1 or len(set(chosen)) != len(chosen):
            raise ValueError(
                "schedule must choose at least one message, each once and all of one node, "
                f"got {chosen} for nodes {sorted(nodes)}"
            )
        yield nodes.pop(), sorted(entries[index][2] for index in chosen)


def _checked_index(index: Any, size: int) -> int:
    if isinstance(index, bool) or not isinstance(index, int | np.integer):
        raise TypeError(f"schedule must return integers, got {type(index).__name__}")
    if not 0 <= index < size:
        raise ValueError(f"schedule must return indices in 0..{size - 1}, got {index}")
    return int(index)
