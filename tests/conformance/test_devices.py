"""Arrays lie where they are asked to lie; array-api-strict has devices on every machine."""

import array_api_strict as xp
import numpy as np
import pytest

import corollary
from corollary import adapters
from corollary.verify.libraries import decode, device_of, encode
from corollary.verify.pytest_plugin import Conformance
from corollary.verify.roles.reasoning import MESSAGE_LAYER
from corollary.verify.roles.softmax import SOFTMAX

SUM = "softmax.sums-to-one"
FIRST, SECOND = xp.Device("device1"), xp.Device("device2")


def softmax(logits):
    exponentials = xp.exp(logits - xp.max(logits, axis=-1, keepdims=True))
    return exponentials / xp.sum(exponentials, axis=-1, keepdims=True)


def checked(function, device="device1", **options):
    options = {"library": "array_api_strict", "claims": [SUM], **options}
    return corollary.check(function, "softmax", device=device, **options)


def test_the_function_meets_its_arrays_on_the_device():
    seen = set()

    def noting(logits):
        seen.add(logits.device)
        return softmax(logits)

    report = checked(noting)
    assert report.as_expected and report.run.device == "device1"
    assert "in float64 of array_api_strict on device1," in report.to_html()
    assert seen == {FIRST}


@pytest.mark.parametrize("causal", [False, True])
def test_attention_scores_lie_there_too(causal):
    def weights(scores):
        assert scores.device == FIRST
        hidden = xp.asarray(-np.inf, dtype=scores.dtype, device=FIRST)
        seen = xp.tril(xp.ones(scores.shape, dtype=xp.bool, device=FIRST))
        return softmax(xp.where(seen, scores, hidden) if causal else scores)

    assert checked(adapters.attention(weights, causal=causal)).as_expected


def test_a_result_on_another_device_is_told():
    report = checked(lambda logits: softmax(logits).to_device(SECOND))
    (result,) = report.results
    assert (result.verdict, result.witness.fault) == ("refuted", "convention")
    assert "returned an array on array_api_strict.Device('device2'), expected" in (
        result.witness.message
    )
    assert "device='device1'" in report.explain(result)


def test_whole_numbers_and_reals_of_one_call_lie_together():
    seen = []

    def layer(features, edge_index, edges):
        seen.extend((item.device, item.dtype) for item in (features, edge_index, edges))
        return features

    implementation = MESSAGE_LAYER.implementation(
        layer, library="array_api_strict", device="device2"
    )
    features = np.ones((3, 1))
    edge_index, edges = np.zeros((2, 1), dtype=np.int64), np.zeros((1, 1))
    assert np.array_equal(implementation.arrays(features, edge_index, edges), features)
    assert seen == [(SECOND, xp.float64), (SECOND, xp.int64), (SECOND, xp.float64)]


def test_values_come_back_from_any_device():
    values = np.array([[0.5, -np.inf], [1.0, -3.0]])
    there = encode(values, "array_api_strict", "float32", "device2")
    assert there.device == SECOND
    assert encode(values, "array_api_strict", "float64", there.device).device == SECOND
    assert np.array_equal(decode(there, "array_api_strict"), values)


@pytest.mark.parametrize(
    "options",
    [
        {"library": "numpy", "device": "cuda"},
        {"library": "array_api_strict", "device": "cuda"},
        {"library": "array_api_strict", "device": 7},
    ],
)
def test_a_device_that_is_not_there_is_named(options):
    with pytest.raises(
        ValueError, match=f"can have float64 arrays here, got {options['device']!r}"
    ):
        corollary.check(softmax, "softmax", **options)


def test_a_device_needs_a_function():
    with pytest.raises(ValueError, match="device needs a function, got 'cuda' without one"):
        corollary.check(device="cuda")


def test_the_test_of_a_device_is_named_by_it():
    options = {"bind": None, "dtype": "float32", "library": "torch", "device": "cuda"}
    assert Conformance("softmax", options, {}, ()).label(SUM) == f"{SUM}-float32-cuda"


def test_records_of_one_device_do_not_stand_for_another():
    def stamp(device):
        options = {"library": "array_api_strict", "device": device}
        return SOFTMAX.implementation(softmax, **options).fingerprint()

    assert stamp("device1") == stamp("device1") != stamp("device2")


def test_a_module_is_called_where_its_parameters_lie():
    torch = pytest.importorskip("torch")
    assert device_of(torch.nn.Linear(2, 2, device="meta")) == "meta"
    assert device_of(torch.nn.Softmax(dim=-1)) is None
    assert device_of(softmax) is None
    module = torch.nn.Linear(2, 2)
    assert SOFTMAX.implementation(module).device == "cpu"


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_softmax_on_the_gpu(dtype):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="got 'cuda'"):
            corollary.check(torch.softmax, "softmax", device="cuda")
        return
    assert corollary.check(torch.softmax, "softmax", device="cuda", dtype=dtype).as_expected
