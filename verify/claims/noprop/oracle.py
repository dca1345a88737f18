"""P6, P7, P8: the best block and the best output head, in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from corollary.theory import noprop as theory
from corollary.verify.claim import Source, formula, law
from corollary.verify.precision import Array
from corollary.verify.roles.noprop import (
    DENOISER,
    DISTINCT,
    NOISY,
    NOPROP,
    PURE_NOISE,
    Noisy,
    closed_form,
    noisy_case,
)
from corollary.verify.slack import Slack, at_least, between, equal

HULL = Source(NOPROP, "section 2.3.2")
EQ_8 = Source(NOPROP, "eq. 8")


@law(DENOISER, over=NOISY, standing="derived", dossier="P6")
def best_estimate(denoiser: Callable[..., Array], noisy: Noisy) -> Slack:
    r"""The squared error $E\|\hat u - u_y\|^2$ is least for $\hat u = E[u_y|z,x] = \sum_k r_k W_k$
    with $r = \mathrm{softmax}_k(\log p(k|x) + \frac{\sqrt{\bar\alpha}}{1-\bar\alpha}W_k \cdot z
    - \frac12 s\|W_k\|^2)$: additive in $x$ and $z$.
    """
    expected = noisy.weights() @ noisy.embeddings
    return equal(denoiser(*noisy.arguments), expected, ulps=noisy.ulps, scale=noisy.size)


@best_estimate.proved(scope="three classes in two dimensions, every level in (0, 1)")
def optimality() -> Iterator[Any]:
    """The error exceeds its least by a squared distance, and Bayes's rule is additive."""
    import sympy

    first, second, level = sympy.symbols("r_1 r_2 alpha", positive=True)
    weights = sympy.Matrix([first, second, 1 - first - second])
    rows = sympy.Matrix(3, 2, lambda k, j: sympy.Symbol(f"W_{k}{j}", real=True))
    estimate, noisy = (
        sympy.Matrix(sympy.symbols(f"{name}_1 {name}_2", real=True)) for name in "uz"
    )
    mean = rows.T * weights

    def error(point: Any) -> Any:
        apart = [point - rows.row(k).T for k in range(3)]
        return sum(weights[k] * apart[k].dot(apart[k]) for k in range(3))

    yield error(estimate) - error(mean) - (estimate - mean).dot(estimate - mean)
    root, ratio = sympy.sqrt(level), level / (1 - level)
    for k in range(3):
        row = rows.row(k).T
        density = -(noisy - root * row).dot(noisy - root * row) / (2 * (1 - level))
        additive = root / (1 - level) * row.dot(noisy) - ratio * row.dot(row) / 2
        yield density - additive + noisy.dot(noisy) / (2 * (1 - level))  # the same for all classes


@law(DENOISER, over=NOISY, source=HULL, standing="as printed", dossier="P6")
def estimates_stay_in_the_hull(denoiser: Callable[..., Array], noisy: Noisy) -> Slack:
    r"""A softmax over the classes keeps $\hat u$ in the convex hull of the embeddings: along
    every direction $v$ it lies between the least and the largest $W_k \cdot v$.
    """
    value = denoiser(*noisy.arguments)
    m, d = noisy.embeddings.shape
    directions = np.concatenate([np.eye(d), noisy.embeddings, np.ones((1, d))])
    seen, ends = value @ directions.T, noisy.embeddings @ directions.T
    scale = noisy.size * np.abs(directions).sum(axis=1)
    return between(ends.min(axis=0), seen, ends.max(axis=0), ulps=16 * (m + d), scale=scale)


@law(DENOISER, over=DISTINCT, standing="derived", dossier="P6")
def weights_can_be_read_off(denoiser: Callable[..., Array], noisy: Noisy) -> Slack:
    r"""If the embeddings are affinely independent the estimate determines the weights; for two
    classes $r_1 = (\hat u - W_2)\cdot(W_1-W_2)/\|W_1-W_2\|^2$.
    """
    apart = noisy.embeddings[0] - noisy.embeddings[1]
    square = float(apart @ apart)
    read = (denoiser(*noisy.arguments) - noisy.embeddings[1]) @ apart / square
    scale = 1 + noisy.size / np.sqrt(square) if square > 0 else 1.0
    return equal(read, noisy.weights()[:, 0], ulps=noisy.ulps, scale=scale)


