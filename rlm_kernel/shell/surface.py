"""Where a view draws in IPython: the output of the cell that was running when it was made."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rlm_kernel.shell.routing import not_recording


class ShellSurface:
    """The output of the running cell.

    It goes past whatever a model's cell does to the display publisher: drawing a view is
    never part of the model's output.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self.rich = type(shell).__name__ != "TerminalInteractiveShell"

    def show(self, bundle: Mapping[str, Any], key: str | None = None) -> None:
        """Add a display; see `Surface.show`."""
        self._publish(bundle, {"display_id": key} if key else {}, update=False)

    def update(self, key: str, bundle: Mapping[str, Any]) -> None:
        """Change a display; see `Surface.update`."""
        self._publish(bundle, {"display_id": key}, update=True)

    def write(self, text: str) -> None:
        """Append text."""
        with not_recording():
            sys.stdout.write(text)
            sys.stdout.flush()

    def _publish(self, bundle: Mapping[str, Any], transient: dict[str, Any], *, update: bool) -> None:
        publisher = self._shell.display_pub
        with not_recording(), _flushing_only_what_was_written(publisher):
            type(publisher).publish(publisher, dict(bundle), {}, transient=transient, update=update)


def is_in_cell(shell: Any) -> bool:
    """Whether a cell is running, whose output can be drawn in; else it is a widget's message."""
    kernel = getattr(shell, "kernel", None)
    request = kernel.get_parent("shell") if kernel is not None else None
    return not request or request["header"]["msg_type"] == "execute_request"


_flushing = threading.Lock()


@contextmanager
def _flushing_only_what_was_written(publisher: Any) -> Iterator[None]:
    """Before a display, ipykernel flushes both streams and waits: a millisecond for nothing."""
    if not hasattr(publisher, "_flush_streams"):
        yield
        return
    with _flushing:
        publisher._flush_streams = _flush_written  # noqa: SLF001 - no public way
        try:
            yield
        finally:
            del publisher._flush_streams  # noqa: SLF001


def _flush_written() -> None:
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "_flush_pending", True):
            stream.flush()
