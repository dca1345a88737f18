"""How batches travel to an array library and its devices by the array API, and back by DLPack."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from corollary.verify.precision import Array

NAMESPACES = {
    "numpy": "numpy",
    "torch": "torch",
    "jax": "jax.numpy",
    "array_api_strict": "array_api_strict",
}
PACKAGES = {**{name: name for name in NAMESPACES}, "jaxlib": "jax"}


def namespace(library: str) -> Any:
    """Return the array namespace of `library`.

    Raises
    ------
    ValueError
        If it is not one of those known here, or is not installed.
    """
    if not isinstance(library, str) or library not in NAMESPACES:
        raise ValueError(f"library must be one of {', '.join(NAMESPACES)}, got {library!r}")
    try:
        return importlib.import_module(NAMESPACES[library])
    except ModuleNotFoundError as error:
        raise ValueError(f"library {library!r} is not installed here") from error


def library_of(function: Callable[..., Any]) -> str:
    """Return the library whose own function, module or compiled function this is, else NumPy."""
    places = [
        getattr(function, "__module__", None),
        *(k.__module__ for k in type(function).__mro__),
    ]
    tops = [(place or "").partition(".")[0] for place in places]
    return next((PACKAGES[top] for top in tops if top in PACKAGES), "numpy")


def device_of(function: Callable[..., Any]) -> str | None:
    """Return the device of a torch module's parameters; None leaves the choice to the library."""
    if library_of(function) != "torch" or not hasattr(function, "parameters"):
        return None
    first = next(iter(function.parameters()), None)
    return None if first is None else str(first.device)


def session(library: str, dtype: str) -> AbstractContextManager[Any]:
    """Return the context in which `library` keeps arrays of `dtype` as they are."""
    if library != "jax" or dtype != "float64":
        return nullcontext()
    jax = importlib.import_module("jax")
    if not hasattr(jax, "enable_x64"):  # before it left the experimental part
        jax = importlib.import_module("jax.experimental")
    context: AbstractContextManager[Any] = jax.enable_x64(True)
    return context


def encode(values: Array, library: str, dtype: str, device: Any = None) -> Any:
    """Return a new array of the library that holds `values` as `dtype`.

    `device` is a name such as ``"cuda:1"``, the device of another array, or None for the
    library's own choice.
    """
    arrays = namespace(library)
    if isinstance(device, str) and library in _DEVICES:
        device = _DEVICES[library](device)
    kind = getattr(arrays, dtype)
    return arrays.asarray(np.ascontiguousarray(values), dtype=kind, device=device, copy=True)


def _jax_device(name: str) -> Any:
    """Return the device that JAX writes as ``"gpu:1"``; without a number it is the first."""
    jax = importlib.import_module("jax")
    platform, _, number = name.partition(":")
    return jax.devices(platform)[int(number or 0)]


def _strict_device(name: str) -> Any:
    return namespace("array_api_strict").Device(name)


_DEVICES = {"jax": _jax_device, "array_api_strict": _strict_device}


def require_device(library: str, dtype: str, device: str) -> None:
    """Raise ValueError where arrays of the library cannot lie on `device` here."""
    try:
        with session(library, dtype):
            encode(np.zeros(1), library, dtype, device)
    except Exception as error:  # each library has its own for a device that is not there
        raise ValueError(
            f"device must be one where {library!r} can have {dtype} arrays here, got {device!r} "
            f"({type(error).__name__}: {error})"
        ) from error


def dtype_name(array: Any) -> str:
    """Return the name of the array's dtype without that of its library."""
    return str(array.dtype).rpartition(".")[2]


def decode(array: Any, library: str) -> Any:
    """Return the array as NumPy's, wherever it lies; bfloat16 comes as float32, which holds it."""
    if library == "numpy":
        return array
    if dtype_name(array) == "bfloat16":
        arrays = namespace(library)
        array = arrays.asarray(array, dtype=arrays.float32)
    if library == "torch":
        array = array.detach().cpu()
    elif library == "jax":
        jax = importlib.import_module("jax")
        array = jax.device_put(array, jax.devices("cpu")[0])
    return np.from_dlpack(array)
