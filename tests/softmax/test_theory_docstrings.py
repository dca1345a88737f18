"""Every public closed form has an example, and every example runs as printed."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest

from corollary.theory import softmax as theory

MODULES = [
    import_module(f"{theory.__name__}.{module.name}")
    for module in iter_modules(theory.__path__)
    if module.name != "_arguments"
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_examples_in_the_docstrings(module):
    failed, attempted = doctest.testmod(module)
    assert attempted > 0 and failed == 0


def test_every_public_function_is_documented_in_full():
    functions = [getattr(theory, name) for name in theory.__all__ if name.islower()]
    assert len(functions) > 40
    for function in functions:
        for section in ("Parameters\n", "Returns\n", "Raises\n", ">>> "):
            assert section in function.__doc__, (function.__name__, section)
