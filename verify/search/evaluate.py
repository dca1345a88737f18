"""Evaluating a claim on a batch of cases, judging the worst one, and making it simpler."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corollary.verify import _random
from corollary.verify.claim import REGISTRY, Claim
from corollary.verify.domain import Domain, Parameters
from corollary.verify.evidence import HOLDS, Witness
from corollary.verify.implementation import Fault, Implementation, Lost, Misuse
from corollary.verify.precision import Array
from corollary.verify.slack import Slack

PRECISION_ONLY = 1e4
MAXIMUM_SIMPLIFICATIONS = 400
MAXIMUM_LOSSES = 4
UNSTEADY = "keeps state or is random: two calls on the same input differ"


@dataclass(frozen=True)
class Outcome:
    """The least margin of a batch, where it was met, and how tight the bounds came out."""

    margin: float
    row: int
    rows: int
    tightness: float | None
    fault: Fault | None = None

    @property
    def refutes(self) -> bool:
        return self.margin < 0

    def agrees(self, other: Outcome) -> bool:
        """Return whether another evaluation of the same cases came out the same."""
        numbers = (self.margin, self.row, self.rows) == (other.margin, other.row, other.rows)
        return numbers and str(self.fault) == str(other.fault)

    @property
    def lost(self) -> bool:
        """Whether it cost a process, and perhaps a time limit, to find out."""
        return isinstance(self.fault, Lost)


def _slacks(claim: Claim, implementation: Implementation, case: Any) -> list[Slack]:
    """Return the conclusions on a case.

    Raises
    ------
    Fault
        If the claim can be evaluated with the reference implementation, and not with this one.
    """
    with np.errstate(all="ignore"):  # a wrong implementation's NaN is evidence, not a warning
        try:
            return claim.slacks(implementation, case)
        except (Fault, Misuse):
            raise
        except Exception as error:
            if not _fits_the_reference(claim, implementation.precision.name, case):
                raise
            fault = f"the claim can make nothing of the result: {type(error).__name__}: {error}"
            raise Fault("convention", fault) from error


def _fits_the_reference(claim: Claim, dtype: str, case: Any) -> bool:
    """Return whether the claim can be evaluated with the reference implementation."""
    try:
        claim.slacks(claim.role.implementation(dtype=dtype), case)
    except Exception:
        return False
    return True


def margins(
    claim: Claim,
    implementation: Implementation,
    domain: Domain,
    parameters: Parameters,
    tightened: bool = False,
) -> tuple[Array, float | None]:
    """Return one margin per case, and the best tightness ratio (None where only identities)."""
    case = domain.case(parameters, implementation.precision)
    slacks = _slacks(claim, implementation, case)
    rows = [item.margins(implementation.precision, tightened) for item in slacks]
    bounds = [item for item in slacks if not item.is_identity]
    tightness = max((float(np.max(item.tightness())) for item in bounds), default=None)
    count = max(len(item) for item in rows)
    least: Array = np.minimum.reduce([np.broadcast_to(item, count) for item in rows])
    return least, tightness


def evaluate(
    claim: Claim,
    implementation: Implementation,
    domain: Domain,
    parameters: Parameters,
    tightened: bool = False,
) -> Outcome:
    """Return the outcome of a claim on a batch; a fault is traced to the first case that has it."""
    count = domain.count(parameters)
    try:
        least, tightness = margins(claim, implementation, domain, parameters, tightened)
    except Fault as fault:
        if count == 1:
            return Outcome(-np.inf, 0, 1, None, fault)
        least_slack, tightest = Outcome(np.inf, 0, count, None), 0.0
        for row in range(count):
            single = domain.one(parameters, row)
            outcome = evaluate(claim, implementation, domain, single, tightened)
            if outcome.refutes:
                return replace(outcome, row=row, rows=row + 1)
            if outcome.margin < least_slack.margin:
                least_slack = replace(outcome, row=row, rows=count)
            tightest = max(tightest, outcome.tightness or 0.0)
        if fault.kind == "timed out":  # the limit is one case's; none of them exceeds it
            return replace(least_slack, tightness=tightest or None)
        return Outcome(-np.inf, 0, count, None, fault)
    worst = int(np.argmin(least))
    return Outcome(float(least[worst]), worst, count, tightness)


def simplify(
    domain: Domain, parameters: Parameters, judge: Callable[[Parameters], Outcome]
) -> Parameters:
    """Return simpler parameters that still refute, by greedy descent on one parameter at a time."""
    tried = losses = 0
    progress = True
    while progress:
        progress = False
        for candidate in domain.simpler(parameters):
            outcome = judge(candidate)
            tried += 1
            losses += outcome.lost
            if outcome.refutes:
                parameters, progress = candidate, True
            if tried == MAXIMUM_SIMPLIFICATIONS or losses == MAXIMUM_LOSSES:
                return parameters
            if outcome.refutes:
                break
    return parameters


def witness(
    claim: Claim, implementation: Implementation, domain: Domain, parameters: Parameters
) -> Witness:
    """Return the refuting case `parameters` with the class of its refutation and a message."""
    outcome = evaluate(claim, implementation, domain, parameters)
    again = evaluate(claim, implementation, domain, parameters)
    if not outcome.refutes or not outcome.agrees(again):
        return Witness(parameters, "wrong", UNSTEADY)
    if outcome.fault is not None:
        return Witness(parameters, outcome.fault.kind, str(outcome.fault))
    fault, message = _classify(claim, implementation, domain, parameters, outcome)
    margin = outcome.margin if np.isfinite(outcome.margin) else None
    return Witness(parameters, fault, message, margin)


def _classify(
    claim: Claim,
    implementation: Implementation,
    domain: Domain,
    parameters: Parameters,
    outcome: Outcome,
) -> tuple[str, str]:
    """Return the class of a refutation that is not a fault of the interface."""
    for name, transform in claim.role.conventions.items():
        other = replace(implementation, function=transform(implementation.function))
        if _would_hold(claim, other, domain, parameters):
            return "convention", f"it would hold if the function {name}"
    text = _describe(claim, implementation, domain, parameters)
    if text == UNSTEADY:
        return "wrong", text
    if outcome.margin > -PRECISION_ONLY and np.isfinite(outcome.margin):
        return "precision", text
    return "wrong", text


def _would_hold(
    claim: Claim, other: Implementation, domain: Domain, parameters: Parameters
) -> bool:
    """Return whether the case, and an ordinary batch of each law of the role, hold of `other`.

    One case alone may hold by accident, and one law may be too weak to see what else is wrong.
    Another convention may cost precision: the other laws ask only that it is not wrong.
    """
    laws = [
        law
        for law in REGISTRY.values()
        if law.role is claim.role and law.kind == "law" and law.expected == HOLDS
    ]
    batches = [(law, law.domain.block(_random.key(law.name, "convention"), 32)) for law in laws]
    with warnings.catch_warnings():  # NumPy's functions on another library's arrays
        warnings.simplefilter("ignore")
        if evaluate(claim, other, domain, parameters).refutes:
            return False
        return all(
            evaluate(law, other, law.domain, case).margin > -PRECISION_ONLY for law, case in batches
        )


def _describe(
    claim: Claim, implementation: Implementation, domain: Domain, parameters: Parameters
) -> str:
    """Return what the first conclusion that fails on a refuted case says of it."""
    case = domain.case(parameters, implementation.precision)
    with np.errstate(all="ignore"):
        slacks = claim.slacks(implementation, case)
        failing = [item for item in slacks if item.margins(implementation.precision).min() < 0]
    if not failing:
        return UNSTEADY
    return failing[0].describe(implementation.precision)
