"""Filter equivariance: how many functions there are, what determines them, what it costs to ask.

Source: Lewis, Ghani, Dudzik, Perivolaropoulos, Pascanu and Velickovic, "Filter Equivariant
Functions", arXiv:2507.08796, for the notion. The statements (FE-11 and so on) are derived here;
they are not the paper's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise, product
from math import ceil, comb, exp, expm1, factorial, log, log2, prod
from types import MappingProxyType

GOLDEN: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        # FE-11: multiplicity 0, 1, 2, ...
        "natural functions": (1, 2, 6, 18, 54, 162, 486, 1458),
        "pair words": (1, 2, 6, 20, 70, 252, 924, 3432),
        # FE-12: multiplicity 1, 2, ...
        "commuting with reverse": (2, 4, 6, 12, 18),
        # FE-15: alphabets of 0, 1, 2, ... letters
        "rearrangements": (1, 1, 4, 20, 138, 1182, 12166, 146050, 2003882, 30930734, 530477310),
        # FE-16: multiplicity 0, 1, 2, ...
        "order-natural functions": (1, 4, 20, 100, 500),
        # FE-17: three letters, multiplicity 1, 2
        "functions on three letters": (20, 1422),
        # FE-18: lists of length at most 0, 1, 2, ...
        "natural rearrangements by length": (1, 1, 2, 54, 1105920, 1161562500000000000),
        # FE-24: multiplicity 0, 1, 2, ...
        "sums of identity and reverse": (1, 2, 4, 8, 16),
        # FE-30: lists of length at most 0, 1, 2, ..., up to renaming
        "lists up to renaming": (1, 2, 4, 9, 24, 76, 279, 1156, 5296, 26443, 142418),
        # FE-31: every letter once (twice, ...), multiplicity 0, 1, 2, ...
        "renaming-natural functions, 1": (1, 2, 6, 18, 54, 162, 486),
        "renaming-natural functions, 2": (1, 4, 22, 120, 654, 3564, 19422),
        "renaming-natural functions, 3": (1, 6, 48, 380, 3006, 23778, 188088),
        "renaming-natural functions, 4": (1, 8, 84, 872, 9046, 93840, 973464),
        # FE-33: letters at most 1, 2, ... times
        "identification queries": (1, 5, 12, 21, 33),
    }
)
"""Known sequences, each compared with its formula here and with an exhaustive count."""


def natural_functions(multiplicity: int) -> int:
    """Return the number of filter- and map-equivariant functions of one multiplicity (FE-11).

    1 for multiplicity 0 and 2 * 3^(m - 1) for m >= 1; generating function (1 - x) / (1 - 3 x).

    Examples
    --------
    >>> [natural_functions(m) for m in range(6)]
    [1, 2, 6, 18, 54, 162]
    """
    return 1 if _natural("multiplicity", multiplicity) == 0 else 2 * 3 ** (multiplicity - 1)


def pair_words(multiplicity: int) -> int:
    """Return C(2m, m), the number of candidates for the output on two different letters."""
    return comb(2 * _natural("multiplicity", multiplicity), multiplicity)


def functions_commuting_with_reverse(multiplicity: int) -> int:
    """Return how many of the natural functions commute with reverse: the palindromes (FE-12).

    A palindrome is a middle block of the parity of m, or none, between a tuple and its mirror.
    """
    middles = range(_natural("multiplicity", multiplicity) % 2, multiplicity + 1, 2)
    return sum((2 if c else 1) * natural_functions((multiplicity - c) // 2) for c in middles)


def functions_on_two_letters(longest: int, multiplicity: int) -> int:
    """Return the number of filter- and map-equivariant functions on an alphabet of two (FE-13).

    For lists up to the given length: every assignment of balanced words to the lists with two
    letters, up to exchange of the letters, works. With three letters or more only the natural
    functions are left.

    Examples
    --------
    >>> functions_on_two_letters(3, 1), functions_on_two_letters(3, 2)
    (54, 20250)
    """
    total = 1
    for length in range(2, _natural("longest", longest) + 1):
        for ones in range(1, length):
            # The lists that start with one of the letters stand for their mirror images.
            total *= comb(multiplicity * length, multiplicity * ones) ** comb(length - 1, ones)
    return total


@cache
def rearrangements(letters: int) -> int:
    """Return the number of filter-equivariant rearrangements of lists without duplicates (FE-15).

    They order the alphabet's classes of an ordered set partition, and keep or reverse the input
    inside a class of two letters or more; the exponential generating function is
    1 / (3 + x - 2 e^x).

    Examples
    --------
    >>> [rearrangements(letters) for letters in range(6)]
    [1, 1, 4, 20, 138, 1182]
    """
    if _natural("letters", letters) == 0:
        return 1
    return sum(
        comb(letters, size) * (2 if size > 1 else 1) * rearrangements(letters - size)
        for size in range(1, letters + 1)
    )


def rearrangements_asymptotic(letters: int) -> float:
    """Return A! / ((2 + r) r^(A + 1)), with r = 0.583... the root of 3 + x = 2 e^x (FE-15)."""
    root = 0.6
    for _ in range(8):  # Newton; quadratic convergence from one correct digit
        root -= (3 + root - 2 * exp(root)) / (1 - 2 * exp(root))
    return factorial(_natural("letters", letters)) / ((2 + root) * root ** (letters + 1))


def order_natural_functions(multiplicity: int) -> int:
    """Return 4 * 5^(m - 1): blocks of identity, reverse, sort and reverse sort (FE-16)."""
    return 1 if _natural("multiplicity", multiplicity) == 0 else 4 * 5 ** (multiplicity - 1)


def renaming_natural_functions(copies: Sequence[int], *, sorts: bool = False) -> int:
    """Return the number of functions that commute with filters and renaming (FE-31, FE-32).

    The coefficient of x_1^mu(1) x_2^mu(2) ... in 1 / (1 - B), where B counts single blocks:
    2 prod_c (1 - x_c)^(-c) - 2 for blocks ordered by position or backwards.

    Parameters
    ----------
    copies : sequence of int
        mu(1), mu(2), ...: how often a letter that occurs once, twice, ... is in the output.
    sorts : bool
        Add blocks that sort by the order of letters, up or down: functions that commute with
        monotone renaming only.

    Examples
    --------
    >>> renaming_natural_functions([1, 1]), renaming_natural_functions([0, 3])
    (20, 120)
    """
    return _block_sequences(tuple(_natural("copies", count) for count in copies), sorts)


@cache
def _block_sequences(copies: tuple[int, ...], sorts: bool) -> int:
    if not any(copies):
        return 1
    total = 0
    for sizes in product(*(range(count + 1) for count in copies)):
        if any(sizes):
            anchors = prod(comb(c + size - 1, size) for c, size in enumerate(sizes, start=1))
            left = tuple(count - size for count, size in zip(copies, sizes, strict=True))
            total += 2 * (anchors + sorts) * _block_sequences(left, sorts)
    return total


def amalgamation_probability(multiplicities: Sequence[int]) -> Fraction:
    """Return the chance that uniformly random pair words have an amalgam (FE-19).

    The number of words over the number of families: each word is the amalgam of one family.

    Examples
    --------
    >>> amalgamation_probability([1, 1, 1]), amalgamation_probability([2, 2, 2])
    (Fraction(3, 4), Fraction(5, 12))
    """
    counts = [_natural("multiplicities", count) for count in multiplicities]
    words = factorial(sum(counts)) // prod(map(factorial, counts))
    return Fraction(words, prod(comb(a + b, a) for a, b in combinations(counts, 2)))


def cover_is_unique(letters: int, cover: Iterable[Iterable[int]]) -> bool:
    """Return whether sublists on the members of a cover always determine the output (FE-23).

    Exactly if every pair of letters lies in a member.
    """
    return _edges(cover) == set(combinations(range(letters), 2))


def cover_has_amalgams(letters: int, cover: Iterable[Iterable[int]]) -> bool:
    """Return whether compatible outputs on the members always have a common amalgam (FE-23).

    Exactly if the graph of covered pairs is chordal and each of its triangles lies in a member.

    Examples
    --------
    >>> cover_has_amalgams(3, [(0, 1), (1, 2)]), cover_has_amalgams(3, [(0, 1), (1, 2), (0, 2)])
    (True, False)
    """
    members = [frozenset(member) for member in cover]
    edges = _edges(members)
    triangles = (t for t in combinations(range(letters), 3) if set(combinations(t, 2)) <= edges)
    return _is_chordal(letters, edges) and all(
        any(member.issuperset(triangle) for member in members) for triangle in triangles
    )


def _edges(cover: Iterable[Iterable[int]]) -> set[tuple[int, int]]:
    return {pair for member in cover for pair in combinations(sorted(member), 2)}


def _is_chordal(letters: int, edges: set[tuple[int, int]]) -> bool:
    """Remove vertices whose neighbours form a clique; chordal iff none is left."""
    left = set(range(letters))
    while left:
        for vertex in left:
            near = sorted(x for x in left if (min(x, vertex), max(x, vertex)) in edges)
            if set(combinations(near, 2)) <= edges:
                left.remove(vertex)
                break
        else:
            return False
    return True


def certificate_size_bounds(letters: int, length: int) -> tuple[int, int]:
    """Return the least and largest number of pairs that determine a word (FE-25).

    For a word with the given number of letters, all of which occur, and the given length.
    """
    pairs = comb(letters, 2)
    return max(letters - 1, 0), min(max(length - 1, 0), pairs)


def shortest_word_with_all_neighbours(letters: int) -> int:
    """Return the least length of a word in which all k (k - 1) / 2 pairs are neighbours (FE-25).

    A walk over all edges of the complete graph: one more than its edges when the degrees are
    even, else k / 2 - 1 edges are walked twice.
    """
    if letters < 2:
        return letters
    doubled = 0 if letters % 2 else letters // 2 - 1
    return comb(letters, 2) + doubled + 1


def natural_certificate_size(entries: Sequence[int], letters: int) -> int:
    """Return the number of neighbouring pairs in the output of a signed composition (FE-25).

    On a list of k different letters: k where two consecutive blocks have the same sign and
    k >= 3, else k - 1.
    """
    if not entries or letters == 0:
        return 0
    repeats = any(a * b > 0 for a, b in pairwise(entries))
    return letters - 1 + (repeats and letters > 2)


def adaptive_query_bounds(letters: int, length: int) -> tuple[int, int]:
    """Return bounds on the pair words that adaptive merging asks for (FE-26).

    First ceil(log2 k!), which no method beats in the worst case when each letter is once in the
    output; then min(k (k - 1) / 2, N ceil(log2 k)), which merging never exceeds.
    """
    levels = (letters - 1).bit_length() if letters else 0
    lower = (factorial(letters) - 1).bit_length()
    return lower, min(comb(letters, 2), length * levels)


def permutations_to_see_all_orders(letters: int, failure: float) -> int:
    """Return how many random full permutations show every ordered pair (FE-27).

    With probability at least 1 - failure, by the union bound: 1 + log2(A (A - 1) / (2 delta)).
    """
    return ceil(1 + log2(letters * (letters - 1) / (2 * failure)))


def coverage(letters: int, trained_length: int, examples: int) -> float:
    """Return the chance that random examples show a given ordered pair of letters (FE-28).

    The examples are random lists without duplicates of the trained length.
    """
    seen = trained_length * (trained_length - 1) / (2 * letters * (letters - 1))
    return -expm1(examples * log(1 - seen))


def extrapolation_rate(covered: float, length: int, *, all_pairs: bool = False) -> float:
    """Return about how often the examples force the output on a random list (FE-28).

    c^(n - 1) when neighbouring pairs suffice, c^(n (n - 1) / 2) when all pairs are required.
    It treats the pairs as independent, so it is close, not exact.
    """
    return float(covered ** (comb(length, 2) if all_pairs else length - 1))


def lists_up_to_renaming(longest: int) -> int:
    """Return the number of lists of length at most L up to renaming of letters (FE-30).

    The sum of the Bell numbers B_0 .. B_L, by the triangle of Peirce.

    Examples
    --------
    >>> [lists_up_to_renaming(longest) for longest in range(6)]
    [1, 2, 4, 9, 24, 76]
    """
    row, total = [1], 1
    for _ in range(_natural("longest", longest)):
        total += row[-1]
        following = [row[-1]]
        for entry in row:
            following.append(following[-1] + entry)
        row = following
    return total


def identification_queries(largest_count: int) -> int:
    """Return how many two-letter lists identify a local-key sort on all lists (FE-33).

    For letters that occur at most C times: sum over c of 1 + ceil(log2 c), plus C (C - 1).

    Examples
    --------
    >>> [identification_queries(largest) for largest in range(1, 6)]
    [1, 5, 12, 21, 33]
    """
    counts = range(1, _natural("largest_count", largest_count) + 1)
    return sum(1 + (c - 1).bit_length() for c in counts) + largest_count * (largest_count - 1)


def _natural(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, got {value!r}")
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value}")
    return value
