"""Evidence: what was searched, how far, and what was found. Nothing else reaches the reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

HOLDS, REFUTED, INCONCLUSIVE = "holds", "refuted", "inconclusive"
KINDS = ("sampled", "swept", "statistical", "exhaustive", "enclosed", "proved")
ESTABLISHES = {
    "sampled": "No counterexample among cases drawn, mutated and shrunk by Hypothesis.",
    "swept": "No counterexample among many addressed random cases, evaluated in batches.",
    "statistical": "A measured rate agrees with the predicted one at a stated false-alarm level.",
    "exhaustive": "Every case of a finite scope was evaluated in floating point.",
    "enclosed": "Ball arithmetic proves the inequality on every point of the stated boxes, "
    "up to the stated allowance.",
    "proved": "A symbolic identity, an exact rational certificate or an unsatisfiable negation, "
    "at the stated sizes. It is about the mathematics, not about an implementation.",
}


@dataclass(frozen=True)
class Witness:
    """A counterexample: the parameters of the case, and why it refutes."""

    parameters: dict[str, Any]
    fault: str
    message: str
    margin: float | None = None


@dataclass(frozen=True)
class Evidence:
    """The outcome of one search.

    Attributes
    ----------
    kind : str
        One of the six kinds.
    scope : str
        What was covered: sizes, box, alphabet. Evidence without a scope is not shown.
    cases : int
        How many cases (or boxes, or obligations) were examined; zero is never `holds`.
    margin : float or None
        Least slack met, in units of the derived tolerance (1 means no error at all).
    tightness : float or None
        Largest ratio of a value to its bound that the search met by itself.
    """

    kind: str
    scope: str
    cases: int
    verdict: str
    margin: float | None = None
    tightness: float | None = None
    witness: Witness | None = None
    message: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not self.scope:
            raise ValueError(f"evidence needs a known kind and a scope, got {self.kind!r}")
        if self.cases == 0 and self.verdict == HOLDS:
            raise ValueError(f"{self.kind} evidence that examined no case cannot hold")


@dataclass(frozen=True)
class Check:
    """The outcome for one constraint, mutant or equality case of a claim."""

    name: str
    verdict: str
    as_expected: bool
    witness: Witness | None = None
    message: str = ""


@dataclass(frozen=True)
class ClaimResult:
    """All evidence on one claim for one implementation."""

    claim: str
    kind: str
    family: str
    role: str
    statement: str
    standing: str
    source: str
    dossier: str
    domain: str
    expected: str
    evidence: tuple[Evidence, ...]
    constraints: tuple[Check, ...] = ()
    mutants: tuple[Check, ...] = ()
    equality: tuple[Check, ...] = ()

    @property
    def verdict(self) -> str:
        """`refuted` if any search refuted, else `inconclusive` if one was, else `holds`."""
        verdicts = {item.verdict for item in self.evidence}
        for verdict in (REFUTED, INCONCLUSIVE, HOLDS):
            if verdict in verdicts:
                return verdict
        return INCONCLUSIVE

    @property
    def as_expected(self) -> bool:
        """Whether verdict, constraints, mutants and equality cases all came out as they should."""
        checks = (*self.constraints, *self.mutants, *self.equality)
        tells = not self.mutants or any(item.verdict == REFUTED for item in self.mutants)
        return self.verdict == self.expected and tells and all(c.as_expected for c in checks)

    @property
    def witness(self) -> Witness | None:
        return next((item.witness for item in self.evidence if item.witness), None)

    @property
    def margin(self) -> float | None:
        return min((item.margin for item in self.evidence if item.margin is not None), default=None)

    @property
    def tightness(self) -> float | None:
        found = (item.tightness for item in self.evidence if item.tightness is not None)
        return max(found, default=None)

    @property
    def cases(self) -> int:
        return sum(item.cases for item in self.evidence)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for ``evidence.json``."""
        return {**asdict(self), "verdict": self.verdict, "as_expected": self.as_expected}


@dataclass(frozen=True)
class Run:
    """What was run: implementation, how it was called, precision, budget and seed.

    `importable` tells whether the implementation's name leads to it in another process.
    """

    implementation: str
    role: str | None
    dtype: str
    budget: str
    seed: int
    versions: dict[str, str] = field(default_factory=dict)
    bind: dict[str, Any] = field(default_factory=dict)
    library: str | None = None
    device: str | None = None
    isolate: float | None = None
    importable: bool = True
