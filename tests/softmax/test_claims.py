"""The claims of the family: as expected, able to fail, and told from subtle mistakes."""

import numpy as np
import pytest

from corollary.theory import softmax as theory
from corollary.verify import _random, check, select
from corollary.verify.evidence import REFUTED
from corollary.verify.search.evaluate import evaluate

CLAIMS = {claim.name.removeprefix("softmax."): claim for claim in select(["softmax"])}
BLOCKS = 12


@pytest.fixture(scope="module")
def report():
    return check(claims=["softmax"])


@pytest.mark.parametrize("name", CLAIMS)
def test_the_quick_verification_is_as_expected(report, name):
    result = next(item for item in report.results if item.claim == f"softmax.{name}")
    assert result.as_expected, report.explain(result)


def test_every_wrong_implementation_is_refuted(report):
    assert not report.unrefuted_mutants
    roles = {claim.role.name: claim.role for claim in CLAIMS.values() if claim.kind == "law"}
    assert len(roles) >= 3
    assert sum(len(role.mutants) for role in roles.values()) >= 20


def batches(claim):
    """Yield the equality cases of a claim and a few random blocks."""
    yield from (dict(case) for case in claim.tight)
    if "exhaustive" in claim.attachments and claim.kind == "table":
        yield from claim.attachments["exhaustive"].function()
    for number in range(BLOCKS):
        yield claim.domain.block(_random.key("test", claim.name, number), 32)


def refuted(claim):
    default = claim.role.implementation()
    return any(evaluate(claim, default, claim.domain, batch).refutes for batch in batches(claim))


# A closed form made wrong, and the claims that must notice it.
BROKEN = {
    "adaptive_maximum_bound": ["adaptive-maximum"],
    "coefficient_bounds": ["coefficient-bounds"],
    "entropy_bounds": ["entropy-bounds"],
    "entropy_deficit": ["entropy-deficit-bound"],
    "maximum_bounds": ["maximum-bounds"],
    "maximum_from_gap": ["maximum-from-gap"],
}


def one_percent_tighter(function):
    """Return a closed form whose upper bounds are 1 % lower and whose lower bounds are higher."""

    def wrong(*arguments, **options):
        value = function(*arguments, **options)
        if isinstance(value, tuple):
            return 1.01 * np.asarray(value[0]), 0.99 * np.asarray(value[1])
        return (1.01 if function.__name__ in LOWER else 0.99) * np.asarray(value)

    return wrong


LOWER = {"maximum_from_gap"}


@pytest.mark.parametrize(
    "function, name", [(function, name) for function, names in BROKEN.items() for name in names]
)
def test_a_closed_form_one_percent_off_is_noticed(monkeypatch, function, name):
    claim = CLAIMS[name]
    assert not refuted(claim)
    monkeypatch.setattr(theory, function, one_percent_tighter(getattr(theory, function)))
    assert refuted(claim)


def loose(claim):
    """Return the places of the conclusions that hold on all batches even when tightened."""
    default = claim.role.implementation()
    left = None
    for batch in batches(claim):
        slacks = claim.slacks(default, claim.domain.case(batch))
        left = set(range(len(slacks))) if left is None else left
        left -= {
            place
            for place in left
            if slacks[place].margins(default.precision, tightened=True).min() < 0
        }
        if not left:
            break
    return left


# Conclusions that tightening does not touch: an exact zero has no scale to shift it by.
LOOSE = {}


@pytest.mark.parametrize(
    "name", [name for name, claim in CLAIMS.items() if claim.expected != REFUTED]
)
def test_every_single_conclusion_can_fail(name):
    assert loose(CLAIMS[name]) == LOOSE.get(name, set())


ROLES = {
    claim.role.name: claim.role
    for claim in CLAIMS.values()
    if claim.kind == "law" and claim.role.name != "softmax"
}


def output(role, implementation):
    """Return what an implementation gives on the role's ordinary input, as one array."""
    domain, parameters = role.typical
    batch = domain.case(parameters)
    with np.errstate(all="ignore"):
        found = role.adapt(implementation)(*arguments(role, batch))
        if role.name != "row_statistics":
            return found
        fields = ("maximum", "log_normaliser", "entropy", "variance", "squared_norm")
        return np.concatenate([getattr(found, name) for name in fields], axis=-1)


def arguments(role, batch):
    return (batch.logits,)


@pytest.mark.parametrize("name", ROLES)
def test_half_of_the_mistakes_are_subtle_and_none_is_trivial(name):
    role = ROLES[name]
    right = output(role, role.implementation())
    scale = np.abs(right).max(axis=-1, keepdims=True)

    def distance(one, other):
        return float(np.median(np.max(np.abs(one - other) / scale, axis=-1)))

    mutants = {item: output(role, role.mutant(item)) for item in role.mutants}
    trivial = {item: output(role, role.mutant(item)) for item in role.trivial}
    distances = {item: distance(value, right) for item, value in mutants.items()}
    assert 2 * sum(value < 0.01 for value in distances.values()) >= len(mutants), distances
    for item, value in mutants.items():
        for known, other in trivial.items():
            assert not distance(value, other) < 0.01, f"{item} resembles {known}"
