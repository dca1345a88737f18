"""Plasticity and empowerment of one agent in one environment, and the tension between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._interface import ORDERS
from corollary.algorithms.directed_information._table import (
    Information,
    InformationTable,
    Interval,
    information_table,
)

Array = npt.NDArray[np.float64]

ARROWS = ("auto", "literal")
_SIMULTANEOUS = 1e-9  # what rounding may leave of an exchange within one step


def empowerment(
    joint: Any,
    source: Interval | None = None,
    target: Interval | None = None,
    *,
    order: str,
    horizon: int | None = None,
    arrow: str = "auto",
    base: float = 2,
) -> Information:
    """Return the information that actions direct to observations, I(A_source -> O_target).

    Parameters
    ----------
    joint : InformationTable or array_like (..., kA**horizon, kO**horizon)
        Joint pmf of actions (rows) and observations (columns), or its table.
    source, target : (int, int), optional
        1-based inclusive intervals of actions and of observations.
    order : {"A", "O", "sim"}
        Who moves first within a step: the agent, the environment, or both at once.
    horizon : int
        Number of steps; needed with an array only.
    arrow : {"auto", "literal"}
        ``"auto"``: a source that moves later in the step acts only on later steps, so that no
        exchange is counted twice. ``"literal"``: the same-index formula, as it is printed.
    base : {2, e, 10}
        Base of the logarithm, with an array; a table keeps its own unit.

    Source
    ------
    Abel et al., arXiv 2505.10361 (one agent, one environment: "actual" empowerment).

    Example
    -------
    >>> echo = [[0.5, 0.0], [0.0, 0.5]]
    >>> empowerment(echo, order="A", horizon=1).value
    1.0
    """
    table = _table(joint, horizon, base)
    late = checks.one_of("order", order, ORDERS) == "O"
    return _directed(table, source, target, order, late, arrow)


def plasticity(
    joint: Any,
    source: Interval | None = None,
    target: Interval | None = None,
    *,
    order: str,
    horizon: int | None = None,
    arrow: str = "auto",
    base: float = 2,
) -> Information:
    """Return the information that observations direct to actions, I(O_source -> A_target).

    The parameters are those of `empowerment`, with `source` an interval of observations and
    `target` one of actions.

    Example
    -------
    An agent that repeats the last fair coin it saw, for two steps, learns one bit:

    >>> import numpy as np
    >>> joint = np.zeros((4, 4))
    >>> joint[[0, 0, 1, 1], [0, 1, 2, 3]] = 0.25  # A_1 = 0, A_2 = O_1
    >>> plasticity(joint, order="A", horizon=2).value
    1.0
    """
    table = _table(joint, horizon, base).transposed()
    late = checks.one_of("order", order, ORDERS) == "A"
    return _directed(table, source, target, order, late, arrow)


@dataclass(frozen=True)
class Tension:
    """Empowerment and plasticity of one pair over mirrored intervals, and what bounds their sum.

    ``slack = unused_entropy + residual_noise - counted_twice``; the last is zero with the arrow
    ``"auto"``, and then the slack is never negative.
    """

    empowerment: Information
    plasticity: Information
    bound: float
    unused_entropy: float | Array
    residual_noise: float | Array
    counted_twice: float | Array

    @property
    def total(self) -> float | Array:
        """Empowerment plus plasticity."""
        return self.empowerment.value + self.plasticity.value

    @property
    def slack(self) -> float | Array:
        """What is missing to the bound."""
        return self.bound - self.total


def tension(
    joint: Any,
    actions: Interval | None = None,
    observations: Interval | None = None,
    *,
    order: str,
    horizon: int | None = None,
    arrow: str = "auto",
    base: float = 2,
) -> Tension:
    """Return the empowerment of `actions` over `observations` with the mirrored plasticity.

    Their sum is I(A_{a:b} ; O_{c:d} | A_{<a}, O_{<c}), and at most
    m = min((b-a+1) log kA, (d-c+1) log kO). Up to the bound two things are missing: the entropy
    that the smaller side does not use, and the part of it that the other side does not explain.

    Parameters
    ----------
    joint, order, horizon, arrow, base
        As for `empowerment`.
    actions, observations : (int, int), optional
        1-based inclusive intervals (a, b) and (c, d).

    Source
    ------
    Abel et al., arXiv 2505.10361, Theorem 4.8, with the alphabets on their own intervals.
    """
    table = _table(joint, horizon, base)
    a, b = checks.interval("actions", actions, table.horizon)
    c, d = checks.interval("observations", observations, table.horizon)
    power = empowerment(table, (a, b), (c, d), order=order, arrow=arrow)
    plastic = plasticity(table, (c, d), (a, b), order=order, arrow=arrow)
    shared = table.conditional_mutual_information((a, b), (c, d))
    g = table.surface
    log_actions, log_observations = table.log_sizes
    if (b - a + 1) * log_actions <= (d - c + 1) * log_observations:
        entropy = g[..., b, c - 1] - g[..., a - 1, c - 1]
    else:
        entropy = g[..., a - 1, d] - g[..., a - 1, c - 1]
    return Tension(
        power,
        plastic,
        shared.bound,
        shared.bound - entropy,
        entropy - shared.value,
        power.value + plastic.value - shared.value,
    )


def _table(joint: Any, horizon: int | None, base: float) -> InformationTable:
    if isinstance(joint, InformationTable):
        return joint
    if horizon is None:
        raise TypeError("horizon is missing; it is needed when joint is an array")
    return information_table(joint, horizon, base=base)


def _directed(
    table: InformationTable,
    source: Interval | None,
    target: Interval | None,
    order: str,
    late: bool,
    arrow: str,
) -> Information:
    """Return the information from X to Y; `late` says that X moves after Y in each step."""
    auto = checks.one_of("arrow", arrow, ARROWS) == "auto"
    exchange = np.diagonal(table.atoms, axis1=-2, axis2=-1)
    if auto and order == "sim" and exchange.max() > _SIMULTANEOUS:
        raise ValueError(
            f"order is 'sim', but the joint has A_i and O_i share {exchange.max():.3g} given the "
            "past at some step i; the order must be 'A' or 'O', or the arrow 'literal'"
        )
    if auto and late:
        return replace(table.transposed().strict(source, target), order=order)
    return replace(table.directed_information(source, target), order=order)
