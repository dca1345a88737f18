"""Shortest paths: one fixed point for every schedule, and clear errors."""

import math

import networkx
import numpy as np
import pytest
import scipy.sparse
from scipy.sparse.csgraph import dijkstra

from corollary.algorithms import reasoning
from corollary.algorithms.reasoning import Graph
from corollary.algorithms.reasoning import _relaxation as relaxation
from corollary.algorithms.reasoning._definition import shortest_paths_definition
from corollary.algorithms.reasoning._paths import _choose

SCHEDULES = ("buckets", "priority", "rounds")


def random_graph(seed: int, nodes: int = 40, edges: int = 160, dtype: type = np.float64) -> Graph:
    rng = np.random.default_rng(seed)
    weights = (np.pi * rng.random(edges)).astype(dtype)  # sums of these round
    return Graph.from_edges(
        nodes, rng.integers(nodes, size=edges), rng.integers(nodes, size=edges), weights
    )


def acyclic_graph(seed: int, nodes: int = 30, edges: int = 120) -> Graph:
    rng = np.random.default_rng(seed)
    ends = np.sort(rng.permuted(np.tile(np.arange(nodes), (edges, 1)), axis=1)[:, :2], axis=1)
    return Graph.from_edges(nodes, ends[:, 0], ends[:, 1], rng.normal(size=edges) * np.pi)


@pytest.mark.parametrize("seed", range(40))
def test_every_schedule_leaves_the_bits_of_the_definition(seed):
    graph = random_graph(seed)
    expected = shortest_paths_definition(graph, 3)
    assert reasoning.shortest_paths(graph, 3).tolist() == expected
    for schedule in SCHEDULES:
        assert reasoning.shortest_paths(graph, 3, schedule=schedule).tolist() == expected


def test_float32_is_added_in_float32():
    graph = random_graph(0, dtype=np.float32)
    results = [reasoning.shortest_paths(graph, 0, schedule=name) for name in SCHEDULES]
    assert all(result.dtype == np.float32 for result in results)
    assert all(np.array_equal(results[0], result) for result in results)
    widened = Graph(graph.indptr, graph.targets, graph.weights.astype(np.float64))
    double = dijkstra(widened.to_scipy(), indices=0)
    reached = np.isfinite(double)
    assert not np.array_equal(results[0], double)
    np.testing.assert_allclose(results[0][reached], double[reached], rtol=40 * 2.0**-24)


@pytest.mark.parametrize("seed", range(10))
def test_negative_weights_without_cycles(seed):
    graph = acyclic_graph(seed)
    assert reasoning.choose_schedule(graph) == "topological"
    expected = shortest_paths_definition(graph, 0)
    assert reasoning.dag_shortest_paths(graph, 0).tolist() == expected
    assert reasoning.bellman_ford(graph, 0).tolist() == expected


@pytest.mark.parametrize("seed", range(10))
def test_negative_weights_on_cyclic_graphs(seed):
    """A reweighted graph has negative edges and no negative cycle."""
    graph = random_graph(seed)
    rng = np.random.default_rng(seed)
    potential = rng.integers(0, 8, size=graph.nodes).astype(float)
    weights = np.floor(graph.weights * 4)
    weights = weights + potential[graph.sources] - potential[graph.targets]
    shifted = Graph(graph.indptr, graph.targets, weights)
    assert reasoning.choose_schedule(shifted) == "rounds"
    assert reasoning.shortest_paths(shifted, 1).tolist() == shortest_paths_definition(shifted, 1)


@pytest.mark.parametrize("scale", [1e-308, 1e-200, 1e200, 1e305])
def test_extreme_weights_fall_back_without_a_change_of_bits(scale):
    base = random_graph(5)
    graph = Graph(base.indptr, base.targets, base.weights * scale)
    assert reasoning.shortest_paths(graph).tolist() == shortest_paths_definition(graph, 0)


def test_buckets_give_up_on_the_exponential_family():
    """One huge weight makes the buckets so wide that the order inside them costs 2^k."""
    k = 40
    sources, targets, weights = [], [], []
    for i in range(k):
        sources += [i, i, k + 1 + i]
        targets += [k + 1 + i, i + 1, i + 1]
        weights += [0.0, 2.0 ** (k - i - 1), 0.0]
    graph = Graph.from_edges(2 * k + 2, [0, *sources], [2 * k + 1, *targets], [1e30, *weights])
    assert reasoning.choose_schedule(graph) == "buckets"
    assert reasoning.shortest_paths(graph).tolist() == [0.0] * (2 * k + 1) + [1e30]


