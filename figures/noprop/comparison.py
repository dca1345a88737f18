"""All learners on one problem whose best accuracy is known: the Bayes rule's, and a draw's.

Four Gaussian classes in the plane, 2000 inputs for training and 2000 for test. A single run of a
NoProp network is a draw from what it takes for p(class | input), so its accuracy is that of a
draw; votes of eleven runs and the run from zero approach the Bayes rule, as ordinary learners do.
Digits and other sets are compared by ``benchmarks/noprop_accuracy.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.noprop.trials import learners, run_trial
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, GREY, ORANGE, PAGE
from corollary.figures._table import Columns, Table, joined
from corollary.figures.noprop._problem import circle
from corollary.theory.noprop import bayes_accuracy, gibbs_accuracy

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

LEARNERS = {
    "DT, width 64": "NoProp-DT",
    "CT, constant weight": "NoProp-CT",
    "FM, 3I, width 128": "NoProp-FM",
    "end to end, width 64": "same blocks, end to end",
    "backpropagation, 128-64": "backpropagation",
    "dual propagation, nudge 0.5": "dual propagation",
    "feedback alignment, tanh": "direct feedback alignment",
    "forward-forward, random": "forward-forward",
}
RANDOM = ("NoProp-DT", "NoProp-CT", "NoProp-FM")
MEASURES = {
    "single": ("one run", ORANGE, "^"),
    "vote": ("vote of 11 runs", BLUE, "o"),
    "zero": ("from zero, without noise", GREEN, "D"),
}
# Fixed from the theory: a test set of 2000 has a standard error of 0.01, training adds its own.
AGREEMENT = 0.04


def _split(parameters: Parameters, seed: int) -> tuple[Any, Any, Any]:
    half = parameters["inputs"]
    labels, x, p = circle(parameters["classes"], parameters["radius"], 2 * half, seed)
    return (x[:half], labels[:half]), (x[half:], labels[half:]), p[half:]


def _compute(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Train every learner on every seed."""
    runs = [(name, seed) for name in LEARNERS for seed in range(parameters["seeds"])]

    def part(place: int) -> Columns:
        name, seed = runs[place]
        work.progress("trainings", place + 1, len(runs))
        return work.part(f"training-{place}", lambda: _trained(parameters, name, seed))

    return joined([part(place) for place in range(len(runs))])


def _trained(parameters: Parameters, name: str, seed: int) -> Mapping[str, Any]:
    train, test, _ = _split(parameters, seed)
    found = run_trial(learners()[name].set_params(seed=seed), train, test)
    values = {measure: [getattr(found, measure)] for measure in MEASURES}
    # A learner without random inference has one accuracy, shown as that of its only run.
    return {"learner": [LEARNERS[name]], "seed": [seed], **values}


def _lines(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Average the accuracies of the Bayes rule and of a draw over the test inputs."""
    p = np.concatenate([_split(parameters, seed)[2] for seed in range(parameters["seeds"])])
    return {
        "rule": ["Bayes", "Gibbs"],
        "accuracy": [bayes_accuracy(p).mean(), gibbs_accuracy(p).mean()],
    }


def _means(table: Table, learner: str, measure: str) -> float:
    return float(np.mean(table.where(learner=learner)[measure]))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return the learners that are not where the lines say."""
    table, (bayes, gibbs) = tables["accuracies"], tables["lines"]["accuracy"]
    expected = {("single", name): gibbs for name in RANDOM}
    expected |= {(measure, name): bayes for name in RANDOM for measure in ("vote", "zero")}
    expected["single", "backpropagation"] = bayes
    found = []
    for (measure, name), line in expected.items():
        value = _means(table, name, measure)
        if not abs(value - line) < AGREEMENT:
            found.append(f"{name}, {MEASURES[measure][0]}: {value:.3f}, predicted {line:.3f}")
    highest = max(_means(table, name, "single") for name in LEARNERS.values())
    if highest > bayes + AGREEMENT:
        found.append(f"an accuracy of {highest:.3f} above the Bayes rule's {bayes:.3f}")
    return found


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 3.2))
    axes, table = picture.subplots(), tables["accuracies"]
    names = list(LEARNERS.values())
    for line, rule in zip(tables["lines"]["accuracy"], ("Bayes rule", "a draw"), strict=True):
        axes.plot([line, line], [-0.6, len(names) - 0.5], "--", color=GREY, linewidth=0.8)
        axes.text(line, -0.75, rule, ha="center", va="bottom", fontsize=7)
    for measure, (label, colour, marker) in MEASURES.items():
        chosen = RANDOM if measure != "single" else tuple(names)
        for name in chosen:
            values = table.where(learner=name)[measure]
            alone = measure == "single" and name not in RANDOM
            axes.plot(
                values, np.full(len(values), names.index(name)), marker, linestyle="none",
                color=BLACK if alone else colour,
                label=label if name == chosen[0] else None,
            )  # fmt: skip
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel="accuracy on the test inputs",
             ylabel="learner", ylim=(len(names) - 0.5, -1.0))  # fmt: skip
    axes.legend(loc="lower center")
    return picture


_PARAMETERS = {"classes": 4, "radius": 1.5, "inputs": 2000, "seeds": 2}
FIGURE = Figure(
    name="noprop.comparison",
    title="Accuracy of all learners on four Gaussian classes, beside the Bayes rule and a draw",
    recipes=(
        Recipe(name="lines", parameters=_PARAMETERS, compute=_lines),
        Recipe(
            name="accuracies",
            parameters=_PARAMETERS,
            compute=_compute,
            # Training amplifies the rounding of another machine's linear algebra.
            tolerance=dict.fromkeys(MEASURES, 0.02),
        ),
    ),
    draw=_draw,
    violations=_violations,
)
