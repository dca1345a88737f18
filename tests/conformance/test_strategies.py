"""The public strategies draw what the claims' own domains allow."""

import numpy as np
import pytest
from hypothesis import given

import corollary
from corollary.verify import Choice, Domain, Integers, Reals
from corollary.verify.roles.filter_equivariance import Words

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
    "make, error, message",
    [
        (lambda: strategies.cases("softmax"), ValueError, "is a family"),
        (lambda: strategies.cases("softmax.nothing"), ValueError, "neither a family"),
        (lambda: strategies.cases(3), TypeError, "claim must be a Claim, a Domain or .* got 3"),
        (lambda: strategies.cases(Domain), TypeError, "claim must be"),
        (lambda: strategies.heads(length=Integers(1, 2)), ValueError, "no parameter 'length'"),
        (lambda: strategies.heads(dtype="float8"), ValueError, "dtype must be one of"),
        (lambda: strategies.heads(masked="yes"), TypeError, "masked must be True or False"),
        (lambda: strategies.heads(n=3), TypeError, "n must be a range .* got 3"),
        (lambda: strategies.heads(n=(1, 2)), TypeError, r"n must be a range .* got \(1, 2\)"),
        (
            lambda: strategies.heads(n=Integers(0, 1000)),
            ValueError,
            r"n must be confined to a whole number in \[1, 200\], "
            r"got a whole number in \[0, 1000\]",
        ),
        (lambda: strategies.heads(n=Reals(1, 2)), ValueError, "n must be confined to a whole"),
        (lambda: strategies.heads(spread=Reals(-1, 2)), ValueError, "spread must be confined"),
        (lambda: strategies.heads(spread=Integers(1, 2)), ValueError, "spread must be confined"),
        (
            lambda: strategies.heads(pattern=Choice(("ties", "none"))),
            ValueError,
            "pattern must be confined to one of .* got one of 'ties', 'none'",
        ),
        (
            lambda: strategies.cases("filter_equivariance.closure", items=Words("09", 3)),
            ValueError,
            "items must be confined to a word of 0 to 10 letters",
        ),
    ],
)
def test_bad_arguments_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


@given(
    strategies.cases(
        "softmax.odds", n=Integers(3, 4), pattern=Choice(("ties",)), temperature=Reals(1.0, 1.0)
    )
)
def test_parameters_are_confined_to_ranges_inside_the_domains(head):
    assert head.n in (3, 4) and head.temperature == 1.0
