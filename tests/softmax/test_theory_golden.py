"""Numbers quoted about these closed forms, each recomputed."""

import numpy as np
import pytest

from corollary.theory import softmax as theory

QUOTED = [
    # the coefficient that ALiBi with slope 1/2 leaves on the nearest of very many tokens
    ("geometric_limit", lambda: 1 / (1 + np.sum(np.exp(-np.arange(1, 100000) / 2))), 0.3935),
    # lengths beyond which no coefficient reaches one half, at published logit spreads
    ("gemma_2b", lambda: np.ceil(theory.critical_length(5.69, 0.5)), 297),
    ("gemma_7b", lambda: np.ceil(theory.critical_length(5.82, 0.5)), 338),
    ("gemma_2b_widest", lambda: theory.critical_length(14.78, 0.5) / 1e6, 2.6),
    # entropy deficits and an inverse
    ("deficit_05", lambda: theory.entropy_deficit(0.5), 0.031142),
    ("deficit_1", lambda: theory.entropy_deficit(1.0), 0.123302),
    ("deficit_3", lambda: theory.entropy_deficit(3.0), 1.007506),
    ("deficit_569", lambda: theory.entropy_deficit(5.69), 2.967200),
    ("deficit_10", lambda: theory.entropy_deficit(10.0), 6.697824),
    ("spread_for_two_nats", lambda: theory.required_spread_for_entropy(1000, 2.0), 7.98264),
    # the limit law of shrinking gaps
    *(
        (f"gap_law_{kappa}", lambda kappa=kappa: theory.gap_law(kappa), value)
        for kappa, value in zip(
            (0.1, 0.5, 1, 2, 5, 20), (0.0949, 0.3738, 0.5615, 0.7295, 0.8751, 0.9663), strict=True
        )
    ),
    # adaptive temperature
    ("acts_from", lambda: theory.ADAPTIVE_ENTROPIES[0], 0.848582),
    ("acts_to", lambda: theory.ADAPTIVE_ENTROPIES[1], 5.944521),
    ("acts_to_perplexity", lambda: np.exp(theory.ADAPTIVE_ENTROPIES[1]), 381.66),
    ("peak_at", lambda: theory.ADAPTIVE_PEAK[0], 4.4124),
    ("peak", lambda: theory.ADAPTIVE_PEAK[1], 2.42139),
    ("polynomial_05", lambda: np.polyval(theory.ADAPTIVE_COEFFICIENTS, 0.5), 0.1503),
    ("polynomial_7", lambda: np.polyval(theory.ADAPTIVE_COEFFICIENTS, 7.0), -3.93),
    ("polynomial_97", lambda: np.polyval(theory.ADAPTIVE_COEFFICIENTS, 9.7), -59.1),
    ("polynomial_zero", lambda: np.roots(theory.ADAPTIVE_COEFFICIENTS).real.max(), 6.2694),
    ("reversed_2", lambda: np.polyval(theory.ADAPTIVE_COEFFICIENTS[::-1], 2.0), 2.4),
    ("reversed_3", lambda: np.polyval(theory.ADAPTIVE_COEFFICIENTS[::-1], 3.0), -31.6),
    ("reversed_5", lambda: np.polyval(theory.ADAPTIVE_COEFFICIENTS[::-1], 5.0), -560),
    ("off_1", lambda: np.ceil(theory.adaptive_off_switch_length(1.0)), 432),
    ("off_3", lambda: np.ceil(theory.adaptive_off_switch_length(3.0)), 1046),
    ("off_569", lambda: np.ceil(theory.adaptive_off_switch_length(5.69)), 7419),
    ("off_8", lambda: np.ceil(theory.adaptive_off_switch_length(8.0)), 52441),
    ("off_1478", lambda: theory.adaptive_off_switch_length(14.78) / 1e7, 2.5),
    # sparse maps and scalable softmax
    ("limit_12", lambda: theory.entmax_maximum_limit(3.0, 1.2), 0.0778),
    ("limit_15", lambda: theory.entmax_maximum_limit(1.2, 1.5), 0.36),
    ("limit_2", lambda: theory.entmax_maximum_limit(0.6, 2.0), 0.6),
    ("scalable_below", lambda: theory.scalable_softmax_maximum(10**6, 0.9, 1.0), 0.2008),
    ("scalable_at", lambda: theory.scalable_softmax_maximum(10**6, 1.0, 1.0), 0.5),
    ("scalable_above", lambda: theory.scalable_softmax_maximum(10**6, 1.1, 1.0), 0.7992),
]


@pytest.mark.parametrize(("value", "quoted"), [q[1:] for q in QUOTED], ids=[q[0] for q in QUOTED])
def test_quoted_number(value, quoted):
    digits = len(str(quoted).partition(".")[2])
    assert round(float(value()), digits) == quoted


@pytest.mark.parametrize(("n", "quoted"), [(10, 0.728), (10**3, 0.600), (10**6, 0.550)])
def test_entropy_of_sparsemax_at_half_the_one_hot_gap(n, quoted):
    """H / ln n tends to one half, although the largest weight does too."""
    top = theory.sparsemax_maximum(n, 0.5)
    rest = (1 - top) / (n - 1)
    entropy = -top * np.log(top) - (n - 1) * rest * np.log(rest)
    assert round(float(entropy / np.log(n)), 3) == quoted


def test_dispersion_is_not_convergence_to_uniform():
    """Half the logits high, half low: the ratio of weights stays e^t, but H / ln n tends to 1."""
    t, n = 2.0, 10.0 ** np.arange(1, 9)
    c = np.exp(-t)
    high, low = 2 / n / (1 + c), 2 / n * c / (1 + c)
    entropy = -n / 2 * (high * np.log(high) + low * np.log(low))
    assert high / low == pytest.approx(np.exp(t))
    assert (np.log(n) - entropy <= theory.entropy_deficit(t)).all()
    assert (np.diff(entropy / np.log(n)) > 0).all() and entropy[-1] / np.log(n[-1]) > 0.98
    lower, upper = theory.coefficient_bounds(n, t)
    assert (lower <= low).all() and (high <= upper).all()
    assert n[-1] * upper[-1] == pytest.approx(np.exp(t), rel=1e-6)
    assert n[-1] * lower[-1] == pytest.approx(np.exp(-t), rel=1e-6)
