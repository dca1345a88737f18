"""The roles `top_k_softmax`, `hardmax` and `scalable_softmax`, with mistakes of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from corollary.verify.domain import (
    Integers,
    Reals,
)
from corollary.verify.role import Preset, Role
from corollary.verify.roles.softmax._heads import HEADS, case
from corollary.verify.roles.softmax._plain import softmax
from corollary.verify.roles.softmax._settled import (
    TYPICAL_ROWS,
    of_logits,
    settled_case,
    settled_heads,
    trivial,
    with_argument,
)

_K = ("$n$ finite logits, $1 \\le k \\le n$", Integers(1, 100))
_S = ("$n$ finite logits, a scale $s > 0$", Reals(0.05, 3.0, (1.0,)))
TOP_K_HEADS = settled_heads("heads of a top-k softmax", *_K, constraints={})
BOUNDED_TOP_K_HEADS = settled_heads(
    "bounded heads of a top-k softmax", *_K, constraints=HEADS.constraints
)
SCALABLE_HEADS = settled_heads("heads of a scalable softmax", *_S, constraints={})
BOUNDED_SCALABLE_HEADS = settled_heads(
    "bounded heads of a scalable softmax", *_S, constraints=HEADS.constraints
)


def kept_items(logits: Any, k: int) -> Any:
    """Return which are the first k items in order of falling logit, then of rising index."""
    place = np.argsort(np.argsort(-logits, axis=-1, kind="stable"), axis=-1, kind="stable")
    return place < k


def _over(kept: Any, logits: Any) -> Any:
    return softmax(np.where(kept, logits, -np.inf))


def _all_ties(logits: Any, k: int) -> Any:
    bound = -np.sort(-logits, axis=-1)[:, k - 1 : k]
    return _over(logits >= bound, logits)


def _last_ties(logits: Any, k: int) -> Any:
    return _over(kept_items(logits[:, ::-1], k)[:, ::-1], logits)


TOP_K = Role(
    name="top_k_softmax",
    family="softmax",
    signature="top_k_softmax(logits (..., n) float, k) -> weights (..., n) float",
    default="corollary.algorithms.softmax:top_k_softmax",
    adapt=with_argument("k"),
    mutants={
        "one more item": lambda x, k: _over(kept_items(x, k + 1), x),
        "one item less": lambda x, k: _over(kept_items(x, max(k - 1, 1)), x),
        "all ties kept": _all_ties,
        "last of ties kept": _last_ties,
        "not normalised over the kept": lambda x, k: softmax(x) * kept_items(x, k),
        "smallest instead of largest": lambda x, k: _over(kept_items(-x, k), x),
        "others at e^-20": lambda x, k: softmax(np.where(kept_items(x, k), x, x - 20.0)),
        "others at 1e-9": lambda x, k: np.maximum(_over(kept_items(x, k), x), 1e-9),
        "float32 inside": lambda x, k: _over(kept_items(x, k), x.astype(np.float32)).astype(
            np.float64
        ),
        "a tenth of the items more": lambda x, k: _over(kept_items(x, k + k // 10), x),
    },
    trivial=trivial(),
    typical=(
        TOP_K_HEADS,
        settled_case(n=64, pattern="uniform", spread=6.0, setting=30, seed=np.arange(256)),
    ),
    presets={"corollary.algorithms.softmax:top_k_softmax": Preset({"k": "@k"})},
)


def _near_ties(logits: Any) -> Any:
    near = logits > logits.max(axis=-1, keepdims=True) - 1e-5
    return near / near.sum(axis=-1, keepdims=True)


def _argmax(logits: Any) -> Any:
    return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]


def _ties(logits: Any) -> Any:
    return (logits == logits.max(axis=-1, keepdims=True)).astype(np.float64)


HARDMAX = Role(
    name="hardmax",
    family="softmax",
    signature="hardmax(logits (..., n) float) -> weights (..., n) float",
    default="corollary.algorithms.softmax:hardmax",
    adapt=of_logits,
    mutants={
        "first of ties": _argmax,
        "last of ties": lambda x: _argmax(x[:, ::-1])[:, ::-1],
        "ties not shared": _ties,
        "near ties shared": _near_ties,
        "softmax at a thousandth": lambda x: softmax(1e3 * x),
        "float32 inside": lambda x: _ties(x.astype(np.float32)) / _ties(
            x.astype(np.float32)).sum(axis=-1, keepdims=True),
        "ties at the minimum": lambda x: _ties(-x) / _ties(-x).sum(axis=-1, keepdims=True),
    },
    trivial={"zero": np.zeros_like, "uniform": lambda x: np.full_like(x, 1 / x.shape[-1])},
    typical=(HEADS, case(n=64, pattern="uniform", spread=40.0, seed=np.arange(256))),
)  # fmt: skip
# Logits that differ by a few millionths, far from 0, are not ties.
CLOSE_HEADS = replace(
    HEADS.narrowed(
        temperature=Reals(1.0, 1.0),
        shifts=Integers(1, 1),
        spread=Reals(0.0, 4.0, (0.0, 1e-6, 1.0)),
        other=Reals(-100.0, 100.0),
    ),
    constraints={},
)


def _scaled(logits: Any, factor: Any) -> Any:
    return softmax(factor * (logits - logits.max(axis=-1, keepdims=True)))


SCALABLE = Role(
    name="scalable_softmax",
    family="softmax",
    signature="scalable_softmax(logits (..., n) float, scale) -> weights (..., n) float",
    default="corollary.algorithms.softmax:scalable_softmax",
    adapt=with_argument("scale"),
    mutants={
        "logarithm to base 2": lambda x, scale: _scaled(x, scale * np.log2(x.shape[-1])),
        "logarithm to base 10": lambda x, scale: _scaled(x, scale * np.log10(x.shape[-1])),
        "length plus one": lambda x, scale: _scaled(x, scale * np.log1p(x.shape[-1])),
        "length less one": lambda x, scale: _scaled(x, scale * np.log(max(x.shape[-1] - 1, 1))),
        "no scale": lambda x, scale: _scaled(x, np.log(x.shape[-1])),
        "scale 0.01 % off": lambda x, scale: _scaled(x, 1.0001 * scale * np.log(x.shape[-1])),
        "length in float16": lambda x, scale: _scaled(
            x, scale * float(np.float16(np.log(x.shape[-1])))
        ),
        "float32 inside": lambda x, scale: _scaled(
            x.astype(np.float32), np.float32(scale * np.log(x.shape[-1]))
        ).astype(np.float64),
        "smoothed": lambda x, scale: (
            (1 - 1e-7) * _scaled(x, scale * np.log(x.shape[-1])) + 1e-7 / x.shape[-1]
        ),
    },
    trivial=trivial(),
    typical=(SCALABLE_HEADS, {**TYPICAL_ROWS, "setting": 0.25}),
    presets={"corollary.algorithms.softmax:scalable_softmax": Preset({"scale": "@scale"})},
)
