"""The turns of a run as a trajectory tells them: what was said, what ran, and what waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlm_kernel.events import (
    CallFinished,
    CellFinished,
    CellsProposed,
    CellStarted,
    Event,
    MessageAdded,
    RunFinished,
    RunResumed,
    StepStarted,
)
from rlm_kernel.interfaces import CellError, Output, Proposed, Usage
from rlm_kernel.messages.reply import split_reply


@dataclass(slots=True, repr=False)
class Cell:
    """One cell of a step, with what it did."""

    author: str
    code: str
    outputs: list[Output] = field(default_factory=list)
    error: CellError | None = None
    interrupted: bool = False
    execution_count: int | None = None
    seconds: float = 0.0
    names: list[dict[str, Any]] = field(default_factory=list)
    """For each name that changed: name, change, type, size."""

    def __repr__(self) -> str:
        from rlm_kernel.report import figures, plain  # noqa: PLC0415  (only who looks pays for it)

        shown = figures.counted(len(self.outputs), "output")
        raised = f", {self.error.ename}" if self.error is not None else ""
        return f"<Cell of the {self.author}: {plain.one_line(self.code, 60)!r}, {shown}{raised}>"


@dataclass(slots=True, repr=False)
class Step:
    """One turn of a run's model."""

    number: int
    reply: str = ""
    reasoning: str = ""
    usage: Usage = field(default_factory=Usage)
    cells: list[Cell] = field(default_factory=list)
    observation: str = ""
    """What the model was told after it, with the next turn; empty until then."""

    @property
    def thought(self) -> str:
        """The reply without its code."""
        return split_reply(self.reply).thought

    def __repr__(self) -> str:
        from rlm_kernel.report import figures  # noqa: PLC0415  (only who looks pays for it)

        cells = figures.counted(len(self.cells), "cell")
        return f"<Step {self.number}: {cells}, {figures.counted(self.usage.tokens, 'token')}>"


def steps_of(events: Iterable[Event], span: str) -> list[Step]:
    """The turns of one run, from the events of its trajectory."""
    steps: dict[str, Step] = {}
    cells: dict[str, Cell] = {}
    before: Step | None = None
    for event in events:
        if isinstance(event, StepStarted) and event.parent == span:
            before = next(reversed(steps.values()), None)
            steps.setdefault(event.span, Step(event.step))
        elif isinstance(event, MessageAdded) and event.parent == span and before is not None:
            before.observation = event.content
        elif isinstance(event, CallFinished) and event.role == "root" and event.parent in steps:
            step = steps[event.parent]
            step.reply, step.reasoning, step.usage = event.text, event.reasoning, Usage(**event.usage)
        elif isinstance(event, CellStarted) and event.parent in steps:
            cells[event.span] = Cell(event.author, event.code)
            steps[event.parent].cells.append(cells[event.span])
        elif isinstance(event, CellFinished) and event.span in cells:
            cell = cells[event.span]
            cell.outputs, cell.interrupted = event.outputs, event.interrupted
            cell.execution_count, cell.seconds, cell.names = event.execution_count, event.seconds, event.names
            cell.error = CellError(**event.error) if event.error else None
    return list(steps.values())


def where_stopped(steps: Sequence[Step]) -> str:
    """``after step 2``; ``in step 2`` where its turn or one of its cells had not come to its end."""
    if not steps:
        return "before its first step"
    last = steps[-1]
    is_cut_off = not last.reply or any(cell.interrupted for cell in last.cells)
    return f"{'in' if is_cut_off else 'after'} step {last.number}"


def proposed_of(events: Iterable[Event], span: str) -> list[Proposed]:
    """The cells of a run that wait for the human."""
    waiting: dict[int, Proposed] = {}
    for event in events:
        if isinstance(event, CellsProposed) and event.parent == span:
            cells = [Proposed(cell["cell"], cell["code"], cell.get("why", "")) for cell in event.cells]
            waiting = {cell.number: cell for cell in cells}
        elif isinstance(event, CellStarted) and event.span == f"{span}/{event.step}.{event.cell}":
            waiting.pop(event.cell, None)
        elif (isinstance(event, StepStarted) and event.parent == span) or (
            event.span == span and _passes_over(event)
        ):
            waiting.clear()
    return list(waiting.values())


def _passes_over(event: Event) -> bool:
    return isinstance(event, RunFinished) or (isinstance(event, RunResumed) and event.command == "skip")
