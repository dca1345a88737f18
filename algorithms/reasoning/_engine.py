"""Compiled runs of a system: synchronous rounds, one message at a time, and random bags.

All three kernels change `states` in place and return (deliveries, updates, rounds or events,
messages left). `unit` and `silent` hold one element each, the units of messages and arguments.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms.reasoning._laws import Engine, Law

Array = NDArray[Any]
FIFO, LIFO, PRIORITY = 0, 1, 2


@Engine
def run_rounds(
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
    limit: int,
) -> tuple[int, int, int, int]:
    """Deliver, round after round, to every node its whole bag."""
    nodes = indptr.size - 1
    bags = np.empty((nodes,) + unit.shape[1:], dtype=unit.dtype)  # noqa: RUF005 (Numba)
    next_bags = np.empty_like(bags)
    sizes = np.zeros(nodes, dtype=np.int64)
    next_sizes = np.zeros(nodes, dtype=np.int64)
    now = np.empty(nodes, dtype=np.int32)
    later = np.empty(nodes, dtype=np.int32)
    grown, waiting, deliveries, updates, rounds = 0, 0, 0, 0, 0
    for i in range(input_nodes.size):
        v = input_nodes[i]
        if next_sizes[v] == 0:
            next_bags[v] = inputs[i]
            later[grown] = v
            grown += 1
        else:
            next_bags[v] = combine(next_bags[v], inputs[i])
        next_sizes[v] += 1
        waiting += 1
    while grown > 0 and deliveries + waiting <= limit:
        deliveries += waiting
        rounds += 1
        now, later, size, grown, waiting = later, now, grown, 0, 0
        bags, next_bags, sizes, next_sizes = next_bags, bags, next_sizes, sizes
        for i in range(size):
            u = now[i]
            sizes[u] = 0
            argument = argument_function(states[u], bags[u])
            new = update(states[u], bags[u])
            if not same_argument(argument, silent[0]):
                for e in range(indptr[u], indptr[u + 1]):
                    message = message_function(argument, weights[e])
                    if same_message(message, unit[0]):
                        continue
                    v = targets[e]
                    if next_sizes[v] == 0:
                        next_bags[v] = message
                        later[grown] = v
                        grown += 1
                    else:
                        next_bags[v] = combine(next_bags[v], message)
                    next_sizes[v] += 1
                    waiting += 1
            if not same_state(new, states[u]):
                updates += 1
            states[u] = new
    return deliveries, updates, rounds, waiting


@Engine
def run_ordered(
    indptr: Array,
    targets: Array,
    weights: Array,
    states: Array,
    input_nodes: Array,
    inputs: Array,
    unit: Array,
    silent: Array,
    update: Law,
    argument_function: Law,
    message_function: Law,
    same_state: Law,
    same_message: Law,
    same_argument: Law,
    priority: Law,
    order: int,
    limit: int,
    room: int,
) -> tuple[int, int, int, int]:
    """Deliver one message at a time: the oldest, the newest, or the one of least priority.

    -1 messages left stands for more than `room` that would have to wait at once.
    """
    line = np.empty(room, dtype=np.int64)  # waiting slots: a ring, or a heap from 0
    value = np.empty((room,) + unit.shape[1:], dtype=unit.dtype)  # noqa: RUF005 (Numba)
    node = np.empty(room, dtype=np.int32)
    key = np.empty(room)
    stamp = np.empty(room, dtype=np.int64)
    free = np.arange(room)
    message = np.empty_like(unit)
    head, size, sent, deliveries, updates = 0, 0, 0, 0, 0
    first_input, v, e, last_edge = 0, 0, 0, 0
    new, argument = states[:1].copy(), silent.copy()
    while True:
        # Push what comes next: the inputs first, then the out-edges of the node at work.
        while first_input < input_nodes.size or e < last_edge:
            if first_input < input_nodes.size:
                head_node = input_nodes[first_input]
                message[0] = inputs[first_input]
                first_input += 1
            else:
                head_node = targets[e]
                message[0] = message_function(argument[0], weights[e])
                e += 1
                if same_message(message[0], unit[0]):
                    continue
            if size == room:
                return deliveries, updates, deliveries, -1
            slot = free[size]
            value[slot] = message[0]
            node[slot] = head_node
            sent += 1
            place = size
            size += 1
            if order == PRIORITY:
                key[slot] = priority(message[0])
                stamp[slot] = sent
                while place > 0:
                    up = line[(place - 1) >> 1]
                    if key[up] <= key[slot]:  # equal keys: the older stays above
                        break
                    line[place] = up
                    place = (place - 1) >> 1
            line[(head + place) % room] = slot
        if size == 0 or deliveries == limit:
            return deliveries, updates, deliveries, size
        size -= 1
        if order == FIFO:
            slot = line[head]
            head = (head + 1) % room
        elif order == LIFO:
            slot = line[(head + size) % room]
        else:
            slot = line[0]
            last, place = line[size], 0
            while 2 * place + 1 < size:
                child = 2 * place + 1
                if child + 1 < size:
                    a, b = line[child], line[child + 1]
                    if key[b] < key[a] or (key[b] == key[a] and stamp[b] < stamp[a]):
                        child += 1
                low = line[child]
                if key[last] < key[low] or (key[last] == key[low] and stamp[last] < stamp[low]):
                    break
                line[place] = low
                place = child
            line[place] = last
        free[size] = slot
        message[0] = value[slot]
        deliveries += 1
        v = node[slot]
        argument[0] = argument_function(states[v], message[0])
        new[0] = update(states[v], message[0])
        if not same_state(new[0], states[v]):
            updates += 1
        states[v] = new[0]
        e, last_edge = 0, 0
        if not same_argument(argument[0], silent[0]):
            e, last_edge = indptr[v], indptr[v + 1]
