"""The role `asynchronous_run`: systems, graphs and schedules in, final states and costs out.

The laws of every system stand here a second time, in plain Python: for the least solution of its
equation, which a run must end in, and for engines that slip.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from corollary.theory import reasoning as theory
from corollary.verify.domain import Choice, Constraint, Domain, Integers, Parameters
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.reasoning._arrays import FAMILY, generator

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


def plain_deliveries(case: RunCase) -> int:
    """Return how many messages the plain run delivers."""
    return plain_run(case, Slips())[1]


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


def _build(parameters: Parameters, precision: Precision) -> RunCase:
    flags = {name: bool(parameters.get(name, 0)) for name in (*FLAGS, "lossy")}
    system = LAWFUL[int(parameters["system"])]
    for name, wrong in FLAGS.items():
        system = wrong if flags[name] else system
    nodes = int(parameters["nodes"])
    draw = generator("run", nodes, parameters["degree"], parameters["seed"])
    count = nodes * int(parameters["degree"])
    ends = draw.integers(nodes, size=(count, 2)).tolist()
    if system == "states sent again":  # without cycles, so that runs end
        ends = [(min(u, v), max(u, v)) for u, v in ends if u != v]
    if system == "sandpile":  # the last node is a sink in reach of all
        ends = [(u, v) for u, v in ends if u != nodes - 1]
        ends += [(u, nodes - 1) for u in range(nodes - 1)]
    edges = [(u, v, _weight(system, draw)) for u, v in ends]
    if flags["lossy"]:
        edges += [(0, nodes - 1, 1.0), (nodes - 1, 0, -2.0)]
    states = tuple(_state(system, v, edges, draw) for v in range(nodes))
    arrivals = draw.integers(nodes, size=1 + int(draw.integers(nodes))).tolist()
    inputs = tuple((v, _message(system, draw)) for v in (0, *arrivals))
    if system == "signed sums":  # two messages that may meet on a circle, or miss each other
        edges = [(v, (v + 1) % nodes, 1.0) for v in range(nodes)]
        inputs = ((0, 1), (nodes // 2, -1))
    return RunCase(system, nodes, tuple(edges), states, inputs, str(parameters["schedule"]),
                   int(parameters["seed"]) % 1000, 3000)  # fmt: skip


def _weight(system: str, draw: np.random.Generator) -> Any:
    if system == "data flow":
        return int(draw.integers(1, 8))
    if "paths" in system:
        return float(np.pi * draw.random())
    return 1.0 if system != "messages that change" else 1


def _message(system: str, draw: np.random.Generator) -> Any:
    if "paths" in system:
        return float(np.pi * draw.random())
    if system in ("data flow", "messages that change"):
        return int(draw.integers(1, 8))
    return int(draw.integers(1, 6))


def _state(system: str, v: int, edges: Iterable[Any], draw: np.random.Generator) -> Any:
    if system == "sandpile":
        degree = sum(u == v for u, _, _ in edges) or NEVER
        return (int(draw.integers(min(degree, 5))), degree)
    if system == "cascade":
        return (0, int(draw.integers(1, 5)))
    if "paths" in system:
        unit = PLAIN[system].unit
        return unit if draw.random() < 0.7 else float(4 * draw.random())
    if system in ("data flow", "messages that change"):
        return int(draw.integers(8))
    return 0


FLAGS = {
    "unannounced": "messages that change",
    "rebroadcast": "states sent again",
    "cancelling": "signed sums",
    "unnormalised": "shortest paths, always sent",
}
SCHEDULES = ("fifo", "bsp", "lifo", "priority", "random")
_ABLATIONS = {
    "cocycle": Constraint(
        "What a node emits is a cocycle: not the state again at every delivery.",
        "rebroadcast", Integers(1, 1),
    ),
    "announced states": Constraint(
        "A rule that is merely recoverable, such as the message if it changed the state of a "
        "lattice that is no chain, starts from states that the neighbours know.",
        "unannounced", Integers(1, 1),
    ),
    "messages in order": Constraint(
        "Messages only pile up: divisibility is antisymmetric, there is no group among them.",
        "cancelling", Integers(1, 1),
    ),
}  # fmt: skip
RUNS = Domain(
    name="runs",
    statement="shortest and widest paths, sandpiles, threshold cascades and data flow on digraphs "
    "of at most 6 nodes, self-loops and parallel edges allowed, under five kinds of schedule",
    shape={
        "system": Integers(0, len(LAWFUL) - 1), "nodes": Integers(1, 6), "degree": Integers(0, 2),
        "seed": Integers(0, 2**31), "schedule": Choice(SCHEDULES), "unannounced": Integers(0, 0),
        "rebroadcast": Integers(0, 0), "cancelling": Integers(0, 0),
    },
    rows={},
    build=_build,
)  # fmt: skip
ABLATED_RUNS = replace(RUNS, constraints=_ABLATIONS)
PATH_RUNS = replace(
    RUNS,
    name="runs of shortest paths",
    statement="shortest paths with weights >= 0 on digraphs of at most 6 nodes, under five kinds "
    "of schedule",
    shape={
        "system": Integers(0, 1), "nodes": Integers(1, 6), "degree": Integers(0, 2),
        "seed": Integers(0, 2**31), "schedule": Choice(SCHEDULES),
        "lossy": Integers(0, 0), "unnormalised": Integers(0, 0),
    },
    constraints={
        "no negative cycle": Constraint(
            "No cycle of negative weight can be reached.", "lossy", Integers(1, 1)
        ),
        "normalised cocycle": Constraint(
            "A node whose state did not change emits nothing.", "unnormalised", Integers(1, 1)
        ),
    },
)  # fmt: skip


@dataclass(frozen=True)
class CostCase:
    """A run on the exponential family of order k."""

    k: int
    heavy: str
    run: RunCase


def _cost(parameters: Parameters, precision: Precision) -> CostCase:
    k, heavy = int(parameters["k"]), ("last", "first")[int(parameters["first"])]
    nodes, *columns = theory.exponential_family(k, heavy)
    edges = tuple(zip(*(column.tolist() for column in columns), strict=True))
    case = RunCase("shortest paths", nodes, edges, (INF,) * nodes, ((0, 0.0),),
                   str(parameters["schedule"]), 0, 10**6)  # fmt: skip
    return CostCase(k, heavy, case)


COSTS = Domain(
    name="the exponential family",
    statement="edges v_i -> v_(i+1) of weight 2^(k-i-1) beside free detours, of order k at most 9",
    shape={
        "k": Integers(1, 9), "first": Integers(0, 1),
        "schedule": Choice(("priority", "lifo", "fifo", "bsp")),
    },
    rows={},
    build=_cost,
)  # fmt: skip
