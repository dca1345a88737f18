"""Accuracy of ideal blocks by the number of steps: one run falls from Bayes's to Gibbs's.

Four Gaussian classes in the plane, one-hot embeddings, cosine levels. A class drawn in every step
has the Gibbs accuracy for any number of steps; a run from zero without noise has Bayes's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.noprop import CosineSchedule
from corollary.algorithms.noprop._oracle import oracle_inference
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, COLUMN, GREEN, GREY, ORANGE, SKY
from corollary.figures._table import Columns, Table, joined
from corollary.figures.noprop._problem import circle
from corollary.theory.noprop import bayes_accuracy, gibbs_accuracy

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

WAYS: dict[str, dict[str, Any]] = {
    "one run": {"rule": "stochastic"},
    "one run, best variance": {"rule": "optimal-variance"},
    "one run, class drawn": {"rule": "class-sampling"},
    "from zero, no noise": {"rule": "mean", "start": "zero"},
}
_STYLES = {
    "one run": (BLUE, "o"),
    "one run, best variance": (SKY, "s"),
    "one run, class drawn": (ORANGE, "^"),
    "from zero, no noise": (GREEN, "D"),
}


def _compute(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Measure the accuracy of every way at every number of steps."""
    steps = parameters["steps"]

    def part(place: int) -> Columns:
        work.progress("steps", place + 1, len(steps))
        return work.part(f"steps-{steps[place]}", lambda: _at(parameters, steps[place]))

    return joined([part(place) for place in range(len(steps))])


def _at(parameters: Parameters, steps: int) -> Mapping[str, Any]:
    m = parameters["classes"]
    labels, _, p = circle(m, parameters["radius"], parameters["inputs"], parameters["seed"])
    levels = CosineSchedule(least=0.0).alpha_bars(steps)
    accuracy = [
        (oracle_inference(p, np.eye(m), levels, seed=steps, **how).argmax(axis=1) == labels).mean()
        for how in WAYS.values()
    ]
    return {"way": list(WAYS), "steps": [steps] * len(WAYS), "accuracy": accuracy}


def _lines(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Average the accuracies of the Bayes rule and of a posterior sampler over the inputs."""
    _, _, p = circle(
        parameters["classes"], parameters["radius"], parameters["inputs"], parameters["seed"]
    )
    return {
        "rule": ["Bayes", "Gibbs"],
        "accuracy": [bayes_accuracy(p).mean(), gibbs_accuracy(p).mean()],
    }


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return the points that are not where the lines say, beyond 5 standard errors."""
    runs, lines = tables["runs"], tables["lines"]
    bayes, gibbs = lines["accuracy"]
    error = 5 * 0.5 / np.sqrt(runs.header["parameters"]["inputs"])
    found = []
    for way, line in (("one run, class drawn", gibbs), ("from zero, no noise", bayes)):
        rows = runs.where(way=way)
        found += [
            f"{way}, {steps} steps: {value}, predicted {line}"
            for steps, value in zip(rows["steps"], rows["accuracy"], strict=True)
            if not abs(value - line) < error
        ]
    single = runs.where(way="one run")["accuracy"]
    if not (abs(single[0] - bayes) < error and abs(single[-1] - gibbs) < error):
        found.append(f"one run goes from {single[0]} to {single[-1]}, not from {bayes} to {gibbs}")
    if not (np.diff(single) < error).all():
        found.append("one run gains by more steps")
    return found


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(1.35 * COLUMN, 2.8))
    axes = picture.subplots()
    bayes, gibbs = tables["lines"]["accuracy"]
    for height, place, label in ((bayes, 0.002, "Bayes rule"), (gibbs, -0.006, "Gibbs: a draw")):
        axes.axhline(height, color=GREY, linestyle="--", linewidth=0.8)
        axes.text(100, height + place, label, color=BLACK, fontsize=7, ha="right",
                  va="bottom" if place > 0 else "top")  # fmt: skip
    for way, (colour, marker) in _STYLES.items():
        rows = tables["runs"].where(way=way)
        axes.plot(rows["steps"], rows["accuracy"], f"{marker}-", color=colour, label=way)
    axes.set(xscale="log", xlabel="steps of inference $T$", ylabel="accuracy with ideal blocks",
             ylim=(gibbs - 0.014, bayes + 0.012))  # fmt: skip
    axes.legend(loc="center right", bbox_to_anchor=(1.0, 0.62))
    return picture


FIGURE = Figure(
    name="noprop.accuracy-by-steps",
    title="Accuracy of ideal blocks by the number of steps, between the Bayes and Gibbs lines",
    recipes=(
        Recipe(
            name="lines",
            parameters={"classes": 4, "radius": 1.5, "inputs": 100_000, "seed": 0},
            compute=_lines,
        ),
        Recipe(
            name="runs",
            parameters={
                "classes": 4,
                "radius": 1.5,
                "inputs": 100_000,
                "seed": 0,
                "steps": [1, 2, 3, 4, 6, 10, 20, 40, 100],
            },
            compute=_compute,
            # Where two classes tie another machine's rounding may decide otherwise.
            tolerance={"accuracy": 2e-4},
        ),
    ),
    draw=_draw,
    violations=_violations,
)
