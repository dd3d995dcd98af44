"""Keeping our own frames out of the tracebacks that users and models read.

An error that one of our functions raises on purpose is about the call, not about our code:
its traceback ends at the line that called.  IPython leaves out frames that say
``__tracebackhide__``; the rest is not kept in the first place.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from rlm_kernel.interfaces import RLMError, RunInterrupted

F = TypeVar("F", bound=Callable[..., Any])

MEANT = (RLMError, RunInterrupted, TypeError, NameError)
"""The errors our functions raise on purpose."""


def hiding_frames(function: F) -> F:
    """`function`, without the frames below it in the tracebacks of its own errors."""
    return _awaited(function) if inspect.iscoroutinefunction(function) else _called(function)  # type: ignore[return-value]


def _called(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except MEANT as error:
            raise error.with_traceback(None) from error.__cause__

    return call


def _awaited(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            return await function(*args, **kwargs)
        except MEANT as error:
            raise error.with_traceback(None) from error.__cause__

    return call
