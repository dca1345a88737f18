"""Compiled runs under random schedules, one of them or thousands in a row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms._kernel import kernel
from corollary.algorithms.reasoning._laws import Engine, Law, law
from corollary.algorithms.reasoning._schedules import MODULUS, MULTIPLIER, stream_start

Array = NDArray[Any]


def _random_body(
    indptr: Array,
    targets: Array,
    weights: Array,
    states: Array,
    input_nodes: Array,
    inputs: Array,
    unit: Array,
    silent: Array,
    combine: Law,
    update: Law,
    argument_function: Law,
    message_function: Law,
    same_state: Law,
    same_message: Law,
    same_argument: Law,
    stream: int,
    limit: int,
    room: int,
) -> tuple[int, int, int, int]:
    """Deliver to a random waiting node a random part of its bag, until nothing waits.

    Changes `states` in place; returns (deliveries, updates, events, messages left), with -1
    messages left if more than `room` would have to wait at once.
    """
    nodes = indptr.size - 1
    oldest = np.full(nodes, -1, dtype=np.int64)  # each bag is a linked list of slots
    newest = np.full(nodes, -1, dtype=np.int64)
    active = np.empty(nodes, dtype=np.int32)  # the nodes whose bag is not empty
    after = np.empty(room, dtype=np.int64)
    value = np.empty((room,) + unit.shape[1:], dtype=unit.dtype)  # noqa: RUF005 (Numba)
    free = np.arange(room)
    message, product = np.empty_like(unit), np.empty_like(unit)
    new, argument = states[:1].copy(), silent.copy()
    busy, size, deliveries, updates, events = 0, 0, 0, 0, 0
    first_input, e, last_edge = 0, 0, 0
    while True:
        # Push what comes next: the inputs first, then the out-edges of the node at work.
        while first_input < input_nodes.size or e < last_edge:
            if first_input < input_nodes.size:
                v = input_nodes[first_input]
                message[0] = inputs[first_input]
                first_input += 1
            else:
                v = targets[e]
                message[0] = message_function(argument[0], weights[e])
                e += 1
                if same_message(message[0], unit[0]):
                    continue
            if size == room:
                return deliveries, updates, events, -1
            slot = free[size]
            size += 1
            value[slot] = message[0]
            after[slot] = -1
            if oldest[v] < 0:
                oldest[v] = slot
                active[busy] = v
                busy += 1
            else:
                after[newest[v]] = slot
            newest[v] = slot
        if busy == 0 or deliveries >= limit:
            return deliveries, updates, events, size
        events += 1
        stream = stream * MULTIPLIER % MODULUS
        chosen = stream % busy
        v = active[chosen]
        before, taken, slot = -1, 0, oldest[v]
        while slot >= 0:
            following = after[slot]
            stream = stream * MULTIPLIER % MODULUS
            if stream > MODULUS // 2 or (following < 0 and taken == 0):
                product[0] = value[slot] if taken == 0 else combine(product[0], value[slot])
                taken += 1
                if before < 0:
                    oldest[v] = following
                else:
                    after[before] = following
                if following < 0:
                    newest[v] = before
                size -= 1
                free[size] = slot
            else:
                before = slot
            slot = following
        if oldest[v] < 0:
            busy -= 1
            active[chosen] = active[busy]
        deliveries += taken
        argument[0] = argument_function(states[v], product[0])
        new[0] = update(states[v], product[0])
        if not same_state(new[0], states[v]):
            updates += 1
        states[v] = new[0]
        e, last_edge = 0, 0
        if not same_argument(argument[0], silent[0]):
            e, last_edge = indptr[v], indptr[v + 1]


run_random = Engine(_random_body)
_one_run = kernel(_random_body, cached=False)
_stream_start = kernel(stream_start, cached=False)


@law
def differ(a: Any, b: Any, tolerance: float) -> bool:
    """Return whether two arrays of states differ by more than the relative tolerance."""
    for one, other in zip(a.flat, b.flat):  # noqa: B905 (Numba)
        if one != other:
            x, y = float(one), float(other)
            if not abs(x - y) <= tolerance * max(abs(x), abs(y)) < np.inf:
                return True
    return False


@Engine
def run_many(
    indptr: Array,
    targets: Array,
    weights: Array,
    states: Array,
    input_nodes: Array,
    inputs: Array,
    unit: Array,
    silent: Array,
    combine: Law,
    update: Law,
    argument_function: Law,
    message_function: Law,
    same_state: Law,
    same_message: Law,
    same_argument: Law,
    seed: int,
    runs: int,
    limit: int,
    tolerance: float,
) -> tuple[int, int, int, int, int, Array]:
    """Run the schedules of seeds from `seed` on; stop at two complete runs that end differently.

    Returns (runs done, deliveries, unfinished runs, seed of the first complete run or -1, seed of
    one that differs or -1, final states of the first complete run).
    """
    first, first_seed = states.copy(), -1
    deliveries, unfinished, run = 0, 0, 0
    room = 16 + input_nodes.size
    while run < runs:
        final = states.copy()
        done, _, _, left = _one_run(
            indptr, targets, weights, final, input_nodes, inputs, unit, silent, combine, update,
            argument_function, message_function, same_state, same_message, same_argument,
            _stream_start(seed + run), limit, room,
        )  # fmt: skip
        if left < 0:
            room *= 2
            continue
        run += 1
        deliveries += done
        if left > 0:
            unfinished += 1
        elif first_seed < 0:
            first, first_seed = final, seed + run - 1
        elif differ(first, final, tolerance):
            return run, deliveries, unfinished, first_seed, seed + run - 1, first
    return runs, deliveries, unfinished, first_seed, -1, first
