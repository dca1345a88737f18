"""Functions that another process can import: right, wrong, hanging and deadly ones."""

import os
import signal
import sys
import time

import numpy as np


def right(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def hangs(logits):
    if logits.shape[-1] > 5:
        time.sleep(1e6)
    return right(logits)


def slow_in_batches(logits):
    time.sleep(0.4 * (len(logits) > 1))
    return right(logits)


def dies(logits):
    if logits.shape[-1] > 5:
        os.kill(os.getpid(), signal.SIGSEGV)
    return right(logits)


def leaves(logits):
    sys.exit(3)


def in_place(logits):
    logits -= 1.0
    return right(logits)


def talks(logits):
    print("among the answers?")
    return right(logits)


def raises(logits):
    raise IndexError("no such item")


def unsendable(logits):
    return lambda: logits


def ends_generators(logits):
    raise GeneratorExit


def only_rows(logits):
    assert logits.ndim == 1
    return logits


def nothing(logits):
    return None


def ragged(logits):
    return [[1], [1, 2]]


def complex_numbers(logits):
    return right(logits) + 0j


def names(logits):
    return np.full(logits.shape, "weight")
