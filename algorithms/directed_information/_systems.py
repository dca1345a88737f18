"""Agents and environments with known answers, as kernels for `joint_from_kernels`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._interface import Kernel, Symbols

Array = npt.NDArray[np.float64]

_TIE = 1e-12  # values this close share the greedy probability


def uniform(size: int = 2) -> Kernel:
    """Return an agent or environment that draws its symbols uniformly, whatever happened."""
    pmf = np.full(checks.whole("size", size, least=1), 1.0 / size)
    return lambda actions, observations: pmf


def copy_agent(delay: int = 1, flip: float = 0.0) -> Kernel:
    """Return the agent whose action is the binary observation `delay` symbols ago, or its flip.

    While there is no such observation yet it acts by a fair coin. With ``delay=1`` it repeats
    the latest observation it has seen: that of the step before under order "A", of the same step
    under order "O".
    """
    lag = checks.whole("delay", delay, least=1)
    p = checks.fraction("flip", flip)

    def act(actions: Symbols, observations: Symbols) -> Array:
        if len(observations) < lag:
            return np.array([0.5, 0.5])
        return _noisy_bit(observations[-lag], p)

    return act


def echo_environment(flip: float = 0.0) -> Kernel:
    """Return the environment whose observation is the latest binary action, or its flip."""
    p = checks.fraction("flip", flip)
    return lambda actions, observations: (
        _noisy_bit(actions[-1], p) if actions else np.array([0.5, 0.5])
    )


def bandit_environment(success: Any) -> Kernel:
    """Return the Bernoulli bandit whose arm a pays 1 with probability ``success[a]``."""
    rates = checks.floats("success", success)
    if rates.ndim != 1 or rates.size == 0 or not ((rates >= 0) & (rates <= 1)).all():
        raise ValueError(f"success is {success!r}; it must be one probability per arm")
    return lambda actions, observations: _noisy_bit(1, 1.0 - rates[actions[-1]])


def q_learning_agent(
    arms: int = 2, *, epsilon: float = 0.0, step_size: float = 0.1, initial_value: float = 0.0
) -> Kernel:
    """Return the epsilon-greedy agent with tabular values, Q += step_size (reward - Q).

    Values within 1e-12 of the largest share the greedy choice evenly. This matters: with
    rewards 0 and 1 the initial values 0 and 1 make exact ties.

    Parameters
    ----------
    arms : int
        Number of actions.
    epsilon : float
        Probability of a uniform action instead of the greedy one.
    step_size, initial_value : float
        Learning rate, and the value that every action starts with.

    Source
    ------
    The two-armed bandit experiment of Abel et al., arXiv 2505.10361.
    """
    count = checks.whole("arms", arms, least=1)
    explore = checks.fraction("epsilon", epsilon)

    def act(actions: Symbols, observations: Symbols) -> Array:
        values: Array = np.full(count, float(initial_value))
        for action, reward in zip(actions, observations, strict=True):
            values[action] += step_size * (reward - values[action])
        best = values >= values.max() - _TIE
        return np.asarray(explore / count + (1.0 - explore) * best / best.sum())

    return act


def _noisy_bit(bit: int, flip: float) -> Array:
    pmf = np.full(2, float(flip))
    pmf[bit] = 1.0 - flip
    return pmf


def trapdoor_channel() -> Array:
    """Return the trapdoor channel as ``[state, input, output, next state]``, shape (2, 2, 2, 2).

    The state is a ball in the box; the input ball joins it, and one of the two, with equal
    chances, is the output. The other stays.
    """
    channel = np.zeros((2, 2, 2, 2))
    for state in (0, 1):
        for symbol in (0, 1):
            for output in (symbol, state):
                channel[state, symbol, output, symbol + state - output] += 0.5
    return channel


def ising_channel() -> Array:
    """Return the Ising channel, shape (2, 2, 2, 2): the output is the input or the one before."""
    channel = np.zeros((2, 2, 2, 2))
    for state in (0, 1):
        for symbol in (0, 1):
            for output in (symbol, state):
                channel[state, symbol, output, symbol] += 0.5
    return channel


def post_channel(alpha: float) -> Array:
    """Return the POST(alpha) channel, shape (2, 2, 2, 2), whose state is the previous output.

    An input equal to the previous output comes out as it is; any other is replaced by the
    previous output with probability `alpha`.
    """
    p = checks.fraction("alpha", alpha)
    channel = np.zeros((2, 2, 2, 2))
    for state in (0, 1):
        channel[state, state, state, state] = 1.0
        channel[state, 1 - state, state, state] = p
        channel[state, 1 - state, 1 - state, 1 - state] = 1.0 - p
    return channel
