"""What a user reads of an error that this package raised on purpose: it ends at their own line.

IPython leaves out frames that say ``__tracebackhide__``, but never the last one, and an
error always ends in the frame that raised it.  An error of ours may have come through libraries
that we call, and have been made from one of theirs; its own sentence says what a reader can use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FrameType, TracebackType
from typing import Any

from rlm_kernel.hiding import MEANT
from rlm_kernel.interfaces import RLMError, UsageError

ENDS = 30
"""Frames of an endless recursion that are shown of its beginning, and of its end."""

_PACKAGE = __name__.partition(".")[0]


def trim_tracebacks(shell: Any) -> Callable[[], None]:
    """Leave our frames off the end of the tracebacks that a shell shows; returns what undoes it."""
    formatter = shell.InteractiveTB
    structured = formatter.structured_traceback

    def trimmed(
        etype: type[BaseException],
        evalue: BaseException,
        etb: TracebackType | None = None,
        *args: Any,
        **more: Any,
    ) -> list[str]:
        if isinstance(evalue, UsageError):
            evalue.__cause__ = None  # else what led to it would be shown before it, with our frames
        if isinstance(evalue, RLMError):
            etb = up_to_our_beginning(etb, shell.user_ns)
        elif isinstance(evalue, (*MEANT, KeyboardInterrupt)):
            etb = without_our_end(etb)
        elif isinstance(evalue, RecursionError):
            etb = without_its_middle(etb)
        lines: list[str] = structured(etype, evalue, etb, *args, **more)
        return lines

    formatter.structured_traceback = trimmed

    def undo() -> None:
        if formatter.structured_traceback is trimmed:
            del formatter.structured_traceback

    return undo


def up_to_our_beginning(tb: TracebackType | None, user_ns: Mapping[str, Any]) -> TracebackType | None:
    """The same traceback up to where the user's code last called this package, whatever that called."""
    frames = _entries(tb)
    of_user = (number for number, entry in enumerate(frames) if entry.tb_frame.f_globals is user_ns)
    called_from = max(of_user, default=-1)
    ours = (number for number in range(called_from + 1, len(frames)) if is_ours(frames[number].tb_frame))
    return _linked(frames[: next(ours, 0) or len(frames)])


def without_our_end(tb: TracebackType | None) -> TracebackType | None:
    """The same traceback without the frames of this package it ends in; whole if it has no others."""
    frames = _entries(tb)
    kept = len(frames)
    while kept and is_ours(frames[kept - 1].tb_frame):
        kept -= 1
    return _linked(frames[: kept or len(frames)])


def without_its_middle(tb: TracebackType | None) -> TracebackType | None:
    """The same traceback without the many frames that say the same: IPython takes seconds over them."""
    frames = _entries(tb)
    return tb if len(frames) <= 2 * ENDS else _linked([*frames[:ENDS], *frames[-ENDS:]])


def _entries(tb: TracebackType | None) -> list[TracebackType]:
    entries = []
    while tb is not None:
        entries.append(tb)
        tb = tb.tb_next
    return entries


def _linked(entries: list[TracebackType]) -> TracebackType | None:
    linked = None
    for entry in reversed(entries):
        linked = TracebackType(linked, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return linked


def is_ours(frame: FrameType) -> bool:
    """Whether this package's own code ran there, which is nothing to a reader of the cell's."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == _PACKAGE
