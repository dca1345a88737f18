"""The max-retrieval model: its gradient, its merged matrices, its optimiser, its resumption."""

import math

import numpy as np
import pytest

from corollary.figures._pipeline import single_threaded_worker
from corollary.figures.softmax import _retriever as retriever
from corollary.figures.softmax import _training as training


@pytest.fixture
def batch():
    random = np.random.default_rng(5)
    sets, n = 6, 7
    return (
        random.random((sets, n)),
        random.integers(0, retriever.CLASSES, (sets, n)),
        random.random(sets),
    )


@pytest.fixture
def flat():
    """Parameters somewhat larger than the initial ones, so that no gradient is tiny."""
    return retriever.initial(np.random.default_rng(4)).astype(np.float64) * 2.5


def plain_gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def plain_loss(p, priorities, classes, queries):
    """The model as it is described: every matrix applied to every item, one set at a time."""
    total = 0.0
    for priority, label, q in zip(priorities, classes, queries, strict=True):
        inputs = np.column_stack([priority, np.eye(retriever.CLASSES)[label]])
        hidden = plain_gelu(inputs @ p["item_in"] + p["item_in_bias"])
        embedded = hidden @ p["item_out"] + p["item_out_bias"]
        asked = plain_gelu(np.array([q]) @ p["query_in"] + p["query_in_bias"])
        query = (asked @ p["query_out"] + p["query_out_bias"]) @ p["query"]
        logits = embedded @ p["key"] @ query / math.sqrt(retriever.WIDTH)
        weights = np.exp(logits - logits.max())
        weights /= weights.sum()
        value = weights @ (embedded @ p["value"])
        outputs = plain_gelu(value @ p["read_in"] + p["read_in_bias"]) @ p["read_out"]
        outputs = outputs + p["read_out_bias"]
        target = label[np.argmax(priority)]
        total += np.log(np.exp(outputs).sum()) - outputs[target]
    return total / len(queries)


def test_the_loss_is_that_of_the_plain_model(flat, batch):
    loss, _, _ = retriever.loss_and_gradient(flat, *batch)
    assert loss == pytest.approx(plain_loss(retriever.views(flat), *batch), rel=1e-12)


@pytest.mark.parametrize("name", list(retriever.SHAPES))
def test_the_gradient_is_the_slope_of_the_loss(name, flat, batch):
    """Fourth-order differences along a random direction within each matrix."""
    gradient = retriever.loss_and_gradient(flat, *batch)[2]
    direction = np.zeros_like(flat)
    view = retriever.views(direction)[name]
    view[...] = np.random.default_rng(len(name)).standard_normal(view.shape)
    direction /= np.linalg.norm(direction)

    def loss(step):
        return retriever.loss_and_gradient(flat + step * direction, *batch)[0]

    h = 1e-3
    slope = (loss(-2 * h) - 8 * loss(-h) + 8 * loss(h) - loss(2 * h)) / (12 * h)
    assert abs(slope) > 1e-6, "the direction must matter for the test to say anything"
    assert gradient @ direction == pytest.approx(slope, rel=1e-6)


def test_gelu_and_its_derivative_hold_far_out():
    x = np.array([-1e4, -30.0, -1.0, 0.0, 0.5, 30.0, 1e4], np.float32)
    value, slope = retriever.gelu(x)
    assert value == pytest.approx(plain_gelu(x.astype(np.float64)), rel=1e-5, abs=1e-6)
    assert slope[[0, 1, 5, 6]] == pytest.approx([0, 0, 1, 1], abs=1e-6)


def test_adamw_is_the_textbook_rule():
    random = np.random.default_rng(0)
    state = random.random((3, 50)).astype(np.float32)
    gradient = random.standard_normal(50).astype(np.float32)
    p, m, v = state.astype(np.float64)
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient.astype(np.float64) ** 2
    p = p - training.LEARNING_RATE * training.WEIGHT_DECAY * p
    p = p - training.LEARNING_RATE * (m / (1 - 0.9**3)) / (np.sqrt(v / (1 - 0.999**3)) + 1e-8)
    training._adamw(state, gradient, 3)
    assert state == pytest.approx(np.array([p, m, v]), rel=1e-5)


@pytest.fixture(scope="module")
def worker():
    """One process for all trainings: with many threads small matrix products are slow."""
    with single_threaded_worker() as executor:
        yield executor


def test_training_lowers_the_loss(worker, tmp_path):
    for step in (60, 120):
        assert worker.submit(training.train_block, tmp_path / "m.npz", 3, 60).result() == step
    curve = training.Training.load(tmp_path / "m.npz").curve
    assert curve[:, 0].tolist() == [60, 120]
    assert curve[1, 1] < 0.75 * curve[0, 1]


def test_an_interrupted_training_continues_to_the_same_bits(worker, tmp_path):
    """Seven steps at once, against four, a saved model, and three."""
    for name, blocks in (("whole", (7,)), ("parts", (4, 3))):
        for steps in blocks:
            worker.submit(training.train_block, tmp_path / name, 7, steps).result()
    whole, parts = (training.Training.load(tmp_path / name) for name in ("whole", "parts"))
    assert whole.step == parts.step == 7
    assert np.array_equal(whole.state, parts.state)


def test_an_evaluation_scores_what_it_says(worker, tmp_path):
    """Recompute the scores of one size from the same sets, in float64, set by set."""
    path = tmp_path / "model.npz"
    worker.submit(training.train_block, path, 2, 30).result()
    model = training.Training.load(path)
    scores = worker.submit(training.evaluate, path, 20, 50).result()
    p = {name: view.astype(np.float64) for name, view in retriever.views(model.state[0]).items()}
    priorities, classes, queries = training.random_sets(
        training._random(2, training._TEST, 20), 50, 20
    )
    hidden = retriever.items(p, priorities.astype(np.float64), classes)[0]
    logits = np.einsum("snw,sw->sn", hidden, retriever.head(p, queries.astype(np.float64))[0])
    best = priorities.argmax(axis=1)
    top = logits.argmax(axis=1)
    assert list(training.WEIGHTINGS)[3] == "hard"
    outputs = retriever.read(p, hidden[np.arange(50), top])[0]
    right = outputs.argmax(axis=1) == classes[np.arange(50), best]
    assert scores["accuracy"][3] == pytest.approx(right.mean(), abs=0.021)  # one set may tie
    assert scores["top_accuracy"] == pytest.approx((top == best).mean(), abs=0.021)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    assert scores["maximum"][0] == pytest.approx(weights.max(axis=1).mean(), rel=1e-4)
    entropy = -(weights * np.log(weights)).sum(axis=1).mean()
    assert scores["entropy"][0] == pytest.approx(entropy, rel=1e-4)
    assert scores["spread"] == pytest.approx(np.ptp(logits, axis=1).mean(), rel=1e-4)
