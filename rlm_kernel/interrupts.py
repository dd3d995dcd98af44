"""Stopping a run: at once where user code runs, at a safe point where ours does.

A `Stop` is the flag that everything under one root run looks at.  `CodeThread` says
whether a thread is running cells' code right now, and so may be interrupted where it
stands.  `Sigint` turns the kernel's interrupt into both.

The second problem is code that swallows the interrupt in a bare ``except``.  As long as a
cell runs although the run was stopped, whoever stopped it, it is interrupted again and
again, the later times with an `Insistence`: an exception raised inside the handler that
swallowed the one before leaves the ``try``.
"""

from __future__ import annotations

import _thread
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

from rlm_kernel.interfaces import RunInterrupted
from rlm_kernel.thread_interrupts import raising_in, signal_main_thread, strike_here

INSIST_AFTER = 0.5
"""Seconds a cell gets to end after an interrupt before it is interrupted more forcefully."""

_AWAITING = ("rlm_kernel.shell.awaiting", "_run_until_interrupted")
"""The function on the stack while a cell awaits, when none of the cell's own frames is."""


class Stop:
    """A flag: everything that belongs to the run is to end."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.on_set: Callable[[], None] | None = None
        """Called when the flag is set, by whoever sets it: a signal handler, so it takes no locks."""

    def set(self, reason: str) -> None:
        if self.reason is None:
            self.reason = reason
            if self.on_set is not None:
                self.on_set()

    def clear(self) -> None:
        self.reason = None

    def __bool__(self) -> bool:
        return self.reason is not None

    def check(self) -> None:
        """Raise RunInterrupted if the flag is set."""
        if self.refusal is not None:
            raise RunInterrupted(self.refusal)

    @property
    def refusal(self) -> str | None:
        """What code is told that goes on although the flag is set."""
        return None if self.reason is None else "the run was interrupted before this call had come to an end"


class CodeThread:
    """What a thread is doing: running cells' code, or ours."""

    def __init__(self) -> None:
        self.in_code = False
        self.ident = threading.get_ident()
        self._globals: object = None
        self._outside: FrameType | None = None
        self._insistence: Insistence | None = None
        self._interrupted = False
        self._lock = threading.Lock()

    @contextmanager
    def running_code(self, namespace: object = None) -> Iterator[None]:
        """Around the code of a cell whose globals are `namespace`; entered by a ``with`` statement."""
        self._globals, self._interrupted = namespace, False
        self._outside = sys._getframe(2)  # noqa: SLF001  (of the ``with``: past contextlib's)
        try:
            with self._as(in_code=True):
                yield
        finally:
            self._outside = None
            if self._interrupted:
                self._take_late_interrupt()
            if self._insistence is not None:
                self._insistence.end()
                self._insistence = None

    def runs_cell(self, frame: FrameType | None) -> bool:
        """Whether a cell's own code is on the stack of `frame`, or is being awaited there.

        It is not while IPython prepares a cell, or shows the traceback of one that ended.
        Below what runs the cell there may be others: that with the ``%%rlm``, for one.
        """
        is_ipythons = False
        while frame is not None and frame is not self._outside:
            module = frame.f_globals.get("__name__") or ""
            if frame.f_globals is self._globals:
                return self._outside is not None
            if (module, frame.f_code.co_name) == _AWAITING:
                return self._outside is not None and not is_ipythons
            is_ipythons = is_ipythons or module.startswith("IPython.")
            frame = frame.f_back
        return False

    @contextmanager
    def in_ours(self) -> Iterator[None]:
        """Around our own code where a cell's code calls it."""
        with self._as(in_code=False):
            yield

    def interrupt(self) -> None:
        """Raise RunInterrupted in the thread, if it is running code; from another thread.

        From the second time on a cell, handlers that swallow it are left too.
        """
        with self._lock:
            stands = sys._current_frames().get(self.ident)  # noqa: SLF001
            if self.in_code and self.runs_cell(stands):
                raising_in(self.ident, self._insisting_error() if self._interrupted else RunInterrupted)()
                self._interrupted = True

    def insist(self, frame: FrameType, interrupt_again: Callable[[], object]) -> None:
        """Let the interrupt that is about to be raised at `frame` leave the handlers that catch it.

        Called on the thread itself; see `Insistence`.
        """
        if self.in_code and self.runs_cell(frame):
            if self._insistence is None:
                self._insistence = Insistence(self, interrupt_again)
            self._insistence.begin(frame, self._outside)

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

    def _insisting_error(self) -> type[RunInterrupted]:
        """RunInterrupted of a kind that insists: its construction is the thread's own, when it strikes."""
        thread = self

        class Insisting(RunInterrupted):
            def __init__(self, *args: object) -> None:
                super().__init__(*args)
                thread.insist(sys._getframe(1), raising_in(thread.ident, Insisting))  # noqa: SLF001

        Insisting.__name__ = RunInterrupted.__name__
        return Insisting

    def _take_late_interrupt(self) -> None:
        """Let what was meant for the cell's code, which has ended, strike here and not later in ours."""
        try:
            with self._lock:  # whoever is about to interrupt has done so
                strike_here()
        except RunInterrupted:
            pass


