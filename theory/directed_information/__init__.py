"""What the mathematics says about directed information, plasticity and empowerment."""

from corollary.theory.directed_information import closed_forms, golden
from corollary.theory.directed_information.certificates import Certificate, Inequality, certify
from corollary.theory.directed_information.identities import Identity, identities
from corollary.theory.directed_information.inequalities import (
    conditional_inequalities,
    interval_inequalities,
)

__all__ = [
    "Certificate",
    "Identity",
    "Inequality",
    "certify",
    "closed_forms",
    "conditional_inequalities",
    "golden",
    "identities",
    "interval_inequalities",
]
