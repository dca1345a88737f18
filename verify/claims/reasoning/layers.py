"""May a layer be run asynchronously? Symmetries, locality, the homomorphism, chaotic runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from corollary.verify.claim import law
from corollary.verify.roles.reasoning import (
    ASYNCHRONY,
    LAYER_INPUTS,
    MESSAGE_LAYER,
    MULTIMORPHISMS,
    Array,
    BoundLayer,
    LayerCase,
    generator,
    is_true,
    one_case,
)
from corollary.verify.slack import Slack


@law(MESSAGE_LAYER, over=LAYER_INPUTS, standing="derived", dossier="1.1")
def layer_follows_the_names(layer: BoundLayer, case: LayerCase) -> Slack:
    r"""Renaming the nodes of a graph renames the new features, and changes no bit of them."""
    given = case.input(layer)
    names = generator("names", given.seed).permutation(given.nodes)
    places = np.argsort(names)
    moved = layer(given.features[places], names[given.edge_index], given.edges)
    return one_case(moved[names], layer(given.features, given.edge_index, given.edges))


@law(MESSAGE_LAYER, over=LAYER_INPUTS, standing="derived", dossier="1.1, level 1")
def layer_takes_edges_in_any_order(layer: BoundLayer, case: LayerCase) -> Slack:
    r"""In whatever order the edges are listed, the aggregate of a commutative monoid is the same;
    that of the maximum bit by bit.
    """
    given = case.input(layer)
    order = generator("order", given.seed).permutation(len(given.edges))
    mixed = layer(given.features, given.edge_index[:, order], given.edges[order])
    return one_case(mixed, layer(given.features, given.edge_index, given.edges))


@law(MESSAGE_LAYER, over=LAYER_INPUTS, standing="derived", dossier="1.2, idempotence")
def layer_hears_a_message_twice(layer: BoundLayer, case: LayerCase) -> Slack:
    r"""Where aggregation is idempotent, an edge that is listed twice changes nothing:
    at-least-once delivery is enough.
    """
    given = case.input(layer)
    index = np.concatenate([given.edge_index, given.edge_index[:, :2]], axis=1)
    twice = layer(given.features, index, np.concatenate([given.edges, given.edges[:2]]))
    return one_case(twice, layer(given.features, given.edge_index, given.edges))


@law(MESSAGE_LAYER, over=LAYER_INPUTS, standing="derived", dossier="1.5")
def layer_is_local(layer: BoundLayer, case: LayerCase) -> Slack:
    r"""A change at one node changes, within a layer, that node and the heads of its out-edges only:
    messages travel one edge.
    """
    given = case.input(layer)
    changed = given.features.copy()
    changed[0] = given.other[0]
    before = layer(given.features, given.edge_index, given.edges)
    after = layer(changed, given.edge_index, given.edges)
    reached = np.isin(np.arange(given.nodes), given.edge_index[1][given.edge_index[0] == 0])
    reached[0] = True
    return one_case(after[~reached], before[~reached])


@law(MESSAGE_LAYER, over=LAYER_INPUTS, source=MULTIMORPHISMS, standing="derived",
     dossier="1.1, level 3")  # fmt: skip
def layer_commutes_with_the_maximum(layer: BoundLayer, case: LayerCase) -> Slack:
    r"""A layer whose messages are homomorphisms of the maximum commutes with it,
    $F(h \vee h') = F(h) \vee F(h')$, bit by bit. Log-sum-exp maps do not.
    """
    given = case.input(layer)
    edges = (given.edge_index, given.edges)
    joined = layer(np.maximum(given.features, given.other), *edges)
    apart = np.maximum(layer(given.features, *edges), layer(given.other, *edges))
    return one_case(joined, apart)


@law(MESSAGE_LAYER, over=LAYER_INPUTS, source=ASYNCHRONY, standing="derived",
     dossier="Theorem D, 1.8")  # fmt: skip
def layer_may_run_asynchronously(layer: BoundLayer, case: LayerCase) -> tuple[Slack, Slack]:
    r"""Nodes that take their new features one at a time, in any order and reading what others had
    some steps ago, end in the fixed point of synchronous rounds, bit by bit, and there is one.
    """
    given = case.input(layer)

    def step(features: Array) -> Array:
        return layer(features, given.edge_index, given.edges)

    fixed = given.features
    for _ in range(given.nodes):
        fixed = step(fixed)
    draw = generator("schedule", given.seed)
    past = [given.features]
    for _ in range(3 * given.nodes):
        past.append(_some_nodes(step(past[max(len(past) - 1 - int(draw.integers(3)), 0)]), past[-1],
                                draw))  # fmt: skip
    now = past[-1]
    for _ in range(given.nodes):
        for v in draw.permutation(given.nodes):
            now = now.copy()
            now[v] = step(now)[v]
    return one_case(step(fixed), fixed), one_case(now, fixed)


def _some_nodes(new: Array, now: Array, draw: np.random.Generator) -> Array:
    """Return `now` with the new features of a random half of the nodes."""
    chosen = draw.random(len(now)) < 0.5
    result: Any = np.where(chosen[:, None], new, now)
    return np.asarray(result)


@law(MESSAGE_LAYER, over=LAYER_INPUTS, source=ASYNCHRONY, standing="derived", dossier="1.4")
def layer_forgets_nothing(layer: BoundLayer, case: LayerCase) -> Slack:
    r"""States only rise, $F(h) \ge h$, and from larger states come larger ones: stale messages do
    no harm.
    """
    given = case.input(layer)
    edges = (given.edge_index, given.edges)
    new = layer(given.features, *edges)
    larger = layer(np.maximum(given.features, given.other), *edges)
    return is_true([bool(np.all(new >= given.features)), bool(np.all(larger >= new))])


@law(MESSAGE_LAYER, over=LAYER_INPUTS, source=MULTIMORPHISMS, standing="derived", dossier="1.1")
def layer_makes_nothing_from_nothing(layer: BoundLayer, case: LayerCase) -> Slack:
    r"""Nodes that have received nothing, in the state $-\infty$, send nothing: the unit goes to the
    unit.
    """
    given = case.input(layer)
    nothing = np.full_like(given.features, -np.inf)
    return one_case(layer(nothing, given.edge_index, given.edges), nothing)
