"""The reasoning figures: stored tables, the laws drawn in them, and their pictures."""

import itertools

import numpy as np
import pytest

from corollary.figures import Table, check, select, stored_table
from corollary.figures import _pipeline as pipeline
from corollary.figures._style import style

FIGURES = {figure.name: figure for figure in select(["reasoning"])}


def stored(figure):
    return {recipe.name: stored_table(figure, recipe) for recipe in figure.recipes}


def test_every_table_is_stored_and_every_stored_table_is_used():
    names = {
        f"{figure.name}.{recipe.name}.csv"
        for figure in FIGURES.values()
        for recipe in figure.recipes
    }
    assert {path.name for path in pipeline.STORED.glob("reasoning.*")} == names


@pytest.mark.parametrize("name", FIGURES)
def test_tables_are_computed_again_to_the_stored_digits_and_obey_the_law(name):
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
        ("schedule-cost", "deliveries", {"deliveries": at(20, 5)}, "5 deliveries, not"),
        ("schedule-cost", "deliveries", {"same_distances": at(3, 0)}, "other distances"),
        ("resolution", "aggregator", {"attained": lambda a: 0.999 * a}, "equal gaps miss"),
        ("resolution", "aggregator", {"largest_random": at(4, 9.0)}, "pass the bound"),
        ("resolution", "read-out", {"error": lambda e: 1.001 * e}, "misses its bound"),
        ("latent-space", "comparisons", {"adjusted_p": at(7, 0.01)}, "significant after Holm"),
        ("latent-space", "comparisons", {"half_width": at(7, 0.0)}, "disagree"),
        ("size-generalisation", "errors", {"tight_parents": at(0, 0.9)}, "exact"),
        ("size-generalisation", "errors", {"relative_error": lambda e: e[::-1]}, "least squares"),
        (
            "size-generalisation",
            "errors",
            {
                "family": lambda f: np.where(
                    f == "path", "sparse", np.where(f == "sparse", "path", f)
                )
            },
            "no harder",
        ),
    ],
)
def test_a_broken_law_is_seen(name, table, columns, said):
    figure = FIGURES[f"reasoning.{name}"]
    tables = stored(figure)
    old = tables[table]
    new = {key: change(old[key].copy()) for key, change in columns.items()}
    broken = {**tables, table: Table({**old.columns, **new}, old.header)}
    lines = figure.violations(broken)
    assert any(said in line for line in lines), lines


def test_the_findings_that_are_printed():
    errors = stored(FIGURES["reasoning.size-generalisation"])["errors"]
    far = errors.where(model="network", family="path", nodes=1024)["relative_error"]
    size = errors.where(model="network", family="sparse", nodes=1024)["relative_error"]
    assert far.min() > 0.5 and size.max() < 0.02
    learned = errors.where(model="least squares")
    assert learned["relative_error"].max() < 1e-12 and learned["tight_parents"].min() == 1
    comparisons = stored(FIGURES["reasoning.latent-space"])["comparisons"]
    assert (comparisons["p"] < 0.05).sum() == 7 and comparisons["adjusted_p"].min() > 0.5


@pytest.mark.parametrize("name", FIGURES)
def test_pictures_have_labelled_axes_and_texts_that_do_not_overlap(name):
    figure = FIGURES[name]
    with style():
        picture = figure.draw(stored(figure))
        picture.draw_without_rendering()
        boxes = [legend.get_window_extent() for legend in picture.legends]
        for axes in picture.axes:
            assert axes.get_xlabel()
            assert axes.get_ylabel() or axes.get_subplotspec().colspan.start > 0
            if axes.get_legend():
                boxes.append(axes.get_legend().get_window_extent())
            if axes.get_title(loc="left"):
                boxes.append(axes.title.get_window_extent())
    whole = picture.bbox
    for box in boxes:
        assert box.x0 >= whole.x0 - 1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1
    for first, second in itertools.combinations(boxes, 2):
        assert not first.overlaps(second) or first.width * second.width == 0
