"""The ledger: an append-only record of evidence, one JSON line per finished piece of a search.

A record is keyed by what was claimed, what was judged, and which cases were examined; merging
ledgers is set union, so runs on many machines add up and nothing is counted twice. A line torn by
a kill is ignored: at most the piece in flight is missing.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from corollary.verify.evidence import HOLDS, INCONCLUSIVE, REFUTED, Evidence, Witness

Key = tuple[str, ...]


class Ledger:
    """Evidence by key, in memory and, where a path is given, on disk.

    Parameters
    ----------
    path : Path or None
        The file, read if it exists and appended to; None keeps the record in memory alone.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.records: dict[Key, dict[str, Any]] = {}
        self._torn = False
        if path is not None and path.exists():
            text = path.read_text(encoding="utf-8")
            self._torn = bool(text) and not text.endswith("\n")
            for line in text.splitlines():
                self._read(line)

    def _read(self, line: str) -> None:
        try:
            record = json.loads(line)
            self.records[tuple(record["key"])] = record
        except (json.JSONDecodeError, KeyError, TypeError):
            return

    def get(self, key: Key) -> Evidence | None:
        """Return the evidence recorded under `key`, or None."""
        record = self.records.get(key)
        return None if record is None else evidence_from(record["evidence"])

    def add(self, key: Key, evidence: Evidence) -> None:
        """Record `evidence` under `key`, on disk at once."""
        record = {"key": list(key), "evidence": asdict(evidence)}
        self.records[key] = record
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(("\n" if self._torn else "") + json.dumps(record) + "\n")
            self._torn = False

    def total(self, claim: str) -> Iterator[tuple[Key, Evidence]]:
        """Yield all recorded evidence about the claim of that name."""
        for key, record in sorted(self.records.items()):
            if key[0] == claim:
                yield key, evidence_from(record["evidence"])


def evidence_from(data: dict[str, Any]) -> Evidence:
    """Return the evidence that `dataclasses.asdict` made `data` of."""
    witness = data.get("witness")
    return Evidence(**{**data, "witness": Witness(**witness) if witness else None})


def combine(pieces: Iterable[Evidence], scope: str) -> Evidence:
    """Return the evidence of several disjoint pieces of one search, over a common scope."""
    items = list(pieces)
    margins = [item.margin for item in items if item.margin is not None]
    ratios = [item.tightness for item in items if item.tightness is not None]
    refuted = next((item for item in items if item.verdict == REFUTED), None)
    whole = all(item.verdict == HOLDS for item in items) and items
    return Evidence(
        kind=items[0].kind if items else "swept",
        scope=scope,
        cases=sum(item.cases for item in items),
        verdict=REFUTED if refuted else HOLDS if whole else INCONCLUSIVE,
        margin=min(margins, default=None),
        tightness=max(ratios, default=None),
        witness=refuted.witness if refuted else None,
    )


def merge(paths: Iterable[Path], out: Path) -> Ledger:
    """Write the union of several ledgers to `out` (which may be one of them), and return it."""
    union = Ledger()
    for path in paths:
        union.records.update(Ledger(path).records)
    lines = [json.dumps(record) + "\n" for _, record in sorted(union.records.items())]
    write_text(out, "".join(lines))
    union.path = out
    return union


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all, the same bytes on every system."""
    write_bytes(path, bytes(text, "utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then renamed into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
