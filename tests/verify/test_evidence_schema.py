"""The page on the format of the evidence names every field there is, and no other."""

import json
import re
from pathlib import Path

import corollary
from corollary.verify.claim import STANDINGS
from corollary.verify.evidence import KINDS
from corollary.verify.implementation import FAULTS
from corollary.verify.report import SCHEMA

PAGE = (Path(__file__).parent.parent.parent / "docs" / "evidence-schema.md").read_text()


def fields(heading: str) -> set[str]:
    """Return the names in the first column of the table under a heading."""
    part = PAGE.partition(f"{heading}\n")[2].partition("\n#")[0]
    rows = re.findall(r"^\| (`[^|]*`) \|", part, flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_every_field_is_described(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    report = corollary.check(claims=["softmax.single-item"], ledger=ledger)
    data = json.loads(report.to_json())
    (claim,) = data["claims"]
    check = claim["mutants"][0]
    assert set(data) == fields("schema `corollary-evidence/1`")
    assert set(data["run"]) == fields("### `run`")
    assert set(claim) == fields("### a claim")
    assert set(claim["evidence"][0]) == fields("### evidence")
    assert set(check["witness"]) == fields("### a witness")
    described = PAGE.partition("### a check\n")[2].partition("\n#")[0]
    assert set(check) == set(re.findall(r"`(\w+)`", described))
    record = json.loads(ledger.read_text().splitlines()[0])
    shown = re.search(r'^    \{"key": \[(.*?)\], "evidence": \{\.\.\.\}\}$', PAGE, re.MULTILINE)
    assert set(record) == {"key", "evidence"}
    assert len(record["key"]) == len(shown[1].split(", "))


def test_every_word_of_a_closed_list_is_named():
    assert f"`{SCHEMA}`" in PAGE
    for word in (*KINDS, *FAULTS, *STANDINGS):
        assert f"`{word}`" in PAGE
