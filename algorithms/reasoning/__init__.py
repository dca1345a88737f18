"""Message passing as computation: exact reasoners on graphs, asynchronous systems, GNN layers."""

from corollary.algorithms.reasoning._graph import Graph, as_graph
from corollary.algorithms.reasoning._interpreter import Event
from corollary.algorithms.reasoning._paths import (
    NegativeCycleError,
    bellman_ford,
    choose_schedule,
    dag_shortest_paths,
    dijkstra,
    shortest_path_tree,
    shortest_paths,
)
from corollary.algorithms.reasoning._rounds import relax, semiring_rounds
from corollary.algorithms.reasoning._run import Run, Start, UnfinishedRunError, run, start_run
from corollary.algorithms.reasoning._schedules import Pending, Random, Script
from corollary.algorithms.reasoning._semirings import (
    BOOLEAN,
    COUNTING,
    LOG_PLUS,
    LOG_SUM_EXP,
    MAX_MIN,
    MAX_PLUS,
    MAX_TIMES,
    MAXIMUM,
    MIN_MAX,
    MIN_PLUS,
    MINIMUM,
    SUM,
    Monoid,
    Semiring,
    k_smallest,
)
from corollary.algorithms.reasoning._system import System, relaxation_system

__all__ = [
    "BOOLEAN",
    "COUNTING",
    "LOG_PLUS",
    "LOG_SUM_EXP",
    "MAXIMUM",
    "MAX_MIN",
    "MAX_PLUS",
    "MAX_TIMES",
    "MINIMUM",
    "MIN_MAX",
    "MIN_PLUS",
    "SUM",
    "Event",
    "Graph",
    "Monoid",
    "NegativeCycleError",
    "Pending",
    "Random",
    "Run",
    "Script",
    "Semiring",
    "Start",
    "System",
    "UnfinishedRunError",
    "as_graph",
    "bellman_ford",
    "choose_schedule",
    "dag_shortest_paths",
    "dijkstra",
    "k_smallest",
    "relax",
    "relaxation_system",
    "run",
    "semiring_rounds",
    "shortest_path_tree",
    "shortest_paths",
    "start_run",
]
