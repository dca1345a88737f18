"""Write `gallery.md`: functions of other packages under the claims of their roles.

Run ``make gallery``, or ``python docs/gallery.py [PACKAGE ...]`` where the packages are installed.
All of them take half an hour, most of it JAX compiling; what was found is kept in `gallery.json`,
so that one package can be judged again without the others.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import track

import corollary
from corollary import adapters
from corollary.verify.ledger import write_text

PAGE = Path(__file__).parent / "gallery.md"
STORE = PAGE.with_suffix(".json")
HEAD = """# Functions of other packages under the claims

Written by `make gallery`, at the quick budget. `corollary verify --role ROLE --implementation NAME
--dtype FORMAT` runs one of them, where NAME is the module and the function with a colon between.
A refutation is a fact about one function, one format and one claim, with the smallest case that
was found; the notes below say what is a choice and what is a limit.
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
    Entry("scipy", "scipy.sparse.csgraph.dijkstra", "shortest_paths",
          _named("scipy.sparse.csgraph:dijkstra")),
    Entry("scipy", "scipy.sparse.csgraph.bellman_ford", "shortest_paths",
          _named("scipy.sparse.csgraph:bellman_ford")),
    Entry("scipy", "scipy.sparse.csgraph.johnson", "shortest_paths",
          _named("scipy.sparse.csgraph:johnson")),
    Entry("networkx", "networkx.single_source_dijkstra_path_length", "shortest_paths",
          _named("networkx:single_source_dijkstra_path_length")),
    Entry("networkx", "networkx.single_source_bellman_ford_path_length", "shortest_paths",
          _named("networkx:single_source_bellman_ford_path_length")),
    Entry("rustworkx", "rustworkx.dijkstra_shortest_path_lengths", "shortest_paths",
          _named("rustworkx:dijkstra_shortest_path_lengths")),
    Entry("rustworkx", "rustworkx.bellman_ford_shortest_path_lengths", "shortest_paths",
          _named("rustworkx:bellman_ford_shortest_path_lengths")),
    Entry("igraph", "igraph.Graph.distances", "shortest_paths",
          _named("igraph:Graph.distances")),
    Entry("scipy", "scipy.special.softmax", "weighting", _named("scipy.special:softmax")),
    Entry("entmax", "entmax.sparsemax", "weighting", _named("entmax:sparsemax")),
    Entry("entmax", "entmax.sparsemax", "sparsemax", _named("entmax:sparsemax"), ALL[:2]),
    Entry("entmax", "entmax.entmax15", "entmax15", _named("entmax:entmax15"), ALL[:2]),
    Entry("entmax", "entmax.entmax_bisect", "entmax", _named("entmax:entmax_bisect"), ALL[:2]),
]  # fmt: skip


NOTES = """## Notes

- `log-of-a-dominant-item` asks for relative accuracy where one item outweighs the rest and its
  log-weight is close to 0. That needs `log1p` over the other items; the usual formula, a
  logarithm of the whole sum, keeps absolute accuracy alone. It is a choice, and no defect where
  log-weights are only added up.
- `entmax15-is-optimal`: the threshold is found from a mean of squares minus a squared mean, which
  cancels where the logits are nearly equal and many. In the case shown
  the weights add up to 1 - 7e-14.
- `distances-with-negative-weights`: Dijkstra's algorithm does not promise anything there, and two
  libraries say so by an exception.
- `no-weights-are-not-a-number` asks that a row with all items masked is refused by a clear error or
  given numbers. NaN there is a documented convention of array libraries; an error about an index is
  at least not silent.
"""


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _judged(entry: Entry, dtype: str) -> dict[str, Any]:
    """Return what the page says of one function in one format."""
    report = corollary.check(entry.make(), entry.role, dtype=dtype, library=entry.library)
    wrong = [item for item in report.results if not item.as_expected]
    return {
        "version": _version(entry.package),
        "claims": len(report.results),
        "refuted": [
            {"claim": item.claim, "class": item.witness.fault, "message": item.witness.message}
            for item in wrong
            if item.witness is not None
        ],
    }


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _page(kept: dict[str, Any]) -> str:
    lines = [HEAD, "| function | version | role | format | as expected | not as expected |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    witnesses = []
    for entry in ENTRIES:
        for dtype in entry.dtypes:
            found = kept.get(_key(entry, dtype))
            if found is None:  # its package was never among those judged
                continue
            refuted, claims = found["refuted"], found["claims"]
            names = ", ".join(item["claim"].partition(".")[2] for item in refuted)
            lines.append(
                f"| `{entry.name}` | {found['version']} | {entry.role} | {dtype} "
                f"| {claims - len(refuted)} of {claims} | {names} |"
            )
            witnesses += [
                f"| `{entry.name}` {dtype} | {item['claim']} | {item['class']} "
                f"| {_cell(item['message'])} |"
                for item in refuted
            ]
    lines += ["", "## What was refuted", "", "| function | claim | class | smallest case |",
              "|---|---|---|---|", *witnesses, "", NOTES]  # fmt: skip
    return "\n".join(lines)


def _key(entry: Entry, dtype: str) -> str:
    return f"{entry.role} {entry.name} {dtype}"


def main(packages: list[str]) -> None:
    """Judge the functions of the packages (all of them by default), and write the page."""
    known = sorted({entry.package for entry in ENTRIES})
    chosen = packages or known
    for package in chosen:
        if package not in known:
            sys.exit(f"no package {package!r} in the gallery; it has {', '.join(known)}")
        if _version(package) is None:
            sys.exit(f"the package {package!r} is not installed here")
    kept = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}
    runs = [(e, dtype) for e in ENTRIES if e.package in chosen for dtype in e.dtypes]
    for entry, dtype in track(runs, "judging"):
        kept[_key(entry, dtype)] = _judged(entry, dtype)
        write_text(STORE, json.dumps(kept, indent=1, sort_keys=True) + "\n")
    write_text(PAGE, _page(kept))


if __name__ == "__main__":
    main(sys.argv[1:])
