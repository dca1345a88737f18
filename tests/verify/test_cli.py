"""The command line: what it prints, what it writes, and its exit status."""

import json

import pytest
from click.testing import CliRunner

from corollary.verify.cli import main


def run(*arguments):
    return CliRunner().invoke(main, [str(item) for item in arguments])


def test_verify_writes_evidence_and_report(tmp_path):
    result = run("verify", "softmax.sums-to-one", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert "sums-to-one" in result.output
    evidence = json.loads((tmp_path / "evidence.json").read_text())
    assert evidence["schema"] == "corollary-evidence/1"
    page = (tmp_path / "report.html").read_text()
    assert "<math" in page
    assert "src=" not in page and "@import" not in page
    assert {item.name for item in tmp_path.iterdir()} == {
        "evidence.json", "report.html", "ledger.jsonl",
    }  # fmt: skip


def test_json_goes_to_standard_output():
    result = run("verify", "softmax.sums-to-one", "--json")
    assert json.loads(result.stdout)["as_expected"] is True


def test_a_wrong_implementation_exits_with_one_and_a_line_that_replays_it(tmp_path, monkeypatch):
    (tmp_path / "mine_for_the_command_line.py").write_text(
        "import numpy as np\n"
        "def softmax(x):\n"
        "    weights = np.exp(x - x.max(axis=-1, keepdims=True))\n"
        "    return weights / (weights.sum(axis=-1, keepdims=True) + 1e-6)\n"
    )
    monkeypatch.chdir(tmp_path)
    name = "mine_for_the_command_line:softmax"
    result = run("verify", "softmax.sums-to-one", "--implementation", name)
    assert result.exit_code == 1, result.output
    line = next(line for line in result.output.splitlines() if "replay:" in line)
    witness = line.partition("'")[2].rpartition("'")[0]
    again = run("replay", "softmax.sums-to-one", witness, "--implementation", name)
    assert again.exit_code == 1
    assert "refuted" in again.output
    assert run("replay", "softmax.sums-to-one", witness).exit_code == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["verify", "nothing"], "neither a family"),
        (["verify", "softmax", "--implementation", "no_such_package:f"], "not installed"),
        (["verify", "softmax", "--implementation", "math"], "module:attribute"),
        (["verify", "softmax", "--implementation", "math:pi"], "expected a callable"),
        (["verify", "--implementation", "math:exp"], "needs --role"),
        (["verify", "--bind", "axis"], "name=value"),
        (["verify", "--budget", "endless"], "budget must be one of"),
        (["verify", "--dtype", "float8"], "dtype must be one of"),
        (["verify", "--jobs", "0"], "jobs"),
        (["replay", "softmax", "{}"], "is a family"),
        (["replay", "softmax.odds", "{"], "must be JSON"),
        (["replay", "softmax.odds", "[]"], "JSON object"),
        (["replay", "softmax.odds", "{}"], "must have the parameters"),
        (["show", "softmax.nothing"], "neither a family"),
        (["merge", "no-such-file", "--out", "x"], "does not exist"),
    ],
)
def test_wrong_usage_exits_with_two_and_names_what_is_wrong(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split())


def test_a_claim_of_ones_own_is_verified(tmp_path, monkeypatch, registry):
    (tmp_path / "my_claims_for_the_command_line.py").write_text(
        "from corollary.verify import at_most, law\n"
        "from corollary.verify.roles.softmax import MASKED_HEADS, SOFTMAX, case\n"
        "@law(SOFTMAX, over=MASKED_HEADS, standing='derived', tight=(case(n=1),))\n"
        "def at_most_one(softmax, heads):\n"
        "    'No weight exceeds one.'\n"
        "    return at_most(softmax(heads.logits), 1.0, ulps=2)\n"
    )
    monkeypatch.chdir(tmp_path)
    result = run("verify", "my_claims_for_the_command_line:at_most_one")
    assert "at-most-one" in result.output
    assert result.exit_code == 0, result.output
    assert run("verify", "my_claims_for_the_command_line:law").exit_code == 2


def test_list_show_and_cite():
    assert "softmax.coefficient-bounds" in run("list").output
    shown = run("show", "softmax.coefficient-bounds").output
    assert "arXiv:2410.01104, Lemma 2.1" in shown
    assert "assumes bounded" in shown
    assert "called as: softmax(logits (..., n)" in shown
    assert "eprint = {2410.01104}" in run("cite", "softmax.coefficient-bounds").output


def test_merge_adds_up_and_show_reads_it(tmp_path):
    for seed in (0, 1):
        run("verify", "softmax.odds", "--seed", seed, "--out", tmp_path / str(seed))
    out = tmp_path / "all.jsonl"
    ledgers = [tmp_path / str(seed) / "ledger.jsonl" for seed in (0, 1)]
    merged = run("merge", *ledgers, "--out", out)
    assert merged.exit_code == 0
    assert "16,384 cases" in merged.output
    assert "holds, swept" in run("show", "softmax.odds", "--ledger", out).output


def test_merge_takes_the_folder_that_verify_wrote(tmp_path):
    run("verify", "softmax.odds", "--out", tmp_path / "o1")
    merged = run("merge", tmp_path / "o1", "--out", tmp_path / "all.jsonl")
    assert merged.exit_code == 0, merged.output
    assert "softmax.odds" in merged.output
    assert "holds, swept" in run("show", "softmax.odds", "--ledger", tmp_path / "o1").output
    (tmp_path / "empty").mkdir()
    nothing = run("merge", tmp_path / "empty", "--out", tmp_path / "none.jsonl")
    assert (nothing.exit_code, (tmp_path / "none.jsonl").exists()) == (2, False)
    assert "has no ledger.jsonl" in nothing.output


@pytest.mark.parametrize("text", ["not json\n", "{}"])
def test_what_is_no_ledger_is_wrong_usage(tmp_path, text):
    (tmp_path / "bad.json").write_text(text)
    for arguments in (["merge", tmp_path / "bad.json", "--out", tmp_path / "x2"],
                      ["show", "softmax.odds", "--ledger", tmp_path / "bad.json"]):  # fmt: skip
        result = run(*arguments)
        assert result.exit_code == 2, result.output
        assert "bad.json, line 1: expected a record" in " ".join(result.output.split())
    assert not (tmp_path / "x2").exists()
