"""Claims: a statement, its assumptions, its source, and the function that draws its conclusion.

Three kinds. A *law* speaks about a role (anybody's implementation), a *formula* about a function
of `corollary.theory`, a *table* about expected rows. Users write claims of their own with the same
three decorators::

    @law(SOFTMAX, over=HEADS, source=SOURCE, standing="derived", tight=(ONE_HIGH,))
    def my_theorem(softmax, case):
        r\"\"\"The largest weight is at most one.\"\"\"
        return at_most(softmax(case.logits).max(axis=-1), 1.0, ulps=4)
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from corollary.verify._versions import claims_stamp
from corollary.verify._wellformed import (
    conclusions,
    require_callable_with,
    require_parts,
    require_rows,
    same_source,
)
from corollary.verify.domain import Domain, Integers, Parameters
from corollary.verify.implementation import Implementation, resolve
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.slack import Slack, equal

STANDINGS = (
    "as printed", "corrected", "sharpened", "derived", "refuted as printed", "refuted conjecture",
)  # fmt: skip
Conclusion = Callable[[Any, Any], "Slack | Sequence[Slack]"]  # of the role and a case


@dataclass(frozen=True)
class Paper:
    """A paper, as it is cited."""

    key: str
    title: str
    authors: str
    year: int
    arxiv: str
    venue: str = ""

    def bibtex(self) -> str:
        """Return the BibTeX entry."""
        venue = f"  note = {{{self.venue}}},\n" if self.venue else ""
        return (
            f"@misc{{{self.key},\n  title = {{{self.title}}},\n  author = {{{self.authors}}},\n"
            f"  year = {{{self.year}}},\n  eprint = {{{self.arxiv}}},\n"
            f"  archivePrefix = {{arXiv}},\n{venue}}}"
        )


@dataclass(frozen=True)
class Source:
    """The place a claim comes from: a paper and, where it is known, the item in it."""

    paper: Paper
    item: str = ""

    def __str__(self) -> str:
        return f"arXiv:{self.paper.arxiv}" + (f", {self.item}" if self.item else "")


@dataclass(frozen=True)
class Attachment:
    """Evidence of a kind that the claim's author supplies: a function and its scope."""

    function: Callable[..., Any]
    scope: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Claim:
    """One theorem, lemma, identity, closed form or table.

    Attributes
    ----------
    kind : {"law", "formula", "table"}
    name : str
        ``family.name-of-the-function``.
    statement : str
        The docstring of the conclusion, with formulas in LaTeX between dollar signs.
    tight : tuple of parameters
        Cases in which the conclusion holds with equality (an identity is tight on its domain), or
        the counterexamples of one that is refuted as printed; every search begins with them.
    not_needed : mapping of str to str
        Constraints that the claim does without, each with the attachment that shows it.
    """

    kind: str
    name: str
    statement: str
    role: Role
    domain: Domain
    source: Source | None
    standing: str
    dossier: str
    conclusion: Conclusion
    tight: tuple[Mapping[str, Any], ...] = ()
    attachments: dict[str, Attachment] = field(default_factory=dict)

    @property
    def family(self) -> str:
        return self.name.partition(".")[0]

    @property
    def reference(self) -> str:
        """What the command line calls it: its name, or ``module:attribute`` of a user's own."""
        function = inspect.unwrap(self.conclusion)
        module = function.__module__
        return self.name if module.startswith("corollary.") else f"{module}:{function.__name__}"

    @property
    def expected(self) -> str:
        """The verdict that is as expected."""
        return "refuted" if self.standing.startswith("refuted") else "holds"

    def slacks(
        self, implementation: Implementation, case: Any, precision: Precision | None = None
    ) -> list[Slack]:
        """Return the conclusions of the claim for a batch of cases."""
        drawn = self.conclusion(self.role.adapt(implementation), case)
        return conclusions(self.name, drawn)

    def version(self) -> str:
        """Return a hash of everything that decides what the claim says."""
        text = repr((self.name, self.standing, self.tight, self.domain.shape, self.domain.rows))
        stamp = claims_stamp(self.conclusion.__module__)
        return hashlib.sha256((text + stamp).encode()).hexdigest()[:16]

    def _attach(self, kind: str, scope: str, **options: Any) -> Callable[[Any], Any]:
        if not scope:
            raise ValueError(f"scope of {kind} evidence for {self.name} must not be empty")

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            self.attachments[kind] = Attachment(function, scope, options)
            return function

        return decorate

    def exhaustive(self, *, scope: str) -> Callable[[Any], Any]:
        """Attach a generator of parameter batches that together are *every* case of `scope`."""
        return self._attach("exhaustive", scope)

    def statistical(self, *, scope: str, false_alarm: float = 1e-6) -> Callable[[Any], Any]:
        """Attach ``function(implementation, seed) -> Measurement``, judged by its p-value."""
        return self._attach("statistical", scope, false_alarm=false_alarm)

    def enclosed(self, *, scope: str, allowance: float = 0.0) -> Callable[[Any], Any]:
        """Attach a generator of `Box` es whose gap must be at least ``-allowance`` on all of it."""
        return self._attach("enclosed", scope, allowance=allowance)

    def proved(self, *, scope: str) -> Callable[[Any], Any]:
        """Attach a generator of obligations.

        SymPy expressions must simplify to zero, Z3 formulas must be unsatisfiable, and pairs of
        rationals ``(small, large)`` must be in order.
        """
        return self._attach("proved", scope)


