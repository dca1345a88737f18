"""Training steps of a block against PyTorch; blocks in parallel; inference of many rows.

Run ``python benchmarks/noprop.py [--quick]`` in an environment with numpy, scipy, numba,
threadpoolctl, platformdirs and, as the peer, torch; without it the peer's columns stay empty.

A block-step is forward, backward and AdamW for one batch of 128 rows with 64 features and 10
classes, in float32; drawing the noise is not counted. The peer comes in three forms: eager with its
default AdamW, eager with the fused one, and ten blocks stacked into batched products, which is its
best form. Trainings on two threads last a second or more on one: what a `fit` does before and after
its epochs is not shared out.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

if __name__ == "__main__":
    import _harness as harness

Call = Callable[[], object]
Case = dict[str, Any]
MODULE = "noprop"
BATCH, FEATURES, CLASSES, STEPS, BLOCKS = 128, 64, 10, 8, 10
PEERS = ("torch_eager", "torch_fused", "torch_stacked")


def batches() -> tuple[Any, Any, Any]:
    """Return rows, noised labels and labels of some batches, the same for every engine."""
    random = np.random.default_rng(0)
    x = random.random((STEPS * BATCH, FEATURES), np.float32)
    labels = random.integers(0, CLASSES, len(x))
    clean = np.eye(CLASSES, dtype=np.float32)[labels]
    z = np.float32(0.7) * clean + np.float32(0.7) * random.standard_normal(
        (len(x), CLASSES), np.float32
    )
    return x, z, labels


# ---- one block-step, on one thread --------------------------------------------------------------


def corollary_steps(case: Case) -> Call:
    from corollary.algorithms.noprop import _training as training
    from corollary.algorithms.noprop._network import Shape
    from corollary.algorithms.noprop._objectives import DENOISING

    x, z, labels = batches()
    shape = Shape(FEATURES, CLASSES, CLASSES, case["width"], time=False)
    embedding = np.eye(CLASSES, dtype=np.float32)
    shown = training.Samples(
        z, embedding[labels], np.zeros((len(x), 0), np.float32), np.ones(len(x))
    )
    task = training.Task(
        x, labels, embedding, shape, lambda *_: shown, DENOISING, BATCH, 0, 1, lambda _: 1e-3, 1e-3
    )
    state = np.zeros((3, shape.size), np.float32)
    state[0] = shape.initial(np.random.default_rng(0), np.float32)
    work = training.epoch_workspace(task)
    order, rates = np.arange(len(x)), np.full(STEPS, 1e-3)

    def call() -> object:
        return training.run_batches(task, order, labels, shown, state, work, 0, rates)

    return call


def torch_blocks(width: int, count: int) -> Any:
    """Return the layers of `count` stacked blocks as (weight, bias) tensors, count x in x out."""
    import torch

    torch.set_num_threads(1)
    half = width // 2
    sizes = [(FEATURES, width), (CLASSES, half), (width + half, width), (width, half)]
    sizes.append((half, CLASSES))
    torch.manual_seed(0)
    layers = []
    for rows, columns in sizes:
        weight = (2 / rows) ** 0.5 * torch.randn(count, rows, columns)
        layers.append((weight.requires_grad_(), torch.zeros(count, 1, columns).requires_grad_()))
    return layers


def torch_single(case: Case, fused: bool) -> Call:
    """Return the training of one block in the idiom of PyTorch."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    width, half = case["width"], case["width"] // 2

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features, self.latent = nn.Linear(FEATURES, width), nn.Linear(CLASSES, half)
            self.first = nn.Linear(width + half, width)
            self.second, self.last = nn.Linear(width, half), nn.Linear(half, CLASSES)

        def forward(self, x: Any, z: Any) -> Any:
            joined = torch.cat([torch.relu(self.features(x)), torch.relu(self.latent(z))], 1)
            return self.last(torch.relu(self.second(torch.relu(self.first(joined)))))

    block, embedding = Block(), torch.eye(CLASSES)
    matrices = [p for p in block.parameters() if p.ndim == 2]
    biases = [p for p in block.parameters() if p.ndim == 1]
    groups = [
        {"params": matrices, "weight_decay": 1e-3},
        {"params": biases, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, fused=fused)
    x, z, labels = (torch.from_numpy(a) for a in batches())

    def call() -> object:
        for k in range(STEPS):
            rows = slice(k * BATCH, (k + 1) * BATCH)
            optimiser.zero_grad(set_to_none=True)
            p = torch.softmax(block(x[rows], z[rows]), 1)
            loss = ((p @ embedding - embedding[labels[rows]]) ** 2).sum(1).mean()
            loss.backward()
            optimiser.step()
        return None

    return call


def torch_eager(case: Case) -> Call:
    return torch_single(case, fused=False)


def torch_fused(case: Case) -> Call:
    return torch_single(case, fused=True)


def torch_stacked(case: Case) -> Call:
    import torch

    layers, embedding = torch_blocks(case["width"], BLOCKS), torch.eye(CLASSES)
    groups = [
        {"params": [weight for weight, _ in layers], "weight_decay": 1e-3},
        {"params": [bias for _, bias in layers], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, fused=True)
    x, z, labels = (torch.from_numpy(a) for a in batches())
    z = z.expand(BLOCKS, -1, -1)

    def layer(k: int, values: Any) -> Any:
        return torch.baddbmm(layers[k][1], values, layers[k][0])

    def call() -> object:
        for k in range(STEPS):
            rows = slice(k * BATCH, (k + 1) * BATCH)
            optimiser.zero_grad(set_to_none=True)
            given = x[rows].expand(BLOCKS, -1, -1)
            joined = [torch.relu(layer(0, given)), torch.relu(layer(1, z[:, rows].contiguous()))]
            hidden = torch.relu(layer(2, torch.cat(joined, 2)))
            p = torch.softmax(layer(4, torch.relu(layer(3, hidden))), 2)
            loss = ((p @ embedding - embedding[labels[rows]]) ** 2).sum(2).mean(1).sum()
            loss.backward()
            optimiser.step()
        return None

    return call


# ---- whole trainings and inference --------------------------------------------------------------


def digits_like() -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    return random.random((1437, FEATURES), np.float32), np.arange(1437) % CLASSES


def train(case: Case, threads: int) -> Call:
    from corollary.algorithms.noprop import NoPropDT

    X, y = digits_like()
    model = NoPropDT(width=case["width"], epochs=case["epochs"], threads=threads)
    return lambda: model.fit(X, y)


def train_on_one(case: Case) -> Call:
    return train(case, 1)


def train_on_two(case: Case) -> Call:
    return train(case, 2)


def infer(case: Case) -> Call:
    from corollary.algorithms.noprop import NoPropFM

    X, y = digits_like()
    model = NoPropFM(width=64, epochs=1, runs=1).fit(X, y)
    many = np.random.default_rng(1).random((case["rows"], FEATURES), np.float32)
    model.predict(many[:10])
    return lambda: model.predict(many)


# ---- report -------------------------------------------------------------------------------------


def compare_steps(rounds: int) -> None:
    cases = [{"width": width} for width in (32, 64, 128, 256, 512, 1024)]
    found = harness.measure(MODULE, ["corollary_steps", *PEERS], cases, 1, rounds)
    bars = {64: (4.0, 1.3), 128: (2.0, 1.3), 256: (1.4, 1.3), 1024: (1.0, None)}
    rows = []
    for k, case in enumerate(cases):
        own = found[k, "corollary_steps"].seconds / STEPS
        cells = [f"{own * 1e6:.0f}"]
        for peer in PEERS:
            if (k, peer) in found:
                per_step = found[k, peer].seconds / STEPS
                per_step /= BLOCKS if peer == "torch_stacked" else 1
                cells.append(f"{per_step * 1e6:.0f} ({per_step / own:.2f}x)")
            else:
                cells.append("")
        eager, stacked = bars.get(case["width"], (None, None))
        wanted = [f"{bar}x" for bar in (eager, stacked) if bar is not None]
        rows.append([str(case["width"]), *cells, ", ".join(wanted)])
    header = ["width", "here, us", *(peer.replace("_", " ") for peer in PEERS)]
    print("\none block-step on one thread, processor time, and ratios to it")
    print(harness.table([*header, "bars: eager, stacked"], rows))


def compare_threads(rounds: int) -> None:
    from corollary.algorithms.noprop import NoPropDT

    cases = [
        {"width": width, "epochs": epochs} for width, epochs in ((64, 60), (128, 30), (256, 15))
    ]
    found = harness.measure(MODULE, ["train_on_one", "train_on_two"], cases, 2, rounds)
    rows = []
    for k, case in enumerate(cases):
        one, two = (found[k, name] for name in ("train_on_one", "train_on_two"))
        X, y = digits_like()
        models = [NoPropDT(width=case["width"], epochs=2, threads=n).fit(X, y) for n in (1, 2)]
        pairs = zip(models[0].blocks_, models[1].blocks_, strict=True)
        same = all(np.array_equal(a.theta, b.theta) for a, b in pairs)
        steps = case["epochs"] * BLOCKS * -(-len(X) // BATCH)
        times = [f"{timing.seconds / steps * 1e6:.0f}" for timing in (one, two)]
        ratio = f"{one.seconds / two.seconds:.2f}x"
        disturbed = f"{max(one.foreign, two.foreign):.0%}"
        if max(one.foreign, two.foreign) > harness.DISTURBED:
            ratio += " (disturbed)"
        rows.append([str(case["width"]), *times, ratio, str(same), disturbed])
    header = [
        "width",
        "one thread, us",
        "two threads, us",
        "ratio",
        "bit-identical",
        "foreign load",
    ]
    print(
        "\ntraining of ten blocks with all that belongs to it, wall time per block-step; bar 1.9x"
    )
    print(harness.table(header, rows))


def compare_inference(rounds: int) -> None:
    cases = [{"rows": rows} for rows in (1_000, 10_000, 100_000)]
    found = harness.measure(MODULE, ["infer"], cases, 1, max(3, rounds // 3))
    rows = []
    for k, case in enumerate(cases):
        peak = harness.peak_bytes(MODULE, "infer", case)
        result = f"{case['rows'] * (CLASSES + 1) * 8 / 2**20:.1f}"  # probabilities and classes
        seconds = found[k, "infer"].seconds
        each = f"{seconds / case['rows'] * 1e6:.1f}"
        memory = "" if peak is None else f"{peak / 2**20:.1f}"
        rows.append([f"{case['rows']}", f"{seconds:.3f}", each, memory, result])
    print("\ninference: one run of NoProp-FM, 10 steps, width 64, one call, one thread")
    header = ["rows", "seconds", "us per row", "peak of a call, MiB", "of them the result"]
    print(harness.table(header, rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="three rounds instead of eleven")
    options = parser.parse_args()
    rounds = 3 if options.quick else harness.ROUNDS
    print(harness.describe(["numpy", "scipy", "numba", "torch"]))
    compare_steps(rounds)
    compare_threads(min(rounds, 5))
    compare_inference(rounds)


if __name__ == "__main__":
    main()
