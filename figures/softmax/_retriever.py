"""The max-retrieval model of arXiv 2410.01104: one attention head over a set of items.

An item is a priority in [0, 1] and one of ten classes; the answer is the class of the item with
the largest priority. Items and query pass two-layer GELU networks, one head pools the items, and
a two-layer network reads the answer. Gradients are written by hand.

Everything between an item's hidden layer and the pooled value is linear, so the matrices are
applied once per set instead of once per item: the logit of an item with hidden layer h is u . h,
where u carries the query through the query, key and item matrices. A bias that adds the same
number to every logit of a set changes nothing, and is left out.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Parameters = dict[str, Floats]

CLASSES = 10
WIDTH = 128
SHAPES: dict[str, tuple[int, ...]] = {
    "item_in": (1 + CLASSES, WIDTH),  # the first row multiplies the priority
    "item_in_bias": (WIDTH,),
    "item_out": (WIDTH, WIDTH),
    "item_out_bias": (WIDTH,),
    "query_in": (1, WIDTH),
    "query_in_bias": (WIDTH,),
    "query_out": (WIDTH, WIDTH),
    "query_out_bias": (WIDTH,),
    "query": (WIDTH, WIDTH),
    "key": (WIDTH, WIDTH),
    "value": (WIDTH, WIDTH),
    "read_in": (WIDTH, WIDTH),
    "read_in_bias": (WIDTH,),
    "read_out": (WIDTH, CLASSES),
    "read_out_bias": (CLASSES,),
}
SIZE = sum(math.prod(shape) for shape in SHAPES.values())

# gelu(x) = x * sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)), the form that JAX uses by default
_SLOPE = 2 * math.sqrt(2 / math.pi)
_CUBIC = 0.044715


def views(flat: Floats) -> Parameters:
    """Return the named matrices, shapes `SHAPES`, as views into a vector of `SIZE` numbers."""
    named, start = {}, 0
    for name, shape in SHAPES.items():
        stop = start + math.prod(shape)
        named[name] = flat[start:stop].reshape(shape)
        start = stop
    return named


def initial(random: np.random.Generator) -> NDArray[np.float32]:
    """Return initial parameters: uniform in +-1/sqrt(number of inputs), biases included."""
    flat = np.empty(SIZE, np.float32)
    inputs = 1
    for view in views(flat).values():
        inputs = view.shape[0] if view.ndim == 2 else inputs  # a bias follows its matrix
        bound = inputs**-0.5
        view[...] = random.uniform(-bound, bound, view.shape)
    return flat


def gelu(x: Floats) -> tuple[Floats, Floats]:
    """Return ``gelu(x)`` and its derivative."""
    square = x * x
    gate = square * x.dtype.type(-_SLOPE * _CUBIC)
    gate -= x.dtype.type(_SLOPE)
    gate *= x
    with np.errstate(over="ignore"):  # exp(+large) = inf gives the gate 0, as it should
        np.exp(gate, out=gate)
    gate += 1
    np.reciprocal(gate, out=gate)
    value = x * gate
    square *= x.dtype.type(3 * _SLOPE * _CUBIC)
    square += x.dtype.type(_SLOPE)
    square *= value
    slope = gate - 1
    slope *= square
    np.subtract(gate, slope, out=slope)
    return value, slope


def head(p: Parameters, queries: Floats) -> tuple[Floats, ...]:
    """Return the logit direction u of every query, and what its gradient needs.

    Parameters
    ----------
    p : the named matrices.
    queries : (sets,) float

    Returns
    -------
    u (sets, WIDTH); then key-space and query vectors, MLP output, hidden layer and its slope.
    """
    hidden, slope = gelu(queries[:, None] * p["query_in"] + p["query_in_bias"])
    embedded = hidden @ p["query_out"] + p["query_out_bias"]
    query = embedded @ p["query"]
    keyed = query @ p["key"].T
    direction = keyed @ p["item_out"].T * queries.dtype.type(WIDTH**-0.5)
    return direction, keyed, query, embedded, hidden, slope


def items(p: Parameters, priorities: Floats, classes: NDArray[np.integer]) -> tuple[Floats, Floats]:
    """Return the hidden layer of every item and its slope, shapes ``(sets, n, WIDTH)``."""
    by_class = p["item_in"][1:] + p["item_in_bias"]
    before = by_class[classes]
    before += priorities[..., None] * p["item_in"][0]
    return gelu(before)


def read(p: Parameters, pooled: Floats) -> tuple[Floats, ...]:
    """Return the ten output logits of pooled hidden layers, and what their gradient needs."""
    embedded = pooled @ p["item_out"] + p["item_out_bias"]
    value = embedded @ p["value"]
    hidden, slope = gelu(value @ p["read_in"] + p["read_in_bias"])
    return hidden @ p["read_out"] + p["read_out_bias"], embedded, value, hidden, slope


def loss_and_gradient(
    flat: Floats, priorities: Floats, classes: NDArray[np.integer], queries: Floats
) -> tuple[float, float, Floats]:
    """Return the mean cross entropy in nats, the accuracy, and the gradient of the former.

    Parameters
    ----------
    flat : (SIZE,) float32 or float64
    priorities : (sets, n) float of the same type
    classes : (sets, n) integers below CLASSES
    queries : (sets,) float of the same type
    """
    p = views(flat)
    sets, n = priorities.shape
    direction, keyed, query, query_embedded, query_hidden, query_slope = head(p, queries)
    hidden, hidden_slope = items(p, priorities, classes)
    weights = _softmax((hidden @ direction[:, :, None])[..., 0])
    pooled = (weights[:, None, :] @ hidden)[:, 0]
    outputs, embedded, value, read_hidden, read_slope = read(p, pooled)

    row = np.arange(sets)
    targets = classes[row, priorities.argmax(axis=1)]
    chances = _softmax(outputs)
    loss = -np.log(np.maximum(chances[row, targets], np.finfo(chances.dtype).tiny)).mean()
    accuracy = (outputs.argmax(axis=1) == targets).mean()

    gradient = np.zeros_like(flat)
    g = views(gradient)
    chances[row, targets] -= 1
    back = chances / flat.dtype.type(sets)
    g["read_out"][...] = read_hidden.T @ back
    g["read_out_bias"][...] = back.sum(axis=0)
    back = back @ p["read_out"].T * read_slope
    g["read_in"][...] = value.T @ back
    g["read_in_bias"][...] = back.sum(axis=0)
    back = back @ p["read_in"].T
    g["value"][...] = embedded.T @ back
    back = back @ p["value"].T
    g["item_out"][...] = pooled.T @ back
    g["item_out_bias"][...] = back.sum(axis=0)
    back_pooled = back @ p["item_out"].T

    back_weights = (hidden @ back_pooled[:, :, None])[..., 0]
    back_logits = back_weights - (weights * back_weights).sum(axis=1, keepdims=True)
    back_logits *= weights
    back_hidden = weights[..., None] * back_pooled[:, None, :]
    back_hidden += back_logits[..., None] * direction[:, None, :]
    back_hidden *= hidden_slope
    rows = back_hidden.reshape(sets * n, WIDTH)
    inputs = np.zeros((sets * n, 1 + CLASSES), flat.dtype)
    inputs[:, 0] = priorities.reshape(-1)
    inputs[np.arange(sets * n), 1 + classes.reshape(-1)] = 1
    g["item_in"][...] = inputs.T @ rows
    g["item_in_bias"][...] = g["item_in"][1:].sum(axis=0)  # each item has exactly one class

    back = (back_logits[:, None, :] @ hidden)[:, 0] * flat.dtype.type(WIDTH**-0.5)
    g["item_out"][...] += back.T @ keyed
    back = back @ p["item_out"]
    g["key"][...] = back.T @ query
    back = back @ p["key"]
    g["query"][...] = query_embedded.T @ back
    back = back @ p["query"].T
    g["query_out"][...] = query_hidden.T @ back
    g["query_out_bias"][...] = back.sum(axis=0)
    back = back @ p["query_out"].T * query_slope
    g["query_in"][...] = queries @ back
    g["query_in_bias"][...] = back.sum(axis=0)
    return float(loss), float(accuracy), gradient


def _softmax(logits: Floats) -> Floats:
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights
