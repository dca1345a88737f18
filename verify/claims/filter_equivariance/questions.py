"""FE-26 and FE-28: how few questions can do, and how often random examples do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, pairwise, permutations, product
from math import comb, factorial, log2
from typing import Any

import numpy as np

from corollary.theory import filter_equivariance as theory
from corollary.verify.claim import formula, law, table
from corollary.verify.domain import Domain, Integers, Parameters
from corollary.verify.roles.filter_equivariance import (
    ADAPTIVE_AMALGAMATOR,
    LEARNER,
    SHOWN,
    Shown,
    closed_form,
    exactly,
    is_true,
)
from corollary.verify.slack import Slack, at_least, between


def _asked_about(
    amalgamate: Callable[..., Any], word: tuple[int, ...]
) -> tuple[set[frozenset[int]], Any]:
    """Return the pairs that a method asks for to find a word, and what it answers."""
    asked: set[frozenset[int]] = set()

    def function(items: list[int]) -> list[int]:
        asked.update([frozenset(items)] if len(set(items)) == 2 else [])
        return [x for x in word if x in items]

    return asked, amalgamate(function, sorted(word))


ALPHABETS = Domain(
    name="all words of different letters",
    statement="all $k!$ words of $k \\le 5$ different letters",
    shape={"letters": Integers(1, 5)},
    rows={},
    build=lambda parameters, _: int(parameters["letters"]),
)


@law(ADAPTIVE_AMALGAMATOR, over=ALPHABETS, standing="derived", dossier="FE-26",
     tight=({"letters": 2},))  # fmt: skip
def no_method_asks_for_less(amalgamate: Callable[..., Any], letters: int) -> list[Slack]:
    r"""Over the $k!$ outputs of $k$ different letters a method that is right asks for
    $\lceil \log_2 k! \rceil$ pairs for one of them, and for $\log_2 k!$ in the mean: each answer
    is one of two. The number it reports is the number it asked for.
    """
    words = list(permutations(range(letters)))
    found = [_asked_about(amalgamate, word) for word in words]
    counts = np.array([[len(asked) for asked, _ in found]], dtype=float)
    reported = [[answer.pair_queries for _, answer in found]]
    right = [tuple(answer.word) == word for word, (_, answer) in zip(words, found, strict=True)]
    least, _ = theory.adaptive_query_bounds(letters, letters)
    return [
        at_least(counts.max(axis=1), float(least), ulps=0),
        at_least(counts.mean(axis=1), log2(factorial(letters)), ulps=8),
        exactly(reported, counts),
        is_true(right),
    ]


@no_method_asks_for_less.exhaustive(scope="all words of k <= 5 different letters")
def every_alphabet() -> Iterator[Parameters]:
    for letters in range(1, 6):
        yield {"letters": letters}


@cache
def _fewest(words: frozenset[tuple[int, ...]]) -> int:
    """Return how many pairs the best method asks for in the worst case: by trying all."""
    if len(words) == 1:
        return 0
    letters = sorted(next(iter(words)))
    best = len(words)
    for a, b in combinations(letters, 2):
        yes = frozenset(w for w in words if w.index(a) < w.index(b))
        if 0 < len(yes) < len(words):
            larger = max(yes, words - yes, key=len)
            if (len(larger) - 1).bit_length() + 1 < best:
                best = min(best, 1 + max(_fewest(larger), _fewest(words - larger)))
    return best


BOUNDS = closed_form(
    theory.adaptive_query_bounds,
    {
        "all pairs": lambda k, n: (comb(k, 2), n),
        "logarithm rounded down": lambda k, n: (factorial(k).bit_length() - 1, n),
        "merging in the worst case": lambda k, n: theory.adaptive_query_bounds(k, n)[::-1],
        "one more from four letters on": lambda k, n: (
            theory.adaptive_query_bounds(k, n)[0] + (k > 3),
            n,
        ),
    },
)


@table(
    BOUNDS,
    rows=tuple((k, _fewest(frozenset(permutations(range(k))))) for k in range(1, 5)),
    digits=0,
    standing="derived",
    dossier="FE-26",
)
def fewest_questions(bounds: Callable[..., Any], letters: int) -> float:
    r"""The best method asks for $0, 1, 3, 5$ pairs in the worst case for $1, \ldots, 4$ letters,
    found by trying all methods: $\lceil \log_2 k! \rceil$.
    """
    return float(np.atleast_1d(bounds(letters, letters))[0])


@law(LEARNER, over=SHOWN, standing="derived", dossier="FE-25, FE-27, FE-28")
def neighbours_that_were_shown(learner: Callable[[], Any], case: Shown) -> Slack:
    r"""Examples force the output on a list without duplicates iff every two neighbours *of the
    output* were in an example together, in the order of the list. No answer is wrong.
    """
    student = learner()
    for example in case.examples:
        student.observe(example, case.function(example))
    output = student.predict(case.items).output
    expected = case.function(case.items)
    place = {x: i for i, x in enumerate(case.items)}
    shown = {pair for example in case.examples for pair in combinations(example, 2)}
    needed = {tuple(sorted(pair, key=place.__getitem__)) for pair in pairwise(expected)}
    return is_true([(output is not None) == (needed <= shown), output in (None, expected)])


@cache
def _avoided(letters: int, trained: int, tested: int) -> list[tuple[int, float]]:
    """Return, for all sets of neighbours, the sign and the share of lists that show none of it."""
    lists = [set(combinations(x, 2)) for x in permutations(range(letters), trained)]
    neighbours = list(pairwise(range(tested)))
    return [
        ((-1) ** size, sum(seen.isdisjoint(missed) for seen in lists) / len(lists))
        for size in range(len(neighbours) + 1)
        for missed in combinations(neighbours, size)
    ]


FORCED = closed_form(
    theory.extrapolation_rate,
    {
        "as many factors as letters": lambda c, n: c**n,
        "all pairs": lambda c, n: float(c ** comb(n, 2)),
        "one pair": lambda c, n: float(c),
        "neighbours counted twice": lambda c, n: float(c ** (2 * n - 2)),
        "one point too small": lambda c, n: max(c ** (n - 1) - 0.01, 0.0),
    },
)
TRAINING = Domain(
    name="small trainings",
    statement="$t \\le 60$ random lists of two or three of four or five letters, and a list of "
    "two to four of these",
    shape={
        "letters": Integers(4, 5),
        "trained": Integers(2, 3),
        "examples": Integers(1, 60),
        "tested": Integers(2, 4),
    },
    rows={},
    build=lambda parameters, _: parameters,
)
SIX_POINTS = 0.06


@formula(FORCED, over=TRAINING, standing="derived", dossier="FE-28")
def rate_of_forced_outputs(rate: Callable[..., float], case: dict[str, Any]) -> Slack:
    r"""Random examples show all neighbours of a list with probability $c^{n-1}$, up to six points
    less, with $c$ the chance that they show one ordered pair. The exact probability is counted.
    """
    letters, trained, examples, tested = (int(case[name]) for name in TRAINING.shape)
    covered = theory.coverage(letters, trained, examples)
    exact = sum(sign * share**examples for sign, share in _avoided(letters, trained, tested))
    found = float(rate(covered, tested))
    return between(exact, [[found]], exact + SIX_POINTS, ulps=64, scale=np.ones((1, 1)))


@rate_of_forced_outputs.exhaustive(scope="all trainings of the domain")
def every_training() -> Iterator[Parameters]:
    for values in product((4, 5), (2, 3), range(1, 61), (2, 3, 4)):
        yield dict(zip(TRAINING.shape, values, strict=True))
