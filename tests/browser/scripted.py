"""What the tests' notebooks use: a scripted model in the place of a real one."""

from __future__ import annotations

import asyncio
from typing import Any

from doubles import ScriptedClient, cell, finish

from rlm_kernel.interfaces import Delta
from rlm_kernel.session import current_session

__all__ = ["cell", "finish", "script"]


class Typist(ScriptedClient):
    """A scripted client that writes its replies piece by piece.

    Parameters
    ----------
    pace
        Seconds between two words of a reply of the root model.
    sub_seconds
        Seconds that a sub-call takes.
    """

    def __init__(self, *arguments: Any, pace: float = 0.0, sub_seconds: float = 0.0, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.pace = pace
        self.sub_seconds = sub_seconds

    async def complete(self, request: Any, on_progress: Any = None) -> Any:
        if request.role == "sub":
            await asyncio.sleep(self.sub_seconds)
        completion = await super().complete(request)
        if request.role == "root" and on_progress is not None:
            for word in completion.text.split(" "):
                on_progress(Delta(f"{word} "))
                await asyncio.sleep(self.pace)
        return completion


def script(*replies: Any, **how: Any) -> None:
    """Let the next runs of this notebook ask a model that says `replies`, in order."""
    current_session().client = Typist(replies, **how)
