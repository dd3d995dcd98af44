"""A context variable that threads have from whoever starts them, or hands them work.

Python gives tasks and `asyncio.to_thread` a copy of the context, and bare threads and the
workers of a pool none.  While it is installed, starting a thread and submitting work carry
the variable along.
"""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.thread
import functools
import threading
import weakref
from collections.abc import Callable
from contextvars import ContextVar, Token
from typing import Any, Generic, TypeVar

T = TypeVar("T")

OURS = "rlm-"
"""What the names of this package's own threads begin with: they serve every run."""


class InheritedVar(Generic[T]):
    """A variable of tasks and threads alike; None where nobody has set it."""

    def __init__(self, name: str) -> None:
        self._here: ContextVar[T | None] = ContextVar(name, default=None)
        self._of_threads: weakref.WeakKeyDictionary[threading.Thread, T] = weakref.WeakKeyDictionary()
        self._undo: list[Callable[[], None]] = []

    def get(self) -> T | None:
        """The value here: set in this context, or had from whoever started this thread."""
        value = self._here.get()
        return value if value is not None else self._of_threads.get(threading.current_thread())

    def set(self, value: T) -> Token[T | None]:
        """Set it in this context; returns what `reset` takes."""
        return self._here.set(value)

    def reset(self, token: Token[T | None]) -> None:
        """Undo `set`."""
        self._here.reset(token)

    def clear(self) -> None:
        """Have no value in this context any more, where no token of `set` is at hand."""
        self._here.set(None)

    def install(self) -> None:
        """Let threads inherit it from now on."""
        if not self._undo:
            self._wrap(threading.Thread, "start", self._starting)
            self._wrap(concurrent.futures.ThreadPoolExecutor, "submit", self._submitting)

    def uninstall(self) -> None:
        """Leave threads as Python has them; those that have inherited it keep it."""
        while self._undo:
            self._undo.pop()()

    def _wrap(self, owner: type, name: str, wrapping: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        wrapper = functools.wraps(original)(wrapping(original))

        def undo() -> None:
            if getattr(owner, name) is wrapper:  # nobody has wrapped it since
                setattr(owner, name, original)

        setattr(owner, name, wrapper)
        self._undo.append(undo)

    def _starting(self, start: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
        def starting(thread: threading.Thread) -> None:
            value = self.get()
            if value is not None and not _serves_many(thread):
                self._of_threads[thread] = value
            start(thread)

        return starting

    def _submitting(self, submit: Callable[..., Any]) -> Callable[..., Any]:
        def submitting(pool: Any, work: Callable[..., Any], /, *args: Any, **more: Any) -> Any:
            value = self.get()
            if value is None:
                return submit(pool, work, *args, **more)
            return submit(pool, functools.partial(self._working, value, work), *args, **more)

        return submitting

    def _working(self, value: T, work: Callable[..., Any], /, *args: Any, **more: Any) -> Any:
        token = self.set(value)
        try:
            return work(*args, **more)
        finally:
            self.reset(token)


def _serves_many(thread: threading.Thread) -> bool:
    """Whether a thread works for others than who starts it: one of a pool, or one of ours."""
    target = getattr(thread, "_target", None)
    return target is concurrent.futures.thread._worker or thread.name.startswith(OURS)  # noqa: SLF001
