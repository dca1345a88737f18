"""Each search finds a planted falsehood, shrinks it, and holds where there is nothing to find."""

from fractions import Fraction

import numpy as np
import pytest

from corollary.verify import Box, Measurement, at_most, equal, law
from corollary.verify.evidence import HOLDS, INCONCLUSIVE, REFUTED, Evidence
from corollary.verify.roles.softmax import HEADS, SOFTMAX, case
from corollary.verify.search import certified, random

pytestmark = pytest.mark.usefixtures("registry")


@pytest.fixture
def right():
    @law(SOFTMAX, over=HEADS, standing="derived")
    def no_weight_above_one(softmax, heads):
        """No weight exceeds one."""
        return at_most(softmax(heads.logits, heads.temperature), 1.0, ulps=4)

    return no_weight_above_one


@pytest.fixture
def wrong():
    @law(SOFTMAX, over=HEADS, standing="derived")
    def no_weight_above_nine_tenths(softmax, heads):
        """False for few items with a large spread."""
        return at_most(softmax(heads.logits, heads.temperature), 0.9, ulps=4)

    return no_weight_above_nine_tenths


@pytest.fixture
def default():
    return SOFTMAX.implementation()


def test_sampled_finds_and_shrinks(right, wrong, default):
    assert random.sampled(right, default, HEADS, 50, seed=0).verdict == HOLDS
    found = random.sampled(wrong, default, HEADS, 200, seed=0)
    assert found.verdict == REFUTED
    assert found.witness.parameters["n"] == 1
    assert found.witness.fault == "wrong"


def test_swept_finds_and_shrinks(right, wrong, default):
    assert random.swept(right, default, HEADS, range(4), 64, seed=0).cases == 256
    found = random.swept(wrong, default, HEADS, range(16), 64, seed=0)
    assert found.verdict == REFUTED
    assert found.witness.parameters["n"] == 1
    assert found.witness.parameters["pattern"] == "one_high"


def test_swept_does_not_depend_on_the_number_of_threads(right, default):
    one = random.swept(right, default, HEADS, range(8), 64, seed=3, jobs=1)
    two = random.swept(right, default, HEADS, range(8), 64, seed=3, jobs=2)
    assert one == two


def test_exhaustive_examines_every_case(right, wrong, default):
    for claim, verdict in ((right, HOLDS), (wrong, REFUTED)):

        @claim.exhaustive(scope="one head of four and one of one item")
        def _():
            yield case(n=4)
            yield case(n=1)

        evidence = random.exhaustive(claim, default)
        assert (evidence.verdict, evidence.cases) == (verdict, 2)


def test_exhaustive_of_nothing_cannot_hold(right, default):
    @right.exhaustive(scope="no case at all")
    def _():
        yield from ()

    with pytest.raises(ValueError, match="no case"):
        random.exhaustive(right, default)


def test_enclosed_proves_a_square_non_negative_and_refutes_one_below(right):
    @right.enclosed(scope="x in [0, 3]", allowance=1e-12)
    def _():
        yield Box("square", 0.0, 3.0, lambda x: (x - 1) ** 2)

    assert certified.enclosed(right, 10_000).verdict == HOLDS

    @right.enclosed(scope="x in [0, 3]", allowance=1e-12)
    def _():
        yield Box("square less a little", 0.0, 3.0, lambda x: (x - 1) ** 2 - 1e-9)

    found = certified.enclosed(right, 10_000)
    assert found.verdict == REFUTED
    assert found.witness.parameters["at"] == pytest.approx(1.0, abs=1e-4)


def test_enclosed_without_allowance_at_an_equality_is_inconclusive_not_a_success(right):
    @right.enclosed(scope="x in [0, 3]")
    def _():
        import flint

        third = flint.arb(1) / 3
        yield Box("touching at a third", 0.0, 3.0, lambda x: (x - third) ** 2)

    assert certified.enclosed(right, 2_000).verdict == INCONCLUSIVE


def symbol(sympy):
    return sympy.Symbol("x")


@pytest.mark.parametrize(
    "obligations, verdict",
    [
        (lambda sympy, z3: [symbol(sympy) * (symbol(sympy) + 1) - symbol(sympy) ** 2], REFUTED),
        (lambda sympy, z3: [sympy.cos(symbol(sympy)) ** 2 - sympy.cos(-symbol(sympy)) ** 2], HOLDS),
        (lambda sympy, z3: [symbol(sympy) ** 2 - symbol(sympy)], REFUTED),
        (lambda sympy, z3: [(Fraction(1, 3), Fraction(1, 2))], HOLDS),
        (lambda sympy, z3: [(Fraction(1, 2), Fraction(1, 3))], REFUTED),
        (lambda sympy, z3: [z3.Real("x") ** 2 < 0], HOLDS),
        (lambda sympy, z3: [z3.Real("x") ** 2 < 1], REFUTED),
        (lambda sympy, z3: [], INCONCLUSIVE),
    ],
)  # fmt: skip
def test_proved_discharges_each_kind_of_obligation(right, obligations, verdict):
    import sympy
    import z3

    @right.proved(scope="planted")
    def _():
        yield from obligations(sympy, z3)

    assert certified.proved(right).verdict == verdict


def test_a_certificate_in_floats_is_refused(right):
    @right.proved(scope="planted")
    def _():
        yield (0.1, 0.2)

    with pytest.raises(TypeError, match="rationals"):
        certified.proved(right)


@pytest.mark.parametrize("shift, verdict", [(0.0, HOLDS), (0.1, REFUTED)])
def test_statistical_compares_a_measurement_with_its_prediction(right, default, shift, verdict):
    @right.statistical(scope="mean of 10^4 normal numbers")
    def _(softmax, seed):
        values = np.random.default_rng(seed).normal(size=10_000) + shift
        return Measurement(0.0, values.mean(), values.std() / 100, values.size)

    assert certified.statistical(right, default, seed=1, family_size=3).verdict == verdict


def test_evidence_needs_a_scope_and_a_case():
    with pytest.raises(ValueError, match="known kind and a scope"):
        Evidence("swept", "", 1, HOLDS)
    with pytest.raises(ValueError, match="no case"):
        Evidence("swept", "all", 0, HOLDS)
    with pytest.raises(ValueError, match="known kind"):
        Evidence("believed", "all", 1, HOLDS)


def test_an_identity_off_by_one_unit_in_the_last_place_is_seen(default):
    @law(SOFTMAX, over=HEADS, standing="derived")
    def single_weights(softmax, heads):
        """False in the last digit."""
        return equal(softmax(heads.logits[:, :1]), 1 + 2.0**-52, ulps=0)

    assert random.swept(single_weights, default, HEADS, range(1), 4, seed=0).verdict == REFUTED
