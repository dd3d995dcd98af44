"""The view of a headless run: one line that keeps itself up to date."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

from rlm_kernel import events as e
from rlm_kernel.report import RunReport, phrases
from rlm_kernel.report.parts import Batch
from rlm_kernel.report.plain import clip, one_line
from rlm_kernel.report.spans import ROOT, run_of
from rlm_kernel.report.text import head_line, step_line
from rlm_kernel.views.ticker import Ticker

BAR = 24
"""Characters of the bar of a batch."""


class ProgressView:
    """A subscriber that writes the progress of a run to a terminal, or a line a step to a file.

    Parameters
    ----------
    stream
        Where to write; standard error, as a rule.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._report = RunReport()
        self._is_terminal = stream.isatty()
        self._ticker = Ticker(self._paint)
        self._steps_told = 0

    def __call__(self, event: e.Event) -> None:
        """Take `event` into account."""
        self._report.add(event)
        if event.span == ROOT and isinstance(event, e.RunStarted | e.RunResumed):
            self._begin()
        elif event.span == ROOT and isinstance(event, e.RunPaused | e.RunFinished):
            self._end()
        elif isinstance(event, e.StepStarted) and run_of(event.span) == ROOT:
            self._tell_finished_steps(but_last=True)
        elif isinstance(event, e.Warned):
            self._line(f"warning: {one_line(event.message, 300)}")
        self._ticker.touch()

    def close(self) -> None:
        """Stop painting."""
        self._ticker.stop()

    def _begin(self) -> None:
        self._line(head_line(self._report))
        for note in phrases.notes(self._report):
            self._line(note)
        if self._is_terminal:
            self._ticker.start()

    def _end(self) -> None:
        self._ticker.stop()
        self._tell_finished_steps(but_last=False)
        self._line(head_line(self._report))

    def _tell_finished_steps(self, *, but_last: bool) -> None:
        steps = self._report.steps[: -1 if but_last else None]
        for step in steps[self._steps_told :]:
            self._line(step_line(step))
        self._steps_told = max(self._steps_told, len(steps))

    def _line(self, text: str) -> None:
        self._stream.write(f"{self._erase}{text}\n")
        self._stream.flush()

    def _paint(self) -> None:
        width = shutil.get_terminal_size().columns - 1
        batches = "  ".join(_bar(batch) for batch in self._report.batches[-1:])
        text = "  ".join(part for part in (batches, phrases.activity(self._report, time.time())) if part)
        self._stream.write(f"{self._erase}{clip(text, width)}")
        self._stream.flush()

    @property
    def _erase(self) -> str:
        return "\r\x1b[2K" if self._is_terminal else ""


def _bar(batch: Batch) -> str:
    filled = BAR * batch.ended // max(1, batch.size)
    return f"[{'#' * filled}{'.' * (BAR - filled)}] {batch.ended:,}/{batch.size:,}"
