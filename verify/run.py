"""The engine: from claims and an implementation to evidence.

Two doors lead here: `check` from Python, and the command line. Budgets are case counts, so that a
run is reproducible.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from corollary.verify import rules
from corollary.verify._versions import leads_to
from corollary.verify.claim import Claim, claims_about
from corollary.verify.evidence import (
    HOLDS,
    REFUTED,
    ClaimResult,
    Evidence,
    Run,
    Witness,
)
from corollary.verify.implementation import Implementation, Misuse
from corollary.verify.ledger import Key, Ledger, combine
from corollary.verify.report import Report
from corollary.verify.role import Role
from corollary.verify.search import certified, random
from corollary.verify.search.evaluate import evaluate, witness

BLOCKS_PER_RECORD = 16
ROWS_PER_BLOCK = 256


@dataclass(frozen=True)
class Budget:
    """How many cases a run examines per claim, and whether it searches witnesses afresh."""

    name: str
    examples: int
    blocks: int
    boxes: int
    searches: bool


BUDGETS = {
    budget.name: budget
    for budget in (
        Budget("quick", examples=50, blocks=32, boxes=20_000, searches=False),
        Budget("standard", examples=1_000, blocks=1_024, boxes=200_000, searches=True),
        Budget("deep", examples=10_000, blocks=32_768, boxes=2_000_000, searches=True),
    )
}


def check(
    function: Callable[..., Any] | str | None = None,
    role: Role | str | None = None,
    *,
    bind: Mapping[str, Any] | None = None,
    claims: Sequence[Claim | str] = (),
    budget: str = "quick",
    dtype: str = "float64",
    seed: int = 0,
    jobs: int = 1,
    library: str | None = None,
    device: str | None = None,
    isolate: float | None = None,
    ledger: Path | str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Return the report of running claims against an implementation.

    Parameters
    ----------
    function : callable or str, optional
        The implementation, or ``"module:attribute"``. Without one the project's own reference
        implementations are judged, and with them the claims themselves: their constraints,
        mutants and equality cases.
    role : Role or str, optional
        The role `function` plays, needed with a function; without one, that of the claims.
    bind : mapping, optional
        Constant keyword arguments of the function; ``"@name"`` passes the role's argument `name`.
    claims : sequence of Claim or str
        Claims, or names of claims or families; all claims of the role by default.
    budget : {"quick", "standard", "deep"}
        How many cases are examined.
    dtype : {"float64", "float32", "float16", "bfloat16"}
        The format the function is called in, and by whose precision it is judged.
    seed : int
        Of every random choice: same seed, same evidence.
    jobs : int
        Threads that evaluate swept blocks.
    library : {"numpy", "torch", "jax", "array_api_strict"}, optional
        Whose arrays the function takes and returns; seen by itself for a library's own functions
        and modules, NumPy's otherwise.
    device : str, optional
        Where its arrays lie, as the library writes it (``"cuda"``, ``"gpu:1"``); that of a torch
        module's parameters, or the library's own choice, otherwise.
    isolate : float, optional
        Call a function given as ``"module:attribute"`` in a process of its own, with this limit
        in seconds for a case: one that hangs is then refuted as `timed out`, one that kills its
        process as `raised`, and the run goes on. Not offered for closures.
    ledger : path, optional
        Record of evidence: what it holds already is not searched again.
    progress : callable, optional
        Told the name of each claim when its search begins.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what it must be; never for what `function` does, which is evidence.
    OSError
        If `ledger` cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> def softmax(logits):
    ...     weights = np.exp(logits)
    ...     return weights / weights.sum(axis=-1, keepdims=True)
    >>> report = check(softmax, "softmax", claims=["softmax.shift-invariance"])
    >>> report.results[0].verdict
    'refuted'
    """
    chosen_budget = _budget_named(budget)
    seed, jobs = _whole("seed", seed, 0), _whole("jobs", jobs, 1)
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be callable, got {progress!r}")
    for name, option in (("library", library), ("device", device), ("isolate", isolate)):
        if function is None and option is not None:
            raise ValueError(f"{name} needs a function, got {option!r} without one")
    if function is not None and role is None:
        raise TypeError("role must be the role that the function plays, got None")
    named, chosen = claims_about(role, claims)
    own = function is None and dtype == "float64"
    foreign = None
    if function is not None and named is not None:
        foreign = named.implementation(
            function, bind=bind, dtype=dtype, library=library, device=device, isolate=isolate
        )
    book = Ledger(_appendable("ledger", ledger))
    results = []
    for claim in chosen:
        if progress is not None:
            progress(claim.name)
        implementation = foreign or claim.role.implementation(dtype=dtype)
        judge = _Judge(claim, implementation, chosen_budget, seed, jobs, book, own)
        try:
            results.append(judge.result(_statistical_claims(chosen, claim.family)))
        except (Misuse, OSError):  # of the ledger: an implementation's own is a refutation
            raise
        except Exception as error:  # a fault of the claim itself is neither evidence nor usage
            raise RuntimeError(f"the claim {claim.name} cannot be evaluated: {error}") from error
    run = Run(
        implementation=foreign.name if foreign else "the reference implementations",
        role=named.name if named and foreign else None,
        dtype=dtype,
        budget=budget,
        seed=seed,
        versions={"python": platform.python_version(), "numpy": np.__version__},
        bind={name: _json_or_text(value) for name, value in (bind or {}).items()},
        library=library,
        device=device,
        isolate=isolate,
        importable=not callable(function) or _importable(foreign, bind or {}),
    )
    return Report(run, tuple(results))


