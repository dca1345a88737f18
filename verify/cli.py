"""The command line: a thin shell over the engine. Exit status 0, 1, 2 or 3 as in the README."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from corollary import __version__

INTERRUPTED = 130  # as shells report an interrupt: 1 says that something is refuted
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def _usage(action: Callable[[], Any]) -> Any:
    """Return what `action` returns; an error of how it was asked becomes a usage message."""
    try:
        return action()
    except (TypeError, ValueError, OSError) as error:
        raise click.UsageError(str(error)) from error
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)


def _bindings(_: click.Context, __: click.Parameter, items: tuple[str, ...]) -> dict[str, Any]:
    """Return ``{"axis": -1}`` for ``("axis=-1",)``; values are JSON, or else text."""
    bound = {}
    for item in items:
        name, equals, text = item.partition("=")
        if not equals or not name.isidentifier():
            raise click.BadParameter(f"expected name=value, got {item!r}")
        try:
            bound[name] = json.loads(text)
        except json.JSONDecodeError:
            bound[name] = text
    return bound


_IMPLEMENTATION = [
    click.option("--implementation", metavar="MODULE:FUNCTION", help="Judge this function."),
    click.option("--bind", multiple=True, callback=_bindings, metavar="NAME=VALUE",
                 help="A keyword argument of the function; @NAME passes the role's argument."),
    click.option("--dtype", default="float64", show_default=True,
                 help="float64, float32, float16 or bfloat16: the precision it is judged by."),
    click.option("--library", help="Whose arrays it takes: numpy, torch, jax, array_api_strict."),
    click.option("--device", help="Where its arrays lie, as the library writes it: cuda, gpu:1."),
    click.option("--isolate", is_flag=False, flag_value="5", type=float, metavar="[SECONDS]",
                 help="Call it in a process of its own, with this limit for a case (5 if none is "
                 "given): hanging or killing the process are then refutations."),
]  # fmt: skip


def _implementation_options(function: Any) -> Any:
    for option in reversed(_IMPLEMENTATION):
        function = option(function)
    return function


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="corollary")
def main() -> None:
    """Theorems that run: search for counterexamples to claims about implementations."""
    if "" not in sys.path:
        sys.path.insert(0, "")  # a user's own module lies in the current folder


@main.command(context_settings=CONTEXT)
@click.argument("names", nargs=-1, metavar="[FAMILY|CLAIM]...")
@_implementation_options
@click.option("--role", help="The role the function plays (needed when it is not plain).")
@click.option("--budget", default="quick", show_default=True, help="quick, standard or deep.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0))
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(min=1),
              help="Threads that evaluate swept cases.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for evidence.json, report.html and the ledger.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print evidence.json instead of a table.")
def verify(
    names: tuple[str, ...],
    implementation: str | None,
    bind: dict[str, Any],
    dtype: str,
    library: str | None,
    device: str | None,
    isolate: float | None,
    role: str | None,
    budget: str,
    seed: int,
    jobs: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Search for counterexamples to the claims, and report the evidence.

    Without --implementation the reference implementations are judged, and the claims themselves:
    each assumption dropped in turn, each wrong implementation told apart.
    """
    from rich.console import Console

    from corollary.verify.report import WIDTH
    from corollary.verify.run import check

    if implementation is not None and role is None:
        role = _usage(lambda: _role_of(names))
    console = Console(stderr=True)
    with console.status("verifying") as status:
        report = _usage(
            lambda: check(
                implementation,
                role,
                bind=bind,
                claims=names,
                budget=budget,
                dtype=dtype,
                seed=seed,
                jobs=jobs,
                library=library,
                device=device,
                isolate=isolate,
                ledger=out / "ledger.jsonl" if out else None,
                progress=lambda name: status.update(f"verifying {name}"),
            )
        )
    if as_json:
        click.echo(report.to_json(), nl=False)
    else:
        report.print(Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False))
    if out is not None:
        data, page = _usage(lambda: report.save(out))
        click.echo(f"wrote {data} and {page}", err=True)
    sys.exit(report.exit_status)


