"""The role `asynchronous_run`: systems, graphs and schedules in, final states and costs out.

The laws of every system stand here a second time, in plain Python: for the least solution of its
equation, which a run must end in, and for engines that slip.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from corollary.verify.implementation import Implementation
from corollary.verify.role import Role
from corollary.verify.roles.reasoning._arrays import FAMILY

INF = float("inf")
NEVER = 2**62
Law = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class PlainSystem:
    """The laws of a system on Python numbers; states of sandpiles and cascades are pairs."""

    combine: Law
    unit: Any
    update: Law
    emit: Law
    send: Law
    silent: Any


def _changed(join: Law, unit: Any) -> Law:
    return lambda s, m: unit if join(s, m) == s else join(s, m)


def _add(a: Any, b: Any) -> Any:
    return a + b


def _union(a: int, b: int) -> int:
    return a | b


PLAIN: dict[str, PlainSystem] = {
    "shortest paths": PlainSystem(min, INF, min, _changed(min, INF), _add, INF),
    "widest paths": PlainSystem(max, -INF, max, _changed(max, -INF), min, -INF),
    "sandpile": PlainSystem(
        _add, 0, lambda s, m: ((s[0] + m) % s[1], s[1]), lambda s, m: (s[0] + m) // s[1],
        lambda a, w: a, 0,
    ),
    "cascade": PlainSystem(
        _add, 0, lambda s, m: (min(s[0] + m, s[1]), s[1]),
        lambda s, m: int(s[0] < s[1] <= s[0] + m), lambda a, w: a, 0,
    ),
    "data flow": PlainSystem(
        _union, 0, _union, lambda s, m: m & ~s, lambda a, w: a & int(w), 0
    ),
    "signed sums": PlainSystem(_add, 0, _add, lambda s, m: m, lambda a, w: a, 0),
    "states sent again": PlainSystem(_add, 0, _add, _add, lambda a, w: a, 0),
    "messages that change": PlainSystem(
        _union, 0, _union, lambda s, m: 0 if s | m == s else m, lambda a, w: a, 0
    ),
    "shortest paths, always sent": PlainSystem(min, INF, min, min, _add, INF),
}  # fmt: skip
LAWFUL = ("shortest paths", "widest paths", "sandpile", "cascade", "data flow")


@dataclass(frozen=True)
class RunCase:
    """A system on a graph with messages waiting, and the order in which they are delivered.

    Attributes
    ----------
    system : str
        A key of `PLAIN`.
    nodes : int
    edges : tuple of (source, target, weight)
    states : tuple
    inputs : tuple of (node, message)
    schedule : {"bsp", "fifo", "lifo", "priority", "random"}
    seed : int
        Of the random schedule.
    limit : int
        The largest number of deliveries.
    """

    system: str
    nodes: int
    edges: tuple[tuple[int, int, Any], ...]
    states: tuple[Any, ...]
    inputs: tuple[tuple[int, Any], ...]
    schedule: str
    seed: int
    limit: int


@dataclass(frozen=True)
class Ended:
    """The final states (of pairs the first entry), what it cost, and how many messages wait."""

    states: tuple[float, ...]
    deliveries: int
    waiting: int


Runner = Callable[[RunCase], Ended]


def _adapt(implementation: Implementation) -> Runner:
    def run(case: RunCase) -> Ended:
        states, deliveries, waiting = implementation.plain(case)
        firsts = (state[0] if np.ndim(state) else state for state in states)
        return Ended(tuple(map(float, firsts)), int(deliveries), int(waiting))

    return run


@cache
def _system(name: str) -> Any:
    from corollary.algorithms import reasoning

    compiled: dict[str, Callable[[], Any]] = {
        "shortest paths": lambda: reasoning.relaxation_system(reasoning.MIN_PLUS),
        "widest paths": lambda: reasoning.relaxation_system(reasoning.MAX_MIN),
        "sandpile": reasoning.sandpile_system,
        "cascade": reasoning.cascade_system,
        "data flow": reasoning.dataflow_system,
        "signed sums": reasoning.sum_system,
        "states sent again": lambda: reasoning.sum_system("state"),
        "shortest paths, always sent": lambda: reasoning.relaxation_system(
            reasoning.MIN_PLUS, "state"
        ),
    }
    if name in compiled:
        return compiled[name]()
    plain = PLAIN[name]
    messages = reasoning.Monoid(plain.combine, plain.unit)
    return reasoning.System(messages, messages, plain.update, plain.emit, plain.send)


def engine(case: RunCase) -> tuple[Any, int, int]:
    """Return what the project's engine makes of a case: states, deliveries, messages left."""
    from corollary.algorithms.reasoning import Graph, Random, start_run

    sources, targets, weights = zip(*case.edges, strict=True) if case.edges else ((), (), ())
    whole = case.system in ("data flow", "messages that change")
    graph = Graph.from_edges(
        case.nodes, np.array(sources, dtype=np.int64), np.array(targets, dtype=np.int64),
        np.array(weights, dtype=np.int64 if whole else np.float64),
    )  # fmt: skip
    schedule: Any = Random(case.seed) if case.schedule == "random" else case.schedule
    start = start_run(_system(case.system), graph, np.array(case.states), case.inputs)
    result = start.run(schedule, limit=case.limit)
    return result.states, result.deliveries, result.waiting