REGISTRY: dict[str, Claim] = {}


def _register(claim: Claim) -> Claim:
    if claim.standing not in STANDINGS:
        raise ValueError(f"standing must be one of {STANDINGS}, got {claim.standing!r}")
    if not claim.statement:
        raise ValueError(f"claim {claim.name} needs a docstring: it is the statement")
    known = REGISTRY.get(claim.name)
    if known is not None and not same_source(known.conclusion, claim.conclusion):
        raise ValueError(
            f"claim {claim.name} exists: {known.conclusion.__module__} made it, and "
            f"{claim.conclusion.__module__} makes another of that name"
        )
    REGISTRY[claim.name] = claim
    return claim


def law(
    role: Role,
    *,
    over: Domain,
    standing: str,
    source: Source | None = None,
    dossier: str = "",
    tight: Sequence[Mapping[str, Any]] = (),
) -> Callable[[Conclusion], Claim]:
    """Return the decorator that makes a claim about every implementation of `role`.

    The decorated function takes the implementation (as the role adapts it) and a batch of cases
    of the domain `over`, and returns one conclusion or several (`between`, `equal`, ...). Its
    docstring is the statement; its name becomes the claim's name.
    """
    return _claim("law", role, over, standing, source, dossier, tight)


def formula(
    subject: Role,
    *,
    over: Domain,
    standing: str,
    source: Source | None = None,
    dossier: str = "",
    tight: Sequence[Mapping[str, Any]] = (),
) -> Callable[[Conclusion], Claim]:
    """Return the decorator that makes a claim about a closed form of `corollary.theory`."""
    return _claim("formula", subject, over, standing, source, dossier, tight)


def table(
    subject: Role,
    *,
    rows: Sequence[tuple[Any, ...]],
    standing: str,
    digits: int,
    source: Source | None = None,
    dossier: str = "",
) -> Callable[[Callable[..., Any]], Claim]:
    """Return the decorator that makes a claim of expected rows ``(*arguments, value)``.

    The decorated function computes the value of one row: ``compute(function, *arguments)``. It
    must agree with the stored one to half a unit of decimal place `digits`.
    """

    require_rows(rows, digits)

    def decorate(compute: Callable[..., Any]) -> Claim:
        for count in {len(row) for row in rows}:
            arguments = ("the function", *(f"argument {i}" for i in range(1, count)))
            require_callable_with(compute, "table", arguments)

        def build(parameters: Parameters, precision: Precision) -> Any:
            return [rows[index] for index in parameters["row"]]

        def conclusion(function: Callable[..., Any], case: Any) -> Slack:
            computed = {row: float(compute(function, *row[:-1])) for row in dict.fromkeys(case)}
            values = [computed[row] for row in case]
            expected = np.array([float(row[-1]) for row in case])
            half_place = 0.5 * 10.0**-digits
            return equal(values, expected, ulps=1.0, scale=half_place * 2.0**53)

        conclusion.__doc__ = compute.__doc__
        conclusion.__name__ = compute.__name__
        conclusion.__wrapped__ = compute  # type: ignore[attr-defined]
        domain = Domain(
            name="rows of the table",
            statement=f"the {len(rows)} rows of the table",
            shape={},
            rows={"row": Integers(0, len(rows) - 1)},
            build=build,
        )
        claim = _claim("table", subject, domain, standing, source, dossier, ())(conclusion)

        @claim.exhaustive(scope=f"all {len(rows)} rows, to {digits} decimal places")
        def every_row() -> Iterator[Parameters]:
            yield {"row": np.arange(len(rows))}

        return claim

    return decorate


