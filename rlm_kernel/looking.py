"""The ``%rlm`` commands that look into the latest run: why did the model do that?"""

from __future__ import annotations

from typing import Any

from rlm_kernel.command import Command, needed, only
from rlm_kernel.interfaces import UsageError
from rlm_kernel.inventory import names_of
from rlm_kernel.registry import runs
from rlm_kernel.report.cells import cells_text
from rlm_kernel.report.costs import costs_text
from rlm_kernel.report.figures import counted
from rlm_kernel.report.plain import columns, plain
from rlm_kernel.report.request import request_text
from rlm_kernel.rlm import Run
from rlm_kernel.session import Session


def _prompt(session: Session, line: str) -> None:
    run = session.latest()
    word = only(line, "prompt", "[STEP]")
    step = _step(run, word) if word else len(run.steps)
    text = request_text(run.trajectory.events, step)
    session.display.write(text or f"step {step} has not been asked yet")


def _cells(session: Session, line: str) -> None:
    run = session.latest()
    step = _step(run, needed(line, "cells", "STEP"))
    session.display.write(cells_text(run.trajectory.events, step) or f"step {step} ran no cell")


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
    of = "" if about.get("run") in {None, run.id} else f" of run {about['run']}"
    if about["by"] == "run":
        return f"the run, as a context{of}"
    step = about.get("step")
    if step is None:
        return "you"
    return f"the model, step {step}{of}" if about["by"] == "model" else f"you, after step {step}{of}"


def _step(run: Run, word: str) -> int:
    """The step a word names; raises UsageError where the run has none of that number."""
    steps = len(run.steps)
    if not word.isdecimal() or not 1 <= int(word) <= steps:
        has = f"it has {counted(steps, 'step')}" if steps else "it has none yet"
        raise UsageError(f"run {run.id} has no step {word!r}: {has}")
    return int(word)


LOOKING = (
    Command("prompt", "prompt [STEP]", "the messages a step's model was sent, with sizes and cuts", _prompt),
    Command("cells", "cells STEP", "the code and outputs of a step", _cells),
    Command("vars", "vars", "the names of the notebook: type, size, who set them, at which step", _vars),
    Command("cost", "cost [RUN]", "what a run cost, by step, model and depth", _cost),
)
