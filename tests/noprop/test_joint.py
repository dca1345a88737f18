"""Gradients of the joint losses, and learning embeddings and schedules."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone

from corollary.algorithms.noprop import LearnedSchedule, NoPropCT, NoPropDT, NoPropFM
from corollary.algorithms.noprop import _definition as definition
from corollary.algorithms.noprop import _joint as joint
from corollary.algorithms.noprop._joint_training import JointState, schedule_gradient
from corollary.algorithms.noprop._network import Shape, time_features
from corollary.algorithms.noprop._training import Block

STEP = 1e-30


def case(seed, rows=7, latent=3, classes=4):
    random = np.random.default_rng(seed)
    shape = Shape(5, latent, classes, 8, time=True)
    shared = joint.Shared(classes, latent)
    time = random.random(rows)
    batch = joint.Noised(
        x=random.standard_normal((rows, 5)),
        labels=random.integers(0, classes, rows),
        time=time,
        clock=time_features(time, np.float64),
        signal=random.random((rows, 1)),
        spread=random.random((rows, 1)),
        normal=random.standard_normal((rows, latent)),
        weight=random.random((rows, 1)) + 0.5,
        last_signal=0.9,
        last_spread=0.4,
        last_normal=random.standard_normal((rows, latent)),
        first_level=0.2,
    )
    theta = shape.initial(random, np.float64)
    vector = random.standard_normal(shared.size)
    return shape, theta, shared, vector, batch


def cross_entropy(latent, head, offset, labels):
    return definition.cross_entropy_loss(latent @ head + offset, labels, 1.0)


def denoising(c, theta, vector):
    shape, _, shared, _, b = c
    head, embedding, offset = shared.views(vector)
    u = embedding[b.labels]
    latent = b.signal * u + b.spread * b.normal
    logits = definition.block_logits(theta, shape.layers, b.x, latent, b.clock)
    last = b.last_signal * u + b.last_spread * b.last_normal
    d, level = shared.latent, b.first_level
    divergence = np.mean(level * ((u * u).sum(axis=1) - d) - d * np.log(1 - level)) / 2
    return (
        cross_entropy(last, head, offset, b.labels)
        + divergence
        + definition.denoising_loss(logits, embedding, u, b.weight[:, 0])
    )


def flow(c, theta, vector):
    shape, _, shared, _, b = c
    head, embedding, offset = shared.views(vector)
    u = embedding[b.labels]
    latent = b.signal * u + b.spread * b.normal + b.last_normal
    logits = definition.block_logits(theta, shape.layers, b.x, latent, b.clock)
    end = latent + b.spread * (logits @ embedding)
    return cross_entropy(end, head, offset, b.labels) + definition.flow_loss(
        logits, embedding, u - b.normal, b.weight[:, 0]
    )


def complex_step(function, point):
    gradient = np.empty(point.size)
    for k in range(point.size):
        moved = point.astype(complex)
        moved[k] += 1j * STEP
        gradient[k] = function(moved).imag / STEP
    return gradient


@pytest.mark.parametrize(
    "gradients, plain",
    [(joint.denoising_gradients, denoising), (joint.flow_gradients, flow)],
    ids=["denoising", "flow"],
)
@pytest.mark.parametrize("seed", range(3))
def test_gradients_with_all_their_paths(gradients, plain, seed):
    c = case(seed)
    shape, theta, shared, vector, batch = c
    found = gradients(shape, theta, shared, vector, batch, shape.workspace(9, np.float64))
    assert found.loss == pytest.approx(plain(c, theta, vector), rel=1e-12)
    expected = complex_step(lambda moved: plain(c, moved, vector), theta)
    np.testing.assert_allclose(found.by_block, expected, rtol=1e-9, atol=1e-12)
    expected = complex_step(lambda moved: plain(c, theta, moved), vector)
    np.testing.assert_allclose(found.by_shared, expected, rtol=1e-9, atol=1e-12)


def test_orthogonal_embedding():
    random = np.random.default_rng(0)
    rows = joint.orthogonal_embedding(4, 6, random)
    np.testing.assert_allclose(rows @ rows.T, np.eye(4), atol=1e-12)
    rows = joint.orthogonal_embedding(6, 4, random)
    np.testing.assert_allclose((rows**2).sum(axis=1), 1)


def test_prototypes_are_the_most_central_members():
    x = np.array([[0.0], [1.0], [1.5], [9.0], [7.0], [7.5], [8.2], [20.0]])
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert joint.prototypes(x, labels, 2).ravel().tolist() == [1.0, 7.5]
    with pytest.raises(ValueError, match="no sample of class 2"):
        joint.prototypes(x, labels, 3)


def scheduled(c, schedule, time):
    """Return the batch of a case at the levels of a schedule, with the paper's weight."""
    batch, ends = c[-1], np.array([0.0, 1.0])
    level, rest = schedule.alpha_bar(ends), schedule.noise_variance(ends)
    return replace(
        batch,
        time=time,
        signal=np.sqrt(schedule.alpha_bar(time))[:, None],
        spread=np.sqrt(schedule.noise_variance(time))[:, None],
        weight=0.7 / 2 * schedule.snr_slope(time)[:, None],
        last_signal=np.sqrt(level[1]),
        last_spread=np.sqrt(rest[1]),
        first_level=level[0],
    )


