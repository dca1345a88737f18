"""Colour refinement and networks on the graph atlas; growth of sums on stars."""

from collections import Counter

import networkx
import numpy as np
import pytest
from networkx.generators.atlas import graph_atlas_g

from corollary.algorithms import reasoning
from corollary.algorithms.reasoning import Graph
from corollary.theory import reasoning as theory

ATLAS = graph_atlas_g()[1:]


@pytest.fixture(scope="module")
def classes():
    return reasoning.refinement_classes(ATLAS, rounds=7)


def same_partition(one, other):
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


def test_refinement_of_the_atlas(classes):
    assert len(ATLAS) == theory.ATLAS_GRAPHS
    assert len(set(classes)) == theory.ATLAS_REFINEMENT_CLASSES
    sizes = Counter(classes)
    assert set(sizes.values()) == {1, 2}
    pairs = Counter(
        len(graph) for graph, number in zip(ATLAS, classes, strict=True) if sizes[number] == 2
    )
    assert {n: count // 2 for n, count in pairs.items()} == theory.ATLAS_EQUIVALENT_PAIRS


@pytest.mark.filterwarnings("ignore:The hashes produced for graphs:UserWarning")
def test_refinement_equals_the_partition_of_networkx(classes):
    hashes = [networkx.weisfeiler_lehman_graph_hash(graph, iterations=7) for graph in ATLAS]
    assert same_partition(classes, hashes)


def test_a_random_sum_network_reaches_refinement_and_no_more(classes):
    outputs = reasoning.graph_outputs(ATLAS, "sum")
    assert same_partition(classes, reasoning.distinct_outputs(outputs, tolerance=1e-10))
    assert same_partition(classes, reasoning.distinct_outputs(outputs, tolerance=1e-8))


@pytest.mark.parametrize("aggregator", ["mean", "max"])
def test_mean_and_max_see_only_the_isolated_nodes(aggregator):
    found = reasoning.distinct_outputs(reasoning.graph_outputs(ATLAS, aggregator))
    counts = [(len(graph), networkx.number_of_isolates(graph)) for graph in ATLAS]
    assert len(set(found)) == theory.mean_or_max_classes(7)
    assert same_partition(found, counts)


@pytest.mark.parametrize("layers", range(1, 7))
def test_sums_on_stars_grow_like_the_predicted_power(layers):
    degrees = [
        reasoning.star_growth(reasoning.random_star_network(layers, seed=seed))
        for seed in range(60)
    ]
    assert max(degrees) == theory.star_degree(layers)


def test_star_outputs_equal_a_network_on_the_star():
    network = reasoning.random_star_network(3, seed=4)
    star = networkx.star_graph(5)
    nodes, ends = reasoning.as_edges(star)
    h = np.ones((nodes, 3))
    for own, received, bias in zip(network.own, network.received, network.bias, strict=True):
        m = reasoning.aggregate(h[ends[0]], ends[1], nodes, "sum")
        h = np.maximum(h @ own.astype(float) + m @ received.astype(float) + bias.astype(float), 0)
    assert reasoning.star_outputs(network, 5) == [*h[0], *h[1]]


def test_aggregators_part_on_small_multisets():
    """Sums confuse {1, 1, 1, 1} with {2, 2}; means and maxima {1, 2} with {1, 1, 2, 2}."""

    def gather(values, aggregator):
        messages = np.array(values, dtype=float)[:, None]
        return reasoning.aggregate(messages, [0] * len(values), 1, aggregator).item()

    def equal(one, other):
        return {name for name in ("sum", "mean", "max") if gather(one, name) == gather(other, name)}

    assert equal([1, 1, 1, 1], [2, 2]) == {"sum"}
    assert equal([1, 2], [1, 1, 2, 2]) == {"mean", "max"}
    assert equal([1, 2], [1, 1, 2]) == {"max"}


def test_growth_of_something_else_is_named():
    with pytest.raises(ValueError, match="polynomials of degree <= 0"):
        reasoning.star_growth(reasoning.random_star_network(5, seed=1), degree=0)


def test_refinement_follows_the_direction_of_edges():
    out, back = Graph.from_edges(3, [0, 0], [1, 2]), Graph.from_edges(3, [1, 2], [0, 0])
    assert reasoning.refinement_classes([out, back, out], rounds=3) == [0, 1, 0]
