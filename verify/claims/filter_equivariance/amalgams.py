"""FE-05 to FE-07, FE-19 and FE-22: when pair words have an amalgam, and which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, permutations
from math import comb
from typing import Any

import numpy as np

from corollary.theory import filter_equivariance as theory
from corollary.verify.claim import formula, law, table
from corollary.verify.domain import Parameters
from corollary.verify.roles.filter_equivariance import (
    AMALGAMATOR,
    CYCLES,
    FACED_FAMILIES,
    FAMILIES,
    RESTRICTIONS,
    Amalgamator,
    Family,
    amalgams,
    closed_form,
    drawn,
    every_family,
    every_multiplicity,
    every_word,
    exactly,
    families,
    families_with_faces,
    family_numbered,
    is_true,
    same_words,
    three_cycles,
    tournament,
)
from corollary.verify.search.certified import Measurement
from corollary.verify.slack import Slack


@law(AMALGAMATOR, over=RESTRICTIONS, standing="derived", dossier="FE-05")
def amalgam_of_restrictions(amalgamate: Amalgamator, case: tuple[Family, list[int]]) -> Slack:
    r"""A word is the only amalgam of its restrictions to pairs of letters."""
    family, word = case
    return same_words([amalgamate(family).word or []], [word])


@amalgam_of_restrictions.exhaustive(
    scope="all words of length <= 5 over 4 letters and all 90 words with three letters twice"
)
def every_short_word() -> Iterator[Parameters]:
    twice = sorted(set(map("".join, permutations("001122"))))
    for word in [*every_word("0123", 5), *twice]:
        yield {"word": word, "tampered": 0, "seed": 0}


@amalgam_of_restrictions.proved(
    scope="uniqueness, for the multiplicities (1,1,1), (2,2,2), (1,1,1,1), (2,1,1,1)"
)
def two_different_amalgams_of_one_family() -> Iterator[Any]:
    """Two linear orders of the occurrences that agree on every pair of letters, but differ."""
    import z3

    for counts in ((1, 1, 1), (2, 2, 2), (1, 1, 1, 1), (2, 1, 1, 1)):
        first, second = _order("first", counts), _order("second", counts)
        agree = [
            (first[u] < first[v]) == (second[u] < second[v])
            for u, v in combinations(first, 2)
            if u[0] != v[0]
        ]
        differ = z3.Or([first[u] != second[u] for u in first])
        yield z3.And(*_linear(first), *_linear(second), *agree, differ)


@law(AMALGAMATOR, over=FACED_FAMILIES, standing="derived", dossier="FE-06, FE-22")
def three_letters_suffice(amalgamate: Amalgamator, family: Family) -> Slack:
    r"""If every three letters have an amalgam, then all letters together have exactly one."""
    possible = amalgams(dict(enumerate(family.counts)), family.words)
    return same_words([amalgamate(family).word or []], [*possible, [9]][:1])


@three_letters_suffice.exhaustive(scope="all 64 families of four letters, once each")
def every_family_of_four_whose_triples_fit() -> Iterator[Parameters]:
    for index in range(len(families_with_faces((1, 1, 1, 1), 3))):
        yield {"counts": "1111", "size": 3, "index": index}


@three_letters_suffice.proved(
    scope="existence, for the multiplicities (1,1,1,1), (2,1,1,1), (2,2,1,1), (1,1,1,1,1)"
)
def consistent_triples_without_amalgam() -> Iterator[Any]:
    """Every three letters have a linear order of their own, yet two rank sums are equal (FE-07)."""
    import z3

    for counts in ((1, 1, 1, 1), (2, 1, 1, 1), (2, 2, 1, 1), (1, 1, 1, 1, 1)):
        nodes = _occurrences(counts)
        stated = {
            (u, v): z3.Bool(f"{u} before {v}") for u, v in combinations(nodes, 2) if u[0] != v[0]
        }
        fit = []
        for letters in combinations(range(len(counts)), 3):
            places = {
                v: place for v, place in _order(f"in {letters}", counts).items() if v[0] in letters
            }
            fit += _linear(places)
            fit += [
                stated[u, v] == (places[u] < places[v])
                for u, v in combinations(places, 2)
                if u[0] != v[0]
            ]

        def precedes(u: Node, v: Node, stated: Any = stated) -> Any:
            if u[0] == v[0]:
                return z3.BoolVal(u[1] < v[1])
            return stated[u, v] if (u, v) in stated else z3.Not(stated[v, u])

        ranks = [z3.Sum([z3.If(precedes(u, v), 1, 0) for u in nodes if u != v]) for v in nodes]
        yield z3.And(*fit, z3.Not(z3.Distinct(*ranks)))


Node = tuple[int, int]


def _occurrences(counts: Sequence[int]) -> list[Node]:
    return [(a, i) for a, count in enumerate(counts) for i in range(count)]


def _order(name: str, counts: Sequence[int]) -> dict[Node, Any]:
    import z3

    return {v: z3.Int(f"{name} {v}") for v in _occurrences(counts)}


def _linear(places: dict[Node, Any]) -> list[Any]:
    """Say that the places are 0 .. N - 1, and that the copies of a letter stand in order."""
    import z3

    bounds = [z3.And(place >= 0, place < len(places)) for place in places.values()]
    chains = [places[a, i] < places[a, i + 1] for a, i in places if (a, i + 1) in places]
    return [*bounds, *chains, z3.Distinct(*places.values())]


def _tournament(family: Family) -> dict[Node, set[Node]]:
    return tournament(family.counts, family.words)


def _small_families() -> Iterator[Parameters]:
    for counts in [*every_multiplicity(3, 2), (1, 1, 1, 1)]:
        yield from every_family(counts)


SMALL = "all families of 3 letters with multiplicities <= 2, and of 4 letters once each"


@law(AMALGAMATOR, over=FAMILIES, standing="derived", dossier="FE-06, FE-07")
def amalgam_iff_no_three_cycle(amalgamate: Amalgamator, family: Family) -> Slack:
    r"""Pair words have an amalgam iff no three occurrences are ordered in a circle; these belong to
    three different letters, and the witness is such a circle.
    """
    outcome = amalgamate(family)
    before = _tournament(family)
    cycles = three_cycles(before)
    letters = [len({letter for letter, _ in cycle}) for cycle in cycles]
    return is_true(
        [
            (outcome.word is not None) == (not cycles),
            _is_right(outcome.cycle, before),
            set(letters) <= {3},
        ]
    )


amalgam_iff_no_three_cycle.exhaustive(scope=SMALL)(_small_families)


def _is_right(cycle: Any, before: dict[Node, set[Node]]) -> bool:
    """Return whether the witness of an inconsistent family is a circle of three letters."""
    has_cycle = bool(three_cycles(before))
    if not has_cycle:
        return cycle is None
    if cycle is None or len({letter for letter, _ in cycle}) != 3 or len(cycle) != 3:
        return False
    nodes = [(letter, index - 1) for letter, index in cycle]
    return all(v in before.get(u, ()) for u, v in zip(nodes, nodes[1:] + nodes[:1], strict=True))


@formula(CYCLES, over=FAMILIES, standing="derived", dossier="FE-07")
def number_of_three_cycles(three_cycle_count: Callable[..., int], family: Family) -> Slack:
    r"""$\binom{N}{3} - \sum_v \binom{\mathrm{pos}(v)}{2}$ occurrences in threes stand in circles,
    with in- or with out-degrees.
    """
    before = _tournament(family)
    outward = [len(after) for after in before.values()]
    inward = [sum(v in after for after in before.values()) for v in before]
    expected = 1 + len(three_cycles(before))
    counted = [[1 + three_cycle_count(inward), 1 + three_cycle_count(outward)]]
    return exactly(counted, np.full((1, 2), expected))


number_of_three_cycles.exhaustive(scope=SMALL)(_small_families)


@table(
    AMALGAMATOR,
    rows=(
        ("1212", "1313", "2323", 123123),
        ("1221", "1331", "2332", 123321),
        ("2112", "3113", "3223", 321123),
        ("112122", "113133", "223233", 0),
        ("221211", "331311", "332322", 0),
        ("12", "31", "23", 0),
    ),
    digits=0,
    standing="derived",
    dossier="section 6",
)
def amalgams_known_by_heart(amalgamate: Amalgamator, *words: str) -> float:
    r"""The amalgam of words on 12, 13 and 23, read as a number; 0 where there is none."""
    pairs = list(combinations(range(3), 2))
    coded = [tuple(int(x) - 1 for x in word) for word in words]
    counts = (coded[0].count(0), coded[0].count(1), coded[1].count(2))
    found = amalgamate(Family(counts, dict(zip(pairs, coded, strict=True)))).word
    return 0.0 if found is None else float("".join(str(x + 1) for x in found))


CHANCE = closed_form(
    theory.amalgamation_probability,
    {
        "transitive tournaments": lambda counts: theory.amalgamation_probability([1] * len(counts)),
        "words over all triples": lambda counts: (
            theory.amalgamation_probability(counts) * Fraction(2 if sum(counts) > 5 else 1)
        ),
        "one pair forgotten": lambda counts: (
            theory.amalgamation_probability(counts) * comb(counts[0] + counts[1], counts[0])
        ),
    },
)


@table(
    CHANCE,
    rows=(
        (1, 1, 1, 6 / 8),
        (2, 2, 2, 90 / 216),
        (3, 3, 3, 1680 / 8000),
        (4, 4, 4, 34650 / 343000),
        (5, 5, 5, 756756 / 16003008),
        (1, 1, 1, 1, 0.375),
        (1, 1, 1, 1, 1, 0.1171875),
        (1, 1, 1, 1, 1, 1, 0.02197265625),
    ),
    digits=12,
    standing="derived",
    dossier="FE-19",
)
def chances_of_an_amalgam(chance: Callable[..., Fraction], *counts: int) -> float:
    r"""The chance that uniformly random pair words with these multiplicities have an amalgam."""
    return float(chance(counts))


@formula(CHANCE, over=FAMILIES, standing="derived", dossier="FE-19")
def chance_of_an_amalgam(chance: Callable[..., Fraction], family: Family) -> Slack:
    r"""Random pair words have an amalgam with probability
    $\frac{N!}{\prod_a m_a!} \Big/ \prod_{a<b} \binom{m_a+m_b}{m_a}$: by counting, up to 2000 words.
    """
    counts = family.counts
    if len(counts) > 3 or families(counts) > 2000:
        counts = tuple(min(m, 1) for m in counts[:4])
    fitting = families_with_faces(counts, len(counts)) if counts else [0]
    return exactly([[float(chance(counts) * families(counts))]], float(len(fitting)))


@chance_of_an_amalgam.exhaustive(scope="all multiplicities of three letters up to 2")
def every_small_multiplicity() -> Iterator[Parameters]:
    for counts in every_multiplicity(3, 2):
        yield {"counts": "".join(map(str, counts)), "number": 0}


@chance_of_an_amalgam.statistical(scope="1000 random families with three letters three times")
def rate_of_amalgams(chance: Callable[..., Fraction], seed: int) -> Measurement:
    counts, cases = (3, 3, 3), 1000
    found = 0
    for number in drawn(seed, [families(counts)] * cases):
        found += not three_cycles(_tournament(family_numbered(counts, number)))
    predicted = float(chance(counts))
    error = (predicted * (1 - predicted) / cases) ** 0.5
    return Measurement(predicted, found / cases, max(error, 1e-9), cases)