def replay(
    claim: Claim | str,
    parameters: Mapping[str, Any],
    function: Callable[..., Any] | str | None = None,
    *,
    bind: Mapping[str, Any] | None = None,
    dtype: str = "float64",
    library: str | None = None,
    device: str | None = None,
    isolate: float | None = None,
) -> Witness | None:
    """Return the refutation that one case gives, or None where the claim holds on it.

    Raises
    ------
    TypeError, ValueError
        If `claim` is none, or `parameters` are not those of a case of its domain.
    """
    _, (one, *others) = claims_about(None, [claim])
    if others:
        raise ValueError(f"{one.family!r} is a family; replay takes one claim")
    if not isinstance(parameters, Mapping):
        raise TypeError(f"parameters must be those of a witness, by name, got {parameters!r}")
    implementation = one.role.implementation(
        function, bind=bind, dtype=dtype, library=library, device=device, isolate=isolate
    )
    case = dict(parameters)
    if case not in [dict(item) for item in one.tight]:  # which may lie beyond the ranges searched
        case = one.domain.validate(parameters)
    if evaluate(one, implementation, one.domain, case).refutes:
        return witness(one, implementation, one.domain, case)
    return None


@dataclass(frozen=True)
class _Judge:
    """One claim against one implementation."""

    claim: Claim
    implementation: Implementation
    budget: Budget
    seed: int
    jobs: int
    ledger: Ledger
    own: bool

    def result(self, family_size: int) -> ClaimResult:
        claim = self.claim
        kinds: dict[str, Callable[[], Evidence]] = {
            "exhaustive": lambda: random.exhaustive(claim, self.implementation),
            "statistical": lambda: certified.statistical(
                claim, self.implementation, self.seed, family_size
            ),
        }
        if self.own:
            kinds["enclosed"] = lambda: certified.enclosed(claim, self.budget.boxes)
            kinds["proved"] = lambda: certified.proved(claim)
        searches: list[Callable[[], Evidence]] = [
            partial(self._recorded, kind, search)
            for kind, search in kinds.items()
            if kind in claim.attachments
        ]
        if claim.kind != "table":
            searches = [partial(self._recorded, "sampled", self._sampled), self._swept, *searches]
        evidence: list[Evidence] = []
        for search in searches:
            evidence.append(search())
            if evidence[-1].witness is not None and not self.own:
                break  # somebody's function is refuted already; further searches say no more
        own_checks, afresh = self.own and claim.expected == HOLDS, self.budget.searches
        return ClaimResult(
            claim=claim.name,
            kind=claim.kind,
            family=claim.family,
            role=claim.role.name,
            statement=claim.statement,
            standing=claim.standing,
            source=str(claim.source or ""),
            dossier=claim.dossier,
            domain=claim.domain.statement,
            expected=claim.expected,
            evidence=tuple(evidence),
            constraints=tuple(rules.constraints(claim, self.seed, afresh)) if own_checks else (),
            mutants=tuple(rules.mutants(claim, self.seed, afresh)) if own_checks else (),
            equality=tuple(rules.equality_cases(claim, self.seed)) if own_checks else (),
        )

    def _sampled(self) -> Evidence:
        return random.sampled(
            self.claim, self.implementation, self.claim.domain, self.budget.examples, self.seed
        )

    @cached_property
    def _subject(self) -> Key:
        """What is claimed and what is judged, in the versions that a kept record must tell."""
        claim, implementation = self.claim, self.implementation
        kept = self.ledger.path is not None
        return (
            claim.name,
            claim.version() if kept else "",
            implementation.name,
            implementation.fingerprint() if kept else "",
            implementation.precision.name,
        )

    def _key(self, kind: str, part: str) -> Key:
        return (*self._subject, kind, str(self.seed), part)

    def _recorded(self, kind: str, search: Callable[[], Evidence]) -> Evidence:
        key = self._key(kind, self.budget.name)
        known = self.ledger.get(key)
        if known is None:
            known = search()
            self.ledger.add(key, known)
        return known

    def _swept(self) -> Evidence:
        """Return the sweep's evidence, piece by piece, from the ledger where it is known."""
        pieces = []
        scope = ""
        for first in range(0, self.budget.blocks, BLOCKS_PER_RECORD):
            numbers = range(first, min(first + BLOCKS_PER_RECORD, self.budget.blocks))
            key = self._key("swept", f"{numbers.start}-{numbers.stop}x{ROWS_PER_BLOCK}")
            piece = self.ledger.get(key)
            if piece is None:
                piece = random.swept(
                    self.claim,
                    self.implementation,
                    self.claim.domain,
                    numbers,
                    ROWS_PER_BLOCK,
                    self.seed,
                    self.jobs,
                )
                self.ledger.add(key, piece)
            pieces.append(piece)
            scope = piece.scope.partition(", seed ")[0]
            if piece.verdict == REFUTED:
                break
        blocks = f"blocks 0 to {min(self.budget.blocks, numbers.stop) - 1}"
        return combine(pieces, f"{scope}, seed {self.seed}, {blocks}")


def _importable(implementation: Implementation | None, bind: Mapping[str, Any]) -> bool:
    """Return whether the command line can name this function and what is bound to it."""
    assert implementation is not None
    name = implementation.name
    named = leads_to(name, implementation.function) and not name.startswith("__main__:")
    return named and all(_json_or_text(value) is value for value in bind.values())


def _json_or_text(value: Any) -> Any:
    """Return `value` where JSON can hold it, else its repr."""
    return value if value is None or isinstance(value, (bool, int, float, str)) else repr(value)


def _statistical_claims(claims: Iterable[Claim], family: str) -> int:
    return sum(item.family == family and "statistical" in item.attachments for item in claims)


def _budget_named(name: str) -> Budget:
    if not isinstance(name, str) or name not in BUDGETS:
        raise ValueError(f"budget must be one of {', '.join(BUDGETS)}, got {name!r}")
    return BUDGETS[name]


def _whole(name: str, value: int, least: int) -> int:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return int(value)


def _appendable(name: str, value: Path | str | None) -> Path | None:
    """Return a path to which lines can be added, or raise OSError before any search."""
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path, got {value!r}")
    path = Path(value)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.open("a").close()
    return path


__all__ = ["BUDGETS", "Budget", "check", "replay"]
