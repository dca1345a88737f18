"""The schedule fuzzer finds what depends on the schedule, and shrinks it."""

import math

import numpy as np
import pytest

from corollary.algorithms import reasoning
from corollary.algorithms.reasoning import (
    MIN_PLUS,
    Graph,
    Monoid,
    Random,
    System,
    relaxation_system,
    run,
    start_run,
)
from corollary.verify.reasoning import fuzz, fuzz_instance

INF = math.inf
WEIGHTS = [0.0, 1.0, 0.1, math.pi]
LEAST = Monoid(min, INF)
UNION = Monoid(lambda a, b: a | b, frozenset())
SETS = [frozenset(), frozenset({1}), frozenset({2}), frozenset({1, 2})]


def replays(report, system):
    """Return whether both scripts of a disagreement lead again to the reported ends."""
    found = report.disagreement
    ends = [
        run(system, found.graph, found.states, found.inputs, script).states.tolist()
        for script in found.scripts
    ]
    return ends == list(found.finals) and ends[0] != ends[1]


def test_shortest_paths_agree_bit_by_bit():
    report = fuzz(
        relaxation_system(MIN_PLUS), messages=[0.0, 0.3], states=[INF, 1.0], weights=WEIGHTS
    )
    assert report and report.runs > 20000 and report.unfinished == 0


def test_sandpiles_agree_where_they_come_to_rest():
    piles = reasoning.sandpile_system()
    report = fuzz(piles, messages=[1, 5], states=reasoning.sandpile_states, graphs=40, limit=300)
    assert report and 0 < report.unfinished < report.runs


def test_sums_of_both_signs_depend_on_the_schedule_on_cycles_only():
    system = reasoning.sum_system()
    assert fuzz(system, messages=[1, -1, 2], states=[0], acyclic=True)
    report = fuzz(system, messages=[1, -1], states=[0])
    assert replays(report, system)
    assert len(report.disagreement.states) == 2 == len(report.disagreement.inputs)


def test_sending_the_state_of_a_sum_shrinks_to_one_edge():
    system = reasoning.sum_system("state")
    report = fuzz(system, messages=[1, -1, 2], states=[0, 1], acyclic=True)
    assert replays(report, system)
    assert report.disagreement.instance.edges == ((0, 1, 0),)
    assert report.disagreement.inputs == [(0, 1), (0, 1)]
    assert "0 takes [1, 1]" in str(report)


def test_first_reach_shrinks_to_three_nodes():
    first = System(LEAST, LEAST, min, lambda s, m: m if s == INF else INF, lambda a, w: a + w)
    report = fuzz(first, messages=[0.0], states=[INF], weights=[0.0, 1.0, 2.0, 5.0])
    assert replays(report, first)
    assert len(report.disagreement.states) <= 4
    assert report.disagreement.graph.edges == 2


@pytest.mark.parametrize("announced", [True, False])
def test_unannounced_states_need_a_cocycle(announced):
    """The message that changed the state is recoverable, which is enough from bottom only."""

    def changing(s, m):
        return frozenset() if m <= s else m

    system = System(UNION, UNION, lambda s, m: s | m, changing, lambda a, w: a)
    states = SETS[:1] if announced else SETS
    assert bool(fuzz(system, messages=SETS[1:], states=states)) == announced
    lawful = System(UNION, UNION, lambda s, m: s | m, lambda s, m: m - s, lambda a, w: a)
    assert fuzz(lawful, messages=SETS[1:], states=SETS, graphs=50)


def test_a_rule_that_is_not_normalised_still_agrees_where_it_ends():
    system = System(LEAST, LEAST, min, min, lambda a, w: a + w)
    assert fuzz(system, messages=[0.0], states=[INF], weights=WEIGHTS, acyclic=True, graphs=50)
    report = fuzz(system, messages=[0.0], states=[INF], weights=WEIGHTS, graphs=20, limit=100)
    assert report and report.unfinished > 0


def test_parents_by_arrival_depend_on_the_schedule():
    """Rows (distance, parent) where the first of equal distances wins; the message names u."""

    def nearer(a, b):
        return a if a[0] <= b[0] else b

    def changed(s, m):
        return m if m[0] < s[0] else np.array([np.inf, -1.0])

    def along(a, w):
        return np.array([a[0] + w[0], w[1]])

    none = Monoid(nearer, [INF, -1.0])
    system = System(none, none, nearer, changed, along)
    edges = [(1.0, 0.0), (1.0, 1.0), (1.0, 2.0)]
    report = fuzz(system, messages=[(0.0, -1.0)], states=[(INF, -1.0)], weights=edges, graphs=60)
    assert replays(report, system)


