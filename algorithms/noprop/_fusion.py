"""A classifier fused into the denoiser exactly, so that its blocks have nothing left to learn.

The best block adds what the features say of the classes to what the latent says of them. With the
logits f(x) of any classifier in place of the first part, a block is the best one for labels drawn
from ``softmax(f(x))``: a run samples that posterior, and a run from zero finds its largest class.
Derived from arXiv 2503.24322, equations 5 and 8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms.noprop._oracle import _level, _numbers, _softmax_of_sum
from corollary.algorithms.noprop.samplers import sample_latents
from corollary.algorithms.noprop.schedules import TableSchedule

Array = NDArray[Any]
Floats = NDArray[np.float64]


def fused_weights(
    latent: ArrayLike, logits: ArrayLike, embedding: ArrayLike, alpha_bar: float
) -> Floats:
    """Return the probabilities (n, m) of the classes given latents and a classifier's logits.

    Parameters
    ----------
    latent : array (n, d)
        Noisy embeddings z.
    logits : array (n, m)
        f(x) in nats, up to a constant for each row.
    embedding : array (m, d)
        One row per class.
    alpha_bar : float in [0, 1)
        Signal level of the latents.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, a number is not finite, or the signal level is outside [0, 1).

    Notes
    -----
    Derived from arXiv 2503.24322, equation 5: the softmax of
    ``f(x) + sqrt(alpha_bar)/(1 - alpha_bar) W z - snr |W_k|^2 / 2``.

    Examples
    --------
    >>> fused_weights([[0.0, 0.0]], [[0.0, 1.0]], np.eye(2), 0.5).round(6).tolist()
    [[0.268941, 0.731059]]
    """
    z, f, rows = _numbers("latent", latent), _numbers("logits", logits), _embedding(embedding)
    level = _level(alpha_bar)
    _check_logits(f, rows)
    if z.shape != (len(f), rows.shape[1]):
        raise ValueError(f"latent has shape {z.shape}; it must be {(len(f), rows.shape[1])}")
    return _weights(z, f, rows, level)


def fused_classes(
    logits: ArrayLike, embedding: ArrayLike, alpha_bars: ArrayLike, drawn: bool, seed: int = 0
) -> NDArray[np.int64]:
    """Return the class (n,) that one inference run with fused blocks decodes for each row.

    Parameters
    ----------
    logits : array (n, m)
        f(x) of a trained classifier.
    embedding : array (m, d)
    alpha_bars : array (T + 1,)
        Signal levels, increasing inside [0, 1).
    drawn : bool
        Whether the run starts from noise and draws a class in every step, so that class k is
        returned with probability ``softmax(f(x))_k``; else it runs without noise from zero.
    seed : int

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived; decodes the nearest embedding.

    Examples
    --------
    >>> logits = np.log([[0.2, 0.8]] * 1000)
    >>> set(fused_classes(logits, np.eye(2), [0.0, 0.5, 0.999], drawn=False).tolist())
    {1}
    >>> drawn = fused_classes(logits, np.eye(2), [0.0, 0.5, 0.999], drawn=True)
    >>> float(drawn.mean().round(1))
    0.8
    """
    f, rows = _numbers("logits", logits), _embedding(embedding)
    _check_logits(f, rows)
    schedule = TableSchedule(tuple(_numbers("alpha_bars", alpha_bars)))
    generator = np.random.default_rng(seed)
    shape = (len(f), rows.shape[1])
    end = sample_latents(
        lambda z, time: _weights(z, f, rows, float(schedule.alpha_bar(time))),
        rows,
        schedule,
        generator.standard_normal(shape) if drawn else np.zeros(shape),
        steps=len(schedule.levels) - 1,
        rule="class-sampling" if drawn else "mean",
        generator=generator,
    )
    return np.argmax(end @ rows.T - (rows * rows).sum(axis=1) / 2, axis=1)


def _weights(z: Floats, f: Floats, rows: Floats, level: float) -> Floats:
    snr = level / (1 - level)
    weights = np.sqrt(level) / (1 - level) * (z @ rows.T)
    _softmax_of_sum(weights, f - snr / 2 * (rows * rows).sum(axis=1))
    return weights


def _embedding(value: ArrayLike) -> Floats:
    rows = _numbers("embedding", value)
    if rows.ndim != 2 or 0 in rows.shape:
        raise ValueError(f"embedding has shape {rows.shape}; it must be (classes, d)")
    return rows


def _check_logits(f: Floats, rows: Floats) -> None:
    if f.ndim != 2 or f.shape[1] != len(rows):
        raise ValueError(f"logits has shape {f.shape}; it must be (n, {len(rows)})")
