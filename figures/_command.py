"""What ``corollary figures`` does: build or check the selected figures, with progress."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as Bars

from corollary.figures._pipeline import Figure, Progress, build, check


@contextmanager
def _progress(name: str, console: Console) -> Iterator[Progress]:
    """Yield a progress function that draws a bar on a terminal and nothing elsewhere."""
    with Bars(console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(name, total=None)

        def show(what: str, done: int, total: int) -> None:
            bars.update(task, description=f"{name}: {what}", completed=done, total=total)

        yield show


def build_all(figures: Sequence[Figure], out: Path) -> int:
    """Build figures in `out`, print what was written, and return 0."""
    console = Console(stderr=True, highlight=False)
    for figure in figures:
        start = time.monotonic()
        with _progress(figure.name, console) as progress:
            paths = build(figure, out, progress)
        suffixes = ", ".join(path.suffix[1:] for path in paths)
        print(f"{out / figure.name}: {suffixes} ({time.monotonic() - start:.1f} s)")
    return 0


def check_all(figures: Sequence[Figure], out: Path) -> int:
    """Check figures, print every comparison, and return 1 if any of them failed."""
    console = Console(stderr=True, highlight=False)
    failed = 0
    for figure in figures:
        with _progress(figure.name, console) as progress:
            outcomes = check(figure, out, progress)
        for outcome in outcomes:
            failed += bool(outcome.differences)
            verdict = "DIFFERS" if outcome.differences else "as stored"
            print(f"{outcome.name}: {verdict} ({outcome.compared})")
            for line in outcome.differences:
                print(f"  {line}")
    return 1 if failed else 0
