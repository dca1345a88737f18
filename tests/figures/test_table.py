"""Tables: what is written is read back, and every difference is named."""

import numpy as np
import pytest

from corollary.figures import Table
from corollary.figures._table import differences, rounded

COLUMNS = {
    "n": np.array([1, 2, 3]),
    "value": np.array([0.1, 1e-300, np.pi]),
    "map": np.array(["softmax", "a, b", 'say "x"']),
}


def test_a_table_is_read_back_as_it_was_written():
    table = Table(rounded(COLUMNS), {"parameters": {"seed": 0}, "units": {"value": "nats"}})
    again = Table.from_csv(table.to_csv())
    assert again.header == table.header
    assert again.to_csv() == table.to_csv()
    for name, column in COLUMNS.items():
        assert again[name].dtype.kind == column.dtype.kind
    assert again["value"] == pytest.approx(COLUMNS["value"], rel=1e-11)
    assert again["map"].tolist() == COLUMNS["map"].tolist()


def test_where_keeps_the_rows_asked_for():
    table = Table(rounded(COLUMNS))
    assert table.where(n=2, map="a, b")["value"].tolist() == [1e-300]
    assert len(table.where(n=2, map="softmax")) == 0


@pytest.mark.parametrize("text", ["", "# no colon\na\n1\n", "a,b\n1\n", "# a: {\nx\n1\n"])
def test_what_is_not_a_table_is_refused(text):
    with pytest.raises(ValueError):
        Table.from_csv(text)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"n": np.array([1, 2, 4])}, "n: 1 of 3 rows differ, first row 2: 4 instead of 3"),
        ({"value": COLUMNS["value"] * (1 + 1e-7)}, "value: 3 of 3"),
        ({"value": np.array([0.1, 1e-300, np.nan])}, "nan instead of"),
        ({"map": np.array(["softmax", "a, b", "y"])}, "map: 1 of 3"),
        ({"n": np.array([1, 2])}, "2 rows instead of 3"),
        ({"other": np.array([1, 2, 3])}, "columns"),
    ],
)
def test_a_difference_is_named(change, named):
    lines = differences({**COLUMNS, **change}, COLUMNS)
    assert any(named in line for line in lines)


def test_equal_and_near_tables_do_not_differ():
    assert differences(rounded(COLUMNS), COLUMNS) == []
    near = {**COLUMNS, "value": COLUMNS["value"] + 0.01}
    assert differences(near, COLUMNS, {"value": 0.011}) == []
    assert differences(near, COLUMNS, {"value": 0.009}) != []
