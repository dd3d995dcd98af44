"""The one door to a model: every call is metered, recorded, and can be stopped here.

One `Queries` serves a root run and all its children.  A cell hands over what it asks and
waits; the calls themselves run on the background loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, TypeVar

from rlm_kernel import background, schemas
from rlm_kernel.budget import Budget, Estimate
from rlm_kernel.caller import Caller
from rlm_kernel.calls import Call, CallSettings
from rlm_kernel.events import BatchFinished, BatchStarted, CallFinished, Event
from rlm_kernel.in_flight import InFlight
from rlm_kernel.interfaces import (
    BatchError,
    CallRole,
    Client,
    Completion,
    Message,
    ModelInfo,
    Request,
    SchemaMismatch,
    Usage,
)
from rlm_kernel.memory import Memory
from rlm_kernel.requests import corrected, repeated_turn_request, sub_request, turn_request
from rlm_kernel.scope import Ask, OnError, Scope, entered
from rlm_kernel.tokens import estimate_tokens
from rlm_kernel.trajectory import Trajectory

T = TypeVar("T")


class Queries:
    """Calls models for a run: within its budget, into its trajectory."""

    def __init__(
        self, client: Client, budget: Budget, trajectory: Trajectory, settings: CallSettings
    ) -> None:
        self.budget = budget
        self.trajectory = trajectory
        self.settings = settings
        self._caller = Caller(client, budget, trajectory)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._memory = Memory()
        self._in_flight = InFlight()

    # -- turns of a root model --------------------------------------------------------

    def describe(self, models: Sequence[str], check: Callable[[], None]) -> list[ModelInfo]:
        """Learn the prices of `models`; raises QueryError if one cannot be called."""

        async def each() -> list[ModelInfo]:
            return list(await asyncio.gather(*(self._learn(model, self._role_of(model)) for model in models)))

        return _wait(each(), check)

    def turn(
        self,
        messages: Sequence[Message],
        input_tokens: int,
        *,
        model: str,
        step_span: str,
        is_root: bool,
        last: bool,
        check: Callable[[], None],
    ) -> Completion:
        """The root model's reply to a conversation, streamed to the views.

        Raises QueryError, LimitExceeded, RunInterrupted.
        """
        request = turn_request(self.settings, model, messages)
        estimate = self.budget.estimate(model, input_tokens)
        if is_root:
            self.budget.hold_back(estimate)
            self.budget.reserve_turn(estimate, last=last)
        else:
            self.budget.reserve([estimate])
        span = self.trajectory.child_span(step_span, "q")
        call = Call(request, span, step_span, estimate, is_call=not is_root)
        try:
            if call.key in self._memory:
                return self._caller.recall(call, self._memory.next(call.key))
            return _wait(self._caller.complete(call, streamed=True), check)
        finally:
            self._caller.give_back_unused(call)

    def repeat_turn(self, reply: CallFinished, input_tokens: int) -> None:
        """Count and record a root model's reply of another run as one of this run."""
        assert reply.parent is not None
        self.budget.hold_back(self.budget.estimate(self.settings.model, input_tokens))
        request = repeated_turn_request(self.settings)
        span = self.trajectory.child_span(reply.parent, "q")
        estimate = Estimate(request.model, 0, 0, 0.0)
        self._caller.recall_from_elsewhere(Call(request, span, reply.parent, estimate, is_call=False), reply)

    def take_up(self, events: Iterable[Event]) -> None:
        """Count what the calls on record have used, and nothing else."""
        self._caller.take_up(events)

    # -- sub-calls --------------------------------------------------------------------

    def query(self, scope: Scope, ask: Ask) -> Any:
        """One sub-call's reply; see `llm_query`."""
        scope.admit()
        return self._in_flight.wait(scope, self._one(scope, ask))

    def query_batch(
        self, scope: Scope, asks: Sequence[Ask], concurrency: int | None, on_error: OnError
    ) -> list[Any]:
        """The replies to many prompts in their order; see `llm_query_batched`."""
        scope.admit()
        return _settle_batch(self._in_flight.wait(scope, self._many(scope, asks, concurrency)), on_error)

    async def aquery(self, scope: Scope, ask: Ask) -> Any:
        """`query` for code that awaits."""
        await scope.admit_awaiting()
        return await self._in_flight.wait_awaiting(scope, self._one(scope, ask))

    async def aquery_batch(
        self, scope: Scope, asks: Sequence[Ask], concurrency: int | None, on_error: OnError
    ) -> list[Any]:
        """`query_batch` for code that awaits."""
        await scope.admit_awaiting()
        return _settle_batch(
            await self._in_flight.wait_awaiting(scope, self._many(scope, asks, concurrency)), on_error
        )

    def cancel_calls(self) -> None:
        """Cancel what is in flight, also for threads and tasks that cells have left."""
        self._in_flight.cancel()

    def give_up_calls(self, scope: Scope) -> None:
        """Begin to cancel what is in flight for one cell."""
        self._in_flight.give_up(scope)

    def usage_of(self, run_span: str) -> Usage:
        """What the calls of a run have used, those of its children included."""
        return self._caller.usage_of(run_span)

    def remember(self, replies: Sequence[CallFinished], keys: Mapping[str, str]) -> None:
        """Answer requests identical to these from now on without asking; see `Memory`."""
        self._memory.keep(replies, keys)

    # -- on the background loop -------------------------------------------------------

    async def _one(self, scope: Scope, ask: Ask) -> Any:
        request = sub_request(self.settings, ask)
        await self._learn(request.model, "sub")
        call = Call(request, self.trajectory.child_span(scope.span, "q"), scope.span, function=ask.function)
        self._reserve([call])
        return await self._typed(scope, ask, call)

    async def _many(self, scope: Scope, asks: Sequence[Ask], concurrency: int | None) -> list[Any]:
        requests = [sub_request(self.settings, ask) for ask in asks]
        for model in {request.model for request in requests}:
            await self._learn(model, "sub")
        batch = self.trajectory.child_span(scope.span, "b")
        calls = [
            Call(
                request,
                self.trajectory.child_span(scope.span, "q"),
                scope.span,
                batch=batch,
                index=index,
                function=asks[index].function,
            )
            for index, request in enumerate(requests)
        ]
        self._reserve(calls)
        self.trajectory.record(BatchStarted, span=batch, parent=scope.span, kind="llm", size=len(asks))
        slots = asyncio.Semaphore(concurrency) if concurrency else None
        begun = time.monotonic()
        try:
            results = await self._gather(
                [self._typed(scope, ask, call, slots) for ask, call in zip(asks, calls, strict=True)]
            )
        finally:
            for call in calls:
                self._caller.give_back_unused(call)
        failed = sum(isinstance(result, BaseException) for result in results)
        self.trajectory.record(
            BatchFinished,
            span=batch,
            parent=scope.span,
            done=len(results) - failed,
            failed=failed,
            seconds=time.monotonic() - begun,
        )
        return results

    async def _gather(self, coroutines: list[Coroutine[Any, Any, Any]]) -> list[Any]:
        results = await asyncio.gather(*coroutines, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, Exception):
                raise result
        return results

    async def _typed(self, scope: Scope, ask: Ask, call: Call, slots: asyncio.Semaphore | None = None) -> Any:
        completion = await self._in_slot(call, slots)
        if completion.finish_reason == "length":
            scope.notice(
                "A sub-call's reply was cut at max_tokens: raise max_tokens, or ask for less at once."
            )
        if ask.schema is None:
            return completion.text
        try:
            return await _parsed(scope, ask.schema, completion.text)
        except ValueError as error:
            again = self._corrected(scope, call, completion, str(error))
        completion = await self._in_slot(again, slots)
        try:
            return await _parsed(scope, ask.schema, completion.text)
        except ValueError as error:
            raise SchemaMismatch(
                f"the reply does not validate as the schema, also when asked again: {error}"
            ) from None

    def _corrected(self, scope: Scope, call: Call, completion: Completion, error: str) -> Call:
        """The same request once more, with the reply and what is wrong with it."""
        request = corrected(call.request, completion.text, error)
        again = replace(call, request=request, span=self.trajectory.child_span(scope.span, "q"))
        self._reserve([again])
        return again

    async def _in_slot(self, call: Call, slots: asyncio.Semaphore | None) -> Completion:
        if call.key in self._memory:
            return self._caller.recall(call, self._memory.next(call.key))
        try:
            async with slots or nullcontext(), self._slots:
                call.started = time.monotonic()
                return await self._caller.complete(call)
        finally:
            self._caller.give_back_unused(call)

    def _reserve(self, calls: Sequence[Call]) -> None:
        """Make room for the calls that are not answered from the record; raises LimitExceeded."""
        due = [call for call in calls if call.key not in self._memory]
        estimates = [self._estimate(call.request) for call in due]
        if due:
            self.budget.reserve(estimates)
        for call, estimate in zip(due, estimates, strict=True):
            call.estimate = estimate

    def _estimate(self, request: Request) -> Estimate:
        tokens = sum(estimate_tokens(message.content) for message in request.messages)
        return self.budget.estimate(request.model, tokens, request.params.get("max_tokens"))

    async def _learn(self, model: str, role: CallRole) -> ModelInfo:
        return await self._caller.learn(model, self.settings.api_base_of(model, role))

    def _role_of(self, model: str) -> CallRole:
        return "sub" if model == self.settings.sub_model != self.settings.model else "root"


async def _parsed(scope: Scope, schema: Any, text: str) -> Any:
    """What a reply says as the schema has it, whose own code may call models again."""

    def parse() -> Any:
        with entered(scope, is_root=False):
            return schemas.parse(schema, text)

    return await background.in_thread(parse)


def _wait(coroutine: Coroutine[Any, Any, T], check: Callable[[], None]) -> T:
    with background.running(coroutine) as task:
        return background.wait(task, check)


def _settle_batch(results: list[Any], on_error: OnError) -> list[Any]:
    if on_error == "raise" and any(isinstance(result, BaseException) for result in results):
        raise BatchError(results)
    return results
