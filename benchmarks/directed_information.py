"""How fast directed informations are computed, estimated and bounded.

Prints the machine, the versions, medians of interleaved rounds in one process, and ratios against
a named peer of the same run: one NumPy entropy of the same array, the package dit (if it is
installed), and the plain definition of the context tree recursion.
"""

from __future__ import annotations

import itertools
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numba
import numpy as np
import scipy

from corollary.algorithms.directed_information import (
    channel_tables,
    feedback_capacity,
    information_table,
    trapdoor_channel,
    universal_rate,
)
from corollary.algorithms.directed_information._universal_definition import universal_definition


def medians(
    contestants: dict[str, Callable[[], Any]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return the median seconds of each contestant over interleaved rounds, after a warm-up.

    A contestant that is quicker than 20 ms is run several times in a row, so that each is
    measured with its own data in the caches.
    """
    times: dict[str, list[float]] = {name: [] for name in contestants}
    counts: dict[str, int] = {}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            if not number:
                run()
                start = time.perf_counter()
                run()
                counts[name] = 1 + int(0.02 / (time.perf_counter() - start))
            start = clock()
            for _ in range(counts[name]):
                run()
            if number:
                times[name].append((clock() - start) / counts[name])
    return {name: statistics.median(values) for name, values in times.items()}


def on_threads(threads: int, run: Callable[[], Any]) -> Callable[[], Any]:
    def restricted() -> Any:
        numba.set_num_threads(threads)
        return run()

    return restricted


def random_joint(horizon: int) -> Any:
    weights = np.random.default_rng(0).random((2**horizon, 2**horizon))
    return weights / weights.sum()


def table_against_one_entropy() -> None:
    print("\nAll intervals, both directions, from a binary joint; peer: one NumPy entropy of it")
    most = numba.config.NUMBA_NUM_THREADS
    for threads, clock in ((1, time.process_time), (most, time.perf_counter)):
        for horizon in (8, 10, 11):
            joint = random_joint(horizon)
            found = medians(
                {
                    "table": on_threads(
                        threads, lambda p=joint, n=horizon: information_table(p, n).atoms
                    ),
                    "entropy": lambda p=joint: -(p * np.log2(p)).sum(),
                },
                rounds=21,
                clock=clock,
            )
            table, entropy = found["table"], found["entropy"]
            print(
                f"  n = {horizon:2d}, {threads} threads: {1e3 * table:.3f} ms against "
                f"{1e3 * entropy:.3f} ms = {table / entropy:.2f} times ({clock.__name__})"
            )


def memory_of_the_table() -> None:
    """Measure in a process of its own how much the peak grows beyond the joint."""
    horizon = 12
    script = (
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from corollary.algorithms.directed_information import information_table\n"
        "def kibibytes(word):\n"
        "    lines = Path('/proc/self/status').read_text().splitlines()\n"
        "    return next(int(line.split()[1]) for line in lines if line.startswith(word))\n"
        "information_table(np.full((512, 512), 2.0**-18), 9)\n"
        f"joint = np.full((2**{horizon}, 2**{horizon}), 4.0**-{horizon})\n"
        "Path('/proc/self/clear_refs').write_text('5')\n"  # forget the peak so far
        "before = kibibytes('VmRSS')\n"
        f"information_table(joint, {horizon})\n"
        "grown = 1024 * (kibibytes('VmHWM') - before)\n"
        "print((joint.nbytes + grown) / joint.nbytes)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    print(f"\nPeak memory at n = {horizon}: {float(done.stdout):.3f} times the joint")


def one_information_against_dit() -> None:
    if find_spec("dit") is None:
        print("\ndit is not installed; no comparison")
        return
    import dit

    print(f"\nOne directed information; peer: dit {dit.__version__}")
    for horizon, rounds in ((5, 7), (7, 3)):
        joint = random_joint(horizon)
        words = ["".join(w) for w in itertools.product("01", repeat=2 * horizon)]
        x, y = list(range(horizon)), list(range(horizon, 2 * horizon))

        def build(words: list[str] = words, joint: Any = joint) -> Any:
            return dit.Distribution(words, joint.ravel().tolist())

        def ask(law: Any, n: int = horizon, x: list[int] = x, y: list[int] = y) -> float:
            return sum(
                dit.multivariate.coinformation(law, [x[:i], [y[i - 1]]], y[: i - 1])
                for i in range(1, n + 1)
            )

        def ours(joint: Any = joint, n: int = horizon) -> float:
            return float(information_table(joint, n).directed_information())

        law, table = build(), information_table(joint, horizon)
        assert abs(ask(law) - ours()) < 1e-9
        found = medians(
            {
                "dit, from the array": lambda build=build, ask=ask: ask(build()),
                "ours, from the array": ours,
                "dit, one query": lambda ask=ask, law=law: ask(law),
                "ours, one query": lambda table=table: table.directed_information(),
            },
            rounds,
        )
        for kind in ("from the array", "one query"):
            peer, mine = found[f"dit, {kind}"], found[f"ours, {kind}"]
            print(
                f"  n = {horizon}, {kind}: {1e6 * mine:.1f} us against {1e3 * peer:.1f} ms "
                f"= {peer / mine:.0f}x"
            )


def estimators_against_the_definition() -> None:
    generator = np.random.default_rng(0)

    def data(length: int) -> tuple[Any, Any]:
        x = generator.integers(2, size=length)
        return x, np.roll(x, 1) ^ (generator.random(length) < 0.1)

    print("\nUniversal rates (three context trees of depth 3, four estimators at once)")
    x, y = data(10_000)
    plain = x.tolist(), y.astype(int).tolist()
    found = medians(
        {
            "kernel": lambda: universal_rate(x, y, depth=3, sizes=None),
            "definition": lambda: universal_definition(*plain, 2, 2, 3),
        },
        rounds=5,
    )
    ratio = found["definition"] / found["kernel"]
    print(
        f"  10^4 symbols: {1e3 * found['kernel']:.2f} ms against "
        f"{1e3 * found['definition']:.0f} ms of plain Python = {ratio:.0f}x"
    )
    for power in (4, 5, 6, 7):
        x, y = data(10**power)
        start = time.perf_counter()
        universal_rate(x, y, depth=3)
        used = time.perf_counter() - start
        print(f"  10^{power} symbols: {used:.3f} s = {1e9 * used / 10**power:.0f} ns per symbol")


def capacity_of_the_trapdoor_channel() -> None:
    print("\nFeedback capacity of the trapdoor channel to a gap of 1e-6")
    for uses in (4, 6, 8):
        tables = channel_tables(trapdoor_channel(), [1.0, 0.0], uses)
        feedback_capacity(tables, uses, max_iterations=1)
        start = time.perf_counter()
        found = feedback_capacity(tables, uses, tolerance=1e-6)
        used = time.perf_counter() - start
        print(
            f"  {uses} uses: [{found.lower:.7f}, {found.upper:.7f}] after {found.iterations} "
            f"steps in {used:.2f} s"
        )


def main() -> None:
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"Numba {numba.__version__} with {numba.config.NUMBA_NUM_THREADS} threads"
    )
    table_against_one_entropy()
    memory_of_the_table()
    one_information_against_dit()
    estimators_against_the_definition()
    capacity_of_the_trapdoor_channel()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\nLoad at the end {os.getloadavg()[0]:.1f}; peak memory {peak:.2f} GiB")


if __name__ == "__main__":
    main()
