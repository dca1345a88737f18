"""The pytest plugin: ``@corollary.conformance("softmax")`` makes one test of every claim.

pytest loads this module at every start, so it imports nothing but the standard library; the
machine is imported when a decorated function is met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

MARK = "__corollary__"
Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Conformance:
    """What a decorated function or fixture is to conform to; see `conformance`."""

    role: str
    options: Mapping[str, Any]
    expected: Mapping[str, str]
    claims: Sequence[str]

    def names(self) -> list[str]:
        """Return the claims to test, in order: laws of the role that are true.

        Raises
        ------
        ValueError
            If there are none, or an expected failure is none of them.
        """
        from corollary.verify.claim import role_named, select

        found = [
            claim.name
            for claim in select(self.claims or [role_named(self.role).family])
            if claim.role.name == self.role and (self.claims or claim.expected == "holds")
        ]
        if not found:
            raise ValueError(f"no claim {list(self.claims)} is about the role {self.role!r}")
        for name, reason in self.expected.items():
            if name not in found:
                raise ValueError(f"expected names {name!r}, which is none of {', '.join(found)}")
            if not isinstance(reason, str) or not reason:
                raise ValueError(f"expected[{name!r}] must be a reason, got {reason!r}")
        return found

    def label(self, name: str) -> str:
        """Return the id of a claim's test: its name, and what dtype and device are named."""
        dtype, device = self.options["dtype"], self.options["device"]
        parts = [name, "" if dtype == "float64" else dtype, device or ""]
        return "-".join(part for part in parts if part)


def conformance(
    role: str,
    *,
    bind: Mapping[str, Any] | None = None,
    dtype: str = "float64",
    library: str | None = None,
    device: str | None = None,
    expected: Mapping[str, str] | None = None,
    claims: Sequence[str] = (),
) -> Callable[[Subject], Subject]:
    """Return the decorator that makes pytest test every claim of `role` on what it decorates.

    It stands on a function of a test module, which then is the implementation, or on a fixture
    that returns the implementation. What it decorates is returned as it was.

    Parameters
    ----------
    role : str
        The role it plays, for example ``"softmax"``.
    bind, dtype, library, device
        As in `corollary.check`.
    expected : mapping of str to str, optional
        Claims that are known to be refuted, each with the reason. They must go on being refuted:
        one that holds fails until it is removed from here.
    claims : sequence of str
        Claims or families; every law of the role by default.

    Examples
    --------
    >>> import numpy as np
    >>> @conformance("softmax", expected={"softmax.single-item": "divides by a sum plus 1e-6"})
    ... def softmax(logits):
    ...     weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    ...     return weights / (weights.sum(axis=-1, keepdims=True) + 1e-6)
    >>> softmax(np.zeros(1)).round(5)
    array([1.])
    """
    if isinstance(claims, str):
        raise TypeError(f"claims must be a sequence of names, got the one string {claims!r}")
    options = {"bind": bind, "dtype": dtype, "library": library, "device": device}
    mark = Conformance(role, options, dict(expected or {}), tuple(claims))

    def decorate(subject: Subject) -> Subject:
        if not callable(subject):
            raise TypeError(f"conformance needs a function, got {type(subject).__name__}")
        try:
            setattr(subject, MARK, (*getattr(subject, MARK, ()), mark))
        except AttributeError as error:
            raise TypeError(
                f"{subject!r} takes no mark: decorate a fixture that returns it"
            ) from error
        return subject

    return decorate


def pytest_addoption(parser: Any) -> None:
    """Add ``--corollary-budget``."""
    parser.getgroup("corollary").addoption(
        "--corollary-budget",
        default="quick",
        choices=("quick", "standard", "deep"),
        help="how many cases each claim of a conformance test examines (default: quick)",
    )


def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> Any:
    """Collect a decorated object as a test function with one parameter set per claim."""
    try:
        marks = getattr(obj, MARK, None)
    except Exception:  # a user's object may do anything when asked for an attribute
        return None
    if not isinstance(marks, tuple) or not all(isinstance(mark, Conformance) for mark in marks):
        return None
    if getattr(collector, "cls", None) is not None:
        raise collector.CollectError(
            f"corollary.conformance must stand on a function or fixture of a module: {name!r} "
            f"is in the class {collector.cls.__name__}"
        )
    test = _test_of(name, obj, marks)
    return collector.ihook.pytest_pycollect_makeitem(collector=collector, name=name, obj=test)


def _test_of(name: str, subject: Any, marks: tuple[Conformance, ...]) -> Callable[..., None]:
    """Return what stands for a decorated object while tests are collected: a test function
    parametrised by the claims, which requests the fixture where it is one.
    """
    import inspect

    import pytest

    def test() -> None:
        raise AssertionError("pytest_pyfunc_call runs it")

    keyword = inspect.Parameter.KEYWORD_ONLY
    arguments = ["mark", "claim", *([name] if _is_fixture(subject) else [])]
    signature = inspect.Signature([inspect.Parameter(item, keyword) for item in arguments])
    test.__signature__ = signature  # type: ignore[attr-defined]
    test.__test__ = True  # type: ignore[attr-defined] # whatever pattern names of tests follow
    known = {
        reason: [pytest.mark.xfail(raises=pytest.fail.Exception, strict=True, reason=reason)]
        for mark in marks
        for reason in mark.expected.values()
    }
    parameters = [
        pytest.param(
            mark, claim, id=mark.label(claim), marks=known.get(mark.expected.get(claim, ""), [])
        )
        for mark in marks
        for claim in mark.names()
    ]
    return pytest.mark.parametrize(("mark", "claim"), parameters)(test)


def pytest_pyfunc_call(pyfuncitem: Any) -> bool | None:
    """Judge a decorated object by one claim, in place of calling it as a test."""
    arguments = pyfuncitem.funcargs
    mark = arguments.get("mark")
    if not isinstance(mark, Conformance):
        return None
    import pytest

    from corollary.verify.run import check

    function = arguments.get(pyfuncitem.originalname, pyfuncitem.obj)
    budget = pyfuncitem.config.option.corollary_budget
    claim = arguments["claim"]
    report = check(function, mark.role, claims=[claim], budget=budget, **mark.options)
    result = report.results[0]
    searched = ", ".join(f"{item.kind} {item.cases}" for item in result.evidence)
    pyfuncitem.user_properties.append(("corollary", searched))
    if result.verdict != result.expected:
        pytest.fail(report.explain(result), pytrace=False)
    return True


def _is_fixture(subject: Any) -> bool:
    """Return whether `subject` is a fixture, of pytest up to 8.3 or later."""
    return hasattr(subject, "_pytestfixturefunction") or hasattr(
        subject, "_fixture_function_marker"
    )
