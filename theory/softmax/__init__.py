"""Closed forms about softmax: extremal values over all logit vectors of a given spread.

The words: n logits, their `spread` max - min, a `temperature` they are divided by, and the
scaled spread t = spread / temperature. Every function takes arrays that broadcast together and
returns float64 arrays of the broadcast shape, or scalars for scalars. Entropies are in nats.
"""

from corollary.theory.softmax._bounds import (
    coefficient_bounds,
    critical_length,
    maximum_bounds,
    maximum_from_gap,
    required_spread,
    top_k_mass_bounds,
)
from corollary.theory.softmax._entropy import entropy_bounds, entropy_deficit, least_entropy_count
from corollary.theory.softmax._rounding import softmax_error_ulps

__all__ = [
    "coefficient_bounds",
    "critical_length",
    "entropy_bounds",
    "entropy_deficit",
    "least_entropy_count",
    "maximum_bounds",
    "maximum_from_gap",
    "required_spread",
    "softmax_error_ulps",
    "top_k_mass_bounds",
]
