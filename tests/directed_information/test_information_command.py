"""The command that reads two columns of a file: its numbers, its words, its refusals."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from corollary.algorithms.directed_information import plug_in_rate, universal_rate
from corollary.verify.cli import main
from corollary.verify.information import column_information


def run(*arguments):
    return CliRunner().invoke(main, ["information", *map(str, arguments)])


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(1)
    lever = rng.integers(2, size=1501)
    lamp = lever[:-1] ^ (rng.random(1500) < 0.1)
    path = tmp_path / "lamp.csv"
    words = np.array(["off", "on"])
    rows = (f"{k},{words[a]},{words[b]}" for k, (a, b) in enumerate(zip(lever[1:], lamp,
                                                                        strict=True)))  # fmt: skip
    path.write_text("time,lever,lamp\n" + "\n".join(rows) + "\n")
    return path, lever[1:], lamp


def test_both_directions_are_those_of_the_library(table):
    path, x, y = table
    result = run(path, "--source", "lever", "--target", "lamp", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    there, back = found["directions"]
    estimate = universal_rate(x, y, depth=3)
    assert there["rate"] == estimate.forward
    assert back["rate"] == estimate.reverse
    assert there["interval"] == list(estimate.interval())
    assert there["interval"][0] <= there["rate"] <= there["interval"][1]
    assert back["p_value"] == plug_in_rate(y, x).p_value
    assert there["p_value"] < 1e-9 < back["p_value"]
    assert (found["rows"], found["unit"]) == (1500, "bit per row")
    assert there["rate"] + back["rate"] == pytest.approx(found["mutual"], abs=1e-12)


def test_the_table_names_the_columns(table):
    result = run(table[0], "--source", "lamp", "--target", "lever", "--depth", 1, "--memory", 2)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("1500 rows")
    assert lines[1].startswith("lamp -> lever (same and later rows)")
    assert lines[2].startswith("lever -> lamp (later rows)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3,\n", "line 3: column 'b' has a missing value"),
        ("a,b\n1,2\nNaN,1\n", "line 3: column 'a' has a missing value"),
        ("a,b\n1,2\n3\n", "line 3: column 'b' has a missing value"),
        ("a,c\n1,2\n", "no column 'b'; its columns are a, c"),
        ("a,a,b\n1,2,3\n", "more than one column 'a'"),
        ("a,b\n", "has no rows"),
        ("", "no column 'a'"),
        ("a,b\n1,2\n2,1\n", "depth"),
        (b"a,b\n\xff,1\n", "not a readable CSV file"),
        ('a,b\n"1,2\n', "not a readable CSV file"),
    ],
)
def test_bad_files_exit_with_two_and_say_why(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = run(path, "--source", "a", "--target", "b")
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split())


def test_bad_arguments_exit_with_two(tmp_path, table):
    assert run(tmp_path / "none.csv", "--source", "a", "--target", "b").exit_code == 2
    assert run(table[0], "--source", "lamp").exit_code == 2
    same = run(table[0], "--source", "lamp", "--target", "lamp")
    assert same.exit_code == 2
    assert "two columns" in same.output
    with pytest.raises(ValueError, match="not a readable CSV"):
        column_information(tmp_path, "a", "b")
