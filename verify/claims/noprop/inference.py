"""P12, P13: inference with ideal blocks samples the posterior; from zero it decodes Bayes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from corollary.theory import noprop as theory
from corollary.verify.claim import Source, formula, law
from corollary.verify.domain import SEED, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.noprop import (
    CLASS_SAMPLER,
    DIFFUSION_CLASSIFIER,
    FINE,
    FINE_STEP,
    KNOWN_CLASSES,
    NOPROP,
    SCALARS,
    ZERO_STARTS,
    Runs,
    Scalar,
    closed_form,
    gaussian,
    logits_of,
    plain_coefficients,
    pmfs,
    runs_case,
    softmax,
)
from corollary.verify.search.certified import Measurement
from corollary.verify.slack import Slack, at_least, at_most, between, equal

INFERENCE = Source(NOPROP, "eq. 3")

# ---- from zero, without noise ----


@law(DIFFUSION_CLASSIFIER, over=ZERO_STARTS, standing="derived", dossier="P13",
     tight=(runs_case(m=2, blocks=1),))  # fmt: skip
def zero_start_decodes_the_bayes_class(classifier: Callable[..., Array], runs: Runs) -> Slack:
    r"""Without noise, from $z_0 = 0$, ideal blocks end nearest to the embedding of the most
    probable class, for every $T$ and every schedule, if all embeddings have one norm and all
    pairs one inner product.
    """
    end = classifier(*runs.arguments)
    scores = runs.scores(end)
    own = np.take_along_axis(scores, runs.labels[:, None], axis=1)
    blocks, d = runs.levels.size - 1, end.shape[1]
    size = np.abs(runs.embeddings).max() * (np.abs(runs.embeddings).max() + 1)
    return at_most(scores - own, 0.0, ulps=64 * d * (blocks + 1), scale=size)


@law(DIFFUSION_CLASSIFIER, over=ZERO_STARTS.without("symmetric embeddings"),
     standing="refuted conjecture", dossier="P13")  # fmt: skip
def zero_start_decodes_with_any_embeddings(classifier: Callable[..., Array], runs: Runs) -> Slack:
    r"""The same for embeddings of any geometry, such as Gaussian ones."""
    scores = runs.scores(classifier(*runs.arguments))
    own = np.take_along_axis(scores, runs.labels[:, None], axis=1)
    return at_most(scores - own, 0.0, ulps=2**14, scale=1.0)


# ---- where one class alone is possible ----


@law(DIFFUSION_CLASSIFIER, over=KNOWN_CLASSES, source=INFERENCE, standing="as printed",
     dossier="P1")  # fmt: skip
def known_classes_end_in_their_marginal(
    classifier: Callable[..., Array], runs: Runs
) -> tuple[Slack, ...]:
    r"""Where $p(y|x) = 1$ and $z_0$ is drawn from $q(z_0|y)$, the run ends in $q(z_T|y)$: the mean
    $\sqrt{\bar\alpha_0}u$ goes to $\sqrt{\bar\alpha_T}u$, and the variances that reach the end
    from the start and from every step add up to $1 - \bar\alpha_T$.
    """
    p, w, known, start, noise = runs.arguments
    labels, silent = w[runs.labels], np.zeros_like(noise)
    mean = classifier(p, w, known, np.sqrt(known[0]) * labels, silent)
    base = classifier(p, w, known, 0 * start, silent)
    shares = (classifier(p, w, known, 1 + 0 * start, silent) - base) ** 2 * (1 - known[0])
    for t in range(len(noise)):
        single = silent.copy()
        single[t] = 1.0
        shares = shares + (classifier(p, w, known, 0 * start, single) - base) ** 2
    # Steps shorter than 0.02 of the level lose a factor of 50; sizes are those of the embeddings.
    size = 1 + np.abs(w).max()
    return (
        equal(mean, np.sqrt(known[-1]) * labels, ulps=2**12, scale=size),
        equal(shares, 1 - known[-1], ulps=2**12, scale=size),
    )


# ---- a single step ----

ONE_STEP = Domain(
    name="runs of one block",
    statement="one block, $\\bar\\alpha_0 = 0$, any class probabilities and embeddings",
    shape={**KNOWN_CLASSES.shape, "blocks": Integers(1, 1), "first": Reals(0.0, 0.0),
           "known": Reals(0.0, 0.0)},
    rows=KNOWN_CLASSES.rows,
    build=KNOWN_CLASSES.build,
    constraints={
        "one block": Constraint("$T = 1$.", "blocks", Integers(2, 6)),
        "pure noise at the start": Constraint("$\\bar\\alpha_0 = 0$.", "first", Reals(0.1, 0.2)),
    },
)  # fmt: skip


@law(DIFFUSION_CLASSIFIER, over=ONE_STEP, standing="derived", dossier="P12")
def one_block_is_a_classifier(classifier: Callable[..., Array], runs: Runs) -> Slack:
    r"""With $T = 1$ and $\bar\alpha_0 = 0$ the run ends at
    $\sqrt{\bar\alpha_1}\,E[u|x] + \sqrt{c_1}\,\varepsilon$: the Bayes class as
    $\bar\alpha_1 \to 1$. Accuracy falls from there as $T$ grows.
    """
    p, w, known, _, noise = runs.arguments
    expected = np.sqrt(known[1]) * (p @ w) + np.sqrt(1 - known[1]) * noise[0]
    return equal(classifier(*runs.arguments), expected, ulps=2**12, scale=1 + np.abs(w).max())


@one_block_is_a_classifier.statistical(scope="200000 runs of 8 blocks, u = 1 or -1, p = (.7, .3)")
def gaussian_runs_prefer_the_probable_class(
    classifier: Callable[..., Array], seed: int
) -> Measurement:
    r"""The frequency of class 1 is that of the quadrature, 0.7450, and not 0.7."""
    runs, blocks = 200_000, 8
    known = theory.log_linear_signal(np.arange(blocks + 1) / blocks, 6.0)
    values, pmf = np.array([1.0, -1.0]), np.array([0.7, 0.3])
    generator = np.random.default_rng(np.random.Philox(seed))
    start, noise = (
        generator.standard_normal((runs, 1)),
        generator.standard_normal((blocks, runs, 1)),
    )
    end = classifier(np.tile(pmf, (runs, 1)), values[:, None], known, start, noise)
    share = float((end > 0).mean())
    predicted = float(theory.run_class_probabilities(known, values, pmf)[0])
    return Measurement(predicted, share, np.sqrt(predicted * (1 - predicted) / runs), runs)


# ---- the posterior sampler ----


@dataclass(frozen=True)
class Draws:
    """Inputs (n, m) at which some classes are impossible, embeddings, levels and a seed."""

    probabilities: Array
    embeddings: Array
    levels: Array
    seed: int


def _draws(parameters: Parameters, precision: Precision) -> Draws:
    m = int(parameters["m"])
    pmf = pmfs(np.arange(400) + int(parameters["inputs"]), m, 6)
    pmf = np.where(pmf < np.sort(pmf, axis=1)[:, m // 2 : m // 2 + 1], 0.0, pmf)
    probabilities = precision.round(pmf / pmf.sum(axis=1, keepdims=True))
    known = theory.cosine_levels(int(parameters["blocks"]))
    return Draws(probabilities, np.eye(m), known, int(parameters["draw"]))


DRAWS = Domain(
    name="draws",
    statement="class probabilities some of which are 0, one-hot embeddings, cosine levels",
    shape={
        "m": Integers(2, 5),
        "blocks": Integers(1, 12),
        "draw": Integers(0, 2**31),
        "inputs": Integers(0, 2**31),
    },
    rows={},
    build=_draws,
)


@law(CLASS_SAMPLER, over=DRAWS, standing="derived", dossier="P12")
def impossible_classes_are_not_drawn(sampler: Callable[..., Array], draws: Draws) -> Slack:
    r"""A run with ideal blocks does not return a class of probability 0; with classes drawn from
    the blocks' weights in every step it returns class $k$ with probability $p(k|x)$ for every $T$.
    """
    classes = sampler(draws.probabilities, draws.embeddings, draws.levels, draws.seed)
    chosen = np.take_along_axis(draws.probabilities, classes.astype(np.int64)[:, None], axis=1)
    return at_least([chosen.min()], np.finfo(np.float64).tiny, ulps=0)


@impossible_classes_are_not_drawn.statistical(
    scope="100000 inputs of four Gaussian classes in the plane, 5 blocks"
)
def one_run_is_a_gibbs_classifier(sampler: Callable[..., Array], seed: int) -> Measurement:
    r"""The accuracy of one run is $E_x\sum_k p(k|x)^2$, the Gibbs accuracy, not Bayes's."""
    count, m = 100_000, 4
    generator = np.random.default_rng(np.random.Philox(seed))
    angle = 2 * np.pi * np.arange(m) / m
    means = 1.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    labels = generator.integers(m, size=count)
    x = means[labels] + generator.standard_normal((count, 2))
    pmf = softmax(-0.5 * np.sum((x[:, None] - means) ** 2, axis=-1))
    classes = sampler(pmf, np.eye(m), theory.cosine_levels(5), seed)
    right = (classes == labels) - np.sum(pmf**2, axis=1)
    gibbs = float(np.mean(np.sum(pmf**2, axis=1)))
    error = float(right.std(ddof=1) / np.sqrt(count))
    return Measurement(gibbs, gibbs + float(right.mean()), error, count)


