"""The documentation prints what it says it prints, and its tables are those of their scripts."""

import contextlib
import doctest
import importlib.util
import io
import json
import re
import sys
from pathlib import Path

import pytest

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


def test_the_gallery_shows_what_was_found():
    gallery = script("gallery")
    kept = json.loads(gallery.STORE.read_text(encoding="utf-8"))
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery._page(kept)
    keys = {gallery._key(entry, dtype) for entry in gallery.ENTRIES for dtype in entry.dtypes}
    assert keys == set(kept)
