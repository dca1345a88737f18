"""No closed form warns, returns NaN or crosses its bounds at the ends of its arguments."""

import numpy as np
import pytest

from corollary.theory import softmax as theory

LARGEST, SMALLEST = 1.7e308, 5e-324
SIZES = np.array([1, 2, 3, 1e6, 1e300, LARGEST])
SPREADS = np.array([0, SMALLEST, 1e-16, 1e-4, 1, 30, 709, 746, 1e5, LARGEST])
TEMPERATURES = np.array([SMALLEST, 1e-3, 1, LARGEST])
POSITIVE = np.array([SMALLEST, 1e-9, 0.5, 1 - 2**-53, 1, 1 + 2**-52, 2, 50, LARGEST])
ANY_LEAST_ZERO = np.append(0, POSITIVE)
SHARES = np.array([SMALLEST, 1e-9, 0.3, 1 - 2**-53, 1])
ALPHAS = np.array([1, 1 + 2**-52, 1 + 1e-9, 1.5, 2, 3, LARGEST])
SHIFTS = np.append(-SPREADS, SPREADS)
BASIC = (SIZES, SPREADS, TEMPERATURES)

CASES = {
    "coefficient_bounds": BASIC,
    "maximum_bounds": BASIC,
    "maximum_from_gap": BASIC,
    "entropy_bounds": BASIC,
    "least_entropy_count": BASIC,
    "squared_norm_bounds": BASIC,
    "squared_norm_ceiling": BASIC,
    "softmax_error_ulps": BASIC,
    "jacobian_norm_bound": BASIC,
    "adaptive_maximum_bound": BASIC,
    "top_k_mass_bounds": (SIZES, np.ones(1), SPREADS, TEMPERATURES),
    "streaming_error_ulps": (SIZES, SPREADS, np.zeros(1), TEMPERATURES),
    "power_sum_bounds": (SIZES, SPREADS, POSITIVE, TEMPERATURES),
    "swap_bound": (SIZES, SPREADS, ANY_LEAST_ZERO, TEMPERATURES),
    "entropy_deficit": (SPREADS,),
    "critical_length": (SPREADS, SHARES, TEMPERATURES),
    "adaptive_critical_length": (SPREADS, SHARES, TEMPERATURES),
    "adaptive_off_switch_length": (SPREADS, TEMPERATURES),
    "adaptive_inverse_temperature": (ANY_LEAST_ZERO,),
    "readout_critical_length": (SPREADS, ANY_LEAST_ZERO, ANY_LEAST_ZERO, POSITIVE, TEMPERATURES),
    "required_spread": (SIZES, SHARES, TEMPERATURES),
    "required_spread_for_deficit": (ANY_LEAST_ZERO,),
    "required_spread_for_entropy": (SIZES, ANY_LEAST_ZERO, TEMPERATURES),
    "required_spread_for_participation": (SIZES, SIZES, TEMPERATURES),
    "required_inverse_temperature": (SIZES, SHARES, POSITIVE),
    "required_weight_norms": (SIZES, SHARES, POSITIVE, POSITIVE, TEMPERATURES),
    "gap_law": (POSITIVE,),
    "total_variation_bound": (SPREADS, TEMPERATURES),
    "total_variation_of_shift": (np.append(0, SHARES), SHIFTS),
    "entmax_one_hot_gap": (ALPHAS,),
    "entmax_maximum": (SIZES, ANY_LEAST_ZERO, ALPHAS),
    "entmax_maximum_limit": (ANY_LEAST_ZERO, ALPHAS),
    "sparsemax_maximum": (SIZES, ANY_LEAST_ZERO),
    "entmax15_maximum": (SIZES, ANY_LEAST_ZERO),
    "scalable_softmax_maximum": (SIZES, ANY_LEAST_ZERO, ANY_LEAST_ZERO),
    "scalable_softmax_limit": (ANY_LEAST_ZERO, ANY_LEAST_ZERO),
    "stick_breaking_bounds": (SIZES, -ANY_LEAST_ZERO, ANY_LEAST_ZERO),
    "certificate_from_spread": (SPREADS,),
}


def outcome(function, axes, **options):
    values = function(*np.meshgrid(*axes, indexing="ij"), **options)
    return values if isinstance(values, tuple) else (values,)


@pytest.mark.parametrize("name", CASES)
def test_no_warning_no_nan_no_crossing(name):
    values = outcome(getattr(theory, name), CASES[name])
    shape = tuple(len(axis) for axis in CASES[name])
    assert all(value.shape == shape and not np.isnan(value).any() for value in values)
    if name.endswith("_bounds"):
        assert (values[0] <= values[1]).all()


@pytest.mark.parametrize("name", ["maximum_bounds", "entropy_bounds", "squared_norm_bounds"])
def test_no_warning_no_nan_no_crossing_with_attained_spread(name):
    least, greatest = outcome(getattr(theory, name), (SIZES[1:], *BASIC[1:]), exact=True)
    assert (least <= greatest).all()


@pytest.mark.parametrize(
    "name", ["least_entropy_logits", "greatest_entropy_logits", "least_squared_norm_logits"]
)
def test_witnesses_have_exactly_the_spread(name):
    logits = getattr(theory, name)(4, SPREADS[:, None], TEMPERATURES)
    assert np.isfinite(logits).all()
    assert (np.ptp(logits, axis=-1) == SPREADS[:, None]).all()


def test_every_scalar_form_is_covered():
    """A new function of numbers must be added above; these take arrays, models or exact counts."""
    others = {
        "certified_spread", "certify_checkpoint", "checkpoint_layout", "dispersion_certificate",
        "greatest_entropy_logits", "jacobian_spectrum_bounds", "least_entropy_logits",
        "least_squared_norm_logits", "logit_spread_bounds", "one_high", "one_low",
        "softmax_box_bounds", "token_diameter", "total_variation_pair", "two_level",
    }  # fmt: skip
    assert {name for name in theory.__all__ if name.islower()} == set(CASES) | others
