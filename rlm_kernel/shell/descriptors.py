"""What child processes write: it comes through file descriptors, which ipykernel reads.

A thread of ipykernel's reads them and writes to `sys.stdout` or `sys.stderr` in its own
time.  For output to be in its place, and in its cell, a mark is written into the pipe when
a child process has ended, and waited for at the other end.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

MARK = "\x1b[0;0;0;0m"
"""Resets a terminal's colours at great length: nobody writes it, and no front end shows it."""
PATIENCE = 0.2
"""Seconds to wait for the mark."""
_GLANCE = 0.0003
"""Seconds between two writes in which no child process can have begun and ended."""


class Pipe:
    """The pipe in the place of one file descriptor, which a thread reads."""

    def __init__(self, descriptor: int, reader: threading.Thread) -> None:
        self._descriptor = descriptor
        self._reader = reader
        self._awaited = 0
        self._held = ""
        self._arrived = threading.Event()

    def is_read_here(self) -> bool:
        """Whether the calling thread is the one that reads the pipe."""
        return threading.get_ident() == self._reader.ident

    def write(self, text: str) -> int:
        """Write to the descriptor itself, as a child process does."""
        os.write(self._descriptor, text.encode("utf-8", "replace"))
        return len(text)

    def mark(self) -> None:
        """Write the mark, unless nobody would read it."""
        if self._reader.is_alive() and not self.is_read_here():
            self._arrived.clear()
            self._awaited += 1
            self.write(MARK)

    def wait(self, until: float) -> None:
        """Wait until everything before the mark has been delivered, or for that `time.monotonic`."""
        if self._awaited:
            self._arrived.wait(max(0.0, until - time.monotonic()))

    def deliver(self, text: str, record: Callable[[str], object]) -> None:
        """Pass on what was read, without marks; a piece that may begin one is held back."""
        if self._awaited:
            pieces = (self._held + text).split(MARK)
            text, self._held = "".join(pieces), ""
            self._awaited -= len(pieces) - 1
            if self._awaited:
                text, self._held = _without_beginning_of_mark(text)
        if text:
            record(text)
        if not self._awaited:
            self._arrived.set()


def watched_pipe(stream: Any) -> Pipe | None:
    """The pipe that a stream of ipykernel's is fed from; None for any other stream."""
    reader = getattr(stream, "watch_fd_thread", None)
    descriptor = getattr(stream, "_original_stdstream_fd", None)
    return Pipe(descriptor, reader) if reader is not None and descriptor is not None else None


class ChildProcesses:
    """Knows when child processes have ended, and then waits for their output."""

    def __init__(self) -> None:
        self._pipes: list[Pipe] = []
        self._usage: object = None
        self._last_write = 0.0

    def watch(self, pipe: Pipe) -> None:
        """Wait for what comes through `pipe`, too."""
        self._pipes.append(pipe)
        self._usage = _usage()

    def forget(self) -> None:
        """Watch no pipe any more."""
        self._pipes = []

    def catch_up(self) -> None:
        """If a child process has ended since the last time, wait for its output."""
        if not self._pipes or (usage := _usage()) == self._usage:
            return
        self._usage = usage
        for pipe in self._pipes:
            pipe.mark()
        until = time.monotonic() + PATIENCE
        for pipe in self._pipes:
            pipe.wait(until)

    def catch_up_before_write(self) -> None:
        """`catch_up`, without looking before each one of many writes."""
        now = time.monotonic()
        if now - self._last_write > _GLANCE:
            self.catch_up()
        self._last_write = now


def _usage() -> object:
    """What the child processes that have been waited for have used: more, if there are more."""
    import resource  # noqa: PLC0415  (not on Windows, where nobody watches descriptors either)

    return resource.getrusage(resource.RUSAGE_CHILDREN)


def _without_beginning_of_mark(text: str) -> tuple[str, str]:
    for length in range(min(len(MARK) - 1, len(text)), 0, -1):
        if text.endswith(MARK[:length]):
            return text[:-length], text[-length:]
    return text, ""
