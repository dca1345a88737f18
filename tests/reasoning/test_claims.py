"""The claims of the family: each able to fail, and open to anybody's layer or library."""

import importlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corollary.theory import reasoning as theory
from corollary.verify import check, replay, select
from corollary.verify.claims.reasoning import (
    expressivity,
    layers,
    parts,
    paths,
    resolution,
    schedules,
    transnar,
)
from corollary.verify.roles.reasoning import (
    AGGREGATOR,
    ARGUMENT_FUNCTION,
    LAYER_INPUTS,
    MESSAGE_FUNCTION,
    MESSAGE_LAYER,
    NETWORKS,
    SHORTEST_PATHS,
    UPDATE,
    Network,
    Part,
    least_solution,
)
from corollary.verify.search import random as searches
from corollary.verify.search.evaluate import evaluate
from corollary.verify.slack import bitwise
from corollary.verify.witnesses import FOLDER

ROOT = Path(__file__).parents[2]
CLAIMS = {claim.name.removeprefix("reasoning."): claim for claim in select(["reasoning"])}
NAMED_IN_THE_PLAN = {
    "parent chosen by arrival", "product instead of a bag", "mean", "log-sum-exp",
    "self-loop into the batch being consumed", "channels mixed by log-sum-exp",
}  # fmt: skip


def test_every_wrong_implementation_is_refuted_by_a_stored_witness():
    stored = json.loads((FOLDER / "reasoning.json").read_text())
    assert set(stored) == {claim.name for claim in CLAIMS.values()}
    refuted = {}
    for claim in CLAIMS.values():
        known = stored[claim.name]
        if claim.expected == "holds":
            assert set(known["constraints"]) == set(claim.domain.constraints)
        refuted.setdefault(claim.role.name, set()).update(known["mutants"])
    wrong = {claim.role.name: set(claim.role.mutants) for claim in CLAIMS.values()}
    assert refuted == wrong
    assert sum(map(len, wrong.values())) > 150
    assert set().union(*wrong.values()) >= NAMED_IN_THE_PLAN


def outputs_on_ordinary_input(role):
    """Return the right result and those of all mutants and trivial functions, flat."""
    if role in (SHORTEST_PATHS, MESSAGE_LAYER):
        over = NETWORKS if role is SHORTEST_PATHS else LAYER_INPUTS
        usual = {"nodes": 24, "degree": 3, "weights": "rounding", "source": 0, "lossy": 0}
        cases = [over.case({**usual, "seed": seed}) for seed in range(20)]
    else:
        cases = [np.random.default_rng(0).normal(size=(2, 4000, 1)) * 2]

    def result(implementation):
        function = role.adapt(implementation)
        if role is SHORTEST_PATHS:
            return np.concatenate([function(case) for case in cases])
        if role is MESSAGE_LAYER:
            given = [case.input(function) for case in cases]
            found = [function(x.features, x.edge_index, x.edges) for x in given]
            return np.concatenate(found).ravel()
        return function(*cases[0]).ravel()

    wrong = {name: result(role.mutant(name)) for name in (*role.mutants, *role.trivial)}
    return result(role.implementation()), wrong


def distances(one, other):
    scale = np.where(np.isfinite(other), np.maximum(np.abs(other), 1e-9), 1)
    with np.errstate(invalid="ignore"):
        apart = np.where(one == other, 0.0, np.abs(one - other) / scale)
    return np.where(np.isnan(apart), np.inf, apart)


@pytest.mark.parametrize(
    "role",
    [AGGREGATOR, UPDATE, ARGUMENT_FUNCTION, MESSAGE_FUNCTION, MESSAGE_LAYER, SHORTEST_PATHS],
    ids=lambda role: role.name,
)
def test_mutants_are_subtle_and_none_is_trivial(role):
    right, wrong = outputs_on_ordinary_input(role)
    near = [name for name in role.mutants if np.median(distances(wrong[name], right)) < 0.01]
    assert 2 * len(near) >= len(role.mutants)
    for name in role.mutants:
        for known in role.trivial:
            other = distances(wrong[name], wrong[known]) > 0.01
            assert other.mean() > 0.05, f"{name} resembles {known}"


