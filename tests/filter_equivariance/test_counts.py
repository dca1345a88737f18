"""Each count three ways: the formula, an exhaustive search, and the sequence as it is known."""

from itertools import combinations, pairwise, product
from math import comb, factorial

import pytest
import sympy

from corollary.algorithms.filter_equivariance import SignedComposition
from corollary.algorithms.filter_equivariance._definition import (
    amalgams_definition,
    arrangements,
    restricted,
)
from corollary.algorithms.filter_equivariance.enumeration import (
    antichains,
    binary_words,
    compatible_families,
    consistency_table,
    count_families,
    count_solutions,
    natural_pair_words,
)
from corollary.theory import filter_equivariance as theory

GOLDEN = theory.GOLDEN


def fixed(multiplicity):
    return lambda count: multiplicity


def coefficients(expression, variable, terms):
    series = sympy.series(expression, variable, 0, terms).removeO()
    return [series.coeff(variable, n) for n in range(terms)]


def test_consistency_tables_are_those_of_the_definition():
    """The table is true exactly at the restrictions of words; their number is a multinomial."""
    for counts in product(range(3), repeat=3):
        table = consistency_table(*counts)
        pairs = list(combinations(range(3), 2))
        words = [binary_words(counts[a], counts[b]).tolist() for a, b in pairs]
        true = set()
        for word in arrangements(dict(enumerate(counts))):
            bits = [[int(x == b) for x in restricted(word, (a, b))] for a, b in pairs]
            true.add(tuple(words[axis].index(word) for axis, word in enumerate(bits)))
        assert {tuple(map(int, place)) for place in zip(*table.nonzero(), strict=True)} == true


def test_natural_functions():
    """FE-11: formula, generating function, all words on two letters, all signed compositions."""
    x = sympy.Symbol("x")
    formula = [theory.natural_functions(m) for m in range(8)]
    assert tuple(formula) == GOLDEN["natural functions"]
    assert formula == coefficients((1 - x) / (1 - 3 * x), x, 8)
    assert sum(formula) == 3**7
    for m in range(8):
        assert len(binary_words(m, m)) == theory.pair_words(m) == GOLDEN["pair words"][m]
        words = {tuple(word) for word in natural_pair_words(m).tolist()}
        assert len(words) == formula[m]
        assert words == {tuple(f([0, 1])) for f in SignedComposition.with_multiplicity(m)}


def test_functions_commuting_with_reverse():
    for m, expected in enumerate(GOLDEN["commuting with reverse"], start=1):
        palindromes = [
            f for f in SignedComposition.with_multiplicity(m) if f.entries == f.entries[::-1]
        ]
        assert theory.functions_commuting_with_reverse(m) == len(palindromes) == expected


def equivariant_on_short_lists(outputs, letters):
    """Return whether a function on all lists up to length 3 commutes with filters and maps."""
    for items, output in outputs.items():
        if any(
            outputs[restricted(items, kept)] != restricted(output, kept)
            for size in range(letters + 1)
            for kept in combinations(range(letters), size)
        ):
            return False
        for images in product(range(letters), repeat=letters):
            mapped = tuple(images[x] for x in items)
            if outputs[mapped] != tuple(images[x] for x in output):
                return False
    return True


def renamed_outputs(patterns, letters):
    """Return the function on all lists up to length 3 that has the given outputs on patterns."""
    outputs = {}
    for items in (x for n in range(4) for x in product(range(letters), repeat=n)):
        distinct = list(dict.fromkeys(items))
        pattern = tuple(distinct.index(x) for x in items)
        outputs[items] = tuple(distinct[i] for i in patterns[pattern])
    return outputs


@pytest.mark.parametrize("multiplicity", [1, 2])
def test_a_fixed_alphabet_needs_three_letters(multiplicity):
    """FE-13, literally: all candidates on all lists up to length 3, all filters and maps."""
    m = multiplicity
    constant = {(0,) * n: (0,) * (m * n) for n in range(4)}
    mixed = [(0, 1), (0, 0, 1), (0, 1, 0), (0, 1, 1)]
    pools = [list(arrangements({0: m * p.count(0), 1: m * p.count(1)})) for p in mixed]
    found = sum(
        equivariant_on_short_lists(
            renamed_outputs({**constant, **dict(zip(mixed, choice, strict=True))}, 2), 2
        )
        for choice in product(*pools)
    )
    assert found == theory.functions_on_two_letters(3, m) == {1: 54, 2: 20250}[m]
    # With three letters the output on 012 forces all others by merging letters.
    on_three = 0
    for word in arrangements({0: m, 1: m, 2: m}):
        merged = {(0, 1): restricted(word, (0, 1))}
        for pattern in mixed[1:]:
            merged[pattern] = tuple(pattern[x] for x in word)
        outputs = renamed_outputs({**constant, **merged, (0, 1, 2): word}, 3)
        on_three += equivariant_on_short_lists(outputs, 3)
    assert on_three == theory.natural_functions(m)


