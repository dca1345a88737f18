"""The checkers accept what is lawful and refute, at a small case, what is not."""

import math

import numpy as np
import pytest

from corollary.theory import reasoning as theory
from corollary.verify.reasoning import (
    check_action,
    check_cocycle,
    check_homomorphism,
    check_monoid,
    check_multimorphism,
)

INF = math.inf


def samples_for(row):
    """Return samples for rows of elements, None for numbers."""
    rng = np.random.default_rng(0)
    if row.aggregator_name == "softmax average":
        return np.stack([rng.normal(size=12), 1 + rng.random(12), rng.normal(size=12)], axis=1)
    if row.aggregator_name == "2 smallest":
        return np.sort(rng.integers(-3, 4, size=(20, 2)).astype(float), axis=1)
    return None


@pytest.mark.parametrize(
    "row", theory.update_table(), ids=lambda row: f"{row.aggregator_name}, {row.update_name}"
)
def test_the_table_of_updates_row_by_row(row):
    samples = samples_for(row)
    options = {"unit": row.unit, "states": samples, "messages": samples}
    found = check_action(row.update, row.aggregator, **options)
    exact = check_action(row.update, row.aggregator, **options, tolerance=0)
    assert bool(found) == (row.standing in ("exact", "up to rounding"))
    assert bool(exact) == (row.standing == "exact")
    if row.standing == "no monoid":
        assert found.law == "associativity"
    elif row.standing == "no action":
        at = tuple(found.counterexample.values())
        assert set(at) <= {-1.0, 0.0, 1.0}
        assert sum(map(abs, at)) <= sum(map(abs, row.counterexample))
    else:
        assert found.cases > 1000


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (1.0, -2.0), (0.5, 0.5), (0.0, 0.0), (2.0, 1.0)])
def test_linear_updates(a, b):
    found = check_action(lambda s, m: a * s + b * m, np.add)
    assert bool(found) == theory.linear_update_is_action(a, b)
    if (a, b) == (0.0, 0.0):
        assert found.law == "unit of the action", "associativity alone passes"


def test_the_cell_of_a_triplet_network_is_no_action():
    """Layer normalisation, ReLU and gate, with any weights."""
    rng = np.random.default_rng(0)
    own, received, gate = rng.normal(size=(3, 4, 4))

    def cell(s, m):
        new = np.maximum(s @ own + m @ received, 0)
        new = (new - new.mean(axis=-1, keepdims=True)) / np.sqrt(new.var(-1, keepdims=True) + 1e-5)
        keep = 1 / (1 + np.exp(3 - m @ gate))
        return keep * new + (1 - keep) * s

    states = rng.normal(size=(6, 4))
    found = check_action(cell, np.maximum, states=states, messages=states)
    assert found.law == "action"
    assert np.shape(found.left) == (4,)


RULES = {
    "changed state": lambda s, m: np.where(np.maximum(s, m) == s, -INF, np.maximum(s, m)),
    "message": lambda s, m: m,
    "changing message": lambda s, m: np.where(m <= s, -INF, m),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_legal_emission_on_a_chain(rule):
    assert check_cocycle(rule, np.maximum, np.maximum)


def test_illegal_emission():
    assert check_cocycle(np.maximum, np.maximum, np.maximum).law == "normalisation"
    assert check_cocycle(lambda s, m: s, np.maximum, np.maximum).law == "cocycle"
    assert check_cocycle(np.add, np.add, np.add).law == "cocycle"
    assert check_cocycle(lambda s, m: m, np.add, np.add)


def test_the_changing_message_fails_off_chains():
    """Sets as bit masks: two new elements one by one, or together."""

    def changing(s, m):
        return np.where((s | m) == s, 0, m)

    masks = np.arange(4)
    options = {"states": masks, "messages": masks}
    found = check_cocycle(changing, np.bitwise_or, np.bitwise_or, **options)
    assert found.law == "cocycle"
    assert found.counterexample == {"s": 1, "m": 1, "n": 2}, "the smallest: wake up, then learn"
    assert check_cocycle(lambda s, m: m & ~s, np.bitwise_or, np.bitwise_or, **options)


def test_first_reach_is_no_cocycle():
    found = check_cocycle(lambda s, m: np.where(s == INF, m, INF), np.minimum, np.minimum)
    assert found, "finite samples alone do not see it"
    found = check_cocycle(
        lambda s, m: np.where(s == INF, m, INF), np.minimum, np.minimum, states=[INF, 0.0, 1.0]
    )
    assert found.law == "cocycle"


def test_homomorphisms_in_floating_point():
    weights = [0.1, np.pi, 1e9, 1e-9]
    for join in (np.minimum, np.maximum):
        assert check_homomorphism(lambda a, w: a + w, join, edges=weights, tolerance=0)
    assert check_homomorphism(lambda a, w: a * w, np.add, edges=weights)
    assert not check_homomorphism(lambda a, w: a * w, np.add, edges=weights, tolerance=0)
    assert not check_homomorphism(lambda a, w: a * w, np.maximum, edges=[1.0, -1.0])
    shifted = check_homomorphism(lambda a: a + 1, np.add)
    assert shifted.law == "homomorphism" and shifted.counterexample == {"a": 0.0, "b": 0.0}


def test_unit_of_a_homomorphism():
    capped = check_homomorphism(lambda a: np.minimum(a, 5.0), np.minimum)
    assert capped.law == "unit of the homomorphism"
    assert (capped.left, capped.right) == (5.0, INF)


def test_tropical_messages_of_rows():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(3, 3))
    rows = rng.normal(size=(9, 3))

    def tropical(x):
        return (x[..., :, None] + weights).max(axis=-2)

    def smooth(x):
        return np.logaddexp.reduce(x[..., :, None] + weights, axis=-2)

    assert check_homomorphism(tropical, np.maximum, arguments=rows, tolerance=0)
    assert check_multimorphism(
        lambda a, b: tropical(a) + tropical(b), np.maximum, arguments=rows, tolerance=0
    )
    slip = check_multimorphism(lambda a, b: smooth(a) + smooth(b), np.maximum, arguments=rows)
    assert slip.law == "homomorphism in the sender"
    assert "other" in slip.counterexample