def verdict(name):
    claim = CLAIMS[name]
    default = claim.role.implementation()
    tight = [evaluate(claim, default, claim.domain, dict(case)) for case in claim.tight]
    if any(outcome.refutes for outcome in tight):
        return "refuted"
    return searches.swept(claim, default, claim.domain, range(60), 16, seed=0).verdict


def off(function, factor=1.01, shift=0.0):
    """Return a closed form one percent off, or off by one."""
    return lambda *arguments: factor * np.asarray(function(*arguments)) + shift


class Loaded:
    """Random numbers whose permutations repeat an entry."""

    def __init__(self, *parts):
        self.numbers = np.random.default_rng(len(repr(parts)))

    def __getattr__(self, name):
        return getattr(self.numbers, name)

    def permutation(self, count):
        return np.maximum(self.numbers.permutation(count) - 1, 0)


def one_round_less(network):
    found = np.full(network.nodes, np.inf)
    found[network.source] = 0.0
    for _ in range(1):
        np.minimum.at(found, network.targets, found[network.sources] + network.weights)
    return found


WITH_EDGES = Network.with_edges
HEAVIER = lambda n, u, v, w: WITH_EDGES(n, u, v, w + 0.5)  # noqa: E731
HALF_UNIT = lambda part, like: np.zeros_like(like)  # noqa: E731
SHIFTED = lambda part, one, other, *_: bitwise(one, other + 1e-12)  # noqa: E731
SLOPE = resolution._softmax
# Claim, module or class, attribute, and the attribute broken on purpose.
BROKEN = [
    ("commutative-monoid", parts, "_units", HALF_UNIT),
    ("update-is-an-action", parts, "_units", HALF_UNIT),
    ("normalised-cocycle", parts, "_units", HALF_UNIT),
    ("edges-commute-with-aggregation", parts, "_units", HALF_UNIT),
    ("every-batching-ends-alike", Part, "same", SHIFTED),
    ("every-batching-emits-alike", Part, "same", SHIFTED),
    ("distances-bit-by-bit", Network, "distances", one_round_less),
    ("distances-with-negative-weights", Network, "distances", one_round_less),
    ("parents-that-no-schedule-changes", Network, "distances", one_round_less),
    ("keys-commute-with-their-minimum", paths, "least_keys",
     lambda a, b: np.where(a[:, :1] % 2 == 0, a, b)),
    ("distances-follow-the-names", paths, "_order", lambda *a: Loaded(a).permutation(a[2])),
    ("distances-in-any-order-of-edges", Network, "with_edges", HEAVIER),
    ("distances-scale", Network, "with_edges", HEAVIER),
    ("trace-scales", Network, "with_edges", HEAVIER),
    ("distances-under-reweighting", paths, "_heights", lambda n: np.arange(n.nodes) * 0.5 + 0.1),
    ("trace-under-reweighting", paths, "_heights", lambda n: np.arange(n.nodes) * 0.7 + 0.1),
    ("trace-follows-the-names", paths, "_order", lambda *a: Loaded(a).permutation(a[2])),
    ("layer-follows-the-names", layers, "generator", Loaded),
    ("layer-takes-edges-in-any-order", layers, "generator", Loaded),
    ("layer-may-run-asynchronously", layers, "_some_nodes", lambda new, now, draw: now + 1),
    ("final-states-solve-the-equation", schedules, "least_solution",
     lambda case: tuple(np.add(least_solution(case), 1))),
    ("runs-come-to-an-end", schedules, "least_solution",
     lambda case: tuple(np.add(least_solution(case), 1))),
    ("what-a-schedule-costs", theory, "newest_first_deliveries", lambda k: 3 * 2**k - 1),
    ("what-a-schedule-costs", theory, "oldest_first_deliveries", lambda k: 1 + k * (k**2 + 6) // 2),
    ("what-a-schedule-costs", theory, "synchronous_deliveries", lambda k: 3 * k * (k + 1) // 2),
    ("what-a-schedule-costs", theory, "least_first_deliveries", lambda k: 3 * k),
    ("resolution-of-the-softmax-aggregator", theory, "softmax_resolution",
     off(theory.softmax_resolution, 0.99)),
    ("resolution-bound", resolution, "_softmax", lambda x: SLOPE(1.01 * x)),
    ("dispersion-bound", resolution, "_softmax", lambda x: SLOPE(1.01 * x)),
    ("retrieval-error-bound", resolution, "_softmax", lambda x: SLOPE(0.99 * x)),
    ("retrieval-within-the-margin", theory, "retrieval_error", off(theory.retrieval_error, 0.99)),
    ("softmax-average-by-definition", resolution, "_softmax", lambda x: SLOPE(1.001 * x)),
    ("read-out-knows-no-order-of-nodes", transnar, "generator", Loaded),
    ("growth-on-stars", expressivity, "is_true", lambda flag: paths.is_true(not flag)),
]  # fmt: skip


@pytest.mark.parametrize(
    "name, place, attribute, broken", BROKEN, ids=[f"{b[0]}, {b[2]}" for b in BROKEN]
)
def test_a_broken_claim_is_refuted(monkeypatch, name, place, attribute, broken):
    assert verdict(name) == "holds"
    monkeypatch.setattr(place, attribute, broken)
    assert verdict(name) == "refuted"


def verdicts(report):
    return {result.claim.removeprefix("reasoning."): result.verdict for result in report.results}


@pytest.mark.parametrize(
    "update, bind, lawful",
    [
        (np.add, {"aggregator": "sum"}, True),
        (np.minimum, {"aggregator": "min"}, True),
        (np.logaddexp, {"aggregator": "log-sum-exp"}, True),
        (np.maximum, {"features": 3}, True),
        (lambda s, m: np.maximum(s + m, 0), {"aggregator": "sum"}, False),
        (np.maximum, {"aggregator": "sum"}, False),
        (np.hypot, {"aggregator": np.hypot, "unit": 0.0}, False),  # the states are signed
    ],
)
def test_an_update_of_ones_own_is_judged_beside_its_aggregator(update, bind, lawful):
    found = verdicts(check(update, "update", bind=bind))
    assert set(found.values()) == {"holds"} if lawful else found["update-is-an-action"] == "refuted"


def test_an_argument_function_is_judged_beside_its_update():
    own = {"update": "numpy:add", "aggregator": "sum"}
    assert set(verdicts(check(lambda s, m: 1 * m, "argument_function", bind=own)).values()) == {
        "holds"
    }
    report = check(lambda s, m: s + m, "argument_function", bind=own)
    assert verdicts(report)["normalised-cocycle"] == "refuted"
    witness = next(r.witness for r in report.results if r.claim.endswith("normalised-cocycle"))
    claim = CLAIMS["normalised-cocycle"]
    assert replay(claim, witness.parameters, lambda s, m: s + m, bind=own) is not None
    assert replay(claim, witness.parameters, lambda s, m: 1 * m, bind=own) is None


def test_rules_that_are_lawful_on_chains_pass():
    def changing_message(s, m):
        return np.where(m > s, m, -np.inf)

    assert set(verdicts(check(changing_message, "argument_function")).values()) == {"holds"}


def test_a_layer_of_ones_own_is_judged():
    def mean_layer(h, index, e):
        total = np.zeros_like(h)
        np.add.at(total, index[1], h[index[0]] + e)
        degree = np.maximum(np.bincount(index[1], minlength=len(h)), 1)[:, None]
        return np.maximum(h, total / degree)

    found = verdicts(check(mean_layer, "message_layer"))
    assert found["layer-is-local"] == "holds"
    assert found["layer-commutes-with-the-maximum"] == "refuted"
    assert found["layer-hears-a-message-twice"] == "refuted"


@pytest.mark.parametrize(
    "name, nonnegative",
    [
        ("scipy.sparse.csgraph:dijkstra", None),  # right, but it warns
        ("scipy.sparse.csgraph:bellman_ford", False),
        ("scipy.sparse.csgraph:johnson", False),
        ("networkx:single_source_dijkstra_path_length", True),
        ("networkx:single_source_bellman_ford_path_length", False),
        ("rustworkx:dijkstra_shortest_path_lengths", True),
        ("rustworkx:bellman_ford_shortest_path_lengths", False),
        ("igraph:Graph.distances", False),
    ],
)
def test_libraries_agree_bit_by_bit(name, nonnegative):
    pytest.importorskip(name.partition(":")[0])
    claims = [f"reasoning.{claim}" for claim, item in CLAIMS.items()
              if item.role.name == "shortest_paths"]  # fmt: skip
    signed = "reasoning.distances-with-negative-weights"
    if nonnegative is None:
        claims.remove(signed)
    found = verdicts(check(name, "shortest_paths", claims=claims))
    expected = dict.fromkeys(found, "holds")
    if nonnegative:
        expected[signed.removeprefix("reasoning.")] = "refuted"
    assert found == expected


@pytest.mark.parametrize(
    "function, bind, fault, words",
    [
        (lambda g, s: np.zeros((2, 3)), {}, "convention", "returned shape"),
        (lambda g, s: object(), {}, "convention", "no distances"),
        (lambda g, s: 1 / 0, {}, "raised", "ZeroDivisionError"),
        (
            lambda g, s: np.zeros(g.shape[0]),
            {"graph": "dense"},
            "convention",
            "graph must be bound",
        ),
    ],
)
def test_functions_that_are_no_shortest_paths_are_named(function, bind, fault, words):
    claims = ["reasoning.distances-bit-by-bit"]
    (result,) = check(function, "shortest_paths", bind=bind, claims=claims).results
    assert result.witness.fault == fault
    assert words in result.witness.message


@pytest.mark.parametrize(
    "role, bind, words",
    [
        ("update", {"features": "x"}, "bind 'features' must be a whole number of at least 1"),
        ("message_layer", {"features": 0}, "bind 'features' must be a whole number of at least 1"),
        ("aggregator", {"unit": "q"}, "bind 'unit' must be the number that changes nothing"),
        ("update", {"aggregator": "math:fsum"}, "bind 'unit' must be the number"),
        ("update", {"aggregator": "nope", "unit": 0.0}, "bound function must have the form"),
    ],
)
def test_what_is_bound_wrongly_is_no_refutation(role, bind, words):
    with pytest.raises(ValueError, match=words):
        check(np.maximum, role, bind=bind)


def test_functions_of_arrays_that_are_none_are_named():
    claims = ["reasoning.update-is-an-action"]
    for wrong, words in [
        (lambda s, m: 0.0, "returned shape"),
        (lambda s, m: np.float32(s), "returned dtype"),
        (lambda s, m: np.add(s, 1, out=s), "changed its input"),
    ]:
        (result,) = check(wrong, "update", claims=claims).results
        assert words in result.witness.message


def test_the_law_checks_are_public_and_imported_late():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r});"
        "import corollary.verify as v; late = 'corollary.verify.reasoning';"
        "assert late not in sys.modules; v.check_action; assert late in sys.modules;"
        "assert 'z3' not in sys.modules; v.reasoning.prove; assert 'z3' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        importlib.import_module("corollary.verify.reasoning").missing  # noqa: B018