def least_solution(case: RunCase) -> tuple[float, ...]:
    """Return the final states of Theorem C, from the least solution X of its equation.

    X is reached from below: X_u is the product of the inputs of u and of what every in-neighbour,
    having received X_v in all, has sent.
    """
    laws = PLAIN[case.system]
    inputs = [laws.unit] * case.nodes
    for node, message in case.inputs:
        inputs[node] = laws.combine(inputs[node], message)
    received = inputs
    while True:
        after = list(inputs)
        for u, v, weight in case.edges:
            argument = laws.emit(case.states[u], received[u])
            if argument != laws.silent and received[u] != laws.unit:
                after[v] = laws.combine(after[v], laws.send(argument, weight))
        if after == received:
            break
        received = after
    finals = map(laws.update, case.states, received)
    return tuple(float(state[0] if isinstance(state, tuple) else state) for state in finals)


@dataclass(frozen=True)
class Slips:
    """What an engine may get wrong; none by default."""

    keeps_the_product: bool = False
    self_loops_at_once: bool = False
    latest_only: bool = False
    emits_after_the_update: bool = False
    sends_the_state: bool = False
    delivers_twice: bool = False
    once_per_node: bool = False
    room: int = NEVER
    events: int = NEVER


def plain_run(case: RunCase, slips: Slips) -> tuple[list[Any], int, int]:
    """Run a case in plain Python, message by message, with some slips."""
    laws, states = PLAIN[case.system], list(case.states)
    out: list[list[tuple[int, Any]]] = [[] for _ in range(case.nodes)]
    for u, v, weight in case.edges:
        out[u].append((v, weight))
    draw = np.random.default_rng(case.seed)
    waiting: list[tuple[Any, int, int, Any]] = []
    arrivals = deliveries = events = 0
    done: set[int] = set()

    def push(node: int, message: Any) -> None:
        nonlocal arrivals, waiting
        if slips.latest_only:
            waiting = [entry for entry in waiting if entry[2] != node]
            heapq.heapify(waiting)
        if sum(entry[2] == node for entry in waiting) < slips.room:
            key: Any = {"fifo": arrivals, "bsp": arrivals, "lifo": -arrivals}.get(case.schedule)
            if key is None:
                key = message if case.schedule == "priority" else draw.random()
            heapq.heappush(waiting, (key, arrivals, node, message))
        arrivals += 1

    for node, message in case.inputs:
        push(node, message)
    while waiting and deliveries < case.limit and events < slips.events:
        _, _, v, product = heapq.heappop(waiting)
        deliveries += 1
        events += 1
        if slips.keeps_the_product and deliveries % 2:
            for entry in waiting:
                if entry[2] == v:
                    product = laws.combine(product, entry[3])
        for _ in range(1 + slips.delivers_twice):
            if slips.once_per_node and v in done:
                continue
            done.add(v)
            new = laws.update(states[v], product)
            argument = laws.emit(new if slips.emits_after_the_update else states[v], product)
            if slips.sends_the_state:
                argument = new[0] if isinstance(new, tuple) else new
            states[v] = new
            for head, weight in out[v] if argument != laws.silent else ():
                message = laws.send(argument, weight)
                if message == laws.unit:
                    continue
                if slips.self_loops_at_once and head == v:
                    states[v] = laws.update(states[v], message)
                else:
                    push(head, message)
    return states, deliveries, len(waiting)


def at_random(case: RunCase) -> RunCase:
    """Return the case under another schedule, a random one."""
    return replace(case, schedule="random", seed=case.seed + 1)


def _slip(**slips: Any) -> Callable[[RunCase], Any]:
    return lambda case: plain_run(case, Slips(**slips))


ASYNCHRONOUS_RUN = Role(
    name="asynchronous_run",
    family=FAMILY,
    signature="run(case with system, graph, states, inputs, schedule, limit) -> states, "
    "deliveries, messages left",
    default="corollary.verify.roles.reasoning._runs:engine",
    adapt=_adapt,
    mutants={
        "product instead of a bag": _slip(keeps_the_product=True),
        "self-loop into the batch being consumed": _slip(self_loops_at_once=True),
        "latest message only": _slip(latest_only=True),
        "emits after the update": _slip(emits_after_the_update=True),
        "sends the state": _slip(sends_the_state=True),
        "delivers twice": _slip(delivers_twice=True),
        "every node once": _slip(once_per_node=True),
        "room for three messages": _slip(room=3),
        "stops after twelve events": _slip(events=12),
    },
    trivial={"nothing delivered": lambda case: (case.states, 0, 0)},
)
