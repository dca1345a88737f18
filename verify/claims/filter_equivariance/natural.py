"""FE-10 to FE-14 and FE-24: the functions that commute with filters and with maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, product
from typing import Any

from corollary.theory import filter_equivariance as theory
from corollary.verify.claim import formula, law, table
from corollary.verify.domain import Domain, Integers, Parameters
from corollary.verify.roles.filter_equivariance import (
    COMPOSITION,
    COMPOSITIONS,
    DECODER,
    EXAMPLES,
    PAIR_WORDS,
    SIGNED_COMPOSITION,
    UNDIFFERENTIATED,
    Action,
    Composed,
    Entries,
    arrangements,
    closed_form,
    composed,
    composition_case,
    every_word,
    exactly,
    is_true,
    same_words,
    tournament,
)
from corollary.verify.slack import Slack


@cache
def entry_words(multiplicity: int) -> tuple[str, ...]:
    """Return the words (see the roles) of the signed compositions with entries up to 3."""
    if multiplicity == 0:
        return ("",)
    return tuple(
        first + rest
        for size, letters in ((1, "aA"), (2, "bB"), (3, "cC"))
        if size <= multiplicity
        for first in letters
        for rest in entry_words(multiplicity - size)
    )


def up_to(multiplicity: int) -> list[str]:
    return [word for m in range(multiplicity + 1) for word in entry_words(m)]


@law(SIGNED_COMPOSITION, over=COMPOSITIONS, standing="derived", dossier="FE-11")
def signed_compositions_are_natural(act: Action, case: Composed) -> Slack:
    r"""Signed compositions commute with every filter and with every map."""
    output = act(case.f, case.items)
    filters = list(product((False, True), repeat=3))
    maps = list(product(range(3), repeat=3))
    return same_words(
        [act(case.f, [x for x in case.items if p[x]]) for p in filters]
        + [act(case.f, [h[x] for x in case.items]) for h in maps],
        [[x for x in output if p[x]] for p in filters] + [[h[x] for x in output] for h in maps],
    )


@signed_compositions_are_natural.exhaustive(
    scope="all of multiplicity <= 3 on all lists of length <= 3 over 3 letters, "
    "all filters and maps of these letters"
)
def every_small_composition() -> Iterator[Parameters]:
    for f in up_to(3):
        for items in every_word("012", 3):
            yield composition_case(f=f, items=items)


@law(SIGNED_COMPOSITION, over=COMPOSITIONS, standing="derived", dossier="FE-12")
def sums_of_signed_compositions(act: Action, case: Composed) -> Slack:
    r"""The sum of signed compositions is the concatenation of their entries."""
    return same_words(
        [act(case.f + case.g, case.items), act(case.f, case.items)],
        [act(case.f, case.items) + act(case.g, case.items), composed(case.f, case.items)],
    )


Compose = Callable[[Entries, Entries], Entries]


@law(COMPOSITION, over=COMPOSITIONS, standing="derived", dossier="FE-12")
def composition_of_signed_compositions(compose: Compose, case: Composed) -> Slack:
    r"""$f \cdot g$ concatenates, over the entries $c$ of $f$, the entries of $g$ times $|c|$,
    turned round and negated where $c < 0$; it acts as $f$ after $g$.
    """
    return same_words(
        [composed(compose(case.f, case.g), case.items)],
        [composed(case.f, composed(case.g, case.items))],
    )


@composition_of_signed_compositions.exhaustive(
    scope="all pairs of multiplicity <= 3, on the lists 01 and 0120"
)
def every_small_pair() -> Iterator[Parameters]:
    for f, g, items in product(up_to(3), up_to(3), ("01", "0120")):
        yield composition_case(f=f, g=g, items=items)


@law(COMPOSITION, over=COMPOSITIONS, standing="derived", dossier="FE-04, FE-12")
def near_semiring(compose: Compose, case: Composed) -> Slack:
    r"""$(f + g) \cdot h = f \cdot h + g \cdot h$, composition is associative, and $m(f \cdot g) =
    m(f)\,m(g)$.
    """
    f, g, h = case.f, case.g, case.h
    return same_words(
        [compose(f + g, h), compose(f, compose(g, h)), [_multiplicity(compose(f, g))]],
        [
            compose(f, h) + compose(g, h),
            compose(compose(f, g), h),
            [_multiplicity(f) * _multiplicity(g)],
        ],
    )


def _multiplicity(entries: Entries) -> int:
    return sum(map(abs, entries))


@law(COMPOSITION, over=COMPOSITIONS, standing="derived", dossier="FE-12")
def units_and_idempotents(compose: Compose, case: Composed) -> Slack:
    r"""Only the identity and reverse are invertible, only $0$ and the identity are idempotent, and
    $f$ commutes with reverse iff its entries read the same backwards.
    """
    f, g = case.f, case.g
    return is_true(
        [
            (compose(f, g) == (1,)) == (f == g and f in ((1,), (-1,))),
            (compose(f, f) == f) == (f in ((), (1,))),
            (compose(f, (-1,)) == compose((-1,), f)) == (f == f[::-1]),
        ]
    )


@units_and_idempotents.exhaustive(scope="all pairs of multiplicity <= 3")
def every_pair() -> Iterator[Parameters]:
    for f, g in product(up_to(3), up_to(3)):
        yield composition_case(f=f, g=g)


@law(DECODER, over=EXAMPLES, standing="derived", dossier="FE-14")
def one_example_identifies(decode: Callable[..., Entries], case: Composed) -> Slack:
    r"""The output on one list that is not a palindrome determines a function that commutes with
    filters and maps, on all lists of any length.
    """
    found = decode(case.items, composed(case.f, case.items))
    return same_words([found], [case.f])


@one_example_identifies.exhaustive(
    scope="all of multiplicity 1 to 3; all lists of length <= 6 over 2 letters and <= 4 over 3 "
    "letters that are no palindromes"
)
def every_example() -> Iterator[Parameters]:
    lists = sorted({*every_word("01", 6), *every_word("012", 4)})
    for f in up_to(3)[1:]:
        for items in lists:
            if items != items[::-1]:
                yield composition_case(f=f, items=items, asymmetric=1)


@law(SIGNED_COMPOSITION, over=UNDIFFERENTIATED, standing="derived", dossier="FE-24")
def blocks_commute_with_palindromes(act: Action, case: Composed) -> Slack:
    r"""One precise reading of the conjecture on functions that treat a list as an undifferentiated
    block: sums of identity and reverse commute with $\mathrm{concatMap}\,h$ for every $h$ whose
    values are palindromes.
    """
    before = act(case.f, [y for x in case.items for y in case.images[x]])
    after = [y for x in act(case.f, case.items) for y in case.images[x]]
    return same_words([before], [after])


@blocks_commute_with_palindromes.exhaustive(
    scope="multiplicity <= 2, lists of length <= 3 and palindromes of length <= 3 over 2 letters"
)
def every_palindrome() -> Iterator[Parameters]:
    halves = [
        (half, odd)
        for half in every_word("01", 2)
        for odd in (0, 1)
        if len(half) * 2 - odd in range(4)
    ]
    for f, items in product(every_word("aA", 2), every_word("01", 3)):
        for (image, odd), (other, also) in product(halves, halves):
            yield composition_case(
                f=f, items=items, image=image, other_image=other, odd=odd + 2 * also
            )


@table(
    SIGNED_COMPOSITION,
    rows=tuple(enumerate(theory.GOLDEN["sums of identity and reverse"])),
    digits=0,
    standing="derived",
    dossier="FE-24",
)
def functions_on_undifferentiated_blocks(act: Action, multiplicity: int) -> int:
    r"""In this reading no other functions commute with them: $2^m$ of multiplicity $m$, counted
    among all signed compositions, with palindromes of length <= 3 on lists of length <= 2.
    """
    palindromes = [w for w in map(list, every_word("01", 3)) if w == w[::-1]]
    lists = [[int(x) for x in word] for word in every_word("01", 2)]

    def commutes(f: Entries) -> bool:
        outputs = [(items, act(f, items)) for items in lists]
        return all(
            act(f, [y for x in items for y in h[x]]) == [y for x in output for y in h[x]]
            for h in product([list(map(int, w)) for w in palindromes], repeat=2)
            for items, output in outputs
        )

    return sum(map(commutes, compositions(multiplicity)))


@cache
def compositions(multiplicity: int) -> tuple[Entries, ...]:
    """Return the entries of all signed compositions of a multiplicity, by their definition."""
    if multiplicity == 0:
        return ((),)
    return tuple(
        (sign * size, *rest)
        for size in range(1, multiplicity + 1)
        for sign in (1, -1)
        for rest in compositions(multiplicity - size)
    )


MULTIPLICITIES = Domain(
    name="multiplicities",
    statement="a multiplicity $m \\le 5$",
    shape={"m": Integers(0, 5)},
    rows={},
    build=lambda parameters, _: int(parameters["m"]),
)


@formula(PAIR_WORDS, over=MULTIPLICITIES, standing="derived", dossier="FE-10, FE-11")
def classification(pair_words: Callable[..., Any], m: int) -> Slack:
    r"""Among the $\binom{2m}{m}$ balanced words on two letters, those that amalgamate with
    themselves on three letters are the outputs of the $2 \cdot 3^{m-1}$ signed compositions on
    $[0, 1]$.
    """
    found = [tuple(map(int, word)) for word in pair_words(m)]
    expected = {tuple(composed(f, [0, 1])) for f in compositions(m)}
    return exactly(
        [[1 + len(set(found)), 1 + len(found), 1 + len(expected & set(found))]],
        1.0 + len(expected),
    )


@classification.exhaustive(scope="all C(2m, m) words, m <= 7")
def every_multiplicity() -> Iterator[Parameters]:
    for m in range(8):
        yield {"m": m}


NATURAL = closed_form(
    theory.natural_functions,
    {
        "powers of three": lambda m: 3**m,
        "one power less": lambda m: theory.natural_functions(max(m - 1, 0)),
        "all balanced words": theory.pair_words,
    },
)


@table(
    NATURAL,
    rows=tuple(enumerate(theory.GOLDEN["natural functions"])),
    digits=0,
    standing="derived",
    dossier="FE-11",
)
def number_of_natural_functions(count: Callable[[int], int], m: int) -> int:
    r"""$1, 2, 6, 18, 54, \ldots = 2 \cdot 3^{m-1}$ functions commute with filters and maps."""
    return count(m)


@cache
def _self_amalgamating(m: int) -> int:
    """Return how many words with m zeros and m ones fit together on three letters."""
    pairs = list(combinations(range(3), 2))
    found = 0
    for word in arrangements({0: m, 1: m}):
        words = {(a, b): [b if x else a for x in word] for a, b in pairs}
        scores = [len(after) for after in tournament((m, m, m), words).values()]
        found += len(set(scores)) == len(scores)
    return found


@formula(NATURAL, over=MULTIPLICITIES, standing="derived", dossier="FE-11")
def natural_functions_counted(count: Callable[[int], int], m: int) -> tuple[Slack, Slack]:
    r"""That many words amalgamate; those of multiplicity at most $M$ are $3^M$ in number."""
    total = sum(map(count, range(m + 1)))
    return (
        exactly([[float(count(m))]], float(_self_amalgamating(m))),
        exactly([[float(total)]], 3.0**m),
    )


@natural_functions_counted.proved(scope="the generating function (1-x)/(1-3x), to degree 12")
def coefficients_of_the_generating_function() -> Iterator[Any]:
    import sympy

    x = sympy.Symbol("x")
    series = sympy.series((1 - x) / (1 - 3 * x), x, 0, 13).removeO()
    for m in range(13):
        yield series.coeff(x, m) - theory.natural_functions(m)


REVERSIBLE = closed_form(
    theory.functions_commuting_with_reverse,
    {
        "middles of any parity": lambda m: sum(
            theory.natural_functions(k) for k in range(m // 2 + 1)
        ),
        "square root of all": lambda m: theory.natural_functions((m + 1) // 2),
    },
)


@table(
    REVERSIBLE,
    rows=tuple(enumerate(theory.GOLDEN["commuting with reverse"], start=1)),
    digits=0,
    standing="derived",
    dossier="FE-12",
)
def number_commuting_with_reverse(count: Callable[[int], int], m: int) -> int:
    r"""$2, 4, 6, 12, 18$ of them commute with reverse, for $m = 1, \ldots, 5$."""
    return count(m)


@formula(REVERSIBLE, over=MULTIPLICITIES, standing="derived", dossier="FE-12")
def palindromic_entries_counted(count: Callable[[int], int], m: int) -> Slack:
    r"""They are the signed compositions whose entries read the same backwards."""
    found = sum(f == f[::-1] for f in compositions(m))
    return exactly([[float(count(m))]], float(found))
