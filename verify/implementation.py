"""Implementations: a function resolved by name, bound to a role, guarded while it runs."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from corollary.verify._versions import function_stamp
from corollary.verify.precision import FLOAT64, PRECISIONS, Array, Precision

FAULTS = ("wrong", "precision", "convention", "outside the domain", "raised", "timed out")


class Fault(Exception):
    """The implementation broke its interface: a refutation of the given class."""

    def __init__(self, kind: str, message: str) -> None:
        assert kind in FAULTS
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Library:
    """How arrays travel to an array library and back."""

    encode: Callable[[Array, str], Any]
    decode: Callable[[Any], tuple[Any, str]]


def _torch_encode(values: Array, dtype: str) -> Any:
    torch = importlib.import_module("torch")
    return torch.from_numpy(np.array(values)).to(getattr(torch, dtype))


def _torch_decode(result: Any) -> tuple[Any, str]:
    torch = importlib.import_module("torch")
    if not isinstance(result, torch.Tensor):
        raise Fault("convention", f"returned {type(result).__name__}, expected torch.Tensor")
    dtype = str(result.dtype).removeprefix("torch.")
    return result.detach().cpu().to(torch.float64).numpy(), dtype


def _jax_encode(values: Array, dtype: str) -> Any:
    if dtype == "float64":
        importlib.import_module("jax").config.update("jax_enable_x64", True)
    return importlib.import_module("jax.numpy").asarray(values, dtype=dtype)


def _numpy_decode(result: Any) -> tuple[Any, str]:
    array = np.asarray(result)
    return array, str(array.dtype)


LIBRARIES = {
    "numpy": Library(lambda values, dtype: values.astype(dtype), _numpy_decode),
    "torch": Library(_torch_encode, _torch_decode),
    "jax": Library(_jax_encode, lambda result: (np.asarray(result), str(result.dtype))),
}


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

    def arrays(self, values: Array, **role_arguments: Any) -> Array:
        """Return the function's result on one array (rounded to its precision) as float64.

        Raises
        ------
        Fault
            If it raises, changes its input, or returns another shape, dtype or kind of object.
        """
        library = LIBRARIES[self.library]
        values = self.precision.round(values)
        encoded = library.encode(values, self.precision.name)
        result = self.plain(encoded, **role_arguments)
        if not np.array_equal(library.decode(encoded)[0], values):
            raise Fault("wrong", "changed its input")
        decoded, dtype = library.decode(result)
        if decoded.shape != values.shape:
            raise Fault("convention", f"returned shape {decoded.shape}, expected {values.shape}")
        if dtype != self.precision.name:
            raise Fault("convention", f"returned dtype {dtype}, expected {self.precision.name}")
        output: Array = np.asarray(decoded, dtype=np.float64)
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
        except Fault:
            raise
        except (ValueError, TypeError, NotImplementedError) as error:
            raise Fault("outside the domain", f"{type(error).__name__}: {error}") from error
        except Exception as error:
            raise Fault("raised", f"{type(error).__name__}: {error}") from error

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