class Insistence:
    """Raises KeyboardInterrupt anew in each handler of a cell's code that caught one.

    A trace function sees the lines of the handlers.  Python takes it away once it raised,
    and so it would reach a single handler: it asks for another interrupt first, which
    strikes further out and puts the trace function back, until no handler is left.

    Parameters
    ----------
    thread
        The current one.
    interrupt_again
        Has this thread interrupted at the next possible point; written in C.
    """

    def __init__(self, thread: CodeThread, interrupt_again: Callable[[], object]) -> None:
        self._thread = thread
        self._interrupt_again = interrupt_again
        self._before = sys.gettrace()

    def begin(self, frame: FrameType | None, outside: FrameType | None) -> None:
        """Watch `frame` and its callers up to `outside`, and what they call."""
        while frame is not None and frame is not outside:
            frame.f_trace = self._trace
            frame = frame.f_back
        sys.settrace(self._trace)

    def end(self) -> None:
        """Leave tracing as it was."""
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, _arg: object) -> Callable[..., Any] | None:
        __tracebackhide__ = True
        if event == "call" and not self._thread.runs_cell(frame):
            sys.settrace(self._before)  # the cell has ended, and who shows its error is not to be slowed
            return None
        in_handler = event == "line" and isinstance(sys.exc_info()[1], KeyboardInterrupt)
        if in_handler and self._thread.in_code and not _passes_it_on(frame):
            # After a call Python looks for interrupts, here and now; after a step of a loop it does not.
            for _ in iter(self._interrupt_again, self):
                raise KeyboardInterrupt
        return self._trace


class Sigint:
    """While entered on the main thread, SIGINT sets `stop`, and a set `stop` ends the code that runs."""

    def __init__(self, stop: Stop, thread: CodeThread) -> None:
        self._stop = stop
        self._thread = thread
        self._before: Any = None
        self._entered = False
        self._interrupted = False
        self._over = False
        self._lock = threading.Lock()
        self._told: queue.SimpleQueue[None] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._on_signal)
            self._entered = True  # from here on an interrupt sets the flag, and raises nothing
            threading.Thread(target=self._insist, name="rlm-insist", daemon=True).start()
            self._stop.on_set = self._tell
            if self._stop:
                self._tell()  # it was set in between
        return self

    def __exit__(self, *exc: object) -> None:
        if self._entered:
            self._stop.on_set = None
            with self._lock:  # no interrupt of ours may strike the user's own code
                self._over = True
            self._tell()
            signal.signal(signal.SIGINT, self._before)
            self._entered = False

    def _on_signal(self, _signum: int, frame: FrameType | None) -> None:
        __tracebackhide__ = True  # the traceback is to end in the code that was interrupted
        again, self._interrupted = self._interrupted, True
        self._stop.set("interrupt")
        if frame is None or not self._thread.in_code or not self._thread.runs_cell(frame):
            return  # our own code notices the flag where it is safe; a cell that begins is insisted on
        if again:
            self._thread.insist(frame, _thread.interrupt_main)
        raise KeyboardInterrupt

    def _tell(self) -> None:
        self._told.put(None)  # of all that wakes a thread, what a signal handler may use

    def _insist(self) -> None:
        self._told.get()
        while not self._over:
            try:
                self._told.get(timeout=INSIST_AFTER)
            except queue.Empty:
                with self._lock:
                    if not self._over:
                        signal_main_thread()


def _passes_it_on(frame: FrameType) -> bool:
    """Whether the handlers of this code swallow nothing, and keep its state in order.

    So it is with Python's own modules, an event loop for one, and with ours; but
    `contextlib.suppress` is for swallowing.
    """
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    ours = __name__.partition(".")[0]
    return package == ours or (package in sys.stdlib_module_names and package != "contextlib")
