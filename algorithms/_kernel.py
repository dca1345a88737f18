"""The house decorator for Numba kernels: no fast-math, and a cache that sees every source.

Numba's own disk cache looks at the file of the kernel alone: a kernel that calls a helper from
another file keeps the helper's old machine code after an edit. Here the stamp of every cached
kernel is a hash of all source files of the folder tree the kernel lives in.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from platformdirs import user_cache_path

_ROOMS = Path(__file__).resolve().parent.parent


@cache
def sources_stamp(folder: Path) -> str:
    """Return a hash of the names and contents of all Python files below `folder`."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


class _Locator(_CacheLocator):
    """Puts a kernel's machine code in the user's cache folder, stamped by all sources around it."""

    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        self._line = py_func.__code__.co_firstlineno
        self._room = _room_of(Path(py_file).resolve())
        name = hashlib.sha256(str(Path(py_file).resolve()).encode()).hexdigest()[:16]
        base = Path(numba.config.CACHE_DIR or user_cache_path("corollary"))
        self._path = base / "kernels" / f"{Path(py_file).stem}-{name}"

    def get_cache_path(self) -> str:
        return str(self._path)

    def get_source_stamp(self) -> str:
        return sources_stamp(self._room)

    def get_disambiguator(self) -> str:
        return str(self._line)

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Locator | None:
        locator = cls(py_func, py_file)
        try:
            locator.ensure_cache_path()
        except OSError:  # a read-only home: Numba then compiles anew in every process
            return None
        return locator


def _room_of(file: Path) -> Path:
    """Return the folder whose sources can change a kernel of `file`."""
    if file.is_relative_to(_ROOMS):
        return _ROOMS / file.relative_to(_ROOMS).parts[0]
    return file.parent


class _CacheImpl(CompileResultCacheImpl):
    _locator_classes: list[type[object]] = [_Locator]  # noqa: RUF012 (as Numba declares it)


class _KernelCache(FunctionCache):
    _impl_class = _CacheImpl


def kernel(
    function: Callable[..., Any] | None = None,
    *,
    parallel: bool = False,
    flags: frozenset[str] = frozenset(),
    cached: bool = True,
) -> Any:
    """Return `function` compiled on first call, without the GIL, dividing by zero as NumPy does.

    Parameters
    ----------
    function : callable
        Plain Python in Numba's subset: arrays in, arrays out, no validation.
    parallel : bool
        Only for kernels that last above 50 microseconds; the chunking must be fixed, so that
        the result does not depend on the number of threads.
    flags : frozenset of str
        LLVM fast-math flags, for innermost reductions only (never ``fastmath=True``).
    cached : bool
        Keep the machine code on disk, stamped by the sources of the whole room. A kernel that is
        not kept becomes part of those that call it: were it called instead, a process that has
        compiled it would run another copy than one that loads its caller, and with `flags` the
        two may round differently.
    """

    def decorate(plain: Callable[..., Any]) -> Any:
        dispatcher: Any = numba.njit(
            error_model="numpy",
            nogil=True,
            parallel=parallel,
            fastmath=set(flags),
            forceinline=not cached,
        )(plain)
        if cached and not numba.config.DISABLE_JIT:
            with contextlib.suppress(RuntimeError):  # no writable folder at all
                dispatcher._cache = _KernelCache(plain)
        return dispatcher

    return decorate if function is None else decorate(function)