def test_multimorphism_looks_at_both_arguments():
    found = check_multimorphism(lambda a, b: a + b * b, np.maximum)
    assert found.law == "homomorphism in the receiver"
    both = check_multimorphism(lambda a, b: a * b, np.add)
    assert both and both.cases > 10000


def test_integers_are_compared_exactly_and_nan_is_refuted():
    assert check_monoid(np.add, messages=np.arange(-4, 5))
    ints = np.array([0, 1, 2**53])
    assert not check_monoid(
        lambda a, b: (a + b).astype(float).astype(int) + (a == 1), messages=ints
    )
    assert not check_monoid(lambda a, b: np.where(a == b, np.nan, a + b))


def test_units_that_are_not_given_are_named():
    found = check_action(lambda s, m: s + m, lambda a, b: a + b)
    assert found and found.unchecked == ("unit", "unit of the action")
    assert "not checked: unit" in str(found)
    assert check_action(lambda s, m: s + m, lambda a, b: a + b, unit=1.0).law == "unit"


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: check_action(3, np.add), TypeError, "update must be a function, got int"),
        (
            lambda: check_action(lambda s, m: s if s > m else m, np.maximum),
            ValueError,
            "update raised ValueError.*numpy.vectorize",
        ),
        (lambda: check_action(lambda s, m: 0.0, np.add), ValueError, "update must return shape"),
        (lambda: check_action(lambda s, m: None, np.add), TypeError, "update must return numbers"),
        (lambda: check_monoid(np.add, messages=["a"]), TypeError, "messages must be numbers"),
        (lambda: check_monoid(np.add, messages=[]), ValueError, "at least one sample"),
        (lambda: check_monoid(np.add, messages=[INF, math.nan]), ValueError, "must not be NaN"),
        (lambda: check_monoid(np.add, tolerance=-1), ValueError, "tolerance must be >= 0"),
        (lambda: check_monoid(np.add, messages=np.arange(200)), ValueError, "give fewer samples"),
        (lambda: check_monoid(np.add, unit=[0.0, 0.0]), ValueError, "unit must have shape"),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_samples_are_not_changed():
    samples = np.array([0.0, 1.0, -1.0])

    def spoil(a, b):
        a += b
        return a

    assert check_monoid(spoil, unit=0.0, messages=samples)
    assert samples.tolist() == [0.0, 1.0, -1.0]


def lexicographic(a, b):
    """Return the smaller row, compared entry by entry."""
    smaller = np.zeros(len(a), dtype=bool)
    for i in reversed(range(a.shape[1])):
        smaller = (a[:, i] < b[:, i]) | ((a[:, i] == b[:, i]) & smaller)
    return np.where(smaller[:, None], a, b)


def test_keys_of_distance_and_hops_need_exact_distances():
    """(d, hops) -> (d + w, hops + 1) commutes with the lexicographic minimum, until d + w rounds.

    Two distances may round to one; then the hops of the farther path win.
    """

    def along(keys, weights):
        return keys + np.stack([weights, np.ones_like(weights)], axis=1)

    whole = np.array([[d, hops] for d in range(4) for hops in range(4)], dtype=float)
    options = {"edges": [0.0, 1.0, 5.0], "tolerance": 0}
    assert check_homomorphism(along, lexicographic, arguments=whole, **options)
    close = np.array([[1.0, 5.0], [1.0 + 2**-52, 2.0]])
    found = check_homomorphism(along, lexicographic, arguments=close, edges=[8.0], tolerance=0)
    assert found.law == "homomorphism"
    assert (found.left, found.right) == ([9.0, 6.0], [9.0, 3.0])
