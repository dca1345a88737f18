"""The tables of roles name every role that can be played, and nothing else."""

import re
from pathlib import Path

from corollary.verify import select
from corollary.verify.claim import playable_roles

ROOT = Path(__file__).parent.parent.parent
ROLES = playable_roles(select())


def first_cells(text: str, header: str, column: int = 0) -> set[str]:
    """Return the names in backquotes in one column of the tables under `header`."""
    tables = re.findall(rf"^\| {header} \|.*\n((?:\|.*\n)+)", text, flags=re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1 + column])}


def test_the_page_on_conformance_names_every_role():
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    assert first_cells(page, "roles") == set(ROLES)


def test_each_role_with_a_page_is_on_it():
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*) \| \[[\w-]+\]\(([\w-]+\.md)\) \|$", page, flags=re.MULTILINE)
    assert len(rows) == 5
    for names, target in rows:
        text = (ROOT / "docs" / target).read_text(encoding="utf-8")
        missing = [name for name in re.findall(r"`(\w+)`", names) if name not in text]
        assert not missing, (target, missing)


def test_the_families_of_the_readme_name_roles_that_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = first_cells(readme, "family", column=2)
    assert len(named) > 15
    assert named <= set(ROLES)
