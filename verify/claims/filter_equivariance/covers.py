"""FE-13, FE-23 and FE-25: small scopes in which everything is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import combinations, pairwise, product
from math import comb
from typing import Any

from corollary.theory import filter_equivariance as theory
from corollary.verify.claim import formula, table
from corollary.verify.domain import Constraint, Domain, Integers, Parameters
from corollary.verify.roles.filter_equivariance import (
    amalgams,
    antichains,
    arrangements,
    closed_form,
    compatible_families,
    exactly,
    is_true,
    restricted,
)
from corollary.verify.slack import Slack


def _commutes(outputs: dict[Any, Any], letters: int) -> bool:
    """Return whether a function on short lists commutes with all filters and maps of letters."""
    subsets = [s for n in range(letters + 1) for s in combinations(range(letters), n)]
    return all(
        all(outputs[restricted(items, kept)] == restricted(output, kept) for kept in subsets)
        and all(
            outputs[tuple(h[x] for x in items)] == tuple(h[x] for x in output)
            for h in product(range(letters), repeat=letters)
        )
        for items, output in outputs.items()
    )


def _renamed(patterns: dict[Any, Any], letters: int, longest: int) -> dict[Any, Any]:
    """Return the function on all lists up to a length that has the given outputs on patterns."""
    outputs = {}
    for items in (x for n in range(longest + 1) for x in product(range(letters), repeat=n)):
        distinct = list(dict.fromkeys(items))
        pattern = tuple(distinct.index(x) for x in items)
        outputs[items] = tuple(distinct[i] for i in patterns[pattern])
    return outputs


@cache
def equivariant_functions(letters: int, m: int, longest: int) -> int:
    """Return how many functions on an alphabet commute with its filters and its own maps.

    With three letters and lists of length three the output on 012 decides the others.
    """
    constant = {(0,) * n: (0,) * (m * n) for n in range(longest + 1)}
    mixed = [p for n in range(2, longest + 1) for p in product((0, 1), repeat=n)
             if p[0] == 0 and 1 in p]  # fmt: skip
    if letters == 2:
        pools = [list(arrangements({x: m * p.count(x) for x in (0, 1)})) for p in mixed]
        choices = [dict(zip(mixed, choice, strict=True)) for choice in product(*pools)]
    else:
        choices = [
            {
                (0, 1): restricted(word, (0, 1)),
                **{p: tuple(p[x] for x in word) for p in mixed[1:]},
                (0, 1, 2): word,
            }
            for word in arrangements({0: m, 1: m, 2: m})
        ]
    return sum(
        _commutes(_renamed({**constant, **choice}, letters, longest), letters) for choice in choices
    )


TWO_LETTERS = closed_form(
    theory.functions_on_two_letters,
    {
        "natural functions alone": lambda longest, m: theory.natural_functions(m),
        "one length less": lambda longest, m: theory.functions_on_two_letters(longest - 1, m),
        "patterns not up to exchange": lambda longest, m: (
            theory.functions_on_two_letters(longest, m) ** 2
        ),
    },
)


@table(
    TWO_LETTERS,
    rows=((3, 1, 54), (3, 2, 20250), *((2, m, equivariant_functions(2, m, 2)) for m in range(4)),
          (3, 1, equivariant_functions(2, 1, 3))),
    digits=0,
    standing="derived",
    dossier="FE-13",
)  # fmt: skip
def functions_on_an_alphabet_of_two(count: Callable[..., int], longest: int, m: int) -> int:
    r"""On two letters, $\prod \binom{m(p+q)}{mp}$ functions commute with filters and the maps
    of the alphabet: the rows but the second are counted by trying all.
    """
    return count(longest, m)


ALPHABETS = Domain(
    name="alphabets",
    statement="an alphabet of three letters and a multiplicity $m = 1$",
    shape={"letters": Integers(3, 3), "m": Integers(1, 1)},
    rows={},
    build=lambda parameters, _: (int(parameters["letters"]), int(parameters["m"])),
    constraints={
        "three letters": Constraint(
            "The alphabet has three letters or more.", "letters", Integers(2, 2)
        )
    },
)
NATURAL_ON_AN_ALPHABET = closed_form(
    theory.natural_functions,
    {
        "all balanced words": lambda m: comb(2 * m, m) ** (m + 1),
        "one more": lambda m: theory.natural_functions(m) + 1,
    },
    name="natural_functions_on_an_alphabet",
)


@formula(NATURAL_ON_AN_ALPHABET, over=ALPHABETS, standing="derived", dossier="FE-13")
def three_letters_leave_the_natural_functions(
    count: Callable[[int], int], case: tuple[int, int]
) -> Slack:
    r"""On an alphabet of three letters, to commute with filters and the maps of the alphabet is
    to be natural: on lists up to length 3 there are $2 \cdot 3^{m-1}$ such functions.
    """
    letters, m = case
    return exactly([[float(count(m))]], float(equivariant_functions(letters, m, 3)))


@three_letters_leave_the_natural_functions.exhaustive(scope="m = 1 and m = 2, literally")
def both_multiplicities() -> Iterator[Parameters]:
    for m in (1, 2):
        yield {"letters": 3, "m": m}


Cover = tuple[tuple[int, ...], ...]
COVERS: tuple[Cover, ...] = tuple(antichains(4, smallest=2))


@cache
def _amalgams_of(cover: Cover) -> tuple[bool, bool]:
    """Return whether amalgams on a cover are always unique, and whether they always exist."""
    unique = exists = True
    for present in (s for n in range(5) for s in combinations(range(4), n)):
        for family in compatible_families(cover, present):
            words = amalgams({x: int(x in present) for x in range(4)}, family)
            unique &= len(words) <= 1
            exists &= len(words) >= 1
    return unique, exists


COVER_DOMAIN = Domain(
    name="covers",
    statement="an antichain of subsets of four letters, with two letters or more each",
    shape={"cover": Integers(0, len(COVERS) - 1)},
    rows={},
    build=lambda parameters, _: COVERS[int(parameters["cover"])],
)


def _pairs(cover: Iterable[Iterable[int]]) -> set[tuple[int, int]]:
    return {pair for member in cover for pair in combinations(sorted(member), 2)}


def _triangles_covered(letters: int, cover: Iterable[Iterable[int]]) -> bool:
    members = [set(member) for member in cover]
    edges = _pairs(members)
    return all(
        any(set(t) <= member for member in members)
        for t in combinations(range(letters), 3)
        if set(combinations(t, 2)) <= edges
    )


UNIQUE = closed_form(
    theory.cover_is_unique,
    {
        "every letter covered": lambda k, cover: {x for m in cover for x in m} == set(range(k)),
        "one pair may be missing": lambda k, cover: len(_pairs(cover)) >= comb(k, 2) - 1,
    },
)
EXISTS = closed_form(
    theory.cover_has_amalgams,
    {
        "chords not needed": _triangles_covered,
        "triangles not needed": lambda k, cover: theory.cover_has_amalgams(
            k, [*cover, *combinations(range(k), 3)] if len(_pairs(cover)) == comb(k, 2) else cover
        ),
        "few pairs": lambda k, cover: len(_pairs(cover)) < k,
    },
)


@formula(UNIQUE, over=COVER_DOMAIN, standing="derived", dossier="FE-23")
def covers_that_determine(is_unique: Callable[..., bool], cover: Cover) -> Slack:
    r"""Outputs on the members of a cover determine the output iff all pairs are covered."""
    return is_true(bool(is_unique(4, cover)) == _amalgams_of(cover)[0])


@formula(EXISTS, over=COVER_DOMAIN, standing="derived", dossier="FE-23")
def covers_that_guarantee(has_amalgams: Callable[..., bool], cover: Cover) -> Slack:
    r"""Compatible outputs on the members always have an amalgam iff the graph of covered pairs is
    chordal and each of its triangles lies in a member.
    """
    return is_true(bool(has_amalgams(4, cover)) == _amalgams_of(cover)[1])


@covers_that_determine.exhaustive(scope="all 113 antichains, letters present or absent")
@covers_that_guarantee.exhaustive(scope="all 113 antichains, letters present or absent")
def every_cover() -> Iterator[Parameters]:
    for index in range(len(COVERS)):
        yield {"cover": index}


SHORTEST = closed_form(
    theory.shortest_word_with_all_neighbours,
    {
        "every pair once": lambda k: comb(k, 2) + 1 if k > 1 else k,
        "two walked twice": lambda k: comb(k, 2) + 1 + k % 2,
    },
)


@cache
def _has_all_neighbours(letters: int, length: int) -> bool:
    pairs = set(combinations(range(letters), 2))
    return any(
        {(min(p), max(p)) for p in pairwise(word)} >= pairs
        for word in product(range(letters), repeat=length)
    )


@table(
    SHORTEST,
    rows=(
        *((k, next(n for n in range(9) if _has_all_neighbours(k, n))) for k in range(2, 5)),
        (5, 11),
    ),
    digits=0,
    standing="derived",
    dossier="FE-25",
)  # fmt: skip
def shortest_words_with_all_neighbours(shortest: Callable[[int], int], k: int) -> int:
    r"""A word in which all pairs are neighbours has length $2, 4, 8, 11$ at least for
    $k = 2, \ldots, 5$; the first three are found by search.
    """
    return shortest(k)
