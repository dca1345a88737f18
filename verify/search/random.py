"""Random searches: Hypothesis on single cases, and addressed batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from corollary.verify import _random
from corollary.verify.claim import Claim
from corollary.verify.domain import Domain, Parameters
from corollary.verify.evidence import HOLDS, REFUTED, Evidence, Witness
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.search.evaluate import Outcome, evaluate, simplify, witness

ELEMENTS_PER_BLOCK = 2**15


class _Refuted(Exception):
    """Raised inside a Hypothesis run to make it shrink."""


@contextmanager
def _constants_of_loaded_modules_ignored() -> Iterator[None]:
    """Keep Hypothesis from drawing literals found in whatever modules happen to be loaded.

    It does so by default, and the same seed then gives other cases in another process.
    """
    from hypothesis.internal.conjecture import providers

    name, provider = "_maybe_draw_constant", providers.HypothesisProvider
    kept = getattr(provider, name, None)
    setattr(provider, name, lambda *_, **__: None)
    try:
        yield
    finally:
        setattr(provider, name, kept)


class _Lost(BaseException):
    """Raised inside a Hypothesis run to leave it: shrinking would cost a process per step."""


def sampled(
    claim: Claim, implementation: Implementation, domain: Domain, examples: int, seed: int
) -> Evidence:
    """Return the evidence of `examples` cases drawn by Hypothesis; a counterexample is shrunk.

    Every case is evaluated twice, so that an implementation that keeps state is found out.
    """
    from hypothesis import HealthCheck, Phase, given, settings, target
    from hypothesis import seed as seeded
    from hypothesis.errors import Flaky

    examined = 0
    least, tightest, last = np.inf, 0.0, None

    @seeded(_random.key(seed, claim.name))
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.target, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(domain.strategy())
    def search(parameters: Parameters) -> None:
        nonlocal examined, least, tightest, last
        examined += 1
        outcome = evaluate(claim, implementation, domain, parameters)
        if outcome.lost:
            last = parameters
            raise _Lost
        if outcome.refutes or evaluate(claim, implementation, domain, parameters) != outcome:
            last = parameters
            raise _Refuted
        least = min(least, outcome.margin)
        tightest = max(tightest, outcome.tightness or 0.0)
        if np.isfinite(outcome.margin):
            target(-outcome.margin)

    scope = f"{_scope(domain)}, drawn by Hypothesis"
    for case in claim.tight:  # where the claim is tight, or the counterexample it is known by
        examined += 1
        if evaluate(claim, implementation, domain, dict(case)).refutes:
            found = witness(claim, implementation, domain, dict(case))
            return Evidence("sampled", scope, examined, REFUTED, found.margin, None, found)
    try:
        with _constants_of_loaded_modules_ignored():
            search()
    except _Lost:
        assert last is not None
        outcome = evaluate(claim, implementation, domain, last)
        found = refutation(claim, implementation, domain, last, outcome)
        return Evidence("sampled", scope, examined, REFUTED, found.margin, None, found)
    except (_Refuted, Flaky):  # Flaky: it failed once, and not when it was called again
        assert last is not None
        found = witness(claim, implementation, domain, last)
        return Evidence("sampled", scope, examined, REFUTED, found.margin, None, found)
    return Evidence("sampled", scope, examined, HOLDS, float(least), tightest)


def blocks(
    claim: Claim,
    implementation: Implementation,
    domain: Domain,
    numbers: Iterable[int],
    rows: int,
    seed: int,
    jobs: int = 1,
) -> Iterator[tuple[int, Parameters, Outcome]]:
    """Yield the outcome of each addressed block of `rows` cases, in order."""

    def run(number: int) -> tuple[int, Parameters, Outcome]:
        parameters = domain.block(_random.key(seed, claim.name, number), rows)
        return number, parameters, evaluate(claim, implementation, domain, parameters)

    if jobs == 1:
        yield from map(run, numbers)
        return
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(run, numbers)


def swept(
    claim: Claim,
    implementation: Implementation,
    domain: Domain,
    numbers: range,
    rows: int,
    seed: int,
    jobs: int = 1,
) -> Evidence:
    """Return the evidence of the blocks `numbers`, each of `rows` random cases."""
    examined = 0
    least, tightest = np.inf, None
    scope = f"{_scope(domain)}, seed {seed}, blocks {numbers.start} to {numbers.stop - 1}"
    for _, parameters, outcome in blocks(claim, implementation, domain, numbers, rows, seed, jobs):
        examined += outcome.rows
        if outcome.refutes:
            found = refutation(claim, implementation, domain, parameters, outcome)
            return Evidence("swept", scope, examined, REFUTED, found.margin, None, found)
        least = min(least, outcome.margin)
        if outcome.tightness is not None:
            tightest = max(tightest or 0.0, outcome.tightness)
    return Evidence("swept", scope, examined, HOLDS, float(least), tightest)


def refutation(
    claim: Claim,
    implementation: Implementation,
    domain: Domain,
    parameters: Parameters,
    outcome: Outcome,
) -> Witness:
    """Return the simplest refuting case that greedy descent finds from the worst of a batch."""

    def judge(candidate: Parameters) -> Outcome:
        return evaluate(claim, implementation, domain, candidate)

    single = domain.one(parameters, outcome.row)
    if not judge(single).refutes:
        # The function treats a batch otherwise than its rows: a few of them may show it.
        for count in (2, 4, 8, 16):
            rows = [(outcome.row + step) % outcome.rows for step in range(count)]
            some = domain.take(parameters, rows)
            if judge(some).refutes:
                return witness(claim, implementation, domain, some)
        fault = outcome.fault or Fault("wrong", "fails on the batch but not on the case alone")
        return Witness(single, fault.kind, str(fault))
    return witness(claim, implementation, domain, simplify(domain, single, judge))


def counterexample(
    claim: Claim, implementation: Implementation, domain: Domain, cases: int, seed: int
) -> Witness | None:
    """Return a refuting case found in a small sweep over several block sizes, or None."""
    for number in range(64):
        rows = min(cases, max(1, cases // 64 * (1 + number % 3)))
        key = _random.key(seed, claim.name, implementation.name, domain.name, number)
        parameters = domain.block(key, rows)
        outcome = evaluate(claim, implementation, domain, parameters)
        if outcome.refutes:
            return refutation(claim, implementation, domain, parameters, outcome)
    return None


def exhaustive(claim: Claim, implementation: Implementation) -> Evidence:
    """Return the evidence of every case in the finite scope that the claim declares."""
    attachment = claim.attachments["exhaustive"]
    examined = 0
    least, tightest = np.inf, None
    for parameters in attachment.function():
        outcome = evaluate(claim, implementation, claim.domain, parameters)
        examined += outcome.rows
        if outcome.refutes:
            found = refutation(claim, implementation, claim.domain, parameters, outcome)
            return Evidence(
                "exhaustive", attachment.scope, examined, REFUTED, found.margin, None, found
            )
        least = min(least, outcome.margin)
        if outcome.tightness is not None:
            tightest = max(tightest or 0.0, outcome.tightness)
    return Evidence("exhaustive", attachment.scope, examined, HOLDS, float(least), tightest)


def _scope(domain: Domain) -> str:
    parts = []
    for name, item in {**domain.shape, **domain.rows}.items():
        low, high = getattr(item, "low", None), getattr(item, "high", None)
        if low is not None and name != "seed" and low != high:
            parts.append(f"{name} in [{low:g}, {high:g}]")
    return ", ".join(parts) or domain.statement
