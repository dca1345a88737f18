"""SM15 and SM16: how far apart weights and tokens can push the logits of a head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtri

from corollary.theory import softmax as theory
from corollary.verify import _random
from corollary.verify.claim import Source, formula
from corollary.verify.domain import SEED, Choice, Constraint, Domain, Integers, Parameters, Reals
from corollary.verify.precision import Array
from corollary.verify.role import Preset
from corollary.verify.roles.softmax import SHARP, closed_form
from corollary.verify.slack import Slack, at_most

PROPOSITION_3_1 = Source(SHARP, "Proposition 3.1")
THEOREM_2_2 = Source(SHARP, "Theorem 2.2")


def _normal(seed: Any, stream: int, *shape: int) -> Array:
    """Return independent normal numbers, shape (rows, *shape)."""
    drawn = _random.uniforms(seed, int(np.prod(shape)), stream)
    values: Array = ndtri(np.maximum(drawn, 2.0**-54)).reshape(len(seed), *shape)
    return values


def _apart(values: Array) -> Array:
    """Return the greatest difference over the last axis."""
    difference: Array = values.max(axis=-1) - values.min(axis=-1)
    return difference


@dataclass(frozen=True)
class Queries:
    """A batch of queries y over tokens x, with the weights Q and K of a head.

    Attributes
    ----------
    q, k, y, x : ndarray (rows, m, d), (rows, m, e), (rows, d), (rows, n, e)
    logits : ndarray (rows, n)
        (Q y) . (K x_i), times the factor of the constraint `of these weights`.
    rounding : float
        Roundings of one norm or inner product, relative to the product of all norms.
    """

    q: Array
    k: Array
    y: Array
    x: Array
    logits: Array
    rounding: float


def _build_queries(parameters: Parameters, _: Any) -> Queries:
    m, d, e, n = (int(parameters[name]) for name in ("m", "d", "e", "n"))
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    rows = len(seed)
    if str(parameters["pattern"]) == "opposite":  # one direction, and two tokens at its ends
        y, x = _normal(seed, 1, 1), np.array([1.0, -1.0])[:, None] * _normal(seed, 2, 1, 1)
        q, k = np.ones((rows, 1, 1)), np.ones((rows, 1, 1))
    else:
        q, k = _normal(seed, 1, m, d), _normal(seed, 2, m, e)
        y, x = _normal(seed, 3, d), _normal(seed, 4, n, e)
    x = x * np.asarray(parameters["size"])[:, None, None]
    queries, keys = np.einsum("rmd,rd->rm", q, y), np.einsum("rme,rne->rnm", k, x)
    logits = np.einsum("rm,rnm->rn", queries, keys) * np.asarray(parameters["scale"])[:, None]
    return Queries(q, k, y, x, logits, 16.0 * (m + d + e))


QUERIES = Domain(
    name="queries",
    statement="weights $Q$, $K$, a query vector $y$ and tokens $x_1, \\ldots, x_n$; logits "
    "$e_i = (Q y) \\cdot (K x_i)$",
    shape={
        "m": Integers(1, 6),
        "d": Integers(1, 6),
        "e": Integers(1, 6),
        "n": Integers(1, 12),
        "pattern": Choice(("gaussian", "opposite")),
    },
    rows={"size": Reals(0.01, 20.0, (1.0,)), "scale": Reals(1.0, 1.0), "seed": SEED},
    build=_build_queries,
    constraints={
        "of these weights": Constraint(
            "The logits are those of these weights.", "scale", Reals(3.0, 30.0)
        )
    },
)
OPPOSITE = {"m": 1, "d": 1, "e": 1, "n": 2, "pattern": "opposite", "size": 1.0, "scale": 1.0,
            "seed": 1}  # fmt: skip


def _bounds_times(*factors: float) -> Callable[..., Any]:
    """Return the three spread bounds, each off by a factor."""

    def wrong(*arguments: Any) -> Any:
        bounds = theory.logit_spread_bounds(*arguments)
        return type(bounds)(
            *(factor * bound for factor, bound in zip(factors, bounds, strict=True))
        )

    return wrong


def _radius_of_mean(q: Array, k: Array, y: Array, x: Array) -> Any:
    bounds = theory.logit_spread_bounds(q, k, y, x)
    shorter = np.linalg.norm(x, axis=-1).mean(axis=-1) / np.linalg.norm(x, axis=-1).max(axis=-1)
    return bounds._replace(printed=bounds.printed * shorter)


def _smallest_singular_value(q: Array, k: Array, y: Array, x: Array) -> Any:
    bounds = theory.logit_spread_bounds(q, k, y, x)
    values = np.linalg.svd(np.swapaxes(k, -1, -2) @ q, compute_uv=False)
    return bounds._replace(product=bounds.product * values[..., -1] / values[..., 0])


SPREAD_BOUNDS = closed_form(
    theory.logit_spread_bounds,
    {
        "radius for the diameter": _bounds_times(0.5, 0.5, 1),
        "factor 2 forgotten": _bounds_times(1, 1, 0.5),
        "1 % too small": _bounds_times(0.99, 0.99, 0.99),
        "mean token": _radius_of_mean,
        "least singular value": _smallest_singular_value,
    },
)


@formula(SPREAD_BOUNDS, over=QUERIES, source=PROPOSITION_3_1, standing="as printed",
         dossier="SM15", tight=(OPPOSITE,))  # fmt: skip
def printed_spread_bound(computed: Callable[..., Any], queries: Queries) -> Slack:
    r"""The logits of a query $y$ over tokens $x_i$ are at most
    $2\,\sigma_{\max}(Q)\,\sigma_{\max}(K)\,\|y\|\,\max_i\|x_i\|$ apart.
    """
    bound = computed(queries.q, queries.k, queries.y, queries.x).printed
    return at_most(_apart(queries.logits), bound, ulps=queries.rounding)


@formula(SPREAD_BOUNDS, over=QUERIES, source=PROPOSITION_3_1, standing="sharpened",
         dossier="SM15", tight=(OPPOSITE,))  # fmt: skip
def directed_spread_bound(computed: Callable[..., Any], queries: Queries) -> tuple[Slack, ...]:
    r"""The logits are at most $\|K^{\top} Q y\|\,\mathrm{diam}(x)$ apart, which is at most
    $\sigma_{\max}(K^{\top} Q)\,\|y\|\,\mathrm{diam}(x)$, which is at most the printed bound.
    """
    bounds = computed(queries.q, queries.k, queries.y, queries.x)
    size, rounding = bounds.printed, queries.rounding
    return (
        at_most(_apart(queries.logits), bounds.directed, ulps=rounding, scale=size),
        at_most(bounds.directed, bounds.product, ulps=rounding, scale=size),
        at_most(bounds.product, bounds.printed, ulps=rounding, scale=size),
    )


REQUIRED_NORMS = closed_form(
    theory.required_weight_norms,
    {
        "factor 2 forgotten": lambda n, s, y, x: 2 * theory.required_weight_norms(n, s, y, x),
        "1 % too large": lambda n, s, y, x: 1.01 * theory.required_weight_norms(n, s, y, x),
        "all n items counted": lambda n, s, y, x: np.log(s * n / (1 - s)) / (2 * y * x),
    },
)


MILD_QUERIES = QUERIES.narrowed(size=Reals(0.01, 2.0, (1.0,)), n=Integers(2, 12))


@formula(REQUIRED_NORMS, over=MILD_QUERIES, source=PROPOSITION_3_1, standing="sharpened",
         dossier="SM15", tight=(OPPOSITE,))  # fmt: skip
def weights_that_a_coefficient_needs(computed: Callable[..., Array], queries: Queries) -> Slack:
    r"""A coefficient $s$ among $n$ needs $\sigma_{\max}(Q)\,\sigma_{\max}(K) \ge
    \ln(s(n-1)/(1-s))/(2\,\|y\|\,\max_i\|x_i\|)$.
    """
    shifted = queries.logits - queries.logits.max(axis=-1, keepdims=True)
    weights = np.exp(shifted)
    # The odds of the largest to all others keep their accuracy where the share rounds to 1.
    share = np.minimum(1 / weights.sum(axis=-1), 1 - 1e-9)
    query = np.linalg.norm(queries.y, axis=-1)
    token = np.linalg.norm(queries.x, axis=-1).max(axis=-1)
    needed = computed(queries.logits.shape[-1], share, query, token)
    norms = np.linalg.norm(queries.q, 2, axis=(-2, -1)) * np.linalg.norm(
        queries.k, 2, axis=(-2, -1)
    )
    # An error of the share moves the logarithm of its odds by as much over 1 - share.
    ulps = queries.rounding + 32 / (1 - share) / np.minimum(2 * query * token * norms, 1.0)
    return at_most(needed, norms, ulps=ulps)


@dataclass(frozen=True)
class Heads:
    """A batch of heads over normalised tokens, as a Transformer has them.

    Attributes
    ----------
    arguments : tuple
        Query and key weights, gain, and the three biases, as `certified_spread` takes them.
    spread : ndarray (rows,)
        Greatest difference between two logits of one query, over all tokens as queries.
    size : ndarray (rows,)
        What that difference could be from the sizes of weights, tokens and biases alone, in all
        directions: a bound that removes the mean can be much smaller, but not the rounding.
    """

    arguments: tuple[Array, ...]
    centred: bool
    rotary: bool
    spread: Array
    size: Array


def _rotated(vectors: Array, angle: float) -> Array:
    """Return vectors (rows, n, m) with each pair of coordinates turned by position times angle."""
    position = np.arange(vectors.shape[1])[:, None] * angle
    even, odd = vectors[..., 0::2], vectors[..., 1::2]
    turned = np.empty_like(vectors)
    turned[..., 0::2] = np.cos(position) * even - np.sin(position) * odd
    turned[..., 1::2] = np.sin(position) * even + np.cos(position) * odd
    return turned


def _tokens(parameters: Parameters, seed: Any, q: Array, k: Array) -> Array:
    """Return raw tokens (rows, n, d): random ones, or a query and two keys that are extremal."""
    d, n = q.shape[-1], int(parameters["n"])
    size = np.asarray(parameters["size"])[:, None, None]
    if str(parameters["tokens"]) == "gaussian":
        return _normal(seed, 7, n, d) * size + _normal(seed, 8, 1, d)
    left, _, right = np.linalg.svd(np.swapaxes(k, -1, -2) @ q)
    return np.stack([right[:, 0], left[..., 0], -left[..., 0]], axis=1)


def _build_heads(parameters: Parameters, _: Any) -> Heads:
    half, d = int(parameters["half"]), int(parameters["d"])
    seed = np.asarray(parameters["seed"], dtype=np.uint64)
    centred, rotary, biased = (
        str(parameters[name]) == "yes" for name in ("centred", "rotary", "biased")
    )
    m = 2 * half
    q, k = _normal(seed, 1, m, d), _normal(seed, 2, m, d)
    gain = 1 + 0.5 * _normal(seed, 3, d) * biased
    bias, q_bias, k_bias = (
        _normal(seed, stream, width) * biased for stream, width in ((4, d), (5, m), (6, m))
    )
    x = _tokens(parameters, seed, q, k)
    for _ in range(2 * centred):  # twice, for the mean that rounding leaves
        x = x - x.mean(axis=-1, keepdims=True)
    x = x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-12)
    x = x * np.asarray(parameters["inflated"])[:, None, None] * gain[:, None] + bias[:, None]
    queries = np.einsum("rmd,rnd->rnm", q, x) + q_bias[:, None]
    keys = np.einsum("rmd,rnd->rnm", k, x) + k_bias[:, None]
    if rotary:
        queries, keys = _rotated(queries, 1.0), _rotated(keys, 1.0)
    logits = np.einsum("rim,rjm->rij", queries, keys) / np.sqrt(m)
    arguments = (q, k, gain, bias, q_bias, k_bias)
    reach = np.linalg.norm(x, axis=-1).max(axis=-1)
    query_size, key_size = (
        np.linalg.norm(weight, axis=(-2, -1)) * reach + np.linalg.norm(offset, axis=-1)
        for weight, offset in ((q, q_bias), (k, k_bias))
    )
    size = 2 * query_size * key_size / np.sqrt(m)
    return Heads(arguments, centred, rotary, _apart(logits).max(axis=-1), size)


YES_NO = Choice(("no", "yes"))
NORMALISED = Domain(
    name="normalised heads",
    statement="heads over tokens that LayerNorm or RMSNorm has normalised, with gains, biases "
    "and rotary positions or without",
    shape={
        "half": Integers(1, 2),
        "d": Integers(2, 5),
        "n": Integers(2, 12),
        "centred": YES_NO,
        "rotary": YES_NO,
        "biased": YES_NO,
        "tokens": Choice(("gaussian",)),
    },
    rows={"size": Reals(0.01, 100.0, (1.0,)), "inflated": Reals(1.0, 1.0), "seed": SEED},
    build=_build_heads,
    constraints={
        "normalised": Constraint("The tokens are normalised.", "inflated", Reals(2.0, 9.0))
    },
)
EXTREMAL = {
    "half": 1, "d": 4, "n": 3, "centred": "no", "rotary": "no", "biased": "no",
    "tokens": "extremal", "size": 1.0, "inflated": 1.0, "seed": 3,
}  # fmt: skip


def _certified(**changes: Any) -> Callable[..., Array]:
    """Return the certified spread with some arguments left out or replaced."""

    def wrong(
        q: Array, k: Array, gain: Array, bias: Array, q_bias: Array, k_bias: Array,
        centred: bool, rotary: bool,
    ) -> Array:  # fmt: skip
        given: dict[str, Any] = {
            "query_weight": q, "key_weight": k, "gain": gain, "bias": bias, "query_bias": q_bias,
            "key_bias": k_bias, "centred": centred, "rotary": rotary,
        }  # fmt: skip
        factor = changes.get("factor", 1.0)
        given.update({name: value for name, value in changes.items() if name != "factor"})
        return np.asarray(factor * theory.certified_spread(**given))

    return wrong


CERTIFIED = replace(
    closed_form(
        theory.certified_spread,
        {
            "factor 2 forgotten": _certified(factor=0.5),
            "1 % too small": _certified(factor=0.99),
            "bias after the norm ignored": _certified(bias=None),
            "query bias ignored": _certified(query_bias=None),
            "key bias ignored": _certified(key_bias=None),
            "mean always removed": _certified(centred=True),
            "rotary positions ignored": _certified(rotary=False),
        },
    ),
    presets={
        "corollary.theory.softmax:certified_spread": Preset(
            {"centred": "@centred", "rotary": "@rotary"}
        )
    },
)


@formula(CERTIFIED, over=NORMALISED, source=THEOREM_2_2, standing="sharpened", dossier="SM16",
         tight=(EXTREMAL,))  # fmt: skip
def certified_spread(computed: Callable[..., Array], heads: Heads) -> Slack:
    r"""With normalised tokens of $d$ coordinates no query sees logits further apart than
    $2\sqrt{d}\,(\sqrt{d}\,\|K'^{\top} Q'\| + \|K'^{\top}(Q b + q)\|)/\sqrt{m}$, $Q'$ and $K'$ with
    the gain inside; or, with rotary positions, $2\,(\sqrt{d}\,\|Q'\| + \|Q b + q\|)
    (\sqrt{d}\,\|K'\| + \|K b + k\|)/\sqrt{m}$. It holds for every input and every length.
    """
    bound = computed(*heads.arguments, centred=heads.centred, rotary=heads.rotary)
    # A token, a query and a key each take some 4 d roundings, their product m more.
    d, m = heads.arguments[2].shape[-1], heads.arguments[4].shape[-1]
    return at_most(heads.spread, bound, ulps=16 * (d + m), scale=heads.size)
