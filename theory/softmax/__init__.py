"""Closed forms about softmax: extremal values over all logit vectors of a given spread.

The words: n logits, their `spread` max - min, a `temperature` they are divided by, and the
scaled spread t = spread / temperature. Every function takes arrays that broadcast together and
returns float64 arrays of the broadcast shape, or scalars for scalars. Entropies are in nats.
"""

from corollary.theory.softmax._adaptive import (
    ADAPTIVE_COEFFICIENTS,
    ADAPTIVE_ENTROPIES,
    ADAPTIVE_PEAK,
    adaptive_critical_length,
    adaptive_inverse_temperature,
    adaptive_maximum_bound,
    adaptive_off_switch_length,
    required_inverse_temperature,
)
from corollary.theory.softmax._bounds import (
    coefficient_bounds,
    critical_length,
    maximum_bounds,
    maximum_from_gap,
    required_spread,
    top_k_mass_bounds,
)
from corollary.theory.softmax._certificate import (
    DispersionCertificate,
    certificate_from_spread,
    certified_spread,
    dispersion_certificate,
)
from corollary.theory.softmax._checkpoint import (
    Checkpoint,
    CheckpointLayout,
    certify_checkpoint,
    checkpoint_layout,
)
from corollary.theory.softmax._entropy import (
    entropy_bounds,
    entropy_deficit,
    least_entropy_count,
    required_spread_for_deficit,
    required_spread_for_entropy,
)
from corollary.theory.softmax._gaps import gap_law
from corollary.theory.softmax._perturbation import (
    jacobian_norm_bound,
    jacobian_spectrum_bounds,
    readout_critical_length,
    softmax_box_bounds,
    swap_bound,
    total_variation_bound,
    total_variation_of_shift,
)
from corollary.theory.softmax._powers import (
    power_sum_bounds,
    required_spread_for_participation,
    squared_norm_bounds,
    squared_norm_ceiling,
)
from corollary.theory.softmax._rounding import softmax_error_ulps, streaming_error_ulps
from corollary.theory.softmax._sparse import (
    entmax15_maximum,
    entmax_maximum,
    entmax_maximum_limit,
    entmax_one_hot_gap,
    scalable_softmax_limit,
    scalable_softmax_maximum,
    sparsemax_maximum,
    stick_breaking_bounds,
)
from corollary.theory.softmax._weights import (
    LogitSpreadBounds,
    logit_spread_bounds,
    required_weight_norms,
    token_diameter,
)
from corollary.theory.softmax._witnesses import (
    greatest_entropy_logits,
    least_entropy_logits,
    least_squared_norm_logits,
    one_high,
    one_low,
    total_variation_pair,
    two_level,
)

__all__ = [
    "ADAPTIVE_COEFFICIENTS",
    "ADAPTIVE_ENTROPIES",
    "ADAPTIVE_PEAK",
    "Checkpoint",
    "CheckpointLayout",
    "DispersionCertificate",
    "LogitSpreadBounds",
    "adaptive_critical_length",
    "adaptive_inverse_temperature",
    "adaptive_maximum_bound",
    "adaptive_off_switch_length",
    "certificate_from_spread",
    "certified_spread",
    "certify_checkpoint",
    "checkpoint_layout",
    "coefficient_bounds",
    "critical_length",
    "dispersion_certificate",
    "entmax15_maximum",
    "entmax_maximum",
    "entmax_maximum_limit",
    "entmax_one_hot_gap",
    "entropy_bounds",
    "entropy_deficit",
    "gap_law",
    "greatest_entropy_logits",
    "jacobian_norm_bound",
    "jacobian_spectrum_bounds",
    "least_entropy_count",
    "least_entropy_logits",
    "least_squared_norm_logits",
    "logit_spread_bounds",
    "maximum_bounds",
    "maximum_from_gap",
    "one_high",
    "one_low",
    "power_sum_bounds",
    "readout_critical_length",
    "required_inverse_temperature",
    "required_spread",
    "required_spread_for_deficit",
    "required_spread_for_entropy",
    "required_spread_for_participation",
    "required_weight_norms",
    "scalable_softmax_limit",
    "scalable_softmax_maximum",
    "softmax_box_bounds",
    "softmax_error_ulps",
    "sparsemax_maximum",
    "squared_norm_bounds",
    "squared_norm_ceiling",
    "stick_breaking_bounds",
    "streaming_error_ulps",
    "swap_bound",
    "token_diameter",
    "top_k_mass_bounds",
    "total_variation_bound",
    "total_variation_of_shift",
    "total_variation_pair",
    "two_level",
]
