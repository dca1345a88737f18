"""Implementations: a function resolved by name, bound to a role, guarded while it runs."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from corollary.verify._versions import function_stamp
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


def fault_of(error: Exception) -> Fault:
    """Return the refutation that an exception of the implementation is."""
    if isinstance(error, Fault):
        return error
    refuses = isinstance(error, (ValueError, TypeError, NotImplementedError))
    return Fault("outside the domain" if refuses else "raised", f"{type(error).__name__}: {error}")


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

    def takes(self, argument: str) -> bool:
        """Return whether the function takes the role's `argument` itself."""
        return f"@{argument}" in self.bind.values()

    def arrays(self, *values: Array, **role_arguments: Any) -> Array:
        """Return the function's result on arrays (rounded to its precision) as float64.

        The result is expected to have the shape of the first one.

        Raises
        ------
        Fault
            If it raises, changes its input, or returns another shape, dtype or kind of object.
        """
        rounded = [self.precision.round(item) for item in values]
        with session(self.library, self.precision.name):
            encoded = [encode(item, self.library, self.precision.name) for item in rounded]
            result = self.plain(*encoded, **role_arguments)
            for sent, item in zip(encoded, rounded, strict=True):
                if not np.array_equal(decode(sent, self.library), item):
                    raise Fault("wrong", "changed its input")
            return self._checked(result, encoded[0])

    def _checked(self, result: Any, like: Any) -> Array:
        """Return a result as float64, if it is an array of the kind, shape and dtype of `like`."""
        if self.library == "numpy":
            result = np.asarray(result)
        if not isinstance(result, type(like)):
            expected = f"expected an array of {self.library}"
            raise Fault("convention", f"returned {type(result).__name__}, {expected}")
        if result.shape != like.shape:
            shapes = f"{tuple(result.shape)}, expected {tuple(like.shape)}"
            raise Fault("convention", f"returned shape {shapes}")
        if (dtype := dtype_name(result)) != self.precision.name:
            raise Fault("convention", f"returned dtype {dtype}, expected {self.precision.name}")
        output: Array = np.asarray(decode(result, self.library), dtype=np.float64)
        return output

    def plain(self, *values: Any, **role_arguments: Any) -> Any:
        """Return what the function returns; whatever it raises becomes a `Fault`."""
        keywords = {
            name: role_arguments[value[1:]]
            if isinstance(value, str) and value.startswith("@")
            else value
            for name, value in self.bind.items()
        }
        try:
            return self.function(*values, **keywords)
        except Exception as error:
            raise fault_of(error) from error

    def fingerprint(self) -> str:
        """Return a hash that changes when the implementation may have changed."""
        parts = repr(sorted(self.bind.items())), function_stamp(self.name, self.function)
        return "-".join(hashlib.sha256(part.encode()).hexdigest()[:8] for part in parts)


def resolve(name: str, kind: str = "implementation") -> Any:
    """Return the object that ``"module:attribute"`` names; `kind` is what messages call it.

    Raises
    ------
    ValueError
        If the form is another, the module does not import, or it has no such attribute.
    """
    module_name, colon, attribute = name.partition(":")
    if not colon or not module_name or not attribute:
        raise ValueError(f"{kind} must have the form 'module:attribute', got {name!r}")
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


def precision_named(name: str) -> Precision:
    """Return the number format called `name`, or raise ValueError listing those there are."""
    if name not in PRECISIONS:
        raise ValueError(f"dtype must be one of {', '.join(PRECISIONS)}, got {name!r}")
    return PRECISIONS[name]
