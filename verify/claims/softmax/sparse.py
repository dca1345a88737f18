"""SP1 to SP6: what sparsemax and its relatives guarantee under a gap, and what they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from corollary.theory import softmax as theory
from corollary.verify.claim import Source, law, table
from corollary.verify.domain import Choice, Domain, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.softmax import (
    ANY_SPARSE_HEADS,
    ENTMAX,
    ENTMAX15,
    ENTMAX_PAPER,
    LINKED,
    SOFTMAX,
    SPARSE_HEADS,
    SPARSEMAX,
    SPARSEMAX_PAPER,
    TWO_LEVEL_HEADS,
    Linked,
    SparseHeads,
    closed_form,
    room_at_the_cut,
    sparse_case,
)
from corollary.verify.search.certified import Box
from corollary.verify.slack import Slack, at_least, at_most, between, bitwise, equal

Map = Callable[..., Array]
ENTMAX_FAMILY = Source(ENTMAX_PAPER)
TWO = SPARSE_HEADS.narrowed(alpha=Reals(2.0, 2.0))
ONE_AND_A_HALF = SPARSE_HEADS.narrowed(alpha=Reals(1.5, 1.5))
ANY_TWO = ANY_SPARSE_HEADS.narrowed(alpha=Reals(2.0, 2.0))
ANY_ONE_AND_A_HALF = ANY_SPARSE_HEADS.narrowed(alpha=Reals(1.5, 1.5))


def _largest(weights: Array) -> Array:
    largest: Array = weights.max(axis=-1, keepdims=True)
    return largest


def _between_gap_and_spread(weights: Array, batch: SparseHeads, maximum: Map) -> Slack:
    """Return that the largest weight lies between those of (gap, 0, ..) and (spread, 0, ..)."""
    heads = batch.heads
    lower, upper = maximum(heads.n, batch.gap), maximum(heads.n, heads.spread)
    return between(lower, _largest(weights), upper, ulps=batch.rounding, scale=1.0)


@law(SPARSEMAX, over=TWO, source=Source(SPARSEMAX_PAPER), standing="derived", dossier="SP2",
     tight=(sparse_case(n=8, spread=0.5),))  # fmt: skip
def sparsemax_maximum(sparsemax: Map, batch: SparseHeads) -> Slack:
    r"""A gap $g$ keeps the largest sparsemax weight at $\min(1, (1+(n-1)g)/n)$ or more, whatever
    the length; a spread $\delta$ keeps it at $\min(1, (1+(n-1)\delta)/n)$ or less.
    """
    return _between_gap_and_spread(sparsemax(batch.heads.logits), batch, theory.sparsemax_maximum)


@sparsemax_maximum.proved(scope="the closed form solves P + (n-1)(P-g) = 1, all n and g")
def sparsemax_of_one_high() -> Iterator[Any]:
    import sympy

    n, g = sympy.symbols("n g", positive=True)
    p = (1 + (n - 1) * g) / n
    yield p + (n - 1) * (p - g) - 1


@law(ENTMAX15, over=ONE_AND_A_HALF, source=ENTMAX_FAMILY, standing="derived", dossier="SP2",
     tight=(sparse_case(n=8, spread=1.25, alpha=1.5),))  # fmt: skip
def entmax15_maximum(entmax15: Map, batch: SparseHeads) -> Slack:
    r"""A gap $g \le 2$ keeps the largest 1.5-entmax weight at
    $(((n-1)g + \sqrt{4n-(n-1)g^2})/(2n))^2$ or more, whatever the length; a spread keeps it at the
    same value of the spread, or less.
    """
    return _between_gap_and_spread(entmax15(batch.heads.logits), batch, theory.entmax15_maximum)


@entmax15_maximum.proved(scope="its root R solves R^2 + (n-1)(R-g/2)^2 = 1, all n and g")
def entmax15_of_one_high() -> Iterator[Any]:
    import sympy

    n, g = sympy.symbols("n g", positive=True)
    root = ((n - 1) * g + sympy.sqrt(4 * n - (n - 1) * g**2)) / (2 * n)
    yield sympy.expand(root**2 + (n - 1) * (root - g / 2) ** 2 - 1)


@entmax15_maximum.enclosed(
    scope="largest weight under a gap g in [0, 2] above its limit g^2/4, and the sum of weights, "
    "n <= 8",
    allowance=1e-6,
)
def every_gap() -> Iterator[Box]:
    """Enclose the gaps; that all others at distance g are worst: each weight falls with its own."""
    import flint

    def root(g: Any, n: int) -> Any:
        return ((n - 1) * g + (4 * n - (n - 1) * g * g).sqrt()) / (2 * n)

    def excess(g: Any, n: int, sign: int) -> Any:
        most = root(g, n)
        rest = most - g / 2
        return sign * (most * most + (n - 1) * rest * rest - flint.arb(1))

    def above_limit(g: Any, n: int) -> Any:
        most = root(g, n)
        return most * most - g * g / 4

    for n in range(2, 9):
        yield Box(f"weights add up to at most 1, n = {n}", 0.0, 2.0, partial(excess, n=n, sign=-1))
        yield Box(f"weights add up to at least 1, n = {n}", 0.0, 2.0, partial(excess, n=n, sign=1))
        yield Box(f"above the limit, n = {n}", 0.0, 2.0, partial(above_limit, n=n))


@law(ENTMAX, over=SPARSE_HEADS, source=ENTMAX_FAMILY, standing="derived", dossier="SP2",
     tight=(sparse_case(n=8, spread=2.0, alpha=1.25),))  # fmt: skip
def entmax_maximum(entmax: Map, batch: SparseHeads) -> tuple[Slack, Slack]:
    r"""A gap $g$ keeps the largest weight of $\alpha$-entmax at that of $(g, 0, \ldots, 0)$ or
    more, and so above $\min(1, ((\alpha-1)g)^{1/(\alpha-1)})$ for every length; a spread keeps it
    at that of $(\delta, 0, \ldots, 0)$ or less.
    """
    weights = entmax(batch.heads.logits, batch.alpha)
    limit = theory.entmax_maximum_limit(batch.gap, batch.alpha)
    return (
        _between_gap_and_spread(weights, batch, partial(theory.entmax_maximum, alpha=batch.alpha)),
        at_least(_largest(weights), limit, ulps=batch.rounding, scale=1.0),
    )


@law(ENTMAX, over=ANY_SPARSE_HEADS, source=ENTMAX_FAMILY, standing="derived", dossier="SP1",
     tight=(sparse_case(n=2, spread=1.99, alpha=1.5),
            sparse_case(n=8, spread=2.0, alpha=1.5)))  # fmt: skip
def entmax_is_one_hot(entmax: Map, batch: SparseHeads) -> tuple[Slack, Slack]:
    r"""The result of $\alpha$-entmax is one-hot exactly when the gap is $1/(\alpha-1)$ or more:
    then the largest weight is $1$, below that it is at most that of the two largest logits alone.
    """
    largest = _largest(entmax(batch.heads.logits, batch.alpha))
    alone = batch.heads.n == 1
    lead = (batch.alpha - 1) * batch.gap
    hot = (lead >= 1) | alone
    two = theory.entmax_maximum(1 if alone else 2, np.minimum(batch.gap, 50.0), batch.alpha)
    return (
        equal(np.where(hot, largest, 1.0), 1.0, ulps=batch.rounding),
        at_most(largest, two, ulps=batch.rounding, scale=1.0),
    )


@law(ENTMAX, over=TWO_LEVEL_HEADS, source=ENTMAX_FAMILY, standing="derived", dossier="SP3")
def no_unconditional_concentration(entmax: Map, batch: SparseHeads) -> tuple[Slack, Slack]:
    r"""Below the gap $1/(\alpha-1)$ one high item leaves all others in the support, with equal
    weights $(1-P)/(n-1)$: sparsity is not guaranteed at any length, and equal logits give $1/n$.
    """
    heads = batch.heads
    weights = entmax(heads.logits, batch.alpha)
    most = theory.entmax_maximum(heads.n, batch.gap, batch.alpha)
    high = heads.logits == heads.logits.max(axis=-1, keepdims=True)
    low = (1 - most) / (heads.n - 1)
    expected = np.where(high & (batch.gap > 0), most, np.where(batch.gap > 0, low, 1 / heads.n))
    support = np.sum(weights > 0, axis=-1, keepdims=True)
    return (
        equal(weights, expected, ulps=batch.rounding, scale=1.0),
        bitwise(support, np.full_like(batch.gap, heads.n)),
    )


@table(
    closed_form(
        theory.sparsemax_maximum,
        {
            "limit at every length": lambda n, gap: gap,
            "all n items charged": lambda n, gap: (1 + n * gap) / n,
            "softmax": lambda n, gap: 1 / (1 + (n - 1) * np.exp(-gap)),
            "others forgotten": lambda n, gap: (1 + gap) / n,
        },
    ),
    rows=((10, 0.5, 0.728), (1000, 0.5, 0.600), (1_000_000, 0.5, 0.550)),
    digits=3,
    standing="derived",
    source=Source(SPARSEMAX_PAPER),
    dossier="SP3",
)
def sparsemax_entropy_of_one_high(maximum: Map, n: int, gap: float) -> float:
    r"""The entropy of sparsemax of $(g, 0, \ldots, 0)$ with $g = 1/2$, relative to $\ln n$, at
    $n = 10, 10^3, 10^6$: it tends to $1 - g$, not to 0.
    """
    most = float(maximum(n, gap))
    rest = 1 - most
    return float((-most * np.log(most) - rest * np.log(rest / (n - 1))) / np.log(n))


def _optimality(weights: Array, logits: Array, alpha: float, rounding: Array) -> tuple[Slack, ...]:
    r"""Return that weights are on the simplex and that no direction within it improves them.

    With v the slope of the objective, p . z plus the Tsallis entropy of order alpha, v_i is
    z_i - p_i^(alpha-1)/(alpha-1) up to a constant, and p is best when max v = p . v.
    """
    rate = alpha - 1
    below = logits - logits.max(axis=-1, keepdims=True)
    slope = below - np.where(weights > 0, np.abs(weights), 0.0) ** rate / rate
    mean = np.sum(weights * slope, axis=-1, keepdims=True)
    return (
        equal(weights.sum(axis=-1, keepdims=True), 1.0, ulps=rounding),
        at_least(weights, np.zeros_like(weights), ulps=1, scale=1.0),
        at_most(slope.max(axis=-1, keepdims=True), mean, ulps=rounding / rate, scale=1.0),
    )


@law(SPARSEMAX, over=ANY_TWO, source=Source(SPARSEMAX_PAPER), standing="as printed",
     dossier="SP5", tight=(sparse_case(n=8, spread=0.5),))  # fmt: skip
def sparsemax_is_the_projection(sparsemax: Map, batch: SparseHeads) -> tuple[Slack, ...]:
    r"""Sparsemax is the Euclidean projection on the simplex: $p \ge 0$, $\sum p = 1$, and
    $(z - p) \cdot (q - p) \le 0$ for every $q$ of the simplex.
    """
    logits = batch.heads.logits
    return _optimality(sparsemax(logits), logits, 2.0, batch.rounding)


@sparsemax_is_the_projection.exhaustive(scope="all logits in {0, 1/2, 1, 3/2}^n, n <= 7")
def every_digit_vector() -> Iterator[Parameters]:
    for n in range(1, 8):
        yield sparse_case(n=n, pattern="digits_4", spread=1.5, seed=np.arange(4**n))


@law(ENTMAX15, over=ANY_ONE_AND_A_HALF, source=ENTMAX_FAMILY, standing="as printed",
     dossier="SP5", tight=(sparse_case(n=8, spread=1.0, alpha=1.5),))  # fmt: skip
def entmax15_is_optimal(entmax15: Map, batch: SparseHeads) -> tuple[Slack, ...]:
    r"""1.5-entmax maximises $p \cdot z$ plus the Tsallis entropy of order $1.5$ on the simplex:
    $z_i - 2\sqrt{p_i}$ is the same on the support, and not larger off it.
    """
    logits = batch.heads.logits
    return _optimality(entmax15(logits), logits, 1.5, batch.rounding)


@law(ENTMAX, over=ANY_SPARSE_HEADS, source=ENTMAX_FAMILY, standing="as printed", dossier="SP5",
     tight=(sparse_case(n=8, spread=1.0, alpha=1.25),))  # fmt: skip
def entmax_is_optimal(entmax: Map, batch: SparseHeads) -> tuple[Slack, ...]:
    r"""The weights of $\alpha$-entmax maximise $p \cdot z$ plus the Tsallis entropy of order
    $\alpha$ on the simplex: $(\alpha-1) z_i - p_i^{\alpha-1} = \tau$ on the support, and
    $(\alpha-1) z_i \le \tau$ off it.
    """
    logits = batch.heads.logits
    weights = entmax(logits, batch.alpha)
    return _optimality(weights, logits, batch.alpha, batch.rounding)


@law(ENTMAX, over=LINKED, source=ENTMAX_FAMILY, standing="derived", dossier="SP5")
def entmax_inverts_its_link(entmax: Map, linked: Linked) -> Slack:
    r"""The logits $p_i^{\alpha-1}/(\alpha-1)$ on a support, with lower ones off it, have the
    weights $p$: every point of the simplex is reached.
    """
    weights = entmax(linked.logits, linked.alpha)
    return equal(weights, linked.weights, ulps=64, scale=linked.magnification)


@law(ENTMAX, over=LINKED, source=ENTMAX_FAMILY, standing="as printed", dossier="SP6")
def entmax_jacobian(entmax: Map, linked: Linked) -> Slack:
    r"""While the support stays, the Jacobian of $\alpha$-entmax is
    $\mathrm{diag}(g) - g g^{\top}/\sum g$ with $g_i = p_i^{2-\alpha}$ on the support and $0$ off
    it, in its integrated form along a direction $v$.
    """

    def slope(s: float) -> Array:
        p = entmax(linked.logits + s * linked.direction, linked.alpha)
        g = np.where(p > 0, np.maximum(p, 1e-300) ** (2 - linked.alpha), 0.0)
        mean = np.sum(g * linked.direction, axis=-1, keepdims=True) / g.sum(axis=-1, keepdims=True)
        change: Array = g * (linked.direction - mean)
        return change

    # Eight Gauss nodes: the integrand is analytic within four path lengths, so the error is 1e-17.
    nodes, shares = np.polynomial.legendre.leggauss(8)
    integral = sum(
        0.5 * share * slope(0.5 * (1 + node)) for node, share in zip(nodes, shares, strict=True)
    )
    moved = entmax(linked.logits + linked.direction, linked.alpha)
    change = moved - entmax(linked.logits, linked.alpha)
    return equal(change, integral, ulps=128, scale=linked.magnification)


@dataclass(frozen=True)
class Appended:
    """A batch of heads for a sparse map, and where an item is appended: below or above the cut."""

    batch: SparseHeads
    above: bool
    distance: Array


def _build_appended(parameters: Parameters, precision: Precision) -> Appended:
    batch: SparseHeads = ANY_SPARSE_HEADS.build(parameters, precision)
    above, rate = str(parameters["side"]) == "above", batch.alpha - 1
    # An item d above the cut takes a weight q with q^rate >= d - 2nq, since the largest weight, at
    # least 1/n, gives no more than q of its own. So q is a normal number for d as below; rounding
    # must not decide on which side of the cut the item is, either. In float64 0.02 is enough.
    least = room_at_the_cut(rate, batch.heads.size, precision)
    if above:
        least = least + precision.tiny**rate + 2 * batch.heads.n * precision.tiny
    distance = np.asarray(parameters["distance"], dtype=np.float64)[:, None]
    return Appended(batch, above, np.maximum(distance, least))


APPENDED = Domain(
    name="heads with an item appended",
    statement="$n$ finite logits and one more, $1 < \\alpha \\le 2$",
    shape={**ANY_SPARSE_HEADS.shape, "side": Choice(("below", "above"))},
    rows={**ANY_SPARSE_HEADS.rows, "distance": Reals(0.02, 2.0, (0.1,))},
    build=_build_appended,
)


@law(ENTMAX, over=APPENDED, source=ENTMAX_FAMILY, standing="derived", dossier="SP4")
def irrelevant_items_are_free(entmax: Map, case: Appended) -> tuple[Slack, ...]:
    r"""Appending an item changes no weight of $\alpha$-entmax exactly when
    $(\alpha-1) z_{\mathrm{new}} \le \tau$; above the cut it takes a positive weight, and from
    every other item something or nothing.
    """
    logits, rate = case.batch.heads.logits, case.batch.alpha - 1
    before = entmax(logits, case.batch.alpha)
    peak = logits.max(axis=-1, keepdims=True)
    cut = rate * peak - _largest(before) ** rate
    new = (cut + np.where(case.above, case.distance, -case.distance)) / rate
    after = entmax(np.concatenate([logits, new], axis=-1), case.batch.alpha)
    rounding = case.batch.rounding + 4 * case.distance
    kept = before if not case.above else np.minimum(after[:, :-1], before)
    return (
        equal(after[:, :-1], kept, ulps=rounding, scale=1.0),
        bitwise(after[:, -1:] > 0, np.full_like(new, case.above)),
    )


@law(SOFTMAX, over=APPENDED, standing="derived", dossier="SP4")
def every_item_costs_softmax(softmax: Map, case: Appended) -> Slack:
    r"""Appending an item to the logits of a softmax multiplies every coefficient by
    $Z/(Z + e^{z_{\mathrm{new}}}) < 1$, however irrelevant the item.
    """
    heads = case.batch.heads
    peak = heads.logits.max(axis=-1, keepdims=True)
    new = peak + (case.distance if case.above else -10 * case.distance)
    longer = np.concatenate([heads.logits, new], axis=-1)
    total = np.sum(np.exp(heads.logits - peak), axis=-1, keepdims=True)
    factor = total / (total + np.exp(longer[:, -1:] - peak))
    rounding = 3 * theory.softmax_error_ulps(heads.n + 1, heads.spread + 10 * case.distance)
    after = softmax(longer)
    return equal(after[:, :-1], factor * softmax(heads.logits), ulps=rounding)
