"""What becomes of a kernel's execute requests while runs run cells of their own inside them."""

from __future__ import annotations

import time
import weakref
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from rlm_kernel.shell.next_input import is_ours

REMEMBERED = 1_000
"""Cells of which is known that they ran, the latest ones."""

Json = dict[str, Any]


class Execution:
    """Stands around `do_execute` of an ipykernel.

    A cell keeps its own number although cells ran inside it: ipykernel replies with the
    number of the last one, and front ends would show that.

    A model's cell is not run when it was queued while its ``%%rlm`` cell was running: Run
    All sends every cell at once, and the run has run its cells by itself.

    What was queued behind a cell that ended well, but with a proposed cell for the user to
    run, is aborted, as it is behind a cell that failed.

    Parameters
    ----------
    shell
        The IPython shell.
    complete
        Puts into a request's metadata what it lacks of the cell that it is.
    """

    def __init__(self, shell: Any, complete: Callable[[Json], None] = lambda _request: None) -> None:
        self._shell = shell
        self._complete = complete
        self._kernel = shell.kernel
        self._do_execute = shell.kernel.do_execute
        self._returned: dict[str, datetime] = {}
        """By ``%%rlm`` cell, when it last returned, on the clock of its front end."""
        self._proposed: datetime | None = None
        """When a cell last ended with a proposed one for the user."""
        self._ran: deque[str] = deque(maxlen=REMEMBERED)

    def start(self) -> None:
        """Begin to stand there."""
        self._kernel.do_execute = self._execute
        executions[self._shell] = self

    def stop(self) -> None:
        """Leave it as it was."""
        del self._kernel.do_execute
        executions.pop(self._shell, None)

    def since(self, cell: str) -> list[str]:
        """The ids of the cells that a front end has run since that one."""
        ran = list(self._ran)
        return ran[len(ran) - ran[::-1].index(cell) :] if cell in ran else []

    async def _execute(self, *args: Any, **kwargs: Any) -> Json:
        request = self._kernel.get_parent("shell") or {}
        if request:
            self._complete(request)
            if kwargs.get("cell_id", "") is None:
                kwargs["cell_id"] = request["metadata"].get("cellId")
        number = self._shell.execution_count
        if self._was_queued_behind_its_run(request):
            return {"status": "ok", "execution_count": number, "payload": [], "user_expressions": {}}
        if self._was_queued_behind_a_proposal(request):
            return {"status": "aborted"}
        if cell := _cell_of(request):
            self._ran.append(cell)
        began = time.monotonic()
        reply: Json = await self._do_execute(*args, **kwargs)
        if self._shell.execution_count > number + 1:  # cells ran inside it
            self._note_return(request, time.monotonic() - began)
        sent = _sent_at(request)
        if sent is not None and is_ours(reply.get("payload")):
            self._proposed = sent + timedelta(seconds=time.monotonic() - began)
        if reply.get("execution_count", 0) > number:
            reply["execution_count"] = number
        return reply

    def _note_return(self, request: Json, seconds: float) -> None:
        sent = _sent_at(request)
        if sent is not None:
            self._returned.update(dict.fromkeys(_names_of_owner(request), sent + timedelta(seconds=seconds)))

    def _was_queued_behind_a_proposal(self, request: Json) -> bool:
        sent = _sent_at(request)
        return sent is not None and self._proposed is not None and sent < self._proposed

    def _was_queued_behind_its_run(self, request: Json) -> bool:
        about, sent = _about(request), _sent_at(request)
        if about.get("author") != "model" or sent is None:
            return False
        owners = {about.get("owner"), about.get("run")}
        return any(sent < returned for owner, returned in self._returned.items() if owner in owners)


def _about(request: Json) -> Json:
    about = (request.get("metadata") or {}).get("rlm")
    return about if isinstance(about, dict) else {}


def _cell_of(request: Json) -> str:
    return (request.get("metadata") or {}).get("cellId") or ""


def _names_of_owner(request: Json) -> list[str]:
    """How the cells of a run may name the cell they are of: by its id, or by the run it showed last."""
    names = (_cell_of(request), _about(request).get("run"))
    return [name for name in names if name]


def _sent_at(request: Json) -> datetime | None:
    """When a front end sent a request, or gave it to a server to send, by its own clock."""
    date = (request.get("metadata") or {}).get("scheduled") or (request.get("header") or {}).get("date")
    if isinstance(date, str):
        try:
            date = datetime.fromisoformat(date)
        except ValueError:
            return None
    return date if isinstance(date, datetime) else None


executions: weakref.WeakKeyDictionary[Any, Execution] = weakref.WeakKeyDictionary()
"""By shell, what stands around the execution of its cells."""
