"""Denoising trajectories: many noisy runs share the classes out, noise-free ones keep their order.

A binary label u = 1 or -1 with p = (0.7, 0.3), ideal blocks, 40 steps of a log-linear ratio.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.noprop._oracle import oracle_inference
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREY, PAGE, VERMILION
from corollary.figures._table import Columns, Table, joined
from corollary.theory.noprop import flow_class_probabilities, log_linear_signal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

RULES = {
    "stochastic": "the paper's step",
    "ddim": "DDIM",
    "mean": "its noise left out",
}


def _levels(parameters: Parameters) -> Any:
    steps = parameters["steps"]
    return log_linear_signal(np.arange(steps + 1) / steps, parameters["half_range"])


def _paths(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Follow a few runs from evenly spaced quantiles (noise-free) or from noise."""
    return joined([_of_rule(parameters, rule) for rule in RULES])


def _of_rule(parameters: Parameters, rule: str) -> Columns:
    count = parameters["runs"]
    paths: list[Any] = []
    _run(parameters, rule, count, lambda step, z: paths.append(z[:, 0].copy()))
    values = np.array(paths)
    steps, runs = np.meshgrid(np.arange(len(values)), np.arange(count), indexing="ij")
    return {
        "rule": np.array([rule] * values.size),
        "run": runs.ravel(),
        "step": steps.ravel(),
        "latent": values.ravel(),
    }


def _run(parameters: Parameters, rule: str, count: int, visit: Any = None) -> Any:
    p = np.tile(parameters["probabilities"], (count, 1))
    return oracle_inference(
        p, [[1.0], [-1.0]], _levels(parameters), rule=rule, seed=parameters["seed"], visit=visit
    )


def _shares(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Count the classes at the end of many runs."""
    count = parameters["counted"]
    ends = [(_run(parameters, rule, count) > 0).mean() for rule in RULES]
    return {"rule": list(RULES), "class_1": ends, "runs": [count] * len(RULES)}


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return rules that miss the share of class 1 by more than their steps explain."""
    table = tables["shares"]
    parameters = table.header["parameters"]
    share = parameters["probabilities"][0]
    error = 5 * np.sqrt(share * (1 - share) / table["runs"][0])
    by_rule = dict(zip(table["rule"], table["class_1"], strict=True))
    flow = flow_class_probabilities(_levels(parameters), [1.0, -1.0], parameters["probabilities"],
                                    "ddim")[0]  # fmt: skip
    found = []
    if not abs(by_rule["ddim"] - flow) < error:
        found.append(f"DDIM: class 1 in {by_rule['ddim']} of the runs, predicted {flow}")
    if not abs(by_rule["stochastic"] - share) < error + 0.02:
        found.append(f"noisy runs: class 1 in {by_rule['stochastic']}, predicted {share}")
    if not by_rule["mean"] > share + 0.1:
        found.append("without its noise the paper's step should prefer the more probable class")
    return found


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 2.5))
    for axes, rule in zip(picture.subplots(1, len(RULES), sharey=True), RULES, strict=True):
        share = tables["shares"].where(rule=rule)["class_1"][0]
        _draw_rule(axes, tables["paths"].where(rule=rule))
        axes.set_title(f"{RULES[rule]}: class 1 in {100 * share:.0f} %")
        axes.set_xlabel("step")
        if rule == "stochastic":
            axes.set_ylabel("latent $z$")
    return picture


def _draw_rule(axes: Axes, rows: Table) -> None:
    for run in range(rows["run"].max() + 1):
        path = rows.where(run=run)
        colour = BLUE if path["latent"][-1] > 0 else VERMILION
        axes.plot(path["step"], path["latent"], color=colour, linewidth=0.5, alpha=0.6)
    for height in (1.0, -1.0):
        axes.axhline(height, color=BLACK, linestyle=":", linewidth=0.8)
    axes.axhline(0, color=GREY, linewidth=0.5)
    axes.set(ylim=(-3.2, 3.2), xlim=(0, rows["step"].max()))


_COMMON = {"probabilities": [0.7, 0.3], "half_range": 6.0, "steps": 40, "seed": 4}
FIGURE = Figure(
    name="noprop.trajectories",
    title="Denoising trajectories of ideal blocks, with and without noise",
    recipes=(
        Recipe(
            name="paths",
            parameters={**_COMMON, "runs": 40},
            compute=_paths,
            tolerance={"latent": 1e-7},
        ),
        Recipe(
            name="shares",
            parameters={**_COMMON, "counted": 40_000},
            compute=_shares,
            tolerance={"class_1": 2e-4},
        ),
    ),
    draw=_draw,
    violations=_violations,
)
