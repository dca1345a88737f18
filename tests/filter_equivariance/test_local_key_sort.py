"""Local-key sorts: filter equivariant, counted, and identified from a few short lists."""

import random
from itertools import product

import pytest

from corollary.algorithms.filter_equivariance import (
    Block,
    LocalKeySort,
    NotFilterEquivariant,
    SignedComposition,
    amalgamate,
    identify_local_key_sort,
)
from corollary.algorithms.filter_equivariance._definition import commutes_with_all_filters


def random_local_key_sort(rng, largest_count, beyond="raise"):
    blocks = []
    for _ in range(rng.randint(0, 4)):
        anchors = tuple(
            tuple(sorted(rng.choices(range(1, c + 1), k=rng.randint(0, 2))))
            for c in range(1, largest_count + 1)
        )
        if any(anchors):
            blocks.append(Block(rng.choice((1, -1)), anchors))
    return LocalKeySort(tuple(blocks), largest_count, beyond)


def random_items(rng, largest_count, letters):
    items = [x for x in range(letters) for _ in range(rng.randint(0, largest_count))]
    rng.shuffle(items)
    return items


def test_every_local_key_sort_is_filter_equivariant():
    rng = random.Random(20)
    for _ in range(40):
        function = random_local_key_sort(rng, 2, rng.choice(("drop",)))
        for items in (x for n in range(5) for x in product(range(3), repeat=n)):
            assert commutes_with_all_filters(function, items)


@pytest.mark.parametrize("largest_count", [1, 2, 3, 4, 5])
def test_a_few_short_lists_identify_it_on_all_lists(largest_count):
    """FE-33, with the number of evaluations of the dossier."""
    rng = random.Random(largest_count)
    for _ in range(25):
        function = random_local_key_sort(rng, largest_count)
        asked = []

        def spy(items, function=function, asked=asked):
            asked.append(items)
            return function(items)

        found = identify_local_key_sort(spy, largest_count)
        assert found == function
        assert len(asked) == [1, 5, 12, 21, 33][largest_count - 1]
        assert all(len(items) <= 2 * largest_count and set(items) <= {0, 1} for items in asked)
        items = random_items(rng, largest_count, 12)
        assert amalgamate(function, items) == function(items)


def test_known_functions_are_found():
    functions = {
        "frequency": lambda xs: sorted(xs, key=lambda x: (-xs.count(x), xs.index(x))),
        "last of each": lambda xs: list(dict.fromkeys(xs[::-1]))[::-1],
        "twice": lambda xs: [x for i, x in enumerate(xs) if xs[:i].count(x) == 1],
        "nothing": lambda xs: [],
        "unequal": lambda xs: (
            [x for x in xs if xs.count(x) % 2] + [x for x in xs[::-1] if xs.count(x) % 2 == 0]
        ),
    }
    rng = random.Random(1)
    for function in functions.values():
        found = identify_local_key_sort(function, 4)
        for _ in range(50):
            items = random_items(rng, 4, 6)
            assert found(items) == function(items)


def test_signed_compositions_are_local_key_sorts():
    for m in range(1, 4):
        for composition in SignedComposition.with_multiplicity(m):
            found = identify_local_key_sort(composition, 3)
            assert found.to_signed_composition() == composition
            assert found.multiplicities == (m, 2 * m, 3 * m)
    with pytest.raises(ValueError, match="equally often"):
        LocalKeySort((Block(1, ((1,), (1,))),), 2).to_signed_composition()


def test_enumeration_has_no_repetitions():
    for mu, expected in (((1, 1), 20), ((1, 2), 158), ((2, 1), 84), ((1, 1, 1), 444), ((0, 2), 22)):
        functions = list(LocalKeySort.with_multiplicities(mu))
        assert len(functions) == len(set(functions)) == expected
        assert all(f.multiplicities == mu for f in functions)


def test_a_letter_too_often_is_refused_or_dropped():
    blocks = (Block(1, ((1,), (2,))),)
    with pytest.raises(ValueError, match="'a' at most 2 times for this function to be known"):
        LocalKeySort(blocks, 2)("aaba")
    assert LocalKeySort(blocks, 2, beyond="drop")("aaba") == ["b"]
    assert LocalKeySort(blocks, 2)("aba") == ["b", "a"]
    with pytest.raises(ValueError, match="at most 1 times"):
        LocalKeySort((), 1)("aa")


def test_broken_promises_are_noticed():
    """Not every one can be: `sorted` gives each answer that some local-key sort gives."""
    broken = {
        "rotation": lambda xs: xs[1:] + xs[:1],
        "first half": lambda xs: xs[: len(xs) // 2],
        "prefixes": lambda xs: [x for i in range(len(xs)) for x in xs[:i]],
    }
    with pytest.raises(NotFilterEquivariant, match="no local-key sort has the outputs seen"):
        identify_local_key_sort(lambda xs: [xs[int(i)] for i in "001011"], 1)
    for function in broken.values():
        with pytest.raises(NotFilterEquivariant):
            identify_local_key_sort(function, 3)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (((Block(2, ((1,),)),), 1), "sign"),
        (((Block(1, ((2,),)),), 1), "must rise from 1 to 1"),
        (((Block(1, ((), (2, 1))),), 2), "must rise from 1 to 2"),
        (((Block(1, ((),)),), 1), "not be empty"),
        (((Block(1, ((1,),)),), 2), "counts 1 to 2"),
        (((Block(1, ((1,),)),), 0), "largest_count must be"),
        (((Block(1, ((1,),)),), 1, "ignore"), "beyond must be"),
    ],
)
def test_bad_blocks_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        LocalKeySort(*arguments)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="largest_count"):
        identify_local_key_sort(sorted, 0)
    with pytest.raises(ValueError, match="multiplicities"):
        list(LocalKeySort.with_multiplicities([1, -1]))
    with pytest.raises(TypeError, match="function must return a list"):
        identify_local_key_sort(tuple, 1)
