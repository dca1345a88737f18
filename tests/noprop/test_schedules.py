"""Schedules, the noising and its steps, and what inference computes with exact weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from corollary.algorithms.noprop import (
    CosineSchedule,
    LearnedSchedule,
    LinearSchedule,
    Schedule,
    TableSchedule,
    integrate_flow,
    noise,
    prior_divergence,
    sample_latents,
    snr_increments,
    step_coefficients,
)
from corollary.algorithms.noprop.samplers import CONTINUOUS_RULES, STEP_RULES

SCHEDULES = [
    CosineSchedule(),
    CosineSchedule(offset=0.1, least=1e-3, greatest=0.99),
    LinearSchedule(),
    LinearSchedule(limit=2.0),
    TableSchedule((0.001, 0.2, 0.3, 0.999)),
    LearnedSchedule.initial(),
    LearnedSchedule(np.random.default_rng(0).standard_normal(12)),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: type(s).__name__)
def test_a_schedule_agrees_with_itself(schedule):
    assert isinstance(schedule, Schedule)
    time = np.linspace(0, 1, 60)  # no knot of the table but the ends
    level, rest = schedule.alpha_bar(time), schedule.noise_variance(time)
    assert (level >= 0).all() and (rest > 0).all() and (np.diff(level) >= 0).all()
    np.testing.assert_allclose(level + rest, 1, rtol=1e-15)
    np.testing.assert_allclose(schedule.snr(time), level / rest, rtol=1e-12)
    np.testing.assert_allclose(np.exp(schedule.log_snr(time)), schedule.snr(time), rtol=1e-12)
    h, inside = 1e-6, time[1:-1]
    slope = (schedule.log_snr(inside + h) - schedule.log_snr(inside - h)) / (2 * h)
    np.testing.assert_allclose(schedule.log_snr_slope(inside), slope, rtol=1e-5, atol=1e-8)
    slope = (schedule.snr(inside + h) - schedule.snr(inside - h)) / (2 * h)
    np.testing.assert_allclose(schedule.snr_slope(inside), slope, rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(schedule.alpha_bars(4), schedule.alpha_bar(np.arange(5) / 4))


def test_the_cosine_of_ten_steps():
    """Levels and weights as tabulated for the unclamped schedule, T = 10."""
    schedule = CosineSchedule(least=0.0)
    levels = schedule.alpha_bars(10)
    expected = [0, 0.0240879801, 0.0940309971, 0.2030899072, 0.3407566749, 0.4937668427]
    expected += [0.6473775872, 0.7867882182, 0.8985662536, 0.9719416652, 0.9998445910]
    np.testing.assert_allclose(levels, expected, rtol=0, atol=5e-11)
    assert schedule.snr(1.0) == pytest.approx(6433.63, abs=0.005)
    weights = 5 * snr_increments(levels)
    expected = [0.1234, 0.3955, 0.7553, 1.310, 2.292, 4.303, 9.271, 25.84, 128.9, 31995]
    np.testing.assert_allclose(weights, expected, rtol=5e-4)
    steps = step_coefficients(levels)
    assert steps.latent[0] == 0.0
    assert steps.prediction[-1] == pytest.approx(0.99454, abs=5e-6)
    assert steps.variance[-1] == pytest.approx(0.000155, abs=5e-7)


def test_ends_are_clamped():
    schedule = CosineSchedule()
    assert schedule.alpha_bar(0.0) == 1e-5
    assert CosineSchedule(offset=0.0).alpha_bar(1.0) == 1 - 1e-4
    assert CosineSchedule(offset=0.0).noise_variance(1.0) == pytest.approx(1e-4, rel=1e-10)
    wild = LearnedSchedule(np.array([-50.0, 50.0, 0.0, 0.0, 0.0, 0.0]), limit=6.0)
    np.testing.assert_allclose(wild.log_snr([0.0, 1.0]), [-6, 6], rtol=1e-12)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: LinearSchedule(limit=0.0), "limit is 0.0"),
        (lambda: LinearSchedule(limit=np.nan), "limit is nan"),
        (lambda: CosineSchedule(greatest=1.0), "least < greatest < 1"),
        (lambda: CosineSchedule(least=0.9, greatest=0.1), "least < greatest < 1"),
        (lambda: CosineSchedule(offset=-1.0), "offset is -1.0"),
        (lambda: TableSchedule((0.5, 0.4)), "must increase, but 0.5 at 0 is followed by 0.4"),
        (lambda: TableSchedule((0.5, 0.5)), "must increase"),
        (lambda: TableSchedule((0.5, 1.0)), r"must stay in \[0, 1\)"),
        (lambda: TableSchedule((0.5,)), r"shape \(1,\)"),
        (lambda: TableSchedule((0.1, np.nan)), "must stay"),
        (lambda: step_coefficients([0.1, 0.5, 1.0]), "must stay"),
        (lambda: LearnedSchedule(np.zeros(5)), r"parameters has shape \(5,\)"),
        (lambda: LearnedSchedule(np.full(6, np.nan)), "parameters must be finite"),
        (lambda: LearnedSchedule.initial(limit=3.0, start=4.0), "start is 4.0"),
        (lambda: LinearSchedule().alpha_bar(1.5), r"must be in \[0, 1\]"),
        (lambda: LinearSchedule().alpha_bars(0), "steps is 0"),
        (lambda: noise(np.ones(2), 1.5, np.ones(2)), "alpha_bar is 1.5"),
        (lambda: prior_divergence(np.ones(2), 1.0), "alpha_bar is 1.0"),
    ],
)
def test_what_is_no_schedule_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@st.composite
def alpha_bars(draw):
    raw = draw(st.lists(st.floats(1e-4, 1 - 1e-4), min_size=2, max_size=8, unique=True))
    levels = np.sort(raw)
    if (np.diff(levels) < 1e-6).any():
        levels = np.linspace(levels[0] / 2, levels[-1], len(levels))
    return levels


@settings(max_examples=60)
@given(alpha_bars())
def test_steps_lead_from_one_marginal_to_the_next(levels):
    c = step_coefficients(levels)
    before, after = levels[:-1], levels[1:]
    mean = c.prediction + c.latent * np.sqrt(before)
    np.testing.assert_allclose(mean, np.sqrt(after), rtol=1e-10)
    np.testing.assert_allclose(c.latent**2 * (1 - before) + c.variance, 1 - after, rtol=1e-9)
    growth = np.diff(levels / (1 - levels))
    np.testing.assert_allclose(c.prediction**2 / c.variance, growth, rtol=1e-6)
    np.testing.assert_allclose(snr_increments(levels), growth, rtol=1e-6)
    assert (c.prediction > 0).all() and (c.variance > 0).all()


def test_noise_keeps_types_and_axes():
    u, fresh = np.ones((2, 3, 4), np.float32), np.zeros((2, 3, 4), np.float32)
    level = np.full((2, 3), 0.25)
    assert noise(u, level, fresh).dtype == np.float32
    np.testing.assert_array_equal(noise(u, level, fresh), np.full((2, 3, 4), 0.5))
    normal = np.random.default_rng(0).standard_normal((100_000, 2))
    spread = noise(np.zeros(2), 0.36, normal).std()
    assert spread == pytest.approx(0.8, abs=4 * 0.8 / np.sqrt(4e5))


def test_prior_divergence_against_its_integral():
    z = np.linspace(-12, 12, 200_001)
    mean, variance = np.sqrt(0.3) * 1.7, 0.7
    q = np.exp(-((z - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    log_ratio = -np.log(variance) / 2 - (z - mean) ** 2 / (2 * variance) + z**2 / 2
    integral = (q * log_ratio).sum() * (z[1] - z[0])
    assert prior_divergence([1.7], 0.3) == pytest.approx(integral, rel=1e-9)


# ---- inference with exact weights: u = -1 or 1 with probabilities 0.3 and 0.7 --------------------

SCHEDULE = LinearSchedule(limit=6.0)
EMBEDDING = np.array([[-1.0], [1.0]])


def exact_weights(z, time):
    log_odds = np.log(0.7 / 0.3) + 2 * z[..., 0] * np.sqrt(SCHEDULE.alpha_bar(time)) / (
        SCHEDULE.noise_variance(time)
    )
    p = 1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))
    return np.stack([1 - p, p], axis=-1)


def share_of_class_1(rule, steps):
    """Return P(class 1) of a deterministic flow that starts from the marginal at time 0."""
    low, high = -5.0, 5.0
    for _ in range(5):  # the flow is increasing: find the start that ends at 0
        grid = np.linspace(low, high, 101)[:, None]
        end = sample_latents(exact_weights, EMBEDDING, SCHEDULE, grid, steps=steps, rule=rule)
        k = np.searchsorted(end[:, 0], 0.0)
        low, high = grid[k - 1, 0], grid[k, 0]
    root = (low + high) / 2
    level, rest = SCHEDULE.alpha_bar(0.0), SCHEDULE.noise_variance(0.0)
    return float(ndtr((np.sqrt(level) * EMBEDDING[:, 0] - root) / np.sqrt(rest)) @ [0.3, 0.7])


@pytest.mark.parametrize(
    "rule, order, at_sixteen",
    [("ode-euler", 1, -0.0080), ("ddim", 1, 0.0091), ("ode-heun", 2, 0.00064)],
)
def test_the_order_of_deterministic_inference(rule, order, at_sixteen):
    steps = np.array([16, 32, 64])
    errors = np.array([share_of_class_1(rule, int(k)) - 0.7 for k in steps])
    assert errors[0] == pytest.approx(at_sixteen, rel=0.02)
    slope = np.polyfit(np.log(steps), np.log(np.abs(errors)), 1)[0]
    assert slope == pytest.approx(-order, abs=0.2)


COUNT = 100_000


@pytest.mark.parametrize(
    "rule, steps, expected",
    [
        ("class-sampling", 4, 0.7),
        ("stochastic", 8, 0.7455),
        ("stochastic", 32, 0.7128),
        ("optimal-variance", 32, 0.7),
        ("sde-heun", 128, 0.7),
    ],
)
def test_the_share_of_random_inference(rule, steps, expected):
    random = np.random.default_rng(5)
    u = np.where(random.random((COUNT, 1)) < 0.7, 1.0, -1.0)
    start = noise(u, SCHEDULE.alpha_bar(0.0), random.standard_normal((COUNT, 1)))
    end = sample_latents(
        exact_weights, EMBEDDING, SCHEDULE, start, steps=steps, rule=rule, generator=random
    )
    error = np.sqrt(0.21 / COUNT)
    assert np.mean(end[:, 0] > 0) == pytest.approx(expected, abs=4 * error + 0.0005)


@pytest.mark.parametrize("rule", STEP_RULES + CONTINUOUS_RULES)
def test_every_rule_ends_at_a_certain_embedding(rule):
    def certain(z, time):
        return np.broadcast_to([0.0, 1.0], (*z.shape[:-1], 2))

    start = np.random.default_rng(0).standard_normal((3, 500, 1))
    seen = []
    end = sample_latents(
        certain, EMBEDDING, LinearSchedule(), start, steps=100, rule=rule,
        visit=lambda k, z: seen.append(k),
    )  # fmt: skip
    assert seen == list(range(101))
    assert end.shape == start.shape
    assert abs(end.mean() - 1) < 0.02 and end.std() < 0.2


def test_a_flow_of_exact_velocity_is_exact_in_one_step():
    start = np.random.default_rng(0).standard_normal((5, 2))
    target = np.array([2.0, -1.0])
    velocity = lambda z, time: (target - z) / (1 - time)  # noqa: E731
    np.testing.assert_allclose(integrate_flow(velocity, start, steps=1), np.tile(target, (5, 1)))


@pytest.mark.parametrize("rule", ["bayes", "ddpm"])
def test_unknown_rules_are_refused(rule):
    with pytest.raises(ValueError, match=f"rule is '{rule}'"):
        sample_latents(exact_weights, EMBEDDING, SCHEDULE, np.zeros((1, 1)), steps=2, rule=rule)
    with pytest.raises(ValueError, match=f"rule is '{rule}'"):
        integrate_flow(lambda z, t: z, np.zeros((1, 1)), steps=2, rule=rule)
