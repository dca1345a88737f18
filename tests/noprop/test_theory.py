"""The closed forms: against adaptive quadrature, the reference values, and bad input."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from corollary.theory import noprop as theory

MODULES = [
    import_module(f"{theory.__name__}.{module.name}")
    for module in iter_modules(theory.__path__)
    if module.name not in ("_arguments", "_decisions")
]
W, P = np.array([-1.3, 0.2, 1.1]), np.array([0.2, 0.5, 0.3])


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_examples_in_the_docstrings(module):
    failed, attempted = doctest.testmod(module)
    assert attempted > 0 and failed == 0


def test_every_public_function_is_documented_in_full():
    functions = [getattr(theory, name) for name in theory.__all__ if name.islower()]
    assert len(functions) > 35
    for function in functions:
        for section in ("Parameters\n", "Returns\n", "Raises\n", "Notes\n", ">>> "):
            assert section in function.__doc__, (function.__name__, section)


def test_the_cosine_schedule_has_its_reference_values():
    levels = theory.cosine_levels(10)
    known = [0, 0.0240879801, 0.0940309971, 0.2030899072, 0.3407566749, 0.4937668427, 0.6473775872,
             0.7867882182, 0.8985662536, 0.9719416652, 0.9998445910]  # fmt: skip
    np.testing.assert_allclose(levels, known, atol=5e-11)
    assert theory.signal_to_noise(levels[-1]) == pytest.approx(6433.63, abs=0.005)
    step = theory.step_coefficients(levels)
    np.testing.assert_allclose(step.estimate[[0, -1]], [0.15520, 0.99454], atol=5e-6)
    np.testing.assert_allclose(step.state[[1, -1]], [0.46986, 0.00546], atol=5e-6)
    np.testing.assert_allclose(step.variance[[0, 8]], [0.97591, 0.02088], atol=5e-6)
    weights = 5 * theory.snr_weights(levels)
    np.testing.assert_allclose(weights[[0, 4, 8]], [0.1234, 2.292, 128.9], rtol=5e-4)
    assert weights[-1] / weights.sum() == pytest.approx(0.995, abs=5e-4)


def density(z, level):
    return float(P @ norm.pdf(z, np.sqrt(level) * W, np.sqrt(1 - level)))


def posterior(z, level):
    joint = P * norm.pdf(z, np.sqrt(level) * W, np.sqrt(1 - level))
    return joint / joint.sum()


@pytest.mark.parametrize("level", [0.0, 0.3, 0.8])
def test_the_error_and_the_divergence_by_adaptive_quadrature(level):
    def error(z):
        r = posterior(z, level)
        return density(z, level) * (r @ W**2 - (r @ W) ** 2)

    ratio = theory.signal_to_noise(level)
    expected = quad(error, -9, 9, epsabs=1e-11, limit=200)[0]
    assert theory.mmse(ratio, W, P) == pytest.approx(expected, abs=1e-10)

    def log_ratio(z):
        return density(z, level) * (np.log(density(z, level)) - norm.logpdf(z))

    expected = quad(log_ratio, -9, 9, epsabs=1e-11, limit=200)[0]
    assert theory.mixture_divergence(level, W, P) == pytest.approx(expected, abs=1e-10)


def test_weights_and_head_by_bayes_rule():
    z = 0.7
    weights = theory.class_weights([z], P, W[:, None], 0.6)
    np.testing.assert_allclose(weights, posterior(z, 0.6), rtol=1e-13)
    matrix, biases = theory.output_head(P, W[:, None], 0.6)
    logits = z * matrix[0] + biases
    np.testing.assert_allclose(np.exp(logits) / np.exp(logits).sum(), weights, rtol=1e-13)


@pytest.mark.parametrize("ratio", [0.5, 2.0, 20.0])
def test_the_derivative_of_the_information_is_half_the_error(ratio):
    step = 1e-4 * ratio
    up, down = theory.mutual_information([ratio + step, ratio - step], W, P)
    assert (up - down) / (2 * step) == pytest.approx(theory.mmse(ratio, W, P) / 2, rel=1e-6)


def test_the_gap_of_discrete_time_is_of_first_order():
    gaps = [theory.discrete_gap(theory.log_linear_levels(n, 0.1, 0.95), [1, -1], [0.7, 0.3])
            for n in (128, 512)]  # fmt: skip
    assert 512 * gaps[1] == pytest.approx(1.57, abs=0.005)
    assert 128 * gaps[0] == pytest.approx(1.586, abs=0.005)


def test_the_runs_by_sampling_them():
    """An independent simulation of 8 Gaussian steps, 10^6 runs."""
    levels = theory.log_linear_signal(np.arange(9) / 8, 6.0)
    step, n = theory.step_coefficients(levels), 1_000_000
    random = np.random.default_rng(0)
    labels = np.where(random.random(n) < 0.7, 1.0, -1.0)
    z = np.sqrt(levels[0]) * labels + np.sqrt(1 - levels[0]) * random.standard_normal(n)
    for t in range(8):
        slope = np.sqrt(levels[t]) / (1 - levels[t])
        u = np.tanh(slope * z + 0.5 * np.log(0.7 / 0.3))
        noise = np.sqrt(step.variance[t]) * random.standard_normal(n)
        z = step.estimate[t] * u + step.state[t] * z + noise
    share = theory.run_class_probabilities(levels, [1, -1], [0.7, 0.3], start="exact")[0]
    assert abs((z > 0).mean() - share) < 4 * np.sqrt(0.25 / n)
    grid, law = theory.run_density(levels, [1, -1], [0.7, 0.3], start="exact")
    assert law.sum() * (grid[1] - grid[0]) == pytest.approx(1, abs=1e-8)
    assert law[grid > 0].sum() * (grid[1] - grid[0]) == pytest.approx(share, abs=1e-3)


def test_the_best_variance_samples_better():
    """Total variation from q(z_T | x) after 64 steps: 0.0069 and 0.0006."""
    levels = theory.log_linear_signal(np.arange(65) / 64, 6.0)

    def variation(variance):
        z, law = theory.run_density(levels, [1, -1], [0.7, 0.3], variance, "exact")
        right = theory.mixture_density(z, levels[-1], [1, -1], [0.7, 0.3])
        return 0.5 * np.abs(law - right).sum() * (z[1] - z[0])

    assert variation("posterior") == pytest.approx(0.0069, abs=5e-5)
    assert variation("optimal") == pytest.approx(0.0006, abs=5e-6)


def test_zero_start_decodes_the_bayes_class_for_symmetric_embeddings_only():
    random = np.random.default_rng(1)
    wrong = 0
    for _ in range(150):
        m, blocks = random.integers(2, 8), random.integers(1, 30)
        levels = np.sort(random.random(blocks + 1)) * 0.999
        p = random.dirichlet(np.ones(m))
        for rows in (np.eye(m), 2 * np.eye(m) - 2 / m):
            for step in (None, theory.ddim_coefficients(levels)):
                end = theory.noise_free_end(np.zeros(m), p, rows, levels, step)
                assert end.argmax() == p.argmax()
        rows = random.standard_normal((m, m))
        end = theory.noise_free_end(np.zeros(m), p, rows, levels)
        wrong += int(((end - rows) ** 2).sum(axis=1).argmin() != p.argmax())
    assert wrong > 20


def test_flow_matching_needs_the_matching_start():
    of_u = P @ W**2 - (P @ W) ** 2
    right = theory.flow_matching_end(W, P, 0.4, 1.16)[1]
    wrong = theory.flow_matching_end(W, P, 0.4, 1.0)[1]
    assert right == pytest.approx(of_u + 0.16, abs=1e-3)
    assert wrong < right - 0.04
    assert theory.flow_matching_floor(W, P) == pytest.approx(0.966513, abs=5e-7)

    def at(time):
        ratio = theory.signal_to_noise(theory.flow_matching_signal(time))
        return float(theory.mmse(ratio, W, P)) / (1 - time) ** 2

    assert quad(at, 0, 0.97, limit=100)[0] == pytest.approx(0.966513, abs=1e-4)


LEVELS = [0.0, 0.5, 0.9]


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: theory.step_coefficients([0.5, 0.2]), ValueError, "increase strictly"),
        (lambda: theory.step_coefficients([0.5, 0.5]), ValueError, "increase strictly"),
        (lambda: theory.step_coefficients([0.5, 1.0]), ValueError, "below 1"),
        (lambda: theory.step_coefficients([0.5]), ValueError, "at least 2"),
        (lambda: theory.step_coefficients([0.1, np.nan]), ValueError, "finite"),
        (lambda: theory.step_coefficients("levels"), TypeError, "signal_levels"),
        (lambda: theory.snr_weights([-0.1, 0.5]), ValueError, "at least 0"),
        (lambda: theory.signal_to_noise(1.0), ValueError, "signal"),
        (lambda: theory.cosine_signal(1.5), ValueError, "time"),
        (lambda: theory.cosine_signal(0.5, offset=0.0), ValueError, "offset"),
        (lambda: theory.cosine_levels(0), ValueError, "blocks"),
        (lambda: theory.cosine_levels(2.5), TypeError, "blocks"),
        (lambda: theory.log_linear_levels(4, 0.9, 0.1), ValueError, "last"),
        (lambda: theory.log_linear_signal(0.5, -1.0), ValueError, "half_range"),
        (lambda: theory.interpolated_signal(1.5, 0.0, 1.0), ValueError, "share"),
        (lambda: theory.step_divergence(LEVELS, -1.0), ValueError, "squared_error"),
        (lambda: theory.step_divergence(LEVELS, 1.0, 0.0), ValueError, "variance"),
        (lambda: theory.optimal_step_variance(LEVELS, 1.0, 0), ValueError, "dimension"),
        (lambda: theory.prior_divergence(1.0, 0.5), ValueError, "embedding"),
        (lambda: theory.discrete_objective(0.1, [1.0], [1.0], LEVELS), ValueError, "squared_er"),
        (lambda: theory.discrete_objective(0.1, [1, 1], [1.0], LEVELS, 0.0), ValueError, "eta"),
        (lambda: theory.diffusion_term([0.0, 0.5], [1.0, 1.0]), ValueError, "levels"),
        (lambda: theory.riemann_error_bound(1.0, -1.0, 4), ValueError, "variation"),
        (lambda: theory.class_weights([0.0], [0.5, 0.6], [[1.0], [2.0]], 0.5), ValueError, "sum"),
        (lambda: theory.class_weights([0.0], [1.0], [[1.0], [2.0]], 0.5), ValueError, "probab"),
        (lambda: theory.class_weights([0.0, 1.0], P, W[:, None], 0.5), ValueError, "state"),
        (lambda: theory.posterior_mean([0.0], P, W, 0.5), ValueError, "embeddings"),
        (lambda: theory.output_head(P, W[:, None], 1.0), ValueError, "signal"),
        (lambda: theory.gibbs_risk_ceiling(0.6, 2), ValueError, "bayes_risk"),
        (lambda: theory.gibbs_risk_ceiling(0.1, 1), ValueError, "classes"),
        (lambda: theory.mmse(-1.0, W, P), ValueError, "snr"),
        (lambda: theory.mmse(1.0, W, P[:2] / 0.7), ValueError, "probabilities"),
        (lambda: theory.discrete_gap([LEVELS], W, P), ValueError, "shape"),
        (lambda: theory.run_density(LEVELS, W, P, "none"), ValueError, "variance"),
        (lambda: theory.run_density(LEVELS, W, P, start="end"), ValueError, "start"),
        (lambda: theory.run_density([0.5, 0.5 + 1e-9], W, P), ValueError, "variance above"),
        (lambda: theory.run_class_probabilities(LEVELS, [1, 1], [0.5, 0.5]), ValueError, "differ"),
        (lambda: theory.flow_class_probabilities(LEVELS, W, P, "euler"), ValueError, "above 0"),
        (lambda: theory.flow_end(0.0, LEVELS, W, P, "leap"), ValueError, "method"),
        (lambda: theory.flow_matching_signal(1.0), ValueError, "time"),
        (lambda: theory.flow_matching_end(W, P, 0.0, 1.0), ValueError, "spread"),
        (lambda: theory.flow_matching_rank_floor([1.0]), ValueError, "embeddings"),
        (lambda: theory.kept_activations([4], 0, 1, True), ValueError, "batch"),
        (lambda: theory.kept_activations([4], 1, 1, 1), TypeError, "local"),
    ],
)
def test_bad_input_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call()