CLASS_WEIGHTS = closed_form(
    theory.class_weights,
    {
        "signal level for its root": lambda z, p, w, a: softmax(
            logits_of(z, p, w, a, slope=np.sqrt(a))),
        "norms left out": lambda z, p, w, a: softmax(logits_of(z, p, w, a, bend=0.0)),
        "softmax twice": lambda z, p, w, a: softmax(theory.class_weights(z, p, w, a)),
        "prior left out": lambda z, p, w, a: softmax(logits_of(z, 0 * p + 1, w, a)),
        "slope 0.5 % low": lambda z, p, w, a: softmax(logits_of(z, p, w, a, 0.995)),
        "level 0.5 % low": lambda z, p, w, a: theory.class_weights(z, p, w, 0.995 * a),
    },
)  # fmt: skip


@formula(CLASS_WEIGHTS, over=SCALARS, standing="derived", dossier="P12")
def drawn_classes_keep_the_marginal(weights: Callable[..., Array], case: Scalar) -> Slack:
    r"""$\int q(z_{t-1}|x) \sum_k r_k(z_{t-1}) N(z_t; a_t W_k + b_t z_{t-1}, c_t)\,dz_{t-1} =
    q(z_t|x)$: drawing a class from the weights in every step keeps the marginals exactly.
    """
    w, p, known = case.values, case.probabilities, case.levels
    errors = []
    for t in range(known.size - 1):
        a, b, c = (part[0] for part in plain_coefficients(known[t : t + 2]))
        shares = weights(FINE[:, None], p, w[:, None], known[t])
        before = _mixture(FINE, known[t], w, p)
        after = np.linspace(-3.0, 3.0, 7)
        pushed = np.zeros(after.size)
        for k in range(w.size):
            kernel = gaussian(after[:, None], a * w[k] + b * FINE, c)
            pushed += FINE_STEP * kernel @ (before * shares[:, k])
        errors.append(pushed - _mixture(after, known[t + 1], w, p))
    return equal([np.concatenate(errors)], np.zeros((1, 7 * len(errors))), ulps=1e-9 * 2.0**53,
                 scale=1.0)  # fmt: skip


