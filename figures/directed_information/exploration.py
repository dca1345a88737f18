"""Plasticity of a bandit learner by its exploration, and what the literal arrow makes of it.

With the same-index formula in both directions every exchange within a step is counted twice: an
agent that acts at random, whatever it sees, looks plastic, and the sum of plasticity and
empowerment leaves the bound of the theorem.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.directed_information import (
    echo_environment,
    empowerment,
    information_table,
    joint_from_kernels,
    plasticity,
    uniform,
)
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, ORANGE, PAGE, VERMILION
from corollary.figures._table import Table
from corollary.figures.directed_information import _bandit
from corollary.theory.directed_information import closed_forms, golden

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_ALLOWED = 1e-9  # bits; rounding of sums of entropies
_PRINTED = 5e-7  # bits; half a unit of the last digit of the golden values
_STYLES = ((BLUE, "o"), (ORANGE, "s"))  # one per bandit


def _bandits(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    rows = []
    for success in parameters["arms"]:
        for epsilon in np.linspace(0, 1, parameters["points"]):
            table = _bandit.bandit(success, float(epsilon), 0.0)
            both = [
                plasticity(table, _bandit.SOURCE, _bandit.TARGET, order="A", arrow=arrow).value
                for arrow in ("auto", "literal")
            ]
            rows.append((_bandit.arms_label(success), epsilon, *both))
    names = ("arms", "epsilon", "plasticity", "literal")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _echoes(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Tabulate an environment that repeats a random agent's actions, each with a flip."""
    steps, rows = parameters["steps"], []
    for flip in np.linspace(0, 0.5, parameters["points"]):
        joint = joint_from_kernels(uniform(), echo_environment(float(flip)), steps, order="A")
        table = information_table(joint, steps)
        rows.append((
            flip,
            empowerment(table, order="A").value,
            plasticity(table, order="A").value,
            plasticity(table, order="A", arrow="literal").value,
            closed_forms.fair_symmetric_channel(steps, float(flip))[0],
        ))  # fmt: skip
    names = ("flip", "empowerment", "plasticity", "literal", "closed_form")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _random_agent_literal(success: float) -> float:
    """Return what the literal arrow gives a random agent, arms p and 1 - p: one term per step."""
    common = min(_bandit.SOURCE[1], _bandit.TARGET[1]) - _bandit.TARGET[0] + 1
    return closed_forms.fair_symmetric_channel(common, success)[0]


def _violations(tables: Mapping[str, Table]) -> list[str]:
    lines = []
    for column, arms in enumerate(golden.BANDIT_ARMS):
        label = _bandit.arms_label(arms)
        curve = tables["bandits"].where(arms=label)
        if not (np.diff(curve["plasticity"]) < 0).all():
            lines.append(f"arms {label}: plasticity does not fall with exploration")
        if not abs(curve["plasticity"][-1]) <= _ALLOWED:
            lines.append(f"arms {label}: a random agent has plasticity {curve['plasticity'][-1]}")
        if not abs(curve["literal"][-1] - _random_agent_literal(arms[0])) <= _ALLOWED:
            lines.append(f"arms {label}: the literal arrow gives a random agent another value")
        for row in golden.BANDIT_EXPLORATION:
            here = curve["plasticity"][np.argmin(np.abs(curve["epsilon"] - row[0]))]
            known = row[1:][column][0]
            if not abs(here - known) <= _PRINTED:
                lines.append(f"arms {label}, exploration {row[0]}: {here}, not {known}")
    echoes = tables["echoes"]
    bound = echoes.header["parameters"]["steps"]
    for name in ("empowerment", "literal"):
        off = np.abs(echoes[name] - echoes["closed_form"]).max()
        if not off <= _ALLOWED:
            lines.append(f"echo: {name} misses n (1 - h(p)) by {off}")
    if not (np.abs(echoes["plasticity"]) <= _ALLOWED).all():
        lines.append("echo: an agent that sees nothing has plasticity")
    if not (echoes["empowerment"] + echoes["plasticity"] <= bound + _ALLOWED).all():
        lines.append("echo: the sum exceeds its bound")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 2.9))
    left, right = picture.subplots(1, 2)
    _draw_bandits(left, tables["bandits"])
    _draw_echoes(right, tables["echoes"])
    return picture


