"""Domains: the same parameters give the same case, wherever they come from."""

import numpy as np
import pytest

from corollary.verify import SEED, Choice, Integers, Reals
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
        ({"n": 0}, "n=0"),
        ({"n": 2.5}, "n=2.5"),
        ({"spread": float("nan")}, "spread=nan"),
        ({"seed": "x"}, "seed='x'"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_witness_that_is_no_case_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        HEADS.validate(case() | change)


def test_narrowing_an_unknown_parameter_is_an_error():
    with pytest.raises(ValueError, match="lenght"):
        HEADS.narrowed(lenght=Integers(1, 2))
