"""A role and a claim of somebody's own, as another process imports them."""

from dataclasses import replace

from corollary.verify import Choice, Domain, Reals, Role, equal, law


def double(values):
    return values + values


def wrong_doubling(values):
    return values + 1


DOUBLING = Role(
    name="doubling",
    family="own_tests",
    signature="double(values (rows,)) -> (rows,)",
    default="own_claim:double",
    adapt=lambda implementation: implementation.arrays,
    mutants={"one more": wrong_doubling},
)
PLAIN = replace(
    DOUBLING, name="doubling_as_it_comes", adapt=lambda implementation: implementation.plain
)
VALUES = Domain(
    name="values",
    statement="a number",
    shape={"kind": Choice(("whole",))},
    rows={"value": Reals(-8.0, 8.0)},
    build=lambda parameters, precision: precision.round(parameters["value"]),
)


@law(DOUBLING, over=VALUES, standing="derived")
def twice_is_double(function, values):
    """Twice is double."""
    return equal(function(values), 2 * values, ulps=1)


@law(PLAIN, over=VALUES, standing="derived")
def plain_twice(function, values):
    """Twice is double, whatever comes."""
    return equal(function(values), 2 * values, ulps=1)
