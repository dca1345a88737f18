"""Backpropagation and the local rules: their updates against derivatives and against each other."""

import itertools
import warnings

import numpy as np
import pytest
from sklearn.utils.estimator_checks import check_estimator

from corollary.algorithms.noprop import (
    BackpropMLP,
    DirectFeedbackAlignment,
    DualPropagation,
    EndToEnd,
    ForwardForward,
)
from corollary.algorithms.noprop import _definition as definition
from corollary.algorithms.noprop.perceptrons import cosine

STEP = 1e-30
SMALL = {"hidden": (7, 5), "epochs": 1, "dtype": "float64"}


def data(rows=9, features=4, classes=3, seed=0):
    random = np.random.default_rng(seed)
    return random.standard_normal((rows, features)), np.arange(rows) % classes


def update(model, seed=1):
    """Return the direction of the first step after fitting, and what it depends on."""
    x, labels = data()
    parts = [part.theta for part in model.parts_]
    return model._gradients(parts, x, labels, np.random.default_rng(seed)), parts


def complex_step(function, point):
    gradient = np.empty(point.size)
    for k in range(point.size):
        moved = point.astype(complex)
        moved[k] += 1j * STEP
        gradient[k] = function(moved).imag / STEP
    return gradient


def chain_loss(parts, x, labels, first, layers, m):
    """Return the loss of the blocks end to end, from equations 17-19."""
    rest = parts[-1]
    head, offset, raw = rest[: m * m].reshape(m, m), rest[m * m : m * m + m], rest[m * m + m :]
    z, clock = first, np.zeros((len(x), 0))
    for theta, w in zip(parts[:-1], raw, strict=True):
        p = definition.softmax(definition.block_logits(theta, layers, x, z, clock))
        z = (1 - np.tanh(w)) * z + np.tanh(w) * p
    return definition.cross_entropy_loss(z @ head + offset, labels, 1.0)


def test_gradient_through_all_blocks():
    x, labels = data()
    model = EndToEnd(width=6, blocks=3, epochs=2, dtype="float64").fit(x, labels)
    (loss, gradients), parts = update(model)
    first = np.random.default_rng(1).standard_normal((9, 3))
    layers = model._shape().layers
    assert loss == pytest.approx(chain_loss(parts, x, labels, first, layers, 3), rel=1e-12)
    for index, gradient in enumerate(gradients):

        def moved(vector, index=index):
            changed = [*parts[:index], vector, *parts[index + 1 :]]
            return chain_loss(changed, x, labels, first, layers, 3)

        expected = complex_step(moved, parts[index])
        np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-13)


def mlp_loss(vector, sizes, x, labels, loss):
    weights, biases = definition.split_parameters(vector, list(itertools.pairwise(sizes)))
    for k, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        x = x @ weight + bias
        if k < len(weights) - 1:
            x = np.where(x.real > 0, x, 0)
    if loss == "cross-entropy":
        return definition.cross_entropy_loss(x, labels, 1.0)
    return ((x - np.eye(sizes[-1])[labels]) ** 2).sum(axis=1).mean() / 2


@pytest.mark.parametrize("loss", ["cross-entropy", "squared-error"])
def test_gradient_of_the_plain_network(loss):
    x, labels = data()
    model = BackpropMLP(loss=loss, **SMALL).fit(x, labels)
    (value, (gradient,)), (vector,) = update(model)
    sizes = [4, 7, 5, 3]
    assert value == pytest.approx(mlp_loss(vector, sizes, x, labels, loss), rel=1e-12)
    expected = complex_step(lambda v: mlp_loss(v, sizes, x, labels, loss), vector)
    np.testing.assert_allclose(gradient, expected, rtol=1e-10, atol=1e-14)


def same_parameters(model, other):
    for part, source in zip(model.parts_, other.parts_, strict=True):
        part.theta = source.theta.copy()


