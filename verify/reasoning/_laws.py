"""Do the parts of a layer obey the laws of asynchronous message passing? With counterexamples.

The parts are vectorised binary functions of arrays of elements (elements along the first axis,
numbers or rows). All combinations of a list of samples are tried, and of all failures the one with
the simplest samples is reported; a sample is the simpler the earlier it stands in its list.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from corollary.verify.reasoning._judge import (
    Array,
    Function,
    Law,
    LawCheck,
    guarded,
    judge,
    repeated,
    samples_of,
    unit_of,
)


def check_monoid(
    aggregator: Function,
    *,
    unit: Any = None,
    messages: ArrayLike | None = None,
    tolerance: float | None = None,
) -> LawCheck:
    """Return whether `aggregator` is associative and commutative, with `unit` as its unit.

    Parameters
    ----------
    aggregator : callable (messages, messages) -> messages
    unit : element, optional
        Known for `np.add`, `np.maximum` and their like; without it the unit law is not checked.
    messages : array (n,) or (n, d), optional
        The samples, simplest first; `default_samples` by default.
    tolerance : float >= 0, optional
        How much two sides may differ, relative to the largest number in the case; 16 roundings
        by default, 0 for equality bit by bit.

    Raises
    ------
    TypeError, ValueError
        For samples of a wrong type, or a function that raises or returns another shape or type.

    Examples
    --------
    >>> print(check_monoid(lambda a, b: (a + b) / 2))
    associativity fails at a = 0.0, b = 0.0, c = 1.0: 0.5 against 0.25; not checked: unit
    """
    m = samples_of(messages, "messages")
    plus, one = guarded(aggregator, "aggregator", m), unit_of(unit, aggregator, m)

    def bracketings(a: Array, b: Array, c: Array) -> tuple[Array, ...]:
        first, last = plus(a, b), plus(b, c)
        return plus(first, c), plus(a, last), first, last

    laws: list[Law] = [
        ("associativity", {"a": m, "b": m, "c": m}, bracketings),
        ("commutativity", {"a": m, "b": m}, lambda a, b: (plus(a, b), plus(b, a))),
    ]
    if one is not None:
        laws.append(("unit", {"a": m}, lambda a: (plus(a, repeated(one, a)), a)))
    return judge(laws, tolerance, () if one is not None else ("unit",))


def check_action(
    update: Function,
    aggregator: Function,
    *,
    unit: Any = None,
    states: ArrayLike | None = None,
    messages: ArrayLike | None = None,
    tolerance: float | None = None,
) -> LawCheck:
    """Return whether delivering messages one by one equals delivering their aggregate.

    The law is ``update(update(s, m), n) = update(s, aggregator(m, n))`` and
    ``update(s, unit) = s``; the aggregator must be a commutative monoid first.

    Parameters
    ----------
    update : callable (states, messages) -> states
    aggregator : callable (messages, messages) -> messages
    unit, messages, tolerance
        As for `check_monoid`.
    states : array (n,) or (n, d), optional
        The samples of states, simplest first.

    Raises
    ------
    TypeError, ValueError
        As for `check_monoid`.

    Notes
    -----
    The second level of asynchrony: arXiv 2306.15632.

    Examples
    --------
    >>> bool(check_action(np.maximum, np.maximum))
    True
    >>> print(check_action(lambda s, m: np.maximum(s + m, 0), np.add))
    action fails at s = 0.0, m = -1.0, n = 1.0: 1.0 against 0.0
    """
    m, s = samples_of(messages, "messages"), samples_of(states, "states")
    act, plus = guarded(update, "update", s), guarded(aggregator, "aggregator", m)
    one = unit_of(unit, aggregator, m)
    monoid = check_monoid(aggregator, unit=unit, messages=m, tolerance=tolerance)
    if not monoid:
        return monoid

    def deliveries(s: Array, m: Array, n: Array) -> tuple[Array, ...]:
        after, together = act(s, m), plus(m, n)
        return act(after, n), act(s, together), after, together

    laws: list[Law] = [("action", {"s": s, "m": m, "n": m}, deliveries)]
    if one is not None:
        laws.append(("unit of the action", {"s": s}, lambda s: (act(s, repeated(one, s, m)), s)))
    return judge(laws, tolerance, () if one is not None else ("unit", "unit of the action"))


def check_cocycle(
    argument_function: Function,
    update: Function,
    aggregator: Function,
    *,
    argument_aggregator: Function | None = None,
    unit: Any = None,
    argument_unit: Any = None,
    states: ArrayLike | None = None,
    messages: ArrayLike | None = None,
    tolerance: float | None = None,
) -> LawCheck:
    """Return whether what a node emits does not depend on how its messages are batched.

    With ``d(s, m)`` the argument function the law is
    ``d(s, m (+) n) = d(update(s, m), n) + d(s, m)``, and ``d(s, unit)`` is the unit of arguments
    (a normalised cocycle).

    Parameters
    ----------
    argument_function : callable (states, messages) -> arguments
    update, aggregator, unit, states, messages, tolerance
        As for `check_action`; whether the update is an action is not checked again.
    argument_aggregator : callable (arguments, arguments) -> arguments, optional
        By default `aggregator`.
    argument_unit : element, optional
        Known for `np.add`, `np.maximum` and their like.

    Raises
    ------
    TypeError, ValueError
        As for `check_monoid`.

    Examples
    --------
    Sending the new state is a cocycle for max, but a node woken by nothing sends too:

    >>> print(check_cocycle(np.maximum, np.maximum, np.maximum))
    normalisation fails at s = 0.0: 0.0 against -inf
    """
    m, s = samples_of(messages, "messages"), samples_of(states, "states")
    act, plus = guarded(update, "update", s), guarded(aggregator, "aggregator", m)
    emit = guarded(argument_function, "argument_function", None)
    gather = argument_aggregator if argument_aggregator is not None else aggregator
    add = guarded(gather, "argument_aggregator", None)
    one, zero = unit_of(unit, aggregator, m), unit_of(argument_unit, gather, None)

    def emissions(s: Array, m: Array, n: Array) -> tuple[Array, ...]:
        first, second = emit(s, m), emit(act(s, m), n)
        return add(second, first), emit(s, plus(m, n)), first, second

    laws: list[Law] = [("cocycle", {"s": s, "m": m, "n": m}, emissions)]
    complete = one is not None and zero is not None
    if complete:

        def silent(s: Array) -> tuple[Array, Array]:
            emitted = emit(s, repeated(one, s, m))
            return emitted, np.broadcast_to(np.asarray(zero), emitted.shape)

        laws.append(("normalisation", {"s": s}, silent))
    return judge(laws, tolerance, () if complete else ("normalisation",))


def check_homomorphism(
    message_function: Function,
    aggregator: Function,
    *,
    argument_aggregator: Function | None = None,
    unit: Any = None,
    argument_unit: Any = None,
    arguments: ArrayLike | None = None,
    edges: ArrayLike | None = None,
    tolerance: float | None = None,
) -> LawCheck:
    """Return whether an edge commutes with aggregation: ``f(a + b) = f(a) (+) f(b)``.

    Parameters
    ----------
    message_function : callable (arguments) -> messages, or (arguments, edges) -> messages
        The second form if `edges` is given: the law then holds edge by edge.
    aggregator : callable (messages, messages) -> messages
    argument_aggregator : callable, optional
        By default `aggregator`.
    unit, argument_unit : elements, optional
        Known for `np.add`, `np.maximum` and their like; ``f(argument_unit) = unit`` is checked
        where both are.
    arguments, edges : arrays (n,) or (n, d), optional
        The samples, simplest first.
    tolerance : float >= 0, optional
        As for `check_monoid`.

    Raises
    ------
    TypeError, ValueError
        As for `check_monoid`.

    Examples
    --------
    >>> bool(check_homomorphism(lambda a, w: a + w, np.minimum, edges=[1.0, 0.1, np.pi]))
    True
    >>> print(check_homomorphism(lambda a: a * a, np.maximum))
    homomorphism fails at a = 0.0, b = -1.0: 0.0 against 1.0
    """
    a = samples_of(arguments, "arguments")
    send = guarded(message_function, "message_function", None)
    plus = guarded(aggregator, "aggregator", None)
    gather = argument_aggregator if argument_aggregator is not None else aggregator
    add = guarded(gather, "argument_aggregator", a)
    one, zero = unit_of(unit, aggregator, None), unit_of(argument_unit, gather, a)
    extra = {} if edges is None else {"w": samples_of(edges, "edges")}

    def sendings(a: Array, b: Array, *w: Array) -> tuple[Array, ...]:
        first, second = send(a, *w), send(b, *w)
        return send(add(a, b), *w), plus(first, second), first, second

    laws: list[Law] = [("homomorphism", {"a": a, "b": a, **extra}, sendings)]
    complete = one is not None and zero is not None
    if complete:

        def silent(a: Array, *w: Array) -> tuple[Array, Array]:
            sent = send(repeated(zero, a), *w)
            return sent, np.broadcast_to(np.asarray(one), sent.shape)

        laws.append(("unit of the homomorphism", {"a": a, **extra}, silent))
    return judge(laws, tolerance, () if complete else ("unit of the homomorphism",))


def check_multimorphism(
    message_function: Function,
    aggregator: Function,
    *,
    argument_aggregator: Function | None = None,
    unit: Any = None,
    argument_unit: Any = None,
    arguments: ArrayLike | None = None,
    tolerance: float | None = None,
) -> LawCheck:
    """Return whether ``f(sender, receiver)`` is a homomorphism in each of its two arguments.

    Parameters and errors are those of `check_homomorphism`.

    Examples
    --------
    >>> bool(check_multimorphism(lambda a, b: a + b, np.maximum))
    True
    >>> print(check_multimorphism(np.add, np.add))
    homomorphism in the sender fails at a = 0.0, b = 0.0, other = 1.0: 1.0 against 2.0
    """
    others = samples_of(arguments, "arguments")
    finite = others[np.isfinite(others).reshape(len(others), -1).all(axis=1)]
    swapped = {"sender": message_function, "receiver": lambda a, b: message_function(b, a)}
    cases = 0
    for name, function in swapped.items():
        found = check_homomorphism(
            function,
            aggregator,
            argument_aggregator=argument_aggregator,
            unit=unit,
            argument_unit=argument_unit,
            arguments=others,
            edges=finite,
            tolerance=tolerance,
        )
        cases += found.cases
        if not found:
            at = dict(found.counterexample or {})
            at["other"] = at.pop("w", None)
            law = f"{found.law} in the {name}"
            return LawCheck(False, law, at, found.left, found.right, cases, found.unchecked)
    return LawCheck(True, "multimorphism", cases=cases, unchecked=found.unchecked)
