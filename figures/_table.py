"""Tables: named columns with a header that says how they were made, as CSV files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = dict[str, NDArray[Any]]

_DIGITS = 12
_RELATIVE = 1e-9  # what rounding to 12 digits and another machine's exp and log leave


@dataclass(frozen=True)
class Table:
    """Columns of equal length, and what made them.

    Attributes
    ----------
    columns : dict of str to (rows,) array
        Whole numbers, real numbers or text.
    header : mapping of str to JSON values
        Parameters, units, versions.
    """

    columns: Columns
    header: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def where(self, **values: object) -> Table:
        """Return the rows in which every named column has the given value."""
        keep = np.ones(len(self), bool)
        for name, value in values.items():
            keep &= self.columns[name] == value
        return Table({name: column[keep] for name, column in self.columns.items()}, self.header)

    def to_csv(self) -> str:
        """Return the table as text: ``# key: JSON`` lines, a line of names, one line per row."""
        lines = [f"# {key}: {json.dumps(value)}\n" for key, value in self.header.items()]
        rows = io.StringIO()
        writer = csv.writer(rows, lineterminator="\n")
        writer.writerow(self.columns)
        texts = [[_text(value) for value in column] for column in self.columns.values()]
        writer.writerows(zip(*texts, strict=True))
        return "".join(lines) + rows.getvalue()

    @classmethod
    def from_csv(cls, text: str) -> Table:
        """Return the table that `to_csv` wrote.

        Raises
        ------
        ValueError
            If the text is not such a table.
        """
        lines = text.splitlines()
        header = {}
        while lines and lines[0].startswith("# "):
            key, colon, value = lines.pop(0)[2:].partition(": ")
            if not colon:
                raise ValueError(f"expected '# key: JSON' in the header of a table, got {key!r}")
            header[key] = json.loads(value)
        rows = list(csv.reader(lines))
        if not rows or any(len(row) != len(rows[0]) for row in rows):
            raise ValueError("expected a table: a line of names, then rows of the same length")
        return cls({name: _parsed(column) for name, *column in zip(*rows, strict=True)}, header)


def _text(value: Any) -> str:
    return f"{value:.{_DIGITS}g}" if isinstance(value, np.floating) else str(value)


def _parsed(texts: list[str]) -> NDArray[Any]:
    for kind in (np.int64, np.float64):
        try:
            return np.array(texts, dtype=kind)
        except ValueError:
            continue
    return np.array(texts)


def rounded(columns: Mapping[str, Any]) -> Columns:
    """Return the columns as they would be read back from a file."""
    table = Table({name: np.asarray(column) for name, column in columns.items()})
    return Table.from_csv(table.to_csv()).columns


def joined(parts: list[Columns]) -> Columns:
    """Return the parts, which have the same columns, one below the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def differences(
    found: Columns, stored: Columns, tolerance: Mapping[str, float] | None = None
) -> list[str]:
    """Return what differs between two sets of columns, one line per column; none is empty.

    Parameters
    ----------
    found, stored : columns
    tolerance : mapping of column to float
        Absolute tolerance in the column's unit. Columns not named must agree to 9 digits, and
        exactly where they hold whole numbers or text.
    """
    if set(found) != set(stored):
        return [f"columns {sorted(found)} instead of {sorted(stored)}"]
    lines = []
    for name, expected in stored.items():
        values = found[name]
        if len(values) != len(expected):
            return [f"{len(values)} rows instead of {len(expected)}"]
        if expected.dtype.kind in "fi" and values.dtype.kind in "fi":
            exact = expected.dtype.kind == values.dtype.kind == "i"
            relative = 0.0 if exact else _RELATIVE * np.abs(expected)
            allowed = (tolerance or {}).get(name, relative)
            wrong = ~(np.abs(values - expected) <= allowed)
        else:
            wrong = values != expected
        if wrong.any():
            row = int(np.argmax(wrong))
            lines.append(
                f"{name}: {wrong.sum()} of {len(wrong)} rows differ, "
                f"first row {row}: {values[row]} instead of {expected[row]}"
            )
    return lines
