"""The wheel holds one package with everything in it, and works where the repository is not."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("theory", "algorithms", "verify", "figures")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built by pip in an environment of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "-w", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("corollary-*.whl")
    return found


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def files_of_rooms() -> set[str]:
    """Return the files of the four rooms as they must stand in the wheel."""
    return {
        f"corollary/{path.relative_to(ROOT).as_posix()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_one_package_and_its_metadata_at_the_top(wheel):
    tops = {name.partition("/")[0] for name in names_in(wheel)}
    assert {top.partition("-")[0] for top in tops} == {"corollary"}
    assert len(tops) == 2 and any(top.endswith(".dist-info") for top in tops)


def test_every_file_of_the_rooms_is_inside(wheel):
    expected = files_of_rooms()
    assert any(name.endswith("templates/report.html") for name in expected)
    assert any(name.endswith("witnesses/softmax.json") for name in expected)
    package = {name for name in names_in(wheel) if name.startswith("corollary/")}
    own = (path for path in (ROOT / "src" / "corollary").iterdir() if not path.is_symlink())
    top = {f"corollary/{path.name}" for path in own if path.name != "__pycache__"}
    assert len(top) >= 5 and package == expected | top


def test_the_installed_wheel_judges_and_reports(wheel, tmp_path):
    site, place = tmp_path / "site", tmp_path / "elsewhere"
    place.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(site)]
    subprocess.run([*install, str(wheel)], capture_output=True, check=True)
    environment = {**os.environ, "PYTHONPATH": str(site)}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=place, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    origin = run("-c", "import corollary.theory; print(corollary.__file__, corollary.theory)")
    assert origin.count(str(site)) == 2
    run("-c", "from corollary import *; import corollary.adapters, corollary.strategies")
    # A table about a closed form: nothing is compiled, and stored counterexamples are replayed.
    run("-m", "corollary", "verify", "softmax.entropy-deficit-values", "--out", "out")
    evidence = json.loads((place / "out" / "evidence.json").read_text())
    assert evidence["as_expected"] is True
    assert evidence["claims"][0]["mutants"][0]["witness"]
    assert "<math" in (place / "out" / "report.html").read_text()
