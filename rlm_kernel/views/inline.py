"""The view under a cell: a card for the run, and each cell of the model above its outputs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from rlm_kernel import events as e
from rlm_kernel.report.spans import ROOT, run_of
from rlm_kernel.report.state import RunReport
from rlm_kernel.views.bundles import (
    answer_bundle,
    card_bundle,
    final_bundle,
    live_bundle,
    prose_bundle,
    step_bundle,
)
from rlm_kernel.views.surface import Surface
from rlm_kernel.views.ticker import Ticker


class InlineView:
    """A subscriber that draws a run on a surface that can show displays.

    Parameters
    ----------
    surface
        Where to draw.  Cells of the model are shown on the thread that records them.
    quiet
        Draw nothing.
    history
        The events so far, for a run that is resumed under another cell: its card is shown
        there when it resumes, and the view of the earlier cell, if it still gets the events,
        says so in its own.
    shows_steps
        Whether it shows the steps, or another view does, which asks for those it cannot show
        with `show_latest_cell`.
    updates
        Whether what it has shown can be changed.  What a widget's Output holds cannot: there
        the card comes once the run stands still.
    is_running
        Whether the run is running, by its own account: where a pause comes all the same, a branch
        only repeats it.
    """

    def __init__(
        self,
        surface: Surface,
        *,
        quiet: bool = False,
        history: Iterable[e.Event] = (),
        shows_steps: bool = True,
        updates: bool = True,
        is_running: Callable[[], bool] = lambda: False,
    ) -> None:
        self._is_running = is_running
        self._shows_steps = shows_steps
        self._updates = updates
        self.stays = updates
        """It goes on to show what becomes of a run that has paused: whether it is resumed or stopped."""
        self._latest_cell: e.CellStarted | None = None
        self._surface = surface
        self._quiet = quiet
        self._report = RunReport()
        self._events = list(history)
        for event in self._events:
            self._report.add(event)
        self._key: str | None = None
        self._goes_on = False
        self._is_left = False
        self._step_shown = self._last_step_in_history()
        self._ticker = Ticker(self._repaint)
        self._lock = threading.Lock()

    def __call__(self, event: e.Event) -> None:
        """Show what `event` changes; raises what painting on the ticker's thread raised."""
        if self._quiet or self._report.handed_on:
            return
        if self._ticker.failure is not None:
            raise self._ticker.failure
        with self._lock:
            if run_of(event.span) == ROOT:
                self._take(event)
            else:
                self._note(event)
        self._ticker.touch()

    def show_latest_cell(self) -> None:
        """Show the cell that is about to run, although another view shows the steps."""
        if self._latest_cell is not None:
            with self._lock:
                self._show_cell(self._latest_cell)

    def go_on(self) -> None:
        """Let the card follow the run that is about to be resumed, for there is no cell for another."""
        self._goes_on = self._key is not None

    def close(self) -> None:
        """Paint no more, whatever the run does; a run that ends closes its view itself."""
        self._is_left = True
        self._ticker.stop()

    def _take(self, event: e.Event) -> None:
        """Draw what an event of the root run, not of a child, is worth."""
        if isinstance(event, e.RunResumed) and self._key is not None and not self._goes_on:
            if self._is_left:
                self._hand_on()
                return
            self.go_on()  # a branch repeats a pause of the run it comes from
        is_by_hand = self._report.status != "running"
        ends_step = isinstance(event, e.StepStarted | e.RunPaused | e.RunFinished)
        if self._shows_steps and ends_step and not is_by_hand:
            self._show_prose(event)
        self._note(event)
        if isinstance(event, e.RunStarted | e.RunResumed):
            self._begin()
        elif isinstance(event, e.RunPaused | e.RunFinished):
            self._end()
        elif isinstance(event, e.CellFinished) and is_by_hand:
            self._update_final()
        elif isinstance(event, e.CellStarted) and event.cell and not is_by_hand:
            self._latest_cell = event
            if self._shows_steps:
                self._show_cell(event)

    def _note(self, event: e.Event) -> None:
        self._report.add(event)
        if not event.transient:
            self._events.append(event)

    def _begin(self) -> None:
        """Show the card, unless one is there that goes on, and keep it up to date."""
        if self._goes_on:
            self._goes_on = self._is_left = False
            self._show_as_running()
            return
        if not self._updates:
            return
        resumed = self._report.times_resumed
        self._key = f"{self._report.run}-{resumed}" if resumed else self._report.run
        if self._shows_steps:
            self._surface.show(card_bundle(self._report), self._key)
            self._ticker.start()
        else:
            self._surface.show(live_bundle(self._report), self._key)

    def _show_as_running(self) -> None:
        if self._shows_steps:
            self._ticker.start()
        elif self._key is not None:
            self._surface.update(self._key, live_bundle(self._report))

    def _hand_on(self) -> None:
        """Let the card say that the run went on under another cell, whose card has the trajectory."""
        self._report.handed_on = True
        assert self._key is not None
        self._surface.update(self._key, card_bundle(self._report))

    def _end(self) -> None:
        self._ticker.stop()
        if self._updates:
            self._update_final()
        elif not self._is_running():
            self._surface.show(final_bundle(self._report, self._events))
        # Where steps stand between card and answer, a heading tells the answer from their outputs.
        if self._shows_steps and self._report.status == "finished" and self._report.answer is not None:
            self._surface.show(answer_bundle(self._report))

    def _update_final(self) -> None:
        if self._key is not None:
            self._surface.update(self._key, final_bundle(self._report, self._events))

    def _repaint(self) -> None:
        with self._lock:
            if self._report.status == "running" and self._key is not None:
                self._surface.update(self._key, card_bundle(self._report, time.time()))

    def _last_step_in_history(self) -> int:
        """The step that an earlier cell shows, and this one need not; 0 if there is none."""
        step = self._report.step
        was_answered = step is not None and bool(step.model)
        return step.number if step and was_answered and self._report.status != "proposed" else 0

    def _show_cell(self, event: e.CellStarted) -> None:
        step = self._report.step
        first = step is not None and self._step_shown != step.number
        thought, reasoning = (step.thought, step.reasoning) if step and first else ("", "")
        self._step_shown = step.number if step else 0
        self._surface.show(step_bundle(f"{event.step}.{event.cell}", event.code, thought, reasoning))

    def _show_prose(self, event: e.Event) -> None:
        """Show the latest step, which `event` ends, if none of its cells has been shown."""
        step = self._report.step
        waits = isinstance(event, e.RunPaused) and event.reason in e.PROPOSING
        if step is None or waits or step.number == self._step_shown:
            return
        if step.thought or step.reasoning:
            self._step_shown = step.number
            self._surface.show(prose_bundle(step))
