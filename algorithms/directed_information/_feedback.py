"""Feedback capacity: the largest directed information through a channel, from both sides.

The alternating maximisation runs as a soft Bellman recursion over histories; its hard twin, with
a maximum in the place of the log-sum-exp, bounds the capacity from above for any output law.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from corollary.algorithms._kernel import kernel
from corollary.algorithms.directed_information import _checks as checks
from corollary.algorithms.directed_information._capacity import (
    Capacity,
    enclose,
    enclosure,
    iteration_limits,
)
from corollary.algorithms.directed_information._interface import Kernel, Play
from corollary.algorithms.directed_information._systems import uniform

Array = npt.NDArray[np.float64]

_STEPS_PER_CALL = 200  # between two chances to interrupt
_TINY = 1e-300
_LEAST_LOG = 500.0  # a path's input probability stays above exp(-500), so nothing underflows


def feedback_capacity(
    channel: Kernel | Sequence[Any],
    horizon: int,
    *,
    inputs: int | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 100_000,
    base: float = 2,
) -> Capacity:
    """Return max I(X^n -> Y^n) over all inputs with feedback, between two bounds.

    Parameters
    ----------
    channel : callable or sequence of `horizon` arrays
        ``channel(inputs, outputs)`` returns the pmf of the next output given all inputs up to
        it and all outputs before it. As arrays: entry i has shape ``(kx**(i+1), ky**i, ky)``.
    horizon : int
        Number n of uses. The result is for all n together, not per use.
    inputs : int
        Size kx of the input alphabet; needed with a callable only.
    tolerance : float
        Wanted width of the enclosure, in the unit of `base`.
    max_iterations : int
        After so many steps the enclosure is returned as it is, with ``converged`` false.
    base : {2, e, 10}
        Base of the logarithm.

    Returns
    -------
    Capacity
        Its `inputs` fit `joint_from_kernels` as the agent, with order "A".

    Notes
    -----
    One step costs O((kx ky)^n). Convergence is linear, and slower than that where the best
    input law has zeros.

    Source
    ------
    Naiss and Permuter, arXiv 1012.5071, here as a recursion over histories.

    Example
    -------
    A noiseless channel carries one bit per use:

    >>> capacity = feedback_capacity(lambda x, y: [1.0 - x[-1], x[-1]], 3, inputs=2)
    >>> round(capacity.lower, 6), round(capacity.upper, 6)
    (3.0, 3.0)
    """
    n = checks.whole("horizon", horizon, least=1)
    tables = _tables("channel", channel, n, inputs, order="A")
    scale, unit = checks.base_of(base)
    steps, width = iteration_limits(tolerance, max_iterations)
    return _solve(tables, steps, width, scale, unit)


def potential_empowerment(
    environment: Kernel | Sequence[Any],
    horizon: int,
    *,
    order: str,
    actions: int | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 100_000,
    base: float = 2,
) -> Capacity:
    """Return the largest empowerment that any agent has in `environment`, between two bounds.

    Parameters
    ----------
    environment : callable or sequence of arrays
        As for `joint_from_kernels`.
    horizon : int
        Number of steps.
    order : {"A", "O"}
        Who moves first within a step. (With simultaneous moves the agent learns of each
        observation a step too late for this algorithm.)
    actions : int
        Size of the action alphabet; needed with a callable only.
    tolerance, max_iterations, base
        As for `feedback_capacity`.

    Returns
    -------
    Capacity
        Its `inputs` are an agent that attains `lower`, as arrays for `joint_from_kernels`.
    """
    n = checks.whole("horizon", horizon, least=1)
    checks.one_of("order", order, ("A", "O"))
    scale, unit = checks.base_of(base)
    steps, width = iteration_limits(tolerance, max_iterations)
    tables = _tables("environment", environment, n, actions, order=order)
    if order == "A":
        return _solve(tables, steps, width, scale, unit)
    return _after_first_output(tables, steps, width, scale, unit)


def potential_plasticity(
    agent: Kernel | Sequence[Any],
    horizon: int,
    *,
    order: str,
    observations: int | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 100_000,
    base: float = 2,
) -> Capacity:
    """Return the largest plasticity that `agent` shows in any environment, between two bounds.

    The agent is a channel from observations to actions; this is its feedback capacity. The
    parameters are those of `potential_empowerment` with the two sides exchanged, and `inputs` of
    the result is an environment.

    Example
    -------
    The agent that repeats what it saw last can learn one bit at each step but the first:

    >>> copy = lambda a, o: [1.0 - o[-1], o[-1]] if o else [0.5, 0.5]
    >>> capacity = potential_plasticity(copy, 3, order="A", observations=2)
    >>> round(capacity.lower, 6), round(capacity.upper, 6)
    (2.0, 2.0)
    """
    mirrored = {"A": "O", "O": "A"}[checks.one_of("order", order, ("A", "O"))]
    capacity = potential_empowerment(
        transposed_kernel(agent),
        horizon,
        order=mirrored,
        actions=observations,
        tolerance=tolerance,
        max_iterations=max_iterations,
        base=base,
    )
    return replace(capacity, inputs=[np.swapaxes(rows, 0, 1) for rows in capacity.inputs])


def transposed_kernel(kernel: Kernel | Sequence[Any]) -> Kernel | list[Array]:
    """Return the kernel with its two kinds of symbols exchanged: an agent as an environment."""
    if callable(kernel):
        return lambda actions, observations: kernel(observations, actions)
    return [np.swapaxes(np.asarray(rows), -2, -3) for rows in kernel]


def _tables(
    name: str, channel: Kernel | Sequence[Any], horizon: int, inputs: int | None, order: str
) -> list[Array]:
    """Return the checked kernels of a channel, zero at histories that no input reaches."""
    if callable(channel):
        if inputs is None:
            raise TypeError(f"{name} is a callable; the size of its input alphabet is missing")
        size = checks.whole("the number of inputs", inputs, least=1)
    else:
        if len(channel) != horizon:
            raise ValueError(f"{name} has {len(channel)} steps; the horizon is {horizon}")
        for i, rows in enumerate(channel):
            if np.ndim(rows) != 3:
                raise ValueError(f"{name}[{i}] has shape {np.shape(rows)}; it must have 3 axes")
        step = 0 if order == "A" else 1
        size = np.shape(channel[step])[0] if step < horizon else 1
    play = Play(uniform(size), channel, name)
    tables = []
    for _ in range(horizon):
        if order == "A":
            play.move("agent", play.rows("agent"))
        tables.append(play.rows("environment"))
        play.move("environment", tables[-1])
        if order == "O":
            play.move("agent", play.rows("agent"))
    return tables


def _after_first_output(
    tables: list[Array], steps: int, width: float, scale: float, unit: str
) -> Capacity:
    """Return the capacity when each input acts on the next output: given the first one, average.

    Input i is followed by output i+1, so that each first output leaves a channel of its own.
    """
    first = tables[0][0, 0]
    ky = first.size
    kx = tables[1].shape[0] if len(tables) > 1 else 1
    lowers, uppers = np.zeros(1), np.zeros(1)
    inputs = [np.full((kx**i, ky, ky**i, kx), 1.0 / kx) for i in range(len(tables))]
    for y in np.flatnonzero(first) if len(tables) > 1 else ():
        rest = [t.reshape(t.shape[0], ky, -1, ky)[:, y] for t in tables[1:]]
        part = _solve(rest, steps, width, scale, unit)
        length = max(len(lowers), part.iterations)
        lowers = _stretched(lowers, length) + first[y] * _stretched(part.lowers, length)
        uppers = _stretched(uppers, length) + first[y] * _stretched(part.uppers, length)
        for i, rows in enumerate(part.inputs):
            inputs[i][:, y] = rows
    agent = [rows.reshape(rows.shape[0], -1, kx) for rows in inputs]
    return enclosure(list(lowers / scale), list(uppers / scale), agent, scale, unit, width)


def _stretched(bounds: Array, length: int) -> Array:
    return np.append(bounds, np.full(length - len(bounds), bounds[-1]))


def _solve(tables: list[Array], steps: int, width: float, scale: float, unit: str) -> Capacity:
    """Run the recursion until the enclosure is narrow enough."""
    kx, ky, horizon = tables[0].shape[0], tables[0].shape[-1], len(tables)
    product: Array = np.ones((1, 1))
    for table in tables:
        product = (np.repeat(product, kx, axis=0)[..., None] * table).reshape(len(table), -1)
    outputs = np.concatenate([table.ravel() for table in tables])
    log_inputs = np.concatenate(
        [np.full((kx * ky) ** i * kx, -math.log(kx)) for i in range(horizon)]
    )
    lowers: list[float] = []
    uppers: list[float] = []
    nats = width / scale * math.log(2)
    while len(lowers) < steps:
        count = min(_STEPS_PER_CALL, steps - len(lowers))
        best = uppers[-1] if uppers else math.inf
        trace = _iterate(product, outputs, log_inputs, horizon, kx, ky, count, nats, best)
        for lower, upper in trace / math.log(2):
            enclose(lowers, uppers, lower, upper)
        if scale * (uppers[-1] - lowers[-1]) <= width:
            break
    inputs = [
        np.exp(part).reshape(kx**i, ky**i, kx) for i, part in enumerate(_split(log_inputs, kx, ky))
    ]
    inputs = [rows / rows.sum(axis=-1, keepdims=True) for rows in inputs]
    return enclosure(lowers, uppers, inputs, scale, unit, width)


def _split(flat: Array, kx: int, ky: int) -> list[Array]:
    parts, start, size = [], 0, kx
    while start < flat.size:
        parts.append(flat[start : start + size])
        start += size
        size *= kx * ky
    return parts


@kernel
def _iterate(
    product: Array,
    outputs: Array,
    log_inputs: Array,
    horizon: int,
    kx: int,
    ky: int,
    count: int,
    width: float,
    best: float,
) -> Array:
    """Improve `log_inputs` in place; return the bounds in nats after each step, one row each."""
    log_product = np.where(product > 0.0, np.log(np.maximum(product, _TINY)), 0.0)
    trace = np.empty((count, 2))
    for step in range(count):
        paths = _log_paths(log_inputs, horizon, kx, ky)
        soft, hard, size = _leaves(product, log_product, outputs, paths, kx, ky)
        lower, upper = _backward(outputs, log_inputs, soft, hard, horizon, kx, ky)
        pad = 2.0**-52 * size * (horizon * (kx + ky + 16) + product.shape[0])
        trace[step, 0] = lower - pad
        trace[step, 1] = upper + pad
        best = min(best, upper + pad)
        if best - trace[step, 0] <= width:
            return trace[: step + 1]
    return trace


@kernel
def _log_paths(log_inputs: Array, horizon: int, kx: int, ky: int) -> Array:
    """Return the logarithms of the causal products r(x^n || y^{n-1}), (kx**n, ky**(n-1))."""
    paths = np.zeros((1, 1))
    start = 0
    rows, columns = 1, 1  # histories x^{i-1} and y^{i-1}
    for i in range(horizon):
        longer = np.empty((rows * kx, columns))
        before = max(1, columns // ky) if i > 0 else 1
        for u in range(rows):
            for v in range(columns):
                for x in range(kx):
                    log_r = log_inputs[start + (u * columns + v) * kx + x]
                    longer[u * kx + x, v] = paths[u, v * before // columns] + log_r
        start += rows * columns * kx
        rows *= kx
        columns *= ky
        paths = longer
    return paths


@kernel
def _leaves(
    product: Array, log_product: Array, outputs: Array, paths: Array, kx: int, ky: int
) -> tuple[Array, Array, float]:
    """Return the last step's soft and hard values, both (kx**n, ky**(n-1)), and their size."""
    rows, columns = paths.shape
    law = np.zeros(columns * ky)
    for u in range(rows):
        for v in range(columns):
            weight = math.exp(paths[u, v])
            for y in range(ky):
                law[v * ky + y] += weight * product[u, v * ky + y]
    for w in range(law.size):
        law[w] = math.log(max(law[w], _TINY))
    soft, hard = np.empty((rows, columns)), np.empty((rows, columns))
    last = outputs[outputs.size - product.size :]
    size = 1.0
    for u in range(rows):
        for v in range(columns):
            value = 0.0
            for y in range(ky):
                w = v * ky + y
                if product[u, w] > 0.0:
                    gain = log_product[u, w] - law[w]
                    size = max(size, abs(gain) + abs(paths[u, v]))
                    value += last[u * law.size + w] * gain
            hard[u, v] = value
            soft[u, v] = value + paths[u, v]
    return soft, hard, size


