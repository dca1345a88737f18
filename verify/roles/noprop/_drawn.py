"""Random schedules, mixtures and states that the claims speak of, and plain definitions.

Nothing here is shared with the implementations that are judged.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from corollary.verify import _random
from corollary.verify.precision import Array

LEAST_STEP = 0.35  # of the mean step of random levels: keeps them apart


def seeds(value: Any) -> Any:
    """Return seeds as unsigned integers, shape (rows,)."""
    return np.atleast_1d(np.asarray(value, dtype=np.uint64))


def levels(seed: Any, blocks: int, first: float = -1.0, last: float = 0.98) -> Array:
    """Return increasing signal levels (rows, blocks + 1) up to at most `last`.

    The first one is `first` if that is not negative, and random otherwise.
    """
    weights = -np.log1p(-_random.uniforms(seeds(seed), blocks + 2, 11)) + LEAST_STEP
    shares = np.cumsum(weights, axis=1)
    shares = shares[:, :-1] / shares[:, -1:]
    if first < 0:
        return last * shares
    shares = (shares - shares[:, :1]) / (1 - shares[:, :1])
    return first + (last - first) * shares


def normals(seed: Any, shape: tuple[int, ...], stream: int) -> Array:
    """Return standard normal numbers (rows, *shape)."""
    count = int(np.prod(shape))
    drawn = _random.uniforms(seeds(seed), count, stream)
    numbers: Array = ndtri(drawn + 2.0**-54).reshape(-1, *shape)
    return numbers


def pmfs(seed: Any, classes: int, stream: int) -> Array:
    """Return probabilities (rows, classes), some of them very unequal."""
    drawn = _random.uniforms(seeds(seed), classes + 1, stream)
    weights = (-np.log1p(-drawn[:, :-1]) + 1e-6) ** (1 + 2 * drawn[:, -1:])
    pmf: Array = weights / weights.sum(axis=1, keepdims=True)
    return pmf


def plain_weights(z: Array, pmf: Array, embeddings: Array, signal: Any) -> Array:
    """Return p(k | z, x) (rows, m) by Bayes' rule from Gaussian densities."""
    level = np.asarray(signal, dtype=np.float64).reshape(-1, 1)
    means = np.sqrt(level)[..., None] * embeddings
    squares = np.sum((z[:, None, :] - means) ** 2, axis=-1)
    log_joint = np.log(np.maximum(pmf, 1e-300)) - squares / (2 * (1 - level))
    joint = np.exp(log_joint - log_joint.max(axis=1, keepdims=True)) * (pmf > 0)
    weights: Array = joint / joint.sum(axis=1, keepdims=True)
    return weights


def gaussian(z: Array, mean: Any, variance: Any) -> Array:
    """Return the density of N(mean, variance) at z."""
    density: Array = np.exp(-0.5 * (z - mean) ** 2 / variance) / np.sqrt(2 * np.pi * variance)
    return density


GRID = np.linspace(-9.0, 9.0, 181)  # for scalar embeddings within 2.5
STEP = GRID[1] - GRID[0]
