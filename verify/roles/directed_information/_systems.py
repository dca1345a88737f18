"""Pairs of sequences, agents and environments that claims about directed information speak of.

Nothing here is shared with the implementations that are judged: joint pmfs are grown from
kernels, and entropies are summed, in plain NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import entr

from corollary.verify import _random
from corollary.verify.precision import Array, Precision

Interval = tuple[int, int]
Parameters = dict[str, Any]

PATTERNS = ("dense", "sparse", "map", "matching", "echo", "copy")
LARGEST_SIDE = 16  # words of one sequence; alphabets shrink with the horizon to keep to it


@dataclass(frozen=True, eq=False)
class Joints:
    """A batch of joint pmfs of two sequences X and Y, with an interval of each.

    Attributes
    ----------
    n : int
        Length of both sequences.
    joint : ndarray (rows, kx**n, ky**n)
        First symbol most significant.
    x, y : (int, int)
        1-based inclusive intervals.
    cut : int
        Where the intervals are cut in two.
    extra : mapping of str to Any
        What only some domains have.
    """

    n: int
    joint: Array
    x: Interval
    y: Interval
    cut: int = 1
    extra: Parameters = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[int, int]:
        """The alphabet sizes of X and Y."""
        rows, columns = self.joint.shape[1:]
        return round(rows ** (1 / self.n)), round(columns ** (1 / self.n))

    @cached_property
    def surface(self) -> Array:
        """G[row, j, i] = H(X_{1:j}, Y_{1:i}) in bits, summed anew for every prefix."""
        lengths = range(self.n + 1)
        columns = [[prefix_entropy(self.joint, self.n, j, i) for i in lengths] for j in lengths]
        return np.moveaxis(np.array(columns), -1, 0)

    def shared(self, x: Interval | None = None, y: Interval | None = None) -> Array:
        """Return I(X_{a:b} ; Y_{c:d} | X_{<a}, Y_{<c}), shape (rows,); nothing for a > b."""
        (a, b), (c, d) = x or (1, self.n), y or (1, self.n)
        g = self.surface
        if b < a or d < c:
            return np.zeros(len(g))
        return g[:, b, c - 1] + g[:, a - 1, d] - g[:, b, d] - g[:, a - 1, c - 1]

    def used(self, side: str) -> Array:
        """Return H(X_{a:b} | X_{<a}, Y_{<c}) or H(Y_{c:d} | X_{<a}, Y_{<c}), shape (rows,)."""
        (a, b), (c, d) = self.x, self.y
        g = self.surface
        return (g[:, b, c - 1] if side == "x" else g[:, a - 1, d]) - g[:, a - 1, c - 1]

    @property
    def scale(self) -> float:
        """Bits to which tolerances refer: the entropy of all cells, and the slope of p log p."""
        return math.log2(max(self.joint[0].size, 2)) + 1 / math.log(2)

    @property
    def ulps(self) -> float:
        """Tolerance of an information, in units of roundoff at `scale`.

        A probability that is a sum of N cells is off by N roundings, and so is a sum of N terms
        p log p. An information is a sum of at most n^2 atoms of four entropies; as a difference
        of four values of a plain function, four times as much.
        """
        return float(16 * self.n**2 * (2 * self.joint[0].size + 8))


def prefix_entropy(joint: Array, n: int, *lengths: int) -> Array:
    """Return the entropy in bits of the first symbols of each sequence, shape (rows,).

    `joint` has one axis of words per sequence, after the rows; `lengths` is how many symbols of
    each are kept.
    """
    shape, dropped = [len(joint)], []
    for words, kept in zip(joint.shape[1:], lengths, strict=True):
        size = round(words ** (1 / n))
        dropped.append(len(shape) + 1)
        shape += [size**kept, size ** (n - kept)]
    marginal = joint.reshape(shape).sum(axis=tuple(dropped))
    total: Array = entr(marginal).reshape(len(joint), -1).sum(axis=1) / math.log(2)
    return total


def alphabet(size: int, n: int) -> int:
    """Return `size`, or the largest smaller one whose words of n symbols stay few."""
    while size > 1 and size**n > LARGEST_SIDE:
        size -= 1
    return size


def interval(first: int, last: int, n: int) -> Interval:
    """Return two parameters as an interval inside 1..n."""
    low, high = sorted((min(first, n), min(last, n)))
    return low, high


def _normalised(weights: Array) -> Array:
    """Return weights (rows, ...) as pmfs; where all are zero the first cell has the mass."""
    flat = weights.reshape(len(weights), -1)
    flat[:, 0] += flat.sum(axis=1) == 0
    pmf: Array = (flat / flat.sum(axis=1, keepdims=True)).reshape(weights.shape)
    return pmf


def patterned(pattern: str, seed: Any, n: int, kx: int, ky: int) -> Array:
    """Return a joint pmf per seed, shape (rows, kx**n, ky**n).

    ``dense``, ``sparse``: random cells. ``map``: uniform X, Y a function of it. ``matching``:
    words of X and Y matched at random. ``echo``: Y_i = X_i, X uniform. ``copy``: X_{i+1} = Y_i, Y
    uniform. ``spelled``: Y spells the first symbol of X in its own digits. ``even``: all alike.
    """
    rows, columns = kx**n, ky**n
    if pattern in ("dense", "sparse"):
        drawn = _random.uniforms(seed, rows * columns).reshape(-1, rows, columns)
        weights = -np.log1p(-drawn)
        if pattern == "sparse":
            weights = np.where(_random.uniforms(seed, drawn[0].size, 1).reshape(drawn.shape) < 0.3,
                               weights, 0.0)  # fmt: skip
        return _normalised(weights)
    batch = np.arange(len(seed))[:, None]
    words = np.arange(rows)
    joint = np.zeros((len(seed), rows, columns))
    if pattern == "map":
        joint[batch, words, (_random.uniforms(seed, rows) * columns).astype(np.int64)] = 1.0
    elif pattern == "matching":
        count = min(rows, columns)
        left = np.argsort(_random.uniforms(seed, rows), axis=1)[:, :count]
        right = np.argsort(_random.uniforms(seed, columns, 1), axis=1)[:, :count]
        joint[batch, left, right] = 1.0
    elif pattern == "even":
        joint[:] = 1.0
    elif pattern == "spelled":
        firsts = np.arange(kx)
        joint[:, firsts * kx ** (n - 1), firsts % columns] = 1.0
    else:
        for word in range(rows if pattern == "echo" else columns):
            _add_copied_word(joint, word, pattern, n, kx, ky)
    return _normalised(joint)


def _add_copied_word(joint: Array, word: int, pattern: str, n: int, kx: int, ky: int) -> None:
    if pattern == "echo":
        x = digits(word, n, kx)
        joint[:, word, number([symbol % ky for symbol in x], ky)] += 1.0
    elif pattern == "copy":
        y = digits(word, n, ky)
        joint[:, number([0, *[symbol % kx for symbol in y[:-1]]], kx), word] += 1.0
    else:
        raise ValueError(f"pattern must be one of {PATTERNS}, spelled or even, got {pattern!r}")


def digits(word: int, n: int, size: int) -> list[int]:
    """Return the symbols of a word, the first most significant."""
    return [word // size ** (n - 1 - t) % size for t in range(n)]


def number(symbols: list[int], size: int) -> int:
    """Return the word of some symbols."""
    word = 0
    for symbol in symbols:
        word = word * size + symbol
    return word


def rows_of(seed: Any, shape: tuple[int, ...], stream: int, sparse: float = 0.0) -> Array:
    """Return random pmfs along the last axis, shape (rows, *shape); `sparse` entries are zero."""
    count = math.prod(shape)
    weights = -np.log1p(-_random.uniforms(seed, count, stream))
    weights *= _random.uniforms(seed, count, stream + 1000) >= sparse
    return _normalised(weights.reshape(-1, shape[-1])).reshape(-1, *shape)


def sharpened(rows: Array) -> Array:
    """Return the pmfs with all mass on their largest entry."""
    return np.eye(rows.shape[-1])[np.argmax(rows, axis=-1)]


def extended(joint: Array, kernel: Array, axis: int) -> Array:
    """Return the joint (rows, u, v) with one symbol appended to the words of an axis, 1 or 2.

    `kernel` (rows, u, v, k) or broadcastable is the law of that symbol, given both words.
    """
    longer = joint[..., None] * kernel
    rows, u, v, k = longer.shape
    if axis == 1:
        return np.swapaxes(longer, -1, -2).reshape(rows, u * k, v)
    return longer.reshape(rows, u, v * k)


def played(agent: list[Array], environment: list[Array]) -> Array:
    """Return the joint pmf of actions and observations; the agent moves first in each step."""
    joint = np.ones((max(len(agent[0]), len(environment[0])), 1, 1))
    for act, show in zip(agent, environment, strict=True):
        joint = extended(extended(joint, act, 1), show, 2)
    return joint


def kernels(
    seed: Any, n: int, ka: int, ko: int, stream: int = 0
) -> tuple[list[Array], list[Array]]:
    """Return random kernels of an agent (rows, ka**i, ko**i, ka) and of an environment."""
    agent = [rows_of(seed, (ka**i, ko**i, ka), stream + i, 0.2) for i in range(n)]
    shapes = [(ka ** (i + 1), ko**i, ko) for i in range(n)]
    return agent, [rows_of(seed, shape, stream + 50 + i, 0.2) for i, shape in enumerate(shapes)]


def without_feedback(agent: list[Array], feedback: Array) -> list[Array]:
    """Return the agent's kernels, dependent on the observations only in the share `feedback`."""
    share = feedback[:, None, None, None]
    return [share * rows + (1 - share) * rows[:, :, :1] for rows in agent]


