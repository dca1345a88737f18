"""Joint pmfs from kernels; plasticity, empowerment and the tension between them."""

import numpy as np
import pytest

from corollary.algorithms.directed_information import (
    empowerment,
    information_table,
    joint_from_kernels,
    plasticity,
    tension,
)

ORDERS = ("A", "O", "sim")


def fair(actions, observations):
    return [0.5, 0.5]


def echo(actions, observations):
    return [1.0 - actions[-1], actions[-1]]


def copy_agent(actions, observations):
    return [1.0 - observations[-1], observations[-1]] if observations else [0.5, 0.5]


def joint_definition(agent, environment, horizon, order):
    """Multiply kernel entries along every trajectory."""
    ka, ko = agent[0].shape[-1], environment[0].shape[-1]
    joint = np.zeros((ka**horizon, ko**horizon))
    for u in range(ka**horizon):
        for v in range(ko**horizon):
            p = 1.0
            for i in range(horizon):
                rest = horizon - i
                a, o = u // ka ** (rest - 1), v // ko ** (rest - 1)
                before_a, before_o = u // ka**rest, v // ko**rest
                seen_o = o if order == "O" else before_o
                seen_a = a if order == "A" else before_a
                p *= agent[i][before_a, seen_o, a % ka] * environment[i][seen_a, before_o, o % ko]
            joint[u, v] = p
    return joint


@pytest.mark.parametrize("order", ORDERS)
def test_joint_is_the_product_of_the_kernels(random_kernels, order):
    agent, environment = random_kernels(3, order, ka=2, ko=3)
    joint = joint_from_kernels(agent, environment, 3, order=order)
    np.testing.assert_allclose(joint, joint_definition(agent, environment, 3, order), atol=1e-15)


@pytest.mark.parametrize("order", ORDERS)
def test_callables_and_batches_agree_with_arrays(random_kernels, order):
    agent, environment = random_kernels(2, order, ka=3, ko=2, batch=(2,))
    joints = joint_from_kernels(agent, environment, 2, order=order)
    assert joints.shape == (2, 9, 4)

    def index(symbols, size):
        return sum(s * size**t for t, s in enumerate(reversed(symbols)))

    def as_callable(kernels):
        def ask(actions, observations):
            step = next(
                k for k in kernels if k.shape[:2] == (3 ** len(actions), 2 ** len(observations))
            )
            return step[index(actions, 3), index(observations, 2)]

        return ask

    for b in range(2):
        joint = joint_from_kernels(
            as_callable([k[b] for k in agent]),
            as_callable([k[b] for k in environment]),
            2,
            order=order,
        )
        np.testing.assert_array_equal(joint, joints[b])


def test_unreachable_histories_are_never_looked_at():
    def agent(actions, observations):
        if 1 in actions:
            raise AssertionError("asked at a history of probability zero")
        return [1.0, 0.0]

    expected = joint_from_kernels(agent, fair, 3, order="A")
    assert expected.sum() == 1.0
    rows = [np.full((2**i, 2**i, 2), np.nan) for i in range(3)]
    for step in rows:
        step[0, :] = [1.0, 0.0]
    np.testing.assert_array_equal(joint_from_kernels(rows, fair, 3, order="A"), expected)
    table = information_table(expected, 3)
    assert np.isfinite(table.surface).all()
    assert tension(table, order="A").total == 0.0


@pytest.mark.parametrize("order", ORDERS)
def test_tension_bound_with_slack_explained(random_kernels, intervals, order):
    kernels = random_kernels(3, order, ka=2, ko=3, concentration=0.2, batch=(50,))
    table = information_table(joint_from_kernels(*kernels, 3, order=order), 3)
    for actions, observations in intervals(3):
        result = tension(table, actions, observations, order=order)
        shared = table.conditional_mutual_information(actions, observations)
        np.testing.assert_allclose(result.total, shared.value, atol=1e-11)
        assert result.bound == shared.bound
        assert (result.unused_entropy >= -1e-11).all()
        assert (result.residual_noise >= -1e-11).all()
        np.testing.assert_allclose(result.counted_twice, 0.0, atol=1e-11)
        np.testing.assert_allclose(
            result.slack,
            result.unused_entropy + result.residual_noise - result.counted_twice,
            atol=1e-11,
        )


