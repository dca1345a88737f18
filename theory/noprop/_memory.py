"""What training keeps in memory: one block's activations, or those of all blocks."""

from __future__ import annotations

from collections.abc import Sequence

from corollary.theory.noprop._arguments import whole


def kept_activations(widths: Sequence[int], batch: int, blocks: int, local: bool) -> int:
    """Return how many numbers training keeps for its backward pass.

    Block-at-a-time training forgets a block's activations before it turns to the next, so that
    the depth does not matter; training end to end keeps them all.

    Parameters
    ----------
    widths : sequence of int
        Of the layers of one block whose outputs are kept.
    batch : int
    blocks : int
        T.
    local : bool
        Whether each block is trained by itself.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.

    Notes
    -----
    Derived, for the comparison of arXiv 2503.24322, Table 2.

    Examples
    --------
    >>> kept_activations([128, 64], batch=10, blocks=20, local=True)
    1920
    >>> kept_activations([128, 64], batch=10, blocks=20, local=False)
    38400
    """
    if not isinstance(local, bool):
        raise TypeError(f"local must be True or False, got {local!r}")
    of_a_block = whole("batch", batch) * sum(whole("widths", width) for width in widths)
    return of_a_block * (1 if local else whole("blocks", blocks))
