"""Walk sums over semirings, and the homomorphisms between them."""

import math

import numba
import numpy as np
import pytest

from corollary.algorithms import reasoning
from corollary.algorithms.reasoning import Graph, Monoid, Semiring
from corollary.algorithms.reasoning._definition import semiring_rounds_definition

IDEMPOTENT = ["MIN_PLUS", "MAX_MIN", "MIN_MAX", "MAX_TIMES"]


def random_graph(seed: int, nodes: int = 9, edges: int = 25, acyclic: bool = False) -> Graph:
    rng = np.random.default_rng(seed)
    ends = rng.integers(nodes, size=(edges, 2))
    if acyclic:
        ends = np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1)
    weights = rng.random(len(ends))  # at most 1, as the semiring of reliabilities needs
    return Graph.from_edges(nodes, ends[:, 0], ends[:, 1], weights)


def start(semiring: Semiring, nodes: int) -> np.ndarray:
    states = np.array([semiring.plus.unit] * nodes)
    states[0] = semiring.one
    return states


@pytest.mark.parametrize("name", [*IDEMPOTENT, "MAX_PLUS", "LOG_PLUS"])
@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_rounds_equal_the_definition(name, rounds):
    semiring = getattr(reasoning, name)
    for seed in range(5):
        graph = random_graph(seed)
        states = start(semiring, graph.nodes)
        found, done = reasoning.semiring_rounds(graph, states, semiring, rounds=rounds)
        expected = semiring_rounds_definition(graph, states.tolist(), semiring, rounds)
        assert done == rounds
        if name == "LOG_PLUS":
            np.testing.assert_allclose(found, expected, rtol=1e-14)
        else:
            assert found.tolist() == expected


@pytest.mark.parametrize("name", IDEMPOTENT)
def test_relaxation_reaches_the_fixed_point_of_the_rounds(name):
    semiring = getattr(reasoning, name)
    for seed in range(20):
        graph = random_graph(seed, nodes=30, edges=90)
        states = start(semiring, graph.nodes)
        fixed, rounds = reasoning.semiring_rounds(graph, states, semiring)
        assert rounds <= graph.nodes - 1
        assert np.array_equal(reasoning.relax(graph, states, semiring), fixed)


def test_a_path_needs_all_its_rounds():
    graph = Graph.from_edges(7, range(6), range(1, 7))
    _, rounds = reasoning.semiring_rounds(graph, start(reasoning.MIN_PLUS, 7), reasoning.MIN_PLUS)
    assert rounds == 6


@pytest.mark.parametrize("seed", range(20))
def test_homomorphisms_of_semirings_commute_with_the_engine(seed):
    graph = random_graph(seed, acyclic=True)
    one_way = {}
    for name in ("MIN_PLUS", "BOOLEAN", "MAX_TIMES"):
        semiring = getattr(reasoning, name)
        one_way[name] = reasoning.relax(graph, start(semiring, graph.nodes), semiring)
    ones = Graph(graph.indptr, graph.targets, np.ones(graph.edges, dtype=np.int64))
    counts, _ = reasoning.semiring_rounds(
        ones, start(reasoning.COUNTING, graph.nodes), reasoning.COUNTING
    )
    assert np.array_equal(np.isfinite(one_way["MIN_PLUS"]), one_way["BOOLEAN"])
    assert np.array_equal(counts > 0, one_way["BOOLEAN"])
    logs = Graph(graph.indptr, graph.targets, -np.log(graph.weights))
    distances = reasoning.relax(logs, start(reasoning.MIN_PLUS, graph.nodes), reasoning.MIN_PLUS)
    np.testing.assert_allclose(np.exp(-distances), one_way["MAX_TIMES"], rtol=1e-12)


