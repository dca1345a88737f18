"""The limit law of the largest coefficient when gaps shrink, against quadrature and sampling."""

import mpmath
import numpy as np
import pytest

from corollary.theory import softmax as theory


def by_quadrature(kappa):
    """The integral of exp(-s - Ein(s) / kappa), adaptively, in 25 digits."""

    def ein(s):
        if s < 1e-3:
            return mpmath.fsum(
                (-1) ** (k + 1) * s**k / (k * mpmath.factorial(k)) for k in range(1, 9)
            )
        return mpmath.e1(s) + mpmath.log(s) + mpmath.euler

    with mpmath.workdps(25):
        k = mpmath.mpf(kappa)
        scale = k / (1 + k)
        ends = [0, scale / 10, scale, 5 * scale, 20 * scale, 60 * scale, 200 * scale]
        return mpmath.quad(lambda s: mpmath.exp(-s - ein(s) / k), ends)


@pytest.mark.parametrize("kappa", [1e-6, 0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 20.0, 1e4])
def test_gap_law_is_the_integral(kappa):
    assert float(theory.gap_law(kappa)) == pytest.approx(float(by_quadrature(kappa)), rel=1e-12)


def test_gap_law_golden_values():
    golden = {0.1: 0.0949, 0.5: 0.3738, 1: 0.5615, 2: 0.7295, 5: 0.8751, 20: 0.9663}
    assert {k: round(float(theory.gap_law(k)), 4) for k in golden} == golden


def test_gap_law_at_the_ends():
    assert theory.gap_law([1e-300, 1e-12]) == pytest.approx([1e-300, 1e-12], rel=1e-11)
    assert theory.gap_law([1e12, 1e300]) == pytest.approx(1.0, abs=1e-11)
    values = theory.gap_law(np.logspace(-8, 8, 500))
    assert (np.diff(values) > 0).all() and values.max() <= 1


@pytest.mark.parametrize("kappa", [0.3, 2.0])
def test_gap_law_is_the_limit_of_random_keys(kappa):
    """Within 4.5 standard errors of a fixed sample."""
    n, draws = 2000, 3000
    keys = np.random.default_rng(5).random((draws, n))
    logits = kappa * n * (keys - keys.max(axis=1, keepdims=True))
    largest = 1 / np.exp(logits).sum(axis=1)
    error = largest.std() / np.sqrt(draws)
    assert abs(largest.mean() - theory.gap_law(kappa)) <= 4.5 * error


def test_bad_input_is_named():
    for bad in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match=r"\bkappa\b"):
            theory.gap_law(bad)
    with pytest.raises(TypeError, match=r"\bkappa\b"):
        theory.gap_law("1")
