"""Capacities: both bounds at every step, optimality of what they return, and bad input."""

import math

import numpy as np
import pytest

from corollary.algorithms import directed_information as di


def random_channel(rng, kx, ky, concentration=1.0):
    rows = rng.gamma(concentration, size=(kx, ky)) + 1e-300
    return rows / rows.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("kx", "ky"), [(2, 2), (3, 2), (4, 5), (1, 3), (3, 1)])
@pytest.mark.parametrize("concentration", [1.0, 0.05])
def test_blahut_arimoto_encloses_at_every_step(rng, kx, ky, concentration):
    channel = random_channel(rng, kx, ky, concentration)
    found = di.blahut_arimoto(channel, tolerance=1e-8)
    assert found.converged
    assert found.gap <= 1e-8
    assert (np.diff(found.lowers) >= 0).all()
    assert (np.diff(found.uppers) <= 0).all()
    assert (found.lowers <= found.upper).all()
    assert (found.uppers >= found.lower).all()
    joint = found.inputs[0][:, None] * channel
    attained = di.information_table(joint, 1).directed_information().value
    assert found.lower - 1e-12 <= attained <= found.upper + 1e-12
    for _ in range(20):
        other = rng.dirichlet(np.ones(kx))
        value = di.information_table(other[:, None] * channel, 1).directed_information().value
        assert value <= found.upper + 1e-12


def test_useless_and_perfect_channels():
    assert di.blahut_arimoto(np.full((3, 2), 0.5)).upper == pytest.approx(0.0, abs=1e-12)
    perfect = di.blahut_arimoto(np.eye(4))
    assert perfect.iterations == 1
    assert perfect.lower <= 2.0 <= perfect.upper


def test_an_input_that_dies_out_keeps_the_upper_bound_valid():
    """Input 2 is a mixture of the others with an output of its own that is hardly ever seen."""
    channel = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.5 - 1e-12, 1e-12]])
    found = di.blahut_arimoto(channel, tolerance=1e-6)
    assert found.lower <= 1.0 + 1e-9
    assert found.upper >= 1.0 - 1e-9


def test_units_and_stopping():
    channel = [[0.9, 0.1], [0.3, 0.7]]
    bits, nats = di.blahut_arimoto(channel), di.blahut_arimoto(channel, base=math.e)
    assert nats.lower == pytest.approx(bits.lower * math.log(2), abs=1e-8)
    assert nats.unit == "nat"
    short = di.blahut_arimoto(channel, max_iterations=2)
    assert not short.converged
    assert short.iterations == 2


def random_uses(rng, horizon, kx, ky):
    return [rng.dirichlet(np.full(ky, 0.4), size=(kx ** (i + 1), ky**i)) for i in range(horizon)]


@pytest.mark.parametrize(("horizon", "kx", "ky"), [(1, 3, 2), (2, 2, 3), (3, 2, 2), (2, 1, 2)])
def test_feedback_capacity_encloses_and_is_attained(rng, horizon, kx, ky):
    channel = random_uses(rng, horizon, kx, ky)
    found = di.feedback_capacity(channel, horizon, tolerance=1e-6)
    assert found.converged
    assert (np.diff(found.lowers) >= 0).all()
    assert (np.diff(found.uppers) <= 0).all()
    joint = di.joint_from_kernels(found.inputs, channel, horizon, order="A")
    attained = di.empowerment(joint, order="A", horizon=horizon).value
    assert found.lower - 1e-11 <= attained <= found.upper + 1e-11
    for _ in range(20):
        agent = [rng.dirichlet(np.full(kx, 0.5), size=(kx**i, ky**i)) for i in range(horizon)]
        joint = di.joint_from_kernels(agent, channel, horizon, order="A")
        assert di.empowerment(joint, order="A", horizon=horizon).value <= found.upper + 1e-11


def test_one_use_is_blahut_arimoto(rng):
    channel = random_channel(rng, 3, 4)
    once = di.feedback_capacity([channel[:, None, :]], 1, tolerance=1e-9)
    plain = di.blahut_arimoto(channel, tolerance=1e-9)
    assert once.lower == pytest.approx(plain.lower, abs=2e-9)
    np.testing.assert_allclose(once.inputs[0].ravel(), plain.inputs[0], atol=1e-3)


def test_feedback_does_not_help_a_memoryless_channel(rng):
    channel = random_channel(rng, 2, 3)
    single = di.blahut_arimoto(channel, tolerance=1e-9)
    uses = di.feedback_capacity(lambda x, y: channel[x[-1]], 4, inputs=2, tolerance=1e-8)
    assert uses.lower <= 4 * single.upper
    assert uses.upper >= 4 * single.lower


@pytest.mark.parametrize("order", ["A", "O"])
def test_potentials_are_attained_and_mirror(rng, order):
    n = 3
    agent = [rng.dirichlet([0.5, 0.5], size=(2**i, 3 ** (i + (order == "O")))) for i in range(n)]
    found = di.potential_plasticity(agent, n, order=order, tolerance=1e-7)
    joint = di.joint_from_kernels(agent, found.inputs, n, order=order)
    attained = di.plasticity(joint, order=order, horizon=n).value
    assert found.lower - 1e-12 <= attained <= found.upper + 1e-12
    mirrored = [np.swapaxes(rows, 0, 1) for rows in agent]
    other = di.potential_empowerment(mirrored, n, order={"A": "O", "O": "A"}[order], tolerance=1e-7)
    assert (other.lower, other.upper) == (found.lower, found.upper)
    for _ in range(20):
        world = [rng.dirichlet([0.5] * 3, size=(2 ** (i + (order == "A")), 3**i)) for i in range(n)]
        joint = di.joint_from_kernels(agent, world, n, order=order)
        assert di.plasticity(joint, order=order, horizon=n).value <= found.upper + 1e-12


def test_a_single_step_leaves_nothing_for_a_late_source():
    found = di.potential_plasticity(di.copy_agent(), 1, order="A", observations=2)
    assert (found.lower, found.upper) == (0.0, 0.0)
    assert found.converged


def test_bad_channels_are_refused():
    with pytest.raises(ValueError, match="channel sums to"):
        di.blahut_arimoto([[0.5, 0.4], [0.5, 0.5]])
    with pytest.raises(ValueError, match=r"channel has shape \(2,\)"):
        di.blahut_arimoto([0.5, 0.5])
    with pytest.raises(ValueError, match="tolerance is 0"):
        di.blahut_arimoto(np.eye(2), tolerance=0)
    with pytest.raises(ValueError, match="max_iterations is 0"):
        di.feedback_capacity([np.eye(2)[:, None]], 1, max_iterations=0)
    with pytest.raises(ValueError, match="channel has 1 steps"):
        di.feedback_capacity([np.eye(2)[:, None]], 2)
    with pytest.raises(TypeError, match="size of its input alphabet is missing"):
        di.feedback_capacity(lambda x, y: [1.0], 2)
    with pytest.raises(ValueError, match=r"channel\[0\] has shape \(2, 2\)"):
        di.feedback_capacity([np.eye(2)], 1)
    with pytest.raises(ValueError, match="order is 'sim'"):
        di.potential_plasticity(di.copy_agent(), 2, order="sim", observations=2)
    with pytest.raises(ValueError, match="it must have 3 axes"):
        di.feedback_capacity([np.broadcast_to(np.eye(2)[:, None], (3, 2, 1, 2))], 1)
