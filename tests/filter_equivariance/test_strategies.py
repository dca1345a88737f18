"""What the public strategies promise, and exact extrapolation for everything they generate."""

import random

from hypothesis import assume, find, given, settings
from hypothesis import strategies as st

from corollary.algorithms.filter_equivariance import (
    InconsistentPairs,
    LocalKeySort,
    SignedComposition,
    amalgamate,
    amalgamate_adaptively,
    amalgamate_pairs,
    identify_local_key_sort,
    verify_certificate,
)
from corollary.algorithms.filter_equivariance._definition import commutes_with_all_filters
from corollary.verify.strategies.filter_equivariance import (
    filter_equivariant_functions,
    local_key_sorts,
    pair_families,
    signed_compositions,
)

LONG = settings(max_examples=1500, deadline=None)


def long_list(seed, letters=14, largest_count=3):
    generator = random.Random(seed)
    items = [x for x in range(letters) for _ in range(generator.randint(0, largest_count))]
    generator.shuffle(items)
    return items


@LONG
@given(filter_equivariant_functions(), st.integers(0, 2**32))
def test_every_filter_equivariant_function_is_rebuilt_on_far_longer_lists(function, seed):
    """Queried on at most two letters, at most six elements; exact on all fourteen letters."""
    items = long_list(seed)
    longest_query = 0

    def spy(sublist):
        nonlocal longest_query
        longest_query = max(longest_query, len(sublist))
        return function(sublist)

    rebuilt = amalgamate(spy, items)
    assert rebuilt == function(items)
    assert longest_query <= 6 or len(set(items)) < 3


@settings(max_examples=300, deadline=None)
@given(filter_equivariant_functions(), st.integers(0, 2**32))
def test_adaptive_merging_and_certificates_agree_with_it(function, seed):
    items = long_list(seed, letters=8)
    found = amalgamate_adaptively(function, items)
    assert found.word == function(items)
    assert verify_certificate(function, items, found.word)


@settings(max_examples=60, deadline=None)
@given(filter_equivariant_functions(), st.lists(st.integers(0, 2), max_size=5))
def test_generated_functions_are_filter_equivariant_by_definition(function, items):
    assert commutes_with_all_filters(function, items)


@settings(max_examples=500, deadline=None)
@given(local_key_sorts(largest_count=3), st.integers(0, 2**32))
def test_local_key_sorts_are_identified_and_extrapolated(function, seed):
    found = identify_local_key_sort(function, 3)
    assert found == LocalKeySort(function.blocks, 3)
    items = long_list(seed, letters=40)
    assert found(items) == function(items)


@settings(max_examples=500, deadline=None)
@given(signed_compositions(max_multiplicity=6), st.integers(0, 2**32))
def test_signed_compositions_are_identified_by_one_example(function, seed):
    items = long_list(seed)
    assume(items != items[::-1])
    assert SignedComposition.from_example([0, 1], function([0, 1]))(items) == function(items)
    assert SignedComposition.from_example(items, function(items)) == function
    assert function.multiplicity <= 6


@settings(deadline=None)
@given(pair_families(consistent=True))
def test_consistent_families_have_an_amalgam(words):
    word = amalgamate_pairs(*words)
    assert len(word) == words.multiplicities.sum()


def amalgamates(words):
    try:
        amalgamate_pairs(*words)
    except InconsistentPairs:
        return False
    return True


def test_the_search_finds_the_smallest_inconsistent_family():
    """Three letters once each, in a circle: found by search, not given."""
    quick = settings(max_examples=2000, derandomize=True, database=None)
    found = find(pair_families(), lambda words: not amalgamates(words), settings=quick)
    assert found.multiplicities.tolist() == [1, 1, 1]
    assert found.bits.tolist() in ([0, 1, 1, 0, 0, 1], [1, 0, 0, 1, 1, 0])


def test_all_kinds_of_functions_are_generated():
    missing = {"SignedComposition(", "LocalKeySort(", "classes(", "conjugate(", "after", " + "}

    @settings(max_examples=200, deadline=None, database=None)
    @given(filter_equivariant_functions())
    def draw(function):
        missing.difference_update([part for part in missing if part in repr(function)])

    draw()
    assert not missing
