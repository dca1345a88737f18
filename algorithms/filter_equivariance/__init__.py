"""Filter-equivariant list functions: amalgamation, signed compositions, local-key sorts.

A list function is filter equivariant when removing elements before it or after it gives the
same list, for every way to choose the elements by their value.
"""

from corollary.algorithms.filter_equivariance._adaptive import (
    AdaptiveAmalgam,
    CertificateCheck,
    amalgamate_adaptively,
    verify_certificate,
)
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
from corollary.algorithms.filter_equivariance._learner import (
    FilterEquivariantLearner,
    Prediction,
)
from corollary.algorithms.filter_equivariance._letters import Letters
from corollary.algorithms.filter_equivariance._local_key_sort import (
    Block,
    LocalKeySort,
    identify_local_key_sort,
)
from corollary.algorithms.filter_equivariance._pair_words import PairWords, pair_words
from corollary.algorithms.filter_equivariance._partial import PartialAmalgam, partial_amalgam
from corollary.algorithms.filter_equivariance._signed_composition import SignedComposition

__all__ = [
    "AdaptiveAmalgam",
    "Block",
    "CertificateCheck",
    "FilterEquivariantLearner",
    "InconsistentPairs",
    "InventedElements",
    "Letters",
    "LocalKeySort",
    "MultiplicityMismatch",
    "NotFilterEquivariant",
    "PairWords",
    "PartialAmalgam",
    "Prediction",
    "SignedComposition",
    "amalgamate",
    "amalgamate_adaptively",
    "amalgamate_pairs",
    "identify_local_key_sort",
    "occurrence_scores",
    "pair_words",
    "partial_amalgam",
    "three_cycle_count",
    "verify_certificate",
]
