"""Which occurrence stands before which: a triangle when the pair words fit, circles when not.

Rows and columns are the occurrences of all letters, sorted by how many others the pair words put
before them. A family fits together exactly when these scores are 0 .. N - 1; else the number of
circles of three is C(N, 3) - sum of C(score, 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.filter_equivariance import (
    InconsistentPairs,
    PairWords,
    amalgamate_pairs,
    occurrence_scores,
    pair_words,
    three_cycle_count,
)
from corollary.algorithms.filter_equivariance._definition import (
    occurrence_tournament_definition,
    three_cycles_definition,
)
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, PAGE, PALE, VERMILION
from corollary.figures._table import Columns, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_FITS, _CIRCLES = "restrictions of one word", "112122 on every pair"
Occurrence = tuple[int, int]


def _family(name: str, parameters: Parameters) -> PairWords:
    if name == _FITS:
        return pair_words(parameters["word"], letters=3)
    letters, word = 3, parameters["on every pair"]
    pointers = np.arange(letters * (letters - 1) // 2 + 1) * len(word)
    counts = np.full(letters, len(word) // 2)
    return PairWords(counts, pointers, np.tile(np.array(word, np.uint8), letters))


def _tournament(words: PairWords) -> dict[Occurrence, set[Occurrence]]:
    letters = len(words.multiplicities)
    named = {
        (low, high): [high if bit else low for bit in words.word(low, high)]
        for low, high in combinations(range(letters), 2)
    }
    return occurrence_tournament_definition(words.multiplicities.tolist(), named)


def _orders(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Tabulate all pairs of occurrences, with their scores and whether the first comes first."""
    rows: list[tuple[Any, ...]] = []
    for name in (_FITS, _CIRCLES):
        words = _family(name, parameters)
        scores = dict(zip(_tournament(words), occurrence_scores(*words).tolist(), strict=True))
        circle = _witness(words)
        for u, after in _tournament(words).items():
            for v in scores:
                shown = u in circle and v == circle[(circle.index(u) + 1) % 3]
                rows.append((name, *u, scores[u], *v, scores[v], int(v in after), int(shown)))
    names = ("family", "letter", "index", "score", "other_letter", "other_index", "other_score",
             "before", "in_circle")  # fmt: skip
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _witness(words: PairWords) -> list[Occurrence]:
    """Return the circle of three that the algorithm reports, if there is one."""
    try:
        amalgamate_pairs(*words)
    except InconsistentPairs as found:
        return [(int(str(letter)), index - 1) for letter, index in found.cycle]
    return []


def _circles(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    rows = []
    for name in (_FITS, _CIRCLES):
        words = _family(name, parameters)
        found = three_cycles_definition(_tournament(words))
        rows.append((name, three_cycle_count(occurrence_scores(*words)), len(found)))
    names = ("family", "by_formula", "by_search")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    lines = []
    for name in (_FITS, _CIRCLES):
        orders = tables["orders"].where(family=name)
        counts = tables["circles"].where(family=name)
        if counts["by_formula"][0] != counts["by_search"][0]:
            lines.append(f"{name}: {counts['by_formula'][0]} circles by formula, not by search")
        forward = (orders["before"] == 1) & (orders["score"] >= orders["other_score"])
        if forward.any() != (counts["by_search"][0] > 0):
            lines.append(f"{name}: the matrix is triangular if and only if there is a circle")
        if orders["in_circle"].sum() != 3 * (counts["by_search"][0] > 0):
            lines.append(f"{name}: the circle shown has {orders['in_circle'].sum()} orders")
        if (orders["in_circle"] > orders["before"]).any():
            lines.append(f"{name}: the circle shown is none")
    scores = tables["orders"].where(family=_CIRCLES)
    found = tuple(
        dict.fromkeys(zip(scores["letter"], scores["index"], scores["score"], strict=True))
    )
    if tuple(int(score) for _, _, score in found) != (0, 1, 4, 2, 4, 6, 4, 7, 8):
        lines.append(f"{_CIRCLES}: the scores are {found}")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 3.6))
    for axes, name in zip(picture.subplots(1, 2), (_FITS, _CIRCLES), strict=True):
        counts = tables["circles"].where(family=name)
        formula, search = int(counts["by_formula"][0]), int(counts["by_search"][0])
        _matrix(axes, tables["orders"].where(family=name).columns)
        axes.set_title(f"{name[0].upper()}{name[1:]}\n"
                       rf"circles of three: {search}; $\binom{{N}}{{3}}-\sum\binom{{s}}{{2}}$"
                       f" = {formula}")  # fmt: skip
        axes.set(xlabel="… stands before occurrence", ylabel="occurrence, by score $s$")
    return picture


def _matrix(axes: Axes, rows: Columns) -> None:
    from matplotlib.colors import ListedColormap

    sides = list(dict.fromkeys(
        sorted(zip(rows["score"], rows["letter"], rows["index"], strict=True))
    ))  # fmt: skip
    place = {(int(letter), int(index)): at for at, (_, letter, index) in enumerate(sides)}
    matrix = np.zeros((len(sides), len(sides)))
    first = [place[int(a), int(i)] for a, i in zip(rows["letter"], rows["index"], strict=True)]
    other = [place[int(b), int(j)] for b, j in
             zip(rows["other_letter"], rows["other_index"], strict=True)]  # fmt: skip
    matrix[first, other] = rows["before"] + rows["in_circle"]
    axes.imshow(matrix, cmap=ListedColormap(["white", PALE, VERMILION]), vmin=0, vmax=2)
    for at, to, circle in zip(first, other, rows["in_circle"], strict=True):
        if circle:
            axes.plot(to, at, "o", color=BLACK, markersize=2.5)
    axes.plot([-0.5, len(sides) - 0.5], [-0.5, len(sides) - 0.5], color=BLACK, linewidth=0.5)
    names = [f"${letter + 1}_{{{index + 1}}}$" for _, letter, index in sides]
    axes.set_xticks(range(len(sides)), names)
    axes.set_yticks(range(len(sides)), [
        f"{name}: {score}" for name, (score, _, _) in zip(names, sides, strict=True)
    ])  # fmt: skip


_PARAMETERS = {
    "word": [0, 1, 1, 2, 0, 2, 1, 0, 2, 1, 0, 2],
    "on every pair": [0, 0, 1, 0, 1, 1],
}

FIGURE = Figure(
    name="filter_equivariance.tournament",
    title="Occurrence tournaments of a family that fits together and of one that does not",
    recipes=(Recipe("orders", _PARAMETERS, _orders), Recipe("circles", _PARAMETERS, _circles)),
    draw=_draw,
    violations=_violations,
)
