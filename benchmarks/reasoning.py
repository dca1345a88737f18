"""Shortest paths against SciPy, rustworkx and igraph; the generic engine; the schedule fuzzer.

Run ``python benchmarks/reasoning.py [--quick]`` in an environment with numpy, scipy, numba,
networkx, platformdirs and, as peers, rustworkx and igraph; peers that are not installed are left
out. Building a peer's graph is not counted, nor is turning its result into an array.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.csgraph import dijkstra

if __name__ == "__main__":
    import _harness as harness

Call = Callable[[], object]
Case = dict[str, Any]
Matrix = Any
MODULE = "reasoning"


def matrix_of(case: Case) -> Matrix:
    """Return the graph of a case as a SciPy array, the same for every engine."""
    from corollary.algorithms import reasoning

    makers = {
        "random": reasoning.random_graph,
        "heavy-tailed weights": reasoning.random_graph,
        "power law": reasoning.power_law_graph,
        "road-like": reasoning.road_graph,
        "grid": reasoning.grid_graph,
    }
    matrix = makers[case["graph"]](*case["size"], seed=0).to_scipy()
    matrix.indptr = matrix.indptr.astype(np.int32)  # the form that SciPy itself prefers
    if case["graph"] == "heavy-tailed weights":  # over six orders of magnitude
        matrix.data = 1 / np.random.default_rng(1).uniform(1e-6, 1, size=matrix.nnz)
    return matrix


# ---- shortest paths -----------------------------------------------------------------------------


def corollary_paths(case: Case) -> Call:
    from corollary.algorithms import reasoning

    matrix = matrix_of(case)
    return lambda: reasoning.shortest_paths(matrix, 0)


def corollary_heap(case: Case) -> Call:
    from corollary.algorithms import reasoning

    matrix = matrix_of(case)
    return lambda: reasoning.dijkstra(matrix, 0)


def scipy_paths(case: Case) -> Call:
    matrix = matrix_of(case)
    return lambda: dijkstra(matrix, indices=0)


def rustworkx_paths(case: Case) -> Call:
    import rustworkx

    coo = matrix_of(case).tocoo()
    graph = rustworkx.PyDiGraph()
    graph.add_nodes_from(range(coo.shape[0]))
    edges = zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist(), strict=True)
    graph.add_edges_from(list(edges))
    return lambda: rustworkx.digraph_dijkstra_shortest_path_lengths(graph, 0, float)


def igraph_paths(case: Case) -> Call:
    import igraph

    coo = matrix_of(case).tocoo()
    ends = np.column_stack([coo.row, coo.col]).tolist()
    graph = igraph.Graph(coo.shape[0], ends, directed=True, edge_attrs={"w": coo.data.tolist()})
    return lambda: graph.distances(0, weights="w", algorithm="dijkstra")


def as_array(found: Any, nodes: int) -> Any:
    """Return the distances of any of the engines as an array."""
    if isinstance(found, np.ndarray):
        return found
    if isinstance(found, list):
        return np.array(found[0])
    distances = np.full(nodes, np.inf)
    distances[0] = 0.0
    distances[list(found.keys())] = list(found.values())
    return distances


# ---- the generic engine and kernels written out for (min, +) ------------------------------------


def relax(case: Case) -> Call:
    from corollary.algorithms import reasoning

    graph = reasoning.as_graph(matrix_of(case))
    start = np.full(graph.nodes, np.inf)
    start[0] = 0.0
    return lambda: reasoning.relax(graph, start, reasoning.MIN_PLUS)


def frontier_by_hand(case: Case) -> Call:
    from corollary.algorithms._kernel import kernel

    matrix = matrix_of(case)
    arrays = matrix.indptr.astype(np.int64), matrix.indices, matrix.data
    run = kernel(_frontier_by_hand, cached=False)

    def call() -> object:
        distances = np.full(matrix.shape[0], np.inf)
        distances[0] = 0.0
        run(*arrays, distances)
        return distances

    return call


def bags_in_rounds(case: Case) -> Call:
    from corollary.algorithms import reasoning

    graph = reasoning.as_graph(matrix_of(case))
    system = reasoning.relaxation_system(reasoning.MIN_PLUS)
    start = reasoning.start_run(system, graph, np.full(graph.nodes, np.inf), [(0, 0.0)])
    return lambda: start.run("bsp", limit=10**9)


def rounds_by_hand(case: Case) -> Call:
    from corollary.algorithms._kernel import kernel

    matrix = matrix_of(case)
    arrays = matrix.indptr.astype(np.int64), matrix.indices, matrix.data
    run = kernel(_rounds_by_hand, cached=False)
    return lambda: run(*arrays, np.full(matrix.shape[0], np.inf))


def _frontier_by_hand(indptr: Any, targets: Any, weights: Any, distances: Any) -> None:
    """Relax (min, +) with a frontier, everything written out: the generic engine's rival."""
    nodes = distances.size
    now, later = np.empty(nodes, dtype=np.int32), np.empty(nodes, dtype=np.int32)
    marked = np.zeros(nodes, dtype=np.bool_)
    size = 0
    for v in range(nodes):
        if distances[v] < np.inf:
            now[size] = v
            size += 1
    while size > 0:
        grown = 0
        for i in range(size):
            u = now[i]
            marked[u] = False
            for e in range(indptr[u], indptr[u + 1]):
                v = targets[e]
                candidate = distances[u] + weights[e]
                if candidate < distances[v]:
                    distances[v] = candidate
                    if not marked[v]:
                        marked[v] = True
                        later[grown] = v
                        grown += 1
        now, later, size = later, now, grown


