"""Asynchronous runs: compiled equals interpreted, schedules, cost, and clear errors."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from corollary.algorithms import reasoning
from corollary.algorithms.reasoning import (
    MIN_PLUS,
    MINIMUM,
    Graph,
    Monoid,
    Random,
    Script,
    System,
    UnfinishedRunError,
    relaxation_system,
    run,
    start_run,
)

SCHEDULES = ["bsp", "fifo", "lifo", "priority", Random(0), Random(7)]
SHORTEST = relaxation_system(MIN_PLUS)


def random_graph(seed: int, nodes: int = 7, edges: int = 16) -> Graph:
    rng = np.random.default_rng(seed)
    return Graph.from_edges(
        nodes,
        rng.integers(nodes, size=edges),
        rng.integers(nodes, size=edges),
        np.pi * rng.random(edges),
    )


def exponential_family(k: int) -> Graph:
    """Heavy edges come last, so that the newest-first schedule takes them first."""
    edges = []
    for i in range(k):
        light = k + 1 + i
        edges += [(i, light, 0.0), (i, i + 1, 2.0 ** (k - i - 1)), (light, i + 1, 0.0)]
    return Graph.from_edges(2 * k + 1, *map(list, zip(*edges, strict=True)))


@numba.njit
def merge(a, b):
    merged = a.copy()
    for i in range(a.size):
        merged[i] = min(a[i], b[i])
    return merged


@numba.njit
def joined_if_changed(s, m):
    joined = merge(s, m)
    if joined[0] == s[0] and joined[1] == s[1]:
        joined[:] = np.inf
    return joined


@numba.njit
def shifted(a, w):
    return a + w


ROWS = System(
    Monoid(merge, [math.inf, math.inf]),
    Monoid(merge, [math.inf, math.inf]),
    merge,
    joined_if_changed,
    shifted,
)


@pytest.mark.parametrize(
    ("schedule", "rows"),
    [*((schedule, False) for schedule in SCHEDULES), ("bsp", True), ("lifo", True)],
)
def test_compiled_runs_equal_interpreted_runs(schedule, rows):
    for seed in range(8):
        graph = random_graph(seed)
        if seed % 2:  # small integers, so that messages tie
            graph = Graph(graph.indptr, graph.targets, np.floor(graph.weights))
        if rows:
            inputs = [(0, [0.0, 2.0]), (1, [1.0, 0.5]), (0, [3.0, 0.0])]
            start = start_run(ROWS, graph, np.full((graph.nodes, 2), math.inf), inputs)
        else:
            inputs = [(0, 0.0), (1, 0.5), (0, 0.25)]
            start = start_run(SHORTEST, graph, np.full(graph.nodes, math.inf), inputs)
        fast, plain = start.run(schedule), start.run(schedule, record=True)
        assert np.array_equal(fast.states, plain.states)
        assert (fast.deliveries, fast.updates, fast.rounds, fast.waiting) == (
            plain.deliveries,
            plain.updates,
            plain.rounds,
            plain.waiting,
        )


def test_equal_priorities_keep_their_order():
    """Messages are rows (priority, name); the state writes down the names in order."""

    @numba.njit
    def first(a, b):
        return a

    @numba.njit
    def write(s, m):
        return 10 * s + m[1]

    @numba.njit
    def say_nothing(s, m):
        return 0

    @numba.njit
    def along(a, w):
        return np.array([a, a])

    log = System(Monoid(first, [0, 0]), Monoid(max, 0), write, say_nothing, along)
    inputs = [(0, [2, 7]), (0, [1, 1]), (0, [2, 8]), (0, [1, 2]), (0, [1, 3]), (0, [2, 9])]
    start = start_run(log, Graph.from_edges(1, [], []), [0], inputs)
    for record in (False, True):
        assert start.run("priority", record=record).states.tolist() == [123789]


@pytest.mark.parametrize("seed", range(5))
def test_a_recorded_run_is_replayed_by_its_script(seed):
    graph = random_graph(seed)
    start = start_run(SHORTEST, graph, np.full(graph.nodes, math.inf), [(0, 0.0), (1, 0.5)])
    recorded = start.run(Random(seed), record=True)
    script = Script(tuple(event.choice for event in recorded.events))
    replayed = start.run(script, record=True)
    assert [event[:4] for event in replayed.events] == [event[:4] for event in recorded.events]


@pytest.mark.parametrize("seed", range(10))
def test_every_schedule_ends_in_the_shortest_paths(seed):
    graph = random_graph(seed, nodes=20, edges=60)
    expected = reasoning.shortest_paths(graph)
    start = start_run(SHORTEST, graph, np.full(20, math.inf), [(0, 0.0)])
    for schedule in [*SCHEDULES, *map(Random, range(10, 40))]:
        assert np.array_equal(start.run(schedule).states, expected)


@pytest.mark.parametrize("k", range(1, 11))
def test_cost_of_the_exponential_family(k):
    graph = exponential_family(k)
    start = start_run(SHORTEST, graph, np.full(graph.nodes, math.inf), [(0, 0.0)])
    newest, least = start.run("lifo"), start.run("priority")
    assert newest.deliveries == 3 * 2**k - 2
    assert (least.deliveries, least.updates) == (3 * k + 1, 2 * k + 1)
    assert np.array_equal(newest.states, least.states)


def test_random_runs_of_one_seed_are_equal_and_seeds_differ():
    graph = random_graph(0, nodes=20, edges=80)
    start = start_run(SHORTEST, graph, np.full(20, math.inf), [(0, 0.0)])
    costs = [start.run(Random(seed)).deliveries for seed in (1, 1, 2, 3, 4)]
    assert costs[0] == costs[1]
    assert len(set(costs)) > 2


def test_self_loop_joins_the_bag_and_not_the_batch():
    """The node sends itself 2 and then 1; were they in the batch at hand, it would end at once."""
    down = System(
        Monoid(lambda a, b: a + b, 0),
        Monoid(lambda a, b: a + b, 0),
        lambda s, m: s + m,
        lambda s, m: m - 1,
        lambda a, w: a,
    )
    result = run(down, Graph.from_edges(1, [0], [0]), [0], [(0, 3)], record=True)
    assert [event.messages for event in result.events] == [(3,), (2,), (1,)]
    assert result.states.tolist() == [6]


def test_adversary_chooses_a_sub_bag():
    offers = []

    def newest_two(pending):
        offers.append(pending)
        node = pending[-1].node
        return [i for i, entry in enumerate(pending) if entry.node == node][-2:]

    graph = Graph.from_edges(2, [0], [1], [1.0])
    start = [(0, 5.0), (0, 4.0), (0, 3.0)]
    result = run(SHORTEST, graph, [math.inf] * 2, start, newest_two, record=True)
    assert result.events[0].messages == (4.0, 3.0)
    assert [len(offer) for offer in offers] == [3, 2, 1]


def test_objects_as_states():
    """Reachable sets: states, messages and arguments are frozensets."""
    union = Monoid(lambda a, b: a | b, frozenset())
    gossip = System(union, union, lambda s, m: s | m, lambda s, m: m - s, lambda a, w: a)
    ring = Graph.from_edges(3, [0, 1, 2], [1, 2, 0])
    inputs = [(v, frozenset([v])) for v in range(3)]
    for schedule in ("bsp", "fifo", Random(3)):
        result = run(gossip, ring, [frozenset()] * 3, inputs, schedule)
        assert result.states.tolist() == [frozenset({0, 1, 2})] * 3


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_empty_graph_and_no_inputs(schedule):
    assert run(SHORTEST, Graph.from_edges(0, [], []), [], [], schedule).states.size == 0
    lonely = run(SHORTEST, Graph.from_edges(2, [], []), [math.inf] * 2, [], schedule)
    assert lonely.states.tolist() == [math.inf] * 2
    assert lonely.deliveries == 0


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_run_without_end_is_bounded_and_reported(schedule):
    cycle = Graph.from_edges(2, [0, 1], [1, 0], [1.0, -2.0])
    with pytest.raises(UnfinishedRunError, match="did not end within 50 deliveries: 1 mess") as e:
        run(SHORTEST, cycle, [math.inf] * 2, [(0, 0.0)], schedule, limit=50)
    assert e.value.run.waiting == 1


def test_states_are_not_changed():
    states = np.full(3, math.inf)
    run(SHORTEST, Graph.from_edges(3, [0], [1]), states, [(0, 0.0)])
    assert np.all(np.isinf(states))


PAIR = Graph.from_edges(2, [0], [1], [1.0])
INF2 = [math.inf, math.inf]


def raising(s, m):
    raise KeyError("lost")


def with_update(update):
    return System(MINIMUM, MINIMUM, update, SHORTEST.argument_function, SHORTEST.message_function)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: run(None, PAIR, INF2, []), TypeError, "system must be a System"),
        (lambda: run(SHORTEST, PAIR, INF2, [], "best"), ValueError, "schedule must be one of bsp"),
        (lambda: run(SHORTEST, PAIR, INF2, [], limit=-1), ValueError, "limit must be an integer"),
        (lambda: run(SHORTEST, PAIR, INF2, [], 3), TypeError, "got int"),
        (lambda: run(SHORTEST, PAIR, INF2, [], Random(0.5)), TypeError, "seed must be an integer"),
        (lambda: run(SHORTEST, PAIR, [0.0], []), ValueError, "states must have one entry per node"),
        (lambda: run(SHORTEST, PAIR, [0.0, math.nan], []), ValueError, "states must not be NaN"),
        (lambda: run(SHORTEST, PAIR, INF2, [(2, 0.0)]), ValueError, r"nodes in 0..1, got 2"),
        (lambda: run(SHORTEST, PAIR, INF2, [(0.0, 0.0)]), TypeError, "nodes by integers"),
        (lambda: run(SHORTEST, PAIR, INF2, [3]), TypeError, r"pairs \(node, message\)"),
        (lambda: run(SHORTEST, PAIR, INF2, [(0, "a")]), TypeError, "inputs must be float64"),
        (lambda: run(SHORTEST, PAIR, INF2, [(0, math.nan)]), ValueError, "inputs must not be NaN"),
        (
            lambda: run(with_update(raising), PAIR, INF2, [(0, 0.0)]),
            ValueError,
            "update raised KeyError: 'lost', called with",
        ),
        (
            lambda: run(with_update(lambda s, m: "x"), PAIR, INF2, [(0, 0.0)]),
            TypeError,
            "update must return float64, got 'x'",
        ),
        (lambda: run(with_update(7), PAIR, INF2, []), TypeError, "update must be a function"),
        (
            lambda: run(with_update(numba.njit(lambda s, m: s + m)), PAIR, [0, 0], []),
            TypeError,
            "update must return int64, got float64",
        ),
        (
            lambda: run(with_update(numba.njit(lambda s, m: s.lost)), PAIR, INF2, []),
            TypeError,
            "update does not compile",
        ),
        (
            lambda: run(SHORTEST, PAIR, INF2, [(0, 0.0)], lambda pending: []),
            ValueError,
            "at least one message",
        ),
        (
            lambda: run(SHORTEST, PAIR, INF2, [(0, 0.0), (1, 0.0)], lambda pending: [0, 1]),
            ValueError,
            "all of one node",
        ),
        (
            lambda: run(SHORTEST, PAIR, INF2, [(0, 0.0)], lambda pending: [1]),
            ValueError,
            r"indices in 0..0, got 1",
        ),
        (
            lambda: run(SHORTEST, PAIR, INF2, [(0, 0.0)], lambda pending: [0.0]),
            TypeError,
            "must return integers",
        ),
        (lambda: relaxation_system(MIN_PLUS, "loud"), ValueError, "rule must be one of"),
        (lambda: relaxation_system(reasoning.COUNTING), ValueError, "must be idempotent"),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


CACHED = """
import numpy as np
from corollary.algorithms.reasoning import MIN_PLUS, Graph, relaxation_system, run
from corollary.algorithms.reasoning._engine import run_rounds
run(relaxation_system(MIN_PLUS), Graph.from_edges(2, [0], [1]), [np.inf] * 2, [(0, 0.0)])
print(sum(run_rounds._cached.stats.cache_hits.values()))
"""


def test_kernels_over_built_in_laws_are_cached_between_processes(tmp_path):
    source = Path(__file__).parents[2] / "src"
    hits = []
    for _ in range(2):
        environment = {**os.environ, "PYTHONPATH": str(source), "NUMBA_CACHE_DIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", CACHED],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        hits.append(int(done.stdout))
    assert hits == [0, 1]
