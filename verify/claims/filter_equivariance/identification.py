"""FE-20, FE-25 to FE-29, FE-31 and FE-33: what determines a function, and what it costs to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from corollary.theory import filter_equivariance as theory
from corollary.verify.claim import formula, law, table
from corollary.verify.domain import Parameters
from corollary.verify.implementation import Fault
from corollary.verify.roles.filter_equivariance import (
    ADAPTIVE_AMALGAMATOR,
    ASKED,
    IDENTIFIABLE,
    IDENTIFIER,
    KEYED,
    LARGEST_COUNT,
    LEARNER,
    LOCAL_KEY_SORT,
    PARTIAL_AMALGAMATOR,
    PARTLY_KNOWN,
    TAUGHT,
    Asked,
    Keyed,
    Known,
    Taught,
    arrangements,
    closed_form,
    drawn,
    each_amalgam,
    every_word,
    same_words,
    sorted_by_local_keys,
)
from corollary.verify.search.certified import Measurement
from corollary.verify.slack import Slack, at_most, between


@law(LOCAL_KEY_SORT, over=KEYED, standing="derived", dossier="FE-20")
def local_key_sorts_are_filter_equivariant(act: Callable[..., list[Any]], case: Keyed) -> Slack:
    r"""Every copy of a letter is placed by one occurrence of that letter, so deleting other letters
    changes nothing.
    """
    output = act(case.blocks, case.items)
    letters = [*dict.fromkeys(case.items), -9]
    return same_words(
        [act(case.blocks, [x for x in case.items if x != letter]) for letter in letters] + [output],
        [[x for x in output if x != letter] for letter in letters]
        + [sorted_by_local_keys(case.blocks, case.items)],
    )


@local_key_sorts_are_filter_equivariant.exhaustive(
    scope="all words of length <= 3 for blocks, on the lists 01201, 0012 and 0121"
)
def every_small_local_key_sort() -> Iterator[Parameters]:
    for blocks in every_word("+-abc", 3):
        for items in ("01201", "0012", "0121"):
            yield {"blocks": blocks, "items": items, "most": LARGEST_COUNT}


@law(IDENTIFIER, over=IDENTIFIABLE, standing="derived", dossier="FE-29, FE-31, FE-33")
def few_queries_identify(identify: Callable[..., Any], case: Keyed) -> tuple[Slack, Slack]:
    r"""A filter-equivariant function that commutes with renaming is known on all lists with letter
    counts at most $C$ after $\sum_{c \le C}(1 + \lceil\log_2 c\rceil) + C(C-1)$ lists of at most
    two letters and $2C$ elements.
    """
    asked = []

    def function(items: list[Any]) -> list[Any]:
        asked.append(list(items))
        frequent = [x for x in dict.fromkeys(items) if items.count(x) > LARGEST_COUNT]
        return sorted_by_local_keys(case.blocks, items) + frequent

    found = identify(function, LARGEST_COUNT)
    most = theory.identification_queries(LARGEST_COUNT)
    small = all(len(x) <= 2 * LARGEST_COUNT and len(set(x)) <= 2 for x in asked)
    queries = at_most([[float(len(asked) if small else 10**6)]], float(most), ulps=0)
    try:
        predicted = found(list(case.items))
    except ValueError as error:
        raise Fault("outside the domain", f"ValueError: {error}") from error
    return same_words([predicted], [function(case.items)]), queries


QUERIES = closed_form(
    theory.identification_queries,
    {
        "logarithm rounded down": lambda c: (
            sum(n.bit_length() for n in range(1, c + 1)) + c * c - c
        ),
        "block order asked once": lambda c: theory.identification_queries(c) - c * (c - 1) // 2,
        "anchors not asked": lambda c: c * c,
    },
)


@table(
    QUERIES,
    rows=tuple(enumerate(theory.GOLDEN["identification queries"], start=1)),
    digits=0,
    standing="derived",
    dossier="FE-33",
)
def number_of_identification_queries(count: Callable[[int], int], largest: int) -> int:
    r"""$1, 5, 12, 21, 33$ queries for letter counts up to $1, \ldots, 5$."""
    return count(largest)


@law(PARTIAL_AMALGAMATOR, over=PARTLY_KNOWN, standing="derived", dossier="FE-25")
def neighbours_are_the_certificate(amalgamate: Callable[..., Any], case: Known) -> Slack:
    r"""Known pairs determine a word iff all pairs of different neighbours in it are among them;
    else the answer is the least of the words that are possible.
    """
    neighbours = {tuple(sorted(p)) for p in pairwise(case.word) if p[0] != p[1]}
    found = amalgamate(case.counts, case.words)
    least = next(each_amalgam(case.counts, case.words))
    right = bool(found.unique) == (neighbours <= set(case.pairs))
    return same_words([list(found.word), [5 + right]], [least, [6]])


CERTIFIED = ((1, 1, 1), (2, 1, 1), (2, 2, 1), (2, 2, 2), (1, 1, 1, 1), (2, 1, 1, 1))


@neighbours_are_the_certificate.exhaustive(
    scope="all words with multiplicities 111, 211, 221, 222, 1111 and 2111, all sets of pairs: "
    "6480 cases"
)
def every_certificate() -> Iterator[Parameters]:
    for counts in CERTIFIED:
        pairs = len(counts) * (len(counts) - 1) // 2
        for word in arrangements(dict(enumerate(counts))):
            for known in range(2**pairs):
                yield {"word": "".join(map(str, word)), "known": known}


SIZES = closed_form(
    theory.certificate_size_bounds,
    {
        "k pairs at least": lambda k, n: (k, theory.certificate_size_bounds(k, n)[1]),
        "N - 2 pairs at most": lambda k, n: (max(k - 1, 0), min(max(n - 2, 0), k * (k - 1) // 2)),
        "half of all pairs at most": lambda k, n: (max(k - 1, 0), min(max(n - 1, 0), k)),
    },
)


@formula(
    SIZES, over=PARTLY_KNOWN, standing="derived", dossier="FE-25",
    tight=({"word": "0123", "known": 0}, {"word": "01203123", "known": 0}),
)  # fmt: skip
def certificate_sizes(bounds: Callable[[int, int], tuple[int, int]], case: Known) -> Slack:
    r"""$k - 1 \le |\mathrm{Adj}(w)| \le \min(N - 1, k(k-1)/2)$."""
    size = len({frozenset(p) for p in pairwise(case.word) if p[0] != p[1]})
    least, most = bounds(len(case.counts), len(case.word))
    return between(float(least), [[float(size)]], float(most), ulps=0)


@law(
    ADAPTIVE_AMALGAMATOR, over=ASKED, standing="derived", dossier="FE-26",
    tight=({"letters": 2, "copies": 1, "seed": 0},),
)  # fmt: skip
def adaptive_queries(amalgamate: Callable[..., Any], case: Asked) -> tuple[Slack, Slack]:
    r"""Balanced merging finds the output with at most
    $\min(k(k-1)/2,\; N \lceil \log_2 k \rceil)$ pair words.
    """
    found = amalgamate(case.function, case.items)
    _, most = theory.adaptive_query_bounds(len(case.items), case.words)
    return (
        same_words([found.word], [case.function(case.items)]),
        at_most([[float(found.pair_queries)]], float(most), ulps=0),
    )


@law(LEARNER, over=TAUGHT, standing="derived", dossier="FE-15, FE-27")
def two_examples_teach_a_rearrangement(learner: Callable[[], Any], case: Taught) -> Slack:
    r"""The outputs on one list with all letters and on its reverse determine a rearrangement
    of lists without duplicates.
    """
    student = learner()
    for example in case.examples:
        student.observe(example, case.function(example))
    output = student.predict(case.items).output
    return same_words([[] if output is None else output], [case.function(case.items)])


COVERAGE = closed_form(
    theory.coverage,
    {
        "unordered pairs": lambda a, length, t: (
            1 - (1 - length * (length - 1) / (a * (a - 1))) ** t
        ),
        "pairs in full length": lambda a, length, t: 1 - (1 - length**2 / (2 * a * (a - 1))) ** t,
        "one example less": lambda a, length, t: theory.coverage(a, length, t - 1),
    },
)


@table(
    COVERAGE,
    rows=(
        (100, 0.255), (120, 0.454), (140, 0.631), (160, 0.765), (200, 0.912), (250, 0.976),
    ),
    digits=3,
    standing="derived",
    dossier="FE-28",
)  # fmt: skip
def coverage_law(coverage: Callable[..., float], examples: int) -> float:
    r"""$c^{n-1}$ at $A = 20$, $l = 5$, $n = 20$: how often neighbouring pairs are all known."""
    return float(coverage(20, 5, examples) ** 19)


@coverage_law.statistical(scope="400 sets of 60 random lists of 5 out of 20 letters")
def share_of_ordered_pairs_seen(coverage: Callable[..., float], seed: int) -> Measurement:
    runs, examples = 400, 60
    draws = np.array(drawn(seed, [2**40] * (runs * examples * 20))).reshape(runs, examples, 20)
    order = np.argsort(draws, axis=2)[:, :, :5]
    seen = np.zeros(runs)
    for run in range(runs):
        first, last = (order == 0)[run], (order == 1)[run]
        both = first.any(axis=1) & last.any(axis=1)
        seen[run] = np.any(both & (first.argmax(axis=1) < last.argmax(axis=1)))
    predicted = float(coverage(20, 5, examples))
    error = max((predicted * (1 - predicted) / runs) ** 0.5, 1e-9)
    return Measurement(predicted, float(seen.mean()), error, runs)
