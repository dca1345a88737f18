"""Functions of other packages where they must be called in more than one step to play a role.

Each is as short as its package allows, and does in NumPy what the package does not do itself.
In this folder the command line finds them: ``--implementation gallery_recipes:torch_attention``.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import corollary
from corollary.verify.implementation import resolve

# ---- list functions ----


def listed(xs: list[Any], function: str, **options: Any) -> list[Any]:
    """Return what a function of an iterable gives, as a list; `function` is module:attribute."""
    return list(resolve(function)(xs, **options))


def on_array(xs: list[Any], function: str, **options: Any) -> list[Any]:
    """Return what a function of an array of integers gives, as a list."""
    return resolve(function)(np.array(xs, dtype=np.int64), **options).tolist()


# ---- weights and their logarithms ----


def array_api_softmax(logits: Any) -> Any:
    """Return the softmax in the operations of the array API standard."""
    xp = logits.__array_namespace__()
    exponentials = xp.exp(logits - xp.max(logits, axis=-1, keepdims=True))
    return exponentials / xp.sum(exponentials, axis=-1, keepdims=True)


def scipy_minus_logsumexp(logits: Any) -> Any:
    """Return logits less their scipy.special.logsumexp."""
    special = importlib.import_module("scipy.special")
    return logits - special.logsumexp(logits, axis=-1, keepdims=True)


def torch_minus_logsumexp(logits: Any) -> Any:
    """Return logits less their torch.logsumexp."""
    return logits - logits.logsumexp(dim=-1, keepdim=True)


def _attended(scores: Any, **masking: Any) -> Any:
    """Return attention weights: keys and values are unit vectors, so queries are the scores."""
    torch = importlib.import_module("torch")
    units = torch.eye(scores.shape[-1], dtype=scores.dtype).expand(*scores.shape[:-2], -1, -1)
    attention = torch.nn.functional.scaled_dot_product_attention
    return attention(scores, units, units, scale=1.0, **masking)


def _masked_attention(scores: Any) -> Any:
    seen = scores.isfinite()
    return _attended(scores.where(seen, 0.0), attn_mask=seen)


def _causal_attention(scores: Any) -> Any:
    return _attended(scores, is_causal=True)


def torch_attention(logits: Any) -> Any:
    """Return the weights of scaled_dot_product_attention, a boolean mask for masked items."""
    return corollary.adapters.attention(_masked_attention)(logits)


def torch_causal_attention(logits: Any) -> Any:
    """Return the weights of scaled_dot_product_attention with is_causal=True."""
    return corollary.adapters.attention(_causal_attention, causal=True)(logits)


# ---- gradients ----


def torch_softmax_gradient(logits: Any, gradient: Any) -> Any:
    """Return the backward pass that autograd makes of torch.softmax."""
    torch = importlib.import_module("torch")
    derived = corollary.adapters.backward(lambda x: torch.softmax(x, -1), library="torch")
    return derived(logits, gradient)


def jax_softmax_gradient(logits: Any, gradient: Any) -> Any:
    """Return the backward pass that jax.vjp makes of jax.nn.softmax."""
    derived = corollary.adapters.backward(importlib.import_module("jax.nn").softmax, library="jax")
    return derived(logits, gradient)


def _gradient_of_maximum(logits: Any, maximum: Callable[[Any], Any]) -> Any:
    leaf = logits.detach().clone().requires_grad_()
    maximum(leaf).sum().backward()
    return leaf.grad


def torch_amax_gradient(logits: Any) -> Any:
    """Return the gradient of torch.amax."""
    return _gradient_of_maximum(logits, lambda x: x.amax(dim=-1))


def torch_max_gradient(logits: Any) -> Any:
    """Return the gradient of torch.max over a dimension."""
    return _gradient_of_maximum(logits, lambda x: x.max(dim=-1).values)


def jax_max_gradient(logits: Any) -> Any:
    """Return the gradient of jax.numpy.max."""
    jax = importlib.import_module("jax")
    return jax.grad(lambda x: jax.numpy.sum(jax.numpy.max(x, axis=-1)))(logits)


# ---- the largest items ----


def numpy_argmax_one_hot(logits: Any) -> Any:
    """Return 1 at numpy.argmax, 0 elsewhere."""
    return np.eye(logits.shape[-1], dtype=logits.dtype)[np.argmax(logits, axis=-1)]


def torch_argmax_one_hot(logits: Any) -> Any:
    """Return 1 at torch.argmax, 0 elsewhere."""
    one_hot = importlib.import_module("torch").nn.functional.one_hot
    return one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)


def numpy_argpartition_softmax(logits: Any, k: int) -> Any:
    """Return SciPy's softmax of the k items that numpy.argpartition puts last."""
    special = importlib.import_module("scipy.special")
    kept = np.argpartition(logits, -k, axis=-1)[:, -k:]
    masked = np.full_like(logits, -np.inf)
    np.put_along_axis(masked, kept, np.take_along_axis(logits, kept, axis=-1), axis=-1)
    return special.softmax(masked, axis=-1)


