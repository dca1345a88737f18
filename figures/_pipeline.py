"""From nothing to pictures: the data step, the drawing step, and the check.

A figure is a module with a `FIGURE`: recipes for tables, and a function that draws them. The data
step writes every table as a CSV file once it is whole, and the parts of a long one as they come,
so that an interrupted run continues where it stopped. The drawing step reads tables alone.

The tables of the published set are stored beside this file, in ``tables/``; `check` recomputes
them, or a stated part of them, and compares.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import os
import pkgutil
import platform
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corollary import __version__
from corollary.algorithms._kernel import sources_stamp
from corollary.figures._table import Columns, Table, differences, rounded
from corollary.verify.ledger import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

STORED = Path(__file__).parent / "tables"

# Called with what is being computed, and how many of how many steps of it are done.
Progress = Callable[[str, int, int], None]
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Recipe:
    """How one table is made, and how closely it can be made again.

    Attributes
    ----------
    name : str
    parameters : mapping
        All that the table depends on, besides the code; values of JSON.
    compute : function of (parameters, `Workspace`) -> columns
    units : mapping of column to str
        For the columns whose names do not say it all.
    tolerance : mapping of column to float
        See `differences`; for what the rounding of another machine leaves.
    scatter : mapping of column to float
        Absolute, instead of `tolerance`, where a training is repeated: rounding on another
        machine leads it to another model.
    excerpt : function of (parameters, stored table, `Workspace`) -> two sets of columns
        For tables too slow to check whole: a part of the stored table, and the same recomputed.
    excerpt_is : str
        What the excerpt covers, for the report.
    """

    name: str
    parameters: Parameters
    compute: Callable[[Parameters, Workspace], Mapping[str, Any]]
    units: Mapping[str, str] = field(default_factory=dict)
    tolerance: Mapping[str, float] = field(default_factory=dict)
    scatter: Mapping[str, float] = field(default_factory=dict)
    excerpt: Callable[[Parameters, Table, Workspace], tuple[Columns, Columns]] | None = None
    excerpt_is: str = ""


@dataclass(frozen=True)
class Figure:
    """A published figure or table.

    Attributes
    ----------
    name : str
        Family and figure, such as ``softmax.envelopes``; a long run ends in ``-long``.
    title : str
        What it shows, in one line.
    recipes : sequence of Recipe
        Later ones may use the tables of earlier ones.
    draw : function of {recipe name: table} -> matplotlib figure
    violations : function of {recipe name: table} -> list of str
        Where the drawn points break the law drawn beside them; none is empty.
    """

    name: str
    title: str
    recipes: Sequence[Recipe]
    draw: Callable[[Mapping[str, Table]], Picture]
    violations: Callable[[Mapping[str, Table]], list[str]]


@dataclass
class Workspace:
    """What a data step may use: earlier tables, a folder for parts, and a progress display.

    All recipes of a figure share the folder, which goes when the last table is done.
    """

    tables: Mapping[str, Table]
    folder: Path
    progress: Progress

    def part(self, name: str, compute: Callable[[], Mapping[str, Any]]) -> Columns:
        """Return the columns of a part; they are computed only if no earlier run has them."""
        path = self.folder / f"{name}.csv"
        if not path.exists():
            write_bytes(path, Table(rounded(compute())).to_csv().encode())
        return _read(path).columns


@dataclass(frozen=True)
class Outcome:
    """The result of one check: which table or figure, what was compared, and what differs."""

    name: str
    compared: str
    differences: tuple[str, ...]


def catalogue(long: bool = False) -> dict[str, Figure]:
    """Return all figures by name, or all long runs."""
    attribute = "LONG" if long else "FIGURE"
    found = {}
    for family in _modules("corollary.figures"):
        for module in _modules(family):
            figure = getattr(importlib.import_module(module), attribute, None)
            if figure is not None:
                found[figure.name] = figure
    return found


def _modules(package: str) -> Iterator[str]:
    paths = getattr(importlib.import_module(package), "__path__", [])
    for module in pkgutil.iter_modules(paths):
        if not module.name.startswith("_"):
            yield f"{package}.{module.name}"


def select(names: Sequence[str] = (), long: bool = False) -> list[Figure]:
    """Return the figures of these names or families; all of them if there are none.

    Raises
    ------
    ValueError
        For a name that fits no figure.
    """
    figures = catalogue(long)
    for name in names:
        if not any(_fits(figure, name) for figure in figures):
            kind = "long run" if long else "figure"
            raise ValueError(f"no {kind} {name!r}; there are {', '.join(sorted(figures))}")
    chosen = [key for key in figures if not names or any(_fits(key, name) for name in names)]
    return [figures[key] for key in sorted(chosen)]


def _fits(figure: str, name: str) -> bool:
    return name in (figure, figure.removesuffix("-long"), figure.partition(".")[0])


def build(figure: Figure, out: Path, progress: Progress) -> list[Path]:
    """Make the tables of a figure, as far as `out` lacks them, draw it, and return the pictures."""
    tables: dict[str, Table] = {}
    for recipe in figure.recipes:
        tables[recipe.name] = make_table(figure, recipe, out, tables, progress)
    _drop_parts(figure, out)
    return draw(figure, tables, out)


def make_table(
    figure: Figure, recipe: Recipe, out: Path, tables: Mapping[str, Table], progress: Progress
) -> Table:
    """Return one table, from `out` if it is there, else computed and written there."""
    done = finished_table(figure, recipe, out)
    if done is not None:
        return done
    columns = recipe.compute(recipe.parameters, _workspace(figure, out, tables, progress))
    table = Table(rounded(columns), _header(figure, recipe))
    write_bytes(table_path(figure, recipe, out / "tables"), table.to_csv().encode())
    return table


def _workspace(
    figure: Figure, out: Path, tables: Mapping[str, Table], progress: Progress
) -> Workspace:
    """Return the workspace of a figure, without parts that other code or parameters left there."""
    folder = _parts(figure, out)
    label = folder / "made-by.json"
    made_by = json.dumps([_header(figure, recipe) for recipe in figure.recipes]).encode()
    if folder.exists() and not (label.exists() and label.read_bytes() == made_by):
        shutil.rmtree(folder)
    write_bytes(label, made_by)
    return Workspace(tables, folder, progress)


def _parts(figure: Figure, out: Path) -> Path:
    return out / "tables" / f".{figure.name}.parts"


def _drop_parts(figure: Figure, out: Path) -> None:
    if _parts(figure, out).exists():
        shutil.rmtree(_parts(figure, out))


def finished_table(figure: Figure, recipe: Recipe, out: Path) -> Table | None:
    """Return the table that an earlier run left in `out`; None if it is not of this recipe."""
    path = table_path(figure, recipe, out / "tables")
    if not path.exists():
        return None
    table = _read(path)
    return table if table.header == _header(figure, recipe) else None


def table_path(figure: Figure, recipe: Recipe, folder: Path) -> Path:
    """Return where a table lies in a folder of tables."""
    return folder / f"{figure.name}.{recipe.name}.csv"


def stored_table(figure: Figure, recipe: Recipe) -> Table:
    """Return the stored table of a recipe.

    Raises
    ------
    FileNotFoundError
        If none is stored.
    """
    return _read(table_path(figure, recipe, STORED))


def _read(path: Path) -> Table:
    return Table.from_csv(path.read_text(encoding="utf-8"))


def _header(figure: Figure, recipe: Recipe) -> dict[str, Any]:
    """Return what is written above a table: all that a reader needs to make it again.

    The sources are those of the figure's family, so that no table outlives the code it is of.
    """
    return {
        "table": f"{figure.name}.{recipe.name}",
        "parameters": dict(recipe.parameters),
        "units": dict(recipe.units),
        "versions": {
            "corollary": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numba", "numpy", "scipy")},
        },
        "sources": _sources(figure.name.partition(".")[0]),
    }


@cache
def _sources(family: str) -> str:
    rooms = Path(__file__).parent.parent
    stamps = [sources_stamp(rooms / room / family) for room in ("theory", "algorithms", "figures")]
    single = rooms / "theory" / f"{family}.py"  # of a family whose theory is one file
    if single.exists():
        stamps.append(hashlib.sha256(single.read_bytes()).hexdigest())
    return hashlib.sha256("".join(stamps).encode()).hexdigest()[:16]


def draw(figure: Figure, tables: Mapping[str, Table], out: Path) -> list[Path]:
    """Draw a figure from its tables; return the paths of its SVG, PDF and PNG.

    The bytes depend on the tables and on the version of matplotlib alone: no dates are written.
    """
    from corollary.figures._style import style

    paths = []
    with style():
        picture = figure.draw(tables)
        for suffix, metadata in _METADATA.items():
            buffer = io.BytesIO()
            picture.savefig(buffer, format=suffix, metadata=metadata)
            paths.append(out / f"{figure.name}.{suffix}")
            write_bytes(paths[-1], buffer.getvalue())
    return paths


_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {},
}


def check(figure: Figure, out: Path | None, progress: Progress) -> list[Outcome]:
    """Compare the stored tables of a figure with computed ones, and with the law drawn in it.

    A table that an earlier run left whole in `out` is compared; else it is computed here, or
    only the excerpt is where the recipe names one. Nothing is written to `out`.
    """
    outcomes = []
    tables: dict[str, Table] = {}
    with tempfile.TemporaryDirectory() as scratch:
        work = Workspace(tables, Path(scratch), progress)
        for recipe in figure.recipes:
            name = f"{figure.name}.{recipe.name}"
            try:
                tables[recipe.name] = stored_table(figure, recipe)
            except FileNotFoundError:
                outcomes.append(Outcome(name, "nothing", ("no table is stored",)))
                continue
            done = finished_table(figure, recipe, out) if out is not None else None
            compared, lines = _compare(recipe, tables[recipe.name], done, work)
            outcomes.append(Outcome(name, compared, tuple(lines)))
    if len(tables) == len(figure.recipes):
        lines = figure.violations(tables)
        outcomes.append(Outcome(figure.name, "points and the law drawn beside them", tuple(lines)))
    return outcomes


def _compare(
    recipe: Recipe, stored: Table, done: Table | None, work: Workspace
) -> tuple[str, list[str]]:
    """Return what was compared with a stored table, and what differs."""
    if stored.header["parameters"] != dict(recipe.parameters):
        return "parameters", [f"stored with {stored.header['parameters']}"]
    retrained = {**recipe.tolerance, **recipe.scatter}
    if done is not None:
        return f"{len(done)} rows made before", differences(done.columns, stored.columns, retrained)
    if recipe.excerpt is not None:
        part, recomputed = recipe.excerpt(recipe.parameters, stored, work)
        return recipe.excerpt_is, differences(rounded(recomputed), part, retrained)
    columns = rounded(recipe.compute(recipe.parameters, work))
    return f"all {len(stored)} rows", differences(columns, stored.columns, recipe.tolerance)


_WORKER = {
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    # glibc keeps freed arrays instead of handing them back and faulting them in again
    "MALLOC_MMAP_THRESHOLD_": str(1 << 26),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 28),
}


@contextmanager
def single_threaded_worker() -> Iterator[Executor]:
    """Yield an executor with one process, whose matrix products run on one thread.

    BLAS sums in another order with another number of threads, so that results would depend on
    the machine; and for small matrices more threads are slower. The number is read when NumPy
    is first imported, hence the process.
    """
    before = {name: os.environ.get(name) for name in _WORKER}
    os.environ.update(_WORKER)
    try:
        # an interrupt of the terminal reaches the parent alone: the step under way is finished
        ignore = (signal.SIGINT, signal.SIG_IGN)
        with ProcessPoolExecutor(1, get_context("spawn"), signal.signal, ignore) as pool:
            yield pool
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
