"""What two runs are compared by: the turns of each, and the child runs of each of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rlm_kernel import events as e
from rlm_kernel.messages.observation import clean, output_text
from rlm_kernel.report import figures, phrases
from rlm_kernel.report.parts import Step, Tally
from rlm_kernel.report.plain import one_line
from rlm_kernel.report.spans import ROOT, child_of, run_of, step_of
from rlm_kernel.report.state import RunReport

WIDTH = 80
"""Characters of a line: more would be broken in a narrow notebook, or in a terminal."""
ASPECTS = {
    "reply": "the reply of",
    "code": "the code of",
    "your cells": "your cells at",
    "output": "the output of",
}
"""What of a step is compared, and how it is called with the step."""


@dataclass(slots=True)
class Turn:
    """What a step said, ran and showed."""

    reply: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    """The code of each, by span."""
    own: list[str] = field(default_factory=list)
    """What the human ran beside them: the code of each, and what it showed."""
    outputs: list[str] = field(default_factory=list)

    def run(self, cell: e.CellStarted) -> None:
        """Note a cell that runs, of the step's or of the human's own."""
        if cell.cell:
            self.cells[cell.span] = cell.code
        else:
            self.own.append(cell.code)

    def show(self, cell: e.CellFinished, shown: str) -> None:
        """Note what a cell has shown."""
        if cell.cell:
            self.outputs.append(shown)
        elif shown:
            self.own.append(shown)

    def aspect(self, name: str) -> str:
        """The text of one of `ASPECTS`."""
        if name == "reply":
            return self.reply
        lines = {"code": self.cells.values(), "your cells": self.own, "output": self.outputs}
        return "\n".join(lines[name])


@dataclass(slots=True)
class Child:
    """A child run, in what two of them can differ in."""

    question: str
    steps: int = 0
    status: str = "running"
    answer: str = ""
    usage: Tally = field(default_factory=Tally)

    @property
    def outcome(self) -> tuple[str, int, str, str]:
        """What is compared."""
        return self.question, self.steps, self.status, self.answer

    def __str__(self) -> str:
        said = [self.status, figures.counted(self.steps, "step"), phrases.cost(self.usage)]
        return f"{' · '.join(said)}: {one_line(self.answer or self.question, WIDTH)}"


class Side:
    """One of the two runs."""

    def __init__(self, events: Sequence[e.Event], span: str = ROOT) -> None:
        self.span = span
        self.report = RunReport.of(events, span)
        self.turns: dict[int, Turn] = {}
        self.children: dict[int, dict[str, Child]] = {}
        """By step, then by what their spans add to the run's."""
        for event in events:
            if run_of(event.span) == span:
                self._take(event)
            elif child := child_of(event.span, span):
                self._take_childs(child, event)

    def step(self, number: int) -> Step | None:
        """The step as a report has it; None where the run did not come so far."""
        return next((step for step in self.report.steps if step.number == number), None)

    def _take(self, event: e.Event) -> None:
        number = step_of(event.span, self.span) or 0
        if isinstance(event, e.StepStarted):
            self.turns[event.step] = Turn()
        elif isinstance(event, e.CallFinished) and event.role == "root" and number in self.turns:
            self.turns[number].reply = event.text
        elif isinstance(event, e.CellStarted) and event.step in self.turns:
            self.turns[event.step].run(event)
        elif isinstance(event, e.CellFinished) and event.step in self.turns:
            shown = output_text(event.outputs)
            error = clean(f"{event.error['ename']}: {event.error['evalue']}") if event.error else ""
            self.turns[event.step].show(event, "\n".join(text for text in (shown, error) if text))

    def _take_childs(self, span: str, event: e.Event) -> None:
        of_step = self.children.setdefault(step_of(span, self.span) or 0, {})
        name = span.removeprefix(f"{self.span}/")
        if isinstance(event, e.RunStarted) and event.span == span:
            of_step[name] = Child(event.question)
        child = of_step.get(name)
        if child is None:
            return
        if isinstance(event, e.StepStarted) and event.parent == span:
            child.steps = event.step
        elif isinstance(event, e.RunFinished) and event.span == span:
            child.status, child.answer = event.status, str((event.answer or {}).get("text", ""))
        elif isinstance(event, e.CallFinished | e.CallFailed) and not getattr(event, "cached", False):
            child.usage.add(event.usage)