def _mixture(z: Array, level: float, w: Array, p: Array) -> Array:
    return gaussian(z[:, None], np.sqrt(level) * w, 1 - level) @ p


# ---- Bayes, Gibbs, and the bound of Cover and Hart ----


@dataclass(frozen=True)
class Risks:
    """Risks averaged over the inputs of finite problems, (rows,)."""

    classes: int
    bayes: Array
    gibbs: Array


def _risks(parameters: Parameters, precision: Precision) -> Risks:
    m, inputs, seed = int(parameters["m"]), int(parameters["inputs"]), parameters["seed"]
    even = np.asarray(parameters["even"], dtype=np.float64)[:, None]
    bayes, gibbs = [], []
    for x in range(inputs):
        p = pmfs(seed, m, 20 + x)
        best = p.max(axis=1, keepdims=True)
        rest = (1 - best) / (m - 1)  # the other classes equally likely
        p = np.where(p == best, best, even * rest + (1 - even) * p)
        bayes.append(1 - p.max(axis=1))
        gibbs.append(1 - np.sum(p**2, axis=1))
    return Risks(m, np.mean(bayes, axis=0), np.mean(gibbs, axis=0))


RISKS = Domain(
    name="finite problems",
    statement="$m$ classes and finitely many equally likely inputs with any $p(k|x)$",
    shape={"m": Integers(2, 6), "inputs": Integers(1, 4)},
    rows={"even": Reals(0.0, 1.0, (0.0, 1.0)), "seed": SEED},
    build=_risks,
)
GIBBS_CEILING = closed_form(
    theory.gibbs_risk_ceiling,
    {
        "twice the Bayes risk less 1 %": lambda risk, m: 1.98 * risk,
        "square doubled": lambda risk, m: risk * (2 - 2 * m / (m - 1) * risk),
        "m for m - 1": lambda risk, m: risk * (2 - (m + 1) / m * risk) * 0.995,
        "two classes": lambda risk, m: theory.gibbs_risk_ceiling(np.minimum(risk, 0.5), 2),
        "the Bayes risk": lambda risk, m: 1 * risk,
    },
)


@formula(GIBBS_CEILING, over=RISKS, standing="derived", dossier="P12",
         tight=({"m": 2, "inputs": 1, "even": 1.0, "seed": 2},
                {"m": 5, "inputs": 1, "even": 1.0, "seed": 2}))  # fmt: skip
def risk_of_a_posterior_sampler(ceiling: Callable[..., Array], risks: Risks) -> Slack:
    r"""The risk of one run tends to $1 - E_x\sum_k p(k|x)^2$, between the Bayes risk $R$ and
    $R(2 - \frac{m}{m-1}R)$ (Cover and Hart).
    """
    upper = ceiling(risks.bayes, risks.classes)
    return between(risks.bayes, risks.gibbs, upper, ulps=64 * risks.classes, scale=1.0)
