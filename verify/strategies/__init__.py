"""Hypothesis strategies for the objects the claims are about, for use in anybody's tests.

They are drawn from the claims' own domains, so that no assumption is written down twice.
"""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import SearchStrategy

from corollary.verify.claim import Claim, select
from corollary.verify.domain import Domain, Range
from corollary.verify.implementation import precision_named

__all__ = ["cases", "heads"]


def cases(
    claim: Claim | Domain | str, *, dtype: str = "float64", **ranges: Range
) -> SearchStrategy[Any]:
    """Cases of a claim's domain, as its conclusion gets them: batches of one.

    Parameters
    ----------
    claim : Claim, Domain or str
        A claim, its name, or a domain itself.
    dtype : str
        The format to which the inputs are rounded.
    **ranges : Range
        Parameters of the domain confined to ranges inside its own, for example
        ``n=Integers(2, 8)``.

    Raises
    ------
    TypeError
        If `claim` is none of these, or a parameter is given no range.
    ValueError
        If there is no such claim, dtype or parameter, or a range is not inside the domain's.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(cases("softmax.odds"))
    ... def test_shapes(heads):
    ...     assert heads.logits.shape == (1, heads.n)
    >>> test_shapes()
    """
    if isinstance(claim, str):
        claims = select([claim])
        if len(claims) != 1:
            raise ValueError(f"{claim!r} is a family; cases are those of one claim")
        claim = claims[0]
    domain = claim.domain if isinstance(claim, Claim) else claim
    if not isinstance(domain, Domain):
        raise TypeError(f"claim must be a Claim, a Domain or the name of a claim, got {claim!r}")
    domain, precision = domain.confined(**ranges), precision_named(dtype)
    drawn: SearchStrategy[Any] = domain.strategy()
    return drawn.map(lambda parameters: domain.case(parameters, precision))


def heads(*, masked: bool = False, dtype: str = "float64", **ranges: Range) -> SearchStrategy[Any]:
    """Attention heads, what a softmax is called with: a row of logits, a temperature and more.

    `masked` ones may have items at minus infinity, which stand last; at least one item is kept.
    For `dtype` and `ranges` see `cases`.

    Examples
    --------
    >>> from hypothesis import given
    >>> from corollary.verify import Integers
    >>> @given(heads(n=Integers(3, 3)))
    ... def test_three_items(head):
    ...     assert head.logits.shape == (1, 3)
    >>> test_three_items()
    """
    from corollary.verify.roles.softmax import HEADS, MASKED_HEADS

    if not isinstance(masked, bool):
        raise TypeError(f"masked must be True or False, got {masked!r}")
    return cases(MASKED_HEADS if masked else HEADS, dtype=dtype, **ranges)
