"""Exact reasoners against networkx and brute force; the gallery of systems."""

import itertools
import math

import networkx
import numpy as np
import pytest

from corollary.algorithms import reasoning
from corollary.algorithms.reasoning import Graph, Random, start_run


def random_graph(seed: int, nodes: int = 15, edges: int = 40) -> Graph:
    rng = np.random.default_rng(seed)
    ends = rng.integers(nodes, size=(2, edges))
    return Graph.from_edges(nodes, *ends, np.pi * rng.random(edges))


def to_networkx(graph: Graph) -> networkx.MultiDiGraph:
    result = networkx.MultiDiGraph()
    result.add_nodes_from(range(graph.nodes))
    for u, v, w in zip(graph.sources, graph.targets, graph.weights, strict=True):
        result.add_edge(int(u), int(v), weight=float(w))
    return result


def undirected(seed: int, nodes: int = 15, edges: int = 30) -> networkx.Graph:
    rng = np.random.default_rng(seed)
    graph = networkx.gnm_random_graph(nodes, edges, seed=seed)
    for _, _, data in graph.edges(data=True):
        data["weight"] = float(np.pi * rng.random())
    return graph


@pytest.mark.parametrize("seed", range(10))
def test_levels_and_reachability(seed):
    graph = random_graph(seed, edges=20)
    lengths = networkx.single_source_shortest_path_length(to_networkx(graph), 2)
    expected = [lengths.get(v, -1) for v in range(graph.nodes)]
    assert reasoning.bfs_levels(graph, 2).tolist() == expected
    assert reasoning.reachable(graph, 2).tolist() == [level >= 0 for level in expected]


@pytest.mark.parametrize("seed", range(10))
def test_widest_paths_lie_in_a_maximum_spanning_tree(seed):
    graph = undirected(seed)
    tree = networkx.maximum_spanning_tree(graph)
    widths = reasoning.widest_paths(graph, 0)
    for v in range(1, graph.number_of_nodes()):
        if not networkx.has_path(tree, 0, v):
            assert widths[v] == -math.inf
            continue
        path = networkx.shortest_path(tree, 0, v)
        assert widths[v] == min(tree.edges[edge]["weight"] for edge in itertools.pairwise(path))


@pytest.mark.parametrize("seed", range(5))
def test_first_of_the_k_shortest_walks_is_the_shortest_path(seed):
    graph = random_graph(seed)
    walks = reasoning.k_shortest_walks(graph, 3)
    assert np.array_equal(walks[:, 0], reasoning.shortest_paths(graph))
    assert np.all(walks[:, :-1] <= walks[:, 1:])


@pytest.mark.parametrize("seed", range(10))
def test_prim_has_the_least_weight(seed):
    graph = undirected(seed)
    part = networkx.node_connected_component(graph, 0)
    parents, weights = reasoning.prim(graph, 0)
    tree = [(int(parents[v]), v) for v in range(len(parents)) if parents[v] >= 0]
    assert networkx.is_tree(networkx.Graph(tree)) and len(tree) == len(part) - 1
    assert all(weights[v] == graph.edges[u, v]["weight"] for u, v in tree)
    least = networkx.minimum_spanning_tree(graph.subgraph(part))
    assert sorted(weights[weights > 0]) == sorted(w for *_, w in least.edges(data="weight"))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("damping", [0.0, 0.5, 0.85])
def test_pagerank_solves_its_linear_equations(seed, damping):
    graph = random_graph(seed, edges=25)
    matrix = np.zeros((graph.nodes, graph.nodes))
    np.add.at(matrix, (graph.sources, graph.targets), graph.weights)
    sums = matrix.sum(axis=1, keepdims=True)
    assert np.any(sums == 0), "the sample holds nodes without out-edges"
    matrix = np.where(sums > 0, matrix / np.where(sums > 0, sums, 1), 1 / graph.nodes)
    system = np.eye(graph.nodes) - damping * matrix.T
    expected = np.linalg.solve(system, np.full(graph.nodes, (1 - damping) / graph.nodes))
    ranks = reasoning.pagerank(graph, damping, tolerance=1e-10)
    assert np.abs(ranks - expected).sum() <= 1e-10
    assert abs(ranks.sum() - 1) < 1e-12


def test_pagerank_tolerance_is_felt():
    graph = random_graph(0, nodes=200, edges=900)
    fine = reasoning.pagerank(graph, tolerance=1e-14)
    errors = [np.abs(reasoning.pagerank(graph, tolerance=t) - fine).sum() for t in (0.1, 1e-4)]
    assert 0 < errors[1] <= 1e-4
    assert errors[1] < errors[0] <= 0.1


def grid_with_sink(side: int) -> Graph:
    """Every cell has four neighbours, those outside the grid being the sink, node 0."""
    sources, targets = [], []
    for x, y in itertools.product(range(side), repeat=2):
        for a, b in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            inside = 0 <= a < side and 0 <= b < side
            sources.append(1 + x * side + y)
            targets.append(1 + a * side + b if inside else 0)
    return Graph.from_edges(side * side + 1, sources, targets)


def topple_one_by_one(graph: Graph, chips: list[int], seed: int) -> tuple[list[int], list[int]]:
    """Return the stable pile by single topplings in random order: the plain definition."""
    rng = np.random.default_rng(seed)
    chips, topplings = list(chips), [0] * graph.nodes
    heads = [graph.targets[graph.indptr[v] : graph.indptr[v + 1]] for v in range(graph.nodes)]
    while ready := [v for v in range(graph.nodes) if 0 < len(heads[v]) <= chips[v]]:
        v = int(rng.choice(ready))
        topplings[v] += 1
        chips[v] -= len(heads[v])
        for u in heads[v]:
            chips[u] += 1
    return chips, topplings


