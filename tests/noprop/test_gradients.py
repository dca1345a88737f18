"""Gradients against complex steps and differences; the optimiser against its formula."""

import numpy as np
import pytest

from corollary.algorithms.noprop import _definition as definition
from corollary.algorithms.noprop import _objectives as objectives
from corollary.algorithms.noprop._network import Shape, backward, forward, time_features
from corollary.algorithms.noprop._training import one_blas_thread

STEP = 1e-30  # a complex step has no cancellation


def case(seed, time=True, rows=6, latent=3, dtype=np.float64):
    """Return everything that a loss and its gradient need."""
    random = np.random.default_rng(seed)
    shape = Shape(5, latent, 4, 8, time)
    theta = shape.initial(random, dtype)
    theta += 0.1 * random.standard_normal(theta.size).astype(dtype)
    clock = time_features(random.random(rows), dtype) if time else np.zeros((rows, 0), dtype)
    return {
        "shape": shape,
        "theta": theta,
        "x": random.standard_normal((rows, 5)).astype(dtype),
        "z": random.standard_normal((rows, latent)).astype(dtype),
        "clock": clock,
        "embedding": random.standard_normal((4, latent)).astype(dtype),
        "target": random.standard_normal((rows, latent)).astype(dtype),
        "labels": random.integers(0, 4, rows),
        "weight": random.random(rows) + 0.5,
    }


def kernel_gradient(objective, c):
    """Return loss, gradient by the parameters, and gradient by the latent, of the kernels."""
    shape, rows, kind = c["shape"], len(c["x"]), c["x"].dtype
    work = shape.workspace(rows, kind)
    gradient = np.zeros(shape.size, kind)
    weights, biases = shape.views(c["theta"])
    matrices, offsets = shape.views(gradient)
    residual, pulled = np.empty_like(c["target"]), np.empty((rows, 4), kind)
    with one_blas_thread():
        forward(weights, biases, c["x"], c["z"], c["clock"], work, False)
        loss = objectives.loss_gradient(
            objective, work[6], c["embedding"], c["target"], c["labels"], c["weight"], residual,
            pulled,
        )  # fmt: skip
        backward(weights, c["x"], c["z"], c["clock"], work, matrices, offsets, True)
    return loss, gradient, work[13]


def plain_loss(objective, c, theta, z):
    logits = definition.block_logits(theta, c["shape"].layers, c["x"], z, c["clock"])
    if objective == objectives.CROSS_ENTROPY:
        return definition.cross_entropy_loss(logits, c["labels"], c["weight"])
    loss = {
        objectives.DENOISING: definition.denoising_loss,
        objectives.FLOW: definition.flow_loss,
    }[objective]
    return loss(logits, c["embedding"], c["target"], c["weight"])


def complex_step(function, point):
    gradient = np.empty(point.size)
    for k in range(point.size):
        moved = point.astype(complex).ravel()
        moved[k] += 1j * STEP
        gradient[k] = function(moved.reshape(point.shape)).imag / STEP
    return gradient.reshape(point.shape)


OBJECTIVES = [objectives.DENOISING, objectives.CROSS_ENTROPY, objectives.FLOW]


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("time", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_gradients_equal_complex_steps(objective, time, seed):
    c = case(seed, time)
    loss, by_theta, by_latent = kernel_gradient(objective, c)
    assert loss == pytest.approx(plain_loss(objective, c, c["theta"], c["z"]), rel=1e-13)
    expected = complex_step(lambda theta: plain_loss(objective, c, theta, c["z"]), c["theta"])
    np.testing.assert_allclose(by_theta, expected, rtol=1e-10, atol=1e-13)
    expected = complex_step(lambda z: plain_loss(objective, c, c["theta"], z), c["z"])
    np.testing.assert_allclose(by_latent, expected, rtol=1e-10, atol=1e-13)
    assert np.count_nonzero(by_theta) > by_theta.size / 3


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_gradients_equal_central_differences(objective):
    c = case(7)
    _, by_theta, _ = kernel_gradient(objective, c)
    h = 1e-6
    for k in np.random.default_rng(0).choice(c["theta"].size, 60, replace=False):
        moved = [c["theta"].copy(), c["theta"].copy()]
        moved[0][k] += h
        moved[1][k] -= h
        above, below = (plain_loss(objective, c, theta, c["z"]) for theta in moved)
        assert by_theta[k] == pytest.approx((above - below) / (2 * h), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_single_precision_gradients_are_close(objective):
    single, double = case(3, dtype=np.float32), case(3)
    for name in ("theta", "x", "z", "clock", "embedding", "target"):
        double[name] = single[name].astype(np.float64)
    _, rough, _ = kernel_gradient(objective, single)
    _, exact, _ = kernel_gradient(objective, double)
    assert rough.dtype == np.float32
    np.testing.assert_allclose(rough, exact, rtol=0, atol=2e-5 * np.abs(exact).max())


def test_branch_of_the_features_can_be_kept():
    c = case(1)
    work = c["shape"].workspace(6, np.float64)
    weights, biases = c["shape"].views(c["theta"])
    forward(weights, biases, c["x"], c["z"], c["clock"], work, False)
    forward(weights, biases, c["x"], 2 * c["z"], c["clock"], work, True)
    expected = definition.block_logits(
        c["theta"], c["shape"].layers, c["x"], 2 * c["z"], c["clock"]
    )
    np.testing.assert_allclose(work[6], expected, rtol=1e-12)


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_adam_follows_its_formula(dtype, tolerance):
    random = np.random.default_rng(0)
    theta = random.standard_normal(40).astype(dtype)
    state = [theta.copy(), np.zeros(40, dtype), np.zeros(40, dtype)]
    plain, moments = theta.astype(float), (np.zeros(40), np.zeros(40))
    for step in range(1, 30):
        gradient = random.standard_normal(40).astype(dtype)
        objectives.adam(state[0], gradient, state[1], state[2], step, 0.01, 0.1, 1e-8, 25)
        plain, moments = definition.adamw(
            plain, gradient.astype(float), moments, step, 0.01, 0.1, 25
        )
    np.testing.assert_allclose(state[0], plain, rtol=tolerance, atol=tolerance)


def test_a_weight_that_is_a_power_of_two_leaves_no_trace_in_adam():
    """With the little constant scaled too, not a bit differs (float32)."""
    random = np.random.default_rng(1)
    theta = random.standard_normal(30).astype(np.float32)
    plain = [theta.copy(), np.zeros(30, np.float32), np.zeros(30, np.float32)]
    heavy = [theta.copy(), np.zeros(30, np.float32), np.zeros(30, np.float32)]
    for step in range(1, 40):
        gradient = random.standard_normal(30).astype(np.float32)
        for state, weight in ((plain, 1.0), (heavy, 64.0)):
            pulled = gradient * np.float32(weight)
            objectives.adam(
                state[0], pulled, state[1], state[2], step, 1e-2, 1e-3, 1e-8 * weight, 30
            )
    assert np.array_equal(plain[0], heavy[0])
    assert not np.array_equal(plain[1], heavy[1])
