"""Known values, each computed anew: systems with closed forms, bandits, capacities, Gaussians."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from corollary.theory.directed_information import closed_forms, golden
from corollary.verify.claim import Source, table
from corollary.verify.precision import Array
from corollary.verify.role import Role
from corollary.verify.roles.directed_information import (
    CAPACITY,
    DIRECTED_INFORMATION,
    FEEDBACK_CAPACITY,
    GAUSSIAN_RATE,
    MIRROR,
    Directed,
    grid_channel,
    known,
    used,
)

Information = Callable[[Array, int], Directed]
Windows = tuple[tuple[int, int], tuple[int, int]] | None
BANDIT = Source(MIRROR, "Appendix E")
LN2 = math.log(2)


def _direction(information: Information, which: str, name: str, n: int, settings: tuple[float, ...],
               windows: Windows) -> float:  # fmt: skip
    """Return the empowerment or the plasticity of a known system, the agent moving first."""
    found = information(known(name, n, *settings), n)
    arrow = found.full if which == "E" else found.strict
    return float(arrow(*(windows or ((1, n), (1, n))))[0])


def _both(name: str, n: int, settings: tuple[float, ...],
          values: tuple[float, float]) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    for which, value in zip("EP", values, strict=True):
        yield which, name, n, settings, None, value


def _systems() -> Iterator[tuple[Any, ...]]:
    for n, p in ((2, 0.1), (3, 0.11)):
        exact = closed_forms.fair_symmetric_channel(n, p)
        yield from _both("symmetric channel, coins", n, (p,), exact)
    yield from _both("noisy echo pair", 4, (0.1, 0.0), (0.531004406, 1.406986781))
    yield from _both("noisy echo pair", 4, (0.1, 0.2), (1.604256743, 0.314454833))
    yield from _both("noisy echo pair", 5, (0.05, 0.3), (3.185541045, 0.092362234))
    yield from _both("noisy echo pair", 3, (0.0, 0.2), (2.443856190, 0.0))
    yield from _both("noisy echo pair", 3, (0.2, 0.0), (0.278071905, 1.443856190))
    for delay, value in ((1, 2.124017626), (2, 1.593013219), (3, 1.062008813)):
        yield from _both("delayed copy of coins", 5, (delay, 0.1), (0.0, value))
    for n, size in ((3, 2), (2, 3)):
        yield from _both("echo of k symbols", n, (size,), closed_forms.echo(n, size))
    yield from _both("certainties", 3, (), (0.0, 0.0))
    yield from _both("noisy echo pair", 3, (0.0, 0.0), (1.0, 0.0))
    yield from _both("erasure channel, coins", 3, (0.3,), (2.1, 0.0))
    for controlled, values in ((0, (0.0, 4.0)), (1, (3.0, 2.0)), (2, (6.0, 0.0))):
        yield from _both("two lights", 3, (controlled,), values)
    yield from _both("copy in certainties", 3, (), (0.0, 0.0))
    yield "E", "four symbols shown as bits", 2, (), ((1, 1), (1, 2)), 2.0
    yield "E", "askew intervals", 5, (), ((1, 3), (2, 5)), 3.0
    yield "P", "askew intervals", 5, (), ((1, 3), (2, 5)), 1.0
    for windows, value in ((((1, 1), (2, 4)), 1.0), (((1, 1), (3, 4)), 0.0),
                           (((2, 4), (2, 4)), 0.0)):  # fmt: skip
        yield "P", "first observation for ever", 4, (), windows, value


@table(DIRECTED_INFORMATION, rows=tuple(_systems()), digits=9, standing="derived", dossier="7")
def known_systems(information: Information, *row: Any) -> float:
    r"""Empowerment and plasticity of echoes, copies, erasures, lights, and of the systems that show
    what a hypothesis is for.
    """
    return _direction(information, *row)


@table(DIRECTED_INFORMATION, standing="derived", dossier="C10", digits=12, rows=(
    ("pad from one side", 2, 0.0), ("pad from both sides", 2, 2.0), ("pad from both sides", 3, 3.0),
    ("target as it is", 2, 0.0), ("processed target", 2, 1.0),
))  # fmt: skip
def pairs_miss_what_three_share(information: Information, name: str, n: int) -> float:
    r"""A one-time pad $Y = X \oplus Z$ directs nothing from $X$ or $Z$ alone, $n$ bits from both;
    hiding the target's first symbol can show a bit that was not directed to it before.
    """
    return float(information(known(name, n), n).full()[0])


@table(DIRECTED_INFORMATION, standing="derived", dossier="5.10", digits=6,
       rows=((((1, 2), (2, 2)), 2.321928),))  # fmt: skip
def last_observation_is_not_klyubin(information: Information, windows: Any) -> float:
    r"""Two uniform moves on an open grid direct 2.321928 bits to the last position given the first,
    where the open-loop capacity is $\log_2 13$.
    """
    return float(information(known("walk on a grid", 2), 2).full(*windows)[0])


def _bandits() -> Iterator[tuple[Any, ...]]:
    windows = ((1, 3), (2, 5))
    for rows, place in ((golden.BANDIT_EXPLORATION, 0), (golden.BANDIT_INITIAL_VALUE, 1)):
        for setting, *pairs in rows:
            for arms, (plastic, power) in zip(golden.BANDIT_ARMS, pairs, strict=True):
                chosen = (*arms, setting, 0.0) if place == 0 else (*arms, 0.0, setting)
                yield "P", "bandit", 5, chosen, windows, plastic
                yield "E", "bandit", 5, chosen, windows, power


@table(DIRECTED_INFORMATION, rows=tuple(_bandits()), digits=6, standing="derived", dossier="8",
       source=BANDIT)  # fmt: skip
def bandit_values(information: Information, *row: Any) -> float:
    r"""Plasticity $O_{1:3} \to A_{2:5}$ and empowerment $A_{1:3} \to O_{2:5}$ of an epsilon-greedy
    learner on a two-armed bandit, by exploration and by initial value, exactly.
    """
    return _direction(information, *row)


def _capacity(capacity: Callable[..., float], name: str, n: int,
              settings: tuple[float, ...]) -> float:  # fmt: skip
    channels = used(name, n, *settings)
    return sum(weight * capacity(channel, len(channel)) for weight, channel in channels if weight)


def _uses() -> Iterator[tuple[Any, ...]]:
    for name, rows in (("trapdoor", golden.TRAPDOOR_USES), ("ising", golden.ISING_USES)):
        for n, (low, high) in enumerate(rows[:5], start=1):
            yield name, n, (), (low + high) / 2
    for alpha in (0.2, 0.5):
        yield "post", 3, (alpha,), 3 * closed_forms.z_channel_capacity(alpha)


@table(FEEDBACK_CAPACITY, rows=tuple(_uses()), digits=5, standing="derived", dossier="7")
def feedback_capacities(capacity: Callable[..., float], *row: Any) -> float:
    r"""$\max I(X^n \to Y^n)$ of the trapdoor and Ising channels from a known state, $n \le 5$, and
    of POST channels, which is $n$ times that of the Z-channel.
    """
    return _capacity(capacity, *row)


@table(FEEDBACK_CAPACITY, standing="derived", dossier="7", digits=5, rows=(
    *(("copying", 5, (flip,), value) for flip, value in golden.POTENTIAL_COPY),
    *(("learning", 5, (e, q), value) for e, q, value in golden.POTENTIAL_Q_LEARNING),
))  # fmt: skip
def potential_plasticities(capacity: Callable[..., float], *row: Any) -> float:
    r"""The largest plasticity over five steps that any environment finds in a copying agent and in
    epsilon-greedy learners.
    """
    return _capacity(capacity, *row)


@table(CAPACITY, standing="derived", dossier="7", digits=6, rows=(
    *(("open", n, closed_forms.open_grid_reach(n)) for n in (1, 2, 3)),
    *(("corner", n, closed_forms.grid_corner_reach(n)) for n in (1, 2, 3)),
    ("z", 0.5, 0.321928095), ("z", 0.2, 0.618231366),
))  # fmt: skip
def open_loop_capacities(capacity: Callable[..., float], kind: str, setting: float) -> float:
    r"""Open-loop empowerment on grids is the logarithm of the number of places in reach; the
    Z-channel has $\log_2(1 + (1-\alpha)\alpha^{\alpha/(1-\alpha)})$.
    """
    if kind == "z":
        return capacity([[1.0, 0.0], [setting, 1.0 - setting]])
    start, size = ((5, 5), 11) if kind == "open" else ((0, 0), 10)
    return capacity(grid_channel(int(setting), start, size))


@table(GAUSSIAN_RATE, standing="derived", dossier="7", digits=9, rows=tuple(
    (coefficients, noise, *ends, value)
    for coefficients, noise, there, back in golden.GAUSSIAN_RATES
    for *ends, value in ((0, 1, there), (1, 0, back))
))  # fmt: skip
def gaussian_rates(rate: Callable[..., float], coefficients: Any, noise: Any, source: int,
                   target: int) -> float:  # fmt: skip
    r"""Transfer entropies in nats of three autoregressions, half of Granger's log-ratio."""
    return LN2 * rate(coefficients, noise, [source], [target])


