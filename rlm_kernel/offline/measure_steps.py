"""The root's steps for counts, lists and rankings.

Look → (other spellings) → answer in plain Python, or fan out → combine.  What the look printed
decides: few hits or a short text are read directly, a long text goes to the sub-model in chunks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rlm_kernel.offline import writing
from rlm_kernel.offline.names import absent, absent_in_any_case, similar_forms, told_apart, written_hits
from rlm_kernel.offline.source import cell, finish, remark, turn
from rlm_kernel.offline.speech import FAILED, declined, in_words, nothing_similar, quoted_names

if TYPE_CHECKING:
    from rlm_kernel.offline.run import Run
    from rlm_kernel.offline.source import Reply
    from rlm_kernel.offline.task import Task

SMALL = 40_000
"""Characters that are read in one go, without sub-calls."""
FEW = 20
"""Hits that are looked at directly, however long the text is."""


def next_turn(run: Run) -> Reply:
    """What to do after the latest step, by what it printed."""
    if run.just_printed("LOOK"):
        return _after_look(run.task, run.look)
    if run.just_printed("REPLIES"):
        return _combine(run)
    if run.just_printed("CHECK"):
        return _report(run)
    if (similar := run.just_printed("SIMILAR")) is not None:
        return _not_there(run.task, similar)
    if run.stage in {"Fan out", "Combine"}:
        return turn(
            "That did not work. The offline model goes on without sub-calls, in plain Python.",
            writing.answer(_cased(run.task, run.look), "the sub-calls failed, so read everything in one go."),
        )
    return remark("The cell did not work.", FAILED)


def last_turn(run: Run) -> Reply:
    """Answer with what can be had in one cell."""
    code = writing.answer(_cased(run.task, run.look), "this is the last turn, so read everything in one go.")
    if not run.look:
        code = writing.preceded(code, f"{writing.look(run.task, run.contexts, told_apart(run.task))}\n\n")
    return turn("This is the last turn: the offline model answers in plain Python.", code)


def _after_look(task: Task, seen: dict[str, Any]) -> Reply:
    """Decide from sizes and hits how to go on."""
    if not seen["texts"]:
        return remark("There is nothing to read.", f"The offline model finds no file {task.scope!r}.")
    if task.unit == "field" and not seen["hits"].get(task.field):
        why = (
            f"the context has no values named {task.field!r}, and nothing else is named that could be counted"
        )
        return remark("There are no such values.", declined(why), "say what it can do.")
    missing = absent(task, seen["hits"])
    if missing and absent_in_any_case(missing, seen["hits"]):
        return turn(
            f"{quoted_names(missing)} does not occur, in whatever case; so to other spellings.",
            cell("other_spellings", patterns=similar_forms(missing)),
        )
    cased = _cased(task, seen)
    if cased == task:
        return _read(task, seen, "")
    note = f"{quoted_names(missing)} occurs only in another case, so case is ignored. "
    return _read(cased, seen, note, f"{writing.finding(cased)}\n\n\n")


def _read(task: Task, seen: dict[str, Any], note: str, definition: str = "") -> str:
    """Read directly or by sub-calls; `definition` is what the cell must define anew."""
    few = 0 < written_hits(seen["hits"]) <= FEW and task.kind in {"list", "needle"}
    size = f"{note}There are {seen['characters']:,} characters in {in_words(seen['texts'], 'text')}"
    if few or seen["characters"] <= SMALL:
        why = "there are few hits, so look at them directly." if few else "it is short, so read it in one go."
        code = writing.answer(task, why)
        return turn(f"{size}; this is answered without sub-calls.", writing.preceded(code, definition))
    code = writing.fan_out(task, seen["characters"], seen["texts"])
    return turn(
        f"{size}, too much to read in one go. A sub-model is asked about one chunk at a time.",
        writing.preceded(code, definition),
    )


def _combine(run: Run) -> str:
    calls = run.just_printed("REPLIES")["chunks"]
    return turn(
        f"There are replies to {in_words(calls, 'sub-call')}. The offline model combines them and checks the "
        "result in plain Python.",
        writing.combine(_cased(run.task, run.look)),
    )


def _report(run: Run) -> str:
    """The check failed, else the run would be over."""
    check = run.just_printed("CHECK")
    return turn(
        f"The sub-calls found {check['calls']:,} and plain Python {check['python']:,}: they disagree, which "
        "can come of where the text was cut. The answer is plain Python's, which read it in one piece.",
        writing.report(_cased(run.task, run.look)),
    )


def _cased(task: Task, seen: dict[str, Any]) -> Task:
    """The task, with case ignored if what it names, unquoted, occurs only in another case."""
    if task.quoted or not seen or not absent(task, seen["hits"]):
        return task
    return replace(task, ignore_case=True)


def _not_there(task: Task, similar: list[list[Any]]) -> Reply:
    said = f"It occurs nowhere{nothing_similar(similar)}"
    thought, why = f"{said} The answer says that it is not there.", "it is not there."
    if task.kind == "count":
        return finish(thought, 0, why)
    if task.kind == "list" or task.number:
        return finish(thought, [], why)
    return remark(thought, f"The offline model did not find it. {said}", why)
