"""Agents, environments and channels with known answers, and the roles of what finds capacities."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from corollary.verify.implementation import Implementation
from corollary.verify.precision import Array
from corollary.verify.role import Role
from corollary.verify.roles.directed_information._systems import (
    Joints,
    Policy,
    digits,
    played,
    system,
)

FAIR = (0.5, 0.5)
MOVES = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
LN2 = math.log(2)


def bit(value: int, flip: float = 0.0) -> tuple[float, float]:
    """Return the law of a bit, or of its flip with some probability."""
    return (flip, 1 - flip) if value else (1 - flip, flip)


def unit(value: int, size: int) -> Array:
    """Return the law of a certain symbol."""
    law: Array = np.eye(size)[value]
    return law


def coins(size: int = 2) -> Policy:
    """Return the policy of uniform symbols."""
    return lambda a, o: np.full(size, 1 / size)


def copying(delay: int = 1, flip: float = 0.0) -> Policy:
    """Return the agent that repeats the observation some steps ago, or its flip."""
    return lambda a, o: FAIR if len(o) < delay else bit(o[-delay], flip)


def echoing(flip: float = 0.0) -> Policy:
    """Return the environment that repeats the last action, or its flip."""
    return lambda a, o: bit(a[-1], flip) if a else FAIR


def learning(epsilon: float = 0.0, initial: float = 0.0, step: float = 0.1) -> Policy:
    """Return the epsilon-greedy learner of two action values; values within 1e-12 tie."""

    def act(actions: list[int], rewards: list[int]) -> Array:
        values = [initial, initial]
        for action, reward in zip(actions, rewards, strict=False):
            values[action] += step * (reward - values[action])
        best = np.array([value >= max(values) - 1e-12 for value in values])
        return epsilon / 2 + (1 - epsilon) * best / best.sum()

    return act


def bandit(first: float, second: float) -> Policy:
    """Return the environment in which each arm pays 1 with its own probability."""
    return lambda a, o: bit(1, 1 - (first, second)[a[-1]])


def erasing(probability: float) -> Policy:
    """Return the binary channel that erases; 2 stands for an erasure."""
    return lambda a, o: np.append((1 - probability) * unit(a[-1], 2), probability)


def _lights(controlled: int) -> tuple[Policy, Policy]:
    """Return agent and environment of two lights, of which the agent sets some, copies the rest."""

    def both(bits: list[tuple[float, float]]) -> Array:
        return np.kron(np.array(bits[0]), np.array(bits[1]))

    def act(a: list[int], o: list[int]) -> Array:
        return both([bit(o[-1] >> k & 1) if k >= controlled and o else FAIR for k in (1, 0)])

    def show(a: list[int], o: list[int]) -> Array:
        return both([bit(a[-1] >> k & 1) if k < controlled else FAIR for k in (1, 0)])

    return act, show


def _shown_in_two_bits() -> tuple[Policy, Policy]:
    return (
        lambda a, o: np.full(4, 0.25) if not a else unit(0, 4),
        lambda a, o: bit(a[0] >> 1 & 1 if not o else a[0] & 1),
    )


def _askew() -> tuple[Policy, Policy]:
    """A_1..A_3, O_1 coins; A_4 = O_1; O_i = A_{i-1} for i = 2, 3, 4."""

    def act(a: list[int], o: list[int]) -> Any:
        return FAIR if len(a) < 3 else bit(o[0] if len(a) == 3 else 0)

    def show(a: list[int], o: list[int]) -> Any:
        return bit(a[len(o) - 1] if len(o) < 4 else 0) if o else FAIR

    return act, show


def _hidden(n: int, visible: bool) -> Array:
    """X_1, W coins, Y_1 = W, X_2 = Y_1, Y_2 = X_2; Y_1 is shown or hidden."""
    joint = np.zeros((1, 4, 4))
    for first, w in itertools.product((0, 1), repeat=2):
        joint[0, 2 * first + w, 2 * w * visible + w] += 0.25
    return joint


def _pad(n: int, pairs: bool) -> Array:
    """One-time pad Y = X xor Z of coins: X (or the pairs of X and Z) with Y."""
    if not pairs:
        return np.full((1, 2**n, 2**n), 4.0**-n)
    joint = np.zeros((1, 4**n, 2**n))
    for x, z in itertools.product(range(2**n), repeat=2):
        joint[0, sum(4**k * (2 * (x >> k & 1) + (z >> k & 1)) for k in range(n)), x ^ z] = 4.0**-n
    return joint


def _walk(n: int) -> Array:
    """Uniform moves on an open grid, with every position observed (two steps)."""
    places = sorted({(a[0] + b[0], a[1] + b[1]) for a in MOVES for b in MOVES})
    joint = np.zeros((1, 25, len(places) ** 2))
    for (k, a), (j, b) in itertools.product(enumerate(MOVES), repeat=2):
        end = places.index((a[0] + b[0], a[1] + b[1]))
        joint[0, 5 * k + j, len(places) * places.index(a) + end] = 1 / 25
    return joint


_PAIRS: dict[str, Callable[..., tuple[Policy, Policy]]] = {
    "symmetric channel, coins": lambda p: (coins(), echoing(p)),
    "noisy echo pair": lambda p, q: (copying(1, q), echoing(p)),
    "delayed copy of coins": lambda d, q: (copying(int(d), q), coins()),
    "echo of k symbols": lambda k: (coins(int(k)), lambda a, o: unit(a[-1], int(k))),
    "certainties": lambda: (lambda a, o: bit(0), lambda a, o: bit(1 - a[-1])),
    "copy in certainties": lambda: (copying(), lambda a, o: bit(0)),
    "erasure channel, coins": lambda e: (coins(), erasing(e)),
    "two lights": lambda r: _lights(int(r)),
    "four symbols shown as bits": _shown_in_two_bits,
    "askew intervals": _askew,
    "first observation for ever": lambda: (lambda a, o: bit(o[0]) if o else FAIR, coins()),
    "bandit": lambda arm, other, e, q: (learning(e, q), bandit(arm, other)),
}
_JOINTS: dict[str, Callable[..., Array]] = {
    "processed target": lambda n: _hidden(n, visible=False),
    "target as it is": lambda n: _hidden(n, visible=True),
    "pad from one side": lambda n: _pad(n, pairs=False),
    "pad from both sides": lambda n: _pad(n, pairs=True),
    "walk on a grid": _walk,
}


@cache
def known(name: str, n: int, *settings: float) -> Array:
    """Return the joint (1, kx**n, ky**n) of a named system, the agent moving first."""
    if name in _JOINTS:
        return _JOINTS[name](n)
    return system(*_PAIRS[name](*settings), n)


def _trapdoor(x: list[int], y: list[int]) -> tuple[float, float]:
    one = (x[-1] + sum(x[:-1]) - sum(y)) / 2
    return (1 - one, one) if one in (0, 0.5, 1) else FAIR


def _ising(x: list[int], y: list[int]) -> tuple[float, float]:
    return bit(1, 1 - (x[-1] + ([0, *x])[-2]) / 2)


def _post(x: list[int], y: list[int], alpha: float) -> tuple[float, float]:
    state = y[-1] if y else 0
    return bit(x[-1]) if x[-1] == state else bit(x[-1], alpha)


CHANNELS: dict[str, Callable[..., Any]] = {"trapdoor": _trapdoor, "ising": _ising, "post": _post}


def tables(channel: Callable[[list[int], list[int]], Any], n: int) -> list[Array]:
    """Return a binary channel as arrays (2**(i+1), 2**i, 2)."""
    return [
        np.array([[channel(digits(x, i + 1, 2), digits(y, i, 2)) for y in range(2**i)]
                  for x in range(2 ** (i + 1))])
        for i in range(n)
    ]  # fmt: skip


@cache
def used(name: str, n: int, *settings: float) -> tuple[tuple[float, list[Array]], ...]:
    """Return weighted channels: a named one, or an agent after each of its first actions."""
    if name in CHANNELS:
        return ((1.0, tables(partial(CHANNELS[name], **dict(zip(("alpha",), settings,
                                                                 strict=False))), n)),)  # fmt: skip
    agent = copying(1, *settings) if name == "copying" else learning(*settings)
    first = agent([], [])
    return tuple((float(first[a]), tables(partial(_after, agent, a), n - 1)) for a in (0, 1))


def _after(agent: Policy, first: int, seen: list[int], done: list[int]) -> Any:
    """Return the law of the next action after a first one and others, by the observations."""
    return agent([first, *done], seen)


def _uniform_inputs(channel: list[Array], n: int) -> float:
    agent = [np.full((1, 1, 1, 2), 0.5)] * n
    joints = Joints(n, played(agent, [rows[None] for rows in channel]), (1, n), (1, n))
    g = joints.surface
    return float(g[0, 0, n] - sum(g[0, i, i] - g[0, i, i - 1] for i in range(1, n + 1)))


def _without_feedback(channel: list[Array], n: int) -> float:
    agent = [np.ones((1, 1, 1, 2))] * n
    return _arimoto(played(agent, [rows[None] for rows in channel])[0])


def _arimoto(channel: Array, rounds: int = 300) -> float:
    inputs = np.full(len(channel), 1 / len(channel))
    for _ in range(rounds):
        ratio = np.where(channel > 0, channel / np.maximum(inputs @ channel, 1e-300), 1.0)
        gain = np.exp((channel * np.log(ratio)).sum(axis=1))
        inputs = inputs * gain / (inputs @ gain)
    return float(np.log(inputs @ gain) / LN2)


def _middle(implementation: Implementation) -> Callable[..., float]:
    """Return the function as laws call it: the middle of the bounds, or the number it returns."""

    def value(*arguments: Any) -> float:
        found = implementation.plain(*arguments)
        return float((found.lower + found.upper) / 2 if hasattr(found, "lower") else found)

    return value


def _reference(name: str) -> Callable[..., Any]:
    from corollary.algorithms import directed_information

    function: Callable[..., Any] = getattr(directed_information, name)
    return function


FEEDBACK_CAPACITY = Role(
    name="feedback_capacity",
    family="directed_information",
    signature="f(channel: n arrays (kx**(i+1), ky**i, ky), n) -> bits, or an object with bounds "
    "lower and upper",
    default="corollary.algorithms.directed_information:feedback_capacity",
    adapt=_middle,
    mutants={
        "natural logarithms": lambda channel, n: (
            LN2 * _middle_of(_reference("feedback_capacity")(channel, n))
        ),
        "uniform inputs": _uniform_inputs,
        "inputs without feedback": _without_feedback,
        "per use": lambda channel, n: _middle_of(_reference("feedback_capacity")(channel, n)) / n,
    },
    trivial={"zero": lambda channel, n: 0.0, "one bit per use": lambda channel, n: float(n)},
)
CAPACITY = Role(
    name="capacity",
    family="directed_information",
    signature="f(channel (kx, ky)) -> bits, or an object with bounds lower and upper",
    default="corollary.algorithms.directed_information:blahut_arimoto",
    adapt=_middle,
    mutants={
        "natural logarithms": lambda channel: LN2 * _arimoto(np.asarray(channel)),
        "uniform inputs": lambda channel: (
            _uniform_inputs([np.asarray(channel)[:, None]], 1)
            if len(channel) == 2
            else _arimoto(np.asarray(channel), 1)
        ),
        "one iteration": lambda channel: _arimoto(np.asarray(channel), 2),
    },
    trivial={"zero": lambda channel: 0.0},
)
GAUSSIAN_RATE = Role(
    name="gaussian_rate",
    family="directed_information",
    signature="f(coefficients (k, k), noise (k, k), source, target) -> bits per step",
    default="corollary.algorithms.directed_information:gaussian_rate",
    adapt=_middle,
    mutants={
        "natural logarithms": lambda *given: LN2 * _reference("gaussian_rate")(*given),
        "log-ratio of variances": lambda *given: 2 * _reference("gaussian_rate")(*given),
        "noise taken as white": lambda a, noise, *given: _reference("gaussian_rate")(
            a, np.eye(len(a)), *given
        ),
    },
    trivial={"zero": lambda *given: 0.0},
)


def _middle_of(found: Any) -> float:
    return float((found.lower + found.upper) / 2)


def grid_channel(steps: int, start: tuple[int, int], size: int) -> Array:
    """Return the map from words of moves to the final place on a grid; bumping stays."""
    ends = []
    for word in itertools.product(MOVES, repeat=steps):
        place = start
        for move in word:
            there = (place[0] + move[0], place[1] + move[1])
            place = there if min(there) >= 0 and max(there) < size else place
        ends.append(place[0] * size + place[1])
    channel: Array = np.eye(size * size)[ends]
    return channel
