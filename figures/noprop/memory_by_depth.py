"""Peak memory of training by depth: blocks that train alone need that of one block.

Measured beyond the parameters and the optimiser's state, beside the same blocks trained end to
end, which keep the activations of all of them.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.algorithms.noprop import EndToEnd, NoPropDT
from corollary.figures._pipeline import Figure, Parameters, Recipe, Workspace
from corollary.figures._style import BLUE, COLUMN, VERMILION
from corollary.figures._table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

KINDS: dict[str, Any] = {"block by block": NoPropDT, "end to end": EndToEnd}


def _compute(parameters: Parameters, work: Workspace) -> Mapping[str, Any]:
    """Measure the peak of both trainings at every depth."""
    rows = []
    for name, kind in KINDS.items():
        for place, blocks in enumerate(parameters["blocks"]):
            work.progress(name, place + 1, len(parameters["blocks"]))
            rows.append((name, blocks, _megabytes(kind, blocks, parameters)))
    names = ("training", "blocks", "megabytes")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _megabytes(kind: Any, blocks: int, parameters: Parameters) -> float:
    """Return the peak beyond what the trained model holds."""
    random = np.random.default_rng(0)
    x = random.standard_normal((parameters["rows"], parameters["features"]))
    labels = np.arange(len(x)) % 10
    model = kind(width=parameters["width"], blocks=blocks, epochs=1,
                 batch_size=parameters["batch"])  # fmt: skip
    model.fit(x, labels)  # what is compiled or cached once
    tracemalloc.start()
    try:
        model.fit(x, labels)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (peak - held) / 1e6


def _violations(tables: Mapping[str, Table]) -> list[str]:
    """Return a training that grows where it should not, or does not where it should."""
    table = tables["peaks"]
    alone = table.where(training="block by block")["megabytes"]
    joint = table.where(training="end to end")["megabytes"]
    depth = table.where(training="end to end")["blocks"]
    found = []
    if not alone.max() < 1.15 * alone.min():
        found.append(f"block by block: from {alone.min()} to {alone.max()} MB")
    if not joint[-1] / joint[0] > 0.3 * depth[-1] / depth[0]:
        found.append(f"end to end: from {joint[0]} to {joint[-1]} MB")
    return found


def _draw(tables: Mapping[str, Table]) -> Picture:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(1.1 * COLUMN, 2.5))
    axes = picture.subplots()
    for name, colour, marker in (("end to end", VERMILION, "s"), ("block by block", BLUE, "o")):
        rows = tables["peaks"].where(training=name)
        axes.plot(rows["blocks"], rows["megabytes"], f"{marker}-", color=colour, label=name)
    axes.set(xlabel="blocks $T$", ylabel="peak memory of training (MB)", ylim=(0, None),
             xticks=[1, 5, 10, 15, 20])  # fmt: skip
    axes.legend(loc="upper left")
    return picture


FIGURE = Figure(
    name="noprop.memory-by-depth",
    title="Peak memory of training by depth, block by block and end to end",
    recipes=(
        Recipe(
            name="peaks",
            parameters={
                "blocks": [1, 2, 5, 10, 20],
                "width": 128,
                "features": 64,
                "rows": 1024,
                "batch": 512,
            },
            compute=_compute,
            units={"megabytes": "MB beyond parameters and optimiser state"},
            tolerance={"megabytes": 0.15},
        ),
    ),
    draw=_draw,
    violations=_violations,
)
