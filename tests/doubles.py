"""Real implementations of the two protocols, for tests: a scripted client and a counting REPL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from rlm_kernel.interfaces import Completion, Delta, ModelInfo, Price, Progress, QueryError, Request, Usage

Reply = str | Completion | QueryError | Callable[[Request], "str | Completion"]


class ScriptedClient:
    """Answers root requests from a script, in order, and sub-requests by a function.

    Parameters
    ----------
    script
        The root model's replies; the last one is repeated.
    sub
        What a sub-model replies to a prompt.
    price
        Of every model; None: no price is known.
    delay
        Seconds each call takes.
    """

    def __init__(
        self,
        script: Sequence[Reply] = (),
        sub: Callable[[str], Any] = lambda prompt: f"reply to {prompt}",
        *,
        price: Price | None = None,
        delay: float = 0.0,
    ) -> None:
        self.script = list(script)
        self.sub = sub
        self.price = price
        self.delay = delay
        self.requests: list[Request] = []
        self.in_flight = 0
        self.peak = 0

    async def describe(self, model: str, api_base: str | None = None) -> ModelInfo:
        return ModelInfo(model, self.price)

    async def complete(
        self, request: Request, on_progress: Callable[[Progress], None] | None = None
    ) -> Completion:
        self.requests.append(request)
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            if self.delay:
                await asyncio.sleep(self.delay)
            reply = self._reply(request)
        finally:
            self.in_flight -= 1
        if isinstance(reply, QueryError):
            raise reply
        completion = reply if isinstance(reply, Completion) else self._completion(str(reply))
        if on_progress is not None:
            on_progress(Delta(completion.text))
        return completion

    def _reply(self, request: Request) -> Any:
        if request.role == "sub":
            return self.sub(request.messages[-1].content)
        reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return reply(request) if callable(reply) and not isinstance(reply, str) else reply

    def _completion(self, text: str) -> Completion:
        usage = Usage(input_tokens=100, output_tokens=10)
        cost = self.price.of(usage) if self.price else None
        return Completion(text, Usage(100, 10, cost=cost))

    @property
    def root_requests(self) -> list[Request]:
        return [request for request in self.requests if request.role == "root"]


def cell(*lines: str) -> str:
    """A reply that is one cell."""
    return "```repl\n" + "\n".join(lines) + "\n```"


def finish(expression: str) -> str:
    """A cell that answers with the value of an expression."""
    return cell(f"answer['content'] = {expression}", "answer['ready'] = True")
