"""The documentation prints what it says it prints, and its tables are those of their scripts."""

import contextlib
import doctest
import importlib.util
import io
import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from corollary.verify.cli import main

DOCS = Path(__file__).parent.parent.parent / "docs"
BLOCK = re.compile(r"```python\n(.*?)```(?:\n+```text\n(.*?)```)?", re.DOTALL)
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PAGES_WITH_ROLES = [page.name for page in DOCS.glob("*.md") if "<!-- role: " in page.read_text()]


def script(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    [
        "softmax.md",
        "softmax-roles.md",
        "directed-information.md",
        "noprop-roles.md",
        "reasoning.md",
    ],
)
def test_examples_print_what_the_page_says(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "page"}
    blocks = BLOCK.findall((DOCS / name).read_text(encoding="utf-8"))
    assert blocks
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, name, "exec"), namespace)
        assert doctest.OutputChecker().check_output(expected, printed.getvalue(), SAME), (
            f"{code}printed\n{printed.getvalue()}"
        )


def test_sessions_print_what_the_page_says():
    path = DOCS / "filter-equivariance.md"
    found = doctest.testfile(str(path), module_relative=False, optionflags=SAME)
    assert found.failed == 0 and found.attempted > 15


@pytest.mark.parametrize("name", PAGES_WITH_ROLES)
def test_tables_of_roles_are_up_to_date(name):
    page = (DOCS / name).read_text(encoding="utf-8")
    assert script("role_tables").updated(page) == page


def test_a_table_of_a_role_says_what_its_claims_refute():
    lines = script("role_tables").table("list_function").splitlines()
    assert lines[0].endswith("`builtins:sorted`.")
    (invention,) = [line for line in lines if line.startswith("| `no-invention`")]
    assert invention.endswith("| one 2 for nothing |")
    assert all(line.count("|") == 4 for line in lines[2:])


@pytest.mark.usefixtures("registry")
def test_a_table_of_a_role_does_not_depend_on_the_order_of_imports():
    from corollary.verify.claim import REGISTRY

    tables = script("role_tables")
    usual = tables.table("softmax")
    kept = sorted(REGISTRY.items(), key=lambda item: tables._module(item[1]), reverse=True)
    assert [name for name, _ in kept] != list(REGISTRY)
    REGISTRY.clear()
    REGISTRY.update(kept)
    assert tables.table("softmax") == usual


def test_the_bandit_tables_are_computed():
    bandits = script("directed_information_tables")
    page = bandits.PAGE.read_text(encoding="utf-8")
    assert bandits.updated(page) == page
    assert "| 0.75 | 2.249369 | 0.317354 | 1.109682 | 0.417303 |" in page


@pytest.fixture
def gallery(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.chdir(DOCS)
    return script("gallery")


def test_the_gallery_shows_what_was_found(gallery):
    found = json.loads(gallery.STORE.read_text(encoding="utf-8"))
    keys = {gallery.key(entry, dtype) for entry in gallery.ENTRIES for dtype in entry.dtypes}
    assert keys == set(found)
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page(found)


def test_the_gallery_has_a_word_on_everything_that_is_refuted(gallery):
    for name, found in gallery.kept().items():
        for item in found["wrong"]:
            claim = item["claim"].partition(".")[2]
            assert f"`{claim}`" in gallery.NOTES[name.partition(" ")[0]], (name, claim)


CHEAP = ("natural_list_function", "hardmax", "argument_function", "message_function")


def test_rows_of_the_gallery_that_need_no_peer_come_out_again(gallery):
    """The claims that are refuted, of functions that the tests' own packages have."""
    found = gallery.kept()
    runs = [
        (entry, dtype)
        for entry in gallery.ENTRIES
        if entry.role in CHEAP and entry.package in ("python", "more-itertools", "numpy")
        for dtype in entry.dtypes
        if found[gallery.key(entry, dtype)]["wrong"]
    ]
    assert len(runs) > 15
    for run in runs:
        again, _ = gallery.judged(*run)
        kept = found[gallery.key(*run)]
        assert again["claims"] == kept["claims"]
        for one, other in zip(again["wrong"], kept["wrong"], strict=True):
            assert (one["claim"], one["class"]) == (other["claim"], other["class"]), run


@pytest.mark.parametrize("name", ["numpy.multiply beside max", "numpy.cumsum(xs)", "numpy.add.at"])
def test_a_line_of_the_gallery_replays_its_case(gallery, name):
    for key, found in gallery.kept().items():
        if f" {name} " in key:
            for item in found["wrong"]:
                _, line = item["lines"][-1].split("replay: ")
                program, *arguments = shlex.split(line)
                result = CliRunner().invoke(main, arguments)
                assert program == "corollary" and result.exit_code == 1, result.output
                assert item["lines"][0].partition(": ")[2] in result.output


def test_a_gallery_entry_may_be_judged_against_some_claims(gallery):
    """The page then says of how many."""
    claims = ("reasoning.update-is-an-action",)
    bind = {"aggregator": "max"}
    entry = gallery.Entry("numpy", "hypot", "update", "numpy:hypot", bind=bind, claims=claims)
    found, seconds = gallery.judged(entry, "float64")
    assert found["claims"] == 1 and seconds > 0
    assert "0 of 1, of 2 | update-is-an-action" in gallery._row(entry, "float64", found)