def test_zero_weights_and_infinite_weights():
    graph = Graph.from_edges(4, [0, 1, 2, 0], [1, 2, 0, 3], [0.0, 0.0, 0.0, math.inf])
    for schedule in SCHEDULES:
        assert reasoning.shortest_paths(graph, 0, schedule=schedule).tolist() == [0, 0, 0, math.inf]


@pytest.mark.parametrize("seed", range(20))
def test_tree_is_schedule_free_and_has_no_cycle_even_with_zero_weights(seed):
    base = random_graph(seed, nodes=12, edges=50)
    graph = Graph(base.indptr, base.targets, np.floor(base.weights / 2))
    assert np.any(graph.weights == 0)
    trees = [reasoning.shortest_path_tree(graph, 2, schedule=name) for name in SCHEDULES]
    for tree in trees[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(trees[0], tree, strict=True))
    distances, hops, parents = trees[0]
    for v in np.flatnonzero(parents >= 0):
        edges = slice(graph.indptr[parents[v]], graph.indptr[parents[v] + 1])
        found = graph.weights[edges][graph.targets[edges] == v]
        assert np.any(distances[parents[v]] + found == distances[v])
        assert hops[v] == hops[parents[v]] + 1
    assert np.array_equal(np.isfinite(distances), hops >= 0)


def test_equal_parents_give_way_to_the_smallest_id():
    diamond = Graph.from_edges(5, [0, 0, 0, 3, 1, 2], [3, 2, 1, 4, 4, 4])
    assert reasoning.shortest_path_tree(diamond)[2].tolist() == [-1, 0, 0, 0, 1]
    detour = Graph.from_edges(4, [0, 0, 2, 1], [3, 2, 1, 3], [2.0, 1.0, 0.0, 1.0])
    assert reasoning.shortest_path_tree(detour)[2].tolist() == [-1, 2, 0, 0], "fewest hops first"


def test_expansions_stay_close_to_one_per_node():
    """A wrong order inside heap or wheel would still end in the right distances, only later."""
    graph = random_graph(0, nodes=2000, edges=8000)
    edges = graph.indptr, graph.targets, graph.weights
    start = np.full(graph.nodes, math.inf)
    start[0] = 0.0
    reached = int(np.isfinite(reasoning.shortest_paths(graph)).sum())
    assert relaxation.by_priority(*edges, 0, start.copy()) == reached
    _, wheel = _choose(graph)
    expanded = relaxation.by_buckets(*edges, 0, start.copy(), *wheel)
    assert reached <= expanded <= 1.01 * reached


def test_negative_cycle_is_reported_with_the_cycle():
    graph = Graph.from_edges(5, [0, 1, 2, 3, 3], [1, 2, 3, 1, 4], [1.0, 1.0, -3.0, 1.0, 1.0])
    with pytest.raises(reasoning.NegativeCycleError) as caught:
        reasoning.shortest_paths(graph)
    cycle = caught.value.cycle
    assert sorted(cycle) == [1, 2, 3]
    assert caught.value.weight == -1.0
    assert (cycle[1] - cycle[0]) % 3 == 1, "the cycle is listed along its edges"


def test_unreachable_negative_cycle_does_no_harm():
    graph = Graph.from_edges(4, [0, 2, 3], [1, 3, 2], [1.0, -1.0, -1.0])
    assert reasoning.shortest_paths(graph).tolist() == [0, 1, math.inf, math.inf]


def test_negative_self_loop():
    with pytest.raises(reasoning.NegativeCycleError) as caught:
        reasoning.shortest_paths(Graph.from_edges(1, [0], [0], [-0.5]))
    assert caught.value.cycle == [0]


def test_scipy_and_networkx_inputs_agree():
    graph = random_graph(1)
    expected = dijkstra(graph.to_scipy(), indices=0)
    assert np.array_equal(reasoning.shortest_paths(graph.to_scipy(), 0), expected)
    labelled = networkx.MultiDiGraph()
    labelled.add_nodes_from(f"n{v}" for v in range(graph.nodes))
    for u, v, w in zip(graph.sources, graph.targets, graph.weights, strict=True):
        labelled.add_edge(f"n{u}", f"n{v}", weight=float(w))
    assert np.array_equal(reasoning.shortest_paths(labelled, "n0"), expected)


