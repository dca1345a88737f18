"""The spread that an entropy requires: Lambert's function, and back through the bound."""

import mpmath
import numpy as np
import pytest

from corollary.theory import softmax as theory


@pytest.mark.parametrize(
    "deficit", [1e-300, 1e-20, 1e-9, 1e-3, 0.1, 0.5, 1.0, 2.0, 10.0, 100.0, 700.0, 1e4]
)
def test_spread_for_deficit_is_the_difference_of_two_lambert_branches(deficit):
    with mpmath.workdps(700 if deficit < 1e-100 else 60):
        w = -mpmath.exp(-1 - mpmath.mpf(deficit))
        expected = (mpmath.lambertw(w, 0) - mpmath.lambertw(w, -1)).real
        got = mpmath.mpf(float(theory.required_spread_for_deficit(deficit)))
        assert abs(got - expected) <= 3e-16 * expected


def test_spread_for_deficit_inverts_the_deficit():
    t = np.concatenate([[0.0, 1e-150], np.logspace(-12, 300, 400)])
    back = theory.required_spread_for_deficit(theory.entropy_deficit(t))
    assert back == pytest.approx(t, rel=2e-15)
    d = np.concatenate([[0.0, 1e-300], np.logspace(-20, 300, 400)])
    assert theory.entropy_deficit(theory.required_spread_for_deficit(d)) == pytest.approx(
        d, rel=4e-15
    )
    assert theory.required_spread_for_deficit(1.7e308) == pytest.approx(1.7e308)


@pytest.mark.parametrize("n", [2, 10, 10**6])
@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_no_smaller_spread_permits_the_entropy(n, temperature):
    entropy = np.log(n) * np.array([0.05, 0.3, 0.7, 0.999])
    spread = theory.required_spread_for_entropy(n, entropy, temperature)
    least = theory.entropy_bounds(n, spread * (1 - 1e-12), temperature)[0]
    assert (least >= entropy * (1 - 1e-13)).all()


def test_the_spread_is_enough_for_many_logits():
    missing = np.array([0.01, 0.5, 2.0, 5.0])
    spread = theory.required_spread_for_entropy(10**9, np.log(1e9) - missing)
    least = theory.entropy_bounds(10**9, spread)[0]
    assert np.log(1e9) - least == pytest.approx(missing, rel=1e-6)


def test_no_spread_is_needed_for_an_entropy_of_ln_n_or_more():
    assert theory.required_spread_for_entropy([1, 5, 5], [0.0, np.log(5), 9.0]).tolist() == [
        0,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: theory.required_spread_for_deficit(-1e-9), "deficit"),
        (lambda: theory.required_spread_for_deficit(np.inf), "deficit"),
        (lambda: theory.required_spread_for_entropy(10, -0.1), "entropy"),
        (lambda: theory.required_spread_for_entropy(0, 0.1), "n"),
        (lambda: theory.required_spread_for_entropy(3, 0.1, 0.0), "temperature"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match=rf"\b{named}\b"):
        call()
