"""Channels used with feedback: messages, mixtures, no memory, processing of either end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from corollary.theory import directed_information as theory
from corollary.verify.claim import law
from corollary.verify.claims.directed_information.inequalities import certified
from corollary.verify.domain import Constraint, Domain, Integers, Range, Reals
from corollary.verify.precision import Array, Precision
from corollary.verify.roles.directed_information import (
    DIRECTED_INFORMATION,
    SEEDS,
    Directed,
    Joints,
    alphabet,
    kernels,
    played,
    prefix_entropy,
    processed,
    rows_of,
    sharpened,
    without_feedback,
)
from corollary.verify.slack import Slack, at_least, at_most, equal

Information = Callable[[Array, int], Directed]
NEVER, SOME, MOST = Reals(0.0, 0.0), Reals(0.0, 1.0, (0.0, 1.0)), Reals(0.5, 1.0, (1.0,))
SIZES: dict[str, Range] = {"n": Integers(1, 3), "kx": Integers(1, 3), "ky": Integers(1, 3)}


def _sizes(parameters: dict[str, Any]) -> tuple[int, Any, int, int]:
    n = int(parameters["n"])
    kx, ky = (alphabet(int(parameters[name]), n) for name in ("kx", "ky"))
    return n, np.asarray(parameters["seed"], dtype=np.uint64), kx, ky


def _share(parameters: dict[str, Any], name: str) -> Array:
    share: Array = np.asarray(parameters[name], dtype=np.float64)[:, None, None, None]
    return share


def _messages(parameters: dict[str, Any], precision: Precision) -> Joints:
    """Build inputs that depend on a message W and the feedback, and a channel behind them."""
    n, seed, kx, ky = _sizes(parameters)
    kw = int(parameters["kw"])
    noise, leak = _share(parameters, "noise"), _share(parameters, "leak")
    prior = rows_of(seed, (kw,), 900)
    _, channel = kernels(seed, n, kx, ky, stream=100)
    joints = []
    for w in range(kw):
        encoder, own = kernels(seed, n, kx, ky, stream=200 + 100 * w)
        inputs = [noise * rows + (1 - noise) * sharpened(rows) for rows in encoder]
        leaky = [(1 - leak) * shared + leak * rows for shared, rows in zip(channel, own,
                                                                         strict=True)]  # fmt: skip
        joints.append(prior[:, w, None, None] * played(inputs, leaky))
    apart = precision.round(np.stack(joints, axis=1))
    joint = apart.sum(axis=1)
    message = apart.sum(axis=2)
    cells = prefix_entropy(message.reshape(len(seed), 1, -1), 1, 0, 1)
    told = (prefix_entropy(message.sum(axis=2)[:, None], 1, 0, 1)
            + prefix_entropy(message.sum(axis=1)[:, None], 1, 0, 1) - cells)  # fmt: skip
    return Joints(n, joint, (1, n), (1, n), extra={"told": told})


MESSAGES = Domain(
    name="messages through a causal channel",
    statement="a message $W$, inputs $X_i$ by $W$, the feedback $Y^{i-1}$ and chance, outputs "
    "$Y_i$ by a causal channel",
    shape={**SIZES, "kw": Integers(1, 4)},
    rows={"noise": SOME, "leak": NEVER, **SEEDS},
    build=_messages,
    constraints={"causal channel": Constraint("$W - (X^i, Y^{i-1}) - Y_i$ for all $i$.", "leak",
                                              MOST)},
)  # fmt: skip
CERTAIN_ENCODERS = Domain(
    name="messages encoded without chance",
    statement="a message $W$, inputs $X_i = f_i(W, Y^{i-1})$, outputs $Y_i$ by a causal channel",
    shape=MESSAGES.shape,
    rows={**MESSAGES.rows, "noise": NEVER},
    build=_messages,
    constraints={
        **MESSAGES.constraints,
        "no chance": Constraint("$X_i$ is a function of $W$ and $Y^{i-1}$.", "noise", MOST),
    },
)


@law(DIRECTED_INFORMATION, over=MESSAGES, standing="derived", dossier="C3",
     tight=({"n": 2, "kx": 2, "ky": 2, "kw": 4, "noise": 0.0, "leak": 0.0,
             "seed": 5},))  # fmt: skip
def message_through_a_causal_channel(information: Information, joints: Joints) -> Slack:
    r"""$I(W; Y^n) \le I(X^n \to Y^n)$, whatever the encoder makes of the feedback."""
    value = information(joints.joint, joints.n).full()
    return at_least(value, joints.extra["told"], ulps=joints.ulps, scale=joints.scale)


@message_through_a_causal_channel.proved(scope="certificates for n <= 3 and all alphabets")
def message_certificates() -> Iterator[Any]:
    yield from _conditional("message")


@law(DIRECTED_INFORMATION, over=CERTAIN_ENCODERS, standing="derived", dossier="C3")
def message_encoded_without_chance(information: Information, joints: Joints) -> Slack:
    r"""$I(W; Y^n) = I(X^n \to Y^n)$ if $X_i = f_i(W, Y^{i-1})$."""
    value = information(joints.joint, joints.n).full()
    return equal(value, joints.extra["told"], ulps=joints.ulps, scale=joints.scale)


def _conditional(name: str) -> Iterator[Any]:
    for horizon in (1, 2, 3):
        for inequality in theory.conditional_inequalities(horizon):
            if inequality.name.startswith(name):
                yield from certified([inequality])


def _mixtures(parameters: dict[str, Any], precision: Precision) -> Joints:
    """Build two systems and the mixture of their trajectories."""
    n, seed, kx, ky = _sizes(parameters)
    first, one = kernels(seed, n, kx, ky)
    second, other = kernels(seed, n, kx, ky, stream=300)
    apart = _share(parameters, "apart")
    if parameters["inputs_vary"]:
        other = [(1 - apart) * a + apart * b for a, b in zip(one, other, strict=True)]
    else:
        second = [(1 - apart) * a + apart * b for a, b in zip(first, second, strict=True)]
    weight = np.asarray(parameters["weight"], dtype=np.float64)[:, None, None]
    parts = precision.round(played(first, one)), precision.round(played(second, other))
    mixed = weight * parts[0] + (1 - weight) * parts[1]
    return Joints(n, mixed, (1, n), (1, n), extra={"parts": parts, "weight": weight[:, 0, 0]})


def _mixture_domain(vary: int, name: str, statement: str) -> Domain:
    return Domain(
        name=name,
        statement=f"two systems with {statement}, and the mixture of their trajectories",
        shape={**SIZES, "kx": Integers(2, 3), "ky": Integers(2, 3),
               "inputs_vary": Integers(vary, vary)},
        rows={"weight": SOME, "apart": NEVER, **SEEDS},
        build=_mixtures,
        constraints={statement: Constraint(f"Both systems have {statement}.", "apart", MOST)},
    )  # fmt: skip


def _gap(information: Information, joints: Joints) -> tuple[Array, Array]:
    """Return the information of the mixture, and the mixture of the informations."""
    one, other = joints.extra["parts"]
    weight = joints.extra["weight"]
    values = information(one, joints.n).full(), information(other, joints.n).full()
    return information(joints.joint, joints.n).full(), weight * values[0] + (1 - weight) * values[1]


_SAME = {"n": 2, "kx": 2, "ky": 2, "weight": 1.0, "apart": 0.0, "seed": 1}


@law(DIRECTED_INFORMATION, over=_mixture_domain(1, "mixed inputs", "one channel"),
     standing="derived", dossier="C6", tight=({**_SAME, "inputs_vary": 1},))  # fmt: skip
def concave_in_the_inputs(information: Information, joints: Joints) -> Slack:
    r"""For a fixed channel $p(y^n \| x^n)$ it is concave in $p(x^n \| y^{n-1})$, products mixed."""
    mixed, average = _gap(information, joints)
    return at_least(mixed, average, ulps=joints.ulps, scale=joints.scale)


@law(DIRECTED_INFORMATION, over=_mixture_domain(0, "mixed channels", "one law of inputs"),
     standing="derived", dossier="C6", tight=({**_SAME, "inputs_vary": 0},))  # fmt: skip
def convex_in_the_channel(information: Information, joints: Joints) -> Slack:
    r"""For fixed $p(x^n \| y^{n-1})$ it is convex in $p(y^n \| x^n)$, products mixed."""
    mixed, average = _gap(information, joints)
    return at_most(mixed, average, ulps=joints.ulps, scale=joints.scale)


def _memoryless(parameters: dict[str, Any], precision: Precision) -> Joints:
    """Build a memoryless channel, random or symmetric with a flip probability, with feedback."""
    n, seed, kx, ky = _sizes(parameters)
    agent, others = kernels(seed, n, kx, ky)
    memory, flip = _share(parameters, "memory"), _share(parameters, "flip")[:, :, 0]
    same = rows_of(seed, (kx, ky), 700, 0.2)
    if parameters["symmetric"]:
        same = (1 - flip) * np.eye(2) + flip * (1 - np.eye(2))
    channel = []
    for i, rows in enumerate(others):
        last = np.tile(same, (1, kx**i, 1))[:, :, None, :]
        channel.append((1 - memory) * last + memory * rows)
    fair = _share(parameters, "fair")
    agent = [(1 - fair) * rows + fair / kx for rows in agent]
    joint = precision.round(played(agent, channel))
    cube = joint.reshape(len(seed), *[kx] * n, *[ky] * n)
    single = np.zeros(len(seed))
    for t in range(n):
        gone = [axis for axis in range(1, 2 * n + 1) if axis not in (1 + t, 1 + n + t)]
        pair = cube.sum(axis=tuple(gone))
        single += (prefix_entropy(pair, 1, 1, 0) + prefix_entropy(pair, 1, 0, 1)
                   - prefix_entropy(pair, 1, 1, 1))  # fmt: skip
    return Joints(n, joint, (1, n), (1, n), extra={"single": single, "flip": flip[:, 0, 0]})


_NO_MEMORY = {"memoryless": Constraint("$p(y_i \\mid x^i, y^{i-1}) = p(y_i \\mid x_i)$.",
                                       "memory", MOST)}  # fmt: skip
MEMORYLESS = Domain(
    name="memoryless channels with feedback",
    statement="a memoryless channel, inputs that may depend on the feedback",
    shape={**SIZES, "symmetric": Integers(0, 0)},
    rows={"memory": NEVER, "flip": NEVER, "fair": NEVER, **SEEDS},
    build=_memoryless,
    constraints=_NO_MEMORY,
)
SYMMETRIC = Domain(
    name="binary symmetric channels with feedback",
    statement="a binary symmetric channel that flips with probability $p$, inputs that may "
    "depend on the feedback",
    shape={"n": Integers(1, 3), "kx": Integers(2, 2), "ky": Integers(2, 2),
           "symmetric": Integers(1, 1)},
    rows={"memory": NEVER, "flip": Reals(0.1, 0.9, (0.5,)), "fair": SOME, **SEEDS},
    build=_memoryless,
    constraints=_NO_MEMORY,
)  # fmt: skip


@law(DIRECTED_INFORMATION, over=MEMORYLESS, standing="derived", dossier="C7",
     tight=({"n": 1, "kx": 2, "ky": 2, "symmetric": 0, "memory": 0.0, "flip": 0.0, "fair": 0.0,
             "seed": 3},))  # fmt: skip
def memoryless_channels_add_up(information: Information, joints: Joints) -> Slack:
    r"""A memoryless channel used with feedback has $I(X^n \to Y^n) \le \sum_i I(X_i; Y_i)$."""
    value = information(joints.joint, joints.n).full()
    return at_most(value, joints.extra["single"], ulps=joints.ulps, scale=joints.scale)


@law(DIRECTED_INFORMATION, over=SYMMETRIC, standing="derived", dossier="C7",
     tight=({"n": 3, "kx": 2, "ky": 2, "symmetric": 1, "memory": 0.0, "flip": 0.1, "fair": 1.0,
             "seed": 0},))  # fmt: skip
def feedback_does_not_raise_capacity(information: Information, joints: Joints) -> Slack:
    r"""$n$ uses of the binary symmetric channel with feedback have
    $I(X^n \to Y^n) \le n C = n (1 - h(p))$.
    """
    entropies = [theory.closed_forms.binary_entropy(float(p)) for p in joints.extra["flip"]]
    capacity = joints.n * (1 - np.array(entropies))
    value = information(joints.joint, joints.n).full()
    return at_most(value, capacity, ulps=joints.ulps, scale=joints.scale)


def _processed(parameters: dict[str, Any], precision: Precision) -> Joints:
    """Build X or Y put through a memoryless kernel with private noise (or one that leaks)."""
    n, seed, kx, ky = _sizes(parameters)
    agent, environment = kernels(seed, n, kx, ky)
    agent = without_feedback(agent, np.asarray(parameters["feedback"], dtype=np.float64))
    joint = precision.round(played(agent, environment))
    first = min(int(parameters["first"]), n)
    axis, leak = int(parameters["axis"]), _share(parameters, "leak")
    both = rows_of(seed, (kx, ky, int(parameters["kv"])), 800, 0.3)
    own = both[:, :, :1] if axis == 1 else both[:, :1]
    seen = processed(joint, n, (1 - leak) * own + leak * both, axis)
    return Joints(n, joint, (first, n), (1, n), extra={"seen": seen})


_PROCESSED: dict[str, Range] = {**SIZES, "kv": Integers(1, 3), "first": Integers(1, 1)}
PROCESSED_SOURCES = Domain(
    name="processed sources",
    statement="$V_i$ from $X_i$ with private noise, a causal channel from $X^n$ to $Y^n$ with "
    "feedback, the source interval $[1:n]$",
    shape={**_PROCESSED, "axis": Integers(1, 1)},
    rows={"feedback": SOME, "leak": NEVER, **SEEDS},
    build=_processed,
    constraints={
        "private noise": Constraint("$V_i - X_i - (Y^n, X^n, V^{i-1})$.", "leak", MOST),
        "from the first symbol on": Constraint("The source interval begins at 1.", "first",
                                               Integers(2, 3)),
    },
)  # fmt: skip
PROCESSED_TARGETS = Domain(
    name="processed targets",
    statement="$Z_i$ from $Y_i$ with private noise, a causal channel from $X^n$ to $Y^n$ without "
    "feedback",
    shape={**_PROCESSED, "axis": Integers(2, 2)},
    rows={"feedback": NEVER, "leak": NEVER, **SEEDS},
    build=_processed,
    constraints={
        "private noise": Constraint("$Z_i - Y_i - (X^n, Y^n, Z^{i-1})$.", "leak", MOST),
        "no feedback": Constraint("$X_i$ depends on $X^{i-1}$ alone.", "feedback", MOST),
    },
)


def _loses(information: Information, joints: Joints) -> Slack:
    before = information(joints.joint, joints.n).full(joints.x, joints.y)
    after = information(joints.extra["seen"], joints.n).full(joints.x, joints.y)
    return at_most(after, before, ulps=joints.ulps, scale=joints.scale)


_NOTHING_LOST = {"n": 1, "kx": 1, "ky": 2, "kv": 2, "first": 1, "leak": 0.0, "seed": 0}


@law(DIRECTED_INFORMATION, over=PROCESSED_SOURCES, standing="derived", dossier="C8",
     tight=({**_NOTHING_LOST, "axis": 1, "feedback": 1.0},))  # fmt: skip
def processing_the_source_loses(information: Information, joints: Joints) -> Slack:
    r"""$I(V^n \to Y^n) \le I(X^n \to Y^n)$ if each $V_i$ is $X_i$ put through a kernel. It is false
    for intervals that begin later, because what is given changes from $X_{<a}$ to $V_{<a}$.
    """
    return _loses(information, joints)


@processing_the_source_loses.proved(scope="certificates for n <= 3, all alphabets, causal kernels")
def source_processing() -> Iterator[Any]:
    yield from _conditional("source data processing")


@law(DIRECTED_INFORMATION, over=PROCESSED_TARGETS, standing="derived", dossier="C9",
     tight=({**_NOTHING_LOST, "axis": 2, "feedback": 0.0},))  # fmt: skip
def processing_the_target_loses_without_feedback(information: Information,
                                                 joints: Joints) -> Slack:  # fmt: skip
    r"""$I(X^n \to Z^n) \le I(X^n \to Y^n)$ if each $Z_i$ is $Y_i$ put through a kernel and the
    inputs see no feedback.
    """
    return _loses(information, joints)


@law(DIRECTED_INFORMATION, over=PROCESSED_TARGETS.without("no feedback"),
     standing="refuted conjecture", dossier="C9")  # fmt: skip
def processing_the_target_loses(information: Information, joints: Joints) -> Slack:
    r"""$I(X^n \to Z^n) \le I(X^n \to Y^n)$ for each $Z_i$ made of $Y_i$, with feedback. Hiding from
    the target what the source has learnt from it can add information.
    """
    return _loses(information, joints)
