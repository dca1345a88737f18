"""Stored counterexamples: for each claim, a case per mutant and per violated constraint.

Quick runs replay them; ``make witnesses`` searches for all of them afresh and writes the files.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from corollary.verify.domain import Parameters

FOLDER = Path(__file__).parent / "witnesses"


@cache
def _family(family: str) -> dict[str, Any]:
    path = FOLDER / f"{family}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def has_stored(claim: str) -> bool:
    """Return whether witnesses of the claim are stored; a user's own claims have none."""
    return claim in _family(claim.partition(".")[0])


def stored(claim: str, kind: str, name: str) -> Parameters | None:
    """Return the stored case of a claim's mutant or constraint called `name`, or None."""
    found = _family(claim.partition(".")[0]).get(claim, {}).get(kind, {}).get(name)
    return dict(found) if found is not None else None


def write_all() -> None:
    """Search for every witness of every family and store what is found."""
    from corollary.verify.claim import families, select
    from corollary.verify.ledger import write_text
    from corollary.verify.rules import search_constraints, search_mutants

    for family in families():
        table: dict[str, Any] = {}
        for claim in select([family]):
            table[claim.name] = {
                kind: {
                    check.name: check.witness.parameters
                    for check in search(claim, seed=0)
                    if check.witness is not None
                }
                for kind, search in (
                    ("constraints", search_constraints),
                    ("mutants", search_mutants),
                )
            }
        write_text(FOLDER / f"{family}.json", json.dumps(table, indent=1, sort_keys=True) + "\n")
