"""Published figures and tables, each regenerated from nothing.

``corollary figures --out DIR`` writes every figure as SVG, PDF and PNG, and the tables they are
drawn from to ``DIR/tables``. The tables of the released figures are stored in this package, in
``tables/``; ``corollary figures --check`` compares with them. To store new ones, copy
``DIR/tables/*.csv`` there.
"""

from corollary.figures._command import build_all, check_all
from corollary.figures._pipeline import (
    Figure,
    Recipe,
    Workspace,
    build,
    check,
    select,
    stored_table,
)
from corollary.figures._table import Table

__all__ = [
    "Figure",
    "Recipe",
    "Table",
    "Workspace",
    "build",
    "build_all",
    "check",
    "check_all",
    "select",
    "stored_table",
]
