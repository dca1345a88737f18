"""Plasticity and empowerment of a greedy bandit learner, by the value it starts from.

The learner never explores; a pessimist never leaves its first arm. What bounds the sum depends on
the intervals: min(3, 4) = 3 bits for mirrored ones, and the whole square, 5 bits, for the
intervals of the published figure, the same for both terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.directed_information import empowerment, plasticity, tension
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, ORANGE, PAGE, PURPLE
from corollary.figures._table import Table
from corollary.figures.directed_information import _bandit
from corollary.theory.directed_information import golden
from corollary.theory.directed_information.closed_forms import tension_bound

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_ALLOWED = 1e-9  # bits
_PRINTED = 5e-7  # bits; half a unit of the last digit of the golden values
_MIRRORED = tension_bound(_bandit.SOURCE, _bandit.TARGET, 2, 2)
_WHOLE = tension_bound((1, _bandit.STEPS), (1, _bandit.STEPS), 2, 2)


def _learners(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    rows = []
    for success in parameters["arms"]:
        for value in np.linspace(-1, 1, parameters["points"]):
            table = _bandit.bandit(success, 0.0, float(value))
            rows.append((
                _bandit.arms_label(success),
                value,
                plasticity(table, _bandit.SOURCE, _bandit.TARGET, order="A").value,
                empowerment(table, _bandit.SOURCE, _bandit.TARGET, order="A").value,
                tension(table, _bandit.SOURCE, _bandit.TARGET, order="A").total,
            ))  # fmt: skip
    names = ("arms", "initial_value", "plasticity", "empowerment", "mirrored_sum")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    table, lines = tables["learners"], []
    if not (table["mirrored_sum"] <= _MIRRORED + _ALLOWED).all():
        lines.append(f"a sum over mirrored intervals exceeds {_MIRRORED} bits")
    if not (table["plasticity"] + table["empowerment"] <= _WHOLE + _ALLOWED).all():
        lines.append(f"a sum over the same intervals exceeds {_WHOLE} bits")
    if not (table["mirrored_sum"] >= table["empowerment"] - _ALLOWED).all():
        lines.append("a mirrored sum is below its empowerment")
    for column, arms in enumerate(golden.BANDIT_ARMS):
        curve = table.where(arms=_bandit.arms_label(arms))
        for row in golden.BANDIT_INITIAL_VALUE:
            at = np.argmin(np.abs(curve["initial_value"] - row[0]))
            here = np.array([curve["plasticity"][at], curve["empowerment"][at]])
            if not (np.abs(here - row[1:][column]) <= _PRINTED).all():
                lines.append(f"arms {arms}, initial value {row[0]}: {here}, not {row[1:][column]}")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 3.1))
    panels = picture.subplots(1, 2, sharey=True)
    for column, (axes, arms) in enumerate(zip(panels, golden.BANDIT_ARMS, strict=True)):
        label = _bandit.arms_label(arms)
        _panel(axes, tables["learners"].where(arms=label), column)
        axes.set_title(f"Arms {label}, greedy")
        axes.set(xlabel=r"initial value $Q_0$ of both arms", xlim=(-1.03, 1.03), ylim=(-0.15, 5.6))
    panels[0].set_ylabel("information (bits)")
    handles, labels = panels[0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside upper center", ncols=4, columnspacing=1.2)
    return picture


def _panel(axes: Axes, curve: Table, column: int) -> None:
    at = curve["initial_value"]
    lines = (
        (curve["plasticity"], BLUE, "o", r"$P$: $O_{1\!:\!3}\to A_{2\!:\!5}$"),
        (curve["empowerment"], ORANGE, "s", r"$E$: $A_{1\!:\!3}\to O_{2\!:\!5}$"),
        (curve["plasticity"] + curve["empowerment"], GREEN, "^", "$E+P$, same intervals"),
        (curve["mirrored_sum"], PURPLE, "D", "$E+P$, mirrored intervals"),
    )
    for values, colour, marker, label in lines:
        axes.plot(at, values, f"-{marker}", color=colour, label=label, linewidth=0.8, markersize=3)
    known = [(row[0], value) for row in golden.BANDIT_INITIAL_VALUE for value in row[1:][column]]
    axes.plot(*zip(*known, strict=True), "o", color=BLACK, markerfacecolor="none", markersize=6,
              label="independent values")  # fmt: skip
    axes.axhline(_MIRRORED, color=PURPLE, linestyle=":", label="bound, mirrored intervals")
    axes.axhline(_WHOLE, color=GREEN, linestyle="--", label="bound, same intervals")


FIGURE = Figure(
    name="directed_information.initial-value",
    title="Plasticity, empowerment and their sum by the initial value of a greedy bandit learner",
    recipes=(
        Recipe(
            name="learners",
            parameters={
                **_bandit.PARAMETERS,
                "arms": [list(arms) for arms in golden.BANDIT_ARMS],
                "points": 33,
            },
            compute=_learners,
            units=dict.fromkeys(("plasticity", "empowerment", "mirrored_sum"), "bits"),
            tolerance=dict.fromkeys(("plasticity", "empowerment", "mirrored_sum"), 1e-10),
        ),
    ),
    draw=_draw,
    violations=_violations,
)
