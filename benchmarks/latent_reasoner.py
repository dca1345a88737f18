"""Train the small latent reasoner behind the table ``SMALL_REASONER``; needs JAX.

Run ``python benchmarks/latent_reasoner.py [--steps 1200] [--seeds 3]``. A message-passing network
with 24 channels learns Bellman-Ford on 16-node digraphs: at every step it predicts parents,
distances and reached nodes from its latent state alone. Rows vary the aggregator, the decay of
the latent state and layer normalisation; columns vary size, weights, steps and shape of the graphs.
"""

from __future__ import annotations

import argparse
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from corollary.algorithms import reasoning
from corollary.theory.reasoning import SETTINGS, SMALL_REASONER

Array = Any
WIDTH, BATCH, STEPS_OF_RUN, RATE = 24, 16, 5, 3e-3


def draw(rng: np.random.Generator, nodes: int, count: int, shape: str = "random") -> Array:
    """Return weights (count, n, n), infinite where there is no edge, none on the diagonal."""
    weights = rng.random((count, nodes, nodes))
    if shape == "path":
        order = rng.permuted(np.tile(np.arange(nodes), (count, 1)), axis=1)
        order[:, 1:] = np.where(order[:, 1:] == 0, order[:, :1], order[:, 1:])
        order[:, 0] = 0  # the source begins the path
        kept = np.zeros((count, nodes, nodes), dtype=bool)
        np.put_along_axis(kept.reshape(count, -1), order[:, :-1] * nodes + order[:, 1:], True, 1)
    else:
        kept = rng.random((count, nodes, nodes)) < 0.25
    kept &= ~np.eye(nodes, dtype=bool)
    return np.where(kept, weights, np.inf)


def targets(weights: Array, steps: int) -> tuple[Array, Array]:
    """Return distances and parents (steps, count, n) after each round from node 0."""
    distances = np.full(weights.shape[:2], np.inf)
    distances[:, 0] = 0
    parents = np.tile(np.arange(weights.shape[1]), (len(weights), 1))
    history = []
    for _ in range(steps):
        messages = distances[:, :, None] + weights
        best, which = messages.min(axis=1), messages.argmin(axis=1)
        parents = np.where(best < distances, which, parents)
        distances = np.minimum(distances, best)
        history.append((distances, parents))
    return np.stack([d for d, _ in history]), np.stack([p for _, p in history])


def initial_parameters(seed: int) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    z = WIDTH + 1
    shapes = {
        "send": (z, WIDTH), "receive": (z, WIDTH), "weight": (1, WIDTH), "message": (WIDTH, WIDTH),
        "own": (z, WIDTH), "gather": (WIDTH, WIDTH), "from": (WIDTH, WIDTH), "to": (WIDTH, WIDTH),
        "edge": (1, WIDTH), "point": (WIDTH, 1), "distance": (WIDTH, 1), "reach": (WIDTH, 1),
    }  # fmt: skip
    return {name: jnp.array(rng.normal(size=s) / np.sqrt(s[0])) for name, s in shapes.items()}


def aggregate(messages: Array, mask: Array, how: str) -> Array:
    """Reduce messages (b, u, v, f) over the senders u that `mask` (b, u, v, 1) allows."""
    if how == "max":
        return jnp.where(mask, messages, -1e9).max(axis=1)
    if how == "softmax":
        weights = jax.nn.softmax(jnp.where(mask, messages, -1e6), axis=1)
        return (weights * messages).sum(axis=1)
    total = jnp.where(mask, messages, 0.0).sum(axis=1)
    return total / mask.sum(axis=1) if how == "mean" else total


def unroll(p: dict[str, Array], weights: Array, steps: int, row: tuple[str, float, bool]) -> Any:
    """Return parent logits, distances and reach logits of all steps."""
    how, decay, normalise = row
    count, nodes = weights.shape[:2]
    there = jnp.isfinite(weights)
    mask = (there | jnp.eye(nodes, dtype=bool))[..., None]
    w = jnp.where(there, weights, 0.0)[..., None]
    x = jnp.zeros((count, nodes, 1)).at[:, 0].set(1.0)
    h = jnp.zeros((count, nodes, WIDTH))
    outputs = []
    for _ in range(steps):
        z = jnp.concatenate([x, decay * h], axis=-1)
        hidden = (z @ p["send"])[:, :, None] + (z @ p["receive"])[:, None] + w @ p["weight"]
        m = aggregate(jax.nn.relu(hidden) @ p["message"], mask, how)
        h = jax.nn.relu(z @ p["own"] + m @ p["gather"])
        if normalise:
            h = (h - h.mean(-1, keepdims=True)) / jnp.sqrt(h.var(-1, keepdims=True) + 1e-5)
        pair = (h @ p["from"])[:, :, None] + (h @ p["to"])[:, None] + w @ p["edge"]
        logits = jnp.where(mask, jax.nn.relu(pair) @ p["point"], -1e9)[..., 0]
        outputs.append((logits, (h @ p["distance"])[..., 0], (h @ p["reach"])[..., 0]))
    return outputs


