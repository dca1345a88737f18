"""The figures of the softmax family: broken laws are seen, and what the long run found."""

import numpy as np
import pytest

from corollary.figures import select
from corollary.figures.softmax import max_retrieval

FIGURES = {figure.name: figure for long in (False, True) for figure in select(["softmax"], long)}


@pytest.mark.parametrize(
    ("name", "table", "columns", "said"),
    [
        ("softmax.maximum-by-length", "weights", {"measured": (7, 0.3)}, "off by"),
        (
            "softmax.adaptive-temperature",
            "heads",
            {"inverse_temperature": (3, 1.5)},
            "head 3: inverse temperature",
        ),
        (
            "softmax.adaptive-temperature",
            "heads",
            {"n": lambda n: n * 1000},
            "acts beyond the line",
        ),
        ("softmax.envelopes", "room", {"least_room_of_entropy": (2, -1e-9)}, "leaves the range"),
        ("softmax.envelopes", "envelopes", {"least_entropy_attained": (9, 0.1)}, "miss it"),
        ("softmax.envelopes", "envelopes", {"deficit_bound": (9, 4.2)}, "closed entropy bound"),
        (
            "softmax.envelopes",
            "envelopes",
            {"squared_norm_ceiling": (9, 0.0)},
            "closed squared norm bound",
        ),
        ("softmax.envelopes", "counts", {"heads": (0, 0)}, "heads are drawn by entropy"),
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
        ("softmax.max-retrieval", "gap-law", {"measured": (4, 0.7)}, "gap law"),
        ("softmax.max-retrieval-long", "scores", {"maximum": lambda m: m[::-1]}, "flatter"),
        ("softmax.max-retrieval", "scores", {"entropy": lambda h: h[::-1]}, "flatter"),
    ],
)
def test_a_broken_law_is_seen(name, table, columns, said, stored, changed):
    figure = FIGURES[name]
    lines = figure.violations(changed(stored(figure), table, **columns))
    assert any(said in line for line in lines), lines


def test_the_published_table_has_one_number_per_size():
    assert all(len(row) == len(max_retrieval.SIZES) for row in max_retrieval.PUBLISHED.values())
    assert set(max_retrieval.UNCERTAIN) < set(max_retrieval.SIZES)


def test_the_long_run_is_sharper_than_the_published_table(stored):
    """The finding that the module reports, with its numbers."""
    tables = stored(FIGURES["softmax.max-retrieval-long"])
    accuracy = max_retrieval.mean_accuracy(tables["scores"], "softmax")
    wanted = [max_retrieval.SIZES.index(n) for n in (1024, 2048)]
    assert [round(value, 1) for value in accuracy[wanted]] == [73.5, 55.7]
    law = tables["gap-law"]
    missing = law["measured"] - law["predicted"]
    assert 0.085 < missing.max() < 0.095 and missing.min() > -max_retrieval.LAW_AGREEMENT


def test_the_gap_law_is_fitted_at_one_size_and_predicts_the_others(stored):
    law = stored(FIGURES["softmax.max-retrieval"])["gap-law"]
    fitted = law.where(n=256)
    assert fitted["predicted"] == pytest.approx(fitted["measured"], rel=1e-9)
    others = law["n"] != 256
    assert (np.abs(law["predicted"] - law["measured"])[others] > 1e-6).all()
