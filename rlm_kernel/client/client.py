"""LiteLLMClient: a `Client` for every provider that litellm knows.

Retries are made here and nowhere below, so that each one is seen by the view, is
cancelled with the call, and waits as long as the server asked.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from rlm_kernel.client.errors import LONGEST_WAIT, NoReplyError, translate
from rlm_kernel.client.loading import loaded
from rlm_kernel.client.replies import Reply
from rlm_kernel.client.targets import Target, key_for, resolve
from rlm_kernel.interfaces import (
    Completion,
    Delta,
    Message,
    ModelInfo,
    Progress,
    QueryError,
    Request,
    Retrying,
    TimedOut,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")

NO_LIMIT = 365 * 24 * 3600.0
"""Seconds; a year, since litellm and the SDKs below it take "none" for a limit of their own."""


class LiteLLMClient:
    """Answers requests through litellm.

    Parameters
    ----------
    tries
        How often one model is asked before its error counts.
    base_delay
        Seconds; before try n + 1 the client waits a random time up to ``base_delay * 2 ** n``,
        or as long as the server asked and a little more.
    timeout
        Seconds, where a request names none: how long an answer may take, and for a
        stream how long it may be silent.  A request's own timeout bounds the whole attempt;
        0 lifts every limit.
    """

    def __init__(self, *, tries: int = 4, base_delay: float = 0.5, timeout: float = 600.0) -> None:
        self.tries = tries
        self.base_delay = base_delay
        self.timeout = timeout
        self._targets: dict[tuple[str, str | None], Target] = {}

    async def describe(self, model: str, api_base: str | None = None) -> ModelInfo:
        """Price and window of `model`; uses no network.

        Raises UnknownModel where no provider can be told from the name, and MissingKey
        where the provider needs a key and the environment has none.
        """
        litellm = await loaded()
        target = self.target(litellm, model, api_base)
        key_for(litellm, target)
        return target.info

    async def complete(
        self, request: Request, on_progress: Callable[[Progress], None] | None = None
    ) -> Completion:
        """The reply to `request`, from its model or the first of its fallbacks that gives one.

        With `on_progress`, retries are reported to it and the reply of a root model is
        streamed to it; after a `Retrying` the text starts anew.  Raises the `QueryError`
        of `request.model`; its `usage` is what all attempts together are known to have used.
        """
        return await _Call(self, await loaded(), request, on_progress).run()

    def target(self, litellm: Any, model: str, api_base: str | None) -> Target:
        """Where requests for `model` go; raises UnknownModel."""
        known = self._targets.get((model, api_base))
        if known is None:
            known = self._targets[model, api_base] = resolve(litellm, model, api_base)
        return known


class _Call:
    """One request under way: its attempts, and what they have used."""

    def __init__(
        self,
        client: LiteLLMClient,
        litellm: Any,
        request: Request,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.client = client
        self.litellm = litellm
        self.request = request
        self.on_progress = on_progress
        self.streams = on_progress is not None and request.role == "root"
        self.attempts = 0
        self.spent = Usage()

    async def run(self) -> Completion:
        """The reply, within the time that the request gives to the whole of it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.request.within):
                return await self._try_all()
        model, within = self.request.model, self.request.within or 0.0
        raise TimedOut(
            f"{model} did not answer within {within:g} s: raise the timeout or ask for less", usage=self.spent
        )

    async def _try_all(self) -> Completion:
        models = (self.request.model, *self.request.fallbacks)
        failures: list[QueryError] = []
        for model in models:
            outcome = await self._ask(model)
            if isinstance(outcome, Completion):
                return replace(outcome, usage=self.spent + outcome.usage, attempts=self.attempts)
            failures.append(outcome)
            if len(failures) < len(models):
                self._report(Retrying(outcome, 0.0, self.attempts))
        raise _all_of(failures, models, self.spent)

    async def _ask(self, model: str) -> Completion | QueryError:
        """What became of all tries at one model."""
        try:
            target = self._target(model)
            key = key_for(self.litellm, target)
        except QueryError as error:
            return error
        for number in range(1, self.client.tries + 1):
            self.attempts += 1
            outcome = await self._attempt(target, key)
            if isinstance(outcome, Completion):
                return outcome
            self.spent += outcome.usage or Usage()
            wait = self._wait_after(outcome, number)
            if wait is None:
                break
            self._report(Retrying(outcome, wait, self.attempts))
            await asyncio.sleep(wait)
        return outcome

    def _target(self, model: str) -> Target:
        """A fallback is asked at the request's server too, unless it names another provider."""
        client, api_base = self.client, self.request.api_base
        target = client.target(self.litellm, model, api_base)
        if api_base is None or model == self.request.model:
            return target
        first = client.target(self.litellm, self.request.model, api_base)
        return target if target.provider == first.provider else client.target(self.litellm, model, None)

    def _wait_after(self, error: QueryError, number: int) -> float | None:
        """Seconds until the next try; None if there is to be none."""
        asked = error.retry_after or 0.0
        if not error.retryable or number == self.client.tries or asked > LONGEST_WAIT:
            return None
        # Full jitter, so that a thousand calls turned away together do not return together.
        return asked + random.uniform(0.0, self.client.base_delay * 2**number)  # noqa: S311

    async def _attempt(self, target: Target, key: str | None) -> Completion | QueryError:
        """One request over the wire."""
        reply = Reply(self.request, target.model, target.info.price)
        patience = _Patience(self.request.timeout, self.client.timeout)
        try:
            response = await patience.over(self.litellm.acompletion(**self._arguments(target, key, patience)))
        except Exception as foreign:  # noqa: BLE001 - litellm and the SDKs under it raise anything
            return _translated(foreign, target, patience)
        if not self.streams:
            reply.add_whole(response)
            return reply.judge()
        return await self._read(response, reply, target, patience) or reply.judge()

    async def _read(
        self, stream: Any, reply: Reply, target: Target, patience: _Patience
    ) -> QueryError | None:
        """Pass a stream on as it comes; the error that ended it early, if one did."""
        try:
            while True:
                try:
                    chunk = await patience.over(anext(stream, None))
                except Exception as foreign:  # noqa: BLE001 - as above
                    error = _translated(foreign, target, patience)
                    error.usage = reply.usage if reply.begun else None
                    return error
                if chunk is None:
                    break
                self._report(reply.add_chunk(chunk))
        finally:
            await stream.aclose()
        self._report(reply.end())
        # litellm ends a stream of which it understood nothing as if the model had finished.
        if not reply.begun and getattr(stream, "received_finish_reason", "") is None:
            return _translated(NoReplyError(), target, patience)
        return None

    def _arguments(self, target: Target, key: str | None, patience: _Patience) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            **self.request.params,
            "model": target.litellm_model,
            "messages": [_message(message) for message in self.request.messages],
            "timeout": patience.seconds,  # the same each time: litellm keeps connections by it
            "num_retries": 0,  # litellm's
            "max_retries": 0,  # the openai SDK's
        }
        if target.api_base:
            arguments["api_base"] = target.api_base
        if key:
            arguments["api_key"] = key
        if self.streams:
            arguments |= {"stream": True, "stream_options": {"include_usage": True}}
        return arguments

    def _report(self, progress: Progress) -> None:
        if self.on_progress and progress != Delta():
            self.on_progress(progress)


