"""The four universal estimators of the directed information rate, from predictive laws.

With Q the context tree predictions for x, for y and for the pair, each position gives a forward
term (X up to now on Y), a reverse term (past Y on X) and a mutual term; the estimates are means.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from corollary.algorithms._kernel import kernel
from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._context_tree import (
    check_depth,
    new_tree,
    weighted_step,
)
from corollary.algorithms.directed_information._logarithm import log2
from corollary.algorithms.directed_information._resampling import block_bootstrap
from corollary.algorithms.directed_information._sequences import Codes, symbol_pair

Array = npt.NDArray[np.float64]

_TERMS = 2**15  # positions summed together at most, for the bootstrap


@dataclass(frozen=True)
class UniversalRate:
    """Rates of directed information per symbol, estimated without a model.

    Attributes
    ----------
    forward : float
        X on Y, X acting up to the same index.
    reverse : float
        Y on X, Y acting before only.
    mutual : float
        The mutual information rate; forward plus reverse exactly, except for estimator 3.
    estimator, depth, samples : int
        Which of the four, the longest context, the number of averaged positions.
    unit : str
        ``"bit"``, ``"nat"`` or ``"hartley"``.
    """

    forward: float
    reverse: float
    mutual: float
    estimator: int
    depth: int
    samples: int
    unit: str
    _pieces: Array = field(repr=False, compare=False)

    def interval(
        self,
        direction: str = "forward",
        *,
        confidence: float = 0.95,
        resamples: int = 1000,
        seed: int = 0,
    ) -> tuple[float, float]:
        """Return a block-bootstrap interval for ``"forward"``, ``"reverse"`` or ``"mutual"``.

        It assumes a true rate above zero. Estimator 1 is a mean of local informations. The others
        average what was known at each position, so that the local information at position j acts
        on all later ones, with weight log(N / j) in total.
        """
        column = ("forward", "reverse", "mutual").index(
            checks.one_of("direction", direction, ("forward", "reverse", "mutual"))
        )
        local = self._pieces[:, column]
        weights = None
        if self.estimator != 1:
            edges = np.arange(1, local.size + 1) / local.size
            ends = np.append(0.0, edges * (1.0 - np.log(edges)))
            weights = np.diff(ends) * local.size  # the mean of log(1/u) over each piece
        low, high = block_bootstrap(
            local, weights=weights, confidence=confidence, resamples=resamples, seed=seed
        )
        centre = getattr(self, direction) - float(local.mean())
        return low + centre, high + centre


def universal_rate(
    x: Any,
    y: Any,
    *,
    depth: int,
    estimator: int = 1,
    sizes: tuple[int, int] | None = None,
    base: float = 2,
) -> UniversalRate:
    """Return the directed information rates between two sequences, by a universal estimator.

    Parameters
    ----------
    x, y : sequences (N,)
        Symbols; the first `depth` pairs serve as context only.
    depth : int
        Longest context of the predictor.
    estimator : {1, 2, 3, 4}
        1: mean log-ratio of predictive probabilities (may be below zero). 2: mean difference of
        predictive entropies (may be below zero). 3: mean divergence between the predictive laws
        of y with and without the present x. 4: mean divergence of the pair's law from the
        product; the last two are never below zero.
    sizes : (int, int), optional
        Declared alphabet sizes; the symbols must then be 0..k-1.
    base : {2, e, 10}
        Base of the logarithm.

    Notes
    -----
    Consistent for stationary ergodic pairs whose memory the depth covers. Time O(N depth kx ky).

    Source
    ------
    Jiao, Permuter, Zhao, Kim, Weissman, arXiv 1201.2334.

    Example
    -------
    >>> x = np.random.default_rng(0).integers(2, size=10_000)
    >>> rate = universal_rate(x, np.roll(x, 1), depth=2)
    >>> round(rate.forward, 1), abs(round(rate.reverse, 1))
    (1.0, 0.0)
    """
    codes_x, codes_y, (kx, ky) = symbol_pair(x, y, sizes)
    length = checks.whole("depth", depth, least=0)
    check_depth("x", codes_x, length)
    kind = checks.whole("estimator", estimator, least=1)
    if kind > 4:
        raise ValueError(f"estimator is {estimator!r}; it must be 1, 2, 3 or 4")
    scale, unit = checks.base_of(base)
    count = codes_x.size - length
    sums, pieces = _universal_sums(codes_x, codes_y, kx, ky, length, 1 + count // _TERMS)
    means = scale * sums / count
    forward, reverse, mutual = (float(mean) for mean in means[kind - 1])
    return UniversalRate(forward, reverse, mutual, kind, length, count, unit, scale * pieces)


@kernel
def _universal_sums(
    x: Codes, y: Codes, kx: int, ky: int, depth: int, piece: int
) -> tuple[Array, Array]:
    """Return the sums of all terms, (4, 3), and the means over pieces of estimator 1's terms.

    The columns are forward, reverse and mutual; everything is in bits.
    """
    z = x * ky + y
    tree_x, tree_y = new_tree(kx, depth, x.size), new_tree(ky, depth, x.size)
    tree_z = new_tree(kx * ky, depth, x.size)
    px, py, pz = np.empty(kx), np.empty(ky), np.empty(kx * ky)
    sums, terms, log_py = np.zeros((4, 3)), np.empty((4, 3)), np.empty(ky)
    pieces = np.zeros(((x.size - depth) // piece, 3))
    for i in range(depth, x.size):
        weighted_step(tree_x, x, i, px)
        weighted_step(tree_y, y, i, py)
        weighted_step(tree_z, z, i, pz)
        _terms(px, py, pz, x[i], y[i], log_py, terms)
        k = (i - depth) // piece
        for j in range(3):
            for e in range(4):
                sums[e, j] += terms[e, j]
            if k < pieces.shape[0]:
                pieces[k, j] += terms[0, j] / piece
    return sums, pieces


@kernel
def _terms(px: Array, py: Array, pz: Array, x: int, y: int, log_py: Array, terms: Array) -> None:
    """Write the terms of one position with symbols x, y and predictive laws px, py, pz."""
    kx, ky = px.size, py.size
    entropy_x, entropy_y, entropy_z, entropy_zx = 0.0, 0.0, 0.0, 0.0
    third, mutual, past_on_x = 0.0, 0.0, 0.0
    for b in range(ky):
        log_py[b] = log2(py[b])
        entropy_y -= py[b] * log_py[b]
    for a in range(kx):
        zx = 0.0
        for b in range(ky):
            zx += pz[a * ky + b]
        log_zx, log_px = log2(zx), log2(px[a])
        entropy_zx -= zx * log_zx
        entropy_x -= px[a] * log_px
        past_on_x += zx * (log_zx - log_px)
        given_a = 0.0
        for b in range(ky):
            p = pz[a * ky + b]
            log_p = log2(p)
            entropy_z -= p * log_p
            mutual += p * (log_p - log_px - log_py[b])
            given_a += p * (log_p - log_zx - log_py[b])
            if a == x and b == y:
                terms[0, 0] = log_p - log_zx - log_py[b]
                terms[0, 1] = log_zx - log_px
                terms[0, 2] = log_p - log_px - log_py[b]
        if a == x:
            third = given_a / zx
    terms[1, 0] = entropy_y - entropy_z + entropy_zx
    terms[1, 1] = entropy_x - entropy_zx
    terms[1, 2] = entropy_x + entropy_y - entropy_z
    terms[2, 0] = third
    terms[3, 0] = mutual - past_on_x
    for e in range(2, 4):
        terms[e, 1] = past_on_x
        terms[e, 2] = mutual
