"""The table of known list functions, by the definitions, and as the checker sees it."""

from itertools import combinations, product

import pytest

from corollary.algorithms.filter_equivariance._definition import commutes_with_all_filters
from corollary.algorithms.filter_equivariance.zoo import ZOO
from corollary.verify.filter_equivariance import asks_of_elements, is_filter_equivariant

IDS = [animal.name for animal in ZOO]


def lists(letters, longest):
    return (list(x) for n in range(longest + 1) for x in product(range(letters), repeat=n))


def commutes_with(function, images, items):
    return function([images[x] for x in items]) == [images[x] for x in function(items)]


def commutes_with_maps(function, chosen):
    """Return whether a function commutes with the chosen maps of three letters into five."""
    return all(
        set(function(items)) <= {0, 1, 2} and commutes_with(function, images, items)
        for items in lists(3, 4)
        for images in chosen
    )


@pytest.mark.parametrize("animal", ZOO, ids=IDS)
def test_flags_by_the_definition(animal):
    """All predicates on all lists of length <= 5 over 4 letters; all maps of 3 letters."""
    assert animal.filter_equivariant == all(
        commutes_with_all_filters(animal, items) for items in lists(4, 5)
    )
    maps = list(product(range(3), repeat=3))
    assert animal.map_equivariant == commutes_with_maps(animal, maps)


@pytest.mark.parametrize(
    "animal", [a for a in ZOO if a.filter_equivariant], ids=lambda animal: animal.name
)
def test_classes_by_the_definition(animal):
    increasing = list(combinations(range(5), 3))
    injective = [images for images in product(range(5), repeat=3) if len(set(images)) == 3]
    everything = list(product(range(5), repeat=3))
    held = [commutes_with_maps(animal, chosen) for chosen in (increasing, injective, everything)]
    expected = {"natural": 3, "renaming": 2, "order": 1, "value": 0}[animal.commutes_with]
    assert held == [True] * expected + [False] * (3 - expected)


@pytest.mark.parametrize("animal", ZOO, ids=IDS)
def test_the_checker_agrees_and_finds_the_smallest_counterexample(animal):
    found = is_filter_equivariant(animal)
    assert bool(found) == animal.filter_equivariant
    natural = animal.filter_equivariant and animal.map_equivariant
    assert (found.certificate is not None) == natural
    if found.violation is not None:
        assert (found.violation.items, found.violation.deleted) == animal.counterexample
    if found.certificate is not None:
        assert all(found.certificate.composition(xs) == animal(xs) for xs in lists(3, 5))


ASKS = {
    "head": "nothing",
    "tail": "nothing",
    "every second position": "nothing",
    "rotate left": "nothing",
    "triangle": "nothing",
    "all prefixes": "nothing",
    "reverse odd lengths": "nothing",
    "riffle": "nothing",
    "drop adjacent duplicates": "equality",
    "keep the most frequent": "equality",
    "partition around the first": "order",
    "running maxima": "order",
    "maximum": "order",
    "sort if longer than 3": "order",
    "constant [1]": "values",
    "add one": "values",
}
CLASS_ASKS = {"natural": "nothing", "renaming": "equality", "order": "order", "value": "values"}


@pytest.mark.parametrize("animal", ZOO, ids=IDS)
def test_what_each_asks_of_its_elements(animal):
    expected = ASKS.get(animal.name, CLASS_ASKS[animal.commutes_with])
    assert asks_of_elements(animal.function) == expected