@kernel
def _backward(
    outputs: Array, log_inputs: Array, soft: Array, hard: Array, horizon: int, kx: int, ky: int
) -> tuple[float, float]:
    """Choose the best inputs from the last step to the first; return both values at the root."""
    end_r, end_p = log_inputs.size, outputs.size - soft.size * ky
    for i in range(horizon - 1, -1, -1):
        rows, columns = soft.shape[0] // kx, soft.shape[1]  # histories x^i, y^i
        soft_above, hard_above = np.empty((rows, columns)), np.empty((rows, columns))
        end_r -= rows * columns * kx
        for u in range(rows):
            for v in range(columns):
                start = end_r + (u * columns + v) * kx
                top, hard_top = -np.inf, -np.inf
                for x in range(kx):
                    top = max(top, soft[u * kx + x, v])
                    hard_top = max(hard_top, hard[u * kx + x, v])
                total = 0.0
                for x in range(kx):
                    total += math.exp(soft[u * kx + x, v] - top)
                value = top + math.log(total)
                for x in range(kx):
                    log_r = soft[u * kx + x, v] - value
                    log_inputs[start + x] = max(log_r, -_LEAST_LOG / horizon)
                soft_above[u, v] = value
                hard_above[u, v] = hard_top
        if i == 0:
            return soft_above[0, 0], hard_above[0, 0]
        end_p -= rows * columns
        soft, hard = np.zeros((rows, columns // ky)), np.zeros((rows, columns // ky))
        for u in range(rows):
            for v in range(columns):
                p = outputs[end_p + u * columns + v]
                soft[u, v // ky] += p * soft_above[u, v]
                hard[u, v // ky] += p * hard_above[u, v]
    return 0.0, 0.0
