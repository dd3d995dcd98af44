"""Top-level ``await`` in cells: an interrupt strikes the code that awaits, where it awaits.

An event loop that is interrupted stops, and drops what it was running.  Code that swallows
everything would then go on while it is collected, without a loop, and nothing could end it.
"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Callable, Collection, Coroutine, Generator, Iterator
from contextlib import contextmanager
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


def run_on(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a cell's coroutine, run on `loop`; raises what it raises.

    The first interrupt reaches it by way of the loop, which goes on for as long as the cell
    needs to clean up.  A cell that is interrupted again is ended without the loop.
    """
    cell = Interruptible(coroutine)
    task = loop.create_task(cell)
    try:
        return _run_until_interrupted(loop, task)
    except KeyboardInterrupt as interrupt:
        if task.done():
            raise
        cell.interrupt_with(interrupt)
        task.cancel()  # wakes it
    try:
        return _run_until_interrupted(loop, task)
    except KeyboardInterrupt as interrupt:
        if task.done():
            raise
        _leave_for_good(asyncio.all_tasks(loop))
        return cell.end_with(interrupt)


def run_alone(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a cell's coroutine on an event loop of its own, whose tasks end with it."""
    with asyncio.Runner() as runner:
        return run_on(runner.get_loop(), coroutine)


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
    try:
        return loop.run_until_complete(task)
    except KeyboardInterrupt:
        if task.done():
            task.exception()  # asyncio complains of errors that nobody has looked at
        raise


def _leave_for_good(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Let tasks neither go on nor be collected: what swallows everything would not end even then."""
    for task in tasks:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(task))
