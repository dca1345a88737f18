"""Cases per second of the searches: sweeps and samples of three laws, ours and a NumPy softmax.

Prints medians over interleaved rounds, with the quartiles, beside the targets. The allocator keeps
freed memory, as in the other benchmarks: otherwise page faults on temporaries dominate.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable

import numba
import numpy as np

from corollary.verify import Integers, select
from corollary.verify.claim import Claim
from corollary.verify.implementation import Implementation
from corollary.verify.precision import Array
from corollary.verify.search import random

if __name__ == "__main__":
    import _harness as harness

LAWS = ("softmax.coefficient-bounds", "softmax.maximum-bounds", "softmax.entropy-bounds")
ROUNDS = 7
ELEMENTS = 2**18
BLOCKS = 48


def numpy_softmax(logits: Array) -> Array:
    """Return the softmax of the last axis as NumPy users write it."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    total: Array = weights.sum(axis=-1, keepdims=True)
    return weights / total


def sweep(claim: Claim, implementation: Implementation, n: int, jobs: int) -> Callable[[], int]:
    domain = claim.domain.narrowed(n=Integers(n, n))
    rows = ELEMENTS // n

    def run() -> int:
        evidence = random.swept(claim, implementation, domain, range(BLOCKS), rows, 0, jobs)
        assert evidence.verdict == "holds"
        return evidence.cases

    return run


def sample(claim: Claim, implementation: Implementation) -> Callable[[], int]:
    return lambda: random.sampled(claim, implementation, claim.domain, 500, 0).cases


def engines() -> dict[str, tuple[Callable[[], int], float, int]]:
    """Return each search with its target in cases per second and its row length."""
    found: dict[str, tuple[Callable[[], int], float, int]] = {}
    for name in LAWS:
        claim = select([name])[0]
        own, foreign = claim.role.implementation(), claim.role.implementation(numpy_softmax)
        short = name.partition(".")[2]
        for n, target in ((8, 1e7), (64, 3e7 / 64)):
            for jobs in (1, 2):
                label = f"{short}, n = {n}, {jobs} thread{'s' * (jobs > 1)}"
                found[label] = sweep(claim, own, n, jobs), target if jobs == 2 else 0.0, n
        found[f"{short}, n = 8, NumPy softmax"] = sweep(claim, foreign, 8, 1), 1e5, 8
        found[f"{short}, sampled"] = sample(claim, own), 500.0, 0
    return found


def main() -> None:
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, "
          f"NumPy {np.__version__}, Numba {numba.__version__}")  # fmt: skip
    harness.keep_freed_memory()
    table = engines()
    rates: dict[str, list[float]] = {label: [] for label in table}
    for label in table:
        table[label][0]()  # compile
    for _ in range(ROUNDS):
        for label, (run, _, _) in table.items():
            start = time.perf_counter()
            cases = run()
            rates[label].append(cases / (time.perf_counter() - start))
    print(f"{'search':44} {'cases/s':>10} {'quartiles':>21} {'elements/s':>10} {'target':>8}  met")
    for label, (_, target, n) in table.items():
        low, middle, high = statistics.quantiles(rates[label], n=4)
        met = "" if not target else "yes" if middle >= target else "no"
        elements = f"{middle * n:.2g}" if n else ""
        print(f"{label:44} {middle:10.3g} {low:10.3g} {high:10.3g} {elements:>10} "
              f"{target or '':8}  {met}")  # fmt: skip
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
