"""Is my list function filter equivariant? A violation, a certificate, or what was searched."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Any, TypeVar, overload

from corollary.algorithms.filter_equivariance import Letters, NotFilterEquivariant
from corollary.verify.filter_equivariance._tokens import Certificate, parametric_certificate
from corollary.verify.filter_equivariance._violation import (
    Violation,
    Watched,
    Word,
    find_violation,
    find_violation_below,
    shrunk,
)

ListFunction = Callable[[list[Any]], list[Any]]
F = TypeVar("F", bound=Callable[..., Any])

# The exhaustive part uses this many of the letters; the sampled lists are this many times longer.
_ALPHABET = 4
_STRETCH = 8


@dataclass(frozen=True)
class Examination:
    """What an examination of a list function established; truthy without a violation.

    Attributes
    ----------
    violation : Violation or None
        The smallest list found on which the function is not filter equivariant.
    certificate : Certificate or None
        What holds for all lists up to a length, where the function does not look at elements.
    scope : str
        On which lists no violation was found. No finite set of lists is enough for a function
        that may look at anything: it can behave differently on the next longer one.
    lists : int
        On how many lists the function was called.
    """

    violation: Violation | None
    certificate: Certificate | None
    scope: str
    lists: int

    def __bool__(self) -> bool:
        return self.violation is None

    def __str__(self) -> str:
        if self.violation is not None:
            return f"not filter equivariant: {self.violation}"
        searched = f"no violation found on {self.lists} lists: {self.scope}"
        if self.certificate is None:
            return searched
        return (
            f"equal to {self.certificate.composition!r} on all lists of length at most "
            f"{self.certificate.longest}, over any type, unless the function looks at the identity "
            f"or type of elements or remembers earlier calls; {searched}"
        )


class Refuted(NotFilterEquivariant):
    """Raised by `filter_equivariant` for a function that is not.

    Attributes
    ----------
    name : str
        The name of the function.
    violation : Violation
        The smallest list found on which it is not.
    """

    def __init__(self, name: str, violation: Violation) -> None:
        super().__init__(name, violation)
        self.name, self.violation = name, violation

    def __str__(self) -> str:
        return f"{self.name} is not filter equivariant: {self.violation}"


def is_filter_equivariant(
    function: ListFunction,
    *,
    letters: Collection[Hashable] = range(16),
    longest: int = 5,
    up_to_renaming: bool = False,
    samples: int = 100,
    seed: int = 0,
    lists: Iterable[Sequence[Hashable]] = (),
) -> Examination:
    """Return whether deleting letters commutes with the function, as far as was examined.

    A list function is filter equivariant if ``function(filter(p, xs)) == filter(p, function(xs))``
    for every predicate p and list xs. Examined are the deletions of single letters, which imply
    all others where all sublists are examined too; for sampled and given lists also the
    restrictions to one and two letters; and that the output holds nothing new. The function is
    called twice on every list, on a fresh copy.

    Parameters
    ----------
    function : callable
        Takes a list and returns a list.
    letters : collection of hashable
        Elements the function can work on, equal ones counted once. All lists over the first four
        of them are examined up to `longest`; the sampled lists use all.
    longest : int
        Length of the longest list of the exhaustive part.
    up_to_renaming : bool
        The function treats all letters alike: examine lists that differ by renaming once, with
        as many letters as there are.
    samples : int
        Number of random lists beyond the exhaustive part, up to eight times as long.
    seed : int
        Of the random lists.
    lists : iterable of sequences
        Further lists to examine.

    Returns
    -------
    Examination
        Truthy if no violation was found. It carries the violation, shrunk so that no letter and
        no element can be deleted, or the certificate or scope of what was established.

    Raises
    ------
    TypeError, ValueError
        An argument is not as described. What the function itself does wrong, also raising, is a
        violation.

    Notes
    -----
    Source: the notion is that of arXiv:2507.08796; what suffices to examine is FE-03 and FE-30.

    Examples
    --------
    >>> bool(is_filter_equivariant(sorted))
    True
    >>> is_filter_equivariant(lambda xs: xs[1:] + xs[:1]).violation.repair
    [2, 1, 0]
    """
    if not callable(function):
        raise TypeError(f"function must be callable, got {type(function).__name__}")
    for name, value in (("longest", longest), ("samples", samples)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name} must be a non-negative int, got {value!r}")
    pool = _checked_letters(letters)
    if up_to_renaming and len(pool) < longest:
        raise ValueError(f"letters must be at least longest = {longest}, got {len(pool)}")
    given = [tuple(Letters(items, f"lists[{i}]").items) for i, items in enumerate(lists)]
    watched = Watched(function)
    exhaustive = _exhaustive(pool, longest, up_to_renaming)
    further = chain(_sampled(pool, longest, samples, seed), given)
    for found in chain(
        (find_violation(watched, items) for items in exhaustive),
        (find_violation_below(watched, items) for items in further),
    ):
        if found is not None:
            small = shrunk(watched, found, pool)
            return Examination(small, None, "", watched.examined)
    certificate = _certificate(watched, function)
    scope = _scope(pool, longest, up_to_renaming, samples, seed, len(given))
    return Examination(None, certificate, scope, watched.examined)


def _checked_letters(letters: Collection[Hashable]) -> Word:
    if not isinstance(letters, Collection):
        raise TypeError(f"letters must be a collection, got {type(letters).__name__}")
    pool = tuple(Letters(letters, "letters").values)
    if not pool:
        raise ValueError("letters must not be empty")
    return pool


def _exhaustive(pool: Word, longest: int, up_to_renaming: bool) -> Iterator[Word]:
    """Yield all lists up to a length, the shorter ones first."""
    for length in range(longest + 1):
        if up_to_renaming:
            yield from (tuple(pool[i] for i in code) for code in restricted_growth(length))
        else:
            yield from product(pool[:_ALPHABET], repeat=length)


def restricted_growth(length: int) -> Iterator[tuple[int, ...]]:
    """Yield all lists of a length up to renaming: each letter's first use is in order.

    Examples
    --------
    >>> list(restricted_growth(3))
    [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 1, 2)]
    """
    if length == 0:
        yield ()
        return
    for code in restricted_growth(length - 1):
        for letter in range(max(code, default=-1) + 2):
            yield (*code, letter)


def _sampled(pool: Word, longest: int, samples: int, seed: int) -> Iterator[Word]:
    """Yield random lists, from few to many of the letters."""
    generator = random.Random(seed)
    for _ in range(samples):
        used = generator.sample(pool, generator.randint(1, len(pool)))
        yield tuple(generator.choices(used, k=generator.randint(0, _STRETCH * longest)))


def _certificate(watched: Watched, function: ListFunction) -> Certificate | None:
    """Return a certificate that also fits everything seen on proper elements."""
    found = parametric_certificate(function)
    if found is None or any(
        tuple(found.composition(items)) != output for items, output in watched.known()
    ):
        return None
    return found


def _scope(
    pool: Word, longest: int, up_to_renaming: bool, samples: int, seed: int, given: int
) -> str:
    over = "up to renaming" if up_to_renaming else f"over {', '.join(map(repr, pool[:_ALPHABET]))}"
    parts = [f"all lists of length at most {longest} {over}"]
    if samples:
        parts.append(
            f"{samples} random lists of length at most {_STRETCH * longest} over {len(pool)} "
            f"letters (seed {seed})"
        )
    if given:
        parts.append(f"{given} given lists")
    return "; ".join([*parts, "and their sublists that lack one letter or keep one or two"])


@overload
def filter_equivariant(function: F) -> F: ...
@overload
def filter_equivariant(**options: Any) -> Callable[[F], F]: ...
def filter_equivariant(function: F | None = None, **options: Any) -> F | Callable[[F], F]:
    """Return the function unchanged if no violation is found, else raise at its definition.

    A decorator, plain or with the options of `is_filter_equivariant`.

    Raises
    ------
    Refuted
        The function is not filter equivariant; carries the violation.

    Examples
    --------
    >>> @filter_equivariant
    ... def palindrome(xs):
    ...     return xs + xs[::-1]
    >>> @filter_equivariant(letters="abcdef", longest=4)
    ... def shout(xs):
    ...     return [x.upper() for x in xs]
    Traceback (most recent call last):
        ...
    corollary.verify.filter_equivariance._check.Refuted: shout is not filter equivariant: \
invention at ['a']: the output is ['A']
    """

    def decorate(decorated: F) -> F:
        examined = is_filter_equivariant(decorated, **options)
        if examined.violation is not None:
            name = getattr(decorated, "__name__", repr(decorated))
            raise Refuted(name, examined.violation)
        return decorated

    return decorate if function is None else decorate(function)