def test_dual_propagation_is_backpropagation_while_no_unit_crosses_its_kink():
    x, labels = data()
    exact = BackpropMLP(loss="squared-error", **SMALL).fit(x, labels)
    expected = update(exact)[0][1][0]
    errors = {}
    for nudge in (1e-4, 1.9):
        model = DualPropagation(nudge=nudge, **SMALL).fit(x, labels)
        same_parameters(model, exact)
        found = update(model)[0][1][0]
        errors[nudge] = np.abs(found - expected).max() / np.abs(expected).max()
    assert errors[1e-4] < 1e-9
    assert errors[1.9] > 1e-3, "a large nudge crosses kinks"


def test_dual_propagation_of_smooth_units_is_close_to_second_order():
    x, labels = data()
    steps = np.array([0.1, 0.05, 0.025])
    models = [
        DualPropagation(activation="tanh", nudge=float(nudge), **SMALL).fit(x, labels)
        for nudge in (*steps, 1e-4)
    ]
    for model in models:
        same_parameters(model, models[-1])
    *found, limit = (update(model)[0][1][0] for model in models)
    errors = [np.linalg.norm(f - limit) for f in found]
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(2, abs=0.1)


def test_direct_feedback_alignment_is_exact_at_the_last_layer():
    x, labels = data()
    exact = BackpropMLP(**SMALL).fit(x, labels)
    model = DirectFeedbackAlignment(activation="relu", **SMALL).fit(x, labels)
    same_parameters(model, exact)
    found, expected = (m._views(update(m)[0][1][0])[0] for m in (model, exact))
    np.testing.assert_allclose(found[-1], expected[-1], rtol=1e-12)
    assert abs(cosine(found[0], expected[0])) < 0.9, "hidden layers get something else"


def test_feedback_through_the_true_weights_is_backpropagation(monkeypatch):
    """One hidden layer: with B the transposed last matrix nothing distinguishes the rules."""
    x, labels = data()
    small = {**SMALL, "hidden": (7,)}
    exact = BackpropMLP(**small).fit(x, labels)
    model = DirectFeedbackAlignment(activation="relu", **small).fit(x, labels)
    same_parameters(model, exact)
    last = exact._views(exact.parts_[0].theta)[0][-1]
    monkeypatch.setattr(model, "feedback_matrices", lambda: [last.T])
    np.testing.assert_allclose(update(model)[0][1][0], update(exact)[0][1][0], rtol=1e-12)


@pytest.mark.parametrize("collaborative", [False, True])
def test_forward_forward_descends_its_own_loss(collaborative):
    """Each layer's gradient is that of its loss, with its input and the other layers held."""
    x, labels = data()
    model = ForwardForward(collaborative=collaborative, **SMALL).fit(x, labels)
    (_, gradients), parts = update(model)
    wrong = model._wrong(parts, x, labels, np.random.default_rng(1))
    assert (wrong != labels).all()
    both = np.vstack([model._labelled(x, labels), model._labelled(x, wrong)])
    inputs, hidden = model._layers(parts, both)
    goodness = [(h**2).mean(axis=1) for h in hidden]
    for k, gradient in enumerate(gradients):
        others = sum(goodness) - goodness[k] if collaborative else 0.0

        def local(vector, k=k, others=others):
            count = model._decayed(k)
            a = inputs[k] @ vector[:count].reshape(inputs[k].shape[1], -1) + vector[count:]
            seen = (np.where(a.real > 0, a, 0) ** 2).mean(axis=1) + others
            margin = np.repeat([-1.0, 1.0], len(x)) * (seen - model.threshold)
            return np.log(1 + np.exp(margin)).sum() / len(x)

        np.testing.assert_allclose(gradient, complex_step(local, parts[k]), rtol=1e-9, atol=1e-14)


