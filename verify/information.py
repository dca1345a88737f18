"""Directed information between two columns of a file of symbols."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corollary.algorithms.directed_information import plug_in_rate, universal_rate


@dataclass(frozen=True)
class Direction:
    """What one column directs to the other, in bits per row.

    Attributes
    ----------
    source, target : str
        Names of the columns.
    same_row : bool
        Whether the source acts on the target of its own row, or on later rows only.
    rate : float
        Estimate of the context tree (the first of the universal ones); may be below zero.
    interval : (float, float)
        Its 95 % block-bootstrap interval, if the true rate is above zero.
    counted_rate, p_value : float
        Bias-corrected estimate from counts at the given memory, and the chi-square p-value of no
        directed information there.
    """

    source: str
    target: str
    same_row: bool
    rate: float
    interval: tuple[float, float]
    counted_rate: float
    p_value: float


@dataclass(frozen=True)
class ColumnInformation:
    """Both directions between two columns; their rates add up to that of the mutual information."""

    rows: int
    depth: int
    memory: int
    mutual: float
    directions: tuple[Direction, Direction]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"unit": "bit per row", **asdict(self)}


def column_information(
    path: Path | str, source: str, target: str, *, depth: int = 3, memory: int = 1, seed: int = 0
) -> ColumnInformation:
    """Return what two columns of symbols in a CSV file direct to each other.

    Within a row the source comes first: it acts on the target of its own row, the target on the
    source of later rows only, so that nothing is counted twice.

    Parameters
    ----------
    path : path
        CSV file in UTF-8 with a line of column names.
    source, target : str
        Names of the columns; their entries are labels, rows are steps of time.
    depth : int
        Longest context, in rows, of the context tree.
    memory : int
        Rows of past that the test counts.
    seed : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        If the file cannot be read as such a table, a value is missing or rows are too few.
    """
    x, y = read_columns(path, source, target)
    estimate = universal_rate(x, y, depth=depth)
    forward = plug_in_rate(x, y, source_memory=memory, target_memory=memory, arrow="full")
    reverse = plug_in_rate(y, x, source_memory=memory, target_memory=memory, arrow="strict")
    directions = (
        Direction(source, target, True, estimate.forward,
                  estimate.interval("forward", seed=seed), forward.value, forward.p_value),
        Direction(target, source, False, estimate.reverse,
                  estimate.interval("reverse", seed=seed), reverse.value, reverse.p_value),
    )  # fmt: skip
    return ColumnInformation(len(x), depth, memory, estimate.mutual, directions)


def read_columns(path: Path | str, source: str, target: str) -> tuple[Any, Any]:
    """Return two columns of a CSV file as arrays of labels, checked to be complete."""
    if source == target:
        raise ValueError(f"source and target are both {source!r}; they must be two columns")
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            return _columns(csv.DictReader(file, strict=True), str(path), source, target)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is not a readable CSV file: {error}") from error


def _columns(reader: csv.DictReader[str], path: str, source: str, target: str) -> tuple[Any, Any]:
    names = reader.fieldnames or []
    for name in (source, target):
        if names.count(name) != 1:
            found = "no column" if name not in names else "more than one column"
            raise ValueError(f"{path} has {found} {name!r}; its columns are {', '.join(names)}")
    columns: tuple[list[str], list[str]] = ([], [])
    for row in reader:
        for name, column in zip((source, target), columns, strict=True):
            value = (row[name] or "").strip()
            if not value or value.lower() in ("na", "nan", "null"):
                raise ValueError(
                    f"{path}, line {reader.line_num}: column {name!r} has a missing value"
                )
            column.append(value)
    if not columns[0]:
        raise ValueError(f"{path} has no rows below its line of names")
    return np.array(columns[0]), np.array(columns[1])
