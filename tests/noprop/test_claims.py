"""The roles and claims of the family: what they tell apart, and what they must not mistake."""

import numpy as np
import pytest

from corollary.theory import noprop as theory
from corollary.verify import Fault, check, select
from corollary.verify.claims.noprop import inference, optimum, steps
from corollary.verify.roles import noprop as roles
from corollary.verify.run import replay
from corollary.verify.search import random
from corollary.verify.search.evaluate import evaluate

CLAIMS = {claim.name.partition(".")[2]: claim for claim in select(["noprop"])}
ROLES = [
    roles.NOISE_SCHEDULE,
    roles.STEP_COEFFICIENTS,
    roles.SAMPLER_STEP,
    roles.BLOCK_INPUTS,
    roles.DENOISER,
    roles.DIFFUSION_CLASSIFIER,
    roles.OBJECTIVE,
    roles.VELOCITY,
]


def answer(role, implementation):
    """Return the result on the role's typical input, as one array."""
    domain, parameters = role.typical
    case = domain.case(parameters)
    if role is roles.NOISE_SCHEDULE:
        arguments = (case.times,)
    elif role is roles.STEP_COEFFICIENTS:
        arguments = (case.levels,)
    elif role is roles.SAMPLER_STEP:
        arguments = (case.state, case.estimate, case.noise, case.levels[-3], case.levels[-2])
    elif role is roles.BLOCK_INPUTS:
        arguments = (case.embedding, case.noise, case.levels)
    else:
        arguments = case.arguments
    found = role.adapt(implementation)(*arguments)
    return np.concatenate([np.ravel(part) for part in found]) if isinstance(found, list) else found


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_wrong_implementations_differ_and_none_is_trivial(role):
    right = answer(role, role.implementation())
    size = np.abs(right).max()
    for name in role.mutants:
        wrong = answer(role, role.mutant(name))
        if (role.name, name) not in UNSEEN:
            assert np.abs(wrong - right).max() > 1e-12 * size, name
        for trivial in role.trivial:
            known = answer(role, role.mutant(trivial))
            assert np.abs(wrong - known).max() > 1e-3 * size, (name, trivial)


UNSEEN = {
    # seen where a class is possible, and where a schedule is finer
    ("diffusion_classifier", "least probable class preferred"),
    ("diffusion_classifier", "weights from the level after"),
}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_several_wrong_implementations_are_near(role):
    right = answer(role, role.implementation())
    size = np.abs(right).max()
    distances = {
        name: float(np.median(np.abs(answer(role, role.mutant(name)) - right)) / size)
        for name in role.mutants
    }
    near = [name for name, distance in distances.items() if distance < 0.01]
    assert 2 * len(near) >= len(role.mutants), distances


def test_the_printed_counterexample_of_zero_start():
    """W = 3 (-1, 0, 1) on a line: the middle class is decoded, though it is the least probable."""
    w, p = 3 * np.array([[-1.0], [0.0], [1.0]]), np.array([0.40, 0.25, 0.35])
    known = theory.cosine_levels(10)
    end = theory.noise_free_end(np.zeros(1), p, w, known)
    assert np.argmin(np.abs(end - w[:, 0])) == 1
    one_hot = theory.noise_free_end(np.zeros(3), p, np.eye(3), known)
    assert np.argmax(one_hot) == 0


def test_the_bound_fails_with_the_eta_of_the_runs():
    claim = CLAIMS["evidence-bound-with-small-eta"]
    found = check(claims=[claim]).results[0]
    assert found.verdict == "refuted" and found.as_expected
    assert replay(claim, found.witness.parameters) is not None
    usual = {**found.witness.parameters, "eta": 1.0}
    assert replay(CLAIMS["evidence-bound"], usual) is None


@pytest.mark.parametrize(
    "function, kind",
    [
        (lambda z, p, w, a: "a number", "convention"),
        (lambda z, p, w, a: z[:, :1] * np.ones(7), "convention"),
        (lambda z, p, w, a: z.fill(0.0) or z, "wrong"),
        (lambda z, p, w, a: {}[1], "raised"),
        (lambda z, p, w, a: theory.posterior_mean(z, p, w, 1.0), "outside the domain"),
    ],
)
def test_faults_of_the_interface_are_named(function, kind):
    role = roles.DENOISER
    with pytest.raises(Fault) as caught:
        answer(role, role.implementation(function))
    assert caught.value.kind == kind


