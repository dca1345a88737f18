"""Roles of what identifies functions: local-key sorts, adaptive merging, partial knowledge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from corollary.algorithms.filter_equivariance import (
    FilterEquivariantLearner,
    LocalKeySort,
    amalgamate_adaptively,
    identify_local_key_sort,
    partial_amalgam,
)
from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.filter_equivariance._cases import Words, digits, drawn
from corollary.verify.roles.filter_equivariance._definitions import restricted
from corollary.verify.roles.filter_equivariance._natural import (
    ANCHORS,
    LARGEST_COUNT,
    Blocks,
    blocks_of,
    local_key_sort,
)

ListFunction = Callable[[list[Any]], list[Any]]


def sorted_by_local_keys(blocks: Blocks, items: Sequence[Any]) -> list[Any]:
    """Return what a local-key sort does to a list: by the definition, key by key."""
    keys = []
    for letter in dict.fromkeys(items):
        places = [place for place, x in enumerate(items) if x == letter]
        for block, (sign, anchors) in enumerate(blocks):
            for anchor in anchors.get(len(places), []):
                keys.append((block, sign * places[anchor - 1], letter))
    return [letter for _, _, letter in sorted(keys, key=lambda key: key[:2])]


@dataclass(frozen=True)
class Keyed:
    """A local-key sort and a list in which no letter occurs more than three times."""

    blocks: Blocks
    items: list[int]


def _build_keyed(parameters: Parameters, precision: Precision) -> Keyed:
    items: list[int] = []
    for x in digits(str(parameters["items"])):
        if items.count(x) < int(parameters["most"]):
            items.append(x)
    if parameters["most"] > LARGEST_COUNT:
        items = items + items[:1] * int(parameters["most"])
    return Keyed(blocks_of(str(parameters["blocks"])), items)


KEYED = Domain(
    name="local-key sorts",
    statement="a local-key sort, and a list in which no letter occurs more than $C = 3$ times",
    shape={
        "blocks": Words("+-" + ANCHORS, 10),
        "items": Words("0123456789", 20),
        "most": Integers(LARGEST_COUNT, LARGEST_COUNT),
    },
    rows={},
    build=_build_keyed,
)
IDENTIFIABLE = Domain(
    KEYED.name,
    KEYED.statement,
    KEYED.shape,
    {},
    _build_keyed,
    {
        "repetitions": Constraint(
            "No letter occurs more often than in the queries: there is no extrapolation in the "
            "number of repetitions.",
            "most",
            Integers(LARGEST_COUNT + 1, LARGEST_COUNT + 3),
        )
    },
)


def _act(implementation: Implementation) -> Callable[[Blocks, list[Any]], list[Any]]:
    return lambda blocks, items: list(implementation.plain(local_key_sort(blocks), list(items)))


def _keys(f: LocalKeySort) -> Blocks:
    return [(b.sign, {c: list(a) for c, a in enumerate(b.anchors, 1)}) for b in f.blocks]


def _sort_mutant(change: Callable[[Blocks, list[Any]], list[Any]]) -> Callable[..., list[Any]]:
    return lambda f, items: change(_keys(f), items)


def _first_occurrence(blocks: Blocks) -> Blocks:
    return [(s, {c: [1] * len(a) for c, a in anchors.items()}) for s, anchors in blocks]


def _forward(blocks: Blocks) -> Blocks:
    return [(1, anchors) for _, anchors in blocks]


LOCAL_KEY_SORT = Role(
    name="local_key_sort",
    family="filter_equivariance",
    signature="local_key_sort(LocalKeySort, list) -> list",
    default="corollary.algorithms.filter_equivariance:LocalKeySort.__call__",
    adapt=_act,
    mutants={
        "always the first occurrence": _sort_mutant(
            lambda blocks, xs: sorted_by_local_keys(_first_occurrence(blocks), xs)
        ),
        "signs ignored": _sort_mutant(
            lambda blocks, xs: sorted_by_local_keys(_forward(blocks), xs)
        ),
        "letters sorted in a block": _sort_mutant(
            lambda blocks, xs: [
                x for block in blocks for x in sorted(sorted_by_local_keys([block], xs))
            ]
        ),
        "two more first occurrences beyond eight": _sort_mutant(
            lambda blocks, xs: sorted_by_local_keys(
                blocks if len(xs) < 9 else _first_occurrence(blocks), xs
            )
        ),
        "two neighbours exchanged": _sort_mutant(
            lambda blocks, xs: (lambda w: [w[1], w[0], *w[2:]] if len(w) > 5 else w)(
                sorted_by_local_keys(blocks, xs)
            )
        ),
        "one copy dropped": _sort_mutant(lambda blocks, xs: sorted_by_local_keys(blocks, xs)[:9]),
    },
    trivial={"copy": lambda f, items: list(items), "nothing": lambda f, items: []},
)
IDENTIFIER = Role(
    name="identifier",
    family="filter_equivariance",
    signature="identifier(list function, largest count) -> function that equals it on all lists",
    default="corollary.algorithms.filter_equivariance:identify_local_key_sort",
    adapt=lambda implementation: implementation.plain,
    mutants={
        "asks about letters that occur once": lambda f, c: _padded(f),
        "always the first occurrence": lambda f, c: _from(
            _first_occurrence(_keys(identify_local_key_sort(f, c)))
        ),
        "blocks forward": lambda f, c: _from(_forward(_keys(identify_local_key_sort(f, c)))),
        "at most two blocks": lambda f, c: _from(_keys(identify_local_key_sort(f, c))[:2]),
        "asks twice": lambda f, c: identify_local_key_sort(f, c) and identify_local_key_sort(f, c),
    },
    trivial={"itself": lambda f, c: f},
)


def _from(blocks: Blocks) -> ListFunction:
    return lambda items: sorted_by_local_keys(blocks, items)


def _padded(function: ListFunction) -> ListFunction:
    known = _keys(identify_local_key_sort(function, 1))
    return _from([(s, dict.fromkeys(range(1, 4), [1] * len(a[1]))) for s, a in known])


@dataclass(frozen=True)
class Known:
    """A word over four letters, and which of its pairs are known.

    Attributes
    ----------
    counts : dict
        How often each letter is in the word.
    word : tuple of int
    pairs : list of pairs of letters
        The known ones.
    """

    counts: dict[int, int]
    word: tuple[int, ...]
    pairs: list[tuple[int, int]]

    @property
    def words(self) -> dict[tuple[int, int], tuple[int, ...]]:
        return {pair: restricted(self.word, pair) for pair in self.pairs}


def _build_known(parameters: Parameters, precision: Precision) -> Known:
    word = tuple(digits(str(parameters["word"])))
    letters = sorted(set(word))
    pairs = [(a, b) for a in letters for b in letters if a < b]
    chosen = [pair for t, pair in enumerate(pairs) if int(parameters["known"]) >> t & 1]
    return Known({x: word.count(x) for x in letters}, word, chosen)


PARTLY_KNOWN = Domain(
    name="words partly known",
    statement="a word over four letters, and its restrictions to some pairs of letters",
    shape={"word": Words("0123", 8), "known": Integers(0, 63)},
    rows={},
    build=_build_known,
)


def _determined(change: Callable[[Any, Any, Any], bool]) -> Callable[..., Any]:
    """Return a partial amalgamator that judges uniqueness otherwise."""

    def amalgam(counts: Any, words: Any) -> Any:
        found = partial_amalgam(counts, words)
        return _Partial(found.word, bool(change(found, counts, words)))

    return amalgam


@dataclass(frozen=True)
class _Partial:
    word: list[Any]
    unique: bool


def _is_connected(counts: Any, words: Any) -> bool:
    reached = set(list(counts)[:1])
    for _ in counts:
        reached |= {x for pair in words if set(pair) & reached for x in pair}
    return len(reached) == len(counts)


PARTIAL_AMALGAMATOR = Role(
    name="partial_amalgamator",
    family="filter_equivariance",
    signature="partial_amalgamator({letter: count}, {pair: word}) -> object with word and unique",
    default="corollary.algorithms.filter_equivariance:partial_amalgam",
    adapt=lambda implementation: implementation.plain,
    mutants={
        "unique where the pairs connect": _determined(lambda f, c, w: _is_connected(c, w)),
        "unique with k - 1 pairs": _determined(lambda f, c, w: len(w) >= len(c) - 1),
        "unique with all pairs alone": _determined(
            lambda f, c, w: len(w) == len(c) * (len(c) - 1) // 2
        ),
        "last open pair overlooked": _determined(lambda f, c, w: len(f.open_pairs) <= 1),
        "pairs of frequent letters alone": _determined(
            lambda f, c, w: all(min(c[a], c[b]) < 2 for a, b in f.open_pairs)
        ),
    },
    trivial={
        "always unique": lambda counts, words: _Partial([], True),
        "never unique": lambda counts, words: _Partial([], False),
    },
)


@dataclass(frozen=True)
class Asked:
    """A filter-equivariant function of one's making, and a list to call it on."""

    function: ListFunction
    items: list[int]
    words: int


