"""The public door: every wrong softmax is refuted, other libraries' arrays travel unchanged."""

import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner

from corollary.algorithms.directed_information import information_table
from corollary.verify import Preset, check, replay, select
from corollary.verify.claim import playable_roles
from corollary.verify.cli import main
from corollary.verify.libraries import decode, encode, library_of
from corollary.verify.roles.softmax import SOFTMAX
from corollary.verify.witnesses import stored

LAWS = [claim.name for claim in select(["softmax"]) if claim.role is SOFTMAX]
SUM = "softmax.sums-to-one"


@cache
def likely(mutant):
    """The laws, those first that are known to refute the mutant."""
    return sorted(LAWS, key=lambda name: stored(name, "mutants", mutant) is None)


@pytest.mark.parametrize("mutant", SOFTMAX.mutants)
def test_every_mutant_given_as_ones_own_function_is_refuted(mutant):
    function = SOFTMAX.mutants[mutant]

    def mine(logits, temperature):
        return function(logits, temperature)

    for law in likely(mutant):
        report = check(mine, "softmax", claims=[law], bind={"temperature": "@temperature"})
        witness = report.results[0].witness
        if witness is not None:
            bind = {"temperature": "@temperature"}
            assert replay(law, witness.parameters, mine, bind=bind) == witness
            return
    raise AssertionError(f"no law refutes {mutant!r}")


ROLES = playable_roles(select())


@pytest.mark.parametrize("name", sorted(ROLES))
def test_the_wrong_versions_of_every_role_are_refuted_as_ones_own(name):
    role = ROLES[name]
    bind = role.presets.get(role.default, Preset()).bind
    claims = [claim for claim in select([role.family]) if claim.role is role]
    for mutant, function in role.mutants.items():
        cases = [(claim, stored(claim.name, "mutants", mutant)) for claim in claims]
        refuted = (replay(claim, case, function, bind=bind) for claim, case in cases if case)
        assert any(refuted), f"no claim of {name} refutes {mutant!r}"


@pytest.mark.parametrize("name", [claim.name for claim in select() if claim.tight])
def test_every_case_in_which_a_claim_is_tight_can_be_replayed(name):
    (claim,) = select([name])
    for case in claim.tight:
        assert (replay(claim, dict(case)) is None) == (claim.expected == "holds")


def biased(logits, extra=0.0):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True) + extra


def test_the_replay_line_runs_as_it_stands(monkeypatch):
    report = check(biased, "softmax", claims=[SUM], bind={"extra": 0.5}, dtype="float32")
    text = report.explain(report.results[0])
    assert "case: n=1, logits=[[0.]]" in text
    line = text.partition("replay: corollary ")[2]
    result = CliRunner().invoke(main, shlex.split(line))
    assert result.exit_code == 1, result.output
    assert "returned dtype" not in result.output


def test_a_function_without_a_name_is_replayed_in_python():
    report = check(lambda x: biased(x, 0.5), "softmax", claims=[SUM])
    line = report.explain(report.results[0]).partition("replay: corollary.")[2]
    found = eval(line, {"replay": replay, "function": lambda x: biased(x, 0.5)})
    assert found == report.results[0].witness


def test_the_evidence_of_any_binding_is_json():
    report = check(biased, "softmax", claims=[SUM], bind={"extra": np.float64(0)})
    assert json.loads(report.to_json())["run"]["bind"] == {"extra": 0.0}


LIBRARIES = [("numpy", "float64"), ("numpy", "float16"), ("torch", "float64"),
             ("torch", "bfloat16"), ("jax", "float64"), ("jax", "bfloat16"),
             ("array_api_strict", "float32")]  # fmt: skip


@pytest.mark.parametrize("library, dtype", LIBRARIES)
def test_arrays_travel_as_they_are(library, dtype):
    pytest.importorskip(library)
    seen = []

    def copy(logits):
        seen.append(logits)
        return logits + 0

    values = np.array([[0.5, -np.inf], [1.0, -3.0]])
    implementation = SOFTMAX.implementation(copy, library=library, dtype=dtype)
    assert np.array_equal(implementation.arrays(values), values)
    assert str(seen[0].dtype).rpartition(".")[2] == dtype
    assert library_of(copy) == "numpy"
    own = encode(values, library, "float32")
    assert np.array_equal(decode(own, library), values)


@dataclass
class Other:
    """A result that is no array."""

    shape = (1, 1)
    dtype = "float64"


@pytest.mark.parametrize("library", ["torch", "jax", "array_api_strict"])
def test_another_librarys_result_is_told(library):
    pytest.importorskip(library)
    report = check(lambda x: Other(), "softmax", claims=[SUM], library=library)
    witness = report.results[0].witness
    assert (witness.fault, witness.message) == (
        "convention", f"returned Other, expected an array of {library}",
    )  # fmt: skip


@pytest.mark.parametrize(
    "options, message",
    [
        ({"library": "tensorflow"}, "library must be one of numpy, torch"),
        ({"dtype": "bfloat16"}, "dtype 'bfloat16' is none of the library 'numpy'"),
    ],
)
def test_bad_libraries_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        check(biased, "softmax", **options)


def test_a_lower_precision_is_no_change_of_the_input():
    def bits(joint, n):
        wide = joint.astype(np.float64)
        return float(information_table(wide / wide.sum(), n).directed_information())

    claims = ["directed_information.conservation", "directed_information.additivity"]
    assert check(bits, "directed_information", dtype="float32", claims=claims).as_expected


def test_one_family_is_loaded_for_its_role():
    code = (
        "import sys, corollary; from corollary.verify.claim import role_named;"
        "role_named('softmax');"
        "corollary.check(lambda x: x, 'softmax', claims=['softmax.odds']);"
        "corollary.check(lambda x: x, 'log_softmax');"
        "print(sorted(name for name in sys.modules if name.startswith('corollary.verify.claims.')"
        " and name.count('.') == 3))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "['corollary.verify.claims.softmax']\n"


def test_replay_takes_one_claim():
    with pytest.raises(ValueError, match="is a family"):
        replay("softmax", {}, biased)
