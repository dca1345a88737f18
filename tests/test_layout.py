"""The four lists that name the rooms agree with the folders on disk."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = {"theory", "algorithms", "verify", "figures"}


def test_links_wheel_map_and_sdist_name_the_same_rooms():
    """A new room needs one link and three entries; forgetting one breaks an install, not a test."""
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
        "targets"
    ]
    links = {path.name for path in (ROOT / "src" / "corollary").iterdir() if path.is_symlink()}
    mapped = set(hatch["wheel"]["sources"]) - {"src"}
    wheel = {entry for entry in hatch["wheel"]["only-include"] if "/" not in entry}
    assert links == mapped == wheel == ROOMS
    assert set(hatch["sdist"]["only-include"]) >= ROOMS


def test_wheel_and_sdist_name_every_module_beside_the_rooms():
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
        "targets"
    ]
    own = (path for path in (ROOT / "src" / "corollary").iterdir() if not path.is_symlink())
    files = {f"src/corollary/{path.name}" for path in own if path.name != "__pycache__"}
    for target in ("wheel", "sdist"):
        named = set(hatch[target]["only-include"])
        assert {item for item in named if item.startswith("src/")} == files
