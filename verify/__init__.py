"""The machine: claims, the search for counterexamples, evidence and reports.

Everything a user needs to judge an implementation or to write claims of their own is here. A name
is imported on first use, so that ``corollary --help`` waits for no compiler.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corollary.verify.claim import Claim, Paper, Source, formula, law, select, table
    from corollary.verify.domain import SEED, Choice, Constraint, Domain, Integers, Reals
    from corollary.verify.evidence import ClaimResult, Evidence, Witness
    from corollary.verify.filter_equivariance import filter_equivariant, is_filter_equivariant
    from corollary.verify.implementation import Fault, Implementation
    from corollary.verify.reasoning import (
        FuzzReport,
        LawCheck,
        check_action,
        check_cocycle,
        check_homomorphism,
        check_monoid,
        check_multimorphism,
        fuzz,
        fuzz_instance,
    )
    from corollary.verify.report import Refuted, Report
    from corollary.verify.role import Preset, Role
    from corollary.verify.run import BUDGETS, check, replay
    from corollary.verify.search.certified import Box, Measurement
    from corollary.verify.slack import Slack, at_least, at_most, between, bitwise, equal

__all__ = [
    "BUDGETS", "SEED", "Box", "Choice", "Claim", "ClaimResult", "Constraint", "Domain",
    "Evidence", "Fault", "FuzzReport", "Implementation", "Integers", "LawCheck", "Measurement",
    "Paper", "Preset", "Reals", "Refuted", "Report", "Role", "Slack", "Source", "Witness",
    "at_least", "at_most", "between", "bitwise", "check", "check_action", "check_cocycle",
    "check_homomorphism", "check_monoid", "check_multimorphism", "equal", "filter_equivariant",
    "formula", "fuzz", "fuzz_instance", "is_filter_equivariant", "law", "replay", "select",
    "table",
]  # fmt: skip

_NAMES = {
    "claim": "Claim Paper Source formula law select table",
    "domain": "SEED Choice Constraint Domain Integers Reals",
    "evidence": "ClaimResult Evidence Witness",
    "filter_equivariance": "filter_equivariant is_filter_equivariant",
    "implementation": "Fault Implementation",
    "reasoning": "FuzzReport LawCheck check_action check_cocycle check_homomorphism check_monoid "
    "check_multimorphism fuzz fuzz_instance",
    "report": "Refuted Report",
    "role": "Preset Role",
    "run": "BUDGETS check replay",
    "search.certified": "Box Measurement",
    "slack": "Slack at_least at_most between bitwise equal",
}
_MODULE_OF = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
