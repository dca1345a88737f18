"""The figures of the directed information family: broken laws are seen."""

import numpy as np
import pytest

from corollary.figures import select
from corollary.figures.directed_information import coarse_graining, feedback

FIGURES = {figure.name.partition(".")[2]: figure for figure in select(["directed_information"])}


@pytest.mark.parametrize(
    ("name", "table", "columns", "said"),
    [
        ("exploration", "bandits", {"plasticity": (7, 0.9)}, "does not fall"),
        ("exploration", "bandits", {"plasticity": (40, 0.01)}, "a random agent has plasticity"),
        ("exploration", "bandits", {"literal": (40, 0.0)}, "gives a random agent another value"),
        ("exploration", "bandits", {"plasticity": (4, 0.4915)}, "exploration 0.1: 0.4915"),
        ("exploration", "echoes", {"literal": (5, 0.0)}, "literal misses n (1 - h(p))"),
        ("exploration", "echoes", {"plasticity": lambda p: p + 3}, "the sum exceeds its bound"),
        ("initial-value", "learners", {"mirrored_sum": (3, 3.1)}, "mirrored intervals exceeds"),
        ("initial-value", "learners", {"plasticity": (3, 5.1)}, "same intervals exceeds"),
        ("initial-value", "learners", {"empowerment": (16, 0.3418)}, "initial value 0.0"),
        ("achievable-region", "scan", {"empowerment": (5, 2.01)}, "a pair has E + P above 2"),
        ("achievable-region", "scan", {"plasticity": (5, 1.01)}, "a pair has P above 1"),
        ("achievable-region", "random", {"empowerment": (5, 2.01)}, "a random joint has E + P"),
        ("achievable-region", "scan", {"pairs": (0, 1)}, "were examined"),
        ("achievable-region", "frontier", {"empowerment": (6, 1.27)}, "P = 0.35: the best E"),
        ("achievable-region", "bijections", {"bijections": (3, 9)}, "3 steps: the bijections"),
        ("achievable-region", "bijections", {"least_sum": (3, 2.9)}, "is below the bound"),
        ("atoms", "atoms", {"atom": (1, -1e-6)}, "a negative atom"),
        ("atoms", "atoms", {"atom": (0, 0.1)}, "the atoms add up to"),
        ("atoms", "totals", {"mutual_information": (2, 1.0)}, "do not add up"),
        ("atoms", "totals", {"plasticity": (0, 5.0)}, "the closed form is"),
        ("feedback", "iterations", {"lower": (0, 1.2)}, "two uses: 1.08"),
        ("feedback", "lengths", {"lower": (3, 2.6)}, "a lower bound exceeds an upper one"),
        ("feedback", "lengths", {"upper": (3, 2.6)}, "is wider than"),
        ("feedback", "lengths", {"lower": lambda low: low + 1e-5}, "trapdoor, 1 uses"),
        ("coarse-graining", "blocks", {"forward": (1, 4.0)}, "the sum changes"),
        ("coarse-graining", "blocks", {"moved": (1, 0.0)}, "what moves"),
        ("coarse-graining", "blocks", {"reverse": (3, 0.1)}, "is not all at the end"),
        ("estimators", "estimates", {"rate": lambda rate: rate + 0.05}, "an error of 0.05"),
        ("estimators", "estimates", {"low": lambda low: low + 0.3}, "contain the rate in"),
    ],
)
def test_a_broken_law_is_seen(name, table, columns, said, stored, changed):
    figure = FIGURES[name]
    lines = figure.violations(changed(stored(figure), table, **columns))
    assert any(said in line for line in lines), lines


def test_the_literal_arrow_leaves_the_bound_below_a_flip_of_eleven_percent(stored):
    """The warning that the picture gives, with its number: h(0.11) is a half."""
    echoes = stored(FIGURES["exploration"])["echoes"]
    beyond = echoes["empowerment"] + echoes["literal"] > 3
    assert (beyond == (echoes["flip"] < 0.11)).all() and beyond.any()


def test_the_bound_is_attained_at_isolated_points_only(stored):
    """As far as a search can tell: the least sum on the frontier is 1.6154 of 2 bits."""
    frontier = stored(FIGURES["achievable-region"])["frontier"]
    total = frontier["plasticity"] + frontier["empowerment"]
    assert round(total.min(), 4) == 1.6154
    assert (total[:-1] < 1.97).all() and total[-1] == pytest.approx(2, abs=1e-6)


def test_increments_come_near_the_limit_sooner_than_the_mean(stored):
    rows = stored(FIGURES["feedback"])["lengths"].where(channel="trapdoor")
    limit = feedback._LIMITS["trapdoor"]
    increments = np.abs(feedback._increments(rows) - limit)
    assert increments[-1] < 2e-4 < 0.03 < np.abs(rows["lower"] / rows["uses"] - limit)[-1]


def test_blocks_of_all_steps_leave_nothing_to_the_reverse_direction(stored):
    rows = stored(FIGURES["coarse-graining"])["blocks"].where(system=coarse_graining._ECHO)
    assert rows["reverse"][-1] == 0 and rows["reverse"][0] > 0.3
