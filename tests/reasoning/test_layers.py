"""Layers against loops, and the laws they obey or break by construction."""

import math

import numpy as np
import pytest

from corollary.algorithms import reasoning
from corollary.algorithms.reasoning import Graph
from corollary.theory import reasoning as theory


def random_input(seed: int, nodes: int = 7, edges: int = 20, f: int = 4, k: int = 2):
    rng = np.random.default_rng(seed)
    index = rng.integers(nodes, size=(2, edges))
    index[1] = np.concatenate([np.arange(nodes), index[1][nodes:]])  # everyone hears something
    return rng.normal(size=(nodes, f)), index, rng.normal(size=(edges, k))


REDUCE = {
    "sum": lambda m: m.sum(axis=0),
    "mean": lambda m: m.mean(axis=0),
    "max": lambda m: m.max(axis=0),
    "min": lambda m: m.min(axis=0),
    "log-sum-exp": lambda m: np.log(np.exp(m).sum(axis=0)),
    "softmax": lambda m: (np.exp(m) * m).sum(axis=0) / np.exp(m).sum(axis=0),
}


@pytest.mark.parametrize("name", reasoning.AGGREGATORS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_aggregators_equal_their_definitions(name, dtype):
    rng = np.random.default_rng(0)
    messages, heads = rng.normal(size=(30, 3)).astype(dtype), rng.integers(5, size=30)
    found = reasoning.aggregate(messages, heads, 5, name)
    assert found.dtype == dtype
    expected = [REDUCE[name](messages[heads == v].astype(np.float64)) for v in range(5)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=50 * np.finfo(dtype).eps)


def test_aggregators_of_nothing():
    units = {"max": -math.inf, "min": math.inf, "log-sum-exp": -math.inf}
    for name in reasoning.AGGREGATORS:
        empty = reasoning.aggregate(np.zeros((0, 2)), [], 1, name)
        assert empty.tolist() == [[units.get(name, 0.0)] * 2]


def test_log_sum_exp_of_infinities():
    low = [[-math.inf], [-math.inf], [1.0]]
    assert reasoning.aggregate(low, [0, 1, 1], 2, "log-sum-exp").tolist() == [[-math.inf], [1.0]]


@pytest.mark.parametrize("seed", range(3))
def test_layers_equal_loops_over_nodes(seed):
    h, index, e = random_input(seed)
    for level in (1, 2, 3):
        layer = reasoning.random_layer(level, 4, 2, seed)
        found = layer(h, index, e)
        for v in range(len(h)):
            messages = []
            for edge in np.flatnonzero(index[1] == v):
                u = index[0][edge]
                p = layer.message
                extra = e[edge] @ p.edge + p.bias
                if level == 3:
                    tropical = [
                        max(h[u][i] + p.sender[i, j] for i in range(4))
                        + max(h[v][i] + p.receiver[i, j] for i in range(4))
                        for j in range(4)
                    ]
                    messages.append(extra + tropical)
                else:
                    messages.append(h[v] @ p.receiver + h[u] @ p.sender + extra)
            m = np.max(messages, axis=0)
            if level == 1:
                expected = np.maximum(h[v] @ layer.own + m @ layer.received, 0)
            else:
                expected = np.maximum(h[v], m)
            np.testing.assert_allclose(found[v], expected, atol=1e-14)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_layers_commute_with_permutations_of_the_nodes(level):
    h, index, e = random_input(level)
    layer = reasoning.random_layer(level, 4, 2, 0)
    order = np.random.default_rng(9).permutation(len(h))
    rank = np.argsort(order)
    found = layer(h[order], rank[index], e)
    if level == 1:  # a matrix product may sum a permuted batch in another order
        np.testing.assert_allclose(found, layer(h, index, e)[order], atol=1e-14)
    else:
        np.testing.assert_allclose(found, layer(h, index, e)[order], rtol=1e-14)


def test_tropical_maps_commute_with_the_maximum_bit_by_bit():
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(3000, 4)), rng.normal(size=(3000, 4)), rng.normal(size=(4, 5))
    joined = np.maximum(reasoning.max_plus(x, w), reasoning.max_plus(y, w))
    assert np.array_equal(reasoning.max_plus(np.maximum(x, y), w), joined)
    assert np.all(np.isneginf(reasoning.max_plus(np.full(4, -np.inf), w)))


