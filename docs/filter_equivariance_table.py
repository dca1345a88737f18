"""Write the table of `filter-equivariance.md`: which list functions people use follow the rule.

Run it as a script to bring the page up to date; a test compares the two.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import more_itertools
import numpy as np

from corollary.verify import is_filter_equivariant
from corollary.verify.filter_equivariance import asks_of_elements

PAGE = Path(__file__).parent / "filter-equivariance.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->"

ListFunction = Callable[[list[Any]], list[Any]]


def numpy_list(function: Callable[[Any], Any]) -> ListFunction:
    """Return an array function as one on lists."""
    return lambda xs: function(np.array(xs, dtype=np.int64)).tolist()


FUNCTIONS: dict[str, ListFunction] = {
    "list(xs)": list,
    "sorted(xs)": sorted,
    "sorted(xs, reverse=True)": lambda xs: sorted(xs, reverse=True),
    "sorted(xs, key=xs.count)": lambda xs: sorted(xs, key=xs.count),
    "list(reversed(xs))": lambda xs: list(reversed(xs)),
    "xs * 2": lambda xs: xs * 2,
    "xs[1:]": lambda xs: xs[1:],
    "xs[::2]": lambda xs: xs[::2],
    "list(dict.fromkeys(xs))": lambda xs: list(dict.fromkeys(xs)),
    "[x for x in xs if x % 2 == 0]": lambda xs: [x for x in xs if x % 2 == 0],
    "[max(xs)]": lambda xs: [max(xs)] if xs else [],
    "itertools.accumulate(xs)": lambda xs: list(itertools.accumulate(xs)),
    "itertools.accumulate(xs, max)": lambda xs: list(itertools.accumulate(xs, max)),
    "itertools.takewhile(bool, xs)": lambda xs: list(itertools.takewhile(bool, xs)),
    "itertools.dropwhile(bool, xs)": lambda xs: list(itertools.dropwhile(bool, xs)),
    "[k for k, _ in itertools.groupby(xs)]": lambda xs: [k for k, _ in itertools.groupby(xs)],
    "itertools.chain.from_iterable(zip(xs, xs))": lambda xs: list(
        itertools.chain.from_iterable(zip(xs, xs, strict=True))
    ),
    "more_itertools.unique_everseen(xs)": lambda xs: list(more_itertools.unique_everseen(xs)),
    "more_itertools.unique_justseen(xs)": lambda xs: list(more_itertools.unique_justseen(xs)),
    "more_itertools.duplicates_everseen(xs)": lambda xs: list(
        more_itertools.duplicates_everseen(xs)
    ),
    "more_itertools.interleave_longest(xs, xs[::-1])": lambda xs: list(
        more_itertools.interleave_longest(xs, xs[::-1])
    ),
    "more_itertools.run_length.encode(xs)": lambda xs: list(more_itertools.run_length.encode(xs)),
    "run_length.decode(run_length.encode(xs))": lambda xs: list(
        more_itertools.run_length.decode(more_itertools.run_length.encode(xs))
    ),
    "more_itertools.repeat_each(xs, 2)": lambda xs: list(more_itertools.repeat_each(xs, 2)),
    "more_itertools.ncycles(xs, 3)": lambda xs: list(more_itertools.ncycles(xs, 3)),
    "more_itertools.padded(xs, 0, 3)": lambda xs: list(more_itertools.padded(xs, 0, 3)),
    "numpy.sort(xs)": numpy_list(np.sort),
    "numpy.unique(xs)": numpy_list(np.unique),
    "numpy.repeat(xs, 2)": numpy_list(lambda xs: np.repeat(xs, 2)),
    "numpy.tile(xs, 2)": numpy_list(lambda xs: np.tile(xs, 2)),
    "numpy.flip(xs)": numpy_list(np.flip),
    "numpy.roll(xs, 1)": numpy_list(lambda xs: np.roll(xs, 1)),
    "numpy.cumsum(xs)": numpy_list(np.cumsum),
    "numpy.trim_zeros(xs)": numpy_list(np.trim_zeros),
}
ASKS = {
    "nothing": "moves elements unseen",
    "equality": "tells equal from unequal",
    "order": "compares",
    "values": "looks at values",
}


def row(name: str, function: ListFunction) -> tuple[bool, str]:
    """Return whether a function passed, and its row of the table."""
    found = is_filter_equivariant(function, letters=range(8))
    if found.violation is None:
        about = ASKS[asks_of_elements(function)]
        if found.certificate is not None:
            about += f"; certified as `{found.certificate.composition!r}`"
        return True, f"| `{name}` | yes | {about} |"
    violation = found.violation
    if violation.deleted is None:
        why = f"{violation.kind} on `{violation.items}`: {violation.detail}"
    else:
        why = (
            f"`{violation.items}` without {violation.deleted}: `{violation.filtered_before}` if "
            f"deleted before, `{violation.filtered_after}` after"
        )
    return False, f"| `{name}` | no | {why} |"


def table() -> str:
    """Return the table in Markdown, the functions that pass first."""
    rows = sorted((row(*item) for item in FUNCTIONS.items()), key=lambda found: not found[0])
    head = (
        "| function | filter equivariant | what it asks of elements, or smallest counterexample |"
    )
    return "\n".join([head, "| --- | --- | --- |", *(line for _, line in rows)]) + "\n"


def updated(page: str) -> str:
    """Return the page with the table between its marks."""
    pattern = re.escape(BEGIN) + ".*" + re.escape(END)
    return re.sub(pattern, lambda _: BEGIN + table() + END, page, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