def test_gradient_by_a_learned_schedule():
    shape, theta, shared, vector, batch = c = case(5)
    schedule = LearnedSchedule.initial(limit=3.0, start=2.0)
    rng = np.random.default_rng(2)
    parameters = schedule.parameters + 0.3 * rng.standard_normal(schedule.parameters.size)

    def loss(moved):
        now = scheduled(c, LearnedSchedule(moved, 3.0), batch.time)
        return denoising((shape, theta, shared, vector, now), theta, vector)

    now = scheduled(c, LearnedSchedule(parameters, 3.0), batch.time)
    found = joint.denoising_gradients(
        shape, theta, shared, vector, now, shape.workspace(9, np.float64)
    )
    state = JointState([Block(theta)], Block(vector), Block(parameters), shared, 3.0)
    gradient = schedule_gradient(0.7, state, now, found)
    np.testing.assert_allclose(gradient, complex_step(loss, parameters), rtol=1e-8, atol=1e-12)
    assert np.count_nonzero(gradient) == gradient.size


LEARNED = {"width": 16, "embedding": "learned", "dimension": 5, "epochs": 150}


@pytest.mark.parametrize(
    "model",
    [
        NoPropDT(blocks=3, learning_rate=1e-2, **LEARNED),
        NoPropCT(learning_rate=1e-2, **LEARNED),
        NoPropFM(learning_rate=1e-2, **LEARNED),
        NoPropDT(blocks=3, learning_rate=1e-2, **{**LEARNED, "embedding": "prototype"}),
        NoPropCT(width=16, epochs=60, schedule="learned", loss="snr", learning_rate=1e-2),
    ],
    ids=["DT", "CT", "FM", "prototypes", "schedule"],
)
def test_what_is_shared_is_learned(model, iris, tmp_path):
    X, y = iris
    model = clone(model).fit(X, y)
    assert model.score(X, y) > 0.85
    model.save(tmp_path / "model.npz")
    loaded = type(model).load(tmp_path / "model.npz")
    assert np.array_equal(model.predict_proba(X), loaded.predict_proba(X))
    model.partial_fit(X, y)
    loaded.partial_fit(X, y)
    assert np.array_equal(model.shared_.theta, loaded.shared_.theta)


def test_a_learned_schedule_moves_within_its_limit(iris):
    model = NoPropCT(width=8, epochs=10, schedule="learned", loss="snr", learning_rate=3e-2)
    ratio = model.fit(*iris)._schedule().log_snr(np.linspace(0, 1, 20))
    assert (np.diff(ratio) > 0).all() and np.abs(ratio).max() < 6
    assert abs(ratio[-1] - 5.0) > 1e-3


def test_with_a_learned_embedding_the_order_of_the_blocks_matters(iris):
    first, second = (
        NoPropDT(blocks=2, **{**LEARNED, "epochs": 2}).fit(*iris, block_order=order)
        for order in ([0, 1], [1, 0])
    )
    assert not np.array_equal(first.blocks_[0].theta, second.blocks_[0].theta)


def test_joint_training_goes_on_after_an_interruption(iris):
    def stop(name, done, total):
        if done == 3:
            raise KeyboardInterrupt

    model = NoPropDT(blocks=2, **{**LEARNED, "epochs": 6}, progress=stop)
    with pytest.raises(KeyboardInterrupt):
        model.fit(*iris)
    model.set_params(progress=None)
    while model._epochs_done() < 6:
        model.partial_fit(*iris)
    whole = NoPropDT(blocks=2, **{**LEARNED, "epochs": 6}).fit(*iris)
    assert np.array_equal(model.shared_.theta, whole.shared_.theta)
    assert np.array_equal(model.blocks_[1].theta, whole.blocks_[1].theta)


def test_what_cannot_be_learned_together_is_refused(iris):
    with pytest.raises(ValueError, match="threads is 2"):
        NoPropDT(threads=2, **LEARNED).fit(*iris)
    with pytest.raises(ValueError, match="loss is 'constant'"):
        NoPropCT(schedule="learned").fit(*iris)
    with pytest.raises(ValueError, match="loss is 'cross-entropy'"):
        NoPropCT(loss="cross-entropy", **LEARNED).fit(*iris)
