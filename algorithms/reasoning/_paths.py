"""Exact shortest paths on one graph, with the schedule chosen by the graph."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.reasoning import _relaxation as relaxation
from corollary.algorithms.reasoning._graph import Graph, as_graph, with_source

SCHEDULES = ("buckets", "priority", "rounds", "topological")


class NegativeCycleError(ValueError):
    """A cycle of negative weight can be reached, so no shortest walk exists.

    Attributes
    ----------
    cycle : list of int
        The nodes of one such cycle, in the order of its edges.
    weight : float
        Its weight, summed exactly and rounded once. It is not negative when rounding alone made
        the cycle lower its own distances; integer weights are free of that.
    """

    def __init__(self, cycle: list[int], weight: float) -> None:
        self.cycle = cycle
        self.weight = weight
        if weight < 0:
            reason = f"has weight {weight!r}"
        else:
            reason = f"has weight {weight!r} but rounding makes it lower its own distances"
        super().__init__(f"no shortest paths: the cycle {cycle} can be reached and {reason}")


def shortest_paths(
    graph: Any, source: Any = 0, *, schedule: str | None = None, weight: str = "weight"
) -> NDArray[Any]:
    """Return the distance from `source` to every node, ``(v,)``, infinite where there is no path.

    All schedules return the same bits: rounding is monotone, so adding a weight commutes exactly
    with taking a minimum. Float32 weights are added in float32, all others in float64.

    Parameters
    ----------
    graph : Graph, SciPy sparse array, or networkx graph
        See `as_graph`. An infinite weight is an edge that is not there.
    source : int, or a networkx node
        Where the paths begin.
    schedule : {"buckets", "priority", "rounds", "topological"}, optional
        The order of expansion; by default the one `choose_schedule` names.
    weight : str
        The networkx edge attribute that holds the weight.

    Raises
    ------
    NegativeCycleError
        If a cycle of negative weight can be reached; the error holds the cycle.
    ValueError
        If a weight is NaN or minus infinity, `source` is out of range, or `schedule` does not
        fit the graph: "buckets" and "priority" need weights >= 0, "topological" no cycle.

    Notes
    -----
    The schedules of one asynchronous system: arXiv 2306.15632.

    Examples
    --------
    >>> import networkx
    >>> shortest_paths(networkx.path_graph(4), source=1).tolist()
    [1.0, 0.0, 1.0, 2.0]
    """
    rows, start = with_source(graph, source, weight)
    return _solve(rows, start, schedule)[1]


def shortest_path_tree(
    graph: Any, source: Any = 0, *, schedule: str | None = None, weight: str = "weight"
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
    """Return (distances, hops, parents), each ``(v,)``, the same for every schedule.

    An edge is tight when ``distances[u] + w == distances[v]``. The tree is the breadth-first tree
    of the tight edges, with the smallest id among equally near parents; it depends on the
    distances alone and has no cycle, even with edges of weight zero. Unreached nodes and the
    source have parent -1; unreached nodes have -1 hops.

    Parameters and errors are those of `shortest_paths`.

    Examples
    --------
    >>> graph = Graph.from_edges(3, [0, 0, 1], [1, 2, 2], [1.0, 5.0, 2.0])
    >>> [part.tolist() for part in shortest_path_tree(graph)]
    [[0.0, 1.0, 3.0], [0, 1, 2], [-1, 0, 1]]
    """
    rows, start = with_source(graph, source, weight)
    rows, distances = _solve(rows, start, schedule)
    hops, parents = relaxation.tight_tree(rows.indptr, rows.targets, rows.weights, start, distances)
    return distances, hops, parents


def bellman_ford(graph: Any, source: Any = 0, *, weight: str = "weight") -> NDArray[Any]:
    """Return the distances of `shortest_paths`, by rounds over the nodes that changed.

    Examples
    --------
    >>> bellman_ford(Graph.from_edges(3, [0, 1], [1, 2], [2.0, -1.0])).tolist()
    [0.0, 2.0, 1.0]
    """
    return shortest_paths(graph, source, schedule="rounds", weight=weight)


def dijkstra(graph: Any, source: Any = 0, *, weight: str = "weight") -> NDArray[Any]:
    """Return the distances of `shortest_paths`, expanding the nearest waiting node first.

    Examples
    --------
    >>> dijkstra(Graph.from_edges(3, [0, 1], [1, 2], [2.0, 1.0])).tolist()
    [0.0, 2.0, 3.0]
    """
    return shortest_paths(graph, source, schedule="priority", weight=weight)


def dag_shortest_paths(graph: Any, source: Any = 0, *, weight: str = "weight") -> NDArray[Any]:
    """Return the distances of `shortest_paths` on a graph without cycles, in one pass.

    Examples
    --------
    >>> dag_shortest_paths(Graph.from_edges(3, [0, 1], [1, 2], [2.0, -3.0])).tolist()
    [0.0, 2.0, -1.0]
    """
    return shortest_paths(graph, source, schedule="topological", weight=weight)


def choose_schedule(graph: Any, *, weight: str = "weight") -> str:
    """Return the name of the schedule that `shortest_paths` picks for `graph`.

    Weights >= 0 give "buckets", or "priority" where their range allows no useful buckets; negative
    weights give "topological" on a graph without cycles and "rounds" on one with them.

    Examples
    --------
    >>> choose_schedule(Graph.from_edges(2, [0], [1], [-1.0]))
    'topological'
    """
    return _choose(_with_float_weights(as_graph(graph, weight)))[0]


def _solve(graph: Graph, source: int, schedule: str | None) -> tuple[Graph, NDArray[Any]]:
    """Return the graph with float weights, and the distances."""
    graph = _with_float_weights(graph)
    chosen, wheel = _choose(graph)
    if schedule is not None:
        chosen = _checked_schedule(schedule, chosen, graph)
    edges = (graph.indptr, graph.targets, graph.weights)
    distances = np.full(graph.nodes, np.inf, dtype=graph.weights.dtype)
    distances[source] = 0.0
    if chosen == "buckets":
        if wheel is None or relaxation.by_buckets(*edges, source, distances, *wheel) < 0:
            distances[:] = np.inf
            distances[source] = 0.0
            relaxation.by_priority(*edges, source, distances)
    elif chosen == "priority":
        relaxation.by_priority(*edges, source, distances)
    elif chosen == "topological":
        relaxation.by_order(*edges, relaxation.topological_order(*edges[:2]), distances)
    else:
        parents = np.full(graph.nodes, -1, dtype=np.int32)
        _, on_cycle = relaxation.by_rounds(*edges, source, distances, parents)
        if on_cycle >= 0:
            raise _negative_cycle(graph, parents, on_cycle)
    return graph, distances


def _choose(graph: Graph) -> tuple[str, tuple[float, int] | None]:
    """Return the schedule, and for buckets their number per unit of distance and in the wheel."""
    smallest, largest, mean = relaxation.weight_facts(graph.indptr, graph.targets, graph.weights)
    if smallest == -math.inf:
        raise ValueError("weights must not be minus infinity")
    if smallest < 0:
        order = relaxation.topological_order(graph.indptr, graph.targets)
        return ("topological" if len(order) == graph.nodes else "rounds"), None
    if largest == 0:
        return "buckets", (1.0, 3)
    # About one edge of each expanded node falls into the bucket at hand; the wheel stays small.
    width = max(mean * graph.nodes / graph.edges, largest / max(4096, 4 * graph.nodes))
    if not 1e-300 < width < 1e300:
        return "priority", None
    return "buckets", (1.0 / width, int(largest / width) + 3)


def _checked_schedule(schedule: str, chosen: str, graph: Graph) -> str:
    if schedule not in SCHEDULES:
        raise ValueError(f"schedule must be one of {', '.join(SCHEDULES)}, got {schedule!r}")
    if schedule in ("buckets", "priority") and chosen in ("topological", "rounds"):
        raise ValueError(f"schedule {schedule!r} needs weights >= 0; use 'rounds'")
    order = relaxation.topological_order(graph.indptr, graph.targets)
    if schedule == "topological" and len(order) < graph.nodes:
        raise ValueError("schedule 'topological' needs a graph without cycles")
    return schedule


def _with_float_weights(graph: Graph) -> Graph:
    if graph.weights.ndim != 1:
        raise ValueError(
            f"weights must be one number per edge, got rows of shape {graph.weights.shape}"
        )
    if graph.weights.dtype.kind == "f":
        return graph
    return Graph(graph.indptr, graph.targets, graph.weights.astype(np.float64))


def _negative_cycle(graph: Graph, parents: NDArray[np.int32], start: int) -> NegativeCycleError:
    cycle, v = [start], int(parents[start])
    while v != start:
        cycle.append(v)
        v = int(parents[v])
    cycle.reverse()
    total = Fraction(0)
    for u, v in zip(cycle, cycle[1:] + cycle[:1], strict=True):
        edges = slice(graph.indptr[u], graph.indptr[u + 1])
        total += Fraction(float(graph.weights[edges][graph.targets[edges] == v].min()))
    return NegativeCycleError(cycle, float(total))
