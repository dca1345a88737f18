"""What holds by construction when tokens read from a frozen reasoner through a gate."""

from __future__ import annotations

import numpy as np

from corollary.verify.claim import law
from corollary.verify.roles.reasoning import (
    HYBRID,
    HYBRIDS,
    READ_OUT,
    Hybrid,
    HybridCase,
    close_case,
    generator,
    one_case,
)
from corollary.verify.slack import Slack


@law(HYBRID, over=HYBRIDS, source=READ_OUT, standing="derived", dossier="section 3, one direction")
def reasoner_never_sees_the_tokens(hybrid: Hybrid, case: HybridCase) -> tuple[Slack, Slack]:
    r"""The states of a frozen reasoner are the same, bit by bit, whatever the tokens are and
    however far the gate is open: the graph never attends to the tokens.
    """
    nodes = hybrid(case)[1]
    other = hybrid(case, tokens=case.other_tokens)[1]
    closed = hybrid(case, gate=0.0)[1]
    return one_case(other, nodes), one_case(closed, nodes)


@law(HYBRID, over=HYBRIDS, source=READ_OUT, standing="derived", dossier="section 3, closed gate")
def closed_gate_changes_nothing(hybrid: Hybrid, case: HybridCase) -> Slack:
    r"""With the gate closed, $\tanh 0 = 0$, the tokens are those of the language model alone, bit
    by bit, whatever the graph holds.
    """
    tokens = hybrid(case, gate=0.0)[0]
    alone = hybrid(
        case, gate=0.0, features=np.zeros((1, case.features.shape[1])),
        edge_index=case.edge_index[:, :0], edges=case.edges[:0],
    )[0]  # fmt: skip
    return one_case(tokens, alone)


@law(HYBRID, over=HYBRIDS, source=READ_OUT, standing="derived", dossier="section 3, read-out")
def read_out_knows_no_order_of_nodes(hybrid: Hybrid, case: HybridCase) -> Slack:
    r"""Renaming the nodes changes the tokens by rounding only: a read-out sees a set."""
    names = generator("names", case.seed).permutation(len(case.features))
    places = np.argsort(names)
    moved = hybrid(case, features=case.features[places], edge_index=names[case.edge_index])[0]
    tokens = hybrid(case)[0]
    size = float(np.abs(tokens).max())
    # three layers of sums over at most 12 nodes, and what later layers make of their roundings
    return close_case(moved, tokens, ulps=500, scale=1 + size)