def test_the_log_sum_exp_map_does_not_commute_with_the_maximum():
    """The slip to look for in a level-3 layer, with the exact size of the gap."""
    rng = np.random.default_rng(1)

    def smooth(x, w):
        return np.logaddexp.reduce(x[..., :, None] + w, axis=-2)

    x, y, w = rng.normal(size=(3000, 4)), rng.normal(size=(3000, 4)), rng.normal(size=(4, 5))
    gap = smooth(np.maximum(x, y), w) - np.maximum(smooth(x, w), smooth(y, w))
    assert gap.min() >= -1e-15
    assert 0.5 < gap.max() <= theory.log_sum_exp_gap(2, 4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_path_layer_is_bellman_ford_bit_by_bit(dtype):
    rng = np.random.default_rng(3)
    ends = rng.integers(40, size=(2, 150))
    weights = (np.pi * rng.random(150)).astype(dtype)
    graph = Graph.from_edges(40, *ends, weights)
    start = np.full((40, 1), -np.inf, dtype=dtype)
    start[0] = 0
    layer = reasoning.path_layer(dtype)
    final = reasoning.unroll(layer, start, ends, -weights[:, None], steps=39)
    assert final.dtype == dtype
    assert np.array_equal(-final[:, 0], reasoning.shortest_paths(graph))


def test_decay_multiplies_before_every_call():
    h, index, e = random_input(0)
    layer = reasoning.random_layer(1, 4, 2, 0)
    expected = h
    for _ in range(3):
        expected = layer(0.9 * expected, index, e)
    assert np.array_equal(reasoning.unroll(layer, h, index, e, steps=3, decay=0.9), expected)
    assert not np.allclose(reasoning.unroll(layer, h, index, e, steps=3), expected)


def gmpnn_by_loops(step, x, h, e, g, sends):
    """Return the definition, index by index."""
    m, n = step.maps, len(x)
    z = np.concatenate([x, h], axis=1)
    new, pairs = np.empty_like(h), np.empty((n, n, h.shape[1]))
    for j in range(n):
        messages = []
        for i in range(n):
            if sends[i, j]:
                total = m["receiver"](z[j]) + m["sender"](z[i]) + m["edge"](e[i, j])
                total = np.maximum(total + m["graph"](g), 0)
                messages.append(m["mlp_2"](np.maximum(m["mlp_1"](total), 0)))
        received = np.max(messages, axis=0)
        own = np.maximum(m["own"](z[j]) + m["received"](received), 0)
        own = (own - own.mean()) / np.sqrt(own.var() + 1e-5)
        gate = m["gate_3"](np.maximum(m["gate_1"](z[j]) + m["gate_2"](received), 0))
        keep = 1 / (1 + np.exp(-gate))
        new[j] = keep * own + (1 - keep) * h[j]
        for k in range(n):
            triplets = [
                m["first"](z[i]) + m["second"](z[j]) + m["third"](z[k])
                + m["first_second"](e[i, j]) + m["first_third"](e[i, k])
                + m["second_third"](e[j, k]) + m["triplet_graph"](g)
                for i in range(n)
            ]  # fmt: skip
            pairs[j, k] = np.maximum(m["pair"](np.max(triplets, axis=0)), 0)
    return new, pairs


def test_triplet_gmpnn_equals_its_definition_and_takes_batches():
    step = reasoning.random_triplet_gmpnn(node_features=3, edge_features=2, hidden=6, seed=1)
    rng = np.random.default_rng(2)
    x, h, e = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 6)), rng.normal(size=(2, 5, 5, 2))
    g, sends = rng.normal(size=(2, 1)), rng.random((2, 5, 5)) < 0.5
    sends |= np.eye(5, dtype=bool)
    found = step(x, h, e, g, sends)
    for b in range(2):
        expected = gmpnn_by_loops(step, x[b], h[b], e[b], g[b], sends[b])
        np.testing.assert_allclose(found[0][b], expected[0], atol=1e-13)
        np.testing.assert_allclose(found[1][b], expected[1], atol=1e-13)


def hybrid(seed: int = 0):
    layer = reasoning.random_layer(2, 4, 2, seed)
    return reasoning.random_transnar(tokens=6, nodes=4, reasoner=layer, seed=seed)


def test_a_closed_gate_leaves_the_tokens_alone():
    h, index, e = random_input(0)
    tokens = np.random.default_rng(0).normal(size=(5, 6))
    closed, _ = hybrid()(tokens, h, index, e, steps=3, gate=0.0)
    alone, _ = hybrid()(tokens, np.zeros((1, 4)), index[:, :0], e[:0], steps=3, gate=0.0)
    opened, _ = hybrid()(tokens, h, index, e, steps=3, gate=0.1)
    assert np.array_equal(closed, alone)
    assert not np.allclose(closed, opened)


def test_the_first_order_effect_of_the_gate_is_linear():
    h, index, e = random_input(0)
    tokens = np.random.default_rng(0).normal(size=(5, 6))
    outputs = {
        gate: hybrid()(tokens, h, index, e, steps=2, gate=gate)[0] for gate in (0, 1e-4, 2e-4)
    }
    single, double = outputs[1e-4] - outputs[0], outputs[2e-4] - outputs[0]
    np.testing.assert_allclose(double, 2 * single, atol=1e-6)
    assert np.abs(single).max() > 1e-5


