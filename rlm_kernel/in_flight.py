"""The calls that cells wait for: on the background loop, and cancelled with the cell they are of."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from rlm_kernel import background
from rlm_kernel.scope import Scope

T = TypeVar("T")


class InFlight:
    """What has been begun for cells and has not ended."""

    def __init__(self) -> None:
        self._tasks: dict[background.Task[Any], Scope] = {}

    def wait(self, scope: Scope, coroutine: Coroutine[Any, Any, T]) -> T:
        """What a coroutine of the background loop returns, for a cell that waits."""
        with scope.thread.in_ours(), self._begun(scope, coroutine) as task:
            return background.wait(task, scope.check)

    async def wait_awaiting(self, scope: Scope, coroutine: Coroutine[Any, Any, T]) -> T:
        """`wait` for code that awaits."""
        with self._begun(scope, coroutine) as task:
            return await asyncio.wrap_future(task)

    def cancel(self) -> None:
        """Cancel all of it, also for threads and tasks that cells have left."""
        background.cancel(list(self._tasks))

    def give_up(self, scope: Scope) -> None:
        """Begin to cancel what is in flight for one cell."""
        background.stop([task for task, owner in list(self._tasks.items()) if owner is scope])

    @contextmanager
    def _begun(self, scope: Scope, coroutine: Coroutine[Any, Any, T]) -> Iterator[background.Task[T]]:
        with scope.thread.in_ours():  # begun and known, or neither
            task = background.submit(coroutine)
            self._tasks[task] = scope
        try:
            scope.check()  # it may have been closed, and what was in flight cancelled, since it was asked
            yield task
        finally:
            with scope.thread.in_ours():
                del self._tasks[task]
                if not task.done():
                    background.cancel([task])