def _build_asked(parameters: Parameters, precision: Precision) -> Asked:
    letters, copies = int(parameters["letters"]), int(parameters["copies"])
    word = [x for x in range(letters) for _ in range(copies)]
    order = drawn(int(parameters["seed"]), [2**40] * len(word))
    word = [x for _, x in sorted(zip(order, word, strict=True))]
    return Asked(lambda items: [x for x in word if x in items], list(range(letters)), len(word))


ASKED = Domain(
    name="words asked for pair by pair",
    statement="a random word with $k$ letters, $m$ times each, and its restrictions",
    shape={"letters": Integers(1, 16), "copies": Integers(1, 4), "seed": SEED},
    rows={},
    build=_build_asked,
)


@dataclass(frozen=True)
class _Answer:
    word: list[Any]
    pair_queries: int


ADAPTIVE_AMALGAMATOR = Role(
    name="adaptive_amalgamator",
    family="filter_equivariance",
    signature="adaptive_amalgamator(function, list) -> object with word and pair_queries",
    default="corollary.algorithms.filter_equivariance:amalgamate_adaptively",
    adapt=lambda implementation: implementation.plain,
    mutants={
        "asks for all pairs": lambda f, xs: _Answer(
            amalgamate_adaptively(f, xs).word, len(xs) * (len(xs) - 1) // 2 + 1
        ),
        "asks every comparison anew": lambda f, xs: _Answer(
            (found := amalgamate_adaptively(f, xs)).word,
            2 * found.pair_queries,
        ),
        "last pair not merged": lambda f, xs: _Answer(sorted(amalgamate_adaptively(f, xs).word), 0),
    },
    trivial={"copy": lambda f, xs: _Answer(list(xs), 0)},
)


