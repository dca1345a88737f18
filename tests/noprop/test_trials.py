"""The comparison of the learners: settings, splits, measures."""

import numpy as np
import pytest

from corollary.algorithms.noprop import BackpropMLP, NoPropDT, NoPropFM
from corollary.algorithms.noprop.trials import learners, run_trial, stratified_split


def test_a_split_keeps_the_shares_of_the_classes():
    y = np.repeat([0, 1, 2], [50, 100, 25])
    train, test = stratified_split(y, seed=3)
    assert sorted([*train, *test]) == list(range(175))
    assert np.bincount(y[test]).tolist() == [10, 20, 5]
    assert not np.array_equal(test, stratified_split(y, seed=4)[1])
    assert np.array_equal(test, stratified_split(y, seed=3)[1])
    with pytest.raises(ValueError, match=r"share is 1\.5"):
        stratified_split(y, 0, 1.5)


def test_sizes_are_those_of_the_comparison():
    """A block of width 64 on 64 features and 10 classes, and with a time branch."""
    X = np.random.default_rng(0).random((20, 64))
    y = np.arange(20) % 10
    found = {
        name: run_trial(learners()[name].set_params(epochs=1), (X, y), (X, y)).parameters
        for name in ("DT, width 64", "CT, constant weight", "backpropagation, 128-64")
    }
    assert found == {
        "DT, width 64": 131_300,
        "CT, constant weight": 15_722,
        "backpropagation, 128-64": 17_226,
    }


def test_measures_of_a_trial(iris):
    X, y = iris
    model = NoPropDT(width=16, blocks=3, epochs=30, learning_rate=1e-2)
    outcome = run_trial(model, iris, iris)
    assert model.get_params()["inference"] == "stochastic"
    single = (model.predict_runs(X) == y).mean()
    assert outcome.single == pytest.approx(single)
    assert outcome.zero == model.set_params(inference="zero-start").score(X, y)
    assert 0.5 < outcome.single <= outcome.vote + 0.1
    plain = run_trial(BackpropMLP(hidden=(8,), epochs=30), iris, iris)
    assert 0.5 < plain.single <= 1 and np.isnan(plain.vote) and np.isnan(plain.zero)
    assert plain.seconds > 0


def test_runs_decide_one_by_one(tiny):
    X, y = tiny
    model = NoPropFM(width=16, epochs=100, runs=5).fit(X, y)
    answers = model.predict_runs(X)
    assert answers.shape == (5, 8)
    shares = (answers[..., None] == model.classes_).mean(axis=0)
    np.testing.assert_allclose(model.predict_proba(X), shares)
