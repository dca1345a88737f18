"""Every golden value of the family, computed again by the algorithms."""

import itertools
import math

import numpy as np
import pytest

from corollary.algorithms import directed_information as di
from corollary.theory.directed_information import closed_forms, golden

HALF_OF_LAST_DIGIT = {6: 5.1e-7, 7: 5.1e-8, 9: 5.1e-10, 10: 5.1e-11}


def both(agent, environment, horizon):
    """Return (E, P) of a pair in which the agent moves first."""
    joint = di.joint_from_kernels(agent, environment, horizon, order="A")
    result = di.tension(joint, order="A", horizon=horizon)
    return result.empowerment.value, result.plasticity.value


def copy_first_then(agent):
    """A_1 is a fair coin, then the agent's own rule."""
    return lambda a, o: agent(a, o) if a else [0.5, 0.5]


def symmetric(flip):
    return di.echo_environment(flip)


@pytest.mark.parametrize(("name", "arguments", "printed"), golden.CLOSED_FORMS)
def test_closed_forms_give_the_printed_digits(name, arguments, printed):
    found = getattr(closed_forms, name)(*arguments)
    found = found if isinstance(found, tuple) else (found,)
    digits = 6 if "grid" in name else 9
    for value, expected in zip(found, printed, strict=True):
        assert value == pytest.approx(expected, abs=HALF_OF_LAST_DIGIT[digits])


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("flip", [0.0, 0.1, 0.11, 0.5])
def test_symmetric_channel(n, flip):
    open_loop = both(di.uniform(), symmetric(flip), n)
    assert open_loop == pytest.approx(closed_forms.fair_symmetric_channel(n, flip), abs=1e-12)
    copied = both(di.copy_agent(), symmetric(flip), n)
    assert copied == pytest.approx(closed_forms.copied_symmetric_channel(n, flip), abs=1e-12)


@pytest.mark.parametrize(
    ("n", "p", "q"), [(4, 0.1, 0.2), (5, 0.05, 0.3), (3, 0.0, 0.2), (3, 0.2, 0.0), (1, 0.3, 0.3)]
)
def test_noisy_echo_pair(n, p, q):
    found = both(di.copy_agent(flip=q), symmetric(p), n)
    assert found == pytest.approx(closed_forms.noisy_echo_pair(n, p, q), abs=1e-12)


@pytest.mark.parametrize("delay", [1, 2, 3])
def test_delayed_noisy_copy_of_coins(delay):
    found = both(di.copy_agent(delay, 0.1), di.uniform(), 5)
    assert found == pytest.approx(closed_forms.delayed_copy(5, delay, 0.1), abs=1e-12)
    joint = di.joint_from_kernels(di.copy_agent(delay), di.uniform(), 4, order="A")
    one = di.plasticity(joint, (1, 1), (1 + delay, 1 + delay), order="A", horizon=4)
    assert one.value == 1.0


@pytest.mark.parametrize(("n", "size"), [(3, 2), (2, 3), (2, 5)])
def test_echo_of_uniform_actions(n, size):
    found = both(di.uniform(size), lambda a, o: np.eye(size)[a[-1]], n)
    assert found == pytest.approx(closed_forms.echo(n, size), abs=1e-12)


def test_deterministic_pair_and_mutual_copy():
    zero = both(lambda a, o: [1.0, 0.0], lambda a, o: [1.0 - a[-1], a[-1]], 3)
    assert zero == (0.0, 0.0)
    assert both(copy_first_then(di.copy_agent()), symmetric(0.0), 3) == (1.0, 0.0)


def test_erasure_channel():
    def erase(actions, observations):
        pmf = np.array([0.0, 0.0, 0.3])
        pmf[actions[-1]] = 0.7
        return pmf

    found = both(di.uniform(), erase, 3)
    assert found == pytest.approx(closed_forms.erasure_channel(3, 0.3), abs=1e-12)


