"""Message passing as computation: exact reasoners on graphs, asynchronous systems, GNN layers."""

from corollary.algorithms.reasoning._graph import Graph, as_graph
from corollary.algorithms.reasoning._paths import (
    NegativeCycleError,
    bellman_ford,
    choose_schedule,
    dag_shortest_paths,
    dijkstra,
    shortest_path_tree,
    shortest_paths,
)

__all__ = [
    "Graph",
    "NegativeCycleError",
    "as_graph",
    "bellman_ford",
    "choose_schedule",
    "dag_shortest_paths",
    "dijkstra",
    "shortest_path_tree",
    "shortest_paths",
]
