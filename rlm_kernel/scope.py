"""What the functions a cell calls act on: which run, which cell, which door to a model.

The current scope travels with the code: concurrent children, the tasks and threads that a
cell starts, and what these start in turn, each have their own.  All other code, threads of
the user's among it, acts on the session.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from rlm_kernel.inheritance import InheritedVar
from rlm_kernel.interfaces import RunInterrupted, UsageError
from rlm_kernel.interrupts import CodeThread, Stop

OnError = Literal["raise", "return"]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a sub-call asks: everything but whom."""

    prompt: str
    model: str | None = None
    schema: Any = None
    system: str | None = None
    images: Sequence[Any] | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)
    function: str = "llm_query"
    """The function the cell called."""


class Door(Protocol):
    """The one way to a sub-model."""

    def query(self, scope: Scope, ask: Ask) -> Any: ...

    def query_batch(
        self, scope: Scope, asks: Sequence[Ask], concurrency: int | None, on_error: OnError
    ) -> list[Any]: ...

    def aquery(self, scope: Scope, ask: Ask) -> Awaitable[Any]: ...

    def aquery_batch(
        self, scope: Scope, asks: Sequence[Ask], concurrency: int | None, on_error: OnError
    ) -> Awaitable[list[Any]]: ...


@dataclass(frozen=True, slots=True)
class ChildAsk:
    """What a child run is asked."""

    prompt: str
    contexts: Mapping[str, Any] = field(default_factory=dict)
    """By the names they are bound to; none: the prompt itself is the context."""
    model: str | None = None
    schema: Any = None


class Spawn(Protocol):
    """Starts child runs and waits for their answers."""

    def __call__(
        self, scope: Scope, asks: Sequence[ChildAsk], on_error: OnError, *, batch: bool
    ) -> list[Any]: ...

    def settle(self, scope: Scope) -> None: ...


@dataclass(frozen=True, slots=True)
class Finish:
    """The value a finishing function was called with."""

    value: Any


@dataclass(eq=False)
class Scope:
    """One cell's view of its run; outside any run, the session's."""

    span: str
    depth: int
    door: Door
    spawn: Spawn
    stop: Stop
    thread: CodeThread
    namespace: Mapping[str, Any]
    owner: Any = None
    """The run whose cell this is, and whose children it starts."""
    in_run: bool = True
    """False for the session's scope, which is a human's."""
    by_hand: bool = False
    """Whether the human runs the cell, at this moment, while the run stands still."""
    concurrency: int = 64
    hidden: frozenset[str] = frozenset()
    """Names of the namespace that are not the user's: functions of the dialect."""
    closed: str | None = None
    """Why calls are refused, once they are."""
    finish: Finish | None = None
    notices: list[str] = field(default_factory=list)
    """Sentences for the observation of the cell."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self) -> None:
        """Raise RunInterrupted if this cell may begin no more calls.

        A thread that the cell has left is told so slowly: asking on and on, it would starve
        the kernel.
        """
        try:
            self.check()
        except RunInterrupted:
            if threading.get_ident() != self.thread.ident:
                time.sleep(REFUSING)
            raise

    async def admit_awaiting(self) -> None:
        """`admit` for code that awaits: one task that asks on and on would starve the others."""
        try:
            self.check()
        except RunInterrupted:
            await asyncio.sleep(REFUSING)
            raise

    def check(self) -> None:
        """Raise RunInterrupted if this cell's calls are to end."""
        why = self.closed or self.stop.refusal or self._run_stands_still()
        if why:
            raise RunInterrupted(why)

    def _run_stands_still(self) -> str:
        run = self.owner
        if not self.in_run or self.by_hand or run is None or run.status == "running":
            return ""
        return f"run {run.id} is {run.status}: its cells make no more calls"

    def finish_with(self, value: Any) -> None:
        """Keep the first value a finishing function was called with."""
        with self.lock:
            if self.finish is None:
                self.finish = Finish(value)

    def notice(self, sentence: str) -> None:
        """Tell the model something beside the cell's output, once."""
        with self.lock:
            if sentence not in self.notices:
                self.notices.append(sentence)


REFUSING = 0.1
"""Seconds a refusal takes in a thread that a cell has left, and in a task."""

_current: InheritedVar[Scope] = InheritedVar("rlm_scope")
_root_cell: list[Scope] = []
_session: list[Callable[[], Scope]] = []


def current_scope() -> Scope:
    """The scope of the calling code; raises UsageError where there is none."""
    scope = _of_a_cell()
    if scope is not None:
        return scope
    if _session:
        return _session[-1]()
    raise UsageError("there is no run and no session here: load the extension with %load_ext rlm_kernel")


def run_scope() -> Scope | None:
    """The scope of the run whose cell is calling, or None outside a run."""
    scope = _of_a_cell()
    return scope if scope is not None and scope.in_run else None


@contextmanager
def entered(scope: Scope, *, is_root: bool) -> Iterator[None]:
    """Make `scope` current while a cell runs, and in the threads and tasks it starts, also later."""
    _current.install()
    token = _current.set(scope)
    if is_root:
        _root_cell.append(scope)
    try:
        yield
    finally:
        _current.reset(token)
        if is_root:
            _root_cell.remove(scope)


def enter(scope: Scope) -> None:
    """Make `scope` current for a cell that the human runs; until `leave`.

    No token can undo it: IPython begins a cell that awaits in one task and ends it in another.
    """
    _current.install()
    _current.set(scope)
    _root_cell.append(scope)


def leave(scope: Scope) -> None:
    """The cell that the human ran has ended."""
    scope.by_hand = False
    _current.clear()
    _root_cell.remove(scope)


def _of_a_cell() -> Scope | None:
    scope = _current.get()
    if scope is None and _root_cell and _is_foreign(threading.current_thread()):
        return _root_cell[-1]
    return scope


def _is_foreign(thread: threading.Thread) -> bool:
    """Whether nobody knows who started a thread: it is none of Python's `threading`."""
    return isinstance(thread, threading._DummyThread)  # noqa: SLF001


def set_session(session: Callable[[], Scope] | None) -> None:
    """Set what the functions act on outside a run; None when the extension is unloaded."""
    _session.clear()
    if session is None:
        _current.uninstall()
    else:
        _session.append(session)
