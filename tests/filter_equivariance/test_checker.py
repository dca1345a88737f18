"""The checker: what it refutes, how small it gets, and what it does not claim."""

import itertools
import pickle
import random

import more_itertools
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollary.algorithms.filter_equivariance import SignedComposition, amalgamate
from corollary.theory.filter_equivariance import lists_up_to_renaming
from corollary.verify.filter_equivariance import (
    Certificate,
    Refuted,
    asks_of_elements,
    filter_equivariant,
    is_filter_equivariant,
    parametric_certificate,
    restricted_growth,
)
from corollary.verify.strategies.filter_equivariance import filter_equivariant_functions


def changed_at(function, where, output):
    """Return the function with another output on one list."""
    return lambda xs: list(output) if xs == list(where) else function(xs)


class Counter:
    """A function with a memory: every third call returns the reverse."""

    def __init__(self):
        self.calls = 0

    def __call__(self, xs):
        self.calls += 1
        return xs[::-1] if self.calls % 3 == 0 else list(xs)


def appends(xs):
    xs.append(0)
    return xs[:-1]


def sorts_in_place(xs):
    xs.sort()
    return xs


@pytest.mark.parametrize(
    "function, kind, items",
    [
        (lambda xs: [xs[0]], "raised", []),
        (lambda xs: xs[:] if len(xs) < 2 else 1 / 0, "raised", [0, 0]),
        (reversed, "not a list", []),
        (lambda xs: None, "not a list", []),
        (lambda xs: tuple(xs), "not a list", []),
        (appends, "changed its input", []),
        (sorts_in_place, "changed its input", [1, 0]),
        (lambda xs: random.sample(xs, len(xs)), "not deterministic", None),
        (Counter(), "not deterministic", None),
        (lambda xs: [*xs, 7], "invention", []),
        (lambda xs: xs + [[]] * len(xs), "invention", [0]),
        (lambda xs: [float("nan") for _ in xs], "invention", [0]),
        (lambda xs: [str(x) for x in xs], "invention", [0]),
        (lambda xs: [0] if len(set(xs)) > 1 else [], "multiplicity", [0, 1]),
        (lambda xs: xs if len(set(xs)) < 2 else xs + xs, "multiplicity", [0, 1]),
        (lambda xs: xs[::2] if len(set(xs)) > 2 else xs, "off-amalgam", [0, 1, 2]),
        (lambda xs: sorted(xs, reverse=len(set(xs)) > 3), "off-amalgam", [0, 1, 2, 3]),
    ],
)
def test_each_way_to_be_wrong_has_a_name(function, kind, items):
    found = is_filter_equivariant(function)
    assert not found
    assert found.violation.kind == kind
    assert items is None or found.violation.items == items
    assert kind in str(found) and found.certificate is None


def rock_paper_scissors(xs):
    """Two letters in the order of who beats whom, by remainders of 3; else by position."""
    letters = sorted(set(xs))
    if len(letters) == 2 and (letters[1] - letters[0]) % 3 == 2:
        letters.reverse()
    return [x for letter in letters for x in xs if x == letter]


@pytest.mark.parametrize("options", [{}, {"longest": 0, "samples": 0, "lists": [range(3, 15)]}])
def test_a_cycle_on_three_letters_has_no_repair(options):
    found = is_filter_equivariant(rock_paper_scissors, **options).violation
    assert found.kind == "cycle" and found.repair is None
    assert found.items == [0, 1, 2]


@pytest.mark.parametrize("where", [(2, 0, 1), (3, 1, 2, 0), (1, 0, 1, 3, 2), (4, 3, 2, 1, 0, 4)])
@pytest.mark.parametrize("function", [sorted, lambda xs: xs + xs[::-1]])
def test_a_single_wrong_output_is_found_and_repaired(function, where):
    """FE-30: with three letters or more the right output is the amalgam of the sublists."""
    right = function(list(where))
    wrong = [*right[1:], right[0]]
    mutant = changed_at(function, where, wrong)
    found = is_filter_equivariant(mutant, lists=[where]).violation
    assert found.kind == "off-amalgam"
    assert found.items == list(where)
    assert found.repair == right == amalgamate(function, where)
    assert repr(right) in str(found)


def test_violations_shrink_in_letters_elements_and_names():
    def wrong(xs):  # keeps the order only while there are few letters or no repetitions
        return xs[::-1] if len(set(xs)) > 2 and len(xs) > len(set(xs)) else list(xs)

    found = is_filter_equivariant(wrong, longest=0, samples=0, lists=[[9, 8, 7, 6, 9, 9, 8, 5]])
    # Three letters, one of them twice: none can be spared.
    assert found.violation.items == found.violation.repair == [0, 0, 1, 2]


