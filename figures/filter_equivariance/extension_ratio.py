"""How many candidates extend: pair words to natural functions, random families to amalgams.

Of the C(2m, m) words with m zeros and m ones, 2 * 3^(m-1) are outputs on [0, 1] of a function that
commutes with filters and maps. Of all families of pair words, a share of (number of words) /
(number of families) has an amalgam. Every point is counted by trying all candidates.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.filter_equivariance.enumeration import (
    binary_words,
    consistency_table,
    natural_pair_words,
)
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLUE, GREEN, ORANGE, PAGE, VERMILION
from corollary.figures._table import Table
from corollary.theory import filter_equivariance as theory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture


def _words(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    multiplicities = np.arange(1, parameters["largest"] + 1)
    return {
        "multiplicity": multiplicities,
        "pair_words": np.array([len(binary_words(m, m)) for m in multiplicities]),
        "extend": np.array([len(natural_pair_words(m)) for m in multiplicities.tolist()]),
    }


def _families(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    rows = []
    for m in range(1, parameters["largest_multiplicity"] + 1):
        table = consistency_table(m, m, m)
        rows.append((3, m, table.size, int(table.sum())))
    for letters in range(4, parameters["most_letters"] + 1):
        rows.append((letters, 1, *_tournaments(letters)))
    names = ("letters", "multiplicity", "families", "amalgams")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _tournaments(letters: int) -> tuple[int, int]:
    """Return how many tournaments there are, and in how many all scores differ."""
    pairs = list(combinations(range(letters), 2))
    numbers = np.arange(1 << len(pairs))
    scores = np.zeros((len(numbers), letters), dtype=np.int64)
    for place, (low, high) in enumerate(pairs):
        bit = numbers >> place & 1
        scores[:, low] += bit
        scores[:, high] += 1 - bit
    scores.sort(axis=1)
    return len(numbers), int((scores == np.arange(letters)).all(axis=1).sum())


def _violations(tables: Mapping[str, Table]) -> list[str]:
    lines = []
    words, families = tables["words"], tables["families"]
    for m, candidates, extend in zip(*words.columns.values(), strict=True):
        known = theory.pair_words(int(m)), theory.natural_functions(int(m))
        if (candidates, extend) != known:
            lines.append(f"m = {m}: {extend} of {candidates} words extend, not {known}")
    for letters, m, total, found in zip(*families.columns.values(), strict=True):
        chance = theory.amalgamation_probability([int(m)] * int(letters))
        if found != chance * int(total):
            lines.append(f"{letters} letters, m = {m}: {found} of {total} fit, not {chance}")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 2.9))
    left, right = picture.subplots(1, 2)
    _draw_words(left, tables["words"])
    _draw_families(right, tables["families"])
    return picture


def _draw_words(axes: Axes, table: Table) -> None:
    m = table["multiplicity"]
    some = [int(value) for value in m]
    axes.plot(m, [theory.pair_words(k) for k in some], "--", color=ORANGE,
              label=r"$\binom{2m}{m}$")  # fmt: skip
    axes.plot(m, table["pair_words"], "s", color=ORANGE, label="pair words")
    axes.plot(m, [theory.natural_functions(k) for k in some], "-", color=BLUE,
              label=r"$2\cdot 3^{m-1}$")  # fmt: skip
    axes.plot(m, table["extend"], "o", color=BLUE, label="extend to three letters")
    axes.set(yscale="log", xlabel="multiplicity $m$", ylabel="number of words")
    axes.set_xticks(m)
    axes.legend(loc="upper left")


def _draw_families(axes: Axes, table: Table) -> None:
    rows = table.where(letters=3)
    chance = [float(theory.amalgamation_probability([int(m)] * 3)) for m in rows["multiplicity"]]
    axes.plot(3 * rows["multiplicity"], chance, color=BLUE,
              label=r"$\frac{(3m)!}{m!^3}\,/\,\binom{2m}{m}^3$")  # fmt: skip
    axes.plot(3 * rows["multiplicity"], rows["amalgams"] / rows["families"], "o", color=BLUE,
              label="3 letters, $m$ times each")  # fmt: skip
    rows = table.where(multiplicity=1)
    letters = [int(k) for k in rows["letters"]]
    chance = [float(theory.amalgamation_probability([1] * k)) for k in letters]
    axes.plot(letters, chance, "--", color=VERMILION, label=r"$k!\,/\,2^{k(k-1)/2}$")
    axes.plot(letters, rows["amalgams"] / rows["families"], "D", color=GREEN,
              label="$k$ letters, once each")  # fmt: skip
    axes.set(yscale="log", xlabel="elements of the output $N$ = $3m$ or $k$", ylim=(0.005, 1.2))
    axes.set_ylabel("share of families with an amalgam")
    axes.legend(loc="lower left")


FIGURE = Figure(
    name="filter_equivariance.extension-ratio",
    title="How many pair words and random families extend, counted and in closed form",
    recipes=(
        Recipe("words", {"largest": 8}, _words),
        Recipe("families", {"largest_multiplicity": 4, "most_letters": 6}, _families),
    ),
    draw=_draw,
    violations=_violations,
)
