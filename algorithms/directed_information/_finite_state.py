"""Processes with a hidden finite state: joint pmfs, growth with the horizon, certified rates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components

from corollary.algorithms.directed_information import _checks as checks

Array = npt.NDArray[np.float64]

_MOST_CELLS = 2**26  # of any one array that a recursion over words may fill


@dataclass(frozen=True, eq=False)
class FiniteStateModel:
    """Two sequences driven by a hidden state.

    Attributes
    ----------
    kernel : float64 array (S, kx, ky, S)
        ``kernel[s, x, y, t]`` is the probability of symbols x, y and next state t in state s.
    initial : float64 array (S,)
        Pmf of the state before the first step.
    """

    kernel: Array
    initial: Array

    def transposed(self) -> FiniteStateModel:
        """Return the model with the two sequences exchanged."""
        return FiniteStateModel(np.swapaxes(self.kernel, 1, 2), self.initial)

    def joint(self, horizon: int) -> Array:
        """Return the joint pmf of both words, ``(kx**horizon, ky**horizon)``."""
        n = checks.whole("horizon", horizon, least=1)
        states, kx, ky, _ = self.kernel.shape
        if states * (kx * ky) ** n > _MOST_CELLS:
            raise ValueError(f"horizon is {n}; the joint would have {(kx * ky) ** n} cells")
        weights = self.initial[None, None]
        for _ in range(n):
            longer = np.einsum("uvs,sxyt->uxvyt", weights, self.kernel)
            weights = longer.reshape(len(weights) * kx, -1, states)
        return np.asarray(weights.sum(axis=-1))


def finite_state_model(kernel: Any, initial: Any = None) -> FiniteStateModel:
    """Return a checked model; without `initial` it starts in its stationary law.

    Parameters
    ----------
    kernel : array_like (S, kx, ky, S)
        ``kernel[s, x, y, t]`` is the probability of symbols x, y and next state t in state s.
    initial : array_like (S,), optional
        Pmf of the state before the first step.

    Raises
    ------
    ValueError
        If the kernel is not a pmf for every state, or has more than one stationary law.
    """
    rows = checks.probabilities("kernel", kernel, axes=3)
    if rows.ndim != 4 or rows.shape[0] != rows.shape[3]:
        raise ValueError(f"kernel has shape {rows.shape}; it must be (S, kx, ky, S)")
    if initial is None:
        return FiniteStateModel(rows, stationary_law(rows.sum(axis=(1, 2))))
    start = checks.probabilities("initial", initial, axes=1)
    if start.shape != rows.shape[:1]:
        raise ValueError(f"initial has shape {start.shape}; it must be {rows.shape[:1]}")
    return FiniteStateModel(rows, start)


def driven_channel(channel: Any, input_pmf: Any, initial: Any = None) -> FiniteStateModel:
    """Return a finite-state channel with independent, identically distributed inputs.

    Parameters
    ----------
    channel : array_like (S, kx, ky, S)
        ``channel[s, x, y, t]`` is the probability of output y and next state t, given state s
        and input x.
    input_pmf : array_like (kx,)
        Law of every input.
    initial : array_like (S,), optional
        Pmf of the first state; stationary if left out.
    """
    rows = _channel(channel)
    pmf = checks.probabilities("input_pmf", input_pmf, axes=1)
    if pmf.shape != rows.shape[1:2]:
        raise ValueError(f"input_pmf has shape {pmf.shape}; it must be {rows.shape[1:2]}")
    return finite_state_model(rows * pmf[:, None, None], initial)


def channel_tables(channel: Any, initial: Any, horizon: int) -> list[Array]:
    """Return p(y_i | x^i, y^{i-1}) of a finite-state channel, as arrays for `feedback_capacity`.

    Parameters
    ----------
    channel : array_like (S, kx, ky, S)
        As for `driven_channel`.
    initial : array_like (S,)
        Pmf of the first state.
    horizon : int
        Number of uses n; entry i has shape ``(kx**(i+1), ky**i, ky)``, and is zero at
        histories of probability zero.
    """
    rows = _channel(channel)
    n = checks.whole("horizon", horizon, least=1)
    beliefs = finite_state_model(rows / rows.shape[1], initial).initial[None, None]
    tables = []
    for _ in range(n):
        longer = np.einsum("uvs,sxyt->uxvyt", beliefs, rows)
        beliefs = longer.reshape(-1, longer.shape[2] * longer.shape[3], longer.shape[4])
        together = longer.sum(axis=-1).reshape(len(beliefs), longer.shape[2], -1)
        before = together.sum(axis=-1, keepdims=True)
        tables.append(np.divide(together, before, out=np.zeros_like(together), where=before > 0))
    return tables


def stationary_law(transitions: Array) -> Array:
    """Return the one stationary pmf of a Markov chain, rows to columns."""
    count, labels = connected_components(transitions > 0, directed=True, connection="strong")
    closed = [c for c in range(count) if not (transitions[labels == c][:, labels != c] > 0).any()]
    if len(closed) != 1:
        raise ValueError(
            f"kernel has {len(closed)} closed classes of states; the stationary law is unique "
            "only with one, so initial must be given"
        )
    inside = labels == closed[0]
    size = int(inside.sum())
    equations = np.vstack([transitions[np.ix_(inside, inside)].T - np.eye(size), np.ones(size)])
    law = np.zeros(len(transitions))
    law[inside] = np.linalg.lstsq(equations, np.append(np.zeros(size), 1.0), rcond=None)[0]
    law = np.maximum(law, 0.0)
    return np.asarray(law / law.sum())


@dataclass(frozen=True)
class RateBounds:
    """A certified interval for an information rate per step, ``lower <= rate <= upper``.

    `target_entropy` encloses the entropy rate of the target, `causal_entropy` its rate given the
    causally known source; the information rate is their difference.
    """

    lower: float
    upper: float
    target_entropy: tuple[float, float]
    causal_entropy: tuple[float, float]
    unit: str


def rate_bounds(
    model: FiniteStateModel, depth: int, *, arrow: str = "full", base: float = 2
) -> RateBounds:
    """Return a certified interval for the rate of directed information from X to Y.

    Parameters
    ----------
    model : FiniteStateModel
        Its stationary law is used, whatever its initial one.
    depth : int
        Length of the words of Y that are enumerated; pairs are enumerated to a length of about
        the same cost.
    arrow : {"full", "strict"}
        Whether X acts on the Y of the same step.
    base : {2, e, 10}
        Base of the logarithm.

    Notes
    -----
    With a stationary state S_0 before the first step, H(Y_i | Y^{i-1}, S_0) rises to the entropy
    rate and H(Y_i | Y^{i-1}) falls to it, and likewise given X. The bounds include the rounding
    of the computation.

    Example
    -------
    A fair input through the trapdoor channel has the rate 1/2:

    >>> from corollary.algorithms.directed_information import trapdoor_channel
    >>> bounds = rate_bounds(driven_channel(trapdoor_channel(), [0.5, 0.5]), depth=14)
    >>> bool(bounds.lower < 0.5 < bounds.upper)
    True
    """
    scale, unit = checks.base_of(base)
    instant = checks.one_of("arrow", arrow, ("full", "strict")) == "full"
    length = checks.whole("depth", depth, least=1)
    kernel = model.kernel
    states, kx, ky, _ = kernel.shape
    law = stationary_law(kernel.sum(axis=(1, 2)))
    pairs = max(1, int(length * math.log(ky) / math.log(kx * ky))) if ky > 1 else 1
    if states**2 * max(ky**length, (kx * ky) ** pairs) > _MOST_CELLS:
        raise ValueError(f"depth is {length}; it would need {ky**length} words of Y")
    target = _enclosed_entropy(kernel.sum(axis=1)[:, None], law, length, False)
    causal = _enclosed_entropy(kernel, law, pairs, instant)
    low, high = target[0] - causal[1], target[1] - causal[0]
    return RateBounds(
        scale * max(low, 0.0),
        scale * high,
        (scale * target[0], scale * target[1]),
        (scale * causal[0], scale * causal[1]),
        unit,
    )


def _enclosed_entropy(kernel: Array, law: Array, depth: int, instant: bool) -> tuple[float, float]:
    """Return H(Y_i | past, S_0) and H(Y_i | past) in bits at i = depth, with rounding added.

    The past holds X and Y before i, and with `instant` also X_i.
    """
    states, kx, ky, _ = kernel.shape
    words = np.diag(law)[:, None]  # [s0, word, s]
    for _ in range(depth - 1):
        words = np.einsum("aws,sxyt->awxyt", words, kernel).reshape(states, -1, states)
    last = np.einsum("aws,sxy->awxy", words, kernel.sum(axis=-1))
    if not instant:
        last = last.sum(axis=2, keepdims=True)
    pad = 2.0**-52 * (depth * (states + 4) + kx * ky + 64) * (math.log2(ky) + 1.0)
    known, unknown = _conditional_entropy(last), _conditional_entropy(last.sum(axis=0))
    return known - pad, unknown + pad


def _conditional_entropy(weights: Array) -> float:
    """Return the entropy in bits of the last axis given the others."""
    before = np.broadcast_to(weights.sum(axis=-1, keepdims=True), weights.shape)
    inside = weights > 0
    return float((weights[inside] * np.log2(before[inside] / weights[inside])).sum())


def directed_information_growth(model: FiniteStateModel, horizon: int, *, base: float = 2) -> Array:
    """Return I(X^i -> Y^i) for i = 1..horizon, of a model whose state is visible to both.

    Parameters
    ----------
    model : FiniteStateModel
        Its first state is known, and each next state is a function of state and symbols.
        Then H(Y_i | X^i, Y^{i-1}) follows from the law of the state alone, and only words of
        Y are enumerated: ky**horizon in the place of (kx ky)**horizon.
    horizon : int
        Largest length.
    base : {2, e, 10}
        Base of the logarithm.

    Raises
    ------
    ValueError
        If the state is not visible in this sense, or there are too many words.
    """
    scale, _ = checks.base_of(base)
    n = checks.whole("horizon", horizon, least=1)
    kernel, states, ky = model.kernel, model.kernel.shape[0], model.kernel.shape[2]
    if (model.initial > 0).sum() != 1 or ((kernel > 0).sum(axis=-1) > 1).any():
        raise ValueError("model has a state that its symbols do not reveal; use its joint instead")
    if states * ky**n > _MOST_CELLS:
        raise ValueError(f"horizon is {n}; it would need {ky**n} words of Y")
    visible = kernel.sum(axis=-1)
    noise = np.array([_conditional_entropy(visible[s]) for s in range(states)])
    law, words = model.initial, model.initial[None]
    total = np.zeros(n)
    for i in range(n):
        pmf = words @ visible.sum(axis=1)
        total[i] = _conditional_entropy(pmf) - law @ noise
        words = np.einsum("ws,syt->wyt", words, kernel.sum(axis=1)).reshape(-1, states)
        law = law @ kernel.sum(axis=(1, 2))
    return np.asarray(scale * total.cumsum())


def _channel(channel: Any) -> Array:
    rows = checks.probabilities("channel", channel, axes=2)
    if rows.ndim != 4 or rows.shape[0] != rows.shape[3]:
        raise ValueError(f"channel has shape {rows.shape}; it must be (S, kx, ky, S)")
    return rows
