"""C1 and the symmetries of Bellman-Ford: distances bit by bit, whoever computed them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from corollary.verify.claim import law
from corollary.verify.domain import Choice, Constraint, Integers, Parameters
from corollary.verify.roles.reasoning import (
    ASYNCHRONY,
    KEY_FUNCTION,
    KEY_TREE,
    KEYS,
    MULTIMORPHISMS,
    NEGATIVE_NETWORKS,
    NETWORKS,
    SHORTEST_PATH_TREE,
    SHORTEST_PATHS,
    SYMMETRIES,
    TRACE,
    WHOLE_NETWORKS,
    WITH_CYCLES,
    Array,
    Keys,
    Network,
    generator,
    is_true,
    least_keys,
    one_case,
)
from corollary.verify.slack import Slack, bitwise

ShortestPaths = Callable[[Network], Array]
Trace = Callable[[Network, int], tuple[Array, Array]]
ROUNDS = 6
# The edges 1 -> 2, 2 -> 0 and 0 -> 2, all of weight zero, from the source 1.
_CIRCLE: Parameters = {
    "nodes": 3, "degree": 4, "weights": "ties", "seed": 16, "source": 1, "lossy": 0,
}  # fmt: skip


def _order(network: Network, name: str, count: int) -> Array:
    ends = (network.sources.tolist(), network.targets.tolist(), network.weights.tolist())
    return generator(name, network.nodes, network.source, *ends).permutation(count)


@law(SHORTEST_PATHS, over=WITH_CYCLES, source=ASYNCHRONY, standing="derived", dossier="C1")
def distances_bit_by_bit(shortest_paths: ShortestPaths, network: Network) -> Slack:
    r"""Rounding is monotone, $\mathrm{fl}(\min(a, b) + w) = \min(\mathrm{fl}(a + w),
    \mathrm{fl}(b + w))$, so with weights $\ge 0$ every order of relaxation gives the same
    floating-point distances: those of synchronous rounds.
    """
    return one_case(shortest_paths(network), network.distances())


@law(SHORTEST_PATHS, over=NEGATIVE_NETWORKS, standing="derived", dossier="C1, Proposition E")
def distances_with_negative_weights(shortest_paths: ShortestPaths, network: Network) -> Slack:
    r"""With whole weights of both signs, and no negative cycle in reach, distances are exact."""
    return one_case(shortest_paths(network), network.distances())


@law(SHORTEST_PATHS, over=NETWORKS, source=SYMMETRIES, standing="derived", dossier="section 2")
def distances_follow_the_names(shortest_paths: ShortestPaths, network: Network) -> Slack:
    r"""Renaming the nodes renames the distances, and changes no bit of them."""
    names = _order(network, "names", network.nodes)
    return one_case(shortest_paths(network.relabelled(names))[names], shortest_paths(network))


@law(SHORTEST_PATHS, over=NETWORKS, source=SYMMETRIES, standing="derived", dossier="section 2")
def distances_scale(shortest_paths: ShortestPaths, network: Network) -> Slack:
    r"""Weights times $8$ give distances times $8$, exactly."""
    larger = network.with_edges(network.sources, network.targets, 8 * network.weights)
    return one_case(shortest_paths(larger), 8 * shortest_paths(network))


def _heights(network: Network) -> Array:
    return _order(network, "heights", 5)[np.arange(network.nodes) % 5]


@law(SHORTEST_PATHS, over=WHOLE_NETWORKS, source=SYMMETRIES, standing="derived",
     dossier="section 2")  # fmt: skip
def distances_under_reweighting(shortest_paths: ShortestPaths, network: Network) -> Slack:
    r"""Weights $w_{uv} + h_v - h_u$ change the distance from $s$ to $v$ by $h_v - h_s$, exactly
    for whole numbers.
    """
    heavier = network.with_edges(network.sources, network.targets, network.weights + 4)
    heights = _heights(network)
    moved = heavier.weights + heights[network.targets] - heights[network.sources]
    shifted = shortest_paths(network.with_edges(network.sources, network.targets, moved))
    return one_case(shifted, shortest_paths(heavier) + heights - heights[network.source])


@law(SHORTEST_PATHS, over=NETWORKS, source=ASYNCHRONY, standing="derived", dossier="C1")
def distances_in_any_order_of_edges(shortest_paths: ShortestPaths, network: Network) -> Slack:
    r"""In whatever order the edges are listed, the distances are the same, bit by bit."""
    order = _order(network, "order", len(network.weights))
    columns = (network.sources[order], network.targets[order], network.weights[order])
    return one_case(shortest_paths(network.with_edges(*columns)), shortest_paths(network))


@law(SHORTEST_PATH_TREE, over=NETWORKS, standing="derived", dossier="1.5, parent pointers")
def parents_that_no_schedule_changes(
    tree: Callable[[Network], tuple[Array, Array, Array]], network: Network
) -> Slack:
    r"""The breadth-first tree of the tight edges, $d_u + w = d_v$, with the smallest id among
    equally near parents, is a function of the distances alone, and has no cycle even where weights
    are zero.
    """
    distances = network.distances()
    hops, parents = np.full(network.nodes, -1.0), np.full(network.nodes, -1.0)
    hops[network.source], level = 0.0, {network.source}
    sums = network.precision.round(distances[network.sources] + network.weights)
    tight = (sums == distances[network.targets]) & np.isfinite(sums)
    edges = sorted(
        zip(network.sources[tight].tolist(), network.targets[tight].tolist(), strict=True)
    )
    for depth in range(1, network.nodes):
        new = {v: u for u, v in reversed(edges) if u in level and hops[v] < 0}
        for v, u in new.items():
            hops[v], parents[v] = depth, u
        level = set(new)
    return one_case(np.stack(tree(network)), np.stack([distances, hops, parents]))


@law(KEY_FUNCTION, over=KEYS, source=MULTIMORPHISMS, standing="derived",
     dossier="1.5, parent pointers")  # fmt: skip
def keys_commute_with_their_minimum(along: Callable[[Array, Array], Array], case: Keys) -> Slack:
    r"""Keys $(d, h) \mapsto (d + w, h + 1)$ of distance and hops commute with the lexicographic
    minimum where sums are exact. Where two distances round to one, the hops of the farther path
    win: parents taken from keys are schedule-free for whole weights, not in floating point.
    """
    first, second = along(case.first, case.weights), along(case.second, case.weights)
    together = along(least_keys(case.first, case.second), case.weights)
    return bitwise(together, least_keys(first, second))


def _has_cycle(parents: Array) -> bool:
    for start in range(len(parents)):
        v, steps = start, 0
        while v >= 0 and steps <= len(parents):
            v, steps = int(parents[v]), steps + 1
        if v >= 0:
            return True
    return False


@law(KEY_TREE, over=NETWORKS.narrowed(weights=Choice(("ties",))), standing="refuted conjecture",
     dossier="1.5, parent pointers",
     tight=(_CIRCLE,))  # fmt: skip
def keys_of_distance_and_parent_make_a_tree(
    tree: Callable[[Network], tuple[Array, Array, Array]], network: Network
) -> Slack:
    r"""The least keys (distance, parent) of the nodes are the distances and a tree. (They are not:
    edges of weight zero make parents that go round in a circle; the number of hops is needed.)
    """
    return is_true(not _has_cycle(tree(network)[2]))


@law(TRACE, over=replace(
    NETWORKS.narrowed(weights=Choice(("rounding",)), degree=Integers(1, 4)),
    shape={**NETWORKS.shape, "weights": Choice(("rounding",)), "level": Integers(0, 0)},
    constraints={"no ties": Constraint(
        "No two walks to a node have the same weight.", "level", Integers(1, 1))},
), source=SYMMETRIES, standing="derived", dossier="section 2")  # fmt: skip
def trace_follows_the_names(trace: Trace, network: Network) -> tuple[Slack, Slack]:
    r"""Where walks have different weights, renaming the nodes renames distances and parents in
    every round of Bellman-Ford.
    """
    names = _order(network, "names", network.nodes)
    distances, parents = trace(network, ROUNDS)
    moved, moved_parents = trace(network.relabelled(names), ROUNDS)
    renamed = np.where(parents < 0, -1, names[parents.astype(int)])
    return one_case(moved[:, names], distances), one_case(moved_parents[:, names], renamed)


@law(TRACE, over=NETWORKS, source=SYMMETRIES, standing="derived", dossier="section 2")
def trace_scales(trace: Trace, network: Network) -> tuple[Slack, Slack]:
    r"""Weights times $8$ leave all parents in every round of Bellman-Ford unchanged and multiply
    the distances by $8$, exactly.
    """
    larger = network.with_edges(network.sources, network.targets, 8 * network.weights)
    (distances, parents), (scaled, same) = trace(network, ROUNDS), trace(larger, ROUNDS)
    return one_case(scaled, 8 * distances), one_case(same, parents)


@law(TRACE, over=WHOLE_NETWORKS, source=SYMMETRIES, standing="derived", dossier="section 2")
def trace_under_reweighting(trace: Trace, network: Network) -> tuple[Slack, Slack]:
    r"""Weights $w_{uv} + h_v - h_u$ leave the whole trajectory of parents and reached nodes
    unchanged, and shift the distances of reached nodes by $h_v - h_s$.
    """
    heights = _heights(network)
    moved = network.weights + heights[network.targets] - heights[network.sources]
    distances, parents = trace(network, ROUNDS)
    shifted, same = trace(network.with_edges(network.sources, network.targets, moved), ROUNDS)
    return (
        one_case(shifted, distances + heights - heights[network.source]),
        one_case(same, parents),
    )


@distances_bit_by_bit.exhaustive(scope="all digraphs on 3 nodes with weights in {none, 0, 1, 3}")
def small_digraphs() -> Iterator[Parameters]:
    for code in range(4**6):
        yield {
            "nodes": 3, "degree": code, "weights": "enumerated", "seed": 0, "source": 0, "lossy": 0,
        }  # fmt: skip
