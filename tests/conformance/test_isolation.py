"""Isolated functions: one that hangs or kills its process is refuted, and the run goes on."""

import gc
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from corollary.verify import check, replay, select
from corollary.verify.cli import main
from corollary.verify.implementation import Fault
from corollary.verify.isolation import Isolated
from corollary.verify.roles.softmax import SOFTMAX, case
from corollary.verify.search.evaluate import evaluate

SUM, SINGLE = "softmax.sums-to-one", "softmax.single-item"
X = np.array([[0.0, 1.0], [2.0, 2.0]])


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    yield
    sys.modules.pop("functions", None)


def isolated(name, seconds=60.0):
    return Isolated(f"functions:{name}", seconds, "numpy", "float64")


def test_a_function_that_hangs_is_refuted_and_the_run_goes_on():
    report = check("functions:hangs", "softmax", claims=[SUM, SINGLE], isolate=0.5)
    hung, single = report.results
    assert (hung.verdict, hung.witness.fault) == ("refuted", "timed out")
    assert hung.witness.parameters["n"] > 5
    assert [item.kind for item in hung.evidence] == ["sampled"]  # no further waiting
    assert single.verdict == "holds"
    assert "--isolate=0.5" in report.explain(hung)
    again = replay(SUM, hung.witness.parameters, "functions:hangs", isolate=0.5)
    assert again.fault == "timed out"


def test_a_function_that_kills_its_process_is_refuted():
    witness = check("functions:dies", "softmax", claims=[SUM], isolate=60).results[0].witness
    assert (witness.fault, witness.message) == ("raised", "killed its process (SIGSEGV)")


def test_the_limit_is_one_cases_not_a_batchs():
    implementation = SOFTMAX.implementation("functions:slow_in_batches", isolate=0.2)
    claim = select([SUM])[0]
    batch = case(n=3, seed=np.arange(4))
    assert not evaluate(claim, implementation, claim.domain, batch).refutes


@pytest.mark.parametrize(
    "name, kind, message",
    [
        ("leaves", "raised", "ended its process (exit status 3)"),
        ("raises", "raised", "IndexError: no such item"),
        ("unsendable", "convention", "returned function, which cannot be sent"),
    ],
)
def test_what_ends_a_call_has_its_class(name, kind, message):
    with pytest.raises(Fault) as caught:
        isolated(name)(X)
    assert (caught.value.kind, str(caught.value)[: len(message)]) == (kind, message)


def test_results_changes_and_prints_are_as_without_isolation():
    assert np.array_equal(isolated("right")(X), isolated("talks")(X))
    changed = X.copy()
    isolated("in_place")(changed)
    assert np.array_equal(changed, X - 1)


def test_a_lost_call_is_not_made_again_and_the_next_one_is():
    function = isolated("dies")
    for _ in range(2):
        with pytest.raises(Fault, match="SIGSEGV"):
            function(np.zeros((1, 6)))
    assert function._worker is None
    assert function(np.zeros((1, 2))).tolist() == [[0.5, 0.5]]


def test_the_worker_ends_with_the_function():
    function = isolated("right")
    function(X)
    worker = function._worker
    del function
    gc.collect()
    assert worker.wait(timeout=30) is not None  # raises if it lives on


@pytest.mark.parametrize(
    "function, options, message",
    [
        (lambda x: x, {"isolate": 1.0}, "functions named 'module:attribute' alone"),
        ("functions:right", {"isolate": 0}, "positive number of seconds"),
        ("functions:right", {"isolate": True}, "positive number of seconds"),
        (None, {"isolate": 1.0}, "needs a function"),
        (None, {"library": "torch"}, "needs a function"),
    ],
)
def test_what_cannot_be_isolated_is_said(function, options, message):
    with pytest.raises(ValueError, match=message):
        check(function, "softmax", claims=[SUM], **options)


def test_arguments_that_cannot_be_sent_are_said():
    with pytest.raises(ValueError, match="isolate is not offered here"):
        isolated("right")(lambda: None)


def test_the_command_line_isolates():
    arguments = ["replay", SUM, '{"n": 7, "pattern": "one_high", "temperature": 1.0, "masked": 0,'
                 '"kept": 1, "shifts": 0, "spread": 0.0, "understated": 1.0, "other": 0.0,'
                 '"seed": 0}', "--implementation", "functions:hangs", "--isolate=0.3"]  # fmt: skip
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "timed out" in result.output
