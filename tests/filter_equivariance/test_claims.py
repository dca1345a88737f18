"""The claims of the family: each able to fail, and open to anybody's function."""

import importlib.util
import json
import subprocess
import sys
from math import log2
from pathlib import Path

import numpy as np
import pytest

from corollary.theory import filter_equivariance as theory
from corollary.verify import check, replay, select
from corollary.verify.claims.filter_equivariance import (
    amalgams,
    checkers,
    covers,
    functions,
    identification,
    maps,
    natural,
    questions,
)
from corollary.verify.precision import FLOAT64
from corollary.verify.roles.filter_equivariance import (
    AMALGAMATOR,
    LIST_FUNCTION,
    NATURAL_LIST_FUNCTION,
    Words,
    same_words,
)
from corollary.verify.search import random as searches
from corollary.verify.witnesses import FOLDER

ROOT = Path(__file__).parents[2]
CLAIMS = select(["filter_equivariance"])
coverage = theory.coverage


def test_every_wrong_implementation_is_refuted_by_a_stored_witness():
    stored = json.loads((FOLDER / "filter_equivariance.json").read_text())
    assert set(stored) == {claim.name for claim in CLAIMS}
    refuted = {}
    for claim in CLAIMS:
        known = stored[claim.name]
        assert set(known["constraints"]) == set(claim.domain.constraints)
        refuted.setdefault(claim.role.name, set()).update(known["mutants"])
    wrong = {claim.role.name: set(claim.role.mutants) for claim in CLAIMS}
    assert refuted == wrong
    assert sum(map(len, wrong.values())) > 120


