"""Walk sums over a semiring: synchronous rounds, and relaxation with a frontier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms.reasoning._graph import as_graph
from corollary.algorithms.reasoning._laws import Engine, Law, checked_law, elements, equality
from corollary.algorithms.reasoning._semirings import Semiring

Array = NDArray[Any]


def semiring_rounds(
    graph: Any, start: ArrayLike, semiring: Semiring, *, rounds: int | None = None
) -> tuple[Array, int]:
    """Return (states, rounds): the sums over walks of at most that many edges, at every node.

    Round ``t + 1`` sets ``x_v = start_v + sum over edges u -> v of x_u * w``, with the sum and the
    product of the semiring. Nodes whose state is the zero of the semiring send nothing.

    Parameters
    ----------
    graph : Graph, SciPy sparse array, or networkx graph
        See `as_graph`.
    start : array (v,) or (v, k)
        The initial states.
    semiring : Semiring
        Over Numba functions the rounds run compiled, over Python functions interpreted.
    rounds : int, optional
        How many rounds; by default until nothing changes.

    Raises
    ------
    ValueError
        If the states still change after ``v k`` rounds. On a graph without cycles, and for
        semirings in which no cycle improves a walk, ``v - 1`` rounds suffice (``v k`` for the
        `k` smallest).
    TypeError, ValueError
        For states of a wrong type or shape, or a law that raises or returns another type.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import COUNTING, Graph
    >>> square = Graph.from_edges(4, [0, 0, 1, 2], [1, 2, 3, 3], [1, 1, 1, 1])
    >>> states, _ = semiring_rounds(square, [1, 0, 0, 0], COUNTING)
    >>> states.tolist()
    [1, 1, 1, 2]
    """
    rows, states, laws = _prepared(graph, start, semiring)
    edges = (rows.indptr, rows.targets, rows.weights)
    limit = max(1, states.size) if rounds is None else _count(rounds, "rounds")
    states, done, stable = _jacobi(*edges, states, *laws, limit, rounds is None)
    if rounds is None and not stable:
        raise ValueError(
            f"the states still change after {done} rounds: a cycle keeps improving them; "
            "give the number of rounds"
        )
    return states, int(done)


def relax(graph: Any, start: ArrayLike, semiring: Semiring, *, limit: int | None = None) -> Array:
    """Return the fixed point ``x_v = start_v + sum over u -> v of x_u * w``, by a frontier.

    Like `semiring_rounds` without a bound on the rounds, but only nodes that changed send, and
    what they send takes effect at once; the semiring must be idempotent.

    Parameters
    ----------
    graph, start, semiring
        As for `semiring_rounds`.
    limit : int, optional
        The largest number of node expansions; by default ``v (v + 1)``, enough for every
        semiring in which no cycle improves a walk.

    Raises
    ------
    ValueError
        If the semiring is not idempotent, or the limit is reached.

    Examples
    --------
    >>> import numpy as np
    >>> from corollary.algorithms.reasoning import MAX_MIN, Graph
    >>> pipes = Graph.from_edges(3, [0, 0, 1], [1, 2, 2], [5.0, 1.0, 3.0])
    >>> relax(pipes, [np.inf, -np.inf, -np.inf], MAX_MIN).tolist()
    [inf, 5.0, 3.0]
    """
    if not semiring.idempotent:
        raise ValueError("semiring must be idempotent: relaxation counts a walk more than once")
    rows, states, laws = _prepared(graph, start, semiring)
    edges = (rows.indptr, rows.targets, rows.weights)
    most = rows.nodes * (rows.nodes + 1) if limit is None else _count(limit, "limit")
    expanded = _frontier(*edges, states, *laws, most)
    if expanded < 0:
        raise ValueError(f"no fixed point within {most} expansions: a cycle keeps improving")
    return states


def _prepared(
    graph: Any, start: ArrayLike, semiring: Semiring
) -> tuple[Any, Array, tuple[Any, ...]]:
    rows = as_graph(graph)
    states = elements(start, semiring.plus.unit, "start")
    if len(states) != rows.nodes:
        raise ValueError(f"start must have one state per node ({rows.nodes}), got {len(states)}")
    zero = elements([semiring.plus.unit], semiring.plus.unit, "unit")
    laws: tuple[Law, ...] = (
        checked_law(semiring.plus.combine, "plus", (zero[0], zero[0]), zero[0]),
        _checked_times(semiring, rows, zero),
        equality(zero),
    )
    return rows, states, (zero, *laws)


def _checked_times(semiring: Semiring, rows: Any, zero: Array) -> Law:
    weight = np.zeros_like(rows.weights[:1]) if rows.edges else np.zeros(1)
    return checked_law(semiring.times, "times", (zero[0], weight[0]), zero[0])


def _count(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer, got {type(value).__name__}")
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value}")
    return int(value)


@Engine
def _jacobi(
    indptr: Array,
    targets: Array,
    weights: Array,
    states: Array,
    zero: Array,
    plus: Law,
    times: Law,
    same: Law,
    limit: int,
    until_stable: bool,
) -> tuple[Array, int, bool]:
    """Return (states, rounds done, whether the last round changed nothing)."""
    start = states.copy()
    for done in range(limit):
        later = start.copy()
        for u in range(indptr.size - 1):
            if same(states[u], zero[0]):
                continue
            for e in range(indptr[u], indptr[u + 1]):
                v = targets[e]
                later[v] = plus(later[v], times(states[u], weights[e]))
        stable = True
        for v in range(indptr.size - 1):
            if not same(states[v], later[v]):
                stable = False
                break
        states = later
        if stable and until_stable:
            return states, done, True
    return states, limit, False


@Engine
def _frontier(
    indptr: Array,
    targets: Array,
    weights: Array,
    states: Array,
    zero: Array,
    plus: Law,
    times: Law,
    same: Law,
    limit: int,
) -> int:
    """Relax `states` in place to the fixed point and return the expansions, or -1 at the limit."""
    nodes = indptr.size - 1
    now = np.empty(nodes, dtype=np.int32)
    later = np.empty(nodes, dtype=np.int32)
    marked = np.zeros(nodes, dtype=np.bool_)
    size, expanded = 0, 0
    for v in range(nodes):
        if not same(states[v], zero[0]):
            now[size] = v
            size += 1
    while size > 0:
        if expanded + size > limit:
            return -1
        expanded += size
        grown = 0
        for i in range(size):
            u = now[i]
            marked[u] = False
            for e in range(indptr[u], indptr[u + 1]):
                v = targets[e]
                better = plus(states[v], times(states[u], weights[e]))
                if not same(better, states[v]):
                    states[v] = better
                    if not marked[v]:
                        marked[v] = True
                        later[grown] = v
                        grown += 1
        now, later, size = later, now, grown
    return expanded
