"""The pytest plugin: ``@corollary.conformance("softmax")`` makes one test of every claim.

pytest loads this module at every start, so it imports nothing but the standard library; the
machine is imported when a decorated function is met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from corollary.verify.claim import Claim
    from corollary.verify.role import Role

MARK = "__corollary__"
MARK_ARGUMENT, CLAIM_ARGUMENT = "_corollary_mark", "_corollary_claim"
Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Conformance:
    """What a decorated function or fixture is to conform to; see `conformance`."""

    role: Role | str
    options: Mapping[str, Any]
    expected: Mapping[str, str]
    claims: Sequence[Claim | str]

    def tests(self) -> list[Claim]:
        """Return the claims to test: those of the role that are true, or those named.

        The more wrong versions of the role a claim refutes, the less a refutation by it says about
        what is wrong: the claims that refute few come first.

        Raises
        ------
        TypeError, ValueError
            If there are none, or an expected failure is none of them.
        """
        from corollary.verify.claim import claims_about, near_miss
        from corollary.verify.implementation import precision_named

        precision_named(self.options["dtype"])
        _, about = claims_about(self.role, self.claims)
        found = [claim for claim in about if self.claims or claim.expected == "holds"]
        known = {claim.name for claim in found}
        for name, reason in self.expected.items():
            if name not in known:
                hint = near_miss(name, known)
                raise ValueError(f"expected names {name!r}, which is none of the claims{hint}")
            if not isinstance(reason, str) or not reason:
                raise ValueError(f"expected[{name!r}] must be a reason, got {reason!r}")
        return sorted(found, key=_wrong_versions_refuted)

    def label(self, name: str) -> str:
        """Return the id of a claim's test: its name, and what dtype and device are named."""
        dtype, device = self.options["dtype"], self.options["device"]
        parts = [name, "" if dtype == "float64" else dtype, device or ""]
        return "-".join(part for part in parts if part)


def _wrong_versions_refuted(claim: Claim) -> int:
    from corollary.verify.witnesses import stored

    return sum(stored(claim.name, "mutants", name) is not None for name in claim.role.mutants)


def conformance(
    role: Role | str,
    *,
    bind: Mapping[str, Any] | None = None,
    dtype: str = "float64",
    library: str | None = None,
    device: str | None = None,
    expected: Mapping[str, str] | None = None,
    claims: Sequence[Claim | str] = (),
) -> Callable[[Subject], Subject]:
    """Return the decorator that makes pytest test every claim of `role` on what it decorates.

    It stands on a function of a test module, which then is the implementation, or on a fixture
    that returns the implementation. What it decorates is returned as it was.

    Parameters
    ----------
    role : Role or str
        The role it plays, for example ``"softmax"``.
    bind, dtype, library, device
        As in `corollary.check`.
    expected : mapping of str to str, optional
        Claims that are known to be refuted, each with the reason. They must go on being refuted:
        one that holds fails until it is removed from here.
    claims : sequence of Claim or str
        Claims, or names of claims or families; every law of the role by default.

    Raises
    ------
    TypeError
        If an argument, or what is decorated, is of another kind.

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
    if callable(role):
        raise TypeError(f"conformance needs a role, as in conformance('softmax'), got {role!r}")
    if isinstance(claims, str):
        raise TypeError(f"claims must be a sequence of names, got the one string {claims!r}")
    if expected is not None and not isinstance(expected, Mapping):
        raise TypeError(f"expected must map claims to reasons, got {expected!r}")
    options = {"bind": bind, "dtype": dtype, "library": library, "device": device}
    mark = Conformance(role, options, dict(expected or {}), tuple(claims))

    def decorate(subject: Subject) -> Subject:
        if not callable(subject):
            raise TypeError(f"conformance needs a function, got {type(subject).__name__}")
        if isinstance(subject, type):
            raise TypeError(
                f"conformance needs a function, got the class {subject.__name__}: decorate a "
                "fixture that returns one of its objects"
            )
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
    try:
        test = _test_of(name, obj, marks)
    except (TypeError, ValueError) as error:
        raise collector.CollectError(f"corollary.conformance on {name!r}: {error}") from error
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
    arguments = [MARK_ARGUMENT, CLAIM_ARGUMENT, *_fixture_name(name, subject)]
    signature = inspect.Signature([inspect.Parameter(item, keyword) for item in arguments])
    test.__signature__ = signature  # type: ignore[attr-defined]
    test.__test__ = True  # type: ignore[attr-defined] # whatever pattern names of tests follow
    known = {
        reason: [pytest.mark.xfail(raises=_refutation(), strict=True, reason=reason)]
        for mark in marks
        for reason in mark.expected.values()
    }
    parameters = [
        pytest.param(
            mark,
            claim,
            id=mark.label(claim.name),
            marks=known.get(mark.expected.get(claim.name, ""), []),
        )
        for mark in marks
        for claim in mark.tests()
    ]
    return pytest.mark.parametrize((MARK_ARGUMENT, CLAIM_ARGUMENT), parameters)(test)


def pytest_pyfunc_call(pyfuncitem: Any) -> bool | None:
    """Judge a decorated object by one claim, in place of calling it as a test."""
    arguments = pyfuncitem.funcargs
    mark = arguments.get(MARK_ARGUMENT)
    if not isinstance(mark, Conformance):
        return None
    import pytest

    from corollary.verify.run import check

    fixture = _fixture_name(pyfuncitem.originalname, pyfuncitem.obj)
    function = arguments[fixture[0]] if fixture else pyfuncitem.obj
    budget = pyfuncitem.config.option.corollary_budget
    claims = [arguments[CLAIM_ARGUMENT]]
    if function is None:
        pytest.fail(f"the fixture {fixture[0]!r} returned None, expected a function", pytrace=False)
    try:
        report = check(function, mark.role, claims=claims, budget=budget, **mark.options)
    except (TypeError, ValueError) as error:  # of how it was asked, never of what it does
        message = f"corollary.conformance: {error}"
        raise pytest.fail.Exception(message, pytrace=False) from None
    result = report.results[0]
    searched = ", ".join(f"{item.kind} {item.cases}" for item in result.evidence)
    pyfuncitem.user_properties.append(("corollary", searched))
    if result.verdict != result.expected:
        raise (_refutation() if result.verdict == "refuted" else pytest.fail.Exception)(
            report.explain(result), pytrace=False
        )
    return True


@cache
def _refutation() -> Any:
    """Return the failure that a refutation is; no other one is forgiven where it is expected."""
    import pytest

    return type("Refuted", (pytest.fail.Exception,), {})


def _fixture_name(name: str, subject: Any) -> list[str]:
    """Return the name under which a fixture is requested; nothing for what is none."""
    for marker in ("_fixture_function_marker", "_pytestfixturefunction"):  # from 8.4 on, before
        if hasattr(subject, marker):
            return [getattr(subject, marker).name or name]
    return []
