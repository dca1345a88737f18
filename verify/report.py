"""Reports: one run's evidence as a terminal table, as ``evidence.json`` and as ``report.html``."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from dataclasses import asdict, dataclass, fields, is_dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from corollary.verify._versions import installed
from corollary.verify.claim import REGISTRY
from corollary.verify.evidence import (
    ESTABLISHES,
    HOLDS,
    INCONCLUSIVE,
    KINDS,
    REFUTED,
    ClaimResult,
    Run,
    Witness,
)
from corollary.verify.formulas import mathml, plain_math
from corollary.verify.implementation import precision_named
from corollary.verify.ledger import write_text

SCHEMA = "corollary-evidence/1"
WIDTH = 140  # where there is no terminal to ask: the longest rows fit
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
COLOURS = {HOLDS: "green", REFUTED: "red", INCONCLUSIVE: "yellow"}


class Refuted(AssertionError):
    """Raised by `Report.raise_for_refuted`."""


@dataclass(frozen=True, repr=False)
class Report:
    """What a run found.

    Attributes
    ----------
    run : Run
        Implementation, precision, budget and seed.
    results : tuple of ClaimResult
        One per claim.
    """

    run: Run
    results: tuple[ClaimResult, ...]

    @property
    def unrefuted_mutants(self) -> list[tuple[str, str]]:
        """The (role, mutant) pairs that no claim refutes, of the roles whose claims all ran."""
        fate: dict[tuple[str, str], bool] = {}
        run = {result.claim for result in self.results}
        partial = {claim.role.name for claim in REGISTRY.values() if claim.name not in run}
        for result in self.results:
            if result.role in partial:
                continue
            for item in result.mutants:
                pair = (result.role, item.name)
                fate[pair] = fate.get(pair, False) or item.verdict == REFUTED
        return [pair for pair, refuted in fate.items() if not refuted]

    @property
    def as_expected(self) -> bool:
        """Whether every claim came out as it should, and no wrong implementation got by."""
        results = all(result.as_expected for result in self.results)
        return bool(self.results) and results and not self.unrefuted_mutants

    @property
    def exit_status(self) -> int:
        """0 all as expected, 1 a verdict that should be another, 3 something inconclusive."""
        if self.as_expected:
            return 0
        wrong = [result for result in self.results if not result.as_expected]
        undecided = all(result.verdict == INCONCLUSIVE for result in wrong)
        return 3 if undecided and not self.unrefuted_mutants else 1

    def raise_for_refuted(self) -> None:
        """Raise `Refuted`, naming each claim that is refuted though it should hold, if any is."""
        wrong = [item for item in self.results if REFUTED == item.verdict != item.expected]
        if wrong:
            raise Refuted("\n".join(self.explain(item) for item in wrong))

    def explain(self, result: ClaimResult) -> str:
        """Return a few plain lines: the claim, its verdict, and its witness with a replay line."""
        known = result.verdict == REFUTED and result.as_expected
        verdict = f"refuted, as expected: {result.standing}" if known else result.verdict
        lines = [f"{result.claim}: {verdict}", f"  {plain_math(result.statement)}"]
        if result.witness is not None:
            lines.append(f"  {result.witness.fault}: {result.witness.message}")
            if self._is_case(result.claim, result.witness):
                lines.append(f"  case: {self._case(result.claim, result.witness)}")
            lines.append(f"  replay: {self.replay_line(result.claim, result.witness)}")
        return "\n".join(lines)

    def replay_line(self, claim: str, witness: Witness) -> str:
        """Return what runs one counterexample again: a command, or Python where no name leads
        from the command line to the function.

        A measurement, a box or an obligation is no case of the domain: the claim is run again.
        """
        run = self.run
        is_case = self._is_case(claim, witness)
        name = _address(REGISTRY[claim].reference) if claim in REGISTRY else claim
        if not run.importable or name.startswith("__main__:"):
            usual: dict[str, Any] = {
                "bind": {},
                "dtype": "float64",
                "library": None,
                "device": None,
            }
            keywords = {name: getattr(run, name) for name in usual}
            options = "".join(f", {k}={v!r}" for k, v in keywords.items() if v != usual[k])
            if is_case:
                return f"corollary.replay({claim!r}, {witness.parameters}, function{options})"
            options += f", seed={run.seed}"
            return f"corollary.check(function, {run.role!r}, claims=[{claim!r}]{options})"
        parts = ["corollary", "replay" if is_case else "verify", name]
        parts += [json.dumps(witness.parameters)] if is_case else ["--seed", str(run.seed)]
        if run.role is not None:
            parts += ["--implementation", _address(run.implementation)]
            for name, value in run.bind.items():
                parts += [
                    "--bind",
                    f"{name}={value if isinstance(value, str) else json.dumps(value)}",
                ]
        if run.dtype != "float64":
            parts += ["--dtype", run.dtype]
        for name in ("library", "device"):
            if (value := getattr(run, name)) is not None:
                parts += [f"--{name}", value]
        if run.isolate is not None:
            parts += [f"--isolate={run.isolate:g}"]
        return shlex.join(parts)

    def _is_case(self, claim: str, witness: Witness) -> bool:
        if claim not in REGISTRY:
            return False
        domain = REGISTRY[claim].domain
        return set(witness.parameters) == {*domain.shape, *domain.rows}

    def _case(self, claim: str, witness: Witness) -> str:
        """Return the content of a refuting case, long arrays cut short."""
        case = REGISTRY[claim].domain.case(witness.parameters, precision_named(self.run.dtype))
        if not is_dataclass(case):
            return _cut(_shown(case))
        if hasattr(case, "shown"):
            content = case.shown(self.run.bind)
        else:
            content = {f.name: getattr(case, f.name) for f in fields(case) if f.repr}
        return _cut(", ".join(f"{name}={_shown(value)}" for name, value in content.items()))

    def __rich__(self) -> Any:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("claim", overflow="fold")
        table.add_column("standing", min_width=10)
        table.add_column("verdict", min_width=11)
        table.add_column("evidence", min_width=27)
        table.add_column("cases", justify="right", no_wrap=True)
        table.add_column("tightest", justify="right", no_wrap=True)
        for family, results in groupby(self.results, key=lambda result: result.family):
            table.add_section()
            table.add_row(f"[bold]{family}[/]")
            for result in results:
                table.add_row(
                    " " + result.claim.partition(".")[2],
                    result.standing,
                    f"[{COLOURS[result.verdict]}]{result.verdict}[/]"
                    + ("" if result.as_expected else " [bold red](!)[/]"),
                    ", ".join(item.kind for item in result.evidence),
                    f"{result.cases:,}",
                    "" if not result.tightness else f"{result.tightness:.6f}",
                )
        return table

    def summary(self) -> str:
        """Return one line on the whole run."""
        unexpected = sum(not item.as_expected for item in self.results)
        refuted = sum(item.verdict == REFUTED for result in self.results for item in result.mutants)
        text = f"{len(self.results)} claims, {sum(r.cases for r in self.results):,} cases: "
        text += "all as expected" if self.as_expected else f"{unexpected} not as expected"
        if any(result.mutants for result in self.results):
            text += f"; {refuted} refutations of {len(self._mutants())} wrong implementations"
        if missed := len(self.unrefuted_mutants):
            text += f", {missed} of them refuted by none"
        return text

    def _mutants(self) -> set[tuple[str, str]]:
        return {(result.role, item.name) for result in self.results for item in result.mutants}

    def to_dict(self) -> dict[str, Any]:
        """Return the content of ``evidence.json``."""
        return {
            "schema": SCHEMA,
            "run": asdict(self.run),
            "as_expected": self.as_expected,
            "unrefuted_mutants": [list(pair) for pair in self.unrefuted_mutants],
            "claims": [result.to_dict() for result in self.results],
        }

    def to_json(self) -> str:
        """Return ``evidence.json``: the same bytes for the same run."""
        return json.dumps(self.to_dict(), indent=1, sort_keys=True, default=_finite) + "\n"

    def to_html(self) -> str:
        """Return the report as one self-contained page."""
        from jinja2 import Environment, PackageLoader, select_autoescape

        environment = Environment(
            loader=PackageLoader("corollary.verify", "templates"),
            autoescape=select_autoescape(),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["mathml"] = mathml
        template = environment.get_template("report.html")
        roles: dict[str, list[ClaimResult]] = {}
        for result in self.results:
            if result.mutants:
                roles.setdefault(result.role, []).append(result)
        return template.render(
            report=self, kinds=KINDS, establishes=ESTABLISHES, roles=roles, REFUTED=REFUTED
        )

    def print(self, console: Any) -> None:
        """Print the table, what is wrong with its witness, and a summary to a Rich console."""
        console.print(self)
        for result in self.results:
            if not result.as_expected or (result.verdict == REFUTED and self.run.role):
                console.print(self.explain(result), markup=False, soft_wrap=True)
                for item in (*result.constraints, *result.mutants, *result.equality):
                    if not item.as_expected:
                        console.print(f"  {item.name}: {item.verdict} {item.message}", markup=False)
        for role, mutant in self.unrefuted_mutants:
            console.print(f"{role}: no selected claim refutes the wrong implementation {mutant!r}")
        console.print(self.summary(), markup=False)

    def _recorded(self) -> Any:
        from rich.console import Console

        console = Console(
            file=io.StringIO(), record=True, width=WIDTH, highlight=False, force_jupyter=False
        )
        self.print(console)
        return console

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        text: str = self._recorded().export_text()
        return text.rstrip("\n")

    def _repr_html_(self) -> str:
        page: str = self._recorded().export_html(
            inline_styles=True, code_format="<pre>{code}</pre>", clear=False
        )
        return page

    def save(self, folder: Path | str) -> tuple[Path, Path]:
        """Write ``evidence.json`` and ``report.html`` into `folder`, and return their paths."""
        data, page = Path(folder) / "evidence.json", Path(folder) / "report.html"
        write_text(data, self.to_json())
        write_text(page, self.to_html())
        return data, page


def _address(name: str) -> str:
    """Return how the command line finds what ``module:attribute`` names, from this folder.

    A module that lies in another folder below it, as test files do, is named by its path.
    """
    module, colon, attribute = name.partition(":")
    file = getattr(sys.modules.get(module), "__file__", None)
    if not colon or file is None or "." in module:
        return name
    folder, here = Path(file).resolve().parent, Path.cwd()
    if folder == here or not folder.is_relative_to(here) or installed(folder):
        return name
    return f"{Path(file).resolve().relative_to(here).as_posix()}:{attribute}"


def _shown(value: Any) -> str:
    """Return a value as text that is the same in every run: no addresses in memory."""
    if not isinstance(value, np.ndarray):
        return ADDRESS.sub("", repr(value))
    text = np.array2string(value, separator=", ", threshold=8, floatmode="unique")
    return " ".join(text.split())


def _cut(text: str, length: int = 400) -> str:
    return text if len(text) <= length else text[: length - 4] + " ..."


def _finite(value: Any) -> Any:
    """Return NumPy scalars as Python's."""
    return value.item()