@dataclass(frozen=True)
class Taught:
    """A function on lists without duplicates, its examples, and a list to predict.

    The function sorts into classes and keeps or reverses the order inside each (FE-15).
    """

    function: ListFunction
    examples: list[list[int]]
    items: list[int]


def _build_taught(parameters: Parameters, precision: Precision) -> Taught:
    letters = int(parameters["letters"])
    numbers = drawn(int(parameters["seed"]), [3] * letters + [2] * 3 + [2**40] * (3 * letters))
    kinds, signs = numbers[:letters], numbers[letters : letters + 3]
    keys = numbers[letters + 3 :]
    first, asked = (
        sorted(range(letters), key=keys[start : start + letters].__getitem__)
        for start in (0, letters)
    )

    def function(items: list[int]) -> list[int]:
        places = {x: place for place, x in enumerate(items)}
        return sorted(items, key=lambda x: (kinds[x], (-1) ** signs[kinds[x]] * places[x]))

    examples = [first, first[::-1]][: int(parameters["examples"])]
    return Taught(function, examples, asked)


TAUGHT = Domain(
    name="rearrangements taught by examples",
    statement="a rearrangement of lists without duplicates, and a list with all letters and its "
    "reverse as the examples",
    shape={"letters": Integers(2, 12), "seed": SEED, "examples": Integers(2, 2)},
    rows={},
    build=_build_taught,
    constraints={
        "two examples": Constraint(
            "Both orders are shown: one example never suffices.", "examples", Integers(1, 1)
        )
    },
)


class _Guesser(FilterEquivariantLearner):
    """Answers an unknown list with its order, where nothing is forced."""

    def predict(self, items: Any) -> Any:
        found = super().predict(items)
        return found if found.output is None else _Guess(sorted(found.output))


@dataclass(frozen=True)
class _Guess:
    output: list[Any] | None


class _Echo(FilterEquivariantLearner):
    def predict(self, items: Any) -> Any:
        return _Guess(list(items))


class _Forgetful(FilterEquivariantLearner):
    """Forgets the second example."""

    def observe(self, items: Any, output: Any) -> None:
        if not self._outputs:
            super().observe(items, output)


LEARNER = Role(
    name="learner",
    family="filter_equivariance",
    signature="learner() -> object with observe(items, output) and predict(items).output",
    default="corollary.algorithms.filter_equivariance:FilterEquivariantLearner",
    adapt=lambda implementation: implementation.plain,
    mutants={"sorts its answers": _Guesser, "forgets all but one": _Forgetful},
    trivial={"echo": _Echo},
)
