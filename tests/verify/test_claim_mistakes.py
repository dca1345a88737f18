"""A mistake in a claim is named when the claim is made, or by what its conclusion returned."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corollary.verify import (
    Choice,
    Constraint,
    Domain,
    Reals,
    Role,
    at_most,
    check,
    equal,
    formula,
    law,
    table,
)

pytestmark = pytest.mark.usefixtures("registry")
ROLE = Role(
    name="halved",
    family="arithmetic",
    signature="halved(x) -> x / 2",
    default="corollary.theory.softmax:entropy",
    adapt=lambda implementation: implementation.plain,
)
NUMBERS = Domain(
    name="numbers",
    statement="a number in $[0, 1]$",
    shape={"kind": Choice(("real",))},
    rows={"x": Reals(0.0, 1.0)},
    build=lambda parameters, precision: parameters["x"],
    constraints={"small": Constraint("It is at most 1.", "x", Reals(1.5, 2.0))},
)
ONE = {"kind": "real", "x": 1.0}


def made(decorator=law, conclusion=None, **changes):
    """Return a claim of which something is not as usual."""

    def is_small(halved, case):
        """A number is small."""
        return at_most(halved(case), 1.0, ulps=1)

    options = {"over": NUMBERS, "standing": "derived", **changes}
    role = options.pop("role", ROLE)
    return decorator(role, **options)(conclusion or is_small)


def named(function, name="is_small"):
    function.__name__, function.__doc__ = name, "A number is small."
    return function


@pytest.mark.parametrize("decorator", [law, formula])
@pytest.mark.parametrize(
    "changes, error, message",
    [
        ({"role": "halved"}, TypeError, "role must be a Role, got 'halved'"),
        ({"over": None}, TypeError, "over must be a Domain, got None"),
        ({"over": {"x": Reals(0, 1)}}, TypeError, "over must be a Domain"),
        ({"standing": "true"}, ValueError, "standing must be one of"),
        ({"tight": ONE}, TypeError, "tight must be a sequence of mappings"),
        ({"tight": (3,)}, TypeError, "tight must be a sequence of mappings"),
        ({"tight": ({"x": 1.0},)}, ValueError, "parameters kind, x of .*'numbers', got x$"),
        ({"tight": ({**ONE, "y": 1},)}, ValueError, "must have the parameters .* got kind, x, y"),
        ({"conclusion": named(lambda halved: 0)}, TypeError, "law|formula .* function of 2 arg"),
        ({"conclusion": named(lambda a, b, c: 0)}, TypeError, "got is_small.a, b, c."),
        ({"conclusion": 3}, TypeError, "decorates must be a function of 2 arguments.* got 3"),
    ],
)
def test_a_law_that_is_none_is_named(decorator, changes, error, message):
    with pytest.raises(error, match=message):
        made(decorator, **changes)


@pytest.mark.parametrize(
    "changes, error, message",
    [
        ({"rows": None}, TypeError, "rows must be a sequence of tuples"),
        ({"rows": (1.0, 2.0)}, TypeError, "rows must be a sequence of tuples"),
        ({"rows": ()}, ValueError, "rows must be at least one"),
        ({"digits": "three"}, TypeError, "digits must be a whole number, got 'three'"),
        ({"role": "halved"}, TypeError, "role must be a Role"),
        ({"rows": ((1.0, 2.0, 1.0),)}, TypeError, "table decorates must be a function of 3 arg"),
    ],
)
def test_a_table_that_is_none_is_named(changes, error, message):
    options = {"role": ROLE, "rows": ((1.0, 0.5),), "digits": 3, "standing": "derived", **changes}
    role = options.pop("role")
    with pytest.raises(error, match=message):
        table(role, **options)(named(lambda halved, x: halved(x)))


@pytest.mark.parametrize(
    "returned, shown",
    [
        (3.0, r"got 3\.0 \(float\)"),
        (None, r"got None \(NoneType\)"),
        ([True, 1.0], r"got \[True, 1\.0\] \(list\)"),
        ([], r"got \[\] \(list\)"),
        (np.arange(2.0), r"\(ndarray\)"),
        (np.zeros((40, 40)), r" \.\.\. \(ndarray\)"),
    ],
)
def test_a_conclusion_that_returns_no_conclusion_is_named(returned, shown):
    claim = made(conclusion=named(lambda halved, case: returned))
    expected = (
        f"arithmetic.is-small must return at_most, at_least, between, equal or bitwise.*{shown}"
    )
    with pytest.raises(RuntimeError, match=f"(?s){expected}"):
        check(lambda x: x / 2, ROLE, claims=[claim])


def test_several_conclusions_may_be_a_list_or_a_tuple():
    for kind in (list, tuple):
        claim = made(
            conclusion=named(
                lambda halved, case, kind=kind: kind(
                    [at_most(halved(case), 1.0, ulps=1), equal(halved(case), case / 2, ulps=1)]
                )
            )
        )
        report = check(lambda x: x / 2, ROLE, claims=[claim])
        assert report.results[0].verdict == "holds"


def test_another_claim_under_a_name_that_exists_is_refused(registry):
    def is_small(halved, case):
        """A number is small, said elsewhere."""
        return at_most(halved(case), 1.0, ulps=1)

    first = made()
    assert made().name == first.name  # the same function, made again
    with pytest.raises(ValueError, match=r"arithmetic\.is-small exists: .*test_claim_mistakes"):
        law(ROLE, over=NUMBERS, standing="derived")(is_small)


SOURCE = '''
from corollary.verify import Domain, Reals, Role, at_most, check, law

ROLE = Role("halved", "arithmetic", "halved(x)", "{module}:halved", lambda given: given.plain)
NUMBERS = Domain("numbers", "a number", {{}}, {{"x": Reals(0.0, 1.0)}}, lambda p, _: p["x"])


def halved(x):
    return x / 2


@law(ROLE, over=NUMBERS, standing="derived")
def is_small(halved, case):
    """A number is small."""
    return at_most(halved(case), 1.0, ulps=1)


if __name__ == "__main__":
    print(check("{module}:halved", ROLE, claims=[is_small]).results[0].verdict)
'''


def test_a_module_may_be_reloaded_and_run_as_a_script(tmp_path, monkeypatch, registry):
    module = "claims_that_are_made_twice"
    path = tmp_path / f"{module}.py"
    path.write_text(SOURCE.format(module=module))
    monkeypatch.syspath_prepend(tmp_path)
    imported = importlib.import_module(module)
    importlib.reload(imported)
    assert registry["arithmetic.is-small"] is imported.is_small
    root = Path(__file__).parent.parent.parent / "src"
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True,
                          env={"PYTHONPATH": str(root), "PATH": ""}, check=False)  # fmt: skip
    assert done.stdout.split() == ["holds"], done.stderr
