"""Asynchronous message-passing systems: the five laws, and the systems of join semilattices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from corollary.algorithms.reasoning._laws import Law, first_entry, is_compiled, item_itself, law
from corollary.algorithms.reasoning._semirings import Monoid, Semiring

EMISSION_RULES = ("state", "changed state", "message", "changing message")


@dataclass(frozen=True, eq=False)
class System:
    """What every node does with the messages that reach it.

    A node in state ``s`` that consumes a bag of messages multiplies them to ``m``, emits the
    argument ``a = argument_function(s, m)``, moves to ``update(s, m)``, and sends
    ``message_function(a, w)`` along every out-edge of weight ``w``. Units are never sent.

    Parameters
    ----------
    messages, arguments : Monoid
        The two commutative monoids; of `arguments` only the unit matters to a run.
    update : callable (state, message) -> state
        Schedule-free delivery at a node needs an action of the messages on the states.
    argument_function : callable (state, message) -> argument
        Schedule-free emission needs a normalised cocycle.
    message_function : callable (argument, edge weight) -> message
        Schedule-free edges need a homomorphism.
    priority : callable (message) -> number, optional
        What the schedule "priority" delivers first; by default the message itself, or the first
        entry of a row.

    Notes
    -----
    Cocycles and asynchrony: arXiv 2306.15632.
    """

    messages: Monoid
    arguments: Monoid
    update: Law
    argument_function: Law
    message_function: Law
    priority: Law | None = None

    @property
    def compiled(self) -> bool:
        """Whether all laws are Numba functions, so that runs are compiled."""
        laws = [self.messages.combine, self.update, self.argument_function, self.message_function]
        return all(map(is_compiled, laws if self.priority is None else [*laws, self.priority]))


def relaxation_system(semiring: Semiring, rule: str = "changed state") -> System:
    """Return the system that joins states and messages by `plus` of an idempotent semiring.

    Parameters
    ----------
    semiring : Semiring
        Idempotent, such as `MIN_PLUS`.
    rule : {"changed state", "state", "message", "changing message"}
        What a node emits: its new state if it changed; its new state at every delivery (a cocycle
        that is not normalised); the message; the message if it changed the state (a cocycle only
        on chains).

    Raises
    ------
    ValueError
        If the semiring is not idempotent or the rule is unknown.

    Examples
    --------
    >>> from corollary.algorithms.reasoning import MIN_PLUS
    >>> relaxation_system(MIN_PLUS).argument_function(5.0, 3.0)
    3.0
    """
    if not semiring.idempotent:
        raise ValueError("semiring must be idempotent")
    if rule not in EMISSION_RULES:
        raise ValueError(f"rule must be one of {', '.join(EMISSION_RULES)}, got {rule!r}")
    plus = semiring.plus
    emit = _emission(plus.combine, plus.unit, rule)
    return System(plus, plus, plus.combine, emit, semiring.times)


@cache
def _emission(join: Law, unit: Any, rule: str) -> Law:
    """Return the emission rule over `join`, compiled like it."""

    def state(s: Any, m: Any) -> Any:
        return join(s, m)

    def changed_state(s: Any, m: Any) -> Any:
        joined = join(s, m)
        return unit if joined == s else joined

    def message(s: Any, m: Any) -> Any:
        return m

    def changing_message(s: Any, m: Any) -> Any:
        return unit if join(s, m) == s else m

    chosen = dict(
        zip(EMISSION_RULES, (state, changed_state, message, changing_message), strict=True)
    )[rule]
    if not is_compiled(join):
        return chosen
    return law(chosen, name=f"{getattr(join, '_uuid', join)}:{unit}")


def priority_of(system: System, message: Any) -> Law:
    """Return the law by which the schedule "priority" orders messages like `message`."""
    if system.priority is not None:
        return system.priority
    return item_itself if getattr(message, "ndim", 0) == 0 else first_entry
