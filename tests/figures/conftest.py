"""Stored tables, and tables with some of their numbers changed."""

import pytest

from corollary.figures import Table, stored_table


@pytest.fixture
def stored():
    """Return a function that reads the stored tables of a figure."""
    return lambda figure: {recipe.name: stored_table(figure, recipe) for recipe in figure.recipes}


@pytest.fixture
def changed():
    """Return a function that changes columns of one table.

    A change is a function of the column, or a pair: the place, and the value to put there.
    """

    def change(tables, name, **columns):
        new = {}
        for key, to in columns.items():
            column = tables[name][key].copy()
            if callable(to):
                column = to(column)
            else:
                column[to[0]] = to[1]
            new[key] = column
        return {**tables, name: Table({**tables[name].columns, **new}, tables[name].header)}

    return change
