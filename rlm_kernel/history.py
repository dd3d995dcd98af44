"""What a record says of a run that is to be repeated: how far, how long, and what its cells did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rlm_kernel.events import (
    CallFinished,
    CellFinished,
    CellStarted,
    Event,
    MessageAdded,
    RunPaused,
    RunResumed,
    RunStarted,
    StepStarted,
)
from rlm_kernel.interfaces import CellError, CellResult, UsageError
from rlm_kernel.messages.observation import observe_cell, output_text
from rlm_kernel.namespaces import NameChange
from rlm_kernel.rlm import ROOT
from rlm_kernel.secrets import mask, unknown
from rlm_kernel.trajectory import Trajectory

KERNEL_DIED = "KernelDied"
"""The error of a cell or call that the end of its kernel ended."""


def is_of_death(cell: CellFinished) -> bool:
    """Whether a cell ended because its kernel did."""
    return cell.error is not None and cell.error["ename"] == KERNEL_DIED


def check_secrets(record: Iterable[Event]) -> None:
    """Raise UsageError for a cell that is to run again and whose text had a key that is not known here."""
    for event in record:
        if isinstance(event, CellStarted) and (missing := unknown(event.secrets)):
            cell = f"cell {label_of(event)}" if event.cell else label_of(event)
            raise UsageError(
                f"the text of {cell} has a key in it, which no record holds: {missing[0]} must have its value"
                " in the environment before the cell can run again"
            )


def label_of(cell: CellStarted) -> str:
    """What a cell of the root run is called: ``3.1``, or in words where it is the human's."""
    return f"{cell.step}.{cell.cell}" if cell.cell else f"your cell after step {cell.step}"


def up_to(record: Sequence[Event], step: int) -> list[Event]:
    """The events of a run until its cells of `step` had run, without what the human did after them."""
    span = f"{ROOT}/{step}"
    last, present = 0, ""
    for number, event in enumerate(record, 1):
        present = event.span if isinstance(event, StepStarted) and event.parent == ROOT else present
        if isinstance(event, RunResumed) and event.command == "skip" and present == span:
            last = number
        is_reply = isinstance(event, CallFinished) and event.role == "root"
        is_cell = isinstance(event, CellFinished) and event.cell > 0
        if (is_reply or is_cell) and event.parent == span:
            last = number
    return list(record[:last])


def limits_set_in(record: Iterable[Event]) -> dict[str, float]:
    """The limits that a run was given when it went on, the last of each."""
    limits: dict[str, float] = {}
    for event in record:
        if isinstance(event, RunResumed):
            limits |= event.limits
    return limits


def seconds_running(record: Sequence[Event]) -> float:
    """Seconds a recorded run was running, or one of its cells was by hand; pauses are not counted."""
    seconds, since, by_hand = 0.0, None, ""
    last = 0.0
    for event in record:
        if since is None and isinstance(event, CellStarted) and event.cell and is_cell_of_root(event):
            since, by_hand = event.time, event.span
        elif since is not None and isinstance(event, CellFinished) and event.span == by_hand:
            seconds, since, by_hand = seconds + event.time - since, None, ""
        elif event.span == ROOT and isinstance(event, RunStarted | RunResumed):
            seconds += 0.0 if since is None else last - since  # its kernel had died
            since = event.time
        elif event.span == ROOT and isinstance(event, RunPaused) and since is not None:
            seconds, since = seconds + event.time - since, None
        last = event.time
    return seconds if since is None else seconds + record[-1].time - since


def is_of_root(event: Event) -> bool:
    """Whether an event says what the root run itself did; its children do theirs again."""
    owner = event.parent if isinstance(event, MessageAdded) else event.span
    return ROOT in (owner, event.parent, _run_of_step(event.parent))


def is_cell_of_root(cell: CellStarted | CellFinished) -> bool:
    """Whether a cell, the model's or the human's, is one of the root run's own."""
    return cell.parent is not None and cell.parent.startswith(f"{ROOT}/") and cell.parent.count("/") == 1


def start_of(record: Trajectory) -> RunStarted:
    """The beginning of the root run that a trajectory is of."""
    started = record.events[0]
    assert isinstance(started, RunStarted)
    return started


def _run_of_step(span: str | None) -> str:
    """The run of ``r/3``; empty for what is no step."""
    run, _, step = (span or "").rpartition("/")
    return run if step.isdecimal() else ""


def cell_of_root(span: str) -> str:
    """The cell of the root run that a span is part of: ``r/3.1/r1/2`` is of ``r/3.1``."""
    return "/".join(span.split("/")[:2])


def step_of(span: str) -> int:
    """The step that ``r/3`` is."""
    return int(span.rpartition("/")[2])


def did_of(label: str, then: CellFinished) -> str:
    """What a recorded cell did, as `Ran.did` says it."""
    return observe_cell(label, result_of(then), [NameChange(**name) for name in then.names])


def result_of(then: CellFinished) -> CellResult:
    """What a recorded cell did, as if it had just run."""
    return CellResult(
        outputs=then.outputs,
        error=CellError(**then.error) if then.error else None,
        interrupted=then.interrupted,
        omitted=then.omitted,
    )


def shown_by(result: CellResult) -> str:
    """What a cell showed and raised, but for the place where it did."""
    raised = "" if result.error is None else f"{result.error.ename}: {result.error.evalue}"
    return mask(f"{output_text(result.outputs)}{raised}")


def names_by_line(names: Sequence[Mapping[str, Any]]) -> str:
    """What a cell did to names, a line for each."""
    return "\n".join(str(NameChange(**name)) for name in names)
