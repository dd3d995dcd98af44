"""The state of a run as its views show it, reduced from its events one by one.

A report counts what there may be thousands of (calls, children) and lists only what there
are few of (steps, cells, batches that are open), so ten thousand sub-calls cost it ten
thousand additions and no memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from rlm_kernel import events as e
from rlm_kernel.interfaces import Proposed
from rlm_kernel.messages.reply import split_reply
from rlm_kernel.report.clock import Clock
from rlm_kernel.report.ledger import Ledger
from rlm_kernel.report.lost_names import LostNames
from rlm_kernel.report.parts import Answer, Batch, Calls, Cell, Step, Stream, Tally
from rlm_kernel.report.spans import ROOT, child_of, is_within, run_of, step_of

MAX_WARNINGS = 5


class RunReport:
    """What there is to say about a run at one moment.

    Feed it every event in order with `add`; all else is for reading.  It is not
    thread-safe: whoever feeds it on one thread and reads it on another holds a lock.
    `span` names the run, where it is not the root: of the others' events it takes none.
    """

    def __init__(self, span: str = ROOT) -> None:
        self.span = span
        self.run = ""
        self.question = ""
        self.model = ""
        self.sub_model = ""
        self.contexts: list[dict[str, Any]] = []
        self.limits: dict[str, Any] = {}
        self.options: dict[str, Any] = {}
        """Those that were not as built in."""
        self.notes: list[str] = []
        self.shadowed: list[str] = []
        self.status = "running"
        """running, proposed, paused, interrupted, finished, stopped or failed."""
        self.reason = ""
        self.message = ""
        self.steps: list[Step] = []
        self.stream: Stream | None = None
        """The reply that is being written, if one is."""
        self.asking = ""
        """The model whose turn it is, while the run waits for its reply."""
        self.retrying = ""
        """Why and when the latest failed call is made again; empty when none waits."""
        self.warnings: deque[str] = deque(maxlen=MAX_WARNINGS)
        self.answer: Answer | None = None
        self.is_unpriced = False
        """Whether it was known from the start that no call has a price."""
        self.times_resumed = 0
        self.handed_on = False
        """Whether the run went on in another place, so that this report stays as it is."""
        self.waiting_since = 0.0
        """The Unix time at which the present call or cell of the root began."""
        self._ledger = Ledger(span)
        self._cells: dict[str, Cell] = {}
        self._lost = LostNames()
        self._clock = Clock()

    @classmethod
    def of(cls, events: Iterable[e.Event], span: str = ROOT) -> RunReport:
        """The report of a recorded run; one that stops in the middle was interrupted."""
        report = cls(span)
        for event in events:
            report.add(event)
        if report.status == "running":
            report._stand_still("interrupted", "kernel", "the kernel ended before the run did")
        return report

    def add(self, event: e.Event) -> None:
        """Take one more event into account."""
        self._clock.note(event.time)
        take = getattr(self, f"_{event.type}", None)  # the methods are named as the events are tagged
        if take is not None and is_within(event.span, self.span):
            take(event)

    @property
    def calls(self) -> Calls:
        """What cells called: sub-calls, and the turns of child runs."""
        return self._ledger.calls

    @property
    def usage(self) -> Tally:
        """Of all calls, children's included."""
        return self._ledger.usage

    @property
    def batches(self) -> list[Batch]:
        """The root's batches that have not ended."""
        return list(self._ledger.batches.values())

    @property
    def lost_names(self) -> dict[str, str]:
        """The names of the user's that model cells took away, each with ``rebound`` or ``deleted``."""
        return self._lost.how

    @property
    def step(self) -> Step | None:
        """The step the run is at."""
        return self.steps[-1] if self.steps else None

    @property
    def running_cell(self) -> Cell | None:
        """The cell of the root that is running, if one is."""
        cells = self.step.cells if self.step else []
        return next((cell for cell in reversed(cells) if cell.running), None)

    def seconds(self, now: float | None = None) -> float:
        """Seconds the run, or one of its cells by hand, has been running at the Unix time `now`."""
        return self._clock.seconds(now)

    # -- runs -------------------------------------------------------------------------

    def _run_started(self, event: e.RunStarted) -> None:
        if event.span != self.span:
            self._ledger.child_started(self._step_at(event.span), event)
            return
        self.run, self.question = event.run, event.question
        self.model, self.sub_model = event.model, event.sub_model
        self.contexts, self.options = event.contexts, dict(event.options)
        # Those of a branch are those of the run it comes from, and what was raised for it.
        self.limits = {**event.limits, **event.branch_of.get("limits", {})}
        self.notes, self.shadowed = list(event.notes), list(event.shadowed)
        self.is_unpriced = {event.model, event.sub_model} <= set(event.unpriced)
        self._lost.begin(event)
        self._clock.start(event.time)

    def _run_paused(self, event: e.RunPaused) -> None:
        if event.span != self.span:
            self._ledger.child_ended(self._step_at(event.span), event)
            return
        status = "proposed" if event.reason in e.PROPOSING else "paused"
        self._stand_still(status, event.reason, event.message)

    def _run_resumed(self, event: e.RunResumed) -> None:
        if event.span == self.span:
            if event.command == "skip" and self.step is not None:
                self.step.leave_out(by_user=True)
            self.status, self.reason, self.message = "running", "", ""
            self.limits.update(event.limits)
            self.times_resumed += 1
            self._clock.start(event.time)

    def _run_finished(self, event: e.RunFinished) -> None:
        if event.span != self.span:
            self._ledger.child_ended(self._step_at(event.span), event)
            return
        self._stand_still(event.status, event.reason, event.message)
        if event.seconds:
            self._clock.set(event.seconds)
        if event.answer is not None:
            self.answer = Answer(str(event.answer.get("type", "")), str(event.answer.get("text", "")))

    def _stand_still(self, status: str, reason: str, message: str) -> None:
        self.status, self.reason, self.message = status, reason, message
        self._clock.stop()
        self.stream, self.asking, self.retrying = None, "", ""
        self._ledger.close_batches()
        if self.step is not None:
            self._close_step(self._clock.latest)
            if status not in {"proposed", "interrupted"}:
                self.step.leave_out()
            for cell in self.step.cells:
                cell.running = False

    # -- steps and cells --------------------------------------------------------------

    def _step_started(self, event: e.StepStarted) -> None:
        run = run_of(event.span)
        if run == self.span:
            self._close_step(event.time)
            if self.step is not None:
                self.step.leave_out()
            begun = Step(event.step, event.time, event.last)
            if self.step is not None and self.step.number == event.step:
                before = self.steps.pop()  # its turn brought no reply and is taken again
                begun.usage, begun.seconds = before.usage, before.seconds
            self.steps.append(begun)
        elif (
            run == child_of(run, self.span) and (step := self._step_at(run)) and run in step.running_children
        ):
            step.running_children[run].step = event.step

    def _close_step(self, time: float) -> None:
        if self.step is not None and self.step.ended is None:
            self.step.end_work(time)

    def _cell_started(self, event: e.CellStarted) -> None:
        step = self._step_at(event.span) or self.step
        if run_of(event.span) != self.span or step is None:
            return
        cell = self._cells[event.span] = Cell(f"{event.step}.{event.cell}", event.author, event.code)
        step.cells.append(cell)
        step.run_waiting(event.cell)
        self.waiting_since = event.time
        if event.cell:
            step.begin_work(event.time)
            self._clock.start_if_stopped(event.time)  # it is run by hand

    def _cells_proposed(self, event: e.CellsProposed) -> None:
        step = self._step_at(event.span)
        if step is not None and run_of(event.span) == self.span:
            cells = [Proposed(cell["cell"], cell["code"], cell.get("why", "")) for cell in event.cells]
            step.waiting = {cell.number: cell for cell in cells}

    def _cell_finished(self, event: e.CellFinished) -> None:
        cell, step = self._cells.pop(event.span, None), self._step_at(event.span)
        if cell is None:
            return
        cell.running, cell.seconds, cell.interrupted = False, event.seconds, event.interrupted
        cell.error = str((event.error or {}).get("ename", ""))
        if event.cell and self.status != "running":
            self._clock.stop()
        if step is not None and event.cell:
            step.end_work(event.time, event.seconds)
            self._lost.note(event.names, event.step)

    def _step_undone(self, event: e.StepUndone) -> None:
        step = self._step_at(event.span)
        if run_of(event.span) != self.span or step is None:
            return
        step.taken_back = True
        self._lost.put_back(event.put_back, event.step)

    # -- calls ------------------------------------------------------------------------

    def _call_started(self, event: e.CallStarted) -> None:
        if self._is_turn(event):
            self.asking, self.stream, self.waiting_since = event.model, None, event.time
            if self.step is not None:
                self.step.begin_work(event.time)
        else:
            self._ledger.call_started(self._step_at(event.span), event)

    def _reply_delta(self, event: e.ReplyDelta) -> None:
        if run_of(event.span) == self.span:
            self.retrying = ""
            self.stream = self.stream or Stream()
            self.stream.add(event.text, event.reasoning)

    def _call_retried(self, event: e.CallRetried) -> None:
        if run_of(event.span) == self.span and self.asking:
            self.stream = None  # what had been written of the reply is lost with the attempt
        self.retrying = f"{event.error}; attempt {event.attempt + 1} in {event.wait:.3g} s"

    def _call_finished(self, event: e.CallFinished) -> None:
        step = self._step_at(event.span)
        if not event.cached:
            self._ledger.spend(step, event.usage)
        self.retrying = ""
        if not self._is_turn(event):
            self._ledger.call_finished(step, event)
            return
        self.asking, self.stream = "", None
        if step is not None:
            parts = split_reply(event.text)
            step.thought, step.reasoning = parts.thought, event.reasoning
            step.proposed, step.model = parts.cells, event.model
            step.end_work(event.time)

    def _call_failed(self, event: e.CallFailed) -> None:
        step = self._step_at(event.span)
        self._ledger.spend(step, event.usage)
        self.retrying = ""
        if self._is_turn(event):
            self.asking, self.stream = "", None
            if step is not None:
                step.end_work(event.time)
        else:
            self._ledger.call_failed(step, event)

    def _batch_finished(self, event: e.BatchFinished) -> None:
        self._ledger.batch_finished(self._step_at(event.span), event)

    def _batch_started(self, event: e.BatchStarted) -> None:
        self._ledger.batch_started(event)

    # -- the rest ---------------------------------------------------------------------

    def _warned(self, event: e.Warned) -> None:
        if event.message not in self.warnings:
            self.warnings.append(event.message)

    def _step_at(self, span: str) -> Step | None:
        number = step_of(span, self.span)
        return next((step for step in reversed(self.steps) if step.number == number), None)

    def _is_turn(self, event: e.CallStarted | e.CallFinished | e.CallFailed) -> bool:
        """Whether the call is the run's own turn; a child's turns are calls that a cell caused."""
        return event.role == "root" and run_of(event.span) == self.span