@pytest.mark.parametrize("seed", range(5))
def test_sandpile_equals_single_topplings_in_any_order(seed):
    graph = grid_with_sink(3)
    chips = np.random.default_rng(seed).integers(0, 9, size=graph.nodes)
    stable, topplings = reasoning.sandpile(graph, chips)
    expected, counts = topple_one_by_one(graph, chips.tolist(), seed)
    assert (stable.tolist(), topplings.tolist()) == (expected, counts)


def test_the_sandpile_identity_adds_nothing_to_a_recurrent_pile():
    graph = grid_with_sink(4)
    full = np.full(graph.nodes, 6)
    doubled = 2 * full - reasoning.sandpile(graph, 2 * full)[0]
    doubled[0] = 0
    identity, _ = reasoning.sandpile(graph, doubled)
    recurrent = np.full(graph.nodes, 3)
    result, _ = reasoning.sandpile(graph, identity + recurrent)
    assert np.array_equal(result[1:], recurrent[1:])


SCHEDULES = ["fifo", "lifo", *map(Random, range(12))]


@pytest.mark.parametrize("seed", range(4))
def test_sandpile_as_a_system(seed):
    graph = grid_with_sink(3)
    chips = np.random.default_rng(seed).integers(0, 9, size=graph.nodes)
    expected, _ = reasoning.sandpile(graph, chips)
    inputs = [(v, int(count)) for v, count in enumerate(chips)]
    start = start_run(reasoning.sandpile_system(), graph, reasoning.sandpile_states(graph), inputs)
    for schedule in SCHEDULES:  # recorded runs are interpreted; the fuzzer runs compiled ones
        assert np.array_equal(start.run(schedule, record=True).states[:, 0], expected)


@pytest.mark.parametrize("seed", range(4))
def test_dataflow_and_cascades_do_not_depend_on_the_schedule(seed):
    rng = np.random.default_rng(seed)
    graph = random_graph(seed)
    masks = Graph(graph.indptr, graph.targets, rng.integers(0, 256, size=graph.edges))
    facts = [(int(v), int(rng.integers(256))) for v in range(4)]
    flow = start_run(reasoning.dataflow_system(), masks, np.zeros(graph.nodes, int), facts)
    limits = reasoning.cascade_states(rng.integers(1, 4, size=graph.nodes))
    spread = start_run(reasoning.cascade_system(), graph, limits, [(v, 3) for v in range(3)])
    finals = {flow.run(schedule).states.tobytes() for schedule in SCHEDULES}
    assert len(finals) == 1
    finals = {spread.run(schedule, record=True).states.tobytes() for schedule in SCHEDULES}
    assert len(finals) == 1
    assert flow.run("fifo").updates > 4
    assert spread.run("fifo", record=True).updates > 3


def test_group_messages_on_a_cycle_depend_on_the_schedule():
    graph = Graph.from_edges(2, [0, 1], [1, 0])
    start = start_run(reasoning.sum_system(), graph, [0, 0], [(0, 1), (1, -1)])
    finals = set()
    for seed in range(200):
        result = start.run(Random(seed), limit=1000)
        finals.add(tuple(result.states.tolist()))
        assert result.waiting == 0
    assert {(1, 0), (0, -1), (2, 1)} <= finals and len(finals) >= 5


def test_sums_on_a_dag_need_the_difference_and_not_the_state():
    rng = np.random.default_rng(0)
    ends = np.sort([rng.choice(8, size=2, replace=False) for _ in range(14)], axis=1)
    graph = Graph.from_edges(8, ends[:, 0], ends[:, 1])
    inputs = [(v, int(rng.integers(-3, 4))) for v in range(8)]
    counts = {}
    for emit in ("message", "state"):
        start = start_run(reasoning.sum_system(emit), graph, np.zeros(8, int), inputs)
        counts[emit] = len({start.run(Random(s)).states.tobytes() for s in range(100)})
    assert counts["message"] == 1 < counts["state"]


LINE = Graph.from_edges(2, [0], [1])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: reasoning.prim(LINE), "undirected: the edge 0 -> 1 has no twin"),
        (lambda: reasoning.pagerank(LINE, 1.0), r"damping must be in \[0, 0.999\]"),
        (lambda: reasoning.pagerank(LINE, math.nan), "damping"),
        (lambda: reasoning.pagerank(LINE, tolerance=0), "tolerance must be at least"),
        (lambda: reasoning.pagerank(Graph.from_edges(2, [0], [1], [-1.0])), "weights must be"),
        (lambda: reasoning.sandpile(LINE, [1]), "chips must be 2 integers"),
        (lambda: reasoning.sandpile(LINE, [0.5, 0.5]), "chips must be 2 integers"),
        (lambda: reasoning.sandpile(LINE, [-1, 0]), "chips must be >= 0"),
        (
            lambda: reasoning.sandpile(Graph.from_edges(2, [0, 1], [1, 0]), [3, 0]),
            "node 0 must have a path to a sink",
        ),
        (
            lambda: reasoning.k_shortest_walks(Graph.from_edges(1, [0], [0], [-1.0]), 2),
            "still change",
        ),
        (lambda: reasoning.k_shortest_walks(LINE, 0), "k must be at least 1"),
        (lambda: reasoning.bfs_levels(LINE, 5), "source must be in"),
        (lambda: reasoning.sum_system("all"), "emit must be"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_empty_graphs():
    empty = Graph.from_edges(0, [], [])
    assert reasoning.pagerank(empty).size == 0
    assert reasoning.sandpile(empty, [])[0].size == 0
