"""Calls in a worker process, so that a function that hangs or kills its process is found out.

The worker is a fresh interpreter that imports the function by its name; arguments and results
travel pickled through its standard input and output.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from typing import Any

import numpy as np

from corollary.verify.implementation import Fault, Lost, Misuse, fault_of, resolve
from corollary.verify.libraries import session

DEFAULT_SECONDS = 5.0
START_SECONDS = 120.0  # to start an interpreter and import the function: no part of a call


class NotIsolated(Misuse):
    """Raised where isolation is not offered."""


class Isolated:
    """A function named ``module:attribute``, each call of which has a time limit of its own.

    Parameters
    ----------
    name : str
        The function; a closure has no name under which another process could find it.
    seconds : float
        Limit of one call; starting the worker does not count.
    library, dtype : str
        What its arrays are, see `corollary.verify.libraries.session`.

    Raises
    ------
    ValueError
        If `name` is not a name that a new interpreter can import, or `seconds` is not positive.
    """

    def __init__(self, name: Any, seconds: float, library: str, dtype: str) -> None:
        if not isinstance(name, str) or name.startswith("__main__:"):
            raise NotIsolated(
                "isolate is offered for functions named 'module:attribute' alone: another process "
                f"cannot import {name!r}"
            )
        number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
        if not number or not 0 < seconds < threading.TIMEOUT_MAX:
            raise ValueError(f"isolate must be a positive number of seconds, got {seconds!r}")
        self.name, self.seconds, self.library, self.dtype = name, seconds, library, dtype
        self._worker: subprocess.Popen[bytes] | None = None
        self._lost: dict[bytes, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def __call__(self, *values: Any, **keywords: Any) -> Any:
        try:
            request = pickle.dumps((values, keywords))
        except Exception as error:
            raise NotIsolated(
                f"isolate is not offered here: {self.name} is called with something that cannot "
                f"be sent to another process ({error})"
            ) from error
        digest = hashlib.sha256(request).digest()
        with self._lock:
            if digest in self._lost:  # it would cost the time limit, or a process, again
                raise Lost(*self._lost[digest])
            if self._worker is None:
                self._start()
            answer = self._exchange(request, self.seconds)
            if answer is None:
                self._lost[digest] = self._end()
                raise Lost(*self._lost[digest])
        changed, kind, result = answer
        for value, new in zip(values, changed, strict=False):
            if isinstance(value, (list, np.ndarray)) or hasattr(value, "copy_"):
                value[:] = new
        if kind == "not isolated":
            raise NotIsolated(f"isolate is not offered here: {result}")
        if kind is not None:
            raise Fault(kind, result)
        return result

    def _start(self) -> None:
        code = f"import sys; sys.path[:] = {sys.path!r}; "
        code += "from corollary.verify.isolation import serve; serve()"
        command = [sys.executable, "-c", code]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        weakref.finalize(self, _close, worker)
        self._worker, self._timed_out = worker, False
        opening = pickle.dumps((self.name, self.library, self.dtype))
        if self._exchange(opening, START_SECONDS) is None:
            kind, message = self._end()
            raise Lost(kind, f"while it was imported in a new process: {message}")

    def _exchange(self, request: bytes, seconds: float) -> Any:
        """Return the worker's answer, or None when it died or was killed at the time limit."""
        worker = self._worker
        assert worker is not None and worker.stdin is not None and worker.stdout is not None

        def expire() -> None:
            self._timed_out = True
            worker.kill()

        timer = threading.Timer(seconds, expire)
        timer.start()
        try:
            worker.stdin.write(pickle.dumps(request))
            worker.stdin.flush()
            return pickle.load(worker.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            return None
        finally:
            timer.cancel()

    def _end(self) -> tuple[str, str]:
        """Return the class and the message of what ended the worker."""
        assert self._worker is not None
        with contextlib.suppress(subprocess.TimeoutExpired):  # it may be ending still
            self._worker.wait(START_SECONDS)
        _close(self._worker)
        status, self._worker = self._worker.returncode, None
        if self._timed_out:
            return "timed out", f"no result after {self.seconds:g} s"
        if status < 0:
            return "raised", f"killed its process ({signal.Signals(-status).name})"
        return "raised", f"ended its process (exit status {status})"


def _close(worker: subprocess.Popen[bytes]) -> None:
    if worker.poll() is None:
        worker.kill()
    worker.wait()
    for pipe in (worker.stdin, worker.stdout):
        with contextlib.suppress(OSError):
            assert pipe is not None
            pipe.close()


def serve() -> None:
    """Answer calls of one function until the standard input ends: the worker's whole life."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what the function prints must not get among the answers
    name, library, dtype = pickle.loads(pickle.load(requests))
    function = resolve(name)
    answer = pickle.dumps("ready")
    while True:
        answers.write(answer)
        answers.flush()
        try:
            request = pickle.load(requests)
        except EOFError:
            return
        with session(library, dtype), np.errstate(all="ignore"):  # as the searches do
            answer = _answer(function, request)


def _answer(function: Any, request: bytes) -> bytes:
    """Return the pickled answer: arguments that the call changed, a fault's class, the result."""
    try:
        values, keywords = pickle.loads(request)
    except Exception as error:
        return pickle.dumps(((), "not isolated", f"{type(error).__name__}: {error}"))
    before = pickle.dumps(values)
    kind: str | None = None
    try:
        result = function(*values, **keywords)
    except Exception as error:
        fault = fault_of(error)
        kind, result = fault.kind, str(fault)
    changed = values if pickle.dumps(values) != before else ()
    try:
        return pickle.dumps((changed, kind, result))
    except Exception as error:
        message = f"returned {type(result).__name__}, which cannot be sent: {error}"
        return pickle.dumps((changed, "convention", message))
