"""Finite-state models, Gaussian sequences, and Monte Carlo against the exact table."""

import math

import numpy as np
import pytest

from corollary.algorithms import directed_information as di
from corollary.theory.directed_information import closed_forms


@pytest.fixture
def model(rng):
    kernel = rng.gamma(0.4, size=(3, 2, 3, 3))
    return di.finite_state_model(kernel / kernel.sum(axis=(1, 2, 3), keepdims=True))


def echo_model(p, q):
    """The noisy echo pair: state 0 or 1 is the last observation, 2 the start."""
    kernel = np.zeros((3, 2, 2, 3))
    for state, a, o in np.ndindex(3, 2, 2):
        act = 0.5 if state == 2 else (1 - q if a == state else q)
        kernel[state, a, o, o] = act * (1 - p if a == o else p)
    return di.finite_state_model(kernel, [0.0, 0.0, 1.0])


def test_joint_of_a_model_is_a_pmf_with_stationary_marginals(model):
    joint = model.joint(4)
    assert joint.sum() == pytest.approx(1.0, abs=1e-12)
    first = joint.reshape(2, 8, 3, 27).sum(axis=(1, 3))
    last = joint.reshape(8, 2, 27, 3).sum(axis=(0, 2))
    np.testing.assert_allclose(first, last, atol=1e-12)
    np.testing.assert_array_equal(model.transposed().joint(3), model.joint(3).T)


def test_growth_with_a_visible_state_follows_the_closed_form():
    p, q = 0.1, 0.2
    growth = di.directed_information_growth(echo_model(p, q), 12)
    expected = [closed_forms.noisy_echo_pair(n, p, q)[0] for n in range(1, 13)]
    np.testing.assert_allclose(growth, expected, atol=1e-11)
    table = di.information_table(echo_model(p, q).joint(4), 4)
    assert growth[3] == pytest.approx(table.directed_information().value, abs=1e-12)


def test_growth_refuses_a_hidden_state(model):
    with pytest.raises(ValueError, match="do not reveal"):
        di.directed_information_growth(model, 3)


@pytest.mark.parametrize("arrow", ["full", "strict"])
def test_rate_bounds_tighten_around_the_closed_form(arrow):
    p, q = 0.1, 0.2
    around = closed_forms.binary_entropy(closed_forms.both_or_neither(p, q))
    noise = closed_forms.binary_entropy(p if arrow == "full" else q)
    model = echo_model(p, q)
    model = model if arrow == "full" else model.transposed()
    widths = []
    for depth in (2, 6):
        bounds = di.rate_bounds(model, depth, arrow=arrow)
        assert bounds.lower <= around - noise <= bounds.upper
        widths.append(bounds.upper - bounds.lower)
    assert widths[1] <= widths[0] + 1e-12
    assert widths[1] < 1e-9


def test_rate_bounds_of_a_hidden_state_nest_and_hold_the_increments(model):
    wide, narrow = di.rate_bounds(model, 4), di.rate_bounds(model, 9)
    assert wide.lower <= narrow.lower <= narrow.upper <= wide.upper
    table = di.information_table(model.joint(6), 6)
    values = [table.directed_information((1, n), (1, n)).value for n in (5, 6)]
    assert narrow.lower - 0.01 <= values[1] - values[0] <= narrow.upper + 0.01
    nats = di.rate_bounds(model, 4, base=math.e)
    assert nats.upper == pytest.approx(wide.upper * math.log(2), rel=1e-12)


@pytest.mark.parametrize(
    ("source", "target"), [((1, 5), (1, 5)), ((2, 3), (2, 5)), ((2, 4), (1, 3)), ((3, 3), (1, 5))]
)
@pytest.mark.parametrize("arrow", ["full", "strict"])
def test_monte_carlo_is_unbiased(model, source, target, arrow):
    table = di.information_table(model.joint(5), 5)
    if arrow == "full":
        truth = table.directed_information(source, target).value
    else:
        truth = table.transposed().strict(source, target).value
    errors = []
    for averaged in (False, True):
        found = di.monte_carlo(
            model, 5, source, target, samples=40_000, seed=5, arrow=arrow, rao_blackwell=averaged
        )
        assert abs(found.value - truth) < 5 * found.standard_error
        errors.append(found.standard_error)
    assert errors[1] < errors[0]


