"""What is known of a label behind Gaussian noise: exact for every finite set of embeddings."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from corollary.theory.noprop._arguments import (
    Float,
    embedding_matrix,
    matching,
    pmf,
    reals,
    signals,
    whole,
)


def class_weights(
    state: ArrayLike, probabilities: ArrayLike, embeddings: ArrayLike, signal: ArrayLike
) -> Float:
    r"""Return the probabilities of the classes given the noisy state z and the input x.

    :math:`r_k \propto p(k|x) \exp(\frac{\sqrt{\bar\alpha}}{1-\bar\alpha} W_k \cdot z -
    \frac12 s \|W_k\|^2)`: the logits of x plus a known linear map of z plus a constant.

    Parameters
    ----------
    state : array (..., d)
        z.
    probabilities : array (..., m)
        p(k | x); the leading axes broadcast against those of `state`.
    embeddings : array (m, d)
        W, one row per class.
    signal : array broadcastable to (...), in [0, 1)
        Signal level of z.

    Returns
    -------
    float64 array (..., m)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived from arXiv 2503.24322, Lemma 1.

    Examples
    --------
    >>> class_weights([0.0, 0.0], [0.25, 0.75], [[1.0, 0.0], [0.0, 1.0]], 0.5).round(12).tolist()
    [0.25, 0.75]
    """
    z, prior = reals("state", state), pmf("probabilities", probabilities)
    rows, level = embedding_matrix(embeddings), signals("signal", signal)[..., None]
    if z.ndim == 0 or z.shape[-1] != rows.shape[1]:
        raise ValueError(f"state must have shape (..., {rows.shape[1]}), got {z.shape}")
    matching("embeddings", rows, "probabilities", prior, axis=0)
    logits = np.sqrt(level) * (z @ rows.T) - 0.5 * level * np.sum(rows**2, axis=1)
    with np.errstate(divide="ignore"):
        logits = logits / (1 - level) + np.log(prior)
    logits -= logits.max(axis=-1, keepdims=True)
    unnormalised = np.exp(logits)
    weights: Float = unnormalised / unnormalised.sum(axis=-1, keepdims=True)
    return weights


def posterior_mean(
    state: ArrayLike, probabilities: ArrayLike, embeddings: ArrayLike, signal: ArrayLike
) -> Float:
    r"""Return the best estimate of the label's embedding, :math:`E[u_y | z, x] = \sum_k r_k W_k`.

    Parameters
    ----------
    state, probabilities, embeddings, signal
        As for `class_weights`.

    Returns
    -------
    float64 array (..., d), in the convex hull of the embeddings

    Raises
    ------
    TypeError, ValueError
        If an argument is not as for `class_weights`.

    Notes
    -----
    Derived: the minimiser of the squared error of arXiv 2503.24322, eq. 8.

    Examples
    --------
    >>> posterior_mean([0.0], [0.5, 0.5], [[-1.0], [1.0]], 0.5).tolist()
    [0.0]
    """
    return class_weights(state, probabilities, embeddings, signal) @ embedding_matrix(embeddings)


def output_head(prior: ArrayLike, embeddings: ArrayLike, signal: ArrayLike) -> tuple[Float, Float]:
    r"""Return the optimal output head: weights O (d, m) and biases o (m,).

    :math:`p(y|z_T) = softmax(z_T O + o)` with
    :math:`O = \frac{\sqrt{\bar\alpha_T}}{1-\bar\alpha_T} W^\top` and
    :math:`o_k = \ln\pi_k - \frac12 s_T\|W_k\|^2`, so that it needs no training for fixed W.

    Parameters
    ----------
    prior : array (m,)
        Class probabilities.
    embeddings : array (m, d)
    signal : float in [0, 1)
        Signal level of the clean end.

    Returns
    -------
    (weights, biases) : float64 arrays (d, m) and (m,); a class of probability 0 has bias -inf

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived, for the head of arXiv 2503.24322, eq. 7.

    Examples
    --------
    >>> weights, biases = output_head([0.5, 0.5], [[1.0], [-1.0]], 0.5)
    >>> weights.round(6).tolist(), biases.round(6).tolist()
    ([[1.414214, -1.414214]], [-1.193147, -1.193147])
    """
    pi, rows = pmf("prior", prior), embedding_matrix(embeddings)
    matching("embeddings", rows, "prior", pi, axis=0)
    level = float(signals("signal", signal))
    with np.errstate(divide="ignore"):
        biases = np.log(pi) - 0.5 * level / (1 - level) * np.sum(rows**2, axis=1)
    return np.sqrt(level) / (1 - level) * rows.T, biases


def bayes_accuracy(probabilities: ArrayLike) -> Float:
    """Return the accuracy of the most probable class, max_k p(k|x); average it over x.

    Parameters
    ----------
    probabilities : array (..., m)
        p(k | x).

    Returns
    -------
    float64 array (...)

    Raises
    ------
    TypeError, ValueError
        If `probabilities` are none.

    Notes
    -----
    Cover and Hart's Bayes risk is one minus its mean.

    Examples
    --------
    >>> bayes_accuracy([[0.5, 0.5], [0.75, 0.25]]).tolist()
    [0.5, 0.75]
    """
    best: Float = pmf("probabilities", probabilities).max(axis=-1)
    return best


def gibbs_accuracy(probabilities: ArrayLike) -> Float:
    r"""Return the accuracy of a class drawn from the posterior, :math:`\sum_k p(k|x)^2`.

    It is what one run of an ideal network attains in the limit of many blocks.

    Parameters
    ----------
    probabilities : array (..., m)
        p(k | x).

    Returns
    -------
    float64 array (...)

    Raises
    ------
    TypeError, ValueError
        If `probabilities` are none.

    Notes
    -----
    Derived for the inference of arXiv 2503.24322, section 2.3.

    Examples
    --------
    >>> gibbs_accuracy([[0.5, 0.5], [0.75, 0.25]]).tolist()
    [0.5, 0.625]
    """
    return np.sum(pmf("probabilities", probabilities) ** 2, axis=-1)


def gibbs_risk_ceiling(bayes_risk: ArrayLike, classes: int) -> Float:
    r"""Return the largest risk of a posterior sampler, :math:`R^*(2 - \frac{m}{m-1}R^*)`.

    Its least is the Bayes risk itself.

    Parameters
    ----------
    bayes_risk : array of float in [0, 1 - 1/m]
    classes : int, at least 2
        m.

    Returns
    -------
    float64 array of the shape of `bayes_risk`

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    The bound of Cover and Hart for the nearest neighbour, which has the same risk.

    Examples
    --------
    >>> float(gibbs_risk_ceiling(0.25, 2))
    0.375
    """
    m = whole("classes", classes, at_least=2)
    risk = reals("bayes_risk", bayes_risk, at_least=0.0, at_most=1 - 1 / m)
    return risk * (2 - m / (m - 1) * risk)