def test_the_reasoner_never_sees_the_tokens():
    h, index, e = random_input(0)
    rng = np.random.default_rng(0)
    streams = [hybrid()(rng.normal(size=(5, 6)), h, index, e, steps=3, gate=1.0) for _ in range(2)]
    alone = reasoning.unroll(hybrid().reasoner, h, index, e, steps=3)
    assert np.array_equal(streams[0][1], streams[1][1])
    assert np.array_equal(streams[0][1], alone)
    assert not np.allclose(streams[0][0], streams[1][0])


def test_the_language_model_is_causal():
    h, index, e = random_input(0)
    tokens = np.random.default_rng(0).normal(size=(5, 6))
    changed = tokens.copy()
    changed[3:] += 1
    one, _ = hybrid()(tokens, h, index, e, steps=2, gate=0.5)
    other, _ = hybrid()(changed, h, index, e, steps=2, gate=0.5)
    np.testing.assert_allclose(one[:3], other[:3], rtol=1e-12)
    assert not np.allclose(one[3:], other[3:])


def test_reading_does_not_depend_on_the_order_of_the_nodes():
    attention = hybrid().cross_attention
    rng = np.random.default_rng(0)
    tokens, nodes = rng.normal(size=(5, 6)), rng.normal(size=(40, 4))
    found = attention(tokens, nodes[rng.permutation(40)])
    np.testing.assert_allclose(found, attention(tokens, nodes), rtol=1e-12)


@pytest.mark.parametrize("nodes", [4, 16, 64])
def test_retrieval_error_stays_below_its_bound(nodes):
    rng = np.random.default_rng(nodes)
    graph = Graph.from_edges(
        nodes, *rng.integers(nodes, size=(2, 4 * nodes)), np.pi * rng.random(4 * nodes)
    )
    keys, values = reasoning.reasoner_states(graph)
    for margin in (2.0, theory.margin_needed(nodes, 0.01)):
        read = reasoning.retrieve(keys, keys, values, margin=float(margin))
        bound = theory.retrieval_error(nodes, margin, np.ptp(values, axis=0))
        assert np.all(np.abs(read - values).max(axis=0) <= bound * (1 + 1e-12))


BIG = np.zeros((2, 4)), np.array([[0], [1]]), np.zeros((1, 2))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: reasoning.aggregate([[1.0]], [1], 1, "max"), ValueError, "receivers must hold"),
        (lambda: reasoning.aggregate([[1.0]], [0.0], 1, "max"), TypeError, "receivers must be int"),
        (lambda: reasoning.aggregate([[1.0]], [0], 1, "median"), ValueError, "aggregator must be"),
        (lambda: reasoning.aggregate([[math.nan]], [0], 1, "max"), ValueError, "not be NaN"),
        (lambda: reasoning.aggregate([1.0], [0], 1, "max"), ValueError, "two axes"),
        (lambda: reasoning.aggregate([["a"]], [0], 1, "max"), TypeError, "float32 or float64"),
        (lambda: reasoning.aggregate([[math.inf]], [0], 1, "softmax"), ValueError, "finite"),
        (lambda: reasoning.random_layer(4, 2, 2, 0), ValueError, "level must be"),
        (
            lambda: reasoning.random_layer(1, 4, 2, 0)(BIG[0], np.array([[0], [2]]), BIG[2]),
            ValueError,
            r"node ids in 0..1, got 2",
        ),
        (
            lambda: reasoning.random_layer(1, 4, 2, 0)(BIG[0], np.array([0, 1]), BIG[2]),
            ValueError,
            r"edge_index must have shape \(2, 1\)",
        ),
        (
            lambda: reasoning.random_layer(2, 4, 2, 0)(np.full((2, 4), np.inf), *BIG[1:]),
            ValueError,
            "must be finite for affine",
        ),
        (
            lambda: reasoning.unroll(reasoning.path_layer(), *BIG, steps=-1),
            ValueError,
            "steps must be",
        ),
        (
            lambda: reasoning.unroll(reasoning.path_layer(), *BIG, steps=1, decay=0),
            ValueError,
            "decay must lie",
        ),
        (
            lambda: hybrid()(np.full((2, 6), np.inf), *BIG, steps=1, gate=0.0),
            ValueError,
            "must be finite",
        ),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_gmpnn_names_bad_input():
    step = reasoning.random_triplet_gmpnn(node_features=1, edge_features=1, hidden=2, seed=0)
    x, h, e, g = np.zeros((2, 1)), np.zeros((2, 2)), np.zeros((2, 2, 1)), np.zeros(1)
    with pytest.raises(ValueError, match="in-neighbour for every node"):
        step(x, h, e, g, np.array([[True, False], [True, False]]))
    with pytest.raises(ValueError, match=r"edges must have shape \(..., 2, 2, k\)"):
        step(x, h, e[:1], g, np.eye(2))
    with pytest.raises(ValueError, match="nodes and hidden"):
        step(x[:1], h, e, g, np.eye(2))
