"""Functions that misbehave are refuted as such, whatever they do, and the run goes on."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import corollary
from corollary.verify.cli import main
from corollary.verify.search.evaluate import UNSTEADY

SUM, ODDS = "softmax.sums-to-one", "softmax.odds"


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)


@pytest.fixture
def functions():
    return importlib.import_module("functions")


def refutations(function, **options):
    report = corollary.check(function, "softmax", claims=[ODDS, SUM], **options)
    assert [result.verdict for result in report.results] == ["refuted", "refuted"]
    return [result.witness for result in report.results]


@pytest.mark.parametrize("amount", [1.0, 1e-9])
def test_a_random_function_is_called_one(amount, functions):
    generator = np.random.default_rng(0)

    def drops_out(logits):
        kept = generator.random(logits.shape) > 0.1
        return functions.right(logits) * (1 - amount * ~kept)

    for found in refutations(drops_out):
        assert (found.fault, found.message) == ("wrong", UNSTEADY)


def test_a_function_that_counts_its_calls_is_called_stateful(functions):
    calls = []

    def drifting(logits):
        calls.append(1)
        return functions.right(logits) * (1 + 1e-3 * len(calls))

    for found in refutations(drifting):
        assert found.message == UNSTEADY


@pytest.mark.parametrize(
    "name, fault, message",
    [
        ("leaves", "raised", "SystemExit: 3 (functions.py:"),
        ("ends_generators", "raised", "GeneratorExit (functions.py:"),
        ("only_rows", "raised", "AssertionError (functions.py:"),
        ("raises", "raised", "IndexError: no such item (functions.py:"),
        ("nothing", "convention", "returned NoneType, expected an array of numpy"),
        ("names", "convention", "returned dtype <U6"),
        ("ragged", "convention", "returned list, expected an array of numpy"),
        ("complex_numbers", "convention", "returned dtype complex128"),
    ],
)
def test_the_run_goes_on_and_says_where(name, fault, message, functions):
    for found in refutations(getattr(functions, name)):
        assert found.fault == fault
        assert found.message.startswith(message)


@pytest.mark.parametrize(
    "result, message",
    [
        (lambda b: None, "returned None, expected real numbers"),
        (lambda b: np.zeros((b, 3)) + 0j, "returned complex128, expected real numbers"),
        (lambda b: "weights", "returned <U7, expected real numbers"),
    ],
)
def test_other_families_say_what_came(result, message):
    report = corollary.check(lambda z, *_: result(len(z)), "denoiser")
    assert {item.verdict for item in report.results} == {"refuted"}
    found = [item.witness for item in report.results]
    assert all(item.fault == "convention" and message in item.message for item in found)


def test_what_a_claim_can_make_nothing_of_is_refuted():
    own = importlib.import_module("own_claim")
    cases = [
        (lambda v: None, "got None"),
        (lambda v: v + 1j, "complex128"),
        (lambda v: {}, "TypeError"),
        (lambda v: [[1], [1, 2]], "ValueError"),
    ]
    for wrong, part in cases:
        report = corollary.check(wrong, own.PLAIN, claims=[own.plain_twice])
        (result,) = report.results
        assert result.witness.fault == "convention" and part in result.witness.message


def test_a_learner_that_changes_its_data_is_refuted():
    def learn(x, labels, embeddings, blocks, seed, fresh):
        x.fill(0)
        return np.zeros(len(fresh), dtype=int), np.zeros(len(fresh), dtype=int)

    claims = ["noprop.trained-zero-starts-are-near-bayes"]
    report = corollary.check(learn, "diffusion_learner", claims=claims)
    assert report.results[0].witness.message == "changed its input"


def test_a_refutation_that_is_expected_says_so(functions):
    claims = ["softmax.coefficients-become-uniform"]
    report = corollary.check(functions.right, "softmax", claims=claims)
    text = report.explain(report.results[0])
    assert text.startswith(f"{claims[0]}: refuted, as expected: refuted as printed")


def test_what_is_passed_through_a_library_is_no_place_of_ones_own():
    found, _ = refutations(lambda logits: np.linalg.inv(logits[0]))
    assert "LinAlgError" in found.message and "(test_misbehaviour.py:" in found.message


def test_an_argument_the_role_does_not_pass_is_wrong_usage(functions):
    with pytest.raises(ValueError, match="bind 'x' asks for @nope, an argument the role does not"):
        corollary.check(functions.right, "softmax", claims=[ODDS], bind={"x": "@nope"})
    case = corollary.verify.select([ODDS])[0].domain.block(0, 1)
    case = corollary.verify.select([ODDS])[0].domain.one(case, 0)
    with pytest.raises(ValueError, match="asks for @nope"):
        corollary.replay(ODDS, case, functions.right, bind={"x": "@nope"})


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"claims": ODDS}, TypeError, "claims must be a sequence of claims or names, got 'soft"),
        ({"claims": [3]}, TypeError, "claims must hold claims or names, got 3"),
        ({"claims": None}, TypeError, "claims must be a sequence"),
        ({"role": ["softmax"]}, TypeError, "role must be a role or the name of one"),
        ({"role": "sotfmax"}, ValueError, "did you mean 'softmax'"),
        ({"role": None}, TypeError, "role must be the role that the function plays"),
        ({"budget": []}, ValueError, "budget must be one of"),
        ({"dtype": np.float32}, ValueError, "dtype must be one of the names 'float64'"),
        ({"library": []}, ValueError, "library must be one of"),
        ({"ledger": 3}, TypeError, "ledger must be a path, got 3"),
        ({"ledger": "/"}, IsADirectoryError, "directory"),
        ({"progress": 3}, TypeError, "progress must be callable"),
        ({"seed": 1.5}, ValueError, "seed must be a whole number"),
        ({"bind": 3}, TypeError, "bind must map names of arguments to values, got 3"),
        ({"bind": {3: 1}}, TypeError, "bind must have names of arguments as keys, got 3"),
    ],
)  # fmt: skip
def test_wrong_arguments_of_check_are_named(options, error, message, functions):
    with pytest.raises(error, match=message):
        corollary.check(functions.right, **{"role": "softmax", "claims": [ODDS], **options})


def test_numpy_numbers_and_texts_of_paths_are_welcome(tmp_path, functions):
    ledger = str(tmp_path / "kept" / "ledger.jsonl")
    options = {"claims": [SUM], "seed": np.int64(3), "ledger": ledger}
    assert corollary.check(functions.right, "softmax", **options).as_expected


def test_a_folder_that_cannot_be_written_is_said_before_the_search(tmp_path):
    (tmp_path / "file").write_text("")
    arguments = ["verify", SUM, "--out", str(tmp_path / "file" / "below")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2 and "cannot be evaluated" not in result.output


def test_an_interrupt_has_a_status_of_its_own(monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("corollary.verify.run.check", interrupted)
    result = CliRunner().invoke(main, ["verify", SUM])
    assert result.exit_code == 130 and "interrupted" in result.output


def test_a_role_without_a_function_selects_its_claims():
    report = corollary.check(role="softmax_gradient", claims=["softmax.gradient-sums-to-zero"])
    assert report.as_expected
    with pytest.raises(ValueError, match="is about the role 'softmax'"):
        corollary.check(role="softmax", claims=["softmax.gradient-sums-to-zero"])


def test_a_report_shows_itself_where_it_is_the_last_value(functions):
    report = corollary.check(functions.right, "softmax", claims=[SUM])
    assert repr(report) == str(report) and "sums-to-one" in repr(report)


# ---- a role and a claim of one's own, by every door ----


def test_a_claim_of_ones_own_judges_by_every_door(monkeypatch):
    own = importlib.import_module("own_claim")
    monkeypatch.chdir(Path(__file__).parent.parent)
    report = corollary.check(own.wrong_doubling, "doubling", claims=[own.twice_is_double])
    (result,) = report.results
    assert result.verdict == "refuted"
    line = report.replay_line(result.claim, result.witness)
    place = (Path(__file__).parent / "own_claim.py").relative_to(Path.cwd()).as_posix()
    assert line.startswith(f"corollary replay {place}:twice_is_double ")
    assert line.endswith(f" --implementation {place}:wrong_doubling")
    named = ["own_claim:twice_is_double", "--implementation"]
    for function, status in (("wrong_doubling", 1), ("double", 0)):
        arguments = ["verify", *named, f"own_claim:{function}"]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == status, result.output


def test_a_module_below_the_folder_is_named_by_its_path(tmp_path, monkeypatch):
    (tmp_path / "tests").mkdir()
    source = "def mine(logits):\n    return logits\n"
    (tmp_path / "tests" / "test_below.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "tests"), *sys.path])
    below = importlib.import_module("test_below")
    report = corollary.check(below.mine, "softmax", claims=[SUM])
    line = report.replay_line(SUM, report.results[0].witness)
    assert line.endswith("--implementation tests/test_below.py:mine")
    arguments = ["verify", SUM, "--implementation", "tests/test_below.py:mine"]
    assert CliRunner().invoke(main, arguments).exit_code == 1
    missing = CliRunner().invoke(main, [*arguments[:-1], "tests/none.py:mine"])
    assert missing.exit_code == 2 and "there is no file 'tests/none.py'" in missing.output