def test_scaling_a_layer_of_forward_forward_changes_nothing_after_it():
    x, labels = data()
    model = ForwardForward(**SMALL).fit(x, labels)
    parts = [part.theta for part in model.parts_]
    count = model._decayed(0)
    parts[0][count:] = 0.0
    scaled = [4 * parts[0], parts[1]]
    given = model._labelled(x, labels)
    first, second = (model._layers(p, given)[1] for p in (parts, scaled))
    assert np.array_equal(4 * first[0], second[0])
    assert np.array_equal(first[1], second[1])


LEARNERS = [
    EndToEnd(width=16, blocks=3, epochs=60, dtype="float64", learning_rate=1e-2),
    BackpropMLP(hidden=(16,), epochs=60, learning_rate=1e-2),
    DirectFeedbackAlignment(hidden=(16, 16), epochs=60, learning_rate=1e-2),
    DualPropagation(hidden=(16,), epochs=60, learning_rate=1e-2),
    ForwardForward(hidden=(32, 32), epochs=100, learning_rate=1e-2, dtype="float64"),
    ForwardForward(hidden=(32, 32), epochs=60, learning_rate=1e-2, negatives="hard"),
]
RANDOM_START = dict.fromkeys(
    ["check_methods_sample_order_invariance", "check_methods_subset_invariance"],
    "rows get their random starts in the order of the call",
)


@pytest.mark.parametrize("model", LEARNERS, ids=lambda m: type(m).__name__)
def test_relatives_learn_and_last(model, iris, tmp_path):
    X, y = iris
    # forward-forward sees directions alone, which costs it on four features
    least = 0.8 if isinstance(model, ForwardForward) else 0.9
    assert model.fit(X, y).score(X, y) > least
    model.save(tmp_path / "model.npz")
    loaded = type(model).load(tmp_path / "model.npz")
    assert np.array_equal(loaded.predict_proba(X), model.predict_proba(X))
    loaded.partial_fit(X, y)
    model.partial_fit(X, y)
    assert all(
        np.array_equal(a.theta, b.theta) for a, b in zip(model.parts_, loaded.parts_, strict=True)
    )


@pytest.mark.parametrize("model", LEARNERS[:5], ids=lambda m: type(m).__name__)
def test_relatives_keep_the_conventions(model):
    exceptions = RANDOM_START if isinstance(model, EndToEnd) else {}
    if model.dtype == "float32":
        model = type(model)(**{**model.get_params(), "dtype": "float64"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(model, on_fail=None, expected_failed_checks=exceptions)
    status = {result["check_name"]: result["status"] for result in results}
    bad = {name: s for name, s in status.items() if s not in ("passed", "skipped", "xfail")}
    assert not bad


@pytest.mark.parametrize(
    "model, message",
    [
        (BackpropMLP(hidden=()), r"hidden is \(\)"),
        (BackpropMLP(hidden=3), "hidden is 3"),
        (BackpropMLP(loss="hinge"), "loss is 'hinge'"),
        (DualPropagation(nudge=2.0), "nudge is 2.0"),
        (DirectFeedbackAlignment(activation="gelu"), "activation is 'gelu'"),
        (ForwardForward(negatives="none"), "negatives is 'none'"),
        (ForwardForward(hidden=(0,)), "hidden is 0"),
        (EndToEnd(runs=0), "runs is 0"),
    ],
)
def test_bad_parameters_of_relatives_are_refused(model, message):
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(*data())


def test_an_interrupted_relative_goes_on(iris):
    def stop(name, done, total):
        if done == 2:
            raise KeyboardInterrupt

    model = BackpropMLP(hidden=(8,), epochs=5, progress=stop)
    with pytest.raises(KeyboardInterrupt):
        model.fit(*iris)
    model.set_params(progress=None)
    while model._epochs_done() < 5:
        model.partial_fit(*iris)
    whole = BackpropMLP(hidden=(8,), epochs=5).fit(*iris)
    assert np.array_equal(model.parts_[0].theta, whole.parts_[0].theta)
