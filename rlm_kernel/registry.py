"""The runs of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rlm_kernel.rlm import Run

runs: dict[str, Run] = {}
"""The root runs, by id, the latest at the end."""


edited: dict[str, dict[str, str]] = {}
"""Cells of runs as they were edited in a notebook, by run and label: what a branch may take."""


def make_latest(run: Run) -> None:
    """Count a run that starts, goes on or is imported as the latest."""
    runs.pop(run.id, None)
    runs[run.id] = run


def latest_run() -> Run | None:
    """The run that was started, resumed or imported last."""
    return next(reversed(runs.values()), None)