def test_float_sums_agree_up_to_rounding_only():
    log_sum = reasoning.LOG_SUM_EXP
    system = System(log_sum, log_sum, log_sum.combine, lambda s, m: m, lambda a, w: a + w)
    options = {"messages": [0.0, 0.3, -1.7], "states": [-INF], "weights": WEIGHTS, "acyclic": True}
    assert fuzz(system, **options, graphs=60, tolerance=1e-13)
    assert not fuzz(system, **options)


def test_compiled_and_interpreted_fuzzing_see_the_same_runs():
    compiled = relaxation_system(MIN_PLUS)
    plain = System(LEAST, LEAST, min, lambda s, m: INF if s <= m else m, lambda a, w: a + w)
    options = {"messages": [0.0], "states": [INF], "weights": WEIGHTS, "graphs": 5}
    assert fuzz(compiled, **options) == fuzz(plain, **options)


def test_one_given_graph():
    graph = Graph.from_edges(2, [0, 1], [1, 0])
    system = reasoning.sum_system()
    report = fuzz_instance(system, graph, states=[0, 0], inputs=[(0, 1), (1, -1)])
    assert replays(report, system)
    assert not report and report.disagreement.instance is None


def test_runs_without_an_end_are_no_success():
    endless = relaxation_system(MIN_PLUS)
    loop = Graph.from_edges(1, [0], [0], [-1.0])
    report = fuzz_instance(endless, loop, states=[INF], inputs=[(0, 0.0)], limit=50, schedules=5)
    assert not report
    assert report.unfinished == report.runs == 5
    assert "no run came to an end" in str(report)


def raising(s, m):
    raise RuntimeError("no")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"graphs": 0}, ValueError, "graphs must be a positive integer"),
        ({"schedules": 1.5}, ValueError, "schedules must be a positive integer"),
        ({"messages": []}, ValueError, "messages must hold"),
        ({"messages": ["a"]}, TypeError, "inputs must be float64"),
        ({"weights": [math.nan]}, ValueError, "weights must not be NaN"),
        ({"states": [math.nan]}, ValueError, "states must not be NaN"),
    ],
)
def test_bad_input_is_named(options, error, words):
    options = {"messages": [0.0], "states": [INF], "nodes": 3, **options}
    with pytest.raises(error, match=words):
        fuzz(relaxation_system(MIN_PLUS), **options)


def test_a_raising_law_is_named():
    system = System(LEAST, LEAST, raising, raising, lambda a, w: a + w)
    with pytest.raises(ValueError, match="argument_function raised RuntimeError: no"):
        fuzz(system, messages=[0.0], states=[INF])


def has_cycle(parents):
    for start in range(len(parents)):
        v = start
        for _ in parents:
            v = parents[v] if v >= 0 else -1
        if v >= 0:
            return True
    return False


@pytest.mark.parametrize("with_hops", [True, False])
def test_parents_in_keys_need_the_hops(with_hops):
    """With weights 0 and 1 the keys (d, parent) can point round in a circle, (d, hops, parent) not.

    Neither depends on the schedule: whole numbers are added exactly.
    """
    none = np.full(3, INF)

    def least(a, b):
        return a if a.tolist() <= b.tolist() else b

    def changed(s, m):
        return none if s.tolist() <= m.tolist() else m

    def along(a, w):
        return np.array([a[0] + w[0], a[1] + 1 if with_hops else 0.0, w[1]])

    system = System(Monoid(least, none), Monoid(least, none), least, changed, along)
    circles = 0
    rng = np.random.default_rng(0)
    for _ in range(60):
        ends = rng.integers(8, size=(2, 20))
        weights = np.stack([rng.integers(2, size=20), ends[0]], axis=1)
        graph = Graph.from_edges(8, *ends, weights)
        start = start_run(system, graph, np.full((8, 3), INF), [(0, [0.0, 0.0, -1.0])])
        finals = [start.run(schedule).states for schedule in ("fifo", "lifo", Random(1))]
        assert all(np.array_equal(finals[0], final) for final in finals)
        circles += has_cycle([-1 if key[2] == INF else int(key[2]) for key in finals[0]])
    assert (circles == 0) == with_hops
