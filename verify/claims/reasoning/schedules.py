"""Theorems C and D, propositions E and F: same result under every schedule, at another cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corollary.theory import reasoning as theory
from corollary.verify.claim import formula, law
from corollary.verify.domain import Choice, Domain, Integers, Parameters
from corollary.verify.roles.reasoning import (
    ABLATED_RUNS,
    ASYNCHRONOUS_RUN,
    ASYNCHRONY,
    COSTS,
    PATH_RUNS,
    RUNS,
    CostCase,
    RunCase,
    Runner,
    at_random,
    closed_form,
    exactly,
    is_true,
    least_solution,
    one_case,
)
from corollary.verify.slack import Slack


@law(ASYNCHRONOUS_RUN, over=ABLATED_RUNS, source=ASYNCHRONY, standing="derived",
     dossier="Theorem D, C4, C5")  # fmt: skip
def every_schedule_ends_alike(run: Runner, case: RunCase) -> Slack:
    r"""If the update is an action, the argument function a normalised cocycle and every edge a
    homomorphism, and messages can only pile up, all complete runs end in the same states:
    synchronous rounds, oldest or newest first, least first, or at random.
    """
    found, other = run(case), run(at_random(case))
    if found.waiting or other.waiting:  # not complete: the theorem says nothing
        return is_true(True)
    return one_case(found.states, other.states)


@law(ASYNCHRONOUS_RUN, over=RUNS, source=ASYNCHRONY, standing="derived", dossier="Theorem C")
def final_states_solve_the_equation(run: Runner, case: RunCase) -> Slack:
    r"""A complete run has delivered to node $u$ the product $X_u = I_u \prod_{v \to u}
    \psi(\delta_{X_v}(s_v))$, the least solution of these equations, and ends in $X_u \cdot s_u$.
    """
    found = run(case)
    return one_case([*found.states, found.waiting], [*least_solution(case), 0.0])


@law(ASYNCHRONOUS_RUN, over=PATH_RUNS, standing="derived", dossier="Proposition E")
def runs_come_to_an_end(run: Runner, case: RunCase) -> Slack:
    r"""With weights $\ge 0$, and only changes emitted, every run of shortest or widest paths ends,
    since each state takes finitely many values; it ends in the least solution.
    """
    found = run(case)
    if found.waiting:
        return is_true(False)
    return one_case(found.states, least_solution(case))


@law(ASYNCHRONOUS_RUN, over=COSTS, standing="derived", dossier="Proposition F, C6")
def what_a_schedule_costs(run: Runner, case: CostCase) -> Slack:
    r"""On the exponential family the answer is the same, but the deliveries are $3k + 1$ least
    first, $3 \cdot 2^k - 2$ newest first if every node sends along its heavy edge last and $3k + 1$
    if first, $1 + 3k(k+1)/2$ in synchronous rounds, and as many oldest first with the heavy edges
    last, or $1 + k(k^2+5)/2$ with them first.
    """
    k, last = case.k, case.heavy == "last"
    counts = {
        "priority": theory.least_first_deliveries(k),
        "bsp": theory.synchronous_deliveries(k),
        "fifo": theory.synchronous_deliveries(k) if last else theory.oldest_first_deliveries(k),
        "lifo": theory.newest_first_deliveries(k) if last else theory.least_first_deliveries(k),
    }
    found = run(case.run)
    right = found.states == least_solution(case.run)
    return exactly([[found.deliveries, right]], [[counts[case.run.schedule], 1.0]])


@what_a_schedule_costs.exhaustive(scope="k <= 9, both orders of edges, four schedules")
def every_cost() -> Iterator[Parameters]:
    for k in range(1, 10):
        for schedule in ("priority", "lifo", "fifo", "bsp"):
            for first in (0, 1):
                yield {"k": k, "first": first, "schedule": schedule}


@law(ASYNCHRONOUS_RUN, over=COSTS.narrowed(schedule=Choice(("lifo",))),
     standing="refuted conjecture", dossier="Proposition F",
     tight=({"k": 2, "first": 1, "schedule": "lifo"},))  # fmt: skip
def newest_first_is_exponential_in_any_order_of_edges(run: Runner, case: CostCase) -> Slack:
    r"""Newest first takes $3 \cdot 2^k - 2$ deliveries in whatever order a node sends along its
    edges. (Only with the heavy edge last: sent first, the detours are settled before it.)
    """
    return exactly([[run(case.run).deliveries]], theory.newest_first_deliveries(case.k))


NEWEST_FIRST = closed_form(
    theory.newest_first_deliveries,
    {
        "without the input": lambda k: 3 * 2**k - 3,
        "a power of two": lambda k: 2 ** (k + 1),
        "exact up to nine": lambda k: 3 * 2**k - 2 + (k > 9),
        "three for two": lambda k: 3 * (2**k - 1),
    },
)
ORDERS = Domain(
    name="orders",
    statement="the order k of the family, at most 40",
    shape={"k": Integers(1, 40)},
    rows={},
    build=lambda parameters, _: int(parameters["k"]),
)


@formula(NEWEST_FIRST, over=ORDERS, standing="derived", dossier="Proposition F")
def newest_first_recurrence(count: Any, k: int) -> Slack:
    r"""An improvement of $v_i$ sends two messages that each improve $v_{i+1}$, one of them by way
    of $u_i$: $T_k = 2 T_{k-1} + 2$ with $T_1 = 4$, the input and every edge.
    """
    if k == 1:
        return exactly([[count(1)]], 4)
    return exactly([[count(k) - 2 * count(k - 1)]], 2)


@newest_first_recurrence.exhaustive(scope="k <= 40")
def every_order() -> Iterator[Parameters]:
    for k in range(1, 41):
        yield {"k": k}


@newest_first_recurrence.proved(scope="all k: the recurrence and its first value")
def recurrence_for_all_orders() -> Iterator[Any]:
    import sympy

    k = sympy.Symbol("k", positive=True, integer=True)
    closed = 3 * 2**k - 2
    yield closed - 2 * closed.subs(k, k - 1) - 2
    yield closed.subs(k, 1) - 4
    rounds = 1 + 3 * k * (k + 1) / 2
    yield rounds - rounds.subs(k, k - 1) - 3 * k
