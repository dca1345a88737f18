"""Filter-equivariant list functions: amalgamation, signed compositions, local-key sorts.

A list function is filter equivariant when removing elements before it or after it gives the
same list, for every way to choose the elements by their value.
"""

from corollary.algorithms.filter_equivariance._amalgam import (
    amalgamate,
    amalgamate_pairs,
    occurrence_scores,
    three_cycle_count,
)
from corollary.algorithms.filter_equivariance._errors import (
    InconsistentPairs,
    InventedElements,
    MultiplicityMismatch,
    NotFilterEquivariant,
)
from corollary.algorithms.filter_equivariance._pair_words import PairWords, pair_words

__all__ = [
    "InconsistentPairs",
    "InventedElements",
    "MultiplicityMismatch",
    "NotFilterEquivariant",
    "PairWords",
    "amalgamate",
    "amalgamate_pairs",
    "occurrence_scores",
    "pair_words",
    "three_cycle_count",
]