PAGE = ROOT / "docs" / "reasoning.md"
PUBLIC = (
    "aggregator", "update", "argument_function", "message_function", "message_layer",
    "shortest_paths",
)  # fmt: skip


@pytest.mark.parametrize("role", PUBLIC)
def test_the_page_names_every_claim_of_a_role(role):
    section = PAGE.read_text(encoding="utf-8").split(f"\n### {role}\n")[1].split("\n##")[0]
    names = {name for name, claim in CLAIMS.items() if claim.role.name == role}
    assert names and all(f"`{name}`" in section for name in names)
    assert "*Reading a witness*" in section


def test_the_page_shows_what_its_script_writes():
    """The rows of the real graphs, in the columns of the libraries that are installed here."""
    path = ROOT / "docs" / "reasoning_table.py"
    spec = importlib.util.spec_from_file_location("reasoning_table", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = PAGE.read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")]
    stored = {(row[0], row[1]): row for row in rows if len(row) == 5 + len(script.FUNCTIONS)}
    for line in script.small_rows():
        cells = line.split(" | ")
        known = stored[cells[0], cells[1]]
        pairs = zip(cells, known, strict=True)
        assert all(new == old for new, old in pairs if "not installed" not in new)
        assert all("equal" in cell for cell in known[5:])
    large = [row for (name, _), row in stored.items() if name.removeprefix("| ") in script.LARGE]
    assert all(int(row[3].replace(",", "")) >= 400_000 for row in large)
    assert len(large) == 4
