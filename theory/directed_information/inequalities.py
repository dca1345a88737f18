"""The inequalities of directed information that are of Shannon type, ready to be certified."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from corollary.theory.directed_information.certificates import (
    Form,
    Inequality,
    add,
    entropy,
    information,
    total,
)
from corollary.theory.directed_information.identities import Interval, interval_pairs


def prefix(letter: str, last: int, first: int = 1) -> list[str]:
    """Return the names of the symbols from `first` to `last`, such as ``X1``, ``X2``."""
    return [f"{letter}{t}" for t in range(first, last + 1)]


def full_form(x: Interval, y: Interval, source: str = "X", target: str = "Y") -> Form:
    """Return I(X_{a:b} -> Y_{c:d}) as a linear form in joint entropies."""
    (a, b), (c, d) = x, y
    return total(
        information(
            prefix(source, min(b, i), a),
            prefix(target, i, i),
            prefix(source, a - 1) + prefix(target, i - 1),
        )
        for i in range(max(a, c), d + 1)
    )


def strict_form(y: Interval, x: Interval, source: str = "Y", target: str = "X") -> Form:
    """Return I(Y_{c:d} ~> X_{a:b}) as a linear form in joint entropies."""
    (c, d), (a, b) = y, x
    return total(
        information(
            prefix(source, min(d, j - 1), c),
            prefix(target, j, j),
            prefix(target, j - 1) + prefix(source, c - 1),
        )
        for j in range(max(a, c + 1), b + 1)
    )


def interval_inequalities(horizon: int) -> Iterator[Inequality]:
    """Yield, for every pair of intervals: signs, bounds, the tension theorem, monotonicity.

    Two sequences of `horizon` symbols have 2 * horizon variables, and the linear program of a
    certificate grows like 2^(2 * horizon); 3 is quick.
    """
    variables = tuple(prefix("X", horizon) + prefix("Y", horizon))
    sizes = {name: "log kx" if name[0] == "X" else "log ky" for name in variables}
    for x, y in interval_pairs(horizon):
        statements = {
            **_signs(x, y),
            **_bounds(x, y),
            **_tension(x, y),
            **_inclusions(x, y, horizon),
        }
        for name, form in statements.items():
            if form:
                yield Inequality(f"{name} {x}{y}", variables, form, sizes=sizes)


def conditional_inequalities(horizon: int) -> Iterator[Inequality]:
    """Yield the statements that need a hypothesis, which is `given` as equations.

    Open-loop agents and deterministic environments have no plasticity, deterministic agents no
    empowerment (agent first: X are actions); a message gets no more through a causal channel
    than its inputs direct; processing the source causally loses.
    """
    n, every = horizon, (1, horizon)
    steps = range(1, n + 1)
    variables = tuple(prefix("X", n) + prefix("Y", n))
    open_loop = tuple(
        (f"open loop {i}", information([f"X{i}"], prefix("Y", i - 1), prefix("X", i - 1)))
        for i in steps[1:]
    )
    certain_y = tuple(
        (f"Y{i} certain", _given([f"Y{i}"], prefix("X", i) + prefix("Y", i - 1))) for i in steps
    )
    certain_x = tuple(
        (f"X{i} certain", _given([f"X{i}"], prefix("X", i - 1) + prefix("Y", i - 1))) for i in steps
    )
    for x, y in interval_pairs(n):
        strict, full = add({}, strict_form(y, x), -1), add({}, full_form(x, y), -1)
        for name, form, given in (
            ("open loop: strict <= 0", strict, open_loop),
            ("deterministic environment: strict <= 0", strict, certain_y),
            ("deterministic agent: full <= 0", full, certain_x),
        ):
            if form:
                yield Inequality(f"{name} {x}{y}", variables, form, given)
    causal = tuple(
        (f"causal channel {i}", information(["W"], [f"Y{i}"], prefix("X", i) + prefix("Y", i - 1)))
        for i in steps
    )
    message = information(["W"], prefix("Y", n))
    gained = add(full_form(every, every), message, -1)
    yield Inequality("message through a causal channel", ("W", *variables), gained, causal)
    private = tuple(
        (
            f"private noise {i}",
            information(
                [f"V{i}"],
                prefix("X", n, i + 1) + prefix("Y", n),
                prefix("X", i) + prefix("V", i - 1),
            ),
        )
        for i in steps
    )
    lost = add(full_form(every, every), full_form(every, every, source="V"), -1)
    processed = (*variables, *prefix("V", n))
    yield Inequality("source data processing", processed, lost, private)


def _private(i: int, n: int) -> Form:
    """Return I(V_i ; later X, all Y | X up to i, V before i): zero for private noise."""
    rest = prefix("X", n, i + 1) + prefix("Y", n)
    return information([f"V{i}"], rest, prefix("X", i) + prefix("V", i - 1))


def _given(left: list[str], right: list[str]) -> Form:
    """Return H(left | right)."""
    return add(entropy(left, right), entropy(right), -1)


def _whole(x: Interval, y: Interval) -> Form:
    (a, b), (c, d) = x, y
    past = prefix("X", a - 1) + prefix("Y", c - 1)
    return information(prefix("X", b, a), prefix("Y", d, c), past)


def _signs(x: Interval, y: Interval) -> dict[str, Form]:
    full, strict = full_form(x, y), strict_form(y, x)
    return {
        "full >= 0": full,
        "strict >= 0": strict,
        "full <= whole": add(_whole(x, y), full, -1),
        "strict <= whole": add(_whole(x, y), strict, -1),
    }


def _bounds(x: Interval, y: Interval) -> dict[str, Form]:
    """Return the bounds by the symbols that can learn and by those that can teach."""
    (a, b), (c, d) = x, y
    full, strict = full_form(x, y), strict_form(y, x)
    found = {}
    for name, form, count, log_size in (
        ("full <= learning", full, d - max(a, c) + 1, "log ky"),
        ("full <= teaching", full, min(b, d) - a + 1, "log kx"),
        ("strict <= learning", strict, b - max(a, c + 1) + 1, "log kx"),
        ("strict <= teaching", strict, min(d, b - 1) - c + 1, "log ky"),
    ):
        room: Form = {log_size: Fraction(count)} if form else {}
        found[name] = add(room, form, -1)
    return found


def _tension(x: Interval, y: Interval) -> dict[str, Form]:
    """Return E + P <= entropy of either side <= its log size."""
    past = prefix("X", x[0] - 1) + prefix("Y", y[0] - 1)
    both = add(full_form(x, y), strict_form(y, x))
    found = {}
    for letter, (first, last), log_size in (("X", x, "log kx"), ("Y", y, "log ky")):
        used = _given(prefix(letter, last, first), past)
        room: Form = {log_size: Fraction(last - first + 1)}
        found[f"E + P <= H({letter})"] = add(used, both, -1)
        found[f"H({letter}) <= log size"] = add(room, used, -1)
        found[f"E + P <= log size of {letter}"] = add(room, both, -1)
    return found


def _inclusions(x: Interval, y: Interval, horizon: int) -> dict[str, Form]:
    """Return monotonicity when one end of one interval moves outwards."""
    found = {}
    for name, wider_x, wider_y in (
        ("source starts earlier", (x[0] - 1, x[1]), y),
        ("source ends later", (x[0], x[1] + 1), y),
        ("target starts earlier", x, (y[0] - 1, y[1])),
        ("target ends later", x, (y[0], y[1] + 1)),
    ):
        if min(wider_x[0], wider_y[0]) >= 1 and max(wider_x[1], wider_y[1]) <= horizon:
            found[name] = add(full_form(wider_x, wider_y), full_form(x, y), -1)
    return found
