"""Extrapolation by length: how often examples force the output on a longer list.

Left: t random lists of five of twenty letters, and a random list of all twenty. The output is
forced when its neighbouring pairs have been seen: about c^(n-1) with c the chance to have seen a
pair. Right: functions that commute with renaming are known everywhere from a few two-letter
lists, however many letters a list has.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.filter_equivariance import (
    Block,
    FilterEquivariantLearner,
    LocalKeySort,
    SignedComposition,
    identify_local_key_sort,
)
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, ORANGE, PAGE, VERMILION
from corollary.figures._table import Columns, Table
from corollary.theory import filter_equivariance as theory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_CLOSE = 0.07  # of a rate; three standard errors of 400 runs, and what the law leaves out


def _coverage(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Count in how many runs the neighbours, and all pairs, of a random list have been seen."""
    letters, trained = parameters["letters"], parameters["trained length"]
    examples = np.array(parameters["examples"])
    forced, complete = np.zeros((2, len(examples)), dtype=np.int64)
    random = np.random.default_rng(parameters["seed"])
    for _ in range(parameters["runs"]):
        lists = [random.permutation(letters)[:trained] for _ in range(examples[-1])]
        first = _first_seen(np.array(lists), letters)
        tested = random.permutation(letters)
        # the hidden function is the reversal: neighbours in the output are neighbours before it
        forced += first[tested[:-1], tested[1:]].max() < examples
        earlier, later = np.triu_indices(letters, 1)
        complete += first[tested[earlier], tested[later]].max() < examples
    runs = parameters["runs"]
    return {"examples": examples, "forced": forced / runs, "all_pairs": complete / runs}


def _first_seen(lists: NDArray[np.int64], letters: int) -> NDArray[np.int64]:
    """Return, for every ordered pair of letters, the number of the first list that shows it."""
    first = np.full((letters, letters), len(lists))
    earlier, later = np.triu_indices(lists.shape[1], 1)
    numbers = np.broadcast_to(np.arange(len(lists))[:, None], (len(lists), len(earlier)))
    np.minimum.at(first, (lists[:, earlier], lists[:, later]), numbers)
    return first


