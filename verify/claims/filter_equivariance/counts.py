"""FE-13, FE-15 to FE-18, FE-23, FE-31 and FE-32: how many functions there are, by counting them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from math import comb, factorial, prod
from typing import Any

from corollary.theory import filter_equivariance as theory
from corollary.verify.claim import table
from corollary.verify.roles.filter_equivariance import COUNT, closed_form

GOLDEN = theory.GOLDEN


Counter = Callable[..., int]


@cache
def _fixed(multiplicity: int, count: int = 1) -> tuple[int, ...]:
    return (0,) * (count - 1) + (multiplicity,)


@table(
    COUNT,
    rows=tuple((a, GOLDEN["rearrangements"][a]) for a in range(6)),
    digits=0,
    standing="derived",
    dossier="FE-15",
)
def rearrangements_counted(count: Counter, letters: int) -> int:
    r"""Filter-equivariant rearrangements of lists without duplicates, by search over all outputs on
    two letters.
    """
    return count(letters, (1,), (1,), "none", None)


@table(
    COUNT,
    rows=(
        *((3, m, GOLDEN["order-natural functions"][m]) for m in range(4)),
        (4, 2, GOLDEN["order-natural functions"][2]),
    ),
    digits=0,
    standing="derived",
    dossier="FE-16",
)
def order_natural_functions_counted(count: Counter, letters: int, m: int) -> int:
    r"""Functions on lists without duplicates that commute with increasing maps, by search."""
    return count(letters, _fixed(m), (1,), "order", None)


@table(
    COUNT,
    rows=(
        *((3, m, value) for m, value in enumerate(GOLDEN["functions on three letters"], start=1)),
        *((2, m, comb(2 * m, m) ** 2) for m in range(4)),
    ),
    digits=0,
    standing="derived",
    dossier="FE-17",
)
def functions_without_symmetry_counted(count: Counter, letters: int, m: int) -> int:
    r"""On lists without duplicates: $\binom{2m}{m}^2$ on two letters, 20 and 1422 on three."""
    return count(letters, _fixed(m), (1,), "none", None)


@table(
    COUNT,
    rows=tuple(enumerate(GOLDEN["natural rearrangements by length"])),
    digits=0,
    standing="derived",
    dossier="FE-18",
)
def natural_rearrangements_by_length(count: Counter, longest: int) -> int:
    r"""Rearrangements that commute with renaming, on lists up to a length: many more than extend to
    all lengths.
    """
    return count(3, None, tuple(range(1, longest + 1)), "renaming", longest)


_RENAMING_ROWS = tuple(
    (_fixed(m, c), (c,), GOLDEN[f"renaming-natural functions, {c}"][m])
    for c, most in ((1, 3), (2, 2), (3, 2), (4, 1))
    for m in range(most + 1)
)
_MIXED_ROWS = (
    ((1, 1), (1, 2), 20), ((1, 2), (1, 2), 158), ((2, 1), (1, 2), 84), ((2, 2), (1, 2), 846),
)  # fmt: skip


@table(COUNT, rows=_RENAMING_ROWS + _MIXED_ROWS, digits=0, standing="derived", dossier="FE-31")
def renaming_natural_functions_counted(count: Counter, copies: Any, counts: Any) -> int:
    r"""Functions that commute with renaming, $\mu(c)$ copies of a letter that occurs $c$ times."""
    return count(3, copies, counts, "renaming", None)


@table(
    COUNT,
    rows=tuple(
        (_fixed(m, c), (c,), value)
        for c, values in ((1, (1, 4, 20, 100)), (2, (1, 6, 44)), (3, (1, 8)))
        for m, value in enumerate(values)
    ),
    digits=0,
    standing="derived",
    dossier="FE-32",
)
def order_natural_functions_with_repetitions(count: Counter, copies: Any, counts: Any) -> int:
    r"""Functions that commute with increasing maps, with repetitions, by search."""
    return count(3, copies, counts, "order", None)


@cache
def ordered_partitions(letters: int, kinds: int) -> int:
    """Return how many sequences of classes there are, each class of so many kinds."""
    sizes = range(1, letters + 1)
    return sum(comb(letters, s) * kinds * ordered_partitions(letters - s, kinds) for s in sizes) + (
        letters == 0
    )


REARRANGEMENTS = closed_form(
    theory.rearrangements,
    {
        "classes never reversed": lambda a: ordered_partitions(a, 1),
        "single letters reversed too": lambda a: ordered_partitions(a, 2),
        "sorts alone": factorial,
        "one too many from seven on": lambda a: theory.rearrangements(a) + (a > 6),
    },
)


@table(
    REARRANGEMENTS,
    rows=tuple(enumerate(GOLDEN["rearrangements"])),
    digits=0,
    standing="derived",
    dossier="FE-15",
)
def number_of_rearrangements(count: Callable[[int], int], letters: int) -> int:
    r"""$1, 1, 4, 20, 138, 1182, \ldots$ with the exponential generating function
    $1/(3 + x - 2e^x)$.
    """
    return count(letters)


@number_of_rearrangements.proved(scope="the generating function, to eight letters")
def coefficients_of_rearrangements() -> Iterator[Any]:
    import sympy

    x = sympy.Symbol("x")
    series = sympy.series(1 / (3 + x - 2 * sympy.exp(x)), x, 0, 9).removeO()
    for letters in range(9):
        yield series.coeff(x, letters) * factorial(letters) - theory.rearrangements(letters)


ORDER_NATURAL = closed_form(
    theory.order_natural_functions,
    {"powers of five": lambda m: 5**m, "powers of four": lambda m: 4**m},
)


@table(
    ORDER_NATURAL,
    rows=tuple(enumerate(GOLDEN["order-natural functions"])),
    digits=0,
    standing="derived",
    dossier="FE-16",
)
def number_of_order_natural_functions(count: Callable[[int], int], m: int) -> int:
    r"""$1, 4, 20, 100, 500$: $4 \cdot 5^{m-1}$ on lists without duplicates."""
    return count(m)


RENAMING_NATURAL = closed_form(
    theory.renaming_natural_functions,
    {
        "anchors never repeated": lambda copies: prod(
            comb(c, m) * 2 for c, m in enumerate(copies, start=1)
        ),
        "one occurrence each": lambda copies: theory.natural_functions(sum(copies)),
        "sorts too": lambda copies: theory.renaming_natural_functions(copies, sorts=True),
        "one too many from 20000 on": lambda copies: (lambda n: n + (n > 20000))(
            theory.renaming_natural_functions(copies)
        ),
    },
)


@table(
    RENAMING_NATURAL,
    rows=(
        *(
            (_fixed(m, c), value)
            for c in range(1, 5)
            for m, value in enumerate(GOLDEN[f"renaming-natural functions, {c}"])
        ),
        *((copies, value) for copies, _, value in _MIXED_ROWS),
        ((1, 1, 1), 444),
    ),
    digits=0,
    standing="derived",
    dossier="FE-31",
)
def number_of_renaming_natural_functions(count: Callable[..., int], copies: Any) -> int:
    r"""The coefficients of $1/(3 - 2 \prod_c (1 - x_c)^{-c})$."""
    return count(copies)


@number_of_renaming_natural_functions.proved(scope="letters once to four times, to degree 6")
def coefficients_of_renaming_natural_functions() -> Iterator[Any]:
    import sympy

    x = sympy.Symbol("x")
    for c in range(1, 5):
        series = sympy.series(1 / (3 - 2 * (1 - x) ** (-c)), x, 0, 7).removeO()
        for m in range(7):
            yield series.coeff(x, m) - theory.renaming_natural_functions(_fixed(m, c))