def test_a_user_checks_a_block_and_a_schedule():
    name = "noprop.best-estimate"
    right = check(theory.posterior_mean, "denoiser", claims=[name]).results[0]
    assert right.verdict == "holds"
    wrong = check(lambda z, p, w, a: p @ w, "denoiser", claims=[name]).results[0]
    assert wrong.verdict == "refuted"
    straight = check(lambda t: 0.999 * t, "noise_schedule").results
    assert [item.verdict for item in straight] == ["holds"]
    printed = check(lambda t: t, "noise_schedule").results
    assert [item.verdict for item in printed] == ["refuted"]


def test_single_precision_is_judged_by_its_own_roundings():
    for name in ("best-estimate", "step-keeps-the-marginal", "posterior-coefficients"):
        claim = CLAIMS[name]
        wide = claim.role.implementation(dtype="float32")
        batch = claim.domain.block(3, 64)
        assert not evaluate(claim, wide, claim.domain, batch).refutes, name


# ---- each closed form broken on purpose ----


def verdict(name):
    claim = CLAIMS[name]
    default = claim.role.implementation()
    if claim.kind == "table":
        return random.exhaustive(claim, default).verdict
    for case in claim.tight:
        if evaluate(claim, default, claim.domain, dict(case)).refutes:
            return "refuted"
    return random.swept(claim, default, claim.domain, range(8), 64, seed=0).verdict


def scaled(module, name, factor):
    right = getattr(module, name)
    return lambda *arguments, **more: factor * right(*arguments, **more)


def first_scaled(module, name, factor):
    right = getattr(module, name)

    def wrong(*arguments, **more):
        first, *rest = right(*arguments, **more)
        return factor * first, *rest

    return wrong


