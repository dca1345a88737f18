"""Slack says how far a conclusion is from failing, and NaN is never a success."""

import numpy as np
import pytest

from corollary.verify import at_least, at_most, between, bitwise, equal
from corollary.verify.precision import FLOAT64, PRECISIONS

UNIT = FLOAT64.unit


def margin(slack, tightened=False):
    return slack.margins(FLOAT64, tightened)


def test_margin_counts_tolerances():
    value = np.array([1.0, 1 + 4 * UNIT, 1 + 8 * UNIT, 2.0])
    margins = margin(at_most(value, 1.0, ulps=4))
    assert margins[0] == 1
    assert margins[1] == pytest.approx(0, abs=1e-9)
    assert margins[2] == pytest.approx(-1, abs=1e-9)
    assert margins[3] < -1e14


@pytest.mark.parametrize(
    "slack",
    [
        at_most(np.array([np.nan]), 1.0, ulps=4),
        at_least(np.array([np.nan]), 1.0, ulps=4),
        between(0.0, np.array([np.nan]), 1.0, ulps=4, scale=1.0),
        equal(np.array([np.nan]), 1.0, ulps=4),
        bitwise(np.array([np.nan]), np.nan),
        at_most(np.array([[0.5, np.nan]]), np.array([[1.0]]), ulps=4),
        at_most(np.array([0.5]), np.nan, ulps=4),
    ],
)
def test_nan_is_refuted(slack):
    assert margin(slack)[0] == -np.inf


def test_between_takes_the_worse_side():
    slack = between(0.0, np.array([-1.0, 0.5, 2.0]), 1.0, ulps=1, scale=1.0)
    assert (margin(slack) < 0).tolist() == [True, False, True]


def test_rows_are_reduced_over_all_other_axes():
    value = np.array([[[0.1, 0.2], [0.3, 9.0]], [[0.1, 0.2], [0.3, 0.4]]])
    assert (margin(at_most(value, 1.0, ulps=1)) < 0).tolist() == [True, False]
    bounds = np.array([[[1.0], [1.0]], [[1.0], [0.35]]])
    assert (margin(at_most(value, bounds, ulps=1)) < 0).tolist() == [True, True]


def test_bitwise_tolerates_nothing():
    value = np.array([1.0, 1 + 2 * UNIT])
    assert margin(bitwise(value, 1.0)).tolist() == [1.0, -2.0]


def test_tightening_refutes_what_is_attained_and_only_that():
    attained = np.array([1.0, 0.9])
    assert (margin(at_most(attained, 1.0, ulps=4), tightened=True) < 0).tolist() == [True, False]
    assert (margin(at_least(attained, 0.9, ulps=4), tightened=True) < 0).tolist() == [False, True]
    assert (margin(equal(attained, attained, ulps=4), tightened=True) < 0).all()
    assert (margin(bitwise(attained, attained), tightened=True) < 0).all()


def test_tightness_is_the_ratio_to_the_nearest_bound():
    slack = between(0.5, np.array([0.8, 1.0, 0.5]), 1.0, ulps=1)
    assert slack.tightness() == pytest.approx([0.8, 1.0, 1.0])


def test_coarse_precision_has_coarse_tolerance():
    slack = at_most(np.array([1.001]), 1.0, ulps=4)
    assert slack.margins(PRECISIONS["float64"])[0] < 0 < slack.margins(PRECISIONS["bfloat16"])[0]


def test_roundings_compound_where_they_are_many():
    slack = equal(np.array([np.exp(1.9), np.exp(2.1)]), 1.0, ulps=2 * 2**8)
    assert (slack.margins(PRECISIONS["bfloat16"]) > 0).tolist() == [True, False]


def test_underflow_is_forgiven_up_to_the_smallest_normal_number():
    assert margin(equal(np.array([0.0]), 1e-310, ulps=4))[0] > 0
    assert margin(equal(np.array([0.0]), 1e-300, ulps=4))[0] < 0


def test_bfloat16_rounds_to_nearest_even():
    rounded = PRECISIONS["bfloat16"].round(np.array([1.0, 1 + 2**-8, 1 + 3 * 2**-8, -np.inf, 3e-2]))
    assert rounded[:4].tolist() == [1.0, 1.0, 1 + 2**-6, -np.inf]
    assert rounded[4] == pytest.approx(3e-2, rel=2**-8)


@pytest.mark.parametrize(
    "slack, text",
    [
        (at_most([0.5], 0.25, ulps=4), "value 0.5, upper bound 0.25"),
        (equal([[2.0, 1.0]], [[1.0, 2.0]], ulps=4), "value [2, 1], expected [1, 2]"),
        (between(0.0, [2.0], 1.0, ulps=4), "value 2, lower bound 0, upper bound 1"),
        (
            bitwise([[0.0] * 6 + [3.0, 0.0]], np.zeros((1, 8))),
            "value [..., 0, 0, 3, 0], expected [..., 0, 0, 0, 0], the worst at index 6 of 8",
        ),
        (
            at_most([[1.0] * 4 + [9.0] + [1.0] * 4], 1.0, ulps=4),
            "value [..., 1, 9, 1, 1, ...], upper bound 1, the worst at index 4 of 9",
        ),
        (
            at_least(np.eye(3)[None], np.eye(3)[None] * 2, ulps=4),
            "value [1, 0, 0, 0, ...], lower bound [2, 0, 0, 0, ...], the worst at (0, 0) of (3, 3)",
        ),
    ],
)
def test_a_failure_shows_the_worst_entry(slack, text):
    assert slack.describe(FLOAT64) == text


@pytest.mark.parametrize(
    "slack, text",
    [
        (equal([np.nan], 1.0, ulps=4), "the result is nan, expected 1"),
        (equal([np.nan], np.nan, ulps=4), "the result is nan, and what it is compared with is nan"),
        (at_most([np.inf], 1.0, ulps=4), "the result is infinite (inf), upper bound 1"),
        (
            between(0.0, [[9.0, 9.0, 9.0, 9.0, np.nan]], 1.0, ulps=4),
            "the result is nan at index 4 of 5, lower bound 0, upper bound 1",
        ),
        (equal([2.0], np.nan, ulps=4), "value 2, expected nan"),
    ],
)
def test_a_result_that_is_not_finite_is_said_in_words(slack, text):
    assert slack.describe(FLOAT64) == text
