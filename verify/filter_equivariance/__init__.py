"""The checker of filter equivariance for anybody's list function."""

from corollary.verify.filter_equivariance._check import (
    Examination,
    Refuted,
    filter_equivariant,
    is_filter_equivariant,
    restricted_growth,
)
from corollary.verify.filter_equivariance._tokens import (
    Certificate,
    asks_of_elements,
    parametric_certificate,
)
from corollary.verify.filter_equivariance._violation import Violation

__all__ = [
    "Certificate",
    "Examination",
    "Refuted",
    "Violation",
    "asks_of_elements",
    "filter_equivariant",
    "is_filter_equivariant",
    "parametric_certificate",
    "restricted_growth",
]
