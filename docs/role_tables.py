"""Write the tables of roles in the pages beside this file: claims, and what each refutes.

A table stands between ``<!-- role: NAME -->`` and ``<!-- end -->``. Run this as a script to bring
all pages up to date; a test compares.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

from corollary.verify import Claim, select
from corollary.verify.evidence import HOLDS
from corollary.verify.witnesses import FOLDER

PAGES = Path(__file__).parent
MATHEMATICS = re.compile(r"\$[^$]*\$")
MARKED = re.compile(r"(<!-- role: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def table(role_name: str) -> str:
    """Return the interface of a role, its claims and the wrong versions that each refutes."""
    claims = [claim for claim in select() if claim.role.name == role_name]
    claims.sort(key=_module)  # not the order in which somebody happened to import them
    if not claims:
        raise ValueError(f"no claim has the role {role_name!r}")
    role = claims[0].role
    stored = json.loads((FOLDER / f"{role.family}.json").read_text(encoding="utf-8"))
    lines = [
        f"*Interface:* `{role.signature}`. *By default:* `{role.default}`.",
        "",
        "| claim | says | refutes, of the wrong versions |",
        "| --- | --- | --- |",
    ]
    for claim in claims:
        refuted = [name for name in role.mutants if name in stored[claim.name]["mutants"]]
        shown = _named(refuted, list(role.mutants))
        if claim.expected != HOLDS:
            shown = f"nothing: it is {claim.standing}, and its counterexample is expected"
        said = MATHEMATICS.sub(_without_bars, " ".join(claim.statement.split()))
        lines.append(f"| `{claim.name.partition('.')[2]}` | {said} | {shown} |")
    return "\n".join(lines) + "\n"


def _module(claim: Claim) -> str:
    """Return the name of the module that the claim is written in."""
    return str(inspect.unwrap(claim.conclusion).__module__)


def _named(some: list[str], every: list[str]) -> str:
    """Return names in a list, or the few that are missing."""
    missing = [name for name in every if name not in some]
    if not missing:
        return f"all {len(every)}"
    if 2 * len(missing) < len(some):
        return f"all {len(every)} but: " + "; ".join(missing)
    return "; ".join(some)


def _without_bars(formula: re.Match[str]) -> str:
    """Return a formula without vertical bars, which would divide the cells of a table."""
    return formula[0].replace(r"\|", r"\Vert ").replace("|", r"\vert ")


def updated(page: str) -> str:
    """Return the page with its tables between their marks."""
    return MARKED.sub(lambda found: found[1] + table(found[2]) + found[4], page)


if __name__ == "__main__":
    for path in PAGES.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        if MARKED.search(text):
            path.write_text(updated(text), encoding="utf-8")
