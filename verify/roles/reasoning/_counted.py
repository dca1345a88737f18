"""Roles of what is counted or learned: classes of graphs, growth on stars, a learned message."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from corollary.theory import reasoning as theory
from corollary.verify.domain import Domain, Integers
from corollary.verify.implementation import Implementation
from corollary.verify.role import Role
from corollary.verify.roles.reasoning._arrays import FAMILY, Array, closed_form, generator


@cache
def atlas(nodes: int) -> tuple[Any, ...]:
    """Return all graphs with 1 to so many nodes, at most 7, up to isomorphism."""
    from networkx.generators.atlas import graph_atlas_g

    return tuple(graph for graph in graph_atlas_g()[1:] if len(graph) <= nodes)


@cache
def network_classes(aggregator: str, nodes: int) -> int:
    """Return how many graphs of the atlas a random network with this aggregator tells apart."""
    from corollary.algorithms.reasoning import distinct_outputs, graph_outputs

    return len(set(distinct_outputs(graph_outputs(atlas(nodes), aggregator))))


@cache
def colour_classes(nodes: int, rounds: int = 7) -> int:
    """Return how many graphs of the atlas colour refinement tells apart."""
    from corollary.algorithms.reasoning import refinement_classes

    return len(set(refinement_classes(atlas(nodes), rounds=rounds)))


@cache
def _shallow(aggregator: str, nodes: int) -> int:
    from corollary.algorithms.reasoning import distinct_outputs, graph_outputs

    outputs = graph_outputs(atlas(nodes), aggregator, layers=1)
    return len(set(distinct_outputs(outputs)))


@cache
def _distinct_degrees(nodes: int) -> int:
    return len({tuple(sorted(d for _, d in graph.degree())) for graph in atlas(nodes)})


NETWORK_CLASSES = closed_form(
    network_classes,
    {
        "one layer": _shallow,
        "every graph apart": lambda aggregator, nodes: len(atlas(nodes)),
        "degrees for sums": lambda aggregator, nodes: (
            _distinct_degrees(nodes) if aggregator == "sum" else network_classes(aggregator, nodes)
        ),
        "sums for means": lambda aggregator, nodes: network_classes("sum", nodes),
        "one too many from a hundred on": lambda aggregator, nodes: (lambda n: n + (n > 100))(
            network_classes(aggregator, nodes)
        ),
    },
    module="corollary.verify.roles.reasoning._counted",
)
COLOUR_CLASSES = closed_form(
    colour_classes,
    {
        "one round": lambda nodes: colour_classes(nodes, 1),
        "every graph apart": lambda nodes: len(atlas(nodes)),
        "degrees": _distinct_degrees,
        "two rounds": lambda nodes: colour_classes(nodes, 2) - (nodes > 5),
    },
    module="corollary.verify.roles.reasoning._counted",
)
MEAN_OR_MAX = closed_form(
    theory.mean_or_max_classes,
    {
        "numbers of nodes": lambda n: n,
        "squares": lambda n: n * n,
        "with the empty graph": lambda n: n * (n + 1) // 2 + 1,
    },
)
STAR_DEGREE = closed_form(
    theory.star_degree,
    {
        "rounded down": lambda layers: layers // 2,
        "one per layer": lambda layers: layers,
        "right up to four": lambda layers: (layers + 1) // 2 - (layers > 4),
        "one less": lambda layers: max((layers + 1) // 2 - 1, 0),
    },
)


@cache
def largest_growth(layers: int, networks: int) -> int:
    """Return the largest degree of growth on stars of so many random networks."""
    from corollary.algorithms.reasoning import random_star_network, star_growth

    return max(star_growth(random_star_network(layers, seed=seed)) for seed in range(networks))


MessageFit = Callable[["Learned"], Array]


@dataclass(frozen=True)
class Learned:
    """Snapshots of runs on small graphs, and the seed of the start."""

    snapshots: Any
    seed: int


def _fit(implementation: Implementation) -> MessageFit:
    def fit(case: Learned) -> Array:
        bound = replace(implementation, bind={**implementation.bind, "seed": case.seed})
        found = bound.plain(case.snapshots)
        return np.asarray(getattr(found, "coefficients", found), dtype=np.float64)

    return fit


def _edges_of_changed_nodes(snapshots: Any) -> tuple[Array, Array]:
    """Return features (e, 3) and receivers of the edges into nodes that changed."""
    changed = np.flatnonzero(snapshots.after < snapshots.before)
    useful = np.isin(snapshots.receivers, changed)
    inputs = snapshots.inputs[useful]
    return np.column_stack([inputs, np.ones(len(inputs))]), snapshots.receivers[useful]


def _least_squares(features: Array, targets: Array) -> Array:
    solution: Array = np.linalg.lstsq(features, targets, rcond=None)[0]
    return solution


def _all_edges(snapshots: Any, seed: int) -> Array:
    """Regress on every edge, not on those that gave the minimum."""
    features, receivers = _edges_of_changed_nodes(snapshots)
    return _least_squares(features, snapshots.after[receivers])


def _turns(count: int, *, sign: float = 1.0, noise: float = 0.0) -> Callable[..., Array]:
    def fit(snapshots: Any, seed: int) -> Array:
        features, receivers = _edges_of_changed_nodes(snapshots)
        coefficients = np.random.default_rng(seed).normal(size=3)
        for _ in range(count):
            order = np.lexsort((sign * (features @ coefficients), receivers))
            chosen = order[np.unique(receivers[order], return_index=True)[1]]
            targets = snapshots.after[receivers[chosen]]
            coefficients = _least_squares(features[chosen], targets)
        return coefficients + noise

    return fit


FIT = Role(
    name="fit_message",
    family=FAMILY,
    signature="fit_message(snapshots, *, seed) -> coefficients (3,) of (distance, weight, 1)",
    default="corollary.algorithms.reasoning:fit_message",
    adapt=_fit,
    mutants={
        "all edges at once": _all_edges,
        "one turn": _turns(1),
        "the greatest message": _turns(12, sign=-1.0),
        "a billionth off": _turns(12, noise=1e-9),
    },
    trivial={"zero": lambda snapshots, seed: np.zeros(3)},
)


@cache
def _snapshots(seed: int) -> Any:
    from corollary.algorithms.reasoning import random_snapshots

    return random_snapshots(64, seed=seed)


LEARNED = Domain(
    name="snapshots",
    statement="64 rounds on random digraphs of 4 to 16 nodes, and a random start",
    shape={"seed": Integers(0, 30), "start": Integers(0, 1000)},
    rows={},
    build=lambda parameters, _: Learned(
        _snapshots(int(parameters["seed"])), int(parameters["start"])
    ),
)


@dataclass(frozen=True)
class Star:
    """The integer weights of ReLU layers with sums, and the exact values on growing stars."""

    layers: int
    differences: tuple[int, ...]


@lru_cache(256)  # every drawn case is evaluated twice
def differences_on_stars(layers: int, seed: int, width: int = 3) -> tuple[int, ...]:
    """Return the largest finite difference of each order, of all outputs near 10^6 leaves.

    In exact integers, by the definition of the layers: centre and leaf exchange messages.
    """
    draw = generator("star", layers, seed)
    weights = [draw.integers(-2, 3, size=(2 * width + 1, width)).astype(object)
               for _ in range(layers)]  # fmt: skip
    rows = []
    for leaves in range(10**6, 10**6 + layers + 3):
        centre = leaf = [1] * width
        for matrix in weights:
            centre, leaf = (
                _relu([*centre, *(leaves * x for x in leaf), 1], matrix),
                _relu([*leaf, *centre, 1], matrix),
            )
        rows.append(np.array([*centre, *leaf], dtype=object))
    found = []
    while len(rows) > 1:
        rows = [later - earlier for earlier, later in pairwise(rows)]
        found.append(int(max(abs(x) for row in rows for x in row)))
    return tuple(found)


def _relu(inputs: Iterable[int], matrix: Any) -> list[int]:
    return [max(0, x) for x in (np.array(list(inputs), dtype=object) @ matrix).tolist()]


STARS = Domain(
    name="stars",
    statement="random ReLU networks of at most 6 layers with sums and small whole weights",
    shape={"layers": Integers(1, 6), "seed": Integers(0, 2**31)},
    rows={},
    build=lambda parameters, _: Star(
        int(parameters["layers"]),
        differences_on_stars(int(parameters["layers"]), int(parameters["seed"])),
    ),
)
