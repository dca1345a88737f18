"""The figures of the reasoning family: broken laws are seen, and what they show."""

import numpy as np
import pytest

from corollary.figures import select

FIGURES = {figure.name.partition(".")[2]: figure for figure in select(["reasoning"])}


def exchanged(families):
    """Return the names with paths and sparse graphs exchanged."""
    return np.where(families == "path", "sparse", np.where(families == "sparse", "path", families))


@pytest.mark.parametrize(
    ("name", "table", "columns", "said"),
    [
        ("schedule-cost", "deliveries", {"deliveries": (20, 5)}, "5 deliveries, not"),
        ("schedule-cost", "deliveries", {"same_distances": (3, 0)}, "other distances"),
        ("resolution", "aggregator", {"attained": lambda a: 0.999 * a}, "equal gaps miss"),
        ("resolution", "aggregator", {"largest_random": (4, 9.0)}, "pass the bound"),
        ("resolution", "read-out", {"error": lambda e: 1.001 * e}, "misses its bound"),
        ("latent-space", "comparisons", {"adjusted_p": (7, 0.01)}, "significant after Holm"),
        ("latent-space", "comparisons", {"half_width": (7, 0.0)}, "disagree"),
        ("size-generalisation", "errors", {"tight_parents": (0, 0.9)}, "exact"),
        ("size-generalisation", "errors", {"relative_error": lambda e: e[::-1]}, "least squares"),
        ("size-generalisation", "errors", {"family": exchanged}, "no harder"),
    ],
)
def test_a_broken_law_is_seen(name, table, columns, said, stored, changed):
    figure = FIGURES[name]
    lines = figure.violations(changed(stored(figure), table, **columns))
    assert any(said in line for line in lines), lines


def test_size_alone_is_easy_and_range_is_not(stored):
    errors = stored(FIGURES["size-generalisation"])["errors"]
    far = errors.where(model="network", family="path", nodes=1024)["relative_error"]
    size = errors.where(model="network", family="sparse", nodes=1024)["relative_error"]
    assert far.min() > 0.5 and size.max() < 0.02


def test_least_squares_learns_exactly(stored):
    learned = stored(FIGURES["size-generalisation"])["errors"].where(model="least squares")
    assert learned["relative_error"].max() < 1e-12 and learned["tight_parents"].min() == 1


def test_seven_small_p_values_and_none_after_correction(stored):
    comparisons = stored(FIGURES["latent-space"])["comparisons"]
    assert (comparisons["p"] < 0.05).sum() == 7 and comparisons["adjusted_p"].min() > 0.5
