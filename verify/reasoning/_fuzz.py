"""Run a system under thousands of schedules on random graphs and look for two different ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corollary.algorithms.reasoning import Graph, System, start_run
from corollary.verify.reasoning._shrink import Disagreement, Instance, Search, Weights, shrink

States = Sequence[Any] | Callable[[Graph], Any]


@dataclass(frozen=True)
class FuzzReport:
    """What a fuzzer saw; true if complete runs were seen and all of a graph ended alike.

    Attributes
    ----------
    graphs, runs, deliveries : int
        How much was tried.
    unfinished : int
        Runs that reached the limit of deliveries; they are compared with nothing.
    disagreement : Disagreement or None
        Two schedules of one small graph with different final states.
    """

    graphs: int
    runs: int
    deliveries: int
    unfinished: int
    disagreement: Disagreement | None = None

    def __bool__(self) -> bool:
        """Return whether no disagreement was found in at least one complete run."""
        return self.disagreement is None and self.unfinished < self.runs

    def __str__(self) -> str:
        """Return what was found, in words."""
        tried = f"{self.runs} runs on {self.graphs} graphs, {self.deliveries} deliveries"
        if self.unfinished:
            tried += f", {self.unfinished} runs without an end"
        if self.disagreement is not None:
            return f"the schedule matters ({tried}):\n{self.disagreement}"
        if self.unfinished == self.runs:
            return f"no run came to an end ({tried})"
        return f"no disagreement ({tried})"


def fuzz(
    system: System,
    *,
    messages: Sequence[Any],
    states: States,
    weights: Sequence[Any] = (1.0,),
    graphs: int = 200,
    schedules: int = 100,
    nodes: int = 6,
    acyclic: bool = False,
    limit: int = 2000,
    tolerance: float = 0.0,
    seed: int = 0,
) -> FuzzReport:
    """Return whether all complete runs of `system` on random graphs end in the same states.

    On every graph the schedules "bsp", "fifo", "lifo", "priority" and ``schedules`` random ones are
    compared. The first disagreement is shrunk: nodes, edges and inputs are removed, elements are
    replaced by simpler ones and the schedules shortened as long as the ends still differ.

    Parameters
    ----------
    system : System
        Over Numba functions the random runs are compiled.
    messages, states, weights : sequences
        What inputs, initial states and edges may be, simplest first. `states` may also be a
        function of the graph that returns all initial states.
    graphs, schedules : int
        How many of each.
    nodes : int
        The largest number of nodes; there are up to twice as many edges and as many inputs.
    acyclic : bool
        Only graphs without cycles.
    limit : int
        The largest number of deliveries in a run; longer runs are counted as unfinished.
    tolerance : float
        How far states may differ, relative to the larger one.
    seed : int

    Raises
    ------
    TypeError, ValueError
        For bad parameters, or a law that raises or returns something of another type.

    Notes
    -----
    What must hold for all schedules to agree: arXiv 2306.15632.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import MIN_PLUS, relaxation_system, sum_system
    >>> shortest = relaxation_system(MIN_PLUS)
    >>> bool(fuzz(shortest, messages=[0.0], states=[np.inf], weights=[1.0, 0.1, np.pi]))
    True
    >>> found = fuzz(sum_system(), messages=[1, -1], states=[0]).disagreement
    >>> len(found.instance.edges), found.finals[0] != found.finals[1]
    (2, True)
    """
    for name, value in (("graphs", graphs), ("schedules", schedules), ("nodes", nodes)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive integer, got {value!r}")
    for name, samples in (("messages", messages), ("weights", weights)):
        if len(samples) == 0:
            raise ValueError(f"{name} must hold at least one sample")
    search = Search(system, Weights(weights), states, messages, limit, tolerance)
    rng = np.random.default_rng(seed)
    runs = deliveries = unfinished = 0
    for number in range(1, graphs + 1):
        instance = _draw(rng, search, nodes, acyclic)
        found = search.compare(instance, schedules, int(rng.integers(2**31)))
        runs += found.runs
        deliveries += found.deliveries
        unfinished += found.unfinished
        if found.schedules is not None:
            smallest = shrink(search, instance, found.schedules)
            return FuzzReport(number, runs, deliveries, unfinished, smallest)
    return FuzzReport(graphs, runs, deliveries, unfinished)


def fuzz_instance(
    system: System,
    graph: Graph,
    *,
    states: Any,
    inputs: Sequence[tuple[int, Any]],
    schedules: int = 1000,
    limit: int = 1_000_000,
    tolerance: float = 0.0,
    seed: int = 0,
) -> FuzzReport:
    """Return whether random schedules agree on one given graph; nothing is shrunk.

    Parameters are those of `corollary.algorithms.reasoning.run` and of `fuzz`.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import MIN_PLUS, relaxation_system
    >>> ring = Graph.from_edges(3, [0, 1, 2], [1, 2, 0])
    >>> print(fuzz_instance(relaxation_system(MIN_PLUS), ring, states=[np.inf] * 3,
    ...                     inputs=[(0, 0.0)], schedules=10))
    no disagreement (10 runs on 1 graphs, 40 deliveries)
    """
    start = start_run(system, graph, states, inputs)
    many = start.run_many(seed, schedules, limit=limit, tolerance=tolerance)
    found = None
    if many.other_seed >= 0:
        found = Search.explain(start, graph, (many.first_seed, many.other_seed), limit)
    return FuzzReport(1, many.runs, many.deliveries, many.unfinished, found)


def _draw(rng: np.random.Generator, search: Search, nodes: int, acyclic: bool) -> Instance:
    """Return a random graph with samples for everything it holds."""
    n = int(rng.integers(1, nodes + 1))
    edges = []
    for _ in range(int(rng.integers(0, 2 * n + 1))):
        u, v = (int(x) for x in rng.integers(n, size=2))
        if acyclic and u == v:
            continue
        u, v = (min(u, v), max(u, v)) if acyclic else (u, v)
        edges.append((u, v, int(rng.integers(len(search.weights.samples)))))
    inputs = [
        (int(rng.integers(n)), int(rng.integers(len(search.messages))))
        for _ in range(int(rng.integers(1, n + 1)))
    ]
    count = 1 if callable(search.states) else len(search.states)
    states = tuple(int(x) for x in rng.integers(count, size=n))
    return Instance(tuple(edges), states, tuple(inputs))