def loss(p: dict[str, Array], weights: Array, goal: Any, row: Any, steps: int) -> Array:
    total = 0.0
    for t, (logits, distance, reach) in enumerate(unroll(p, weights, steps, row)):
        reached = jnp.isfinite(goal[0][t])
        scores = jax.nn.log_softmax(logits, axis=1)
        pointed = jnp.take_along_axis(scores, goal[1][t][:, None], axis=1)[:, 0]
        error = jnp.where(reached, (distance - jnp.where(reached, goal[0][t], 0.0)) ** 2, 0.0)
        sign = jnp.where(reached, 1.0, -1.0)
        total += (-pointed + error + jax.nn.softplus(-sign * reach)).mean()
    return total / steps


def train(row: tuple[str, float, bool], steps: int, seed: int) -> dict[str, Array]:
    """Return the parameters after Adam with the gradient clipped to norm 1."""
    rng = np.random.default_rng(1000 + seed)
    p = initial_parameters(seed)
    first = {k: jnp.zeros_like(v) for k, v in p.items()}
    second = dict(first)

    @jax.jit
    def step(p: Any, first: Any, second: Any, t: Any, weights: Any, goal: Any) -> Any:
        gradient = jax.grad(lambda p: loss(p, weights, goal, row, STEPS_OF_RUN))(p)
        norm = jnp.sqrt(sum((g**2).sum() for g in gradient.values()))
        gradient = {k: g / jnp.maximum(norm, 1.0) for k, g in gradient.items()}
        first = {k: 0.9 * first[k] + 0.1 * gradient[k] for k in p}
        second = {k: 0.999 * second[k] + 0.001 * gradient[k] ** 2 for k in p}
        p = {
            k: p[k] - RATE * first[k] / (1 - 0.9**t)
            / (jnp.sqrt(second[k] / (1 - 0.999**t)) + 1e-8)
            for k in p
        }  # fmt: skip
        return p, first, second

    for t in range(1, steps + 1):
        weights = draw(rng, 16, BATCH)
        p, first, second = step(p, first, second, t, weights, targets(weights, STEPS_OF_RUN))
    return p


def accuracies(p: dict[str, Array], row: Any) -> list[float]:
    """Return the share of reached nodes with the right parent, in the order of SETTINGS."""
    rng = np.random.default_rng(7)
    found = []
    for nodes, factor, steps, shape in (
        (16, 1, None, "random"), (32, 1, None, "random"), (64, 1, None, "random"),
        (128, 1, None, "random"), (16, 2, None, "random"), (16, 4, None, "random"),
        (16, 16, None, "random"), (16, 1, 24, "random"), (16, 1, None, "path"),
        (32, 1, None, "path"),
    ):  # fmt: skip
        weights = factor * draw(rng, nodes, 16, shape)
        needed = nodes - 1 if shape == "path" else STEPS_OF_RUN + (nodes > 16)
        steps = steps or needed
        distances, parents = (array[-1] for array in targets(weights, steps))
        predicted = jnp.argmax(unroll(p, weights, steps, row)[-1][0], axis=1)
        judged = np.isfinite(distances) & (np.arange(nodes) > 0)
        found.append(float((np.asarray(predicted) == parents)[judged].mean()))
    return found


def check_targets() -> None:
    """Compare the targets with the exact reasoner."""
    weights = draw(np.random.default_rng(0), 16, 4)
    distances, _ = targets(weights, 15)
    for w, d in zip(weights, distances[-1], strict=True):
        u, v = np.nonzero(np.isfinite(w))
        graph = reasoning.Graph.from_edges(16, u, v, w[u, v])
        assert np.array_equal(reasoning.shortest_paths(graph), d)


def main() -> None:
    """Train every row of the table and print mean and deviation over seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=len(SMALL_REASONER), help="the first rows only")
    options = parser.parse_args()
    check_targets()
    print("aggregator, decay, layer norm | " + " | ".join(SETTINGS))
    for row in list(SMALL_REASONER)[: options.rows]:
        scores = np.array(
            [accuracies(train(row, options.steps, s), row) for s in range(options.seeds)]
        )
        cells = zip(scores.mean(axis=0), scores.std(axis=0), strict=True)
        print(f"{row} | " + " | ".join(f"{m:.3f} +- {s:.3f}" for m, s in cells), flush=True)


if __name__ == "__main__":
    main()
