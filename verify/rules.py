"""The rules that put the claims themselves to the test: the project's own run applies them.

Each assumption dropped in turn, each wrong implementation, and each claim tightened where it is
tight must be refuted; otherwise a claim says less than it seems to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from corollary.verify import _random
from corollary.verify.claim import Claim
from corollary.verify.domain import Parameters
from corollary.verify.evidence import HOLDS, INCONCLUSIVE, REFUTED, Check, Witness
from corollary.verify.implementation import Implementation
from corollary.verify.search import random
from corollary.verify.search.evaluate import evaluate, witness
from corollary.verify.witnesses import has_stored, stored

SEARCH_CASES = 4096


def constraints(claim: Claim, seed: int, afresh: bool) -> Iterable[Check]:
    """Yield, for each named constraint, whether the claim is refuted without it.

    Stored witnesses are run again; with `afresh` they are searched for.
    """
    if afresh or not has_stored(claim.name):
        yield from search_constraints(claim, seed)
        return
    default = claim.role.implementation()
    for name, constraint in claim.domain.constraints.items():
        parameters = stored(claim.name, "constraints", name)
        found = _replayed(claim, default, parameters)
        verdict = REFUTED if found else INCONCLUSIVE
        yield Check(name, verdict, found is not None, found, constraint.statement)


def search_constraints(claim: Claim, seed: int) -> Iterable[Check]:
    """Yield the same from a fresh search in the domain without each constraint."""
    default = claim.role.implementation()
    for name, constraint in claim.domain.constraints.items():
        relaxed = claim.domain.without(name)
        found = random.counterexample(claim, default, relaxed, SEARCH_CASES, seed)
        verdict = REFUTED if found else INCONCLUSIVE
        yield Check(name, verdict, found is not None, found, constraint.statement)


def mutants(claim: Claim, seed: int, afresh: bool) -> Iterable[Check]:
    """Yield, for each mutant of the role, whether the claim refutes it; see `constraints`."""
    if afresh or not has_stored(claim.name):
        yield from search_mutants(claim, seed)
        return
    for name in claim.role.mutants:
        parameters = stored(claim.name, "mutants", name)
        found = _replayed(claim, claim.role.mutant(name), parameters)
        # A stored witness that no longer refutes is a defect; a mutant without one is not.
        yield Check(name, REFUTED if found else HOLDS, parameters is None or bool(found), found)


def search_mutants(claim: Claim, seed: int) -> Iterable[Check]:
    """Yield the same from a fresh search over the claim's equality cases and random batches."""
    for name in claim.role.mutants:
        wrong = claim.role.mutant(name)
        found = None
        for parameters in claim.tight:
            found = found or _replayed(claim, wrong, dict(parameters))
        if claim.kind == "table":  # its rows are all there is to try
            found = random.exhaustive(claim, wrong).witness
        elif found is None:
            found = random.counterexample(claim, wrong, claim.domain, SEARCH_CASES, seed)
        yield Check(name, REFUTED if found else HOLDS, True, found)


def _replayed(
    claim: Claim, implementation: Implementation, parameters: Parameters | None
) -> Witness | None:
    if parameters is None or not evaluate(claim, implementation, claim.domain, parameters).refutes:
        return None
    return witness(claim, implementation, claim.domain, parameters)


def equality_cases(claim: Claim, seed: int) -> Iterable[Check]:
    """Yield, for each case where the claim is tight, whether the tightened claim is refuted there.

    Bounds are tightened by 1 %, identities shifted by ten tolerances; an identity is tight
    everywhere, so one random block of its domain serves where no case is named.
    """
    implementation = claim.role.implementation()
    cases: list[tuple[str, Parameters]] = [(_label(case), dict(case)) for case in claim.tight]
    if not cases:
        block = claim.domain.block(_random.key(seed, claim.name, "tight"), 32)
        slacks = claim.slacks(implementation, claim.domain.case(block))
        if not all(item.is_identity for item in slacks):
            return
        cases = [("a random block", block)]
    for label, parameters in cases:
        plain = evaluate(claim, implementation, claim.domain, parameters)
        tightened = evaluate(claim, implementation, claim.domain, parameters, tightened=True)
        good = not plain.refutes and tightened.refutes
        message = f"margin {plain.margin:.3g}, tightened {tightened.margin:.3g}"
        yield Check(label, REFUTED if tightened.refutes else HOLDS, good, None, message)


def _label(case: Mapping[str, Any]) -> str:
    shown = ("n", "pattern", "spread", "t", "temperature", "other")
    return ", ".join(f"{name}={case[name]}" for name in shown if case.get(name) not in (None, 0.0))
