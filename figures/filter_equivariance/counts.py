"""How many filter-equivariant functions there are: counted by search, and in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.filter_equivariance.enumeration import count_families, natural_pair_words
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLUE, GREY, PAGE
from corollary.figures._table import Table
from corollary.theory import filter_equivariance as theory

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

_WIDTHS = (0.07, 0.33, 0.05, 0.055, 0.07, 0.08, 0.115, 0.135, 0.115)
_UNKNOWN = -1  # not counted, or without a closed form
_COLUMNS = 7


def _only(count: int, copies: int) -> tuple[int, ...]:
    """Return mu: so many copies of a letter that occurs `count` times, none of others."""
    return (0,) * (count - 1) + (copies,)


def _search(count: int, copies: int, symmetry: Any) -> int:
    return count_families(3, lambda c: copies, [count], symmetry=symmetry)


_NATURAL = "natural, multiplicity m"
_DISTINCT = "rearranging A different letters"
_ORDER = "order-natural, no duplicates, m"
_BY_LENGTH = "renaming, length up to L"
_LENGTHS = "natural rearrangements by length"


def _rows(parameters: Parameters) -> dict[str, tuple[str, list[int], list[int]]]:
    """Return for each class of functions the claim, the counts by search, the closed form."""
    known = theory.GOLDEN[_LENGTHS]
    rows = {
        _NATURAL: (
            "FE-11",
            [len(natural_pair_words(m)) for m in range(_COLUMNS)],
            [theory.natural_functions(m) for m in range(_COLUMNS)],
        ),
        _DISTINCT: (
            "FE-15",
            [count_families(a, lambda c: 1, [1], symmetry="none") for a in range(6)],
            [theory.rearrangements(a) for a in range(_COLUMNS)],
        ),
        _ORDER: (
            "FE-16",
            [_search(1, m, "order") for m in range(4)],
            [theory.order_natural_functions(m) for m in range(_COLUMNS)],
        ),
        _BY_LENGTH: (
            "FE-18",
            [count_families(3, lambda c: c, range(1, n + 1), symmetry="renaming", longest=n)
             for n in range(len(known))],
            list(known),
        ),
    }  # fmt: skip
    for count, most in ((1, 3), (2, 3), (3, 2), (4, 1)):
        rows[f"renaming, letters {count}×, m copies"] = (
            "FE-31",
            [_search(count, m, "renaming") for m in range(most + 1)],
            [theory.renaming_natural_functions(_only(count, m)) for m in range(_COLUMNS)],
        )
    for count, most in ((2, 2), (3, 1)):
        rows[f"order-natural, letters {count}×, m copies"] = (
            "FE-32",
            [_search(count, m, "order") for m in range(most + 1)],
            [theory.renaming_natural_functions(_only(count, m), sorts=True)
             for m in range(_COLUMNS)],
        )  # fmt: skip
    return rows


def _counts(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    rows = []
    for name, (claim, searched, closed) in _rows(parameters).items():
        for place, value in enumerate(closed):
            found = searched[place] if place < len(searched) else _UNKNOWN
            rows.append((name, claim, place, found, value))
    names = ("functions", "claim", "parameter", "counted", "closed_form")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _violations(tables: Mapping[str, Table]) -> list[str]:
    rows = tables["counts"]
    wrong = (rows["counted"] != _UNKNOWN) & (rows["counted"] != rows["closed_form"])
    lines = [
        f"{rows['functions'][i]}, {rows['parameter'][i]}: {rows['counted'][i]} counted"
        for i in np.flatnonzero(wrong)
    ]
    for name in dict.fromkeys(rows["functions"]):
        if (rows.where(functions=name)["counted"] != _UNKNOWN).sum() < 2:
            lines.append(f"{name}: nothing counted")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    rows = tables["counts"]
    names = list(dict.fromkeys(rows["functions"].tolist()))
    picture = Picture(figsize=(PAGE, 2.4))
    axes = picture.subplots()
    axes.axis("off")
    head = ["claim", "functions that commute with filters", *map(str, range(_COLUMNS))]
    cells, colours = [], []
    for name in names:
        row = rows.where(functions=name)
        values = [_shown(int(value)) for value in row["closed_form"]]
        values += [""] * (_COLUMNS - len(values))
        counted = [*(row["counted"] != _UNKNOWN), *[False] * (_COLUMNS - len(row))]
        cells.append([row["claim"][0], name, *values])
        colours.append([BLUE if found else GREY for found in counted])
    table = axes.table(cells, colLabels=head, loc="center", edges="horizontal",
                       colWidths=_WIDTHS)  # fmt: skip
    table.auto_set_font_size(False)
    table.set_fontsize(6)
    for (line, column), cell in table.get_celld().items():
        cell.set_linewidth(0.4)
        cell.get_text().set_horizontalalignment("left" if column < 2 else "right")
        if line and column > 1:
            cell.get_text().set_color(colours[line - 1][column - 2])
            if colours[line - 1][column - 2] == BLUE:
                cell.get_text().set_fontweight("bold")
    axes.set_title("Bold: counted by search, equal to the closed form. Grey: closed form alone.",
                   fontsize=7)  # fmt: skip
    return picture


def _shown(value: int) -> str:
    if value < 10**9:
        return f"{value:,}"
    mantissa, exponent = f"{value:.5e}".split("e+")
    return rf"${mantissa}\cdot 10^{{{exponent}}}$"


FIGURE = Figure(
    name="filter_equivariance.counts",
    title="The number of filter-equivariant functions by class, counted and in closed form",
    recipes=(Recipe("counts", {"columns": _COLUMNS}, _counts),),
    draw=_draw,
    violations=_violations,
)
