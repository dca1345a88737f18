"""Adaptive merging, certificates, and the learner that never guesses."""

import random
from itertools import combinations
from math import ceil, log2

import pytest

from corollary.algorithms.filter_equivariance import (
    FilterEquivariantLearner,
    InconsistentPairs,
    InventedElements,
    MultiplicityMismatch,
    NotFilterEquivariant,
    SignedComposition,
    amalgamate_adaptively,
    verify_certificate,
)


@pytest.mark.parametrize(
    "letters, multiplicity", [(1, 3), (2, 2), (8, 1), (13, 2), (32, 1), (16, 8)]
)
def test_adaptive_merging_is_right_within_its_bound(letters, multiplicity):
    rng = random.Random(letters)
    for _ in range(5):
        word = [x for x in range(letters) for _ in range(multiplicity)]
        rng.shuffle(word)
        calls = []

        def spy(xs, word=word, calls=calls):
            calls.append(len(set(xs)))
            return [x for x in word if x in set(xs)]

        found = amalgamate_adaptively(spy, range(letters))
        assert found.word == word
        assert found.pair_queries == calls.count(2)
        assert found.letter_queries == calls.count(1) == letters
        assert len(calls) == calls.count(1) + calls.count(2)
        levels = ceil(log2(letters)) if letters > 1 else 0
        assert found.pair_queries <= min(letters * (letters - 1) // 2, len(word) * levels)


def test_letters_that_vanish_need_no_pairs():
    found = amalgamate_adaptively(lambda xs: [x for x in xs if x < 2], range(6))
    assert found.word == [0, 1] and found.pair_queries == 1
    assert amalgamate_adaptively(lambda xs: [], range(6)).pair_queries == 0
    assert amalgamate_adaptively(lambda xs: xs, []).word == []


def test_adaptive_merging_names_what_is_wrong():
    with pytest.raises(MultiplicityMismatch):
        amalgamate_adaptively(lambda xs: xs * len(set(xs)), "ab")
    with pytest.raises(InventedElements):
        amalgamate_adaptively(lambda xs: ["z"], [])


def test_certificates_accept_the_output_and_reject_every_other_word():
    rng = random.Random(4)
    for _ in range(100):
        items = [rng.randrange(4) for _ in range(rng.randint(1, 7))]
        word = sorted(items, key=lambda x: (-items.count(x), items.index(x)))
        function = lambda xs: sorted(xs, key=lambda x: (-xs.count(x), xs.index(x)))  # noqa: E731
        check = verify_certificate(function, items, word)
        assert check and check.evaluations == 2 * len(set(items)) - 1  # sorted: k - 1 neighbours
        other = list(word)
        rng.shuffle(other)
        if other != word:
            refuted = verify_certificate(function, items, other)
            assert not refuted
            assert refuted.got == function(refuted.sublist) != refuted.expected
        assert not verify_certificate(function, items, word + word[:1])
        assert not verify_certificate(function, items, word[:-1])


def test_neighbouring_pairs_are_between_the_two_bounds():
    rng = random.Random(9)
    for _ in range(50):
        items = [rng.randrange(6) for _ in range(rng.randint(1, 15))]
        letters = len(set(items))
        check = verify_certificate(lambda xs: xs, items, items)
        pairs = check.evaluations - letters
        assert letters - 1 <= pairs <= min(len(items) - 1, letters * (letters - 1) // 2)


def test_a_candidate_with_foreign_elements_is_refused():
    with pytest.raises(InventedElements):
        verify_certificate(sorted, "ab", "abc")


def test_one_example_of_two_letters_teaches_a_natural_function_on_all_distinct_lists():
    for composition in (f for m in range(4) for f in SignedComposition.with_multiplicity(m)):
        learner = FilterEquivariantLearner(up_to_renaming=True)
        learner.observe("xy", composition("xy"))
        assert learner.predict(range(50)).output == composition(range(50))


def test_two_orders_teach_a_sort_and_one_never_does():
    """FE-27: a list and its reverse hold every ordered pair."""
    letters = list("dacbe")
    learner = FilterEquivariantLearner()
    learner.observe(letters, sorted(letters))
    assert learner.predict(letters).output == sorted(letters)
    undecided = learner.predict(letters[::-1])
    assert undecided.output is None
    assert all(len(query) == 2 for query in undecided.queries)
    learner.observe(letters[::-1], sorted(letters))
    rng = random.Random(0)
    for _ in range(20):
        rng.shuffle(letters)
        assert learner.predict(letters[:4]).output == sorted(letters[:4])


def test_asking_its_own_queries_always_ends_with_the_output():
    rng = random.Random(3)
    function = lambda xs: sorted(xs, key=lambda x: (-xs.count(x), xs.index(x)))  # noqa: E731
    for _ in range(20):
        items = [rng.randrange(8) for _ in range(25)]
        learner = FilterEquivariantLearner()
        asked = 0
        while (prediction := learner.predict(items)).output is None:
            learner.observe(prediction.queries[0], function(list(prediction.queries[0])))
            asked += 1
        assert prediction.output == function(items)
        assert asked <= 8 + 28


def test_the_learner_refuses_contradictions_and_learns_nothing_from_them():
    learner = FilterEquivariantLearner()
    learner.observe("abc", "abc")
    with pytest.raises(NotFilterEquivariant, match="contradict"):
        learner.observe("dcab", "dcba")
    assert learner.predict("d").output is None
    with pytest.raises(InventedElements):
        learner.observe("de", "dx")
    with pytest.raises(NotFilterEquivariant, match="contradict"):
        FilterEquivariantLearner(up_to_renaming=True).observe("abcd", "abdc")
    with pytest.raises(ValueError, match="output"):
        learner.observe("d", [float("nan")])


def test_examples_without_a_common_function_are_refuted_by_a_cycle():
    learner = FilterEquivariantLearner()
    for pair in ("ab", "bc", "ca"):
        learner.observe(sorted(pair), list(pair))
    with pytest.raises(InconsistentPairs) as caught:
        learner.predict("abc")
    assert len(caught.value.cycle) == 3
    assert set(map(frozenset, caught.value.words)) == set(map(frozenset, combinations("abc", 2)))
