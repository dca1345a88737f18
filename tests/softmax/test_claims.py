"""The claims of the family: as expected, able to fail, and told from subtle mistakes."""

import numpy as np
import pytest

from corollary.algorithms import softmax as algorithms
from corollary.algorithms.softmax import stick_breaking, top_k_softmax
from corollary.theory import softmax as theory
from corollary.verify import _random, check, select
from corollary.verify.evidence import REFUTED
from corollary.verify.search import certified
from corollary.verify.search.evaluate import evaluate

CLAIMS = {claim.name.removeprefix("softmax."): claim for claim in select(["softmax"])}
BLOCKS = 12


def test_the_roles_have_wrong_implementations():
    roles = {claim.role.name: claim.role for claim in CLAIMS.values() if claim.kind == "law"}
    assert len(roles) >= 3
    assert sum(len(role.mutants) for role in roles.values()) >= 20


def batches(claim):
    """Yield the equality cases of a claim and a few random blocks."""
    yield from (dict(case) for case in claim.tight)
    if "exhaustive" in claim.attachments and claim.kind == "table":
        yield from claim.attachments["exhaustive"].function()
    for number in range(BLOCKS):
        yield claim.domain.block(_random.key("test", claim.name, number), 32)


def refuted(claim):
    default = claim.role.implementation()
    return any(evaluate(claim, default, claim.domain, batch).refutes for batch in batches(claim))


# A closed form made wrong, and the claims that must notice it.
BROKEN = {
    "adaptive_maximum_bound": ["adaptive-maximum"],
    "coefficient_bounds": ["coefficient-bounds"],
    "entmax15_maximum": ["entmax15-maximum"],
    "entmax_maximum": [
        "entmax-maximum",
        "entmax-is-one-hot",
        "no-unconditional-concentration",
    ],
    "entropy_bounds": ["entropy-bounds"],
    "entropy_deficit": ["entropy-deficit-bound", "entropy-ratio-tends-to-one"],
    "jacobian_norm_bound": ["jacobian-spectrum"],
    "jacobian_spectrum_bounds": ["jacobian-spectrum"],
    "maximum_bounds": ["maximum-bounds", "top-k-does-not-disperse"],
    "maximum_from_gap": ["maximum-from-gap"],
    "power_sum_bounds": ["power-sum-bounds"],
    "scalable_softmax_maximum": ["scalable-trichotomy", "scalable-maximum"],
    "softmax_box_bounds": ["box-bounds"],
    "sparsemax_maximum": ["sparsemax-maximum"],
    "squared_norm_bounds": ["squared-norm-bounds"],
    "squared_norm_ceiling": ["squared-norm-bounds"],
    "stick_breaking_bounds": ["stick-breaking-bounds"],
    "swap_bound": ["swap-of-one-item"],
    "top_k_mass_bounds": ["top-k-mass"],
    "total_variation_bound": ["total-variation-bound"],
    "total_variation_of_shift": ["shift-of-a-subset"],
}
LOWER = {"maximum_from_gap"}


def one_percent_tighter(function):
    """Return a closed form whose upper bounds are 1 % lower and whose lower bounds are higher."""

    def wrong(*arguments, **options):
        value = function(*arguments, **options)
        if isinstance(value, tuple):
            return 1.01 * np.asarray(value[0]), 0.99 * np.asarray(value[1])
        return (1.01 if function.__name__ in LOWER else 0.99) * np.asarray(value)

    return wrong


@pytest.mark.parametrize(
    "function, name", [(function, name) for function, names in BROKEN.items() for name in names]
)
def test_a_closed_form_one_percent_off_is_noticed(monkeypatch, function, name):
    claim = CLAIMS[name]
    assert not refuted(claim)
    monkeypatch.setattr(theory, function, one_percent_tighter(getattr(theory, function)))
    assert refuted(claim)


def test_a_shorter_off_switch_is_noticed(monkeypatch):
    right = theory.adaptive_off_switch_length
    monkeypatch.setattr(theory, "adaptive_off_switch_length", lambda t: 0.9 * right(t))
    assert refuted(CLAIMS["adaptive-off-switch"])


@pytest.mark.parametrize(
    "name, claim",
    [
        ("ADAPTIVE_ENTROPIES", "adaptive-sharpness"),
        ("ADAPTIVE_PEAK", "adaptive-sharpness"),
    ],
)
def test_a_root_in_its_last_digits_is_noticed(monkeypatch, name, claim):
    wrong = tuple(value * (1 + 1e-14) for value in getattr(theory, name))
    monkeypatch.setattr(theory, name, wrong)
    assert certified.proved(CLAIMS[claim]).verdict == REFUTED


def loose(claim):
    """Return the places of the conclusions that hold on all batches even when tightened."""
    default = claim.role.implementation()
    left = None
    for batch in batches(claim):
        slacks = claim.slacks(default, claim.domain.case(batch))
        left = set(range(len(slacks))) if left is None else left
        left -= {
            place
            for place in left
            if slacks[place].margins(default.precision, tightened=True).min() < 0
        }
        if not left:
            break
    return left


@pytest.mark.parametrize(
    "name", [name for name, claim in CLAIMS.items() if claim.expected != REFUTED]
)
def test_every_single_conclusion_can_fail(name):
    assert loose(CLAIMS[name]) == set()


ROLES = {
    claim.role.name: claim.role
    for claim in CLAIMS.values()
    if claim.kind == "law" and claim.role.name != "softmax"
}


