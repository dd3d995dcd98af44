"""The cards of runs that another kernel has begun, as the record has become what they show.

Nobody paints the card of a run whose kernel has died: in the notebook's file it says for
ever that the run is running.  The next kernel knows better, by the run's file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rlm_kernel.events import Event
from rlm_kernel.interfaces import UsageError
from rlm_kernel.registry import runs
from rlm_kernel.report.state import RunReport
from rlm_kernel.shelf import find
from rlm_kernel.trajectory import read
from rlm_kernel.views.bundles import card_bundle, final_bundle

Json = dict[str, Any]


def card_left_behind(folder: Path, run: str) -> Json:
    """The card of a run that stands still because its kernel died, with a copy of its trajectory.

    Raises UsageError for a run of this kernel, whose card is painted, and for one without a file.
    """
    if run in runs:
        raise UsageError(f"run {run!r} is of this kernel")
    stored = find(folder, run)
    if stored is None:
        raise UsageError(f"there is no run {run!r} in {folder.name}")
    events = read(stored).events
    return final_bundle(RunReport.of(events), events)


def card_handed_on(history: Sequence[Event]) -> Json:
    """What earlier cards of a run say that goes on under another cell, whose card has the trajectory."""
    report = RunReport.of(history)
    report.handed_on = True
    return card_bundle(report)
