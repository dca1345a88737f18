"""Context tree weighting: a sequential predictor that mixes all tree models up to a depth.

Every node of the tree of contexts keeps counts (for the Krichevsky-Trofimov estimator) and the
odds of "this node is a leaf of the model" against "the model goes deeper". A prediction walks
from the context's leaf to the root, mixing at every node by its odds.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corollary.algorithms._kernel import kernel
from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._sequences import Codes, symbols

Array = npt.NDArray[np.float64]

_HUGE = 2.0**512


class Tree(NamedTuple):
    """The nodes that a sequence has visited; node 0 is the root, and no child is ever 0.

    ``counts[node, a]`` is the count of symbol a plus 1/2, ``counts[node, m]`` their sum. The odds
    are ``odds * 2**(512 * shifts)``, so that they neither overflow nor stick at zero. `path` is
    room for the nodes of one context, and ``used[0]`` the number of nodes.
    """

    children: npt.NDArray[np.int32]
    counts: Array
    odds: Array
    shifts: npt.NDArray[np.int32]
    path: npt.NDArray[np.int32]
    used: npt.NDArray[np.int32]


@kernel
def new_tree(size: int, depth: int, length: int) -> Tree:
    """Return a root, with room for all contexts or all that a sequence can visit."""
    nodes = length * depth + 1
    total, level = 1, 1
    for _ in range(depth):
        level *= size
        total += level
        if total >= nodes:
            break
    nodes = min(nodes, total)
    tree = Tree(
        np.zeros((nodes, size), dtype=np.int32),
        np.empty((nodes, size + 1)),
        np.empty(nodes),
        np.zeros(nodes, dtype=np.int32),
        np.zeros(depth + 1, dtype=np.int32),
        np.zeros(1, dtype=np.int32),
    )
    _grow(tree)
    return tree


@kernel
def _grow(tree: Tree) -> int:
    """Return a new node that has seen nothing."""
    node = tree.used[0]
    size = tree.children.shape[1]
    tree.counts[node, :size] = 0.5
    tree.counts[node, size] = 0.5 * size
    tree.odds[node] = 1.0
    tree.used[0] = node + 1
    return node


@kernel
def weighted_step(tree: Tree, sequence: Codes, i: int, pmf: Array) -> None:
    """Write the pmf of symbol i given those before it, then learn that symbol."""
    children, counts, path = tree.children, tree.counts, tree.path
    m, depth = pmf.size, path.size - 1
    for d in range(depth):
        before = sequence[i - 1 - d]
        if children[path[d], before] == 0:
            children[path[d], before] = _grow(tree)
        path[d + 1] = children[path[d], before]
    symbol = sequence[i]
    leaf = path[depth]
    for a in range(m):
        pmf[a] = counts[leaf, a] / counts[leaf, m]
    counts[leaf, symbol] += 1.0
    counts[leaf, m] += 1.0
    for d in range(depth - 1, -1, -1):
        node = path[d]
        own, shift = tree.odds[node], tree.shifts[node]
        weight = own / (1.0 + own) if shift == 0 else (1.0 if shift > 0 else 0.0)
        inverse = 1.0 / counts[node, m]
        own *= counts[node, symbol] * inverse / pmf[symbol]
        for a in range(m):
            pmf[a] = weight * inverse * counts[node, a] + (1.0 - weight) * pmf[a]
        if own > _HUGE or (shift < 0 and own > 1.0):
            own /= _HUGE
            tree.shifts[node] = shift + 1
        elif own < 1.0 / _HUGE or (shift > 0 and own < 1.0):
            own *= _HUGE
            tree.shifts[node] = shift - 1
        tree.odds[node] = own
        counts[node, symbol] += 1.0
        counts[node, m] += 1.0


@kernel
def _predictions(sequence: Codes, size: int, depth: int) -> Array:
    tree = new_tree(size, depth, sequence.size)
    out = np.empty((sequence.size - depth, size))
    for i in range(depth, sequence.size):
        weighted_step(tree, sequence, i, out[i - depth])
    return out


def context_tree_predictions(sequence: Any, depth: int, *, size: int | None = None) -> Array:
    """Return the predictive pmf of every symbol after the first `depth`, given all before it.

    Parameters
    ----------
    sequence : sequence (N,)
        Symbols; the first `depth` of them serve as context only.
    depth : int
        Longest context.
    size : int, optional
        Declared alphabet size m; the symbols must then be 0..m-1.

    Returns
    -------
    float64 array (N - depth, m)

    Notes
    -----
    Time O(N depth m); memory for the contexts that occur.

    Source
    ------
    Willems, Shtarkov, Tjalkens, IEEE Transactions on Information Theory 41 (1995).

    Example
    -------
    >>> context_tree_predictions([0, 0, 0], depth=0, size=2)[:, 0]
    array([0.5       , 0.75      , 0.83333333])
    """
    codes, count = symbols("sequence", sequence, size)
    length = checks.whole("depth", depth, least=0)
    check_depth("sequence", codes, length)
    return np.asarray(_predictions(codes, count, length))


def check_depth(name: str, codes: Codes, depth: int) -> None:
    """Refuse a sequence without a symbol after its first `depth`."""
    if codes.size <= depth:
        raise ValueError(f"{name} has length {codes.size}; it must be above the depth, {depth}")
