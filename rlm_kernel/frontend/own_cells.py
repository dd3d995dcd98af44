"""Edited cells that a run ran by itself: in the notebook they are the run's, and not the user's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlm_kernel import events as e
from rlm_kernel.report.spans import ROOT
from rlm_kernel.views.notebook_cells import SKIP

Json = dict[str, Any]


def as_own(cell: Json) -> Json:
    """A branch's other cell, or an accepted one, as one that Run All leaves out and asking again replaces."""
    about = cell["metadata"]["rlm"]
    if not about.get("edited"):
        return cell
    return cell | {"metadata": {"rlm": about | {"author": "model", "edited": "before"}, "tags": [SKIP]}}


def ran_by_itself(events: Sequence[e.Event]) -> set[str]:
    """The spans of the cells that began while their run was running, and not while it stood still."""
    is_running, spans = True, set()
    for event in events:
        if event.span == ROOT and isinstance(event, e.RunPaused | e.RunResumed):
            is_running = isinstance(event, e.RunResumed)
        elif isinstance(event, e.CellStarted) and is_running:
            spans.add(event.span)
    return spans
