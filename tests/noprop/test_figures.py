"""The figures of the family: stored tables, the laws drawn in them, and their pictures."""

import itertools

import numpy as np
import pytest

from corollary.figures import Table, check, select, stored_table
from corollary.figures import _pipeline as pipeline
from corollary.figures._style import style

FIGURES = {figure.name: figure for figure in select(["noprop"])}
CHEAP = ("noprop.gap-by-blocks", "noprop.trajectories")


def stored(figure):
    return {recipe.name: stored_table(figure, recipe) for recipe in figure.recipes}


def test_every_table_is_stored_and_every_stored_table_is_used():
    names = {f"{figure.name}.{recipe.name}.csv"
             for figure in FIGURES.values() for recipe in figure.recipes}  # fmt: skip
    assert len(FIGURES) >= 5
    assert {path.name for path in pipeline.STORED.glob("noprop.*")} == names


@pytest.mark.parametrize("name", FIGURES)
def test_stored_tables_are_of_these_parameters_and_obey_the_law(name):
    figure = FIGURES[name]
    tables = stored(figure)
    for recipe in figure.recipes:
        assert tables[recipe.name].header["parameters"] == recipe.parameters
    assert figure.violations(tables) == []


@pytest.mark.parametrize("name", CHEAP)
def test_cheap_tables_are_computed_again_to_the_stored_digits(name):
    outcomes = check(FIGURES[name], None, lambda what, done, total: None)
    assert len(outcomes) == len(FIGURES[name].recipes) + 1
    assert [line for outcome in outcomes for line in outcome.differences] == []


def at(index, value):
    """Return a function that puts a value at one place of a column."""

    def change(column):
        column[index] = value
        return column

    return change


@pytest.mark.parametrize(
    ("name", "table", "columns", "said"),
    [
        ("accuracy-by-steps", "runs", {"accuracy": at(3, 0.6)}, "from zero, no noise, 1 steps"),
        ("accuracy-by-steps", "runs", {"accuracy": at(0, 0.6)}, "one run goes from"),
        ("accuracy-by-steps", "runs", {"accuracy": at(16, 0.75)}, "gains by more steps"),
        ("gap-by-blocks", "gap", {"cosine": at(3, -0.1)}, "negative"),
        ("gap-by-blocks", "gap", {"log_linear": at(9, 1.0)}, "larger gap"),
        ("gap-by-blocks", "gap", {"cosine": lambda gap: gap**1.1}, "order"),
        ("gap-by-blocks", "gap", {"log_linear_best_variance": at(4, 1.0)}, "costs more"),
        ("trajectories", "shares", {"class_1": at(0, 0.8)}, "noisy runs"),
        ("trajectories", "shares", {"class_1": at(1, 0.8)}, "DDIM"),
        ("trajectories", "shares", {"class_1": at(2, 0.7)}, "without its noise"),
        ("calibration", "votes", {"mean_distance": lambda d: d[::-1]}, "do not fall"),
        ("calibration", "votes", {"frequency": at(40, 0.9)}, "off by"),
        ("calibration", "votes", {"frequency": at(10, 0.5)}, "underrated"),
        ("memory-by-depth", "peaks", {"megabytes": at(4, 5.0)}, "block by block"),
        ("memory-by-depth", "peaks", {"megabytes": at(9, 4.0)}, "end to end"),
    ],
)
def test_a_broken_law_is_seen(name, table, columns, said):
    figure = FIGURES[f"noprop.{name}"]
    tables = stored(figure)
    old = tables[table]
    new = {key: change(old[key].copy()) for key, change in columns.items()}
    lines = figure.violations({**tables, table: Table({**old.columns, **new}, old.header)})
    assert any(said in line for line in lines), lines


@pytest.mark.parametrize("name", FIGURES)
def test_pictures_have_labelled_axes_and_texts_that_do_not_overlap(name):
    figure = FIGURES[name]
    with style():
        picture = figure.draw(stored(figure))
        picture.draw_without_rendering()
        for axes in picture.axes:
            assert axes.get_xlabel()
            assert axes.get_ylabel() or axes.get_subplotspec().colspan.start > 0
            legend = axes.get_legend()
            boxes = [text.get_window_extent() for text in [*axes.texts, axes._left_title]]
            boxes += [legend.get_window_extent()] if legend else []
            shown = [box for box in boxes if box.width > 0]
            for box in shown:
                assert box.x0 >= picture.bbox.x0 and box.x1 <= picture.bbox.x1
            for first, second in itertools.combinations(shown, 2):
                assert not first.overlaps(second)
    assert np.isfinite(picture.get_size_inches()).all()