def test_k_smallest_equals_enumeration_of_walks():
    graph = random_graph(3, nodes=5, edges=9)
    semiring = reasoning.k_smallest(4)
    found, rounds = reasoning.semiring_rounds(graph, start(semiring, 5), semiring)
    walks: list[list[float]] = [[] for _ in range(5)]
    front = [(0, 0.0)]
    edges = list(zip(graph.sources, graph.targets, graph.weights, strict=True))
    for _ in range(rounds + 1):
        for v, length in front:
            walks[v].append(length)
        front = [(v, length + w) for u, length in front for s, v, w in edges if s == u]
    for v in range(5):
        expected = (sorted(walks[v]) + [math.inf] * 4)[:4]
        assert found[v].tolist() == expected


def test_counts_overflow_with_an_error():
    """A ladder of 64 diamonds has 2^64 paths."""
    nodes = np.arange(64)
    graph = Graph.from_edges(
        65, np.repeat(nodes, 2), np.repeat(nodes + 1, 2), np.ones(128, dtype=np.int64)
    )
    with pytest.raises(OverflowError, match="count exceeds"):
        reasoning.semiring_rounds(graph, start(reasoning.COUNTING, 65), reasoning.COUNTING)


@numba.njit
def least(a, b):
    return min(a, b)


@numba.njit
def plus(a, b):
    return a + b


@pytest.mark.parametrize("compiled", [True, False])
def test_user_laws_compiled_or_plain(compiled):
    laws = (least, plus) if compiled else (min, lambda a, w: a + w)
    mine = Semiring(Monoid(laws[0], math.inf), laws[1], 0.0, idempotent=True)
    graph = random_graph(1)
    states = start(mine, graph.nodes)
    expected = reasoning.relax(graph, states, reasoning.MIN_PLUS)
    assert np.array_equal(reasoning.relax(graph, states, mine), expected)
    assert np.array_equal(reasoning.semiring_rounds(graph, states, mine)[0], expected)


def raising(a, b):
    raise RuntimeError("no law today")


LOOP = Graph.from_edges(2, [0, 1], [1, 0], [1.0, 1.0])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: reasoning.semiring_rounds(LOOP, [1, 0], reasoning.COUNTING),
            ValueError,
            "still change after 2 rounds",
        ),
        (
            lambda: reasoning.relax(LOOP, [0.0, -math.inf], reasoning.MAX_PLUS),
            ValueError,
            "no fixed point within",
        ),
        (
            lambda: reasoning.relax(LOOP, [1, 0], reasoning.COUNTING),
            ValueError,
            "must be idempotent",
        ),
        (
            lambda: reasoning.relax(LOOP, [0.0], reasoning.MIN_PLUS),
            ValueError,
            "one state per node",
        ),
        (
            lambda: reasoning.relax(LOOP, [0.0, math.nan], reasoning.MIN_PLUS),
            ValueError,
            "start must not be NaN",
        ),
        (lambda: reasoning.relax(LOOP, [0.5, 0.5], reasoning.BOOLEAN), TypeError, "bool elements"),
        (
            lambda: reasoning.relax(
                LOOP, [0.0, 1.0], Semiring(Monoid(raising, math.inf), plus, 0.0, True)
            ),
            ValueError,
            "plus raised RuntimeError: no law today",
        ),
        (
            lambda: reasoning.relax(
                LOOP, [0.0, 1.0], Semiring(Monoid(min, math.inf), lambda a, w: None, 0.0, True)
            ),
            TypeError,
            "times must return float64, got None",
        ),
        (
            lambda: reasoning.relax(
                LOOP,
                [0.0, 1.0],
                Semiring(Monoid(least, math.inf), numba.njit(lambda a, w: 1j), 0.0, True),
            ),
            TypeError,
            "times must return float64, got complex128",
        ),
        (lambda: reasoning.k_smallest(0), ValueError, "k must be at least 1"),
        (lambda: reasoning.k_smallest(1.5), TypeError, "k must be an integer"),
        (
            lambda: reasoning.semiring_rounds(LOOP, [0.0, 1.0], reasoning.MIN_PLUS, rounds=-1),
            ValueError,
            "rounds must not be negative",
        ),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
