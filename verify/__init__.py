"""The machine: claims, the search for counterexamples, evidence and reports.

Everything a user needs to judge an implementation or to write claims of their own is here.
"""

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