def _rounds_by_hand(indptr: Any, targets: Any, weights: Any, distances: Any) -> int:
    """Deliver bags of (min, +) messages in rounds, everything written out."""
    nodes = distances.size
    bags, next_bags = np.empty(nodes), np.empty(nodes)
    sizes, next_sizes = np.zeros(nodes, dtype=np.int64), np.zeros(nodes, dtype=np.int64)
    now, later = np.empty(nodes, dtype=np.int32), np.empty(nodes, dtype=np.int32)
    next_bags[0], next_sizes[0], later[0] = 0.0, 1, 0
    grown, waiting, deliveries = 1, 1, 0
    while grown > 0:
        deliveries += waiting
        now, later, size, grown, waiting = later, now, grown, 0, 0
        bags, next_bags, sizes, next_sizes = next_bags, bags, next_sizes, sizes
        for i in range(size):
            u = now[i]
            sizes[u] = 0
            if bags[u] < distances[u]:
                distances[u] = bags[u]
                for e in range(indptr[u], indptr[u + 1]):
                    v = targets[e]
                    message = bags[u] + weights[e]
                    if next_sizes[v] == 0:
                        next_bags[v] = message
                        later[grown] = v
                        grown += 1
                    else:
                        next_bags[v] = min(next_bags[v], message)
                    next_sizes[v] += 1
                    waiting += 1
    return deliveries


# ---- the schedule fuzzer ------------------------------------------------------------------------


def _fuzzer_start(case: Case, compiled: bool) -> Any:
    from corollary.algorithms import reasoning

    rng = np.random.default_rng(0)
    nodes, edges = case["nodes"], case["edges"]
    ends, weights = rng.integers(nodes, size=(2, edges)), np.pi * rng.random(edges)
    graph = reasoning.Graph.from_edges(nodes, *ends, weights)
    least = reasoning.Monoid(min, np.inf)
    system = reasoning.System(
        least, least, min, lambda s, m: np.inf if s <= m else m, lambda a, w: a + w
    )
    if compiled:
        system = reasoning.relaxation_system(reasoning.MIN_PLUS)
    return reasoning.start_run(system, graph, np.full(nodes, np.inf), [(0, 0.0), (1, 0.5)])