def torch_topk_softmax(logits: Any, k: int) -> Any:
    """Return the softmax of the k items of torch.topk."""
    torch = importlib.import_module("torch")
    values, kept = torch.topk(logits, k, dim=-1)
    return torch.full_like(logits, -torch.inf).scatter(-1, kept, values).softmax(dim=-1)


def jax_top_k_softmax(logits: Any, k: int) -> Any:
    """Return the softmax of the k items of jax.lax.top_k."""
    jax = importlib.import_module("jax")
    values, kept = jax.lax.top_k(logits, k)
    rows = jax.numpy.arange(len(logits))[:, None]
    return jax.nn.softmax(jax.numpy.full_like(logits, -np.inf).at[rows, kept].set(values), axis=-1)


# ---- directed information ----


def _alphabets(joint: Any, n: int) -> tuple[int, int]:
    first, second = (round(words ** (1 / n)) for words in joint.shape)
    return first, second


def _distribution(joint: Any, n: int) -> Any:
    """Return the pmf of X_1, ..., X_n, Y_1, ..., Y_n as dit's; symbols are variables 0 to 2n-1."""
    first, second = (itertools.product(range(k), repeat=n) for k in _alphabets(joint, n))
    words = [x + y for x, y in itertools.product(first, second)]
    return importlib.import_module("dit").Distribution(words, joint.ravel().tolist())


def dit_directed_information(joint: Any, n: int) -> float:
    """Return the sum of H(Y_i | Y_<i) - H(Y_i | X_<=i, Y_<i), in bits, each by dit."""
    entropy = importlib.import_module("dit").shannon.conditional_entropy
    law, y = _distribution(joint, n), list(range(n, 2 * n))
    return sum(
        entropy(law, [y[i]], y[:i]) - entropy(law, [y[i]], [*range(i + 1), *y[:i]])
        for i in range(n)
    )


def dit_plasticity(
    joint: Any, source: tuple[int, int], target: tuple[int, int], order: str, horizon: int
) -> float:
    """Return the sum of dit's I(O_c..O_j ; A_j | A_<j, O_<c), O_j itself if O moves first."""
    information = importlib.import_module("dit").multivariate.coinformation
    law, o = _distribution(joint, horizon), list(range(horizon, 2 * horizon))
    total = 0.0
    for j in range(target[0] - 1, target[1]):
        seen = o[source[0] - 1 : min(source[1], j + (order == "O"))]
        if seen:
            total += information(law, [seen, [j]], [*range(j), *o[: source[0] - 1]])
    return total


def scipy_directed_information(joint: Any, n: int) -> float:
    """Return the same as dit's, each entropy that of a marginal by scipy.stats.entropy."""
    stats = importlib.import_module("scipy.stats")
    first, second = _alphabets(joint, n)
    letters = joint.reshape((first,) * n + (second,) * n)

    def entropy(xs: int, ys: int) -> float:
        """Return the bits of the first xs symbols of X and ys of Y."""
        hidden = (*range(xs, n), *range(n + ys, 2 * n))
        return float(stats.entropy(letters.sum(axis=hidden).ravel(), base=2))

    return sum(
        entropy(0, i) - entropy(0, i - 1) - entropy(i, i) + entropy(i, i - 1)
        for i in range(1, n + 1)
    )


