"""Amalgamation: the rank-sum kernel against the plain definitions, and its witnesses."""

import pickle
import random
from itertools import combinations, product
from math import comb

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollary.algorithms.filter_equivariance import (
    InconsistentPairs,
    InventedElements,
    MultiplicityMismatch,
    NotFilterEquivariant,
    amalgamate,
    amalgamate_pairs,
    occurrence_scores,
    pair_words,
    three_cycle_count,
)
from corollary.algorithms.filter_equivariance._definition import (
    amalgamate_facets_definition,
    amalgams_definition,
    arrangements,
    occurrence_tournament_definition,
    restricted,
    three_cycles_definition,
)

# Words as printed, with letters counted from 1: the words of 12, 13, 23 and their amalgam.
GOLDEN = [
    (["1212", "1313", "2323"], "123123"),
    (["1221", "1331", "2332"], "123321"),
    (["2112", "3113", "3223"], "321123"),
    (["112122", "113133", "223233"], None),
]


def csr(multiplicities, words):
    """Return CSR pair words from a dict of words."""
    pairs = list(combinations(range(len(multiplicities)), 2))
    bits = [int(letter == high) for low, high in pairs for letter in words[low, high]]
    return multiplicities, np.cumsum([0, *(len(words[pair]) for pair in pairs)]), bits


def random_family(rng, letters, largest):
    multiplicities = [rng.randint(0, largest) for _ in range(letters)]
    words = {}
    for low, high in combinations(range(letters), 2):
        word = [low] * multiplicities[low] + [high] * multiplicities[high]
        rng.shuffle(word)
        words[low, high] = word
    return multiplicities, words


def assert_is_cycle(error):
    """Each occurrence of the witness stands before the next one in the word of both letters."""
    occurrences = error.cycle
    for (a, i), (b, j) in zip(occurrences, occurrences[1:] + occurrences[:1], strict=True):
        word = error.words.get((a, b), error.words.get((b, a)))
        places = {x: [t for t, letter in enumerate(word) if letter == x] for x in (a, b)}
        assert places[a][i - 1] < places[b][j - 1]


