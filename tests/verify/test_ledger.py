"""The ledger adds up: a torn last line is ignored, merging is union, nothing is searched twice."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from corollary.verify import check, run
from corollary.verify.ledger import Ledger, merge, write_text

CLAIMS = ["softmax.sums-to-one"]
ROOT = Path(__file__).parent.parent.parent


def test_a_second_run_searches_nothing_and_reports_the_same(tmp_path, monkeypatch):
    path = tmp_path / "ledger.jsonl"
    first = check(claims=CLAIMS, ledger=path)

    def searched(*_, **__):
        raise AssertionError("searched again")

    monkeypatch.setattr(run.random, "swept", searched)
    monkeypatch.setattr(run.random, "sampled", searched)
    assert check(claims=CLAIMS, ledger=path).to_json() == first.to_json()
    with pytest.raises(RuntimeError, match="searched again"):
        check(claims=CLAIMS, ledger=path, seed=1)


def test_a_torn_last_line_is_ignored_and_the_run_resumes(tmp_path):
    path = tmp_path / "ledger.jsonl"
    whole = check(claims=CLAIMS, ledger=path)
    text = path.read_text()
    path.write_text(text[:-40])
    assert len(Ledger(path).records) == len(text.splitlines()) - 1
    assert check(claims=CLAIMS, ledger=path).to_json() == whole.to_json()
    assert len(Ledger(path).records) == len(text.splitlines())
    assert len(path.read_text().splitlines()) == len(text.splitlines())


def test_a_line_that_its_writer_ends_meanwhile_is_kept(tmp_path):
    whole, path = tmp_path / "whole.jsonl", tmp_path / "ledger.jsonl"
    check(claims=CLAIMS, ledger=whole)
    text = whole.read_text()
    path.write_text(text[:-40])
    late = Ledger(path)
    path.write_text(text)
    key, evidence = next(late.total(CLAIMS[0]))
    late.add((*key[:-1], "another part"), evidence)
    assert path.read_text().startswith(text)
    assert len(Ledger(path).records) == len(text.splitlines()) + 1


GOOD_KEY = ["a", "b", "c", "d", "e", "swept", "0", "0-1x1"]
GOOD = {"kind": "swept", "scope": "s", "cases": 1, "verdict": "holds"}


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "{}",
        "[]",
        "3",
        '{"key": ["a"], "evidence": {}}',
        json.dumps({"key": GOOD_KEY}),
        json.dumps({"key": GOOD_KEY[1:], "evidence": GOOD}),
        json.dumps({"key": GOOD_KEY, "evidence": {**GOOD, "cases": "1"}}),
        json.dumps({"key": GOOD_KEY, "evidence": {**GOOD, "kind": "seen"}}),
    ],
)
def test_a_line_that_is_no_record_is_named(tmp_path, line):
    path = tmp_path / "ledger.jsonl"
    good = json.dumps({"key": GOOD_KEY, "evidence": GOOD})
    for text in (f"{good}\n{line}\n{good}\n", f"{good}\n{line}"):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"ledger\.jsonl, line 2: expected a record"):
            Ledger(path)


def test_a_last_line_that_lacks_its_end_alone_is_read_and_kept(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text(json.dumps({"key": GOOD_KEY, "evidence": GOOD}))
    book = Ledger(path)
    evidence = book.get(tuple(GOOD_KEY))
    for part in ("1-2x1", "2-3x1"):
        book.add((*GOOD_KEY[:-1], part), evidence)
    assert len(Ledger(path).records) == 3


def test_merging_is_union(tmp_path):
    first, second, out = tmp_path / "a.jsonl", tmp_path / "b.jsonl", tmp_path / "c.jsonl"
    check(claims=CLAIMS, ledger=first, seed=0)
    check(claims=CLAIMS, ledger=second, seed=1)
    one, other = Ledger(first), Ledger(second)
    merged = merge([first, second, first], out)
    assert merged.records == one.records | other.records
    assert len(merged.records) == len(one.records) + len(other.records)
    assert merge([second, first], tmp_path / "d.jsonl").path.read_bytes() == out.read_bytes()
    assert merge([out, out], out).records == merged.records
    assert merge([first], second).records == merged.records  # what the output held stays


def test_another_implementation_has_another_key(tmp_path):
    path = tmp_path / "ledger.jsonl"
    check("scipy.special:softmax", "softmax", claims=CLAIMS, ledger=path)
    before = len(Ledger(path).records)
    check(claims=CLAIMS, ledger=path)
    assert len(Ledger(path).records) == 2 * before


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "report.html"
    write_text(path, "first")
    with pytest.raises(TypeError):
        write_text(path, b"second")
    assert path.read_text() == "first"
    assert [item.name for item in tmp_path.iterdir()] == ["report.html"]


SOURCE = (
    "from {helper} import factor\nimport numpy as np\n"
    + """
def softmax(x):
    weights = np.exp(x - x.max(axis=-1, keepdims=True))
    return factor * weights / weights.sum(axis=-1, keepdims=True)
"""
)
VERIFY = """
import sys
import time
from pathlib import Path
from corollary.verify import check
report = check("edited:softmax", "softmax", claims=["softmax.sums-to-one"], ledger=Path("l.jsonl"))
print(report.results[0].verdict)
"""


def test_an_edit_of_a_helper_of_the_implementation_is_noticed(tmp_path):
    (tmp_path / "edited.py").write_text(SOURCE.format(helper="helper_of_edited"))
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{tmp_path}"}
    verdicts = []
    for factor in ("1.0", "1.001", "1.0"):
        (tmp_path / "helper_of_edited.py").write_text(f"factor = {factor}\n")
        done = subprocess.run([sys.executable, "-B", "-c", VERIFY], cwd=tmp_path, env=environment,
                              capture_output=True, text=True, check=True)  # fmt: skip
        verdicts += done.stdout.split()
    assert verdicts == ["holds", "refuted", "holds"]


def test_a_closure_is_searched_every_time(tmp_path):
    def scaled(factor):
        def softmax(x):
            weights = np.exp(x - x.max(axis=-1, keepdims=True))
            return factor * weights / weights.sum(axis=-1, keepdims=True)

        return softmax

    path = tmp_path / "ledger.jsonl"
    verdicts = [
        check(scaled(factor), "softmax", claims=CLAIMS, ledger=path).results[0].verdict
        for factor in (1.0, 1.001)
    ]
    assert verdicts == ["holds", "refuted"]


def test_a_killed_run_is_resumed_and_counts_nothing_twice(tmp_path):
    command = [sys.executable, "-m", "corollary", "verify", "softmax.odds", "--budget", "standard"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    path = tmp_path / "ledger.jsonl"
    process = subprocess.Popen([*command, "--out", str(tmp_path)], env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    deadline = time.monotonic() + 60
    while len(Ledger(path).records) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    found = len(Ledger(path).records)
    assert 3 <= found < 66  # one sample and 64 pieces of the sweep are a whole run
    resumed = check(claims=["softmax.odds"], budget="standard", ledger=path)
    assert resumed.to_json() == check(claims=["softmax.odds"], budget="standard").to_json()
    assert len(Ledger(path).records) == 65