def test_literal_arrows_count_the_exchange_within_a_step_twice():
    """Echo environment, open-loop agent: the sum is twice the bound (false as printed)."""
    joint = joint_from_kernels(fair, echo, 3, order="A")
    assert plasticity(joint, order="A", horizon=3).value == 0.0
    assert empowerment(joint, order="A", horizon=3).value == 3.0
    literal = tension(joint, order="A", horizon=3, arrow="literal")
    assert (literal.plasticity.value, literal.empowerment.value) == (3.0, 3.0)
    assert literal.bound == 3.0
    assert literal.counted_twice == 3.0
    assert literal.slack == -3.0


def test_mirror(random_kernels, intervals):
    joint = joint_from_kernels(*random_kernels(3, "A", ka=2, ko=3), 3, order="A")
    for source, target in intervals(3):
        mine = plasticity(joint, source, target, order="A", horizon=3)
        mirrored = empowerment(joint.T, source, target, order="O", horizon=3)
        assert mine.value == pytest.approx(mirrored.value, abs=1e-13)
        assert (mine.arrow, mine.bound) == (mirrored.arrow, mirrored.bound)
        assert (mine.order, mirrored.order) == ("A", "O")


def test_arrows_follow_the_order():
    joint = joint_from_kernels(copy_agent, fair, 3, order="A")
    assert plasticity(joint, order="A", horizon=3).value == 2.0
    assert plasticity(joint, order="A", horizon=3).arrow == "strict"
    assert empowerment(joint, order="A", horizon=3).arrow == "full"
    seeing = joint_from_kernels(copy_agent, fair, 3, order="O")
    assert plasticity(seeing, order="O", horizon=3).value == 3.0
    assert plasticity(seeing, order="O", horizon=3).arrow == "full"
    assert empowerment(seeing, order="O", horizon=3).value == 0.0
    with pytest.raises(ValueError, match="order is 'sim'"):
        plasticity(seeing, order="sim", horizon=3)


def test_one_observation_is_legal():
    joint = joint_from_kernels(fair, lambda a, o: [1.0], 3, order="A")
    result = tension(joint, order="A", horizon=3)
    assert (result.total, result.bound) == (0.0, 0.0)


def rows(*shape):
    return np.full(shape, 1 / shape[-1])


@pytest.mark.parametrize(
    ("agent", "environment", "words"),
    [
        ([rows(1, 1, 2)], [rows(2, 1, 2), rows(4, 2, 2)], "agent has 1 steps"),
        ([rows(1, 1, 2), rows(2, 2, 2)], [rows(1, 1, 2), rows(4, 2, 2)], r"environment\[0\] has"),
        ([rows(1, 1, 2), rows(2, 2, 3)], [rows(2, 1, 2), rows(4, 2, 2)], "gives 3 symbols"),
        ([rows(1, 1, 2), rows(2, 2, 2) * 2], [rows(2, 1, 2), rows(4, 2, 2)], r"agent\[1\] at"),
        (lambda a, o: [1.5, -0.5], fair, r"agent\[0\] at history \(0, 0\)"),
        (lambda a, o: [np.nan, 1.0], fair, r"agent\[0\] at history"),
        (lambda a, o: [0.5, 0.4], fair, "it must be a pmf"),
        (fair, lambda a, o: [1.0] if a[-1] else [0.5, 0.5], r"environment\(\(1,\), \(\)\) has"),
    ],
)
def test_bad_kernels_are_refused(agent, environment, words):
    with pytest.raises(ValueError, match=words):
        joint_from_kernels(agent, environment, 2, order="A")


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="order is 'B'"):
        joint_from_kernels(fair, fair, 2, order="B")
    joint = joint_from_kernels(fair, fair, 2, order="A")
    with pytest.raises(ValueError, match="order is None"):
        plasticity(joint, order=None, horizon=2)
    with pytest.raises(ValueError, match="arrow is 'both'"):
        empowerment(joint, order="A", horizon=2, arrow="both")
    with pytest.raises(TypeError, match="horizon is missing"):
        tension(joint, order="A")
    with pytest.raises(TypeError, match="a batch needs arrays"):
        joint_from_kernels([rows(3, 1, 1, 2), rows(3, 2, 2, 2)], fair, 2, order="A")
