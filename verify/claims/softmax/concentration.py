"""SM3, SM5, SM6, SM7 and SM12: how much weight a few items can hold, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from corollary.theory import softmax as theory
from corollary.verify.claim import Source, formula, law
from corollary.verify.claims.softmax.entropy import LEAST_AT_ONE, entropy_rounding
from corollary.verify.domain import Choice, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.softmax import (
    HEADS,
    SHARP,
    SOFTMAX,
    Heads,
    build_heads,
    case,
    closed_form,
    plain,
)
from corollary.verify.search.certified import Box
from corollary.verify.slack import Slack, at_least, at_most, between, bitwise, equal

Softmax = Callable[..., Array]
LEMMA_2_1 = Source(SHARP, "Lemma 2.1")
THEOREM_2_2 = Source(SHARP, "Theorem 2.2")
COUNTED_HEADS = HEADS.narrowed(other=Reals(0.0, 1.0))
# n / (1 + e^t) is whole here: a third of the items, at t = ln 2.
KANTOROVICH = [case(n=3 * k, pattern=f"top_{k}", spread=float(np.log(2))) for k in (1, 2, 3)]


@dataclass(frozen=True)
class PoweredHeads(Heads):
    """A batch of heads with an exponent each in `other`.

    Attributes
    ----------
    underflow : ndarray (rows, 1)
        By what the sum of powers can be off, in units of roundoff at 1, since coefficients below
        the smallest normal number can be off by as much as that.
    """

    underflow: Array


def _build_powered(parameters: Parameters, precision: Precision) -> PoweredHeads:
    heads = build_heads(parameters, precision)
    q = heads.other
    steepest = np.maximum(q, 1.0) * precision.tiny ** np.minimum(q, 1.0)
    return PoweredHeads(**vars(heads), underflow=heads.n * steepest / precision.unit)


POWERED_HEADS = replace(
    HEADS.narrowed(other=Reals(0.25, 4.0, (0.5, 1.5, 2.0, 3.0))), build=_build_powered
)


@law(SOFTMAX, over=COUNTED_HEADS, source=LEMMA_2_1, standing="sharpened", dossier="SM3",
     tight=(case(n=8, pattern="top_3", spread=3.0, other=0.3),
            case(n=8, pattern="top_8", other=0.3)))  # fmt: skip
def top_k_mass(softmax: Softmax, heads: Heads) -> Slack:
    r"""The $k$ largest of $n$ coefficients with scaled spread $t$ add up to a mass in
    $[k/n, k/(k+(n-k)e^{-t})]$.
    """
    count = np.minimum(1 + np.floor(heads.other * heads.n), heads.n)
    weights = -np.sort(-softmax(heads.logits, heads.temperature), axis=-1)
    mass = np.sum(np.where(np.arange(heads.n) < count, weights, 0.0), axis=-1, keepdims=True)
    lower, upper = theory.top_k_mass_bounds(heads.n, count, heads.spread, heads.temperature)
    return between(lower, mass, upper, ulps=heads.rounding + heads.n)


@law(SOFTMAX, over=HEADS, source=LEMMA_2_1, standing="sharpened", dossier="SM6",
     tight=tuple(KANTOROVICH))  # fmt: skip
def squared_norm_bounds(softmax: Softmax, heads: Heads) -> tuple[Slack, Slack]:
    r"""With scaled spread $t$ the sum $\sum p^2$ is greatest at two-level logits with the whole
    number of high items next to $n/(1+e^{t})$, never above $\cosh^2(t/2)/n$, and at least
    $1/(n-2+(1+c)^2/(1+c^2))$, $c = e^{-t}$.
    """
    weights = softmax(heads.logits, heads.temperature)
    value = np.sum(weights**2, axis=-1, keepdims=True)
    least, most = theory.squared_norm_bounds(heads.n, heads.spread, heads.temperature, exact=True)
    ceiling = theory.squared_norm_ceiling(heads.n, heads.spread, heads.temperature)
    rounding = 2 * heads.rounding + heads.n
    return between(least, value, most, ulps=rounding), at_most(value, ceiling, ulps=rounding)


@squared_norm_bounds.exhaustive(scope="all logits in {0, 1, 2, 3}^n, n <= 7")
def every_digit_vector() -> Iterator[Parameters]:
    for n in range(1, 8):
        yield case(n=n, pattern="digits_4", spread=3.0, seed=np.arange(4**n))


@squared_norm_bounds.enclosed(
    scope="two-level vectors with k of n items high, n <= 8, t in [0, 40], relative to the bound",
    allowance=1e-9,
)
def every_two_level_norm() -> Iterator[Box]:
    r"""Enclose 1 - n sum p^2 / cosh^2(t/2).

    That two levels are greatest: each exponential x, alone, first lowers and then raises
    (A + x^2) / (B + x)^2, so that a greatest value lies at a vertex.
    """

    def gap(t: Any, n: int, high: int) -> Any:
        c = (-t).exp()
        total = high + (n - high) * c
        # cosh(t/2)^2 = (1 + c)^2 / (4 c)
        return 1 - 4 * n * c * (high + (n - high) * c * c) / (total * (1 + c)) ** 2

    for n in range(2, 9):
        for high in range(1, n):
            yield Box(f"n = {n}, k = {high}", 0.0, 40.0, partial(gap, n=n, high=high))


@law(SOFTMAX, over=POWERED_HEADS, standing="derived", dossier="SM6",
     tight=(case(n=4, spread=6.0, pattern="top_1", other=1.5),
            case(n=4, spread=6.0, pattern="top_1", other=0.5),
            case(n=4, pattern="top_4", other=3.0)))  # fmt: skip
def power_sum_bounds(softmax: Softmax, heads: PoweredHeads) -> Slack:
    r"""The sum $\sum p^q$ of coefficients with scaled spread $t$ lies between $n^{1-q}$ and its
    value at two-level logits whose share of high items is next to
    $\frac{c(1-c^q) - q(1-c)c^q}{(q-1)(1-c)(1-c^q)}$, $c = e^{-t}$.
    """
    q = heads.other
    value = np.sum(softmax(heads.logits, heads.temperature) ** q, axis=-1, keepdims=True)
    lower, upper = theory.power_sum_bounds(heads.n, heads.spread, q, heads.temperature)
    rounding = q * heads.rounding + heads.n + 8 * (1 + q * np.log(heads.n))
    return between(lower, value, upper, ulps=rounding + heads.underflow / lower)


@dataclass(frozen=True)
class Lengths:
    """A batch of lengths and scaled spreads, shape (rows,), and coefficients to reach."""

    n: Array
    t: Array
    coefficient: Array


def _build_lengths(parameters: Parameters, _: Any) -> Lengths:
    names = ("n", "t", "coefficient")
    return Lengths(*(np.asarray(parameters[name], dtype=np.float64) for name in names))


LENGTHS = Domain(
    name="lengths",
    statement="a length $n \\ge 2$, a scaled spread $t \\ge 0$ and a coefficient $s$ in $(0, 1)$",
    shape={},
    rows={
        "n": Integers(2, 200),
        "t": Reals(0.0, 50.0, (0.0, 1e-6, 1e-3, 1.0)),
        "coefficient": Reals(0.001, 0.999, (0.5,)),
    },
    build=_build_lengths,
)


def two_level_entropies(n: Array, t: Array) -> Array:
    """Return the entropy of k high items among n for every k, shape (rows, greatest n - 1)."""
    high = np.arange(1.0, n.max())
    rest, c = np.maximum(n[:, None] - high, 0), np.exp(-t)[:, None]
    total = high + rest * c
    values: Array = np.where(
        high < n[:, None], np.log(total) + t[:, None] * rest * c / total, np.inf
    )
    return values


def _with_count(choose: Callable[[Array], Array]) -> Callable[..., tuple[Array, Array]]:
    """Return the extremal entropies with the count at the top chosen otherwise."""

    def wrong(n: Array, t: Array) -> tuple[Array, Array]:
        c = np.exp(-t)
        ideal = np.where(t > 0, n * c * (t - 1 + c) / np.where(t > 0, 1 - c, 1.0) ** 2, n / 2)
        high = np.clip(choose(ideal), 1, n - 1)
        total = high + (n - high) * c
        return np.log(total) + t * (n - high) * c / total, np.log(n)

    return wrong


LEAST_ENTROPY = closed_form(
    theory.entropy_bounds,
    {
        "one item high": _with_count(np.ones_like),
        "count rounded down": _with_count(np.floor),
        "count rounded up": _with_count(np.ceil),
        "count rounded to nearest": _with_count(np.round),
        "count not whole": _with_count(lambda ideal: ideal),
        "limit of large n": lambda n, t: (np.log(n) - theory.entropy_deficit(t), np.log(n)),
    },
)


@formula(LEAST_ENTROPY, over=LENGTHS, standing="derived", dossier="SM5", tight=())
def least_two_level_entropy(entropy_bounds: Callable[..., Any], lengths: Lengths) -> Slack:
    r"""The least entropy of $n$ logits with scaled spread $t$ is the least over all two-level
    vectors: the whole number of high items next to $n\,c(t-1+c)/(1-c)^2$ is the best of all.
    """
    least = two_level_entropies(lengths.n, lengths.t).min(axis=-1)
    value = entropy_bounds(lengths.n, lengths.t)[0]
    return equal(value, least, ulps=16 * (1 + np.log(lengths.n)), scale=1.0)


@least_two_level_entropy.exhaustive(scope="all n <= 60, t in {0.05, 0.1, ..., 10}")
def every_short_length() -> Iterator[Parameters]:
    t = np.arange(0.05, 10.025, 0.05)
    for n in range(2, 61):
        yield {"n": np.full(len(t), n), "t": t, "coefficient": np.full(len(t), 0.5)}


CRITICAL_LENGTH = closed_form(
    theory.critical_length,
    {
        "one item too many": lambda t, s: theory.critical_length(t, s) + 1,
        "printed constant": lambda t, s: np.exp(t) / s,
        "odds inverted": lambda t, s: 1 + np.exp(t) * s / (1 - s),
        "rounded down": lambda t, s: np.floor(theory.critical_length(t, s)),
        "the one forgotten": lambda t, s: theory.critical_length(t, s) - 1,
    },
)


def _coefficient(n: Array, t: Array) -> Array:
    return np.asarray(1 / (1 + (n - 1) * np.exp(-t)))


@formula(CRITICAL_LENGTH, over=LENGTHS, source=THEOREM_2_2, standing="sharpened", dossier="SM7",
         tight=({"n": 2, "t": 1.0, "coefficient": 0.5},))  # fmt: skip
def critical_length(computed: Callable[..., Array], lengths: Lengths) -> tuple[Slack, Slack, Slack]:
    r"""Some head of $n$ logits with scaled spread $t$ has a coefficient of at least $s$ exactly
    when $n \le 1 + e^{t}(1-s)/s$: at that length the bound is $s$, at the whole number below it is
    not less, at the next it is not more.
    """
    t, share = lengths.t, lengths.coefficient
    length = computed(t, share)
    whole = np.floor(length)
    roundings = 8 + 4 * t
    return (
        equal(_coefficient(length, t), share, ulps=roundings),
        at_least(_coefficient(whole, t), share, ulps=roundings),
        at_most(_coefficient(whole + 1, t), share, ulps=roundings),
    )


@critical_length.exhaustive(scope="s in {1/64, ..., 63/64}, t in {0, 1/8, ..., 12}")
def every_critical_length() -> Iterator[Parameters]:
    share = np.arange(1, 64) / 64
    for eighths in range(97):
        t = np.full(len(share), eighths / 8)
        yield {"n": np.full(len(share), 2), "t": t, "coefficient": share}


REQUIRED_SPREAD = closed_form(
    theory.required_spread,
    {
        "all n items counted": lambda n, s: np.log(s * n / (1 - s)),
        "negative for small shares": lambda n, s: np.log(s * (n - 1) / (1 - s)),
        "odds inverted": lambda n, s: np.maximum(0, np.log((n - 1) * (1 - s) / s)),
        "logarithm of the share alone": lambda n, s: np.maximum(0, np.log(s * (n - 1))),
        "base 2": lambda n, s: theory.required_spread(n, s) / np.log(2),
    },
)


@formula(REQUIRED_SPREAD, over=LENGTHS, source=THEOREM_2_2, standing="sharpened", dossier="SM7",
         tight=({"n": 100, "t": 1.0, "coefficient": 0.5},))  # fmt: skip
def required_spread(computed: Callable[..., Array], lengths: Lengths) -> tuple[Slack, Slack, Slack]:
    r"""A coefficient $s > 1/n$ at $n$ items needs the scaled spread $\ln(s(n-1)/(1-s))$, at which
    the bound is $s$ and the critical length $n$; a coefficient $s \le 1/n$ needs none.
    """
    n, share = lengths.n, lengths.coefficient
    t = computed(n, share)
    free = n * share <= 1
    roundings = 16 + 4 * np.abs(t)
    return (
        equal(np.where(free, share, _coefficient(n, t)), share, ulps=roundings),
        bitwise(np.where(free, 1 + t, 1.0), 1.0),
        equal(np.where(free, n, 1 + np.exp(t) * (1 - share) / share), n, ulps=roundings),
    )


@required_spread.exhaustive(scope="all n <= 500, s in {1/64, ..., 63/64}")
def every_required_spread() -> Iterator[Parameters]:
    share = np.arange(1, 64) / 64
    for n in range(2, 501):
        full = np.full(len(share), n)
        yield {"n": full, "t": np.ones(len(share)), "coefficient": share}


LONG_MILD_HEADS = HEADS.narrowed(
    n=Integers(1000, 1200),
    temperature=Reals(1.0, 1.0),
    spread=Reals(0.0, 3.0),
    pattern=Choice(("one_high", "one_low", "half")),
)


@law(SOFTMAX, over=LONG_MILD_HEADS, standing="refuted as printed", dossier="SM12",
     source=Source(SHARP, "Lemma 2.1, as it is often summarised"))  # fmt: skip
def coefficients_become_uniform(softmax: Softmax, heads: Heads) -> Slack:
    r"""The coefficients of bounded logits converge to the uniform distribution: with a spread of
    at most $3$ and $n \ge 1000$ they are within a total variation of $0.05$ of it.
    """
    distance = 0.5 * np.sum(np.abs(softmax(heads.logits) - 1 / heads.n), axis=-1, keepdims=True)
    return at_most(distance, 0.05, ulps=16, scale=1.0)


@law(SOFTMAX, over=HEADS.narrowed(pattern=Choice(("half",))), standing="derived", dossier="SM12",
     source=LEMMA_2_1)  # fmt: skip
def half_and_half(softmax: Softmax, heads: Heads) -> Slack:
    r"""Half of the logits $\delta$ above the others keep coefficients $2/n$ times $1/(1+e^{-t})$
    and $1/(1+e^{t})$ for every even $n$: their ratio stays $e^{t}$, whatever the length.
    """
    high = heads.n // 2
    c = np.exp(-heads.scaled_spread)
    most = 1 / (max(high, 1) + (heads.n - max(high, 1)) * c)
    expected = np.where(np.arange(heads.n) < max(high, 1), most, c * most)
    weights = softmax(heads.logits, heads.temperature)
    return equal(weights, expected, ulps=2 * heads.rounding)


@law(SOFTMAX, over=HEADS.narrowed(n=Integers(2, 200)), standing="corrected", dossier="SM12",
     source=Source(SHARP, "Lemma 2.1, as it is often summarised"),
     tight=(case(n=8, pattern="top_8"), LEAST_AT_ONE))  # fmt: skip
def entropy_ratio_tends_to_one(softmax: Softmax, heads: Heads) -> Slack:
    r"""What does converge is the entropy, relative to its maximum: with scaled spread $t$,
    $1 - D(t)/\ln n \le H/\ln n \le 1$.
    """
    maximum = np.log(heads.n)
    ratio = plain.entropy(softmax(heads.logits, heads.temperature)) / maximum
    lower = 1 - theory.entropy_deficit(heads.scaled_spread) / maximum
    rounding = entropy_rounding(heads) / maximum
    return between(lower, ratio, np.ones_like(lower), ulps=rounding, scale=1 + np.abs(lower))