def test_many_letters_shrink_without_trying_all_sublists():
    found = is_filter_equivariant(lambda xs: xs if len(set(xs)) < 13 else xs[::-1])
    assert found.violation.items == list(range(13)) == found.violation.repair
    assert found.violation.kind == "off-amalgam"


def test_repairs_of_small_lists():
    def repair(function):
        return is_filter_equivariant(function).violation.repair

    assert repair(lambda xs: [1]) == []
    assert repair(lambda xs: [x + 1 for x in xs]) is None  # any number of copies is right
    assert repair(lambda xs: xs if len(set(xs)) < 2 else xs * 2) is None  # 01 or 10


def test_repair_when_one_letter_vanishes():
    def function(xs):
        return [x for x in xs if x] if set(xs) != {0, 1} else [0, 1]

    found = is_filter_equivariant(function).violation
    assert (found.kind, found.items, found.repair) == ("multiplicity", [0, 1], [1])


def test_a_late_change_is_beyond_any_finite_examination():
    """FE-30: natural and equal to the identity up to length 40, and yet not filter equivariant."""
    found = is_filter_equivariant(lambda xs: xs[::-1] if len(xs) > 40 else list(xs))
    assert found
    assert found.certificate.longest == 40
    assert "on all lists of length at most 40" in str(found)
    assert "no violation found on" in str(found)
    assert not is_filter_equivariant(lambda xs: xs[::-1] if len(xs) > 39 else list(xs))


def test_a_result_without_certificate_claims_its_scope_only():
    found = is_filter_equivariant(sorted, letters="dcba", longest=3, samples=7, seed=5)
    assert found and found.certificate is None
    assert found.scope == (
        "all lists of length at most 3 over 'd', 'c', 'b', 'a'; 7 random lists of length at most "
        "24 over 4 letters (seed 5); and their sublists that lack one letter or "
        "keep one or two"
    )
    assert str(found).startswith(f"no violation found on {found.lists} lists: all lists")
    few = is_filter_equivariant(sorted, longest=2, samples=0, lists=["abcc"], letters="abc")
    assert few.lists == 1 + 3 + 9 + len(["abcc", "bcc", "acc"])
    assert "1 given lists" in few.scope


def test_lists_up_to_renaming_are_those_that_were_counted():
    for longest in range(7):
        codes = [code for n in range(longest + 1) for code in restricted_growth(n)]
        assert len(set(codes)) == len(codes) == lists_up_to_renaming(longest)
    found = is_filter_equivariant(lambda xs: xs[::-1], longest=6, samples=0, up_to_renaming=True)
    assert found and "up to renaming" in found.scope
    assert not is_filter_equivariant(lambda xs: xs[1:], longest=2, samples=0, up_to_renaming=True)


def swallows(xs):
    try:
        return sorted(xs)
    except TypeError:
        return list(xs)


def looks_at_types(xs):
    return sorted(xs) if all(isinstance(x, int) for x in xs) else list(xs)


def looks_at_exact_types(xs):
    return sorted(xs) if all(type(x) is int for x in xs) else list(xs)


@pytest.mark.parametrize("function", [swallows, looks_at_types, looks_at_exact_types])
def test_functions_that_treat_tokens_specially_get_no_certificate(function):
    found = is_filter_equivariant(function)
    assert found and found.certificate is None
    assert found.violation is None


def test_certificates():
    natural = SignedComposition(2, -1)
    assert parametric_certificate(natural, 7) == Certificate(natural, 7, 8)
    assert parametric_certificate(lambda xs: []) == Certificate(SignedComposition(), 40, 41)
    for function in (
        lambda xs: xs[1:],  # not the same at all lengths
        lambda xs: xs[1:] + xs[:1],  # a signed composition on two letters only
        lambda xs: xs if len(xs) < 6 else xs[::-1],
        lambda xs: tuple(xs),
        lambda xs: [*xs, None],
        lambda xs: list(dict.fromkeys(xs)),
        lambda xs: [xs[0], *xs[1:]],
        swallows,
        looks_at_types,
    ):
        assert parametric_certificate(function, 7) is None
    with pytest.raises(ValueError, match="longest must be an int of at least 3"):
        parametric_certificate(sorted, 2)


