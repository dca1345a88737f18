"""The machine: claims, the search for counterexamples, evidence and reports.

Everything a user needs to judge an implementation or to write claims of their own is here.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from corollary.verify.claim import Claim, Paper, Source, formula, law, select, table
from corollary.verify.domain import SEED, Choice, Constraint, Domain, Integers, Reals
from corollary.verify.evidence import ClaimResult, Evidence, Witness
from corollary.verify.implementation import Fault, Implementation
from corollary.verify.report import Refuted, Report
from corollary.verify.role import Preset, Role
from corollary.verify.run import BUDGETS, check, replay
from corollary.verify.search.certified import Box, Measurement
from corollary.verify.slack import Slack, at_least, at_most, between, bitwise, equal

if TYPE_CHECKING:
    from corollary.verify.filter_equivariance import filter_equivariant, is_filter_equivariant

__all__ = [
    "BUDGETS", "SEED", "Box", "Choice", "Claim", "ClaimResult", "Constraint", "Domain", "Evidence",
    "Fault", "Implementation", "Integers", "Measurement", "Paper", "Preset", "Reals", "Refuted",
    "Report", "Role", "Slack", "Source", "Witness", "at_least", "at_most", "between", "bitwise",
    "check", "equal", "filter_equivariant", "formula", "is_filter_equivariant", "law", "replay",
    "select", "table",
]  # fmt: skip

# The checkers of single properties, imported on first use: they bring their algorithms along.
_CHECKERS = {
    "filter_equivariant": "corollary.verify.filter_equivariance",
    "is_filter_equivariant": "corollary.verify.filter_equivariance",
}


def __getattr__(name: str) -> Any:
    if name in _CHECKERS:
        return getattr(importlib.import_module(_CHECKERS[name]), name)
    raise AttributeError(f"module 'corollary.verify' has no attribute {name!r}")
