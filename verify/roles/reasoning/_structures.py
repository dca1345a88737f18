"""Roles of the checkers, judged on the tables of the theory, and of the exhaustive counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from corollary.theory import reasoning as theory
from corollary.verify.domain import Domain, Integers, Parameters
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.reasoning._arrays import FAMILY, Array, closed_form

ROWS = {f"{row.aggregator_name}, {row.update_name}": row for row in theory.update_table()}
LATTICES = {lattice.name: lattice for lattice in theory.small_lattices()}
RULES = ("state", "changed state", "message", "changing message", "difference", "old state")


def samples_of_row(name: str) -> Array | None:
    """Return samples of elements for the rows whose elements are no single numbers."""
    draw = np.random.default_rng(0)
    if name.startswith("softmax average"):
        return np.stack([draw.normal(size=12), 1 + draw.random(12), draw.normal(size=12)], axis=1)
    if name.startswith("2 smallest"):
        return np.sort(draw.integers(-3, 4, size=(20, 2)).astype(float), axis=1)
    return None


ActionChecker = Callable[[str, "float | None"], bool]


def _check_row(implementation: Implementation) -> ActionChecker:
    """Return ``check(row of the table, tolerance) -> whether the update is an action``."""

    def check(name: str, tolerance: float | None) -> bool:
        row, samples = ROWS[name], samples_of_row(name)
        options = {"unit": row.unit, "states": samples, "messages": samples}
        return bool(
            _with(implementation, tolerance=tolerance, **_given(options)).plain(
                row.update, row.aggregator
            )
        )

    return check


def _with(implementation: Implementation, **options: Any) -> Implementation:
    return replace(implementation, bind={**implementation.bind, **options})


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _checked(**changed: Any) -> Callable[..., Any]:
    """Return the checker with some of its arguments changed."""

    def check(*parts: Any, **options: Any) -> Any:
        from corollary.verify.reasoning import check_action

        new = {
            name: change(options.get(name)) if callable(change) else change
            for name, change in changed.items()
        }
        return check_action(*parts, **{**options, **new})

    return check


def _monoid_alone(update: Any, aggregator: Any, **options: Any) -> Any:
    from corollary.verify.reasoning import check_monoid

    return check_monoid(aggregator, **{k: v for k, v in options.items() if k != "states"})


def _positive(samples: Array | None) -> Array:
    return np.array([0.5, 1.0, 2.0, 3.0]) if samples is None else samples


def _bits(samples: Array | None) -> Array:
    return np.arange(2.0) if samples is None else samples


ACTION_CHECKER = Role(
    name="action_checker",
    family=FAMILY,
    signature="checker(update, aggregator, *, unit, states, messages, tolerance) -> verdict, true "
    "if the update is an action",
    default="corollary.verify.reasoning:check_action",
    adapt=_check_row,
    mutants={
        "the aggregator alone": _monoid_alone,
        "one percent is equal": _checked(tolerance=0.01),
        "positive numbers only": _checked(states=_positive, messages=_positive),
        "rounding never forgiven": _checked(tolerance=0.0),
        "rounding always forgiven": _checked(tolerance=None),
        "zero and one alone": _checked(states=_bits, messages=_bits),
        "one message": _checked(
            messages=lambda samples: np.zeros(1) if samples is None else samples[:1]
        ),
    },
    trivial={
        "always yes": lambda *parts, **options: True,
        "always no": lambda *parts, **options: False,
    },
)


def rule_on(lattice: theory.FiniteMonoid, rule: str) -> Callable[[Array, Array], Array]:
    """Return the emission rule as a function of arrays of elements."""
    join = lattice.table
    difference = theory.differences(lattice) if rule == "difference" else join

    def emit(s: Array, m: Array) -> Array:
        joined = join[s, m]
        rules = {
            "state": joined,
            "changed state": np.where(joined != s, joined, 0),
            "message": m,
            "changing message": np.where(joined != s, m, 0),
            "difference": difference[joined, s],
            "old state": s,
        }
        return rules[rule]

    return emit


def _check_rule(implementation: Implementation) -> Callable[[str, str], bool]:
    """Return ``check(lattice, rule) -> whether the rule is a normalised cocycle``."""

    def check(name: str, rule: str) -> bool:
        lattice = LATTICES[name]
        elements = np.arange(lattice.size)

        def join(a: Array, b: Array) -> Array:
            return lattice.table[a, b]

        units = {"unit": 0, "argument_unit": 0, "states": elements, "messages": elements}
        return bool(_with(implementation, **units).plain(rule_on(lattice, rule), join, join))

    return check


def _cocycle_with(**changed: Callable[[Any], Any]) -> Callable[..., Any]:
    def check(*parts: Any, **options: Any) -> Any:
        from corollary.verify.reasoning import check_cocycle

        new = {name: change(options[name]) for name, change in changed.items()}
        return check_cocycle(*parts, **{**options, **new})

    return check


COCYCLE_CHECKER = Role(
    name="cocycle_checker",
    family=FAMILY,
    signature="checker(argument_function, update, aggregator, *, unit, argument_unit, states, "
    "messages) -> verdict, true for a normalised cocycle",
    default="corollary.verify.reasoning:check_cocycle",
    adapt=_check_rule,
    mutants={
        "normalisation overlooked": _cocycle_with(argument_unit=lambda unit: None),
        "the least state alone": _cocycle_with(states=lambda states: states[:1]),
        "two messages alone": _cocycle_with(messages=lambda messages: messages[:2]),
        "half of the messages": _cocycle_with(messages=lambda messages: messages[::2]),
        "the greatest state left out": _cocycle_with(
            states=lambda states: states[: max(len(states) - 2, 1)]
        ),
    },
    trivial={
        "always yes": lambda *parts, **options: True,
        "always no": lambda *parts, **options: False,
    },
)


def monoid(name: str) -> theory.FiniteMonoid:
    """Return the chain or the cyclic group of that name: chain3, Z3."""
    make = theory.chain if name.startswith("chain") else theory.cyclic
    return make(int(name.removeprefix("chain").removeprefix("Z")))


@dataclass(frozen=True)
class Counts:
    """Functions, normalised cocycles, all cocycles, and whether the theorem's sides agree."""

    functions: int
    normalised: int
    cocycles: int
    equivalent: bool


