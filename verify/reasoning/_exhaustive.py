"""Every function on small monoids: Theorems A and B, and the legal emission rules on lattices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.theory.reasoning import FiniteMonoid, differences

Array = NDArray[Any]
_CHUNK = 1 << 16


@dataclass(frozen=True)
class ActionCounts:
    """How many maps S x M -> S are actions, and whether that is what batching needs.

    Attributes
    ----------
    functions, actions : int
    equivalent : bool
        Whether exactly the actions end every sequence of up to three messages in the same state
        for every way of cutting it into batches, empty ones included (Theorem A).
    """

    functions: int
    actions: int
    equivalent: bool


@dataclass(frozen=True)
class CocycleCounts:
    """How many maps M x S -> A are cocycles, and whether they are actions on S x A.

    Attributes
    ----------
    functions, normalised, cocycles : int
        All functions; those that obey the cocycle law and emit nothing for the unit; those that
        obey the cocycle law.
    equivalent : bool
        Whether exactly the normalised ones make ``(s, a) -> (m.s, a + d(s, m))`` an action, and
        exactly they emit the same total for every batching of up to three messages (Theorem B).
    """

    functions: int
    normalised: int
    cocycles: int
    equivalent: bool


def count_actions(monoid: FiniteMonoid, states: int) -> ActionCounts:
    """Return the counts over all ``states ** (states * |M|)`` maps.

    Examples
    --------
    >>> from corollary.theory.reasoning import chain
    >>> count_actions(chain(2), 2)
    ActionCounts(functions=16, actions=3, equivalent=True)
    """
    table, size = monoid.table, monoid.size
    functions = actions = 0
    equivalent = True
    s, m, n = np.indices((states, size, size)).reshape(3, -1)
    for phi in _all_functions((states, size), states):
        every = np.arange(len(phi))[:, None]
        action = (phi[every, phi[:, s, m], n] == phi[:, s, table[m, n]]).all(axis=1)
        action &= (phi[:, :, 0] == np.arange(states)).all(axis=1)
        batching = np.ones(len(phi), dtype=bool)
        for sequence in _sequences(size):
            finals = [_deliver(phi, cut) for cut in _batchings(table, sequence)]
            for other in finals[1:]:
                batching &= (finals[0] == other).all(axis=1)
        functions += len(phi)
        actions += int(action.sum())
        equivalent &= bool(np.array_equal(action, batching))
    return ActionCounts(functions, actions, equivalent)


def count_cocycles(
    monoid: FiniteMonoid, arguments: FiniteMonoid, action: Array | None = None
) -> CocycleCounts:
    """Return the counts over all ``|A| ** (|M| |S|)`` maps.

    Parameters
    ----------
    monoid, arguments : FiniteMonoid
        M and A.
    action : array (|S|, |M|), optional
        Entry ``[s, m]`` is the state ``m.s``; by default M acts on itself.

    Raises
    ------
    ValueError
        If `action` is none.

    Examples
    --------
    >>> from corollary.theory.reasoning import chain
    >>> count_cocycles(chain(2), chain(2))
    CocycleCounts(functions=16, normalised=3, cocycles=7, equivalent=True)
    """
    table, add = monoid.table, arguments.table
    acts = table if action is None else np.asarray(action)
    states = len(acts)
    _check_action_table(acts, table)
    s, m, n = np.indices((states, monoid.size, monoid.size)).reshape(3, -1)
    functions = normalised = cocycles = 0
    equivalent = True
    for d in _all_functions((states, monoid.size), arguments.size):
        total = add[d[:, acts[s, m], n], d[:, s, m]]
        cocycle = (total == d[:, s, table[m, n]]).all(axis=1)
        normal = cocycle & (d[:, :, 0] == 0).all(axis=1)
        batching = np.ones(len(d), dtype=bool)
        for sequence in _sequences(monoid.size):
            totals = [_emit(d, acts, add, cut) for cut in _batchings(table, sequence)]
            for other in totals[1:]:
                batching &= (totals[0] == other).all(axis=1)
        functions += len(d)
        normalised += int(normal.sum())
        cocycles += int(cocycle.sum())
        pairs = _is_action_on_pairs(d, acts, table, add)
        equivalent &= bool(np.array_equal(normal, pairs) and np.array_equal(normal, batching))
    return CocycleCounts(functions, normalised, cocycles, equivalent)


@dataclass(frozen=True)
class EmissionRule:
    """What holds for one rule of emission on one join semilattice.

    Attributes
    ----------
    rule : str
    cocycle, normalised : bool
    recoverable : bool
        Whether a receiver that joins what is emitted to the announced state gets the new one.
    """

    rule: str
    cocycle: bool
    normalised: bool
    recoverable: bool


def emission_rules(lattice: FiniteMonoid) -> tuple[EmissionRule, ...]:
    """Return what holds for six rules of emission, by trying all elements.

    Examples
    --------
    >>> from corollary.theory.reasoning import chain
    >>> [rule.cocycle for rule in emission_rules(chain(3))]
    [True, True, True, True, True, False]
    """
    join = lattice.table
    s, m = np.indices(join.shape)
    changed = join != s
    rules = {
        "state": join,
        "changed state": np.where(changed, join, 0),
        "message": m,
        "changing message": np.where(changed, m, 0),
        "difference": differences(lattice)[join, s],
        "old state": s,
    }
    a, b, c = np.indices((lattice.size,) * 3)
    found = []
    for name, d in rules.items():
        cocycle = np.all(join[d[join[a, b], c], d[a, b]] == d[a, join[b, c]])
        recoverable = np.all(join[d, s] == join)
        found.append(
            EmissionRule(name, bool(cocycle), bool(np.all(d[:, 0] == 0)), bool(recoverable))
        )
    return tuple(found)


def carry_is_a_cocycle(modulus: int) -> bool:
    """Return whether the carries of addition modulo k are a cocycle, for all sums up to 3k.

    Examples
    --------
    >>> carry_is_a_cocycle(5)
    True
    """
    s, m, n = np.indices((modulus, 3 * modulus, 3 * modulus))
    return bool(
        np.all((s + m + n) // modulus == ((s + m) % modulus + n) // modulus + (s + m) // modulus)
    )


def rotor_is_a_cocycle(ports: int) -> bool:
    """Return whether the chips a rotor sends through each of k ports are a cocycle, up to 3k chips.

    Examples
    --------
    >>> rotor_is_a_cocycle(5)
    True
    """
    s, m, n, port = np.indices((ports, 3 * ports, 3 * ports, ports))

    def sent(start: Array, chips: Array) -> Array:
        """Return how many of the turns start, start + 1, .. hit the port."""
        hits: Array = (start + chips - 1 - port) // ports - (start - 1 - port) // ports
        return hits

    together = sent(s, m + n)
    return bool(np.all(together == sent((s + m) % ports, n) + sent(s, m)))


def _check_action_table(acts: Array, table: Array) -> None:
    s, m, n = np.indices((len(acts), len(table), len(table)))
    if acts.shape != (len(acts), len(table)):
        raise ValueError(f"action must have a column per message ({len(table)}), got {acts.shape}")
    if np.any(acts[:, 0] != np.arange(len(acts))) or np.any(
        acts[acts[s, m], n] != acts[s, table[m, n]]
    ):
        raise ValueError("action must be an action of the monoid on the states")


def _all_functions(shape: tuple[int, ...], values: int) -> Iterator[Array]:
    """Yield all arrays of this shape over ``0 .. values - 1``, many at a time."""
    cells = int(np.prod(shape))
    total = values**cells
    weights = values ** np.arange(cells, dtype=np.int64)
    for start in range(0, total, _CHUNK):
        numbers = np.arange(start, min(start + _CHUNK, total))
        yield (numbers[:, None] // weights % values).reshape(-1, *shape)


def _sequences(size: int) -> Iterator[tuple[int, ...]]:
    for length in range(4):
        yield from product(range(size), repeat=length)


def _batchings(table: Array, sequence: tuple[int, ...]) -> list[list[int]]:
    """Return the products of the batches, for every cut of the sequence; also one empty batch."""
    found = []
    for cuts in product((False, True), repeat=max(0, len(sequence) - 1)):
        batches = [sequence[0]] if sequence else []
        for message, cut in zip(sequence[1:], cuts, strict=True):
            if cut:
                batches.append(message)
            else:
                batches[-1] = int(table[batches[-1], message])
        found.append(batches)
    return [*found, [0, *found[0]]]


def _deliver(phi: Array, batches: list[int]) -> Array:
    """Return the final states (functions, states) after these batches."""
    every = np.arange(len(phi))[:, None]
    state: Array = np.broadcast_to(np.arange(phi.shape[1]), phi.shape[:2])
    for batch in batches:
        state = phi[every, state, batch]
    return state


def _emit(d: Array, acts: Array, add: Array, batches: list[int]) -> Array:
    """Return the total argument (functions, states) emitted along these batches."""
    state: Array = np.arange(len(acts))
    total: Array = np.zeros(d.shape[:2], dtype=np.int64)
    for batch in batches:
        total = add[total, d[:, state, batch]]
        state = acts[state, batch]
    return total


def _is_action_on_pairs(d: Array, acts: Array, table: Array, add: Array) -> Array:
    """Return for each function whether ``T_m(s, a) = (m.s, a + d(s, m))`` is an action."""
    size, values = acts.shape[1], len(add)
    s, a = np.indices((len(acts), values)).reshape(2, -1)
    good: Array = (add[a, d[:, s, 0]] == a).all(axis=1) & bool(np.all(acts[s, 0] == s))
    for m, n in product(range(size), repeat=2):
        twice = add[add[a, d[:, s, m]], d[:, acts[s, m], n]]
        once = add[a, d[:, s, table[m, n]]]
        good &= (twice == once).all(axis=1)
    return good