def compiled_laws(case: Case) -> Call:
    start = _fuzzer_start(case, compiled=True)
    return lambda: start.run_many(0, case["runs"])


def python_laws(case: Case) -> Call:
    start = _fuzzer_start(case, compiled=False)
    return lambda: start.run_many(0, case["runs"])


# ---- tables -------------------------------------------------------------------------------------


def paths_table(quick: bool) -> str:
    """Return CPU times and ratios to corollary, and whether all results have the same bits."""
    small = 10 if quick else 1
    cases: list[Case] = [
        {"graph": "random", "size": (100_000 // small, 1_000_000 // small)},
        {"graph": "power law", "size": (100_000 // small, 1_000_000 // small)},
        {"graph": "heavy-tailed weights", "size": (100_000 // small, 1_000_000 // small)},
        {"graph": "road-like", "size": (200_000 // small,)},
        {"graph": "grid", "size": (int(500 / small**0.5),)},
        {"graph": "random", "size": (10_000 // small, 100_000 // small)},
    ]
    names = ["corollary_paths", "corollary_heap", "scipy_paths", "rustworkx_paths", "igraph_paths"]
    timings = harness.measure(MODULE, names, cases, threads=1)
    rows = []
    for index, case in enumerate(cases):
        matrix, expected, equal = matrix_of(case), corollary_paths(case)(), True
        cells = []
        for name in names:
            if (index, name) not in timings:
                cells.append("-")
                continue
            found = as_array(globals()[name](case)(), matrix.shape[0])
            equal &= np.array_equal(found, expected)
            seconds = timings[index, name].seconds
            ratio = seconds / timings[index, names[0]].seconds
            cells.append(f"{1e3 * seconds:.2f} (x{ratio:.2f})")
        label = f"{case['graph']}, {matrix.shape[0]} nodes, {matrix.nnz} edges"
        rows.append([label, *cells, "equal" if equal else "DIFFERENT"])
    header = ["shortest paths, ms", "corollary", "its heap", "scipy", "rustworkx", "igraph", "bits"]
    return harness.table(header, rows)


def engine_table(quick: bool) -> str:
    """Return the generic engine beside the same algorithm written out."""
    case: Case = {"graph": "random", "size": (10_000, 100_000) if quick else (100_000, 1_000_000)}
    names = ["relax", "frontier_by_hand", "bags_in_rounds", "rounds_by_hand"]
    timings = harness.measure(MODULE, names, [case], threads=1)
    rows = []
    for generic, hand in (names[:2], names[2:]):
        one, other = timings[0, generic].seconds, timings[0, hand].seconds
        rows.append([generic, f"{1e3 * one:.2f}", f"{1e3 * other:.2f}", f"x{one / other:.2f}"])
    return harness.table(["(min, +) engine, ms", "generic", "by hand", "ratio"], rows)


def fuzzer_table() -> str:
    """Return the deliveries per second of random schedules."""
    rows = []
    for nodes, edges in ((6, 12), (4, 30), (50, 400)):
        cells = []
        for name, runs in (("compiled_laws", 20_000), ("python_laws", 200)):
            case: Case = {"nodes": nodes, "edges": edges, "runs": runs * 8 // nodes}
            timing = harness.measure(MODULE, [name], [case], threads=1)[0, name]
            deliveries = globals()[name](case)()[1]
            cells.append(f"{deliveries / timing.seconds:.3g}")
        rows.append([f"{nodes} nodes, {edges} edges", *cells])
    return harness.table(["deliveries per second", "compiled laws", "Python laws"], rows)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="graphs a tenth of the size")
    quick = parser.parse_args().quick
    print(harness.describe(["numpy", "scipy", "numba", "rustworkx", "igraph"]))
    print("one thread, processor time, medians of interleaved rounds")
    for text in (paths_table(quick), engine_table(quick), fuzzer_table()):
        print("\n" + text)


if __name__ == "__main__":
    main()
