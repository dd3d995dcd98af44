"""Outputs that belong to a cell of the open notebook which no front end has sent.

The kernel chooses the cell's id and the id of a message that nobody sent.  The front end
inserts the cell and sends a control message with that id, whose reply it keeps waiting for;
whatever the kernel publishes under the id from then on is the output of that cell, exactly
as if the front end had run it.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 5.0
"""Seconds a front end gets to attach a cell; it takes a tenth of one, and one that is gone gets them once."""
HOST_PATIENCE = 1.0
"""Seconds of them that the window which writes the cells gets, where another was quicker."""

Json = dict[str, Any]


def new_message_id() -> str:
    """An id for a message that a front end will send, as it would choose one itself."""
    return uuid.uuid4().hex


class Owner:
    """The request that is running: the ``%%rlm`` cell, as its front end sent it."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self.request: Json = kernel.get_parent("shell") or {}
        header = self.request.get("header") or {}
        self.session: str = header.get("session", "")
        self.message_id: str = header.get("msg_id", "")
        metadata = self.request.get("metadata") or {}
        self.cell_id: str = metadata.get("cellId") or ""
        self.is_served = "window" in metadata or not self.cell_id
        """Whether a server executes it, and puts what it shows into the notebook."""
        self.window: str = metadata.get("window") or self.session
        """The session of the front end in which it was run."""
        self.count: int = kernel.shell.execution_count - 1  # it is counted when it begins

    @contextmanager
    def publishing_as(self, message_id: str, asked: Any = None) -> Iterator[None]:
        """Let what is published be the output of another message than the owner's.

        `asked` is the address of the front end that is asked for input, where that is not
        the owner's any more.
        """
        kernel = self._kernel
        ident = kernel._parent_ident["shell"]  # noqa: SLF001  (the owner's address; there is no public way)
        as_cell = {**self.request, "header": {**self.request["header"], "msg_id": message_id}}
        _flush()
        kernel.set_parent(asked or ident, as_cell, "shell")
        try:
            yield
        finally:
            _flush()
            kernel.set_parent(ident, self.request, "shell")


def _flush() -> None:
    """Send what was written under the parent that it was written under."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
