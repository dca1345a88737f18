"""The learners keep scikit-learn's conventions, and say no in words."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from corollary.algorithms import noprop
from corollary.algorithms.noprop import NoPropCT, NoPropDT, NoPropFM, TableSchedule
from corollary.algorithms.noprop import _definition as definition

# In float64 and started at zero a prediction is a function of its row alone, up to rounding.
SURE = {"width": 16, "inference": "zero-start", "dtype": "float64"}
RANDOM_DRAW = (
    "a prediction is a draw from the posterior: rows get their random numbers in the order of the "
    "call, so that other rows or another order get others"
)
RANDOM = dict.fromkeys(
    ["check_methods_sample_order_invariance", "check_methods_subset_invariance"], RANDOM_DRAW
)


@pytest.mark.parametrize(
    "model, exceptions",
    [
        (NoPropDT(blocks=3, epochs=40, **SURE), {}),
        (NoPropCT(epochs=60, steps=5, **SURE), {}),
        (NoPropFM(epochs=60, **SURE), {}),
        (NoPropDT(blocks=3, epochs=40, width=16, dtype="float64"), RANDOM),
    ],
    ids=["DT", "CT", "FM", "DT at random"],
)
def test_checks_of_scikit_learn(model, exceptions):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # skipped checks warn
        results = check_estimator(model, on_fail=None, expected_failed_checks=exceptions)
    status = {result["check_name"]: result["status"] for result in results}
    bad = {name: s for name, s in status.items() if s not in ("passed", "skipped", "xfail")}
    assert not bad
    assert sum(s == "passed" for s in status.values()) > 40


@pytest.mark.parametrize("kind", [NoPropDT, NoPropCT, NoPropFM])
def test_learns_iris_with_labels_of_strings(kind, iris):
    X, y = iris
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = clone(kind(width=32, epochs=100, learning_rate=1e-2, seed=1)).fit(X, names)
    assert model.score(X, names) > 0.93
    assert set(model.predict(X[:20])) == {"setosa"}
    proba = model.predict_proba(X)
    assert proba.shape == (150, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert np.array_equal(proba, model.predict_proba(X)), "asked twice, the same answer"


@pytest.mark.parametrize(
    "model",
    [
        NoPropDT(width=8, epochs=3, blocks=3),
        NoPropCT(width=8, epochs=3, steps=4),
        NoPropFM(width=8, epochs=3, sigma=0.3),
    ],
)
def test_every_way_of_inference_answers(model, tiny):
    X, y = tiny
    model.fit(X, y)
    rows = []
    for inference in type(model)._rules:
        model.set_params(inference=inference, runs=3)
        rows.append(model.predict_proba(X))
        assert np.isfinite(rows[-1]).all()
        runs = 1 if inference == "zero-start" else 3
        assert model.sample_latents(X).shape == (runs, 8, 2)
        paths = model.trajectories(X)
        assert paths.shape[1:] == (runs, 8, 2)
        assert np.array_equal(paths[-1], model.sample_latents(X))
    assert len(rows) >= 3


def test_many_rows_come_in_pieces(tiny):
    X, y = tiny
    model = NoPropFM(width=8, epochs=2, runs=2).fit(X, y)
    many = np.tile(X, (600, 1))
    latents = model.sample_latents(many)
    assert latents.shape == (2, 4800, 2)
    # the first piece is that of a call with these rows alone
    assert np.array_equal(latents[:, :2048], model.sample_latents(many[:2048]))
    assert not np.array_equal(latents[:, :2048], latents[:, 2048:4096])


def test_embeddings_can_be_given(tiny):
    X, y = tiny
    embedding = np.array([[0.0, 0.0, 2.0], [0.0, 2.0, 0.0]])
    model = NoPropFM(width=8, epochs=3, scale=1.0, embedding=embedding).fit(X, y)
    assert model.sample_latents(X).shape[-1] == 3
    np.testing.assert_array_equal(model.embedding_, embedding)


def test_a_clone_learns_the_same(tiny):
    X, y = tiny
    model = NoPropDT(width=8, epochs=5, blocks=2, seed=3)
    other = clone(model).set_params(seed=4)
    first, again = model.fit(X, y).blocks_[1].theta, clone(model).fit(X, y).blocks_[1].theta
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other.fit(X, y).blocks_[1].theta)
    assert repr(model) == "NoPropDT(blocks=2, epochs=5, seed=3, width=8)"


BAD_PARAMETERS = [
    ({"width": 1}, "width is 1"),
    ({"width": 2.5}, "width is 2.5"),
    ({"epochs": 0}, "epochs is 0"),
    ({"runs": 0}, "runs is 0"),
    ({"blocks": 0}, "blocks is 0"),
    ({"threads": 0}, "threads is 0"),
    ({"seed": -1}, "seed is -1"),
    ({"eta": 0.0}, "eta is 0.0"),
    ({"scale": float("nan")}, "scale is nan"),
    ({"learning_rate": 0.0}, "learning_rate is 0.0"),
    ({"weight_decay": -1.0}, "weight_decay is -1.0"),
    ({"inference": "bayes"}, "inference is 'bayes'"),
    ({"dtype": "float16"}, "dtype is 'float16'"),
    ({"embedding": "two-hot"}, "embedding is 'two-hot'"),
    ({"embedding": np.eye(3)}, r"embedding has shape \(3, 3\)"),
    ({"schedule": 0.5}, "schedule is 0.5"),
    ({"batch_size": 9}, "batch_size is 9, larger than the data"),
]


@pytest.mark.parametrize("parameters, message", BAD_PARAMETERS)
def test_bad_parameters_are_refused(parameters, message, tiny):
    with pytest.raises((ValueError, TypeError), match=message):
        NoPropDT(**{"epochs": 1, **parameters}).fit(*tiny)


def test_bad_data_are_refused(tiny):
    X, y = tiny
    model = NoPropDT(width=8, epochs=1, blocks=2)
    hole = X.copy()
    hole[3, 1] = np.nan
    with pytest.raises(ValueError, match="X contains NaN"):
        model.fit(hole, y)
    with pytest.raises(ValueError, match="one class alone"):
        model.fit(X, np.zeros(8))
    with pytest.raises(ValueError, match=r"y has shape \(7,\); it must be \(8,\)"):
        model.fit(X, y[:7])
    with pytest.raises(ValueError, match="not fitted"):
        model.predict(X)
    model.fit(X, y)
    with pytest.raises(ValueError, match="X has 1 features, but NoPropDT is expecting 2"):
        model.predict(X[:, :1])
    with pytest.raises(ValueError, match="y holds the label 5, which is not among"):
        model.partial_fit(X, y + 5)
    with pytest.raises(ValueError, match="classes is"):
        model.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="classes must be given"):
        NoPropDT().partial_fit(X, y)
    with pytest.raises(ValueError, match="block_order"):
        model.fit(X, y, block_order=[0, 0])
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        model.set_params(depth=3)


def test_data_are_left_alone(tiny):
    X, y = tiny
    before = X.copy(), y.copy()
    NoPropFM(width=8, epochs=2).fit(X, y).predict(X)
    assert np.array_equal(before[0], X) and np.array_equal(before[1], y)


def test_all_names_exist():
    assert all(hasattr(noprop, name) for name in noprop.__all__)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"batch_size": 9}, "batch_size is 9"),
        ({"embedding": np.eye(5)}, "embedding has shape"),
        ({"width": 0}, "width is 0"),
    ],
)
def test_a_refused_training_loses_nothing(changes, message, tiny):
    X, y = tiny
    model = NoPropDT(width=8, epochs=2, blocks=2).fit(X, y)
    before, usual = model.predict_proba(X), model.get_params()
    with pytest.raises(ValueError, match=message):
        model.set_params(**changes).fit(X, y)
    model.set_params(**usual)
    with pytest.raises(ValueError, match="block_order"):
        model.fit(X, y, block_order=[1])
    with pytest.raises(TypeError, match="cannot be trained with"):
        model.fit(X, y, sample_weight=y)
    assert np.array_equal(model.predict_proba(X), before)


def test_a_first_call_that_fails_leaves_an_unfitted_model(tiny):
    X, y = tiny
    model = NoPropFM(width=8, embedding="prototype")
    with pytest.raises(ValueError, match="no sample of class 2"):
        model.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="not fitted"):
        model.predict(X)


@pytest.mark.parametrize("name, value", [("width", 10), ("blocks", 3), ("dtype", "float64")])
def test_arguments_that_the_state_depends_on_must_stay(name, value, tiny):
    X, y = tiny
    model = NoPropDT(width=8, epochs=2, blocks=2).fit(X, y)
    model.set_params(**{name: value})
    for ask in (model.predict, model.sample_latents, lambda X: model.partial_fit(X, y)):
        with pytest.raises(ValueError, match=f"{name} is .* but the model was fitted with"):
            ask(X)


def test_a_level_of_zero_has_no_differential_equation(tiny):
    X, y = tiny
    schedule = TableSchedule((0.0, 0.5, 0.9))
    model = NoPropCT(width=8, epochs=2, schedule=schedule).fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()
    with pytest.raises(ValueError, match="needs a positive first level"):
        model.set_params(inference="ode-euler").predict(X)


def test_weights_of_a_block_by_its_definition(tiny):
    X, y = tiny
    model = NoPropDT(width=8, epochs=2, blocks=4, dtype="float64").fit(X, y)
    z = np.random.default_rng(0).standard_normal((8, 2))
    for block in range(4):
        logits = definition.block_logits(
            model.blocks_[block].theta, model._shape().layers, X, z, np.zeros((8, 0))
        )
        found = model.class_weights(z, X, block / 4)
        np.testing.assert_allclose(found, definition.softmax(logits), rtol=1e-12)
    with pytest.raises(ValueError, match=r"latent has shape \(8, 3\); it must be \(8, 2\)"):
        model.class_weights(np.ones((8, 3)), X, 0.5)
    with pytest.raises(ValueError, match="latent has shape"):
        model.class_weights(np.ones((7, 2)), X, 0.5)
    with pytest.raises(ValueError, match="time reaches"):
        model.class_weights(z, X, 1.5)


@pytest.mark.parametrize("model", [NoPropDT(blocks=3), NoPropCT(steps=4), NoPropFM()])
def test_from_zero_nothing_is_random(model, tiny):
    X, y = tiny
    model = clone(model).set_params(width=8, epochs=3).fit(X, y)
    usual = model.sample_latents(X)
    assert not np.array_equal(usual, model.set_params(seed=1).sample_latents(X))
    paths = model.set_params(inference="zero-start").trajectories(X)
    assert (paths[0] == 0).all() and (paths[1] != 0).any()
    assert np.array_equal(paths, model.set_params(seed=2).trajectories(X))
