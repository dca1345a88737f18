"""Finite commutative monoids and lattices as operation tables, for exhaustive checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FiniteMonoid:
    """A commutative monoid on ``0 .. n-1`` with unit 0: entry ``[a, b]`` of `table` is ``a b``."""

    name: str
    table: Table

    @property
    def size(self) -> int:
        """The number of elements."""
        return len(self.table)


def chain(n: int) -> FiniteMonoid:
    """Return the chain ``0 < 1 < .. < n-1`` with maximum.

    Examples
    --------
    >>> chain(3).table[1].tolist()
    [1, 1, 2]
    """
    elements = np.arange(n)
    return FiniteMonoid(f"chain{n}", np.maximum.outer(elements, elements))


def cyclic(n: int) -> FiniteMonoid:
    """Return the group of the integers modulo n.

    Examples
    --------
    >>> cyclic(3).table[2].tolist()
    [2, 0, 1]
    """
    elements = np.arange(n)
    return FiniteMonoid(f"Z{n}", np.add.outer(elements, elements) % n)


def lattice(name: str, elements: Iterable[Any], below: Any) -> FiniteMonoid:
    """Return the join semilattice of `elements` under the order `below`, the least element first.

    Raises
    ------
    ValueError
        If two elements have no join, or the first is not below all.

    Examples
    --------
    >>> lattice("2^2", [0, 1, 2, 3], lambda a, b: a & b == a).table[1, 2].item()
    3
    """
    items = list(elements)
    order = np.array([[below(a, b) for b in items] for a in items])
    if not order[0].all():
        raise ValueError(f"the first element of {name} must lie below all others")
    table = np.empty((len(items), len(items)), dtype=np.int64)
    for a, b in product(range(len(items)), repeat=2):
        upper = np.flatnonzero(order[a] & order[b])
        joins = [c for c in upper if order[c, upper].all()]
        if len(joins) != 1:
            raise ValueError(f"{items[a]!r} and {items[b]!r} have no join in {name}")
        table[a, b] = joins[0]
    return FiniteMonoid(name, table)


def small_lattices() -> tuple[FiniteMonoid, ...]:
    """Return chains, 2^2, 2^3, the divisors of 360, 3x3, and the non-distributive M3 and N5.

    Examples
    --------
    >>> [(entry.name, entry.size) for entry in small_lattices()][4:]
    [('2^2', 4), ('2^3', 8), ('divisors of 360', 24), ('3x3', 9), ('M3', 5), ('N5', 5)]
    """
    subsets: list[Any] = sorted(range(8), key=lambda a: a.bit_count())
    divisors = [d for d in range(1, 361) if 360 % d == 0]
    pairs = sorted(product(range(3), repeat=2), key=sum)
    diamond = {("0", x) for x in "abc1"} | {(x, "1") for x in "abc"}
    pentagon = {("0", x) for x in "abc1"} | {(x, "1") for x in "abc"} | {("a", "b")}
    return (
        *(chain(n) for n in (1, 2, 3, 5)),
        lattice("2^2", [0, 1, 2, 3], lambda a, b: a & b == a),
        lattice("2^3", subsets, lambda a, b: a & b == a),
        lattice("divisors of 360", divisors, lambda a, b: b % a == 0),
        lattice("3x3", pairs, lambda a, b: a[0] <= b[0] and a[1] <= b[1]),
        lattice("M3", "0abc1", lambda a, b: a == b or (a, b) in diamond),
        lattice("N5", "0abc1", lambda a, b: a == b or (a, b) in pentagon),
    )


def is_chain(monoid: FiniteMonoid) -> bool:
    """Return whether any two elements of a semilattice are comparable.

    Examples
    --------
    >>> is_chain(chain(4))
    True
    """
    a, b = np.indices(monoid.table.shape)
    return bool(np.all((monoid.table == a) | (monoid.table == b)))


def is_distributive(monoid: FiniteMonoid) -> bool:
    """Return whether the lattice of a finite join semilattice is distributive.

    Examples
    --------
    >>> [entry.name for entry in small_lattices() if not is_distributive(entry)]
    ['M3', 'N5']
    """
    join, meet = monoid.table, meets(monoid)
    a, b, c = np.indices((monoid.size,) * 3)
    return bool(np.all(meet[a, join[b, c]] == join[meet[a, b], meet[a, c]]))


def meets(monoid: FiniteMonoid) -> Table:
    """Return the table of meets: the join of everything below both.

    Examples
    --------
    >>> meets(chain(3))[1, 2].item()
    1
    """
    join = monoid.table
    table = np.zeros_like(join)
    for c in range(monoid.size):
        below = join[c] == np.arange(monoid.size)  # c <= x
        both = below[:, None] & below[None, :]
        table = np.where(both, join[table, c], table)
    return table


def differences(monoid: FiniteMonoid) -> Table:
    """Return ``[x, s]``: the least a with ``a v s >= x``, by meeting all such a.

    In a distributive lattice that meet is itself such an a: the lattice difference.

    Examples
    --------
    >>> differences(chain(3))[:, 1].tolist()
    [0, 0, 2]
    """
    join, meet = monoid.table, meets(monoid)
    table = np.full_like(join, _top(monoid))
    for x, s, a in product(range(monoid.size), repeat=3):
        if join[join[a, s], x] == join[a, s]:
            table[x, s] = meet[table[x, s], a]
    return table


def group_cocycles(states: int, group: int) -> int:
    """Return ``|A|^(|S|-1)``: the normalised cocycles of S = M acting on itself into a group A.

    Into a group every cocycle is a coboundary ``f(ms) - f(s)``, and f counts up to a constant.

    Examples
    --------
    >>> group_cocycles(3, 2)
    4
    """
    return group ** (states - 1)


def _top(monoid: FiniteMonoid) -> int:
    top = 0
    for a in range(monoid.size):
        top = int(monoid.table[top, a])
    return top
