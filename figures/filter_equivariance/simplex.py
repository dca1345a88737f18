"""Outputs on the faces of a simplex: letters are vertices, sublists are faces.

A filter-equivariant function commutes with taking faces. The outputs on the edges of a triangle
have one filling or none, and none exactly when they run in a circle; the outputs on the faces of
a tetrahedron have exactly one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.filter_equivariance import InconsistentPairs, amalgamate
from corollary.algorithms.filter_equivariance._definition import amalgams_definition, restricted
from corollary.algorithms.filter_equivariance.zoo import ZOO
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, PAGE, SKY, VERMILION
from corollary.figures._table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_BEATS = {("r", "p"), ("p", "s"), ("s", "r")}  # rock before paper before scissors before rock


def _circular(items: Sequence[Any]) -> list[Any]:
    """Return one or two different letters in the order of the game; no more than two."""
    if len(set(items)) > 2:
        raise ValueError("the game orders two letters")
    return sorted(items, key=lambda x: any((y, x) in _BEATS for y in items))


_PANELS: dict[str, tuple[str, Callable[[list[Any]], list[Any]]]] = {
    "frequency sort": ("12312", next(a.function for a in ZOO if "frequen" in a.name)),
    "rock, paper, scissors": ("rps", _circular),
    "sort": ("2413", sorted),
}
_NONE = "none"


def _faces(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Tabulate the outputs on all faces, amalgamated from pairs where a face has more letters."""
    rows = []
    for panel, (items, function) in _PANELS.items():
        letters = list(dict.fromkeys(items))
        for size in range(1, len(letters) + 1):
            for face in combinations(letters, size):
                sublist = restricted(items, face)
                try:
                    output = "".join(amalgamate(function, sublist))
                except InconsistentPairs:
                    output = _NONE
                rows.append((panel, "".join(face), "".join(map(str, sublist)), output))
    names = ("panel", "face", "sublist", "output")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _fillings(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Count, by trying all words, the fillings of what the pairs of letters have."""
    rows = []
    for panel, (items, function) in _PANELS.items():
        letters = list(dict.fromkeys(items))
        counts = {x: len(function(list(restricted(items, {x})))) for x in letters}
        words = {p: function(list(restricted(items, p))) for p in combinations(letters, 2)}
        rows.append((panel, len(letters), len(amalgams_definition(counts, words))))
    names = ("panel", "letters", "fillings")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    lines = []
    for panel in _PANELS:
        faces = tables["faces"].where(panel=panel)
        fillings = int(tables["fillings"].where(panel=panel)["fillings"][0])
        whole = faces["output"][-1]
        if fillings != (whole != _NONE):
            lines.append(f"{panel}: {fillings} fillings, and the output is {whole}")
        for face, output in zip(faces["face"], faces["output"], strict=True):
            expected = "".join(x for x in whole if x in face)
            if whole != _NONE and output != expected:
                lines.append(f"{panel}: the face {face} has {output} instead of {expected}")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(PAGE, 2.9))
    panels = picture.subplots(1, 3, width_ratios=[1, 1, 1.75])
    for axes, panel in zip(panels, _PANELS, strict=True):
        faces = tables["faces"].where(panel=panel)
        fillings = int(tables["fillings"].where(panel=panel)["fillings"][0])
        filled = {0: "no filling", 1: "one filling"}[fillings]
        axes.set_title(f"{panel[0].upper()}{panel[1:]}:\n{filled}", fontsize=7)
        axes.set(xlim=(-1.15, 1.15), ylim=(-1.0, 1.2), aspect="equal")
        axes.axis("off")
        _simplex(axes, faces)
    return picture


def _simplex(axes: Axes, faces: Table) -> None:
    """Draw the letters as corners, the last of four in the middle, and label every face."""
    letters = [face for face in faces["face"] if len(face) == 1]
    angles = np.deg2rad([210, 90, -30])
    corners = [np.array([np.cos(angle), np.sin(angle)]) for angle in angles]
    place = dict(zip(letters, [*corners, np.zeros(2)], strict=False))
    unfilled = faces["output"][-1] == _NONE
    if not unfilled:
        axes.fill(*np.transpose(corners), color=SKY, alpha=0.25, linewidth=0)
    for face, sublist, output in zip(faces["face"], faces["sublist"], faces["output"], strict=True):
        centre = _label_place(face, letters, place)
        colour = {1: BLACK, 2: BLUE, 3: GREEN, 4: BLACK}[len(face)]
        if unfilled and len(face) > 1:
            colour = VERMILION
        if len(face) == 1:
            axes.plot(*place[face], "o", color=BLACK, zorder=3)
        if len(face) == 2:
            _edge(axes, place[output[0]], place[output[-1]], colour, circle=unfilled)
        text = axes.text(centre[0], centre[1], f"{sublist} → {output}", color=colour, zorder=4,
                         fontsize=6, ha="center", va="center")  # fmt: skip
        if len(face) == 2:
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.6})


def _label_place(face: str, letters: Sequence[str], place: Mapping[str, Any]) -> Any:
    """Return where a label stands: at its face, or beside it where that is too narrow."""
    centre = np.mean([place[x] for x in face], axis=0)
    if len(face) == 1:
        return centre + np.array([0, 0.13 if centre[1] > 0.5 else -0.13])
    if len(letters) < 4:
        return centre
    if len(face) == 4:
        return np.array([0, -0.92])
    if letters[-1] in face:  # inside
        upper = len(face) == 3 and centre[1] > 0
        return np.array([np.sign(centre[0]) * 0.28, 0.06]) if upper else centre
    return np.array([0, -0.77]) if len(face) == 3 else centre * (1.25 if centre[1] < 0 else 1.45)


def _edge(axes: Axes, first: Any, last: Any, colour: str, circle: bool) -> None:
    if circle:
        arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 3, "shrinkB": 3}
        axes.annotate("", xy=last, xytext=first, arrowprops=arrow)
    else:
        axes.plot(*np.transpose([first, last]), color=colour, linewidth=0.8)


FIGURE = Figure(
    name="filter_equivariance.simplex",
    title="Outputs on the faces of a simplex: one filling, none, and one",
    recipes=(
        Recipe("faces", {panel: items for panel, (items, _) in _PANELS.items()}, _faces),
        Recipe("fillings", {panel: items for panel, (items, _) in _PANELS.items()}, _fillings),
    ),
    draw=_draw,
    violations=_violations,
)
