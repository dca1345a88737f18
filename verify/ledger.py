"""The ledger: an append-only record of evidence, one JSON line per finished piece of a search.

A record is keyed by what was claimed, what was judged, and which cases were examined; merging
ledgers is set union, so runs on many machines add up and nothing is counted twice. A last line torn
by a kill is ignored, and cut off by the next record: at most the piece in flight is missing. Any
other line that is no record is an error, since a file that holds one is no ledger, or was damaged.
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
KEY_PARTS = 8  # claim, its version, implementation, its version, precision, kind, seed, part
BEGINS = b'{"key": ['
LEDGER = "ledger.jsonl"


class Ledger:
    """Evidence by key, in memory and, where a path is given, on disk.

    Parameters
    ----------
    path : Path or None
        The file, read if it exists and appended to; None keeps the record in memory alone.

    Raises
    ------
    ValueError
        If a line of the file, other than a torn last one, is no record of evidence.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.records: dict[Key, dict[str, Any]] = {}
        self._torn = range(0)  # the bytes of a torn last line
        self._unended = False  # whether the last line is whole, but for its end
        if path is not None and path.exists():
            data = path.read_bytes()
            if not data.endswith(b"\n") and _is_torn(data[data.rfind(b"\n") + 1 :]):
                self._torn = range(data.rfind(b"\n") + 1, len(data))
                data = data[: self._torn.start]
            self._unended = data[-1:] not in (b"", b"\n")
            for number, line in enumerate(data.splitlines(), start=1):
                record = _record(line, f"{path}, line {number}")
                self.records[tuple(record["key"])] = record

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
            if self._torn:
                self._cut_off()
            with self.path.open("a", encoding="utf-8") as file:
                file.write(("\n" if self._unended else "") + json.dumps(record) + "\n")
            self._unended = False

    def _cut_off(self) -> None:
        """Remove the torn line, unless its writer lives and has gone on since."""
        assert self.path is not None
        if self.path.stat().st_size == self._torn.stop:
            os.truncate(self.path, self._torn.start)
        self._torn = range(0)

    def total(self, claim: str) -> Iterator[tuple[Key, Evidence]]:
        """Yield all recorded evidence about the claim of that name."""
        for key, record in sorted(self.records.items()):
            if key[0] == claim:
                yield key, evidence_from(record["evidence"])


def _is_torn(line: bytes) -> bool:
    """Return whether a line without an end is the beginning of a record, and not all of it."""
    try:
        json.loads(line)
    except ValueError:
        return line.startswith(BEGINS) or BEGINS.startswith(line)
    return False


def _record(line: bytes, place: str) -> dict[str, Any]:
    """Return the record in a line, or raise ValueError that names the place of the line."""
    try:
        record: dict[str, Any] = json.loads(line)
        if len(record["key"]) != KEY_PARTS or not all(isinstance(x, str) for x in record["key"]):
            raise ValueError(f"a key has {KEY_PARTS} parts")
        if not isinstance(evidence_from(record["evidence"]).cases, int):
            raise TypeError("a number of cases is a whole number")
    except (ValueError, KeyError, TypeError) as error:
        text = line[:60].decode("utf-8", "backslashreplace")
        raise ValueError(
            f"{place}: expected a record of evidence, got {text!r}; a ledger is the ledger.jsonl "
            "that --out writes"
        ) from error
    return record


def ledger_file(path: Path) -> Path:
    """Return the ledger that a path names: the file itself, or the one in a folder of --out.

    Raises
    ------
    ValueError
        If the folder has none.
    """
    if not path.is_dir():
        return path
    if not (path / LEDGER).is_file():
        raise ValueError(f"the folder {path} has no {LEDGER}")
    return path / LEDGER


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
    """Write the union of several ledgers to `out`, with what that holds already, and return it."""
    union = Ledger()
    for path in (*paths, *([out] if out.exists() else [])):
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