def output(role, implementation):
    """Return what an implementation gives on the role's ordinary input, as one array."""
    domain, parameters = role.typical
    batch = domain.case(parameters)
    with np.errstate(all="ignore"):
        found = role.adapt(implementation)(*arguments(role, batch))
        if role.name != "row_statistics":
            return found
        fields = ("maximum", "log_normaliser", "entropy", "variance", "squared_norm")
        return np.concatenate([getattr(found, name) for name in fields], axis=-1)


def arguments(role, batch):
    heads = getattr(batch, "heads", batch)
    last = {
        "entmax": lambda: (batch.alpha,),
        "log_softmax": lambda: (batch.temperature,),
        "top_k_softmax": lambda: (int(batch.setting),),
        "scalable_softmax": lambda: (batch.setting,),
        "entropy_pinned_softmax": lambda: (batch.target[:, 0],),
        "softmax_gradient": lambda: (batch.one,),
    }.get(role.name, lambda: ())
    return (heads.logits, *last())


@pytest.mark.parametrize("name", ROLES)
def test_half_of_the_mistakes_are_subtle_and_none_is_trivial(name):
    role = ROLES[name]
    right = output(role, role.implementation())
    scale = np.abs(right).max(axis=-1, keepdims=True)

    def distance(one, other):
        return float(np.median(np.max(np.abs(one - other) / scale, axis=-1)))

    mutants = {item: output(role, role.mutant(item)) for item in role.mutants}
    trivial = {item: output(role, role.mutant(item)) for item in role.trivial}
    distances = {item: distance(value, right) for item, value in mutants.items()}
    assert 2 * sum(value < 0.01 for value in distances.values()) >= len(mutants), distances
    for item, value in mutants.items():
        for known, other in trivial.items():
            assert not distance(value, other) < 0.01, f"{item} resembles {known}"


KEYWORDS = {"adaptive_temperature_softmax": {}, "entmax15": {}, "hardmax": {}, "softmax": {},
            "scalable_softmax": {"scale": 0.7}, "entmax": {"alpha": 1.25}}  # fmt: skip


@pytest.mark.parametrize("name", KEYWORDS)
def test_each_of_the_maps_is_a_weighting(name):
    check(getattr(algorithms, name), "weighting", bind=KEYWORDS[name]).raise_for_refuted()


def test_the_maps_that_are_no_weightings_are_told():
    def top_two(logits):
        return top_k_softmax(logits, min(2, logits.shape[-1]))

    for function, wrong in ((top_two, "permutation"), (stick_breaking, "simplex")):
        refuted_claims = check(function, "weighting").results
        assert any(wrong in item.claim for item in refuted_claims if item.verdict == REFUTED)


def some(role):
    """Return the names of the claims to check an implementation of a role by, for time's sake."""
    if role != "softmax":
        return ()
    names = ("rounding-of-two-passes", "shift-invariance", "masked-items", "huge-logits",
             "coefficient-bounds", "jacobian", "total-variation-bound")  # fmt: skip
    return [f"softmax.{name}" for name in names]


@pytest.mark.parametrize("role", ["softmax", "log_softmax"])
@pytest.mark.parametrize("dtype", ["float32"])
def test_the_laws_hold_in_single_precision(role, dtype):
    report = check(f"corollary.algorithms.softmax:{role}", role, dtype=dtype, claims=some(role))
    assert report.as_expected, [report.explain(r) for r in report.results if not r.as_expected]


def test_underflow_is_no_refutation():
    """Coefficients that a format cannot hold are lost, whoever computes them."""

    def half(logits):
        return algorithms.softmax(logits.astype(np.float32)).astype(np.float16)

    claims = ["softmax.power-sum-bounds", "softmax.total-variation-bound", "softmax.odds"]
    check(half, "softmax", dtype="float16", claims=claims).raise_for_refuted()


def test_no_claim_about_entmax_asks_for_more_than_a_format_can_hold():
    """The exact weights, rounded once, refute nothing: some underflow, some are lost at the cut."""

    def rounded(logits, alpha):
        return algorithms.entmax(logits.astype(np.float64), alpha).astype(logits.dtype)

    report = check(rounded, "entmax", bind={"alpha": "@alpha"}, dtype="float16")
    assert report.as_expected, [report.explain(r) for r in report.results if not r.as_expected]


def peers():
    yield "scipy.special:softmax", "softmax", "float64", ()
    yield "scipy.special:log_softmax", "log_softmax", "float64", DOMINANT
    for module in ("torch", "jax.nn"):
        yield f"{module}:softmax", "softmax", "float32", ()
        yield f"{module}:log_softmax", "log_softmax", "float32", DOMINANT
    yield "entmax:sparsemax", "sparsemax", "float64", ()
    yield "entmax:entmax15", "entmax15", "float64", ("softmax.entmax15-is-optimal",)
    yield "entmax:entmax_bisect", "entmax", "float64", ()


# These add all exponentials before they take the logarithm, so that it comes out as 0 where one
# item outweighs the others by more than the precision.
DOMINANT = ("softmax.log-of-a-dominant-item",)


@pytest.mark.parametrize("function, role, dtype, beyond", list(peers()))
def test_known_libraries(function, role, dtype, beyond):
    pytest.importorskip(function.partition(":")[0])
    report = check(function, role, dtype=dtype, claims=some(role))
    wrong = tuple(item.claim for item in report.results if item.verdict != item.expected)
    assert wrong == beyond, [report.explain(item) for item in report.results if item.claim in wrong]
