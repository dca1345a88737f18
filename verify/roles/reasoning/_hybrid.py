"""The role `hybrid`: a token stream that reads from a graph reasoner, and must not disturb it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corollary.verify.domain import Domain, Integers, Parameters, Reals
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Precision
from corollary.verify.role import Role
from corollary.verify.roles.reasoning._arrays import FAMILY, Array, generator

TOKENS, NODES = 6, 4


@dataclass(frozen=True)
class HybridCase:
    """Two token streams, a graph with node features, steps and the gate."""

    tokens: Array
    other_tokens: Array
    features: Array
    edge_index: Array
    edges: Array
    steps: int
    gate: float
    seed: int


Hybrid = Callable[..., "tuple[Array, Array]"]


def hybrid(
    tokens: Array, features: Array, edge_index: Array, edges: Array, *, steps: int, gate: float
) -> tuple[Array, Array]:
    """Return tokens and node features of the project's hybrid with fixed random weights."""
    return _model()(tokens, features, edge_index, edges, steps=steps, gate=gate)


def _model() -> Any:
    from corollary.algorithms.reasoning import random_layer, random_transnar

    return random_transnar(
        tokens=TOKENS, nodes=NODES, reasoner=random_layer(2, NODES, 2, 0), seed=0
    )


def _adapt(implementation: Implementation) -> Hybrid:
    def run(case: HybridCase, **changed: Any) -> tuple[Array, Array]:
        now = replace(case, **changed)
        bound = replace(
            implementation, bind={**implementation.bind, "steps": now.steps, "gate": now.gate}
        )
        tokens, nodes = bound.plain(now.tokens, now.features, now.edge_index, now.edges)
        return np.asarray(tokens, dtype=np.float64), np.asarray(nodes, dtype=np.float64)

    return run


def _slip(
    *,
    opening: Callable[[float], float] = np.tanh,
    to_the_graph: float = 0.0,
    position: float = 0.0,
    always_open: float = 0.0,
    layers_read: int = 100,
    touched: float = 0.0,
) -> Callable[..., Any]:
    """Return a hybrid that lets the streams mix where they must not."""

    def run(tokens: Any, h: Any, index: Any, e: Any, *, steps: int, gate: float) -> Any:
        model = _model()
        first, second = model.feed_forward
        t = tokens
        for step in range(steps):
            t = t + model.self_attention(t, t, causal=True)
            t = t + np.maximum(t @ first, 0) @ second
            h = model.reasoner(h + to_the_graph * t.mean(), index, e) + touched * gate
            seen = h + position * np.arange(len(h))[:, None]
            if step < layers_read:
                t = t + (opening(gate) + always_open) * model.cross_attention(t, seen)
        return t, h

    return run


HYBRID = Role(
    name="hybrid",
    family=FAMILY,
    signature="hybrid(tokens (t, 6), features (v, 4), edge_index (2, e), edges (e, 2), *, steps, "
    "gate) -> tokens (t, 6), features (v, 4)",
    default="corollary.verify.roles.reasoning._hybrid:hybrid",
    adapt=_adapt,
    mutants={
        "graph attends to tokens": _slip(to_the_graph=1e-9),
        "sigmoid gate": _slip(opening=lambda g: 1 / (1 + np.exp(-g))),
        "gate never quite closed": _slip(always_open=1e-12),
        "nodes numbered for the tokens": _slip(position=1e-6),
        "reasoner tuned with the gate": _slip(touched=1e-9),
    },
    trivial={"copy": lambda t, h, index, e, steps, gate: (t, h)},
)


def _build(parameters: Parameters, precision: Precision) -> HybridCase:
    nodes, steps = int(parameters["nodes"]), int(parameters["steps"])
    draw = generator("hybrid", nodes, parameters["seed"])
    count = 3 * nodes
    return HybridCase(
        draw.normal(size=(5, TOKENS)),
        draw.normal(size=(5, TOKENS)),
        draw.normal(size=(nodes, NODES)),
        draw.integers(nodes, size=(2, count)),
        draw.normal(size=(count, 2)),
        steps,
        float(parameters["gate"]),
        int(parameters["seed"]),
    )


HYBRIDS = Domain(
    name="hybrids",
    statement="five tokens and a graph of at most 12 nodes, normal features, up to three layers",
    shape={
        "nodes": Integers(1, 12), "steps": Integers(1, 3), "gate": Reals(-2.0, 2.0, (0.0, 1.0)),
        "seed": Integers(0, 2**31),
    },
    rows={},
    build=_build,
)  # fmt: skip
