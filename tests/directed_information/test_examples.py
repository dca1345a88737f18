"""The examples in the docstrings are right."""

import doctest
import importlib
import pkgutil

import pytest

import corollary.algorithms.directed_information as algorithms
import corollary.theory.directed_information as theory

MODULES = [
    f"{package.__name__}.{module.name}"
    for package in (algorithms, theory)
    for module in pkgutil.iter_modules(package.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_examples_are_many():
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(name) for name in MODULES]
    examples = [test for m in modules for test in finder.find(m) if test.examples]
    assert len(examples) >= 15
