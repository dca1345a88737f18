"""What a function asks of the elements it is given, told by tokens that refuse to answer.

A function that only moves opaque tokens about treats all elements alike: it commutes with every
map, and one run on n distinct tokens shows what it does to every list of length n.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from corollary.algorithms.filter_equivariance import NotFilterEquivariant, SignedComposition

ListFunction = Callable[[list[Any]], list[Any]]
Demand = Literal["nothing", "equality", "order", "values"]

_EQUALITY = ("__eq__", "__ne__", "__hash__")
_ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
_ARITHMETIC = tuple(
    f"__{side}{name}__"
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
    for side in ("", "r")
)
_OTHER = (
    *("__bool__", "__iter__", "__len__", "__getitem__", "__contains__", "__call__", "__int__"),
    *("__float__", "__index__", "__repr__", "__str__", "__format__", "__neg__", "__abs__"),
    *("__getattribute__", "__setattr__"),
)


def _answer(name: str) -> Callable[..., Any]:
    """Return a method that lets the elements be compared by rank, as integers are."""

    def method(self: Any, *others: Any) -> Any:
        ranks = object.__getattribute__(self, "rank")
        if not others:
            return getattr(ranks, name)()
        if type(others[0]) is not type(self):
            return NotImplemented
        return getattr(ranks, name)(object.__getattribute__(others[0], "rank"))

    return method


def _refusal(name: str, asked: list[str]) -> Callable[..., Any]:
    """Return a method that notes the question, even if the caller swallows the error."""

    def method(self: Any, *others: Any) -> Any:
        asked.append(name)
        raise TypeError(f"an opaque token has no {name}")

    return method


def _token_type(demand: Demand, asked: list[str]) -> type[Any]:
    """Return a class whose instances answer what the demand allows, and note all else."""
    allowed = {"nothing": (), "equality": _EQUALITY, "order": _EQUALITY + _ORDER}[demand]
    methods: dict[str, Any] = {"__slots__": ("rank",)}
    for name in (*_EQUALITY, *_ORDER, *_ARITHMETIC, *_OTHER):
        methods[name] = _answer(name) if name in allowed else _refusal(name, asked)
    return type("Token", (), methods)


def _moved(function: ListFunction, ranks: list[int], demand: Demand) -> list[int] | None:
    """Return the positions of the input that the output holds, or None if it asked for more."""
    asked: list[str] = []
    token = _token_type(demand, asked)
    tokens = [token() for _ in ranks]
    for made, rank in zip(tokens, ranks, strict=True):
        object.__setattr__(made, "rank", rank)
    place = {id(made): position for position, made in enumerate(tokens)}
    try:
        output: object = function(list(tokens))
    except Exception:
        return None
    if asked or not isinstance(output, list) or any(id(made) not in place for made in output):
        return None
    return [place[id(made)] for made in output]


def asks_of_elements(function: ListFunction, longest: int = 6) -> Demand:
    """Return what the function asks of the elements of a list: the least that it runs on.

    'nothing': it moves them unseen, so it commutes with every map; 'equality': with renaming;
    'order': with increasing maps; 'values': it looks inside. Told from runs on lists with and
    without repetitions up to the given length; a function that uses the identity or the type of
    elements, or remembers earlier calls, can hide that.

    Parameters
    ----------
    function : callable
        Takes a list and returns a list.
    longest : int
        Length of the longest list of tokens.

    Examples
    --------
    >>> asks_of_elements(lambda xs: xs[::-1]), asks_of_elements(sorted)
    ('nothing', 'order')
    >>> asks_of_elements(lambda xs: list(dict.fromkeys(xs)))
    'equality'
    """
    lists = [
        [position * step % modulus for position in range(length)]
        for length in range(longest + 1)
        for step, modulus in ((1, longest + 1), (2, 3))
    ]
    for demand in ("nothing", "equality", "order"):
        if all(_moved(function, ranks, demand) is not None for ranks in lists):
            return demand
    return "values"


@dataclass(frozen=True)
class Certificate:
    """A proof of filter equivariance on all lists up to a length, under one condition.

    If the function is map equivariant, which its runs on opaque tokens show unless it uses the
    identity or type of elements or remembers earlier calls, then it equals the signed
    composition on all lists of length at most `longest`, over any type, with repetitions.

    Attributes
    ----------
    composition : SignedComposition
        What the function is.
    longest : int
        Up to which length.
    evaluations : int
        Runs on tokens, `longest` + 1 of them.
    """

    composition: SignedComposition
    longest: int
    evaluations: int


def parametric_certificate(function: ListFunction, longest: int = 40) -> Certificate | None:
    """Return a certificate from one run on opaque tokens for each length, or None (FE-30).

    Parameters
    ----------
    function : callable
        Takes a list and returns a list.
    longest : int
        Up to which length, at least 3.

    Raises
    ------
    ValueError
        `longest` is not an int of at least 3.

    Examples
    --------
    >>> parametric_certificate(lambda xs: xs + xs[::-1])
    Certificate(composition=SignedComposition(1, -1), longest=40, evaluations=41)
    >>> parametric_certificate(sorted) is None
    True
    """
    if isinstance(longest, bool) or not isinstance(longest, int) or longest < 3:
        raise ValueError(f"longest must be an int of at least 3, got {longest!r}")
    composition: SignedComposition | None = None
    words = (_moved(function, list(range(n)), "nothing") for n in range(longest + 1))
    seen = []
    for word in words:
        if word is None:
            return None
        seen.append(word)
    try:
        composition = SignedComposition.from_example([0, 1], seen[2])
    except NotFilterEquivariant:
        return None
    if any(composition(range(n)) != word for n, word in enumerate(seen)):
        return None
    return Certificate(composition, longest, longest + 1)
