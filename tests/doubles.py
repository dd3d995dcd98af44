"""For tests of the core: a scripted client, and what puts a run on it together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rlm_kernel import dialects
from rlm_kernel.budget import Budget
from rlm_kernel.calls import CallSettings
from rlm_kernel.context import Context
from rlm_kernel.engine import Engine
from rlm_kernel.interfaces import Completion, Delta, ModelInfo, Price, Progress, QueryError, Request, Usage
from rlm_kernel.limits import Limits
from rlm_kernel.loop import Loop
from rlm_kernel.queries import Queries
from rlm_kernel.rlm import Run
from rlm_kernel.shell.namespace import NamespaceREPL
from rlm_kernel.trajectory import Trajectory

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
    together
        Once the root has asked, calls wait for so many to be in flight, ten seconds at most.
    """

    def __init__(
        self,
        script: Sequence[Reply] = (),
        sub: Callable[[str], Any] = lambda prompt: f"reply to {prompt}",
        *,
        price: Price | None = None,
        delay: float = 0.0,
        together: int = 0,
    ) -> None:
        self.together = together
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
            await self._gathered()
            reply = self._reply(request)
        finally:
            self.in_flight -= 1
        if isinstance(reply, QueryError):
            raise reply
        completion = reply if isinstance(reply, Completion) else self._completion(str(reply))
        if on_progress is not None:
            on_progress(Delta(completion.text))
        return completion

    async def _gathered(self) -> None:
        until = time.monotonic() + 10
        while len(self.requests) > 1 and self.peak < self.together and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.005)

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


def prepare(
    client: ScriptedClient,
    question: str = "What is it?",
    *,
    contexts: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    dialect: str = "rlm",
    repl: NamespaceREPL | None = None,
    path: Path | None = None,
    schema: Any = None,
    host: Any = None,
    settings: CallSettings | None = None,
    **engine: Any,
) -> Loop:
    """A root run on a fresh namespace that has not begun; ``prepare(…).start()`` runs it."""
    settings = settings or CallSettings("root-model", "sub-model")
    trajectory = Trajectory("run-1", path)
    budget = Budget(limits or Limits())
    queries = Queries(client, budget, trajectory, settings)
    queries.describe([settings.model, settings.sub_model], lambda: None)
    shared = Engine(
        queries, budget, trajectory, dialects.dialect(dialect), settings.model, settings.sub_model, **engine
    )
    values = {"context": "hello world"} if contexts is None else contexts
    bound = [Context(name=name, expression=name, value=value) for name, value in values.items()]
    return shared.root(question, repl or NamespaceREPL(), bound, schema=schema, host=host)


def launch(client: ScriptedClient, question: str = "What is it?", **options: Any) -> Run:
    """`prepare`, and run until the run is over or paused."""
    return prepare(client, question, **options).start()


def told(client: ScriptedClient, turn: int = -1) -> str:
    """The newest message of a root request: what the model was told that turn."""
    return client.root_requests[turn].messages[-1].content
