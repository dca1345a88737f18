"""Signed compositions: their algebra, and identification from one example."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollary.algorithms.filter_equivariance import (
    InconsistentPairs,
    NotFilterEquivariant,
    SignedComposition,
)
from corollary.algorithms.filter_equivariance._definition import arrangements

COMPOSITIONS = st.lists(st.integers(-3, 3).filter(bool), max_size=4).map(
    lambda entries: SignedComposition(*entries)
)
LISTS = st.lists(st.integers(0, 3), max_size=5)


def up_to(multiplicity):
    return [f for m in range(multiplicity + 1) for f in SignedComposition.with_multiplicity(m)]


@settings(deadline=None)
@given(COMPOSITIONS, COMPOSITIONS, COMPOSITIONS, LISTS)
def test_near_semiring_laws(f, g, h, items):
    zero, identity = SignedComposition(), SignedComposition(1)
    assert (f + g)(items) == f(items) + g(items)
    assert (f @ g)(items) == f(g(items))
    assert (f + g) @ h == f @ h + g @ h
    assert (f @ g) @ h == f @ (g @ h)
    assert f + zero == zero + f == f == f @ identity == identity @ f
    assert zero @ f == f @ zero == zero
    assert (f @ g).multiplicity == f.multiplicity * g.multiplicity
    assert (f + g).multiplicity == f.multiplicity + g.multiplicity


def test_the_left_distributive_law_and_commutativity_fail():
    palindrome, double, reverse = (SignedComposition(*e) for e in ((1, -1), (1, 1), (-1,)))
    assert palindrome @ double == SignedComposition(1, 1, -1, -1)
    assert double @ palindrome == SignedComposition(1, -1, 1, -1)
    identity = SignedComposition(1)
    assert reverse @ (double + palindrome) != reverse @ double + reverse @ palindrome
    assert reverse.inverse() @ reverse == identity


def test_units_idempotents_and_what_commutes_with_reverse():
    functions = up_to(5)
    identity, reverse = SignedComposition(1), SignedComposition(-1)
    units = [f for f in functions if any(f @ g == identity == g @ f for g in functions)]
    assert units == [identity, reverse]
    assert [f for f in functions if f @ f == f] == [SignedComposition(), identity]
    counts = [0] * 6
    for f in functions:
        commutes = f @ reverse == reverse @ f
        assert commutes == (f.entries == f.entries[::-1])
        counts[f.multiplicity] += commutes
    assert counts == [1, 2, 4, 6, 12, 18]


def test_enumeration_has_no_repetitions_and_differs_on_two_letters():
    for m in range(8):
        functions = list(SignedComposition.with_multiplicity(m))
        assert all(f.multiplicity == m for f in functions)
        words = {tuple(f([0, 1])) for f in functions}
        assert len(words) == len(functions) == len(set(functions))


@pytest.mark.parametrize("letters, longest, multiplicity", [(2, 6, 3), (3, 4, 3)])
def test_one_example_identifies_exactly_when_it_is_no_palindrome(letters, longest, multiplicity):
    functions = up_to(multiplicity)
    for items in (x for n in range(longest + 1) for x in product(range(letters), repeat=n)):
        outputs = [tuple(f(items)) for f in functions]
        palindrome = items == items[::-1]
        for f, output in zip(functions, outputs, strict=True):
            ambiguous = outputs.count(output) > 1
            assert ambiguous == (palindrome and (f.multiplicity > 0 or not items))
            if ambiguous:
                with pytest.raises(ValueError, match="backwards"):
                    SignedComposition.from_example(items, output)
            else:
                assert SignedComposition.from_example(items, output) == f


def test_words_on_two_letters_decode_or_have_a_cycle():
    decoded = 0
    for m in range(1, 5):
        for word in arrangements({0: m, 1: m}):
            try:
                assert tuple(SignedComposition.from_example([0, 1], word)([0, 1])) == word
                decoded += 1
            except InconsistentPairs as error:
                assert len({letter for letter, _ in error.cycle}) == 3
    assert decoded == len(up_to(4)) - 1


def test_examples_of_no_signed_composition_are_refused():
    for items, output in (("aab", "aba"), ("ab", "aab"), ("ab", "abx"), ("abc", "ab"), ("ab", "a")):
        with pytest.raises(NotFilterEquivariant, match="no natural"):
            SignedComposition.from_example(items, output)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="entries must not be zero"):
        SignedComposition(1, 0)
    with pytest.raises(TypeError, match="entries must be ints"):
        SignedComposition(1.0)
    with pytest.raises(TypeError, match="entries must be ints"):
        SignedComposition(True)
    with pytest.raises(ValueError, match="inverse"):
        SignedComposition(1, 1).inverse()
    with pytest.raises(ValueError, match="multiplicity"):
        next(SignedComposition.with_multiplicity(-1))
    with pytest.raises(TypeError, match="multiplicity"):
        next(SignedComposition.with_multiplicity(1.5))
    with pytest.raises(TypeError):
        SignedComposition(1) + 1
    with pytest.raises(TypeError):
        SignedComposition(1) @ 1
