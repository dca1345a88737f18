"""Domains of runs: systems on random graphs, their ablations, and the exponential family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corollary.theory import reasoning as theory
from corollary.verify.domain import Choice, Constraint, Domain, Integers, Parameters
from corollary.verify.precision import Precision
from corollary.verify.roles.reasoning._arrays import generator
from corollary.verify.roles.reasoning._runs import INF, LAWFUL, NEVER, PLAIN, RunCase


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
