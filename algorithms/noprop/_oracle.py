"""The best possible block, in closed form, where the class probabilities at an input are known.

With class embeddings W the posterior of the class given a latent z at signal level ``alpha_bar``
is a softmax of ``log p(k|x) + sqrt(alpha_bar)/(1 - alpha_bar) W_k . z - snr |W_k|^2 / 2``, and the
best prediction is the mean of W under it. Derived from arXiv 2503.24322, equations 5 and 8.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms._kernel import kernel
from corollary.algorithms.noprop.samplers import sample_latents
from corollary.algorithms.noprop.schedules import TableSchedule

Array = NDArray[Any]
Floats = NDArray[np.float64]

STARTS = ("noise", "zero")


def oracle_weights(
    latent: ArrayLike, probabilities: ArrayLike, embedding: ArrayLike, alpha_bar: float
) -> Array:
    """Return the probabilities of the classes given the latent and the input.

    Parameters
    ----------
    latent : array (..., d), float32 or float64
        Noisy embeddings z.
    probabilities : array (..., m), or (m,) for all latents alike
        p(k | x) at the inputs.
    embedding : array (m, d)
        One row per class.
    alpha_bar : float in [0, 1)
        Signal level of the latents.

    Returns
    -------
    array (..., m) of the latent's type

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, a number is not finite, probabilities are negative or do not sum to
        1, or the signal level is outside [0, 1).

    Notes
    -----
    Derived from arXiv 2503.24322, equation 5. Computed in float64.

    Examples
    --------
    >>> oracle_weights([0.0, 0.0], [0.25, 0.75], [[1.0, 0.0], [0.0, 1.0]], 0.5).round(12).tolist()
    [0.25, 0.75]
    """
    z, kind = _numbers("latent", latent), np.result_type(np.asarray(latent), np.float32)
    prior, rows = _numbers("probabilities", probabilities), _numbers("embedding", embedding)
    level = _level(alpha_bar)
    _check_shapes(z, prior, rows)
    m, d = rows.shape
    flat = np.ascontiguousarray(z).reshape(-1, d)
    with np.errstate(divide="ignore"):
        bias = np.log(prior) - level / (1 - level) * (rows * rows).sum(axis=1) / 2
    biases = np.ascontiguousarray(np.broadcast_to(bias, (*z.shape[:-1], m))).reshape(-1, m)
    weights = np.sqrt(level) / (1 - level) * (flat @ rows.T)
    _softmax_of_sum(weights, biases)
    return weights.reshape(*z.shape[:-1], m).astype(kind, copy=False)


@kernel
def _softmax_of_sum(logits: Floats, biases: Floats) -> None:
    """Replace each row of logits by the softmax of its sum with the row of biases."""
    rows, classes = logits.shape
    for i in range(rows):
        largest = -np.inf
        for k in range(classes):
            logits[i, k] += biases[i, k]
            largest = max(largest, logits[i, k])
        total = 0.0
        for k in range(classes):
            logits[i, k] = np.exp(logits[i, k] - largest)
            total += logits[i, k]
        for k in range(classes):
            logits[i, k] /= total


def oracle_block(
    latent: ArrayLike, probabilities: ArrayLike, embedding: ArrayLike, alpha_bar: float
) -> Array:
    """Return the best prediction of the label's embedding, its mean given latent and input.

    Parameters
    ----------
    latent, probabilities, embedding, alpha_bar
        As for `oracle_weights`.

    Returns
    -------
    array (..., d) of the latent's type

    Raises
    ------
    TypeError, ValueError
        As for `oracle_weights`.

    Notes
    -----
    Derived: the minimiser of the squared error in arXiv 2503.24322, equation 8.

    Examples
    --------
    >>> oracle_block([2.0], [0.5, 0.5], [[-1.0], [1.0]], 0.5).round(6).tolist()
    [0.993037]
    """
    weights = oracle_weights(latent, probabilities, embedding, alpha_bar)
    mean: Array = weights @ np.asarray(embedding).astype(weights.dtype)
    return mean


def oracle_block_definition(
    latent: ArrayLike, probabilities: ArrayLike, embedding: ArrayLike, alpha_bar: float
) -> Floats:
    """Return the same by Bayes' rule with Gaussian densities, one latent after the other.

    Examples
    --------
    >>> oracle_block_definition([[2.0]], [[0.5, 0.5]], [[-1.0], [1.0]], 0.5).round(6).tolist()
    [[0.993037]]
    """
    rows = np.asarray(embedding, np.float64)
    means = []
    for z, prior in zip(np.asarray(latent, np.float64), np.asarray(probabilities), strict=True):
        joint = []
        for k, row in enumerate(rows):
            square = sum((z - np.sqrt(alpha_bar) * row) ** 2)
            joint.append(prior[k] * np.exp(-square / (2 * (1 - alpha_bar))))
        means.append(sum(joint[k] * rows[k] for k in range(len(rows))) / sum(joint))
    return np.array(means)


def oracle_inference(
    probabilities: ArrayLike,
    embedding: ArrayLike,
    alpha_bars: ArrayLike,
    *,
    rule: str = "stochastic",
    start: str = "noise",
    seed: int = 0,
    visit: Callable[[int, Array], None] | None = None,
) -> Floats:
    """Return the last latents of an inference run in which every block is the oracle.

    Parameters
    ----------
    probabilities : array (n, m)
        p(k | x) at the inputs, one run for each.
    embedding : array (m, d)
    alpha_bars : array (T + 1,)
        Signal levels, increasing inside [0, 1).
    rule : str
        A rule of `sample_latents`.
    start : {"noise", "zero"}
    seed : int
    visit : callable (step, latents), optional
        Called with 0 and the start, and after every step.

    Returns
    -------
    float64 array (n, d)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    arXiv 2503.24322, equation 3, and derived variants.

    Examples
    --------
    >>> run = oracle_inference([[0.4, 0.6]], [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.5, 0.9],
    ...                        rule="mean", start="zero")
    >>> int(run[0].argmax())
    1
    """
    prior, rows = _numbers("probabilities", probabilities), _numbers("embedding", embedding)
    if prior.ndim != 2:
        raise ValueError(f"probabilities has shape {prior.shape}; it must be (n, classes)")
    if start not in STARTS:
        raise ValueError(f"start is {start!r}; it must be one of {STARTS}")
    schedule = TableSchedule(tuple(_numbers("alpha_bars", alpha_bars)))
    generator = np.random.default_rng(seed)
    shape = (len(prior), rows.shape[1])
    latent = np.zeros(shape) if start == "zero" else generator.standard_normal(shape)

    def weights(z: Array, time: float) -> Array:
        return oracle_weights(z, prior, rows, float(schedule.alpha_bar(time)))

    return sample_latents(
        weights,
        rows,
        schedule,
        latent,
        steps=len(schedule.levels) - 1,
        rule=rule,
        generator=generator,
        visit=visit,
    )


def _numbers(name: str, value: ArrayLike) -> Floats:
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} has dtype {array.dtype}; it must be real numbers")
    array = array.astype(np.float64, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)].flat[0]}")
    return array


def _level(alpha_bar: float) -> float:
    level = _numbers("alpha_bar", alpha_bar)
    if level.ndim or not 0 <= level < 1:
        raise ValueError(f"alpha_bar is {alpha_bar!r}; it must be a number in [0, 1)")
    return float(level)


def _check_shapes(z: Floats, prior: Floats, rows: Floats) -> None:
    if rows.ndim != 2 or 0 in rows.shape:
        raise ValueError(f"embedding has shape {rows.shape}; it must be (classes, d)")
    if z.ndim == 0 or z.shape[-1] != rows.shape[1]:
        raise ValueError(f"latent has shape {z.shape}; its last axis must be {rows.shape[1]}")
    wanted = (*z.shape[:-1], len(rows))
    if prior.shape not in (wanted, (len(rows),)):
        raise ValueError(f"probabilities has shape {prior.shape}; it must be {wanted}")
    if (prior < 0).any() or (np.abs(prior.sum(axis=-1) - 1) > 1e-6).any():
        raise ValueError("probabilities must not be negative and must sum to 1 over the classes")
