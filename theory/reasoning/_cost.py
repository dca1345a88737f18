"""What a schedule costs: one family of graphs on which the same answer is cheap or exponential.

In the family of order ``k`` a heavy edge ``v_i -> v_{i+1}`` of weight ``2**(k-i-1)`` runs beside a
free detour ``v_i -> u_i -> v_{i+1}``. A message that improves ``v_i`` first takes the heavy edge
and then, better by exactly that weight, the detour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def exponential_family(
    k: int, heavy: str = "last"
) -> tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return (nodes, sources, targets, weights) of the family of order `k`: 2k+1 nodes, 3k edges.

    Nodes ``0 .. k`` are the ``v_i`` and ``k+1 .. 2k`` the ``u_i``.

    Parameters
    ----------
    k : int >= 1
    heavy : {"last", "first"}
        Where the heavy edge stands among the out-edges of its node. A node sends in that order:
        the newest-first schedule takes the heavy edge first when it stands last.

    Examples
    --------
    >>> nodes, sources, targets, weights = exponential_family(1)
    >>> nodes, sources.tolist(), targets.tolist(), weights.tolist()
    (3, [0, 0, 2], [2, 1, 1], [0.0, 1.0, 0.0])
    """
    if heavy not in ("last", "first"):
        raise ValueError(f"heavy must be 'last' or 'first', got {heavy!r}")
    edges: list[tuple[int, int, float]] = []
    for i in range(_order(k)):
        detour, direct = (i, k + 1 + i, 0.0), (i, i + 1, 2.0 ** (k - i - 1))
        edges += [detour, direct] if heavy == "last" else [direct, detour]
        edges.append((k + 1 + i, i + 1, 0.0))
    sources, targets, weights = zip(*edges, strict=True)
    return 2 * k + 1, np.array(sources), np.array(targets), np.array(weights)


def newest_first_deliveries(k: int) -> int:
    """Return 3 * 2^k - 2, the deliveries of the newest-first schedule, heavy edges last.

    An improvement of ``v_i`` causes ``T_i = 1 + T_{i+1} + 1 + T_{i+1}`` deliveries, ``T_k = 1``.

    Examples
    --------
    >>> [newest_first_deliveries(k) for k in (2, 4, 12)]
    [10, 46, 12286]
    """
    return 3 * (1 << _order(k)) - 2


def least_first_deliveries(k: int) -> int:
    """Return 3k + 1, the deliveries of the least-first schedule (Dijkstra): the input, every edge.

    Examples
    --------
    >>> least_first_deliveries(12)
    37
    """
    return 3 * _order(k) + 1


def least_first_updates(k: int) -> int:
    """Return 2k + 1, the updates of the least-first schedule: one per node.

    Examples
    --------
    >>> least_first_updates(12)
    25
    """
    return 2 * _order(k) + 1


def synchronous_deliveries(k: int) -> int:
    """Return 1 + 3k(k+1)/2, the deliveries of synchronous rounds (Bellman-Ford).

    A walk to ``v_i`` with r detours arrives in round i + r, so ``v_i`` improves in i + 1 rounds;
    each improvement sends one message along three edges.

    Examples
    --------
    >>> [synchronous_deliveries(k) for k in (1, 2, 3)]
    [4, 10, 19]
    """
    return 1 + 3 * _order(k) * (k + 1) // 2


def synchronous_updates(k: int) -> int:
    """Return (k+1)^2, the updates of synchronous rounds.

    Examples
    --------
    >>> synchronous_updates(3)
    16
    """
    return (_order(k) + 1) ** 2


def oldest_first_deliveries(k: int) -> int:
    """Return 1 + k(k^2 + 5)/2, the deliveries of the oldest-first schedule, heavy edges first.

    Found by interpolation and compared with runs, not proved. With heavy edges last the
    schedule costs as much as synchronous rounds.

    Examples
    --------
    >>> [oldest_first_deliveries(k) for k in (2, 4, 6, 8, 10, 12)]
    [10, 43, 124, 277, 526, 895]
    """
    return 1 + _order(k) * (k * k + 5) // 2


def _order(k: int) -> int:
    if isinstance(k, bool) or not isinstance(k, int | np.integer):
        raise TypeError(f"k must be an integer, got {type(k).__name__}")
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    return int(k)
