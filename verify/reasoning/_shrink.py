"""Shrink a graph and two schedules to a small disagreement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.reasoning import (
    Event,
    Graph,
    Random,
    Script,
    Start,
    System,
    start_run,
    states_differ,
)

Array = NDArray[Any]
Pair = tuple[Any, Any]
_NAMED = ("fifo", "lifo", "bsp")
_SEARCH = 300  # random schedules tried on each smaller graph


@dataclass(frozen=True)
class Instance:
    """A graph with its states and inputs, in numbers of samples: 0 is the simplest."""

    edges: tuple[tuple[int, int, int], ...]
    states: tuple[int, ...]
    inputs: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Disagreement:
    """Two schedules of one graph that end differently.

    Attributes
    ----------
    instance : Instance or None
        The graph as numbers of samples; None for a graph that was given.
    graph : Graph
    states, inputs : lists
        The initial states, and the pairs (node, message).
    scripts : pair of Script
        The two schedules, to be run again with `corollary.algorithms.reasoning.run`.
    events : pair of lists of Event
        What happens under them.
    finals : pair of lists
        The states they end in.
    """

    instance: Instance | None
    graph: Graph
    states: list[Any]
    inputs: list[tuple[int, Any]]
    scripts: tuple[Script, Script]
    events: tuple[list[Event], list[Event]]
    finals: tuple[list[Any], list[Any]]

    def __str__(self) -> str:
        """Return the graph and the two runs, event by event."""
        edges = zip(self.graph.sources, self.graph.targets, self.graph.weights, strict=True)
        lines = [
            "edges: " + ", ".join(f"{u} -> {v} ({w})" for u, v, w in edges),
            f"states: {self.states}",
            "inputs: " + ", ".join(f"{message} to {node}" for node, message in self.inputs),
        ]
        for events, final in zip(self.events, self.finals, strict=True):
            steps = [f"{event.node} takes {list(event.messages)}" for event in events]
            lines.append(f"{'; '.join(steps)}: ends in {final}")
        return "\n".join(lines)


class Weights:
    """The samples of edge weights, and the array for some of them; the type never varies."""

    def __init__(self, samples: Sequence[Any]) -> None:
        self.samples = np.asarray(samples)

    def of(self, numbers: Sequence[int]) -> Array:
        """Return the weights with these numbers."""
        return self.samples[np.asarray(numbers, dtype=np.intp)]


class Comparison(NamedTuple):
    """How many runs were compared, and two schedules that end differently, if any."""

    runs: int
    deliveries: int
    unfinished: int
    schedules: Pair | None


class Search:
    """A system with the samples its instances are made of."""

    def __init__(
        self,
        system: System,
        weights: Weights,
        states: Sequence[Any] | Callable[[Graph], Any],
        messages: Sequence[Any],
        limit: int,
        tolerance: float,
    ) -> None:
        self.system, self.weights, self.states = system, weights, states
        self.messages, self.limit, self.tolerance = messages, limit, tolerance

    def start(self, instance: Instance) -> tuple[Start, Graph, list[tuple[int, Any]]]:
        """Return the beginning of a run on this instance."""
        sources, targets, numbers = (
            zip(*instance.edges, strict=True) if instance.edges else ((),) * 3
        )
        graph = Graph.from_edges(
            len(instance.states), list(sources), list(targets), self.weights.of(numbers)
        )
        if callable(self.states):
            states = self.states(graph)
        else:
            states = [self.states[number] for number in instance.states]
        inputs = [(node, self.messages[number]) for node, number in instance.inputs]
        return start_run(self.system, graph, states, inputs), graph, inputs

    def compare(self, instance: Instance, schedules: int, seed: int) -> Comparison:
        """Compare the named schedules and `schedules` random ones on this instance."""
        start, _, _ = self.start(instance)
        many = start.run_many(seed, schedules, limit=self.limit, tolerance=self.tolerance)
        runs, deliveries, unfinished = many[:3]
        first: Any = Random(many.first_seed)
        if many.other_seed >= 0:
            return Comparison(runs, deliveries, unfinished, (first, Random(many.other_seed)))
        states = many.states if many.first_seed >= 0 else None
        for schedule in (*_NAMED, "priority") if start.has_priority else _NAMED:
            result = start.run(schedule, limit=self.limit)
            runs += 1
            deliveries += result.deliveries
            if result.waiting:
                unfinished += 1
            elif states is None:
                first, states = schedule, result.states
            elif states_differ(states, result.states, self.tolerance):
                return Comparison(runs, deliveries, unfinished, (first, schedule))
        return Comparison(runs, deliveries, unfinished, None)

    def differ(self, start: Start, pair: Pair) -> bool:
        """Return whether both schedules come to an end, and to different ones."""
        one, other = (start.run(schedule, limit=self.limit) for schedule in pair)
        if one.waiting or other.waiting:
            return False
        return states_differ(one.states, other.states, self.tolerance)

    @staticmethod
    def explain(start: Start, graph: Graph, seeds: tuple[int, int], limit: int) -> Disagreement:
        """Return the disagreement of two random schedules as it stands."""
        runs = [start.run(Random(seed), limit=limit, record=True) for seed in seeds]
        scripts = tuple(Script(tuple(event.choice for event in run.events)) for run in runs)
        inputs = list(zip(start.input_nodes.tolist(), start.inputs.tolist(), strict=True))
        return _disagreement(None, graph, start, inputs, (scripts[0], scripts[1]), limit)


def shrink(search: Search, instance: Instance, schedules: Pair) -> Disagreement:
    """Return a small disagreement, given one on `instance`."""
    improved = True
    while improved:
        improved = False
        for candidate in _simpler(instance, callable(search.states)):
            found = search.compare(candidate, _SEARCH, 0).schedules
            if found is not None:
                instance, schedules, improved = candidate, found, True
                break
    start, graph, inputs = search.start(instance)
    scripts = _as_scripts(start, schedules, search.limit)
    for place in (0, 1):
        scripts = _shrink_script(search, start, scripts, place)
    return _disagreement(instance, graph, start, inputs, scripts, search.limit)


def _simpler(instance: Instance, fixed_states: bool) -> Iterator[Instance]:
    """Yield the instances one step simpler: something removed, or one sample replaced."""
    for node in reversed(range(len(instance.states))):
        if len(instance.states) > 1:
            yield _without_node(instance, node)
    for field in ("edges", "inputs"):
        entries = getattr(instance, field)
        for place in reversed(range(len(entries))):
            yield replace(instance, **{field: entries[:place] + entries[place + 1 :]})
    for field in ("edges", "inputs"):
        entries = getattr(instance, field)
        for place, entry in enumerate(entries):
            for number in range(entry[-1]):
                simpler = (*entry[:-1], number)
                yield replace(
                    instance, **{field: (*entries[:place], simpler, *entries[place + 1 :])}
                )
    if not fixed_states:
        for place, current in enumerate(instance.states):
            for number in range(current):
                states = (*instance.states[:place], number, *instance.states[place + 1 :])
                yield replace(instance, states=states)


def _without_node(instance: Instance, node: int) -> Instance:
    def moved(v: int) -> int:
        return v - (v > node)

    edges = tuple(
        (moved(u), moved(v), number) for u, v, number in instance.edges if node not in (u, v)
    )
    inputs = tuple((moved(v), number) for v, number in instance.inputs if v != node)
    states = instance.states[:node] + instance.states[node + 1 :]
    return Instance(edges, states, inputs)


def _as_scripts(start: Start, schedules: Pair, limit: int) -> tuple[Script, Script]:
    one, other = (
        Script(tuple(e.choice for e in start.run(schedule, limit=limit, record=True).events))
        for schedule in schedules
    )
    return one, other


def _shrink_script(
    search: Search, start: Start, scripts: tuple[Script, Script], place: int
) -> tuple[Script, Script]:
    """Return the scripts with the one at `place` made as short and small as it can be."""

    def put(choices: tuple[tuple[int, int], ...]) -> tuple[Script, Script]:
        return (Script(choices), scripts[1]) if place == 0 else (scripts[0], Script(choices))

    choices = scripts[place].choices
    improved = True
    while improved:
        improved = False
        for candidate in _smaller_choices(choices):
            if search.differ(start, put(candidate)):
                choices, improved = candidate, True
                break
    return put(choices)


def _smaller_choices(
    choices: tuple[tuple[int, int], ...],
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield shorter prefixes, then one event left out, then one number made smaller."""
    length = len(choices)
    for size in (0, length // 2, length - 1):
        if 0 <= size < length:
            yield choices[:size]
    for place in range(length):
        yield choices[:place] + choices[place + 1 :]
    for place, (pick, others) in enumerate(choices):
        for smaller in ((0, 0), (pick, 0), (0, others), (pick - 1, others)):
            if smaller < (pick, others) and smaller[0] >= 0:
                yield (*choices[:place], smaller, *choices[place + 1 :])


def _disagreement(
    instance: Instance | None,
    graph: Graph,
    start: Start,
    inputs: list[tuple[int, Any]],
    scripts: tuple[Script, Script],
    limit: int,
) -> Disagreement:
    one, other = (start.run(script, limit=limit, record=True) for script in scripts)
    return Disagreement(
        instance,
        graph,
        start.states.tolist(),
        inputs,
        scripts,
        (one.events, other.events),
        (one.states.tolist(), other.states.tolist()),
    )
