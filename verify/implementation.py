"""Implementations: a function resolved by name, bound to a role, guarded while it runs."""

from __future__ import annotations

import hashlib
import importlib
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.verify._versions import function_stamp, installed
from corollary.verify.libraries import decode, dtype_name, encode, session
from corollary.verify.precision import FLOAT64, PRECISIONS, Array, Precision

FAULTS = ("wrong", "precision", "convention", "outside the domain", "raised", "timed out")


class Fault(Exception):
    """The implementation broke its interface: a refutation of the given class."""

    def __init__(self, kind: str, message: str) -> None:
        assert kind in FAULTS
        super().__init__(message)
        self.kind = kind


class Lost(Fault):
    """The process of an isolated call was lost, which makes the case costly to repeat."""


class Misuse(ValueError):
    """What was asked cannot be done, which is seen only when the function is called."""


RAISED = (Exception, SystemExit, GeneratorExit)
"""What a function may raise and the run goes on; an interrupt from the keyboard ends it."""


def fault_of(error: BaseException) -> Fault:
    """Return the refutation that an exception of the implementation is."""
    if isinstance(error, Fault):
        return error
    refuses = isinstance(error, (ValueError, TypeError, NotImplementedError))
    message = ": ".join(part for part in (type(error).__name__, str(error)) if part)
    return Fault("outside the domain" if refuses else "raised", message + _place(error))


def _place(error: BaseException) -> str:
    """Return the last line of the user's own that an exception came from: `` (mine.py:3)``.

    Nothing where it all happened in installed packages or here.
    """
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename).resolve()
        if path.is_file() and not installed(path, Path(__file__).resolve().parent):
            return f" ({path.name}:{frame.lineno})"
    return ""


@dataclass(frozen=True)
class Implementation:
    """A function, how it is bound to a role, and the precision by which it is judged.

    `bind` holds constant keyword arguments; a string value beginning with ``@`` names an argument
    of the role that the function takes itself (``{"temperature": "@temperature"}``).
    """

    name: str
    function: Callable[..., Any]
    bind: Mapping[str, Any] = field(default_factory=dict)
    precision: Precision = FLOAT64
    library: str = "numpy"
    device: str | None = None

    def takes(self, argument: str) -> bool:
        """Return whether the function takes the role's `argument` itself."""
        return f"@{argument}" in self.bind.values()

    def session(self) -> AbstractContextManager[Any]:
        """Return the context in which the function is called and its results are read."""
        return session(self.library, self.precision.name)

    def arrays(
        self, *values: NDArray[Any], shape: tuple[int, ...] | None = None, **role_arguments: Any
    ) -> Array:
        """Return the function's result on arrays as float64.

        It must have `shape`, that of the first array if none is given.

        Raises
        ------
        Fault
            If it raises, changes its input, or returns another kind of object, or an array of
            another shape, dtype or device.
        """
        with self.session():
            sent, result = self.sent(*values, **role_arguments)
            return self._checked(result, sent[0], tuple(sent[0].shape) if shape is None else shape)

    def sent(self, *values: Any, **role_arguments: Any) -> tuple[list[Any], Any]:
        """Return what the function was called with, and what it returned.

        Arrays travel in its library: real ones rounded to its precision, others as whole
        numbers. What is no array is passed as it is.
        """
        name = self.precision.name
        whole = "int32" if self.library == "jax" and name != "float64" else "int64"
        dtypes = [_dtype_of(item, name, whole) for item in values]
        given = [
            self.precision.round(item) if dtype == name else item
            for item, dtype in zip(values, dtypes, strict=True)
        ]
        encoded = [
            encode(item, self.library, dtype, self.device) if dtype else item
            for item, dtype in zip(given, dtypes, strict=True)
        ]
        result = self.plain(*encoded, **role_arguments)
        for before, after, dtype in zip(given, encoded, dtypes, strict=True):
            if dtype and not np.array_equal(decode(after, self.library), before, dtype == name):
                raise Fault("wrong", "changed its input")
        return encoded, result

    def _checked(self, result: Any, like: Any, shape: tuple[int, ...]) -> Array:
        """Return a result as float64, if it is an array such as `like`, of this precision."""
        if self.library == "numpy" and not isinstance(result, np.ndarray):
            result = _listed(result)
        if not isinstance(result, type(like)):
            expected = f"expected an array of {self.library}"
            raise Fault("convention", f"returned {type(result).__name__}, {expected}")
        if tuple(result.shape) != shape:
            shapes = f"{tuple(result.shape)}, expected {shape}"
            raise Fault("convention", f"returned shape {shapes}")
        if (dtype := dtype_name(result)) != self.precision.name:
            raise Fault("convention", f"returned dtype {dtype}, expected {self.precision.name}")
        if result.device != like.device:
            devices = f"{result.device}, expected {like.device}"
            raise Fault("convention", f"returned an array on {devices}")
        return self.numbers(result)

    def numbers(self, result: Any) -> Array:
        """Return an array of the function's library as NumPy's, in float64.

        Raises
        ------
        Fault
            If it is none, or one of something else than real numbers.
        """
        try:
            found = np.asarray(decode(result, self.library))
            if result is None or found.dtype.kind not in "fiubO":
                kind = "None" if result is None else str(found.dtype)
                raise Fault("convention", f"returned {kind}, expected real numbers")
            output: Array = found.astype(np.float64, copy=False)
        except (TypeError, ValueError, AttributeError, BufferError) as error:
            expected = f"expected an array of {self.library}"
            raise Fault("convention", f"returned {type(result).__name__}, {expected}") from error
        return output

    def plain(self, *values: Any, **role_arguments: Any) -> Any:
        """Return what the function returns; whatever it raises becomes a `Fault`."""
        keywords = {
            name: self._argument(name, value[1:], role_arguments)
            if isinstance(value, str) and value.startswith("@")
            else value
            for name, value in self.bind.items()
        }
        try:
            return self.function(*values, **keywords)
        except Misuse:
            raise
        except RAISED as error:
            raise fault_of(error) from error

    @staticmethod
    def _argument(name: str, wanted: str, given: Mapping[str, Any]) -> Any:
        if wanted not in given:
            raise Misuse(f"bind {name!r} asks for @{wanted}, an argument the role does not pass")
        return given[wanted]

    def fingerprint(self) -> str:
        """Return a hash that changes when the implementation may have changed."""
        call = sorted(self.bind.items()), self.library, self.device
        parts = repr(call), function_stamp(self.name, self.function)
        return "-".join(hashlib.sha256(part.encode()).hexdigest()[:8] for part in parts)


