"""The roles of the softmax family: what is judged, over which cases, and ways to get it wrong."""

from corollary.verify.roles.softmax import _plain as plain
from corollary.verify.roles.softmax._adaptive import (
    ADAPTIVE,
    LONG_HEADS,
    WARM_HEADS,
    WARM_MASKED_HEADS,
    WARM_SHIFTED_HEADS,
    Adaptive,
)
from corollary.verify.roles.softmax._closed_form import SPREADS, Spreads, closed_form
from corollary.verify.roles.softmax._gradient import BACKWARD, SOFTMAX_GRADIENT, Backward
from corollary.verify.roles.softmax._heads import (
    COOLED_HEADS,
    HEADS,
    MASKED_HEADS,
    PATTERNS,
    SHIFTED_HEADS,
    SINGLE_ITEM,
    TYPICAL,
    Heads,
    case,
    pattern_levels,
)
from corollary.verify.roles.softmax._papers import (
    ENTMAX_PAPER,
    GLASSES,
    SCALABLE_PAPER,
    SHARP,
    SPARSEMAX_PAPER,
    STICK_PAPER,
)
from corollary.verify.roles.softmax._softmax import MUTANTS, SOFTMAX, TRIVIAL
from corollary.verify.roles.softmax._statistics import (
    ROW_STATISTICS,
    STREAMS,
    Statistics,
    Streams,
    streamed,
)

__all__ = [
    "ADAPTIVE", "BACKWARD", "COOLED_HEADS", "ENTMAX_PAPER", "GLASSES", "HEADS", "LONG_HEADS",
    "MASKED_HEADS", "MUTANTS", "PATTERNS", "ROW_STATISTICS", "SCALABLE_PAPER", "SHARP",
    "SHIFTED_HEADS", "SINGLE_ITEM", "SOFTMAX", "SOFTMAX_GRADIENT", "SPARSEMAX_PAPER", "SPREADS",
    "STICK_PAPER", "STREAMS", "TRIVIAL", "TYPICAL", "WARM_HEADS", "WARM_MASKED_HEADS",
    "WARM_SHIFTED_HEADS", "Adaptive", "Backward", "Heads", "Spreads", "Statistics", "Streams",
    "case", "closed_form", "pattern_levels", "plain", "streamed",
]  # fmt: skip
