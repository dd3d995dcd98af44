"""The view of a terminal, which can only append lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rlm_kernel import events as e
from rlm_kernel.report import figures, phrases, text
from rlm_kernel.report.plain import one_line, plain
from rlm_kernel.report.spans import ROOT, run_of
from rlm_kernel.report.state import RunReport
from rlm_kernel.report.step import CODE_LIMIT
from rlm_kernel.views.surface import Surface

PROGRESS_EVERY = 5.0
"""Seconds between two lines about the progress of a batch."""
THOUGHT_LIMIT = 4_000


class TerminalView:
    """A subscriber that writes a run as lines: thoughts and code in full, calls in counts.

    Parameters
    ----------
    surface
        Where to write.
    history
        The events so far of a run that is resumed.
    is_running
        Whether the run is running, by its own account: where a pause comes all the same, a branch
        only repeats it, and nothing waits for the reader.
    """

    def __init__(
        self,
        surface: Surface,
        *,
        history: Iterable[e.Event] = (),
        is_running: Callable[[], bool] = lambda: False,
    ) -> None:
        self._surface = surface
        self._is_running = is_running
        self._repeats_pause = False
        self._report = RunReport()
        for event in history:
            self._report.add(event)
        self._steps_told = sum(step.ended is not None for step in self._report.steps)
        self._told = 0.0

    def __call__(self, event: e.Event) -> None:
        """Write the lines that `event` is worth, if any."""
        self._report.add(event)
        if isinstance(event, e.RunStarted | e.RunResumed | e.RunPaused | e.RunFinished):
            if event.span == ROOT and not self._is_repeated(event):
                self._tell_run(event)
        elif isinstance(event, e.StepStarted | e.CellStarted | e.BatchStarted | e.BatchFinished):
            if run_of(event.span) == ROOT:
                self._tell_step(event)
        elif isinstance(event, e.CallFinished | e.CallFailed | e.CallRetried):
            self._tell_call(event)
        elif isinstance(event, e.Warned):
            self._write(f"  warning: {plain(event.message)}")

    def _is_repeated(self, event: e.Event) -> bool:
        """Whether the event is the beginning or the end of a pause that is only repeated."""
        if isinstance(event, e.RunPaused):
            self._repeats_pause = self._is_running()
            return self._repeats_pause
        was_repeated, self._repeats_pause = self._repeats_pause, False
        return was_repeated and isinstance(event, e.RunResumed)

    def _tell_run(self, event: e.RunStarted | e.RunResumed | e.RunPaused | e.RunFinished) -> None:
        if isinstance(event, e.RunStarted | e.RunResumed):
            self._write(text.head_line(self._report))
            self._write(
                *(
                    f"  {plain(note)}"
                    for note in phrases.notes(self._report)
                    if isinstance(event, e.RunStarted)
                )
            )
            return
        self._tell_finished_steps(len(self._report.steps))
        self._write(text.head_line(self._report))
        if self._report.status == "proposed" and self._report.step is not None:
            step = self._report.step
            for cell in step.waiting.values():
                why = f": {one_line(cell.why, 200)}" if cell.why else ""
                self._write(_code(f"proposed {step.number}.{cell.number}{why}", cell.code))
        self._write(*text.status_lines(self._report))

    def _tell_step(self, event: e.StepStarted | e.CellStarted | e.BatchStarted | e.BatchFinished) -> None:
        match event:
            case e.StepStarted():
                self._tell_finished_steps(len(self._report.steps) - 1)
            case e.CellStarted() if event.cell and (self._report.status == "running" or self._repeats_pause):
                self._write(_code(f"{event.step}.{event.cell}", event.code))
            case e.BatchStarted():
                self._told = event.time
                self._write(f"  {phrases.batch_size(event.kind, event.size)} …")
            case e.BatchFinished():
                failed = f", {event.failed:,} failed" if event.failed else ""
                self._write(f"  {event.done:,} done{failed}, {figures.duration(event.seconds)}")

    def _tell_call(self, event: e.CallFinished | e.CallFailed | e.CallRetried) -> None:
        if isinstance(event, e.CallFinished) and event.role == "root" and run_of(event.span) == ROOT:
            step = self._report.step
            if step is not None and step.thought:
                self._write("", text.wrapped(step.thought[:THOUGHT_LIMIT]))
            if step is not None and not step.proposed:
                self._write("  (no code)")
        elif event.time - self._told >= PROGRESS_EVERY:
            self._told = event.time
            if isinstance(event, e.CallRetried):
                self._write(f"  trying again: {one_line(self._report.retrying, 200)}")
            self._write(*(f"  {text.batch_line(batch)}" for batch in self._report.batches))

    def _tell_finished_steps(self, count: int) -> None:
        self._write(*map(text.step_line, self._report.steps[self._steps_told : count]))
        self._steps_told = max(self._steps_told, count)

    def _write(self, *lines: str) -> None:
        if lines:
            self._surface.write("\n".join(lines) + "\n")


def _code(label: str, code: str) -> str:
    """Code with a bar before each line, so that it is told from what it prints."""
    lines = plain(code.strip("\n"), CODE_LIMIT).splitlines()
    return "\n".join([f"  [{label}]", *(f"  │ {line}" for line in lines)])
