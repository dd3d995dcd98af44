"""One background thread with an event loop, on which all calls to models are made.

The kernel's own loop belongs to the kernel, and an awaited cell cannot be interrupted;
so a cell that needs a model hands a coroutine to this thread and waits in short polls.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import threading
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

POLL = 0.1
"""Seconds between two looks at whether the waiting should end."""
GRACE = 2.0
"""Seconds a cancelled coroutine gets to close its connections."""


class Task(concurrent.futures.Future[T]):
    """The result of a coroutine on the background loop; cancelling it cancels the coroutine."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        super().__init__()
        self._coroutine = coroutine
        self._task: asyncio.Task[T] | None = None
        # asyncio cancels a future that somebody stopped awaiting: only `stop` ends this one.
        self.set_running_or_notify_cancel()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run on `loop`; called on its thread."""
        self._task = loop.create_task(self._coroutine)
        self._task.add_done_callback(self._settle)

    def stop(self) -> None:
        """Cancel the coroutine; called on the loop's thread, after `start`."""
        assert self._task is not None
        self._task.cancel()

    def _settle(self, task: asyncio.Task[T]) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            self.set_result(task.result())
        else:
            self.set_exception(error)


@functools.cache
def background_loop() -> asyncio.AbstractEventLoop:
    """The loop of the background thread, started at the first call."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="rlm-calls", daemon=True).start()
    return loop


def submit(coroutine: Coroutine[Any, Any, T]) -> Task[T]:
    """Start `coroutine` on the background loop."""
    task = Task(coroutine)
    loop = background_loop()
    loop.call_soon_threadsafe(task.start, loop)
    return task


def cancel(tasks: Collection[Task[Any]], grace: float = GRACE) -> None:
    """Cancel tasks and wait, a little, until they have cleaned up."""
    for task in tasks:
        background_loop().call_soon_threadsafe(task.stop)
    concurrent.futures.wait(tasks, timeout=grace)


def wait(task: Task[T], check: Callable[[], None]) -> T:
    """The result of a task; `check` is called about ten times a second on the waiting thread.

    What that raises, and any interrupt of the wait itself, is passed on; the task goes on.
    """
    check()
    while not concurrent.futures.wait([task], timeout=POLL).done:
        check()
    return task.result()


@contextmanager
def running(coroutine: Coroutine[Any, Any, T]) -> Iterator[Task[T]]:
    """Start `coroutine` on the background loop; left before it is done, it is cancelled."""
    task = submit(coroutine)
    try:
        yield task
    finally:
        if not task.done():
            cancel([task])
