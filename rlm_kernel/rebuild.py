"""Bringing a run back to where a recorded one stood.

The conversation is taken from the record.  The names are made again: the recorded cells,
the model's and the human's, run once more in their order, with their sub-calls answered
from the record.  What they do is compared with what they did.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from rlm_kernel import own_magics
from rlm_kernel.differing import of_cell, of_human_cell
from rlm_kernel.events import (
    CallFinished,
    CellFinished,
    CellsProposed,
    CellStarted,
    Event,
    MessageAdded,
    RunPaused,
    RunResumed,
    RunStarted,
    StepStarted,
    StepUndone,
)
from rlm_kernel.history import (
    cell_of_root,
    is_of_death,
    is_of_root,
    result_of,
    step_of,
)
from rlm_kernel.interfaces import Author, Completion, NotRecorded, Usage
from rlm_kernel.interlude import Interlude
from rlm_kernel.interrupts import Sigint
from rlm_kernel.limits import Limits
from rlm_kernel.parts import Parts
from rlm_kernel.rejoining import RejoiningClient
from rlm_kernel.replay import NeverAnswered
from rlm_kernel.secrets import unmasked
from rlm_kernel.turns import Turns

GRACE = 0.5
"""Seconds a cell that was interrupted gets beyond the time it had then."""

AS_THEN, MISSING = "as it was then", "a call is missing"
"""Why a cell is interrupted while a run is brought back."""

COMMON = frozenset({"v", "type", "seq", "time", "run", "span", "parent"})
"""What every event has."""


class Rebuild:
    """Brings one root run back, in a namespace where its names are bound.

    Parameters
    ----------
    parts, turns, interlude
        The run, which has not begun, what takes its turns, and what tells its model.
    client
        What answers its calls; goes live at the end.
    record
        The events to repeat, of the run itself or of the one it is a branch of.
    stops_at_difference
        Whether to go no further when a cell does something else than it did.
    """

    def __init__(
        self,
        parts: Parts,
        turns: Turns,
        interlude: Interlude,
        client: RejoiningClient,
        record: Sequence[Event],
        *,
        stops_at_difference: bool,
    ) -> None:
        self.differences: list[str] = []
        """What is not as it was, a sentence each."""
        self.is_whole = not stops_at_difference
        """Whether the record is to the end that of the run, so that it goes on as it was told to."""
        self.edits: Mapping[str, str] = {}
        """Cells of the last step, by label, that are to be other ones than they were."""
        started = next(event for event in record if isinstance(event, RunStarted))
        self.limits = Limits().with_changes(started.limits)
        """The limits of the recorded run, as they were last."""
        self._branch = started.branch_of
        self._shared = parts.shared
        self._conversation = parts.conversation
        self._cells = parts.cells
        self._turns = turns
        self._interlude = interlude
        self._client = client
        self._record = record
        self._stops_at_difference = stops_at_difference
        self._finished = {e.span: e for e in record if isinstance(e, CellFinished)}
        self._is_paused = False
        self._missing: NotRecorded | None = None

    def run(self) -> None:
        """Repeat the record; raises KeyboardInterrupt when the user stops it.

        Afterwards the run stands between two turns, or inside the last reply.
        """
        budget, stop = self._shared.budget, self._shared.stop
        self._set_limits()
        self._client.on_missing = self._miss
        events = iter([event for event in self._record if is_of_root(event)])
        try:
            with self._turns.lending():
                while self._repeat_up_to_an_interruption(events):
                    stop.clear()
        finally:
            self._client.is_live = True
            budget.limits = self.limits
        if self._turns.step == self._branched_after() and not self.differences and not self._is_paused:
            self._part()
        if not self._is_paused:
            self._interlude.begin()

    def _part(self) -> None:
        """The record is that of a branch, and ends where it left the run it comes from."""
        self._change_limits(self._branch.get("limits", {}))
        hint = self._branch.get("hint")
        if hint and self.is_whole:
            self._turns.close()
            self._turns.reopen()
            self._conversation.note_hint(hint)

    def _branched_after(self) -> int:
        return int(self._branch.get("step", -1))

    def _repeat_up_to_an_interruption(self, events: Iterator[Event]) -> bool:
        """Repeat events; True when there may be more, after a cell that was interrupted then too."""
        stop = self._shared.stop
        with Sigint(stop, self._cells.thread):
            for event in events:
                self._repeat(event)
                if stop.reason == AS_THEN:
                    return True
                if stop and stop.reason != MISSING:
                    raise KeyboardInterrupt
                if self.differences and self._stops_at_difference:
                    return False
                if stop:
                    return True
        return False

    def _repeat(self, event: Event) -> None:
        match event:
            case StepStarted():
                self._begin_step(event)
            case MessageAdded():
                self._conversation.drop_pending()  # it was said in this message
                self._conversation.add(event.role, event.content, step_of(event.span))  # type: ignore[arg-type]
            case CallFinished(role="root"):
                self._take_reply(event)
            case CellStarted(cell=0):
                self._run_human(event)
            case CellsProposed():
                self._turns.proposals.repeat(event)
            case CellStarted():
                self._run_cell(event, self._finished.get(event.span))
            case StepUndone():
                self._interlude.undo()
            case RunPaused():
                self._pause(event)
            case RunResumed():
                self._resume(event)

    def _begin_step(self, event: StepStarted) -> None:
        if self._turns.finish is not None:
            self._turns.reopen()  # it went on all the same
        if event.step == self._branched_after() + 1:
            self._change_limits(self._branch.get("limits", {}))
        self._record_again(event)
        self._turns.may_have_last_turn = not event.last

    def _take_reply(self, reply: CallFinished) -> None:
        assert reply.parent is not None
        self._shared.queries.repeat_turn(reply, self._conversation.tokens)
        self._conversation.add_reply(reply.text)
        self._turns.step = step_of(reply.parent)
        self._turns.open(Completion(reply.text, finish_reason=reply.finish_reason))

    def _run_cell(self, started: CellStarted, then: CellFinished | None) -> None:
        if then is None or is_of_death(then):
            self._copy(started.span)
            self._conversation.note(self._cells.died_in(started.step, started.cell))
            self._turns.pass_over_cell()
            return
        label = f"{started.step}.{started.cell}"
        self._client.may_ask |= label in self.edits  # what comes after an edited cell is new
        code = self.edits.get(label, _as_written(started))
        author: Author = "human" if started.author == "human" or label in self.edits else "model"
        if author == "human":
            self._turns.note_edited(started.cell, code)
        with self._as_long_as(then):
            ran = self._turns.run_cell(code, started.cell, author)
        if self._client.may_ask:
            return
        if self._missing is not None:
            self.differences.append(str(self._missing))
            self._missing = None
        elif difference := of_cell(label, then, ran, was_stopped=bool(self._shared.stop)):
            self.differences.append(difference)

    def _copy(self, cell: str) -> None:
        """Record what the record has of a cell that is not run again: its calls are known by it."""
        for event in self._record:
            if event.span != cell and not event.span.startswith(f"{cell}/"):
                continue
            if isinstance(event, CallFinished):
                self._shared.budget.count(event.model, Usage(**event.usage))
                self._record_again(event, cached=True)
            else:
                self._record_again(event)

    def _record_again(self, event: Event, **changes: Any) -> None:
        fields = {name: value for name, value in event.to_json().items() if name not in COMMON}
        self._shared.trajectory.record(
            type(event), span=event.span, parent=event.parent, **(fields | changes)
        )

    def _run_human(self, started: CellStarted) -> None:
        """Run a cell of the human's again, but for commands in it: what these did is on the record.

        The model is told what it did the first time.
        """
        written, then = _as_written(started), self._finished.get(started.span)
        code = own_magics.without(written)
        with self._aside(then):
            result = self._cells.run_human(code, started.step)
        which = f"your cell after step {started.step}"
        if self._missing is not None:
            self.differences.append(f"{which} asked a model, which is on no record of the run")
            self._missing = None
        elif then is not None and code == written and (difference := of_human_cell(then, result)):
            self.differences.append(f"{which} {difference}")
        self._interlude.cell(written, result if then is None else result_of(then), started.step)

    @contextmanager
    def _aside(self, then: CellFinished | None) -> Iterator[None]:
        """Around a cell of the human's, whose calls were none of the run's, nor of its budget."""
        with ExitStack() as around:
            around.enter_context(self._shared.budget.apart())
            if then is not None:
                around.enter_context(self._client.human_cell(then))
            yield

    @contextmanager
    def _as_long_as(self, then: CellFinished) -> Iterator[None]:
        """Around a cell: one that was interrupted is, after the time it had."""
        if not then.interrupted:
            yield
            return
        timer = threading.Timer(then.seconds + GRACE, self._shared.stop.set, (AS_THEN,))
        timer.start()
        self._cells.interrupted_after = then.seconds
        try:
            yield
        finally:
            timer.cancel()
            self._cells.interrupted_after = None

    def _miss(self, missing: NotRecorded) -> None:
        """End a cell that asks what the record has no reply to, on the calls' thread."""
        then = self._finished.get(cell_of_root(missing.cell))
        if then is not None and then.interrupted:
            self._shared.stop.set(AS_THEN)
        elif not isinstance(missing, NeverAnswered):  # one that its own code gives up
            self._missing = self._missing or missing
            self._shared.stop.set(MISSING)

    def _change_limits(self, changes: dict[str, float]) -> None:
        self.limits = self.limits.with_changes(changes)
        self._set_limits()

    def _set_limits(self) -> None:
        """What was refused then is refused again; but the clock is another."""
        self._shared.budget.limits = replace(self.limits, max_seconds=0.0)

    def _pause(self, event: RunPaused) -> None:
        self._record_again(event)
        self._interlude.begin()
        self._is_paused = True

    def _resume(self, event: RunResumed) -> None:
        if self._is_paused:
            self._interlude.take_names_again()
            self._interlude.tell()
        self._is_paused = False
        self._change_limits(event.limits)
        self._turns.may_have_last_turn |= bool(event.limits)
        self._record_again(event)
        self._turns.decide(event.command)
        self._conversation.note_hint(event.hint)
        self._cells.remember_interrupted()


def _as_written(cell: CellStarted) -> str:
    """The code of a cell, with the values of the keys that its record only names."""
    return unmasked(cell.code, cell.secrets)
