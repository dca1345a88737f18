"""`check` judges whatever plays the role, and says what is wrong with it."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corollary.verify import Refuted, check, replay, select

ROOT = Path(__file__).parent.parent.parent
SUM, SHIFT = "softmax.sums-to-one", "softmax.shift-invariance"


def right(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    weights = np.exp(shifted)
    return weights / weights.sum(axis=-1, keepdims=True)


def unshifted(logits):
    with np.errstate(all="ignore"):
        return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)


def transposed(logits):
    return right(logits.T).T


def in_place(logits):
    logits -= logits.max(axis=-1, keepdims=True)
    return right(logits)


def crashing(logits):
    return logits[..., 10_000]


def refusing(logits):
    if logits.shape[-1] > 5:
        raise ValueError("at most five")
    return right(logits)


class Method:
    def softmax(self, logits):
        return right(logits)


class Stateful:
    def __init__(self):
        self.calls = 0

    def __call__(self, logits):
        self.calls += 1
        return right(logits) * (1 + 2.0**-50 * (self.calls % 2))


def witness(function, claims=(SUM,), **options):
    report = check(function, "softmax", claims=list(claims), **options)
    return report.results[0].witness


@pytest.mark.parametrize(
    "function",
    [right, lambda x: right(x), functools.partial(right), Method().softmax],
    ids=["function", "lambda", "partial", "bound method"],
)  # fmt: skip
def test_whatever_is_callable_is_judged(function):
    report = check(function, "softmax", claims=[SUM, SHIFT])
    assert [item.verdict for item in report.results] == ["holds", "holds"]
    report.raise_for_refuted()


@pytest.mark.parametrize(
    "function, claim, fault, message",
    [
        (unshifted, SHIFT, "wrong", "the result is nan, expected 1"),
        (transposed, SUM, "convention", "axis 0"),
        (lambda x: np.log(right(x)), SUM, "convention", "probabilities"),
        (lambda x: transposed(x / 2), SUM, "wrong", "expected 1"),  # no convention makes it right
        (in_place, SUM, "wrong", "changed its input"),
        (crashing, SUM, "raised", "IndexError"),
        (refusing, SUM, "outside the domain", "at most five"),
        (Stateful(), SUM, "wrong", "keeps state"),
        (lambda x: right(x)[..., 0], SUM, "convention", "returned shape"),
        (lambda x: right(x).astype(np.float32), SUM, "convention", "returned dtype float32"),
        (lambda x: None, SUM, "convention", "returned"),
        (lambda x: right(x) * (1 + 1e-13), SUM, "precision", "expected 1"),
    ],
)
def test_a_refutation_has_its_class(function, claim, fault, message):
    found = witness(function, [claim])
    assert found is not None
    assert (found.fault, message in found.message) == (fault, True), found


def test_a_crash_is_never_the_runs_own():
    report = check(crashing, "softmax")
    assert {item.verdict for item in report.results} == {"refuted"}
    assert report.exit_status == 1
    with pytest.raises(Refuted, match="IndexError"):
        report.raise_for_refuted()


def test_low_precision_is_judged_by_its_own_unit():
    def single(logits):
        assert logits.dtype == np.float32
        return right(logits)

    assert check(single, "softmax", dtype="float32").as_expected
    careless = witness(lambda x: right(x.astype(np.float16)).astype(np.float32), dtype="float32")
    assert careless is not None


def test_a_bound_argument_is_passed():
    def tempered(logits, heat, axis):
        assert axis == -1
        return right(logits / heat)

    bind = {"heat": "@temperature", "axis": -1}
    assert check(tempered, "softmax", bind=bind, claims=["softmax.coefficient-bounds"]).as_expected
    report = check(tempered, "softmax", bind={"heat": 2.0, "axis": -1},
                   claims=["softmax.maximum-bounds"])  # fmt: skip
    assert report.results[0].verdict == "refuted"


def test_a_witness_is_replayed():
    claim = select([SHIFT])[0]
    found = witness(unshifted, [SHIFT])
    parameters = json.loads(json.dumps(found.parameters))
    assert replay(claim, parameters, unshifted) == found
    assert replay(claim, parameters) is None


def test_same_seed_same_bytes_for_any_number_of_threads(tmp_path):
    claims = ["softmax.coefficient-bounds", "softmax.maximum-bounds"]
    reports = [check(claims=claims, seed=7, jobs=jobs).to_json() for jobs in (1, 2)]
    assert reports[0] == reports[1]
    assert reports[0] != check(claims=claims, seed=8).to_json()


def test_same_seed_same_bytes_whatever_else_is_loaded():
    name = "softmax.odds"
    code = "from corollary.verify import check; print(check(claims=['softmax.odds']).to_json())"
    alone = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={**os.environ, "PYTHONPATH": str(ROOT / "src")})  # fmt: skip
    assert alone.stdout.strip() == check(claims=[name]).to_json().strip()


def test_a_role_of_tables_alone_can_be_played():
    """But not a closed form that a table is about."""
    assert check(lambda blocks: 1e6 + 0 * blocks, "training_memory").results[0].verdict == "holds"
    with pytest.raises(ValueError, match="role must be one of"):
        check(lambda *a: 0.0, "discrete_gap")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"function": 3, "role": "softmax"}, "function must be callable"),
        ({"function": "scipy.special", "role": "softmax"}, "module:attribute"),
        ({"function": "no_such_package:f", "role": "softmax"}, "not installed"),
        ({"function": "math:no_such", "role": "softmax"}, "has no 'no_such'"),
        ({"function": "math:pi", "role": "softmax"}, "expected a callable"),
        ({"function": right}, "role must be the role that the function plays"),
        ({"function": right, "role": "softmix"}, "role must be one of"),
        ({"claims": ["softmax.nothing"]}, "neither a family"),
        ({"budget": "endless"}, "budget must be one of"),
        ({"dtype": "float8"}, "dtype must be one of"),
        ({"seed": -1}, "seed must be"),
        ({"seed": True}, "seed must be"),
        ({"jobs": 0}, "jobs must be"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        check(**arguments)


def test_a_report_reads_well_in_a_terminal_and_in_a_notebook():
    report = check(unshifted, "softmax", claims=[SHIFT])
    assert f"{SHIFT}: refuted" in str(report) and "1 not as expected" in str(report)
    page = report._repr_html_()
    assert page.startswith("<pre>") and "replay: corollary" in page


def test_a_case_is_shown_without_the_format_that_the_run_has():
    report = check(np.hypot, "aggregator", bind={"unit": 0.0})
    (line,) = [x for x in report.explain(report.results[0]).splitlines() if "case:" in x]
    assert "s=[[0.]]" in line and "precision" not in line
