"""Certified evidence: ball arithmetic over boxes, symbolic proofs, and measured rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from corollary.verify.claim import Claim
from corollary.verify.evidence import HOLDS, INCONCLUSIVE, REFUTED, Evidence, Witness
from corollary.verify.implementation import Fault, Implementation

MAXIMUM_DEPTH = 60
SOLVER_MILLISECONDS = 60_000


@dataclass(frozen=True)
class Box:
    """An interval of a real variable on which ``gap(variable) >= 0`` is to be shown.

    `gap` takes and returns power series with ball coefficients (``flint.arb_series``), so that
    its derivatives come with it; one that is not `smooth` returns only a lower bound.
    """

    label: str
    low: float
    high: float
    gap: Callable[[Any], Any]
    smooth: bool = True


@dataclass(frozen=True)
class Measurement:
    """A rate or constant measured from random data, beside its prediction."""

    predicted: float
    observed: float
    standard_error: float
    cases: int

    def p_value(self) -> float:
        """Return the two-sided p-value under a normal law of the error."""
        from scipy.special import erfc

        if not self.standard_error > 0:
            raise ValueError(f"standard_error must be positive, got {self.standard_error}")
        deviation = abs(self.observed - self.predicted) / self.standard_error
        return float(erfc(deviation / 2**0.5))


def enclosed(claim: Claim, boxes_allowed: int) -> Evidence:
    """Return the evidence that a gap is non-negative on boxes, by bisection in ball arithmetic."""
    import flint

    attachment = claim.attachments["enclosed"]
    allowance = attachment.options["allowance"]
    scope = attachment.scope + (f", up to {allowance:g}" if allowance else "")
    examined = 0
    least = float("inf")
    precision = flint.ctx.prec
    flint.ctx.prec = 128
    try:
        for box in attachment.function():
            pending = [(flint.arb(box.low), flint.arb(box.high), 0)]
            while pending:
                low, high, depth = pending.pop()
                examined += 1
                middle = (low + high) / 2
                at_middle = box.gap(flint.arb_series([middle], prec=1))[0]
                if box.smooth and bool(at_middle < -allowance):
                    found = Witness({"box": box.label, "at": float(middle)}, "wrong", "gap < 0")
                    return Evidence("enclosed", scope, examined, REFUTED, witness=found)
                try:
                    bound = _lower_bound(box, low, high)
                except (ValueError, ZeroDivisionError):  # a divisor's ball holds zero: too wide
                    bound = flint.arb("-inf")
                if bool(bound >= -allowance):
                    least = min(least, float(bound))
                elif depth == MAXIMUM_DEPTH or examined >= boxes_allowed:
                    message = f"undecided on {box.label} near {float(middle):g}"
                    return Evidence("enclosed", scope, examined, INCONCLUSIVE, message=message)
                else:
                    pending += [(low, middle, depth + 1), (middle, high, depth + 1)]
    finally:
        flint.ctx.prec = precision
    return Evidence("enclosed", scope, examined, HOLDS, message=f"least lower bound {least:.3g}")


def _lower_bound(box: Box, low: Any, high: Any) -> Any:
    """Return a rigorous lower bound of the gap on ``[low, high]``: direct or Taylor, the better."""
    import flint

    interval = low.union(high)
    middle, radius = (low + high) / 2, (high - low) / 2
    on_interval = box.gap(flint.arb_series([interval, 1], prec=3))
    if not box.smooth:
        return on_interval[0].lower()
    at_middle = box.gap(flint.arb_series([middle, 1], prec=2))
    curvature = on_interval[2].lower()
    taylor = at_middle[0] - abs(at_middle[1]) * radius
    taylor = taylor + (curvature if bool(curvature < 0) else 0) * radius * radius
    direct, taylor = on_interval[0].lower(), taylor.lower()
    return direct if not bool(taylor > direct) else taylor


def proved(claim: Claim) -> Evidence:
    """Return the evidence of the claim's obligations, each discharged or named."""
    attachment = claim.attachments["proved"]
    examined = 0
    for obligation in attachment.function():
        examined += 1
        verdict, message = _discharge(obligation)
        if verdict != HOLDS:
            found = Witness({"obligation": examined}, "wrong", message)
            refuted = found if verdict == REFUTED else None
            return Evidence("proved", attachment.scope, examined, verdict, None, None, refuted)
    verdict = HOLDS if examined else INCONCLUSIVE
    return Evidence("proved", attachment.scope, examined, verdict, message="no gap left")


def _discharge(obligation: Any) -> tuple[str, str]:
    """Return the verdict on one obligation: SymPy zero, Z3 unsatisfiable, or ordered rationals."""
    if isinstance(obligation, tuple):
        small, large = obligation
        if not (isinstance(small, (int, Fraction)) and isinstance(large, (int, Fraction))):
            raise TypeError(f"a certificate must be a pair of rationals, got {obligation!r}")
        return (HOLDS, "") if small <= large else (REFUTED, f"{small} > {large}")
    if type(obligation).__module__.startswith("z3"):
        import z3

        solver = z3.Solver()
        solver.set("timeout", SOLVER_MILLISECONDS)
        solver.add(obligation)
        answer = solver.check()
        if answer == z3.unsat:
            return HOLDS, ""
        if answer == z3.sat:
            return REFUTED, f"counterexample {solver.model()}"
        return INCONCLUSIVE, f"the solver gave up: {solver.reason_unknown()}"
    import sympy

    simple = sympy.simplify(obligation)
    if simple == 0:
        return HOLDS, ""
    numeric = (
        sympy.sympify(simple)
        .subs(
            {
                symbol: sympy.Rational(7 + 3 * i, 5)
                for i, symbol in enumerate(sorted(simple.free_symbols, key=str))
            }
        )
        .evalf(30)
    )
    if numeric.is_number and abs(numeric) > 1e-20:
        return REFUTED, f"{obligation} is {numeric}, expected 0"
    return INCONCLUSIVE, f"{obligation} was not simplified to 0"


def statistical(
    claim: Claim, implementation: Implementation, seed: int, family_size: int
) -> Evidence:
    """Return the evidence of a measured rate, its false-alarm level shared by the family."""
    attachment = claim.attachments["statistical"]
    level = attachment.options["false_alarm"] / max(family_size, 1)
    scope = f"{attachment.scope}, seed {seed}, false alarms below {level:.1g}"
    try:
        found = attachment.function(claim.role.adapt(implementation), seed)
    except Fault as fault:
        seen = Witness({"seed": seed}, fault.kind, str(fault))
        return Evidence("statistical", scope, 1, REFUTED, witness=seen)
    p_value = found.p_value()
    text = (
        f"predicted {found.predicted:.6g}, observed {found.observed:.6g} "
        f"+- {found.standard_error:.2g} (p = {p_value:.2g})"
    )
    if p_value < level or p_value != p_value:
        seen = Witness({"seed": seed}, "wrong", text)
        return Evidence("statistical", scope, found.cases, REFUTED, witness=seen, message=text)
    return Evidence("statistical", scope, found.cases, HOLDS, message=text)
