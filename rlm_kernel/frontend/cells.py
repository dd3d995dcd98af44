"""The steps of a run as cells of the open notebook, written while the model writes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from rlm_kernel import events as e
from rlm_kernel.frontend.channel import Channel
from rlm_kernel.frontend.feed import Feed
from rlm_kernel.frontend.host import Host
from rlm_kernel.frontend.own_cells import as_own
from rlm_kernel.frontend.placing import Owner, new_message_id
from rlm_kernel.frontend.standing import Standing, span_of
from rlm_kernel.messages.reply import split_reply
from rlm_kernel.report.spans import ROOT, cell_id, run_of, step_of
from rlm_kernel.report.state import RunReport
from rlm_kernel.views.notebook_cells import (
    SKIP,
    fetching_nothing,
    left_out_cells,
    proposed_cells,
    ran_cell,
    thought_alone,
)

WRITING_INTERVAL = 0.2
"""Seconds between two looks at a reply that is being written."""

Json = dict[str, Any]


class NotebookCells:
    """A view that lets one front end, the host, write a run's steps into its notebook.

    Parameters
    ----------
    channel
        The line to the front ends.
    owner
        The request under which the run runs.
    standing
        Which cells of the notebook are the run's.
    part
        Called when a branch begins, with what it is a branch of; returns the cells that leave.
    feed
        What takes operations to the front ends.
    report
        The run so far.
    fall_back
        Shows the step's cell in the owner's own output, where no front end takes it.
    """

    def __init__(
        self,
        channel: Channel,
        owner: Owner,
        standing: Standing,
        part: Callable[[Mapping[str, Any]], list[str]],
        feed: Feed,
        report: RunReport,
        fall_back: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._owner = owner
        self._standing = standing
        self._part = part
        self.anchor = standing.owner
        """The id of the cell the run began in."""
        # Where a run was resumed, its cells go on below that cell.
        self._below = owner.cell_id if report.steps else standing.owner
        self._feed = feed
        self._report = report
        self._fall_back = fall_back
        self.host = Host(channel, owner, feed)
        self._messages: dict[str, str] = {}
        self._put: dict[str, Json] = {}
        self._reply = ""
        self._is_whole = True
        """Whether the reply of the present step has come to its end."""
        self._looked = 0.0
        self._started: dict[str, e.CellStarted] = {}
        self._first: dict[int, e.CellFinished] = {}
        self._left_out = {cell["id"] for step in report.steps for cell in left_out_cells(report, step)}

    def __call__(self, event: e.Event) -> None:
        """Write what an event says into the notebook."""
        self._report.add(event)
        act = getattr(self, f"_{event.type}", None)  # the methods are named as the events are tagged
        if act is not None and run_of(event.span) == ROOT:
            act(event)

    def _run_started(self, event: e.RunStarted) -> None:
        self.host.say("begin", owner=self.anchor, message=self._owner.message_id)
        if leaving := self._part(event.branch_of):
            self.host.say("leave", ids=leaving)
        self._feed.flush()  # the run is known before its card comes

    def _run_resumed(self, _event: e.RunResumed) -> None:
        self._mark_what_was_left_out()
        self._feed.flush()

    def _step_started(self, _event: e.StepStarted) -> None:
        self._mark_what_was_left_out()
        self._drop_what_did_not_run()
        self._reply, self._is_whole = "", False

    def _reply_delta(self, event: e.ReplyDelta) -> None:
        self._reply += event.text
        if time.monotonic() - self._looked > WRITING_INTERVAL:
            self._write(event.span, self._reply)

    def _call_finished(self, event: e.CallFinished) -> None:
        if event.role != "root":
            return
        self._is_whole = True
        if not self._standing.shares(event.span):
            self._write(event.span, event.text)
            self._finish_thought(event)

    def _cell_started(self, event: e.CellStarted) -> None:
        if event.cell:  # else it is one of the human's own
            self._started[event.span] = event
            self._standing.take(event.span, event.code)
            if self._runs_by_itself(event.span):
                self._put_code(event.span, event.step, event.cell, event.code)

    def _cell_finished(self, event: e.CellFinished) -> None:
        if event.cell:
            self._finish_cell(event)

    def _run_paused(self, _event: e.RunPaused) -> None:
        for cell in proposed_cells(self._report):
            if not self._standing.has(cell):
                continue
            self._put.pop(cell["id"], None)
            self.host.say("propose", id=cell["id"], metadata=self.owned(cell)["metadata"])
        self._mark_what_was_left_out()
        self._drop_what_did_not_run()
        self._feed.flush()

    def _run_finished(self, _event: e.RunFinished) -> None:
        self._mark_what_was_left_out()
        self._drop_what_did_not_run()
        self._feed.flush()

    def hand_on(self, card: Json) -> None:
        """Let cards of the run in other cells, which it has left, show `card` from now on."""
        self.host.say("hand_on", id=self._owner.cell_id, card=card)

    @contextmanager
    def placing(self, label: str) -> Iterator[bool]:
        """Around the running of a cell: what it shows goes to its own cell of the notebook.

        Yields whether it does; without a front end that takes it, it is the owner's output.
        """
        identity = self._standing.identity(f"{ROOT}/{label}")
        message = self._messages[identity]
        placed = self.host.takes(message, self._put_again)
        if placed:
            self.host.say("run", id=identity)
            self._feed.flush()
        else:
            self._fall_back()
        with self._owner.publishing_as(message, self.host.asked()) if placed else nullcontext():
            yield placed

    @property
    def asked_by(self) -> str:
        """The id of the cell under which the run ran last."""
        return self._owner.cell_id

    # -- for a front end that comes later ---------------------------------------------

    def running(self) -> Json | None:
        """The cell that runs now, by its id, and the message its outputs belong to."""
        cell = self._report.running_cell
        if cell is None or self._report.step is None:
            return None
        identity = self._standing.identity(f"{ROOT}/{cell.label}")
        return {"id": identity, "message": self._messages.get(identity)}

    def written(self) -> list[Json]:
        """The cells of the present step that are being written, as they were said."""
        running = self.running() or {}
        return [cell for cell in list(self._put.values()) if cell["id"] != running.get("id")]

    def owner(self, outputs: list[Json]) -> Json:
        """The cell under which the run runs, with what it shows."""
        owner = self._owner
        return {
            "id": owner.cell_id,
            "message": owner.message_id,
            "count": owner.count,
            "outputs": outputs,
            "served": owner.is_served,
        }

    # -- what a reply says so far -----------------------------------------------------

    def _write(self, span: str, reply: str) -> None:
        self._looked = time.monotonic()
        step, parts = step_of(span) or 0, split_reply(reply)
        if parts.thought.strip():
            source = fetching_nothing(parts.thought)
            self._put_cell(self._standing.identity(span), "markdown", source, {"step": step})
        for number, code in enumerate(parts.cells, 1):
            self._put_code(f"{ROOT}/{step}.{number}", step, number, code)

    def _put_code(self, span: str, step: int, number: int, code: str) -> None:
        identity = self._standing.identity(span)
        message = self._messages.setdefault(identity, new_message_id())
        self._channel.expect(message)
        self._put_cell(identity, "code", code, {"step": step, "cell": number}, message)

    def _put_cell(
        self, identity: str, kind: str, source: str, about: Json, message: str | None = None
    ) -> None:
        """Say what a cell holds, unless that was said."""
        home = self._standing.home(span_of(about))
        metadata: Json = {"rlm": {"run": home.run, "owner": home.owner, "author": "model", **about}}
        if kind == "code":
            metadata["tags"] = [SKIP]
        cell: Json = {"id": identity, "type": kind, "source": source, "metadata": metadata}
        cell |= {"message": message, "after": self._below if home is self._standing else home.owner}
        if self._put.get(identity) != cell:
            self._put[identity] = cell
            self.host.say("put", **cell)

    def _put_again(self) -> None:
        for cell in self._put.values():
            self.host.say("put", **cell)

    # -- what became of it ------------------------------------------------------------

    def _finish_thought(self, reply: e.CallFinished) -> None:
        for written in thought_alone(reply):
            self.host.say("done", **_final(self.owned(written)))

    def _finish_cell(self, finished: e.CellFinished) -> None:
        self._say_done(finished, by_hand=not self._runs_by_itself(finished.span))
        first = self._first.setdefault(finished.step, finished)
        if first is not finished and first.author == "model":
            self._say_done(first, by_hand=True)  # all is there but what its step has taken by now

    def _say_done(self, finished: e.CellFinished, *, by_hand: bool) -> None:
        identity = self._standing.identity(finished.span)
        steps = {step.number: step for step in self._report.steps}
        written = ran_cell(self._report.run, self._started[finished.span], finished, steps.get(finished.step))
        if self._runs_by_itself(finished.span):
            written = as_own(written)
        if self._standing.shares(finished.span):
            for spent in ("tokens", "cost"):
                written["metadata"]["rlm"].pop(spent, None)
        done = {**_final(self.owned(written)), "count": finished.execution_count}
        self.host.say("done", **done, byHand=by_hand)
        self._put.pop(identity, None)
        self._channel.forget(self._messages.get(identity, ""))

    def _mark_what_was_left_out(self) -> None:
        """Let the cells stay that were proposed and not run, as what they are."""
        for cell in [cell for step in self._report.steps for cell in left_out_cells(self._report, step)]:
            if cell["id"] not in self._left_out and self._standing.has(cell):
                self._left_out.add(cell["id"])
                self._put.pop(cell["id"], None)
                self.host.say("stay", id=cell["id"], metadata=self.owned(cell)["metadata"])

    def _drop_what_did_not_run(self) -> None:
        """Take away what is no cell of the run: the thought too, where its reply was cut off."""
        for identity, cell in self._put.items():
            is_left = cell["type"] == "code" or not self._is_whole
            if is_left and cell["metadata"]["rlm"]["run"] == self._report.run:
                self.host.say("drop", id=identity)
        self._put.clear()

    def owned(self, cell: Json) -> Json:
        """A notebook cell of this run, saying whose it is in the notebook, and in which cell that began."""
        metadata = cell["metadata"]
        home = self._standing.home(span_of(metadata["rlm"]))
        whose = {"run": home.run, "owner": home.owner}
        return {
            **cell,
            "id": cell["id"] if home is self._standing else cell_id(home.run, span_of(metadata["rlm"])),
            "metadata": {**metadata, "rlm": {**metadata["rlm"], **whose}},
        }

    def _runs_by_itself(self, span: str) -> bool:
        """Whether the run runs a cell; while it stands still, the human does: not those that are repeated."""
        return self._report.status == "running" or self._standing.shares(span)


def _final(cell: Json) -> Json:
    return {name: cell[name] for name in ("id", "source", "metadata")}