def _closed_form(name: str) -> Role:
    right: Callable[..., Any] = getattr(closed_forms, name)

    def scaled(factor: float) -> Callable[..., Any]:
        def wrong(*arguments: Any) -> Any:
            found = right(*arguments)
            return tuple(factor * v for v in found) if isinstance(found, tuple) else factor * found

        return wrong

    return Role(
        name=name,
        family="directed_information",
        signature=f"{name}, as documented",
        default=f"corollary.theory.directed_information.closed_forms:{name}",
        adapt=lambda implementation: implementation.plain,
        mutants={"natural logarithms": scaled(LN2), "one in a hundred thousand": scaled(1 + 1e-5)},
        trivial={"zero": scaled(0.0)},
    )


def _closed_form_table(name: str) -> None:
    rows = [
        (*arguments, place, value)
        for known_name, arguments, values in golden.CLOSED_FORMS
        if known_name == name
        for place, value in enumerate(values)
    ]

    def compute(function: Callable[..., Any], *row: Any) -> float:
        found = function(*row[:-1])
        return float(found[row[-1]] if isinstance(found, tuple) else found)

    compute.__name__ = f"{name}_values"
    compute.__doc__ = f"Values of the closed form {name.replace('_', ' ')}, beside printed digits."
    table(_closed_form(name), rows=rows, digits=6 if "grid" in name else 8, standing="derived",
          dossier="7")(compute)  # fmt: skip


for _name in dict.fromkeys(name for name, _, _ in golden.CLOSED_FORMS):
    _closed_form_table(_name)