def _claim(
    kind: str,
    role: Role,
    domain: Domain,
    standing: str,
    source: Source | None,
    dossier: str,
    tight: Sequence[Mapping[str, Any]],
) -> Callable[[Conclusion], Claim]:
    require_parts(role, domain, tight)

    def decorate(conclusion: Conclusion) -> Claim:
        require_callable_with(conclusion, kind, ("the function", "the case"))
        return _register(
            Claim(
                kind=kind,
                name=f"{role.family}.{conclusion.__name__.replace('_', '-')}",
                statement=inspect.cleandoc(conclusion.__doc__ or ""),
                role=role,
                domain=domain,
                source=source,
                standing=standing,
                dossier=dossier,
                conclusion=conclusion,
                tight=tuple(tight),
            )
        )

    return decorate


def _own_claim(name: str) -> str:
    """Return the registered name of the claim that ``module:attribute`` names."""
    found = resolve(name, kind="claim")
    if not isinstance(found, Claim):
        raise ValueError(f"claim {name!r} is {type(found).__name__}, expected a claim")
    return found.name


def playable_roles(claims: Iterable[Claim]) -> dict[str, Role]:
    """Return the roles that anybody's function can play, by name.

    They are those of laws, and those of tables that are not about a function of `corollary.theory`.
    """
    return {
        claim.role.name: claim.role
        for claim in claims
        if claim.kind == "law"
        or (claim.kind == "table" and not claim.role.default.startswith("corollary.theory"))
    }


def families() -> list[str]:
    """Return the names of the families that have claims."""
    from corollary.verify import claims

    return sorted(item.name for item in pkgutil.iter_modules(claims.__path__))


def load(family: str) -> None:
    """Import all claims of a family, so that they are registered."""
    package = importlib.import_module(f"corollary.verify.claims.{family}")
    for item in pkgutil.iter_modules(getattr(package, "__path__", [])):
        importlib.import_module(f"{package.__name__}.{item.name}")


def claims_about(
    role: Role | str | None, claims: Sequence[Claim | str]
) -> tuple[Role | None, list[Claim]]:
    """Return a role, and those of `claims` (all of its claims by default) that are about it.

    Without a role, claims of any: all there are by default.

    Raises
    ------
    TypeError, ValueError
        If there is no such role or claim, or none of the claims is about the role.
    """
    if isinstance(claims, str) or not isinstance(claims, Iterable):
        raise TypeError(f"claims must be a sequence of claims or names, got {claims!r}")
    items = list(claims)
    for item in items:
        if not isinstance(item, (Claim, str)):
            raise TypeError(f"claims must hold claims or names, got {item!r}")
    chosen = [item for item in items if isinstance(item, Claim)]
    names = [item for item in items if isinstance(item, str)]
    chosen += select(names) if names else []  # first of all: they may bring a role of their own
    if role is None:
        return None, chosen or select()
    found = role if isinstance(role, Role) else role_named(role)
    about = [claim for claim in chosen or select([found.family]) if claim.role.name == found.name]
    if not about:
        raise ValueError(f"none of the claims {names} is about the role {found.name!r}")
    return found, about


def role_named(name: str) -> Role:
    """Return the role called `name` that some law is about.

    Families are loaded one after another until it is met, that of the same name first: loading
    all of them takes longer than many a run.

    Raises
    ------
    TypeError, ValueError
        If `name` is no text, or there is no such role.
    """
    if not isinstance(name, str):
        raise TypeError(f"role must be a role or the name of one, got {name!r}")
    for family in (None, *sorted(families(), key=lambda item: item != name)):
        if family is not None:
            load(family)
        known = playable_roles(REGISTRY.values())
        if name in known:
            return known[name]
    hint = near_miss(name, known)
    raise ValueError(f"role must be one of {', '.join(sorted(known))}, got {name!r}{hint}")


def near_miss(name: str, known: Iterable[str]) -> str:
    """Return what a message adds where a name is nearly one of the known ones."""
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def select(names: Iterable[str] = ()) -> list[Claim]:
    """Return the claims that `names` (families, claims, or all when empty) stand for.

    A name of the form ``module:attribute`` is a claim of the user's own.

    Raises
    ------
    ValueError
        If a name is neither a family nor a claim.
    """
    names = [_own_claim(name) if ":" in name else name for name in names]
    known = families()
    for family in known if not names else {name.partition(".")[0] for name in names}:
        if family in known:
            load(family)
    chosen = []
    for name in names or known:
        found = [claim for claim in REGISTRY.values() if name in (claim.family, claim.name)]
        if not found:
            raise ValueError(
                f"{name!r} is neither a family ({', '.join(known)}) nor a claim; "
                "'corollary list' shows the claims"
            )
        chosen += [claim for claim in found if claim not in chosen]
    return chosen
