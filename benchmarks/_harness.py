"""Interleaved timing of engines in separate processes, with threads and allocator pinned.

Two numerical runtimes in one process disturb each other, so every engine lives in a process of its
own, bound to as many processors as it may use threads, with freed memory kept by the allocator
(otherwise page faults on temporaries dominate some engines). The engines take turns, batch by
batch, so that a disturbance of the machine meets all of them; the result is the median over
rounds. On one thread processor time is taken, which a busy machine does not inflate; on more
threads only wall time means anything: a batch during which other programs used the machine is
repeated a few times, and what disturbance was left is part of the result.

An engine is a function ``build(case) -> call``: it makes its input from the case (a dict) and
returns the function without arguments that is timed. A benchmark script hands this module the
names of engines in that same script.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROUNDS = 11
BATCH_SECONDS = 0.06
QUIET_SHARE = 0.15
ATTEMPTS = 6
DISTURBED = 0.25  # with more than this share in other hands, wall times say nothing

Case = dict[str, Any]
Engine = Callable[[Case], Callable[[], object]]


@dataclass(frozen=True)
class Timing:
    """Median seconds of one call, the quartiles over rounds, and the disturbance.

    `foreign` is the median share of the machine that other programs used meanwhile.
    """

    seconds: float
    low: float
    high: float
    foreign: float


# ---- the process of one engine ------------------------------------------------------------------


def keep_freed_memory() -> None:
    """Make glibc serve large blocks from the heap and never give them back."""
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        trim_threshold, mmap_max = -1, -4
        libc.mallopt(mmap_max, 0)
        libc.mallopt(trim_threshold, 2**31 - 1)


def _batch(call: Callable[[], object], threads: int) -> dict[str, float]:
    """Return the median seconds of one call over a batch that lasts a while."""
    clock = time.process_time if threads == 1 else time.perf_counter
    times: list[float] = []
    busy, own, began = _busy_seconds(), time.process_time(), time.perf_counter()
    while len(times) < 3 or time.perf_counter() < began + BATCH_SECONDS:
        start = clock()
        call()
        times.append(clock() - start)
    foreign = _busy_seconds() - busy - (time.process_time() - own)
    capacity = (os.cpu_count() or 1) * (time.perf_counter() - began)
    return {"value": statistics.median(times), "foreign": max(0.0, foreign / capacity)}


def _busy_seconds() -> float:
    """Return how long all processors together have been busy since the machine started."""
    if not Path("/proc/stat").exists():
        return 0.0
    user, nice, system, _idle, _wait, interrupt, soft, steal = (
        int(ticks) for ticks in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + interrupt + soft + steal) / os.sysconf("SC_CLK_TCK")


def _peak_bytes(call: Callable[[], object]) -> int:
    """Return by how much one call raises the memory of this process at its highest."""

    def status(field: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith(field)))

    Path("/proc/self/clear_refs").write_text("5")  # start the high-water mark anew
    before = status("VmRSS")
    kept = call()
    peak = status("VmHWM")
    del kept
    return peak - before


def serve(module: str, engine: str, threads: int, keep: bool) -> None:
    """Build and run the cases that come in on standard input, one JSON line each."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
    if keep:
        keep_freed_memory()
    sys.path[:0] = [str(HERE), str(HERE.parent / "src")]
    built: dict[str, Callable[[], object]] = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if line not in built:
                built[line] = getattr(importlib.import_module(module), engine)(request["case"])
                built[line]()  # compile, and touch the memory
            if request["what"] == "time":
                answer: dict[str, Any] = _batch(built[line], threads)
            else:
                answer = {"value": _peak_bytes(built.pop(line))}
        except ImportError as error:
            answer = {"missing": str(error)}
        print(json.dumps(answer), flush=True)


# ---- the process that conducts ------------------------------------------------------------------


class _Worker:
    def __init__(self, module: str, engine: str, threads: int, keep: bool = True) -> None:
        count = str(threads)
        names = ("OMP", "MKL", "OPENBLAS", "NUMBA")
        self._process = subprocess.Popen(
            [sys.executable, __file__, module, engine, count, str(int(keep))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                **{f"{name}_NUM_THREADS": count for name in names},
                "OMP_WAIT_POLICY": "PASSIVE",
            },
        )

    def ask(self, what: str, case: Case) -> dict[str, float] | None:
        """Return the answer of the engine, or None where its library is not installed."""
        assert self._process.stdin and self._process.stdout
        print(json.dumps({"what": what, "case": case}), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process of {self._process.args} ended without an answer")
        found: dict[str, float] = json.loads(answer)
        return found if "value" in found else None

    def quiet_batch(self, case: Case) -> dict[str, float]:
        """Return the least disturbed of a few batches, the first that is quiet enough."""
        best: dict[str, float] = {}
        for _ in range(ATTEMPTS):
            answer = self.ask("time", case)
            assert answer is not None
            if not best or answer["foreign"] < best["foreign"]:
                best = answer
            if best["foreign"] <= QUIET_SHARE:
                break
        return best

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def measure(
    module: str, engines: Sequence[str], cases: Iterable[Case], threads: int, rounds: int = ROUNDS
) -> dict[tuple[int, str], Timing]:
    """Return the timing of each (index of case, engine); an engine not installed is left out."""
    workers = {engine: _Worker(module, engine, threads) for engine in engines}
    results: dict[tuple[int, str], Timing] = {}
    try:
        for index, case in enumerate(cases):
            present = [e for e in engines if workers[e].ask("time", case) is not None]
            batches: dict[str, list[dict[str, float]]] = {engine: [] for engine in present}
            for _ in range(rounds):
                for engine in present:
                    worker = workers[engine]
                    batch = worker.quiet_batch(case) if threads > 1 else worker.ask("time", case)
                    assert batch is not None
                    batches[engine].append(batch)
            for engine in present:
                low, middle, high = statistics.quantiles((b["value"] for b in batches[engine]), n=4)
                foreign = statistics.median(b["foreign"] for b in batches[engine])
                results[index, engine] = Timing(middle, low, high, foreign)
    finally:
        for worker in workers.values():
            worker.close()
    return results


def peak_bytes(module: str, engine: str, case: Case) -> int | None:
    """Return by how much a call of the engine raises the peak memory, with nothing kept."""
    worker = _Worker(module, engine, 1, keep=False)
    try:
        answer = worker.ask("memory", case)
    finally:
        worker.close()
    return None if answer is None else int(answer["value"])


def describe(packages: Sequence[str]) -> str:
    """Return machine, versions and load in two lines."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((li.split(":")[1].strip() for li in lines if "model name" in li), model)
    found = []
    for package in packages:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{package} not installed")
    load = " ".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    return (
        f"{model}, {os.cpu_count()} processors, load {load}, allocator keeps freed memory\n"
        f"Python {platform.python_version()}, {', '.join(found)}"
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return aligned columns, the first to the left and the others to the right."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(header))]
    out = []
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
        cells[0] = line[0].ljust(widths[0])
        out.append("  ".join(cells).rstrip())
    return "\n".join([out[0], "-" * len(out[0]), *out[1:]])


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]), bool(int(sys.argv[4])))
