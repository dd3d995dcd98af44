"""The events of a run on their way to the front ends, and what is to be done to its cells.

A server drops what comes faster than a thousand messages or a megabyte a second, and with
it the outputs of cells.  So events leave in at most ten batches and about 200 kB a second,
their long texts shortened: whoever wants to read a whole text asks for it.  What is to be
done to cells overtakes them, because a cell waits for it.  Batches are numbered: a front
end that misses one asks for the events again.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rlm_kernel import events as e
from rlm_kernel.report.share import light

INTERVAL = 0.1
"""Seconds between two batches."""
BATCH_SIZE = 20_000
"""Bytes of a batch of events, about."""
TEXT_LIMIT, CALL_LIMIT = 4_000, 120
"""Characters of a text in a batch, and of a text of a sub-call: there may be thousands."""

Json = dict[str, Any]


class Feed:
    """Sends the events of one run, and operations on its cells.

    Parameters
    ----------
    send
        Sends one message.
    run
        The id of the run.
    """

    def __init__(self, send: Callable[[Json], None], run: str) -> None:
        self._send = send
        self._run = run
        self._number = 0
        self._events: deque[e.Event] = deque()
        self._operations: deque[Json] = deque()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._is_draining = False

    def event(self, event: e.Event) -> None:
        """Queue an event; it leaves within a moment, on another thread."""
        with self._lock:
            last = self._events[-1] if self._events else None
            if isinstance(event, e.ReplyDelta) and isinstance(last, e.ReplyDelta) and last.span == event.span:
                self._events[-1] = replace(
                    event, text=last.text + event.text, reasoning=last.reasoning + event.reasoning
                )
            else:
                self._events.append(event)
            if not self._is_draining:
                self._is_draining = True
                threading.Thread(target=self._drain, name="rlm-feed", daemon=True).start()

    def cell(self, operation: Json) -> None:
        """Queue what is to be done to a cell."""
        with self._lock:
            self._operations.append(operation)

    def flush(self) -> None:
        """Send the operations now, because somebody waits for them, and the next batch of events."""
        with self._sending:  # batches leave in the order of their numbers
            with self._lock:
                parts = [{"cell": operation} for operation in self._operations]
                self._operations.clear()
            parts += self._next_events()
            if parts:
                self._number += 1
                self._send({"kind": "run", "run": self._run, "n": self._number, "parts": parts})

    def _drain(self) -> None:
        """Send batch after batch until nothing is left."""
        pause = threading.Event()
        while True:
            pause.wait(INTERVAL)
            self.flush()
            with self._lock:
                if not self._events and not self._operations:
                    self._is_draining = False
                    return

    def _next_events(self) -> list[Json]:
        size, taken = 0, []
        while size < BATCH_SIZE:
            with self._lock:
                if not self._events:
                    break
                event = self._events.popleft()
            taken.append({"event": on_the_wire(event)})
            size += len(json.dumps(taken[-1], default=str))
        return taken


def on_the_wire(event: e.Event) -> Json:
    """An event as JSON, its texts shortened."""
    is_sub_call = getattr(event, "role", "") == "sub"
    return light(event, CALL_LIMIT if is_sub_call else TEXT_LIMIT)
