"""Run an asynchronous system on a graph under a schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.reasoning._engine import FIFO, LIFO, PRIORITY, run_ordered, run_rounds
from corollary.algorithms.reasoning._graph import Graph, as_graph
from corollary.algorithms.reasoning._interpreter import Event, interpret
from corollary.algorithms.reasoning._laws import Law, checked_law, elements, equality
from corollary.algorithms.reasoning._random_engine import differ, run_many, run_random
from corollary.algorithms.reasoning._schedules import (
    Random,
    Schedule,
    checked_schedule,
    stream_start,
)
from corollary.algorithms.reasoning._system import System, priority_of

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Run:
    """What a run left behind and what it cost.

    Attributes
    ----------
    states : array (v,) or (v, k)
        The final states; an object array if the states are neither numbers nor rows.
    deliveries, updates : int
        The messages delivered, and the events that changed a state.
    rounds : int
        Rounds for the schedule "bsp", events otherwise.
    waiting : int
        Messages still on their way; 0 after a complete run.
    events : list of Event
        What happened, if it was recorded.
    """

    states: Array
    deliveries: int
    updates: int
    rounds: int
    waiting: int
    events: list[Event] = field(default_factory=list)


class ManyRuns(NamedTuple):
    """What many random schedules did.

    Attributes
    ----------
    runs, deliveries, unfinished : int
        The runs, their deliveries, and how many of them reached the limit.
    first_seed, other_seed : int
        The first complete run, and one that ends differently; -1 without such runs.
    states : array
        The final states of the first complete run.
    """

    runs: int
    deliveries: int
    unfinished: int
    first_seed: int
    other_seed: int
    states: Array


class UnfinishedRunError(RuntimeError):
    """A run reached its limit with messages still waiting; `run` holds its state."""

    def __init__(self, run: Run, limit: int) -> None:
        self.run = run
        super().__init__(
            f"the run did not end within {limit} deliveries: {run.waiting} messages still wait"
        )


def run(
    system: System,
    graph: Any,
    states: Any,
    inputs: Iterable[tuple[int, Any]],
    schedule: Schedule = "bsp",
    *,
    limit: int = 1_000_000,
    record: bool = False,
) -> Run:
    """Return what `system` computes when `inputs` are delivered and all that follows from them.

    Parameters
    ----------
    system : System
        Over Numba functions the run is compiled, over Python functions interpreted.
    graph : Graph, SciPy sparse array, or networkx graph
        See `as_graph`. A message along a self-loop joins the bag; it is never part of the batch
        being consumed.
    states : sequence (v,) or array (v, k)
        The initial states: numbers, rows, or (interpreted) any objects.
    inputs : iterable of (node, message)
        The messages that wait at the start.
    schedule : {"bsp", "fifo", "lifo", "priority"}, Random(seed), Script(choices), or callable
        Synchronous rounds with whole bags; the oldest message first; the newest first; the least
        first; a random part of a random bag; a written schedule; or an adversary: a function of
        the list of `Pending` messages that returns which of them to deliver together.
        The last two are interpreted.
    limit : int
        The largest number of deliveries.
    record : bool
        Keep every event (interpreted).

    Raises
    ------
    UnfinishedRunError
        If messages still wait after `limit` deliveries.
    TypeError, ValueError
        For an input of a wrong type, a node out of range, or a law that raises or returns
        something of another type.

    Examples
    --------
    >>> import numpy as np
    >>> from corollary.algorithms.reasoning import MIN_PLUS, Graph, relaxation_system
    >>> triangle = Graph.from_edges(3, [0, 0, 1], [1, 2, 2], [1.0, 5.0, 2.0])
    >>> result = run(relaxation_system(MIN_PLUS), triangle, [np.inf] * 3, [(0, 0.0)], "fifo")
    >>> result.states.tolist(), result.deliveries
    ([0.0, 1.0, 3.0], 4)
    """
    result = start_run(system, graph, states, inputs).run(schedule, limit=limit, record=record)
    if result.waiting:
        raise UnfinishedRunError(result, limit)
    return result


def start_run(system: System, graph: Any, states: Any, inputs: Iterable[tuple[int, Any]]) -> Start:
    """Return the checked beginning of a run, from which many schedules can be run.

    Parameters are those of `run`.

    Examples
    --------
    >>> import numpy as np
    >>> from corollary.algorithms.reasoning import MIN_PLUS, Graph, Random, relaxation_system
    >>> pair = Graph.from_edges(2, [0, 1], [1, 0])
    >>> start = start_run(relaxation_system(MIN_PLUS), pair, [np.inf] * 2, [(0, 0.0)])
    >>> {tuple(start.run(Random(seed)).states.tolist()) for seed in range(9)}
    {(0.0, 1.0)}
    """
    if not isinstance(system, System):
        raise TypeError(f"system must be a System, got {type(system).__name__}")
    return Start(system, as_graph(graph), states, inputs)


class Start:
    """A system, a graph, initial states and waiting messages, all checked."""

    def __init__(
        self, system: System, graph: Graph, states: Any, inputs: Iterable[tuple[int, Any]]
    ) -> None:
        self.system, self.graph = system, graph
        self.unit = elements([system.messages.unit], system.messages.unit, "the message unit")
        self.silent = elements([system.arguments.unit], system.arguments.unit, "the argument unit")
        self.states = _states(states, graph.nodes)
        self.input_nodes, self.inputs = _inputs(inputs, graph.nodes, system)
        self._priority: Law | None = None
        self.laws = self._checked_laws()
        self.compiled = system.compiled and self.states.dtype != object

    def _checked_laws(self) -> tuple[Law, ...]:
        system, message, argument = self.system, self.unit[0], self.silent[0]
        state = self.states[0] if len(self.states) else None
        weights = self.graph.weights
        weight = weights[0] if self.graph.edges else None
        laws = [
            ("the message operation", system.messages.combine, (message, message), message),
            ("update", system.update, (state, message), state),
            ("argument_function", system.argument_function, (state, message), argument),
            ("message_function", system.message_function, (argument, weight), message),
        ]
        checked = []
        for name, function, arguments, result in laws:
            missing = any(example is None for example in (*arguments, result))
            checked.append(function if missing else checked_law(function, name, arguments, result))
        return tuple(checked)

    def run(
        self, schedule: Schedule = "bsp", *, limit: int = 1_000_000, record: bool = False
    ) -> Run:
        """Return the result of one run; messages may still wait in it."""
        schedule = checked_schedule(schedule)
        if isinstance(limit, bool) or not isinstance(limit, int | np.integer) or limit < 0:
            raise ValueError(f"limit must be an integer >= 0, got {limit!r}")
        states = self.states.copy()
        if not self.compiled or record or not isinstance(schedule, str | Random):
            return self._interpreted(schedule, states, limit, record)
        laws = (*self.laws, *self._equalities())
        if schedule == "bsp":
            return Run(states, *run_rounds(*self._kernel_arguments(states), *laws, limit))
        if isinstance(schedule, Random):
            kernel, options = run_random, (*laws, stream_start(schedule.seed), limit)
        else:
            order = {"fifo": FIFO, "lifo": LIFO, "priority": PRIORITY}[schedule]
            kernel, options = run_ordered, (*laws[1:], self._priority_law(), order, limit)
        room = 16 + 2 * self.graph.edges + len(self.inputs)
        while True:
            result = kernel(*self._kernel_arguments(states), *options, room)
            if result[3] >= 0:
                return Run(states, *result)
            room *= 2
            states[:] = self.states

    def run_many(
        self, seed: int, runs: int, *, limit: int = 1_000_000, tolerance: float = 0.0
    ) -> ManyRuns:
        """Run ``Random(seed)``, ``Random(seed + 1)``, .. until two complete runs end differently.

        States differ if they are further apart than `tolerance` relative to the larger one.
        """
        if self.compiled:
            laws = (*self.laws, *self._equalities())
            fixed = self._kernel_arguments(self.states)
            return ManyRuns(*run_many(*fixed, *laws, seed, runs, limit, float(tolerance)))
        first, first_seed, deliveries, unfinished = self.states, -1, 0, 0
        for number in range(seed, seed + runs):
            result = self.run(Random(number), limit=limit)
            deliveries += result.deliveries
            if result.waiting:
                unfinished += 1
            elif first_seed < 0:
                first, first_seed = result.states, number
            elif states_differ(first, result.states, tolerance):
                done = number - seed + 1
                return ManyRuns(done, deliveries, unfinished, first_seed, number, first)
        return ManyRuns(runs, deliveries, unfinished, first_seed, -1, first)

    def _kernel_arguments(self, states: Array) -> tuple[Any, ...]:
        graph = self.graph
        arrays = (graph.indptr, graph.targets, graph.weights, states)
        return (*arrays, self.input_nodes, self.inputs, self.unit, self.silent)

    def _equalities(self) -> tuple[Law, Law, Law]:
        return equality(self.states), equality(self.unit), equality(self.silent)

    @property
    def has_priority(self) -> bool:
        """Whether the schedule "priority" can order the messages."""
        return self.system.priority is not None or self.unit.dtype != object

    def _priority_law(self) -> Law:
        if not self.has_priority:
            raise ValueError("schedule 'priority' needs System.priority for these messages")
        law = priority_of(self.system, self.unit[0])
        return checked_law(law, "priority", (self.unit[0],), np.float64(0))

    def _interpreted(self, schedule: Schedule, states: Array, limit: int, record: bool) -> Run:
        items = _items(states)
        inputs = list(zip(self.input_nodes.tolist(), _items(self.inputs), strict=True))
        laws: dict[str, Callable[..., Any]] = dict(
            zip(
                ("combine", "update", "argument_function", "message_function"),
                (getattr(law, "py_func", law) for law in self.laws),
                strict=True,
            )
        )
        if schedule == "priority":
            law = self._priority_law()
            laws["priority"] = getattr(law, "py_func", law)
        laws["is_unit"] = _equal_to(_items(self.unit)[0])
        laws["is_silent"] = _equal_to(_items(self.silent)[0])
        laws["same_state"] = _same
        deliveries, updates, rounds, waiting, events = interpret(
            self.graph, items, inputs, laws, schedule, limit, record
        )
        for v, item in enumerate(items):
            states[v] = item
        return Run(states, deliveries, updates, rounds, waiting, events)


def states_differ(a: Array, b: Array, tolerance: float = 0.0) -> bool:
    """Return whether two arrays of states differ by more than the relative tolerance.

    Examples
    --------
    >>> states_differ(np.array([1.0]), np.array([1.001])), states_differ(
    ...     np.array([1.0]), np.array([1.001]), tolerance=0.01)
    (True, False)
    """
    if a.dtype == object:
        return any(one != other for one, other in zip(a, b, strict=True))
    return bool(differ(a, b, float(tolerance)))


def _states(states: Any, nodes: int) -> Array:
    if len(states) != nodes:
        raise ValueError(f"states must have one entry per node ({nodes}), got {len(states)}")
    array = np.asarray(states) if nodes else np.zeros(0)
    if array.dtype.kind in "biuf" and array.ndim <= 2:
        return elements(states, array[0] if nodes else 0.0, "states")
    return elements(states, object(), "states")


def _inputs(
    inputs: Iterable[tuple[int, Any]], nodes: int, system: System
) -> tuple[NDArray[np.int32], Array]:
    heads, messages = [], []
    for entry in inputs:
        if not isinstance(entry, tuple) or len(entry) != 2:
            raise TypeError(f"inputs must be pairs (node, message), got {entry!r}")
        node, message = entry
        if isinstance(node, bool) or not isinstance(node, int | np.integer):
            raise TypeError(f"inputs must name nodes by integers, got {node!r}")
        if not 0 <= node < nodes:
            raise ValueError(f"inputs must go to nodes in 0..{nodes - 1}, got {node}")
        heads.append(node)
        messages.append(message)
    return np.array(heads, dtype=np.int32), elements(messages, system.messages.unit, "inputs")


def _items(array: Array) -> list[Any]:
    """Return the elements as interpreted laws see them: Python numbers, rows, or objects."""
    return array.tolist() if array.ndim == 1 else [row.copy() for row in array]


def _equal_to(element: Any) -> Callable[[Any], bool]:
    if isinstance(element, np.ndarray):
        return lambda value: np.array_equal(value, element)
    return lambda value: value == element


def _same(a: Any, b: Any) -> bool:
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
