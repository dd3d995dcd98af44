"""Child runs: each on a thread of its own, so that many can run side by side.

Stopping them is the difficult part.  A child that waits for a model sees the stop flag; one
whose code runs gets an asynchronous exception; one that is stuck in C, where neither
reaches it, is abandoned: its thread is a daemon, and its calls are refused from then on.
"""

from __future__ import annotations

import concurrent.futures
import contextvars
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlm_kernel.events import BatchFinished, BatchStarted, Warned
from rlm_kernel.interfaces import BatchError
from rlm_kernel.scope import Ask, ChildAsk, OnError, Scope
from rlm_kernel.trajectory import Trajectory

POLL = 0.1
PATIENCE = 1.0
"""Seconds a child gets to end after it was interrupted."""


@dataclass(eq=False)
class ChildHandle:
    """A child on its way: what its parent holds of it."""

    ask: ChildAsk
    span: str
    done: concurrent.futures.Future[Any] = field(default_factory=concurrent.futures.Future)
    interrupt: Callable[[], None] | None = None
    """Ends what the child is doing, where that is possible."""
    close: Callable[[str], None] | None = None
    """Refuses the child's further calls."""


RunChild = Callable[[Scope, ChildHandle], Any]


class Children:
    """Starts the child runs of a cell and waits for their answers.

    Parameters
    ----------
    run_child
        Runs one child to its answer on the calling thread.
    trajectory
        Of the root run.
    max_depth
        How deep children may go; at the limit a plain sub-call answers.
    """

    def __init__(self, run_child: RunChild, trajectory: Trajectory, max_depth: Callable[[], int]) -> None:
        self._run_child = run_child
        self._trajectory = trajectory
        self._max_depth = max_depth
        self._live: dict[ChildHandle, Scope] = {}

    def __call__(
        self, scope: Scope, asks: Sequence[ChildAsk], on_error: OnError, *, batch: bool
    ) -> list[Any]:
        """The answers of the children, in order; see `rlm_query` and `rlm_query_batched`."""
        scope.check()
        if scope.depth >= self._max_depth():
            return _ask_plainly(scope, asks, on_error, batch=batch)
        with scope.thread.in_ours():
            results = self._run_all(scope, asks, batch=batch)
        failed = [result for result in results if isinstance(result, BaseException)]
        interrupted = [error for error in failed if not isinstance(error, Exception)]
        if failed and (interrupted or not batch):
            raise (interrupted or failed)[0]
        if failed and on_error == "raise":
            raise BatchError(results)
        return results

    def settle(self, scope: Scope) -> None:
        """Wait, a little, for children of an interrupted cell that awaited them and has ended itself."""
        left = [handle.done for handle, owner in list(self._live.items()) if owner is scope]
        concurrent.futures.wait(left, timeout=PATIENCE + 2 * POLL)

    def _run_all(self, scope: Scope, asks: Sequence[ChildAsk], *, batch: bool) -> list[Any]:
        handles = [ChildHandle(ask, self._trajectory.child_span(scope.span, "r")) for ask in asks]
        if not batch:
            return self._wait(scope, handles)
        span = self._trajectory.child_span(scope.span, "b")
        began = time.monotonic()
        self._trajectory.record(BatchStarted, span=span, parent=scope.span, kind="rlm", size=len(asks))
        results = self._wait(scope, handles)
        failed = sum(isinstance(result, BaseException) for result in results)
        self._trajectory.record(
            BatchFinished,
            span=span,
            parent=scope.span,
            done=len(results) - failed,
            failed=failed,
            seconds=time.monotonic() - began,
        )
        return results

    def _wait(self, scope: Scope, handles: list[ChildHandle]) -> list[Any]:
        waiting: queue.SimpleQueue[ChildHandle] = queue.SimpleQueue()
        for handle in handles:
            waiting.put(handle)
        for _ in range(min(len(handles), scope.concurrency)):
            context = contextvars.copy_context()
            threading.Thread(
                target=context.run, args=(self._work, scope, waiting), name="rlm-child", daemon=True
            ).start()
        futures = [handle.done for handle in handles]
        self._live.update(dict.fromkeys(handles, scope))
        try:
            while concurrent.futures.wait(futures, timeout=POLL).not_done:
                scope.check()
        except BaseException:
            self._end(scope, handles)
            raise
        finally:
            for handle in handles:
                del self._live[handle]
        return [future.exception() or future.result() for future in futures]

    def _work(self, scope: Scope, waiting: queue.SimpleQueue[ChildHandle]) -> None:
        while True:
            try:
                handle = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                scope.check()
                handle.done.set_result(self._run_child(scope, handle))
            except BaseException as error:  # noqa: BLE001  (whatever ended it is the parent's to see)
                handle.done.set_exception(error)

    def _end(self, scope: Scope, handles: list[ChildHandle]) -> None:
        """Interrupt the children that still run; abandon those that cannot be."""
        scope.stop.set("interrupt")
        deadline = time.monotonic() + PATIENCE
        alive = [handle for handle in handles if not handle.done.done()]
        while alive and time.monotonic() < deadline:
            for handle in alive:
                if handle.interrupt is not None:
                    handle.interrupt()
            concurrent.futures.wait([handle.done for handle in alive], timeout=POLL)
            alive = [handle for handle in alive if not handle.done.done()]
        for handle in alive:
            self._abandon(handle)

    def _abandon(self, handle: ChildHandle) -> None:
        message = f"child run {handle.span} is stuck in code that cannot be interrupted and was abandoned"
        if handle.close is not None:
            handle.close(message)
        self._trajectory.record(Warned, span="r", parent=None, message=message)


def _ask_plainly(scope: Scope, asks: Sequence[ChildAsk], on_error: OnError, *, batch: bool) -> list[Any]:
    """At the depth limit: the same questions as sub-calls, with the context in the prompt."""
    plain = [Ask(_with_context(ask), ask.model, ask.schema, function="rlm_query") for ask in asks]
    if batch:
        return scope.door.query_batch(scope, plain, None, on_error)
    return [scope.door.query(scope, plain[0])]


def _with_context(ask: ChildAsk) -> str:
    contexts = [f'<context name="{name}">\n{value}\n</context>' for name, value in ask.contexts.items()]
    return "\n\n".join([ask.prompt, *contexts])
