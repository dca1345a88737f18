"""Schedules of one system, relaxation of `d[v] = min(d[u] + w)`, as compiled kernels.

Rounding is monotone, so `fl(min(a, b) + w) = min(fl(a + w), fl(b + w))`: every schedule that runs
to the end leaves the same bits. They differ in cost alone, which is why there are four of them.
Each kernel fills `distances` in place and returns the number of nodes it expanded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corollary.algorithms._kernel import kernel

Array = NDArray[Any]


@kernel
def weight_facts(indptr: Array, targets: Array, weights: Array) -> tuple[float, float, float]:
    """Return (smallest, largest finite, mean finite) weight; (0, 0, 0) without finite weights."""
    smallest, largest, total, finite = np.inf, 0.0, 0.0, 0
    for weight in weights:
        smallest = min(smallest, weight)
        if weight < np.inf:
            largest = max(largest, weight)
            total += weight
            finite += 1
    if finite == 0:
        return 0.0, 0.0, 0.0
    return smallest, largest, total / finite


@kernel
def by_buckets(
    indptr: Array,
    targets: Array,
    weights: Array,
    source: int,
    distances: Array,
    per_unit: float,
    count: int,
) -> int:
    """Expand nodes by buckets of distance `1 / per_unit`, or give up and return -1; w >= 0.

    `count` buckets cover the largest weight with two to spare, so that the waiting nodes never
    span more than one turn of the wheel. Inside a bucket the order is last in, first out, which
    can cost exponential time, and a wheel can be nearly empty: hence the two limits.
    """
    most_expanded = 3 * distances.size + 1024
    most_turned = 4 * distances.size + targets.size + 1024
    head = np.full(count, -1, dtype=np.int32)
    after = np.empty(distances.size, dtype=np.int32)
    before = np.empty(distances.size, dtype=np.int32)
    bucket = np.full(distances.size, -1, dtype=np.int32)
    head[0], after[source], before[source], bucket[source] = source, -1, -1, 0
    waiting, turn, expanded, turned = 1, 0, 0, 0
    while waiting > 0:
        while head[turn] < 0:
            turned += 1
            turn += 1
            if turn == count:
                turn = 0
        u = head[turn]
        head[turn] = after[u]
        if after[u] >= 0:
            before[after[u]] = -1
        bucket[u] = -1
        waiting -= 1
        expanded += 1
        if expanded > most_expanded or turned > most_turned:
            return -1
        start = distances[u]
        for e in range(indptr[u], indptr[u + 1]):
            v = targets[e]
            candidate = start + weights[e]
            if candidate < distances[v]:
                distances[v] = candidate
                new = int(candidate * per_unit) % count
                old = bucket[v]
                if old == new:
                    continue
                if old < 0:
                    waiting += 1
                else:  # unlink from the old bucket
                    if before[v] >= 0:
                        after[before[v]] = after[v]
                    else:
                        head[old] = after[v]
                    if after[v] >= 0:
                        before[after[v]] = before[v]
                bucket[v], after[v], before[v] = new, head[new], -1
                if head[new] >= 0:
                    before[head[new]] = v
                head[new] = v
    return expanded


@kernel
def by_priority(
    indptr: Array, targets: Array, weights: Array, source: int, distances: Array
) -> int:
    """Expand the nearest waiting node first (Dijkstra, 4-ary heap with decrease-key); w >= 0."""
    node = np.empty(distances.size, dtype=np.int32)
    key = np.empty(distances.size, dtype=distances.dtype)
    place = np.full(distances.size, -1, dtype=np.int32)
    node[0], key[0], place[source] = source, distances[source], 0
    size, expanded = 1, 0
    while size > 0:
        u, start = node[0], key[0]
        place[u] = -1
        expanded += 1
        size -= 1
        if size > 0:  # sift the last entry down from the root
            last, last_key, i = node[size], key[size], 0
            child = 1
            while child < size:
                least, least_key = child, key[child]
                for j in range(child + 1, min(child + 4, size)):
                    if key[j] < least_key:
                        least, least_key = j, key[j]
                if least_key >= last_key:
                    break
                key[i], node[i] = least_key, node[least]
                place[node[least]] = i
                i = least
                child = 4 * i + 1
            key[i], node[i], place[last] = last_key, last, i
        for e in range(indptr[u], indptr[u + 1]):
            v = targets[e]
            candidate = start + weights[e]
            if candidate < distances[v]:
                distances[v] = candidate
                i = place[v]
                if i < 0:
                    i = size
                    size += 1
                while i > 0:
                    up = (i - 1) >> 2
                    if key[up] <= candidate:
                        break
                    key[i], node[i] = key[up], node[up]
                    place[node[up]] = i
                    i = up
                key[i], node[i], place[v] = candidate, v, i
    return expanded


@kernel
def by_rounds(
    indptr: Array, targets: Array, weights: Array, source: int, distances: Array, parents: Array
) -> tuple[int, int]:
    """Expand, round after round, the nodes that changed (Bellman-Ford); any weights.

    Return (expanded, -1), or (expanded, a node of a cycle of parents): such a cycle has lowered
    its own labels. It is looked for once per `n` expansions, so the search costs O(1) each.
    """
    nodes = distances.size
    now = np.empty(nodes, dtype=np.int32)
    later = np.empty(nodes, dtype=np.int32)
    marked = np.zeros(nodes, dtype=np.bool_)
    now[0] = source
    size, expanded, next_look = 1, 0, nodes
    while size > 0:
        grown = 0
        for i in range(size):
            u = now[i]
            marked[u] = False
            start = distances[u]
            for e in range(indptr[u], indptr[u + 1]):
                v = targets[e]
                candidate = start + weights[e]
                if candidate < distances[v]:
                    distances[v] = candidate
                    parents[v] = u
                    if not marked[v]:
                        marked[v] = True
                        later[grown] = v
                        grown += 1
        expanded += size
        if expanded >= next_look or grown == 0:
            on_cycle = parent_cycle(parents)
            if on_cycle >= 0:
                return expanded, on_cycle
            next_look = expanded + nodes
        now, later, size = later, now, grown
    return expanded, -1


@kernel
def parent_cycle(parents: Array) -> int:
    """Return a node on a cycle of the map `parents` (-1: no parent), or -1 without a cycle."""
    seen = np.zeros(parents.size, dtype=np.int32)
    for start in range(parents.size):
        v = start
        while v >= 0 and seen[v] == 0:
            seen[v] = start + 1
            v = parents[v]
        if v >= 0 and seen[v] == start + 1:
            return v
    return -1


@kernel
def topological_order(indptr: Array, targets: Array) -> Array:
    """Return the nodes in topological order; fewer than all of them if there is a cycle."""
    nodes = indptr.size - 1
    waits = np.zeros(nodes, dtype=np.int64)
    for v in targets:
        waits[v] += 1
    order = np.empty(nodes, dtype=np.int32)
    done = 0
    for v in range(nodes):
        if waits[v] == 0:
            order[done] = v
            done += 1
    taken = 0
    while taken < done:
        u = order[taken]
        taken += 1
        for e in range(indptr[u], indptr[u + 1]):
            v = targets[e]
            waits[v] -= 1
            if waits[v] == 0:
                order[done] = v
                done += 1
    return order[:done]


@kernel
def by_order(indptr: Array, targets: Array, weights: Array, order: Array, distances: Array) -> int:
    """Expand every node once, in the topological `order`; any weights."""
    for u in order:
        start = distances[u]
        if start < np.inf:
            for e in range(indptr[u], indptr[u + 1]):
                v = targets[e]
                distances[v] = min(distances[v], start + weights[e])
    return order.size


@kernel
def tight_tree(
    indptr: Array, targets: Array, weights: Array, source: int, distances: Array
) -> tuple[Array, Array]:
    """Return (hops, parents) of the breadth-first tree of tight edges, smallest parent id first."""
    hops = np.full(distances.size, -1, dtype=np.int64)
    parents = np.full(distances.size, -1, dtype=np.int64)
    queue = np.empty(distances.size, dtype=np.int32)
    hops[source], queue[0] = 0, source
    taken, size = 0, 1
    while taken < size:
        u = queue[taken]
        taken += 1
        for e in range(indptr[u], indptr[u + 1]):
            v = targets[e]
            if distances[v] == np.inf or distances[u] + weights[e] != distances[v]:
                continue
            if hops[v] < 0:
                hops[v], parents[v], queue[size] = hops[u] + 1, u, v
                size += 1
            elif hops[v] == hops[u] + 1 and u < parents[v]:
                parents[v] = u
    return hops, parents
