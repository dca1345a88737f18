"""Bellman-Ford round by round, and the symmetries of all its rounds."""

import numpy as np
import pytest

from corollary.algorithms import reasoning
from corollary.algorithms.reasoning import Graph, bellman_ford_trace, random_graph

SEEDS = range(50)


def graph_of(seed: int) -> Graph:
    return random_graph(16, 60, seed=seed)


@pytest.mark.parametrize("seed", range(10))
def test_rounds_are_walk_sums(seed):
    graph = graph_of(seed)
    start = np.full(16, np.inf)
    start[0] = 0.0
    distances, parents = bellman_ford_trace(graph, rounds=15)
    for t in (0, 1, 2, 15):
        expected, _ = reasoning.semiring_rounds(graph, start, reasoning.MIN_PLUS, rounds=t)
        assert np.array_equal(distances[t], expected)
    assert np.array_equal(distances[-1], reasoning.shortest_paths(graph))
    assert np.array_equal(parents[-1], reasoning.shortest_path_tree(graph)[2])


@pytest.mark.parametrize("seed", SEEDS)
def test_symmetries_of_the_whole_run(seed):
    graph = graph_of(seed)
    rng = np.random.default_rng(seed)
    distances, parents = bellman_ford_trace(graph, rounds=15)

    doubled = Graph(graph.indptr, graph.targets, 4 * graph.weights)
    found, pointers = bellman_ford_trace(doubled, rounds=15)
    assert np.array_equal(found, 4 * distances), "powers of two scale without rounding"
    assert np.array_equal(pointers, parents)
    tenfold = Graph(graph.indptr, graph.targets, 10 * graph.weights)
    assert np.array_equal(bellman_ford_trace(tenfold, rounds=15)[1], parents)

    potential = rng.normal(size=16)
    weights = graph.weights + potential[graph.sources] - potential[graph.targets]
    found, pointers = bellman_ford_trace(Graph(graph.indptr, graph.targets, weights), rounds=15)
    assert np.array_equal(pointers, parents), "reweighting shifts all walks to a node alike"
    reached = np.isfinite(distances)
    assert np.array_equal(np.isfinite(found), reached)
    shifted = distances + potential[0] - potential
    np.testing.assert_allclose(found[reached], shifted[reached], atol=1e-12)

    order = rng.permutation(16)
    renamed = Graph.from_edges(16, order[graph.sources], order[graph.targets], graph.weights)
    found, pointers = bellman_ford_trace(renamed, int(order[0]), rounds=15)
    assert np.array_equal(found[:, order], distances)
    assert np.array_equal(pointers[:, order], np.where(parents >= 0, order[parents], -1))


def test_greed_does_most_harm():
    """Final parents on 64 nodes after 9 rounds: most survive noise and decay, half do not greed."""
    agreement = {"noisy": [], "decay": [], "greedy": []}
    for seed in range(40):
        graph = random_graph(64, 2000, seed=seed)
        graph = Graph(graph.indptr, graph.targets, graph.weights / np.pi)
        true = bellman_ford_trace(graph, rounds=9)[1][-1]
        for rule, found in agreement.items():
            found.append(np.mean(bellman_ford_trace(graph, rounds=9, rule=rule)[1][-1] == true))
    means = {rule: float(np.mean(values)) for rule, values in agreement.items()}
    assert 0.95 > min(means["decay"], means["noisy"]) > 0.75 > means["greedy"] > 0.3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rounds": -1}, "rounds must be an integer"),
        ({"rounds": 1, "rule": "lazy"}, "rule must be one of exact"),
    ],
)
def test_bad_input_is_named(options, words):
    with pytest.raises(ValueError, match=words):
        bellman_ford_trace(graph_of(0), **options)