@pytest.mark.parametrize(
    "claim, module, name, broken",
    [
        # what a claim expects, 1 % off or with another sign
        ("posterior-coefficients", steps, "_conditioned", lambda *a: first_scaled(*a, 1.01)),
        ("step-keeps-the-marginal", steps, "plain_coefficients", lambda *a: first_scaled(*a, 1.01)),
        ("divergence-of-a-step", steps, "_divergence", lambda *a: scaled(*a, 1.01)),
        ("divergence-with-another-variance", steps, "_divergence", lambda *a: scaled(*a, -1.0)),
        ("best-variance-of-a-step", steps, "_divergence", lambda *a: scaled(*a, 0.99)),
        ("optimum-of-the-continuous-objective", optimum, "_attained", lambda *a: scaled(*a, 1.01)),
        ("gap-of-discrete-time", optimum, "plain_integral", lambda *a: scaled(*a, 1.01)),
        ("gap-with-the-best-variance", optimum, "plain_mmse", lambda *a: scaled(*a, 1.01)),
        ("noisy-end-drifts-to-noise", optimum, "plain_mixture_divergence",
         lambda *a: scaled(*a, 1.01)),
        ("clean-end-drifts-to-infinity", optimum, "plain_entropy_left",
         lambda *a: scaled(*a, -1.0)),
        ("information-is-the-integral-of-the-error", optimum, "plain_entropy_left",
         lambda *a: scaled(*a, 0.99)),
        ("drawn-classes-keep-the-marginal", inference, "_mixture", lambda *a: drifting(*a)),
        # what an implementation or a closed form gives, 1 % off
        ("signal-levels-rise", None, "lambda t: 1.01 * reference(t)", None),
        ("weight-of-a-step", None, "lambda s: (1.01 * reference(s)[0], *reference(s)[1:])", None),
        ("blocks-see-noised-labels", None, "lambda u, e, s: 1.01 * reference(u, e, s)", None),
        ("forward-mean", None, "lambda u, e, s: reference(u, e, s) + 0.01", None),
        ("blocks-draw-noise-of-their-own", None,
         "lambda u, e, s: reference(u, e, s) + 1e-9 * e.sum()", None),
        ("prior-term", None, "lambda u, a: 1.01 * reference(u, a)", None),
        ("sum-tends-to-the-integral", None, "lambda l, v, t: 0.99 * reference(l, v, t)", None),
        ("evidence-bound", None, "lambda *a: 0.99 * reference(*a)", None),
        ("objective-is-minus-the-elbo", None, "lambda *a: 1.01 * reference(*a)", None),
        ("loss-is-the-mean-over-blocks", None, "lambda *a: 1.01 * reference(*a)", None),
        ("best-estimate", None, "lambda *a: 1.01 * reference(*a)", None),
        ("estimates-stay-in-the-hull", None, "lambda *a: 1.01 * reference(*a)", None),
        ("no-estimate-is-better", None, "lambda *a: 1.01 * reference(*a)", None),
        ("weights-can-be-read-off", None, "lambda *a: 1.01 * reference(*a)", None),
        ("first-block-is-a-classifier", None, "lambda *a: 1.01 * reference(*a)", None),
        ("best-output-head-is-linear", None,
         "lambda p, w, a: (1.01 * reference(p, w, a)[0], reference(p, w, a)[1])", None),
        ("zero-start-decodes-the-bayes-class", None, "lambda *a: -1 * reference(*a)", None),
        ("known-classes-end-in-their-marginal", None, "lambda *a: 1.01 * reference(*a)", None),
        ("one-block-is-a-classifier", None, "lambda *a: 1.01 * reference(*a)", None),
        ("impossible-classes-are-not-drawn", None, "lambda *a: (reference(*a) + 1) % 2", None),
        ("risk-of-a-posterior-sampler", None, "lambda r, m: 0.99 * reference(r, m)", None),
        ("class-one-is-overrated", None, "lambda *a: 1.01 * reference(*a)", None),
        ("errors-of-the-flow", None, "lambda *a: 1.01 * reference(*a)", None),
        ("few-blocks-are-overconfident", None, "lambda *a: 2 * a[2] - reference(*a)", None),
        ("steps-tend-to-the-diffusion", None, "lambda a: [-part for part in reference(a)]", None),
        ("ddim-tends-to-the-flow", None, "lambda a: [-part for part in reference(a)]", None),
        ("best-velocity", None, "lambda *a: 1.01 * reference(*a)", None),
        ("one-euler-step-decodes", None, "lambda *a: 1.01 * reference(*a)", None),
        ("loss-has-a-floor", None, "lambda *a: 1.01 * reference(*a)", None),
        ("floor-of-three-classes", None, "lambda *a: 1.01 * reference(*a)", None),
        ("loss-outside-the-span", None, "lambda w: reference(w) + 1", None),
        ("schedules-with-the-same-ends-cost-the-same", None, "lambda *a: 1.01 * reference(*a)",
         None),
        ("learned-levels-rise", None, "lambda *a: 1.01 * reference(*a)", None),
        ("diffusion-term-is-a-mean-over-all-times", None, "lambda *a: 1.01 * reference(*a)", None),
        ("fused-zero-start-decodes-the-network", None,
         "lambda f, *a: (reference(f, *a) + 1) % f.shape[1]", None),
        ("fused-runs-draw-from-the-networks-posterior", None,
         "lambda f, *a: reference(1.1 * f, *a)", None),
        ("trained-runs-fall-from-bayes-to-gibbs", None, "lambda *a: reference(*a)[::-1]", None),
        ("trained-zero-starts-are-near-bayes", None, "lambda *a: reference(*a)[::-1]", None),
        ("trained-zero-starts-need-symmetric-embeddings", None,
         "lambda *a: [(part + 1) % 3 for part in reference(*a)]", None),
        ("blind-head-loses-nothing-in-the-limit", None, "lambda *a: 0.99 * reference(*a)", None),
        ("adam-cancels-the-weight", None, "lambda t, g, e: reference(t, g + 1e-3, e)", None),
        ("gradients-have-all-their-paths", None,
         "lambda *a: (lambda r: (r[0], 1.01 * r[1], r[2]))(reference(*a))", None),
    ],
)  # fmt: skip
def test_a_broken_claim_is_refuted(monkeypatch, claim, module, name, broken):
    assert verdict(claim) == "holds"
    if module is not None:
        monkeypatch.setattr(module, name, broken(module, name))
        assert verdict(claim) == "refuted"
        return
    found = CLAIMS[claim]
    reference = found.role.implementation().function
    wrong = found.role.implementation(eval(name, {"reference": reference}))
    if found.kind == "table":
        assert random.exhaustive(found, wrong).verdict == "refuted"
        return
    batches = [dict(case) for case in found.tight]
    batches += [found.domain.block(key, 32) for key in range(30)]
    assert any(evaluate(found, wrong, found.domain, batch).refutes for batch in batches)


def drifting(module, name):
    right = getattr(module, name)
    return lambda z, level, *rest: right(z, 0.99 * level, *rest)
