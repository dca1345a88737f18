"""Learning the message of shortest paths: exactly, and by gradient descent."""

import numpy as np
import pytest

from corollary.algorithms import reasoning
from corollary.algorithms.reasoning import (
    execute_message,
    fit_message,
    loss_and_gradient,
    random_digraph,
    random_snapshots,
    shortest_paths,
    train_network,
)


def test_snapshots_are_rounds():
    snapshots = random_snapshots(30, seed=3)
    candidates = snapshots.before.copy()
    np.minimum.at(candidates, snapshots.receivers, snapshots.inputs.sum(axis=1))
    assert np.array_equal(candidates, snapshots.after)
    assert np.any(snapshots.after < snapshots.before)
    assert len(snapshots.edge_starts) == len(snapshots.node_starts) == 31
    assert np.array_equal(random_snapshots(30, seed=3).inputs, snapshots.inputs)


@pytest.mark.parametrize("seed", range(50))
def test_least_squares_learns_the_message_exactly(seed):
    fit = fit_message(random_snapshots(64, seed=seed), seed=1000 + seed)
    assert fit.converged
    assert fit.iterations <= 4
    assert np.abs(fit.coefficients - [1, 1, 0]).max() < 1e-14


def test_the_learnt_message_runs_at_any_size():
    fit = fit_message(random_snapshots(64, seed=0))
    for nodes, density in ((64, 0.25), (1024, 0.01)):
        graph = random_digraph(nodes, density, np.random.default_rng(nodes))
        distances, parents = execute_message(fit, graph)
        expected = shortest_paths(graph)
        reached = np.isfinite(expected)
        assert np.array_equal(np.isfinite(distances), reached)
        np.testing.assert_allclose(distances[reached], expected[reached], atol=1e-11)
        assert np.array_equal(parents[1:] >= 0, reached[1:])


def test_the_true_message_runs_bit_by_bit():
    graph = random_digraph(100, 0.05, np.random.default_rng(5))
    distances, _ = execute_message(lambda d, w: d + w, graph)
    assert np.array_equal(distances, shortest_paths(graph))


@pytest.mark.parametrize("hidden", [0, 5])
def test_gradient_equals_finite_differences(hidden):
    snapshots = random_snapshots(20, seed=1)
    rng = np.random.default_rng(hidden)
    theta = rng.normal(size=4 * hidden + 1 if hidden else 3)
    theta[:2] += 1
    chosen = [0, 3, 3, 19]
    loss, gradient = loss_and_gradient(snapshots, theta, hidden, chosen)
    assert loss > 0.01
    for i in range(theta.size):
        step = np.zeros_like(theta)
        step[i] = 1e-6
        above, _ = loss_and_gradient(snapshots, theta + step, hidden, chosen)
        below, _ = loss_and_gradient(snapshots, theta - step, hidden, chosen)
        np.testing.assert_allclose(gradient[i], (above - below) / 2e-6, rtol=1e-5, atol=1e-8)


def test_ties_share_the_gradient():
    """Two equal edges into one node: each carries half, together the whole."""
    snapshots = random_snapshots(1, seed=0)
    tied = reasoning.Snapshots(
        np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([0, 0]), np.array([np.inf]), np.array([2.0]),
        np.array([0, 2]), np.array([0, 1]),
    )  # fmt: skip
    single = reasoning.Snapshots(
        tied.inputs[:1], tied.receivers[:1], tied.before, tied.after, np.array([0, 1]),
        np.array([0, 1]),
    )  # fmt: skip
    theta = np.array([1.0, 1.0, 0.0])
    both, one = (loss_and_gradient(data, theta, 0, [0]) for data in (tied, single))
    assert both[0] == one[0] == 1.0
    assert both[1].tolist() == one[1].tolist() == [2.0, 4.0, 2.0]
    assert len(snapshots.after) > 1


def test_gradient_descent_comes_close_and_depends_on_the_seed_alone():
    snapshots = random_snapshots(64, seed=0)
    network = train_network(snapshots, steps=1500, seed=0)
    assert network.losses[-50:].mean() < 1e-4 < network.losses[:50].mean()
    again = train_network(snapshots, steps=1500, seed=0)
    assert np.array_equal(network.parameters, again.parameters)
    wide = train_network(snapshots, hidden=16, steps=1500, seed=0)
    assert wide.losses[-50:].mean() < 1e-3
    assert wide([[0.0, 1.0]], 0.5).shape == (1, 2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: random_snapshots(0), "need count >= 1"),
        (lambda: random_snapshots(1, smallest=5, largest=4), "smallest <= largest"),
        (lambda: train_network(random_snapshots(1), hidden=-1), "need hidden >= 0"),
        (lambda: train_network(random_snapshots(1), rate=0), "rate > 0"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_snapshots_without_a_change_teach_nothing():
    still = reasoning.Snapshots(
        np.array([[0.0, 1.0]]), np.array([0]), np.array([0.0]), np.array([0.0]),
        np.array([0, 1]), np.array([0, 1]),
    )  # fmt: skip
    with pytest.raises(ValueError, match="a node that changed"):
        fit_message(still)
