"""Domains: the same parameters give the same case, wherever they come from."""

import numpy as np
import pytest

from corollary.verify import SEED, Choice, Constraint, Domain, Integers, Reals
from corollary.verify.roles.softmax import HEADS, MASKED_HEADS, SHIFTED_HEADS, case


def test_same_key_same_block_and_another_key_another():
    first, again, other = HEADS.block(1, 16), HEADS.block(1, 16), HEADS.block(2, 16)
    assert HEADS.case(first).logits.tobytes() == HEADS.case(again).logits.tobytes()
    assert first["seed"].tolist() != other["seed"].tolist()


def test_a_row_of_a_block_is_built_again_from_its_parameters():
    for key in range(20):
        block = MASKED_HEADS.block(key, 8)
        batch = MASKED_HEADS.case(block)
        for row in range(8):
            single = MASKED_HEADS.case(MASKED_HEADS.one(block, row))
            assert single.logits.tobytes() == batch.logits[row : row + 1].tobytes()
            assert single.spread[0] == batch.spread[row]


def test_without_violates_one_constraint_and_keeps_the_others():
    relaxed = HEADS.without("global")
    assert set(relaxed.constraints) == {"bounded"}
    assert all(HEADS.without("global").block(key, 1)["masked"] >= 1 for key in range(10))
    assert all(HEADS.block(key, 1)["masked"] == 0 for key in range(10))
    with pytest.raises(KeyError):
        HEADS.without("nothing")


def test_spread_is_that_of_the_stored_floats():
    batch = HEADS.case(HEADS.block(3, 64))
    stored = batch.logits.max(axis=1) - batch.logits.min(axis=1)
    assert (batch.spread[:, 0] == stored).all()


def test_adding_the_offset_of_a_shifted_head_is_exact():
    for key in range(30):
        batch = SHIFTED_HEADS.case(SHIFTED_HEADS.block(key, 32))
        moved = batch.logits + batch.other
        finite = np.isfinite(batch.logits)
        assert ((moved - batch.other)[finite] == batch.logits[finite]).all()


@pytest.mark.parametrize(
    "item", [Integers(-3, 9), SEED, Reals(-1.0, 2.0, (0.0,)), Choice(("a", "b"))]
)
def test_samples_and_simpler_values_stay_in_range(item):
    uniform = np.concatenate([np.linspace(0, 1, 101)[:-1], [1 - 2.0**-53]])
    for value in item.sample(uniform).tolist():
        assert item.contains(value)
        for simpler in item.simpler(value):
            assert item.contains(simpler)
            assert simpler != value


def test_special_values_are_visited():
    values = Reals(0.0, 50.0, (0.0, 1.0)).sample(np.linspace(0, 0.999, 1000))
    assert 50 <= (values == 1.0).sum() <= 80


@pytest.mark.parametrize(
    "change, message",
    [
        ({"n": 0}, r"n=0 must be a whole number in \[1, 200\]$"),
        ({"n": 2.5}, r"n=2.5 must be a whole number in \[1, 200\]$"),
        ({"n": True}, "n=True must be a whole number"),
        ({"n": np.True_}, "n=True must be a whole number"),
        ({"n": [3]}, r"n=\[3\] must be a whole number"),
        ({"spread": float("nan")}, r"spread=nan must be a number in \[0, 50\]"),
        ({"spread": True}, "spread=True must be a number"),
        ({"spread": []}, "one length, not 0, got {'spread': 0}"),
        (
            {"spread": [1.0, 2.0], "seed": [1, 2, 3]},
            "one length, not 0, got {.spread.: 2, .seed.: 3}",
        ),
        ({"spread": [1.0, [2.0]]}, r"spread=\[2.0\] must be"),
        ({"seed": "x"}, "seed='x'"),
        ({"pattern": 3}, "pattern=3 must be one of '"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_witness_that_is_no_case_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        HEADS.validate(case() | change)


def test_a_relaxed_range_is_named_beside_the_own_one():
    with pytest.raises(ValueError, match=r"masked=-1 must be .* in \[0, 0\] or .* in \[1, "):
        HEADS.validate(case() | {"masked": -1})


def test_numbers_of_numpy_become_plain_ones():
    given = case() | {"n": np.int64(3), "spread": np.float32(3.0), "seed": [np.uint8(1), 2]}
    found = HEADS.validate(given)
    assert found == case() | {"n": 3, "spread": 3.0, "seed": [1, 2]}
    assert [type(found[name]) for name in ("n", "spread")] == [int, float]
    assert type(found["seed"][0]) is int


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: Integers(5, 2), ValueError, "low of Integers must not exceed high, got low=5"),
        (lambda: Integers("a", 2), TypeError, "ends of Integers must be whole .* got low='a'"),
        (lambda: Integers(1.5, 3), ValueError, "ends of Integers must be whole .* got low=1.5"),
        (lambda: Integers(1, True), TypeError, "got high=True"),
        (lambda: Reals(float("nan"), 1), ValueError, "ends of Reals must be finite .* low=nan"),
        (lambda: Reals(0, float("inf")), ValueError, "got high=inf"),
        (lambda: Reals(2, 1), ValueError, "low of Reals must not exceed high"),
        (lambda: Reals(0, None), TypeError, "got high=None"),
        (lambda: Reals(0, 1, (2.0,)), ValueError, r"special value must be .* in \[0, 1\], got 2.0"),
        (lambda: Choice(()), ValueError, "at least one name"),
        (lambda: Choice("abc"), TypeError, "must be a tuple of names, got 'abc'"),
        (lambda: Choice((1, 2)), TypeError, "must be a tuple of names"),
        (lambda: domain(build=None), TypeError, "build must be callable, got None"),
        (lambda: domain(shape=None), TypeError, "shape must be a mapping of names to ranges"),
        (lambda: domain(shape={"n": (1, 2)}), TypeError, r"n in shape must be a range .*\(1, 2\)"),
        (lambda: domain(shape={"n": Integers}), TypeError, "n in shape must be a range"),
        (lambda: domain(rows={1: Reals(0, 1)}), TypeError, "key of rows must be a name, got 1"),
        (lambda: domain(rows={"n": Reals(0, 1)}), ValueError, "not share .* got .'n'."),
        (lambda: domain(name=None), TypeError, "name must be a text"),
        (lambda: domain(constraints=[]), TypeError, "constraints must be a mapping"),
        (lambda: domain(constraints={"a": 1}), TypeError, "constraint 'a' must be a Constraint"),
        (
            lambda: domain(constraints={"small": Constraint("$n$ small", "m", Integers(9, 10))}),
            ValueError,
            "parameter of the constraint 'small' must be one of n, x, got 'm'",
        ),
        (lambda: Constraint("s", "n", 3), TypeError, "relaxed must be a range"),
        (lambda: Constraint("s", 3, Integers(0, 1)), TypeError, "parameter must be a name"),
    ],
)
def test_what_is_no_range_or_domain_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def domain(**changes):
    usual = {
        "name": "d",
        "statement": "s",
        "shape": {"n": Integers(1, 3)},
        "rows": {"x": Reals(0.0, 1.0)},
        "build": lambda parameters, precision: parameters,
    }
    return Domain(**{**usual, **changes})


def test_narrowing_an_unknown_parameter_is_an_error():
    with pytest.raises(ValueError, match="lenght"):
        HEADS.narrowed(lenght=Integers(1, 2))
