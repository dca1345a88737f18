"""Laws (small functions that kernels inline), and kernels that are generic over them.

A law is compiled if it is a Numba function and interpreted otherwise. Kernels over the built-in
laws are cached on disk; that needs laws whose identity is the same in every process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakSet

import numba
import numpy as np
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError

from corollary.algorithms._kernel import kernel

Law = Callable[..., Any]
_BUILT_IN: WeakSet[Any] = WeakSet()


def law(function: Law, name: str = "") -> Law:
    """Return `function` compiled as a built-in law; `name` tells closures of one function apart."""
    compiled: Law = kernel(function, cached=False)
    if isinstance(compiled, Dispatcher):
        compiled._set_uuid(f"corollary:{function.__module__}:{function.__qualname__}:{name}")
    _BUILT_IN.add(compiled)
    return compiled


def is_compiled(function: Law) -> bool:
    """Return whether `function` is a Numba function; a built-in law counts with Numba off too."""
    return isinstance(function, Dispatcher) or function in _BUILT_IN


def is_built_in(function: Law) -> bool:
    """Return whether `function` was made by `law`."""
    return function in _BUILT_IN


class Engine:
    """A kernel over laws in three forms: cached on disk, compiled afresh, and interpreted."""

    def __init__(self, body: Law) -> None:
        self.__doc__ = body.__doc__
        self._cached = kernel(body)
        self._fresh = kernel(body, cached=False)
        self._plain = body

    def __call__(self, *arguments: Any) -> Any:
        laws = [argument for argument in arguments if callable(argument)]
        if all(map(is_built_in, laws)):
            return self._cached(*arguments)
        if all(map(is_compiled, laws)):
            return self._fresh(*arguments)
        plain = {id(law): getattr(law, "py_func", law) for law in laws if is_built_in(law)}
        return self._plain(*(plain.get(id(argument), argument) for argument in arguments))


@law
def same_item(a: Any, b: Any) -> bool:
    """Return whether two scalars are equal."""
    return a == b


@law
def same_row(a: Any, b: Any) -> bool:
    """Return whether two rows are equal in every entry."""
    for i in range(a.size):  # noqa: SIM110 (Numba has no generators)
        if a[i] != b[i]:
            return False
    return True


@law
def item_itself(message: Any) -> Any:
    """Return a scalar as its own priority."""
    return message


@law
def first_entry(message: Any) -> Any:
    """Return the first entry of a row as its priority."""
    return message[0]


def equality(array: Any) -> Law:
    """Return the law that compares two elements kept in `array`."""
    return same_item if array.ndim == 1 else same_row


def elements(values: Any, unit: Any, name: str) -> Any:
    """Return `values` as an array of elements of the type of `unit`, copied.

    Numbers go to an array (n,), rows to (n, k), and anything else to an object array.
    """
    like = np.asarray(unit)
    if like.dtype.kind not in "biuf":
        array = np.empty(len(values), dtype=object)
        array[:] = list(values)
        return array
    array = np.asarray(values)
    if array.size == 0 and array.ndim == 1:
        return np.empty((0, *like.shape), dtype=like.dtype)
    if array.dtype.kind not in "biuf" or not np.can_cast(array.dtype, like.dtype, "same_kind"):
        raise TypeError(f"{name} must be {like.dtype} elements, got dtype {array.dtype}")
    if array.shape[1:] != like.shape:
        raise ValueError(
            f"{name} must have shape (n{''.join(f', {k}' for k in like.shape)}), got {array.shape}"
        )
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError(f"{name} must not be NaN")
    return np.array(array, dtype=like.dtype, order="C")


def checked_law(function: Any, name: str, arguments: tuple[Any, ...], result: Any) -> Law:
    """Return `function` such that a wrong kind of result is an error that names it.

    Parameters
    ----------
    function : callable
        Compiled laws are typed once, here; interpreted ones are watched at every call.
    name : str
        What the law is called in messages.
    arguments, result : elements
        Examples of what the law takes and returns.

    Raises
    ------
    TypeError
        If it is not callable, or compiled and of another type.
    """
    if not callable(function):
        raise TypeError(f"{name} must be a function, got {type(function).__name__}")
    if is_compiled(function):
        if not is_built_in(function):
            _check_type(function, name, arguments, result)
        return function
    return _watched(function, name, result)


def _check_type(function: Any, name: str, arguments: tuple[Any, ...], result: Any) -> None:
    types = tuple(numba.typeof(argument) for argument in arguments)
    wanted = numba.typeof(result)
    try:
        function.compile(types)
    except (NumbaError, TypeError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise TypeError(f"{name} does not compile for ({_names(types)}): {reason}") from error
    got = function.overloads[types].signature.return_type
    if isinstance(wanted, numba.types.Array):
        fits = isinstance(got, numba.types.Array) and got.ndim == wanted.ndim
        fits = fits and _fits(got.dtype, wanted.dtype)
    else:
        fits = _fits(got, wanted)
    if not fits:
        raise TypeError(f"{name} must return {wanted}, got {got} for ({_names(types)})")


def _fits(got: Any, wanted: Any) -> bool:
    ladder = (numba.types.Boolean, numba.types.Integer, numba.types.Float)
    return any(
        isinstance(wanted, kind) and isinstance(got, ladder[: level + 1])
        for level, kind in enumerate(ladder)
    )


def _names(types: tuple[Any, ...]) -> str:
    return ", ".join(map(str, types))


def _watched(function: Law, name: str, result: Any) -> Law:
    accept, wanted = _acceptor(result)
    exact = type(result.item()) if isinstance(result, np.generic) else None

    def watched(*arguments: Any) -> Any:
        try:
            value = function(*arguments)
        except Exception as error:
            raise ValueError(
                f"{name} raised {type(error).__name__}: {error}, called with {arguments}"
            ) from error
        if type(value) is exact or accept(value):
            return value
        raise TypeError(
            f"{name} must return {wanted}, got {value!r} ({type(value).__name__}), "
            f"called with {arguments}"
        )

    return watched


def _acceptor(result: Any) -> tuple[Callable[[Any], bool], str]:
    """Return the test for values that can stand where `result` stands, and its description."""
    if isinstance(result, np.ndarray):
        shape, letters = result.shape, "biuf"[: "biuf".index(result.dtype.kind) + 1]
        return (
            lambda value: np.shape(value) == shape and np.asarray(value).dtype.kind in letters,
            f"a {result.dtype} row of shape {shape}",
        )
    kinds: tuple[type, ...] = (type(result),)
    if isinstance(result, np.generic):
        ladder = (bool, np.bool_, int, np.integer, float, np.floating)
        kinds = ladder[: {"b": 2, "i": 4, "u": 4, "f": 6}[result.dtype.kind]]
    wanted = str(result.dtype) if isinstance(result, np.generic) else type(result).__name__
    return (lambda value: isinstance(value, kinds)), wanted
