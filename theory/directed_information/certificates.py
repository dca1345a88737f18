"""Proofs of inequalities between entropies, as combinations that anyone can check.

An inequality of Shannon type is a non-negative combination of elemental ones, H(A | all others)
>= 0 and I(A ; B | K) >= 0 for single variables A, B, of H(A) <= log k for single variables, and
of given equations. The combination is found by a linear program and then checked exactly, in
rationals: the program may err, the check does not.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, hstack

Names = frozenset[str]
Form = dict[Names | str, Fraction]
"""Coefficients of joint entropies, by their variables, and of log sizes, by their names."""
Sizes = tuple[tuple[str, str], ...]
"""For each variable the name of the logarithm that bounds its entropy."""


@dataclass(frozen=True)
class Inequality:
    """The statement ``form >= 0``, for all variables that satisfy ``given = 0``.

    `sizes` names, for each variable, the logarithm that bounds its entropy; none if it is empty.
    """

    name: str
    variables: tuple[str, ...]
    form: Form
    given: tuple[tuple[str, Form], ...] = ()
    sizes: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Certificate:
    """Multipliers of known facts whose sum is the inequality's form."""

    inequality: Inequality
    multipliers: tuple[tuple[str, Fraction], ...]

    @property
    def proved(self) -> bool:
        """Whether the combination is the form, exactly, with no negative multiplier."""
        facts, equations = _facts(self.inequality)
        total: Form = {}
        for name, factor in self.multipliers:
            if name in facts and factor < 0:
                return False
            known = facts[name] if name in facts else equations[name]
            total = add(total, known, factor)
        return total == self.inequality.form


def entropy(*groups: Iterable[str]) -> Form:
    """Return the form H of all variables in the groups; nothing for none."""
    names = frozenset(itertools.chain(*groups))
    return {names: Fraction(1)} if names else {}


def information(left: Iterable[str], right: Iterable[str], given: Iterable[str] = ()) -> Form:
    """Return the form I(left ; right | given)."""
    a, b, c = list(left), list(right), list(given)
    total = add(entropy(a, c), entropy(b, c))
    return add(add(total, entropy(a, b, c), -1), entropy(c), -1)


def add(first: Form, second: Form, factor: int | Fraction = 1) -> Form:
    """Return ``first + factor * second`` without zero coefficients."""
    total = dict(first)
    for key, value in second.items():
        total[key] = total.get(key, Fraction(0)) + factor * value
    return {key: value for key, value in total.items() if value}


def total(forms: Iterable[Form]) -> Form:
    """Return the sum of forms."""
    result: Form = {}
    for form in forms:
        result = add(result, form)
    return result


@lru_cache(maxsize=8)
def elemental(variables: tuple[str, ...]) -> Mapping[str, Form]:
    """Return all elemental inequalities ``form >= 0`` between entropies; not to be changed."""
    facts: dict[str, Form] = {}
    for a in variables:
        others = [v for v in variables if v != a]
        facts[f"H({a}|rest)"] = add(entropy(variables), entropy(others), -1)
    for a, b in itertools.combinations(variables, 2):
        others = [v for v in variables if v not in (a, b)]
        for size in range(len(others) + 1):
            for given in itertools.combinations(others, size):
                facts[f"I({a};{b}|{','.join(given)})"] = information([a], [b], given)
    return facts


def certify(inequality: Inequality) -> Certificate:
    """Return a checked certificate of an inequality of Shannon type.

    Raises
    ------
    ValueError
        If there is no such combination: the inequality is false or not of Shannon type.

    Example
    -------
    >>> subadditive = add(add(entropy("a"), entropy("b")), entropy("ab"), -1)
    >>> certify(Inequality("subadditivity", ("a", "b"), subadditive)).multipliers
    (('I(a;b|)', Fraction(1, 1)),)
    """
    facts, equations = _facts(inequality)
    keys, matrix = _coefficients(inequality.variables, _sizes(inequality))
    forms = [inequality.form, *equations.values()]
    unknown = {key for form in forms for key in form} - set(keys)
    if unknown:
        raise ValueError(f"{inequality.name}: no fact speaks about {sorted(map(str, unknown))}")
    wanted, *given = (_column(form, keys) for form in forms)
    if given:
        matrix = hstack([matrix, csc_matrix(np.stack(given, axis=1))])
    bounds = [(0, None)] * len(facts) + [(None, None)] * len(equations)
    cost = np.r_[np.ones(len(facts)), np.zeros(len(equations))]
    solution = linprog(cost, A_eq=matrix, b_eq=wanted, bounds=bounds, method="highs-ds")
    if solution.status != 0:
        raise ValueError(f"{inequality.name}: no combination of known facts gives it")
    multipliers = tuple(
        (name, factor)
        for name, value in zip([*facts, *equations], solution.x.tolist(), strict=True)
        if value and (factor := Fraction(value).limit_denominator(720))
    )
    certificate = Certificate(inequality, multipliers)
    if not certificate.proved:
        raise ValueError(f"{inequality.name}: the combination found is not exact")
    return certificate


def _facts(inequality: Inequality) -> tuple[Mapping[str, Form], dict[str, Form]]:
    """Return the known inequalities and the given equations, by name."""
    return _known(inequality.variables, _sizes(inequality)), dict(inequality.given)


def _sizes(inequality: Inequality) -> Sizes:
    return tuple((inequality.sizes or {}).items())


@lru_cache(maxsize=8)
def _known(variables: tuple[str, ...], sizes: Sizes) -> Mapping[str, Form]:
    """Return the elemental inequalities and the bounds by sizes, by name; not to be changed."""
    facts = dict(elemental(variables))
    for variable, log_size in sizes:
        room: Form = {log_size: Fraction(1)}
        facts[f"H({variable})<={log_size}"] = add(room, entropy([variable]), -1)
    return facts


@lru_cache(maxsize=8)
def _coefficients(
    variables: tuple[str, ...], sizes: Sizes
) -> tuple[dict[Names | str, int], csc_matrix]:
    """Return the row of every entropy and size, and the known facts as columns."""
    facts = _known(variables, sizes).values()
    keys = {key: row for row, key in enumerate({k: None for form in facts for k in form})}
    columns = np.repeat(np.arange(len(facts)), [len(form) for form in facts])
    rows = [keys[key] for form in facts for key in form]
    values = [float(value) for form in facts for value in form.values()]
    return keys, csc_matrix((values, (rows, columns)), shape=(len(keys), len(facts)))


def _column(form: Form, keys: Mapping[Names | str, int]) -> npt.NDArray[np.float64]:
    column = np.zeros(len(keys))
    for key, value in form.items():
        column[keys[key]] = float(value)
    return column
