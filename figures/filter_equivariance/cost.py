"""What amalgamation costs: seconds of three methods, and questions asked of the function.

All pairs take k (k - 1) / 2 questions; the recursion over sublists that lack one letter visits
2^k sublists; merging adaptively asks for at most min(k (k - 1) / 2, N ceil(log2 k)) pairs, and for
outputs without repetition no method asks for fewer than ceil(log2 k!) in the worst case.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.filter_equivariance import amalgamate, amalgamate_adaptively
from corollary.algorithms.filter_equivariance._definition import amalgamate_facets_definition
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, GREY, ORANGE, PAGE, VERMILION
from corollary.figures._table import Table
from corollary.theory.filter_equivariance import adaptive_query_bounds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_METHODS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "all pairs": (amalgamate, BLUE, "o"),
    "adaptive": (amalgamate_adaptively, GREEN, "^"),
    "facets": (amalgamate_facets_definition, VERMILION, "s"),
}


_MANY = 16  # letters, from which on the mean over few words is close to that over all


def _seconds(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Time every method, the least of some runs, on the reversal of k different letters."""
    rows = []
    for name, (method, _, _) in _METHODS.items():
        for letters in parameters["letters"]:
            if name == "facets" and letters > parameters["most for facets"]:
                continue
            runs = []
            for _ in range(parameters["runs"]):
                start = time.perf_counter()
                method(lambda xs: xs[::-1], list(range(letters)))
                runs.append(time.perf_counter() - start)
            rows.append((name, letters, min(runs)))
    names = ("method", "letters", "seconds")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _queries(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Count the pair words that adaptive merging asks for, on random outputs."""
    random = np.random.default_rng(parameters["seed"])
    rows = []
    for multiplicity in parameters["multiplicities"]:
        for letters in parameters["letters"]:
            for _ in range(parameters["words"]):
                word = random.permutation(np.repeat(np.arange(letters), multiplicity)).tolist()
                found = amalgamate_adaptively(_restrictions_of(word), list(range(letters)))
                rows.append((multiplicity, letters, found.pair_queries, int(found.word == word)))
    names = ("multiplicity", "letters", "queries", "right")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _restrictions_of(word: list[int]) -> Callable[[list[int]], list[int]]:
    """Return the function that leaves of the word what is in its argument."""
    return lambda xs: [x for x in word if x in xs]


def _violations(tables: Mapping[str, Table]) -> list[str]:
    lines = []
    rows = tables["queries"]
    if not rows["right"].all():
        lines.append("a word was not found")
    for m, k, asked in zip(rows["multiplicity"], rows["letters"], rows["queries"], strict=True):
        most = adaptive_query_bounds(int(k), int(k * m))[1]
        if asked > most:
            lines.append(f"{k} letters {m} times: {asked} questions, more than {most}")
        if m == 1 and asked < k - 1:
            lines.append(f"{k} letters: {asked} questions do not reach all letters")
    for k in np.unique(rows["letters"]):
        mean = rows.where(multiplicity=1, letters=k)["queries"].mean()
        # an answer is one bit, so that log2 k! bounds the mean over all words from below
        if k >= _MANY and not mean >= math.log2(math.factorial(int(k))):
            lines.append(f"{k} letters: {mean} questions in the mean, below log2 k!")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 3.0))
    left, right = picture.subplots(1, 2)
    _draw_seconds(left, tables["seconds"])
    _draw_queries(right, tables["queries"])
    return picture


def _draw_seconds(axes: Axes, table: Table) -> None:
    labels = {
        "all pairs": "all pairs, rank sums",
        "adaptive": "adaptive merging",
        "facets": "sublists lacking one letter",
    }
    for name, (_, colour, marker) in _METHODS.items():
        rows = table.where(method=name)
        axes.plot(rows["letters"], rows["seconds"], marker, color=colour, label=labels[name])
        at, seconds = rows["letters"], rows["seconds"]
        growth, law = at * (at - 1.0), r"$\propto k(k-1)$"
        if name == "facets":
            growth, law = 2.0**at * at**2, r"$\propto 2^k k^2$"
        if name != "adaptive":
            scale = np.median((seconds / growth)[at >= 8])
            axes.plot(at, scale * growth, "--", color=colour, linewidth=0.8, label=law)
    axes.set(xscale="log", yscale="log", xlabel="letters $k$", ylabel="time (seconds)")
    axes.set_xticks([2, 4, 8, 16, 32, 64, 128], ["2", "4", "8", "16", "32", "64", "128"])
    axes.minorticks_off()
    axes.set_ylim(2e-8, 1)
    axes.legend(loc="lower right")


def _draw_queries(axes: Axes, table: Table) -> None:
    letters = np.unique(table["letters"])
    axes.plot(letters, letters * (letters - 1) / 2, color=BLACK, label="all pairs: $k(k-1)/2$")
    for multiplicity, size, colour, marker in ((1, "k", BLUE, "o"), (4, "4k", ORANGE, "s")):
        rows = table.where(multiplicity=multiplicity)
        mean = [rows["queries"][rows["letters"] == k].mean() for k in letters]
        axes.plot(letters, mean, marker, color=colour, label=f"asked, each letter {multiplicity}×")
        most = [adaptive_query_bounds(int(k), int(k) * multiplicity)[1] for k in letters]
        axes.plot(letters, most, "--", color=colour, linewidth=0.8,
                  label=rf"at most $\min(\cdot,\,{size}\lceil\log_2 k\rceil)$")  # fmt: skip
    least = [adaptive_query_bounds(int(k), int(k))[0] for k in letters]
    axes.plot(letters, least, ":", color=GREY, label=r"at least $\lceil\log_2 k!\rceil$ (1×)")
    axes.set(xscale="log", yscale="log", xlabel="letters $k$", ylabel="pairs asked for")
    axes.set_xticks(letters, [str(k) for k in letters])
    axes.minorticks_off()
    axes.legend(loc="upper left")


FIGURE = Figure(
    name="filter_equivariance.cost",
    title="Cost of amalgamation: time of three methods, questions asked against the bounds",
    recipes=(
        Recipe(
            name="seconds",
            parameters={"letters": [2, 4, 6, 8, 10, 12, 16, 32, 64, 128], "most for facets": 12,
                        "runs": 2},
            compute=_seconds,
            units={"seconds": "of the machine that made the table; not compared"},
            tolerance={"seconds": math.inf},
        ),
        Recipe(
            name="queries",
            parameters={"letters": [2, 4, 8, 16, 32, 64, 128], "multiplicities": [1, 4],
                        "words": 5, "seed": 0},
            compute=_queries,
        ),
    ),
    draw=_draw,
    violations=_violations,
)  # fmt: skip
