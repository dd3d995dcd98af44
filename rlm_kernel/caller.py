"""One call to a model: within the budget, on the record, and settled whatever becomes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

from rlm_kernel.budget import Budget
from rlm_kernel.calls import SETTLED, Call, message_json, usage_json
from rlm_kernel.events import CallFailed, CallFinished, CallRetried, CallStarted, Event, ReplyDelta
from rlm_kernel.interfaces import (
    Client,
    Completion,
    Delta,
    ModelInfo,
    Progress,
    ProviderFailed,
    QueryError,
    Usage,
)
from rlm_kernel.replay import NeverAsked
from rlm_kernel.trajectory import Trajectory, runs_above


class Caller:
    """Makes the calls of a root run and its children."""

    def __init__(self, client: Client, budget: Budget, trajectory: Trajectory) -> None:
        self._client = client
        self._budget = budget
        self._trajectory = trajectory
        self._used: dict[str, Usage] = {}

    async def learn(self, model: str, api_base: str | None) -> ModelInfo:
        """What is known of a model; raises QueryError for one that cannot be called."""
        if not self._budget.knows(model):
            info = await self._client.describe(model, api_base)
            self._budget.learn(ModelInfo(model, info.price, info.window))
        return self._budget.info(model)

    async def complete(self, call: Call, *, streamed: bool = False) -> Completion:
        """The reply to a call, streamed to the views if asked; raises QueryError."""
        self._record_started(call)
        try:
            completion = await self._client.complete(
                call.request, self._progress_of(call) if streamed else None
            )
        except asyncio.CancelledError as end:
            used, is_free = self._used_so_far(call), isinstance(end, NeverAsked)
            self._failed(call, "Cancelled", "the call was cancelled", used, cancelled=True, is_free=is_free)
            raise
        except QueryError as error:
            self._failed(call, type(error).__name__, str(error), error.usage or Usage())
            raise
        except Exception as error:
            self._failed(call, type(error).__name__, str(error), Usage())
            raise ProviderFailed(
                f"the client for {call.request.model} failed: {type(error).__name__}: {error}"
            ) from error
        self._settle(call, completion.usage, cached=completion.cached)
        self._trajectory.record(
            CallFinished,
            span=call.span,
            parent=call.parent,
            role=call.request.role,
            model=completion.model or call.request.model,
            text=completion.text,
            reasoning=completion.reasoning,
            finish_reason=completion.finish_reason,
            usage=usage_json(completion.usage),
            cached=completion.cached,
            seconds=time.monotonic() - call.started,
        )
        return completion

    def recall(self, call: Call, reply: CallFinished) -> Completion:
        """Answer a call with a reply that is on the record of this run already, at no cost."""
        return self._repeat(call, reply, Usage())

    def recall_from_elsewhere(self, call: Call, reply: CallFinished) -> Completion:
        """Answer a call with a reply on another run's record; in the budget it counts as it did there."""
        usage = Usage(**reply.usage)
        self._settle(call, usage, cached=True)
        return self._repeat(call, reply, usage)

    def take_up(self, events: Iterable[Event]) -> None:
        """Count what the calls on record have used, and nothing else."""
        self._budget.reset()
        self._used.clear()
        for event in events:
            if not isinstance(event, CallFinished | CallFailed):
                continue
            usage, cached = Usage(**event.usage), getattr(event, "cached", False)
            if cached and not usage.tokens:
                continue  # it answered a second time
            is_turn_of_root = event.role == "root" and len(runs_above(event.span)) == 1
            self._budget.count(event.model, usage, is_call=not is_turn_of_root)
            if not cached:
                self._charge(event.span, usage)

    def _repeat(self, call: Call, reply: CallFinished, usage: Usage) -> Completion:
        self._record_started(call)
        self._trajectory.record(
            CallFinished,
            span=call.span,
            parent=call.parent,
            role=call.request.role,
            model=reply.model,
            text=reply.text,
            reasoning=reply.reasoning,
            finish_reason=reply.finish_reason,
            usage=usage_json(usage),
            cached=True,
        )
        return Completion(reply.text, usage, reply.model, reply.reasoning, reply.finish_reason)

    def give_back_unused(self, call: Call) -> None:
        """Cancel the reservation of a call that was never made."""
        if call.estimate is not SETTLED:
            self._budget.cancel(call.estimate, is_call=call.is_call)
            call.estimate = SETTLED

    def usage_of(self, run_span: str) -> Usage:
        """What the calls of a run have used, those of its children included."""
        return self._used.get(run_span, Usage())

    def _failed(
        self,
        call: Call,
        error: str,
        message: str,
        usage: Usage,
        *,
        cancelled: bool = False,
        is_free: bool = False,
    ) -> None:
        self._settle(call, usage, cached=is_free)
        self._trajectory.record(
            CallFailed,
            span=call.span,
            parent=call.parent,
            role=call.request.role,
            model=call.request.model,
            error=error,
            message=message,
            usage=usage_json(Usage() if is_free else usage),
            seconds=time.monotonic() - call.started,
            cancelled=cancelled,
        )

    def _record_started(self, call: Call) -> None:
        request = call.request
        said = [] if request.role == "root" else [message_json(message) for message in request.messages]
        self._trajectory.record(
            CallStarted,
            span=call.span,
            parent=call.parent,
            role=request.role,
            model=request.model,
            key=call.key,
            messages=said,
            params=dict(request.params),
            batch=call.batch,
            index=call.index,
            function=call.function,
        )

    def _progress_of(self, call: Call) -> Callable[[Progress], None]:
        def on_progress(progress: Progress) -> None:
            where: dict[str, Any] = {"span": call.span, "parent": call.parent}
            if isinstance(progress, Delta):
                call.streamed += len(progress.text) + len(progress.reasoning)
                self._trajectory.record(ReplyDelta, **where, text=progress.text, reasoning=progress.reasoning)
            else:
                self._trajectory.record(
                    CallRetried,
                    **where,
                    error=str(progress.error),
                    wait=progress.wait,
                    attempt=progress.attempt,
                )

        return on_progress

    def _settle(self, call: Call, usage: Usage, *, cached: bool = False) -> None:
        # Within the budget an answer from a record counts as it did then, so that the run goes the same way.
        self._budget.settle(call.estimate, usage, is_call=call.is_call)
        call.estimate = SETTLED
        if not cached:
            self._charge(call.span, usage)

    def _charge(self, span: str, usage: Usage) -> None:
        for run_span in runs_above(span):
            self._used[run_span] = self.usage_of(run_span) + usage

    def _used_so_far(self, call: Call) -> Usage:
        """What a cancelled call will have cost: its input, and the output that had arrived."""
        input_tokens, output_tokens = call.estimate.input_tokens, call.streamed // 4
        return Usage(
            input_tokens,
            output_tokens,
            cost=self._budget.cost_of(call.request.model, input_tokens, output_tokens),
        )
