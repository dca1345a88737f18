"""Comparisons of the learners: their settings, how data are split, and what is measured."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corollary.algorithms.noprop._blocks import NoProp
from corollary.algorithms.noprop._parts import Parts
from corollary.algorithms.noprop.continuous import NoPropCT
from corollary.algorithms.noprop.discrete import NoPropDT
from corollary.algorithms.noprop.end_to_end import EndToEnd
from corollary.algorithms.noprop.flow import NoPropFM
from corollary.algorithms.noprop.forward_forward import ForwardForward
from corollary.algorithms.noprop.perceptrons import (
    BackpropMLP,
    DirectFeedbackAlignment,
    DualPropagation,
)
from corollary.algorithms.noprop.schedules import LinearSchedule

Array = NDArray[Any]
RUNS = 11


@dataclass(frozen=True)
class Outcome:
    """What one training came to.

    Attributes
    ----------
    single : float
        Accuracy of one random run, the mean of several; for a learner without random inference
        its accuracy.
    vote : float
        Accuracy of the most frequent class of all runs.
    zero : float
        Accuracy of the deterministic run from zero. Both are NaN without random inference.
    parameters : int
    seconds : float
        Processor time of the training.
    """

    single: float
    vote: float
    zero: float
    parameters: int
    seconds: float


def learners() -> dict[str, NoProp | Parts]:
    """Return the learners of the comparison on digits by name, untrained.

    Examples
    --------
    >>> learners()["FM, 3I, width 128"]
    NoPropFM()
    """
    half = LinearSchedule(3.0)
    wide = (256, 256)
    return {
        "DT, width 64, 60 epochs, rate 0.001": NoPropDT(width=64, epochs=60, learning_rate=1e-3),
        "DT, width 64, 60 epochs": NoPropDT(width=64, epochs=60),
        "DT, width 64": NoPropDT(width=64),
        "DT, width 128": NoPropDT(),
        "DT, one block, width 64": NoPropDT(width=64, blocks=1, epochs=300),
        "DT, learned embedding": NoPropDT(width=64, epochs=100, embedding="learned"),
        "CT, SNR weight": NoPropCT(loss="snr", width=64, steps=100),
        "CT, SNR weight, limit 3": NoPropCT(loss="snr", schedule=half, width=64, steps=100),
        "CT, root of SNR": NoPropCT(loss="root-snr", width=64, steps=100),
        "CT, constant weight": NoPropCT(width=64, steps=100),
        "CT, constant weight, width 128": NoPropCT(steps=100),
        "FM, I, width 64": NoPropFM(width=64, scale=1.0),
        "FM, 3I, width 64": NoPropFM(width=64),
        "FM, 3I, width 128": NoPropFM(),
        "end to end, width 64": EndToEnd(width=64),
        "backpropagation, 128-64": BackpropMLP(),
        "backpropagation, 256-128": BackpropMLP(hidden=(256, 128)),
        "backpropagation, squared error": BackpropMLP(loss="squared-error", epochs=150),
        "dual propagation, nudge 0.1": DualPropagation(nudge=0.1),
        "dual propagation, nudge 0.5": DualPropagation(),
        "feedback alignment, tanh": DirectFeedbackAlignment(),
        "feedback alignment, ReLU": DirectFeedbackAlignment(activation="relu"),
        "forward-forward, random": ForwardForward(hidden=wide),
        "forward-forward, hard": ForwardForward(negatives="hard", epochs=100, hidden=wide),
        "collaborative, random": ForwardForward(collaborative=True, hidden=wide),
        "collaborative, hard": ForwardForward(
            collaborative=True, negatives="hard", epochs=100, hidden=wide
        ),
    }


def stratified_split(y: ArrayLike, seed: int, share: float = 0.2) -> tuple[Array, Array]:
    """Return the rows for training and for test, the same share of each class in both.

    Parameters
    ----------
    y : array (n,)
    seed : int
    share : float in (0, 1)
        Of each class, for test.

    Examples
    --------
    >>> train, test = stratified_split([0] * 10 + [1] * 5, seed=0)
    >>> len(train), len(test)
    (12, 3)
    """
    labels = np.asarray(y)
    if not 0 < share < 1:
        raise ValueError(f"share is {share!r}; it must be between 0 and 1")
    random = np.random.default_rng(seed)
    test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        test[rows[: round(share * len(rows))]] = True
    return np.flatnonzero(~test), np.flatnonzero(test)


def run_trial(
    model: NoProp | Parts, train: tuple[ArrayLike, ArrayLike], test: tuple[ArrayLike, ArrayLike]
) -> Outcome:
    """Return what the model comes to when it is trained on `train` and asked about `test`.

    Parameters
    ----------
    model : learner
        It is fitted, and its way of inference restored.
    train, test : pairs (X, y)

    Examples
    --------
    >>> X, y = np.array([[0.0], [1.0]] * 8), [0, 1] * 8
    >>> run_trial(NoPropFM(width=8, epochs=200), (X, y), (X, y)).zero
    1.0
    """
    start = time.process_time()
    model.fit(*train)
    seconds = time.process_time() - start
    if isinstance(model, Parts):
        size = sum(part.theta.size for part in model.parts_)
        return Outcome(model.score(*test), np.nan, np.nan, size, seconds)
    size = sum(block.theta.size for block in model.blocks_)
    usual = {"inference": model.inference, "runs": model.runs}
    X, y = test
    try:
        answers = model.set_params(runs=RUNS).predict_runs(X)
        zero = model.set_params(inference="zero-start").score(X, y)
    finally:
        model.set_params(**usual)
    right = answers == np.asarray(y)
    votes = (answers[..., None] == model.classes_).sum(axis=0)
    vote = np.mean(model.classes_[votes.argmax(axis=1)] == np.asarray(y))
    return Outcome(float(right.mean()), float(vote), zero, size, seconds)
