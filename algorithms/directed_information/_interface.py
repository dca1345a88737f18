"""From an agent and an environment to the joint pmf of what they do to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from corollary.algorithms.directed_information import _checks as checks

Array = npt.NDArray[np.float64]
Symbols = tuple[int, ...]
Kernel = Callable[[Symbols, Symbols], Any]

ORDERS = ("A", "O", "sim")
_ROW_TOLERANCE = 1e-12


def joint_from_kernels(
    agent: Kernel | Sequence[Any],
    environment: Kernel | Sequence[Any],
    horizon: int,
    *,
    order: str,
) -> Array:
    """Return the joint pmf of actions (rows) and observations (columns) over `horizon` steps.

    Parameters
    ----------
    agent : callable or sequence of `horizon` arrays
        ``agent(actions, observations)`` returns the pmf of the next action, given the tuples of
        all symbols so far. As arrays: entry i has shape ``(..., kA**i, kO**j, kA)``, with j the
        number of observations that the agent has seen before action i+1.
    environment : callable or sequence of `horizon` arrays
        The same for the next observation, shape ``(..., kA**j, kO**i, kO)``.
    horizon : int
        Number of steps.
    order : {"A", "O", "sim"}
        Who moves first within a step: the agent (the environment then sees the action of the
        same step), the environment (the agent then sees the observation of the same step), or
        both at once.

    Returns
    -------
    float64 array (..., kA**horizon, kO**horizon)
        First symbol most significant.

    Raises
    ------
    ValueError
        If a kernel has the wrong shape or a row at a reachable history is not a pmf. Rows at
        histories of probability zero are never looked at.

    Example
    -------
    >>> fair = lambda actions, observations: [0.5, 0.5]
    >>> echo = lambda actions, observations: [1.0 - actions[-1], actions[-1]]
    >>> joint_from_kernels(fair, echo, 1, order="A")
    array([[0.5, 0. ],
           [0. , 0.5]])
    """
    checks.one_of("order", order, ORDERS)
    n = checks.whole("horizon", horizon, least=1)
    for name, side in (("agent", agent), ("environment", environment)):
        if not callable(side) and len(side) != n:
            raise ValueError(f"{name} has {len(side)} steps; the horizon is {n}")
    play = Play(agent, environment)
    for _ in range(n):
        if order == "sim":
            rows = play.rows("environment")
            play.move("agent", play.rows("agent"))
            play.move("environment", np.repeat(rows, play.sizes["agent"], axis=-3))
        else:
            for name in ("agent", "environment") if order == "A" else ("environment", "agent"):
                play.move(name, play.rows(name))
    return play.joint


class Play:
    """The joint pmf of the histories so far, and how many symbols each side has given."""

    def __init__(
        self, agent: Kernel | Sequence[Any], environment: Kernel | Sequence[Any], name: str = ""
    ) -> None:
        self.sides = {"agent": agent, "environment": environment}
        self.names = {"agent": "agent", "environment": name or "environment"}
        self.joint: Array = np.ones((1, 1))
        self.steps = {"agent": 0, "environment": 0}
        self.sizes: dict[str, int] = {}

    def rows(self, name: str) -> Array:
        """Return the next pmfs of one side, checked; zero at histories that are not reached."""
        side, step = self.sides[name], self.steps[name]
        reached = self.joint > 0.0
        label = f"{self.names[name]}[{step}]"
        rows = self._called(name, side) if callable(side) else checks.floats(label, side[step])
        if rows.ndim < 3 or rows.shape[-3:-1] != reached.shape[-2:]:
            raise ValueError(
                f"{label} has shape {rows.shape}; "
                f"it must be (..., {reached.shape[-2]}, {reached.shape[-1]}, symbols)"
            )
        if self.sizes.setdefault(name, rows.shape[-1]) != rows.shape[-1]:
            raise ValueError(f"{label} gives {rows.shape[-1]} symbols, not {self.sizes[name]}")
        rows = np.where(reached[..., None], rows, 0.0)
        bad = reached & ~(
            (rows >= 0.0).all(axis=-1) & (np.abs(rows.sum(axis=-1) - 1.0) <= _ROW_TOLERANCE)
        )
        if bad.any():
            where = tuple(int(k) for k in np.argwhere(bad)[0])
            raise ValueError(
                f"{label} at history {where} is {rows[where]}; it must be a pmf: "
                f"no negative entry, no NaN, sum 1 within {_ROW_TOLERANCE:g}"
            )
        return rows

    def move(self, name: str, rows: Array) -> None:
        """Append one symbol to every history, to the actions or to the observations."""
        longer = self.joint[..., None] * rows
        *batch, u, v, k = longer.shape
        if name == "agent":
            self.joint = np.swapaxes(longer, -1, -2).reshape(*batch, u * k, v)
        else:
            self.joint = longer.reshape(*batch, u, v * k)
        self.steps[name] += 1

    def _called(self, name: str, kernel: Kernel) -> Array:
        """Ask a callable at every reached history."""
        if self.joint.ndim > 2:
            raise TypeError(f"{self.names[name]} is a callable; a batch needs arrays on both sides")
        rows = np.zeros((*self.joint.shape, self.sizes.get(name, 0)))
        for u, v in np.argwhere(self.joint > 0.0):
            actions = word(int(u), self.steps["agent"], self.sizes.get("agent", 1))
            observations = word(int(v), self.steps["environment"], self.sizes.get("environment", 1))
            label = f"{self.names[name]}({actions}, {observations})"
            pmf = checks.floats(label, kernel(actions, observations))
            if rows.shape[-1] == 0:
                rows = np.zeros((*self.joint.shape, pmf.size))
            if pmf.shape != rows.shape[-1:]:
                raise ValueError(f"{label} has shape {pmf.shape}; it must be {rows.shape[-1:]}")
            rows[u, v] = pmf
        return rows


def word(index: int, length: int, size: int) -> Symbols:
    """Return the symbols of a big-endian word."""
    return tuple(index // size ** (length - 1 - t) % size for t in range(length))
