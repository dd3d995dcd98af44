"""The events of a run on their way to the front ends, in batches.

A server drops what comes faster than a thousand messages or a megabyte a second, so a run
sends at most ten batches and about 200 kB a second, and shortens what is long: whoever
wants to read a whole text asks for it.  Batches are numbered: a front end that misses one
asks for the events again.
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
"""Bytes of a batch, about."""
TEXT_LIMIT, CALL_LIMIT = 4_000, 120
"""Characters of a text in a batch, and of a text of a sub-call: there may be thousands."""

Json = dict[str, Any]


class Feed:
    """Sends the events of one run, and what is to be done to its cells, in their order.

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
        self._waiting: deque[e.Event | Json] = deque()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._keep_sending, name="rlm-feed", daemon=True).start()

    def event(self, event: e.Event) -> None:
        """Queue an event."""
        with self._lock:
            last = self._waiting[-1] if self._waiting else None
            if isinstance(event, e.ReplyDelta) and isinstance(last, e.ReplyDelta) and last.span == event.span:
                self._waiting[-1] = replace(
                    event, text=last.text + event.text, reasoning=last.reasoning + event.reasoning
                )
            else:
                self._waiting.append(event)

    def cell(self, operation: Json) -> None:
        """Queue what is to be done to a cell."""
        with self._lock:
            self._waiting.append(operation)

    def flush(self) -> None:
        """Send everything now, because somebody waits for it."""
        while self._send_batch():
            pass

    def close(self) -> None:
        """Send what is left, and nothing more."""
        self._closed.set()
        self.flush()

    def _keep_sending(self) -> None:
        while not self._closed.wait(INTERVAL):
            self._send_batch()

    def _send_batch(self) -> bool:
        """Send as much as one batch may hold; returns whether there was anything."""
        with self._sending:  # batches leave in the order of their numbers
            parts = self._take()
            if parts:
                self._number += 1
                self._send({"kind": "run", "run": self._run, "n": self._number, "parts": parts})
        return bool(parts)

    def _take(self) -> list[Json]:
        size, taken = 0, []
        while size < BATCH_SIZE:
            with self._lock:
                if not self._waiting:
                    break
                item = self._waiting.popleft()
            part = {"event": on_the_wire(item)} if isinstance(item, e.Event) else {"cell": item}
            size += len(json.dumps(part, default=str))
            taken.append(part)
        return taken


def on_the_wire(event: e.Event) -> Json:
    """An event as JSON, its texts shortened."""
    is_sub_call = getattr(event, "role", "") == "sub"
    return light(event, CALL_LIMIT if is_sub_call else TEXT_LIMIT)
