"""The oracle block against its plain definition, and inference with it against what it predicts."""

import doctest

import numpy as np
import pytest

from corollary.algorithms.noprop import CosineSchedule, _oracle
from corollary.algorithms.noprop._oracle import (
    oracle_block,
    oracle_block_definition,
    oracle_inference,
    oracle_weights,
)


def test_examples():
    assert doctest.testmod(_oracle).attempted > 3
    assert doctest.testmod(_oracle).failed == 0


@pytest.mark.parametrize("level", [0.0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-11), (np.float32, 2e-3)])
def test_the_kernel_equals_the_definition(level, dtype, tolerance):
    random = np.random.default_rng(0)
    w, p = random.standard_normal((4, 3)), random.dirichlet(np.ones(4), 50)
    drawn = w[random.integers(4, size=50)]
    z = np.sqrt(level) * drawn + np.sqrt(1 - level) * random.standard_normal((50, 3))
    kept = z.copy()
    found = oracle_block(z.astype(dtype), p, w, level)
    assert found.dtype == dtype and (z == kept).all()
    np.testing.assert_allclose(found, oracle_block_definition(z, p, w, level), atol=tolerance)


def test_leading_axes_and_impossible_classes():
    random = np.random.default_rng(1)
    p = np.array([0.5, 0.0, 0.5])
    z = random.standard_normal((2, 5, 3))
    weights = oracle_weights(z, p, np.eye(3), 0.5)
    assert weights.shape == (2, 5, 3) and (weights[..., 1] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-14)
    single = oracle_weights(z[1, 3], p, np.eye(3), 0.5)
    np.testing.assert_allclose(single, weights[1, 3], rtol=1e-12)


def problem(count, m=4, radius=1.5, seed=0):
    """Return labels of Gaussian classes on a circle, and p(k | x) at each input."""
    random = np.random.default_rng(seed)
    angle = 2 * np.pi * np.arange(m) / m
    means = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    labels = random.integers(m, size=count)
    x = means[labels] + random.standard_normal((count, 2))
    joint = np.exp(-0.5 * np.sum((x[:, None] - means) ** 2, axis=-1))
    return labels, joint / joint.sum(axis=1, keepdims=True)


def accuracy(labels, p, blocks, **how):
    levels = CosineSchedule(least=0.0).alpha_bars(blocks)
    return (oracle_inference(p, np.eye(p.shape[1]), levels, **how).argmax(axis=1) == labels).mean()


def test_accuracy_falls_from_bayes_to_gibbs():
    labels, p = problem(40_000)
    bayes, gibbs = p.max(axis=1).mean(), (p**2).sum(axis=1).mean()
    error = 4 * 0.5 / np.sqrt(len(labels))
    found = [accuracy(labels, p, blocks) for blocks in (1, 2, 4, 10, 100)]
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(bayes, abs=error)
    assert found[-1] == pytest.approx(gibbs, abs=error)
    np.testing.assert_allclose(found, [0.7335, 0.6931, 0.6631, 0.6473, 0.6313], atol=error)


@pytest.mark.parametrize("blocks", [1, 3, 20])
def test_classes_drawn_in_every_step_are_exact(blocks):
    labels, p = problem(40_000)
    error = 4 * 0.5 / np.sqrt(len(labels))
    found = accuracy(labels, p, blocks, rule="class-sampling")
    assert found == pytest.approx((p**2).sum(axis=1).mean(), abs=error)


def test_from_zero_without_noise_every_input_gets_its_bayes_class():
    _, p = problem(5_000)
    for rule in ("mean", "ddim"):
        levels = CosineSchedule().alpha_bars(7)
        end = oracle_inference(p, np.eye(4), levels, rule=rule, start="zero")
        assert (end.argmax(axis=1) == p.argmax(axis=1)).all()


def test_votes_of_few_blocks_are_overconfident():
    """The mean frequency of the first class of 200 runs: 0.992, 0.782, 0.740 against 0.728."""
    _, p = problem(1_000)
    expected = {1: 0.992, 4: 0.782, 30: 0.740}
    for blocks, top in expected.items():
        levels = CosineSchedule(least=0.0).alpha_bars(blocks)
        many = np.repeat(p, 200, axis=0)
        end = oracle_inference(many, np.eye(4), levels, seed=3)
        chosen = end.argmax(axis=1).reshape(len(p), 200)
        votes = np.stack([(chosen == k).mean(axis=1) for k in range(4)], axis=1)
        assert votes.max(axis=1).mean() == pytest.approx(top, abs=0.015)


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: oracle_block([0.0], [0.5, 0.5], [[1.0], [2.0]], 1.0), ValueError, "alpha_bar"),
        (lambda: oracle_block([0.0], [0.5, 0.6], [[1.0], [2.0]], 0.5), ValueError, "sum to 1"),
        (lambda: oracle_block([0.0], [1.5, -0.5], [[1.0], [2.0]], 0.5), ValueError, "negative"),
        (lambda: oracle_block([0.0, 1.0], [0.5, 0.5], [[1.0], [2.0]], 0.5), ValueError, "latent"),
        (lambda: oracle_block([np.nan], [0.5, 0.5], [[1.0], [2.0]], 0.5), ValueError, "finite"),
        (lambda: oracle_block(["a"], [0.5, 0.5], [[1.0], [2.0]], 0.5), TypeError, "latent"),
        (lambda: oracle_block([0.0], [0.5, 0.5], [1.0, 2.0], 0.5), ValueError, "embedding"),
        (lambda: oracle_block([0.0], [1.0], [[1.0], [2.0]], 0.5), ValueError, "probabilities"),
        (lambda: oracle_inference([[1.0]], [[1.0]], [0.5, 0.5]), ValueError, "increase"),
        (lambda: oracle_inference([1.0], [[1.0]], [0.1, 0.5]), ValueError, "probabilities"),
        (lambda: oracle_inference([[1.0]], [[1.0]], [0.1, 0.5], rule="leap"), ValueError, "rule"),
        (lambda: oracle_inference([[1.0]], [[1.0]], [0.1, 0.5], start="end"), ValueError, "start"),
    ],
)
def test_bad_input_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call()
