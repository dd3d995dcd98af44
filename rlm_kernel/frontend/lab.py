"""A run where a labextension shows it: a card in its cell, and the model's cells in the notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

from rlm_kernel import events as e
from rlm_kernel.frontend.cards import card_handed_on
from rlm_kernel.frontend.cells import NotebookCells
from rlm_kernel.frontend.channel import Channel, channels
from rlm_kernel.frontend.edits import Edits
from rlm_kernel.frontend.feed import Feed
from rlm_kernel.frontend.hosting import Hosts
from rlm_kernel.frontend.own_cells import as_own, ran_by_itself
from rlm_kernel.frontend.placing import PATIENCE, Owner
from rlm_kernel.frontend.requests import handlers, run_named_in
from rlm_kernel.frontend.served import WAIT_FOR_HELLO
from rlm_kernel.frontend.standing import Standing, span_of
from rlm_kernel.options import BY_NAME, value_of
from rlm_kernel.registry import edited, latest_run, runs
from rlm_kernel.report.spans import ROOT
from rlm_kernel.report.state import RunReport
from rlm_kernel.rlm import Run
from rlm_kernel.shell.execution import executions
from rlm_kernel.shell.routing import current_recorder
from rlm_kernel.views.bundles import final_bundle, live_bundle
from rlm_kernel.views.inline import InlineView
from rlm_kernel.views.notebook_cells import answer_output, display, step_cells
from rlm_kernel.views.surface import Surface

Json = dict[str, Any]


class LabView:
    """What shows a run: the card below its cell, the cells, and the events for whoever wants more.

    After a pause the run goes on under another view; this one then leaves the rest to it.
    """

    stays = True

    def __init__(self, card: InlineView, cells: NotebookCells, feed: Feed) -> None:
        self._card = card
        self._feed = feed
        self._stands_still = False
        self._is_over = False
        self.cells = cells

    def __call__(self, event: e.Event) -> None:
        """Show what `event` changes."""
        self._is_over |= self._stands_still and isinstance(event, e.RunResumed)
        if not self._is_over:
            self._feed.event(event)
            self.cells(event)
        self._card(event)

    def close(self) -> None:
        """Send and paint what is left; what becomes of a paused run is still told."""
        self._stands_still = True
        self._card.close()
        self._feed.flush()


class Lab:
    """The labextensions of one kernel's front ends, as far as runs are concerned.

    Parameters
    ----------
    shell
        The IPython shell, in an ipykernel.
    channel
        The line to the front ends.
    """

    def __init__(self, shell: Any, channel: Channel) -> None:
        self._kernel = shell.kernel
        self._channel = channel
        self._views: dict[str, LabView] = {}
        self._feeds: dict[str, Feed] = {}
        self._standings: dict[str, Standing] = {}
        self._current: NotebookCells | None = None
        self._edits = Edits()
        for name, handler in self._handlers(shell).items():
            channel.answer(name, handler)
        hosts = Hosts(channel, lambda: {run: view.cells for run, view in list(self._views.items())})
        channel.changed = hosts.review

    def _handlers(self, shell: Any) -> dict[str, Callable[[Json], Json]]:
        def going_on(request: Json) -> Json:
            """What a command says of a run that is to go on, and what its cell stands below."""
            run, execution = run_named_in(request), executions.get(shell)
            view = self._views.get(run.id)
            since = execution.since(view.cells.asked_by) if execution and view else []
            return {"isLatest": run is latest_run(), "since": since}

        own = {"cells": self._cells_of, "edited": self._edits.take, "going_on": going_on}
        return {**handlers(shell), **own}

    def asked_again(self, run: Run) -> Run:
        """The run that a branch comes from, where it is its own cell that runs again; else `run`."""
        begun = run.trajectory.events[0]
        parent = runs.get(begun.branch_of.get("run", "")) if isinstance(begun, e.RunStarted) else None
        is_own = bool(run.owner) and run.owner == Owner(self._kernel).cell_id
        return self.asked_again(parent) if parent is not None and is_own else run

    def view(self, run: Run, surface: Surface) -> LabView | None:
        """What shows a run that starts or goes on now; None where no front end has said hello."""
        self._current = None
        owner = Owner(self._kernel)
        if not self._channel.has_clients(WAIT_FOR_HELLO, owner.window):
            return None
        if run.id not in self._views and not self._is_in_a_notebook(owner):
            return None  # asked in a console, or in a page without us, while a notebook has the kernel too
        run.owner = run.owner or owner.cell_id
        history = list(run.trajectory.events)
        card = InlineView(surface, history=history, shows_steps=False)
        feed = self._feeds.setdefault(run.id, Feed(self._channel.send, run.id))
        standing = self._standings.setdefault(run.id, Standing(run.id, run.owner))
        cells = NotebookCells(
            self._channel,
            owner,
            standing,
            partial(self._part, standing),
            feed,
            _report_of(history),
            card.show_latest_cell,
        )
        if history:
            cells.hand_on(card_handed_on(history))  # a page that was reloaded gets no update of a display
        self._current = cells
        self._views[run.id] = LabView(card, cells, feed)
        return self._views[run.id]

    def _is_in_a_notebook(self, owner: Owner) -> bool:
        """Whether a front end of ours has the cell that runs; the one that ran it may be closed by now."""
        if owner.window not in self._channel.clients and owner.cell_id:
            question = {"ask": "holds", "runs": [{"run": owner.cell_id, "owner": owner.cell_id}]}
            holding = self._channel.ask(question, PATIENCE, lambda answers: any(answers.values()))
            owner.window = next((session for session, held in holding.items() if held), owner.window)
        return owner.window in self._channel.clients

    def shows_cells(self, run: Run) -> bool:
        """Whether the cells of a run, those that wait among them, are cells of an open notebook."""
        return run.id in self._views and bool(self._channel.clients)

    def edits_of(self, run: Run) -> dict[str, str]:
        """What the cells that wait are edited to in the notebook from which they are let run, by label."""
        session = Owner(self._kernel).window
        if not run.proposed or run.id not in self._views or session not in self._channel.clients:
            return {}
        return self._edits.ask(run.id, session, self._feeds[run.id])

    def defaults(self) -> Json:
        """What JupyterLab's settings say of the options of a run; raises UsageError for a bad value."""
        return {
            name: value_of(name, value, f"the setting {name} of JupyterLab")
            for name, value in self._channel.defaults.items()
            if name in BY_NAME and BY_NAME[name].is_setting and value != ""
        }

    @contextmanager
    def placing(self, label: str) -> Iterator[bool]:
        """Around a model's cell: see `NotebookCells.placing`."""
        with self._current.placing(label) if self._current is not None else nullcontext(False) as placed:  # noqa: FBT003
            yield placed

    def _cells_of(self, request: Json) -> Json:
        """For a front end that was not there all the time: the cells that a run has by now.

        A run whose ``%%rlm`` cell has asked again since has none: they were replaced.
        """
        run = runs.get(str(request.get("run", "")))
        view = self._views.get(run.id) if run is not None else None
        if run is None or view is None or self._was_asked_again(run):
            return {"state": "", "cells": [], "written": [], "running": None, "owner": None}
        is_running = run.status == "running"
        events = list(run.trajectory.events)
        report = _report_of(events)
        running = view.cells.running() if is_running else None
        standing = self._standings[run.id]
        recorded = [cell for cell in step_cells(report, events, heads=False) if standing.has(cell)]
        own = ran_by_itself(events)
        cells = [
            view.cells.owned(as_own(cell) if span_of(cell["metadata"]["rlm"]) in own else cell)
            for cell in recorded
        ]
        return {
            "state": run.status,
            "cells": [_with_outputs_so_far(cell, running) for cell in cells],
            "written": view.cells.written() if is_running else [],
            "running": running,
            "owner": view.cells.owner(_shown_by_owner(report, events, is_running=is_running)),
        }

    def _part(self, standing: Standing, branch_of: Mapping[str, Any]) -> list[str]:
        """Let a branch share the cells of the run it comes from; returns those that leave the notebook.

        Where these were replaced, it has all its cells below the one it began in.
        """
        run = runs.get(branch_of.get("run", ""))
        origin = self._standings.get(run.id) if run is not None else None
        if run is None or origin is None or not self._stands(origin):
            return []
        step, events = branch_of["step"], list(run.trajectory.events)
        standing.part_from(origin, step, _codes_of(run))
        cells = [cell for cell in step_cells(_report_of(events), events, heads=False) if origin.has(cell)]
        leaving = [cell["id"] for cell in cells if cell["metadata"]["rlm"]["step"] > step]
        origin.leave(leaving)
        return leaving

    def _stands(self, standing: Standing | None) -> bool:
        """Whether the cells of a run, and those it shares, were not replaced."""
        while standing is not None:
            run = runs.get(standing.run)
            if run is None or self._was_asked_again(run):
                return False
            standing = standing.origin
        return True

    def _was_asked_again(self, run: Run) -> bool:
        same = [other for other in runs.values() if other.owner and other.owner == run.owner]
        return bool(same) and same[-1] is not run


def _codes_of(run: Run) -> dict[str, list[str]]:
    """By span, what its cells ran as, and what somebody has made of them in the notebook since."""
    codes = {started.span: [started.code] for started in run.trajectory.of(e.CellStarted)}
    for label, code in edited.get(run.id, {}).items():
        codes.setdefault(f"{ROOT}/{label}", []).append(code)
    return codes


def _with_outputs_so_far(cell: Json, running: Json | None) -> Json:
    """A recorded cell; the one that runs has shown something that is not in the record yet."""
    recorder = current_recorder()
    if running is None or cell["id"] != running["id"] or recorder is None:
        return cell
    return cell | {"outputs": recorder.so_far()}


def _shown_by_owner(report: RunReport, events: list[e.Event], *, is_running: bool) -> list[Json]:
    if is_running:
        return [display(live_bundle(report))]
    return [display(final_bundle(report, events)), *answer_output(events)]


def _report_of(events: Iterable[e.Event]) -> RunReport:
    report = RunReport()
    for event in events:
        report.add(event)
    return report


def lab_of(shell: Any) -> Lab | None:
    """The labextensions' end of a shell, where the extension has opened a line to them."""
    channel = channels.get(shell) if shell is not None else None
    return None if channel is None else Lab(shell, channel)
