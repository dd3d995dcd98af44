"""Two runs side by side: where they part, a line for each step, what they used, what they answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from rlm_kernel import events as e
from rlm_kernel.messages.observation import clean, output_text
from rlm_kernel.report import figures, phrases
from rlm_kernel.report.parts import Step, Tally
from rlm_kernel.report.plain import clip, columns, one_line, plain
from rlm_kernel.report.spans import ROOT, child_of, run_of, step_of
from rlm_kernel.report.state import RunReport
from rlm_kernel.report.text import head_line

LINE = 44
"""Characters of a step's line on either side."""
QUOTED = 200
"""Characters of a line that differs."""
ANSWER = 2_000
CHILDREN = 20
"""Children of a step that have a line of their own."""
ASPECTS = ("reply", "code", "output")
NOTHING = "–"


@dataclass(slots=True)
class Turn:
    """What a step said, ran and showed."""

    reply: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    """The code of each, by span."""
    outputs: list[str] = field(default_factory=list)

    def aspect(self, name: str) -> str:
        """The text of one of `ASPECTS`."""
        if name == "reply":
            return self.reply
        return "\n".join(self.cells.values() if name == "code" else self.outputs)


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
        return f"{' · '.join(said)}: {one_line(self.answer or self.question, LINE // 2)}"


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
            self.turns[event.step].cells[event.span] = event.code
        elif isinstance(event, e.CellFinished) and event.step in self.turns:
            shown = output_text(event.outputs)
            error = clean(f"{event.error['ename']}: {event.error['evalue']}") if event.error else ""
            self.turns[event.step].outputs.append("\n".join(text for text in (shown, error) if text))

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


class Difference(str):
    """How two runs differ, which a REPL shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def difference(a: Side, b: Side) -> Difference:
    """Two runs as plain text."""
    parts = [_heads(a, b), _parting(a, b), _steps(a, b), _totals(a, b), _answers(a, b)]
    return Difference("\n\n".join(part for part in parts if part))


def _heads(a: Side, b: Side) -> str:
    lines = []
    for name, side in (("A", a), ("B", b)):
        run = side.report.run + ("" if side.span == ROOT else f":{side.span}")
        lines.append(f"{name}  {run}  {head_line(side.report)}")
        lines.append(f"   {one_line(side.report.question, 2 * LINE)}")
    return plain("\n".join(lines))


# -- where they part ------------------------------------------------------------------


def _parting(a: Side, b: Side) -> str:
    """The first thing that differs, with the first line that does."""
    asked = "" if a.report.question == b.report.question else "Their questions differ. "
    return asked + _parting_of_steps(a, b)


def _parting_of_steps(a: Side, b: Side) -> str:
    for what, ours, theirs in _pairs(a, b):
        if ours is None or theirs is None:
            longer = "A" if theirs is None else "B"
            return f"They part at {what}, which only {longer} has."
        if ours != theirs:
            return f"They part in {what}, {_first_line(ours, theirs)}"
    same = a.report.answer == b.report.answer
    return "They do not part: same replies, code and outputs" + (
        ", and the same answer." if same else "; but their answers differ."
    )


def _pairs(a: Side, b: Side) -> Iterable[tuple[str, str | None, str | None]]:
    """Everything that is compared, in the order in which it came about."""
    for number in sorted({*a.turns, *b.turns}):
        ours, theirs = a.turns.get(number), b.turns.get(number)
        if ours is None or theirs is None:
            yield f"step {number}", "" if ours else None, "" if theirs else None
            return
        for aspect in ASPECTS:
            yield f"the {aspect} of step {number}", ours.aspect(aspect), theirs.aspect(aspect)


def _first_line(ours: str, theirs: str) -> str:
    pairs = zip_longest(ours.splitlines(), theirs.splitlines())
    for number, (mine, other) in enumerate(pairs, 1):
        if mine != other:
            return f"line {number}:\n  A  {_quoted(mine)}\n  B  {_quoted(other)}"
    return "at the ends of its lines."


def _quoted(line: str | None) -> str:
    return "(nothing)" if line is None else plain(clip(line, QUOTED))


# -- step by step ---------------------------------------------------------------------


def _steps(a: Side, b: Side) -> str:
    numbers = sorted({*a.turns, *b.turns})
    if not numbers:
        return ""
    rows = [["step", "", "A", "cost", "B", "cost"]]
    for number in numbers:
        rows.append([str(number), _difference(a, b, number), *_side(a, number), *_side(b, number)])
        rows += _children(a, b, number)
    return columns(rows)


def _difference(a: Side, b: Side, number: int) -> str:
    ours, theirs = a.turns.get(number), b.turns.get(number)
    if ours is None or theirs is None:
        return "only A" if theirs is None else "only B"
    differing = [aspect for aspect in ASPECTS if ours.aspect(aspect) != theirs.aspect(aspect)]
    return ", ".join(differing) or "same"


def _side(side: Side, number: int) -> list[str]:
    step = side.step(number)
    if step is None:
        return [NOTHING, ""]
    return [clip(plain(phrases.step_line(step)), LINE), phrases.cost(step.usage)]


def _children(a: Side, b: Side, number: int) -> list[list[str]]:
    """A line for each child of a step; one for those that are the same."""
    ours, theirs = a.children.get(number, {}), b.children.get(number, {})
    names = list(dict.fromkeys([*ours, *theirs]))
    differing = [name for name in names if _outcome(ours.get(name)) != _outcome(theirs.get(name))]
    rows = [
        ["", f"↳ {name}", str(ours.get(name, NOTHING)), "", str(theirs.get(name, NOTHING)), ""]
        for name in differing[:CHILDREN]
    ]
    more, same = len(differing) - CHILDREN, len(names) - len(differing)
    if more > 0:
        rows.append(["", f"↳ {figures.counted(more, 'more child run')} differ", "", "", "", ""])
    if same:
        rows.append(["", f"↳ {figures.counted(same, 'child run')} the same", "", "", "", ""])
    return rows


def _outcome(child: Child | None) -> Any:
    return None if child is None else child.outcome


# -- as a whole -----------------------------------------------------------------------


def _totals(a: Side, b: Side) -> str:
    names = ["", "steps", "calls", "tokens", "cost", "time"]
    return columns(list(zip(names, _total("A", a.report), _total("B", b.report), strict=True)), right=True)


def _total(name: str, report: RunReport) -> list[str]:
    return [
        name,
        f"{len(report.steps):,}",
        f"{report.calls.ended:,}",
        figures.tokens(report.usage.tokens),
        phrases.cost(report.usage),
        figures.duration(report.seconds()),
    ]


def _answers(a: Side, b: Side) -> str:
    ours, theirs = a.report.answer, b.report.answer
    if ours is not None and ours == theirs:
        return f"both answered ({plain(ours.type)}): {plain(ours.text, ANSWER)}"
    said = []
    for name, answer in (("A", ours), ("B", theirs)):
        told = f"({plain(answer.type)}): {plain(answer.text, ANSWER)}" if answer else "has no answer"
        said.append(f"{name} answered {told}" if answer else f"{name} {told}")
    return "\n".join(said)
