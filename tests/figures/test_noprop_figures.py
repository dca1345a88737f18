"""The figures of the NoProp family: broken laws are seen, and what they show."""

import pytest

from corollary.figures import select

FIGURES = {figure.name.partition(".")[2]: figure for figure in select(["noprop"])}


@pytest.mark.parametrize(
    ("name", "table", "columns", "said"),
    [
        ("accuracy-by-steps", "runs", {"accuracy": (3, 0.6)}, "from zero, no noise, 1 steps"),
        ("accuracy-by-steps", "runs", {"accuracy": (0, 0.6)}, "one run goes from"),
        ("accuracy-by-steps", "runs", {"accuracy": (16, 0.75)}, "gains by more steps"),
        ("gap-by-blocks", "gap", {"cosine": (3, -0.1)}, "negative"),
        ("gap-by-blocks", "gap", {"log_linear": (9, 1.0)}, "larger gap"),
        ("gap-by-blocks", "gap", {"cosine": lambda gap: gap**1.1}, "order"),
        ("gap-by-blocks", "gap", {"log_linear_best_variance": (4, 1.0)}, "costs more"),
        ("trajectories", "shares", {"class_1": (0, 0.8)}, "noisy runs"),
        ("trajectories", "shares", {"class_1": (1, 0.8)}, "DDIM"),
        ("trajectories", "shares", {"class_1": (2, 0.7)}, "without its noise"),
        ("calibration", "votes", {"mean_distance": lambda d: d[::-1]}, "do not fall"),
        ("calibration", "votes", {"frequency": (40, 0.9)}, "off by"),
        ("calibration", "votes", {"frequency": (10, 0.5)}, "underrated"),
        ("comparison", "accuracies", {"single": (0, 0.8)}, "NoProp-DT, one run"),
        ("comparison", "accuracies", {"zero": (4, 0.6)}, "NoProp-FM, from zero"),
        ("comparison", "accuracies", {"single": (15, 0.95)}, "above the Bayes rule"),
        ("memory-by-depth", "peaks", {"megabytes": (4, 5.0)}, "block by block"),
        ("memory-by-depth", "peaks", {"megabytes": (9, 4.0)}, "end to end"),
    ],
)
def test_a_broken_law_is_seen(name, table, columns, said, stored, changed):
    figure = FIGURES[name]
    lines = figure.violations(changed(stored(figure), table, **columns))
    assert any(said in line for line in lines), lines


def test_one_step_is_best_for_a_single_run(stored):
    runs = stored(FIGURES["accuracy-by-steps"])["runs"].where(way="one run")["accuracy"]
    assert runs[0] == runs.max() and runs[0] - runs[-1] > 0.09


def test_depth_costs_memory_only_end_to_end(stored):
    peaks = stored(FIGURES["memory-by-depth"])["peaks"]
    alone = peaks.where(training="block by block")["megabytes"]
    assert alone.max() / alone.min() < 1.001