def test_one_time_pad_hides_from_each_alone():
    """Y = X xor Z: nothing from X or from Z alone, everything given the other."""
    n = 2
    words = np.arange(4)
    x_and_y = np.full((4, 4), 1 / 16)
    assert di.information_table(x_and_y, n).directed_information().value == 0.0
    pairs_and_y = np.zeros((4**n, 2**n))
    for x, z in itertools.product(words, words):
        pair = sum(4**k * (2 * (x >> k & 1) + (z >> k & 1)) for k in range(n))
        pairs_and_y[pair, x ^ z] = 1 / 16
    assert di.information_table(pairs_and_y, n).directed_information().value == 2.0


@pytest.mark.parametrize("controlled", [0, 1, 2])
def test_light_switches(controlled):
    def lights(actions, observations):
        free = np.array([0.5, 0.5])
        bits = [np.eye(2)[actions[-1] >> k & 1] if k < controlled else free for k in (1, 0)]
        return np.kron(*bits)

    def agent(actions, observations):
        seen = observations[-1] if observations else None
        free = np.array([0.5, 0.5])
        bits = [
            free if k < controlled or seen is None else np.eye(2)[seen >> k & 1] for k in (1, 0)
        ]
        return np.kron(*bits)

    expected = closed_forms.light_switches(3, 2, controlled)
    assert both(agent, lights, 3) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("alpha", [0.2, 0.5])
def test_capacity_of_the_z_channel_and_of_post(alpha):
    capacity = di.blahut_arimoto([[1.0, 0.0], [alpha, 1.0 - alpha]], tolerance=1e-11)
    expected = closed_forms.z_channel_capacity(alpha)
    assert capacity.lower <= expected <= capacity.upper
    if alpha == 0.5:
        assert expected == pytest.approx(math.log2(1.25), abs=1e-15)
        np.testing.assert_allclose(capacity.inputs[0], [0.6, 0.4], atol=1e-5)
    for n in (1, 3, 5):
        tables = di.channel_tables(di.post_channel(alpha), [1.0, 0.0], n)
        uses = di.feedback_capacity(tables, n, tolerance=1e-9)
        assert uses.lower <= n * expected + 1e-12
        assert uses.upper >= n * expected - 1e-12


@pytest.mark.parametrize(
    ("channel", "printed"),
    [(di.trapdoor_channel, golden.TRAPDOOR_USES), (di.ising_channel, golden.ISING_USES)],
)
def test_finite_uses_of_channels_with_memory(channel, printed):
    for n, (low, high) in enumerate(printed[:7], start=1):
        tolerance = 1e-6 if n > 4 else 1e-9
        tables = di.channel_tables(channel(), [1.0, 0.0], n)
        found = di.feedback_capacity(tables, n, tolerance=tolerance)
        assert found.converged
        assert found.lower <= high + HALF_OF_LAST_DIGIT[9]
        assert found.upper >= low - HALF_OF_LAST_DIGIT[9]


def test_two_uses_of_the_trapdoor_channel():
    expected, first = closed_forms.trapdoor_two_uses()
    tables = di.channel_tables(di.trapdoor_channel(), [1.0, 0.0], 2)
    found = di.feedback_capacity(tables, 2, tolerance=1e-11)
    assert found.lower <= expected <= found.upper
    np.testing.assert_allclose(found.inputs[0].ravel(), first, atol=1e-5)


def test_increments_approach_the_feedback_capacities():
    for uses, rate, tolerance in (
        (golden.TRAPDOOR_USES, closed_forms.trapdoor_feedback_capacity(), 2e-4),
        (golden.ISING_USES, closed_forms.ising_feedback_capacity()[0], 0.02),
    ):
        assert uses[7][0] - uses[6][0] == pytest.approx(rate, abs=tolerance)


