"""The example of the documentation page prints what it says, and its table is the stored one."""

import contextlib
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
