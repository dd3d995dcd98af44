"""What tests use inside the kernel: a scripted model in the place of a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from doubles import ScriptedClient, cell, finish

from rlm_kernel.session import current_session

__all__ = ["SlowSubs", "cell", "finish", "install", "script", "slow_subs", "told"]


class SlowSubs(ScriptedClient):
    """A scripted client whose sub-calls take `seconds(prompt)`."""

    def __init__(self, script: Any, seconds: Callable[[str], float], **more: Any) -> None:
        super().__init__(script, **more)
        self.seconds = seconds
        self.asked: list[str] = []
        self.waiting = 0

    async def complete(self, request: Any, on_progress: Any = None) -> Any:
        if request.role == "sub":
            prompt = request.messages[-1].content
            self.asked.append(prompt)
            self.waiting += 1
            try:
                await asyncio.sleep(self.seconds(prompt))
            finally:
                self.waiting -= 1
        return await super().complete(request, on_progress)


def install(client: Any) -> Any:
    """Let the session's next runs ask `client`."""
    current_session().client = client
    current_session()._outside = None
    return client


def script(*replies: Any, **more: Any) -> ScriptedClient:
    """A model that says `replies`, in order."""
    return install(ScriptedClient(replies, **more))


def slow_subs(*replies: Any, seconds: Callable[[str], float], **more: Any) -> SlowSubs:
    """A model that says `replies` and whose sub-model takes its time."""
    return install(SlowSubs(replies, seconds, **more))


def told(client: ScriptedClient) -> str:
    """The newest message that the root model got."""
    return client.root_requests[-1].messages[-1].content
