"""The machine: claims, the search for counterexamples, evidence and reports.

Everything a user needs to judge an implementation or to write claims of their own is here. Names
are imported on first use, so that the test plugin can be loaded where nobody uses it.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corollary.verify.claim import Claim, Paper, Source, formula, law, select, table
    from corollary.verify.domain import SEED, Choice, Constraint, Domain, Integers, Reals
    from corollary.verify.evidence import ClaimResult, Evidence, Witness
    from corollary.verify.implementation import Fault, Implementation
    from corollary.verify.report import Refuted, Report
    from corollary.verify.role import Preset, Role
    from corollary.verify.run import BUDGETS, check, replay
    from corollary.verify.search.certified import Box, Measurement
    from corollary.verify.slack import Slack, at_least, at_most, between, bitwise, equal

__all__ = [
    "BUDGETS", "SEED", "Box", "Choice", "Claim", "ClaimResult", "Constraint", "Domain", "Evidence",
    "Fault", "Implementation", "Integers", "Measurement", "Paper", "Preset", "Reals", "Refuted",
    "Report", "Role", "Slack", "Source", "Witness", "at_least", "at_most", "between", "bitwise",
    "check", "equal", "formula", "law", "replay", "select", "table",
]  # fmt: skip

_HOMES = {
    "claim": "Claim Paper Source formula law select table",
    "domain": "SEED Choice Constraint Domain Integers Reals",
    "evidence": "ClaimResult Evidence Witness",
    "implementation": "Fault Implementation",
    "report": "Refuted Report",
    "role": "Preset Role",
    "run": "BUDGETS check replay",
    "search.certified": "Box Measurement",
    "slack": "Slack at_least at_most between bitwise equal",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'corollary.verify' has no attribute {name!r}")
    return getattr(importlib.import_module(f"corollary.verify.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