def _role_of(names: tuple[str, ...]) -> str:
    """Return the one role that the named families or claims speak about.

    A family of several roles stands for the one that bears its name, such as softmax.
    """
    from corollary.verify.claim import playable_roles, select

    roles = set(playable_roles(select(names)))
    chosen = roles if len(roles) == 1 else roles & set(names)
    if not names or len(chosen) != 1:
        raise ValueError(f"--implementation needs --role, one of {', '.join(sorted(roles))}")
    return chosen.pop()


@main.command("list", context_settings=CONTEXT)
@click.argument("names", nargs=-1, metavar="[FAMILY|CLAIM]...")
def list_claims(names: tuple[str, ...]) -> None:
    """List the claims with standing and source."""
    from corollary.verify.claim import select

    for claim in _usage(lambda: select(names)):
        source = str(claim.source) if claim.source else ""
        click.echo(f"{claim.name:45} {claim.kind:8} {claim.standing:20} {claim.dossier:6} {source}")


@main.command(context_settings=CONTEXT)
@click.argument("name", metavar="CLAIM")
@click.option("--ledger", type=click.Path(exists=True, path_type=Path), default=None,
              help="Add the evidence of this ledger, or of this folder of --out.")  # fmt: skip
def show(name: str, ledger: Path | None) -> None:
    """Show a claim: statement, interface, source, standing, assumptions, evidence so far."""
    from corollary.verify.claim import select
    from corollary.verify.formulas import plain_math
    from corollary.verify.ledger import Ledger, ledger_file

    book = None if ledger is None else _usage(lambda: Ledger(ledger_file(ledger)))
    for claim in _usage(lambda: select([name])):
        click.echo(f"{claim.name} ({claim.kind} about {claim.role.name}, {claim.standing})")
        click.echo(f"  {plain_math(claim.statement)}")
        click.echo(f"  called as: {claim.role.signature}")
        click.echo(f"  source: {claim.source or 'derived here'}; dossier {claim.dossier or '-'}")
        click.echo(f"  cases: {plain_math(claim.domain.statement)}")
        for label, constraint in claim.domain.constraints.items():
            click.echo(f"  assumes {label}: {plain_math(constraint.statement)}")
        for case in claim.tight:
            click.echo(f"  tight at {json.dumps(dict(case))}")
        for kind, attachment in claim.attachments.items():
            click.echo(f"  {kind}: {attachment.scope}")
        if book is not None:
            for key, item in book.total(claim.name):
                click.echo(f"  {key[2]} {key[4]}: {item.verdict}, {item.kind}, "
                           f"{item.cases:,} cases, {item.scope}")  # fmt: skip


@main.command(context_settings=CONTEXT)
@click.argument("name", metavar="CLAIM")
@click.argument("witness")
@_implementation_options
def replay(
    name: str,
    witness: str,
    implementation: str | None,
    bind: dict[str, Any],
    dtype: str,
    library: str | None,
    device: str | None,
    isolate: float | None,
) -> None:
    """Run one counterexample again; WITNESS is its parameters as JSON, or a file with them."""
    from corollary.verify.claim import select
    from corollary.verify.run import replay as run_again

    claims = _usage(lambda: select([name]))
    if len(claims) != 1:
        raise click.UsageError(f"{name!r} is a family; replay takes one claim")
    try:
        text = Path(witness).read_text(encoding="utf-8") if Path(witness).is_file() else witness
        parameters = json.loads(text)
    except (OSError, json.JSONDecodeError) as error:
        raise click.UsageError(f"WITNESS must be JSON or a file with JSON: {error}") from error
    if not isinstance(parameters, dict):
        raise click.UsageError(f"WITNESS must be a JSON object, got {witness!r}")
    found = _usage(
        lambda: run_again(
            claims[0],
            parameters,
            implementation,
            bind=bind,
            dtype=dtype,
            library=library,
            device=device,
            isolate=isolate,
        )
    )
    if found is None:
        click.echo(f"{name}: holds on this case")
        return
    click.echo(f"{name}: refuted ({found.fault}): {found.message}")
    sys.exit(1)


