"""The role `amalgamator`: the words on all pairs of letters go in, one word comes out.

Families of pair words are given by two parameters: the multiplicities of the letters, as a word of
digits, and a number that is read in mixed radix, one digit per pair, as the places of the pair
words in lexicographic order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from math import comb, prod
from typing import Any

from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.filter_equivariance._cases import Words, digits, drawn
from corollary.verify.roles.filter_equivariance._definitions import (
    amalgams,
    arrangements,
    restricted,
)

Word = tuple[int, ...]
Cycle = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Family:
    """Words on all pairs of the letters 0 .. k - 1.

    Attributes
    ----------
    counts : tuple of int
        How often each letter is in a word.
    words : dict
        From pairs of letters, the lower first, to words.
    """

    counts: tuple[int, ...]
    words: dict[tuple[int, int], Word]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return list(combinations(range(len(self.counts)), 2))

    def arrays(self) -> tuple[list[int], list[int], list[int]]:
        """Return multiplicities, pointers and bits."""
        bits = [int(x == high) for low, high in self.pairs for x in self.words[low, high]]
        pointers = [0]
        for pair in self.pairs:
            pointers.append(pointers[-1] + len(self.words[pair]))
        return list(self.counts), pointers, bits

    def face(self, letters: Sequence[int]) -> dict[tuple[int, int], Word]:
        """Return the words of the pairs of some of the letters."""
        return {pair: self.words[pair] for pair in combinations(letters, 2)}


def family_of(word: Sequence[int], letters: int) -> Family:
    """Return the restrictions of a word to all pairs of letters."""
    counts = tuple(map(list(word).count, range(letters)))
    pairs = combinations(range(letters), 2)
    return Family(counts, {pair: restricted(word, pair) for pair in pairs})


def family_numbered(counts: tuple[int, ...], number: int) -> Family:
    """Return the family of pair words with the given number, modulo how many there are."""
    words = {}
    for a, b in combinations(range(len(counts)), 2):
        choices = _pair_words(a, b, counts[a], counts[b])
        number, place = divmod(number, len(choices))
        words[a, b] = choices[place]
    return Family(counts, words)


def families(counts: Sequence[int]) -> int:
    """Return how many families of pair words have the given multiplicities."""
    return prod(comb(a + b, a) for a, b in combinations(counts, 2))


@cache
def _pair_words(a: int, b: int, copies_of_a: int, copies_of_b: int) -> list[Word]:
    return list(arrangements({a: copies_of_a, b: copies_of_b}))


@cache
def families_with_faces(counts: tuple[int, ...], size: int) -> list[int]:
    """Return the numbers of the families in which every `size` letters have an amalgam."""

    def has_amalgam(family: Family, letters: tuple[int, ...]) -> bool:
        here = {x: counts[x] for x in letters}
        return bool(amalgams(here, family.face(letters)))

    return [
        number
        for number in range(families(counts))
        if all(
            has_amalgam(family_numbered(counts, number), letters)
            for letters in combinations(range(len(counts)), size)
        )
    ]


@dataclass(frozen=True)
class Outcome:
    """What an amalgamator answered: a word, or that there is none and why."""

    word: list[int] | None
    cycle: Cycle | None = None


Amalgamator = Callable[[Family], Outcome]


def _adapt(implementation: Implementation) -> Amalgamator:
    """Return the amalgamator of families; its ValueError is the answer that there is no word."""

    def amalgamate(family: Family) -> Outcome:
        try:
            word = implementation.plain(*family.arrays())
        except Fault as fault:
            if isinstance(fault.__cause__, ValueError):
                return Outcome(None, getattr(fault.__cause__, "cycle", None))
            raise
        return Outcome([int(x) for x in word])

    return amalgamate


class _Clash(ValueError):
    def __init__(self, cycle: Cycle | None) -> None:
        super().__init__(cycle)
        self.cycle = cycle


Arrays = tuple[list[int], list[int], list[int]]
Scores = dict[tuple[int, int], int]


def _scores(
    counts: list[int], pointers: list[int], bits: list[int], *, places: bool = False
) -> Scores:
    """Return the rank sums of all occurrences (letter, index from 0), or sums of places."""
    scores = {(a, i): i for a, count in enumerate(counts) for i in range(count)}
    for pair, (a, b) in enumerate(combinations(range(len(counts)), 2)):
        seen = {a: 0, b: 0}
        for place, bit in enumerate(bits[pointers[pair] : pointers[pair + 1]]):
            own, other = (b, a) if bit else (a, b)
            scores[own, seen[own]] += place if places else seen[other]
            seen[own] += 1
    return scores


def _cycle(counts: list[int], scores: Scores, arrays: Arrays) -> Cycle:
    """Return a cyclic triple by trying all, with copies counted from 1."""
    _, pointers, bits = arrays
    numbers = {pair: n for n, pair in enumerate(combinations(range(len(counts)), 2))}

    def before(u: tuple[int, int], v: tuple[int, int]) -> bool:
        low, high = min(u[0], v[0]), max(u[0], v[0])
        number = numbers[low, high]
        word = bits[pointers[number] : pointers[number + 1]]
        place = {
            x: [t for t, bit in enumerate(word) if bit == (x[0] == high)][x[1]] for x in (u, v)
        }
        return place[u] < place[v]

    for u, v, w in combinations(scores, 3):
        if len({u[0], v[0], w[0]}) == 3 and before(u, v) == before(v, w) == before(w, u):
            found = (u, v, w) if before(u, v) else (w, v, u)
            return tuple((letter, index + 1) for letter, index in found)
    return ()


def _amalgamated(
    counts: list[int],
    pointers: list[int],
    bits: list[int],
    *,
    places: bool = False,
    ties: int = 0,
    shift: Callable[[Scores, list[int]], Scores] = lambda scores, counts: scores,
) -> list[int]:
    """Amalgamate with room for mistakes; `ties` is 0 to refuse equal scores, else their order."""
    scores = shift(_scores(counts, pointers, bits, places=places), counts)
    if not ties and len(set(scores.values())) < len(scores):
        raise _Clash(_cycle(counts, scores, (counts, pointers, bits)))
    return [letter for letter, _ in sorted(scores, key=lambda v: (scores[v], ties * v[0]))]


def _in_columns(counts: list[int], pointers: list[int], bits: list[int]) -> list[int]:
    """Read the words in the order (0,1), (0,2), (1,2), (0,3), ...; the same up to three letters."""
    k = len(counts)
    by_row = {pair: n for n, pair in enumerate(combinations(range(k), 2))}
    by_column = sorted(by_row, key=lambda pair: (pair[1], pair[0]))
    words = {pair: bits[pointers[n] : pointers[n + 1]] for n, pair in enumerate(by_column)}
    moved = [words[pair] for pair in by_row]
    starts = [sum(map(len, moved[:n])) for n in range(len(moved) + 1)]
    return _amalgamated(counts, starts, [bit for word in moved for bit in word])


def _with_cycle(change: Callable[[Cycle], Cycle | None]) -> Callable[..., list[int]]:
    """Return a right amalgamator whose witness is changed."""

    def amalgamate(*arrays: Any) -> list[int]:
        try:
            return _amalgamated(*arrays)
        except _Clash as clash:
            raise _Clash(change(clash.cycle or ())) from None

    return amalgamate


def _first_three_checked(counts: list[int], pointers: list[int], bits: list[int]) -> list[int]:
    """Refuse equal scores of the first three letters alone."""
    scores = _scores(counts, pointers, bits)
    few = [score for (letter, _), score in scores.items() if letter < 3]
    if len(set(few)) < len(few):
        raise _Clash(_cycle(counts, scores, (counts, pointers, bits)))
    return _amalgamated(counts, pointers, bits, ties=1)


def _last_letter_trusted(counts: list[int], pointers: list[int], bits: list[int]) -> list[int]:
    """Overlook equal scores that the last of four letters or more has a part in."""
    scores = _scores(counts, pointers, bits)
    last = len(counts) - 1 if len(counts) > 3 else len(counts)
    rest = [score for (letter, _), score in scores.items() if letter != last]
    if len(set(rest)) < len(rest):
        raise _Clash(_cycle(counts, scores, (counts, pointers, bits)))
    return _amalgamated(counts, pointers, bits, ties=1)


def _neighbours_swapped(counts: list[int], pointers: list[int], bits: list[int]) -> list[int]:
    word = _amalgamated(counts, pointers, bits)
    return word if len(word) < 7 else [*word[:-2], word[-1], word[-2]]


def _refused(*arrays: Any) -> list[int]:
    raise _Clash(())


MUTANTS: dict[str, Callable[..., Any]] = {
    "positions instead of ranks": lambda *a: _amalgamated(*a, places=True),
    "ties in the order of letters": lambda *a: _amalgamated(*a, ties=1),
    "ties against the order of letters": lambda *a: _amalgamated(*a, ties=-1),
    "only the first three letters checked": _first_three_checked,
    "one-letter words dropped": lambda *a: _amalgamated(*a) if len(a[0]) > 1 else [],
    "letters that occur once come first": lambda *a: _amalgamated(
        *a, shift=lambda s, counts: {v: score - (counts[v[0]] == 1) for v, score in s.items()}
    ),
    "rank of the last letter off by one": lambda *a: _amalgamated(
        *a,
        shift=lambda s, counts: {v: q + (v[0] == len(counts) - 1 > 1) for v, q in s.items()},
    ),
    "third copies one place late": lambda *a: _amalgamated(
        *a, ties=1, shift=lambda s, counts: {v: q + (v[1] == 2) for v, q in s.items()}
    ),
    "pairs read in columns": _in_columns,
    "clashes of a fourth letter overlooked": _last_letter_trusted,
    "last two swapped from seven on": _neighbours_swapped,
    "an absent letter comes last": lambda counts, *words: (
        _amalgamated(counts, *words) + [a for a, m in enumerate(counts) if not m][: len(counts) > 2]
    ),
    "cycle turned round": _with_cycle(lambda cycle: cycle[::-1]),
    "cycle counts copies from 0": _with_cycle(lambda cycle: tuple((x, i - 1) for x, i in cycle)),
    "cycle of two": _with_cycle(lambda cycle: cycle[:2]),
    "no cycle given": _with_cycle(lambda cycle: None),
}
TRIVIAL: dict[str, Callable[..., Any]] = {
    "empty": lambda counts, pointers, bits: [],
    "grouped": lambda counts, pointers, bits: [a for a, m in enumerate(counts) for _ in range(m)],
    "always refused": _refused,
}


def _build_restrictions(parameters: Parameters, precision: Precision) -> tuple[Family, list[int]]:
    word = digits(str(parameters["word"]))
    family = family_of(word, max(word, default=-1) + 1)
    if parameters["tampered"] and family.pairs:
        pair = family.pairs[drawn(int(parameters["seed"]), [len(family.pairs)])[0]]
        family.words[pair] = family.words[pair][::-1]
    return family, word


RESTRICTIONS = Domain(
    name="restrictions",
    statement="the restrictions of a word of at most twelve letters to all pairs of its letters",
    shape={"word": Words("0123456", 12), "tampered": Integers(0, 0), "seed": SEED},
    rows={},
    build=_build_restrictions,
    constraints={
        "of one word": Constraint(
            "All pair words are restrictions of one word.", "tampered", Integers(1, 1)
        )
    },
)

AMALGAMATOR = Role(
    name="amalgamator",
    family="filter_equivariance",
    signature="amalgamator(multiplicities (k,), pointers (k (k - 1) / 2 + 1,), bits 0 or 1) -> "
    "word (N,) of int; ValueError with the attribute cycle where there is no word",
    default="corollary.algorithms.filter_equivariance:amalgamate_pairs",
    adapt=_adapt,
    mutants=MUTANTS,
    trivial=TRIVIAL,
    typical=(RESTRICTIONS, {"word": "110022", "tampered": 0, "seed": 0}),
)

FAMILIES = Domain(
    name="families of pair words",
    statement="words on all pairs of at most five letters, each up to three times in them",
    shape={"counts": Words("0123", 5), "number": Integers(0, 2**50)},
    rows={},
    build=lambda parameters, _: family_numbered(
        tuple(digits(str(parameters["counts"]))), int(parameters["number"])
    ),
)


def _build_faced(parameters: Parameters, precision: Precision) -> Family:
    counts = tuple(digits(str(parameters["counts"])))
    numbers = families_with_faces(counts, int(parameters["size"]))
    return family_numbered(counts, numbers[int(parameters["index"]) % len(numbers)])


FACED_FAMILIES = Domain(
    name="families whose small faces fit",
    statement="words on all pairs of four letters, every three of which have an amalgam",
    shape={
        "counts": Words("1", 4, 4),
        "size": Integers(3, 3),
        "index": Integers(0, 2**20),
    },
    rows={},
    build=_build_faced,
    constraints={
        "three letters": Constraint(
            "Every *three* letters have an amalgam; pairs are not enough.", "size", Integers(2, 2)
        )
    },
)


def every_family(counts: Sequence[int]) -> list[Parameters]:
    """Return the parameters of all families with the given multiplicities."""
    word = "".join(map(str, counts))
    return [{"counts": word, "number": number} for number in range(families(counts))]


def every_multiplicity(letters: int, most: int) -> list[tuple[int, ...]]:
    """Return all multiplicities of a number of letters, each at most `most`."""
    return list(product(range(most + 1), repeat=letters))
