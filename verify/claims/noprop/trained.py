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
