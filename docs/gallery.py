"""Write `gallery.md`: functions of other packages under the claims of their roles.

Run ``make gallery``, or ``python docs/gallery.py [PACKAGE ...]`` where the packages are installed;
`gallery_entries.py` lists what is judged. On two quiet cores all of it takes about an hour, half of
it JAX, which compiles for every shape. What was found is kept in `gallery.json`, so that one
package can be judged again without the others.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from gallery_entries import ENTRIES, Entry
from gallery_notes import HEAD, NOTES

import corollary
from corollary.verify import select
from corollary.verify.formulas import plain_math
from corollary.verify.ledger import write_text

PAGE = Path(__file__).parent / "gallery.md"
STORE = PAGE.with_suffix(".json")
WITHOUT_FORMAT = ("list_function", "natural_list_function")  # the elements are not judged
Found = dict[str, Any]


def version(package: str) -> str | None:
    """Return the version of an installed package, None without it."""
    if package == "python":
        return platform.python_version()
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def key(entry: Entry, dtype: str) -> str:
    """Return the name under which the run of an entry in one format is kept."""
    return f"{entry.role} {entry.name} {dtype}"


def judged(entry: Entry, dtype: str) -> tuple[Found, float]:
    """Return what the page says of one function in one format, and the seconds it took."""
    begun = time.monotonic()
    report = corollary.check(
        entry.implementation,
        entry.role,
        bind=entry.bind,
        claims=entry.claims,
        dtype=dtype,
        library=entry.library,
    )
    wrong = []
    for item in sorted(report.results, key=lambda result: result.claim):
        if not item.as_expected:
            lines = report.explain(item).splitlines()[2:]  # after the claim and its statement
            fault = item.witness.fault if item.witness else item.verdict
            wrong.append({"claim": item.claim, "class": fault, "lines": lines})
    found = {"version": version(entry.package), "claims": len(report.results), "wrong": wrong}
    return found, time.monotonic() - begun


def judge(runs: list[tuple[Entry, str]]) -> None:
    """Judge functions in some formats, a process for each core, and keep what is found.

    The processes are started afresh: what PyTorch and JAX hold does not survive a fork.
    """
    spent: Counter[str] = Counter()
    failed = []
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        pending = {pool.submit(judged, *run): run for run in runs}
        for number, future in enumerate(as_completed(pending), 1):
            entry, dtype = pending[future]
            if error := future.exception():  # the other runs are not to be lost
                failed.append(f"{key(entry, dtype)}: {error}")
                continue
            found, seconds = future.result()
            write_text(STORE, dumped({**kept(), key(entry, dtype): found}))
            spent[entry.package] += round(seconds)
            shown = f"{found['claims'] - len(found['wrong'])} of {found['claims']}"
            print(f"{number:3} of {len(runs)}  {key(entry, dtype)}: {shown}, {seconds:.0f} s",
                  flush=True)  # fmt: skip
    print("seconds:", ", ".join(f"{package} {seconds}" for package, seconds in spent.items()))
    if failed:
        sys.exit("\n".join(failed))


def kept() -> dict[str, Found]:
    """Return what was found before, of the entries that there still are."""
    known = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}
    names = {key(entry, dtype) for entry in ENTRIES for dtype in entry.dtypes}
    return {name: found for name, found in known.items() if name in names}


def dumped(found: dict[str, Found]) -> str:
    """Return the text of the store."""
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def page(found: dict[str, Found]) -> str:
    """Return the page: for each role a table, what is refuted, notes on it, and the cases."""
    roles = dict.fromkeys(entry.role for entry in ENTRIES)
    return "\n".join([HEAD, *(_section(role, found) for role in roles)])


def _section(role: str, found: dict[str, Found]) -> str:
    rows = [
        (entry, dtype, found[key(entry, dtype)])
        for entry in ENTRIES
        for dtype in entry.dtypes
        if entry.role == role and key(entry, dtype) in found
    ]
    lines = [f"## `{role}`", "", "| function | package | format | as expected | refuted |",
             "|---|---|---|---|---|"]  # fmt: skip
    lines += [_row(*row) for row in rows]
    lines += [
        f"\n`{name}` was run against these alone, since the others would take too long: "
        + ", ".join(map(_short, claims))
        for name, claims in {entry.name: entry.claims for entry, _, _ in rows}.items()
        if claims
    ]
    names = {item["claim"] for _, _, result in rows for item in result["wrong"]}
    statements = [
        f"- `{_short(claim.name)}`: {plain_math(claim.statement)}"
        for claim in sorted(select(), key=lambda claim: claim.name)
        if claim.name in names
    ]
    if statements:
        lines += ["", "The claims that some of them do not keep:", "", *statements]
        lines += ["", "What there is to say:", "", NOTES[role].strip(), ""]
        lines += [_cases(*row) for row in rows if row[2]["wrong"]]
    return "\n".join(lines) + "\n"


def _short(claim: str) -> str:
    return claim.partition(".")[2]


def _row(entry: Entry, dtype: str, found: Found) -> str:
    names = ", ".join(_short(item["claim"]) for item in found["wrong"])
    shown = f"{found['claims'] - len(found['wrong'])} of {found['claims']}"
    every = sum(claim.role.name == entry.role for claim in select())
    if found["claims"] < every:
        shown += f", of {every}"
    form = _format(entry, dtype)
    return f"| `{entry.name}` | {entry.package} {found['version']} | {form} | {shown} | {names} |"


def _format(entry: Entry, dtype: str) -> str:
    return "" if entry.role in WITHOUT_FORMAT else dtype


def _cases(entry: Entry, dtype: str, found: Found) -> str:
    """Return the smallest cases of one function, folded."""
    form = _format(entry, dtype)
    shown = f"<code>{entry.name}</code>" + (f", {form}" if form else "")
    lines = [f"<details><summary>{shown}</summary>", "", "```text"]
    for item in found["wrong"]:
        lines += [_short(item["claim"]), *item["lines"]]
    return "\n".join([*lines, "```", "", "</details>", ""])


def main(packages: list[str]) -> None:
    """Judge the functions of the packages (all of them by default), and write the page."""
    known = list(dict.fromkeys(entry.package for entry in ENTRIES))
    chosen = packages or known
    for package in chosen:
        if package not in known:
            sys.exit(f"no package {package!r} in the gallery; it has {', '.join(known)}")
        if version(package) is None:
            sys.exit(f"the package {package!r} is not installed here")
    judge([(entry, dtype) for entry in ENTRIES if entry.package in chosen
           for dtype in entry.dtypes])  # fmt: skip
    write_text(PAGE, page(kept()))


if __name__ == "__main__":
    main(sys.argv[1:])
