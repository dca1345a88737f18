"""Checkers of message-passing parts, a schedule fuzzer, exhaustive counts, proofs for all reals."""

import importlib
from typing import TYPE_CHECKING, Any

from corollary.verify.reasoning._exhaustive import (
    ActionCounts,
    CocycleCounts,
    EmissionRule,
    carry_is_a_cocycle,
    count_actions,
    count_cocycles,
    emission_rules,
    rotor_is_a_cocycle,
)
from corollary.verify.reasoning._fuzz import FuzzReport, fuzz, fuzz_instance
from corollary.verify.reasoning._judge import LawCheck, default_samples
from corollary.verify.reasoning._laws import (
    check_action,
    check_cocycle,
    check_homomorphism,
    check_monoid,
    check_multimorphism,
)
from corollary.verify.reasoning._shrink import Disagreement, Instance

if TYPE_CHECKING:
    from corollary.verify.reasoning._smt import (
        FLOAT_FORMATS,
        Obligation,
        Proof,
        obligations,
        prove,
    )

__all__ = [
    "FLOAT_FORMATS",
    "ActionCounts",
    "CocycleCounts",
    "Disagreement",
    "EmissionRule",
    "FuzzReport",
    "Instance",
    "LawCheck",
    "Obligation",
    "Proof",
    "carry_is_a_cocycle",
    "check_action",
    "check_cocycle",
    "check_homomorphism",
    "check_monoid",
    "check_multimorphism",
    "count_actions",
    "count_cocycles",
    "default_samples",
    "emission_rules",
    "fuzz",
    "fuzz_instance",
    "obligations",
    "prove",
    "rotor_is_a_cocycle",
]

_PROOFS = ("FLOAT_FORMATS", "Obligation", "Proof", "obligations", "prove")


def __getattr__(name: str) -> Any:
    """Import the proofs on first use, so that a check of a layer waits for no solver."""
    if name in _PROOFS:
        return getattr(importlib.import_module(f"{__name__}._smt"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
