"""How fast lists are amalgamated, how many questions that takes, how fast functions are judged.

Prints the machine, the versions, medians of interleaved rounds, and ratios against a named peer
of the same run. The peer of the kernel is one cumulative sum over the same bytes, the least that
a method can do which looks at each symbol of the pair words once and in order.
"""

from __future__ import annotations

import os
import platform
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from corollary.algorithms.filter_equivariance import (
    PairWords,
    amalgamate,
    amalgamate_adaptively,
    amalgamate_pairs,
    pair_words,
)
from corollary.algorithms.filter_equivariance._definition import amalgamate_facets_definition
from corollary.algorithms.filter_equivariance.zoo import ZOO
from corollary.theory.filter_equivariance import adaptive_query_bounds
from corollary.verify.filter_equivariance import is_filter_equivariant


def interleaved(contestants: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each contestant over interleaved rounds, after a warm-up."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            if number:
                times[name].append(time.perf_counter() - start)
    return times


def medians(contestants: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    times = interleaved(contestants, rounds)
    return {name: statistics.median(values) for name, values in times.items()}


def on_threads(threads: int, run: Callable[[], Any]) -> Callable[[], Any]:
    def restricted() -> Any:
        numba.set_num_threads(threads)
        return run()

    return restricted


def random_pair_words(letters: int, length: int, seed: int = 0) -> PairWords:
    word = np.repeat(np.arange(letters), length // letters)
    return pair_words(np.random.default_rng(seed).permutation(word), letters)


@numba.njit
def compiled_cumulative_sum(bits: Any, out: Any) -> None:
    total = 0
    for place in range(bits.size):
        total += bits[place]
        out[place] = total


def kernel_against_cumulative_sum() -> None:
    words = random_pair_words(300, 30_000)
    out = np.empty(words.bits.size, dtype=np.int64)
    most = numba.config.NUMBA_NUM_THREADS
    contestants: dict[str, Callable[[], Any]] = {
        "numpy.cumsum, new output": lambda: np.cumsum(words.bits, dtype=np.int64),
        "numpy.cumsum, into output": lambda: np.cumsum(words.bits, dtype=np.int64, out=out),
        "compiled cumulative sum": lambda: compiled_cumulative_sum(words.bits, out),
        "amalgamate_pairs, 1 thread": on_threads(1, lambda: amalgamate_pairs(*words)),
    }
    if most > 1:
        contestants["amalgamate_pairs, 2 threads"] = on_threads(2, lambda: amalgamate_pairs(*words))
    rounds = interleaved(contestants, rounds=41)
    print(f"\n300 letters, 30,000 elements, {words.bits.size:,} symbols")
    # The lowest time is the one to compare threads by while other jobs hold the cores.
    for kind, measure in (("median", statistics.median), ("lowest", min)):
        times = {name: measure(values) for name, values in rounds.items()}
        print(f"  {kind}")
        for name, seconds in times.items():
            ratio = seconds / times["numpy.cumsum, into output"]
            print(
                f"    {name:28s} {seconds * 1e3:8.2f} ms, {ratio:5.2f} of numpy.cumsum into output"
            )
        one = times["amalgamate_pairs, 1 thread"]
        print(f"    against the compiled sum: {one / times['compiled cumulative sum']:.2f}")
        if most > 1:
            gain = one / times["amalgamate_pairs, 2 threads"]
            print(f"    gain of the second thread: {gain:.2f}")


def exponent_of_the_cost() -> None:
    print("\ncost against (k - 1) N, one thread")
    sizes, seconds = [], []
    numba.set_num_threads(1)
    for letters, length in (
        (40, 8_000),
        (100, 10_000),
        (100, 32_000),
        (300, 33_000),
        (300, 105_000),
        (600, 168_000),
        (600, 540_000),
    ):
        words = random_pair_words(letters, length)
        times = medians({"run": lambda words=words: amalgamate_pairs(*words)}, rounds=7)
        sizes.append(words.bits.size)
        seconds.append(times["run"])
        shown = f"k = {letters:4d}, N = {length:7,d}: {sizes[-1]:12,d} symbols"
        print(f"  {shown} {seconds[-1] * 1e3:9.3f} ms")
    slope = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
    print(f"  fitted exponent {slope:.3f} over a factor of {sizes[-1] / sizes[0]:,.0f}")


def questions_asked() -> None:
    print("\npair words asked for by adaptive merging, mean of 5 random outputs")
    print("     k     m   all pairs    asked   at least (m = 1)   at most")
    generator = random.Random(0)
    for letters, multiplicity in ((8, 1), (32, 1), (128, 1), (128, 4), (32, 8), (32, 32)):
        counts = []
        for _ in range(5):
            word = [x for x in range(letters) for _ in range(multiplicity)]
            generator.shuffle(word)
            ask = lambda xs, word=word: [x for x in word if x in set(xs)]  # noqa: E731
            counts.append(amalgamate_adaptively(ask, range(letters)).pair_queries)
        lower, upper = adaptive_query_bounds(letters, letters * multiplicity)
        least = str(lower) if multiplicity == 1 else "-"
        pairs = letters * (letters - 1) // 2
        mean = statistics.mean(counts)
        print(f"  {letters:4d}  {multiplicity:4d}  {pairs:10d} {mean:8.1f} {least:>18s} {upper:9d}")


def pairs_against_facets() -> None:
    print("\namalgamate (all pairs) against the facet recursion (all sublists), sorting k letters")
    for letters in (4, 8, 12, 14):
        items = list(range(letters))[::-1]
        times = medians(
            {
                "pairs": lambda items=items: amalgamate(sorted, items),
                "facets": lambda items=items: amalgamate_facets_definition(sorted, items),
            },
            rounds=3,
        )
        pairs, facets = times["pairs"] * 1e3, times["facets"] * 1e3
        print(f"  k = {letters:2d}: {pairs:8.2f} ms, {facets:9.2f} ms, ratio {facets / pairs:8.1f}")


def functions_judged() -> None:
    names = {animal.name: animal.function for animal in ZOO}
    times = medians(
        {name: lambda f=f: is_filter_equivariant(f) for name, f in names.items()}, rounds=3
    )
    slowest = max(times, key=times.__getitem__)
    print(f"\nis_filter_equivariant on {len(times)} known functions")
    print(f"  median {statistics.median(times.values()) * 1e3:.1f} ms")
    print(f"  slowest {times[slowest] * 1e3:.1f} ms ({slowest})")


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, Numba {numba.__version__}")
    kernel_against_cumulative_sum()
    exponent_of_the_cost()
    questions_asked()
    pairs_against_facets()
    functions_judged()


if __name__ == "__main__":
    main()
