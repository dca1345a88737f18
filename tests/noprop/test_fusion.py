"""A classifier fused into the denoiser: its blocks, and its runs on scikit-learn's digits."""

import doctest
import re

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from corollary.algorithms.noprop import CosineSchedule, _fusion
from corollary.algorithms.noprop._fusion import fused_classes, fused_weights
from corollary.algorithms.noprop._oracle import oracle_block_definition
from corollary.theory.noprop import bayes_accuracy
from corollary.verify import check
from corollary.verify.claims.noprop import trained
from corollary.verify.roles.noprop import FUSED_CLASSIFIER


def test_examples():
    assert doctest.testmod(_fusion).failed == 0
    assert doctest.testmod(_fusion).attempted > 3


@pytest.mark.parametrize("level", [0.0, 0.4, 0.95])
def test_a_fused_block_is_the_oracle_of_its_own_posterior(level):
    random = np.random.default_rng(0)
    z, f, w = (random.standard_normal(shape) for shape in ((50, 3), (50, 4), (4, 3)))
    weights = fused_weights(z, f, w, level)
    pmf = np.exp(f) / np.exp(f).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(weights @ w, oracle_block_definition(z, pmf, w, level), atol=1e-12)
    shifted = fused_weights(z, f + 1000 * random.standard_normal((50, 1)), w, level)
    np.testing.assert_allclose(shifted, weights, atol=1e-12)


# ---- on real data ----


def _half(kind):
    """Return a classifier's logits on the second half of the digits, by other writers."""
    X, y = load_digits(return_X_y=True)
    first, second = slice(0, 898), slice(898, None)
    model = kind.fit(X[first] / 16, y[first])
    return np.log(np.maximum(model.predict_proba(X[second] / 16), 1e-300)), y[second]


@pytest.fixture(
    scope="module",
    params=[
        LogisticRegression(C=0.05, max_iter=500),
        MLPClassifier((32,), max_iter=60, random_state=0),
    ],
    ids=["linear", "network"],
)
def digits(request):
    return _half(request.param)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("blocks", [1, 3, 10])
def test_from_zero_every_digit_gets_the_class_of_its_largest_logit(digits, blocks):
    logits, _ = digits
    levels = CosineSchedule().alpha_bars(blocks)
    for embedding in (np.eye(10), 3 * np.eye(10) - 0.1):
        classes = fused_classes(logits, embedding, levels, drawn=False)
        assert (classes == logits.argmax(axis=1)).all()


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("blocks", [1, 3, 10])
def test_one_run_on_digits_is_as_accurate_as_a_draw_from_the_models_posterior(digits, blocks):
    """No allowance but 5 standard errors of 20 runs on 899 digits: about 0.002 of accuracy."""
    logits, y = digits
    pmf = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    many, runs = np.repeat(logits, 20, axis=0), 20
    levels = CosineSchedule().alpha_bars(blocks)
    classes = fused_classes(many, np.eye(10), levels, drawn=True, seed=blocks)
    of_truth = pmf[np.arange(len(y)), y]
    error = np.sqrt(np.sum(of_truth * (1 - of_truth)) / runs) / len(y)
    found = (classes.reshape(-1, runs) == y[:, None]).mean()
    assert found == pytest.approx(of_truth.mean(), abs=5 * error)
    # The prediction says something: it is far from the accuracy of the best guess.
    assert (logits.argmax(axis=1) == y).mean() > of_truth.mean() + 10 * error


# ---- the claims ----


def test_with_embeddings_that_are_not_symmetric_a_trained_network_is_decoded_wrongly():
    (claim,) = [trained.fused_zero_start_decodes_the_network]
    (found,) = check(claims=[claim]).results[0].constraints
    assert found.name == "symmetric embeddings" and found.verdict == "refuted"
    case = claim.domain.case({**found.witness.parameters, "skew": 0.0})
    classes = fused_classes(case.logits, case.embeddings, case.levels, False)
    assert (classes == case.logits.argmax(axis=1)).all()


def test_the_data_are_as_hard_as_they_are_said_to_be():
    _, _, pmf = trained.mixture(4, 1.5, 40_000, np.random.default_rng(1))
    assert bayes_accuracy(pmf).mean() == pytest.approx(0.7318, abs=0.005)
    logits, labels = trained._trained(0)
    accuracy = (logits.argmax(axis=1) == labels).mean()
    assert 0.65 < accuracy < 0.735


@pytest.mark.parametrize(
    "wrong",
    ["logits 5 % high", "slope 6 % low", "mean of the classes for a drawn one"],
)
def test_a_subtly_wrong_fusion_is_refuted(wrong):
    report = check(FUSED_CLASSIFIER.mutants[wrong], "fused_classifier")
    assert "refuted" in {item.verdict for item in report.results}


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: fused_weights([[0.0]], [[0.0, 1.0]], [[1.0], [2.0]], 1.0), ValueError, "alpha"),
        (lambda: fused_weights([0.0], [[0.0, 1.0]], [[1.0], [2.0]], 0.5), ValueError, "latent"),
        (lambda: fused_weights([[0.0]], [[0.0]], [[1.0], [2.0]], 0.5), ValueError, "logits"),
        (lambda: fused_weights([["a"]], [[0.0]], [[1.0]], 0.5), TypeError, "latent"),
        (lambda: fused_classes([[0.0]], [1.0], [0.0, 0.5], True), ValueError, "embedding"),
        (lambda: fused_classes([[np.nan]], [[1.0]], [0.0, 0.5], True), ValueError, "logits"),
        (lambda: fused_classes([[0.0]], [[1.0]], [0.5, 0.5], True), ValueError, "increase"),
    ],
)
def test_bad_input_is_named(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call()
