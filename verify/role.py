"""Roles: the interface an implementation plays, and the wrong implementations it is told from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from corollary.verify.domain import Domain, Parameters
from corollary.verify.implementation import Implementation, precision_named, resolve
from corollary.verify.isolation import Isolated
from corollary.verify.libraries import device_of, library_of, namespace, require_device


@dataclass(frozen=True)
class Preset:
    """The binding a known library's function needs."""

    bind: Mapping[str, Any] = field(default_factory=dict)
    library: str = "numpy"


@dataclass(frozen=True)
class Role:
    """An interface in terms of mathematics, which anybody's function can play.

    Attributes
    ----------
    signature : str
        Arguments and result with shapes and dtypes, for readers.
    default : str
        The reference implementation, as ``"module:attribute"``.
    adapt : callable
        ``adapt(implementation)`` returns the function as laws call it: float64 arrays in and out.
    mutants : mapping of str to callable
        Wrong implementations, bound like the default.
    trivial : mapping of str to callable
        Implementations that know nothing of the problem; a law that only refutes these is empty.
    typical : tuple of Domain and parameters
        An ordinary input, on which the distance of a mutant from the right result is measured.
    presets : mapping of str to Preset
        Bindings of known functions.
    conventions : mapping of str to callable
        Other meanings a user may have had in mind: transforms of the implementation's function
        after which it would be right.
    """

    name: str
    family: str
    signature: str
    default: str
    adapt: Callable[[Implementation], Callable[..., Any]]
    mutants: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    trivial: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    typical: tuple[Domain, Parameters] | None = None
    presets: Mapping[str, Preset] = field(default_factory=dict)
    conventions: Mapping[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = field(
        default_factory=dict
    )

    def implementation(
        self,
        function: Callable[..., Any] | str | None = None,
        *,
        bind: Mapping[str, Any] | None = None,
        dtype: str = "float64",
        library: str | None = None,
        device: str | None = None,
        isolate: float | None = None,
    ) -> Implementation:
        """Return `function` (the default one when None) bound to this role.

        Raises
        ------
        TypeError, ValueError
            If `function` is not callable, does not import, or cannot be isolated; if `dtype` or
            `library` is unknown, or the library has no such dtype or device.
        """
        precision = precision_named(dtype)
        _require_keywords(bind)
        given = function
        if function is None:
            function = self.default
        if isinstance(function, str):
            name, function = function, resolve(function)
            if not callable(function):
                raise ValueError(
                    f"implementation {name!r} is {type(function).__name__}, expected a callable"
                )
        elif callable(function):
            name = _name_of(function)
        else:
            raise TypeError(
                f"function must be callable or 'module:attribute', got {type(function).__name__}"
            )
        preset = self._preset_of(name, function)
        chosen = {**preset.bind, **(bind or {})}
        library = preset.library if library is None else library
        if not hasattr(namespace(library), dtype):
            raise ValueError(f"dtype {dtype!r} is none of the library {library!r}")
        if device is None:
            device = device_of(function)
        else:
            require_device(library, dtype, device)
        if isolate is not None:
            function = Isolated(given, isolate, library, dtype)
        return Implementation(name, function, chosen, precision, library, device)

    def _preset_of(self, name: str, function: Callable[..., Any]) -> Preset:
        """Return the preset of a function known by name, or known as the same object."""
        for known, preset in self.presets.items():
            module, _, attribute = known.partition(":")
            if name == known or getattr(sys.modules.get(module), attribute, None) is function:
                return preset
        return Preset(library=library_of(function))

    def mutant(self, name: str) -> Implementation:
        """Return the wrong implementation called `name`, bound like the default one."""
        preset = self.presets.get(self.default, Preset())
        wrong = {**self.mutants, **self.trivial}[name]
        return Implementation(f"{self.name} mutant: {name}", wrong, preset.bind)


def _require_keywords(bind: object) -> None:
    """Raise TypeError unless `bind` maps names of arguments to values."""
    if bind is None:
        return
    if not isinstance(bind, Mapping):
        raise TypeError(f"bind must map names of arguments to values, got {bind!r}")
    for name in bind:
        if not isinstance(name, str):
            raise TypeError(f"bind must have names of arguments as keys, got {name!r}")


def _name_of(function: Callable[..., Any]) -> str:
    module = getattr(function, "__module__", None) or type(function).__module__
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return f"{module}:{name}"
