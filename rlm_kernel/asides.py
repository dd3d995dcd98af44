"""What the human's own cells asked models while a run stood still: the session's record has the replies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from rlm_kernel.calls import message_json
from rlm_kernel.events import CallFailed, CallFinished, CallStarted, CellFinished
from rlm_kernel.interfaces import Completion, Request, Usage, UsageError
from rlm_kernel.recording import Reply, SubCall
from rlm_kernel.replay import recorded_error
from rlm_kernel.secrets import mask_values
from rlm_kernel.trajectory import read

SESSION = "s"
"""The span under which the session's own calls are recorded."""
SLACK = 1.0
"""Seconds a cell may have begun before its record says so; what it asked then comes last."""


class Asides:
    """Answers what one cell of the human's asks again, at no cost, each recorded call once.

    Parameters
    ----------
    folder
        Where the session's trajectories are, beside the run's.
    cell
        The cell as it ran then.
    """

    def __init__(self, folder: Path, cell: CellFinished) -> None:
        self._folder = folder
        self._since, self._until = cell.time - cell.seconds, cell.time

    @cached_property
    def _calls(self) -> list[SubCall]:
        """Read when a call is missing, as most cells of the human's ask nothing."""
        since = self._since - SLACK
        calls = [call for path in _written_since(self._folder, since) for call in _calls_in(path)]
        within = [call for call in calls if since <= call.started.time <= self._until]
        return sorted(within, key=lambda call: call.started.time < self._since)

    def reply_to(self, request: Request) -> Completion | None:
        """What was replied then, to a request that says the same; None where nothing is known of it.

        The session may have asked another model than the run does.  Raises QueryError where that
        is what came of it then.
        """
        if request.role != "sub":
            return None
        said = _as_written([message_json(message) for message in request.messages])
        params = _as_written(dict(request.params))
        for call in self._calls:
            if not call.is_taken and call.started.messages == said and call.started.params == params:
                call.is_taken = True
                return _completion(call.reply)
        return None


def _as_written(value: Any) -> Any:
    """A value as a record has it."""
    return json.loads(json.dumps(mask_values(value), default=str))


def _completion(reply: Reply | None) -> Completion:
    assert reply is not None
    if isinstance(reply, CallFailed):
        raise recorded_error(reply)
    return Completion(reply.text, Usage(), reply.model, reply.reasoning, reply.finish_reason, cached=True)


def _written_since(folder: Path, since: float) -> list[Path]:
    try:
        return [path for path in sorted(folder.glob("session-*.jsonl")) if path.stat().st_mtime >= since]
    except OSError:
        return []


def _calls_in(path: Path) -> Iterator[SubCall]:
    """The calls that cells made directly and that have a reply, in the order in which they were asked."""
    try:
        events = read(path).events
    except UsageError:  # a torn or foreign file answers nothing
        return
    replies = {event.span: event for event in events if isinstance(event, CallFinished | CallFailed)}
    for event in events:
        if isinstance(event, CallStarted) and event.parent == SESSION and event.span in replies:
            yield SubCall(event, replies[event.span])