@main.command(context_settings=CONTEXT)
@click.argument("names", nargs=-1, metavar="[FAMILY|FIGURE]...")
@click.option("--out", default="corollary-figures", show_default=True,
              type=click.Path(file_okay=False, path_type=Path),
              help="Folder for the pictures and their tables.")  # fmt: skip
@click.option("--check", is_flag=True,
              help="Draw nothing; recompute and compare with the stored tables.")  # fmt: skip
@click.option("--long", is_flag=True, help="The long runs in place of the standard budget.")
def figures(names: tuple[str, ...], out: Path, check: bool, long: bool) -> None:
    """Regenerate figures, as SVG, PDF and PNG, with the tables they are drawn from.

    What an interrupted run has left in the folder is used. A check compares a table that is
    there; else it recomputes it, or the part that its report names.
    """
    from corollary.figures import build_all, check_all, select

    selected = _usage(lambda: select(names, long))
    sys.exit((check_all if check else build_all)(selected, out))


@main.command(context_settings=CONTEXT)
@click.argument("ledgers", nargs=-1, required=True, metavar="LEDGER...",
                type=click.Path(exists=True, path_type=Path))  # fmt: skip
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="The merged ledger.")  # fmt: skip
def merge(ledgers: tuple[Path, ...], out: Path) -> None:
    """Add up the evidence of several ledgers; what they share is counted once.

    A LEDGER is a file, or the folder that --out of 'corollary verify' wrote.
    """
    from corollary.verify.ledger import ledger_file
    from corollary.verify.ledger import merge as union

    out = out / "ledger.jsonl" if out.is_dir() else out
    merged = _usage(lambda: union(map(ledger_file, ledgers), out))
    totals: dict[tuple[str, str], int] = {}
    for key, record in merged.records.items():
        cell = (key[0], key[5])
        totals[cell] = totals.get(cell, 0) + record["evidence"]["cases"]
    for (claim, kind), cases in sorted(totals.items()):
        click.echo(f"{claim:45} {kind:12} {cases:>15,} cases")
    click.echo(f"wrote {out}", err=True)


@main.command(context_settings=CONTEXT)
@click.argument("names", nargs=-1, metavar="[FAMILY|CLAIM]...")
def cite(names: tuple[str, ...]) -> None:
    """Print the papers behind the claims, as BibTeX."""
    from corollary.verify.claim import select

    papers = {
        claim.source.paper.key: claim.source.paper
        for claim in _usage(lambda: select(names))
        if claim.source is not None
    }
    for _, paper in sorted(papers.items()):
        click.echo(paper.bibtex() + "\n")
    if not papers:
        click.echo("no paper: these claims are derived here", err=True)


@main.command(context_settings=CONTEXT)
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@click.option("--source", required=True, help="The column that comes first within a row.")
@click.option("--target", required=True, help="The column that comes second.")
@click.option("--depth", default=3, show_default=True, type=click.IntRange(min=0),
              help="Longest context, in rows, of the estimate.")  # fmt: skip
@click.option("--memory", default=1, show_default=True, type=click.IntRange(min=1),
              help="Rows of past that the test counts.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def information(
    file: Path, source: str, target: str, depth: int, memory: int, as_json: bool
) -> None:
    """Print what two columns of symbols direct to each other, in bits per row.

    The source acts on the target of its own row and of later ones, the target on the source of
    later rows only. The interval is for a rate above zero; whether there is one the p-value says.
    """
    from corollary.verify.information import column_information

    found = _usage(lambda: column_information(file, source, target, depth=depth, memory=memory))
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=1))
        return
    click.echo(f"{found.rows} rows; bits per row, contexts of {depth} rows, tests of {memory}")
    for item in found.directions:
        low, high = item.interval
        when = "same and later rows" if item.same_row else "later rows"
        click.echo(f"{item.source} -> {item.target} ({when}): {item.rate:.4f}, "
                   f"95 % interval {low:.4f} to {high:.4f}, p = {item.p_value:.2g}")  # fmt: skip
    click.echo(f"mutual information: {found.mutual:.4f}")
