"""Counting: the calls of a run, the batches and children they belong to, and what they used."""

from __future__ import annotations

from typing import Any

from rlm_kernel import events as e
from rlm_kernel.report.parts import Batch, Calls, Child, Pace, Step, Tally
from rlm_kernel.report.spans import ROOT, child_of, run_of

LEFT_OUT = "left_out"
"""The `finish_reason` of an event that stands for many calls in a copy that was cut."""


class Ledger:
    """The counts of the run `span`, and of the steps it is given."""

    def __init__(self, span: str = ROOT) -> None:
        self._span = span
        self.calls = Calls()
        """What cells called: sub-calls, and the turns of child runs."""
        self.usage = Tally()
        """Of all calls, children's included."""
        self.batches: dict[str, Batch] = {}
        """The batches that have not ended, by span."""
        self._open: dict[str, str] = {}
        """For each call and child in flight, the span of its batch."""

    def spend(self, step: Step | None, usage: dict[str, Any]) -> None:
        """Add the usage of one call, whoever made it."""
        self.usage.add(usage)
        if step is not None:
            step.usage.add(usage)

    # -- calls ------------------------------------------------------------------------

    def call_started(self, step: Step | None, event: e.CallStarted) -> None:
        """Count a call in flight."""
        self._open[event.span] = event.batch or ""
        batch = self.batches.get(event.batch or "")
        if batch is not None and event.index is not None and batch.asks_again(event.index):
            batch.calls.done -= 1
        for calls in self._counts(step, event.batch):
            calls.in_flight += 1

    def call_finished(self, step: Step | None, event: e.CallFinished) -> None:
        """Count a call that was answered."""
        if event.finish_reason == LEFT_OUT:
            return
        for calls in self._close(step, event):
            calls.done += 1
            calls.reused += event.cached

    def call_failed(self, step: Step | None, event: e.CallFailed) -> None:
        """Count a call that failed or was cancelled."""
        for calls in self._close(step, event):
            if event.cancelled:
                calls.cancelled += 1
            else:
                calls.failed += 1

    def _close(self, step: Step | None, event: e.CallFinished | e.CallFailed) -> list[Calls]:
        """The counts a call belongs to, in which it is no longer in flight."""
        started = event.span in self._open
        span = self._open.pop(event.span, "")
        counts = self._counts(step, span)
        for calls in counts:
            calls.in_flight -= started
        if span in self.batches:
            batch = self.batches[span]
            batch.pace.note(event.time, batch.calls.ended + 1)
        return counts

    def _counts(self, step: Step | None, batch: str | None) -> list[Calls]:
        counts = [self.calls]
        if step is not None:
            counts.append(step.calls)
        if batch in self.batches:
            counts.append(self.batches[batch].calls)
        return counts

    # -- batches ----------------------------------------------------------------------

    def batch_started(self, event: e.BatchStarted) -> None:
        """Open a batch of the run's own cells."""
        if run_of(event.span) == self._span:  # a child's batches show in the counts of its step
            cell, pace = event.parent or "", Pace(event.time)
            self.batches[event.span] = Batch(event.span, cell, event.kind, event.size, event.time, pace)

    def batch_finished(self, step: Step | None, event: e.BatchFinished) -> None:
        """Close a batch."""
        batch = self.batches.pop(event.span, None)
        if batch is None or batch.kind != "llm":
            return
        # A copy of a trajectory that was cut lacks most of its calls; this counts them all the same.
        missing = max(0, batch.size - batch.calls.ended)
        done = min(missing, max(0, event.done - batch.calls.done))
        for calls in self._counts(step, None):
            calls.done += done
            calls.failed += missing - done

    def close_batches(self) -> None:
        """No cell is running any more, so none waits for a batch."""
        self.batches.clear()

    # -- children ---------------------------------------------------------------------

    def child_started(self, step: Step | None, event: e.RunStarted) -> None:
        """Count a child run in flight, unless it is a grandchild."""
        if (
            step is None or child_of(event.span, self._span) != event.span
        ):  # a grandchild shows in its parent's line
            return
        batch = self._batch_of(event)
        self._open[event.span] = batch.span if batch else ""
        step.running_children[event.span] = Child(event.question)
        step.children.in_flight += 1
        if batch:
            batch.calls.in_flight += 1

    def child_ended(self, step: Step | None, event: e.RunPaused | e.RunFinished) -> None:
        """Count a child run as done, as interrupted with its parent, or else as failed."""
        span = event.span
        if step is None or step.running_children.pop(span, None) is None:
            return
        batch = self.batches.get(self._open.pop(span, ""))
        for calls in (step.children, *([batch.calls] if batch else ())):
            calls.in_flight -= 1
            if isinstance(event, e.RunFinished) and event.status == "finished":
                calls.done += 1
            elif event.reason in e.CUT_OFF:
                calls.cancelled += 1
            else:
                calls.failed += 1
        if batch:
            batch.pace.note(event.time, batch.calls.ended)

    def _batch_of(self, event: e.RunStarted) -> Batch | None:
        """The batch a child is part of: one that its cell waits for and that has room for it."""
        for batch in self.batches.values():
            calls = batch.calls
            if (
                batch.kind == "rlm"
                and batch.cell == event.parent
                and calls.ended + calls.in_flight < batch.size
            ):
                return batch
        return None
