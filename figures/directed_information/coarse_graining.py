"""What is empowerment and what plasticity depends on the time resolution; the sum does not.

Reading both sequences in blocks of b steps moves the exchanges inside a block from the reverse
to the forward directed information. At b = n all is forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.directed_information import (
    InformationTable,
    autoregression_covariance,
    copy_agent,
    echo_environment,
    gaussian_table,
    information_table,
    joint_from_kernels,
)
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, ORANGE, PAGE
from corollary.figures._table import Table
from corollary.theory.directed_information import closed_forms, golden

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

_ALLOWED = 1e-9  # bits; rounding of sums of entropies
_FLIPS = (0.05, 0.2)  # of the echo and of the copy
_ECHO, _AUTOREGRESSION = "noisy copy and echo", "Gaussian autoregression"


def _systems(parameters: Parameters) -> dict[str, InformationTable]:
    steps, times = parameters["steps"], parameters["gaussian_steps"]
    world, agent = echo_environment(_FLIPS[0]), copy_agent(flip=_FLIPS[1])
    coefficients, noise = golden.GAUSSIAN_RATES[2][:2]
    covariance = autoregression_covariance(coefficients, noise, times)
    return {
        _ECHO: information_table(joint_from_kernels(agent, world, steps, order="A"), steps),
        _AUTOREGRESSION: gaussian_table(covariance, times),
    }


def _blocks(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    rows = []
    for name, table in _systems(parameters).items():
        n = table.horizon
        for block in (b for b in range(1, n + 1) if n % b == 0):
            coarse = table.blocked(block)
            moved = sum(
                float(atom)
                for (j, i), atom in np.ndenumerate(table.atoms)
                if j > i and j // block == i // block
            )
            forward, reverse = coarse.directed_information().value, coarse.strict().value
            rows.append((name, n, block, forward, reverse, moved))
    names = ("system", "steps", "block", "forward", "reverse", "moved")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _echo_reverse(steps: Any, block: Any) -> Any:
    """Return the closed form: each border between blocks keeps the one exchange across it."""
    per_step = closed_forms.noisy_echo_pair(2, *_FLIPS)[1]
    return (steps / block - 1) * per_step


def _violations(tables: Mapping[str, Table]) -> list[str]:
    lines = []
    for name in (_ECHO, _AUTOREGRESSION):
        rows = tables["blocks"].where(system=name)
        forward, reverse, moved = rows["forward"], rows["reverse"], rows["moved"]
        if not (np.ptp(forward + reverse) <= _ALLOWED):
            lines.append(f"{name}: the sum changes with the resolution")
        if not (np.abs(forward - forward[0] - moved) <= _ALLOWED).all():
            lines.append(f"{name}: what moves is not what is inside the blocks")
        if not (np.diff(forward) >= -_ALLOWED).all() or not abs(reverse[-1]) <= _ALLOWED:
            lines.append(f"{name}: the forward part falls, or is not all at the end")
    rows = tables["blocks"].where(system=_ECHO)
    off = np.abs(rows["reverse"] - _echo_reverse(rows["steps"], rows["block"])).max()
    if not off <= _ALLOWED:
        lines.append(f"{_ECHO}: the closed form is missed by {off}")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 2.8))
    for axes, name in zip(picture.subplots(1, 2), (_ECHO, _AUTOREGRESSION), strict=True):
        rows = tables["blocks"].where(system=name)
        n, total = int(rows["steps"][0]), rows["forward"][0] + rows["reverse"][0]
        axes.axhline(
            total, color=BLACK, linestyle="--", linewidth=0.8, label="sum: mutual information"
        )
        for part, colour, marker, label in (
            (rows["forward"], BLUE, "o", "forward (empowerment)"),
            (rows["reverse"], ORANGE, "s", "reverse (plasticity)"),
        ):
            axes.plot(rows["block"], part, marker, color=colour, label=label, clip_on=False)
        if name == _ECHO:
            block = np.geomspace(1, n, 100)
            reverse = _echo_reverse(n, block)
            axes.plot(block, reverse, color=ORANGE, linewidth=0.8)
            axes.plot(block, total - reverse, color=BLUE, linewidth=0.8)
            axes.plot([], [], "-", color=BLACK, label="lines: closed form")
        else:
            start = rows["forward"][0]
            axes.plot(rows["block"], start + rows["moved"], color=BLUE, linewidth=0.8)
            axes.plot(rows["block"], total - start - rows["moved"], color=ORANGE, linewidth=0.8)
            axes.plot([], [], "-", color=BLACK, label="lines: strict atoms inside blocks")
        axes.set_title(f"{name[0].upper()}{name[1:]}, $n$ = {n}")
        axes.set(xscale="log", xlabel="steps per block $b$", ylim=(0, 1.15 * total))
        axes.set_xticks(rows["block"], [str(b) for b in rows["block"]])
        axes.minorticks_off()
        axes.set_ylabel("directed information (bits)")
        axes.legend(loc="center right")
    return picture


FIGURE = Figure(
    name="directed_information.coarse-graining",
    title="The split between empowerment and plasticity by time resolution",
    recipes=(
        Recipe(
            name="blocks",
            parameters={"steps": 8, "flips": list(_FLIPS), "gaussian_steps": 24},
            compute=_blocks,
            units={"forward": "bits", "reverse": "bits", "moved": "bits"},
            tolerance=dict.fromkeys(("forward", "reverse", "moved"), 1e-10),
        ),
    ),
    draw=_draw,
    violations=_violations,
)
