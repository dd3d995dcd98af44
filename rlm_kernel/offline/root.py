"""The offline root model: what has been said and printed so far → its next turn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rlm_kernel.interfaces import SchemaMismatch
from rlm_kernel.offline import hints, measure_steps, needle_steps, writing
from rlm_kernel.offline.access import called, has_several_texts, holds_files, unreadable
from rlm_kernel.offline.conversation import Conversation, read
from rlm_kernel.offline.names import told_apart
from rlm_kernel.offline.patterns import search_of
from rlm_kernel.offline.run import Run
from rlm_kernel.offline.shapes import NoRoomError
from rlm_kernel.offline.source import remark, said_before, turn
from rlm_kernel.offline.speech import INTRODUCTION, declined, no_room, refused
from rlm_kernel.offline.task import NotUnderstoodError, Task
from rlm_kernel.offline.units import UNITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlm_kernel.interfaces import Message
    from rlm_kernel.offline.conversation import ContextNote
    from rlm_kernel.offline.source import Reply


def reply(messages: Sequence[Message]) -> str:
    """The next turn of the root model: a sentence or two, and a cell.

    Raises SchemaMismatch where the answer must have a type that has no room for what it would
    say: to go on asking would bring no other answer.
    """
    talk = read(messages)
    try:
        said = said_before(hints.said_of(talk), _next(talk))
        return said if isinstance(said, str) else said.text(talk.wanted)
    except NoRoomError as what:
        assert talk.wanted is not None
        raise SchemaMismatch(no_room(talk.wanted.name, str(what))) from None


def _next(talk: Conversation) -> Reply:
    try:
        run = _run(talk)
    except NotUnderstoodError as why:
        return remark(f"{INTRODUCTION} It cannot answer this.", declined(str(why)), "say what it can do.")
    if talk.wanted and run.steps and run.steps[-1].refusal:
        raise SchemaMismatch(refused(talk.wanted.name, run.steps[-1].refusal))
    if talk.last_turn:
        return needle_steps.last_turn(run) if run.task.ask else measure_steps.last_turn(run)
    if not run.steps:
        look = writing.look(run.task, run.contexts, told_apart(run.task))
        return turn(f"{INTRODUCTION} {_plan(run.task, run.contexts)} First it looks at what there is.", look)
    reply = needle_steps.next_turn(run) if run.task.ask else measure_steps.next_turn(run)
    return said_before(_found_by_hint(run) if run.just_printed("LOOK") else "", reply)


def _found_by_hint(run: Run) -> str:
    """What the look found of the texts that hints have named."""
    seen: dict[str, Any] = {
        each.manner: run.just_printed(f"HINT {each.manner}") for each in run.task.selections
    }
    return hints.found_of(run.task, seen) if all(seen.values()) else ""


def _run(talk: Conversation) -> Run:
    """The task that question and hints set, fitted to the contexts, and the steps made for it."""
    if not talk.contexts:
        raise NotUnderstoodError("there is no context to read")
    if why := unreadable(talk.contexts):
        raise NotUnderstoodError(why)
    task, since = hints.heard(talk)
    return Run(_fitted(task, talk), talk.contexts, talk.steps[since:])


def _fitted(task: Task, talk: Conversation) -> Task:
    """The task with its unit fitted to the shape of the contexts."""
    several = has_several_texts(talk.contexts)
    if task.unit == "entry":
        records = several and not holds_files(talk.contexts)
        task = replace(task, unit="document" if records else "line")
    if (task.unit == "document" or task.by_file) and not several:
        raise NotUnderstoodError("the context is one text and not several files")
    if task.unit == "occurrence" and task.kind == "list":
        task = replace(task, unit="line")
    task = replace(task, wanted=talk.wanted, located=_is_located(task, talk))
    if not task.ask:  # what cannot be searched for, or not be said, shows before anything is read
        search_of(task)
        writing.value(task)
    return task


def _is_located(task: Task, talk: Conversation) -> bool:
    """Whether the lines of a list need their files: where they stay apart, and in the order they stand in."""
    lists_lines = task.kind == "list" and UNITS[task.unit].shape == "line" and bool(task.conditions)
    apart_in_order = not (task.distinct or task.in_order or task.at_least)
    return lists_lines and apart_in_order and holds_files(talk.contexts)


def _plan(task: Task, contexts: Sequence[ContextNote]) -> str:
    """How the question was understood, for the reader to judge."""
    by_file = task.unit == "document" or (task.by_file and task.kind == "top")
    many = called(contexts) if by_file else UNITS[task.unit].plural
    if task.field and not task.ask:
        many = f"values of {task.field!r}"
    what = {
        "needle": "find a fact",
        "count": f"count {many}",
        "list": f"list all matching {many}",
        "top": f"rank {many} by frequency",
    }
    return f"It takes the question as: {what[task.kind]}."