def _all_of(failures: Sequence[QueryError], models: Sequence[str], spent: Usage) -> QueryError:
    """The first failure, of the model that was asked for, which says what became of its fallbacks."""
    first = failures[0]
    others = zip(models[1:], failures[1:], strict=True)
    first.args = ("; ".join([str(first), *(f"and its fallback {model}: {why}" for model, why in others)]),)
    first.usage = spent
    return first


class _Patience:
    """How long an attempt may take: all of it where the request says so, else each wait."""

    def __init__(self, whole: float | None, each: float) -> None:
        self.seconds = each if whole is None else whole or NO_LIMIT
        self._deadline = time.monotonic() + whole if whole else None

    def left(self) -> float:
        return self.seconds if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    async def over(self, wait: Awaitable[T]) -> T:
        """The result of `wait`, or TimeoutError when patience has run out."""
        async with asyncio.timeout(self.left()):
            return await wait


def _message(message: Message) -> dict[str, Any]:
    """A message in OpenAI's form, in parts only where it has images."""
    # A file that was not UTF-8 may have left half characters in the text, which cannot be sent.
    content = message.content.encode("utf-8", "replace").decode("utf-8")
    if not message.images:
        return {"role": message.role, "content": content}
    images = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    return {"role": message.role, "content": [{"type": "text", "text": content}, *images]}


def _translated(foreign: Exception, target: Target, patience: _Patience) -> QueryError:
    return translate(
        foreign,
        model=target.model,
        address=target.address,
        key=target.key_variable,
        seconds=patience.seconds,
    )