@cache
def cocycle_counts(messages: str, arguments: str) -> Counts:
    """Return the counts over all functions, for M acting on itself."""
    from corollary.verify.reasoning import count_cocycles

    found = count_cocycles(monoid(messages), monoid(arguments))
    return Counts(found.functions, found.normalised, found.cocycles, found.equivalent)


def _changed_counts(**changes: Callable[[Counts], Any]) -> Callable[[str, str], Counts]:
    def count(messages: str, arguments: str) -> Counts:
        found = cocycle_counts(messages, arguments)
        return replace(found, **{name: change(found) for name, change in changes.items()})

    return count


COCYCLE_COUNTS = closed_form(
    cocycle_counts,
    {
        "unit law forgotten": _changed_counts(normalised=lambda c: c.cocycles),
        "unit law always asked for": _changed_counts(cocycles=lambda c: c.normalised),
        "messages and arguments exchanged": lambda m, a: cocycle_counts(a, m),
        "one too many from a hundred on": _changed_counts(
            cocycles=lambda c: c.cocycles + (c.cocycles > 100),
            normalised=lambda c: c.normalised + (c.normalised > 50),
        ),
        "the theorem denied": _changed_counts(equivalent=lambda c: c.functions < 100),
    },
    module="corollary.verify.roles.reasoning._structures",
)


@cache
def action_counts(messages: str, states: int) -> tuple[int, bool]:
    """Return how many maps are actions, and whether they are what batching needs."""
    from corollary.verify.reasoning import count_actions

    found = count_actions(monoid(messages), states)
    return found.actions, found.equivalent


ACTION_COUNTS = closed_form(
    action_counts,
    {
        "states permuted": lambda m, s: (action_counts(m, s)[0] * s, action_counts(m, s)[1]),
        "one state less": lambda m, s: action_counts(m, max(s - 1, 1)),
        "the trivial action left out": lambda m, s: (
            action_counts(m, s)[0] - 1, action_counts(m, s)[1],
        ),
        "the theorem denied for three": lambda m, s: (action_counts(m, s)[0], s < 3),
    },
    module="corollary.verify.roles.reasoning._structures",
)  # fmt: skip

GROUP_COCYCLES = closed_form(
    theory.group_cocycles,
    {
        "up to no constant": lambda states, group: group**states,
        "states and group exchanged": lambda states, group: states ** (group - 1),
        "homomorphisms": lambda states, group: group if states == group else 1,
    },
)


def rotor(start: Array, chips: Array, ports: int) -> Array:
    """Return (rows, ports): the chips sent through each port by a rotor that stands at `start`."""
    port = np.arange(ports)
    s, m = np.asarray(start)[:, None], np.asarray(chips)[:, None]
    sent: Array = (s + m - 1 - port) // ports - (s - 1 - port) // ports
    return sent


ROTOR = Role(
    name="rotor",
    family=FAMILY,
    signature="rotor(start (b,) int, chips (b,) int, ports int) -> chips through the ports "
    "(b, ports)",
    default="corollary.verify.roles.reasoning._structures:rotor",
    adapt=lambda implementation: implementation.plain,
    mutants={
        "an equal share": lambda s, m, k: np.repeat((m // k)[:, None], k, axis=1),
        "all through the first": lambda s, m, k: m[:, None] * (np.arange(k) == 0),
        "restarts at port 0": lambda s, m, k: rotor(0 * s, m, k),
        "turns back at the end": lambda s, m, k: (
            rotor(s, m, k)[:, ::-1] if k > 3 else rotor(s, m, k)
        ),
        "loses a chip in ten": lambda s, m, k: rotor(s, m - m // 10, k),
    },
    trivial={"nothing": lambda s, m, k: np.zeros((len(s), k), dtype=int)},
)


@dataclass(frozen=True)
class Turns:
    """A rotor with so many ports, where it stands, and two lots of chips."""

    ports: int
    s: Array
    m: Array
    n: Array


def _turns(parameters: Parameters, precision: Precision) -> Turns:
    ports = int(parameters["ports"])
    s, m, n = (np.asarray(parameters[name]).astype(np.int64) for name in "smn")
    return Turns(ports, s % ports, m, n)


TURNS = Domain(
    name="rotors",
    statement="a rotor with at most 7 ports and two lots of at most 40 chips",
    shape={"ports": Integers(1, 7)},
    rows={"s": Integers(0, 6), "m": Integers(0, 40), "n": Integers(0, 40)},
    build=_turns,
)
