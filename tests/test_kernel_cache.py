"""The kernel cache notices an edit in a file other than the kernel's own."""

import subprocess
import sys
from pathlib import Path

HELPER = """
from corollary.algorithms._kernel import kernel

@kernel(cached=False)
def bound(x):
    return {factor} * x
"""
OUTER = """
from corollary.algorithms._kernel import kernel
from helper import bound

@kernel
def outer(x):
    return bound(x)

print(outer(2.0), sum(outer.stats.cache_hits.values()))
"""


def run(folder: Path, factor: float) -> list[str]:
    (folder / "helper.py").write_text(HELPER.format(factor=factor))
    return run_file(folder)


def run_file(folder: Path) -> list[str]:
    source = Path(__file__).parent.parent / "src"
    done = subprocess.run(
        [sys.executable, "outer.py"],
        cwd=folder,
        env={
            "PYTHONPATH": f"{source}:{folder}",
            "NUMBA_CACHE_DIR": str(folder / "cache"),
            "PATH": "",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_edit_of_a_helper_in_another_file_recompiles_the_kernel(tmp_path):
    (tmp_path / "outer.py").write_text(OUTER)
    assert run(tmp_path, 2.0) == ["4.0", "0"]
    assert run(tmp_path, 2.0) == ["4.0", "1"]
    assert run(tmp_path, 101.0) == ["202.0", "0"]


ROUNDED = """
import hashlib
import numpy as np
from corollary.algorithms.softmax import row_statistics, softmax

logits = 5 * np.random.default_rng(0).normal(size=(2000, 37))
statistics = row_statistics(logits)
print(hashlib.sha256(softmax(logits).tobytes() + statistics.entropy.tobytes()).hexdigest())
"""


def test_a_loaded_kernel_rounds_like_the_one_that_was_compiled(tmp_path):
    (tmp_path / "outer.py").write_text(ROUNDED)
    compiled, loaded = run_file(tmp_path), run_file(tmp_path)
    assert compiled == loaded
