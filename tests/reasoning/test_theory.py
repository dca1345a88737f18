"""Closed forms against runs, optimisation and direct evaluation."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import softmax

from corollary.algorithms.reasoning import MIN_PLUS, Graph, relaxation_system, start_run
from corollary.theory import reasoning as theory

SHORTEST = relaxation_system(MIN_PLUS)


def costs(k: int, schedule: str, heavy: str) -> tuple[int, int]:
    nodes, *edges = theory.exponential_family(k, heavy)
    start = start_run(SHORTEST, Graph.from_edges(nodes, *edges), np.full(nodes, np.inf), [(0, 0.0)])
    result = start.run(schedule)
    return result.deliveries, result.updates


@pytest.mark.parametrize("k", [*range(1, 13), 20, 40])
def test_costs_of_the_exponential_family(k):
    for heavy in ("first", "last"):
        assert costs(k, "bsp", heavy) == (
            theory.synchronous_deliveries(k),
            theory.synchronous_updates(k),
        )
        assert costs(k, "priority", heavy) == (
            theory.least_first_deliveries(k),
            theory.least_first_updates(k),
        )
    assert costs(k, "fifo", "first")[0] == theory.oldest_first_deliveries(k)
    assert costs(k, "fifo", "last")[0] == theory.synchronous_deliveries(k)
    if k <= 12:
        assert costs(k, "lifo", "last")[0] == theory.newest_first_deliveries(k)


def shortfall(messages):
    return messages.max(axis=-1) - (softmax(messages, axis=-1) * messages).sum(axis=-1)


@pytest.mark.parametrize("k", [1, 2, 3, 5, 10, 64, 1000])
def test_resolution_bound_is_attained_and_not_exceeded(k):
    bound, gap = theory.softmax_resolution(k), theory.softmax_resolution_gap(k)
    worst = np.full(k, -gap)
    worst[0] = 0.0
    np.testing.assert_allclose(shortfall(worst), bound, rtol=1e-13, atol=1e-15)
    rng = np.random.default_rng(k)
    samples = rng.normal(size=(2000, k)) * rng.uniform(0, 5, size=(2000, 1))
    assert np.all(shortfall(samples) <= bound * (1 + 1e-14) + 1e-15)


def test_resolution_bound_is_found_by_an_optimiser():
    found = minimize(lambda x: -shortfall(np.append(x, 0.0)), np.array([-0.5, -2.0, -1.0, -3.0]))
    np.testing.assert_allclose(-found.fun, theory.softmax_resolution(5), rtol=1e-8)
    np.testing.assert_allclose(found.x, -theory.softmax_resolution_gap(5), rtol=1e-3)


def test_inverse_temperature_scales_the_resolution():
    messages = np.array([0.0, -0.3, -2.0])
    scaled = messages.max() - (softmax(4 * messages) * messages).sum()
    assert scaled <= theory.softmax_resolution(3, 4.0) == theory.softmax_resolution(3) / 4


@pytest.mark.parametrize(("n", "spread"), [(4, 3.0), (64, 0.5), (1024, 3.0), (1, 2.0)])
def test_dispersion_bound_is_attained(n, spread):
    logits = np.full(n, -spread)
    logits[0] = 0.0
    np.testing.assert_allclose(softmax(logits).max(), theory.softmax_dispersion(n, spread))


def test_retrieval_margin():
    n, error = 50, 0.01
    margin = theory.margin_needed(n, error)
    np.testing.assert_allclose(theory.retrieval_error(n, margin), error, rtol=1e-12)
    values, logits = np.zeros(n), np.full(n, -margin)
    values[0], logits[0] = 1.0, 0.0  # all other values lie a diameter away
    np.testing.assert_allclose(1 - softmax(logits) @ values, error, rtol=1e-12)


@pytest.mark.parametrize(("k", "d"), [(2, 2), (3, 16), (128, 16)])
def test_log_sum_exp_gap_is_approached(k, d):
    vectors = np.full((k, d), -1e4)
    vectors[np.arange(k), np.arange(k) % d] = 0.0
    outer = np.logaddexp.reduce(vectors.max(axis=0))
    gap = outer - np.logaddexp.reduce(vectors, axis=1).max()
    np.testing.assert_allclose(gap, theory.log_sum_exp_gap(k, d), atol=1e-14)


@pytest.mark.parametrize("row", theory.update_table(), ids=lambda row: row.update_name)
def test_update_table_holds_true_counterexamples(row):
    if row.counterexample is None:
        return
    s, m, n = map(float, row.counterexample)
    if row.standing == "no monoid":
        found = (row.aggregator(row.aggregator(s, m), n), row.aggregator(s, row.aggregator(m, n)))
    else:
        found = (row.update(row.update(s, m), n), row.update(s, row.aggregator(m, n)))
    np.testing.assert_allclose(found, row.results, atol=5e-4)
    assert found[0] != found[1]


def test_softmax_merger_does_not_depend_on_the_tree():
    rng = np.random.default_rng(0)
    worst = 0.0
    for _ in range(200):
        logits, values = rng.normal(size=(2, 9)) * 3
        parts = [np.array([logit, 1.0, value]) for logit, value in zip(logits, values, strict=True)]
        while len(parts) > 1:
            i, j = sorted(rng.choice(len(parts), size=2, replace=False))
            parts.append(theory.merge_softmax(parts[i], parts.pop(j)))
            parts.pop(i)
        worst = max(worst, abs(parts[0][2] / parts[0][1] - softmax(logits) @ values))
    assert worst < 1e-13


def test_lattice_differences_are_least_exactly_on_distributive_lattices():
    for lattice in theory.small_lattices():
        join, difference = lattice.table, theory.differences(lattice)
        x, s = np.indices(join.shape)
        above = join[join[difference, s], x] == join[difference, s]
        assert above.all() == theory.is_distributive(lattice)


@pytest.mark.parametrize("make", [theory.chain, theory.cyclic])
def test_tables_are_commutative_monoids(make):
    for monoid in (make(4), *theory.small_lattices()):
        table, n = monoid.table, monoid.size
        assert np.array_equal(table, table.T)
        assert np.array_equal(table[0], np.arange(n))
        a, b, c = np.indices((n, n, n))
        assert np.array_equal(table[table[a, b], c], table[a, table[b, c]])


def test_published_scores_carry_no_significant_difference():
    comparisons = theory.welch_comparisons()
    assert len(comparisons) == 90
    strong = {(c.algorithm, c.configuration) for c in comparisons if abs(c.t) > 2.8}
    assert len(strong) == 6
    assert ("floyd_warshall", "softmax and decay") in strong
    assert min(c.adjusted_p for c in comparisons) > 0.5
    assert all(a.p <= b.p for a, b in itertools.pairwise(comparisons))


def test_the_small_reasoner_table_is_complete():
    assert len(theory.SMALL_REASONER) == 10
    assert all(len(row) == len(theory.SETTINGS) for row in theory.SMALL_REASONER.values())
    assert theory.SMALL_REASONER["max", 1.0, True][3] == (0.898, 0.010)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: theory.exponential_family(0), ValueError, "k must be at least 1"),
        (lambda: theory.exponential_family(2.0), TypeError, "k must be an integer"),
        (lambda: theory.exponential_family(2, "none"), ValueError, "heavy must be"),
        (lambda: theory.softmax_resolution(0), ValueError, "count must be at least 1"),
        (lambda: theory.softmax_resolution(2.0), TypeError, "count must be integer"),
        (lambda: theory.softmax_resolution(2, 0.0), ValueError, "inverse_temperature must be"),
        (lambda: theory.softmax_dispersion(2, -1.0), ValueError, "spread must be"),
        (lambda: theory.margin_needed(2, 1.0), ValueError, "error must lie"),
        (
            lambda: theory.lattice("two tops", [0, 1, 2], lambda a, b: a == 0 or a == b),
            ValueError,
            "have no join",
        ),
        (
            lambda: theory.lattice("upside down", [1, 0], lambda a, b: a <= b),
            ValueError,
            "must lie below",
        ),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
