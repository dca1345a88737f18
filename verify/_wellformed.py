"""What a claim is made of, looked at when it is made: a mistake is named where it stands."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from corollary.verify.domain import Domain
from corollary.verify.ranges import require
from corollary.verify.role import Role
from corollary.verify.slack import Slack

SLACKS = "at_most, at_least, between, equal or bitwise"


def require_parts(role: Any, domain: Any, tight: Any) -> None:
    """Raise TypeError or ValueError where a claim has no role, no domain, or no such tight case."""
    require("role", role, isinstance(role, Role), "a Role")
    require("over", domain, isinstance(domain, Domain), "a Domain")
    cases = isinstance(tight, Sequence) and all(isinstance(case, Mapping) for case in tight)
    require("tight", tight, cases, "a sequence of mappings, each the parameters of one case")
    known = {*domain.shape, *domain.rows}
    for case in tight:
        if set(case) != known:
            raise ValueError(
                f"a case of tight must have the parameters {', '.join(sorted(known))} of the "
                f"domain {domain.name!r}, got {', '.join(map(str, case)) or 'none'}"
            )


def require_rows(rows: Any, digits: Any) -> None:
    """Raise TypeError or ValueError where a table has no rows or no number of decimal places."""
    fits = isinstance(rows, Sequence) and all(isinstance(row, tuple) and row for row in rows)
    require("rows", rows, fits, "a sequence of tuples (*arguments, value)")
    if not rows:
        raise ValueError("rows must be at least one (*arguments, value), got none")
    require("digits", digits, type(digits) is int, "a whole number")


def require_callable_with(function: Any, name: str, arguments: Sequence[str]) -> None:
    """Raise TypeError where a claim's function does not take as many arguments as it is given."""
    wanted = f"a function of {len(arguments)} arguments: {', '.join(arguments)}"
    require(f"what {name} decorates", function, callable(function), wanted)
    signature = inspect.signature(function, follow_wrapped=False)
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise TypeError(
            f"what {name} decorates must be {wanted}, got {function.__name__}{signature}"
        ) from error


def conclusions(claim: str, drawn: Any) -> list[Slack]:
    """Return what a conclusion returned as a list, or raise TypeError where it is none."""
    if isinstance(drawn, Slack):
        return [drawn]
    found = list(drawn) if isinstance(drawn, (list, tuple)) else None
    if found and all(isinstance(item, Slack) for item in found):
        return found
    text = repr(drawn)
    raise TypeError(
        f"the conclusion of {claim} must return {SLACKS} of something, or a list of these, "
        f"got {text if len(text) <= 60 else text[:56] + ' ...'} ({type(drawn).__name__})"
    )


def same_source(one: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Return whether two functions are one, imported again.

    A module may be reloaded, be run as a script and imported by name too, or be a notebook, where
    each cell has a file of its own: the name in it is the same, and either the module or the file.
    """
    first, second = inspect.unwrap(one), inspect.unwrap(other)
    if first.__qualname__ != second.__qualname__:
        return False
    files = (inspect.getfile(first), inspect.getfile(second))
    return first.__module__ == second.__module__ or files[0] == files[1]
