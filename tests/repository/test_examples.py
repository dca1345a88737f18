"""Every example in a docstring is run, as printed; none hides where doctest does not look."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import types

import pytest

import corollary


def modules() -> list[str]:
    """Return the names of all modules of the package but the one that runs the command."""
    found = [item.name for item in pkgutil.walk_packages(corollary.__path__, "corollary.")]
    return [name for name in found if name != "corollary.__main__"]


def written(source: str) -> int:
    """Return how many examples the docstrings of a source hold, whatever becomes of them."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
    texts = [ast.get_docstring(node) or "" for node in nodes]
    return sum(len(doctest.DocTestParser().get_examples(text)) for text in texts)


def examined(module: types.ModuleType) -> int:
    """Return how many examples were run, all of which came out as printed and none was missed."""
    failed, attempted = doctest.testmod(module)
    assert failed == 0
    assert attempted == written(inspect.getsource(module)), "examples that doctest does not see"
    return attempted


@pytest.mark.parametrize("name", modules())
def test_examples_come_out_as_printed(name):
    examined(importlib.import_module(name))


def test_modules_and_examples_are_found():
    assert len(modules()) > 50
    texts = [inspect.getsource(importlib.import_module(name)) for name in modules()]
    assert sum(written(text) > 0 for text in texts) > 10


@pytest.mark.parametrize(
    "source",
    [
        '"""Text.\n\n>>> 1 + 1\n3\n"""',
        "def f():\n    def g():\n        '''>>> 1 + 1\n        2\n        '''",
        "@(lambda function: 3)\ndef g():\n    '''>>> 1 + 1\n    2\n    '''",
    ],
    ids=["wrong", "nested", "hidden by a decorator"],
)
def test_a_wrong_or_hidden_example_is_found(tmp_path, monkeypatch, source):
    (tmp_path / "planted_examples.py").write_text(source + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(importlib.sys.modules, "planted_examples", raising=False)
    module = importlib.import_module("planted_examples")
    assert written(source) == 1
    with pytest.raises(AssertionError):
        examined(module)
    del importlib.sys.modules["planted_examples"]
