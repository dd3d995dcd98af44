"""The budget: one ledger for a root run and all its children.

Money and tokens are reserved before a call and settled after it, so that calls running
side by side cannot overshoot a limit together.  Enough for one more turn of the root
model is always held back: a run that reaches a limit can still be asked for its answer.
"""

from __future__ import annotations

import bisect
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rlm_kernel.interfaces import LimitExceeded, ModelInfo, Usage
from rlm_kernel.limits import Limits, refusal

FIRST_OUTPUT_ESTIMATE = 1_000
"""Tokens a reply is expected to take before the run has seen one of that model."""

OBSERVATION_ESTIMATE = 6_500
"""Tokens the observation of a cell adds at most: what is held back must do after any cell."""

NEAR = 0.9
"""The part of a limit after which the model is told of it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one call is expected to use."""

    model: str
    input_tokens: int
    output_tokens: int
    cost: float

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


NOTHING = Estimate("", 0, 0, 0.0)


class Budget:
    """What a run may use, has used, and has reserved; thread-safe."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.usage = Usage()
        self.calls = 0
        self._spent = 0.0
        self._reserved_tokens = 0
        self._reserved_cost = 0.0
        self._reserved_calls = 0
        self._held = NOTHING
        self._models: dict[str, ModelInfo] = {}
        self._outputs: dict[str, list[int]] = {}
        self._clock = clock
        self._started: float | None = None
        self._seconds = 0.0
        self._lock = threading.Lock()

    # -- what is known of models ------------------------------------------------------

    def learn(self, info: ModelInfo) -> None:
        """Remember the price of a model, under the name it is called by."""
        self._models[info.name] = info

    def knows(self, model: str) -> bool:
        return model in self._models

    def info(self, model: str) -> ModelInfo:
        """What was learned of a model."""
        return self._models[model]

    def estimate(self, model: str, input_tokens: int, max_tokens: int | None = None) -> Estimate:
        """Input as given; output is `max_tokens`, or the 95th percentile this run has seen."""
        output_tokens = max_tokens or self._expected_output(model)
        return Estimate(
            model, input_tokens, output_tokens, self.cost_of(model, input_tokens, output_tokens) or 0.0
        )

    def cost_of(self, model: str, input_tokens: int, output_tokens: int) -> float | None:
        """US dollars at list price, or None where none is known."""
        info = self._models.get(model)
        if info is None or info.price is None:
            return None
        return info.price.of(Usage(input_tokens, output_tokens))

    def _expected_output(self, model: str) -> int:
        seen = self._outputs.get(model)
        return seen[int(0.95 * (len(seen) - 1))] if seen else FIRST_OUTPUT_ESTIMATE

    # -- time -------------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """Seconds the run has been running, pauses not counted."""
        running = 0.0 if self._started is None else self._clock() - self._started
        return self._seconds + running

    def start_clock(self) -> None:
        if self._started is None:
            self._started = self._clock()

    def set_clock(self, seconds: float) -> None:
        """Let the run have been running for so long by now."""
        self._seconds = seconds

    def stop_clock(self) -> None:
        self._seconds, self._started = self.seconds, None

    # -- reserve and settle -----------------------------------------------------------

    def hold_back(self, turn: Estimate) -> None:
        """Keep room for one more turn after `turn`."""
        self._held = self._one_more(turn)

    def reserve(self, calls: Sequence[Estimate]) -> None:
        """Make room for a batch of sub-calls, whole or not at all.

        Raises LimitExceeded, naming the limit and how many of the calls would fit.
        """
        with self._lock:
            self._refuse_overtime()
            fits, limit = self._how_many_fit(calls)
            if limit is not None:
                raise LimitExceeded(refusal(limit, self.limits, len(calls), fits), limit, fits)
            self._take(calls, len(calls))

    def reserve_turn(self, turn: Estimate, *, last: bool = False) -> None:
        """Make room for a turn of the root; the last turn uses what was held back.

        Raises LimitExceeded.
        """
        with self._lock:
            held = NOTHING if last else self._held
            limit = self._first_overrun(turn.tokens + held.tokens, turn.cost + held.cost)
            if limit is not None:
                raise LimitExceeded(refusal(limit, self.limits, 1, 0), limit)
            self._take([turn], 0)

    def refuses_turn(self, turn: Estimate, *, is_root: bool) -> str | None:
        """The limit that a turn like this, and the root's held back one, would overrun."""
        with self._lock:
            held = self._one_more(turn) if is_root else self._held
            return self._first_overrun(turn.tokens + held.tokens, turn.cost + held.cost)

    def settle(self, estimate: Estimate, usage: Usage, *, is_call: bool = True) -> None:
        """Replace a reservation by what the call used."""
        with self._lock:
            self._release(estimate, is_call)
            self.calls += is_call
            self.usage += usage
            self._spent += usage.cost or 0.0
            if usage.output_tokens:
                bisect.insort(self._outputs.setdefault(estimate.model, []), usage.output_tokens)

    def count(self, model: str, usage: Usage, *, is_call: bool = True) -> None:
        """Count a call that was made before, without a reservation."""
        with self._lock:
            self._reserved_calls += is_call
        self.settle(Estimate(model, 0, 0, 0.0), usage, is_call=is_call)

    def reset(self) -> None:
        """Start with an empty ledger; the limits and what is known of models stay."""
        with self._lock:
            self.usage, self.calls, self._spent = Usage(), 0, 0.0
            self._outputs.clear()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """While calls are made that are none of the run's: they are neither limited nor counted."""
        with self._lock:
            limits, used = self.limits, (self.usage, self.calls, self._spent)
            outputs = {model: list(seen) for model, seen in self._outputs.items()}
            self.limits = Limits(0, 0, 0, 0.0, 0.0, limits.max_depth)
        try:
            yield
        finally:
            with self._lock:
                self.limits, self._outputs = limits, outputs
                self.usage, self.calls, self._spent = used

    def cancel(self, estimate: Estimate, *, is_call: bool = True) -> None:
        """Give back the reservation of a call that was not made."""
        with self._lock:
            self._release(estimate, is_call)

    # -- limits -----------------------------------------------------------------------

    def exhausted(self, steps: int) -> str | None:
        """The limit that is used up, if any; `steps` are the turns taken so far."""
        limits = self.limits
        with self._lock:
            if limits.max_steps and steps >= limits.max_steps:
                return "max_steps"
            if limits.max_calls and self.calls >= limits.max_calls:
                return "max_calls"
            if limits.max_seconds and self.seconds >= limits.max_seconds:
                return "max_seconds"
            return self._first_overrun(self._held.tokens, self._held.cost)

    def near(self) -> list[str]:
        """One phrase for each limit other than steps that is nearly used up."""
        limits, phrases = self.limits, []
        if limits.max_calls and self.calls >= NEAR * limits.max_calls:
            phrases.append(f"{max(0, limits.max_calls - self.calls):,} of {limits.max_calls:,} calls left")
        if limits.max_tokens and self.usage.tokens >= NEAR * limits.max_tokens:
            left = max(0, limits.max_tokens - self.usage.tokens)
            phrases.append(f"{left:,} of {limits.max_tokens:,} tokens left")
        if limits.max_cost and self._spent >= NEAR * limits.max_cost:
            phrases.append(f"${max(0.0, limits.max_cost - self._spent):.4f} of ${limits.max_cost:.4f} left")
        if limits.max_seconds and self.seconds >= NEAR * limits.max_seconds:
            left_seconds = max(0.0, limits.max_seconds - self.seconds)
            phrases.append(f"{left_seconds:.0f} of {limits.max_seconds:.0f} seconds left")
        return phrases

    def _one_more(self, turn: Estimate) -> Estimate:
        """A turn after `turn`: the conversation has grown by a reply and an observation."""
        observation = OBSERVATION_ESTIMATE
        if self.limits.max_tokens:  # a small budget is not to be held back whole
            observation = min(observation, self.limits.max_tokens // 10)
        return self.estimate(turn.model, turn.input_tokens + turn.output_tokens + observation)

    # -- inside the lock --------------------------------------------------------------

    def _refuse_overtime(self) -> None:
        limit = self.limits.max_seconds
        if limit and self.seconds >= limit:
            raise LimitExceeded(f"the run's {limit:g} seconds are used up", "max_seconds")

    def _how_many_fit(self, calls: Sequence[Estimate]) -> tuple[int, str | None]:
        limits = self.limits
        tokens, cost = self._held.tokens, self._held.cost
        room = limits.max_calls - self.calls - self._reserved_calls
        for count, call in enumerate(calls):
            if limits.max_calls and count >= room:
                return count, "max_calls"
            tokens, cost = tokens + call.tokens, cost + call.cost
            overrun = self._first_overrun(tokens, cost)
            if overrun is not None:
                return count, overrun
        return len(calls), None

    def _first_overrun(self, tokens: int, cost: float) -> str | None:
        limits = self.limits
        if limits.max_tokens and self.usage.tokens + self._reserved_tokens + tokens > limits.max_tokens:
            return "max_tokens"
        if limits.max_cost and cost and self._spent + self._reserved_cost + cost > limits.max_cost:
            return "max_cost"
        return None

    def _take(self, calls: Sequence[Estimate], count: int) -> None:
        self._reserved_tokens += sum(call.tokens for call in calls)
        self._reserved_cost += sum(call.cost for call in calls)
        self._reserved_calls += count

    def _release(self, estimate: Estimate, is_call: bool) -> None:
        self._reserved_tokens -= estimate.tokens
        self._reserved_cost -= estimate.cost
        self._reserved_calls -= is_call
