"""Write `gallery.md`: functions of other packages under the claims of their roles.

Run ``python docs/gallery.py`` where the peers are installed (``make peers``); about ten minutes,
most of them JAX compiling. Packages that are not installed are left out, and said to be.
"""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import track

import corollary
from corollary import adapters

PAGE = Path(__file__).parent / "gallery.md"
HEAD = """# Functions of other packages under the claims

Written by `python docs/gallery.py` (`make peers` installs the packages), at the quick budget.
A refutation is a fact about one function, one format and one claim, with the smallest case that
was found. Many are conventions or the known limits of a format; the notes say which.
"""


@dataclass(frozen=True)
class Entry:
    """A function of a package, the role it plays and the formats it is called in."""

    package: str
    name: str
    role: str
    make: Callable[[], Any]
    dtypes: tuple[str, ...] = ("float64",)
    library: str | None = None


def _named(name: str) -> Callable[[], Any]:
    return lambda: name


def _derived(library: str) -> Any:
    """Return the backward pass that a library makes of its own softmax."""
    module = importlib.import_module({"torch": "torch", "jax": "jax.nn"}[library])
    return adapters.backward(lambda logits: module.softmax(logits, -1), library=library)


ALL = ("float64", "float32", "float16", "bfloat16")
ENTRIES = [
    Entry("scipy", "scipy.special.softmax", "softmax", _named("scipy.special:softmax"), ALL[:3]),
    Entry("torch", "torch.softmax", "softmax", _named("torch:softmax"), ALL),
    Entry("jax", "jax.nn.softmax", "softmax", _named("jax.nn:softmax"), ("float32", "bfloat16")),
    Entry("scipy", "scipy.special.log_softmax", "log_softmax",
          _named("scipy.special:log_softmax"), ALL[:2]),
    Entry("torch", "torch.log_softmax", "log_softmax", _named("torch:log_softmax"), ALL),
    Entry("jax", "jax.nn.log_softmax", "log_softmax", _named("jax.nn:log_softmax"), ("float32",)),
    Entry("torch", "autograd of torch.softmax", "softmax_gradient", partial(_derived, "torch"),
          ALL, "torch"),
    Entry("jax", "jax.vjp of jax.nn.softmax", "softmax_gradient", partial(_derived, "jax"),
          ("float32",), "jax"),
    Entry("entmax", "entmax.sparsemax", "sparsemax", _named("entmax:sparsemax"), ALL[:2]),
    Entry("entmax", "entmax.entmax15", "entmax15", _named("entmax:entmax15"), ALL[:2]),
    Entry("entmax", "entmax.entmax_bisect", "entmax", _named("entmax:entmax_bisect"), ALL[:2]),
]  # fmt: skip


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main() -> None:
    """Run every entry whose package is here, and write the page."""
    rows, witnesses = [], []
    runs = [(entry, dtype) for entry in ENTRIES for dtype in entry.dtypes]
    for entry, dtype in track(runs, "judging"):
        version = _version(entry.package)
        if version is None:
            rows.append(f"| `{entry.name}` | not installed | {entry.role} | {dtype} | | |")
            continue
        report = corollary.check(entry.make(), entry.role, dtype=dtype, library=entry.library)
        wrong = [item for item in report.results if not item.as_expected]
        holds = f"{len(report.results) - len(wrong)} of {len(report.results)}"
        names = ", ".join(item.claim.partition(".")[2] for item in wrong)
        rows.append(f"| `{entry.name}` | {version} | {entry.role} | {dtype} | {holds} | {names} |")
        witnesses += [
            f"| `{entry.name}` {dtype} | {item.claim} | {item.witness.fault} "
            f"| {_cell(item.witness.message)} |"
            for item in wrong
            if item.witness is not None
        ]
    versions = f"Python {platform.python_version()}, NumPy {_version('numpy')}."
    page = [
        HEAD, versions, "",
        "| function | version | role | format | as expected | not as expected |",
        "|---|---|---|---|---|---|", *rows, "",
        "## What was refuted", "",
        "| function | claim | class | smallest case |", "|---|---|---|---|", *witnesses, "",
    ]  # fmt: skip
    PAGE.write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
