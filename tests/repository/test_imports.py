"""Imports point one way: theory and algorithms know nobody, verify both, figures all."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ALLOWED = {
    "theory": {"theory"},
    "algorithms": {"algorithms"},
    "verify": {"theory", "algorithms", "verify"},
    "figures": {"theory", "algorithms", "verify", "figures"},
}
# What would make closed forms and kernels slow to import, or dependent on the search.
FOREIGN = {
    "theory": {"numba", "hypothesis", "rich", "click"},
    "algorithms": {"hypothesis", "rich", "click", "sympy"},
}


def imported(file: Path, package: str) -> Iterator[str]:
    """Yield the absolute name of everything that `file` of `package` imports, wherever it does."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = ".".join([*(parents if node.level else []), *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def breach(file: Path, root: Path, name: str) -> bool:
    """Return whether `file` may not import `name`."""
    place = file.relative_to(root)
    room, (top, _, rest) = place.parts[0], name.partition(".")
    if top != "corollary":
        return top in FOREIGN.get(room, set())
    target = rest.partition(".")[0]
    if place == Path("verify/cli.py") and target == "figures":
        return False  # the command line is the door to every room
    return target in ALLOWED and target not in ALLOWED[room]


def breaches(root: Path) -> tuple[int, list[str]]:
    """Return how many files were read, and each forbidden import as ``file: name``."""
    files = [file for room in ALLOWED for file in sorted((root / room).rglob("*.py"))]
    found = [
        f"{file.relative_to(root)}: {name}"
        for file in files
        for name in imported(file, ".".join(["corollary", *file.parent.relative_to(root).parts]))
        if breach(file, root, name)
    ]
    return len(files), found


def test_imports_point_one_way():
    count, found = breaches(ROOT)
    assert count >= 50
    assert not found


@pytest.mark.parametrize(
    "file, line, name",
    [
        ("theory/a.py", "import corollary.algorithms.softmax", "corollary.algorithms.softmax"),
        ("theory/a.py", "from corollary import verify", "corollary.verify"),
        ("theory/b/c.py", "from ...algorithms import softmax", "corollary.algorithms.softmax"),
        ("theory/a.py", "def f():\n    import numba", "numba"),
        ("algorithms/a.py", "from corollary.theory import softmax", "corollary.theory.softmax"),
        ("algorithms/b/c.py", "from hypothesis import given", "hypothesis.given"),
        ("verify/a.py", "if True:\n    import corollary.figures", "corollary.figures"),
        ("verify/b/c.py", "from ... import figures", "corollary.figures"),
    ],
)
def test_a_planted_breach_is_found(tmp_path, file, line, name):
    place = tmp_path / file
    place.parent.mkdir(parents=True)
    place.write_text(line + "\n")
    assert breaches(tmp_path) == (1, [f"{file}: {name}"])


@pytest.mark.parametrize(
    "file, line",
    [
        ("theory/a.py", "from corollary.theory.softmax import entropy_deficit\nimport numpy"),
        ("verify/roles/a.py", "from corollary.algorithms.softmax import softmax"),
        ("verify/claims/a.py", "from corollary.theory import softmax"),
        ("verify/cli.py", "from corollary.figures import build_all"),
        ("figures/a.py", "from corollary import algorithms, theory, verify"),
        ("theory/b/c.py", "from ._arguments import positive\nfrom . import other"),
    ],
)
def test_an_allowed_import_is_left_alone(tmp_path, file, line):
    place = tmp_path / file
    place.parent.mkdir(parents=True)
    place.write_text(line + "\n")
    assert breaches(tmp_path) == (1, [])


def loaded_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after `code`."""
    start = f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r})"
    ending = "print('loaded', *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([start, code, ending])],
        capture_output=True,
        text=True,
        check=True,
    )
    last = done.stdout.splitlines()[-1].split()
    assert last[0] == "loaded" and "sys" in last
    return set(last[1:])


def test_importing_corollary_loads_nothing_heavy():
    loaded = loaded_after("import corollary")
    assert "corollary" in loaded
    assert not loaded & {"numpy", "numba", "scipy", "sympy", "hypothesis", "rich", "click"}


def test_help_loads_neither_numerics_nor_the_search():
    code = (
        "from corollary.verify.cli import main\n"
        "for command in ([], *([name] for name in main.commands)):\n"
        "    main([*command, '--help'], standalone_mode=False)"
    )
    loaded = loaded_after(code)
    assert "click" in loaded
    assert not loaded & {"numba", "sympy", "hypothesis", "scipy", "matplotlib", "networkx", "z3"}


def test_the_check_of_what_is_loaded_can_fail():
    assert "numpy" in loaded_after("import corollary; corollary.algorithms.__name__; import numpy")
    assert "numba" in loaded_after("from corollary.algorithms import _kernel")


def test_the_machine_offers_on_first_use_what_type_checkers_see():
    from corollary import verify

    statements = ast.parse((ROOT / "verify" / "__init__.py").read_text())
    seen = {
        (node.module.removeprefix("corollary.verify."), alias.name)
        for node in ast.walk(statements)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("corollary.")
        for alias in node.names
    }
    assert seen == {(module, name) for name, module in verify._MODULE_OF.items()}
    assert {name for _, name in seen} == set(verify.__all__)
    assert all(getattr(verify, name) is not None for name in verify.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        verify.nothing  # noqa: B018
