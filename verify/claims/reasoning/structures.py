"""C2, C3 and table 1.6: which updates and which rules of emission are lawful, counted out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from corollary.verify.claim import law, table
from corollary.verify.domain import Parameters
from corollary.verify.roles.reasoning import (
    ACTION_CHECKER,
    ACTION_COUNTS,
    ACTIONS,
    COCYCLE,
    COCYCLE_CHECKER,
    COCYCLE_COUNTS,
    GROUP_COCYCLES,
    LATTICES,
    ROTOR,
    ROWS,
    RULES,
    TURNS,
    ActionChecker,
    Array,
    Turns,
    exactly,
)
from corollary.verify.slack import Slack

EXACT, ROUNDED, UNLAWFUL = 2, 1, 0
_UPDATES = {
    "max, max(s, m)": EXACT, "min, min(s, m)": EXACT, "sum, s + m": ROUNDED,
    "log-sum-exp, LSE(s, m)": ROUNDED, "sum, s/2 + m/2": UNLAWFUL, "sum, ReLU(s + m)": UNLAWFUL,
    "max, ReLU(s + m)": UNLAWFUL, "max, s/2 + m/2": UNLAWFUL, "max, max(s, m) + 1": UNLAWFUL,
    "sum, GRU": UNLAWFUL, "max, GRU": UNLAWFUL, "mean, s + m": UNLAWFUL,
    "softmax average, merge": ROUNDED, "2 smallest, merge": EXACT,
}  # fmt: skip
assert set(_UPDATES) == set(ROWS)


@table(ACTION_CHECKER, rows=tuple(_UPDATES.items()), digits=0, source=ACTIONS, standing="derived",
       dossier="table 1.6")  # fmt: skip
def which_updates_are_actions(check: ActionChecker, row: str) -> int:
    r"""Which pairs of aggregator and update may be run asynchronously: 2 if the law holds exactly
    in floating point, 1 up to rounding, 0 if not. The mean and attention are no monoids until they
    are lifted to pairs and triples.
    """
    return EXACT if check(row, 0.0) else ROUNDED if check(row, None) else UNLAWFUL


_CHAINS = ("chain1", "chain2", "chain3", "chain5")
_NOT_DISTRIBUTIVE = ("M3", "N5")


def _lawful(lattice: str, rule: str) -> int:
    """Return what the theory says of a rule on a lattice."""
    return int({
        "state": lattice == "chain1",
        "changed state": True,
        "message": True,
        "changing message": lattice in _CHAINS,
        "difference": lattice not in _NOT_DISTRIBUTIVE,
        "old state": lattice == "chain1",
    }[rule])  # fmt: skip


@table(COCYCLE_CHECKER,
       rows=tuple((name, rule, _lawful(name, rule)) for name in LATTICES for rule in RULES),
       digits=0, source=COCYCLE, standing="derived", dossier="table 1.4, C3")  # fmt: skip
def which_rules_of_emission_are_lawful(
    check: Callable[[str, str], bool], lattice: str, rule: str
) -> int:
    r"""Which rules are normalised cocycles on a semilattice: the new state if it changed, always;
    the message if it changed the state, on chains only; the difference
    $(m \vee s) \setminus s$, on distributive lattices; the new state always, or the old one, never.
    """
    return int(check(lattice, rule))


_COCYCLES = (
    ("chain2", "chain2", 3, 7), ("chain3", "chain3", 54, 320), ("Z2", "Z2", 2, 2),
    ("Z3", "Z3", 9, 9), ("chain3", "Z2", 4, 4), ("Z2", "chain2", 1, 2), ("Z3", "chain2", 1, 2),
)  # fmt: skip


@table(COCYCLE_COUNTS, rows=tuple((m, a, n) for m, a, n, _ in _COCYCLES), digits=0,
       source=COCYCLE, standing="derived", dossier="1.3, C2")  # fmt: skip
def normalised_cocycles_counted(count: Any, messages: str, arguments: str) -> int:
    r"""How many of all functions from states and messages to arguments are normalised cocycles,
    for small monoids acting on themselves. Nothing can be emitted into a semilattice by messages
    that can be undone.
    """
    return count(messages, arguments).normalised


@table(COCYCLE_COUNTS, rows=tuple((m, a, c) for m, a, _, c in _COCYCLES), digits=0,
       source=COCYCLE, standing="derived", dossier="1.3, C2")  # fmt: skip
def cocycles_counted(count: Any, messages: str, arguments: str) -> int:
    r"""How many functions obey the cocycle law, whatever they emit for the unit. Into a group the
    law alone makes them normalised; into a semilattice it does not.
    """
    return count(messages, arguments).cocycles


@table(COCYCLE_COUNTS, rows=tuple((m, a, 1) for m, a, *_ in _COCYCLES), digits=0, source=COCYCLE,
       standing="derived", dossier="Theorem B, C2")  # fmt: skip
def cocycles_are_actions_on_pairs(count: Any, messages: str, arguments: str) -> int:
    r"""Among all functions, exactly the normalised cocycles make
    $(s, a) \mapsto (m \cdot s, a + \delta_m(s))$ an action, and exactly they emit the same total
    for every batching of up to three messages: 1 if so.
    """
    return int(count(messages, arguments).equivalent)


_ACTIONS = (
    ("chain2", 2, 3), ("chain2", 3, 10), ("chain3", 2, 5), ("chain3", 3, 31), ("Z2", 2, 2),
    ("Z2", 3, 4), ("Z3", 2, 1), ("Z3", 3, 3),
)  # fmt: skip


@table(ACTION_COUNTS, rows=_ACTIONS, digits=0, source=ACTIONS, standing="derived",
       dossier="Theorem A")  # fmt: skip
def actions_counted(count: Any, messages: str, states: int) -> int:
    r"""How many maps from states and messages to states are actions: of a chain the commuting
    idempotents below one another, of $\mathbb{Z}_n$ the permutations of order dividing $n$.
    """
    return count(messages, states)[0]


@table(ACTION_COUNTS, rows=tuple((m, s, 1) for m, s, _ in _ACTIONS), digits=0, source=ACTIONS,
       standing="derived", dossier="Theorem A")  # fmt: skip
def actions_are_what_batching_needs(count: Any, messages: str, states: int) -> int:
    r"""Among all maps, exactly the actions end every sequence of up to three messages in the same
    state for every way of cutting it into batches: 1 if so.
    """
    return int(count(messages, states)[1])


@table(GROUP_COCYCLES, rows=((2, 2, 2), (3, 3, 9), (3, 2, 4), (2, 3, 3)), digits=0,
       standing="derived", dossier="1.3")  # fmt: skip
def cocycles_into_groups(count: Any, states: int, group: int) -> int:
    r"""Into a group every cocycle is a coboundary, $\delta_m(s) = f(m \cdot s) - f(s)$: there are
    $|A|^{|S| - 1}$.
    """
    return count(states, group)


@law(ROTOR, over=TURNS, standing="derived", dossier="1.3, carry cocycle")
def rotors_and_carries_are_cocycles(
    rotor: Callable[[Array, Array, int], Array], case: Turns
) -> tuple[Slack, Slack, Slack]:
    r"""The chips that a rotor sends through each port are a cocycle over $s \mapsto s + m$ modulo
    the number of ports; all chips are sent; what goes through the last port is the carry
    $\lfloor (s + m)/k \rfloor$.
    """
    k = case.ports
    first = rotor(case.s, case.m, k)
    second = rotor((case.s + case.m) % k, case.n, k)
    together = rotor(case.s, case.m + case.n, k)
    return (
        exactly(first + second, together),
        exactly(together.sum(axis=1, keepdims=True), (case.m + case.n)[:, None]),
        exactly(together[:, -1:], ((case.s + case.m + case.n) // k)[:, None]),
    )


@rotors_and_carries_are_cocycles.exhaustive(scope="at most 5 ports, at most 7 chips in each lot")
def every_small_rotor() -> Iterator[Parameters]:
    for ports in range(1, 6):
        s, m, n = np.array(list(product(range(ports), range(8), range(8)))).T
        yield {"ports": ports, "s": s, "m": m, "n": n}