def test_monte_carlo_intervals_cover(model):
    truth = di.information_table(model.joint(4), 4).directed_information().value
    covered = 0
    for seed in range(200):
        low, high = di.monte_carlo(model, 4, samples=300, seed=seed).interval
        covered += low <= truth <= high
    # Below 176 of 200 has a chance under 1e-4 at 95 %.
    assert covered >= 176


def test_monte_carlo_is_reproducible_in_its_unit(model):
    first = di.monte_carlo(model, 4, samples=20_000, seed=1)
    assert first == di.monte_carlo(model, 4, samples=20_000, seed=1)
    nats = di.monte_carlo(model, 4, samples=20_000, seed=1, base=math.e)
    assert nats.value == pytest.approx(first.value * math.log(2), rel=1e-12)
    long = di.monte_carlo(model, 60, samples=200)
    bounds = di.rate_bounds(model, 9)
    assert long.value / 60 == pytest.approx((bounds.lower + bounds.upper) / 2, abs=0.02)


def test_stationary_law_must_be_unique():
    apart = np.zeros((2, 1, 1, 2))
    apart[0, 0, 0, 0] = apart[1, 0, 0, 1] = 1.0
    with pytest.raises(ValueError, match="2 closed classes"):
        di.finite_state_model(apart)
    di.finite_state_model(apart, [0.5, 0.5])
    transient = np.zeros((2, 1, 1, 2))
    transient[0, 0, 0, 1] = transient[1, 0, 0, 1] = 1.0
    np.testing.assert_allclose(di.finite_state_model(transient).initial, [0.0, 1.0], atol=1e-15)


@pytest.mark.parametrize(
    ("kernel", "initial", "words"),
    [
        (np.ones((2, 1, 1, 2)), None, "kernel sums to 2"),
        (np.full((2, 1, 1, 2), np.nan), None, "kernel holds nan"),
        (np.full((2, 1, 2, 1), 0.5), None, r"kernel has shape \(2, 1, 2, 1\)"),
        (np.full((2, 1, 1, 2), 0.5), [1.0], r"initial has shape \(1,\)"),
        (np.full((2, 1, 1, 2), 0.5), [0.4, 0.4], "initial sums to 0.8"),
    ],
)
def test_bad_models_are_refused(kernel, initial, words):
    with pytest.raises(ValueError, match=words):
        di.finite_state_model(kernel, initial)


def test_bad_arguments_are_refused(model):
    with pytest.raises(ValueError, match="depth is 40"):
        di.rate_bounds(model, 40)
    with pytest.raises(ValueError, match="horizon is 20"):
        model.joint(20)
    with pytest.raises(ValueError, match="arrow is 'none'"):
        di.rate_bounds(model, 2, arrow="none")
    with pytest.raises(ValueError, match="samples is 1"):
        di.monte_carlo(model, 2, samples=1)
    with pytest.raises(ValueError, match="confidence is 1"):
        di.monte_carlo(model, 2, confidence=1)
    with pytest.raises(ValueError, match="input_pmf has shape"):
        di.driven_channel(di.trapdoor_channel(), [0.2, 0.3, 0.5])
    with pytest.raises(ValueError, match="channel has shape"):
        di.channel_tables(np.eye(2) / 2, [1.0], 2)
    with pytest.raises(ValueError, match=r"success is"):
        di.bandit_environment([0.2, 1.3])
    with pytest.raises(ValueError, match=r"flip is 1\.5"):
        di.copy_agent(flip=1.5)


def random_covariance(rng, size):
    factor = rng.normal(size=(size, size + 3))
    return factor @ factor.T


