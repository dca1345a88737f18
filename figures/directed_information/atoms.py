"""The atoms I(A_j ; O_i | past) of three systems, and which of them make up E and which P.

With the agent moving first, an action acts on the observations of its own and later steps
(j <= i): these atoms add up to the empowerment. The others, j > i, add up to the plasticity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.directed_information import (
    InformationTable,
    copy_agent,
    echo_environment,
    empowerment,
    information_table,
    joint_from_kernels,
    plasticity,
    uniform,
)
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, PAGE, VERMILION
from corollary.figures._table import Table
from corollary.figures.directed_information import _bandit
from corollary.theory.directed_information import closed_forms

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_WHITE = "#FFFFFF"
_ALLOWED = 1e-9  # bits; rounding of sums of entropies
_FLIP = 0.1
_SYSTEMS = ("copy agent, coins", "noisy copy and echo", "bandit learner")


def _table(system: str, steps: int) -> InformationTable:
    if system == "bandit learner":
        return _bandit.bandit((0.3, 0.7), 0.1, 0.0)
    agent, world = {
        "copy agent, coins": (copy_agent(), uniform()),
        "noisy copy and echo": (copy_agent(flip=_FLIP), echo_environment(_FLIP)),
    }[system]
    return information_table(joint_from_kernels(agent, world, steps, order="A"), steps)


def _closed_forms(system: str, steps: int) -> tuple[float, float] | None:
    """Return (E, P) where the system has closed forms."""
    return {
        "copy agent, coins": closed_forms.delayed_copy(steps, 1, 0.0),
        "noisy copy and echo": closed_forms.noisy_echo_pair(steps, _FLIP, _FLIP),
        "bandit learner": None,
    }[system]


def _atoms(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    rows = []
    for system in _SYSTEMS:
        atoms = _table(system, parameters["steps"]).atoms
        rows += [(system, j + 1, i + 1, atom) for (j, i), atom in np.ndenumerate(atoms)]
    names = ("system", "action", "observation", "atom")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _totals(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    rows = []
    for system in _SYSTEMS:
        table = _table(system, parameters["steps"])
        rows.append((
            system,
            empowerment(table, order="A").value,
            plasticity(table, order="A").value,
            table.conditional_mutual_information().value,
        ))  # fmt: skip
    names = ("system", "empowerment", "plasticity", "mutual_information")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    lines = []
    steps = tables["atoms"].header["parameters"]["steps"]
    for system in _SYSTEMS:
        atoms, totals = tables["atoms"].where(system=system), tables["totals"].where(system=system)
        late = atoms["action"] > atoms["observation"]
        power, plastic = (totals[name][0] for name in ("empowerment", "plasticity"))
        if not (atoms["atom"] >= -_ALLOWED).all():
            lines.append(f"{system}: a negative atom")
        sums = atoms["atom"][~late].sum(), atoms["atom"][late].sum()
        if not np.allclose(sums, (power, plastic), rtol=0, atol=_ALLOWED):
            lines.append(f"{system}: the atoms add up to {sums}, not to {power}, {plastic}")
        if not abs(power + plastic - totals["mutual_information"][0]) <= _ALLOWED:
            lines.append(f"{system}: E and P do not add up to the mutual information")
        known = _closed_forms(system, steps)
        if known and not np.allclose(known, (power, plastic), rtol=0, atol=_ALLOWED):
            lines.append(f"{system}: the closed form is {known}, not {power}, {plastic}")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    steps = tables["atoms"].header["parameters"]["steps"]
    picture = Picture(figsize=(PAGE, 2.9))
    panels = picture.subplots(1, 3, sharey=True)
    for axes, system in zip(panels, _SYSTEMS, strict=True):
        shown = _matrix(axes, tables["atoms"].where(system=system), steps)
        totals = tables["totals"].where(system=system)
        known = _closed_forms(system, steps)
        closed = [f" (closed form {value:.4f})" for value in known] if known else ["", ""]
        axes.set_title(
            f"{system[0].upper()}{system[1:]}\n"
            f"above: $E$ = {totals['empowerment'][0]:.4f}{closed[0]}\n"
            f"below: $P$ = {totals['plasticity'][0]:.4f}{closed[1]}",
            fontsize=6.5,
        )
        axes.set_xlabel("observation $i$")
    panels[0].set_ylabel("action $j$")
    picture.colorbar(shown, ax=panels, label=r"$I(A_j;\,O_i\mid\mathrm{past})$ (bits)", pad=0.01)
    return picture


def _matrix(axes: Axes, atoms: Table, steps: int) -> Any:
    """Draw the atoms, the line between those of E and those of P, and what is not zero."""
    matrix = atoms["atom"].reshape(steps, steps)
    shown = axes.imshow(matrix, cmap="Blues", vmin=0, vmax=1)
    for (j, i), atom in np.ndenumerate(matrix):
        if atom > 5e-4:
            colour = _WHITE if atom > 0.6 else BLACK
            axes.text(i, j, f"{atom:.2f}".lstrip("0"), fontsize=6, color=colour,
                      horizontalalignment="center", verticalalignment="center")  # fmt: skip
    stairs = np.arange(steps + 1).repeat(2) - 0.5
    axes.plot(stairs[1:-2], stairs[2:-1], color=VERMILION)  # below it j > i
    names = [str(step + 1) for step in range(steps)]
    axes.set_xticks(range(steps), names)
    axes.set_yticks(range(steps), names)
    return shown


_PARAMETERS = {"steps": _bandit.STEPS, "flip": _FLIP, "arms": [0.3, 0.7], "epsilon": 0.1}

FIGURE = Figure(
    name="directed_information.atoms",
    title="The atoms of directed information: which make up empowerment, which plasticity",
    recipes=(
        Recipe(
            name="atoms",
            parameters=_PARAMETERS,
            compute=_atoms,
            units={"atom": "bits"},
            tolerance={"atom": 1e-10},
        ),
        Recipe(
            name="totals",
            parameters=_PARAMETERS,
            compute=_totals,
            units=dict.fromkeys(("empowerment", "plasticity", "mutual_information"), "bits"),
            tolerance=dict.fromkeys(("empowerment", "plasticity", "mutual_information"), 1e-10),
        ),
    ),
    draw=_draw,
    violations=_violations,
)
