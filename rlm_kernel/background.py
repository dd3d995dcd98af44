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
from contextlib import contextmanager, suppress
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


_starting = threading.Lock()


def background_loop() -> asyncio.AbstractEventLoop:
    """The loop of the background thread, started at the first call."""
    with _starting:
        return _started_loop()


@functools.cache
def _started_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=_run_on_and_on, args=(loop,), name="rlm-calls", daemon=True).start()
    return loop


def _run_on_and_on(loop: asyncio.AbstractEventLoop) -> None:
    """Run a loop for good: one task that ends with an exit or an interrupt does not end the others."""
    while True:
        with suppress(BaseException):
            loop.run_forever()


def submit(coroutine: Coroutine[Any, Any, T]) -> Task[T]:
    """Start `coroutine` on the background loop."""
    task = Task(coroutine)
    loop = background_loop()
    loop.call_soon_threadsafe(task.start, loop)
    return task


def stop(tasks: Collection[Task[Any]]) -> None:
    """Cancel tasks, and do not wait for them."""
    for task in tasks:
        background_loop().call_soon_threadsafe(task.stop)


def cancel(tasks: Collection[Task[Any]], grace: float = GRACE) -> None:
    """Cancel tasks and wait, a little, until they have cleaned up."""
    stop(tasks)
    concurrent.futures.wait(tasks, timeout=grace)


def wait(task: Task[T], check: Callable[[], None]) -> T:
    """The result of a task; `check` is called about ten times a second on the waiting thread.

    What that raises, and any interrupt of the wait itself, is passed on; the task goes on.
    """
    check()
    while not concurrent.futures.wait([task], timeout=POLL).done:
        check()
    try:
        return task.result()
    except asyncio.CancelledError:
        check()  # says why it was cancelled
        raise


@contextmanager
def running(coroutine: Coroutine[Any, Any, T]) -> Iterator[Task[T]]:
    """Start `coroutine` on the background loop; left before it is done, it is cancelled."""
    task = submit(coroutine)
    try:
        yield task
    finally:
        if not task.done():
            cancel([task])


async def in_thread(work: Callable[[], T]) -> T:
    """The result of code that is not ours, on a thread of its own; it may take its time.

    An exit or an interrupt it raises is a RuntimeError here: on the loop it would end others.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(result)  # type: ignore[arg-type]
        elif isinstance(error, Exception) and not isinstance(error, StopIteration):
            done.set_exception(error)
        else:
            done.set_exception(RuntimeError(f"it ended with {type(error).__name__}: {error}"))

    def run() -> None:
        try:
            outcome: tuple[T | None, BaseException | None] = work(), None
        except BaseException as error:  # noqa: BLE001  (passed on)
            outcome = None, error
        loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, name="rlm-schema", daemon=True).start()
    return await done
