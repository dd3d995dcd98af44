"""The ``%rlm`` commands that look into the latest run: why did the model do that?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from rlm_kernel.command import Command, only
from rlm_kernel.interfaces import UsageError
from rlm_kernel.inventory import names_of
from rlm_kernel.lines import split
from rlm_kernel.registry import runs
from rlm_kernel.report.cells import cells_text
from rlm_kernel.report.costs import costs_text
from rlm_kernel.report.figures import counted
from rlm_kernel.report.plain import columns, plain
from rlm_kernel.report.request import request_text
from rlm_kernel.rlm import Run
from rlm_kernel.session import Session

NAMED = 8
"""Child runs that an error names."""


def _prompt(session: Session, line: str) -> None:
    place = _place(session, split(line), "prompt [STEP] [RUN]")
    events, step = place.run.trajectory.events, place.step
    session.display.write(request_text(events, step, place.run.span) or f"step {step} has not been asked yet")


def _cells(session: Session, line: str) -> None:
    words = split(line)
    if not words:
        raise UsageError("usage: %rlm cells STEP [RUN]")
    place = _place(session, words, "cells STEP [RUN]")
    events, step = place.run.trajectory.events, place.step
    session.display.write(cells_text(events, step, place.run.span) or f"step {step} ran no cell")


def _diff(session: Session, line: str) -> None:
    words = split(line)
    if len(words) != 2:  # noqa: PLR2004
        raise UsageError("usage: %rlm diff RUN RUN")
    one, other = (session.latest(word) for word in words)
    session.display.show(one.diff(other))


def _cost(session: Session, line: str) -> None:
    run = session.latest(only(line, "cost", "[RUN]"))
    session.display.write(costs_text(run.trajectory.events))


def _vars(session: Session, line: str) -> None:
    only(line, "vars", "")
    run = session.latest()
    rows = [
        [about["name"], plain(about["type"]), about["size"] or "", _set_by(about, run)]
        for about in names_of(run.namespace, session.hidden(), runs.values())
    ]
    session.display.write(columns([["name", "type", "size", "set by"], *rows]) if rows else "no names yet")


def _set_by(about: dict[str, Any], run: Run) -> str:
    is_here = about.get("run") in {None, run.id}
    if about["by"] == "run":
        which = "the run" if is_here else f"run {about['run']}"
        return f"{which}, as a context" if about.get("is_context") else which
    of = "" if is_here else f" of run {about['run']}"
    step = about.get("step")
    if step is None:
        return "you"
    if about["by"] == "model":
        return f"the model, step {step}{of}"
    return f"step {step}, as you edited it{of}" if about["is_edited"] else f"you, after step {step}{of}"


class _Place(NamedTuple):
    """A step of a run, or of a child."""

    run: Run
    step: int


def _place(session: Session, words: list[str], usage: str) -> _Place:
    """What the words of a line name: a number, or a child's span and number, and the run.

    Without words it is the latest step of the latest run.
    """
    if len(words) > 2:  # noqa: PLR2004
        raise UsageError(f"usage: %rlm {usage}")
    root = session.latest(words[1] if len(words) > 1 else None)
    if not words:
        return _Place(root, len(root.steps))
    span, _, number = words[0].rpartition("/")
    run = _within(root, span) if span else root
    return _Place(run, _step(run, number, words[0]))


def _within(root: Run, span: str) -> Run:
    """The run of that span, the root or a child; raises UsageError, naming some, where there is none."""
    known = {run.span: run for run in _family(root)}
    if span not in known:
        children = [each for each in known if each != root.span]
        more = f" and {len(children) - NAMED:,} more" if len(children) > NAMED else ""
        has = f"it has {', '.join(children[:NAMED])}{more}" if children else "it has none"
        raise UsageError(f"run {root.id} has no child run {span!r}: {has}")
    return known[span]


def _family(run: Run) -> Iterator[Run]:
    yield run
    for child in run.children:
        yield from _family(child)


def _step(run: Run, number: str, word: str) -> int:
    """The step a word names; raises UsageError where the run has none of that number."""
    steps = len(run.steps)
    if not number.isdecimal() or not 1 <= int(number) <= steps:
        has = f"it has {counted(steps, 'step')}" if steps else "it has none yet"
        raise UsageError(f"run {run.id} has no step {word!r}: {has}")
    return int(number)


LOOKING = (
    Command(
        "prompt", "prompt [STEP] [RUN]", "the messages a step's model was sent, with sizes and cuts", _prompt
    ),
    Command("cells", "cells STEP [RUN]", "the code and outputs of a step", _cells),
    Command("diff", "diff RUN RUN", "two runs side by side: where they part, cost and answer", _diff),
    Command("vars", "vars", "the names of the notebook: type, size, who set them, at which step", _vars),
    Command("cost", "cost [RUN]", "what a run cost, by step, model and depth", _cost),
)