@pytest.mark.parametrize("words, expected", GOLDEN)
def test_golden_amalgams(words, expected):
    multiplicities = [len(words[0]) // 2] * 3
    highs = ("2", "3", "3")
    bits = [int(x == high) for word, high in zip(words, highs, strict=True) for x in word]
    pointers = np.arange(4) * len(words[0])
    if expected is not None:
        word = amalgamate_pairs(multiplicities, pointers, bits)
        assert "".join(str(letter + 1) for letter in word) == expected
        return
    assert occurrence_scores(multiplicities, pointers, bits).tolist() == [0, 1, 4, 2, 4, 6, 4, 7, 8]
    with pytest.raises(InconsistentPairs) as caught:
        amalgamate_pairs(multiplicities, pointers, bits)
    # The cycle (2,2) -> (3,1) -> (1,3) -> (2,2), with letters counted from 0.
    assert caught.value.cycle == ((0, 3), (1, 2), (2, 1))


def words_over(letters):
    return st.tuples(st.just(letters), st.lists(st.integers(0, letters - 1), max_size=40))


@settings(deadline=None)
@given(st.just((0, [])) | st.integers(1, 7).flatmap(words_over))
def test_every_word_is_the_amalgam_of_its_pair_words(case):
    letters, word = case
    assert amalgamate_pairs(*pair_words(word, letters)).tolist() == word


def test_consistent_families_are_exactly_those_of_words():
    """All families of three letters with multiplicities up to 2: found iff one exists."""
    examined = found = 0
    families = amalgams = 0
    for multiplicities in product(range(3), repeat=3):
        p, q, r = multiplicities
        families += comb(p + q, p) * comb(p + r, p) * comb(q + r, q)
        amalgams += comb(p + q + r, p) * comb(q + r, q)
        pools = {
            (low, high): list(arrangements({low: multiplicities[low], high: multiplicities[high]}))
            for low, high in combinations(range(3), 2)
        }
        for choice in product(*pools.values()):
            words = dict(zip(pools, choice, strict=True))
            expected = amalgams_definition(dict(enumerate(multiplicities)), words)
            assert len(expected) <= 1  # uniqueness
            examined += 1
            found += len(expected)
            if expected:
                assert tuple(amalgamate_pairs(*csr(multiplicities, words))) == expected[0]
            else:
                with pytest.raises(InconsistentPairs) as caught:
                    amalgamate_pairs(*csr(multiplicities, words))
                assert_is_cycle(caught.value)
                assert len({letter for letter, _ in caught.value.cycle}) == 3
    assert (examined, found) == (families, amalgams)


def test_scores_count_the_three_cycles():
    rng = random.Random(5)
    inconsistent = 0
    for _ in range(300):
        multiplicities, words = random_family(rng, rng.randint(2, 5), 3)
        tournament = occurrence_tournament_definition(multiplicities, words)
        cycles = three_cycles_definition(tournament)
        scores = occurrence_scores(*csr(multiplicities, words))
        in_degrees = [sum(v in after for after in tournament.values()) for v in tournament]
        assert scores.tolist() == in_degrees
        assert three_cycle_count(scores) == len(cycles)
        assert all(len({letter for letter, _ in cycle}) == 3 for cycle in cycles)
        if cycles:
            inconsistent += 1
            with pytest.raises(InconsistentPairs) as caught:
                amalgamate_pairs(*csr(multiplicities, words))
            assert_is_cycle(caught.value)
        else:
            amalgamate_pairs(*csr(multiplicities, words))
    assert 100 < inconsistent < 300


def test_threads_and_parts_do_not_change_the_result():
    rng = np.random.default_rng(1)
    word = rng.integers(0, 60, size=6000)
    words = pair_words(word, 60)
    assert words.bits.size == 59 * 6000
    threads = numba.get_num_threads()
    try:
        for count in {1, 2, threads} & set(range(1, threads + 1)):
            numba.set_num_threads(count)
            assert np.array_equal(amalgamate_pairs(*words), word)
            spoiled = words.bits.copy()
            spoiled[-1] ^= 1
            with pytest.raises(MultiplicityMismatch, match="pair word of 58 and 59"):
                amalgamate_pairs(words.multiplicities, words.pointers, spoiled)
    finally:
        numba.set_num_threads(threads)


FUNCTIONS = {
    "sort": sorted,
    "reverse": lambda xs: xs[::-1],
    "palindrome": lambda xs: xs + xs[::-1],
    "first of each": lambda xs: list(dict.fromkeys(xs)),
    "frequency": lambda xs: sorted(xs, key=lambda x: (-xs.count(x), xs.index(x))),
    "passes": lambda xs: [
        x for _, _, x in sorted((xs[:i].count(x), i, x) for i, x in enumerate(xs))
    ],
    "odd values": lambda xs: [x for x in xs if x % 2],
    "nothing": lambda xs: [],
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_amalgamate_rebuilds_filter_equivariant_functions(name):
    function = FUNCTIONS[name]
    rng = random.Random(name)
    for _ in range(60):
        items = [rng.randrange(7) for _ in range(rng.randrange(20))]
        assert amalgamate(function, items) == function(list(items))
        assert amalgamate_facets_definition(function, items) == function(list(items))


def test_amalgamate_never_calls_the_function_on_more_than_two_letters():
    seen = []

    def spy(xs):
        seen.append(tuple(xs))
        xs.sort()  # a function that changes its argument does no harm
        return list(xs)

    items = [3, 1, 2, 3, 0, 1]
    assert amalgamate(spy, items) == [0, 1, 1, 2, 3, 3]
    assert items == [3, 1, 2, 3, 0, 1]
    assert set(seen) == {restricted(items, pair) for pair in combinations(range(4), 2)}
    assert len(seen) == 6


def cyclic(xs):
    beats = {("r", "p"), ("p", "s"), ("s", "r")}
    letters = tuple(dict.fromkeys(xs))
    if len(letters) == 2 and letters not in beats:
        letters = letters[::-1]
    return [x for letter in letters for x in xs if x == letter]


def test_a_cycle_of_three_letters_is_the_witness():
    with pytest.raises(InconsistentPairs) as caught:
        amalgamate(cyclic, list("prspr"))
    assert_is_cycle(caught.value)
    assert caught.value.sublist == list("prspr")
    assert {letter for letter, _ in caught.value.cycle} == set("rps")


def test_equal_items_are_one_letter_and_come_back_as_the_first_of_them():
    result = amalgamate(lambda xs: xs[::-1], [1.0, 2, 1, True])
    assert result == [1, 1, 2, 1]
    assert all(type(item) is (float if item == 1 else int) for item in result)


@pytest.mark.parametrize(
    "function, items, error, message",
    [
        (lambda xs: xs, [[1], [2]], TypeError, r"items\[0\] must be hashable"),
        (lambda xs: xs, [1, float("nan")], ValueError, r"items\[1\] must equal itself"),
        (lambda xs: tuple(xs), [1, 2], TypeError, "function must return a list, got tuple"),
        (lambda xs: [0], [], InventedElements, "holds elements that the input does not"),
        (lambda xs: [9], [1, 2], InventedElements, "holds elements"),
        (lambda xs: [[]], [1, 2], InventedElements, "holds elements"),
        (lambda xs: xs * len(set(xs)) if xs[0] else xs, [0, 1, 2], MultiplicityMismatch, "copies"),
    ],
)
def test_bad_functions_and_items_are_named(function, items, error, message):
    with pytest.raises(error, match=message):
        amalgamate(function, items)


def test_errors_show_the_sublist_as_it_was_and_survive_pickling():
    def spoils(xs):
        xs.clear()
        return ["?"]

    with pytest.raises(InventedElements) as caught:
        amalgamate(spoils, "ab")
    assert caught.value.sublist == ["a", "b"]
    with pytest.raises(InconsistentPairs) as cycle:
        amalgamate(cyclic, "prspr")
    mismatch = MultiplicityMismatch(("a", "b"), "too many")
    for error in (caught.value, cycle.value, mismatch):
        again = pickle.loads(pickle.dumps(error))
        assert str(again) == str(error) and vars(again) == vars(error)


def test_a_random_function_is_never_amalgamated_in_silence():
    """Whatever a non-deterministic function returns, the error is one of the named ones."""
    rng = random.Random(3)

    def shuffled(xs):
        rng.shuffle(xs)
        return xs

    outcomes = set()
    for _ in range(200):
        try:
            amalgamate(shuffled, [0, 1, 2, 0, 1, 2, 3])
        except NotFilterEquivariant as error:
            outcomes.add(type(error).__name__)
    assert {"InconsistentPairs", "NotFilterEquivariant"} <= outcomes


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (([1, 1], [0, 2], [0, 2]), ValueError, "bits must be 0"),
        (([1, 1], [0, 2], [0.0, 1.0]), TypeError, "bits must be"),
        (([1, -1], [0, 0], []), ValueError, "multiplicities must not be negative"),
        (([1.5, 1], [0, 2], [0, 1]), TypeError, "multiplicities must hold integers"),
        (([[1, 1]], [0, 2], [0, 1]), ValueError, "multiplicities must have one axis"),
        (([1, 1], [0, 1, 2], [0, 1]), ValueError, "pointers must have 2 entries"),
        (([1, 1], [0, 3], [0, 1]), ValueError, "pointers must rise"),
        (([1, 1, 1], [0, 2, 1, 2], [0, 1]), ValueError, "pointers must rise"),
        (([1, 1], [0, 2], [1, 1]), MultiplicityMismatch, "0 and 2 copies"),
        (([1, 1], [0, 3], [0, 0, 1]), MultiplicityMismatch, "2 and 1 copies"),
    ],
)
def test_bad_pair_words_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        amalgamate_pairs(*arguments)


@pytest.mark.parametrize(
    "word, letters, error, message",
    [
        ([0, 3], 3, ValueError, "word must hold letters 0 to 2"),
        ([0, -1], 3, ValueError, "word must hold letters"),
        (["a"], 3, TypeError, "word must hold integers"),
        ([0], True, ValueError, "letters must be"),
        ([0], -1, ValueError, "letters must be"),
    ],
)
def test_bad_words_are_named(word, letters, error, message):
    with pytest.raises(error, match=message):
        pair_words(word, letters)


def test_no_letters_and_one_letter():
    assert amalgamate_pairs([], [0], []).tolist() == []
    assert amalgamate_pairs([3], [0], []).tolist() == [0, 0, 0]
    assert amalgamate(lambda xs: xs, []) == []
    assert amalgamate(lambda xs: xs * 2, ["a"]) == ["a", "a"]
    assert pair_words([], 0).bits.size == 0
