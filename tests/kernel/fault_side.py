"""What strikes a kernel at chosen moments of a run: a signal, right after an event."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from typing import Any

from doubles import ScriptedClient
from kernel_side import install
from planned import CONTEXT, QUESTION, next_of_plan

import rlm_kernel
from rlm_kernel import background
from rlm_kernel.trajectory import Trajectory

__all__ = ["CONTEXT", "QUESTION", "left_behind", "paid_twice", "planned", "strike", "struck"]

struck: list[str] = []
"""The types of the events after which a signal was sent."""


def planned(delay: float = 0.002) -> ScriptedClient:
    """Let the session's next runs ask the planned model."""
    client = install(ScriptedClient([next_of_plan], delay=delay))
    assert isinstance(client, ScriptedClient)
    return client


def strike(kind: str, occurrence: int, signal_name: str) -> None:
    """Send this process a signal after so many events of a type; once."""
    publish = Trajectory._publish
    seen: Counter[str] = Counter()

    def striking(self: Trajectory, event: Any) -> None:
        publish(self, event)
        seen[event.type] += 1
        if event.type == kind and seen[kind] == occurrence:
            Trajectory._publish = publish  # type: ignore[method-assign]
            struck.append(kind)
            os.kill(os.getpid(), getattr(signal, signal_name))

    Trajectory._publish = striking  # type: ignore[method-assign]


def paid_twice(run: rlm_kernel.Run) -> list[str]:
    """Calls whose reply was on the record and that were asked again all the same."""
    started = {e.span: e for e in run.trajectory if e.type == "call_started"}
    paid = [e for e in run.trajectory if e.type == "call_finished" and not e.cached]
    keys = Counter(started[e.span].key or e.span for e in paid)
    return [key for key, times in keys.items() if times > 1]


def left_behind() -> list[str]:
    """Threads that work on, and calls in flight, a little after a run has come to a stop."""
    until = time.monotonic() + 10
    while (left := _working()) and time.monotonic() < until:
        time.sleep(0.01)
    return left


def _working() -> list[str]:
    ours = [thread.name for thread in threading.enumerate() if thread.name.startswith("rlm-")]
    tasks = asyncio.all_tasks(background.background_loop())
    stays = {"rlm-calls", "rlm-import-litellm"}
    return [*(name for name in ours if name not in stays), *map(repr, tasks)]
