"""The view of a run that is not to be seen: what its user must know all the same."""

from __future__ import annotations

from collections.abc import Callable

from rlm_kernel import events as e
from rlm_kernel.report import RunReport, phrases
from rlm_kernel.report.spans import ROOT


class NotesView:
    """A subscriber that passes on the notes of a run when it starts, a line each.

    Which model was chosen and what it may cost, which limit does not apply, and which of the
    user's names were taken.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def __call__(self, event: e.Event) -> None:
        """Pass on the notes of a root run's start."""
        if isinstance(event, e.RunStarted) and event.span == ROOT:
            for note in phrases.notes(RunReport.of([event])):
                self._write(f"rlm: {note}")
