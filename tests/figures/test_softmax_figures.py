"""The figures of the softmax family: stored tables, the laws drawn in them, and their pictures."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest

from corollary.figures import Table, check, select, stored_table
from corollary.figures import _pipeline as pipeline
from corollary.figures._style import style
from corollary.figures.softmax import max_retrieval

FIGURES = {figure.name: figure for long in (False, True) for figure in select(["softmax"], long)}
CHEAP = ("softmax.adaptive-temperature", "softmax.envelopes", "softmax.maximum-by-length")


def stored(figure):
    return {recipe.name: stored_table(figure, recipe) for recipe in figure.recipes}


def changed(tables, name, **columns):
    """Return the tables with some columns of one replaced by a function of them."""
    table = tables[name]
    new = {key: change(table[key].copy()) for key, change in columns.items()}
    return {**tables, name: Table({**table.columns, **new}, table.header)}


def at(index, value):
    """Return a function that puts a value at one place of a column."""

    def change(column):
        column[index] = value
        return column

    return change


def test_every_table_is_stored_and_every_stored_table_is_used():
    names = {
        f"{figure.name}.{recipe.name}.csv"
        for figure in FIGURES.values()
        for recipe in figure.recipes
    }
    assert {path.name for path in pipeline.STORED.glob("softmax.*")} == names


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


@pytest.mark.parametrize(
    ("name", "table", "columns", "said"),
    [
        ("softmax.maximum-by-length", "weights", {"measured": at(7, 0.3)}, "off by"),
        (
            "softmax.adaptive-temperature",
            "heads",
            {"inverse_temperature": at(3, 1.5)},
            "head 3: inverse temperature",
        ),
        (
            "softmax.adaptive-temperature",
            "heads",
            {"n": lambda n: n * 1000},
            "acts beyond the line",
        ),
        ("softmax.envelopes", "room", {"least_room_of_entropy": at(2, -1e-9)}, "leaves the range"),
        ("softmax.envelopes", "envelopes", {"least_entropy_attained": at(9, 0.1)}, "miss it"),
        ("softmax.envelopes", "envelopes", {"deficit_bound": at(9, 4.2)}, "closed entropy bound"),
        (
            "softmax.envelopes",
            "envelopes",
            {"squared_norm_ceiling": at(9, 0.0)},
            "closed squared norm bound",
        ),
        ("softmax.envelopes", "counts", {"heads": at(0, 0)}, "heads are drawn by entropy"),
        (
            "softmax.max-retrieval",
            "scores",
            {"accuracy": lambda accuracy: accuracy - 0.05},
            "softmax, n 16: ",
        ),
        (
            "softmax.max-retrieval",
            "scores",
            {"accuracy": lambda accuracy: np.where(accuracy < 0.2, 0.32, accuracy)},
            "softmax, n 16384: 32.0 %, published 12.4 %",
        ),
        ("softmax.max-retrieval", "gap-law", {"measured": at(4, 0.7)}, "gap law"),
        ("softmax.max-retrieval-long", "scores", {"maximum": lambda m: m[::-1]}, "flatter"),
        ("softmax.max-retrieval", "scores", {"entropy": lambda h: h[::-1]}, "flatter"),
    ],
)
def test_a_broken_law_is_seen(name, table, columns, said):
    figure = FIGURES[name]
    lines = figure.violations(changed(stored(figure), table, **columns))
    assert any(said in line for line in lines), lines


def test_the_published_table_has_one_number_per_size():
    assert all(len(row) == len(max_retrieval.SIZES) for row in max_retrieval.PUBLISHED.values())
    assert set(max_retrieval.UNCERTAIN) < set(max_retrieval.SIZES)


def test_the_long_run_is_sharper_than_the_published_table():
    """The finding that the module reports, with its numbers."""
    tables = stored(FIGURES["softmax.max-retrieval-long"])
    accuracy = max_retrieval.mean_accuracy(tables["scores"], "softmax")
    wanted = [max_retrieval.SIZES.index(n) for n in (1024, 2048)]
    assert [round(value, 1) for value in accuracy[wanted]] == [73.5, 55.7]
    law = tables["gap-law"]
    missing = law["measured"] - law["predicted"]
    assert 0.085 < missing.max() < 0.095 and missing.min() > -max_retrieval.LAW_AGREEMENT


def test_the_gap_law_is_fitted_at_one_size_and_predicts_the_others():
    law = stored(FIGURES["softmax.max-retrieval"])["gap-law"]
    fitted = law.where(n=256)
    assert fitted["predicted"] == pytest.approx(fitted["measured"], rel=1e-9)
    others = law["n"] != 256
    assert (np.abs(law["predicted"] - law["measured"])[others] > 1e-6).all()


@pytest.mark.parametrize("name", FIGURES)
def test_pictures_have_labelled_axes_and_texts_that_do_not_overlap(name):
    figure = FIGURES[name]
    with style():
        picture = figure.draw(stored(figure))
        picture.draw_without_rendering()
        texts = []
        for axes in picture.axes:
            assert axes.get_ylabel() or axes.get_subplotspec().colspan.start > 0
            legend = axes.get_legend()
            boxes = [text.get_window_extent() for text in axes.texts]
            boxes += [legend.get_window_extent()] if legend else []
            texts += boxes
        shown = [axes.get_xlabel() for axes in picture.axes if axes.get_xlabel()]
        assert len(shown) >= 2
    whole = picture.bbox
    for box in texts:
        assert box.x0 >= whole.x0 and box.x1 <= whole.x1 and box.y1 <= whole.y1 + 1
    for first, second in itertools.combinations(texts, 2):
        assert not first.overlaps(second)


def test_the_wheel_carries_the_tables():
    root = Path(pipeline.__file__).resolve().parent.parent
    wheel = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert "figures" in wheel["targets"]["wheel"]["only-include"]
    assert "csv" not in (root / ".gitignore").read_text()
