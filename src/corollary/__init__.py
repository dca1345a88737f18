"""Theorems that run: reference implementations, closed forms, searches for counterexamples."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

_MODULES = ("theory", "algorithms", "verify", "figures", "adapters", "strategies")
_PUBLIC = {
    "check": "corollary.verify",
    "conformance": "corollary.verify.pytest_plugin",
    "replay": "corollary.verify",
    "Report": "corollary.verify",
}
__all__ = [*_MODULES, *_PUBLIC, "__version__"]

# A checkout without symbolic links (the default on Windows) holds small text files where the
# links should be; the rooms are then found at the top of the repository instead.
_HERE = Path(__file__).parent
if not (_HERE / "theory").is_dir():
    __path__.append(str(_HERE.parent.parent))


def __getattr__(name: str) -> Any:
    """Import a module or a public name on first use, so that ``import corollary`` costs nothing."""
    if name in _MODULES:
        return importlib.import_module(f"corollary.{name}")
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'corollary' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
