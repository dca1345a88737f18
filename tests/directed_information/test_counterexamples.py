"""Statements that are false as printed, or without a hypothesis: the systems that refute them."""

import itertools

import numpy as np

from corollary.algorithms import directed_information as di
from corollary.theory.directed_information import closed_forms


def bit(value):
    return np.eye(2)[value]


FAIR = np.array([0.5, 0.5])


def test_tension_bound_with_exchanged_alphabets():
    """One action of four symbols, shown as two bits: E = 2 where the printed bound is 1."""

    def act(actions, observations):
        return np.full(4, 0.25) if not actions else np.eye(4)[0]

    def show(actions, observations):
        return bit(actions[0] >> 1 & 1 if not observations else actions[0] & 1)

    joint = di.joint_from_kernels(act, show, 2, order="A")
    result = di.tension(joint, (1, 1), (1, 2), order="A", horizon=2)
    assert (result.empowerment.value, result.plasticity.value) == (2.0, 0.0)
    assert closed_forms.tension_bound_as_printed((1, 1), (1, 2), 4, 2) == 1.0
    assert result.bound == closed_forms.tension_bound((1, 1), (1, 2), 4, 2) == 2.0


def test_tension_needs_mirrored_intervals():
    """Both on [1:3] -> [2:5] of their own source and target: 3 + 1 bits against a bound of 3."""

    def act(actions, observations):
        return bit(observations[0]) if len(actions) == 3 else (FAIR if len(actions) < 3 else bit(0))

    def observe(actions, observations):
        step = len(observations) + 1
        return FAIR if step == 1 else bit(actions[step - 2] if step <= 4 else 0)

    table = di.information_table(di.joint_from_kernels(act, observe, 5, order="A"), 5)
    power = di.empowerment(table, (1, 3), (2, 5), order="A")
    plastic = di.plasticity(table, (1, 3), (2, 5), order="A")
    assert (power.value, plastic.value) == (3.0, 1.0)
    assert power.bound == 3.0


def test_tension_needs_the_same_pair():
    copy = di.potential_plasticity(di.copy_agent(), 3, order="A", observations=2)
    echo = di.potential_empowerment(di.echo_environment(), 3, order="A", actions=2)
    assert copy.lower + echo.lower > 4.999


def test_a_window_misses_what_the_past_already_tells():
    """An agent that repeats O_1 for ever is plastic to it once, at its next action."""

    def act(actions, observations):
        return bit(observations[0]) if observations else FAIR

    table = di.information_table(di.joint_from_kernels(act, di.uniform(), 4, order="A"), 4)
    found = [
        di.plasticity(table, *windows, order="A").value
        for windows in [((1, 1), (2, 4)), ((1, 1), (3, 4)), ((2, 4), (2, 4))]
    ]
    assert found == [1.0, 0.0, 0.0]


def test_no_plasticity_in_one_environment_is_not_open_loop():
    """A copying agent shows nothing in a world of certainties, but all in a world of coins."""
    certain = di.joint_from_kernels(di.copy_agent(), lambda a, o: bit(0), 3, order="A")
    assert di.plasticity(certain, order="A", horizon=3).value == 0.0
    coins = di.joint_from_kernels(di.copy_agent(), di.uniform(), 3, order="A")
    assert di.plasticity(coins, order="A", horizon=3).value == 2.0


def test_processing_the_target_can_add_information():
    """X_1 and W are coins, Y_1 = W, X_2 = Y_1, Y_2 = X_2; then Y_1 is hidden."""
    shown, hidden = np.zeros((4, 4)), np.zeros((4, 4))
    for first, w in itertools.product((0, 1), repeat=2):
        shown[2 * first + w, 2 * w + w] += 0.25
        hidden[2 * first + w, w] += 0.25
    assert di.information_table(shown, 2).directed_information().value == 0.0
    assert di.information_table(hidden, 2).directed_information().value == 1.0


def test_literal_arrows_give_power_to_a_copying_agent():
    """Copying in a world of coins, the observation first: the mirror of the echo."""
    joint = di.joint_from_kernels(di.copy_agent(), di.uniform(), 3, order="O")
    literal = di.tension(joint, order="O", horizon=3, arrow="literal")
    assert (literal.empowerment.value, literal.plasticity.value) == (3.0, 3.0)
    assert di.empowerment(joint, order="O", horizon=3).value == 0.0