def _draw_bandits(axes: Axes, table: Table) -> None:
    for arms, (colour, marker) in zip(golden.BANDIT_ARMS, _STYLES, strict=True):
        label = _bandit.arms_label(arms)
        curve = table.where(arms=label)
        some = slice(None, None, 4)
        axes.plot(curve["epsilon"], curve["plasticity"], color=colour)
        axes.plot(curve["epsilon"][some], curve["plasticity"][some], marker, color=colour,
                  label=f"arms {label}")  # fmt: skip
        axes.plot(curve["epsilon"], curve["literal"], "--", color=colour)
        axes.plot(1, _random_agent_literal(arms[0]), marker, markerfacecolor="white",
                  color=colour, clip_on=False, zorder=3)  # fmt: skip
    axes.plot([], [], "-", color=BLACK, label="strict arrow")
    axes.plot([], [], "--", color=BLACK, label="literal arrow")
    axes.plot([], [], "o", color=BLACK, markerfacecolor="white", label=r"$2\,(1-h(p))$")
    axes.set(xlabel="exploration ε of the learner", xlim=(0, 1), ylim=(0, 1.95))
    axes.set_ylabel(r"plasticity $O_{1\!:\!3}\to A_{2\!:\!5}$ (bits)")
    axes.legend(loc="upper right", ncols=2, columnspacing=1.0)


def _draw_echoes(axes: Axes, table: Table) -> None:
    bound = table.header["parameters"]["steps"]
    some = slice(None, None, 4)
    flip, power, literal = table["flip"], table["empowerment"], table["literal"]
    axes.plot(flip, table["closed_form"], color=BLUE, label=r"$n\,(1-h(p))$")
    axes.plot(flip[some], (power + table["plasticity"])[some], "o", color=BLUE,
              label="$E+P$, strict arrow")  # fmt: skip
    axes.plot(flip, 2 * table["closed_form"], "--", color=VERMILION, label=r"$2n\,(1-h(p))$")
    axes.plot(flip[some], (power + literal)[some], "s", color=VERMILION,
              label="$E+P$, literal arrow")  # fmt: skip
    axes.axhline(bound, color=BLACK, linestyle=":", label=f"bound of the theorem, $m$ = {bound}")
    axes.fill_between(flip, bound, 2 * bound, color=VERMILION, alpha=0.08, linewidth=0)
    axes.set(xlabel="flip probability $p$ of an echo of random actions", ylim=(0, 2 * bound))
    axes.set(xlim=(0, 0.5), ylabel="empowerment + plasticity (bits)")
    axes.legend(loc="upper right")


_ARMS = [list(arms) for arms in golden.BANDIT_ARMS]

FIGURE = Figure(
    name="directed_information.exploration",
    title="Plasticity of a bandit learner by exploration, and the literal arrow as a warning",
    recipes=(
        Recipe(
            name="bandits",
            parameters={**_bandit.PARAMETERS, "arms": _ARMS, "points": 41},
            compute=_bandits,
            units={"plasticity": "bits", "literal": "bits"},
            tolerance={"plasticity": 1e-10, "literal": 1e-10},
        ),
        Recipe(
            name="echoes",
            parameters={"steps": 3, "points": 41},
            compute=_echoes,
            units={"empowerment": "bits", "plasticity": "bits", "literal": "bits"},
            tolerance=dict.fromkeys(("empowerment", "plasticity", "literal"), 1e-10),
        ),
    ),
    draw=_draw,
    violations=_violations,
)
