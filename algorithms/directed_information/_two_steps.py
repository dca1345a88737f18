"""Every agent and environment of two binary steps whose probabilities are 0, 1/2 or 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._interface import joint_from_kernels

Array = npt.NDArray[np.float64]

TWO_STEP_PAIRS = 3**15
"""How many pairs there are: 15 rows, 5 of the agent and 10 of the environment."""


def two_step_joints(start: int, stop: int) -> Array:
    """Return the joint pmfs of the pairs number `start` to `stop` - 1, the agent moving first.

    The ternary digits of a pair's number, least significant first, are twice the probabilities
    of the symbol 1 in every row: A_1, then O_1 (by A_1), A_2 (by A_1, O_1), O_2 (by A_1, A_2,
    O_1).

    Parameters
    ----------
    start, stop : int
        0 <= start < stop <= 3**15.

    Returns
    -------
    float64 array (stop - start, 4, 4)
    """
    first = checks.whole("start", start, least=0)
    last = checks.whole("stop", stop, least=first + 1)
    if last > TWO_STEP_PAIRS:
        raise ValueError(f"stop is {stop}; it must be at most {TWO_STEP_PAIRS}")
    numbers = np.arange(first, last)[:, None]
    ones = numbers // 3 ** np.arange(15) % 3 / 2.0
    rows = np.stack([1.0 - ones, ones], axis=-1)
    shapes = [(1, 1, 2), (2, 1, 2), (2, 2, 2), (4, 2, 2)]
    ends = np.cumsum([u * v for u, v, _ in shapes])
    parts = np.split(rows, ends[:-1], axis=1)
    a1, o1, a2, o2 = (part.reshape(-1, *shape) for part, shape in zip(parts, shapes, strict=True))
    return joint_from_kernels([a1, a2], [o1, o2], 2, order="A")
