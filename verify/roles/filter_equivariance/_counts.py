"""Roles of the functions that count and classify by exhaustive search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from math import comb
from typing import Any

from corollary.algorithms.filter_equivariance import three_cycle_count
from corollary.algorithms.filter_equivariance.enumeration import (
    count_families,
    natural_pair_words,
)
from corollary.verify.roles.filter_equivariance._closed_forms import closed_form


@cache
def counted(
    letters: int, copies: Any, counts: Sequence[int], symmetry: Any, longest: int | None
) -> int:
    """Return `count_families` with the copies of a letter given as a list, or None for as many."""
    return count_families(
        letters,
        (lambda c: c) if copies is None else (lambda c: copies[c - 1]),
        counts,
        symmetry=symmetry,
        longest=longest,
    )


COUNT = closed_form(
    count_families,
    {
        "three letters not looked at": lambda k, m, c, s, n: counted(min(k, 2), m, c, s, n),
        "one letter less": lambda k, m, c, s, n: counted(max(k - 1, 0), m, c, s, n),
        "order taken for renaming": lambda k, m, c, s, n: counted(
            k, m, c, "order" if s == "renaming" and c == (1,) else s, n
        ),
        "one length less": lambda k, m, c, s, n: counted(k, m, c, s, n and n - 1),
        "one too many from a hundred on": lambda k, m, c, s, n: (
            lambda found: found + (found >= 100)
        )(counted(k, m, c, s, n)),
    },
    module="corollary.verify.roles.filter_equivariance._counts",
    attribute="counted",
)


def _count_from(scores: Sequence[int], pairs: Callable[[int], int]) -> int:
    return comb(len(scores), 3) - sum(pairs(int(score)) for score in scores)


CYCLES = closed_form(
    three_cycle_count,
    {
        "pairs with repetition": lambda s: _count_from(s, lambda q: q * (q + 1) // 2),
        "ordered pairs": lambda s: _count_from(s, lambda q: q * (q - 1)),
        "scores that are missing": lambda s: len(s) - len(set(s)),
        "one score left out": lambda s: _count_from(s, lambda q: comb(q, 2) * (q != 3)),
    },
    module="corollary.algorithms.filter_equivariance",
)


def _longest_run(word: Any) -> int:
    text = "".join(map(str, word))
    return max(map(len, text.replace("01", "0 1").replace("10", "1 0").split()), default=0)


PAIR_WORDS = closed_form(
    natural_pair_words,
    {
        "all balanced words": lambda m: [
            word for word in product((0, 1), repeat=2 * m) if sum(word) == m
        ],
        "no block of three": lambda m: [w for w in natural_pair_words(m) if _longest_run(w) < 3],
        "one word missing": lambda m: natural_pair_words(m)[: -1 if m > 3 else None],
        "a word that has no extension": lambda m: [
            *natural_pair_words(m),
            *([[0, 0, 1, 0, 1, 1]] if m == 3 else []),
        ],
    },
    module="corollary.algorithms.filter_equivariance.enumeration",
)