def between_sharp(rows: list[Array], noise: Array) -> list[Array]:
    """Return kernels that are certain but for the share `noise`."""
    share = noise[:, None, None, None]
    return [share * item + (1 - share) * sharpened(item) for item in rows]


def processed(joint: Array, n: int, kernel: Array, axis: int) -> Array:
    """Return the joint with every symbol of one sequence put through a kernel.

    `kernel` (rows, kx, ky, k) may depend on the symbols of both sequences at the same index.
    """
    rows, kx, ky, k = kernel.shape
    cube: Any = joint.reshape(rows, *[kx] * n, *[ky] * n)
    fresh = 2 * n + 1  # label of the new symbol's axis
    for t in range(n):
        place = list(range(1 + 2 * n))
        after = list(place)
        after[1 + t if axis == 1 else 1 + n + t] = fresh
        operands: Any = (cube, place, kernel, [0, 1 + t, 1 + n + t, fresh], after)
        cube = np.einsum(*operands)
    seen: Array = cube.reshape(rows, k**n if axis == 1 else kx**n, k**n if axis == 2 else ky**n)
    return seen


def two_steps(numbers: Any) -> Array:
    """Return pairs of agent and environment with probabilities 0, 1/2 or 1, shape (rows, 4, 4).

    The 15 ternary digits of a number, least significant first, are twice the probabilities of
    the symbol 1: of A_1, O_1 (by A_1), A_2 (by A_1, O_1), O_2 (by A_1 A_2, O_1).
    """
    ones = np.asarray(numbers, dtype=np.int64)[:, None] // 3 ** np.arange(15) % 3 / 2.0
    rows = np.stack([1.0 - ones, ones], axis=-1)
    a1, o1, a2, o2 = (
        part.reshape(len(rows), *shape, 2)
        for part, shape in zip(
            np.split(rows, [1, 3, 7], axis=1), [(1, 1), (2, 1), (2, 2), (4, 2)], strict=True
        )
    )
    return played([a1, a2], [o1, o2])


