"""P12, P13 against trained networks: exactly, where one is fused, and a learner of one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from corollary.theory import noprop as theory
from corollary.verify.claim import law, table
from corollary.verify.precision import Array
from corollary.verify.roles.noprop import (
    DIFFUSION_LEARNER,
    FUSED,
    FUSED_CLASSIFIER,
    Fused,
    fused_case,
    mixture,
    softmax,
    trained_network,
)
from corollary.verify.search.certified import Measurement
from corollary.verify.slack import Slack, at_least

# ---- a trained network, fused exactly ----


@law(FUSED_CLASSIFIER, over=FUSED, standing="derived", dossier="11.2", tight=(fused_case(),))
def fused_zero_start_decodes_the_network(classify: Callable[..., Array], case: Fused) -> Slack:
    r"""With the logits $f(x) + \frac{\sqrt{\bar\alpha}}{1-\bar\alpha}W_k \cdot z -
    \frac12 s\Vert W_k\Vert^2$ of any trained network $f$, a run from zero without noise decodes
    $\mathrm{argmax} f(x)$, for every $T$ and schedule, if all embeddings have one norm and all
    pairs one inner product.
    """
    classes = classify(case.logits, case.embeddings, case.levels, False, case.seed)
    chosen = np.take_along_axis(case.logits, classes.astype(np.int64)[:, None], axis=1)[:, 0]
    # One case: all inputs of a network.
    return at_least([chosen], [case.logits.max(axis=1)], ulps=case.ulps, scale=1.0)


_FRESH = 30_000
# Not symmetric: classes that are drawn keep the posterior with embeddings of any geometry.
_EMBEDDINGS = np.array([[-1.0, 0.5, 0.0], [2.5, 0.3, -0.4], [0.1, -0.4, 0.2], [0.2, 0.2, 3.0]])


@cache
def _trained(seed: int) -> tuple[Array, Any]:
    """Return the logits of a trained network at fresh inputs of four classes, and the labels."""
    x, labels, _ = mixture(4, 1.5, _FRESH, np.random.default_rng([seed, 3]))
    return trained_network(4, 40, seed)(x), labels


@table(FUSED_CLASSIFIER, rows=((1, 0.0), (2, 0.0), (12, 0.0)), digits=6, standing="derived",
       dossier="11.2")  # fmt: skip
def fused_runs_draw_from_the_networks_posterior(
    classify: Callable[..., Array], blocks: int
) -> float:
    r"""A run that draws a class in every step returns class $k$ with probability
    $\pi_k(x) = \mathrm{softmax}_k f(x)$, for every $T$ and any embeddings: on 30000 inputs the
    frequencies of all classes, and the mean of $\pi$ at the drawn class, are those of $\pi$ to 5
    standard errors. The value is by how many of them the worst is further away.
    """
    logits, _ = _trained(0)
    pmf = softmax(logits)
    known = theory.cosine_levels(blocks)
    classes = classify(logits, _EMBEDDINGS, known, True, blocks).astype(np.int64)
    drawn = np.eye(4)[classes]
    own = np.sum(pmf * drawn, axis=1)
    mean = np.append(np.sum(drawn - pmf, axis=0), np.sum(own - np.sum(pmf**2, axis=1)))
    variance = np.append(
        np.sum(pmf * (1 - pmf), axis=0),
        np.sum(np.sum(pmf**3, axis=1) - np.sum(pmf**2, axis=1) ** 2),
    )
    return float(max(0.0, np.max(np.abs(mean) / np.sqrt(variance)) - 5.0))


@fused_runs_draw_from_the_networks_posterior.statistical(
    scope="30000 labelled inputs of four Gaussian classes, a network trained on 120, 5 blocks"
)
def accuracy_of_a_fused_run(classify: Callable[..., Array], seed: int) -> Measurement:
    r"""The accuracy of one run is the mean of $\pi$ at the true class, however good $f$ is."""
    logits, labels = _trained(seed)
    of_truth = np.take_along_axis(softmax(logits), labels[:, None], axis=1)[:, 0]
    classes = classify(logits, _EMBEDDINGS, theory.cosine_levels(5), True, seed)
    # The labels are given: what varies are the runs, each with its own probability to be right.
    error = float(np.sqrt(np.sum(of_truth * (1 - of_truth))) / _FRESH)
    return Measurement(float(of_truth.mean()), float((classes == labels).mean()), error, _FRESH)


# ---- any learner, trained on data whose posterior is known ----

_TRAINED_ON, _TESTED_ON = 4_000, 10_000
GIBBS, BAYES = 0.0, 1.0
# What training may miss, in shares of the way from Gibbs's accuracy to Bayes's, which is 0.10 here.
QUARTER, TENTH = 0.25, 0.1
_BANDS = {
    1: (BAYES - QUARTER, BAYES),
    3: (GIBBS + QUARTER, BAYES - QUARTER),
    20: (GIBBS - QUARTER, GIBBS + QUARTER),
}


def _classes(learn: Callable[..., Any], blocks: int) -> tuple[tuple[Any, Any], Array]:
    """Return the classes of one run and of the run from zero at fresh inputs, and p(k | x)."""
    generator = np.random.default_rng(blocks)
    x, labels, _ = mixture(4, 1.5, _TRAINED_ON, generator)
    fresh, _, pmf = mixture(4, 1.5, _TESTED_ON, generator)
    return learn(x, labels, np.eye(4), blocks, blocks, fresh), pmf


def _outside(classes: Any, pmf: Array, low: float, high: float) -> float:
    """Return how far outside a band the accuracy is, as a share of the way from Gibbs to Bayes.

    The accuracy is the mean of p(k | x) at the decoded class: there are no labels to be lucky with,
    and the error left is that of the draws, of which 5 standard errors are forgiven.
    """
    gibbs = np.sum(pmf**2, axis=1)
    way = float(np.mean(pmf.max(axis=1) - gibbs))
    gain = (np.take_along_axis(pmf, classes[:, None], axis=1)[:, 0] - gibbs) / way
    error = 5 * float(gain.std(ddof=1)) / np.sqrt(len(gain))
    return max(0.0, low - error - float(gain.mean()), float(gain.mean()) - error - high)


@table(DIFFUSION_LEARNER, rows=tuple((blocks, 0.0) for blocks in _BANDS), digits=6,
       standing="derived", dossier="P12")  # fmt: skip
def trained_runs_fall_from_bayes_to_gibbs(learn: Callable[..., Any], blocks: int) -> float:
    r"""Trained on 4000 inputs of four Gaussian classes, a learner decodes in a single run with an
    accuracy that falls with the number of blocks from Bayes's to that of a draw, Gibbs's. In shares
    of the way from Gibbs (0) to Bayes (1): at least 3/4 for 1 block, between 1/4 and 3/4 for 3,
    between -1/4 and 1/4 for 20. The quarter is what training may miss, measured and not derived;
    5 standard errors of 10000 test inputs are forgiven besides. The value is how far outside it is.
    """
    (run, _), pmf = _classes(learn, blocks)
    return _outside(run, pmf, *_BANDS[blocks])


@table(DIFFUSION_LEARNER, rows=((1, 0.0), (3, 0.0)), digits=6, standing="derived",
       dossier="P13")  # fmt: skip
def trained_zero_starts_are_near_bayes(learn: Callable[..., Any], blocks: int) -> float:
    r"""The same learner, without noise from zero, has Bayes's accuracy for every number of blocks,
    less at most a tenth of the way to Gibbs's, which is what training may miss, measured and not
    derived, and 5 standard errors. The value is how far outside it is.
    """
    (_, zero), pmf = _classes(learn, blocks)
    return _outside(zero, pmf, BAYES - TENTH, BAYES)


_LABELS = np.array([0.45, 0.20, 0.35])
_GEOMETRIES = {"one-hot": np.eye(3), "3 (-1, 0, 1) on a line": 3 * np.array([[-1.0], [0.0], [1.0]])}


@table(DIFFUSION_LEARNER, rows=(("one-hot", 0.0), ("3 (-1, 0, 1) on a line", 1.0)), digits=1,
       standing="derived", dossier="P13")  # fmt: skip
def trained_zero_starts_need_symmetric_embeddings(
    learn: Callable[..., Any], geometry: str
) -> float:
    r"""Trained on 4000 inputs that tell nothing of three classes with the frequencies 0.45, 0.20
    and 0.35, a run of 3 blocks from zero decodes the least probable one at no input with one-hot
    embeddings, and at every input with $W = 3(-1, 0, 1)$, where it lies in the middle. The value is
    the share of the inputs.
    """
    generator = np.random.default_rng(3)
    labels = generator.choice(3, size=_TRAINED_ON, p=_LABELS)
    x, fresh = (generator.standard_normal((count, 1)) for count in (_TRAINED_ON, 1000))
    _, zero = learn(x, labels, _GEOMETRIES[geometry], 3, 0, fresh)
    return float(np.mean(zero == np.argmin(_LABELS)))
