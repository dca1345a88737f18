"""Known mistakes, one by one: those of public implementations, and those of the paper.

The first list are errors found by reading public implementations of NoProp. Each must be among the
wrong implementations of a role that anybody can play, and be refuted by a claim about that role.
The second list are slips of arXiv 2503.24322 v1. Each must have a claim that states the correction
and, where what is printed can be judged, one whose counterexample is expected.
"""

import functools

import pytest

from corollary.verify import check, select
from corollary.verify.evidence import HOLDS
from corollary.verify.search.evaluate import evaluate
from corollary.verify.witnesses import stored

CLAIMS = {claim.name.partition(".")[2]: claim for claim in select(["noprop"])}
ROLES = {claim.role.name: claim.role for claim in CLAIMS.values() if claim.kind != "formula"}

MISTAKES = {
    "the level for its root": [
        ("block_inputs", "signal level for its root"),
        ("sampler_step", "signal level for its root"),
    ],
    "half the exponent, sigma(-gamma/2)": [
        ("block_inputs", "half the exponent"),
        ("step_coefficients", "half the exponent"),
    ],
    "a falling schedule, whose weights are negative": [
        ("noise_schedule", "falling (cumulative product over the blocks)"),
        ("objective", "weights of a falling schedule"),
        ("diffusion_learner", "error made large (falling schedule)"),
    ],
    "noise along one chain, shared between blocks": [
        ("block_inputs", "one chain for all blocks"),
        ("block_inputs", "one noise for all blocks"),
    ],
    "block t fed with z_t": [("block_inputs", "state after the step")],
    "the prior term dropped, or half the squared norm": [
        ("objective", "prior term left out"),
        ("objective", "half the squared norm as prior term"),
    ],
    "the drift of the SDE without its noise": [
        ("sampler_step", "drift of the SDE without its noise"),
        ("diffusion_classifier", "drift of the SDE without its noise"),
        ("diffusion_learner", "drift of the SDE without its noise"),
    ],
    "the flow (u - z)/(1 - level)": [
        ("sampler_step", "straight flow to the estimate"),
        ("diffusion_classifier", "straight flow to the estimate"),
        ("diffusion_learner", "straight flow to the estimate"),
    ],
    "noise of the forward process, sqrt(1 - alpha) for sqrt(c)": [
        ("step_coefficients", "noise of the forward process"),
        ("sampler_step", "noise of the forward process"),
        ("diffusion_learner", "noise of the forward process"),
    ],
    "a cosine normalised to reach 1": [("noise_schedule", "normalised at the clean end")],
    "softmax twice": [("denoiser", "softmax twice"), ("diffusion_learner", "softmax twice")],
    "softmax times W for a velocity": [
        ("velocity", "the estimate itself (softmax times W)"),
    ],
    "no stop of the gradient between blocks": [
        ("block_training", "missing stop between blocks"),
    ],
}


def refuting(role, mutant):
    """Return the claims that hold of the reference and refute the wrong one on a stored case."""
    found = []
    for name, claim in CLAIMS.items():
        case = stored(claim.name, "mutants", mutant)
        if claim.role is not role or claim.expected != HOLDS or case is None:
            continue
        judge = functools.partial(evaluate, claim, domain=claim.domain, parameters=case)
        right = judge(implementation=role.implementation())
        if judge(implementation=role.mutant(mutant)).refutes and not right.refutes:
            found.append(name)
    return found


def test_there_are_thirteen():
    assert len(MISTAKES) == 13


@pytest.mark.parametrize(
    "role, mutant",
    [pair for pairs in MISTAKES.values() for pair in pairs],
    ids=lambda item: item.replace(" ", "-"),
)
def test_a_mistake_seen_in_public_code_is_refuted(role, mutant):
    assert mutant in ROLES[role].mutants
    assert refuting(ROLES[role], mutant)


def test_the_right_implementation_is_not_mistaken_for_a_wrong_one():
    """The reference in the place of a wrong one: no claim refutes it."""
    role = ROLES["sampler_step"]
    claim = CLAIMS["step-keeps-the-marginal"]
    case = stored(claim.name, "mutants", "noise of the forward process")
    assert not evaluate(claim, role.implementation(), claim.domain, case).refutes


# place: (claims that state what is right, claims that state what is printed)
SLIPS = {
    "eq. 32: no z_s in the mean": (["forward-mean"], ["forward-mean-as-printed"]),
    "eq. 36: the cumulative level in q(z_{t-1} | z_t)": (
        ["posterior-coefficients"],
        ["backward-kernel-as-printed"],
    ),
    "eq. 60: t ~ U{0, 1}": (
        ["diffusion-term-is-a-mean-over-all-times"],
        ["diffusion-term-is-a-mean-over-both-ends"],
    ),
    "Algorithm 1: z_t is drawn, z_{t-1} is needed": (
        ["blocks-see-noised-labels"],
        ["blocks-see-later-latents-as-printed"],
    ),
    "eq. 8: called a bound, with eta = 0.1": (
        ["evidence-bound"],
        ["evidence-bound-with-small-eta"],
    ),
    "each block is trained independently": (
        ["blocks-train-alone"],
        ["blocks-train-alone-with-learned-embeddings"],
    ),
    "eq. 10: starts at N(0, I) with sigma > 0": (
        ["flow-from-the-matching-start"],
        ["flow-from-the-printed-start"],
    ),
    "section 2.3.2: v of arbitrary direction": (
        ["loss-outside-the-span"],
        ["velocity-of-any-direction"],
    ),
    "Appendix B: gamma_1 > gamma_0 is not asked for": (
        ["learned-levels-rise"],
        ["learned-levels-rise-as-printed"],
    ),
    # Never written down in the paper: nothing printed to refute, but the usual form is a mutant.
    "cosine: a clean end of 1": (["signal-levels-rise"], []),
    # Called an effect of conditioning on t; what many steps do by themselves is a theorem.
    "section 4: why NoProp-CT is less accurate": (
        ["trained-runs-fall-from-bayes-to-gibbs", "fused-runs-draw-from-the-networks-posterior"],
        [],
    ),
}


@pytest.mark.parametrize("place", SLIPS)
def test_a_slip_of_the_paper_has_its_claims(place):
    right, printed = SLIPS[place]
    assert right
    for name in right:
        assert CLAIMS[name].expected == HOLDS
    for name in printed:
        claim = CLAIMS[name]
        assert claim.standing == "refuted as printed" and claim.source is not None
        (found,) = check(claims=[claim]).results
        assert found.verdict == "refuted" and found.witness is not None


def test_every_claim_refuted_as_printed_is_in_the_list():
    listed = {name for _, printed in SLIPS.values() for name in printed}
    refuted = {name for name, item in CLAIMS.items() if item.standing == "refuted as printed"}
    assert refuted == listed
