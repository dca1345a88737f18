"""The case line of a refutation shows what the function was called with, and nothing else."""

import numpy as np
import pytest

import corollary


def case_line(function, role, claim, **options):
    report = corollary.check(function, role, claims=[claim], **options)
    (result,) = report.results
    assert result.verdict == "refuted"
    text = report.explain(result)
    return next(line for line in text.splitlines() if line.startswith("  case: "))


def numbered(features, edge_index, edge_features):
    return features + np.arange(len(features))[:, None]


def summed(features, edge_index, edge_features):
    new = features.copy()
    np.add.at(new, edge_index[1], features[edge_index[0]] + edge_features)
    return new


def test_a_layer_is_shown_with_its_features():
    line = case_line(summed, "message_layer", "reasoning.layer-hears-a-message-twice")
    for name in ("features=[[", "edge_index=[[", "edge_features=[["):
        assert name in line, line


def test_the_features_shown_are_those_the_function_got():
    calls = []

    def remembered(features, edge_index, edge_features):
        calls.append(features)
        return numbered(features, edge_index, edge_features)

    claim, bind = "reasoning.layer-follows-the-names", {"features": 1}
    report = corollary.check(remembered, "message_layer", claims=[claim], bind=bind)
    calls.clear()
    corollary.replay(claim, report.results[0].witness.parameters, remembered, bind=bind)
    tables = [np.array2string(item, separator=", ", floatmode="unique") for item in calls]
    line = report.explain(report.results[0]).partition("case: ")[2]
    assert any(line.startswith(f"features={' '.join(table.split())}, edge") for table in tables)


@pytest.mark.parametrize(
    "function, role, claim, names",
    [
        (lambda s, m: s + 0 * m, "update", "reasoning.every-batching-ends-alike", ["messages=["]),
        (np.subtract, "aggregator", "reasoning.commutative-monoid", ["s=[[", "m=[[", "n=[["]),
        (lambda graph, source: np.zeros(graph.shape[0]), "shortest_paths",
         "reasoning.distances-bit-by-bit", ["sources=[", "weights=["]),
    ],
)  # fmt: skip
def test_no_number_format_stands_in_a_case(function, role, claim, names):
    line = case_line(function, role, claim)
    assert "Precision" not in line
    assert all(name in line for name in names), line


def test_no_address_in_memory_stands_in_a_case():
    line = case_line(
        lambda function: True, "equivariance_checker",
        "filter_equivariance.changed-functions-are-refuted",
    )  # fmt: skip
    assert " at 0x" not in line
