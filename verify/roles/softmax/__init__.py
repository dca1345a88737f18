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
    build_heads,
    case,
    column,
    exact_grid,
    pattern_levels,
)
from corollary.verify.roles.softmax._log_softmax import LOG_SOFTMAX
from corollary.verify.roles.softmax._papers import (
    ENTMAX_PAPER,
    GLASSES,
    SCALABLE_PAPER,
    SHARP,
    SPARSEMAX_PAPER,
    STICK_PAPER,
)
from corollary.verify.roles.softmax._selective import (
    BOUNDED_SCALABLE_HEADS,
    BOUNDED_TOP_K_HEADS,
    CLOSE_HEADS,
    HARDMAX,
    SCALABLE,
    SCALABLE_HEADS,
    TOP_K,
    TOP_K_HEADS,
    kept_items,
)
from corollary.verify.roles.softmax._settled import SettledHeads, settled_case
from corollary.verify.roles.softmax._softmax import MUTANTS, SOFTMAX, TRIVIAL
from corollary.verify.roles.softmax._sparse import (
    ANY_SPARSE_HEADS,
    ENTMAX,
    ENTMAX15,
    LINKED,
    SPARSE_HEADS,
    SPARSEMAX,
    TWO_LEVEL_HEADS,
    Linked,
    SparseHeads,
    room_at_the_cut,
    sparse_case,
)
from corollary.verify.roles.softmax._statistics import (
    ROW_STATISTICS,
    STREAMS,
    Statistics,
    Streams,
    streamed,
)
from corollary.verify.roles.softmax._stick_breaking import (
    FREE_STICKS,
    PINNED,
    PINNED_HEADS,
    STICK_BREAKING,
    STICKS,
    PinnedHeads,
    Sticks,
)
from corollary.verify.roles.softmax._weighting import (
    HOPELESS_ROWS,
    PLAIN_HEADS,
    WEIGHTING,
    HopelessRows,
)

__all__ = [
    "ADAPTIVE", "ANY_SPARSE_HEADS", "BACKWARD", "BOUNDED_SCALABLE_HEADS", "BOUNDED_TOP_K_HEADS",
    "CLOSE_HEADS", "COOLED_HEADS", "ENTMAX", "ENTMAX15", "ENTMAX_PAPER", "FREE_STICKS",
    "GLASSES", "HARDMAX", "HEADS", "HOPELESS_ROWS", "LINKED", "LOG_SOFTMAX", "LONG_HEADS",
    "MASKED_HEADS", "MUTANTS", "PATTERNS", "PINNED", "PINNED_HEADS", "PLAIN_HEADS",
    "ROW_STATISTICS", "SCALABLE", "SCALABLE_HEADS", "SCALABLE_PAPER", "SHARP", "SHIFTED_HEADS",
    "SINGLE_ITEM", "SOFTMAX", "SOFTMAX_GRADIENT", "SPARSEMAX", "SPARSEMAX_PAPER",
    "SPARSE_HEADS", "SPREADS", "STICKS", "STICK_BREAKING", "STICK_PAPER", "STREAMS", "TOP_K",
    "TOP_K_HEADS", "TRIVIAL", "TWO_LEVEL_HEADS", "TYPICAL", "WARM_HEADS", "WARM_MASKED_HEADS",
    "WARM_SHIFTED_HEADS", "WEIGHTING", "Adaptive", "Backward", "Heads", "HopelessRows",
    "Linked", "PinnedHeads", "SettledHeads", "SparseHeads", "Spreads", "Statistics", "Sticks",
    "Streams", "build_heads", "case", "closed_form", "column", "exact_grid", "kept_items",
    "pattern_levels", "plain", "room_at_the_cut", "settled_case", "sparse_case", "streamed",
]  # fmt: skip
