"""Each of the five laws, broken on purpose in one place, is seen red; unbroken, it holds."""

import numpy as np
import pytest

from corollary.theory import softmax as theory
from corollary.verify import select
from corollary.verify.claims.softmax import entropy as entropy_claims
from corollary.verify.search import random


def verdict(name):
    claim = select([name])[0]
    default = claim.role.implementation()
    found = random.swept(claim, default, claim.domain, range(12), 64, seed=0)
    for case in claim.tight:
        if random.evaluate(claim, default, claim.domain, dict(case)).refutes:
            return "refuted"
    return found.verdict


BOUNDS = theory.coefficient_bounds
MAXIMUM, GAP = theory.maximum_bounds, theory.maximum_from_gap
ENTROPY, DEFICIT = theory.entropy_bounds, theory.entropy_deficit


def scaled(bounds, low=1.0, high=1.0):
    return bounds[0] * low, bounds[1] * high


@pytest.mark.parametrize(
    "claim, attribute, broken",
    [
        # SM1: the sign of t, a constant 1 % off, n for n - 1
        ("coefficient-bounds", "coefficient_bounds", lambda n, s, t: BOUNDS(n, s, t)[::-1]),
        ("coefficient-bounds", "coefficient_bounds", lambda *a: scaled(BOUNDS(*a), low=1.01)),
        ("coefficient-bounds", "coefficient_bounds", lambda *a: scaled(BOUNDS(*a), high=0.99)),
        ("coefficient-bounds", "coefficient_bounds", lambda n, s, t: BOUNDS(n + 1, s, t)),
        # SM2
        ("maximum-bounds", "maximum_bounds", lambda *a, **k: scaled(MAXIMUM(*a, **k), 1, 0.99)),
        ("maximum-bounds", "maximum_bounds", lambda *a, **k: scaled(MAXIMUM(*a, **k), 1.01, 1)),
        ("maximum-bounds", "maximum_bounds", lambda n, s, t, exact: MAXIMUM(n + 1, s, t, exact)),
        ("maximum-from-gap", "maximum_from_gap", lambda n, g, t: GAP(n, 1.01 * g, t)),
        ("maximum-from-gap", "maximum_from_gap", lambda n, g, t: GAP(max(n - 1, 1), g, t)),
        # SM4
        ("entropy-bounds", "entropy_bounds", lambda *a, **k: scaled(ENTROPY(*a, **k), 1.01, 1)),
        ("entropy-bounds", "entropy_bounds", lambda *a, **k: scaled(ENTROPY(*a, **k), 1, 0.99)),
        ("entropy-deficit-bound", "entropy_deficit", lambda t: 0.99 * DEFICIT(t)),
        ("entropy-deficit-bound", "entropy_deficit", lambda t: -DEFICIT(t)),
    ],
)  # fmt: skip
def test_a_broken_closed_form_is_refuted(monkeypatch, claim, attribute, broken):
    assert verdict(f"softmax.{claim}") == "holds"
    monkeypatch.setattr(theory, attribute, broken)
    assert verdict(f"softmax.{claim}") == "refuted"


def negative(weights):
    return -np.sum(weights * np.log(np.maximum(weights, 1e-300)), axis=-1, keepdims=True) * -1.0


def one_percent_off(weights):
    return 1.01 * np.sum(-weights * np.log(np.maximum(weights, 1e-300)), axis=-1, keepdims=True)


@pytest.mark.parametrize(
    "claim", ["entropy-derivative", "entropy-falls-as-it-cools", "entropy-limits"]
)
@pytest.mark.parametrize("broken", [negative, one_percent_off])
def test_a_broken_entropy_is_refuted(monkeypatch, claim, broken):
    """SM9: the sign of the entropy, and its size, where the statement depends on them."""
    monkeypatch.setattr(entropy_claims.plain, "entropy", broken)
    scale_free = claim == "entropy-falls-as-it-cools" and broken is one_percent_off
    assert verdict(f"softmax.{claim}") == ("holds" if scale_free else "refuted")


class Laws:
    """SM11, each conclusion falsified through the implementation it is drawn from."""

    @staticmethod
    def softmax(logits, temperature=1.0):
        weights = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
        return weights / weights.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize(
    "claim, broken",
    [
        ("sums-to-one", lambda x: 0.99 * Laws.softmax(x)),
        ("sums-to-one", lambda x: -Laws.softmax(x)),
        ("shift-invariance", lambda x: Laws.softmax(1.0 * x) * (1 + 1e-9 * np.tanh(x.max()))),
        ("permutation-equivariance", lambda x: np.roll(Laws.softmax(x), 1, axis=-1)),
        ("order-preservation", lambda x: Laws.softmax(-x)),
        ("odds", lambda x: Laws.softmax(1.01 * x)),
        ("masked-items", lambda x: Laws.softmax(np.maximum(x, -60.0))),
        ("single-item", lambda x: 0.99 * Laws.softmax(x)),
    ],
)
def test_a_law_of_symmetry_refutes_what_breaks_it(claim, broken):
    found = select([f"softmax.{claim}"])[0]
    wrong = found.role.implementation(broken)
    assert random.swept(found, wrong, found.domain, range(40), 64, seed=0).verdict == "refuted"
