"""How much empowerment goes with a given plasticity: two binary steps, the agent moving first.

All joint pmfs of two actions and two observations are candidates. The search climbs from many
starts with exact gradients; what it returns is attained, and so a lower bound on the frontier.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from corollary.algorithms.directed_information import _checks as checks

Array = npt.NDArray[np.float64]

_LEAST = 1e-12  # of a probability, so that gradients stay finite
_ATTAINED = 1e-7


def two_step_frontier(
    plasticity: float, *, restarts: int = 30, seed: int = 0
) -> tuple[float, Array]:
    """Return the most empowerment found at a plasticity, in bits, and a joint pmf that has both.

    Parameters
    ----------
    plasticity : float
        Between 0 and 1 bit, over O_{1:2} -> A_{1:2}; the empowerment is A_{1:2} -> O_{1:2}.
    restarts, seed : int
        Number of starts, and where their random numbers begin.

    Returns
    -------
    (float, float64 array (4, 4))
        Actions are rows. The plasticity is met within 1e-7.

    Raises
    ------
    RuntimeError
        If no start ends at the plasticity; more restarts help.
    """
    wanted = checks.fraction("plasticity", plasticity)
    count = checks.whole("restarts", restarts, least=1)
    generator = np.random.default_rng(checks.whole("seed", seed, least=0))
    constraints = [
        {"type": "eq", "fun": lambda p: p.sum() - 1.0, "jac": lambda p: np.ones(16)},
        {
            "type": "eq",
            "fun": lambda p: _form(p, _PLASTICITY)[0] - wanted,
            "jac": lambda p: _form(p, _PLASTICITY)[1],
        },
    ]
    best, where = -math.inf, np.empty(0)
    for _ in range(count):
        start = generator.dirichlet(np.full(16, generator.choice([0.1, 0.3, 1.0])))
        found = minimize(
            lambda p: tuple(-part for part in _form(p, _EMPOWERMENT)),
            0.99 * start + 0.01 / 16,
            jac=True,
            bounds=[(_LEAST, 1.0)] * 16,
            constraints=constraints,
            method="SLSQP",
            options={"maxiter": 300, "ftol": 1e-10},
        )
        pmf = found.x / found.x.sum()
        met = abs(_form(pmf, _PLASTICITY)[0] - wanted) < _ATTAINED
        if met and _form(pmf, _EMPOWERMENT)[0] > best:
            best, where = _form(pmf, _EMPOWERMENT)[0], pmf
    if not where.size:
        raise RuntimeError(f"no start out of {count} ended at plasticity {wanted}")
    return best, where.reshape(4, 4)


def _marginal(j: int, i: int) -> Array:
    """Return the map from the 16 probabilities to the marginal of j actions and i observations."""
    rows = np.kron(np.eye(2**j), np.ones(2 ** (2 - j)))
    columns = np.kron(np.eye(2**i), np.ones(2 ** (2 - i)))
    return np.kron(rows, columns)


def _atoms(cells: list[tuple[int, int]]) -> list[tuple[int, Array]]:
    """Return a sum of atoms T[j, i] as signed marginal entropies."""
    signs: dict[tuple[int, int], int] = {}
    for j, i in cells:
        for key, sign in (((j, i - 1), 1), ((j - 1, i), 1), ((j, i), -1), ((j - 1, i - 1), -1)):
            signs[key] = signs.get(key, 0) + sign
    return [(sign, _marginal(*key)) for key, sign in signs.items() if sign]


_EMPOWERMENT = _atoms([(1, 1), (1, 2), (2, 2)])
_PLASTICITY = _atoms([(2, 1)])


def _form(pmf: Array, form: list[tuple[int, Array]]) -> tuple[float, Array]:
    """Return a signed sum of marginal entropies in bits, and its gradient."""
    value, gradient = 0.0, np.zeros(16)
    for sign, marginal in form:
        weights = np.maximum(marginal @ pmf, 1e-300)
        logs = np.log2(weights)
        value -= sign * float(weights @ logs)
        gradient -= sign * (marginal.T @ (logs + 1.0 / math.log(2)))
    return value, gradient
