"""The identities of directed information, with the entropy surface as free symbols.

G[j, i] stands for H(X_{1:j}, Y_{1:i}) and is nothing but a symbol, so an identity proved here
holds for every pair of sequences, discrete or continuous, whatever their law.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # slow to import: the functions do so when they are called
    import sympy

Interval = tuple[int, int]


@dataclass(frozen=True)
class Identity:
    """One equation between two linear forms in the symbols of the entropy surface."""

    name: str
    horizon: int
    intervals: tuple[Interval, ...]
    left: sympy.Expr
    right: sympy.Expr

    @property
    def residual(self) -> sympy.Expr:
        """The difference of both sides, collected; zero exactly if the identity is proved."""
        import sympy

        return sympy.expand(self.left - self.right)

    @property
    def proved(self) -> bool:
        """Whether both sides agree for all values of the symbols."""
        return bool(self.residual == 0)


def interval_pairs(horizon: int) -> Iterator[tuple[Interval, Interval]]:
    """Yield all pairs of 1-based inclusive intervals up to the horizon."""
    ends = [(a, b) for a in range(1, horizon + 1) for b in range(a, horizon + 1)]
    yield from itertools.product(ends, ends)


def entropy(j: int, i: int) -> sympy.Symbol:
    """Return the symbol of H(X_{1:j}, Y_{1:i})."""
    import sympy

    return sympy.Symbol(f"G_{j}_{i}")


def shared(x: Interval, y: Interval) -> sympy.Expr:
    """Return I(X_{a:b} ; Y_{c:d} | X_{<a}, Y_{<c}) as four entropies."""
    (a, b), (c, d) = x, y
    return entropy(b, c - 1) + entropy(a - 1, d) - entropy(b, d) - entropy(a - 1, c - 1)


def full(x: Interval, y: Interval) -> sympy.Expr:
    """Return I(X_{a:b} -> Y_{c:d}) by definition, term by term."""
    (a, b), (c, d) = x, y
    return _sum(shared((a, min(b, i)), (i, i)) for i in range(max(a, c), d + 1))


def strict(y: Interval, x: Interval) -> sympy.Expr:
    """Return I(Y_{c:d} ~> X_{a:b}) by definition, term by term."""
    (c, d), (a, b) = y, x
    return _sum(shared((j, j), (c, min(d, j - 1))) for j in range(max(a, c + 1), b + 1))


def literal_reverse(y: Interval, x: Interval) -> sympy.Expr:
    """Return I(Y_{c:d} -> X_{a:b}), the same-index formula with the roles exchanged."""
    (c, d), (a, b) = y, x
    return _sum(shared((j, j), (c, min(d, j))) for j in range(max(a, c), b + 1))


def atoms(x: Interval, y: Interval, kept: str) -> sympy.Expr:
    """Return the sum of I(X_j ; Y_i | X_{<j}, Y_{<i}) over the rectangle.

    `kept` is ``"full"`` (j <= i), ``"strict"`` (j > i), ``"reverse"`` (j >= i) or ``"same"``.
    """
    keep: Callable[[int, int], bool] = {
        "full": lambda j, i: j <= i,
        "strict": lambda j, i: j > i,
        "reverse": lambda j, i: j >= i,
        "same": lambda j, i: j == i,
    }[kept]
    return _sum(
        shared((j, j), (i, i))
        for j in range(x[0], x[1] + 1)
        for i in range(y[0], y[1] + 1)
        if keep(j, i)
    )


def identities(horizon: int) -> Iterator[Identity]:
    """Yield every identity of the family at one horizon, for all its intervals.

    Example
    -------
    >>> all(identity.proved for identity in identities(2))
    True
    """
    for x, y in interval_pairs(horizon):
        yield from _interval_identities(horizon, x, y)
    yield from _whole_identities(horizon)
    for block in range(1, horizon + 1):
        if horizon % block == 0:
            yield from _blocking(horizon, block)


def _interval_identities(n: int, x: Interval, y: Interval) -> Iterator[Identity]:
    (a, b), (c, d) = x, y
    yield Identity("full arrow as atoms", n, (x, y), full(x, y), atoms(x, y, "full"))
    yield Identity("strict arrow as atoms", n, (x, y), strict(y, x), atoms(x, y, "strict"))
    yield Identity("conservation", n, (x, y), full(x, y) + strict(y, x), shared(x, y))
    yield Identity(
        "literal arrows count the diagonal twice",
        n,
        (x, y),
        full(x, y) + literal_reverse(y, x),
        shared(x, y) + atoms(x, y, "same"),
    )
    for k in range(c, d):
        parts = full(x, (c, k)) + full(x, (k + 1, d))
        yield Identity("additivity in the target", n, (x, y, (k, k)), full(x, y), parts)
        parts = strict((c, k), x) + strict((k + 1, d), x)
        yield Identity("strict additivity in the source", n, (x, y, (k, k)), strict(y, x), parts)
    for k in range(a, b):
        parts = full((a, k), y) + full((k + 1, b), y)
        yield Identity("additivity in the source", n, (x, y, (k, k)), full(x, y), parts)
        parts = strict(y, (a, k)) + strict(y, (k + 1, b))
        yield Identity("strict additivity in the target", n, (x, y, (k, k)), strict(y, x), parts)
    if a > d:
        yield Identity("temporal consistency", n, (x, y), full(x, y), _sum([]))
    if c >= b:
        yield Identity("strict temporal consistency", n, (x, y), strict(y, x), _sum([]))


def _whole_identities(n: int) -> Iterator[Identity]:
    """Yield the classical forms, over all indices."""
    every = (1, n)
    massey = _sum(shared((1, i), (i, i)) for i in range(1, n + 1))
    yield Identity("reduction to Massey", n, (), full(every, every), massey)
    causal = _sum(entropy(i, i) - entropy(i, i - 1) for i in range(1, n + 1))
    entropies = entropy(0, n) - entropy(0, 0) - causal
    yield Identity("entropy minus causal entropy", n, (), full(every, every), entropies)
    feedback = _sum(shared((i, i), (1, i - 1)) for i in range(2, n + 1))
    gap = shared(every, every) - full(every, every)
    yield Identity("gap to mutual information is the feedback", n, (), gap, feedback)
    yield _chain_rule(n)


def _chain_rule(n: int) -> Identity:
    """I((X,Z)^n -> Y^n) = I(Z^n -> Y^n) + I(X^n -> Y^n || Z^n), with one more sequence Z."""
    import sympy

    def h(x: int, z: int, y: int) -> sympy.Symbol:
        return sympy.Symbol(f"G_{x}_{z}_{y}")

    def new_entropy(x: int, z: int, i: int) -> sympy.Expr:
        return h(x, z, i) - h(x, z, i - 1)

    steps = range(1, n + 1)
    both = _sum(new_entropy(0, 0, i) - new_entropy(i, i, i) for i in steps)
    alone = _sum(new_entropy(0, 0, i) - new_entropy(0, i, i) for i in steps)
    given = _sum(new_entropy(0, i, i) - new_entropy(i, i, i) for i in steps)
    return Identity("chain rule with causal conditioning", n, (), both, alone + given)


def _blocking(n: int, block: int) -> Iterator[Identity]:
    """Yield what reading the sequences in blocks moves from the strict to the full arrow."""
    blocks = [(t + 1, t + block) for t in range(0, n, block)]
    every = (1, n)
    coarse = _sum(shared((1, end), (start, end)) for start, end in blocks)
    moved = _sum(atoms(part, part, "strict") for part in blocks)
    yield Identity(
        "blocking adds to the full arrow", n, ((block, block),), coarse, full(every, every) + moved
    )
    back = _sum(shared((start, end), (1, start - 1)) for start, end in blocks[1:])
    yield Identity(
        "blocking takes from the strict arrow",
        n,
        ((block, block),),
        back,
        strict(every, every) - moved,
    )


def _sum(terms: Iterable[sympy.Expr]) -> sympy.Expr:
    import sympy

    return sympy.Add(*terms)