def _learner(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Run the learner itself on a few runs, beside what the pairs seen say about it."""
    letters, trained = parameters["letters"], parameters["trained length"]
    random = np.random.default_rng(parameters["seed"])
    rows = []
    for run in range(parameters["runs"]):
        learner = FilterEquivariantLearner()
        lists = [random.permutation(letters)[:trained] for _ in range(parameters["examples"])]
        for one in lists:
            learner.observe(one.tolist(), one[::-1].tolist())
        tested = random.permutation(letters)
        seen = _first_seen(np.array(lists), letters)[tested[:-1], tested[1:]].max() < len(lists)
        output = learner.predict(tested.tolist()).output
        right = output is not None and output == tested[::-1].tolist()
        rows.append((run, int(seen), int(output is not None), int(right)))
    names = ("run", "neighbours_seen", "answered", "right")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _identified(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Identify random functions from two-letter lists and predict lists of many letters."""
    rows = []
    for most in parameters["most repetitions"]:
        for letters in parameters["letters"]:
            name = f"{most} times, {letters} letters"
            part = work.part(name, partial(_one_size, parameters, most, letters))
            rows.append([column[0] for column in part.values()])
    names = ("repetitions", "letters", "training_lists", "exact")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _one_size(parameters: Parameters, most: int, letters: int) -> Columns:
    random = np.random.default_rng([parameters["seed"], most, letters])
    exact, asked = [], []
    for _ in range(parameters["functions"]):
        hidden = _random_function(random, most)
        counted = _Counted(hidden)
        found = identify_local_key_sort(counted, most)
        asked.append(counted.calls)
        items = np.repeat(np.arange(letters), random.integers(1, most + 1, letters))
        tested = random.permutation(items).tolist()
        exact.append(found(tested) == hidden(tested))
    return {
        "repetitions": np.array([most]),
        "letters": np.array([letters]),
        "training_lists": np.array([max(asked)]),
        "exact": np.array([np.mean(exact)]),
    }


class _Counted:
    """A function that counts on how many different lists it was called."""

    def __init__(self, function: LocalKeySort) -> None:
        self._function = function
        self._seen: set[tuple[int, ...]] = set()

    def __call__(self, items: list[int]) -> list[int]:
        self._seen.add(tuple(items))
        return self._function(items)

    @property
    def calls(self) -> int:
        return len(self._seen)


def _random_function(random: np.random.Generator, most: int) -> LocalKeySort:
    """Return a function that commutes with renaming: up to three blocks with random anchors."""
    blocks = []
    for _ in range(random.integers(1, 4)):
        anchors = [
            tuple(sorted(random.integers(1, count + 1, random.integers(0, 3)).tolist()))
            for count in range(1, most + 1)
        ]
        if any(anchors):
            blocks.append(Block(int(random.choice([-1, 1])), tuple(anchors)))
    return LocalKeySort(tuple(blocks), most)


def _one_shot(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Identify every signed composition from its output on [0, 1], and predict long lists."""
    rows = []
    for letters in parameters["letters"]:
        items = np.random.default_rng(parameters["seed"]).integers(0, letters, letters).tolist()
        functions = [
            f
            for m in range(1, parameters["largest multiplicity"] + 1)
            for f in SignedComposition.with_multiplicity(m)
        ]
        right = [
            SignedComposition.from_example([0, 1], f([0, 1]))(items) == f(items) for f in functions
        ]
        rows.append((letters, len(functions), float(np.mean(right))))
    names = ("letters", "functions", "exact")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _laws(parameters: Parameters) -> tuple[list[float], list[float]]:
    letters, trained = parameters["letters"], parameters["trained length"]
    seen = [theory.coverage(letters, trained, t) for t in parameters["examples"]]
    return (
        [theory.extrapolation_rate(c, letters) for c in seen],
        [theory.extrapolation_rate(c, letters, all_pairs=True) for c in seen],
    )


def _violations(tables: Mapping[str, Table]) -> list[str]:
    lines = []
    coverage = tables["coverage"]
    for name, law in zip(
        ("forced", "all_pairs"), _laws(coverage.header["parameters"]), strict=True
    ):
        off = np.abs(coverage[name] - law).max()
        if not off <= _CLOSE:
            lines.append(f"{name}: {off} from the coverage law")
    learner = tables["learner"]
    if not (learner["answered"] == learner["neighbours_seen"]).all():
        lines.append("the learner answers other lists than those whose neighbours it saw")
    if not (learner["right"] == learner["answered"]).all():
        lines.append("the learner gave a wrong answer")
    for name in ("identified", "one-shot"):
        if not (tables[name]["exact"] == 1).all():
            lines.append(f"{name}: a function was not identified")
    for most, lists in zip(
        tables["identified"]["repetitions"], tables["identified"]["training_lists"], strict=True
    ):
        if lists > theory.identification_queries(int(most)):
            lines.append(f"letters {most} times: {lists} training lists")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 3.0))
    left, right = picture.subplots(1, 2)
    _draw_coverage(left, tables["coverage"])
    _draw_identified(right, tables)
    return picture


def _draw_coverage(axes: Axes, table: Table) -> None:
    parameters = table.header["parameters"]
    n = parameters["letters"]
    by_neighbours, by_pairs = _laws(parameters)
    for law, colour, style, label in (
        (by_neighbours, BLUE, "-", f"$c^{{n-1}}$, $n={n}$"),
        (by_pairs, ORANGE, "--", f"$c^{{n(n-1)/2}}$, $n={n}$"),
    ):
        axes.plot(table["examples"], law, style, color=colour, label=label)
    axes.plot(table["examples"], table["forced"], "o", color=BLUE, label="neighbours seen")
    axes.plot(table["examples"], table["all_pairs"], "s", color=ORANGE, label="all pairs seen")
    axes.axhline(1, color=GREEN, linestyle=":",
                 label="natural: one example")  # fmt: skip
    axes.set(xlabel=f"examples of length {parameters['trained length']}", ylim=(0, 1.55))
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.set_ylabel(f"share of {parameters['runs']} runs")
    axes.legend(loc="upper left", ncols=2, columnspacing=1.0)


def _draw_identified(axes: Axes, tables: Mapping[str, Table]) -> None:
    shot, identified = tables["one-shot"], tables["identified"]
    axes.axhline(1, color=BLACK, linewidth=0.8, label="theorem: 1")
    axes.plot(shot["letters"], shot["exact"], "D", color=GREEN, markersize=7,
              markerfacecolor="none", label="signed compositions, 1 list")  # fmt: skip
    for most, colour, marker, size in ((2, BLUE, "s", 5), (3, ORANGE, "o", 2.5)):
        rows = identified.where(repetitions=most)
        lists = theory.identification_queries(most)
        axes.plot(rows["letters"], rows["exact"], marker, color=colour, markersize=size,
                  label=f"letters up to {most} times, {lists} lists")  # fmt: skip
    letters = np.geomspace(10, 1e4, 50).round().astype(int)
    rate = [theory.extrapolation_rate(theory.coverage(int(n), 5, 12), int(n)) for n in letters]
    axes.plot(letters, rate, "--", color=VERMILION, label="no symmetry, 12 lists: $c^{n-1}$")
    axes.set(xscale="log", xlabel="letters of the list", ylabel="share predicted exactly")
    axes.set(ylim=(-0.05, 1.55))
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.legend(loc="upper right")


_TRAINING = {"letters": 20, "trained length": 5, "seed": 0}
_SIZES = [10, 30, 100, 300, 1000, 3000, 10_000]

FIGURE = Figure(
    name="filter_equivariance.extrapolation",
    title="How often examples force the output on longer lists: the coverage law, and certainty",
    recipes=(
        Recipe(
            "coverage",
            {**_TRAINING, "examples": [60, 80, 100, 120, 140, 160, 180, 200, 225, 250, 275, 300],
             "runs": 400},
            _coverage,
        ),
        Recipe("learner", {**_TRAINING, "examples": 130, "runs": 20}, _learner),
        Recipe(
            "identified",
            {"letters": _SIZES, "most repetitions": [2, 3], "functions": 4, "seed": 0},
            _identified,
        ),
        Recipe("one-shot", {"letters": _SIZES, "largest multiplicity": 3, "seed": 0}, _one_shot),
    ),
    draw=_draw,
    violations=_violations,
)  # fmt: skip
