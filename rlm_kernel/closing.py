"""Ending on the record what the end of a kernel ended: calls, cells and child runs."""

from __future__ import annotations

from typing import Any

from rlm_kernel.calls import usage_json
from rlm_kernel.events import (
    CallFailed,
    CallFinished,
    CallStarted,
    CellFinished,
    CellStarted,
    RunFinished,
    RunStarted,
)
from rlm_kernel.history import KERNEL_DIED
from rlm_kernel.interfaces import Usage
from rlm_kernel.rlm import ROOT
from rlm_kernel.trajectory import Trajectory, from_events

SENTENCE = "the kernel died"


def closed(trajectory: Trajectory) -> Trajectory:
    """A copy of a trajectory, in memory, in which nothing goes on."""
    copy = from_events(list(trajectory.events), trajectory.source)
    close_record(copy)
    return copy


def close_record(trajectory: Trajectory) -> None:
    """Record an end for everything that was going on when the trajectory ended, innermost first."""
    ended = {event.span for event in trajectory if isinstance(event, CallFinished | CallFailed)}
    ended |= {event.span for event in trajectory if isinstance(event, CellFinished | RunFinished)}
    last = trajectory.events[-1].time
    left = [
        event
        for event in trajectory
        if isinstance(event, CallStarted | CellStarted | RunStarted)
        and event.span not in ended
        and event.span != ROOT
    ]
    for event in reversed(left):
        about: dict[str, Any] = {"span": event.span, "parent": event.parent, "at": last}
        seconds = last - event.time
        if isinstance(event, CallStarted):
            trajectory.record(
                CallFailed,
                **about,
                role=event.role,
                model=event.model,
                error=KERNEL_DIED,
                message=SENTENCE,
                usage=usage_json(Usage()),
                seconds=seconds,
                cancelled=True,
            )
        elif isinstance(event, CellStarted):
            trajectory.record(
                CellFinished,
                **about,
                author=event.author,
                step=event.step,
                cell=event.cell,
                error={"ename": KERNEL_DIED, "evalue": SENTENCE, "traceback": f"{KERNEL_DIED}: {SENTENCE}"},
                interrupted=True,
                seconds=seconds,
            )
        else:
            trajectory.record(
                RunFinished, **about, status="stopped", reason="kernel", message=SENTENCE, seconds=seconds
            )
