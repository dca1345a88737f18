"""The roles and claims of the family: what they tell apart, and what they must not mistake."""

import math

import numpy as np
import pytest

from corollary.algorithms import directed_information as di
from corollary.theory.directed_information import closed_forms
from corollary.verify import Fault, check, select
from corollary.verify.claims.directed_information import agency
from corollary.verify.roles.directed_information import (
    DIRECTED_INFORMATION,
    DIRECTED_INFORMATION_RATE,
    JOINTS,
    drawn,
    known,
    two_steps,
    whole,
)
from corollary.verify.run import replay
from corollary.verify.search.evaluate import evaluate

CLAIMS = {claim.name.partition(".")[2]: claim for claim in select(["directed_information"])}


def plain(joint, horizon):
    """A user's own function: bits that X^n directs to Y^n."""
    return float(di.information_table(joint, horizon).directed_information())


def answers(function, joint, horizon):
    role = DIRECTED_INFORMATION
    return role.adapt(role.implementation(function))(joint, horizon)


def test_a_plain_function_answers_for_intervals(random_joint, intervals):
    joint = random_joint(3, 2, 2, concentration=0.4, batch=(3,))
    table, own = answers(None, joint, 3), answers(plain, joint, 3)
    for x, y in intervals(3):
        np.testing.assert_allclose(own.full(x, y), table.full(x, y), atol=1e-12)
        np.testing.assert_allclose(own.strict(y, x), table.strict(y, x), atol=1e-12)


def test_sides_of_different_alphabets_are_kept_apart(random_joint):
    joint = random_joint(2, 3, 2, batch=(2,))
    table, own = answers(None, joint, 2), answers(plain, joint, 2)
    np.testing.assert_allclose(own.strict((1, 1), (2, 2)), table.strict((1, 1), (2, 2)), atol=1e-12)


def refuted(function, name):
    """Return whether a claim is refuted for a plain function on some batches of its domain."""
    claim = CLAIMS[name]
    batches = [claim.domain.block(key, 4) for key in range(40)]
    own = claim.role.implementation(function)
    return any(evaluate(claim, own, claim.domain, batch).refutes for batch in batches)


@pytest.mark.parametrize("name", ["full-arrow", "conservation", "tension", "chain-rule"])
def test_a_plain_function_is_judged(name):
    assert not refuted(plain, name)
    assert refuted(lambda joint, n: 1.01 * plain(joint, n), name)


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (lambda joint, n: "a bit", "convention"),
        (lambda joint, n: np.zeros(2), "convention"),
        (lambda joint, n: joint.fill(0.0), "wrong"),
        (lambda joint, n: {}[n], "raised"),
        (lambda joint, n: di.information_table(joint, 7 * n), "outside the domain"),
    ],
)
def test_faults_of_the_interface_are_named(function, kind):
    with pytest.raises(Fault) as caught:
        answers(function, np.full((1, 4, 4), 1 / 16), 2).full()
    assert caught.value.kind == kind


def test_half_of_the_wrong_implementations_are_near_and_none_is_trivial():
    domain, parameters = DIRECTED_INFORMATION.typical
    joints = domain.case(parameters)

    def value(name=None):
        role = DIRECTED_INFORMATION
        chosen = role.mutant(name) if name else role.implementation()
        return role.adapt(chosen)(joints.joint, joints.n).full()

    right = value()
    near = [name for name in DIRECTED_INFORMATION.mutants
            if np.median(np.abs(value(name) / right - 1)) < 0.01]  # fmt: skip
    assert 2 * len(near) >= len(DIRECTED_INFORMATION.mutants) >= 12
    for trivial in DIRECTED_INFORMATION.trivial:
        known_wrong = value(trivial)
        for name in DIRECTED_INFORMATION.mutants:
            assert np.median(np.abs(value(name) - known_wrong)) > 0.01, (name, trivial)


