"""Laws broken on purpose, by sign, size or count, are seen red; unbroken, they hold."""

import numpy as np
import pytest

from corollary.theory import softmax as theory
from corollary.verify import select
from corollary.verify.claims.softmax import alternatives, sparse
from corollary.verify.claims.softmax import entropy as entropy_claims
from corollary.verify.roles.softmax._stick_breaking import stick_weights
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
SCALABLE, STICK = theory.scalable_softmax_maximum, theory.stick_breaking_bounds
SPARSEMAX, ENTMAX = theory.sparsemax_maximum, theory.entmax_maximum
LIMIT, BOX = theory.entmax_maximum_limit, theory.softmax_box_bounds


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
        # SS1, SB1
        ("scalable-trichotomy", "scalable_softmax_maximum", lambda n, g, s: SCALABLE(n + 1, g, s)),
        ("scalable-trichotomy", "scalable_softmax_maximum", lambda n, g, s: 1 - SCALABLE(n, g, s)),
        ("scalable-maximum", "scalable_softmax_maximum", lambda n, g, s: SCALABLE(n, 1.01 * g, s)),
        ("stick-breaking-bounds", "stick_breaking_bounds", lambda d, m, h: STICK(d + 1, m, h)),
        ("stick-breaking-bounds", "stick_breaking_bounds", lambda *a: STICK(*a)[::-1]),
        # SP1, SP2, SP3
        ("sparsemax-maximum", "sparsemax_maximum", lambda n, g: SPARSEMAX(n + 1, g)),
        ("entmax-maximum", "entmax_maximum", lambda n, g, alpha: ENTMAX(n + 1, g, alpha)),
        ("entmax-maximum", "entmax_maximum_limit", lambda g, alpha: LIMIT(1.01 * g + 0.1, alpha)),
        ("entmax-is-one-hot", "entmax_maximum", lambda n, g, alpha: ENTMAX(n + 1, g, alpha)),
        ("no-unconditional-concentration", "entmax_maximum",
         lambda n, g, alpha: ENTMAX(n + 1, g, alpha)),
        # NU4
        ("box-bounds", "softmax_box_bounds", lambda low, high: BOX(low, high)[::-1]),
        ("box-bounds", "softmax_box_bounds", lambda *a: scaled(BOX(*a), high=0.99)),
    ],
)  # fmt: skip
def test_a_broken_closed_form_is_refuted(monkeypatch, claim, attribute, broken):
    assert verdict(f"softmax.{claim}") == "holds"
    monkeypatch.setattr(theory, attribute, broken)
    assert verdict(f"softmax.{claim}") == "refuted"


PLAIN, KEPT = alternatives.plain.softmax, alternatives.kept_items
OPTIMAL = sparse._optimality


@pytest.mark.parametrize(
    "claim, module, attribute, broken",
    [
        ("top-k-keeps-the-first", alternatives, "kept_items", lambda x, k: KEPT(x, k + 1)),
        ("top-k-keeps-the-first", alternatives.plain, "softmax", lambda x: PLAIN(1.01 * x)),
        ("scalable-softmax-is-a-power-of-n", alternatives.plain, "softmax", lambda x: PLAIN(-x)),
        ("pinned-entropy", alternatives.plain, "entropy", lambda p: one_percent_off(p)),
        ("sparsemax-is-the-projection", sparse, "_optimality",
         lambda p, z, alpha, ulps: OPTIMAL(p, 1.01 * z, alpha, ulps)),
        ("entmax15-is-optimal", sparse, "_optimality",
         lambda p, z, alpha, ulps: OPTIMAL(p, z, 1.01 * alpha, ulps)),
        ("entmax-is-optimal", sparse, "_optimality",
         lambda p, z, alpha, ulps: OPTIMAL(p, -z, alpha, ulps)),
    ],
)  # fmt: skip
def test_a_broken_statement_is_refuted(monkeypatch, claim, module, attribute, broken):
    assert verdict(f"softmax.{claim}") == "holds"
    monkeypatch.setattr(module, attribute, broken)
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
    """Softmax, for conclusions falsified through the implementation they are drawn from."""

    @staticmethod
    def softmax(logits, temperature=1.0):
        weights = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
        return weights / weights.sum(axis=-1, keepdims=True)

    @staticmethod
    def logarithm(logits):
        shifted = logits - logits.max(axis=-1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


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
        ("huge-logits", lambda x: 0.99 * Laws.softmax(x)),
        ("rounding-of-two-passes", lambda x: Laws.softmax(x * (1 + 1e-13))),
        ("log-odds", lambda x: -Laws.logarithm(x)),
        ("log-mass", lambda x: Laws.logarithm(x) + 0.01),
        ("log-shift-invariance", lambda x: Laws.logarithm(x) + 1e-9 * np.tanh(x.max())),
        ("log-coefficient-bounds", lambda x: 1.01 * Laws.logarithm(x)),
        ("log-of-a-dominant-item", lambda x: np.log(Laws.softmax(x))),
        ("hardmax-shares-among-ties", lambda x: 0.99 * (x == x.max(axis=-1, keepdims=True))),
        ("stick-breaking-mass", lambda x: stick_weights(-x)),
        ("weights-on-the-simplex", lambda x: -Laws.softmax(x)),
        ("weights-follow-a-permutation", lambda x: np.roll(Laws.softmax(x), 1, axis=-1)),
        ("weights-follow-the-order", lambda x: Laws.softmax(-x)),
        ("weights-ignore-an-offset", lambda x: Laws.softmax(x) * (1 + 1e-9 * np.tanh(x.max()))),
        ("no-weights-are-not-a-number", lambda x: np.full_like(x, np.nan)),
    ],
)
def test_a_law_refutes_what_breaks_it(claim, broken):
    found = select([f"softmax.{claim}"])[0]
    wrong = found.role.implementation(broken)
    assert random.swept(found, wrong, found.domain, range(40), 64, seed=0).verdict == "refuted"