def test_rearrangements_of_lists_without_duplicates():
    """FE-15: the recursion, its generating function, an exhaustive search, the asymptotics."""
    x = sympy.Symbol("x")
    formula = [theory.rearrangements(letters) for letters in range(11)]
    assert tuple(formula) == GOLDEN["rearrangements"]
    exponential = coefficients(1 / (3 + x - 2 * sympy.exp(x)), x, 7)
    assert formula[:7] == [c * sympy.factorial(n) for n, c in enumerate(exponential)]
    for letters in range(6):
        assert count_families(letters, lambda c: c, [1], symmetry="none") == formula[letters]
    ratios = [theory.rearrangements_asymptotic(a) / formula[a] for a in (4, 8, 10)]
    assert abs(ratios[1] - 1) < 2e-6 and abs(ratios[2] - 1) < 1e-7 < abs(ratios[0] - 1)


def test_order_natural_functions():
    for m in range(4):
        assert count_families(3, fixed(m), [1], symmetry="order") == theory.order_natural_functions(
            m
        )
    assert count_families(4, fixed(2), [1], symmetry="order") == theory.order_natural_functions(2)
    assert tuple(map(theory.order_natural_functions, range(5))) == GOLDEN["order-natural functions"]


def test_functions_without_any_symmetry():
    for m, expected in enumerate(GOLDEN["functions on three letters"], start=1):
        assert count_families(2, fixed(m), [1], symmetry="none") == comb(2 * m, m) ** 2
        assert count_families(3, fixed(m), [1], symmetry="none") == expected


def test_natural_rearrangements_by_length():
    """FE-18, and the number for functions that keep one of each letter."""
    for longest, expected in enumerate(GOLDEN["natural rearrangements by length"]):
        scope = range(1, longest + 1)
        found = count_families(3, lambda c: c, scope, symmetry="renaming", longest=longest)
        assert found == expected
    # Lists with a letter twice and one or two others: 8 of 16; the other patterns are free.
    free = 2 ** (3 + 4)  # two letters twice, or one three times
    nub = count_families(3, lambda c: min(c, 1), range(1, 5), symmetry="renaming", longest=4)
    assert nub == 8 * free


@pytest.mark.parametrize("counts", [(1, 1, 1), (2, 2, 2), (3, 3, 3), (2, 1, 3), (0, 2, 1)])
def test_chance_of_an_amalgam(counts):
    table = consistency_table(*counts)
    chance = theory.amalgamation_probability(counts)
    assert chance * table.size == int(table.sum())


def test_chance_of_a_transitive_tournament():
    for letters in range(1, 5):
        pairs = list(combinations(range(letters), 2))
        once = dict.fromkeys(range(letters), 1)
        families = list(product(*(((a, b), (b, a)) for a, b in pairs)))
        orders = sum(
            len(amalgams_definition(once, dict(zip(pairs, words, strict=True))))
            for words in families
        )
        assert theory.amalgamation_probability([1] * letters) * len(families) == orders
        assert orders == factorial(letters)


def test_renaming_natural_functions():
    """FE-31: formula, generating function, exhaustive search."""
    x, y = sympy.symbols("x y")
    for c in range(1, 5):
        golden = GOLDEN[f"renaming-natural functions, {c}"]
        copies = [[0] * (c - 1) + [m] for m in range(7)]
        assert tuple(map(theory.renaming_natural_functions, copies)) == golden
        assert coefficients(1 / (3 - 2 * (1 - x) ** (-c)), x, 7) == list(golden)
        for m in range(4 if c < 4 else 2):
            assert count_families(3, fixed(m), [c], symmetry="renaming") == golden[m]
    mixed = {(1, 1): 20, (1, 2): 158, (2, 1): 84, (2, 2): 846}
    both = 1 / (3 - 2 / ((1 - x) * (1 - y) ** 2))
    for (m, n), expected in mixed.items():
        derivative = sympy.diff(both, x, m, y, n).subs({x: 0, y: 0})
        assert derivative / (sympy.factorial(m) * sympy.factorial(n)) == expected
        assert theory.renaming_natural_functions([m, n]) == expected
        found = count_families(3, lambda c, m=m, n=n: (m, n)[c - 1], [1, 2], symmetry="renaming")
        assert found == expected
    assert theory.renaming_natural_functions([1, 1, 1]) == 444


def test_order_natural_functions_with_repetitions():
    """FE-32, where the search is exhaustive; that nothing else exists is not proved in general."""
    for c, expected in ((1, (1, 4, 20, 100)), (2, (1, 6, 44, 322)), (3, (1, 8))):
        for m, number in enumerate(expected):
            copies = [0] * (c - 1) + [m]
            assert theory.renaming_natural_functions(copies, sorts=True) == number
            assert count_families(3, fixed(m), [c], symmetry="order") == number


