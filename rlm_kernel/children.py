"""Child runs: each on a thread of its own, so that many can run side by side.

Stopping them is the difficult part.  A child that waits for a model sees the stop flag; one
whose code runs gets asynchronous exceptions; one that is stuck in C, where neither reaches
it, is abandoned: to its parent it has ended, its calls are refused from then on, and as soon
as it comes back to Python it is interrupted there.
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

from rlm_kernel.calls import usage_json
from rlm_kernel.events import BatchFinished, BatchStarted, RunFinished, Warned
from rlm_kernel.interfaces import BatchError, RunInterrupted
from rlm_kernel.scope import Ask, ChildAsk, OnError, Scope
from rlm_kernel.thread_interrupts import unmark_interrupts
from rlm_kernel.trajectory import Trajectory

Outcome = concurrent.futures.Future[Any]
"""What a child answered or raised, once it has ended."""

POLL = 0.1
PATIENCE = 1.0
"""Seconds a child gets to end after it was interrupted."""
TAKES_INTERRUPT = 0.05
"""Seconds a child whose code is not in C takes at most, as a rule, until it feels an interrupt."""
INSIST_EVERY = 0.2
"""Seconds until a child that still runs is interrupted again, and more forcefully."""


@dataclass(eq=False)
class ChildHandle:
    """A child on its way: what its parent holds of it."""

    ask: ChildAsk
    span: str
    done: Outcome = field(default_factory=concurrent.futures.Future)
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
        scope.admit()
        if scope.depth >= self._max_depth():
            return _ask_plainly(scope, asks, on_error, batch=batch)
        with scope.thread.in_ours():
            outcomes = self._run_all(scope, asks, batch=batch)
        # By the future and not by the value: an answer may be an exception that nobody raised.
        errors = [error for outcome in outcomes if (error := outcome.exception()) is not None]
        interrupted = [error for error in errors if not isinstance(error, Exception)]
        if errors and (interrupted or not batch):
            raise (interrupted or errors)[0]
        results = [outcome.exception() or outcome.result() for outcome in outcomes]
        if errors and on_error == "raise":
            raise BatchError(results)
        return results

    def settle(self, scope: Scope) -> None:
        """Wait, a little, for children of an interrupted cell that awaited them and has ended itself."""
        left = [handle.done for handle, owner in list(self._live.items()) if owner is scope]
        concurrent.futures.wait(left, timeout=PATIENCE + 2 * POLL)

    def _run_all(self, scope: Scope, asks: Sequence[ChildAsk], *, batch: bool) -> list[Outcome]:
        """What became of each child, once all of them have ended."""
        handles = [ChildHandle(ask, self._trajectory.child_span(scope.span, "r")) for ask in asks]
        if not batch:
            return self._wait(scope, handles)
        span = self._trajectory.child_span(scope.span, "b")
        began = time.monotonic()
        self._trajectory.record(BatchStarted, span=span, parent=scope.span, kind="rlm", size=len(asks))
        outcomes = self._wait(scope, handles)
        failed = sum(outcome.exception() is not None for outcome in outcomes)
        self._trajectory.record(
            BatchFinished,
            span=span,
            parent=scope.span,
            done=len(outcomes) - failed,
            failed=failed,
            seconds=time.monotonic() - began,
        )
        return outcomes

    def _wait(self, scope: Scope, handles: list[ChildHandle]) -> list[Outcome]:
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
            _give_up(waiting)
            self._end(scope, handles)
            raise
        finally:
            for handle in handles:
                del self._live[handle]
        return futures

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
            alive = _interrupt(alive)
        begun = [handle for handle in alive if handle.interrupt is not None]
        for handle in begun:
            self._abandon(scope, handle)
        if begun:
            threading.Thread(target=_interrupt_all, args=(begun,), name="rlm-insist", daemon=True).start()

    def _abandon(self, scope: Scope, handle: ChildHandle) -> None:
        message = f"child run {handle.span} is stuck in code that cannot be interrupted and was abandoned"
        if handle.close is not None:
            handle.close(message)
        self._trajectory.record(Warned, span="r", parent=None, message=message)
        for run in scope.owner.children:
            if run.span == handle.span and run.status == "running":
                run.status, run.reason, run.message = "stopped", "interrupt", message
                self._trajectory.record(
                    RunFinished,
                    span=run.span,
                    parent=scope.span,
                    status=run.status,
                    reason=run.reason,
                    message=message,
                    usage=usage_json(run.usage),
                )


def _give_up(waiting: queue.SimpleQueue[ChildHandle]) -> None:
    """Let no child begin that has not begun."""
    while True:
        try:
            handle = waiting.get_nowait()
        except queue.Empty:
            return
        handle.done.set_exception(RunInterrupted("the run was interrupted before this child had begun"))


def _interrupt(handles: list[ChildHandle]) -> list[ChildHandle]:
    """Interrupt children; returns those that have not ended, a little later."""
    for handle in handles:
        if handle.interrupt is not None:
            handle.interrupt()
    done = [handle.done for handle in handles]
    if concurrent.futures.wait(done, timeout=TAKES_INTERRUPT).not_done:
        unmark_interrupts()
        concurrent.futures.wait(done, timeout=INSIST_EVERY)
    return [handle for handle in handles if not handle.done.done()]


def _interrupt_all(handles: list[ChildHandle]) -> None:
    """Interrupt children until every one of them has ended."""
    while handles:
        handles = _interrupt(handles)


def _ask_plainly(scope: Scope, asks: Sequence[ChildAsk], on_error: OnError, *, batch: bool) -> list[Any]:
    """At the depth limit: the same questions as sub-calls, with the context in the prompt."""
    plain = [Ask(_with_context(ask), ask.model, ask.schema, function="rlm_query") for ask in asks]
    if batch:
        return scope.door.query_batch(scope, plain, None, on_error)
    return [scope.door.query(scope, plain[0])]


def _with_context(ask: ChildAsk) -> str:
    contexts = [f'<context name="{name}">\n{value}\n</context>' for name, value in ask.contexts.items()]
    return "\n\n".join([ask.prompt, *contexts])
