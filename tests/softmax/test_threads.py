"""Rows on several threads: the same bits, no abort, no deadlock, nothing lost after a fork."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pytest

from corollary.algorithms.softmax import softmax
from corollary.algorithms.softmax._rows import CHUNK, for_each_chunk
from corollary.algorithms.softmax._softmax import softmax_rows
from corollary.algorithms.softmax._statistics import statistics_rows

LARGE = np.random.default_rng(7).normal(size=(6 * CHUNK // 128, 128))
SOURCE = Path(__file__).parent.parent.parent / "src"


@pytest.mark.parametrize("rows", [0, 1, 5, 1024, 4097])
@pytest.mark.parametrize("length", [1, 100, CHUNK, 3 * CHUNK])
def test_chunks_cover_every_row_once(rows, length):
    seen = np.zeros(rows, dtype=int)

    def count(part):
        seen[part] += 1

    for_each_chunk(count, rows, length)
    assert np.all(seen == 1)


def test_number_of_threads_does_not_change_a_bit():
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = softmax(LARGE)
    finally:
        numba.set_num_threads(before)
    assert one.tobytes() == softmax(LARGE).tobytes()
    rows = np.concatenate([softmax(row)[None] for row in LARGE[:: len(LARGE) // 50]])
    assert rows.tobytes() == one[:: len(LARGE) // 50].tobytes()


@pytest.mark.parametrize("n", [8, 100, 257, 3000])
def test_a_row_does_not_depend_on_its_neighbours_or_their_temperatures(n):
    rng = np.random.default_rng(n)
    logits = rng.normal(size=(30, n))
    temperature = np.where(rng.random(30) < 0.5, 1.0, rng.uniform(0.5, 2, 30))
    together = softmax(logits, temperature=temperature)
    for row, t, weights in zip(logits, temperature, together, strict=True):
        assert softmax(row, temperature=t).tobytes() == weights.tobytes()
        assert softmax(row.tolist(), temperature=t).tobytes() == weights.tobytes()


def test_every_kind_of_array_runs_the_same_machine_code():
    """Another compilation of a kernel could sum in another order."""
    plain = np.random.default_rng(3).normal(size=(50, 40))
    expected = softmax(plain)
    locked = plain.copy()
    locked.flags.writeable = False
    unaligned = np.frombuffer(b"x" + plain.tobytes(), offset=1).reshape(plain.shape)
    assert not unaligned.flags.aligned
    strided = np.repeat(plain, 2, axis=1)[:, ::2]
    for kind in (locked, unaligned, strided, np.asfortranarray(plain), plain.astype(">f8")):
        assert softmax(kind).tobytes() == expected.tobytes()
        assert softmax(kind[7]).tobytes() == expected[7].tobytes()
    assert not locked.flags.writeable
    softmax(np.broadcast_to(np.float32(1), (3, 4)))
    for kernel in (softmax_rows, statistics_rows):
        kinds = [signature[0] for signature in kernel.signatures]
        assert len(kinds) == len({kind.dtype for kind in kinds}) <= 2


def test_many_callers_at_once():
    expected = softmax(LARGE).tobytes()
    with ThreadPoolExecutor(6) as callers:
        results = list(callers.map(lambda _: softmax(LARGE).tobytes(), range(24)))
    assert set(results) == {expected}


def test_a_bad_row_in_the_last_chunk_is_found_and_named():
    broken = LARGE.copy()
    broken[-1, 3] = np.nan
    with pytest.raises(
        ValueError, match=rf"batch index \({len(LARGE) - 1},\), holds nan at place 3"
    ):
        softmax(broken)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_computes_too():
    code = (
        "import os, warnings, numpy as np\n"
        "from corollary.algorithms.softmax import softmax\n"
        "warnings.simplefilter('ignore')\n"  # newer Pythons advise against this very fork
        "x = np.ones((4096, 128)); softmax(x)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(0 if np.all(softmax(x) == 1 / 128) else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["0"]
