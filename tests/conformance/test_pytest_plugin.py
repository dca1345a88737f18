"""The plugin: one test per claim, what a failure says, and no cost where it is not used."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace

import pytest

import corollary
from corollary.verify import BUDGETS
from corollary.verify.pytest_plugin import pytest_addoption

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parent.parent.parent
INSTALLED = any(item.name == "corollary" for item in entry_points(group="pytest11"))
NAMED = () if INSTALLED else ("-p", "corollary.verify.pytest_plugin")
PLUGIN = (*NAMED, "-p", "no:randomly", "-rA")
HEAD = """
import corollary
import numpy as np
import pytest

def right(x):
    weights = np.exp(x - x.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)

def wrong(x):
    return right(x) * (1 - 1e-6)

"""
# Loaded here: what is first imported while `pytester` is in use is forgotten after the test, and
# NumPy cannot be loaded twice.
CLAIMS = corollary.verify.select()
SUM, SINGLE, ODDS = "softmax.sums-to-one", "softmax.single-item", "softmax.odds"


@pytest.fixture
def run(pytester, monkeypatch):
    # In a process of its own: modules imported in this one would be forgotten after the run, and
    # Numba cannot be imported twice.
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))

    def run(body, *options):
        pytester.makepyfile(test_mine=HEAD + body)
        return pytester.runpytest_subprocess(*PLUGIN, *options)

    return run


def test_each_claim_is_a_test_and_a_failure_tells_how_to_see_it_again(run):
    result = run(
        f"@corollary.conformance('softmax', claims=['{SUM}', '{ODDS}'])\n"
        "def mine(x):\n    return wrong(x)\n"
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines_random([
        f"PASSED test_mine.py::mine[[]{ODDS}]",
        f"{SUM}: refuted",
        "  wrong: value 0.99999899999999997, expected 1",
        "  case: n=1, logits=[[][[]0.]], *",
        f"  replay: corollary replay {SUM} '{{*\"n\": 1, *}}' --implementation test_mine:mine",
    ])  # fmt: skip
    assert "Traceback" not in result.stdout.str()


def test_all_laws_of_the_role_are_tests(run):
    result = run(
        "@corollary.conformance('softmax')\ndef mine(x):\n    return right(x)\n", "--collect-only"
    )
    softmax = [claim for claim in CLAIMS if claim.role.name == "softmax"]
    laws = [claim for claim in softmax if claim.expected == "holds"]
    result.stdout.fnmatch_lines([f"*{len(laws)} tests collected*"])
    result.stdout.fnmatch_lines_random([f"*mine[[]{claim.name}]*" for claim in laws])


def test_the_most_telling_claims_come_first(run):
    lines = run(
        "@corollary.conformance('softmax')\ndef mine(x):\n    return right(x)\n",
        "--collect-only",
        "-q",
    ).outlines
    order = [line.partition("[")[2][:-1] for line in lines if line.startswith("test_mine.py::")]
    assert order.index("softmax.shift-invariance") < order.index("softmax.entropy-derivative")
    assert order.index("softmax.huge-logits") < order.index("softmax.entropy-bounds")


def test_an_expected_failure_must_go_on_failing(run):
    result = run(
        f"known = {{'{SUM}': 'scaled', '{ODDS}': 'not so'}}\n"
        f"@corollary.conformance('softmax', claims=['{SUM}', '{ODDS}'], expected=known)\n"
        "def mine(x):\n    return wrong(x)\n"
    )
    result.assert_outcomes(xfailed=1, failed=1)
    result.stdout.fnmatch_lines(["*XPASS(strict)*not so*"])


def test_fixtures_dtypes_and_parameters(run):
    result = run(
        f"@corollary.conformance('softmax', claims=['{SINGLE}'])\n"
        f"@corollary.conformance('softmax', claims=['{SINGLE}'], dtype='float32')\n"
        "@pytest.fixture(params=['a', 'b'])\n"
        "def mine(request):\n    return right if request.param == 'a' else wrong\n"
    )
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines_random([
        f"PASSED test_mine.py::mine[[]a-{SINGLE}-float32]",
        f"FAILED test_mine.py::mine[[]b-{SINGLE}]*",
    ])  # fmt: skip


@pytest.mark.parametrize(
    "body, message",
    [
        ("corollary.conformance('softmix')(right)", "got 'softmix'"),
        ("corollary.conformance('softmax', expected={'softmax.nothing': 'x'})(right)",
         "expected names 'softmax.nothing'"),
        (f"corollary.conformance('softmax', expected={{'{SUM}': ''}})(right)", "must be a reason"),
        (f"corollary.conformance('softmax', claims='{SUM}')", "must be a sequence"),
        ("corollary.conformance('softmax', dtype='float3')(right)", "got 'float3'"),
        ("corollary.conformance('softmax')(3)", "needs a function, got int"),
        ("corollary.conformance(right)", "needs a role, as in conformance('softmax'), got"),
        ("corollary.conformance('softmax')(type(np))", "got the class module"),
        (f"corollary.conformance('softmax', expected=['{SUM}'])", "must map claims to reasons"),
        (f"corollary.conformance('softmax', expected={{'{SUM[:-1]}': 'x'}})(right)",
         f"(did you mean '{SUM}'?)"),
        ("corollary.conformance('softmax')(len)", "takes no mark: decorate a fixture"),
        ("class Test:\n    m = corollary.conformance('softmax')(wrong)",
         "must stand on a function or fixture of a module"),
    ],
)  # fmt: skip
def test_wrong_use_is_an_error_that_says_so(run, body, message):
    result = run(body + "\n")
    result.stdout.fnmatch_lines([f"*{message}*"])
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_fixtures_have_the_names_they_are_given(run):
    result = run(
        f"@corollary.conformance('softmax', claims=['{SINGLE}'])\n"
        "@pytest.fixture(name='renamed')\n"
        "def first():\n    return right\n"
        f"@corollary.conformance('softmax', claims=['{SINGLE}'])\n"
        "@pytest.fixture\n"
        "def claim():\n    return wrong\n"
        "@pytest.fixture(autouse=True)\n"
        "def always():\n    return 3\n"
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines_random([
        f"PASSED test_mine.py::first[[]{SINGLE}]",
        f"FAILED test_mine.py::claim[[]{SINGLE}]*",
    ])  # fmt: skip


def test_a_fixture_that_returns_nothing_and_misuse_are_no_known_failures(run):
    result = run(
        f"@corollary.conformance('softmax', claims=['{SINGLE}'])\n"
        "@pytest.fixture\ndef empty():\n    pass\n"
        f"@corollary.conformance('softmax', claims=['{SINGLE}'], bind={{'x': '@no'}},\n"
        f"                       expected={{'{SINGLE}': 'known'}})\n"
        "def mine(x):\n    return right(x)\n"
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*'empty'* returned None, expected a function"])
    result.stdout.fnmatch_lines(["corollary.conformance: bind 'x' asks for @no*"])


def test_what_was_asked_wrongly_fails_in_one_line(run):
    result = run(
        f"@corollary.conformance('softmax', claims=['{SINGLE}'], device='nowhere')\n"
        "def mine(x):\n    return right(x)\n"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["corollary.conformance: device must be one *got 'nowhere'*"])
    assert "Traceback" not in result.stdout.str() and "run.py" not in result.stdout.str()


def test_roles_and_claims_of_ones_own(run):
    result = run(
        "from corollary.verify import Domain, Reals, Role, equal, law\n"
        "ROLE = Role('doubling', 'own_plugin', 'f(x)', 'test_mine:mine', lambda f: f.plain)\n"
        "DOMAIN = Domain('numbers', 'a number', {}, {'x': Reals(-8.0, 8.0)},\n"
        "                lambda parameters, precision: parameters['x'])\n"
        "@law(ROLE, over=DOMAIN, standing='derived')\n"
        "def twice(function, x):\n    'Twice.'\n    return equal(function(x), 2 * x, ulps=1)\n"
        "@corollary.conformance(ROLE, claims=[twice])\n"
        "@corollary.conformance('doubling')\n"
        "def mine(x):\n    return x + x\n"
        "@corollary.conformance(ROLE)\n"
        "def other(x):\n    return x + 1\n"
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["  replay: corollary replay test_mine:twice *test_mine:other"])


def test_the_budget_is_an_option(run):
    body = f"corollary.conformance('softmax', claims=['{SINGLE}'])(right)\n"
    run(body, "--corollary-budget", "quick", "--junitxml=out.xml").assert_outcomes(passed=1)
    assert "usage" in run(body, "--corollary-budget", "endless").stderr.str()
    options = {}
    group = SimpleNamespace(addoption=lambda name, **keywords: options.update(keywords))
    pytest_addoption(SimpleNamespace(getgroup=lambda name: group))
    assert set(options["choices"]) == set(BUDGETS)


def test_the_plugin_imports_nothing_heavy():
    code = (
        "import sys, corollary.verify.pytest_plugin\n"
        "heavy = {'numpy', 'numba', 'hypothesis', 'pytest', 'click', 'corollary.verify.claim'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_what_is_decorated_stays_as_it_was():
    def mine(x):
        return x

    assert corollary.conformance("softmax")(mine) is mine
