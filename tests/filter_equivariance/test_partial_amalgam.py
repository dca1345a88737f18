"""Partial knowledge: which pairs decide, which words stay possible, and what is a witness."""

import random
from collections import Counter
from itertools import combinations, pairwise

import networkx as nx
import pytest

from corollary.algorithms.filter_equivariance import (
    InconsistentPairs,
    MultiplicityMismatch,
    partial_amalgam,
)
from corollary.algorithms.filter_equivariance._definition import (
    amalgams_definition,
    arrangements,
    restricted,
)
from corollary.theory.filter_equivariance import certificate_size_bounds


def known_pairs(rng, letters):
    pairs = list(combinations(range(letters), 2))
    return rng.sample(pairs, rng.randint(len(pairs) // 2, len(pairs)))


def test_least_word_and_uniqueness_against_brute_force():
    rng = random.Random(7)
    outcomes = {"unique": 0, "open": 0, "inconsistent": 0}
    for _ in range(500):
        letters = rng.randint(2, 4)
        multiplicities = {x: rng.randint(1, 2) for x in range(letters)}
        words = {}
        for a, b in known_pairs(rng, letters):
            word = [a] * multiplicities[a] + [b] * multiplicities[b]
            rng.shuffle(word)
            words[rng.choice(((a, b), (b, a)))] = word
        solutions = amalgams_definition(multiplicities, words)
        if not solutions:
            outcomes["inconsistent"] += 1
            with pytest.raises(InconsistentPairs) as caught:
                partial_amalgam(multiplicities, words)
            assert_is_chordless_cycle(caught.value, words)
            continue
        found = partial_amalgam(multiplicities, words)
        assert tuple(found.word) == min(solutions)
        assert found.unique == (len(solutions) == 1)
        outcomes["unique" if found.unique else "open"] += 1
        for a, b in found.open_pairs:
            assert (a, b) not in words and (b, a) not in words
            assert len({restricted(word, (a, b)) for word in solutions}) > 1
    assert min(outcomes.values()) > 50, outcomes


def assert_is_chordless_cycle(error, words):
    cycle = error.cycle
    for (a, i), (b, j) in zip(cycle, cycle[1:] + cycle[:1], strict=True):
        word = error.words.get((a, b)) or error.words[b, a]
        places = {x: [t for t, letter in enumerate(word) if letter == x] for x in (a, b)}
        assert places[a][i - 1] < places[b][j - 1]
    graph = nx.Graph(words.keys())
    cycle_graph = graph.subgraph({letter for letter, _ in cycle})
    assert len(cycle) == cycle_graph.number_of_nodes() == cycle_graph.number_of_edges()
    if nx.is_chordal(graph):
        assert len(cycle) == 3


def test_a_cycle_of_four_pairs_without_any_triangle():
    words = {(a, b): [a, b] for a, b in ("ab", "bc", "cd", "da")}
    with pytest.raises(InconsistentPairs) as caught:
        partial_amalgam(dict.fromkeys("abcd", 1), words)
    assert len(caught.value.cycle) == 4
    assert caught.value.sublist is None


# Multiplicities, and how many of their words have a certificate of 2, 3 and 4 pairs.
CERTIFICATES = {
    (1, 1, 1): {2: 6},
    (2, 1, 1): {2: 10, 3: 2},
    (2, 2, 1): {2: 20, 3: 10},
    (2, 2, 2): {2: 36, 3: 54},
    (1, 1, 1, 1): {3: 24},
    (2, 1, 1, 1): {3: 42, 4: 18},
}


def test_the_neighbouring_pairs_are_the_only_minimal_certificate():
    """FE-25, for every word and every set of pairs: determined iff all neighbours are known."""
    cases = 0
    for counts, expected in CERTIFICATES.items():
        multiplicities = dict(enumerate(counts))
        pairs = list(combinations(multiplicities, 2))
        sizes = Counter()
        for word in arrangements(multiplicities):
            neighbours = {(min(pair), max(pair)) for pair in pairwise(word) if len(set(pair)) > 1}
            sizes[len(neighbours)] += 1
            least, most = certificate_size_bounds(len(counts), len(word))
            assert least <= len(neighbours) <= most
            for chosen in (c for size in range(len(pairs) + 1) for c in combinations(pairs, size)):
                words = {pair: restricted(word, pair) for pair in chosen}
                unique = partial_amalgam(multiplicities, words).unique
                assert unique == (neighbours <= set(chosen))
                cases += 1
        assert sizes == expected
    assert cases == 6480


def test_long_cycles_are_shortened_to_three_letters():
    rng = random.Random(2)
    word = [x for x in range(40) for _ in range(5)]
    rng.shuffle(word)
    multiplicities = dict.fromkeys(range(40), 5)
    words = {pair: list(restricted(word, pair)) for pair in combinations(range(40), 2)}
    assert partial_amalgam(multiplicities, words).word == word
    words[3, 30].reverse()
    with pytest.raises(InconsistentPairs) as caught:
        partial_amalgam(multiplicities, words)
    assert_is_chordless_cycle(caught.value, words)
    assert {3, 30} < {letter for letter, _ in caught.value.cycle}


@pytest.mark.parametrize(
    "multiplicities, words, error, message",
    [
        ({"a": 1, "b": 1}, {("a", "c"): "ac"}, ValueError, "two different letters"),
        ({"a": 1, "b": 1}, {("a", "a"): "aa"}, ValueError, "two different letters"),
        ({"a": 1, "b": 1}, {("a", "b"): "ab", ("b", "a"): "ab"}, ValueError, "each pair once"),
        ({"a": 1, "b": 1}, {("a", "b"): "abb"}, MultiplicityMismatch, "1 and 2 copies"),
        ({"a": 1, "b": 1}, {("a", "b"): "abx"}, MultiplicityMismatch, "in 3 symbols"),
        ({"a": -1}, {}, ValueError, r"multiplicities\['a'\]"),
        ({"a": True}, {}, ValueError, r"multiplicities\['a'\]"),
    ],
)
def test_bad_arguments_are_named(multiplicities, words, error, message):
    with pytest.raises(error, match=message):
        partial_amalgam(multiplicities, words)


def test_nothing_at_all():
    found = partial_amalgam({}, {})
    assert found.word == [] and found.unique