Policy = Callable[[list[int], list[int]], Any]


def system(agent: Policy, environment: Policy, n: int, order: str = "A") -> Array:
    """Return the joint pmf (1, kA**n, kO**n) of two functions of both pasts; "A" moves first."""
    ka, ko = len(agent([], [0] * (order == "O"))), len(environment([0] * (order == "A"), []))
    joint, lengths = np.ones((1, 1, 1)), {"A": 0, "O": 0}
    for side in (order + ("O" if order == "A" else "A")) * n:
        policy, size = (agent, ka) if side == "A" else (environment, ko)
        table = np.zeros((*joint.shape, size))
        for u, v in np.argwhere(joint[0] > 0):
            pasts = digits(int(u), lengths["A"], ka), digits(int(v), lengths["O"], ko)
            table[0, u, v] = policy(*pasts)
        joint = extended(joint, table, 1 if side == "A" else 2)
        lengths[side] += 1
    return joint


def build_joints(parameters: Parameters, precision: Precision) -> Joints:
    """Return the batch of a domain of plain joints; see `patterned`."""
    n = int(parameters["n"])
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    kx, ky = (alphabet(int(parameters[name]), n) for name in ("kx", "ky"))
    joint = precision.round(patterned(str(parameters["pattern"]), seed, n, kx, ky))
    x = interval(int(parameters.get("a", 1)), int(parameters.get("b", n)), n)
    y = interval(int(parameters.get("c", 1)), int(parameters.get("d", n)), n)
    return Joints(n, joint, x, y, int(parameters.get("cut", 1)), dict(parameters))
