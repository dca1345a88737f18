"""The figures of the filter equivariance family: broken laws are seen."""

import pytest

from corollary.figures import select

FIGURES = {figure.name.partition(".")[2]: figure for figure in select(["filter_equivariance"])}


@pytest.mark.parametrize(
    ("name", "table", "columns", "said"),
    [
        ("simplex", "faces", {"output": (3, "1221")}, "the face 12 has 1221 instead of 1122"),
        ("simplex", "fillings", {"fillings": (1, 1)}, "1 fillings, and the output is none"),
        ("simplex", "fillings", {"fillings": (0, 2)}, "2 fillings, and the output is 11223"),
        ("extension-ratio", "words", {"extend": (2, 20)}, "m = 3: 20 of 20 words extend"),
        ("extension-ratio", "families", {"amalgams": (4, 25)}, "4 letters, m = 1: 25 of 64 fit"),
        ("tournament", "circles", {"by_formula": (1, 2)}, "2 circles by formula"),
        ("tournament", "orders", {"before": lambda b: 0 * b}, "the circle shown is none"),
        ("tournament", "orders", {"score": lambda s: s[::-1]}, "the matrix is triangular"),
        ("tournament", "orders", {"in_circle": lambda c: 0 * c}, "has 0 orders"),
        ("tournament", "orders", {"score": lambda s: s + 1}, "the scores are"),
        ("cost", "queries", {"right": (0, 0)}, "a word was not found"),
        ("cost", "queries", {"queries": lambda q: q + 5}, "more than"),
        ("cost", "queries", {"queries": lambda q: q // 2}, "below log2 k!"),
        ("cost", "queries", {"queries": (5, 1)}, "do not reach all letters"),
        ("extrapolation", "coverage", {"forced": (3, 0.6)}, "forced: 0.1"),
        ("extrapolation", "coverage", {"all_pairs": (8, 0.5)}, "all_pairs: 0.1"),
        ("extrapolation", "learner", {"answered": lambda a: 1 - a}, "answers other lists"),
        ("extrapolation", "learner", {"right": lambda r: 0 * r}, "gave a wrong answer"),
        ("extrapolation", "identified", {"exact": (2, 0.5)}, "identified: a function was not"),
        ("extrapolation", "identified", {"training_lists": (0, 6)}, "2 times: 6 training lists"),
        ("extrapolation", "one-shot", {"exact": (2, 0.5)}, "one-shot: a function was not"),
        ("counts", "counts", {"counted": (3, 20)}, "natural, multiplicity m, 3: 20 counted"),
        ("counts", "counts", {"counted": lambda c: 0 * c - 1}, "nothing counted"),
    ],
)
def test_a_broken_law_is_seen(name, table, columns, said, stored, changed):
    figure = FIGURES[name]
    lines = figure.violations(changed(stored(figure), table, **columns))
    assert any(said in line for line in lines), lines


def test_adaptive_merging_asks_far_less_than_all_pairs(stored):
    queries = stored(FIGURES["cost"])["queries"].where(multiplicity=1, letters=128)["queries"]
    assert queries.max() < 760 and 128 * 127 / 2 == 8128


def test_examples_without_symmetry_rarely_reach_twenty_letters(stored):
    """With 120 lists of five of the letters the output is forced in less than half of the runs."""
    rows = stored(FIGURES["extrapolation"])["coverage"].where(examples=120)
    assert 0.4 < rows["forced"][0] < 0.5 and rows["all_pairs"][0] < 0.01
