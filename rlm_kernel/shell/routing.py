"""Which recorder the running code belongs to, and the way of its output there.

Output is recorded where it passes and goes on to the front end.  Which cell it belongs to
is decided by a context variable, because children run side by side and swapping
`sys.stdout` is global to the process; bare threads fall back to the root's running cell.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from rlm_kernel.shell.descriptors import ChildProcesses, Pipe, watched_pipe
from rlm_kernel.shell.recorder import Recorder

_PASS = Recorder(live=True)
"""Stands for: do not record, let through."""
_current: ContextVar[Recorder | None] = ContextVar("rlm_recorder", default=None)
_root: list[Recorder] = []


def current_recorder() -> Recorder | None:
    """The recorder of the calling code, or None where nothing is recorded."""
    recorder = _current.get() or (_root[-1] if _root else None)
    return None if recorder is _PASS else recorder


@contextmanager
def recording(recorder: Recorder, *, is_root: bool = False) -> Iterator[None]:
    """Record what the code run inside writes to stdout and stderr.

    What threads without a context of their own write goes to the root's cell.
    """
    token = _current.set(recorder)
    if is_root:
        _root.append(recorder)
    with _streams.routed():
        try:
            yield
            catch_up()
        finally:
            _current.reset(token)
            if is_root:
                _root.remove(recorder)


@contextmanager
def recording_all(recorder: Recorder) -> Iterator[None]:
    """Record whatever is written and not recorded otherwise.

    It touches no context variable: IPython begins a cell that awaits in one task and ends it
    in another.
    """
    _root.append(recorder)
    with _streams.routed():
        try:
            yield
            catch_up()
        finally:
            _root.remove(recorder)


@contextmanager
def not_recording() -> Iterator[None]:
    """Let output through unrecorded, where it was recorded in another form already."""
    token = _current.set(_PASS)
    try:
        yield
    finally:
        _current.reset(token)


def catch_up() -> None:
    """Wait, shortly, for what child processes that have ended wrote before this."""
    _streams.children.catch_up()


def _record(name: str, text: str, write: Callable[[str], Any]) -> int:
    """Record text on its way to `write`, which gets what is to be shown of it."""
    recorder = current_recorder()
    if recorder is None:
        write(text)
        return len(text)
    if not isinstance(text, str):
        raise TypeError(f"write() argument must be str, not {type(text).__name__}")
    shown = recorder.stream(name, text)
    if recorder.live and shown:
        write(shown)
    return len(text)


class _RoutedStream:
    """Stands in for a `sys.stdout` or `sys.stderr` that nobody but Python writes to."""

    def __init__(self, name: str, original: TextIO) -> None:
        self._name = name
        self._original = original

    def write(self, text: str) -> int:
        return _record(self._name, text, self._original.write)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def _routed_write(
    name: str, write: Callable[[str], Any], pipe: Pipe, children: ChildProcesses
) -> Callable[[str], int]:
    """The `write` of a stream of ipykernel's while it is routed.

    All that goes to the stream passes here, whoever holds it: code that kept it from before,
    and the thread that brings what child processes write.
    """
    kernel = os.getpid()

    def routed(text: str) -> int:
        if os.getpid() != kernel:  # a fork: its output takes the way of any child process's
            return pipe.write(text)
        if pipe.is_read_here():
            pipe.deliver(text, lambda read: _record(name, read, write))
            return len(text)
        children.catch_up_before_write()
        return _record(name, text, write)

    return routed


class _Streams:
    """Routes the streams of the process while any cell runs."""

    def __init__(self) -> None:
        self.children = ChildProcesses()
        self._lock = threading.Lock()
        self._users = 0
        self._undo: list[Callable[[], None]] = []

    @contextmanager
    def routed(self) -> Iterator[None]:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._undo = [self._route("stdout"), self._route("stderr")]
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self.children.forget()
                    for undo in self._undo:
                        undo()

    def _route(self, name: str) -> Callable[[], None]:
        stream = getattr(sys, name)
        pipe = watched_pipe(stream)
        write = stream.write
        if pipe is None:
            setattr(sys, name, _RoutedStream(name, stream))
        else:
            self.children.watch(pipe)
            stream.write = _routed_write(name, write, pipe, self.children)

        def undo() -> None:
            if pipe is not None:
                stream.write = write  # IPython itself leaves one of its own there
            # A cell may have put streams of its own there, and left them.
            setattr(sys, name, stream)

        return undo


_streams = _Streams()