@pytest.mark.parametrize(("horizon", "dx", "dy"), [(1, 1, 1), (3, 1, 2), (2, 2, 1)])
def test_gaussian_table_is_a_table_of_determinants(rng, intervals, horizon, dx, dy):
    covariance = random_covariance(rng, horizon * (dx + dy))
    table = di.gaussian_table(covariance, horizon, source_size=dx)
    for j in range(horizon + 1):
        for i in range(horizon + 1):
            kept = np.r_[0 : j * dx, horizon * dx : horizon * dx + i * dy]
            log_determinant = np.linalg.slogdet(covariance[np.ix_(kept, kept)])[1]
            assert table.surface[j, i] == pytest.approx(
                0.5 * log_determinant / math.log(2), abs=1e-10
            )
    assert table.atoms.min() >= 0.0
    for x, y in intervals(horizon):
        forward, backward = table.directed_information(x, y), table.strict(y, x)
        whole = table.conditional_mutual_information(x, y)
        assert forward.value + backward.value == pytest.approx(whole.value, abs=1e-10)
        assert forward.bound in (0.0, math.inf)


def test_gaussian_batches(rng):
    covariances = np.array([random_covariance(rng, 6) for _ in range(4)])
    table = di.gaussian_table(covariances, 3)
    for b in range(4):
        np.testing.assert_allclose(
            table.surface[b], di.gaussian_table(covariances[b], 3).surface, atol=1e-12
        )


@pytest.mark.parametrize("arrow", ["strict", "full"])
def test_gaussian_rate_is_the_limit_of_the_table(arrow):
    coefficients, noise = [[0.5, 0.3], [0.4, 0.2]], [[1.0, 0.3], [0.3, 1.0]]
    covariance = di.autoregression_covariance(coefficients, noise, 40)
    table = di.gaussian_table(covariance, 40)
    if arrow == "full":
        increment = table.directed_information((1, 40), (40, 40)).value
    else:
        increment = table.transposed().strict((1, 40), (40, 40)).value
    rate = di.gaussian_rate(coefficients, noise, [0], [1], arrow=arrow)
    assert rate == pytest.approx(increment, abs=1e-11)


def test_gaussian_rate_of_many_components(rng):
    a = 0.25 * rng.normal(size=(4, 4))
    noise = random_covariance(rng, 4)
    covariance = di.autoregression_covariance(a, noise, 25)
    order = np.arange(4 * 25).reshape(4, 25)
    kept = np.r_[order[[2, 0]].T.ravel(), order[[1, 3]].T.ravel()]
    table = di.gaussian_table(covariance[np.ix_(kept, kept)], 25, source_size=2)
    increment = table.directed_information((1, 25), (25, 25)).value
    rate = di.gaussian_rate(a, noise, [2, 0], [1, 3], arrow="full")
    assert rate == pytest.approx(increment, abs=1e-9)


def test_bad_gaussians_are_refused():
    with pytest.raises(ValueError, match="not positive definite"):
        di.gaussian_table(np.ones((2, 2)), 1)
    with pytest.raises(ValueError, match="covariance differs from its transpose"):
        di.gaussian_table([[1.0, 0.5], [0.0, 1.0]], 1)
    with pytest.raises(ValueError, match="covariance has shape"):
        di.gaussian_table(np.eye(3), 2)
    with pytest.raises(ValueError, match="not finite"):
        di.gaussian_table([[1.0, np.nan], [np.nan, 1.0]], 1)
    with pytest.raises(ValueError, match="spectral radius 1"):
        di.gaussian_rate(np.eye(2), np.eye(2), [0], [1])
    with pytest.raises(ValueError, match="noise has shape"):
        di.gaussian_rate(np.zeros((2, 2)), np.eye(3), [0], [1])
    with pytest.raises(ValueError, match="together every one"):
        di.gaussian_rate(np.zeros((2, 2)), np.eye(2), [0], [0, 1])
