"""The example of the documentation page prints what it says, and its table is the stored one."""

import contextlib
import csv
import io
import math
import re
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "noprop.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"\d\.\d+")


def test_the_example_prints_what_it_says():
    ((code, expected),) = re.findall(r"```python\n(.*?)```\n```text\n(.*?)```", PAGE, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "noprop.md", "exec"), {})
    assert NUMBER.sub("", printed.getvalue()) == NUMBER.sub("", expected)
    found, stated = (
        [float(x) for x in NUMBER.findall(text)] for text in (printed.getvalue(), expected)
    )
    # a training ends elsewhere on another machine; 0.011 are two standard errors of 4000 answers
    np.testing.assert_allclose(found, stated, rtol=0, atol=0.011 + 0.005)
    assert len([line for line in code.splitlines() if line]) <= 10


def test_the_rules_it_compares_with_have_these_accuracies():
    """Two unit Gaussians whose means are 1.5 sqrt(2) apart."""
    distance = 1.5 * math.sqrt(2)
    best = (1 + math.erf(distance / 2 / math.sqrt(2))) / 2
    t = np.linspace(-12, 12, 100_001)  # along the line of the means, 0 in the middle
    p = 1 / (1 + np.exp(-distance * t))
    density = np.exp(-((t - distance / 2) ** 2) / 2) / math.sqrt(2 * math.pi)
    drawn = (density * p).sum() * (t[1] - t[0])
    found = re.search(r"Bayes rule is right in ([\d.]+) % here.*posterior in ([\d.]+) %", PAGE)
    assert [float(x) for x in found.groups()] == [round(100 * best, 1), round(100 * drawn, 1)]


def test_the_table_is_that_of_the_stored_runs():
    with (ROOT / "benchmarks" / "noprop_accuracy.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == "digits"]
    checked = 0
    for line in re.findall(r"^\| .*±.*$", PAGE, re.MULTILINE):
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        keys = [(split, m) for split in ("random", "half") for m in ("single", "vote", "zero")]
        for (split, measure), cell in zip(keys, cells, strict=True):
            own = [r for r in rows if (r["split"], r["learner"]) == (split, name)]
            values = 100 * np.array([float(r[measure]) for r in own])
            if not cell:
                assert np.isnan(values).any()
                continue
            error = values.std(ddof=1) / np.sqrt(len(values))
            assert cell == f"{values.mean():.1f} ± {error:.1f}"
            checked += 1
    assert checked >= 6 * 10
