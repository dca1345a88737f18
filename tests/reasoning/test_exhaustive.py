"""All functions on small monoids, legal emission rules, and proofs for all reals."""

import itertools

import numpy as np
import pytest

from corollary.theory.reasoning import (
    FiniteMonoid,
    chain,
    cyclic,
    group_cocycles,
    is_chain,
    is_distributive,
    small_lattices,
)
from corollary.verify import reasoning as verify

C2, C3, Z2, Z3 = chain(2), chain(3), cyclic(2), cyclic(3)


@pytest.mark.parametrize(
    ("monoid", "arguments", "normalised", "cocycles"),
    [
        (C2, C2, 3, 7),
        (C3, C3, 54, 320),
        (Z2, Z2, 2, 2),
        (Z3, Z3, 9, 9),
        (C3, Z2, 4, 4),
        (Z2, C2, 1, 2),
        (Z3, C2, 1, 2),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_cocycles_are_actions_on_pairs(monoid, arguments, normalised, cocycles):
    found = verify.count_cocycles(monoid, arguments)
    assert found.functions == arguments.size**monoid.size**2
    assert (found.normalised, found.cocycles) == (normalised, cocycles)
    assert found.equivalent
    if arguments.name.startswith("Z"):
        assert found.normalised == group_cocycles(monoid.size, arguments.size)


def commuting_idempotents(states, length):
    """Return the number of actions of a chain: maps, each fixing the image of the next."""
    maps = list(itertools.product(range(states), repeat=states))
    idempotents = [f for f in maps if all(f[f[s]] == f[s] for s in range(states))]
    if length == 1:
        return len(idempotents)
    return sum(
        all(e[f[s]] == f[s] and f[e[s]] == f[s] for s in range(states))
        for e, f in itertools.product(idempotents, repeat=2)
    )


def roots_of_the_identity(states, order):
    permutations = itertools.permutations(range(states))

    def power(p, n):
        result = tuple(range(states))
        for _ in range(n):
            result = tuple(p[s] for s in result)
        return result

    return sum(power(p, order) == tuple(range(states)) for p in permutations)


@pytest.mark.parametrize("states", [2, 3])
def test_actions_are_what_batching_needs(states):
    for monoid, expected in [
        (C2, commuting_idempotents(states, 1)),
        (C3, commuting_idempotents(states, 2)),
        (Z2, roots_of_the_identity(states, 2)),
        (Z3, roots_of_the_identity(states, 3)),
    ]:
        found = verify.count_actions(monoid, states)
        assert found.actions == expected
        assert found.equivalent


@pytest.mark.parametrize("lattice", small_lattices(), ids=lambda lattice: lattice.name)
def test_legal_rules_of_emission(lattice):
    rules = {rule.rule: rule for rule in verify.emission_rules(lattice)}
    trivial = lattice.size == 1

    def facts(name):
        return rules[name].cocycle, rules[name].normalised, rules[name].recoverable

    assert facts("state") == (True, trivial, True)
    assert facts("changed state") == facts("message") == (True, True, True)
    assert facts("changing message") == (is_chain(lattice), True, True)
    distributive = is_distributive(lattice)
    assert facts("difference") == (distributive, True, distributive)
    assert facts("old state") == (trivial, trivial, trivial)


@pytest.mark.parametrize("k", range(1, 8))
def test_carries_and_rotors(k):
    assert verify.carry_is_a_cocycle(k)
    assert verify.rotor_is_a_cocycle(k)


def test_theorem_b_needs_associative_arguments():
    """Into a magma with unit that is not associative the two sides of Theorem B part."""
    magma = FiniteMonoid("magma", np.array([[0, 1, 2], [1, 0, 0], [2, 0, 1]]))
    assert not verify.count_cocycles(Z3, magma).equivalent


def test_a_table_that_is_no_action_is_named():
    with pytest.raises(ValueError, match="must be an action"):
        verify.count_cocycles(C2, C2, np.array([[0, 1], [1, 0]]))


@pytest.mark.parametrize("obligation", verify.obligations(), ids=lambda o: o.name)
def test_obligations(obligation):
    proof = verify.prove(obligation)
    assert proof.status == ("proved" if obligation.expected else "refuted")
    assert (proof.counterexample is None) == obligation.expected


def test_a_proof_without_time_is_unknown():
    half = [o for o in verify.obligations(floats=["half"]) if o.name == "floats of half"]
    assert verify.prove(half[0], seconds=0.05).status == "unknown"