def test_undirected_networkx_graph():
    graph = networkx.karate_club_graph()
    expected = networkx.single_source_dijkstra_path_length(graph, 33)
    result = reasoning.shortest_paths(graph, 33)
    assert dict(zip(graph, result.tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    "graph",
    [
        reasoning.grid_graph(30),
        reasoning.road_graph(900),
        reasoning.power_law_graph(900, 6000),
        reasoning.random_graph(900, 6000),
    ],
    ids=["grid", "road", "power law", "random"],
)
def test_generated_graphs(graph):
    expected = dijkstra(graph.to_scipy(), indices=5)
    assert np.isfinite(expected).sum() > 800
    for schedule in SCHEDULES:
        assert np.array_equal(reasoning.shortest_paths(graph, 5, schedule=schedule), expected)


BUNDLED = {
    "karate club": networkx.karate_club_graph(),
    "les miserables": networkx.les_miserables_graph(),
    "davis southern women": networkx.davis_southern_women_graph(),
    "florentine families": networkx.florentine_families_graph(),
}


@pytest.mark.parametrize("graph", BUNDLED.values(), ids=BUNDLED.keys())
def test_bundled_graphs_from_every_node(graph):
    """Weights such as thirds make sums round; all engines still agree to the bit."""
    for u, v, data in graph.edges(data=True):
        data["length"] = data.get("weight", 1) / 3 + 0.1 * len(str(u) + str(v))
    matrix = networkx.to_scipy_sparse_array(graph, weight="length", dtype=np.float64)
    expected = dijkstra(matrix)
    for row, source in enumerate(graph):
        found = reasoning.shortest_paths(graph, source, weight="length")
        assert np.array_equal(found, expected[row])
        assert np.array_equal(reasoning.bellman_ford(matrix, row), expected[row])


def test_input_is_not_changed():
    matrix = random_graph(2).to_scipy()
    copy = matrix.copy()
    reasoning.shortest_paths(matrix, 0)
    assert np.array_equal(matrix.data, copy.data)
    assert np.array_equal(matrix.indices, copy.indices)


EMPTY = Graph.from_edges(0, [], [])
PAIR = Graph.from_edges(2, [0], [1])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: reasoning.shortest_paths(EMPTY), ValueError, "source must be in"),
        (lambda: reasoning.shortest_paths(PAIR, 2), ValueError, "source must be in 0..1, got 2"),
        (lambda: reasoning.shortest_paths(PAIR, 0.5), TypeError, "integer node id, got float"),
        (lambda: reasoning.shortest_paths(PAIR, True), TypeError, "integer node id, got bool"),
        (lambda: reasoning.shortest_paths([[0, 1]]), TypeError, "graph must be .* got list"),
        (lambda: reasoning.shortest_paths(PAIR, schedule="best"), ValueError, "one of buckets"),
        (
            lambda: reasoning.dijkstra(Graph.from_edges(2, [0], [1], [-1.0])),
            ValueError,
            "needs weights >= 0",
        ),
        (
            lambda: reasoning.dag_shortest_paths(Graph.from_edges(2, [0, 1], [1, 0])),
            ValueError,
            "without cycles",
        ),
        (
            lambda: reasoning.shortest_paths(Graph.from_edges(2, [0], [1], [-math.inf])),
            ValueError,
            "minus infinity",
        ),
        (lambda: Graph.from_edges(2, [0], [1], [math.nan]), ValueError, "NaN at edge 0"),
        (lambda: Graph.from_edges(2, [0], [2]), ValueError, r"targets .* got 2 at position 0"),
        (lambda: Graph.from_edges(2, [-1], [1]), ValueError, r"sources .* got -1"),
        (lambda: Graph.from_edges(2, [0.5], [1]), TypeError, "integer node ids"),
        (lambda: Graph.from_edges(2, [0, 1], [1]), ValueError, "equal lengths"),
        (lambda: Graph.from_edges(2, [0], [1], ["a"]), TypeError, "real numbers"),
        (lambda: Graph.from_edges(2, [0], [1], [1j]), TypeError, "real numbers"),
        (lambda: Graph.from_edges(2, [0], [1], [1.0, 2.0]), ValueError, r"shape \(1,\)"),
        (lambda: Graph.from_edges(-1, [], []), ValueError, "nodes must be in"),
        (
            lambda: reasoning.shortest_paths(scipy.sparse.csr_array((2, 3))),
            ValueError,
            "square",
        ),
        (
            lambda: reasoning.shortest_paths(networkx.path_graph(2), source=7),
            ValueError,
            "node of the graph, got 7",
        ),
        (
            lambda: reasoning.shortest_paths(Graph.from_edges(2, [0], [1], [[1.0, 2.0]])),
            ValueError,
            "one number per edge",
        ),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
