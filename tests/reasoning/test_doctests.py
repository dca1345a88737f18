"""The examples in the docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

from corollary.algorithms import reasoning as algorithms
from corollary.theory import reasoning as theory
from corollary.verify import reasoning as verify

MODULES = [
    f"{package.__name__}.{module.name}"
    for package in (theory, algorithms, verify)
    for module in pkgutil.iter_modules(package.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
