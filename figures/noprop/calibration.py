"""Calibration of votes: how often a class is returned, beside its probability, by the steps.

Four Gaussian classes in the plane and ideal blocks. With one step every vote is unanimous; with
many the frequencies are the class probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.noprop import CosineSchedule
from corollary.algorithms.noprop._oracle import oracle_inference
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLUE, COLUMN, GREEN, GREY, ORANGE, VERMILION
from corollary.figures._table import Columns, Table, joined
from corollary.figures.noprop._problem import circle

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

_STYLES = {1: (VERMILION, "D"), 2: (ORANGE, "s"), 4: (GREEN, "^"), 30: (BLUE, "o")}


def _compute(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Count the votes of many runs at every input, in bins of the class probability."""
    steps = parameters["steps"]

    def part(place: int) -> Columns:
        work.progress("steps", place + 1, len(steps))
        return work.part(f"steps-{steps[place]}", lambda: _at(parameters, steps[place]))

    return joined([part(place) for place in range(len(steps))])


def _at(parameters: Parameters, steps: int) -> Mapping[str, Any]:
    m, runs = parameters["classes"], parameters["runs"]
    _, _, p = circle(m, parameters["radius"], parameters["inputs"], parameters["seed"])
    levels = CosineSchedule(least=0.0).alpha_bars(steps)
    votes = np.zeros_like(p)
    for run in range(runs):
        seed = 1000 * steps + run
        end = oracle_inference(p, np.eye(m), levels, seed=seed)
        votes[np.arange(len(p)), end.argmax(axis=1)] += 1 / runs
    edges = np.linspace(0, 1, parameters["bins"] + 1)
    place = np.clip(np.digitize(p, edges) - 1, 0, parameters["bins"] - 1)
    chosen = [place == k for k in range(parameters["bins"])]
    return {
        "steps": [steps] * parameters["bins"],
        "probability": [p[rows].mean() for rows in chosen],
        "frequency": [votes[rows].mean() for rows in chosen],
        "mean_distance": [np.abs(votes - p).mean()] * parameters["bins"],
        "mean_top": [votes.max(axis=1).mean()] * parameters["bins"],
    }


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return where more steps are not better calibrated, or many are not calibrated."""
    table = tables["votes"]
    counts = list(dict.fromkeys(table["steps"]))
    distances = [table.where(steps=steps)["mean_distance"][0] for steps in counts]
    found = []
    if not (np.diff(distances) < 0).all():
        found.append(f"mean distances {distances} do not fall with the steps")
    last = table.where(steps=counts[-1])
    off = np.abs(last["frequency"] - last["probability"]).max()
    if not off < 0.03:
        found.append(f"{counts[-1]} steps: a frequency is off by {off}")
    upper = table["probability"] > 0.6
    if not (table["frequency"][upper] > table["probability"][upper] - 0.01).all():
        found.append("a probable class is underrated")
    return found


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(1.1 * COLUMN, 3.1))
    axes, table = picture.subplots(), tables["votes"]
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=0.8)
    for steps, (colour, marker) in _STYLES.items():
        rows = table.where(steps=steps)
        label = f"$T$ = {steps}: mean distance {rows['mean_distance'][0]:.3f}"
        axes.plot(rows["probability"], rows["frequency"], f"{marker}-", color=colour, label=label)
    axes.set(xlabel="class probability $p(k|x)$", ylabel="share of the runs that return $k$",
             xlim=(0, 1), ylim=(0, 1.42), yticks=np.linspace(0, 1, 6))  # fmt: skip
    axes.legend(loc="upper left")
    return picture


FIGURE = Figure(
    name="noprop.calibration",
    title="Votes over runs of ideal blocks against class probabilities, by the number of steps",
    recipes=(
        Recipe(
            name="votes",
            parameters={
                "classes": 4,
                "radius": 1.5,
                "inputs": 2000,
                "runs": 200,
                "bins": 12,
                "seed": 1,
                "steps": [1, 2, 4, 30],
            },
            compute=_compute,
            tolerance={"frequency": 1e-3, "mean_distance": 1e-3, "mean_top": 1e-3},
        ),
    ),
    draw=_draw,
    violations=_violations,
)