def test_the_judge_builds_the_same_systems_as_the_library():
    np.testing.assert_allclose(two_steps(np.arange(5000, 6000)), di.two_step_joints(5000, 6000))
    for mine, agent, environment in (
        (known("noisy echo pair", 4, 0.1, 0.2), di.copy_agent(flip=0.2), di.echo_environment(0.1)),
        (
            known("bandit", 4, 0.3, 0.7, 0.25, 0.5),
            di.q_learning_agent(epsilon=0.25, initial_value=0.5),
            di.bandit_environment((0.3, 0.7)),
        ),
    ):
        theirs = di.joint_from_kernels(agent, environment, 4, order="A")
        np.testing.assert_allclose(mine[0], theirs, atol=1e-15)


def test_the_printed_counterexamples_are_found():
    echo = {**whole(n=3, pattern="echo"), "a": 1, "b": 3, "c": 1, "d": 3}
    flags = {"literal": 0, "askew": 0, "another": 0}
    literal = replay(CLAIMS["tension-with-the-same-arrow"], {**echo, **flags, "literal": 1})
    assert "value 6, upper bound 3" in literal.message
    pairs = replay(CLAIMS["tension-of-two-pairs"], {**echo, **flags, "another": 1})
    assert "value 5, upper bound 3" in pairs.message
    spelled = {**echo, "n": 2, "kx": 4, "pattern": "spelled", "b": 1, "d": 2}
    exchanged = replay(CLAIMS["tension-with-exchanged-alphabets"], spelled)
    assert "value 2, upper bound 1" in exchanged.message
    assert replay(CLAIMS["tension"], {**echo, **flags}) is None


def test_a_bound_one_percent_lower_is_refuted(monkeypatch):
    right = closed_forms.tension_bound
    monkeypatch.setattr(closed_forms, "tension_bound", lambda *given: 0.99 * right(*given))
    assert not check(claims=["directed_information.tension"]).results[0].as_expected


def test_a_sum_over_the_wrong_atoms_is_refuted(monkeypatch):
    right = agency.by_atoms
    monkeypatch.setattr(agency, "by_atoms", lambda joints, order: right(joints, "O"))
    assert not check(claims=["directed_information.mirror"]).results[0].as_expected


def test_a_plasticity_of_ones_own_is_judged():
    def strict_only(joint, source, target, order, horizon):
        return di.information_table(joint, horizon).strict(source, target).value

    bind = {"order": "@order", "horizon": "@horizon"}
    (result,) = check(strict_only, "plasticity", bind=bind).results
    assert result.verdict == "refuted"
    assert result.witness.parameters["order"] == "O"
    (result,) = check(di.plasticity, "plasticity").results
    assert result.verdict == "holds"


def test_the_public_bug_is_invisible_on_fair_symbols_only():
    role = DIRECTED_INFORMATION_RATE
    wrong = role.adapt(role.mutant("predictive law of the source"))
    right = role.adapt(role.implementation())
    fair, unfair = (drawn("late copy", 10_000, one, 0.1, 3) for one in (0.5, 0.2))
    assert wrong(fair.x, fair.y) == pytest.approx(right(fair.x, fair.y), abs=0.01)
    assert abs(wrong(unfair.x, unfair.y) - right(unfair.x, unfair.y)) > 0.05
    assert right(unfair.x, unfair.y) == pytest.approx(unfair.rate, abs=0.03)


@pytest.mark.parametrize("process", ["independent", "same time", "late copy", "echo pair"])
def test_processes_have_the_rate_they_are_said_to_have(process):
    pair = drawn(process, 100_000, 0.2, 0.1, 5)
    found = di.plug_in_rate(pair.x, pair.y, arrow="full")
    assert found.value == pytest.approx(pair.rate, abs=0.01)
    if process != "independent":
        assert found.terms.std() == pytest.approx(pair.spread, rel=0.03)


def test_a_user_judges_an_estimator():
    def counts(x, y):
        return di.plug_in_rate(x, y, arrow="full").value

    def nats(x, y):
        return math.log(2) * counts(x, y)

    name = "directed_information.rates-of-known-processes"
    assert check(counts, "directed_information_rate", claims=[name]).results[0].verdict == "holds"
    wrong = check(nats, "directed_information_rate", claims=[name]).results[0]
    assert wrong.verdict == "refuted"


def test_sizes_of_cases():
    joints = JOINTS.case(whole(n=4, kx=3, ky=2))
    assert joints.joint.shape == (1, 16, 16)
    assert joints.sizes == (2, 2)