# Claim, module, attribute, and the attribute broken on purpose: a sign, an index, an off-by-one.
BROKEN = [
    ("filter-equivariance", functions, "kept", lambda xs, chosen: xs[len(chosen) % 2 :]),
    ("multiplicity", functions, "kept", lambda xs, chosen: xs[1:]),
    ("pairs-determine-the-output", functions, "_rank", lambda w, a, i: w.index(a) + i),
    ("amalgam-iff-no-three-cycle", amalgams, "three_cycles", lambda t: []),
    ("number-of-three-cycles", amalgams, "three_cycles", lambda t: [0] * len(t)),
    ("three-letters-suffice", amalgams, "amalgams", lambda m, w: [(0, 1, 2, 3)]),
    ("classification", natural, "compositions", lambda m: natural.entry_words(m)[:1] and ((m,),)),
    ("composition-of-signed-compositions", natural, "composed", lambda f, xs: [len(f), *xs]),
    ("neighbours-are-the-certificate", identification, "pairwise", lambda w: zip(w, w[2:])),  # noqa: B905
    ("local-key-sorts-are-filter-equivariant", identification, "sorted_by_local_keys",
     lambda blocks, xs: sorted(xs)),
    ("simplicial-map", maps, "_face", lambda word, letters, deleted: word[len(deleted) :]),
    ("map-equivariance", maps, "same_words",
     lambda found, expected: same_words(found, [word[::-1] for word in expected])),
    ("positions-decide", maps, "same_words",
     lambda found, expected: same_words(found, [word[1:] for word in expected])),
    ("no-method-asks-for-less", questions, "log2", lambda n: 1.01 * log2(n)),
    ("neighbours-that-were-shown", questions, "pairwise", lambda w: zip(w, w[2:])),  # noqa: B905
    ("rate-of-forced-outputs", theory, "coverage", lambda a, n, t: 0.99 * coverage(a, n, t)),
    ("changed-functions-are-refuted", checkers, "_is_violation", lambda f, v: False),
    ("covers-that-determine", covers, "_amalgams_of", lambda cover: (len(cover) > 2, True)),
    ("covers-that-guarantee", covers, "_amalgams_of", lambda cover: (True, len(cover) < 3)),
    ("few-queries-identify", theory, "identification_queries", lambda c: c * c + c - 1),
    ("adaptive-queries", theory, "adaptive_query_bounds", lambda k, n: (0, k * (k - 1) // 2 - 1)),
]  # fmt: skip


@pytest.mark.parametrize("name, module, attribute, broken", BROKEN, ids=[b[0] for b in BROKEN])
def test_a_broken_claim_is_refuted(monkeypatch, name, module, attribute, broken):
    claim = select([f"filter_equivariance.{name}"])[0]
    default = claim.role.implementation()

    def verdict():
        return searches.swept(claim, default, claim.domain, range(40), 1, seed=0).verdict

    assert verdict() == "holds"
    monkeypatch.setattr(module, attribute, broken)
    assert verdict() == "refuted"


def test_a_function_of_ones_own_is_judged_and_its_witness_replayed():
    report = check(lambda xs: xs[1:], "list_function")
    verdicts = {result.claim.partition(".")[2]: result.verdict for result in report.results}
    assert verdicts["filter-equivariance"] == "refuted"
    assert verdicts["no-invention"] == "holds"
    result = next(r for r in report.results if r.claim.endswith("single-deletions"))
    assert len(result.witness.parameters["items"]) == 2
    claim = select([result.claim])[0]
    assert replay(claim, result.witness.parameters, lambda xs: xs[1:]) is not None
    assert replay(claim, result.witness.parameters, sorted) is None


@pytest.mark.parametrize(
    "function, fault",
    [
        (lambda xs: tuple(xs), "convention"),
        (lambda xs: xs.sort() or xs, "wrong"),
        (lambda xs: 1 / 0, "raised"),
        (lambda xs: xs[5], "raised"),
        (lambda xs: ["new"], "wrong"),
    ],
)
def test_functions_that_are_none_are_named(function, fault):
    report = check(function, "list_function", claims=["filter_equivariance.no-invention"])
    assert report.results[0].witness.fault == fault


@pytest.mark.parametrize(
    "invents", [lambda xs: [(x, 1) for x in xs], lambda xs: [*xs, 9], lambda xs: [*xs, -1]]
)
def test_an_invention_is_refuted_and_stops_no_run(invents):
    for role, claim in (
        ("natural_list_function", "positions-decide"),
        ("list_function", "no-invention"),
    ):
        report = check(invents, role)
        verdicts = {item.claim.partition(".")[2]: item.verdict for item in report.results}
        assert verdicts[claim] == "refuted"


def test_a_checker_of_ones_own_is_judged():
    def trusting(function):
        return function([0, 1, 2, 1]) == sorted(function([0, 1, 2, 1]))

    report = check(trusting, "equivariance_checker")
    assert all(result.verdict == "refuted" for result in report.results)


def test_words_are_drawn_in_range_and_made_simpler():
    import numpy as np

    words = Words("abc", 4, 1)
    drawn = words.sample(np.linspace(0, 0.999, 500))
    assert all(words.contains(str(word)) for word in drawn)
    assert {len(word) for word in drawn} == {1, 2, 3, 4}
    assert set("".join(drawn)) == set("abc")
    assert list(words.simpler("b")) == ["a"]
    assert list(words.simpler("ab")) == ["b", "a", "aa"]
    assert not words.contains("") and not words.contains("abd") and not words.contains(1)


def test_the_page_shows_what_its_script_writes():
    pytest.importorskip("more_itertools")
    path = ROOT / "docs" / "filter_equivariance_table.py"
    spec = importlib.util.spec_from_file_location("filter_equivariance_table", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text(encoding="utf-8")
    assert script.updated(page) == page
    assert page.count("| yes |") > 15 and page.count("| no |") > 12


def test_the_checkers_are_public_and_imported_late():
    code = (
        "import sys, corollary.verify as v; late = 'corollary.verify.filter_equivariance';"
        "assert late not in sys.modules; v.is_filter_equivariant; assert late in sys.modules;"
        "assert v.filter_equivariant(sorted) is sorted"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        importlib.import_module("corollary.verify").missing  # noqa: B018


def test_the_default_list_function_is_pythons():
    assert LIST_FUNCTION.implementation().function is sorted


@pytest.mark.parametrize("role", [LIST_FUNCTION, NATURAL_LIST_FUNCTION, AMALGAMATOR],
                         ids=lambda role: role.name)  # fmt: skip
def test_half_of_the_wrong_implementations_are_right_on_usual_input_and_none_is_trivial(role):
    domain, parameters = role.typical
    case = domain.case(parameters)
    given = case[0] if isinstance(case, tuple) else case.items

    def answer(implementation):
        return role.adapt(implementation)(given)

    right = answer(role.implementation())
    answers = {name: answer(role.mutant(name)) for name in role.mutants}
    near = [name for name, found in answers.items() if found == right]
    assert 2 * len(near) >= len(role.mutants) >= 8
    for trivial in role.trivial:
        assert answer(role.mutant(trivial)) not in answers.values(), trivial


def messages(function, role):
    results = check(function, role).results
    return {item.claim.partition(".")[2]: item.witness.message for item in results if item.witness}


def test_words_that_differ_are_shown_as_lists():
    found = messages(lambda xs: xs[1:] + xs[:1], "list_function")
    assert found["filter-equivariance"] == "value [2, 1], expected [1, 2]"
    assert found["pairs-determine-the-output"] == "value [1, 2, 0], expected [2, 1, 0]"
    stable = messages(lambda xs: sorted(xs, key=lambda x: x > 2), "natural_list_function")
    assert stable["positions-decide"] == "value [0, 3], expected [3, 0]"


def test_long_words_are_cut_around_the_first_difference():
    slack = same_words([[1], [*range(40)]], [[1], [*range(30), 9, *range(31, 40)]])
    text = slack.describe(FLOAT64)
    assert text.startswith("value [..., 16, ") and "29, 30, 31, " in text and "29, 9, 31" in text
    assert text.endswith("different from index 30 on, lengths 40, 40")


def test_elements_that_are_no_numbers_of_python_are_told_apart():
    assert not same_words([[np.int64(1)]], [[np.int64(2)]]).margins(FLOAT64)[0] >= 0
    assert messages(lambda xs: list(np.roll(np.array(xs, dtype=int), 1)), "list_function")


@pytest.mark.parametrize("role", ["list_function", "natural_list_function"])
@pytest.mark.parametrize("element", ["x", object(), float("nan")])
def test_invented_elements_refute_and_never_stop_the_run(role, element):
    found = messages(lambda xs: [element for _ in xs], role)
    assert len(found) >= 2
    assert not any("0x" in text for text in found.values())
