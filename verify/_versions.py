"""What code a piece of evidence is about: hashes that change when any of it may have changed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
import sysconfig
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from corollary.algorithms._kernel import sources_stamp

_ROOMS = Path(__file__).resolve().parent.parent
_INSTALLED = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")]


def claims_stamp(module: str) -> str:
    """Return a hash of all that a claim written in `module` rests on besides the implementation."""
    own = sources_stamp(_ROOMS / "verify"), sources_stamp(_ROOMS / "theory")
    return _digest(*own) if module.startswith("corollary.") else _digest(*own, _user_sources())


def function_stamp(name: str, function: Callable[..., Any]) -> str:
    """Return a hash of an implementation's code, as far as that can be known.

    The project's own is known by its sources, an installed one by its version, a user's by all
    sources outside installed packages. A closure, a bound method or another object that no name
    leads to may hold any state: its stamp never repeats.
    """
    if not leads_to(name, function):
        return uuid.uuid4().hex
    top = name.partition(":")[0].partition(".")[0]
    if top == "corollary":
        return _digest(sources_stamp(_ROOMS / "algorithms"), sources_stamp(_ROOMS / "theory"))
    try:
        return _digest(top, importlib.metadata.version(top), _user_sources())
    except importlib.metadata.PackageNotFoundError:
        return _digest(_user_sources())


def leads_to(name: str, function: Callable[..., Any]) -> bool:
    """Return whether ``module:attribute`` is a name of this very function."""
    module, _, attribute = name.partition(":")
    found: Any = sys.modules.get(module)
    for part in attribute.split("."):
        found = getattr(found, part, None)
    return found is function


def _user_sources() -> str:
    """Return a hash of all loaded source files that belong to no installed package."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    own = {file for file in files if file and file.endswith(".py") and _is_users(file)}
    return _digest(*(file + _contents(Path(file)) for file in sorted(own)))


@cache
def _is_users(file: str) -> bool:
    return not installed(Path(file).resolve(), _ROOMS)


def installed(path: Path, *also: Path) -> bool:
    """Return whether a resolved path lies where packages are installed, or in `also`."""
    return any(path.is_relative_to(place) for place in (*_INSTALLED, *also))


def _contents(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:  # the file is gone since it was loaded
        return "gone"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
