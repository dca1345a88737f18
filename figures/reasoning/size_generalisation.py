"""Trained on graphs with at most 16 nodes, run on larger ones: what was learned, and how exactly.

Four reasoners for shortest paths: the exact one; an affine message learned by turns of assignment
and least squares; the same message, and one with a hidden layer, learned by Adam. Five seeds each.
Truth is Dijkstra's algorithm of SciPy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.reasoning import (
    Graph,
    execute_message,
    fit_message,
    random_digraph,
    random_snapshots,
    shortest_path_tree,
    train_network,
)
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLACK, BLUE, GREEN, PAGE, VERMILION
from corollary.figures._table import Columns, Table, joined

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

Reasoner = Callable[[Graph], tuple[Any, Any]]
_MODELS = {
    "exact": (BLACK, "P", "exact reasoner"),
    "least squares": (BLUE, "o", "affine message, least squares"),
    "affine": (GREEN, "s", "affine message, Adam"),
    "network": (VERMILION, "^", "network 2-32-1, Adam"),
}
DENSE, SPARSE, PATHS, HEAVY = "dense", "sparse", "path", "heavy"
_FLOOR = 1e-17  # of the drawn range; an error of exactly zero is drawn there
_ROUNDING = 1e-12


def _reasoner(model: str, seed: int, steps: int) -> Reasoner:
    """Return the trained model as a function of a graph: distances and parents."""
    if model == "exact":
        return lambda graph: shortest_path_tree(graph)[::2]
    snapshots = random_snapshots(64, seed=seed)
    if model == "least squares":
        fit = fit_message(snapshots, seed=seed)
        return lambda graph: execute_message(fit, graph)
    hidden = 32 if model == "network" else 0
    network = train_network(snapshots, hidden=hidden, steps=steps, seed=seed)
    return lambda graph: execute_message(network, graph)


def _graphs(parameters: Parameters) -> Iterator[tuple[str, int, Graph]]:
    """Yield (family, nodes, graph): random ones of density 1/4 and of mean degree 4, paths, and
    random ones with weights times ten.
    """
    for number in range(parameters["graphs"]):
        draw = np.random.default_rng([parameters["seed"], number])
        for nodes in parameters["sizes"]:
            yield DENSE, nodes, random_digraph(nodes, 0.25, draw)
            yield SPARSE, nodes, random_digraph(nodes, 4 / nodes, draw)
            ends, weights = np.arange(nodes - 1), draw.random(nodes - 1)
            yield PATHS, nodes, Graph.from_edges(nodes, ends, ends + 1, weights)
        small = random_digraph(16, 0.25, draw)
        yield HEAVY, 16, Graph(small.indptr, small.targets, 10 * small.weights)


@dataclass(frozen=True)
class _Case:
    """A graph with its true distances, and the edges that are on shortest paths as numbers."""

    family: str
    nodes: int
    graph: Graph
    truth: Any
    tight: Any


@cache
def _cases(parameters: str) -> list[_Case]:
    """Return the graphs of these parameters (JSON), with the truth about them."""
    from scipy.sparse.csgraph import dijkstra

    cases = []
    for family, nodes, graph in _graphs(json.loads(parameters)):
        truth = dijkstra(graph.to_scipy(), indices=0)
        through = truth[graph.sources] + graph.weights
        tight = np.isfinite(through) & (through <= truth[graph.targets] * (1 + 1e-9))
        numbers = (graph.sources.astype(np.int64) * nodes + graph.targets)[tight]
        cases.append(_Case(family, nodes, graph, truth, numbers))
    return cases


def _measured(reasoner: Reasoner, case: _Case) -> tuple[float, float]:
    """Return the mean error over the mean distance, and the share of nodes with a right parent."""
    truth, v = case.truth, np.flatnonzero(np.isfinite(case.truth) & (case.truth > 0))
    if not len(v):
        return 0.0, 1.0
    distances, parents = reasoner(case.graph)
    error = np.abs(distances[v] - truth[v]).sum() / truth[v].sum()
    right = (parents[v] >= 0) & np.isin(parents[v] * case.nodes + v, case.tight)
    return float(error), float(right.mean())


def _of_model(parameters: Parameters, model: str, seed: int) -> Columns:
    """Return the rows of one model and seed: means over the graphs of each kind."""
    reasoner = _reasoner(model, seed, parameters["steps"])
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for case in _cases(json.dumps(dict(parameters))):
        found.setdefault((case.family, case.nodes), []).append(_measured(reasoner, case))
    rows = [
        (model, seed, family, nodes, *np.mean(values, axis=0).tolist())
        for (family, nodes), values in found.items()
    ]
    names = ("model", "seed", "family", "nodes", "relative_error", "tight_parents")
    columns = zip(*rows, strict=True)
    return {name: np.array(column) for name, column in zip(names, columns, strict=True)}


def _compute(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    jobs = [(model, seed) for model in _MODELS for seed in range(parameters["seeds"])]

    def part(place: int) -> Columns:
        model, seed = jobs[place]
        work.progress("models", place + 1, len(jobs))
        return work.part(f"{model}-{seed}", lambda: _of_model(parameters, model, seed))

    return joined([part(place) for place in range(len(jobs))])


def _excerpt(parameters: Parameters, stored: Table, work: Workspace) -> tuple[Columns, Columns]:
    """Recompute the models that rounding on another machine leaves as they are."""
    parts, again = [], []
    for model in ("exact", "least squares"):
        for seed in range(parameters["seeds"]):
            work.progress("models", seed + 1, parameters["seeds"])
            parts.append(dict(stored.where(model=model, seed=seed).columns))
            again.append(_of_model(parameters, model, seed))
    return joined(parts), joined(again)


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return where an exact message is not exact, or range is no harder than size."""
    table = tables["errors"]
    lines = []
    for model in ("exact", "least squares"):
        rows = table.where(model=model)
        for i in np.flatnonzero(
            ~((rows["relative_error"] <= _ROUNDING) & (rows["tight_parents"] == 1))
        ):
            where = f"{model}, {rows['family'][i]} {rows['nodes'][i]}"
            lines.append(f"{where}: error {rows['relative_error'][i]}")
    for seed in range(table.header["parameters"]["seeds"]):
        rows = table.where(model="network", seed=seed)
        size = rows.where(family=SPARSE)["relative_error"].max()
        far = rows.where(family=PATHS)["relative_error"].max()
        if not far > size:
            lines.append(f"network, seed {seed}: long paths are no harder than large graphs")
    return lines


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    table = tables["errors"]
    seeds = table.header["parameters"]["seeds"]
    picture = Picture(figsize=(PAGE, 3.2))
    axes = picture.subplots(1, 4, sharey=True, width_ratios=(1, 1, 1, 0.45))
    titles = ("random, density 1/4", "random, mean degree 4", "paths", "weights x 10")
    for ax, family, title in zip(axes, (DENSE, SPARSE, PATHS, HEAVY), titles, strict=True):
        for place, (model, (colour, marker, label)) in enumerate(_MODELS.items()):
            for seed in range(seeds):
                rows = table.where(model=model, seed=seed, family=family)
                nodes = rows["nodes"] * 1.06 ** (place - 1.5)
                error = np.maximum(rows["relative_error"], _FLOOR)
                name = label if seed == 0 and family == DENSE else None
                line = "-" if family != HEAVY else "none"
                ax.plot(nodes, error, line, marker=marker, color=colour, linewidth=0.6, label=name)
        sizes = sorted(set(table.where(family=family)["nodes"].tolist()))
        ax.set(xscale="log", yscale="log", xlabel="nodes", ylim=(_FLOOR / 3, 1e2))
        ax.set_xticks(sizes, [str(size) for size in sizes])
        ax.set_xticks([], minor=True)
        ax.set_title(title)
        ax.axvspan(4, 16.9, color="#EEEEEE", zorder=0)
        ax.set_xlim(10, 1.5 * max(sizes))
    axes[0].set_ylabel("mean error / mean distance")
    axes[0].set_yticks([_FLOOR, 1e-13, 1e-9, 1e-5, 1e-1], ["0", "1e-13", "1e-9", "1e-5", "0.1"])
    axes[0].set_yticks([], minor=True)
    picture.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4,
                   title=f"{seeds} seeds each; sizes seen in training shaded",
                   title_fontsize=7)  # fmt: skip
    return picture


FIGURE = Figure(
    name="reasoning.size-generalisation",
    title="Shortest paths learned on at most 16 nodes and run on up to 1024: exact, or nearly",
    recipes=(
        Recipe(
            name="errors",
            parameters={
                "sizes": [16, 64, 256, 1024], "graphs": 5, "seeds": 5, "steps": 4000, "seed": 0,
            },
            compute=_compute,
            units={"relative_error": "mean error over mean distance, reached nodes, mean of graphs",
                   "tight_parents": "share of reached nodes"},
            tolerance={"relative_error": _ROUNDING},
            excerpt=_excerpt,
            excerpt_is="the exact and the least-squares reasoners, all seeds",
        ),
    ),
    draw=_draw,
    violations=_violations,
)  # fmt: skip