def _listed(result: Any) -> Any:
    """Return numbers and lists of them as an array, anything else as it is."""
    try:
        found = np.asarray(result)
    except ValueError:  # lists of different lengths
        return result
    return found if found.dtype.kind in "fiub" else result


def _dtype_of(item: Any, real: str, whole: str) -> str | None:
    """Return the dtype in which an argument travels, or None where it is no array."""
    if not isinstance(item, np.ndarray):
        return None
    return real if item.dtype.kind == "f" else whole


def resolve(name: str, kind: str = "implementation") -> Any:
    """Return the object that ``"module:attribute"`` or ``"folder/module.py:attribute"`` names.

    `kind` is what messages call it. The folder of a file comes first where modules are sought.

    Raises
    ------
    ValueError
        If the form is another, the module does not import, or it has no such attribute.
    """
    module_name, colon, attribute = name.rpartition(":")
    if not colon or not module_name or not attribute:
        raise ValueError(f"{kind} must have the form 'module:attribute', got {name!r}")
    if module_name.endswith(".py"):
        module_name = _module_of_file(Path(module_name), kind)
    top = module_name.partition(".")[0]
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == top:
            raise ValueError(
                f"{kind} {name!r}: the package {top!r} is not installed here "
                f"(or the module {module_name!r} does not exist)"
            ) from error
        raise ValueError(f"{kind} {name!r} does not import: {error}") from error
    except Exception as error:
        raise ValueError(
            f"{kind} {name!r} does not import: {type(error).__name__}: {error}"
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise ValueError(f"{kind} {name!r}: {module_name!r} has no {attribute!r}")
        found = getattr(found, part)
    return found


def _module_of_file(path: Path, kind: str) -> str:
    """Return the name under which a file imports as a module, its folder the first place."""
    if not path.is_file():
        raise ValueError(f"{kind}: there is no file {str(path)!r}")
    folder = str(path.resolve().parent)
    if sys.path[0] != folder:
        sys.path.insert(0, folder)
    return path.stem


def precision_named(name: str) -> Precision:
    """Return the number format called `name`, or raise ValueError listing those there are."""
    if not isinstance(name, str) or name not in PRECISIONS:
        names = ", ".join(map(repr, PRECISIONS))
        raise ValueError(f"dtype must be one of the names {names}, got {name!r}")
    return PRECISIONS[name]