def test_trapdoor_with_fair_inputs_has_rate_one_half():
    bounds = di.rate_bounds(di.driven_channel(di.trapdoor_channel(), [0.5, 0.5]), depth=14)
    assert bounds.lower < 0.5 < bounds.upper
    low, high = bounds.target_entropy
    assert low == pytest.approx(0.999999985, abs=5e-10)
    assert high == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("coefficients", "noise", "forward", "backward"), golden.GAUSSIAN_RATES)
def test_gaussian_rates(coefficients, noise, forward, backward):
    there = di.gaussian_rate(coefficients, noise, [0], [1], base=math.e)
    back = di.gaussian_rate(coefficients, noise, [1], [0], base=math.e)
    assert there == pytest.approx(forward, abs=HALF_OF_LAST_DIGIT[9])
    assert back == pytest.approx(backward, abs=HALF_OF_LAST_DIGIT[9])


def test_gaussian_table_of_five_steps():
    coefficients, noise, *_ = golden.GAUSSIAN_RATES[-1]
    covariance = di.autoregression_covariance(coefficients, noise, 5)
    table = di.gaussian_table(covariance, 5, base=math.e)
    found = [
        table.directed_information().value,
        table.strict().value,
        table.conditional_mutual_information().value,
    ]
    assert found == pytest.approx(golden.GAUSSIAN_FIVE_STEPS, abs=HALF_OF_LAST_DIGIT[7])
    assert closed_forms.scalar_gaussian_rate(1.0, 1.0) == 0.5


