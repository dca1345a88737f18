"""The rules of the house: each is seen to fail when it is violated, and kept by every family."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corollary.verify import Reals, at_most, check, law, select
from corollary.verify.claim import families
from corollary.verify.evidence import HOLDS, INCONCLUSIVE
from corollary.verify.roles.softmax import HEADS, SOFTMAX, case

ROOT = Path(__file__).parent.parent.parent
NEAR, ALIKE = 0.01, 0.01


def planted(over=HEADS, tight=(), conclusion=None, role=SOFTMAX):
    @law(role, over=over, standing="derived", tight=tight)
    def planted_claim(softmax, heads):
        """A planted statement."""
        weights = softmax(heads.logits, heads.temperature)
        return conclusion(weights, heads) if conclusion else at_most(weights, 1.0, ulps=4)

    return check(claims=[planted_claim], budget="quick").results[0]


@pytest.mark.usefixtures("registry")
class TestViolations:
    def test_a_needless_constraint_is_inconclusive(self):
        result = planted()  # no weight exceeds one, whether or not the logits are bounded
        assert {item.verdict for item in result.constraints} == {INCONCLUSIVE}
        assert result.verdict == HOLDS
        assert not result.as_expected

    def test_a_claim_that_refutes_no_mutant_is_not_as_expected(self):
        free = replace(HEADS, constraints={})
        result = planted(over=free, conclusion=lambda weights, heads: at_most(
            0 * heads.spread, 1.0, ulps=1))  # fmt: skip
        assert not any(item.witness for item in result.mutants)
        assert not result.as_expected

    def test_a_claim_called_tight_where_it_is_loose_is_not_as_expected(self):
        loose, tight = case(n=8, pattern="top_8"), case(n=1)
        free = replace(HEADS, constraints={})
        assert not planted(over=free, tight=(loose,)).equality[0].as_expected
        assert planted(over=free, tight=(tight,)).equality[0].as_expected

    def test_a_wrong_implementation_that_no_claim_refutes_is_named(self):
        from corollary.verify.report import Report

        names = [claim.name for claim in select() if claim.role.name == "softmax_gradient"]
        report = check(claims=names)
        assert report.as_expected
        blind = tuple(
            replace(result, mutants=tuple(replace(m, verdict=HOLDS) for m in result.mutants))
            for result in report.results
        )
        assert ("softmax_gradient", "sign") in Report(report.run, blind).unrefuted_mutants
        assert not Report(report.run, blind).as_expected

    def test_an_undecided_claim_is_never_shown_as_success(self):
        from corollary.verify import Box

        @law(SOFTMAX, over=replace(HEADS, constraints={}), standing="derived", tight=(case(n=1),))
        def undecided(softmax, heads):
            """A planted statement whose box cannot be decided."""
            return at_most(softmax(heads.logits, heads.temperature), 1.0, ulps=4)

        @undecided.enclosed(scope="x in [0, 3]")
        def _():
            import flint

            yield Box("a square", 0.0, 3.0, lambda x: (x - flint.arb(1) / 3) ** 2)

        report = check(claims=[undecided])
        assert report.results[0].verdict == INCONCLUSIVE
        assert report.exit_status == 3

    def test_dropping_the_hypothesis_from_the_domain_refutes(self):
        from corollary.verify.search import random

        claim = select(["softmax.coefficient-bounds"])[0]
        default = SOFTMAX.implementation()
        unbounded = HEADS.narrowed(understated=Reals(0.5, 0.5))
        assert random.swept(claim, default, unbounded, range(4), 64, seed=0).witness


ROLES = sorted(
    {claim.role.name: claim.role for claim in select()}.values(), key=lambda role: role.name
)


@pytest.mark.parametrize("family", families())
def test_every_claim_of_the_family_is_as_expected(family):
    report = check(claims=[family])
    unexpected = [report.explain(item) for item in report.results if not item.as_expected]
    assert not unexpected, "\n".join(unexpected)
    assert not report.unrefuted_mutants
    assert report.exit_status == 0


@pytest.mark.parametrize("claim", select(), ids=lambda claim: claim.name)
def test_a_claim_states_itself(claim):
    assert len(claim.statement) > 20
    assert claim.statement.count("$") % 2 == 0
    assert all(item.scope for item in claim.attachments.values())
    if claim.standing in ("as printed", "corrected", "sharpened", "refuted as printed"):
        assert claim.source is not None, "a printed statement needs the paper it is printed in"


def outputs(role, names):
    domain, parameters = role.typical
    laws = {name: role.mutant(name) for name in names}
    batch = domain.case(parameters)
    return {name: np.asarray(role.adapt(item)(*_arguments(batch))) for name, item in laws.items()}


def _arguments(batch):
    if hasattr(batch, "logits"):
        return batch.logits, batch.temperature
    return (batch.t,)


@pytest.mark.parametrize(
    "role", [r for r in ROLES if r.typical and r.name == "softmax"], ids=lambda r: r.name
)
def test_mutants_are_subtle_and_none_is_trivial(role):
    domain, parameters = role.typical
    right = role.adapt(role.implementation())(*_arguments(domain.case(parameters)))
    mutants, trivial = outputs(role, role.mutants), outputs(role, role.trivial)
    scale = np.abs(right).max(axis=-1, keepdims=True)

    def distance(one, other):
        return float(np.median(np.max(np.abs(one - other) / scale, axis=-1)))

    distances = {name: distance(value, right) for name, value in mutants.items()}
    near = [name for name, value in distances.items() if value < NEAR]
    assert 2 * len(near) >= len(mutants), distances
    for name, value in mutants.items():
        for other, known in trivial.items():
            assert distance(value, known) > ALIKE, f"{name} resembles {other}"


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def judges():
    return [*(ROOT / "verify" / "claims").rglob("*.py"), *(ROOT / "theory").rglob("*.py")]


@pytest.mark.parametrize("path", judges(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_judges_an_implementation_imports_nothing_from_it(path):
    assert not [name for name in imports_of(path) if name.startswith("corollary.algorithms")]


def test_the_oracle_rule_can_fail(tmp_path):
    (tmp_path / "claim.py").write_text("from corollary.algorithms.softmax import softmax\n")
    assert "corollary.algorithms.softmax" in list(imports_of(tmp_path / "claim.py"))


def without_constraints():
    claims = [claim for claim in select() if claim.domain.constraints]
    return [(claim.domain, item) for claim in claims for item in claim.domain.constraints.values()]


def test_relaxed_ranges_hold_only_violations():
    for domain, constraint in without_constraints():
        usual = {**domain.shape, **domain.rows}[constraint.parameter]
        uniform = np.linspace(0, 1, 101)[:-1]
        assert not any(
            usual.contains(value) for value in constraint.relaxed.sample(uniform).tolist()
        )
