"""The run that a trajectory is of, read back to be looked at."""

from __future__ import annotations

from rlm_kernel.events import PROPOSING, Event, RunFinished, RunPaused, RunResumed, RunStarted
from rlm_kernel.interfaces import UsageError
from rlm_kernel.rlm import ROOT, Run
from rlm_kernel.steps import proposed_of
from rlm_kernel.trajectory import Trajectory


def run_from(trajectory: Trajectory) -> Run:
    """The run a trajectory is of, read-only, with its children.

    Raises UsageError for a trajectory without a run, such as a session's.
    """
    runs: dict[str, Run] = {}
    for event in trajectory:
        if isinstance(event, RunStarted):
            parent = _owner(event.span, runs)
            runs[event.span] = Run(event.question, trajectory, span=event.span, parent=parent)
            runs[event.span].status = "interrupted"
        elif event.span in runs:
            _follow(runs[event.span], event)
    if ROOT not in runs:
        raise UsageError("this trajectory holds no run: it may be that of a session")
    runs[ROOT].proposed = proposed_of(trajectory, ROOT)
    return runs[ROOT]


def _owner(span: str, runs: dict[str, Run]) -> Run | None:
    above = [other for other in runs if span.startswith(f"{other}/")]
    return runs[max(above, key=len)] if above else None


def _follow(run: Run, event: Event) -> None:
    if isinstance(event, RunPaused):
        run.status = "proposed" if event.reason in PROPOSING else "paused"
        run.reason, run.message = event.reason, event.message
    elif isinstance(event, RunResumed):
        run.status, run.reason, run.message = "interrupted", "", ""
    elif isinstance(event, RunFinished):
        run.status, run.reason, run.message = event.status, event.reason, event.message  # type: ignore[assignment]
        if event.answer is not None:
            run.answer = event.answer["json"] if "json" in event.answer else event.answer["text"]
