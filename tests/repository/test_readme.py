"""What the README shows is what a reader gets: its files are written, its commands run."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def agree(printed: str, shown: str) -> bool:
    """Return whether an output is as shown, ``...`` standing for anything and spaces for spaces."""
    return doctest.OutputChecker().check_output(shown, printed, SAME)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the README's files, and on its path the commands `python` and `corollary`."""
    folder = tmp_path_factory.mktemp("reader")
    for block in blocks(README, "python"):
        name = re.match(r"# (\w+\.py)\n", block)
        assert name, "a Python block begins with the name of its file"
        (folder / name[1]).write_text(block)
    commands = folder / "bin"
    commands.mkdir()
    for name, words in (("python", ""), ("corollary", "-m corollary ")):
        command = commands / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        command.chmod(0o755)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("block", blocks(README, "console"))
def test_a_command_prints_what_is_shown(place, block):
    command, _, shown = block.partition("\n")
    assert command.startswith("$ ")
    environment = {
        **os.environ,
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "COLUMNS": "120",
    }
    done = subprocess.run(
        ["sh", "-c", command[2:]], cwd=place, env=environment, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stderr
    assert agree(done.stdout, shown), done.stdout


def test_every_file_shown_is_used_by_a_command_shown(place):
    files = {path.stem for path in place.glob("*.py")}
    assert len(files) >= 3
    words = " ".join([*blocks(README, "console"), *blocks(README, "python")])
    assert all(re.search(rf"(python |from |n ){name}\b", words) for name in files)


def test_the_table_of_the_main_run_names_claims_that_exist():
    from corollary.verify import select

    (table,) = blocks(README, "text")
    family, named = "", set()
    for indent, name in re.findall(r"^( {1,2})([a-z][\w-]*)", table, flags=re.MULTILINE):
        if len(indent) == 1:
            family = name
        else:
            named.add(f"{family}.{name}")
    named -= {".claim"}
    assert len(named) >= 10
    assert named <= {claim.name for claim in select()}
    assert f"{len(select())} claims" in table


def test_the_comparison_can_fail():
    assert agree("a  b\nc d\n", "a b\n...\n")
    assert not agree("a b\n", "a c\n")
    assert blocks("```text\none\n```\n\n```text\ntwo\n```\n", "text") == ["one\n", "two\n"]
