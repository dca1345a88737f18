"""The table of known functions, and FE-30: what a checker must find, and what none can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from corollary.theory import filter_equivariance as theory
from corollary.verify.claim import formula, law, table
from corollary.verify.domain import Parameters
from corollary.verify.filter_equivariance import restricted_growth
from corollary.verify.roles.filter_equivariance import (
    CHANGED,
    EQUIVARIANCE_CHECKER,
    FUNCTIONS,
    PARTS,
    REORDERED,
    SHORT_LENGTHS,
    WORD_MAPS,
    ZOO,
    Checker,
    Judged,
    closed_form,
    concat_map,
    every_word,
    every_word_map,
    exactly,
    function_case,
    is_true,
    same_words,
)
from corollary.verify.slack import Slack

_KNOWN = {animal.name: animal for animal in ZOO}


@table(
    EQUIVARIANCE_CHECKER,
    rows=tuple((animal.name, float(animal.filter_equivariant)) for animal in ZOO),
    digits=0,
    standing="derived",
    dossier="section 3",
)
def known_functions(check: Checker, name: str) -> float:
    r"""Which of the known list functions are filter equivariant: 1 if so, else 0."""
    return float(check(_KNOWN[name]).passed)


def _coded(items: list[Any], deleted: Any) -> float:
    """Return a list of digits behind a leading 1, and a deleted letter as a decimal, 9 for none."""
    return float("1" + "".join(map(str, items)) + f".{9 if deleted is None else deleted}")


@table(
    EQUIVARIANCE_CHECKER,
    rows=tuple(
        (animal.name, _coded(*animal.counterexample))
        for animal in ZOO
        if animal.counterexample is not None
    ),
    digits=1,
    standing="derived",
    dossier="section 3",
)
def smallest_counterexamples(check: Checker, name: str) -> float:
    r"""The shortest list, first in lexicographic order, and the letter whose deletion shows that a
    known function is not filter equivariant.
    """
    violation = check(_KNOWN[name]).violation
    return -1.0 if violation is None else _coded(violation.items, violation.deleted)


@law(EQUIVARIANCE_CHECKER, over=FUNCTIONS, standing="derived", dossier="FE-04, FE-20")
def filter_equivariant_functions_pass(check: Checker, case: Judged) -> Slack:
    r"""Sums and compositions of filter-equivariant functions, and local-key sorts, pass."""
    return is_true(check(case.function).passed)


@filter_equivariant_functions_pass.exhaustive(scope="every known filter-equivariant function")
def every_part() -> Iterator[Parameters]:
    for part in PARTS:
        yield function_case(parts=part)


@law(EQUIVARIANCE_CHECKER, over=CHANGED, standing="derived", dossier="FE-30")
def changed_functions_are_refuted(check: Checker, case: Judged) -> Slack:
    r"""A filter-equivariant function whose output is changed on a single list is not filter
    equivariant, and the violation reported is one.
    """
    verdict = check(case.function)
    if verdict.violation is None:
        return is_true(not verdict.passed)
    return is_true([not verdict.passed, _is_violation(case.function, verdict.violation)])


def _is_violation(function: Callable[[list[Any]], list[Any]], violation: Any) -> bool:
    items = list(violation.items)
    output = function(list(items))
    if violation.deleted is None:
        return not set(output) <= set(items)
    shorter = function([x for x in items if x != violation.deleted])
    return shorter != [x for x in output if x != violation.deleted]


@changed_functions_are_refuted.exhaustive(
    scope="identity, reverse and sort, changed in three ways on any list of length <= 3 over 4 "
    "letters"
)
def every_change() -> Iterator[Parameters]:
    for part in "abq":
        for at in every_word("0123", 3):
            for change in range(3):
                yield function_case(parts=part, planted=1, changed_at=at, change=change)


@law(EQUIVARIANCE_CHECKER, over=REORDERED, standing="derived", dossier="FE-30")
def the_repair_is_the_amalgam(check: Checker, case: Judged) -> Slack:
    r"""Where the function is right on all lists of fewer letters, and there are three letters or
    more, its only possible output is the amalgam, which the violation carries as the repair.
    """
    violation = check(case.function).violation
    repair = getattr(violation, "repair", None)
    expected = case.original(list(getattr(violation, "items", [])))
    return same_words([[5] if repair is None else repair], [expected])


@law(EQUIVARIANCE_CHECKER, over=WORD_MAPS, standing="derived", dossier="FE-30")
def maps_to_words(check: Checker, images: dict[int, list[int]]) -> Slack:
    r"""$\mathrm{concatMap}\,h$ is filter equivariant iff $h(x)$ holds nothing but $x$, for all $x$;
    so is reverse after it.
    """
    function = concat_map(images)
    pure = all(set(word) <= {x} for x, word in images.items())
    backwards = check(lambda items: function(items)[::-1]).passed
    return is_true([check(function).passed == pure, backwards == pure])


@maps_to_words.exhaustive(scope="all words of length <= 2 for two letters")
def every_small_map() -> Iterator[Parameters]:
    yield from every_word_map


RENAMING = closed_form(
    theory.lists_up_to_renaming,
    {
        "powers of two": lambda longest: 2**longest,
        "the last length alone": lambda longest: (
            theory.lists_up_to_renaming(longest)
            - (theory.lists_up_to_renaming(longest - 1) if longest else 0)
        ),
        "without the empty list": lambda longest: theory.lists_up_to_renaming(longest) - 1,
        "wrong from six on": lambda longest: theory.lists_up_to_renaming(longest) + (longest > 5),
    },
)


@table(
    RENAMING,
    rows=tuple(enumerate(theory.GOLDEN["lists up to renaming"])),
    digits=0,
    standing="derived",
    dossier="FE-30",
)
def number_of_lists_up_to_renaming(count: Callable[[int], int], longest: int) -> int:
    r"""Sums of Bell numbers: how many lists suffice if all letters are treated alike."""
    return count(longest)


@formula(RENAMING, over=SHORT_LENGTHS, standing="derived", dossier="FE-30")
def lists_up_to_renaming_counted(count: Callable[[int], int], longest: int) -> Slack:
    r"""They are the lists in which every letter is new or known, the new ones in order."""
    found = sum(1 for n in range(longest + 1) for _ in restricted_growth(n))
    return exactly([[float(count(longest))]], float(found))


@lists_up_to_renaming_counted.exhaustive(scope="length <= 8")
def every_short_length() -> Iterator[Parameters]:
    for longest in range(9):
        yield {"longest": longest}
