"""What judges an implementation takes nothing from it: a claim does not use what it judges."""

import types
from collections.abc import Iterator

from corollary.verify import Claim, select
from corollary.verify.implementation import resolve


def names_in(code: types.CodeType) -> Iterator[str]:
    """Yield the global names and attributes that a function mentions, in nested functions too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from names_in(constant)


def modules_used(function: types.FunctionType) -> set[str]:
    """Return the modules of all functions that `function` mentions, through helpers beside it."""
    found: set[str] = set()
    seen: set[int] = set()
    pending = [function]
    while pending:
        item = pending.pop()
        for name in names_in(item.__code__):
            mentioned = item.__globals__.get(name)
            if mentioned is None or id(mentioned) in seen:
                continue
            seen.add(id(mentioned))
            module = getattr(mentioned, "__module__", None) or ""
            found.add(module)
            if isinstance(mentioned, types.FunctionType) and module == function.__module__:
                pending.append(mentioned)
    return found


def judged_module(claim: Claim) -> str:
    """Return the module in which the reference implementation that a claim judges is written."""
    return str(resolve(claim.role.default).__module__)


def laws() -> list[Claim]:
    return [claim for claim in select() if claim.kind == "law"]


def test_no_law_uses_the_implementation_that_it_judges():
    assert len(laws()) >= 15
    guilty = [
        claim.name
        for claim in laws()
        if judged_module(claim) in modules_used(claim.conclusion)  # type: ignore[arg-type]
        and judged_module(claim).startswith("corollary.algorithms")
    ]
    assert not guilty


judged = None  # the test puts the implementation here


def helper(case):
    return judged(case)


def a_law_that_asks_its_subject(softmax, case):
    return helper(case)


def an_innocent_law(softmax, case):
    return softmax(case)


def test_a_law_that_asks_its_subject_is_found(monkeypatch):
    softmax = resolve("corollary.algorithms.softmax:softmax")
    monkeypatch.setitem(globals(), "judged", softmax)
    assert softmax.__module__ in modules_used(a_law_that_asks_its_subject)
    assert softmax.__module__ not in modules_used(an_innocent_law)
