"""What the networks are shown has the laws that the theory asks for."""

import numpy as np
import pytest

from corollary.algorithms.noprop import LinearSchedule, NoPropCT, NoPropDT, NoPropFM

COUNT = 200_000


@pytest.fixture(scope="module")
def labels():
    return np.random.default_rng(0).integers(0, 2, COUNT)


def shown(model, block, labels):
    """Return the samples of a fitted model, in float64, and the embeddings of the labels."""
    model.set_params(epochs=1, width=4, dtype="float64").fit(np.eye(2), [0, 1])
    return model._draw(np.random.default_rng(1), block, labels), model.embedding_[labels]


def time_of(clock):
    """Return the time, from its slowest sine and cosine."""
    return np.arctan2(clock[:, 0], clock[:, clock.shape[1] // 2]) / np.pi


@pytest.mark.parametrize("block", range(4))
def test_a_block_sees_the_level_before_its_step(labels, block):
    model = NoPropDT(blocks=4)
    samples, u = shown(model, block, labels)
    level = model.alpha_bars[block]
    signal = (samples.latent * u).sum(axis=1).mean()
    assert signal == pytest.approx(np.sqrt(level), abs=5 / np.sqrt(COUNT))
    rest = samples.latent - np.sqrt(level) * u
    assert rest.var() == pytest.approx(1 - level, abs=5 / np.sqrt(COUNT))
    assert np.array_equal(samples.target, u) and (samples.weight == 1).all()


@pytest.mark.parametrize("loss", ["constant", "snr", "root-snr"])
def test_continuous_noise_and_weights_follow_the_schedule(labels, loss):
    schedule = LinearSchedule(3.0)
    samples, u = shown(NoPropCT(schedule=schedule, loss=loss, eta=0.5), 0, labels)
    time = time_of(samples.clock)
    assert time.mean() == pytest.approx(0.5, abs=5 / np.sqrt(12 * COUNT))
    assert time.min() < 0.001 and time.max() > 0.999
    level = schedule.alpha_bar(time)
    rest = (samples.latent - np.sqrt(level)[:, None] * u) / np.sqrt(1 - level)[:, None]
    assert rest.mean() == pytest.approx(0, abs=5 / np.sqrt(2 * COUNT))
    for part in np.array_split(np.argsort(time), 5):
        assert rest[part].std() == pytest.approx(1, abs=0.02)
    weight = {
        "constant": 0.5 * np.ones(COUNT),
        "snr": 0.25 * schedule.snr_slope(time),
        "root-snr": 0.5 * np.sqrt(schedule.snr(time)),
    }[loss]
    np.testing.assert_allclose(samples.weight, weight, rtol=1e-6)


@pytest.mark.parametrize("sigma", [0.0, 0.5])
def test_a_flow_runs_from_noise_to_the_embedding(labels, sigma):
    samples, u = shown(NoPropFM(sigma=sigma), 0, labels)
    time = time_of(samples.clock)[:, None]
    start = u - samples.target
    assert np.array_equal(u, 3 * np.eye(2)[labels])
    assert start.std() == pytest.approx(1, abs=0.01)
    rest = samples.latent - time * u - (1 - time) * start
    assert rest.std() == pytest.approx(sigma, abs=0.005)


def test_inference_of_a_flow_starts_as_wide_as_its_training():
    model = NoPropFM(sigma=0.75, runs=2000, width=4, epochs=1).fit(np.eye(2), [0, 1])
    assert model.trajectories(np.eye(2))[0].std() == pytest.approx(1.25, abs=0.03)


def test_joint_batches_have_the_levels_of_single_ones():
    x, y = np.random.default_rng(0).random((6, 3)), np.arange(6) % 2
    for model in (NoPropDT(blocks=3), NoPropCT(), NoPropFM()):
        model.set_params(embedding="learned", epochs=1, width=4).fit(x, y)
        state = model._joint_state()
        batch = model._noised(np.random.default_rng(1), 0, x, y, state)
        if isinstance(model, NoPropFM):
            np.testing.assert_allclose(batch.signal[:, 0], batch.time, rtol=1e-6)
            np.testing.assert_allclose(batch.signal + batch.spread, 1, rtol=1e-6)
            continue
        np.testing.assert_allclose(batch.signal**2 + batch.spread**2, 1, rtol=1e-6)
        np.testing.assert_allclose(batch.last_signal**2 + batch.last_spread**2, 1, rtol=1e-6)
        if isinstance(model, NoPropDT):
            found = [
                model._noised(np.random.default_rng(1), k, x, y, state).signal[0, 0] ** 2
                for k in range(3)
            ]
            np.testing.assert_allclose(found, model.alpha_bars[:3], rtol=1e-6)
            assert batch.first_level == pytest.approx(model.alpha_bars[0])
            assert batch.last_signal**2 == pytest.approx(model.alpha_bars[-1])