def grid_reach(steps, start, size):
    """Return the open-loop capacity from action words to the final place on a grid."""
    moves = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    ends = []
    for word in itertools.product(moves, repeat=steps):
        place = start
        for move in word:
            there = (place[0] + move[0], place[1] + move[1])
            place = there if min(there) >= 0 and max(there) < size else place
        ends.append(place[0] * size + place[1])
    return di.blahut_arimoto(np.eye(size * size)[ends], tolerance=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_open_loop_empowerment_on_grids(steps):
    inside, corner = grid_reach(steps, (5, 5), 11), grid_reach(steps, (0, 0), 10)
    assert inside.lower <= closed_forms.open_grid_reach(steps) <= inside.upper
    assert corner.lower <= closed_forms.grid_corner_reach(steps) <= corner.upper


def test_klyubin_is_not_the_window_on_the_last_observation():
    """Two uniform moves on an open grid: I(A^2; S_2), the directed one, and the capacity."""
    moves = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    places = sorted({(a[0] + b[0], a[1] + b[1]) for a in moves for b in moves})
    joint = np.zeros((25, 169))
    for (k, a), (j, b) in itertools.product(enumerate(moves), enumerate(moves)):
        end = (a[0] + b[0], a[1] + b[1])
        joint[5 * k + j, 13 * places.index(a) + places.index(end)] = 1 / 25
    table = di.information_table(joint, 2)
    assert table.directed_information((1, 2), (2, 2)).value == pytest.approx(2.321928, abs=5e-7)
    final = joint.reshape(25, 13, 13).sum(axis=1)
    assert di.information_table(final, 1).directed_information().value == pytest.approx(
        3.539471, abs=5e-7
    )


@pytest.mark.parametrize(("flip", "printed"), golden.POTENTIAL_COPY)
def test_potential_plasticity_of_copying(flip, printed):
    found = di.potential_plasticity(
        di.copy_agent(flip=flip), 5, order="A", observations=2, tolerance=1e-7
    )
    assert found.lower - 1e-7 <= printed <= found.upper + 1e-7


@pytest.mark.parametrize(("epsilon", "initial_value", "printed"), golden.POTENTIAL_Q_LEARNING)
def test_potential_plasticity_of_learning(epsilon, initial_value, printed):
    agent = di.q_learning_agent(epsilon=epsilon, initial_value=initial_value)
    found = di.potential_plasticity(agent, 5, order="A", observations=2, tolerance=1e-7)
    assert found.converged
    assert found.lower - 1e-7 <= printed <= found.upper + 1e-7
    joint = di.joint_from_kernels(agent, found.inputs, 5, order="A")
    attained = di.plasticity(joint, order="A", horizon=5).value
    assert found.lower - 1e-12 <= attained <= found.upper + 1e-12


def bandit(arms, **settings):
    joint = di.joint_from_kernels(
        di.q_learning_agent(**settings), di.bandit_environment(arms), 5, order="A"
    )
    table = di.information_table(joint, 5)
    plastic = di.plasticity(table, (1, 3), (2, 5), order="A").value
    return plastic, di.empowerment(table, (1, 3), (2, 5), order="A").value


@pytest.mark.parametrize(
    ("setting", "rows"),
    [("epsilon", golden.BANDIT_EXPLORATION), ("initial_value", golden.BANDIT_INITIAL_VALUE)],
)
def test_bandit_tables(setting, rows):
    for value, *printed in rows:
        for arms, expected in zip(golden.BANDIT_ARMS, printed, strict=True):
            assert bandit(arms, **{setting: value}) == pytest.approx(
                expected, abs=HALF_OF_LAST_DIGIT[6]
            )


def test_bandit_facts():
    for arms in golden.BANDIT_ARMS:
        curve = [bandit(arms, epsilon=e) for e, *_ in golden.BANDIT_EXPLORATION]
        plastic = [p for p, _ in curve]
        assert plastic == sorted(plastic, reverse=True)
        assert plastic[-1] == pytest.approx(0.0, abs=1e-12)
        assert all(p + e <= 5.0 for p, e in curve)
        assert bandit(arms) == pytest.approx(bandit(arms, step_size=0.5), abs=1e-12)
    literal = di.joint_from_kernels(
        di.q_learning_agent(epsilon=1.0), di.bandit_environment((0.3, 0.7)), 5, order="A"
    )
    warned = di.plasticity(literal, (1, 3), (2, 5), order="A", horizon=5, arrow="literal")
    assert warned.value == pytest.approx(0.237418, abs=HALF_OF_LAST_DIGIT[6])


@pytest.mark.parametrize("n", [2, 3])
def test_bijections_reach_the_bound_at_few_plasticities(n):
    words = 2**n
    found = {}
    identity = np.eye(words) / words
    batch = []
    for permutation in itertools.permutations(range(words)):
        batch.append(identity[list(permutation)])
    result = di.tension(np.array(batch), order="A", horizon=n)
    np.testing.assert_allclose(result.total, n, atol=1e-12)
    for value in np.round(result.plasticity.value, 6):
        found[float(value)] = found.get(float(value), 0) + 1
    assert found == golden.BIJECTIONS[n]


def test_two_step_pairs_stay_below_the_bound():
    """A sample of the exhaustive scan: every block of pairs has the same right to be wrong."""
    for start in range(0, di.TWO_STEP_PAIRS, di.TWO_STEP_PAIRS // 40):
        joints = di.two_step_joints(start, min(start + 2000, di.TWO_STEP_PAIRS))
        result = di.tension(joints, order="A", horizon=2)
        assert result.slack.min() >= -1e-12
        assert result.plasticity.slack.min() >= -1e-12
    with pytest.raises(ValueError, match="stop is"):
        di.two_step_joints(0, di.TWO_STEP_PAIRS + 1)


@pytest.mark.parametrize(("plasticity", "printed"), golden.FRONTIER)
def test_frontier_of_two_steps_is_attained(plasticity, printed):
    found, joint = di.two_step_frontier(plasticity, restarts=10)
    assert found >= printed - HALF_OF_LAST_DIGIT[6]
    assert found <= 2.0 - plasticity + 1e-6
    result = di.tension(joint, order="A", horizon=2)
    assert result.empowerment.value == pytest.approx(found, abs=1e-9)
    assert result.plasticity.value == pytest.approx(plasticity, abs=2e-7)
