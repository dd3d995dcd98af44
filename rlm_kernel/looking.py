"""The ``%rlm`` commands that look into the latest run: why did the model do that?"""

from __future__ import annotations

from rlm_kernel.command import Command, needed, only
from rlm_kernel.interfaces import UsageError
from rlm_kernel.report.cells import cells_text
from rlm_kernel.report.costs import costs_text
from rlm_kernel.report.figures import counted
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
    Command("cost", "cost [RUN]", "what a run cost, by step, model and depth", _cost),
)
