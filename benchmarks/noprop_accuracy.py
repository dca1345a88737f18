"""Accuracy of NoProp and its relatives, over seeds, on bundled data or on a file of your own.

Run ``python benchmarks/noprop_accuracy.py [SET] [--seeds 5] [--only TEXT] [--out FILE.csv]``; SET
is digits (the default), iris, wine, cancer, moons, spirals or mixture. Needs scikit-learn. Rows go
to a CSV file as they are made, and a run that was stopped goes on where it stopped.

With ``--data FILE.npz`` (arrays x_train, y_train, x_test, y_test; images are flattened, bytes
divided by 255) any other set is compared, such as MNIST or CIFAR-10, over seeds and with the
paper's published accuracies beside; ``--epochs`` shortens the training.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import _harness as harness
import numpy as np

from corollary.algorithms.noprop import BackpropMLP, EndToEnd, NoPropCT, NoPropDT, NoPropFM
from corollary.algorithms.noprop.trials import learners, run_trial, stratified_split

Array = Any
Pair = tuple[Array, Array]
HERE = Path(__file__).resolve().parent
FIELDS = ("set", "split", "learner", "seed", "single", "vote", "zero", "parameters", "seconds")
MEASURES = ("single", "vote", "zero")

# arXiv 2503.24322, table 1: test accuracy in %, one-hot embeddings, convolutional blocks on a GPU.
PUBLISHED = {
    "backpropagation": (99.46, 79.92, 45.85),
    "NoProp-DT": (99.47, 79.25, 45.93),
    "NoProp-CT": (97.84, 73.35, 33.66),
    "NoProp-FM": (99.21, 73.14, 6.38),
}


@dataclass(frozen=True)
class Gate:
    """An accuracy that a learner must attain on the two splits of digits, mean over seeds."""

    learner: str
    measure: str
    random: float
    half: float


GATES = (
    Gate("FM, 3I, width 128", "zero", 0.985, 0.955),
    Gate("DT, width 64", "zero", 0.975, 0.940),
    Gate("CT, constant weight", "single", 0.970, 0.930),
)


# ---- data ---------------------------------------------------------------------------------------


def bundled(name: str) -> tuple[Array, Array]:
    """Return features and labels of a set; tables are standardised over all their rows."""
    from sklearn import datasets

    if name == "digits":
        X, y = datasets.load_digits(return_X_y=True)
        return X / 16, y
    if name in ("iris", "wine", "cancer"):
        load = {
            "iris": datasets.load_iris,
            "wine": datasets.load_wine,
            "cancer": datasets.load_breast_cancer,
        }[name]
        X, y = load(return_X_y=True)
        return (X - X.mean(axis=0)) / X.std(axis=0), y
    if name == "moons":
        return datasets.make_moons(4000, noise=0.2, random_state=0)
    return spirals() if name == "spirals" else mixture()[:2]


def spirals(count: int = 4000) -> tuple[Array, Array]:
    """Return two spirals of one and a half turns."""
    random = np.random.default_rng(0)
    y = np.arange(count) % 2
    radius = np.sqrt(random.random(count)) * 0.95 + 0.05
    angle = 3 * np.pi * radius + np.pi * y
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return 2 * (X + 0.02 * random.standard_normal(X.shape)), y


def mixture(count: int = 4000) -> tuple[Array, Array, Array]:
    """Return four Gaussians on a circle of radius 1.5, and the true posterior (n, 4)."""
    random = np.random.default_rng(0)
    means = 1.5 * np.stack([np.cos(np.pi / 2 * np.arange(4)), np.sin(np.pi / 2 * np.arange(4))], 1)
    y = random.integers(0, 4, count)
    X = means[y] + random.standard_normal((count, 2))
    logits = X @ means.T
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return X, y, p / p.sum(axis=1, keepdims=True)


def splits(name: str, X: Array, y: Array, seed: int) -> Iterator[tuple[str, Pair, Pair]]:
    """Yield (name, training data, test data)."""
    share = 0.5 if name in ("moons", "spirals", "mixture") else 0.2
    train, test = stratified_split(y, seed, share)
    yield "random", (X[train], y[train]), (X[test], y[test])
    if name == "digits":
        yield "half", (X[:898], y[:898]), (X[898:], y[898:])


def from_file(path: Path) -> tuple[Pair, Pair]:
    """Return the training and test data of an ``.npz`` file."""
    with np.load(path, allow_pickle=False) as archive:
        missing = {"x_train", "y_train", "x_test", "y_test"} - set(archive.files)
        if missing:
            raise SystemExit(f"{path} lacks the arrays {sorted(missing)}; it has {archive.files}")
        found = [archive[key] for key in ("x_train", "y_train", "x_test", "y_test")]
    for k in (0, 2):
        flat = found[k].reshape(len(found[k]), -1)
        found[k] = (flat / 255 if flat.dtype == np.uint8 else flat).astype(np.float32)
    return (found[0], found[1].ravel()), (found[2], found[3].ravel())


# ---- runs ---------------------------------------------------------------------------------------


def chosen_learners(name: str, only: str) -> dict[str, Any]:
    """Return the learners to compare on a set."""
    models: dict[str, Any] = learners()
    if name != "digits":
        small = ("DT, width 64", "CT, constant weight", "FM, 3I, width 128")
        models = {key: models[key] for key in (*small, "backpropagation, 128-64")}
    return {key: model for key, model in models.items() if only in key}


def compute(name: str, seeds: int, only: str, out: Path) -> None:
    """Run what the file lacks, and add a row for each training."""
    done = {tuple(row[key] for key in FIELDS[:4]) for row in read(out)}
    X, y = bundled(name)
    for key, model in chosen_learners(name, only).items():
        for seed in range(seeds):
            for split, train, test in splits(name, X, y, seed):
                if (name, split, key, str(seed)) in done:
                    continue
                outcome = run_trial(model.set_params(seed=seed), train, test)
                append(out, {"set": name, "split": split, "learner": key, "seed": seed}, outcome)
                show(f"{key}, seed {seed}, {split}")
    show("")


def show(line: str) -> None:
    """Overwrite the line of progress, on a terminal alone."""
    if sys.stdout.isatty():
        print(f"\r{line.ljust(70)}\r", end="", flush=True)


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file; none if it does not exist, and no torn last line."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["seconds"]]


def append(path: Path, key: dict[str, Any], outcome: Any) -> None:
    rows = read(path)
    values = {k: f"{v:.6g}" if k != "parameters" else v for k, v in asdict(outcome).items()}
    rows.append({**key, **values})
    beside = path.with_suffix(".part")
    with beside.open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    beside.replace(path)


def summary(rows: list[dict[str, str]], name: str) -> str:
    """Return the table of means with standard errors."""
    keys = dict.fromkeys((r["split"], r["learner"]) for r in rows if r["set"] == name)
    lines = []
    for split, learner in sorted(keys, key=lambda key: key[0] != "random"):
        own = [r for r in rows if (r["set"], r["split"], r["learner"]) == (name, split, learner)]
        cells = [spread([float(r[measure]) for r in own]) for measure in MEASURES]
        seconds = np.mean([float(r["seconds"]) for r in own])
        lines.append(
            [learner, split, *cells, own[0]["parameters"], f"{seconds:.2f}", str(len(own))]
        )
    return harness.table(["learner", "split", *MEASURES, "parameters", "train s", "seeds"], lines)


def markdown(rows: list[dict[str, str]]) -> str:
    """Return the table of the documentation: accuracy on digits in %, mean ± standard error."""
    names = dict.fromkeys(r["learner"] for r in rows if r["set"] == "digits")
    header = [f"{split}, {measure}" for split in ("random", "half") for measure in MEASURES]
    lines = [["learner", *header], ["---"] * 7]
    for name in names:
        cells = []
        for split in ("random", "half"):
            own = [r for r in rows if (r["split"], r["learner"]) == (split, name)]
            cells += [spread([float(r[measure]) for r in own], 1) for measure in MEASURES]
        lines.append([name, *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spread(values: list[float], digits: int = 2) -> str:
    """Return mean and standard error in per cent; nothing where there is nothing."""
    if np.isnan(values).any():
        return ""
    error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    mean = f"{100 * np.mean(values):.{digits}f}"
    return mean if np.isnan(error) else f"{mean} ± {100 * error:.{digits}f}"


def gates(rows: list[dict[str, str]]) -> list[str]:
    """Return a line for each gate of the digits: attained or missed."""

    def mean(split: str, learner: str, measure: str) -> float:
        own = [
            r for r in rows if (r["set"], r["split"], r["learner"]) == ("digits", split, learner)
        ]
        return float(np.mean([float(r[measure]) for r in own])) if own else float("nan")

    lines = []
    for gate in GATES:
        for split, least in (("random", gate.random), ("half", gate.half)):
            found = mean(split, gate.learner, gate.measure)
            word = "attained" if found >= least else "MISSED"
            lines.append(f"{word}: {gate.learner}, {split}, {gate.measure} {found:.4f} >= {least}")
    gap = mean("half", "CT, constant weight", "single") - mean("half", "CT, SNR weight", "single")
    word = "attained" if gap >= 0.02 else "MISSED"
    lines.append(f"{word}: constant weight beats SNR weight on the half split by {gap:.4f} >= 0.02")
    return lines


def paired(rows: list[dict[str, str]]) -> str:
    """Return by how much flow matching from zero beats backpropagation of the same size."""

    def found(learner: str, measure: str) -> dict[str, float]:
        own = [r for r in rows if r["split"] == "random" and r["learner"] == learner]
        return {r["seed"]: float(r[measure]) for r in own if r["set"] == "digits"}

    first, second = found("FM, 3I, width 128", "zero"), found("backpropagation, 256-128", "single")
    gaps = [first[seed] - second[seed] for seed in first.keys() & second.keys()]
    return f"flow matching from zero minus backpropagation, paired by split: {spread(gaps)} points"


def compare_file(path: Path, epochs: int | None, width: int, seeds: int) -> None:
    """Print the accuracies on a user's data, and the paper's."""
    train, test = from_file(path)
    rows = []
    for kind in (NoPropDT, NoPropCT, NoPropFM, EndToEnd, BackpropMLP):
        size = {"hidden": (2 * width, width)} if kind is BackpropMLP else {"width": width}
        given = size if epochs is None else {**size, "epochs": epochs}
        outcomes = [run_trial(kind(seed=seed, **given), train, test) for seed in range(seeds)]
        cells = [spread([getattr(item, measure) for item in outcomes]) for measure in MEASURES]
        seconds = float(np.mean([item.seconds for item in outcomes]))
        rows.append([kind.__name__, *cells, f"{seconds:.0f}"])
    print(harness.table([path.name, *MEASURES, "train s"], rows))
    print("\nPublished for convolutional blocks on a GPU (arXiv 2503.24322, table 1), test %:")
    lines = [[key, *(f"{x:.2f}" for x in values)] for key, values in PUBLISHED.items()]
    print(harness.table(["", "MNIST", "CIFAR-10", "CIFAR-100"], lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    sets = ["digits", "iris", "wine", "cancer", "moons", "spirals", "mixture"]
    parser.add_argument("set", nargs="?", default="digits", choices=sets)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="learners whose name holds this text")
    parser.add_argument("--out", type=Path, default=HERE / "noprop_accuracy.csv")
    parser.add_argument("--data", type=Path, help="an .npz file instead of a bundled set")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--markdown", action="store_true", help="print the stored table, no more")
    parser.add_argument("--width", type=int, default=128)
    options = parser.parse_args()
    if options.markdown:
        print(markdown(read(options.out)))
        return
    print(harness.describe(["numpy", "scipy", "numba", "scikit-learn"]))
    if options.data is not None:
        if not options.data.is_file():
            parser.error(f"--data: there is no file {options.data}")
        compare_file(options.data, options.epochs, options.width, options.seeds)
        return
    compute(options.set, options.seeds, options.only, options.out)
    rows = read(options.out)
    print(summary(rows, options.set))
    if options.set == "digits":
        print("\n".join([*gates(rows), paired(rows)]))
    if options.set == "mixture":
        _, _, posterior = mixture()
        best, drawn = posterior.max(axis=1).mean(), (posterior**2).sum(axis=1).mean()
        print(f"the Bayes rule {100 * best:.2f}, a draw from the posterior {100 * drawn:.2f}")


if __name__ == "__main__":
    main()
