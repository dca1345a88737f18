"""How batches travel to an array library and back: by the array API there, by DLPack back."""

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
    if library not in NAMESPACES:
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


def session(library: str, dtype: str) -> AbstractContextManager[Any]:
    """Return the context in which `library` keeps arrays of `dtype` as they are."""
    if library != "jax" or dtype != "float64":
        return nullcontext()
    jax = importlib.import_module("jax")
    if not hasattr(jax, "enable_x64"):  # before it left the experimental part
        jax = importlib.import_module("jax.experimental")
    context: AbstractContextManager[Any] = jax.enable_x64(True)
    return context


def encode(values: Array, library: str, dtype: str) -> Any:
    """Return a new array of the library that holds `values` as `dtype`."""
    arrays = namespace(library)
    return arrays.asarray(np.ascontiguousarray(values), dtype=getattr(arrays, dtype), copy=True)


def dtype_name(array: Any) -> str:
    """Return the name of the array's dtype without that of its library."""
    return str(array.dtype).rpartition(".")[2]


def decode(array: Any, library: str) -> Any:
    """Return the array as NumPy's, wherever it lies; bfloat16 comes as float32, which holds it."""
    if library == "numpy":
        return array
    if library == "torch":
        array = array.detach().cpu()
    if dtype_name(array) == "bfloat16":
        arrays = namespace(library)
        array = arrays.asarray(array, dtype=arrays.float32)
    return np.from_dlpack(array)