def test_what_commutes_with_concat_map_of_palindromes():
    """FE-24, one reading of the conjecture: exactly the sums of identity and reverse."""
    palindromes = [w for n in range(4) for w in product(range(2), repeat=n) if w == w[::-1]]
    lists = [x for n in range(4) for x in product(range(2), repeat=n)]

    def commutes(f):
        return all(
            f([y for x in items for y in h[x]]) == [y for x in f(items) for y in h[x]]
            for h in product(palindromes, repeat=2)
            for items in lists
        )

    for m, expected in enumerate(GOLDEN["sums of identity and reverse"]):
        found = [f for f in SignedComposition.with_multiplicity(m) if commutes(f)]
        assert len(found) == expected == 2**m
        assert all(set(map(abs, f.entries)) <= {1} for f in found)


def test_covers():
    """FE-23: all 113 antichains of subsets of four letters, all words without repetitions."""
    examined = 0
    for cover in antichains(4, smallest=2):
        unique = exists = True
        for present in (s for n in range(5) for s in combinations(range(4), n)):
            for family in compatible_families(cover, present):
                words = amalgams_definition({x: int(x in present) for x in range(4)}, family)
                unique &= len(words) <= 1
                exists &= len(words) >= 1
        assert theory.cover_is_unique(4, cover) == unique
        assert theory.cover_has_amalgams(4, cover) == exists
        examined += 1
    assert examined == 113


def test_shortest_words_with_all_neighbours():
    """FE-25: by search, and no shorter word does it."""
    for letters in range(2, 5):
        shortest = theory.shortest_word_with_all_neighbours(letters)
        pairs = set(combinations(range(letters), 2))

        def complete(length, letters=letters, pairs=pairs):
            return any(
                {(min(p), max(p)) for p in pairwise(word)} >= pairs
                for word in product(range(letters), repeat=length)
            )

        assert complete(shortest) and not complete(shortest - 1)
    assert [theory.shortest_word_with_all_neighbours(k) for k in (0, 1, 5)] == [0, 1, 11]


def test_certificates_of_natural_functions():
    for m in range(5):
        for f in SignedComposition.with_multiplicity(m):
            for letters in range(7):
                word = f(range(letters))
                neighbours = {frozenset(pair) for pair in pairwise(word) if len(set(pair)) > 1}
                assert theory.natural_certificate_size(f.entries, letters) == len(neighbours)


def test_bounds_and_rates():
    assert theory.adaptive_query_bounds(8, 8) == (16, 24)
    assert theory.adaptive_query_bounds(32, 32) == (118, 160)
    assert theory.adaptive_query_bounds(32, 1024)[1] == 496
    assert [theory.adaptive_query_bounds(k, k)[1] for k in (0, 1, 2)] == [0, 0, 1]
    assert theory.permutations_to_see_all_orders(20, 0.05) == 13
    rates = [theory.extrapolation_rate(theory.coverage(20, 5, t), 20) for t in (100, 160, 250)]
    assert [round(rate, 3) for rate in rates] == [0.255, 0.765, 0.976]
    covered = theory.coverage(20, 5, 200)
    assert round(theory.extrapolation_rate(covered, 20, all_pairs=True), 3) == 0.399


def test_sequences_without_a_search_here():
    """Bell numbers and query counts: the searches are in the tests of the checker and learners."""
    golden = GOLDEN["lists up to renaming"]
    assert tuple(map(theory.lists_up_to_renaming, range(11))) == golden
    bell = [sum(golden[n : n + 1]) - sum(golden[n - 1 : n]) if n else 1 for n in range(11)]
    assert bell == [sympy.bell(n) for n in range(11)]
    queries = [theory.identification_queries(c) for c in range(1, 6)]
    assert tuple(queries) == GOLDEN["identification queries"]


def test_solutions_multiply_over_components():
    table = consistency_table(1, 1, 1)
    assert count_solutions([2, 2, 2, 5], [((0, 1, 2), table)]) == 30
    assert count_solutions([], []) == 1
    assert count_solutions([2], [((0, 0, 0), table)]) == 2


def test_bad_arguments_are_named():
    for function in (theory.natural_functions, theory.rearrangements, theory.lists_up_to_renaming):
        with pytest.raises(ValueError, match="must not be negative"):
            function(-1)
        with pytest.raises(TypeError, match="must be an int"):
            function(1.0)
    with pytest.raises(TypeError, match="copies must be an int"):
        theory.renaming_natural_functions([True])


def test_three_facets_determine_and_two_do_not():
    """FE-23: 3 sublists that lack one letter each cover all pairs, 2 leave one pair unseen."""
    letters = range(5)
    facets = [[x for x in letters if x != left] for left in letters]
    assert theory.cover_is_unique(5, facets[:3]) and not theory.cover_is_unique(5, facets[:2])
    assert theory.cover_has_amalgams(5, facets[:4]) and not theory.cover_has_amalgams(5, facets[:3])
