"""Attention over (batch, heads, query, key) and backward passes, judged through adapters."""

import numpy as np
import pytest

import corollary
from corollary import adapters

CLAIMS = ["softmax.masked-items", "softmax.odds", "softmax.sums-to-one"]


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def causal(diagonal=0, hidden=-np.inf):
    def weights(scores):
        assert scores.ndim == 4
        seen = np.tri(*scores.shape[-2:], diagonal, dtype=bool)
        return softmax(np.where(seen, scores, scores.dtype.type(hidden)))

    return weights


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_scores_with_four_axes(dtype):
    rows = adapters.attention(softmax)
    assert corollary.check(rows, "softmax", claims=CLAIMS, dtype=dtype).as_expected
    wrong = adapters.attention(lambda scores: np.moveaxis(softmax(np.moveaxis(scores, 2, 3)), 3, 2))
    verdicts = {item.verdict for item in corollary.check(wrong, "softmax", claims=CLAIMS).results}
    assert verdicts == {"refuted"}


def test_any_number_of_rows_comes_back():
    logits = np.random.default_rng(0).normal(size=(7, 5))
    for through in (adapters.attention(softmax), adapters.attention(causal(), causal=True)):
        np.testing.assert_allclose(through(logits), softmax(logits), rtol=1e-14)


@pytest.mark.parametrize(
    "diagonal, hidden, refuted",
    [
        (0, -np.inf, set()),
        (1, -np.inf, {"softmax.masked-items", "softmax.odds"}),  # sees one key too many
        (-1, -1e30, {"softmax.masked-items", "softmax.odds"}),  # one too few
        (0, -5.0, {"softmax.masked-items", "softmax.odds"}),  # hides too little
    ],
)
def test_causal_masks(diagonal, hidden, refuted):
    rows = adapters.attention(causal(diagonal, hidden), causal=True)
    report = corollary.check(rows, "softmax", claims=CLAIMS)
    assert {item.claim for item in report.results if item.verdict == "refuted"} == refuted


def test_a_causal_kernel_gets_masked_items_in_any_place():
    rows = adapters.attention(causal(), causal=True)
    claims = ["softmax.permutation-equivariance", "softmax.single-item"]
    corollary.check(rows, "softmax", claims=claims).raise_for_refuted()
    logits = np.array([[-np.inf, 1.0, -np.inf, 0.0], [2.0, -np.inf, 1.0, 0.5]])
    np.testing.assert_allclose(rows(logits), softmax(logits), rtol=1e-14)


def test_a_result_of_another_shape_is_a_refutation():
    rows = adapters.attention(lambda scores: softmax(scores)[:, 0])
    found = corollary.check(rows, "softmax", claims=CLAIMS[:1]).results[0].witness
    assert "returned (1, 2, " in found.message and "for scores of shape (1, 2, 2, " in found.message


def test_arrays_stay_those_of_the_library():
    xp = pytest.importorskip("array_api_strict")

    def strict(scores):
        assert scores.__array_namespace__() is xp
        exponentials = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
        return exponentials / xp.sum(exponentials, axis=-1, keepdims=True)

    report = corollary.check(
        adapters.attention(strict), "softmax", claims=CLAIMS, library="array_api_strict"
    )
    assert report.as_expected


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="function must be callable, got int"):
        adapters.attention(3)
    with pytest.raises(ValueError, match="library must be one of torch, jax, got 'numpy'"):
        adapters.backward(softmax, library="numpy")


def test_the_backward_pass_of_torch():
    torch = pytest.importorskip("torch")
    right = adapters.backward(lambda x: torch.softmax(x, -1))
    assert corollary.check(right, "softmax_gradient", library="torch").as_expected
    detached = adapters.backward(lambda x: torch.exp(x) / torch.exp(x).detach().sum(-1, True))
    report = corollary.check(detached, "softmax_gradient", library="torch")
    assert "softmax.gradient-sums-to-zero" in {
        item.claim for item in report.results if item.verdict == "refuted"
    }