def test_what_is_asked_of_elements_includes_attributes_and_text():
    assert asks_of_elements(swallows) == "order"
    assert asks_of_elements(lambda xs: sorted(xs, key=str)) == "values"
    assert asks_of_elements(lambda xs: [x for x in xs if x]) == "values"
    assert asks_of_elements(lambda xs: [x for x in xs if hasattr(x, "name")]) == "values"
    assert asks_of_elements(lambda xs: [x for x in xs if x == xs[0]]) == "equality"
    assert asks_of_elements(lambda xs: [x for x in xs if x >= xs[0]]) == "order"
    assert asks_of_elements(lambda xs: [x for x in xs if x == 1]) == "equality"


# Functions from libraries: the smallest list on which each that is not equivariant fails.
LIBRARY = {
    "sorted": (sorted, None),
    "reversed": (lambda xs: list(reversed(xs)), None),
    "list": (list, None),
    "dict.fromkeys": (lambda xs: list(dict.fromkeys(xs)), None),
    "unique_everseen": (lambda xs: list(more_itertools.unique_everseen(xs)), None),
    "duplicates_everseen": (lambda xs: list(more_itertools.duplicates_everseen(xs)), None),
    "unique_justseen": (lambda xs: list(more_itertools.unique_justseen(xs)), [0, 1, 0]),
    "run_length": (lambda xs: list(more_itertools.run_length.encode(xs)), [0]),
    "interleave_longest": (lambda xs: list(more_itertools.interleave_longest(xs, xs)), None),
    "numpy.unique": (lambda xs: np.unique(xs).tolist() if xs else [], None),
    "numpy.sort": (lambda xs: np.sort(xs).tolist(), None),
    "numpy.repeat": (lambda xs: np.repeat(xs, 2).tolist(), None),
    "numpy.roll": (lambda xs: np.roll(xs, 1).tolist(), [0, 1, 2]),
    "islice": (lambda xs: list(itertools.islice(xs, 3)), [0, 0, 0, 1]),
    "accumulate max": (lambda xs: list(itertools.accumulate(xs, max)), [1, 0]),
}


@pytest.mark.parametrize("name", LIBRARY)
def test_functions_of_libraries(name):
    function, smallest = LIBRARY[name]
    found = is_filter_equivariant(function)
    assert bool(found) == (smallest is None), found
    if smallest is not None:
        assert found.violation.items == smallest


@settings(deadline=None)
@given(filter_equivariant_functions(), st.integers(0, 2**32))
def test_generated_functions_pass_and_their_mutants_do_not(function, seed):
    assert is_filter_equivariant(function, longest=3, samples=3, seed=seed)
    generator = random.Random(seed)
    where = generator.sample(range(6), 4)
    right = function(where)
    mutant = changed_at(function, where, [*right[1:], *right[:1]] if len(set(right)) > 1 else [9])
    if mutant(where) != right:
        found = is_filter_equivariant(mutant, longest=3, samples=3, lists=[where]).violation
        assert found.items == where and found.repair == right


def test_the_decorator_returns_the_function_or_raises():
    @filter_equivariant
    def palindrome(xs):
        return xs + xs[::-1]

    assert palindrome([1, 2]) == [1, 2, 2, 1]
    with pytest.raises(Refuted, match="tail is not filter equivariant: multiplicity") as caught:

        @filter_equivariant(longest=2, samples=0)
        def tail(xs):
            return xs[1:]

    assert caught.value.violation.items == [0, 1]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_no_function_changes_what_it_was_given_to_the_checker():
    given_list = [2, 0, 1]
    assert not is_filter_equivariant(sorts_in_place, lists=[given_list])
    assert given_list == [2, 0, 1]


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"function": 3}, TypeError, "function must be callable"),
        ({"letters": 3}, TypeError, "letters must be a collection"),
        ({"letters": itertools.count()}, TypeError, "letters must be a collection"),
        ({"letters": []}, ValueError, "letters must not be empty"),
        ({"letters": [[1]]}, TypeError, r"letters\[0\] must be hashable"),
        ({"letters": [float("nan")]}, ValueError, r"letters\[0\] must equal itself"),
        ({"lists": [[0], [{}]]}, TypeError, r"lists\[1\]\[0\] must be hashable"),
        ({"longest": -1}, ValueError, "longest must be"),
        ({"longest": 2.0}, ValueError, "longest must be"),
        ({"samples": True}, ValueError, "samples must be"),
        ({"letters": "ab", "longest": 3, "up_to_renaming": True}, ValueError, "at least longest"),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        is_filter_equivariant(**{"function": sorted, **options})
