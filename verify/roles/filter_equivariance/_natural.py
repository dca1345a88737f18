"""Roles of the exact classes: signed compositions, local-key sorts, and what identifies them.

Cases are words. In a *signed composition*, the letters a, b, c stand for the entries +1, +2, +3 and
A, B, C for -1, -2, -3. In a *local-key sort*, + and - begin a block and a letter is an anchor:
a is the only occurrence of a letter that occurs once, b and c the two of a letter that occurs
twice, d, e and f the three of one that occurs three times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from corollary.algorithms.filter_equivariance import Block, LocalKeySort, SignedComposition
from corollary.verify.domain import Constraint, Domain, Integers, Parameters
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.filter_equivariance._cases import Words, digits

ENTRIES = "aAbBcC"
ANCHORS = "abcdef"
_OCCURRENCE = {"a": (1, 1), "b": (2, 1), "c": (2, 2), "d": (3, 1), "e": (3, 2), "f": (3, 3)}
LARGEST_COUNT = 3

Entries = tuple[int, ...]
Blocks = list[tuple[int, dict[int, list[int]]]]
"""Sign, and for each count the anchors of a letter that occurs so often."""


def entries_of(word: str) -> Entries:
    """Return the entries of a signed composition that a word stands for."""
    return tuple((ord(x.lower()) - 96) * (1 if x.islower() else -1) for x in word)


def blocks_of(word: str) -> Blocks:
    """Return the blocks of a local-key sort that a word stands for, the empty ones left out."""
    blocks: Blocks = [(1, {c: [] for c in range(1, LARGEST_COUNT + 1)})]
    for letter in word:
        if letter in "+-":
            sign = 1 if letter == "+" else -1
            blocks.append((sign, {c: [] for c in range(1, LARGEST_COUNT + 1)}))
        else:
            count, number = _OCCURRENCE[letter]
            blocks[-1][1][count] = sorted([*blocks[-1][1][count], number])
    return [block for block in blocks if any(block[1].values())]


def local_key_sort(blocks: Blocks) -> LocalKeySort:
    """Return the local-key sort with the given blocks, which leaves out more frequent letters."""
    return LocalKeySort(
        tuple(Block(sign, tuple(map(tuple, anchors.values()))) for sign, anchors in blocks),
        LARGEST_COUNT,
        beyond="drop",
    )


def block_of(entry: int, items: Sequence[Any]) -> list[Any]:
    """Return the list, or its reverse, with every element repeated: by the definition."""
    ordered = list(items) if entry > 0 else list(items)[::-1]
    return [x for x in ordered for _ in range(abs(entry))]


def composed(entries: Entries, items: Sequence[Any]) -> list[Any]:
    """Return what a signed composition does to a list: by the definition."""
    return [x for entry in entries for x in block_of(entry, items)]


Action = Callable[[Entries, list[Any]], list[Any]]


def _action(implementation: Implementation) -> Action:
    def act(entries: Entries, items: list[Any]) -> list[Any]:
        return list(implementation.plain(SignedComposition(*entries), list(items)))

    return act


def _composition(implementation: Implementation) -> Callable[[Entries, Entries], Entries]:
    def compose(outer: Entries, inner: Entries) -> Entries:
        return tuple(
            implementation.plain(SignedComposition(*outer), SignedComposition(*inner)).entries
        )

    return compose


def _decoder(implementation: Implementation) -> Callable[[list[Any], list[Any]], Entries]:
    def decode(items: list[Any], output: list[Any]) -> Entries:
        return tuple(implementation.plain(list(items), list(output)).entries)

    return decode


def _turned(entries: Entries) -> Entries:
    return tuple(-entry for entry in reversed(entries))


def _of(function: Callable[[Entries, Entries], Entries]) -> Callable[..., SignedComposition]:
    return lambda f, g: SignedComposition(*function(f.entries, g.entries))


def _decoded(change: Callable[[Entries], Entries]) -> Callable[..., SignedComposition]:
    """Return a decoder whose answer is changed."""
    return lambda items, output: SignedComposition(
        *change(SignedComposition.from_example(items, output).entries)
    )


def _merged(entries: Entries) -> Entries:
    """Join neighbouring entries of one sign, as if +1, +1 were +2."""
    joined: list[int] = []
    for entry in entries:
        if joined and joined[-1] * entry > 0:
            joined[-1] += entry
        else:
            joined.append(entry)
    return tuple(joined)


SIGNED_COMPOSITION = Role(
    name="signed_composition",
    family="filter_equivariance",
    signature="signed_composition(SignedComposition, list) -> list",
    default="corollary.algorithms.filter_equivariance:SignedComposition.__call__",
    adapt=_action,
    mutants={
        "inflated block after block": lambda f, xs: [
            x for c in f.entries for x in (xs if c > 0 else xs[::-1]) * abs(c)
        ],
        "signs ignored": lambda f, xs: composed(tuple(map(abs, f.entries)), xs),
        "third block forward": lambda f, xs: composed(
            (*f.entries[:2], *map(abs, f.entries[2:3]), *f.entries[3:]), xs
        ),
        "equal neighbours dropped": lambda f, xs: composed(
            f.entries, [x for i, x in enumerate(xs) if not i or x != xs[i - 1]]
        ),
        "last one dropped from six on": lambda f, xs: composed(f.entries, xs[:5]),
        "blocks joined": lambda f, xs: composed(_merged(f.entries), xs),
    },
    trivial={"nothing": lambda f, xs: [], "copy": lambda f, xs: list(xs)},
)
COMPOSITION = Role(
    name="composition",
    family="filter_equivariance",
    signature="composition(outer SignedComposition, inner SignedComposition) -> the composition",
    default="operator:matmul",
    adapt=_composition,
    mutants={
        "the other way round": _of(
            lambda f, g: (SignedComposition(*g) @ SignedComposition(*f)).entries
        ),
        "reversed but not negated": _of(
            lambda f, g: tuple(abs(c) * e for c in f for e in (g if c > 0 else g[::-1]))
        ),
        "negated but not reversed": _of(lambda f, g: tuple(c * e for c in f for e in g)),
        "inflation ignored": _of(
            lambda f, g: tuple(e for c in f for e in (g if c > 0 else _turned(g)))
        ),
        "repetition for inflation": _of(
            lambda f, g: tuple(e for c in f for e in (g if c > 0 else _turned(g)) * abs(c))
        ),
    },
    trivial={"the outer one": lambda f, g: f, "the inner one": lambda f, g: g},
)
DECODER = Role(
    name="decoder",
    family="filter_equivariance",
    signature="decoder(list, output) -> SignedComposition; ValueError for a list that reads the "
    "same backwards",
    default="corollary.algorithms.filter_equivariance:SignedComposition.from_example",
    adapt=_decoder,
    mutants={
        "always forward at first": _decoded(lambda e: (abs(e[0]), *e[1:]) if e else e),
        "blocks joined": _decoded(_merged),
        "last block forgotten from three on": _decoded(lambda e: e[:2]),
        "inflation at most two": _decoded(lambda e: tuple(max(-2, min(2, c)) for c in e)),
    },
    trivial={"identity": lambda items, output: SignedComposition(1)},
)


@dataclass(frozen=True)
class Composed:
    """Signed compositions, a list of digits, and the words that replace letters.

    Attributes
    ----------
    f, g, h : tuple of int
        Entries.
    items : list of int
    images : dict
        From each letter to a word.
    """

    f: Entries
    g: Entries
    h: Entries
    items: list[int]
    images: dict[int, list[int]]


def _build_composed(parameters: Parameters, precision: Precision) -> Composed:
    f, g, h = (entries_of(str(parameters[name])) for name in "fgh")
    items = digits(str(parameters["items"]))
    if parameters["mirrored"]:
        items += items[::-1]
    elif parameters["asymmetric"] and items == items[::-1]:
        items = [*items, (items[0] + 1) % 3] if items else [0, 1]
    halves = [digits(str(parameters[name])) for name in ("image", "other_image")]
    images = {
        x: half if parameters["unmirrored"] else half + half[::-1][parameters["odd"] >> x & 1 :]
        for x, half in enumerate(halves)
    }
    return Composed(f, g, h, items, images)


COMPOSITIONS = Domain(
    name="signed compositions",
    statement="signed compositions $f, g, h$ and a list of at most seven elements",
    shape={
        **{name: Words(ENTRIES, 3) for name in "fgh"},
        "items": Words("012", 7),
        "mirrored": Integers(0, 0),
        "asymmetric": Integers(0, 0),
        "image": Words("01", 3),
        "other_image": Words("01", 3),
        "odd": Integers(0, 3),
        "unmirrored": Integers(0, 0),
    },
    rows={},
    build=_build_composed,
)
EXAMPLES = Domain(
    "examples",
    "a signed composition of multiplicity $\\ge 1$ and a list that is no palindrome",
    COMPOSITIONS.narrowed(f=Words(ENTRIES, 5, 1), asymmetric=Integers(1, 1)).shape,
    {},
    _build_composed,
    {
        "not a palindrome": Constraint(
            "The list does not read the same backwards.", "mirrored", Integers(1, 1)
        )
    },
)
UNDIFFERENTIATED = Domain(
    "sums of identity and reverse",
    "a sum $f$ of copies of the identity and of reverse, and a map $h$ from letters to palindromes",
    COMPOSITIONS.narrowed(f=Words("aA", 4), items=Words("01", 5)).shape,
    {},
    _build_composed,
    {
        "palindromes": Constraint(
            "The values of $h$ are palindromes.", "unmirrored", Integers(1, 1)
        ),
        "no inflation": Constraint("All entries of $f$ are $\\pm 1$.", "f", Words("bBcC", 4, 1)),
    },
)


def composition_case(**parameters: Any) -> Parameters:
    """Return the full parameters of a case from the few that matter."""
    usual = {
        "f": "", "g": "", "h": "", "items": "", "mirrored": 0, "asymmetric": 0, "image": "",
        "other_image": "", "odd": 0, "unmirrored": 0,
    }  # fmt: skip
    return {**usual, **parameters}
