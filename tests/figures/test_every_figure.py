"""What holds of every figure: stored tables, the laws drawn in them, and legible pictures."""

import itertools
import tomllib
from pathlib import Path

import pytest

from corollary.figures import _pipeline as pipeline
from corollary.figures import check, select
from corollary.figures._style import style

FIGURES = {figure.name: figure for long in (False, True) for figure in select([], long)}
# Even the excerpts of these train models, or draw for a quarter of a minute.
SLOW = ("softmax.max-retrieval", "noprop.comparison", "noprop.accuracy-by-steps")
CHEAP = [figure.name for figure in select() if figure.name not in SLOW]


def test_every_table_is_stored_and_every_stored_table_is_used():
    names = {
        f"{figure.name}.{recipe.name}.csv"
        for figure in FIGURES.values()
        for recipe in figure.recipes
    }
    assert {path.name for path in pipeline.STORED.iterdir()} == names


@pytest.mark.parametrize("name", FIGURES)
def test_stored_tables_are_of_these_parameters_and_obey_the_law(name, stored):
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


def boxes_of(picture):
    """Return the places of titles, legends and texts outside the legends."""
    boxes = [legend.get_window_extent() for legend in picture.legends]
    for axes in picture.axes:
        legend = axes.get_legend()
        boxes += [legend.get_window_extent()] if legend else []
        titles = [axes.title, axes._left_title, axes._right_title]
        shown = [text for text in [*axes.texts, *titles] if text.get_text()]
        boxes += [text.get_window_extent() for text in shown]
    return boxes


@pytest.mark.parametrize("name", FIGURES)
def test_pictures_have_labelled_axes_and_texts_that_do_not_overlap(name, stored):
    figure = FIGURES[name]
    with style():
        picture = figure.draw(stored(figure))
        picture.draw_without_rendering()
        boxes = boxes_of(picture)
        for axes in picture.axes:
            scale = axes.axison and axes.get_yticks().size
            first = axes.get_subplotspec() is None or axes.get_subplotspec().colspan.start == 0
            assert axes.get_ylabel() or not (scale and first)
            assert axes.get_xlabel() or axes.get_ylabel() or not scale
        whole = picture.bbox
    for box in boxes:
        assert box.x0 >= whole.x0 - 1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1
    for first, second in itertools.combinations(boxes, 2):
        assert not first.overlaps(second)


def test_the_wheel_carries_the_tables():
    root = Path(pipeline.__file__).resolve().parent.parent
    wheel = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert "figures" in wheel["targets"]["wheel"]["only-include"]
    assert "csv" not in (root / ".gitignore").read_text()
