"""The view of a run that is not to be seen: what its user must know all the same."""

from __future__ import annotations

from collections.abc import Callable

from rlm_kernel import events as e
from rlm_kernel.report import RunReport, phrases
from rlm_kernel.report.spans import ROOT


class NotesView:
    """A subscriber that passes on the notes of a run when it starts, a line each.

    Which model was chosen and what it may cost, which limit does not apply, and which of the
    user's names were taken.  What went wrong beside the run, such as a record that cannot be
    written, is told when it stands still: until then a cell may run, and what is written be its.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._warnings: list[str] = []

    def __call__(self, event: e.Event) -> None:
        """Pass on the notes of a root run's start, and keep what goes wrong."""
        if isinstance(event, e.Warned):
            self._warnings.append(event.message)
        if isinstance(event, e.RunStarted) and event.span == ROOT:
            for note in phrases.notes(RunReport.of([event])):
                self._write(f"rlm: {note}")

    def close(self) -> None:
        """The run stands still."""
        for message in self._warnings:
            self._write(f"rlm: warning: {message}")
        self._warnings.clear()
