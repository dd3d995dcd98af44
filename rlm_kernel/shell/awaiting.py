"""Top-level ``await`` in cells: an interrupt strikes the code that awaits, where it awaits.

An event loop that is interrupted stops, and drops what it was running.  Code that swallows
everything would then go on while it is collected, without a loop, and nothing could end it.
"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Interruptible(Coroutine[Any, Any, Any]):
    """A coroutine into which an interrupt of its event loop can be thrown.

    Parameters
    ----------
    coroutine
        What it does.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine
        self._interrupt: KeyboardInterrupt | None = None
        self._is_ended = False

    def interrupt_with(self, error: KeyboardInterrupt) -> None:
        """Raise `error` where the coroutine awaits, in place of whatever wakes it next."""
        self._interrupt = error

    def end_with(self, error: KeyboardInterrupt) -> Any:
        """Raise `error` where the coroutine awaits, now; its event loop must not be running.

        Raises what the coroutine then raises, or `error` if it would await again.
        """
        self._is_ended = True
        try:
            self._coroutine.throw(error)
        except StopIteration as end:
            return end.value
        raise error

    def send(self, value: Any) -> Any:
        """Go on with what was awaited."""
        return self._go_on(self._coroutine.send, value)

    def throw(self, *error: Any) -> Any:
        """Go on with an error where it awaits."""
        return self._go_on(self._coroutine.throw, *error)

    def _go_on(self, how: Callable[..., Any], *with_what: Any) -> Any:
        if self._is_ended:
            raise StopIteration
        interrupt, self._interrupt = self._interrupt, None
        return how(*with_what) if interrupt is None else self._coroutine.throw(interrupt)

    def close(self) -> None:
        """End it without going on."""
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coroutine.__await__()


class CellLoop:
    """The event loop on which the cells of one run await.

    Tasks that a cell leaves go on while a later one awaits.  Those that are left when a cell
    was interrupted, or when the run is over, do not go on: code that swallows everything
    would otherwise hold up whoever awaits next.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The result of a cell's coroutine; raises what it raises."""
        self._loop = loop = self._loop or asyncio.new_event_loop()
        cell = Interruptible(coroutine)
        task = loop.create_task(cell)
        try:
            return _run_until_interrupted(loop, task)
        except KeyboardInterrupt as error:
            interrupt = error
        try:
            return _end_interrupted(loop, task, cell, interrupt)
        finally:
            if asyncio.all_tasks(loop):
                self.close()

    def wake(self) -> None:
        """Let a cell that awaits notice that its thread was interrupted; from another thread."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # it was closed just now
                loop.call_soon_threadsafe(lambda: None)

    def close(self) -> None:
        """Let no task go on; a later cell gets another loop."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        tasks = asyncio.all_tasks(loop)
        if not tasks:
            loop.close()
        for task in tasks:  # not even be collected: there too what swallows everything would not end
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(task))


def _end_interrupted(
    loop: asyncio.AbstractEventLoop,
    task: asyncio.Task[Any],
    cell: Interruptible,
    interrupt: KeyboardInterrupt,
) -> Any:
    """The result of a cell that was interrupted while it awaited, if it has one all the same.

    The interrupt reaches it by way of the loop, which goes on for as long as the cell needs
    to clean up.  Interrupted again, it is ended without the loop.
    """
    if task.done():
        raise interrupt
    cell.interrupt_with(interrupt)
    task.cancel()  # wakes it
    try:
        return _run_until_interrupted(loop, task)
    except KeyboardInterrupt as again:
        if task.done():
            raise
        return cell.end_with(again)


@contextmanager
def no_running_loop() -> Iterator[None]:
    """Let a cell run an event loop although the kernel's is running.

    Only the mark that a loop is running is taken away for the time; nothing is patched.
    """
    running = asyncio._get_running_loop()  # noqa: SLF001
    asyncio._set_running_loop(None)  # noqa: SLF001
    try:
        yield
    finally:
        asyncio._set_running_loop(running)  # noqa: SLF001


def _run_until_interrupted(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> Any:
    """The result of a task; of this module, an interrupt strikes only here: see `CodeThread.runs_cell`."""
    try:
        return loop.run_until_complete(task)
    except KeyboardInterrupt:
        if task.done():
            task.exception()  # asyncio complains of errors that nobody has looked at
        raise
