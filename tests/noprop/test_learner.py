"""Claims about whole learners: what passes, what is told apart, and how faults are named."""

import numpy as np
import pytest

import corollary
from corollary.algorithms.noprop import NoPropCT
from corollary.verify import Fault
from corollary.verify.claims.noprop import trained
from corollary.verify.roles.noprop import DIFFUSION_LEARNER, learner, mixture, reference_learner
from corollary.verify.roles.noprop._learner import posterior_of_gaussians


def verdicts(function):
    report = corollary.check(function, "diffusion_learner")
    return {item.claim.partition(".")[2]: item.verdict for item in report.results}


ALL = {
    "trained-runs-fall-from-bayes-to-gibbs",
    "trained-zero-starts-are-near-bayes",
    "trained-zero-starts-need-symmetric-embeddings",
}


def test_ideal_blocks_of_a_fitted_posterior_pass():
    """What the wrong learners are made from is right."""
    assert verdicts(learner()) == dict.fromkeys(ALL, "holds")


def test_the_fitted_posterior_is_near_the_true_one():
    x, labels, _ = mixture(4, 1.5, 4000, np.random.default_rng(0))
    fresh, _, pmf = mixture(4, 1.5, 1000, np.random.default_rng(1))
    assert np.abs(posterior_of_gaussians(x, labels, fresh, 4) - pmf).mean() < 0.02


def test_another_learner_plays_the_role():
    """Continuous time, with as many steps as the role asks for blocks."""

    def learn(X, y, embeddings, blocks, seed, fresh):
        model = NoPropCT(width=64, epochs=60, steps=blocks, embedding=embeddings, runs=1, seed=seed)
        run = model.fit(X, y).predict_runs(fresh)[0]
        return run, model.set_params(inference="zero-start").predict(fresh)

    assert verdicts(learn) == dict.fromkeys(ALL, "holds")


def test_a_run_from_zero_passed_off_as_a_run_is_refuted():
    def learn(X, y, embeddings, blocks, seed, fresh):
        _, zero = learner()(X, y, embeddings, blocks, seed, fresh)
        return zero, zero

    found = verdicts(learn)
    assert found["trained-runs-fall-from-bayes-to-gibbs"] == "refuted"
    assert found["trained-zero-starts-are-near-bayes"] == "holds"


@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("blocks", list(trained._BANDS))
def test_the_bands_are_no_luck_of_a_seed(seed, blocks):
    """Other data and other initial networks than those of the claims."""
    generator = np.random.default_rng(seed)
    x, labels, _ = mixture(4, 1.5, 4000, generator)
    fresh, _, pmf = mixture(4, 1.5, 10_000, generator)
    run, zero = reference_learner(x, labels, np.eye(4), blocks, seed, fresh)
    assert trained._outside(run, pmf, *trained._BANDS[blocks]) == 0
    assert trained._outside(zero, pmf, 1 - trained.TENTH, 1.0) == 0


def test_the_distance_from_a_band_is_that_of_the_accuracy():
    _, _, pmf = mixture(4, 1.5, 40_000, np.random.default_rng(0))
    best = pmf.argmax(axis=1)
    assert trained._outside(best, pmf, 1.0, 1.0) == 0
    uniform = np.random.default_rng(1).random((len(pmf), 1))
    drawn = (np.cumsum(pmf, axis=1) <= uniform).sum(axis=1).clip(0, 3)
    assert trained._outside(drawn, pmf, 0.0, 0.0) == 0
    assert trained._outside(best, pmf, 0.0, 0.25) == pytest.approx(0.75, abs=0.05)
    assert trained._outside(drawn, pmf, 0.75, 1.0) == pytest.approx(0.75, abs=0.1)


X, Y = np.eye(3), np.arange(3)


@pytest.mark.parametrize(
    "function, kind, text",
    [
        (lambda *a: np.zeros(3), "convention", "two arrays"),
        (lambda *a: (np.zeros(3), np.zeros(2)), "convention", "shape"),
        (lambda *a: (np.zeros(3), np.full(3, 0.5)), "convention", "classes 0 to 2"),
        (lambda *a: (np.zeros(3), np.array([0, 1, 3])), "convention", "classes 0 to 2"),
        (lambda *a: (np.zeros(3), np.array(["a", "b", "c"])), "convention", "real numbers"),
        (lambda *a: {}[1], "raised", "KeyError"),
        (lambda a, b: (a, b), "outside the domain", "TypeError"),
    ],
)
def test_faults_of_the_interface_are_named(function, kind, text):
    with pytest.raises(Fault, match=text) as caught:
        DIFFUSION_LEARNER.adapt(DIFFUSION_LEARNER.implementation(function))(X, Y, X, 2, 0, X)
    assert caught.value.kind == kind


def test_lists_of_classes_are_welcome():
    learn = DIFFUSION_LEARNER.adapt(
        DIFFUSION_LEARNER.implementation(lambda *a: [[0, 1, 2], (2.0, 1.0, 0.0)])
    )
    run, zero = learn(X, Y, X, 2, 0, X)
    assert run.tolist() == [0, 1, 2] and zero.tolist() == [2, 1, 0]
