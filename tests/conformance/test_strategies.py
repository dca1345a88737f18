"""The public strategies draw what the claims' own domains allow."""

import numpy as np
import pytest
from hypothesis import given

import corollary
from corollary.verify import Integers

strategies = corollary.strategies


@given(strategies.heads(n=Integers(2, 8), dtype="float16"))
def test_heads_are_finite_rounded_and_of_the_size_asked_for(head):
    assert head.logits.shape == (1, head.n) and 2 <= head.n <= 8
    assert np.isfinite(head.logits).all()
    assert np.array_equal(head.logits, head.logits.astype(np.float16))


@given(strategies.heads(masked=True))
def test_masked_heads_keep_an_item(head):
    assert np.isinf(head.logits).sum() == head.masked < head.n


@given(strategies.cases("softmax.single-item"))
def test_cases_are_those_of_the_claim(head):
    assert head.n == 1


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: strategies.cases("softmax"), "is a family"),
        (lambda: strategies.cases("softmax.nothing"), "neither a family"),
        (lambda: strategies.heads(length=Integers(1, 2)), "has no parameter"),
        (lambda: strategies.heads(dtype="float8"), "dtype must be one of"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
