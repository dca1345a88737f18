"""How many graphs message passing can tell apart, and how fast sums grow."""

from __future__ import annotations

# The graph atlas holds all graphs with 1 to 7 nodes up to isomorphism. Colour refinement tells
# apart 1226 of them; sum aggregation with generic weights reaches that, and no more.
ATLAS_GRAPHS = 1252
ATLAS_REFINEMENT_CLASSES = 1226
ATLAS_EQUIVALENT_PAIRS = {6: 4, 7: 22}


def mean_or_max_classes(nodes: int) -> int:
    """Return n(n+1)/2, the classes of graphs with 1 to n nodes under mean or max aggregation.

    With constant features a node only learns whether it has a neighbour at all, so the number of
    nodes and the number of isolated ones, n possibilities for n nodes, decide everything.

    Examples
    --------
    >>> mean_or_max_classes(7)
    28
    """
    return nodes * (nodes + 1) // 2


def star_degree(layers: int) -> int:
    """Return ceil(L/2), the largest degree in n of the outputs of L sum layers on a star.

    On the star with n equal leaves every output of an L-layer ReLU network with sum aggregation is
    eventually a polynomial in n of at most this degree; only the centre multiplies by n.

    Examples
    --------
    >>> [star_degree(layers) for layers in range(1, 7)]
    [1, 1, 2, 2, 3, 3]
    """
    return (layers + 1) // 2
