"""Interrupting a thread where it stands, by the means that Python and the system have."""

from __future__ import annotations

import _thread
import ctypes
import functools
import signal
import threading
from collections.abc import Callable

from rlm_kernel.interfaces import RunInterrupted


def signal_main_thread() -> None:
    """Interrupt the main thread as Ctrl-C does."""
    if hasattr(signal, "pthread_kill"):
        ident = threading.main_thread().ident
        assert ident is not None
        signal.pthread_kill(ident, signal.SIGINT)  # also wakes a blocking call, such as sleep
    else:
        _thread.interrupt_main()  # Windows


def raising_in(ident: int, error: type[BaseException]) -> Callable[[], object]:
    """What raises `error` in a thread at its next possible point; there is none in it, it is all C."""
    set_error = ctypes.pythonapi.PyThreadState_SetAsyncExc
    return functools.partial(set_error, ctypes.c_ulong(ident), ctypes.py_object(error))


def strike_here() -> None:
    """The call of a function is a point at which a thread takes an interrupt."""


def unmark_interrupts() -> None:
    """Let the other threads go on as usual though one in C has not taken its interrupt yet.

    Python 3.11 marks the whole interpreter until some thread takes one; a call that is
    traced, by a debugger or by an `Insistence`, does not return as long as the mark is set.
    This thread takes one, and the other keeps its own for when it is back from C.
    """
    try:
        raising_in(threading.get_ident(), RunInterrupted)()
        strike_here()
    except RunInterrupted:
        pass
