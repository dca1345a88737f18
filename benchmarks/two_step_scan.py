"""Every pair of agent and environment of two binary steps with probabilities 0, 1/2 or 1.

Prints the largest empowerment plus plasticity and the largest plasticity over all 14,348,907
pairs, the claim's verdict on them, and the time beside the machine and the versions.
"""

from __future__ import annotations

import os
import platform
import time

import numba
import numpy as np

from corollary.verify import select
from corollary.verify.search.evaluate import evaluate


def main() -> None:
    (claim,) = select(["directed_information.two-binary-steps"])
    module = __import__(claim.conclusion.__module__, fromlist=["numbered_pairs"])
    implementation = claim.role.implementation()
    information = claim.role.adapt(implementation)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, "
          f"{numba.get_num_threads()} threads; Python {platform.python_version()}, "
          f"NumPy {np.__version__}, Numba {numba.__version__}")  # fmt: skip
    start, examined, margin, total, plastic = time.perf_counter(), 0, np.inf, 0.0, 0.0
    for parameters in module.numbered_pairs(0, 3**15, 1):
        outcome = evaluate(claim, implementation, claim.domain, parameters)
        found = information(claim.domain.case(parameters).joint, 2)
        total = max(total, float((found.full() + found.strict()).max()))
        plastic = max(plastic, float(found.strict().max()))
        margin, examined = min(margin, outcome.margin), examined + outcome.rows
    verdict = "refuted" if margin < 0 else "holds"
    print(f"{examined:,} pairs in {time.perf_counter() - start:.1f} s: {verdict}, "
          f"least margin {margin:.3g}; largest E + P {total!r}, largest P {plastic!r}")  # fmt: skip


if __name__ == "__main__":
    main()
