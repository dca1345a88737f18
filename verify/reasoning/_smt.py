"""Laws for all reals, all integers and all floats of a format, by the SMT solver Z3.

States and messages of a semilattice are reals not below a least element `bottom`: laws about order
alone hold for numbers with an infinity added as soon as they hold there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import z3

Formula = Any
FLOAT_FORMATS = {"3 + 4 bits": (3, 4), "4 + 6 bits": (4, 6), "half": (5, 11)}


@dataclass(frozen=True)
class Obligation:
    """A statement to prove: a name, the words, and its negation as formulas.

    Attributes
    ----------
    name, statement : str
    negation : callable () -> list of formulas
        Unsatisfiable if and only if the statement is true.
    expected : bool
        Whether the statement is true; false ones have a counterexample to be found.
    """

    name: str
    statement: str
    negation: Callable[[], list[Formula]]
    expected: bool = True


@dataclass(frozen=True)
class Proof:
    """What the solver said: proved, refuted with a counterexample, or neither in the time given."""

    name: str
    statement: str
    status: str
    counterexample: dict[str, str] | None = None


def prove(obligation: Obligation, *, seconds: float = 60.0) -> Proof:
    """Return whether the obligation is "proved", "refuted" or "unknown" after `seconds`.

    Examples
    --------
    >>> prove(obligations()[0]).status
    'proved'
    """
    solver = z3.Solver()
    solver.set("timeout", round(1000 * seconds))
    solver.add(*obligation.negation())
    answer = solver.check()
    if answer == z3.unsat:
        return Proof(obligation.name, obligation.statement, "proved")
    if answer == z3.unknown:
        return Proof(obligation.name, obligation.statement, "unknown")
    model = solver.model()
    found = {str(symbol): str(model[symbol]) for symbol in model.decls()}
    return Proof(obligation.name, obligation.statement, "refuted", found)


def obligations(*, floats: Sequence[str] = ("3 + 4 bits",)) -> tuple[Obligation, ...]:
    """Return all obligations: those that hold, and those that must be refuted.

    Parameters
    ----------
    floats : sequence of str
        Formats, out of `FLOAT_FORMATS`, for the law of floating-point addition. The half format
        takes about half a minute.

    Examples
    --------
    >>> sum(not obligation.expected for obligation in obligations())
    6
    """
    return (
        *_orders("max", _maximum),
        *_orders("min", _minimum),
        *(_tropical(name, join, d) for name, join in _JOINS for d in (1, 2, 3, 4)),
        *_thresholds(),
        *(_carry(k) for k in range(1, 8)),
        _linear_update(),
        *(_monotone_addition(name) for name in floats),
        *_false_statements(),
    )


def _maximum(a: Formula, b: Formula) -> Formula:
    return z3.If(a >= b, a, b)


def _minimum(a: Formula, b: Formula) -> Formula:
    return z3.If(a <= b, a, b)


_JOINS = (("max", _maximum), ("min", _minimum))


def _reals(names: str) -> list[Formula]:
    return list(z3.Reals(names))


def _orders(name: str, join: Callable[[Formula, Formula], Formula]) -> list[Obligation]:
    """Return the laws of the updates and emission rules of a chain, and of an edge."""
    s, m, n, bottom, w = _reals("s m n bottom w")
    above = [join(x, bottom) == x for x in (s, m, n)]

    def changed(s: Formula, m: Formula) -> Formula:
        return z3.If(join(s, m) == s, bottom, join(s, m))

    def changing(s: Formula, m: Formula) -> Formula:
        return z3.If(join(s, m) == s, bottom, m)

    def cocycle(rule: Callable[[Formula, Formula], Formula]) -> Callable[[], list[Formula]]:
        law = join(rule(join(s, m), n), rule(s, m)) == rule(s, join(m, n))
        return lambda: [*above, z3.Not(z3.And(law, rule(s, bottom) == bottom))]

    plain = [join(m, n) == join(n, m), join(join(s, m), n) == join(s, join(m, n))]
    edge = join(m, n) + w == join(m + w, n + w)
    return [
        Obligation(
            f"{name} action",
            f"{name}(s, m) is an action of a commutative monoid, for all reals",
            lambda: [*above, z3.Not(z3.And(*plain, join(s, bottom) == s))],
        ),
        Obligation(
            f"{name} changed state",
            "the new state, if it changed, is a normalised cocycle on a chain",
            cocycle(changed),
        ),
        Obligation(
            f"{name} changing message",
            "the message, if it changed the state, is a normalised cocycle on a chain",
            cocycle(changing),
        ),
        Obligation(
            f"{name} message", "the message is a normalised cocycle", cocycle(lambda s, m: m)
        ),
        Obligation(f"{name} edge", f"adding a weight commutes with {name}", lambda: [z3.Not(edge)]),
    ]


def _tropical(name: str, join: Callable[[Formula, Formula], Formula], d: int) -> Obligation:
    """Return the multimorphism law of ``T x + R y + c`` for vectors of dimension d."""
    x, y, z, first, second = (z3.RealVector(letter, d) for letter in "xyzwr")

    def apply(vector: Sequence[Formula], weights: Sequence[Formula]) -> Formula:
        total = vector[0] + weights[0]
        for entry, weight in zip(vector[1:], weights[1:], strict=True):
            total = join(total, entry + weight)
        return total

    def negation() -> list[Formula]:
        c = z3.Real("c")
        both = [join(a, b) for a, b in zip(x, y, strict=True)]

        def message(sender: Sequence[Formula], receiver: Sequence[Formula]) -> Formula:
            return apply(sender, first) + apply(receiver, second) + c

        one = message(both, z) == join(message(x, z), message(y, z))
        two = message(z, both) == join(message(z, x), message(z, y))
        return [z3.Not(z3.And(one, two))]

    statement = f"a {name}-plus linear message is a multimorphism in dimension {d}"
    return Obligation(f"{name}-plus multimorphism {d}", statement, negation)


def _thresholds() -> list[Obligation]:
    """Return the laws of the threshold cascade, over the integers and over the reals."""

    def negation(make: Callable[[str], Formula]) -> Callable[[], list[Formula]]:
        s, m, n, limit = (make(letter) for letter in ("s", "m", "n", "limit"))
        domain = [s >= 0, m >= 0, n >= 0, limit > 0, s <= limit]

        def act(s: Formula, m: Formula) -> Formula:
            return _minimum(s + m, limit)

        def crosses(s: Formula, m: Formula) -> Formula:
            return z3.If(z3.And(s < limit, s + m >= limit), 1, 0)

        action = z3.And(act(act(s, m), n) == act(s, m + n), act(s, 0) == s)
        total = crosses(act(s, m), n) + crosses(s, m) == crosses(s, m + n)
        return lambda: [*domain, z3.Not(z3.And(action, total, crosses(s, 0) == 0))]

    statement = "counting up to a threshold is an action, and crossing it a normalised cocycle"
    return [
        Obligation("threshold, integers", statement + ", for all integers", negation(z3.Int)),
        Obligation("threshold, reals", statement + ", for all reals", negation(z3.Real)),
    ]


def _carry(k: int) -> Obligation:
    """Return the cocycle law of carries for all natural numbers; Z3 rounds quotients down."""
    s, m, n = z3.Ints("s m n")
    law = (s + m + n) / k == ((s + m) % k + n) / k + (s + m) / k
    return Obligation(
        f"carry modulo {k}",
        f"the carries of addition modulo {k} are a cocycle, for all natural numbers",
        lambda: [s >= 0, s < k, m >= 0, n >= 0, z3.Not(law)],
    )


def _linear_update() -> Obligation:
    """Return: a s + b m is an action of addition only if a = 1 (the converse is immediate)."""
    a, b = _reals("a b")

    def law(s: int, m: int, n: int) -> Formula:
        return a * (a * s + b * m) + b * n == a * s + b * (m + n)

    points = [law(1, 0, 0), law(0, 1, 0), law(0, 0, 1)]
    return Obligation(
        "linear update",
        "if a s + b m is an action of addition, unit law included, then a = 1",
        lambda: [*points, a * 1 + b * 0 == 1, a != 1],
    )


def _monotone_addition(name: str) -> Obligation:
    """Return: rounding to nearest, ties to even, leaves the edge law of min exact."""
    sort = z3.FPSort(*FLOAT_FORMATS[name])

    def negation() -> list[Formula]:
        a, b, w = z3.FPs("a b w", sort)
        nearest = z3.RNE()
        first, second = z3.fpAdd(nearest, a, w), z3.fpAdd(nearest, b, w)
        numbers = [z3.Not(z3.fpIsNaN(x)) for x in (a, b, w, first, second)]
        together = z3.fpAdd(nearest, z3.If(z3.fpLEQ(a, b), a, b), w)
        apart = z3.If(z3.fpLEQ(first, second), first, second)
        return [*numbers, z3.Not(z3.fpEQ(together, apart))]

    return Obligation(
        f"floats of {name}",
        f"fl(min(a, b) + w) = min(fl(a + w), fl(b + w)) for all floats of the format {name}",
        negation,
    )


def _false_statements() -> list[Obligation]:
    """Return what must be refuted: each lacks one hypothesis of a statement above."""
    s, m, n, w, bottom = _reals("s m n w bottom")

    def relu(x: Formula) -> Formula:
        return _maximum(x, z3.RealVal(0))

    def pair(a: Formula, b: Formula) -> tuple[Formula, Formula]:
        return _maximum(a[0], b[0]), _maximum(a[1], b[1])

    s2, m2, n2 = (_reals(f"{x}1 {x}2") for x in "smn")
    low = (bottom, bottom)

    def changing(s: Formula, m: Formula) -> tuple[Formula, Formula]:
        joined = pair(s, m)
        silent = z3.And(joined[0] == s[0], joined[1] == s[1])
        return z3.If(silent, low[0], m[0]), z3.If(silent, low[1], m[1])

    apart, together = pair(changing(pair(s2, m2), n2), changing(s2, m2)), changing(s2, pair(m2, n2))
    in_order = [x >= bottom for x in (*s2, *m2, *n2)]
    false: list[tuple[str, str, list[Formula]]] = [
        (
            "ReLU after a sum",
            "ReLU(s + m) is an action of addition",
            [relu(relu(s + m) + n) != relu(s + (m + n))],
        ),
        (
            "mean",
            "the mean of two is associative",
            [((s + m) / 2 + n) / 2 != (s + (m + n) / 2) / 2],
        ),
        (
            "unnormalised",
            "sending the new state is a normalised cocycle",
            [s > bottom, _maximum(s, bottom) != bottom],
        ),
        (
            "changing message in two dimensions",
            "the message, if it changed the state, is a cocycle on pairs",
            [*in_order, z3.Or(apart[0] != together[0], apart[1] != together[1])],
        ),
        (
            "scaled edge",
            "multiplying by a weight commutes with max",
            [_maximum(m, n) * w != _maximum(m * w, n * w)],
        ),
        (
            "state for sums",
            "sending the new state is a cocycle for sums",
            [(s + m + n) + (s + m) != s + (m + n)],
        ),
    ]
    return [
        Obligation(name, statement, partial(list, negation), expected=False)
        for name, statement, negation in false
    ]
