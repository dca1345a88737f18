"""The speed claims of the softmax family, each against a named peer in the same run.

Run ``python benchmarks/softmax.py [--quick]`` in an environment with numpy, numba, platformdirs
and, as peers, scipy, torch and entmax; peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

if __name__ == "__main__":
    import _harness as harness

Call = Callable[[], object]
MODULE = "softmax"


def logits(case: dict[str, Any]) -> Any:
    """Return the input of a case: normal logits, the same for every engine."""
    return np.random.default_rng(0).normal(size=case["shape"]).astype(case["dtype"])


# ---- engines ------------------------------------------------------------------------------------


def copy(case: dict[str, Any]) -> Call:
    """The floor: every item read once and written once, on as many threads as allowed."""
    import os
    from concurrent.futures import ThreadPoolExecutor

    x = logits(case).reshape(-1)
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if threads == 1:
        return lambda: np.copyto(np.empty_like(x), x)
    pool = ThreadPoolExecutor(threads)
    parts = np.array_split(np.arange(x.size), threads)
    edges = [slice(part[0], part[-1] + 1) for part in parts]

    def run() -> object:
        out = np.empty_like(x)
        return list(pool.map(lambda part: np.copyto(out[part], x[part]), edges))

    return run


def _ours(name: str, *arguments: Any) -> Callable[[dict[str, Any]], Call]:
    def build(case: dict[str, Any]) -> Call:
        import corollary.algorithms.softmax as family

        function, x = getattr(family, name), logits(case)
        return lambda: function(x, *arguments)

    return build


corollary_softmax = _ours("softmax")
corollary_row_statistics = _ours("row_statistics")
corollary_sparsemax = _ours("sparsemax")
corollary_entmax15 = _ours("entmax15")
corollary_entmax_130 = _ours("entmax", 1.3)
corollary_entmax_170 = _ours("entmax", 1.7)
corollary_top_k = _ours("top_k_softmax", 16)
corollary_adaptive = _ours("adaptive_temperature_softmax")


def scipy_softmax(case: dict[str, Any]) -> Call:
    import scipy.special

    x = logits(case)
    return lambda: scipy.special.softmax(x, axis=-1)


def numpy_row_statistics(case: dict[str, Any]) -> Call:
    """The five statistics as one writes them in NumPy, sharing what can be shared."""
    x = logits(case)

    def statistics() -> object:
        peak = x.max(axis=-1, keepdims=True)
        exponentials = np.exp(x - peak)
        normaliser = exponentials.sum(axis=-1, keepdims=True)
        weights = exponentials / normaliser
        log_normaliser = peak + np.log(normaliser)
        entropy = -(weights * (x - log_normaliser)).sum(axis=-1)
        mean = (weights * x).sum(axis=-1, keepdims=True)
        variance = (weights * (x - mean) ** 2).sum(axis=-1)
        return peak, log_normaliser, entropy, variance, (weights**2).sum(axis=-1)

    return statistics


def torch_softmax(case: dict[str, Any]) -> Call:
    import torch

    x = torch.from_numpy(logits(case))
    return lambda: torch.softmax(x, dim=-1)


def _package(name: str, **arguments: Any) -> Callable[[dict[str, Any]], Call]:
    def build(case: dict[str, Any]) -> Call:
        import entmax
        import torch

        function, x = getattr(entmax, name), torch.from_numpy(logits(case))
        return lambda: function(x, dim=-1, **arguments)

    return build


entmax_sparsemax = _package("sparsemax")
entmax_entmax15 = _package("entmax15")
entmax_bisect_130 = _package("entmax_bisect", alpha=1.3)
entmax_bisect_170 = _package("entmax_bisect", alpha=1.7)


# ---- comparisons --------------------------------------------------------------------------------

DENSE = ["copy", "corollary_softmax", "scipy_softmax", "torch_softmax", "corollary_row_statistics"]
SPARSE = [
    "corollary_sparsemax",
    "entmax_sparsemax",
    "corollary_entmax15",
    "entmax_entmax15",
    "corollary_entmax_130",
    "entmax_bisect_130",
    "corollary_entmax_170",
    "entmax_bisect_170",
]
# (engine, against, how the ratio reads, target): times of `against` over `engine` for "faster",
# of `engine` over `against` for "slower".
CLAIMS = {
    1: [
        ("corollary_softmax", "scipy_softmax", "faster", 1.9),
        ("corollary_softmax", "torch_softmax", "faster", 1.0),
        ("corollary_softmax", "copy", "slower", 3.5),
        ("corollary_row_statistics", "corollary_softmax", "slower", 1.5),
        ("corollary_row_statistics", "numpy_row_statistics", "faster", 4.0),
        ("corollary_sparsemax", "entmax_sparsemax", "faster", 10.0),
        ("corollary_entmax15", "entmax_entmax15", "faster", 10.0),
        ("corollary_entmax_130", "entmax_bisect_130", "faster", 10.0),
        ("corollary_entmax_170", "entmax_bisect_170", "faster", 10.0),
    ],
    2: [
        ("corollary_softmax", "scipy_softmax", "faster", 3.8),
        ("corollary_softmax", "torch_softmax", "faster", 1.0),
        ("corollary_softmax", "copy", "slower", 3.5),
        ("corollary_row_statistics", "corollary_softmax", "slower", 1.5),
        ("corollary_sparsemax", "entmax_sparsemax", "faster", 10.0),
        ("corollary_entmax15", "entmax_entmax15", "faster", 10.0),
    ],
}


def compare(threads: int, rounds: int) -> None:
    """Time all engines on equal threads; print the times and the ratios beside their targets."""
    dense = [
        {"shape": shape, "dtype": dtype}
        for dtype in ("float64", "float32")
        for shape in ((16384, 128), (4096, 512), (2048, 1024))
    ]
    sparse = [{"shape": (1024, 1024), "dtype": "float64"}]
    times, claims = [], []
    for cases, engines in ((dense, [*DENSE, "numpy_row_statistics"]), (sparse, SPARSE)):
        found = harness.measure(MODULE, engines, cases, threads, rounds)
        for index, case in enumerate(cases):
            label = f"{case['dtype']} {case['shape'][0]}x{case['shape'][1]}"
            size = case["shape"][0] * case["shape"][1]
            for engine in engines:
                if (index, engine) in found:
                    t = found[index, engine]
                    spread = f"{t.low / size * 1e9:.2f}-{t.high / size * 1e9:.2f}"
                    each = f"{t.seconds / size * 1e9:.2f}"
                    disturbed = f"{t.foreign:.0%}"
                    times.append([label, engine, f"{t.seconds * 1e3:.2f}", each, spread, disturbed])
            claims += judge(label, {e: t for (i, e), t in found.items() if i == index}, threads)
    clock = "processor time" if threads == 1 else "wall time"
    print(f"\n== {threads} thread(s), {clock}, medians of {rounds} interleaved rounds ==")
    print("   (others: share of the machine that other programs used meanwhile)\n")
    print(harness.table(["case", "engine", "ms", "ns/item", "quartiles", "others"], times))
    print()
    print(harness.table(["case", "engine", "against", "ratio", "target", ""], claims))


def judge(label: str, found: dict[str, Any], threads: int) -> list[list[str]]:
    """Return a row for each claim whose two engines were timed."""
    rows = []
    for engine, against, way, target in CLAIMS[threads]:
        if engine not in found or against not in found:
            continue
        ratio = found[against].seconds / found[engine].seconds
        if way == "slower":
            ratio, met, sign = 1 / ratio, 1 / ratio <= target, "<="
        else:
            met, sign = ratio >= target, ">="
        verdict = "met" if met else "MISSED"
        if threads > 1 and max(found[engine].foreign, found[against].foreign) > harness.DISTURBED:
            verdict = "disturbed"
        if not label.startswith("float64"):
            verdict = ""  # the targets are stated for float64
        rows.append([label, engine, against, f"{ratio:.2f}", f"{sign} {target:g}", verdict])
    return rows


def memory() -> None:
    """Print the peak memory of one call beyond its input, in output arrays."""
    case = {"shape": (4096, 2048), "dtype": "float64"}
    size = 8 * case["shape"][0] * case["shape"][1]
    names = [name for name in globals() if name.startswith("corollary_")]
    rows = []
    for name in names:
        peak = harness.peak_bytes(MODULE, name, case)
        if peak is not None:
            verdict = "met" if peak <= 1.02 * size else "MISSED"
            rows.append([name, f"{peak / 2**20:.1f}", f"{peak / size:.3f}", "<= 1 (+2 %)", verdict])
    print("\n== peak memory of one call on 64 MiB of float64 logits ==\n")
    print(harness.table(["engine", "MiB", "outputs", "target", ""], rows))


def main() -> None:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds instead of eleven")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    print(harness.describe(["numpy", "scipy", "numba", "torch", "entmax"]))
    for threads in options.threads:
        compare(threads, 3 if options.quick else harness.ROUNDS)
    memory()


if __name__ == "__main__":
    main()
