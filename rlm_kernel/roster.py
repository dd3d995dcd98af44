"""``%rlm runs``: the runs of this kernel and those of the trajectory folder, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rlm_kernel.events import RunStarted
from rlm_kernel.log_file import is_being_written
from rlm_kernel.loop import loop_of
from rlm_kernel.report.figures import counted
from rlm_kernel.report.plain import columns, one_line
from rlm_kernel.rlm import Run
from rlm_kernel.secrets import mask
from rlm_kernel.shelf import RunSummary

WIDTH = 60
"""Characters of a question that are shown."""


class _Row(NamedTuple):
    started: float
    run: str
    status: str
    steps: int
    where: str
    branch_of: Mapping[str, Any]
    question: str

    def cells(self) -> list[str]:
        """The columns of its line."""
        steps = counted(self.steps, "step").rjust(8)
        question = one_line(mask(self.question), WIDTH)
        return [self.run, self.status, steps, self.where, f"{self._branch()}{question}"]

    def _branch(self) -> str:
        if "run" not in self.branch_of:
            return ""
        # The end of an id names a run in every command.
        origin = str(self.branch_of["run"]).rpartition("-")[2]
        return f"(branch of {origin} after step {self.branch_of.get('step')}) "


def roster_text(live: Iterable[Run], stored: Iterable[RunSummary]) -> str:
    """A line for each run; those that are live are not listed as stored ones too."""
    here = [_row_of(run) for run in live]
    known = {row.run for row in here}
    there = [_row_of_stored(run) for run in stored if run.id not in known]
    rows = sorted([*here, *there], key=lambda row: (row.started, row.run), reverse=True)
    return columns([row.cells() for row in rows]) if rows else ""


def _row_of_stored(run: RunSummary) -> _Row:
    runs_on = run.status == "interrupted" and is_being_written(run.path)
    status, where = ("running", "another kernel") if runs_on else (run.status, "on disk")
    return _Row(run.started, run.id, status, run.steps, where, run.branch_of, run.question)


def _row_of(run: Run) -> _Row:
    begun = next((event for event in run.trajectory if isinstance(event, RunStarted)), None)
    return _Row(
        begun.time if begun else 0.0,
        run.id,
        run.status,
        len(run.steps),
        "this kernel" if loop_of(run) else "imported",
        begun.branch_of if begun else {},
        run.question,
    )
