"""Theorems A and B and the homomorphism law, for the parts of anybody's layer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from corollary.verify.claim import law
from corollary.verify.domain import Parameters
from corollary.verify.roles.reasoning import (
    ACTIONS,
    AGGREGATOR,
    ARGUMENT_FUNCTION,
    COCYCLE,
    DELIVERIES,
    MESSAGE_FUNCTION,
    MULTIMORPHISMS,
    SEQUENCES,
    UPDATE,
    Array,
    Elements,
    Part,
    Sequences,
    delivery,
)
from corollary.verify.slack import Slack


def _proved(prefixes: tuple[str, ...]) -> Iterator[Any]:
    """Yield the negations that Z3 must find unsatisfiable."""
    import z3

    from corollary.verify.reasoning import obligations

    for obligation in obligations():
        if obligation.expected and obligation.name.startswith(prefixes):
            yield z3.And(*obligation.negation())


def _small_deliveries() -> Iterator[Parameters]:
    numbers = [float(x) for x in range(-2, 3)]
    s, m, n = np.array(list(product(numbers, repeat=3))).T
    for fresh in (0, 1):
        yield {**delivery(), "s": s, "m": m, "n": n, "fresh": fresh}


def _units(part: Part, like: Array) -> Array:
    return np.full_like(like, part.unit)


@law(AGGREGATOR, over=DELIVERIES, source=ACTIONS, standing="derived", dossier="1.1, table 1.6")
def commutative_monoid(aggregator: Part, case: Elements) -> tuple[Slack, ...]:
    r"""An aggregator of messages is associative, $(s \oplus m) \oplus n = s \oplus (m \oplus n)$,
    commutative, and has a unit.
    """
    s, m, n = case.rows(aggregator)
    first, last = aggregator(s, m), aggregator(m, n)
    return (
        aggregator.same(aggregator(first, n), aggregator(s, last), s, m, n, first, last),
        aggregator.same(last, aggregator(n, m), m, n),
        aggregator.same(aggregator(m, _units(aggregator, m)), m),
    )


@commutative_monoid.exhaustive(scope="all numbers in {-2, ..., 2}, and the unit")
def small_messages() -> Iterator[Parameters]:
    yield from _small_deliveries()


@law(UPDATE, over=DELIVERIES, source=ACTIONS, standing="derived", dossier="Theorem A")
def update_is_an_action(update: Part, case: Elements) -> tuple[Slack, ...]:
    r"""Messages delivered one by one do what their aggregate does,
    $n \cdot (m \cdot s) = (m \oplus n) \cdot s$, and the unit does nothing.
    """
    s, m, n = case.rows(update)
    after, together = update(s, m), update.combine(m, n)
    return (
        update.same(update(after, n), update(s, together), s, m, n, after, together),
        update.same(update(s, _units(update, s)), s),
    )


@update_is_an_action.exhaustive(scope="all numbers in {-2, ..., 2}, fresh states and others")
def small_states() -> Iterator[Parameters]:
    yield from _small_deliveries()


@update_is_an_action.proved(scope="max and min for all reals; thresholds for integers and reals")
def actions_for_all_reals() -> Iterator[Any]:
    yield from _proved(("max action", "min action", "threshold", "linear update"))


@law(UPDATE, over=SEQUENCES, source=ACTIONS, standing="derived", dossier="Theorem A")
def every_batching_ends_alike(update: Part, case: Sequences) -> Slack:
    r"""However a sequence of messages is cut into batches, empty ones included, and in whatever
    order they arrive, the final state is the same.
    """
    states, messages = case.rows(update)
    found = update(states, _units(update, states))
    batch = _units(update, states)
    for place, message in reversed(list(enumerate(messages))):
        batch = update.combine(batch, message)
        ends = case.cuts[:, len(messages) - 1 - place][:, None]
        found = np.where(ends, update(found, batch), found)
        batch = np.where(ends, update.unit, batch)
    total = _units(update, states)
    for message in messages:
        total = update.combine(total, message)
    return update.same(found, update(states, total), states, *messages, total)


@law(ARGUMENT_FUNCTION, over=DELIVERIES, source=COCYCLE, standing="derived", dossier="Theorem B")
def normalised_cocycle(emit: Part, case: Elements) -> tuple[Slack, ...]:
    r"""What a node emits does not depend on how its messages are batched,
    $\delta_{m \oplus n}(s) = \delta_n(m \cdot s) \oplus \delta_m(s)$, and the unit emits the unit:
    $\delta_1(s) = 0$.
    """
    s, m, n = case.rows(emit)
    after = emit.update(s, m)
    first, second = emit(s, m), emit(after, n)
    together = emit(s, emit.combine(m, n))
    nothing = emit(s, _units(emit, s))
    return (
        emit.same(emit.combine(second, first), together, s, m, n, after, first, second),
        emit.same(nothing, _units(emit, s), s),
    )


@normalised_cocycle.exhaustive(scope="all numbers in {-2, ..., 2}, fresh states and others")
def small_emissions() -> Iterator[Parameters]:
    yield from _small_deliveries()


@normalised_cocycle.proved(
    scope="the legal rules of a chain for all reals; carries modulo k <= 7 for all natural numbers"
)
def cocycles_for_all_reals() -> Iterator[Any]:
    names = [
        f"{join} {rule}" for join in ("max", "min") for rule in ("changed", "changing", "mess")
    ]
    yield from _proved((*names, "carry", "threshold"))


@law(ARGUMENT_FUNCTION, over=SEQUENCES, source=COCYCLE, standing="derived", dossier="Theorem B")
def every_batching_emits_alike(emit: Part, case: Sequences) -> Slack:
    r"""However a sequence of messages is cut into batches, the total argument emitted along the way
    is the same, and so is the final state.
    """
    states, messages = case.rows(emit)
    now, total = states, emit(states, _units(emit, states))
    batch = _units(emit, states)
    for message, cut in zip(messages, case.cuts.T, strict=True):
        batch = emit.combine(batch, message)
        ends = cut[:, None]
        total = np.where(ends, emit.combine(total, emit(now, batch)), total)
        now = np.where(ends, emit.update(now, batch), now)
        batch = np.where(ends, emit.unit, batch)
    product_of_all = _units(emit, states)
    for message in messages:
        product_of_all = emit.combine(product_of_all, message)
    expected = emit(states, product_of_all)
    if not messages:
        expected = _units(emit, states)
    return emit.same(total, expected, states, *messages, product_of_all)


@law(
    MESSAGE_FUNCTION, over=DELIVERIES, source=MULTIMORPHISMS, standing="derived", dossier="1.1, C1"
)
def edges_commute_with_aggregation(send: Part, case: Elements) -> tuple[Slack, ...]:
    r"""Along every edge messages of aggregates are aggregates of messages,
    $\psi(a \oplus b) = \psi(a) \oplus \psi(b)$, and $\psi(0) = 1$; exactly so in floating point
    where rounding is monotone.
    """
    edge, a, b = case.rows(send)
    edge = np.where(np.isfinite(edge), edge, 1.0)
    first, second = send(a, edge), send(b, edge)
    return (
        send.same(send(send.combine(a, b), edge), send.combine(first, second), a, b, edge),
        send.same(send(_units(send, a), edge), _units(send, a), edge),
    )


@edges_commute_with_aggregation.proved(
    scope="max- and min-plus edges for all reals and, up to dimension 4, linear messages of two "
    "arguments; for all floats of 3 + 4 bits with rounding"
)
def edges_for_all_reals() -> Iterator[Any]:
    yield from _proved(("max edge", "min edge", "max-plus", "min-plus", "floats"))
