"""What holds with equality for every joint pmf: definitions, conservation, additivity, blocking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from corollary.theory import directed_information as theory
from corollary.verify.claim import Source, law
from corollary.verify.domain import Domain, Integers, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.directed_information import (
    DIRECTED_INFORMATION,
    INTERVALS,
    JOINTS,
    MIRROR,
    SEEDS,
    Directed,
    Joints,
    alphabet,
    build_joints,
    prefix_entropy,
    rows_of,
)
from corollary.verify.slack import Slack, equal

Information = Callable[[Array, int], Directed]
LARGEST_HORIZON = 5
EVERY_QUADRUPLE = "all interval pairs with n <= 5, any entropies"


@cache
def _identities() -> tuple[theory.Identity, ...]:
    steps = range(1, LARGEST_HORIZON + 1)
    return tuple(identity for horizon in steps for identity in theory.identities(horizon))


def proofs(*names: str) -> Iterator[Any]:
    """Yield left minus right of the named identities, for every horizon and all intervals."""
    for identity in _identities():
        if identity.name in names:
            yield identity.left - identity.right


def interchange(joint: Array) -> Array:
    """Return the joint with the roles of X and Y exchanged."""
    return np.ascontiguousarray(np.swapaxes(joint, 1, 2))


def alike(value: Array, expected: Array, joints: Joints) -> Slack:
    """Return the conclusion that two informations are equal, up to rounding."""
    return equal(value, expected, ulps=joints.ulps, scale=joints.scale)


def exchanged_at_once(joints: Joints) -> Array:
    """Return sum_i I(X_i ; Y_i | X_{<i}, Y_{<i}) over the indices in both intervals."""
    steps = range(max(joints.x[0], joints.y[0]), min(joints.x[1], joints.y[1]) + 1)
    return sum((joints.shared((i, i), (i, i)) for i in steps), np.zeros(len(joints.joint)))


@law(DIRECTED_INFORMATION, over=INTERVALS, source=Source(MIRROR), standing="as printed",
     dossier="2.3")  # fmt: skip
def full_arrow(information: Information, joints: Joints) -> Slack:
    r"""$I(X_{a:b} \to Y_{c:d}) = \sum_{i=\max(a,c)}^{d} I(X_{a:\min(b,i)}; Y_i \mid X_{<a},
    Y_{<i})$.
    """
    (a, b), (c, d) = joints.x, joints.y
    terms = (joints.shared((a, min(b, i)), (i, i)) for i in range(max(a, c), d + 1))
    expected = sum(terms, np.zeros(len(joints.joint)))
    return alike(information(joints.joint, joints.n).full(joints.x, joints.y), expected, joints)


@full_arrow.proved(scope=f"the sum of atoms with j <= i: {EVERY_QUADRUPLE}")
def full_arrow_as_atoms() -> Iterator[Any]:
    yield from proofs("full arrow as atoms")


@law(DIRECTED_INFORMATION, over=INTERVALS, standing="derived", dossier="2.3")
def strict_arrow(information: Information, joints: Joints) -> Slack:
    r"""$I(Y_{c:d} \rightsquigarrow X_{a:b}) = \sum_{j=\max(a,c+1)}^{b} I(Y_{c:\min(d,j-1)}; X_j
    \mid X_{<j}, Y_{<c})$ is what the reverse arrow of the conservation law must mean.
    """
    (a, b), (c, d) = joints.x, joints.y
    terms = (joints.shared((j, j), (c, min(d, j - 1))) for j in range(max(a, c + 1), b + 1))
    expected = sum(terms, np.zeros(len(joints.joint)))
    return alike(information(joints.joint, joints.n).strict(joints.y, joints.x), expected, joints)


@strict_arrow.proved(scope=f"the sum of atoms with j > i: {EVERY_QUADRUPLE}")
def strict_arrow_as_atoms() -> Iterator[Any]:
    yield from proofs("strict arrow as atoms")


@law(DIRECTED_INFORMATION, over=JOINTS, source=Source(MIRROR, "properties of the generalised "
     "directed information"), standing="as printed", dossier="5.1")  # fmt: skip
def reduction_to_massey(information: Information, joints: Joints) -> Slack:
    r"""Over all indices it is Massey's directed information
    $\sum_{i=1}^n I(X^i; Y_i \mid Y^{i-1}) = H(Y^n) - \sum_i H(Y_i \mid Y^{i-1}, X^i)$.
    """
    g, steps = joints.surface, range(1, joints.n + 1)
    causal = sum((g[:, i, i] - g[:, i, i - 1] for i in steps), np.zeros(len(g)))
    return alike(information(joints.joint, joints.n).full(), g[:, 0, joints.n] - causal, joints)


@reduction_to_massey.proved(scope="both forms, n <= 5, any entropies")
def massey_forms() -> Iterator[Any]:
    yield from proofs("reduction to Massey", "entropy minus causal entropy")


@law(DIRECTED_INFORMATION, over=JOINTS, standing="derived", dossier="C1")
def conservation_over_all_indices(information: Information, joints: Joints) -> Slack:
    r"""What goes forward and what goes back, one index late, is all that is shared:
    $I(X^n; Y^n) = I(X^n \to Y^n) + I(0 Y^{n-1} \to X^n)$ (Massey and Massey).
    """
    found = information(joints.joint, joints.n)
    return alike(found.full() + found.strict(), joints.shared(), joints)


@conservation_over_all_indices.proved(scope="n <= 5, any entropies")
def conservation_of_all() -> Iterator[Any]:
    for identity in _identities():
        whole = (1, identity.horizon)
        if identity.name == "conservation" and identity.intervals == (whole, whole):
            yield identity.left - identity.right


@law(DIRECTED_INFORMATION, over=INTERVALS, source=Source(MIRROR, "Theorem 3.5"),
     standing="as printed", dossier="5.5")  # fmt: skip
def conservation(information: Information, joints: Joints) -> Slack:
    r"""$I(X_{a:b}; Y_{c:d} \mid X_{<a}, Y_{<c}) = I(X_{a:b} \to Y_{c:d}) +
    I(Y_{c:d} \rightsquigarrow X_{a:b})$, with the strict arrow, for every joint pmf.
    """
    found = information(joints.joint, joints.n)
    both = found.full(joints.x, joints.y) + found.strict(joints.y, joints.x)
    return alike(both, joints.shared(joints.x, joints.y), joints)


@conservation.proved(scope=EVERY_QUADRUPLE)
def conservation_of_intervals() -> Iterator[Any]:
    yield from proofs("conservation")


@law(DIRECTED_INFORMATION, over=INTERVALS, source=Source(MIRROR, "Theorem 3.5"),
     standing="refuted as printed", dossier="5.5")  # fmt: skip
def same_arrow_both_ways(information: Information, joints: Joints) -> Slack:
    r"""The conservation law with one arrow for both terms:
    $I(X_{a:b}; Y_{c:d} \mid X_{<a}, Y_{<c}) = I(X_{a:b} \to Y_{c:d}) + I(Y_{c:d} \to X_{a:b})$.
    False whenever $X_i$ and $Y_i$ share something at once.
    """
    there = information(joints.joint, joints.n).full(joints.x, joints.y)
    back = information(interchange(joints.joint), joints.n).full(joints.y, joints.x)
    return alike(there + back, joints.shared(joints.x, joints.y), joints)


@law(DIRECTED_INFORMATION, over=INTERVALS, standing="corrected", dossier="C5",
     source=Source(MIRROR, "Theorem 3.5"))  # fmt: skip
def same_arrow_counts_the_exchange_twice(information: Information, joints: Joints) -> Slack:
    r"""$I(X_{a:b} \to Y_{c:d}) + I(Y_{c:d} \to X_{a:b}) = I(X_{a:b}; Y_{c:d} \mid X_{<a}, Y_{<c})
    + \sum_i I(X_i; Y_i \mid X_{<i}, Y_{<i})$ over the indices $i$ in both intervals.
    """
    there = information(joints.joint, joints.n).full(joints.x, joints.y)
    back = information(interchange(joints.joint), joints.n).full(joints.y, joints.x)
    expected = joints.shared(joints.x, joints.y) + exchanged_at_once(joints)
    return alike(there + back, expected, joints)


@same_arrow_counts_the_exchange_twice.proved(scope=EVERY_QUADRUPLE)
def literal_arrows() -> Iterator[Any]:
    yield from proofs("literal arrows count the diagonal twice")


@law(DIRECTED_INFORMATION, over=JOINTS, standing="derived", dossier="C2")
def feedback_is_what_is_missing(information: Information, joints: Joints) -> Slack:
    r"""$I(X^n; Y^n) - I(X^n \to Y^n) = \sum_i I(X_i; Y^{i-1} \mid X^{i-1})$: they agree exactly
    where there is no feedback.
    """
    steps = range(2, joints.n + 1)
    terms = (joints.shared((i, i), (1, i - 1)) for i in steps)
    feedback = sum(terms, np.zeros(len(joints.joint)))
    gap = joints.shared() - information(joints.joint, joints.n).full()
    return alike(gap, feedback, joints)


@feedback_is_what_is_missing.proved(scope="n <= 5, any entropies")
def gap_to_mutual_information() -> Iterator[Any]:
    yield from proofs("gap to mutual information is the feedback")


@law(DIRECTED_INFORMATION, over=INTERVALS, source=Source(MIRROR, "properties of the generalised "
     "directed information"), standing="as printed", dossier="5.4")  # fmt: skip
def additivity(information: Information, joints: Joints) -> list[Slack]:
    r"""Cutting the target, $I(X_{a:b} \to Y_{c:d}) = I(X_{a:b} \to Y_{c:k}) + I(X_{a:b} \to
    Y_{k+1:d})$, or the source, $I(X_{a:k} \to Y_{c:d}) + I(X_{k+1:b} \to Y_{c:d})$, loses nothing,
    and the same holds for the strict arrow.
    """
    found, (a, b), (c, d) = information(joints.joint, joints.n), joints.x, joints.y
    full, strict = found.full((a, b), (c, d)), found.strict((c, d), (a, b))
    conclusions = []
    for cut in range(c, d):
        parts = found.full((a, b), (c, cut)) + found.full((a, b), (cut + 1, d))
        conclusions.append(alike(full, parts, joints))
        parts = found.strict((c, cut), (a, b)) + found.strict((cut + 1, d), (a, b))
        conclusions.append(alike(strict, parts, joints))
    for cut in range(a, b):
        parts = found.full((a, cut), (c, d)) + found.full((cut + 1, b), (c, d))
        conclusions.append(alike(full, parts, joints))
        parts = found.strict((c, d), (a, cut)) + found.strict((c, d), (cut + 1, b))
        conclusions.append(alike(strict, parts, joints))
    return conclusions or [alike(full, found.full((a, b), (c, d)), joints)]


@additivity.proved(scope=f"all cuts; {EVERY_QUADRUPLE}")
def cuts() -> Iterator[Any]:
    yield from proofs(
        "additivity in the target",
        "additivity in the source",
        "strict additivity in the target",
        "strict additivity in the source",
    )


def _blocks(parameters: dict[str, Any], precision: Precision) -> Joints:
    count, block = int(parameters["blocks"]), int(parameters["block"])
    return build_joints({**parameters, "n": count * block, "cut": block}, precision)


BLOCKS = Domain(
    name="joints in blocks",
    statement="a joint pmf of $X^n$ and $Y^n$, read in blocks of $m$ symbols, $m$ dividing $n$",
    shape={"blocks": Integers(1, 3), "block": Integers(1, 2), "kx": Integers(1, 3),
           "ky": Integers(1, 3), "pattern": JOINTS.shape["pattern"]},
    rows=SEEDS,
    build=_blocks,
)  # fmt: skip


@law(DIRECTED_INFORMATION, over=BLOCKS, standing="derived", dossier="C11")
def coarser_time_moves_information_forward(information: Information,
                                           joints: Joints) -> tuple[Slack, Slack]:  # fmt: skip
    r"""Reading both sequences in blocks adds to the full arrow what the strict one had inside the
    blocks, and takes it from the strict arrow; their sum stays.
    """
    block, n = joints.cut, joints.n
    inside = np.zeros(len(joints.joint))
    for start in range(1, n + 1, block):
        for j in range(start + 1, start + block):
            inside = inside + joints.shared((j, j), (start, j - 1))
    fine, coarse = information(joints.joint, n), information(joints.joint, n // block)
    return (
        alike(coarse.full(), fine.full() + inside, joints),
        alike(coarse.strict(), fine.strict() - inside, joints),
    )


@coarser_time_moves_information_forward.proved(scope="all blocks that divide n <= 5, any entropies")
def blocking() -> Iterator[Any]:
    yield from proofs("blocking adds to the full arrow", "blocking takes from the strict arrow")


def _pairs(parameters: dict[str, Any], precision: Precision) -> Joints:
    """Build X as pairs (U, Z) of symbols, with the joint of U, Z and Y beside that of X and Y."""
    n, seed = int(parameters["n"]), np.asarray(parameters["seed"], dtype=np.uint64)
    ku, kz = int(parameters["ku"]), int(parameters["kz"])
    ky = alphabet(int(parameters["ky"]), n)
    cells = rows_of(seed, (1, (ku * kz) ** n * ky**n), 7, float(parameters["sparse"]))
    joint = precision.round(cells.reshape(len(seed), (ku * kz) ** n, ky**n))
    apart = joint.reshape(len(seed), *[ku, kz] * n, ky**n)
    order = [0, *range(1, 2 * n, 2), *range(2, 2 * n + 1, 2), 2 * n + 1]
    apart = apart.transpose(order).reshape(len(seed), ku**n, kz**n, ky**n)
    return Joints(n, joint, (1, n), (1, n), extra={"apart": apart})


PAIRS = Domain(
    name="two sources",
    statement="a joint pmf of $U^n$, $Z^n$ and $Y^n$",
    shape={"n": Integers(1, 2), "ku": Integers(1, 2), "kz": Integers(1, 2), "ky": Integers(1, 3),
           "sparse": Reals(0.0, 0.7, (0.0,))},
    rows=SEEDS,
    build=_pairs,
)  # fmt: skip


@law(DIRECTED_INFORMATION, over=PAIRS, standing="derived", dossier="C4")
def chain_rule(information: Information, joints: Joints) -> Slack:
    r"""$I((U,Z)^n \to Y^n) = I(Z^n \to Y^n) + I(U^n \to Y^n \| Z^n)$ with causal conditioning."""
    n, apart = joints.n, joints.extra["apart"]

    def new_entropy(u: int, z: int, i: int) -> Array:
        return prefix_entropy(apart, n, u, z, i) - prefix_entropy(apart, n, u, z, i - 1)

    zero = np.zeros(len(apart))
    given = sum((new_entropy(0, i, i) - new_entropy(i, i, i) for i in range(1, n + 1)), zero)
    both = information(joints.joint, n).full()
    alone = information(np.ascontiguousarray(apart.sum(axis=1)), n).full()
    return alike(both, alone + given, joints)


@chain_rule.proved(scope="n <= 5, any entropies")
def chain_rule_with_symbols() -> Iterator[Any]:
    yield from proofs("chain rule with causal conditioning")