@law(DENOISER, over=PURE_NOISE, source=EQ_8, standing="derived", dossier="P8")
def first_block_is_a_classifier(denoiser: Callable[..., Array], noisy: Noisy) -> Slack:
    r"""At signal level 0 the best estimate is $\sum_k p(k|x) W_k$, whatever the noise: block 1 is
    an ordinary classifier trained by a Brier score.
    """
    expected = noisy.probabilities @ noisy.embeddings
    return equal(denoiser(*noisy.arguments), expected, ulps=noisy.ulps, scale=noisy.size)


@law(DENOISER, over=NOISY, standing="derived", dossier="P6",
     tight=(noisy_case(seed=3),))  # fmt: skip
def no_estimate_is_better(denoiser: Callable[..., Array], noisy: Noisy) -> Slack:
    r"""Given $z$ and $x$, no other estimate in the hull has a smaller expected squared error
    $\sum_k r_k \|\hat u - W_k\|^2$; the rivals are the embeddings, and every one of them drawn
    a thousandth of the way from $\hat u$.
    """
    value, weights = denoiser(*noisy.arguments), noisy.weights()

    def error(estimate: Array) -> Array:
        apart = np.sum((estimate[:, None] - noisy.embeddings) ** 2, axis=-1)
        return np.sum(weights * apart, axis=1)

    rivals = [value + share * (row - value) for row in noisy.embeddings for share in (1e-3, 1.0)]
    others = np.stack([error(rival) for rival in rivals], axis=1)
    own = error(value)[:, None]
    return at_least(others.min(axis=1, keepdims=True), own, ulps=4 * noisy.ulps,
                    scale=1 + noisy.size**2)  # fmt: skip


# ---- the output head ----


def _head(prior: Any, w: Any, level: float, slope: float = 1.0, bend: float = 0.5) -> Any:
    ratio = level / (1 - level)
    biases = np.log(prior) - bend * ratio * (w * w).sum(axis=1)
    return slope * np.sqrt(level) / (1 - level) * w.T, biases


OUTPUT_HEAD = closed_form(
    theory.output_head,
    {
        "signal level for its root": lambda p, w, a: _head(p, w, a, np.sqrt(a)),
        "norms left out": lambda p, w, a: _head(p, w, a, bend=0.0),
        "prior left out": lambda p, w, a: _head(0 * p + 1, w, a),
        "noise deviation for variance": lambda p, w, a: _head(p, w, a, np.sqrt(1 - a)),
        "slope 0.2 % high": lambda p, w, a: _head(p, w, a, 1.002),
        "norms 0.5 % low": lambda p, w, a: _head(p, w, a, bend=0.4975),
        "level 0.1 % low": lambda p, w, a: _head(p, w, 0.999 * a),
    },
)


@formula(OUTPUT_HEAD, over=NOISY, standing="derived", dossier="P7")
def best_output_head_is_linear(head: Callable[..., Any], noisy: Noisy) -> Slack:
    r"""$p(y|z_T) = \mathrm{softmax}(z_T O + o)$ with $O = \frac{\sqrt{\bar\alpha_T}}
    {1-\bar\alpha_T}W^\top$ and $o_k = \log\pi_k - \frac12 s_T\|W_k\|^2$: with fixed embeddings
    the output head needs no training.
    """
    computed = []
    for z, prior in zip(noisy.state[:32], noisy.probabilities[:32], strict=True):
        weights, biases = head(prior, noisy.embeddings, noisy.signal)
        logits = z @ weights + biases
        powers = np.exp(logits - logits.max())
        computed.append(powers / powers.sum())
    return equal(np.array(computed), noisy.weights()[:32], ulps=noisy.ulps, scale=1.0)


@best_output_head_is_linear.proved(scope="Gaussian log-densities, one coordinate at a time")
def head_by_bayes_rule() -> Any:
    import sympy

    z, w, other, root = sympy.symbols("z w v r", real=True)
    level, noise = root**2, 1 - root**2
    log_density = [-((z - root * k) ** 2) / (2 * noise) for k in (w, other)]
    logit = [root / noise * k * z - level / noise * k**2 / 2 for k in (w, other)]
    yield (log_density[0] - log_density[1]) - (logit[0] - logit[1])