# ---- graphs ----


def scipy_floyd_warshall(graph: Any, source: int) -> Any:
    """Return a row of scipy.sparse.csgraph.floyd_warshall, which takes its graph as an array."""
    return importlib.import_module("scipy.sparse.csgraph").floyd_warshall(graph)[source]


def torch_scatter_reduce(first: Any, second: Any, reduce: str) -> Any:
    """Return two rows of messages reduced by Tensor.scatter_reduce, as a layer reduces them."""
    torch = importlib.import_module("torch")
    messages = torch.stack([first, second])
    return torch.zeros_like(first)[None].scatter_reduce(
        0, torch.zeros_like(messages, dtype=torch.int64), messages, reduce, include_self=False
    )[0]


@cache
def _torch_cell(name: str, features: int) -> Any:
    torch = importlib.import_module("torch")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return getattr(torch.nn, name)(features, features, dtype=torch.float64)


def torch_cell(states: Any, messages: Any, name: str) -> Any:
    """Return the new states of a recurrent cell of torch.nn with fixed random weights."""
    return _torch_cell(name, states.shape[-1])(messages, states)


def torch_average(states: Any, messages: Any) -> Any:
    """Return the exponential moving average, a tenth of the way, by torch.lerp."""
    return importlib.import_module("torch").lerp(states, messages, 0.1)


def torch_layer(h: Any, index: Any, e: Any, reduce: str, include_self: bool = True) -> Any:
    """Return the layer whose messages, sender plus edge, Tensor.scatter_reduce adds to states."""
    messages = h[index[0]] + e
    receivers = index[1][:, None].expand_as(messages)
    return h.scatter_reduce(0, receivers, messages, reduce, include_self=include_self)


def torch_sum_layer(h: Any, index: Any, e: Any) -> Any:
    """Return the layer whose messages Tensor.index_add adds up, onto the own state."""
    return h.index_add(0, index[1], h[index[0]] + e)


def numpy_layer(h: Any, index: Any, e: Any, ufunc: str) -> Any:
    """Return the layer whose messages the method `at` of a ufunc brings into the states."""
    new = h.copy()
    getattr(np, ufunc).at(new, index[1], h[index[0]] + e)
    return new


def scipy_layer(h: Any, index: Any, e: Any) -> Any:
    """Return the layer that adds up messages by a product with a scipy.sparse matrix."""
    sparse = importlib.import_module("scipy.sparse")
    edges = index.shape[1]
    incidence = sparse.csr_array((np.ones(edges), (index[1], np.arange(edges))), (len(h), edges))
    return h + incidence @ (h[index[0]] + e)


def jax_layer(h: Any, index: Any, e: Any, reduce: str) -> Any:
    """Return the layer whose messages Array.at brings into the states: max or add."""
    return getattr(h.at[index[1]], reduce)(h[index[0]] + e)


def scipy_softmax_average(messages: Any) -> Any:
    """Return the average of messages under their own scipy.special.softmax."""
    return np.sum(importlib.import_module("scipy.special").softmax(messages, -1) * messages, -1)


def torch_softmax_average(messages: Any) -> Any:
    """Return the average of messages under their own torch.softmax."""
    given = importlib.import_module("torch").from_numpy(messages)
    return (given.softmax(dim=-1) * given).sum(dim=-1).numpy()


# ---- training ----


def torch_optimiser(theta: Any, gradients: Any, epsilon: float, name: str, **options: Any) -> Any:
    """Return parameters after the steps of an optimiser of torch.optim at a rate of 0.01."""
    torch = importlib.import_module("torch")
    moved = torch.nn.Parameter(theta.clone())
    optimiser = getattr(torch.optim, name)([moved], lr=0.01, eps=epsilon, **options)
    for gradient in gradients:
        moved.grad = gradient.clone()
        optimiser.step()
    return moved.detach()
