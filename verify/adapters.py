"""Adapters: from the functions people have to the roles that claims are about."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from corollary.verify.libraries import decode, dtype_name, encode, library_of, namespace

__all__ = ["attention", "backward"]

HEADS, QUERIES = 2, 2
SCORES_AT_ONCE = 2**20


def attention(function: Callable[..., Any], *, causal: bool = False) -> Callable[..., Any]:
    """Return a function of scores (batch, heads, query, key) as one of rows, the role `softmax`.

    Parameters
    ----------
    function : callable
        Takes scores and returns weights of the same shape, which add up to one over the keys.
    causal : bool
        The function hides later keys from each query itself. A row with masked items is then
        the query that sees only its kept ones; the scores it must not see are finite.

    Raises
    ------
    TypeError
        If `function` is not callable, or `causal` not a bool.

    Examples
    --------
    >>> import corollary, numpy as np
    >>> def causal_weights(scores):
    ...     scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf)
    ...     exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    ...     return exponentials / exponentials.sum(axis=-1, keepdims=True)
    >>> claims = ["softmax.masked-items", "softmax.odds"]
    >>> rows = corollary.adapters.attention(causal_weights, causal=True)
    >>> corollary.check(rows, "softmax", claims=claims).as_expected
    True
    """
    _require_callable(function)
    if not isinstance(causal, bool):
        raise TypeError(f"causal must be True or False, got {causal!r}")
    through = _causal_rows if causal else _folded_rows

    def weights(logits: Any, **keywords: Any) -> Any:
        return through(lambda scores: function(scores, **keywords), logits)

    return weights


def _folded_rows(function: Callable[[Any], Any], logits: Any) -> Any:
    """Return the weights of rows that are spread over batch, heads and queries."""
    rows, n = logits.shape
    missing = -rows % (HEADS * QUERIES)
    arrays = namespace(library_of(logits))
    filled = arrays.concat([logits] + [logits[:1, ...]] * missing) if missing else logits
    scores = arrays.reshape(filled, (-1, HEADS, QUERIES, n))
    found = function(scores)
    _require_shape(found, scores)
    return arrays.reshape(found, (-1, n))[:rows, ...]


def _causal_rows(function: Callable[[Any], Any], logits: Any) -> Any:
    """Return the weights of rows, each the query that sees exactly its items not masked.

    A query sees the keys before it: the kept items of a row are brought to the front.
    """
    library, dtype = library_of(logits), dtype_name(logits)
    values = np.asarray(decode(logits, library), dtype=np.float64)
    n, step = values.shape[1], max(1, SCORES_AT_ONCE // values.shape[1] ** 2)
    order = np.argsort(~np.isfinite(values), axis=1, kind="stable")
    values = np.take_along_axis(values, order, axis=1)
    parts = []
    for start in range(0, len(values), step):
        part = values[start : start + step]
        query = np.maximum(np.isfinite(part).sum(axis=1), 1) - 1
        seen = np.where(np.isfinite(part), part, part.max(axis=1, keepdims=True))
        repeated = np.repeat(seen[:, None, None, :], n, axis=2)
        scores = encode(repeated, library, dtype, logits.device)
        found = function(scores)
        _require_shape(found, scores)
        chosen = np.asarray(decode(found, library))[np.arange(len(part)), 0, query]
        parts.append(chosen)
    weights = np.empty_like(values)
    np.put_along_axis(weights, order, np.concatenate(parts), axis=1)
    return encode(weights, library, dtype, logits.device)


def backward(function: Callable[[Any], Any], *, library: str = "torch") -> Callable[..., Any]:
    """Return the backward pass that a library derives of a softmax: the role `softmax_gradient`.

    Parameters
    ----------
    function : callable
        A softmax over the last axis, made of operations the library can differentiate.
    library : {"torch", "jax"}
        Whose automatic differentiation it is.

    Raises
    ------
    TypeError, ValueError
        If `function` is not callable, or `library` is another one or not installed.
    """
    _require_callable(function)
    if not isinstance(library, str) or library not in _BACKWARD:
        raise ValueError(f"library must be one of {', '.join(_BACKWARD)}, got {library!r}")
    namespace(library)
    derive = _BACKWARD[library]
    return lambda logits, cotangent: derive(function, logits, cotangent)


def _torch_backward(function: Callable[[Any], Any], logits: Any, cotangent: Any) -> Any:
    torch = importlib.import_module("torch")
    leaf = logits.detach().clone().requires_grad_()
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(function(leaf), leaf, cotangent)
    return gradient


def _jax_backward(function: Callable[[Any], Any], logits: Any, cotangent: Any) -> Any:
    jax = importlib.import_module("jax")
    _, pull_back = jax.vjp(function, logits)
    return pull_back(cotangent)[0]


_BACKWARD = {"torch": _torch_backward, "jax": _jax_backward}


def _require_callable(function: object) -> None:
    if not callable(function):
        raise TypeError(f"function must be callable, got {type(function).__name__}")


def _require_shape(found: Any, scores: Any) -> None:
    if getattr(found, "shape", None) != scores.shape:
        given = tuple(getattr(found, "shape", ())) or type(found).__name__
        raise ValueError(f"returned {given} for scores of shape {tuple(scores.shape)}")
