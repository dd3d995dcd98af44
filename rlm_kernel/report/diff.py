"""Two runs side by side: where they part, a line for each step, what they used, what they answered."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile, zip_longest
from textwrap import wrap
from typing import Any

from rlm_kernel.report import figures, phrases
from rlm_kernel.report.hanging import hanging_html
from rlm_kernel.report.plain import clip, columns, one_line, plain
from rlm_kernel.report.side import ASPECTS, WIDTH, Child, Side
from rlm_kernel.report.spans import ROOT
from rlm_kernel.report.state import RunReport
from rlm_kernel.report.text import head_line

INDENT = " " * 6
LEAD = 20
"""Characters of a line that differs, before the first one in which it does."""
ANSWER = 2_000
CHILDREN = 20
"""Children of a step that have a line of their own."""
NOTHING = "–"


class Difference(str):
    """How two runs differ, which a REPL shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """The same lines, which a narrow page breaks where their words begin."""
        return hanging_html(self)


def difference(a: Side, b: Side) -> Difference:
    """Two runs as plain text."""
    parts = [_heads(a, b), _parting(a, b), _steps(a, b), _totals(a, b), _answers(a, b)]
    return Difference("\n\n".join(part for part in parts if part))


def _heads(a: Side, b: Side) -> str:
    lines = []
    for name, side in (("A", a), ("B", b)):
        run = side.report.run + ("" if side.span == ROOT else f":{side.span}")
        lines += [f"{name}  {run}", *_folded(head_line(side.report), "   ")]
        lines.append(f"   {one_line(side.report.question, WIDTH - 3)}")
    return plain("\n".join(lines))


def _folded(text: str, indent: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


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
    end = ", and the same answer." if same else "; but their answers differ."
    return f"They do not part: same replies, code and outputs{end}"


def _pairs(a: Side, b: Side) -> Iterable[tuple[str, str | None, str | None]]:
    """Everything that is compared, in the order in which it came about."""
    for number in sorted({*a.turns, *b.turns}):
        ours, theirs = a.turns.get(number), b.turns.get(number)
        if ours is None or theirs is None:
            yield f"step {number}", "" if ours else None, "" if theirs else None
            return
        for aspect, of_step in ASPECTS.items():
            yield f"{of_step} step {number}", ours.aspect(aspect), theirs.aspect(aspect)


def _first_line(ours: str, theirs: str) -> str:
    pairs = zip_longest(ours.splitlines(), theirs.splitlines())
    for number, (mine, other) in enumerate(pairs, 1):
        if mine != other:
            alike = _alike(mine or "", other or "")
            return f"line {number}:\n  A  {_quoted(mine, alike)}\n  B  {_quoted(other, alike)}"
    return "at the ends of its lines."


def _alike(mine: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(mine, other, strict=False)))


def _quoted(line: str | None, alike: int) -> str:
    """A line, where it is long from shortly before the place up to which both are `alike`."""
    if line is None:
        return "(nothing)"
    width = WIDTH - 5
    start = max(0, alike - LEAD) if len(line) > width else 0
    return plain(clip("…" * (start > 0) + line[start:], width))


# -- step by step ---------------------------------------------------------------------


def _steps(a: Side, b: Side) -> str:
    """A line for each step, and below it what either run did there, or both."""
    numbers = sorted({*a.turns, *b.turns})
    if not numbers:
        return ""
    rows = [["step", "differs", "cost A", "cost B"]]
    rows += [
        [str(number), _difference(a, b, number), _cost(a, number), _cost(b, number)] for number in numbers
    ]
    head, *lines = columns(rows).splitlines()
    below = [[*_sides(_did(a, number), _did(b, number)), *_children(a, b, number)] for number in numbers]
    return "\n".join(
        [head, *(line for step, more in zip(lines, below, strict=True) for line in (step, *more))]
    )


def _sides(ours: str, theirs: str, indent: str = INDENT) -> list[str]:
    """What the line of either run says, once where there is no difference to be seen."""
    one, other = (clip(said, WIDTH - len(indent) - 3) for said in (ours, theirs))
    sides = [("A", one), ("B", other)] if one != other else [("=", one)]
    return [f"{indent}{name}  {said}" for name, said in sides]


def _difference(a: Side, b: Side, number: int) -> str:
    ours, theirs = a.turns.get(number), b.turns.get(number)
    if ours is None or theirs is None:
        return "only A" if theirs is None else "only B"
    differing = [aspect for aspect in ASPECTS if ours.aspect(aspect) != theirs.aspect(aspect)]
    return ", ".join(differing) or "same"


def _did(side: Side, number: int) -> str:
    step = side.step(number)
    return NOTHING if step is None else plain(phrases.step_line(step))


def _cost(side: Side, number: int) -> str:
    step = side.step(number)
    return NOTHING if step is None else phrases.cost(step.usage)


def _children(a: Side, b: Side, number: int) -> list[str]:
    """What each child of a step came to; one line for those that are the same."""
    ours, theirs = a.children.get(number, {}), b.children.get(number, {})
    names = list(dict.fromkeys([*ours, *theirs]))
    differing = [name for name in names if _outcome(ours.get(name)) != _outcome(theirs.get(name))]
    lines = []
    for name in differing[:CHILDREN]:
        lines.append(f"{INDENT}↳ {name}")
        lines += _sides(str(ours.get(name, NOTHING)), str(theirs.get(name, NOTHING)), f"{INDENT}  ")
    more, same = len(differing) - CHILDREN, len(names) - len(differing)
    if more > 0:
        lines.append(f"{INDENT}↳ {figures.counted(more, 'more child run')} differ")
    if same:
        lines.append(f"{INDENT}↳ {figures.counted(same, 'child run')} the same")
    return lines


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
