"""Stopping a run: at once where user code runs, at a safe point where ours does.

A `Stop` is the flag that everything under one root run looks at.  `CodeThread` says
whether a thread is running cells' code right now, and so may be interrupted where it
stands.  `Sigint` turns the kernel's interrupt into both.

The second problem is code that swallows the interrupt in a bare ``except``.  When a cell
still runs half a second after it was interrupted, a trace function raises again inside
the handler that swallowed it: an exception raised in a handler leaves the ``try``.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

from rlm_kernel.interfaces import RunInterrupted

INSIST_AFTER = 0.5
"""Seconds a cell gets to end after an interrupt before it is interrupted more forcefully."""


class Stop:
    """A flag: everything that belongs to the run is to end."""

    def __init__(self) -> None:
        self.reason: str | None = None

    def set(self, reason: str) -> None:
        self.reason = self.reason or reason

    def clear(self) -> None:
        self.reason = None

    def __bool__(self) -> bool:
        return self.reason is not None

    def check(self) -> None:
        """Raise RunInterrupted if the flag is set."""
        if self.reason is not None:
            raise RunInterrupted("the run was interrupted: this call was not made")


class CodeThread:
    """What a thread is doing: running cells' code, or ours."""

    def __init__(self) -> None:
        self.in_code = False
        self.ident = threading.get_ident()
        self._globals: object = None
        self._lock = threading.Lock()

    @contextmanager
    def running_code(self, namespace: object = None) -> Iterator[None]:
        """Around the code of a cell whose globals are `namespace`."""
        self._globals = namespace
        with self._as(in_code=True):
            yield

    def runs_cell(self, frame: FrameType | None) -> bool:
        """Whether a cell's own code is on the stack of `frame`.

        It is not while IPython prepares a cell, or shows the traceback of one that ended.
        """
        while frame is not None:
            if frame.f_globals is self._globals:
                return True
            frame = frame.f_back
        return False

    @contextmanager
    def in_ours(self) -> Iterator[None]:
        """Around our own code where a cell's code calls it."""
        with self._as(in_code=False):
            yield

    @contextmanager
    def _as(self, *, in_code: bool) -> Iterator[None]:
        # Another thread of the same cell may pass here too: only the owner is interruptible.
        if threading.get_ident() != self.ident:
            yield
            return
        before = self.in_code
        with self._lock:
            self.in_code = in_code
        try:
            yield
        finally:
            self.in_code = before

    def interrupt(self) -> None:
        """Raise RunInterrupted in the thread, if it is running code; from another thread."""
        with self._lock:
            if self.in_code:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self.ident), ctypes.py_object(RunInterrupted)
                )


class Sigint:
    """While entered on the main thread, SIGINT sets `stop` and interrupts the code that runs."""

    def __init__(self, stop: Stop, thread: CodeThread) -> None:
        self._stop = stop
        self._thread = thread
        self._before: Any = None
        self._entered = False
        self._insisting = threading.Event()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._on_signal)
            self._entered = True
        return self

    def __exit__(self, *exc: object) -> None:
        self._insisting.set()
        if self._entered:
            signal.signal(signal.SIGINT, self._before)
            self._entered = False

    def _on_signal(self, _signum: int, frame: FrameType | None) -> None:
        __tracebackhide__ = True  # the traceback is to end in the code that was interrupted
        again = bool(self._stop)
        self._stop.set("interrupt")
        if not self._thread.in_code:
            return  # our own code notices the flag where it is safe
        if not again:
            self._insist_later()
        if not self._thread.runs_cell(frame):
            return  # it begins only now, and will be insisted on, or has ended
        if again:
            _raise_in_handlers(frame)
        raise KeyboardInterrupt

    def _insist_later(self) -> None:
        self._insisting.clear()
        threading.Thread(target=self._insist, name="rlm-insist", daemon=True).start()

    def _insist(self) -> None:
        while not self._insisting.wait(INSIST_AFTER):
            if not self._stop:
                return
            if self._thread.in_code:
                _signal_main_thread()


def _signal_main_thread() -> None:
    if hasattr(signal, "pthread_kill"):
        ident = threading.main_thread().ident
        assert ident is not None
        signal.pthread_kill(ident, signal.SIGINT)  # also wakes a blocking call, such as sleep
    else:
        import _thread  # noqa: PLC0415  (Windows)

        _thread.interrupt_main()


def _raise_in_handlers(frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt anew in each running handler that caught one."""
    before = sys.gettrace()

    def trace(_frame: FrameType, event: str, _arg: object) -> Callable[..., Any]:
        if event == "line" and isinstance(sys.exc_info()[1], KeyboardInterrupt):
            sys.settrace(before)
            raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    while frame is not None:
        frame.f_trace = trace
        frame = frame.f_back
