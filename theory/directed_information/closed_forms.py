"""Exact directed informations of small systems, in bits.

E is the empowerment of an agent (actions on observations), P its plasticity (observations on
actions), over n steps in which the agent moves first, unless said otherwise.
"""

from __future__ import annotations

import math

GOLDEN_RATIO = (1.0 + math.sqrt(5.0)) / 2.0


def binary_entropy(p: float) -> float:
    """Return h(p) = -p log2 p - (1-p) log2 (1-p).

    Example
    -------
    >>> binary_entropy(0.5)
    1.0
    """
    return -sum(q * math.log2(q) for q in (p, 1.0 - p) if q > 0.0)


def both_or_neither(p: float, q: float) -> float:
    """Return p*q = p(1-q) + q(1-p), the flip probability of two flips in a row."""
    return p * (1.0 - q) + q * (1.0 - p)


def fair_symmetric_channel(n: int, flip: float) -> tuple[float, float]:
    """Return (E, P) of n uses of the binary symmetric channel, fair inputs without feedback."""
    return n * (1.0 - binary_entropy(flip)), 0.0


def copied_symmetric_channel(n: int, flip: float) -> tuple[float, float]:
    """Return (E, P) of the binary symmetric channel whose next input is its last output."""
    return 1.0 - binary_entropy(flip), (n - 1) * binary_entropy(flip)


def noisy_echo_pair(n: int, p: float, q: float) -> tuple[float, float]:
    """Return (E, P) of O_i = A_i xor Bern(p) and A_i = O_{i-1} xor Bern(q), A_1 fair.

    Example
    -------
    >>> [round(value, 9) for value in noisy_echo_pair(4, 0.1, 0.2)]
    [1.604256743, 0.314454833]
    """
    around = binary_entropy(both_or_neither(p, q))
    first = 1.0 - binary_entropy(p)
    return (
        first + (n - 1) * (around - binary_entropy(p)),
        (n - 1) * (around - binary_entropy(q)),
    )


def delayed_copy(n: int, delay: int, flip: float) -> tuple[float, float]:
    """Return (E, P) of A_i = O_{i-delay} xor Bern(flip) where the observations are fair coins."""
    return 0.0, (n - delay) * (1.0 - binary_entropy(flip))


def echo(n: int, size: int) -> tuple[float, float]:
    """Return (E, P) of an environment that repeats the uniform actions of k symbols."""
    return n * math.log2(size), 0.0


def erasure_channel(n: int, erasure: float) -> tuple[float, float]:
    """Return (E, P) of n uses of the binary erasure channel with fair inputs."""
    return n * (1.0 - erasure), 0.0


def light_switches(n: int, lights: int, controlled: int) -> tuple[float, float]:
    """Return (E, P) of an agent that sets r of N lights and copies the other N-r, which are coins.

    This stands in for a corridor in which control over the lights grows with the room.
    """
    return float(n * controlled), float((n - 1) * (lights - controlled))


def z_channel_capacity(alpha: float) -> float:
    """Return log2(1 + (1-a) a^(a/(1-a))), the capacity when one input flips with probability a.

    It is also the feedback capacity per use of the POST(a) channel, for every number of uses.
    """
    return math.log2(1.0 + (1.0 - alpha) * alpha ** (alpha / (1.0 - alpha)))


def trapdoor_feedback_capacity() -> float:
    """Return log2 of the golden ratio, the feedback capacity per use of the trapdoor channel."""
    return math.log2(GOLDEN_RATIO)


def trapdoor_two_uses() -> tuple[float, tuple[float, float]]:
    """Return the capacity of two uses from a known state, 3 log2(phi) - 1, and its first input."""
    likely = 2.0 * (math.sqrt(5.0) - 2.0)
    return 3.0 * math.log2(GOLDEN_RATIO) - 1.0, (likely, 1.0 - likely)


def ising_feedback_capacity() -> tuple[float, float]:
    """Return max_a 2 h(a) / (3 + a), the feedback capacity of the Ising channel, and that a."""
    value, where = _best_entropy_per_time(3.0)
    return 2.0 * value, where


def run_limited_erasure_capacity(erasure: float) -> float:
    """Return max_p h(p) / (p + 1/(1-eps)): erasure channel with feedback, no two ones in a row."""
    return _best_entropy_per_time(1.0 / (1.0 - erasure))[0]


def open_grid_reach(n: int) -> float:
    """Return log2(2n^2 + 2n + 1), the n-step empowerment on an open grid with five moves."""
    return math.log2(2 * n * n + 2 * n + 1)


def grid_corner_reach(n: int) -> float:
    """Return log2((n+1)(n+2)/2), the same from a corner, while no other wall is reached."""
    return math.log2((n + 1) * (n + 2) / 2)


def scalar_gaussian_rate(signal: float, noise: float) -> float:
    """Return the rate of Y_t = X_{t-1} + noise with a white Gaussian X, variances as given."""
    return 0.5 * math.log2(1.0 + signal / noise)


def tension_bound(
    actions: tuple[int, int], observations: tuple[int, int], ka: int, ko: int
) -> float:
    """Return m = min((b-a+1) log2 kA, (d-c+1) log2 kO), which bounds E + P."""
    (a, b), (c, d) = actions, observations
    return min((b - a + 1) * math.log2(ka), (d - c + 1) * math.log2(ko))


def tension_bound_as_printed(
    actions: tuple[int, int], observations: tuple[int, int], ka: int, ko: int
) -> float:
    """Return the bound with the alphabets exchanged, as it is printed; it is false in general."""
    return tension_bound(actions, observations, ko, ka)


def _best_entropy_per_time(wait: float) -> tuple[float, float]:
    """Return the maximum of h(p) / (p + wait), and its p, where the derivative changes sign."""
    low, high = 0.0, 0.5
    for _ in range(60):
        p = (low + high) / 2.0
        rising = math.log2((1.0 - p) / p) * (p + wait) > binary_entropy(p)
        low, high = (p, high) if rising else (low, p)
    return binary_entropy(low) / (low + wait), low
